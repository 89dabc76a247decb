//! The bytes of files, by their hash, on a local disk.
//!
//! What is kept is named by the BLAKE3 hash of its content: the same bytes are there once, however
//! often they are put, and never change. Bytes on their way in are in a file of their own until
//! they are whole and on disk; only then do they get their name, and only then is the caller told.
//! A crash leaves at worst a temporary file, which the next start removes.
//!
//! *Architecture invariant:* paths are made from hashes, ids and counters, never from what a client
//! sent: no name can lead out of the folder.
//!
//! *Architecture invariant:* [`Blobs`] is the only door. Whoever keeps blobs elsewhere, one day,
//! changes this crate and nothing else.

mod hash;
mod partial;
mod reading;
mod writing;

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use fieldpost_kernel::{Failure, FailureKind, Outcome};
use fieldpost_model::Id;
use tokio::fs;

pub use self::hash::Hash;
pub use self::partial::Partial;
pub use self::reading::Blob;
pub use self::writing::{Refused, Scratch, Staged, Writer};

/// The folder of what is whole, below the root: all that is worth saving. The others hold what is
/// still on its way.
pub const OBJECTS: &str = "objects";
const INCOMING: &str = "incoming";
const UPLOADS: &str = "uploads";

/// Every blob of a site; cheap to clone.
#[derive(Debug, Clone)]
pub struct Blobs(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    objects: PathBuf,
    incoming: PathBuf,
    uploads: PathBuf,
    /// Numbers temporary files.
    next: AtomicU64,
    /// The partial uploads that somebody writes to now.
    busy: Mutex<HashSet<Id>>,
}

impl Blobs {
    /// The blobs in a folder, which is made if it is missing. What crashed uploads left is removed.
    ///
    /// # Errors
    /// When the folder cannot be made or written.
    pub async fn open(root: &Path) -> Outcome<Self> {
        let shared = Shared {
            objects: root.join(OBJECTS),
            incoming: root.join(INCOMING),
            uploads: root.join(UPLOADS),
            next: AtomicU64::new(0),
            busy: Mutex::default(),
        };
        let root = root.to_owned();
        let prepared = tokio::task::spawn_blocking(move || prepare(&root)).await;
        prepared.map_err(Failure::internal)?.map_err(|error| failed(&error))?;
        Ok(Self(Arc::new(shared)))
    }

    /// Where a blob is: in one of 65536 folders, so that none of them grows too large to list.
    fn path(&self, hash: Hash) -> PathBuf {
        let hex = hash.to_string();
        self.0.objects.join(&hex[..2]).join(&hex[2..4]).join(&hex)
    }

    fn temporary(&self) -> PathBuf {
        self.0.incoming.join(self.0.next.fetch_add(1, Ordering::Relaxed).to_string())
    }

    /// Whether a blob is here.
    ///
    /// # Errors
    /// When the disk does not say.
    pub async fn has(&self, hash: Hash) -> Outcome<bool> {
        fs::try_exists(self.path(hash)).await.map_err(|error| failed(&error))
    }

    /// Removes a blob; one that is not here is removed already.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn delete(&self, hash: Hash) -> Outcome<()> {
        match fs::remove_file(self.path(hash)).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(&error)),
            _ => Ok(()),
        }
    }
}

/// Makes the folders, so that they outlive a power failure, and removes what crashed uploads left.
///
/// Where all is in place, nothing is changed, and so nothing has to reach the disk.
fn prepare(root: &Path) -> io::Result<()> {
    use std::fs;
    for folder in [OBJECTS, INCOMING, UPLOADS] {
        fs::create_dir_all(root.join(folder))?;
    }
    for left in fs::read_dir(root.join(INCOMING))? {
        fs::remove_file(left?.path())?;
    }
    let above = root.parent().filter(|above| !above.as_os_str().is_empty());
    for folder in [root, above.unwrap_or(Path::new("."))] {
        fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// A name in a folder outlives a power failure only once the folder itself is on disk.
async fn sync_folder(folder: &Path) -> Outcome<()> {
    let folder = fs::File::open(folder).await.map_err(|error| failed(&error))?;
    folder.sync_all().await.map_err(|error| failed(&error))
}

/// What the disk refused, for the operator; a full one is not our fault and passes.
fn failed(error: &io::Error) -> Failure {
    if matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) {
        return Failure::new(
            FailureKind::Unavailable,
            "api.fieldpost.disk_full",
            "The server's disk is full. Your administrator has to make room.",
        )
        .with_detail(error);
    }
    Failure::internal(error)
}

#[cfg(test)]
mod tests;
