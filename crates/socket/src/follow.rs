//! The follower that tells clients of what was committed.

use std::sync::Arc;
use std::time::Duration;

use fieldpost_identity::presence::Live;
use fieldpost_identity::status;
use fieldpost_kernel::{Failure, Membership, Outcome, Position};
use fieldpost_model::{Id, Millis};

use crate::Sockets;

/// Changes read from the feed at once.
const SLICE: i64 = 256;

/// How long to wait before a database that failed is asked again.
const RETRY: Duration = Duration::from_secs(1);

/// How often lost connections are forgotten.
const SWEEP: Duration = Duration::from_secs(20);

/// Tells clients of every change committed from now on, until the store closes. `stale` is called
/// with each person of whom something known elsewhere is no longer true.
///
/// It starts at the newest change: whoever connects later asks for the rest.
///
/// A database that is away for a while is waited for: nothing committed meanwhile is passed over.
pub async fn follow(sockets: Sockets, stale: impl Fn(Id) + Send) {
    let mut committed = sockets.0.store.committed();
    let mut position = loop {
        match sockets.0.store.newest().await {
            Ok(position) => break position,
            Err(failure) => wait_after(&failure).await,
        }
    };
    sockets.0.told.send_replace(position);
    let mut sweep = tokio::time::interval(SWEEP);
    loop {
        match tell_slice(&sockets, position, &stale).await {
            Ok(Some(newest)) => {
                position = newest;
                sockets.0.told.send_replace(position);
                continue;
            }
            Ok(None) => {}
            Err(failure) => {
                wait_after(&failure).await;
                continue;
            }
        }
        tokio::select! {
            changed = committed.changed() => if changed.is_err() { return },
            _ = sweep.tick() => {
                let now = sockets.0.clock.now();
                sockets.hub().forget_lost(now);
                if let Err(failure) = age(&sockets, now).await {
                    tracing::error!(%failure, "presence could not be brought up to date");
                }
            }
        }
    }
}

async fn wait_after(failure: &Failure) {
    tracing::warn!(%failure, "live events wait for the database");
    tokio::time::sleep(RETRY).await;
}

/// Tells of the next few changes; gives the position of the last, or none if there are none.
async fn tell_slice(
    sockets: &Sockets,
    position: Position,
    stale: &(impl Fn(Id) + Send),
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
        sockets.hub().tell(&shown);
        look_again(sockets, &shown.left, stale).await;
        newest = Some(position);
    }
    Ok(newest)
}

/// Forgets what was known of people and their sessions, and looks again. Whose sessions cannot be
/// looked at has to connect anew.
async fn look_again(sockets: &Sockets, notes: &[Membership], stale: &(impl Fn(Id) + Send)) {
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
