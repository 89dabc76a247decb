//! A server as a process of its own: started, looked at from outside, killed.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::client::Client;

/// A running server; killed if it is dropped.
pub struct Server {
    child: Child,
    /// Where it serves.
    pub address: SocketAddr,
    begun: Instant,
}

impl Server {
    /// Runs a command that serves, and returns once it says where.
    pub fn spawn(mut command: Command) -> Outcome<Self> {
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
    pub async fn answers(&self) -> Outcome<Duration> {
        let mut client = Client::open(self.address, "").await?;
        client.get("/system/ping").await?.expect(200)?;
        Ok(self.begun.elapsed())
    }

    /// The time since the start of the process.
    pub fn age(&self) -> Duration {
        self.begun.elapsed()
    }

    /// What a line of the child's input is written to.
    pub fn input(&mut self) -> Option<&mut std::process::ChildStdin> {
        self.child.stdin.as_mut()
    }

    /// Says that no more input comes.
    pub fn end_input(&mut self) {
        drop(self.child.stdin.take());
    }

    /// Bytes of memory, each page divided by how many processes share it.
    pub fn memory(&self) -> Outcome<f64> {
        let shown = std::fs::read_to_string(format!("/proc/{}/smaps_rollup", self.child.id()))?;
        pss(&shown).ok_or_else(|| "no Pss in smaps_rollup".into())
    }

    /// Seconds of all cores that the process has used.
    pub fn cpu(&self) -> Outcome<f64> {
        let shown = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        used(&shown).ok_or_else(|| "no times in stat".into())
    }

    /// Kills the process, which gets no chance to do anything about it.
    pub fn kill(mut self) -> Outcome<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Asks the process to stop, and waits until it has.
    pub fn stop(mut self) -> Outcome<()> {
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

/// The ticks of `utime` and `stime`, which follow the name in brackets, as seconds.
fn used(shown: &str) -> Option<f64> {
    let (_, fields) = shown.rsplit_once(") ")?;
    let fields: Vec<&str> = fields.split(' ').collect();
    let ticks = |n: usize| fields.get(n)?.parse::<f64>().ok();
    // Linux shows all times in hundredths of a second.
    Some((ticks(11)? + ticks(12)?) / 100.0)
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

    #[test]
    fn the_time_of_the_cores_is_read_in_seconds() {
        let shown = "42 (a (b) c) S 1 42 42 0 -1 4194560 1 0 0 0 250 50 0 0 20 0 9 0 1 1 1";
        assert_eq!(used(shown), Some(3.0));
        assert_eq!(used("42"), None);
    }
}
