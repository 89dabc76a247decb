//! What HQ has to tell.

use std::fs;
use std::path::{Path, PathBuf};

/// A short conversation, for where there is no longer one.
pub const CONVERSATION: &str = include_str!("../conversation.jsonl");

/// A conversation in the bulk format, and somebody in it.
#[derive(Debug, Clone)]
pub struct Content {
    /// The file.
    pub file: PathBuf,
    /// Who administers the site.
    pub user: String,
    /// Their password.
    pub password: String,
}

impl Content {
    /// A long conversation if it is there, or else the short one, in this folder.
    pub fn find(long: &Path, folder: &Path) -> Result<Self, String> {
        if long.exists() {
            return Ok(Self::of(long.to_owned(), "alfa1"));
        }
        let file = folder.join("conversation.jsonl");
        fs::write(&file, CONVERSATION).map_err(|error| format!("{}: {error}", file.display()))?;
        Ok(Self::of(file, "ada"))
    }

    fn of(file: PathBuf, user: &str) -> Self {
        Self { file, user: user.to_owned(), password: format!("Passw0rd-{user}") }
    }
}
