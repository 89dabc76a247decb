//! Fetching what changes speak of and what comes by itself or was asked for.
//!
//! A file is fetched by the hash of its content, from where the last try ended, and is kept only if
//! what came has that hash.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use fieldpost_blobs::{Hash, Partial};
use fieldpost_kernel::{Failure, Outcome, Work};
use fieldpost_link::files::{self, Wanted, partial_name};
use fieldpost_log::SiteId;
use fieldpost_replica::{FileRequest, Request};
use tokio::sync::Notify;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::sleep;

use crate::courier::Over;
use crate::files::{HELD, NOT_HERE};
use crate::links::Shared;
use crate::wire::{Answer, Wire, WireError};

/// Files that are fetched at the same time, of which one may be large.
const AT_ONCE: usize = 2;

/// Bytes that a small file has at most.
const SMALL: u64 = 256 * 1024;

/// Bytes after which what came is brought to disk, so that it need not come again.
const SYNC_EVERY: u64 = 256 * 1024;

/// How often it is looked whether something is fetched in vain, or another server of this site was
/// asked for something.
const LOOK: Duration = Duration::from_secs(10);

/// What came of fetching a file.
enum Fetched {
    /// It is here, or will never be.
    Settled,
    /// The peer has it, and does not give it.
    Held,
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
    let mut under_way = UnderWay::default();
    loop {
        let pause = match under_way.look(shared, peer, connection).await {
            Ok(pause) => pause,
            Err(failure) => return Over::Session(failure.into()),
        };
        tokio::select! {
            () = more.notified() => {}
            // The picture of somebody, for one, is given only once the peer knows that we know
            // them.
            () = sleep(pause.unwrap_or_default()), if pause.is_some() => {}
            Some(fetched) = under_way.next() => {
                if let Err(over) = fetched {
                    return over;
                }
            }
        }
    }
}

/// The files that are being fetched.
#[derive(Default)]
struct UnderWay {
    tasks: JoinSet<([u8; 32], Result<(), Over>)>,
    files: HashMap<[u8; 32], (bool, AbortHandle)>,
}

impl UnderWay {
    /// Begins with what is wanted, as far as there is room, and ends what nobody wants any more.
    /// Gives when to look again if nothing happens until then.
    async fn look(
        &mut self,
        shared: &Shared,
        peer: SiteId,
        connection: &Arc<Wire>,
    ) -> Outcome<Option<Duration>> {
        let now = shared.clock.now();
        let is_thin = connection.carriage().is_thin();
        let begun: Vec<[u8; 32]> = self.files.keys().copied().collect();
        let most = AT_ONCE + begun.len();
        let found = shared.store.read(move |rows| {
            let over = files::Over { is_thin, largest: None, most };
            let mut wanted = files::wanted(rows, peer, now, over)?;
            let small = files::Over { largest: Some(SMALL), ..over };
            wanted.extend(files::wanted(rows, peer, now, small)?);
            let mut in_vain = Vec::new();
            for content in begun {
                if !files::comes(rows, peer, &content, is_thin)? {
                    in_vain.push(content);
                }
            }
            let held_back = files::is_any_held_back(rows, peer, is_thin)?;
            Ok((wanted, in_vain, files::due(rows, peer, is_thin)?, held_back))
        });
        let (wanted, in_vain, due, held_back) = found.await?;
        for content in in_vain {
            if let Some((_, task)) = self.files.remove(&content) {
                task.abort();
            }
        }
        for one in wanted {
            self.begin(shared, peer, connection, one);
        }
        let look = (held_back || !self.files.is_empty()).then_some(LOOK);
        // What is due and was not begun waits for room.
        let due = due.and_then(|due| u64::try_from(due - now).ok()).filter(|due| *due > 0);
        Ok(due.map(Duration::from_millis).into_iter().chain(look).min())
    }

    fn begin(&mut self, shared: &Shared, peer: SiteId, connection: &Arc<Wire>, one: Wanted) {
        let is_large = one.size.is_some_and(|size| size > SMALL);
        let has_room = self.files.len() < AT_ONCE
            && !(is_large && self.files.values().any(|(is_large, _)| *is_large));
        if !has_room || self.files.contains_key(&one.content) {
            return;
        }
        let (shared, connection) = (shared.clone(), Arc::clone(connection));
        let task = self
            .tasks
            .spawn(async move { (one.content, fetch_one(&shared, peer, &connection, one).await) });
        self.files.insert(one.content, (is_large, task));
    }

    /// What came of the next file that ends, or nothing if there is none.
    async fn next(&mut self) -> Option<Result<(), Over>> {
        loop {
            match self.tasks.join_next().await? {
                Ok((content, fetched)) => {
                    self.files.remove(&content);
                    return Some(fetched);
                }
                Err(error) if error.is_cancelled() => {}
                Err(error) => return Some(Err(Over::Session(Failure::internal(error).into()))),
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
        Fetched::Held => {
            let held = move |work: &mut Work<'_>| files::held(work, peer, &content);
            shared.store.write(&[], held).await.map_err(session)?
        }
        Fetched::Later { part } => {
            if wanted.is_asked {
                have_brought(connection, content).await?;
            }
            let failed = move |work: &mut Work<'_>| files::failed(work, peer, &content, part);
            shared.store.write(&[], failed).await.map_err(session)? || !part
        }
    };
    if !stays {
        shared.blobs.forget_partial(partial_name(&content)).await.map_err(session)?;
    }
    Ok(())
}

/// Tells the peer that somebody waits for a file, so that it has it brought if it is not there itself.
async fn have_brought(connection: &Wire, content: [u8; 32]) -> Result<(), Over> {
    let mut answer = connection.request(&Request::Bring(content).encode()).await?;
    // It says nothing but that it was heard; an older release declines it.
    while let Next::Bytes(_) = next(&mut answer).await? {}
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
        Received::Held => Ok(Fetched::Held),
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
    /// What the peer does not give.
    Held,
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
            Next::Held => return Ok(Received::Held),
        }
    }
}

enum Next {
    Bytes(bytes::Bytes),
    End,
    NotThere,
    Held,
}

async fn next(reader: &mut Answer) -> Result<Next, Over> {
    match reader.next().await {
        Ok(Some(bytes)) => Ok(Next::Bytes(bytes)),
        Ok(None) => Ok(Next::End),
        Err(WireError::Declined(Some(HELD))) => Ok(Next::Held),
        Err(WireError::Declined(code)) => {
            if code != Some(NOT_HERE) {
                tracing::debug!(?code, "a peer gave up sending a file");
            }
            Ok(Next::NotThere)
        }
        Err(error) => Err(error.into()),
    }
}
