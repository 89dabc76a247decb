//! The follower that keeps the search index.
//!
//! It reads the site's changes like every follower and writes what they mean into a volume of the
//! index, together with how far it has read. A volume that is missing, damaged, of another form, or
//! of a history that is not this database's is made anew from the rows; so is one that an
//! administrator wants made anew, beside the one that is searched meanwhile.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use fieldpost_blobs::Blobs;
use fieldpost_chat::search;
use fieldpost_extract::Kind;
use fieldpost_http::{App, LocalAdministrator, refusal};
use fieldpost_index::{Index, Mark, Volume};
use fieldpost_kernel::{Change, Failure, FailureKind, Outcome, Position, Rows};
use fieldpost_model::Id;
use fieldpost_search::{About, Body, Document, Entry};
use fieldpost_store::Store;
use serde_json::json;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::reader::Reader;

/// Changes read from the feed at once.
const SLICE: i64 = 1000;

/// Rows read at once when a volume is made anew.
const ROWS: i64 = 2000;

/// How long changes are gathered before they are written: many at once cost little more than one,
/// and nobody looks for a message so soon.
const GATHER: Duration = Duration::from_millis(200);

/// How many times as long as a slice took is waited after it, while others write.
const REST: u32 = 9;

/// How long to wait before what failed is tried again: at first, and at most.
const RETRY: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// How long after its last use the index is closed, or twice as long.
const IDLE: Duration = Duration::from_secs(30);

/// Posts and files that are awaited at most. A peer may speak of any number that never come; the
/// oldest are given up, until the index is made anew.
const MOST_AWAITED: usize = 1024;

/// Reads the rows of a table that come after a key, at most so many, with their keys.
type RowsAfter = fn(&mut dyn Rows, i64, i64) -> Outcome<Vec<(i64, Entry)>>;

type Asking = oneshot::Sender<Outcome<()>>;

/// The search index of a running site, and who keeps it.
#[derive(Clone)]
pub struct Search {
    store: Store,
    index: Index,
    reached: watch::Receiver<Position>,
    read: watch::Receiver<Position>,
    asks: mpsc::Sender<Asking>,
}

impl Search {
    /// The index.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// Returns once everything that is committed by now can be found.
    pub async fn caught_up(&self) -> Outcome<()> {
        let newest = self.store.newest_committed().await?;
        for mut reached in [self.reached.clone(), self.read.clone()] {
            // It fails only when the follower has ended, and then nothing more will be found.
            drop(reached.wait_for(|reached| *reached >= newest).await);
        }
        Ok(())
    }

    /// Makes the index anew, and returns once it is searched.
    pub async fn rebuild(&self) -> Outcome<()> {
        let stopping = || {
            let message = "The server is stopping. Try again in a moment.";
            Failure::new(FailureKind::Unavailable, "api.fieldpost.stopping", message)
        };
        let (asking, answer) = oneshot::channel();
        self.asks.send(asking).await.map_err(|_| stopping())?;
        answer.await.map_err(|_| stopping())?
    }
}

/// The route with which an administrator has the index made anew, for the site's own socket alone.
pub(crate) fn router(search: Search) -> Router<App> {
    let rebuild = move |_: LocalAdministrator| {
        let search = search.clone();
        async move { rebuilt(&search).await }
    };
    Router::new().route("/api/v4/fieldpost/search/rebuild", post(rebuild))
}

async fn rebuilt(search: &Search) -> Response {
    match search.rebuild().await {
        Ok(()) => Json(json!({ "status": "OK" })).into_response(),
        Err(failure) => refusal(failure),
    }
}

/// Begins to keep an index, until the site stops.
pub(crate) fn start(
    store: &Store,
    blobs: &Blobs,
    index: &Index,
    mut stopping: watch::Receiver<bool>,
) -> (Search, JoinHandle<()>) {
    let (told, reached) = watch::channel(Position::default());
    let (told_read, read) = watch::channel(Position::default());
    let (asks, asked) = mpsc::channel(1);
    let reader = Reader::new(store.clone(), blobs.clone());
    let (store, index) = (store.clone(), index.clone());
    let search = Search { store: store.clone(), index: index.clone(), reached, read, asks };
    let reached = search.reached.clone();
    let mut indexer =
        Indexer { store, index: index.clone(), reader: reader.clone(), told, asked, failures: 0 };
    let keeping = tokio::spawn(async move {
        tokio::select! {
            () = indexer.run() => {}
            () = reader.keep_reading(&index, reached, told_read) => {}
            _ = stopping.wait_for(|stop| *stop) => {}
        }
    });
    (search, keeping)
}

struct Indexer {
    store: Store,
    index: Index,
    reader: Reader,
    told: watch::Sender<Position>,
    asked: mpsc::Receiver<Asking>,
    /// How often it failed since it last kept up.
    failures: u32,
}

