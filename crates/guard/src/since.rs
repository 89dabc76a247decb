//! From where an export goes on: from the beginning, or from what a manifest has reached.

use std::fs;
use std::path::{Path, PathBuf};

use fieldpost_kernel::{Failure, FailureKind, Outcome};
use fieldpost_model::Id;

use crate::format::Format;
use crate::manifest::{self, Found, Reached};
use crate::outbox::failure;

/// From where an export goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Since {
    /// From the beginning: everything is told.
    Beginning,
    /// From the newest export of the link in this format in the directory, and from the beginning if there
    /// is none.
    Last,
    /// From the export of this manifest.
    Manifest(PathBuf),
}

impl Since {
    /// What has been told before.
    pub(crate) fn reached(
        &self,
        (folder, format): (&Path, Format),
        sites: (Id, Id),
    ) -> Outcome<Reached> {
        match self {
            Self::Beginning => Ok(Reached::default()),
            Self::Last => last(folder, format, sites),
            Self::Manifest(file) => {
                let found = read(file)?;
                if (found.site, found.peer) == sites {
                    return Ok(found.reached);
                }
                Err(Failure::new(
                    FailureKind::Conflict,
                    "api.fieldpost.guard.other_link",
                    format!("{}: it is the manifest of another link", file.display()),
                ))
            }
        }
    }
}

fn read(file: &Path) -> Outcome<Found> {
    let bytes = fs::read(file).map_err(failure(file))?;
    manifest::read(&bytes).map_err(|failure| {
        let message = format!("{}: {}", file.display(), failure.message).into();
        Failure { message, ..failure }
    })
}

fn last(folder: &Path, format: Format, sites: (Id, Id)) -> Outcome<Reached> {
    let mut newest = Reached::default();
    let ending = format!("-manifest.{}", format.name());
    if !folder.exists() {
        return Ok(newest);
    }
    for entry in fs::read_dir(folder).map_err(failure(folder))? {
        let path = entry.map_err(failure(folder))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if !name.ends_with(&ending) {
            continue;
        }
        let found = read(&path)?;
        if (found.site, found.peer) == sites && found.reached.export > newest.export {
            newest = found.reached;
        }
    }
    Ok(newest)
}
