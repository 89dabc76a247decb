//! The search index: files beside the database, which can be made anew from it at any time.
//!
//! A [`Volume`] is one such file, in which full text is found newest first. Whoever follows the
//! site's changes writes to it, together with how far they have read; so the two always agree,
//! whatever a crash takes away. [`Index`] says which volume is searched. A new one is filled beside
//! it and takes its place when it is whole.
//!
//! Everything here waits for the disk, and is for threads that may.

mod ask;
mod enter;
mod expression;
mod volume;

#[cfg(test)]
mod tests;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use fieldpost_kernel::{Failure, FailureKind, Outcome, Position};
use fieldpost_model::Id;
use fieldpost_search::{About, Hit, Wanted};

pub use self::volume::Volume;

/// How far the site's changes are in a volume.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mark {
    /// The place of the last change in the site's feed.
    pub position: Position,
    /// What is remembered of that change, to recognise it: a database that was put back from a
    /// backup may have another at its place.
    pub seen: Vec<u8>,
    /// Posts and files that were told of and are not there yet, since something they need had not
    /// come.
    pub awaited: Vec<Id>,
}

/// A site's search index.
#[derive(Clone)]
pub struct Index(Arc<Shared>);

struct Shared {
    folder: PathBuf,
    site: [u8; 16],
    current: RwLock<Option<Arc<Volume>>>,
    /// The number of the newest volume that was begun, whether or not it has a file yet.
    newest: AtomicU64,
}

impl Index {
    /// The index of a site in a folder, which is made once it is needed. Nothing is read yet.
    pub fn new(folder: PathBuf, site: [u8; 16]) -> Self {
        let (current, newest) = (RwLock::default(), AtomicU64::new(0));
        Self(Arc::new(Shared { folder, site, current, newest }))
    }

    /// Opens the newest volume that is whole and of this form and site, if there is one. All others
    /// are removed.
    pub fn open(&self) -> Outcome<()> {
        let mut found = None;
        for number in self.numbers()?.into_iter().rev() {
            let path = self.path(number);
            if found.is_none() {
                found = Volume::open(&path, &self.0.site);
            }
            if found.as_ref().is_none_or(|found| found.path() != path) {
                volume::remove(&path);
            }
        }
        self.replace(found.map(Arc::new));
        Ok(())
    }

    /// The volume that is searched, once there is one.
    pub fn current(&self) -> Option<Arc<Volume>> {
        self.0.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// An empty volume, which is not searched yet. Whatever was written to it goes away with it,
    /// unless it is adopted.
    pub fn create(&self) -> Outcome<Arc<Volume>> {
        let last = self.numbers()?.last().copied().unwrap_or_default();
        self.0.newest.fetch_max(last, Ordering::Relaxed);
        let number = self.0.newest.fetch_add(1, Ordering::Relaxed) + 1;
        let volume = Volume::new(self.path(number), self.0.site);
        volume.retire();
        Ok(Arc::new(volume))
    }

    /// Searches this volume from now on, which has all that it is to have. The one before is
    /// removed once nobody reads it any more.
    pub fn adopt(&self, volume: Arc<Volume>) -> Outcome<()> {
        volume.finish()?;
        if let Some(before) = self.replace(Some(volume)) {
            before.retire();
        }
        Ok(())
    }

    /// Searches: what is found for words and what is found for hashtags, newest first.
    pub fn find(&self, about: About, wanted: &Wanted) -> Outcome<Vec<Hit>> {
        let volume = self.current().ok_or_else(|| {
            Failure::new(
                FailureKind::Unavailable,
                "api.fieldpost.search.not_ready",
                "The search index is being made. Try again in a moment.",
            )
        })?;
        volume.find(about, wanted)
    }

    fn replace(&self, volume: Option<Arc<Volume>>) -> Option<Arc<Volume>> {
        let mut current = self.0.current.write().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *current, volume)
    }

    fn path(&self, number: u64) -> PathBuf {
        self.0.folder.join(format!("{number}.db"))
    }

    /// The numbers of the volumes that are there, in order.
    fn numbers(&self) -> Outcome<Vec<u64>> {
        let entries = match fs::read_dir(&self.0.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(self.unusable(&error)),
        };
        let mut numbers: Vec<u64> =
            entries.filter_map(|entry| number_of(&entry.ok()?.path())).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    fn unusable(&self, error: &std::io::Error) -> Failure {
        Failure::internal(format!("the search index in {}: {error}", self.0.folder.display()))
    }
}

fn number_of(path: &Path) -> Option<u64> {
    path.file_name()?.to_str()?.strip_suffix(".db")?.parse().ok()
}
