//! Who reads what stands in files, for the search index.
//!
//! A file is found by its name at once. What stands in it is read afterwards, one file at a time, on
//! a thread on which nobody waits. The index lists the files in which nobody has read yet, so that
//! none is forgotten.

use std::sync::{Arc, Weak};
use std::time::Duration;

use fieldpost_blobs::{Blobs, Hash};
use fieldpost_chat::search;
use fieldpost_extract::{Kind, NoText};
use fieldpost_index::{Index, Volume};
use fieldpost_kernel::{Failure, Outcome, Position};
use fieldpost_search::{About, Body, Document, Entry};
use fieldpost_store::Store;
use futures_util::StreamExt;
use tokio::sync::{Mutex, watch};
use tokio::time::MissedTickBehavior;

use crate::indexer::blocking;

/// How often it is looked again for the bytes of files that were not here: those of another site
/// come when they can.
const AGAIN: Duration = Duration::from_secs(60);

/// How far somebody has come in the list of a volume's files in which nobody has read yet.
#[derive(Default)]
struct Walk {
    volume: Weak<Volume>,
    /// The last place in the list that was looked at.
    last: i64,
}

impl Walk {
    /// Begins anew, if this is another volume.
    fn turn_to(&mut self, volume: &Arc<Volume>) {
        if !std::ptr::eq(self.volume.as_ptr(), Arc::as_ptr(volume)) {
            *self = Self { volume: Arc::downgrade(volume), last: 0 };
        }
    }
}

/// Reads what stands in files.
#[derive(Clone)]
pub(crate) struct Reader {
    store: Store,
    blobs: Blobs,
    /// Held while a file is read: each may take some memory.
    busy: Arc<Mutex<()>>,
}

impl Reader {
    pub(crate) fn new(store: Store, blobs: Blobs) -> Self {
        Self { store, blobs, busy: Arc::default() }
    }

    /// Reads in files as they come, and tells up to which change that is done, until nothing comes
    /// any more. Those whose bytes are not here are looked at again after a pause, and not whenever
    /// somebody writes.
    pub(crate) async fn keep_reading(
        &self,
        index: &Index,
        mut reached: watch::Receiver<Position>,
        told: watch::Sender<Position>,
    ) {
        let mut again = tokio::time::interval(AGAIN);
        again.set_missed_tick_behavior(MissedTickBehavior::Delay);
        again.reset();
        let mut walk = Walk::default();
        loop {
            let position = *reached.borrow_and_update();
            if let Some(volume) = index.current()
                && let Err(failure) = self.go_on(&mut walk, &volume).await
            {
                tracing::warn!(%failure, "files wait to be read for the search index");
            }
            told.send_replace(position);
            tokio::select! {
                changed = reached.changed() => if changed.is_err() { return },
                _ = again.tick() => walk = Walk::default(),
            }
        }
    }

    /// Reads in every file of a volume in which nobody has read yet, if its bytes are here.
    pub(crate) async fn read_all(&self, volume: &Arc<Volume>) -> Outcome<()> {
        self.go_on(&mut Walk::default(), volume).await
    }

    /// Reads in the files that come behind those that were looked at.
    async fn go_on(&self, walk: &mut Walk, volume: &Arc<Volume>) -> Outcome<()> {
        walk.turn_to(volume);
        loop {
            if !volume.may_have_unread() {
                return Ok(());
            }
            let (asked, last) = (Arc::clone(volume), walk.last);
            let next = blocking(move || asked.unread(last)).await?;
            let Some((place, key)) = next else { return Ok(()) };
            walk.last = place;
            let _busy = self.busy.lock().await;
            if let Some(entry) = self.read(key).await? {
                let volume = Arc::clone(volume);
                blocking(move || volume.amend(&[entry])).await?;
            }
        }
    }

    /// What is to be written of a file, with what stands in it; nothing, if its bytes are not here.
    async fn read(&self, key: i64) -> Outcome<Option<Entry>> {
        match self.store.read(move |rows| search::file(rows, key)).await? {
            Some((Entry::Put(about, document), content)) => {
                let body = self.body(&document.extension, Hash(content)).await?;
                let put = |body| Entry::Put(about, Document { body: Body::Read(body), ..document });
                Ok(body.map(put))
            }
            _ => Ok(Some(Entry::Remove(About::Files, key))),
        }
    }

