//! A real database server for the tests of a process, and an empty database for each.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

static SERVER: LazyLock<Server> = LazyLock::new(Server::start);
static DATABASES: AtomicU32 = AtomicU32::new(0);

/// The URL of a new, empty database, if the tests run against a database server.
///
/// This blocks.
pub fn fresh() -> Option<String> {
    let wanted = std::env::var("FIELDPOST_TEST_ENGINE").is_ok_and(|engine| engine == "postgres");
    wanted.then(|| SERVER.create())
}

struct Server {
    port: u16,
}

impl Server {
    /// Starts a server that keeps nothing and ends with this process.
    fn start() -> Self {
        let files = tempfile::Builder::new().prefix("fieldpost-pg").tempdir().unwrap();
        let folder = files.keep();
        let programs = programs();
        let data = folder.join("data");
        // It refuses to run as root: a test run by root lends it another account.
        let as_root = std::fs::metadata("/root/.").is_ok() && is_root();
        if as_root {
            run(Command::new("chown").arg("postgres").arg(&folder));
        }
        let program = |name: &str| {
            let path = programs.join(name);
            if as_root {
                let mut command = Command::new("runuser");
                command.args(["-u", "postgres", "--"]).arg(path);
                command
            } else {
                Command::new(path)
            }
        };
        run(program("initdb")
            .arg("-D")
            .arg(&data)
            .args(["-A", "trust", "-U", "postgres", "-E", "UTF8"]));
        let port = free_port();
        let mut server = program("postgres");
        server.arg("-D").arg(&data).args(["-p", &port.to_string(), "-k", ""]);
        for setting in [
            "listen_addresses=127.0.0.1",
            "fsync=off",
            // What it learnt of tables that hold next to nothing would change its plans.
            "autovacuum=off",
            "max_connections=300",
            "shared_buffers=64MB",
        ] {
            server.args(["-c", setting]);
        }
        // The server ends when this process's end of its input does.
        // It is named by its own file: the process started here may only be lending it an account.
        // What it kept goes with it; nothing of this process runs any more by then.
        let guard = "\"$@\" </dev/null & cat >/dev/null; \
            kill -INT $(head -n 1 \"$0/data/postmaster.pid\"); wait; rm -rf \"$0\"";
        let mut guarded = Command::new("sh");
        guarded.args(["-c", guard]).arg(&folder).arg(server.get_program()).args(server.get_args());
        let child =
            guarded.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        std::mem::forget(child.expect("the database server starts"));
        let started = Self { port };
        started.wait();
        started
    }

    fn url(&self, database: &str) -> String {
        format!("postgresql://postgres@127.0.0.1:{}/{database}", self.port)
    }

    fn wait(&self) {
        for _ in 0..200 {
            if postgres::Client::connect(&self.url("postgres"), postgres::NoTls).is_ok() {
                return;
            }
            std::thread::park_timeout(std::time::Duration::from_millis(50));
        }
        panic!("the database server did not start");
    }

    fn create(&self) -> String {
        let name = format!("test_{}", DATABASES.fetch_add(1, Ordering::SeqCst));
        let admin = self.url("postgres");
        let sql = format!("CREATE DATABASE {name}");
        std::thread::spawn(move || {
            let mut client = postgres::Client::connect(&admin, postgres::NoTls).unwrap();
            client.batch_execute(&sql).unwrap();
        })
        .join()
        .unwrap();
        self.url(&name)
    }
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout.starts_with(b"0")
}

fn run(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().expect("the program is installed");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Where the server's programs are: Debian keeps them out of the path, by version.
fn programs() -> PathBuf {
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .expect("PostgreSQL is installed")
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|bin: &PathBuf| Path::new(&bin.join("initdb")).exists())
        .collect();
    versions.sort();
    versions.pop().expect("PostgreSQL's initdb is installed")
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
