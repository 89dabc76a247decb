//! The follower that tells clients of what was committed.

use std::sync::Arc;
use std::time::Duration;

use fieldpost_identity::presence::Live;
use fieldpost_identity::status;
use fieldpost_kernel::{Membership, Outcome, Position};
use fieldpost_model::{Id, Millis};
use fieldpost_store::Follower;
use tokio::time::Interval;

use crate::Sockets;

/// Changes read from the feed at once.
const SLICE: i64 = 256;

/// How often lost connections are forgotten.
const SWEEP: Duration = Duration::from_secs(20);

/// Tells clients of every change committed from now on, until the store closes. `stale` is called
/// with each person of whom something known elsewhere is no longer true.
///
/// It starts at the newest change: whoever connects later asks for the rest.
pub async fn follow(sockets: Sockets, stale: impl Fn(Id) + Send + Sync) {
    let store = sockets.0.store.clone();
    let sweep = tokio::time::interval(SWEEP);
    fieldpost_store::follow(&store, Telling { sockets, stale, sweep }).await;
}

/// Whoever tells, on their way through the feed.
struct Telling<S> {
    sockets: Sockets,
    stale: S,
    sweep: Interval,
}

impl<S: Fn(Id) + Send + Sync> Follower for Telling<S> {
    const WAITS: &'static str = "live events wait";

    async fn begin(&mut self, position: Position) -> Outcome<()> {
        self.sockets.0.told.send_replace(position);
        Ok(())
    }

    async fn step(&mut self, reached: &mut Position) -> Outcome<bool> {
        let newest = tell_slice(&self.sockets, *reached, &self.stale).await?;
        if let Some(newest) = newest {
            *reached = newest;
            self.sockets.0.told.send_replace(newest);
        }
        Ok(newest.is_some())
    }

    async fn idle(&mut self) {
        self.sweep.tick().await;
    }

    async fn attend(&mut self) {
        let now = self.sockets.0.clock.now();
        self.sockets.hub().forget_lost(now);
        if let Err(failure) = age(&self.sockets, now).await {
            tracing::error!(%failure, "presence could not be brought up to date");
        }
    }
}

/// Tells of the next few changes; gives the position of the last, or none if there are none.
async fn tell_slice(
    sockets: &Sockets,
    position: Position,
    stale: &(impl Fn(Id) + Send + Sync),
) -> Outcome<Option<Position>> {
    let features = Arc::clone(&sockets.0.features);
    let shown = sockets
        .0
        .store
        .follow(position, SLICE, move |change, rows| {
            features.shown(change, rows).unwrap_or_else(|failure| {
                // One change that cannot be shown must not silence all that follow.
                tracing::error!(%failure, ?change.name, "a change could not be shown");
                fieldpost_kernel::Shown::default()
            })
        })
        .await?;
    let mut newest = None;
    for (position, shown) in shown {
        look_again(sockets, &shown.joined, stale).await;
        sockets.hub().arrive(position, &shown);
        for event in &shown.events {
            sockets.tell(event).await;
        }
        sockets.hub().depart(&shown);
        look_again(sockets, &shown.left, stale).await;
        newest = Some(position);
    }
    Ok(newest)
}

/// Forgets what was known of people and their sessions, and looks again. Whose sessions cannot be
/// looked at has to connect anew.
async fn look_again(sockets: &Sockets, notes: &[Membership], stale: &(impl Fn(Id) + Send + Sync)) {
    for note in notes {
        let Membership::Stale(person) = note else { continue };
        stale(*person);
        if let Err(failure) = sockets.admit(*person).await {
            tracing::warn!(%failure, "sessions could not be looked at; their sockets are closed");
            sockets.hub().expel(*person);
        }
    }
}

/// What time alone changes of people's presence.
async fn age(sockets: &Sockets, now: Millis) -> Outcome<()> {
    for person in sockets.0.presence.idle(now) {
        sockets.announce(person, Some(Live::Away)).await?;
    }
    if sockets.0.store.read(move |rows| status::any_over(rows, now)).await? {
        sockets.0.store.write(&[], status::end_over).await?;
    }
    Ok(())
}
