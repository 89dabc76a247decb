//! Files that peers may have, and that they ask for.

use std::time::Duration;

use fieldpost_blobs::Hash;
use fieldpost_kernel::{Outcome, Work};
use fieldpost_link::files::{self, May};
use fieldpost_link::{Mode, Peer};
use fieldpost_log::SiteId;
use fieldpost_replica::FileRequest;
use futures_util::StreamExt;
use tokio::time::{Instant, sleep};

use crate::links::Shared;
use crate::wire::Answering;

/// The code of a refusal: the peer has not what was asked for, or does not give it.
pub(crate) const NOT_HERE: u32 = 1;

/// The code with which a file is refused that is here, and that the peer is not given.
pub(crate) const HELD: u32 = 2;

/// How often it is looked whether a pause of the link has ended, or one has begun.
const LOOK: Duration = Duration::from_secs(1);

/// Returns once the link is not paused, and may still send something today. A request waits
/// meanwhile: whoever asks is not told that the file is not here, and need not ask again.
async fn unpaused(shared: &Shared, peer: SiteId) {
    let line = shared.line(peer);
    let waits = |found: Peer| {
        let unnoted = line.unnoted().0;
        let left = found.left_today(shared.clock.now(), unnoted);
        found.mode == Mode::Paused || left == Some(0)
    };
    loop {
        let books = line.books().lock().await;
        let is_waiting = shared.peer(peer).await.is_some_and(waits);
        drop(books);
        if !is_waiting {
            return;
        }
        sleep(LOOK).await;
    }
}

/// Answers a request for a file.
pub(crate) async fn answer(
    shared: &Shared,
    peer: SiteId,
    asked: FileRequest,
    mut writer: Answering,
) {
    let mut looked = Instant::now();
    unpaused(shared, peer).await;
    match find(shared, peer, asked.content).await {
        Ok(Found::Here(blob)) => {
            let mut pieces = Box::pin(blob.stream(asked.from..u64::MAX));
            while let Some(piece) = pieces.next().await {
                let Ok(piece) = piece else { return };
                if looked.elapsed() >= LOOK {
                    unpaused(shared, peer).await;
                    if !matches!(may(shared, peer, asked.content).await, Ok(May::Have)) {
                        return writer.refuse(HELD);
                    }
                    looked = Instant::now();
                }
                if writer.write_all(&piece).await.is_err() {
                    return;
                }
            }
            writer.finish();
        }
        Ok(Found::Held) => writer.refuse(HELD),
        Ok(Found::Nothing) => writer.refuse(NOT_HERE),
        Err(failure) => {
            tracing::warn!(%failure, "a file could not be read for a peer");
            writer.refuse(NOT_HERE);
        }
    }
}

/// What is to be sent for a request.
enum Found {
    Here(fieldpost_blobs::Blob),
    /// The peer is not given it.
    Held,
    Nothing,
}

async fn may(shared: &Shared, peer: SiteId, content: [u8; 32]) -> Outcome<May> {
    shared.store.read(move |rows| files::may_fetch(rows, peer, &content)).await
}

async fn find(shared: &Shared, peer: SiteId, content: [u8; 32]) -> Outcome<Found> {
    Ok(match may(shared, peer, content).await? {
        May::Have => shared.blobs.get(Hash(content)).await?.map_or(Found::Nothing, Found::Here),
        May::NotBeGiven => Found::Held,
        May::Not => Found::Nothing,
    })
}

/// Asks the other sites for a file that somebody at the peer waits for and this site has yet to
/// fetch, as if it were somebody here.
pub(crate) async fn bring(shared: &Shared, peer: SiteId, content: [u8; 32], writer: Answering) {
    let ask = move |work: &mut Work<'_>| files::ask_too(work, peer, &content);
    match shared.store.write(&[], ask).await {
        Ok(asked) => {
            for site in asked {
                shared.line(site).fetch.notify_one();
            }
            writer.finish();
        }
        Err(failure) => {
            tracing::warn!(%failure, "it could not be noted that a peer waits for a file");
            writer.refuse(NOT_HERE);
        }
    }
}