/// How long to wait after so many failures in a row before the next try.
fn pause_after(failures: u32) -> Duration {
    let (least, most) = RETRY;
    least.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(most)
}

impl Indexer {
    async fn run(&mut self) {
        while let Err(failure) = self.keep_up().await {
            tracing::warn!(%failure, "the search index waits");
            self.failures = self.failures.saturating_add(1);
            self.pause().await;
        }
    }

    /// Waits before what failed is tried again, longer each time. An administrator who asks for it
    /// does not wait.
    async fn pause(&mut self) {
        tokio::select! {
            () = tokio::time::sleep(pause_after(self.failures)) => {}
            // Whoever asked may have gone.
            Some(asking) = self.asked.recv() => drop(asking.send(self.make().await)),
        }
    }

    /// Follows until the store closes.
    async fn keep_up(&mut self) -> Outcome<()> {
        let mut committed = self.store.committed();
        if self.index.current().is_none() {
            let index = self.index.clone();
            blocking(move || index.open()).await?;
        }
        if !self.is_usable().await? {
            self.make().await?;
        }
        loop {
            if self.sound().is_none() {
                self.make().await?;
            }
            self.follow_current().await?;
            self.failures = 0;
            if !self.wait(&mut committed).await? {
                return Ok(());
            }
        }
    }

    /// Waits until there is something to do; gives false once there will not be. What lies open
    /// meanwhile is closed.
    async fn wait(&mut self, committed: &mut watch::Receiver<u64>) -> Outcome<bool> {
        loop {
            tokio::select! {
                changed = committed.changed() => {
                    if changed.is_err() {
                        return Ok(false);
                    }
                    tokio::time::sleep(GATHER).await;
                    return Ok(true);
                }
                Some(asking) = self.asked.recv() => {
                    // Whoever asked may have gone.
                    drop(asking.send(self.make().await));
                    return Ok(true);
                }
                () = tokio::time::sleep(IDLE) => self.rest().await?,
            }
        }
    }

    /// Closes what nobody uses.
    async fn rest(&self) -> Outcome<()> {
        let Some(volume) = self.index.current().filter(|volume| volume.is_open()) else {
            return Ok(());
        };
        blocking(move || {
            volume.rest();
            Ok(())
        })
        .await
    }

    /// The volume that is searched, if it is not known to be damaged.
    fn sound(&self) -> Option<Arc<Volume>> {
        self.index.current().filter(|volume| !volume.is_damaged())
    }

    /// Whether there is a volume, and what it has read is this database's history.
    async fn is_usable(&self) -> Outcome<bool> {
        let Some(volume) = self.sound() else { return Ok(false) };
        let mark = volume.mark();
        if mark.position == Position::default() {
            return Ok(true);
        }
        let there = self.change_at(mark.position).await?;
        Ok(there.is_some_and(|change| seen(&change) == mark.seen))
    }

    async fn change_at(&self, position: Position) -> Outcome<Option<Change>> {
        let before = Position { number: position.number - 1, ..position };
        let next = self.store.changes_after(before, 1).await?.pop();
        Ok(next.filter(|change| change.position == position))
    }

    /// Brings the volume that is searched up to date.
    async fn follow_current(&self) -> Outcome<()> {
        let Some(volume) = self.sound() else { return Ok(()) };
        self.follow(&volume).await?;
        self.told.send_replace(volume.mark().position);
        Ok(())
    }

    /// Brings a volume up to date. It works for a small part of the time while people write more
    /// than it reads at once: they come first.
    async fn follow(&self, volume: &Arc<Volume>) -> Outcome<()> {
        let mut committed = self.store.committed();
        loop {
            committed.borrow_and_update();
            let begun = Instant::now();
            match self.follow_slice(volume).await? {
                0 => return Ok(()),
                SLICE.. if committed.has_changed().unwrap_or(false) => {
                    tokio::time::sleep(begun.elapsed() * REST).await;
                }
                _ => {}
            }
        }
    }

    /// Writes what the next few changes mean, and gives how many there were.
    async fn follow_slice(&self, volume: &Arc<Volume>) -> Outcome<i64> {
        let mut mark = volume.mark();
        let each =
            |change: &Change, rows: &mut dyn Rows| (search::changed(rows, change), seen(change));
        let read = self.store.follow(mark.position, SLICE, each).await?;
        let count = i64::try_from(read.len()).map_err(Failure::internal)?;
        if count == 0 {
            return Ok(0);
        }
        let mut entries = self.arrived(&mut mark).await?;
        let mut channels = BTreeSet::new();
        for (position, (changed, seen)) in read {
            let changed = changed?;
            entries.extend(changed.entries);
            channels.extend(changed.bookmarks_of);
            mark.awaited.extend(changed.awaited);
            (mark.position, mark.seen) = (position, seen);
        }
        entries.extend(self.bookmarked(channels).await?);
        let too_many = mark.awaited.len().saturating_sub(MOST_AWAITED);
        mark.awaited.drain(..too_many);
        write(volume, entries, mark).await?;
        Ok(count)
    }

