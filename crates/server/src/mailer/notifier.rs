//! Finds whom a new post is to be told to by mail.

use std::sync::Arc;

use fieldpost_chat::notify::{self, Candidate};
use fieldpost_identity::presence::Presence;
use fieldpost_identity::status;
use fieldpost_kernel::{Change, Outcome, Rows};
use fieldpost_mail::notice::{self, Notice};
use fieldpost_model::{Id, Millis};
use fieldpost_store::Store;

/// Changes read from the feed at once.
const SLICE: i64 = 500;

/// How old news may be: whoever turns mail on is not told of what was before.
const STALE: Millis = 24 * 60 * 60 * 1000;

/// Reads what is new in the feed and notes whom to tell of it.
pub(super) async fn follow(store: &Store, presence: &Arc<Presence>, verifies: bool) -> Outcome<()> {
    loop {
        let Some(position) = store.read(notice::position).await? else {
            let newest = store.newest().await?;
            return store.write(&[], move |work| notice::keep(work, (None, newest), &[])).await;
        };
        let (now, presence) = (store.now(), Arc::clone(presence));
        let read = store.follow(position, SLICE, move |change, rows| {
            notices(change, rows, (&presence, verifies), now).unwrap_or_else(|failure| {
                // One post that cannot be judged must not silence all that follow.
                tracing::error!(%failure, ?change.name, "nobody is told of a change by mail");
                Vec::new()
            })
        });
        let read = read.await?;
        let Some(newest) = read.last().map(|(position, _)| *position) else { return Ok(()) };
        let more = i64::try_from(read.len()).unwrap_or_default() >= SLICE;
        let found: Vec<Notice> = read.into_iter().flat_map(|(_, notices)| notices).collect();
        let part = (Some(position), newest);
        store.write(&[], move |work| notice::keep(work, part, &found)).await?;
        if !more {
            return Ok(());
        }
    }
}

fn notices(
    change: &Change,
    rows: &mut dyn Rows,
    (presence, verifies): (&Presence, bool),
    now: Millis,
) -> Outcome<Vec<Notice>> {
    let mut candidates = notify::candidates(rows, change, verifies)?;
    candidates.retain(|candidate| now - candidate.arrived_at < STALE);
    let people: Vec<Id> = candidates.iter().map(|candidate| candidate.person).collect();
    let statuses = status::of(rows, presence, &people, now)?;
    let told = candidates.into_iter().zip(statuses).filter_map(|(mut candidate, status)| {
        candidate.facts.status = status.status;
        notify::email(&candidate.about, &candidate.facts).ok()?;
        Some(notice(&candidate, now))
    });
    Ok(told.collect())
}

fn notice(candidate: &Candidate, now: Millis) -> Notice {
    let wait = notice::gathered_for(&candidate.facts.interval, candidate.late);
    Notice { person: candidate.person, post: candidate.post, due_at: now + wait }
}
