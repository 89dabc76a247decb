//! The real binary, as a process of its own.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use fieldpost_testkit::Actor;

pub(crate) fn fieldpost() -> Command {
    Command::new(env!("CARGO_BIN_EXE_fieldpost"))
}

/// Runs a command to its end.
pub(crate) fn run(arguments: &[&str]) -> Output {
    fieldpost().args(arguments).stdin(Stdio::null()).output().unwrap()
}

/// A server on a free port, which ends with the test at the latest.
pub(crate) struct Server {
    child: Child,
    url: String,
}

impl Server {
    /// Starts a server on a data directory; it serves when this returns.
    pub(crate) fn start(data: &Path) -> Self {
        Self::start_with(data, "127.0.0.1:0", &[])
    }

    /// Starts a server on an address, with variables in its environment.
    pub(crate) fn start_with(data: &Path, listen: &str, environment: &[(&str, &str)]) -> Self {
        let mut command = fieldpost();
        command.args(["serve", "--listen", listen, "--data"]).arg(data);
        Self::started(command.envs(environment.iter().copied()))
    }

    /// Starts a server whose data directory is a disk of its own, of so many MiB, which is seen
    /// under [`Self::root`] only. It takes what mounting takes: root, or user namespaces.
    pub(crate) fn start_on_small_disk(data: &Path, size: u32) -> Self {
        let mount = format!("mount -t tmpfs -o size={size}m tmpfs \"$0\" && exec \"$@\"");
        let mut command = Command::new("unshare");
        if std::fs::metadata("/proc/self").unwrap().uid() != 0 {
            command.args(["--user", "--map-root-user"]);
        }
        command.args(["--mount", "sh", "-c", &mount]).arg(data);
        command.arg(env!("CARGO_BIN_EXE_fieldpost"));
        Self::started(command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data))
    }

    /// The root of the file system as the server sees it.
    pub(crate) fn root(&self) -> PathBuf {
        PathBuf::from(format!("/proc/{}/root", self.child.id()))
    }

    fn started(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut said = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut said).unwrap();
        let url = said.trim().rsplit(' ').next().unwrap().to_owned();
        assert!(url.starts_with("http"), "the server said {said:?}");
        Self { child, url }
    }

    /// Where it serves.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn stranger(&self) -> Actor {
        Actor::stranger(self.url.clone())
    }

    /// Kills the process, which gets no chance to do anything about it.
    pub(crate) fn kill(self) {
        drop(self);
    }

    /// Asks the process to stop, and gives its exit code.
    pub(crate) fn terminate(mut self) -> Option<i32> {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only for a process that has ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
