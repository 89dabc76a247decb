//! A real database server for the tests of a process, and an empty database for each.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use fieldpost_server::features;
use fieldpost_store::{Location, Ports, Store};

use crate::PATIENCE;
use crate::ports::{SeededEntropy, TestClock};

static SERVER: LazyLock<Server> = LazyLock::new(Server::start);
static DATABASES: AtomicU32 = AtomicU32::new(0);

/// The name of a database with all tables and no site in it. Copying it takes a third of the time
/// that making the tables does.
static TABLES: LazyLock<String> = LazyLock::new(|| SERVER.make_tables());

/// Whether the tests run against a database server.
fn is_wanted() -> bool {
    std::env::var("FIELDPOST_TEST_ENGINE").is_ok_and(|engine| engine == "postgres")
}

/// The URL of a new, empty database, if the tests run against a database server.
///
/// This blocks.
pub fn fresh() -> Option<String> {
    is_wanted().then(|| SERVER.url(&SERVER.create("template1")))
}

/// The URL of a new database in which the tables are made already and no site is founded, if the tests
/// run against a database server.
///
/// This blocks.
pub(crate) fn with_tables() -> Option<String> {
    is_wanted().then(|| SERVER.url(&SERVER.create(&TABLES)))
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
        let port = crate::free_address().port();
        let mut server = program("postgres");
        server.arg("-D").arg(&data).args(["-p", &port.to_string(), "-k", ""]);
        for setting in [
            "listen_addresses=127.0.0.1",
            "fsync=off",
            // What it learnt of tables that hold next to nothing would change its plans.
            "autovacuum=off",
            "max_connections=300",
            "shared_buffers=256MB",
            // What it keeps is thrown away with it.
            "full_page_writes=off",
            "synchronous_commit=off",
            "checkpoint_timeout=1d",
            "max_wal_size=2GB",
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
        let begun = std::time::Instant::now();
        while begun.elapsed() < PATIENCE {
            if postgres::Client::connect(&self.url("postgres"), postgres::NoTls).is_ok() {
                return;
            }
            std::thread::park_timeout(Duration::from_millis(50));
        }
        panic!("the database server did not start");
    }

    /// Makes a database as a copy of another, and gives its name.
    fn create(&self, template: &str) -> String {
        let name = format!("test_{}", DATABASES.fetch_add(1, Ordering::SeqCst));
        self.run("postgres", &format!("CREATE DATABASE {name} TEMPLATE {template}"));
        name
    }

    /// Makes a database with all tables, by founding a site there and forgetting it.
    fn make_tables(&self) -> String {
        let name = self.create("template1");
        let ports = Ports {
            clock: Arc::new(TestClock::default()),
            entropy: Arc::new(SeededEntropy::new(1)),
            features: Arc::new(features()),
            witness: None,
        };
        let location = Location::Postgres(self.url(&name));
        drop(Store::open(&location, "", &ports).expect("the tables are made"));
        self.run(&name, "DELETE FROM site_fact WHERE name <> 'schema'");
        // A database to which somebody is connected is not copied.
        let others = format!(
            "SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity \
             WHERE datname = '{name}'"
        );
        self.run("postgres", &others);
        name
    }

    fn run(&self, database: &str, sql: &str) {
        let (url, sql) = (self.url(database), sql.to_owned());
        // The client has a runtime of its own, which may not be made within another.
        std::thread::spawn(move || {
            let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
            client.batch_execute(&sql).unwrap();
        })
        .join()
        .unwrap();
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