    /// What is to be written of the files of channels' bookmarks: of each channel once, however much
    /// was done to them.
    async fn bookmarked(&self, channels: BTreeSet<Id>) -> Outcome<Vec<Entry>> {
        if channels.is_empty() {
            return Ok(Vec::new());
        }
        let looked = self.store.read(move |rows| {
            let look = |channel| search::bookmarks(rows, channel);
            channels.into_iter().map(look).collect::<Outcome<Vec<_>>>()
        });
        Ok(looked.await?.into_iter().flatten().collect())
    }

    /// What is to be written of what was awaited and has come. It is awaited no more.
    async fn arrived(&self, mark: &mut Mark) -> Outcome<Vec<Entry>> {
        if mark.awaited.is_empty() {
            return Ok(Vec::new());
        }
        let awaited = std::mem::take(&mut mark.awaited);
        let looked = self.store.read(move |rows| {
            let look = |id: Id| Ok((id, search::awaited(rows, id)?));
            awaited.into_iter().map(look).collect::<Outcome<Vec<_>>>()
        });
        let mut arrived = Vec::new();
        for (id, entries) in looked.await? {
            if entries.is_empty() {
                mark.awaited.push(id);
            }
            arrived.extend(entries);
        }
        Ok(arrived)
    }

    /// Makes a new volume from the rows, and has it searched. The one that is searched meanwhile is
    /// kept up to date.
    async fn make(&self) -> Outcome<()> {
        let position = self.store.newest().await?;
        let index = self.index.clone();
        let volume = blocking(move || index.create()).await?;
        if position == Position::default() {
            return self.adopt(volume).await;
        }
        self.fill(&volume, search::posts_after).await?;
        self.fill(&volume, search::files_after).await?;
        // Where there is one to search meanwhile, nobody has to do without what stands in files.
        let reader = self.sound().map(|_| self.reader.clone());
        let settling = Arc::clone(&volume);
        let settling = tokio::spawn(async move {
            if let Some(reader) = reader {
                reader.read_all(&settling).await?;
            }
            blocking(move || settling.settle()).await
        });
        while !settling.is_finished() {
            self.follow_current().await?;
            tokio::time::sleep(GATHER / 10).await;
        }
        settling.await.map_err(Failure::internal)??;
        let seen = self.change_at(position).await?.map(|change| seen(&change)).unwrap_or_default();
        let waiting = self.store.waiting(i64::try_from(MOST_AWAITED).unwrap_or(i64::MAX)).await?;
        let awaited = waiting.iter().filter_map(search::made_by).collect();
        write(&volume, Vec::new(), Mark { position, seen, awaited }).await?;
        self.follow(&volume).await?;
        self.adopt(volume).await
    }

    async fn adopt(&self, volume: Arc<Volume>) -> Outcome<()> {
        let index = self.index.clone();
        blocking(move || index.adopt(volume)).await
    }

    /// Writes the rows of a table into a new volume.
    async fn fill(&self, volume: &Arc<Volume>, after: RowsAfter) -> Outcome<()> {
        let mut key = 0;
        loop {
            let rows = self.store.read(move |rows| after(rows, key, ROWS)).await?;
            let Some((last, _)) = rows.last() else { return Ok(()) };
            key = *last;
            let entries = rows.into_iter().map(|(_, entry)| entry).collect();
            write(volume, entries, Mark::default()).await?;
            self.follow_current().await?;
        }
    }
}

/// What is remembered of a change, to recognise it.
fn seen(change: &Change) -> Vec<u8> {
    let name = &change.name;
    let parts = [&name.site.0[..], &name.sequence.to_be_bytes(), &change.stamp.0.to_be_bytes()];
    parts.concat()
}

/// Writes what is new. In files of kinds that can be read somebody is to read.
async fn write(volume: &Arc<Volume>, mut entries: Vec<Entry>, mark: Mark) -> Outcome<()> {
    for entry in &mut entries {
        if let Entry::Put(About::Files, Document { extension, body, .. }) = entry
            && Kind::of(extension).is_some()
        {
            *body = Body::Unread;
        }
    }
    let volume = Arc::clone(volume);
    blocking(move || volume.write(&entries, &mark)).await
}

/// Does what waits for the disk where nobody waits behind it.
pub(crate) async fn blocking<T: Send + 'static>(
    job: impl FnOnce() -> Outcome<T> + Send + 'static,
) -> Outcome<T> {
    tokio::task::spawn_blocking(job).await.map_err(Failure::internal)?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_again_and_again_is_tried_ever_more_seldom() {
        let pauses = [1, 2, 3, 6, 7, 8, u32::MAX].map(|failures| pause_after(failures).as_secs());
        assert_eq!(pauses, [1, 2, 4, 32, 60, 60, 60]);
    }
}
