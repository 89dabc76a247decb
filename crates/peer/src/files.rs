//! Files: fetching what changes speak of, and giving a peer what it may have.
//!
//! A file is fetched by the hash of its content, from where the last try ended, and is kept only if
//! what came has that hash.

use std::sync::Arc;
use std::time::Duration;

use fieldpost_blobs::{Hash, Partial};
use fieldpost_kernel::{Failure, Outcome, Work};
use fieldpost_link::files::{self, Wanted, partial_name};
use fieldpost_link::{Mode, Peer};
use fieldpost_log::SiteId;
use fieldpost_replica::{FileRequest, Request};
use futures_util::StreamExt;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::courier::Over;
use crate::links::Shared;
use crate::wire::{Answer, Answering, Wire, WireError};

/// The code of a refusal: the peer has not what was asked for, or does not give it.
pub(crate) const NOT_HERE: u32 = 1;

/// Files that are fetched at the same time: a small one need not wait behind a large one.
const AT_ONCE: usize = 2;

/// Bytes after which what came is brought to disk, so that it need not come again.
const SYNC_EVERY: u64 = 256 * 1024;

/// What came of fetching a file.
enum Fetched {
    /// It is here, or will never be.
    Settled,
    /// It may be had another time.
    Later {
        /// Whether a part of it is here, and nobody else's.
        part: bool,
    },
}

/// Fetches whatever is wanted, whenever it may be more.
pub(crate) async fn fetch_all(
    shared: &Shared,
    peer: SiteId,
    connection: &Arc<Wire>,
    more: &Notify,
) -> Over {
    loop {
        let now = shared.clock.now();
        let looked = shared.store.read(move |rows| {
            Ok((files::wanted(rows, peer, now, AT_ONCE)?, files::due(rows, peer)?))
        });
        let (wanted, due) = match looked.await {
            Ok(looked) => looked,
            Err(failure) => return Over::Session(failure.into()),
        };
        if wanted.is_empty() {
            let pause = due.and_then(|due| u64::try_from(due - now).ok()).unwrap_or_default();
            tokio::select! {
                () = more.notified() => {}
                // The picture of somebody, for one, is given only once the peer knows that we know
                // them.
                () = sleep(Duration::from_millis(pause)), if due.is_some() => {}
            }
            continue;
        }
        let mut fetching = JoinSet::new();
        for one in wanted {
            let (shared, connection) = (shared.clone(), Arc::clone(connection));
            fetching.spawn(async move { fetch_one(&shared, peer, &connection, one).await });
        }
        while let Some(fetched) = fetching.join_next().await {
            match fetched {
                Ok(Ok(())) => {}
                Ok(Err(over)) => return over,
                Err(error) => return Over::Session(Failure::internal(error).into()),
            }
        }
    }
}

async fn fetch_one(
    shared: &Shared,
    peer: SiteId,
    connection: &Wire,
    wanted: Wanted,
) -> Result<(), Over> {
    let content = wanted.content;
    let fetched = if shared.blobs.has(Hash(content)).await.map_err(session)? {
        Fetched::Settled
    } else {
        fetch(shared, peer, connection, &wanted).await?
    };
    let stays = match fetched {
        Fetched::Settled => {
            let settled = move |work: &mut Work<'_>| files::settled(work, peer, &content);
            shared.store.write(&[], settled).await.map_err(session)?;
            true
        }
        Fetched::Later { part } => {
            let failed = move |work: &mut Work<'_>| files::failed(work, peer, &content, part);
            shared.store.write(&[], failed).await.map_err(session)? || !part
        }
    };
    if !stays {
        shared.blobs.forget_partial(partial_name(&content)).await.map_err(session)?;
    }
    Ok(())
}

fn session(failure: Failure) -> Over {
    Over::Session(failure.into())
}

