//! Files: fetching what changes speak of, and giving a peer what it may have.
//!
//! A file is fetched by the hash of its content, from where the last try ended, and is kept only if
//! what came has that hash.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use fieldpost_blobs::Hash;
use fieldpost_carriage::{BulkReader, BulkWriter, CarriageError, Connection, Declined};
use fieldpost_kernel::{Failure, Outcome};
use fieldpost_link::incoming::{self, partial_name};
use fieldpost_log::{Malformed, SiteId};
use futures_util::StreamExt;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::courier::Over;
use crate::links::Shared;

/// The code of a refusal: the peer has not what was asked for, or does not give it.
const NOT_HERE: u32 = 1;

/// Files that are fetched at the same time: a small one need not wait behind a large one.
const AT_ONCE: usize = 2;

/// Bytes after which what came is brought to disk, so that it need not come again.
const SYNC_EVERY: u64 = 256 * 1024;

/// When what could not be had is asked for again, at first and at most.
const RETRY: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(3600));

/// A request for the content of a file.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Wanted {
    /// Its hash.
    content: [u8; 32],
    /// From which byte on.
    from: u64,
}

impl Wanted {
    fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        match postcard::take_from_bytes(bytes) {
            Ok((wanted, [])) => Ok(wanted),
            _ => Err(Malformed::new("a request for a file")),
        }
    }
}

/// What came of fetching a file.
enum Fetched {
    /// It is here, or will never be.
    Settled,
    /// It may be had another time.
    Later,
}

/// Fetches whatever is wanted, whenever it may be more.
pub(crate) async fn fetch_all(
    shared: &Shared,
    peer: SiteId,
    connection: &Arc<Connection>,
    more: &Notify,
) -> Over {
    let mut passed_over = BTreeSet::new();
    let mut pause = RETRY.0;
    loop {
        tokio::select! {
            () = more.notified() => {}
            // The picture of somebody, for one, is given only once the peer knows that we know them.
            () = sleep(pause), if !passed_over.is_empty() => {
                passed_over.clear();
                pause = (pause * 2).min(RETRY.1);
            }
        }
        loop {
            let most = passed_over.len() + AT_ONCE;
            let wanted = shared.store.read(move |rows| incoming::wanted(rows, peer, most)).await;
            let wanted = match wanted {
                Ok(wanted) => wanted,
                Err(failure) => return Over::Session(failure.into()),
            };
            let new: Vec<[u8; 32]> =
                wanted.into_iter().filter(|one| !passed_over.contains(one)).take(AT_ONCE).collect();
            if new.is_empty() {
                break;
            }
            let mut fetching = JoinSet::new();
            for content in new {
                let (shared, connection) = (shared.clone(), Arc::clone(connection));
                fetching.spawn(async move {
                    let fetched = fetch_one(&shared, peer, &connection, content).await;
                    fetched.map(|fetched| (content, fetched))
                });
            }
            while let Some(fetched) = fetching.join_next().await {
                match fetched {
                    Ok(Ok((_, Fetched::Settled))) => {}
                    Ok(Ok((content, Fetched::Later))) => {
                        passed_over.insert(content);
                    }
                    Ok(Err(over)) => return over,
                    Err(error) => return Over::Session(Failure::internal(error).into()),
                }
            }
        }
    }
}

async fn fetch_one(
    shared: &Shared,
    peer: SiteId,
    connection: &Connection,
    content: [u8; 32],
) -> Result<Fetched, Over> {
    let fetched = if shared.blobs.has(Hash(content)).await.map_err(session)? {
        Fetched::Settled
    } else {
        fetch(shared, connection, content).await?
    };
    if matches!(fetched, Fetched::Settled) {
        let settled =
            shared.store.write(&[], move |work| incoming::settled(work, peer, &content)).await;
        settled.map_err(session)?;
    }
    Ok(fetched)
}

fn session(failure: Failure) -> Over {
    Over::Session(failure.into())
}

