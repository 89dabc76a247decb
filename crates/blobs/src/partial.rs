//! Uploads that come in several requests, and survive restarts in between.

use std::io;
use std::path::PathBuf;
use std::sync::PoisonError;

use fieldpost_kernel::Outcome;
use fieldpost_model::Id;
use tokio::fs::{self, File, OpenOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{Blobs, Hash, Staged, failed, sync_folder};

/// How many bytes are hashed at once.
const PIECE: usize = 256 * 1024;

/// A partial upload that this holder alone may write to.
///
/// Not to be dropped while it writes: let the task that holds it run to its end.
#[derive(Debug)]
pub struct Partial {
    blobs: Blobs,
    id: Id,
    file: File,
    written: u64,
}

impl Drop for Partial {
    fn drop(&mut self) {
        self.blobs.0.busy.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}

impl Blobs {
    fn partial_path(&self, id: Id) -> PathBuf {
        let hex: String = id.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        self.0.uploads.join(hex)
    }

    /// How many bytes of an upload are here.
    ///
    /// # Errors
    /// When the disk does not say.
    pub async fn partial_length(&self, id: Id) -> Outcome<u64> {
        match fs::metadata(self.partial_path(id)).await {
            Ok(found) => Ok(found.len()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(failed(&error)),
        }
    }

    /// Goes on with an upload, from its beginning if there is nothing of it yet; nothing if
    /// somebody else is writing to it.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn partial(&self, id: Id) -> Outcome<Option<Partial>> {
        if !self.0.busy.lock().unwrap_or_else(PoisonError::into_inner).insert(id) {
            return Ok(None);
        }
        match self.open_partial(id).await {
            Ok((file, written)) => Ok(Some(Partial { blobs: self.clone(), id, file, written })),
            Err(error) => {
                self.0.busy.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
                Err(failed(&error))
            }
        }
    }

    async fn open_partial(&self, id: Id) -> io::Result<(File, u64)> {
        let path = self.partial_path(id);
        let file = OpenOptions::new().create(true).append(true).read(true).open(path).await?;
        let written = file.metadata().await?.len();
        Ok((file, written))
    }

    /// Every upload of which something is here.
    ///
    /// # Errors
    /// When the disk does not say.
    pub async fn partials(&self) -> Outcome<Vec<Id>> {
        let mut found = Vec::new();
        let mut folder = fs::read_dir(&self.0.uploads).await.map_err(|error| failed(&error))?;
        while let Some(entry) = folder.next_entry().await.map_err(|error| failed(&error))? {
            let name = entry.file_name();
            let id = name.to_str().filter(|hex| hex.len() == 32);
            if let Some(id) = id.and_then(|hex| u128::from_str_radix(hex, 16).ok()) {
                found.push(Id::from_bytes(id.to_be_bytes()));
            }
        }
        Ok(found)
    }

    /// Forgets an upload that will not go on.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn forget_partial(&self, id: Id) -> Outcome<()> {
        match fs::remove_file(self.partial_path(id)).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(&error)),
            _ => Ok(()),
        }
    }
}

impl Partial {
    /// How many bytes are here.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Adds bytes at the end.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn write(&mut self, bytes: &[u8]) -> Outcome<()> {
        self.file.write_all(bytes).await.map_err(|error| failed(&error))?;
        self.written += bytes.len() as u64;
        Ok(())
    }

    /// Brings what was added to disk, so that whoever sent it need not send it again.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn sync(&mut self) -> Outcome<()> {
        self.file.flush().await.map_err(|error| failed(&error))?;
        self.file.sync_all().await.map_err(|error| failed(&error))?;
        sync_folder(&self.blobs.0.uploads).await
    }

    /// Throws everything away: the upload begins anew.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn restart(&mut self) -> Outcome<()> {
        self.go_back(0).await
    }

    /// Throws away what came after so many bytes.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn go_back(&mut self, to: u64) -> Outcome<()> {
        // What could not be written is thrown away, whatever the reason was.
        drop(self.file.flush().await);
        self.file.set_len(to).await.map_err(|error| failed(&error))?;
        self.written = to;
        Ok(())
    }

    /// The whole upload, ready to be kept.
    ///
    /// It has two names until then, so that a crash in between loses neither.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn stage(&mut self) -> Outcome<Staged> {
        self.sync().await?;
        let (from, to) = (self.blobs.partial_path(self.id), self.blobs.temporary());
        fs::hard_link(&from, &to).await.map_err(|error| failed(&error))?;
        let staged = self.blobs.staged(to, Hash([0; 32]), self.written);
        let hash = hash_of(staged.path().to_owned()).await.map_err(|error| failed(&error))?;
        Ok(staged.named(hash))
    }
}

async fn hash_of(path: PathBuf) -> io::Result<Hash> {
    let mut file = File::open(path).await?;
    let mut hasher = blake3::Hasher::new();
    let mut piece = vec![0; PIECE];
    loop {
        let read = file.read(&mut piece).await?;
        if read == 0 {
            return Ok(Hash(*hasher.finalize().as_bytes()));
        }
        hasher.update(&piece[..read]);
    }
}
