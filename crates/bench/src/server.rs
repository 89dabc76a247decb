//! The server under test, and where it keeps what it has.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

pub(crate) use fieldpost_crowd::process::Server;

use crate::Outcome;
use crate::bench::Bench;

/// Where a site keeps what it has.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) data: PathBuf,
    /// The URL of a database server; the embedded one without it.
    pub(crate) database: Option<String>,
}

impl Place {
    pub(crate) fn embedded(data: &Path) -> Self {
        Self { data: data.to_owned(), database: None }
    }

    /// The file of the embedded database.
    pub(crate) fn file(&self) -> PathBuf {
        self.data.join("fieldpost.db")
    }

    /// A command of the binary on this place.
    pub(crate) fn command(&self, bench: &Bench, arguments: &[&str]) -> Command {
        let mut command = Command::new(&bench.server);
        command.args(arguments).arg("--data").arg(&self.data).stdin(Stdio::null());
        if let Some(url) = &self.database {
            command.args(["--database", url]);
        }
        command
    }

    /// Starts a server and returns once it says where it serves.
    pub(crate) fn start(&self, bench: &Bench) -> Outcome<Server> {
        Server::spawn(self.command(bench, &["serve", "--listen", "127.0.0.1:0"]))
    }

    /// Takes a bulk file over, and gives what the command said.
    pub(crate) fn import(&self, bench: &Bench, file: &Path) -> Outcome<Output> {
        std::fs::create_dir_all(&self.data)?;
        let output = self.command(bench, &["import"]).arg(file).output()?;
        if output.stdout.is_empty() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
        }
        Ok(output)
    }
}