async fn fetch(
    shared: &Shared,
    connection: &Connection,
    content: [u8; 32],
) -> Result<Fetched, Over> {
    let partial = shared.blobs.partial(partial_name(&content)).await.map_err(session)?;
    let Some(mut partial) = partial else { return Ok(Fetched::Later) };
    let wanted = Wanted { content, from: partial.written() };
    let request = postcard::to_stdvec(&wanted).map_err(Failure::internal).map_err(session)?;
    let mut reader = connection.request(&request).await?;
    let mut unsynced = 0;
    loop {
        match next(&mut reader).await? {
            Next::Bytes(bytes) => {
                if partial.written() + bytes.len() as u64 > shared.config.largest_file {
                    tracing::warn!("a peer's file is larger than files may be here");
                    partial.restart().await.map_err(session)?;
                    return Ok(Fetched::Settled);
                }
                partial.write(&bytes).await.map_err(session)?;
                unsynced += bytes.len() as u64;
                if unsynced >= SYNC_EVERY {
                    partial.sync().await.map_err(session)?;
                    unsynced = 0;
                }
            }
            Next::End => break,
            Next::NotThere => return Ok(Fetched::Later),
        }
    }
    let staged = partial.stage().await.map_err(session)?;
    if staged.hash() != Hash(content) {
        tracing::warn!("what a peer sent is not the file that was asked for");
        partial.restart().await.map_err(session)?;
        return Ok(Fetched::Later);
    }
    staged.keep().await.map_err(session)?;
    drop(partial);
    shared.blobs.forget_partial(partial_name(&content)).await.map_err(session)?;
    Ok(Fetched::Settled)
}

enum Next {
    Bytes(bytes::Bytes),
    End,
    NotThere,
}

async fn next(reader: &mut BulkReader) -> Result<Next, Over> {
    match reader.next().await {
        Ok(Some(bytes)) => Ok(Next::Bytes(bytes)),
        Ok(None) => Ok(Next::End),
        Err(CarriageError::Declined(why)) => {
            if why != Declined::Code(NOT_HERE) {
                tracing::debug!(?why, "a peer gave up sending a file");
            }
            Ok(Next::NotThere)
        }
        Err(error) => Err(error.into()),
    }
}

/// Answers the peer's requests, several at a time.
pub(crate) async fn answer_all(
    shared: &Shared,
    peer: SiteId,
    connection: &Arc<Connection>,
) -> Over {
    let mut answering = JoinSet::new();
    loop {
        let (request, writer) = match connection.next_request().await {
            Ok(request) => request,
            Err(error) => return error.into(),
        };
        while answering.try_join_next().is_some() {}
        let shared = shared.clone();
        answering.spawn(async move { answer(&shared, peer, &request, writer).await });
    }
}

async fn answer(shared: &Shared, peer: SiteId, request: &[u8], mut writer: BulkWriter) {
    let found = match Wanted::decode(request) {
        Ok(wanted) => find(shared, peer, &wanted).await.map(|blob| (blob, wanted.from)),
        Err(_) => Ok(None).map(|none| (none, 0)),
    };
    match found {
        Ok((Some(blob), from)) => {
            let mut pieces = Box::pin(blob.stream(from..u64::MAX));
            while let Some(piece) = pieces.next().await {
                let Ok(piece) = piece else { return };
                if writer.write_all(&piece).await.is_err() {
                    return;
                }
            }
            // Whoever does not want the end has hung up.
            drop(writer.finish());
        }
        Ok((None, _)) => writer.refuse(NOT_HERE),
        Err(failure) => {
            tracing::warn!(%failure, "a file could not be read for a peer");
            writer.refuse(NOT_HERE);
        }
    }
}

async fn find(
    shared: &Shared,
    peer: SiteId,
    wanted: &Wanted,
) -> Outcome<Option<fieldpost_blobs::Blob>> {
    let content = wanted.content;
    let may = shared.store.read(move |rows| incoming::may_fetch(rows, peer, &content)).await?;
    if may { shared.blobs.get(Hash(content)).await } else { Ok(None) }
}
