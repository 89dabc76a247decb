//! A PostgreSQL server that keeps what it acknowledges, for as long as a measurement takes.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use postgres::{Client, NoTls};
use tempfile::TempDir;

use crate::Outcome;

/// A running database server with an empty database; stopped and removed when it is dropped.
pub struct Postgres {
    programs: PathBuf,
    folder: TempDir,
    port: u16,
}

impl Postgres {
    /// Starts a server with its usual settings, but for the address: every commit is synced.
    ///
    /// This blocks.
    pub fn start(folder: TempDir) -> Outcome<Self> {
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let started = Self { programs: programs()?, folder, port };
        std::fs::set_permissions(started.folder.path(), PermissionsExt::from_mode(0o755))?;
        if is_root()? {
            run(Command::new("chown").arg("postgres").arg(started.folder.path()))?;
        }
        let options = ["-A", "trust", "-U", "postgres", "-E", "UTF8"];
        run(started.program("initdb")?.arg("-D").arg(started.data()).args(options))?;
        let settings = format!("-p {port} -k '' -c listen_addresses=127.0.0.1");
        let log = started.folder.path().join("log");
        run(started
            .program("pg_ctl")?
            .arg("start")
            .arg("-D")
            .arg(started.data())
            .arg("-w")
            .arg("-l")
            .arg(log)
            .args(["-o", &settings]))?;
        Ok(started)
    }

    /// The URL of its database.
    pub fn url(&self) -> String {
        format!("postgresql://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Asks it something. This blocks.
    pub fn ask<T: Send>(
        &self,
        question: impl FnOnce(&mut Client) -> Result<T, postgres::Error> + Send,
    ) -> Outcome<T> {
        let url = self.url();
        // The client has a runtime of its own, which must not start inside another.
        std::thread::scope(|scope| {
            let asked = scope.spawn(move || {
                let mut client = Client::connect(&url, NoTls)?;
                question(&mut client)
            });
            match asked.join() {
                Ok(answer) => Ok(answer?),
                Err(_) => Err("the question was not asked to its end".into()),
            }
        })
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// It refuses to run as root: root lends it another account.
    fn program(&self, name: &str) -> Outcome<Command> {
        let path = self.programs.join(name);
        if !is_root()? {
            return Ok(Command::new(path));
        }
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(path);
        Ok(command)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let Ok(mut stop) = self.program("pg_ctl") else { return };
        let stop = stop.args(["stop", "-m", "immediate", "-w", "-D"]).arg(self.data());
        if let Err(error) = run(stop) {
            eprintln!("{error}");
        }
    }
}

fn is_root() -> Outcome<bool> {
    Ok(Command::new("id").arg("-u").output()?.stdout.starts_with(b"0"))
}

fn run(command: &mut Command) -> Outcome<()> {
    // A file and not a pipe: the server keeps what it was given open.
    let status =
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    if status.success() { Ok(()) } else { Err(format!("{command:?} failed: {status}").into()) }
}

/// Where the server's programs are: Debian keeps them out of the path, by version.
fn programs() -> Outcome<PathBuf> {
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")?
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|bin: &PathBuf| Path::new(&bin.join("initdb")).exists())
        .collect();
    versions.sort();
    versions.pop().ok_or_else(|| "no PostgreSQL in /usr/lib/postgresql".into())
}
