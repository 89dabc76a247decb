//! What every measurement is given: the server under test, and room for files.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::Outcome;

/// What every measurement is given.
pub(crate) struct Bench {
    /// The binary of the server under test.
    pub(crate) server: PathBuf,
    /// What is kept from one run to the next.
    pub(crate) kept: PathBuf,
    /// Whether less of everything will do.
    pub(crate) quick: bool,
}

impl Bench {
    pub(crate) fn new(server: &Path, kept: &Path, quick: bool) -> Outcome<Self> {
        let server = server
            .canonicalize()
            .map_err(|error| format!("{}: {error}; `make build` makes it", server.display()))?;
        std::fs::create_dir_all(kept)?;
        Ok(Self { server, kept: kept.canonicalize()?, quick })
    }

    /// So many, or fewer where less will do.
    pub(crate) fn times(&self, usual: usize, quick: usize) -> usize {
        if self.quick { quick } else { usual }
    }

    /// An empty directory on the disk that the figures are about, gone with what is returned.
    pub(crate) fn scratch(&self) -> Outcome<TempDir> {
        Ok(tempfile::Builder::new().prefix("run-").tempdir_in(&self.kept)?)
    }
}
