//! What the embedded engine's file lies on.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// What the embedded engine's file lies on, and how it is kept there.
///
/// A site takes the default. Tests take others, to see what is lost under weaker promises.
#[derive(Debug, Clone)]
pub struct Medium {
    /// Another file system (VFS) than the operating system's.
    pub vfs: Option<Vfs>,
    /// Whether an answer waits until the bytes of its commit are on disk. Without it, a power cut
    /// takes acknowledged writes away.
    pub synced: bool,
    /// How many pages the write-ahead log holds before they are brought into the database.
    pub checkpoint_pages: u32,
}

impl Default for Medium {
    fn default() -> Self {
        Self { vfs: None, synced: true, checkpoint_pages: 4000 }
    }
}

/// A file whose bytes can be brought to the disk.
pub trait SyncedFile: Send + Sync {
    /// Returns once what was written to the file, by anybody, is on disk.
    fn sync(&self) -> io::Result<()>;
}

impl SyncedFile for std::fs::File {
    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }
}

/// Opens a file that is there already.
pub type OpenFile = dyn Fn(&Path) -> io::Result<Box<dyn SyncedFile>> + Send + Sync;

/// A file system (VFS) that is not the operating system's.
#[derive(Clone)]
pub struct Vfs {
    /// The name under which it was registered with SQLite.
    pub name: String,
    /// Opens a file of it that is there already, to sync it.
    pub open: Arc<OpenFile>,
}

impl fmt::Debug for Vfs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vfs").field("name", &self.name).finish_non_exhaustive()
    }
}