    /// What stands in bytes; nothing, if they are not here.
    async fn body(&self, extension: &str, content: Hash) -> Outcome<Option<String>> {
        let Some(kind) = Kind::of(extension) else { return Ok(Some(String::new())) };
        let Some(blob) = self.blobs.get(content).await? else { return Ok(None) };
        // One more than is read says that it is too large.
        let mut bytes = Vec::new();
        let mut pieces = std::pin::pin!(blob.stream(0..kind.most_bytes() + 1));
        while let Some(piece) = pieces.next().await {
            bytes.extend_from_slice(&piece.map_err(Failure::internal)?);
        }
        let reading = tokio::task::spawn_blocking(move || fieldpost_extract::text(kind, &bytes));
        // Nothing in there is known to panic, and nobody can know that of all that is called.
        let text = reading.await.unwrap_or_else(|error| {
            tracing::error!(%error, %content, "a file could not be read for the search index");
            Err(NoText::Damaged)
        });
        Ok(Some(text.unwrap_or_else(|why| {
            tracing::debug!(?why, %content, "no text is found in a file");
            String::new()
        })))
    }
}

#[cfg(test)]
mod tests {
    use fieldpost_index::Mark;
    use fieldpost_kernel::{Rows, params};
    use fieldpost_model::Id;

    use super::*;
    use crate::{Config, open_store};

    /// Puts a file of that text among a channel's bookmarks.
    async fn keep(store: &Store, key: u8, text: &'static str) {
        let written = store.write(&[], move |work| {
            let (id, content) = (Id::from_bytes([key; 16]), Hash::of(text.as_bytes()).0);
            work.execute(
                "INSERT INTO file (key, id, channel_key, account_key, bookmark, create_at, name, \
                 extension, mime_type, size, width, height, shows_preview, content) \
                 VALUES (?1, ?2, 1, 1, 1, ?1, 'note.txt', 'txt', '', 5, 0, 0, 0, ?3)",
                params![i64::from(key), &id, &content],
            )?;
            work.execute(
                "INSERT INTO bookmark (id, channel_key, owner, file, display_name, link_url, \
                 image_url, emoji, original, create_at, update_at, origin_site, origin_epoch, \
                 origin_sequence, claim_stamp, claim_site) \
                 VALUES (?1, 1, ?1, ?1, '', '', '', '', ?1, 1, 1, ?1, 1, 1, 0, ?1)",
                params![&id],
            )
        });
        written.await.unwrap();
    }

    /// Lists a file in a volume as one in which nobody has read.
    async fn list(store: &Store, volume: &Volume, key: i64) {
        let told = store.read(move |rows| search::file(rows, key)).await.unwrap();
        let Some((Entry::Put(about, document), _)) = told else { panic!("{told:?}") };
        let entry = Entry::Put(about, Document { body: Body::Unread, ..document });
        volume.write(&[entry], &Mark::default()).unwrap();
    }

    fn has(volume: &Volume, word: &str) -> bool {
        volume.contents().unwrap().iter().any(|line| line.contains(word))
    }

    #[tokio::test]
    async fn a_file_whose_bytes_are_missing_is_passed_by_until_it_is_looked_again() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { data: folder.path().to_owned(), ..Config::default() };
        let store = open_store(&config).await.unwrap();
        let blobs = Blobs::open(&folder.path().join("files")).await.unwrap();
        let reader = Reader::new(store.clone(), blobs.clone());
        let index = Index::new(folder.path().join("search"), [1; 16]);
        let volume = index.create().unwrap();
        let mut walk = Walk::default();
        keep(&store, 2, "early").await;
        keep(&store, 1, "later").await;
        list(&store, &volume, 2).await;
        reader.go_on(&mut walk, &volume).await.unwrap();
        assert!(!has(&volume, "early"));
        // What is listed next is read, whatever its key, and nothing before it is looked at.
        blobs.put(b"early").await.unwrap();
        blobs.put(b"later").await.unwrap();
        list(&store, &volume, 1).await;
        reader.go_on(&mut walk, &volume).await.unwrap();
        assert_eq!((has(&volume, "early"), has(&volume, "later")), (false, true));
        reader.read_all(&volume).await.unwrap();
        assert!(has(&volume, "early"));
        // Another volume is read from its beginning.
        let other = index.create().unwrap();
        list(&store, &other, 2).await;
        reader.go_on(&mut walk, &other).await.unwrap();
        assert!(has(&other, "early"));
    }
}
