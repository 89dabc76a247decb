//! Bytes on their way in.

use std::path::{Path, PathBuf};

use fieldpost_kernel::{Failure, Outcome};
use tokio::fs::{self, File};
use tokio::io::AsyncWriteExt;

use crate::{Blobs, Hash, failed, sync_folder};

/// Why bytes were not taken.
#[derive(Debug)]
pub enum Refused {
    /// There are more than were allowed.
    TooLarge,
    /// The disk refused.
    Failed(Failure),
}

/// A file that goes away unless it is given its name.
#[derive(Debug)]
pub(crate) struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        // It was renamed, or it is removed at the next start: nothing depends on it.
        drop(std::fs::remove_file(&self.0));
    }
}

/// Takes bytes as they come, up to a limit. Dropping it leaves nothing behind.
#[derive(Debug)]
pub struct Writer {
    blobs: Blobs,
    file: File,
    temporary: Temporary,
    hasher: blake3::Hasher,
    length: u64,
    limit: u64,
}

/// Bytes that are whole and on disk, and have no name yet. Dropping them leaves nothing behind.
#[derive(Debug)]
pub struct Staged {
    blobs: Blobs,
    temporary: Temporary,
    hash: Hash,
    length: u64,
}

/// The path of a file that is made on the way to something else. Dropping it removes the file.
#[derive(Debug)]
pub struct Scratch(Temporary);

impl Scratch {
    /// Where the file is to be; nothing is there yet.
    pub fn path(&self) -> &Path {
        &self.0.0
    }
}

impl Blobs {
    /// A path for a file that nobody else writes, and that a crash does not leave behind for long.
    pub fn scratch(&self) -> Scratch {
        Scratch(Temporary(self.temporary()))
    }

    /// Begins to take bytes, at most `limit` of them.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn writer(&self, limit: u64) -> Outcome<Writer> {
        let path = self.temporary();
        let file = File::create_new(&path).await.map_err(|error| failed(&error))?;
        Ok(Writer {
            blobs: self.clone(),
            file,
            temporary: Temporary(path),
            hasher: blake3::Hasher::new(),
            length: 0,
            limit,
        })
    }

    /// Keeps bytes that are in memory already.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn put(&self, bytes: &[u8]) -> Outcome<Hash> {
        let hash = Hash::of(bytes);
        if self.has(hash).await? {
            // Whoever put it there may still be about to sync its name.
            self.sync_name(hash).await?;
            return Ok(hash);
        }
        let mut writer = self.writer(u64::MAX).await?;
        match writer.write(bytes).await {
            Ok(()) => writer.finish().await?.keep().await,
            Err(Refused::Failed(failure)) => Err(failure),
            Err(Refused::TooLarge) => Err(Failure::internal("a blob beyond every limit")),
        }
    }

    /// The folders that lead to a blob, from the inside.
    fn folders<'p>(&'p self, path: &'p Path) -> Outcome<[&'p Path; 3]> {
        let folders = path.parent().zip(path.parent().and_then(Path::parent));
        let (inner, outer) = folders.ok_or_else(|| Failure::internal("a blob without a folder"))?;
        Ok([inner, outer, &self.0.objects])
    }

    /// Makes a blob's name survive a power failure, and those of the folders that lead to it.
    async fn sync_name(&self, hash: Hash) -> Outcome<()> {
        let path = self.path(hash);
        for folder in self.folders(&path)? {
            sync_folder(folder).await?;
        }
        Ok(())
    }

    pub(crate) fn staged(&self, path: PathBuf, hash: Hash, length: u64) -> Staged {
        Staged { blobs: self.clone(), temporary: Temporary(path), hash, length }
    }
}

impl Writer {
    /// Takes some more bytes.
    ///
    /// # Errors
    /// [`Refused::TooLarge`] at the first byte beyond the limit, and when the disk refuses.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), Refused> {
        self.length = self.length.saturating_add(bytes.len() as u64);
        if self.length > self.limit {
            return Err(Refused::TooLarge);
        }
        self.hasher.update(bytes);
        self.file.write_all(bytes).await.map_err(|error| Refused::Failed(failed(&error)))
    }

    /// How many bytes were taken.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Brings what was taken to disk.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn finish(mut self) -> Outcome<Staged> {
        self.file.flush().await.map_err(|error| failed(&error))?;
        self.file.sync_all().await.map_err(|error| failed(&error))?;
        let hash = Hash(*self.hasher.finalize().as_bytes());
        let Self { blobs, temporary, length, .. } = self;
        Ok(Staged { blobs, temporary, hash, length })
    }
}

impl Staged {
    /// How many bytes there are.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The hash of the bytes.
    pub fn hash(&self) -> Hash {
        self.hash
    }

    pub(crate) fn named(self, hash: Hash) -> Self {
        Self { hash, ..self }
    }

    /// Where they are for now, for whoever has to look into them.
    pub fn path(&self) -> &Path {
        &self.temporary.0
    }

    /// Gives them their name, for good; once this returns they survive a power failure.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn keep(self) -> Outcome<Hash> {
        let path = self.blobs.path(self.hash);
        let [inner, ..] = self.blobs.folders(&path)?;
        fs::create_dir_all(inner).await.map_err(|error| failed(&error))?;
        // The same content may be there: renaming over it changes nothing.
        fs::rename(&self.temporary.0, &path).await.map_err(|error| failed(&error))?;
        self.blobs.sync_name(self.hash).await?;
        Ok(self.hash)
    }
}
