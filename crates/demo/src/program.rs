//! The `fieldpost` binary: servers and commands.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

/// The binary.
#[derive(Debug, Clone)]
pub struct Program(PathBuf);

/// A site to be served.
#[derive(Debug, Clone)]
pub struct Site {
    /// Where its files are.
    pub data: PathBuf,
    /// What people call it.
    pub name: String,
    /// Where it serves clients.
    pub listen: String,
    /// Where other sites may call, if they may.
    pub link_listen: Option<String>,
}

/// A site that serves. It is stopped in order when this is dropped.
#[derive(Debug)]
pub struct Served {
    child: Child,
    /// Where clients reach it.
    pub url: String,
}

impl Program {
    /// The binary at a path.
    pub fn at(path: &Path) -> Result<Self, String> {
        match path.canonicalize() {
            Ok(path) => Ok(Self(path)),
            Err(error) => Err(format!("{}: {error}; `make build` makes it", path.display())),
        }
    }

    /// Runs a command on a site to its end, and gives what it printed.
    pub fn run<A: AsRef<OsStr>>(&self, data: &Path, arguments: &[A]) -> Result<String, String> {
        let output = Command::new(&self.0)
            .args(arguments)
            .arg("--data")
            .arg(data)
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("{}: {error}", self.0.display()))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        // Of a long complaint, the last line is the one that says why.
        let why = said.trim().lines().last().unwrap_or("it said nothing").to_owned();
        Err(why.trim_start_matches("fieldpost: ").to_owned())
    }

    /// Starts a site, and returns once it serves.
    pub fn serve(&self, site: &Site) -> Result<Served, String> {
        let mut command = Command::new(&self.0);
        command.args(["serve", "--listen", &site.listen, "--site-name", &site.name]);
        if let Some(address) = &site.link_listen {
            command.args(["--link-listen", address]);
        }
        let child = command
            .arg("--data")
            .arg(&site.data)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}", self.0.display()))?;
        let mut served = Served { child, url: String::new() };
        let said = served.child.stdout.take().map(BufReader::new).map(|out| out.lines().next());
        match said.flatten() {
            Some(Ok(line)) => {
                served.url = line.rsplit(' ').next().unwrap_or_default().to_owned();
                Ok(served)
            }
            _ => Err(format!("{} did not start", site.name)),
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            // It may have ended just now, which is as good.
            let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        }
        drop(self.child.wait());
    }
}
