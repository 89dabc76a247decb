//! Who reads what stands in files, for the search index.
//!
//! A file is found by its name at once. What stands in it is read afterwards, one file at a time, on
//! a thread on which nobody waits. The index lists the files in which nobody has read yet, so that
//! none is forgotten.

use std::sync::Arc;
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

use crate::indexer::blocking;

/// How long after a look it is looked again for the bytes of files that were not here: those of
/// another site come when they can.
const AGAIN: Duration = Duration::from_secs(60);

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
    /// any more.
    pub(crate) async fn keep_reading(
        &self,
        index: &Index,
        mut reached: watch::Receiver<Position>,
        told: watch::Sender<Position>,
    ) {
        loop {
            let position = *reached.borrow_and_update();
            if let Some(volume) = index.current()
                && let Err(failure) = self.read_all(&volume).await
            {
                tracing::warn!(%failure, "files wait to be read for the search index");
            }
            told.send_replace(position);
            tokio::select! {
                changed = reached.changed() => if changed.is_err() { return },
                () = tokio::time::sleep(AGAIN) => {}
            }
        }
    }

    /// Reads in every file of a volume in which nobody has read yet, if its bytes are here.
    pub(crate) async fn read_all(&self, volume: &Arc<Volume>) -> Outcome<()> {
        let mut last = 0;
        loop {
            let asked = Arc::clone(volume);
            let next = if last == 0 && !volume.may_have_unread() {
                None
            } else {
                blocking(move || asked.unread(last)).await?
            };
            let Some(key) = next else { return Ok(()) };
            last = key;
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