async fn fetch(
    shared: &Shared,
    peer: SiteId,
    connection: &Wire,
    wanted: &Wanted,
) -> Result<Fetched, Over> {
    let (content, largest) = (wanted.content, shared.config.largest_file);
    if wanted.size.is_some_and(|size| size > largest) {
        tracing::warn!(size = wanted.size, "a peer's file is larger than files may be here");
        return Ok(Fetched::Settled);
    }
    let most = wanted.size.unwrap_or(largest);
    let partial = shared.blobs.partial(partial_name(&content)).await.map_err(session)?;
    let Some(mut partial) = partial else { return Ok(Fetched::Later { part: false }) };
    let begun = move |work: &mut Work<'_>| files::begun(work, peer, &content);
    shared.store.write(&[], begun).await.map_err(session)?;
    let fetched = receive(connection, content, most, &mut partial).await?;
    match fetched {
        Received::Whole => {
            let staged = partial.stage().await.map_err(session)?;
            if staged.hash() == Hash(content) {
                staged.keep().await.map_err(session)?;
                drop(partial);
                forget(shared, content).await?;
                return Ok(Fetched::Settled);
            }
            tracing::warn!("what a peer sent is not the file that was asked for");
            drop(partial);
            forget(shared, content).await?;
            Ok(Fetched::Later { part: false })
        }
        Received::TooMuch => {
            tracing::warn!(most, "a peer's file has more bytes than was said, or than files may");
            drop(partial);
            forget(shared, content).await?;
            Ok(Fetched::Settled)
        }
        Received::Part => Ok(Fetched::Later { part: true }),
    }
}

async fn forget(shared: &Shared, content: [u8; 32]) -> Result<(), Over> {
    shared.blobs.forget_partial(partial_name(&content)).await.map_err(session)
}

/// What came of a file.
enum Received {
    /// All that the peer has of it.
    Whole,
    /// Less, before the peer gave up.
    Part,
    /// More than it may have.
    TooMuch,
}

async fn receive(
    connection: &Wire,
    content: [u8; 32],
    most: u64,
    partial: &mut Partial,
) -> Result<Received, Over> {
    let request = Request::File(FileRequest { content, from: partial.written() });
    let mut reader = connection.request(&request.encode()).await?;
    let mut unsynced = 0;
    loop {
        match next(&mut reader).await? {
            Next::Bytes(bytes) => {
                if partial.written() + bytes.len() as u64 > most {
                    return Ok(Received::TooMuch);
                }
                partial.write(&bytes).await.map_err(session)?;
                unsynced += bytes.len() as u64;
                if unsynced >= SYNC_EVERY {
                    partial.sync().await.map_err(session)?;
                    unsynced = 0;
                }
            }
            Next::End => return Ok(Received::Whole),
            Next::NotThere => return Ok(Received::Part),
        }
    }
}

enum Next {
    Bytes(bytes::Bytes),
    End,
    NotThere,
}

async fn next(reader: &mut Answer) -> Result<Next, Over> {
    match reader.next().await {
        Ok(Some(bytes)) => Ok(Next::Bytes(bytes)),
        Ok(None) => Ok(Next::End),
        Err(WireError::Declined(code)) => {
            if code != Some(NOT_HERE) {
                tracing::debug!(?code, "a peer gave up sending a file");
            }
            Ok(Next::NotThere)
        }
        Err(error) => Err(error.into()),
    }
}

/// How often it is looked whether a pause of the link has ended, or one has begun.
const LOOK: Duration = Duration::from_secs(1);

/// Returns once the link is not paused, and may still send something today. A request waits meanwhile: whoever asks is not told that the
/// file is not here, and need not ask again.
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
        Ok(Some(blob)) => {
            let mut pieces = Box::pin(blob.stream(asked.from..u64::MAX));
            while let Some(piece) = pieces.next().await {
                let Ok(piece) = piece else { return };
                if looked.elapsed() >= LOOK {
                    unpaused(shared, peer).await;
                    looked = Instant::now();
                }
                if writer.write_all(&piece).await.is_err() {
                    return;
                }
            }
            writer.finish();
        }
        Ok(None) => writer.refuse(NOT_HERE),
        Err(failure) => {
            tracing::warn!(%failure, "a file could not be read for a peer");
            writer.refuse(NOT_HERE);
        }
    }
}

async fn find(
    shared: &Shared,
    peer: SiteId,
    content: [u8; 32],
) -> Outcome<Option<fieldpost_blobs::Blob>> {
    let may = shared.store.read(move |rows| files::may_fetch(rows, peer, &content)).await?;
    if may { shared.blobs.get(Hash(content)).await } else { Ok(None) }
}
