//! The server under test, as a process of its own.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::bench::Bench;
use crate::client::Client;

/// A running server; killed if it is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    begun: Instant,
}

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

impl Server {
    /// Starts a server and returns once it says where it serves.
    pub(crate) fn start(bench: &Bench, place: &Place) -> Outcome<Self> {
        Self::spawn(place.command(bench, &["serve", "--listen", "127.0.0.1:0"]))
    }

    /// Runs a command that serves, and returns once it says where.
    pub(crate) fn spawn(mut command: Command) -> Outcome<Self> {
        let begun = Instant::now();
        command.stdout(Stdio::piped()).stderr(Stdio::null()).env("FIELDPOST_LOG", "warn");
        let mut child = command.spawn()?;
        let stdout = child.stdout.take().ok_or("no output of the server")?;
        let mut said = String::new();
        BufReader::new(stdout).read_line(&mut said)?;
        let address = said.trim().rsplit('/').next().and_then(|address| address.parse().ok());
        let Some(address) = address else {
            child.kill()?;
            child.wait()?;
            return Err(format!("the server said {said:?}").into());
        };
        Ok(Self { child, address, begun })
    }

    /// Gives the time from the start of the process to its first good answer.
    pub(crate) async fn answers(&self) -> Outcome<Duration> {
        let mut client = Client::open(self.address, "").await?;
        client.get("/system/ping").await?.expect(200)?;
        Ok(self.begun.elapsed())
    }

    /// The time since the start of the process.
    pub(crate) fn age(&self) -> Duration {
        self.begun.elapsed()
    }

    /// What a line of the child's input is written to.
    pub(crate) fn input(&mut self) -> Option<&mut std::process::ChildStdin> {
        self.child.stdin.as_mut()
    }

    /// Says that no more input comes.
    pub(crate) fn end_input(&mut self) {
        drop(self.child.stdin.take());
    }

    /// Bytes of memory, each page divided by how many processes share it.
    pub(crate) fn memory(&self) -> Outcome<f64> {
        let shown = std::fs::read_to_string(format!("/proc/{}/smaps_rollup", self.child.id()))?;
        pss(&shown).ok_or_else(|| "no Pss in smaps_rollup".into())
    }

    /// Asks the process to stop, and waits until it has.
    pub(crate) fn stop(mut self) -> Outcome<()> {
        let process = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &process]).status()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only for a process that has ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn pss(shown: &str) -> Option<f64> {
    let line = shown.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    let kilobytes: f64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_in_bytes() {
        let shown = "00400000-7ffe [rollup]\nRss:   5000 kB\nPss:    1234 kB\nPss_Dirty: 1 kB\n";
        assert_eq!(pss(shown), Some(1234.0 * 1024.0));
        assert_eq!(pss("Rss: 1 kB"), None);
    }
}
