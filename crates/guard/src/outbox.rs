//! The directory of an export: files have their names once all of them are whole, the manifest last.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use fieldpost_blobs::Blob;
use fieldpost_kernel::{Failure, FailureKind, Outcome};
use futures_util::StreamExt;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::manifest::Listed;

/// Files that are being written.
pub(crate) struct Outbox {
    folder: PathBuf,
    /// Where they are until all are whole; gone with what is left there if it does not come to that.
    unfinished: TempDir,
    names: Vec<String>,
}

impl Outbox {
    /// Begins to write into a directory, which is made if it is missing.
    pub(crate) fn new(folder: &Path) -> Outcome<Self> {
        fs::create_dir_all(folder).map_err(failure(folder))?;
        let unfinished = tempfile::Builder::new().prefix(".guard-").tempdir_in(folder);
        let unfinished = unfinished.map_err(failure(folder))?;
        Ok(Self { folder: folder.to_owned(), unfinished, names: Vec::new() })
    }

    /// Refuses a name that something in the directory has.
    pub(crate) fn require_free(&self, name: &str) -> Outcome<()> {
        let path = self.folder.join(name);
        // Also a link that leads nowhere is something.
        match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(failure(&path)(error)),
            Ok(_) => Err(Failure::new(
                FailureKind::Conflict,
                "api.fieldpost.guard.exists",
                format!("{} exists; nothing was written", path.display()),
            )),
        }
    }

    fn create(&mut self, name: &str) -> Outcome<(File, PathBuf)> {
        self.require_free(name)?;
        let path = self.unfinished.path().join(name);
        let file = File::create_new(&path).map_err(failure(&path))?;
        self.names.push(name.to_owned());
        Ok((file, path))
    }

    /// Writes a file of these bytes.
    pub(crate) fn write(&mut self, name: &str, bytes: &[u8]) -> Outcome<Listed> {
        let (mut file, path) = self.create(name)?;
        file.write_all(bytes).and_then(|()| file.sync_all()).map_err(failure(&path))?;
        Ok(listed(name, bytes.len() as u64, Sha256::new_with_prefix(bytes)))
    }

    /// Writes a file with what somebody uploaded.
    pub(crate) async fn copy(&mut self, name: &str, blob: Blob) -> Outcome<Listed> {
        let (mut file, path) = self.create(name)?;
        let length = blob.length();
        let mut digest = Sha256::new();
        let mut bytes = std::pin::pin!(blob.stream(0..length));
        while let Some(some) = bytes.next().await {
            let some = some.map_err(Failure::internal)?;
            digest.update(&some);
            file.write_all(&some).map_err(failure(&path))?;
        }
        file.sync_all().map_err(failure(&path))?;
        Ok(listed(name, length, digest))
    }

    /// Gives all files their names, in the order in which they were written. If one is taken, those that
    /// have theirs already lose them again.
    pub(crate) fn finish(self) -> Outcome<()> {
        let mut named = Vec::with_capacity(self.names.len());
        for name in &self.names {
            let path = self.folder.join(name);
            let moved = self.require_free(name).and_then(|()| {
                fs::rename(self.unfinished.path().join(name), &path).map_err(failure(&path))
            });
            if let Err(refused) = moved {
                // That one cannot be removed is the lesser trouble: without a manifest it is nothing.
                named.iter().for_each(|path: &PathBuf| drop(fs::remove_file(path)));
                return Err(refused);
            }
            named.push(path);
        }
        File::open(&self.folder).and_then(|folder| folder.sync_all()).map_err(failure(&self.folder))
    }
}

fn listed(name: &str, length: u64, digest: Sha256) -> Listed {
    let sha256 = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    let bytes = i64::try_from(length).unwrap_or(i64::MAX);
    Listed { name: name.to_owned(), bytes, sha256 }
}

pub(crate) fn failure(path: &Path) -> impl Fn(io::Error) -> Failure + '_ {
    move |error| {
        let says = format!("{}: {error}", path.display());
        Failure::new(FailureKind::Unavailable, "api.fieldpost.guard.disk", says)
    }
}
