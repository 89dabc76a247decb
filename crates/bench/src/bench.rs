//! What every measurement is given: the server under test, and room for files.

use std::path::{Path, PathBuf};

use fieldpost_store::TABLES;
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
        let kept = of_these_tables(&kept.canonicalize()?)?;
        Ok(Self { server, kept, quick })
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

/// Room for what servers of this build can read. What an earlier one made is removed.
fn of_these_tables(kept: &Path) -> Outcome<PathBuf> {
    let own = format!("tables-{TABLES}");
    for entry in std::fs::read_dir(kept)? {
        let name = entry?.file_name();
        let is_old = name.to_str().is_some_and(|name| name.starts_with("tables-") && name != own);
        if is_old {
            std::fs::remove_dir_all(kept.join(name))?;
        }
    }
    let own = kept.join(own);
    std::fs::create_dir_all(&own)?;
    Ok(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_other_tables_left_is_removed_and_nothing_else() {
        let kept = tempfile::tempdir().unwrap();
        for name in ["tables-1", "tables-1/site", "mine"] {
            std::fs::create_dir(kept.path().join(name)).unwrap();
        }
        let own = of_these_tables(kept.path()).unwrap();
        std::fs::write(own.join("site"), "").unwrap();
        assert_eq!(of_these_tables(kept.path()).unwrap(), own);
        assert!(own.join("site").exists());
        assert!(kept.path().join("mine").exists());
        assert!(!kept.path().join("tables-1").exists());
    }
}
