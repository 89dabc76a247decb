//! The database server: workers that each commit many use cases with one sync.
//!
//! Several nodes may write at once. What keeps them apart is the row of each log: it is locked,
//! in ascending order, before a use case reads the facts it decides on.

mod connected;
mod readers;
mod values;
mod writer;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use fieldpost_kernel::{Failure, FailureKind, Outcome, Rows, RowsExt};
use fieldpost_log::{Epoch, Hlc};
use postgres::error::SqlState;
use postgres::fallible_iterator::FallibleIterator;
use postgres::{Client, NoTls};
use tokio::sync::{mpsc, watch};

use self::connected::{Connected, Statements};
use self::readers::Readers;
use self::writer::Writer;
use crate::job::{ReadJob, WriteJob};
use crate::journal::{self, Journal, Site};
use crate::witness::{Role, Watch};
use crate::{Ports, dialect, schema, sqlite, stopping};

/// Use cases waiting at most before their senders wait too.
const QUEUE: usize = 4096;

/// Threads that write; each has the scopes whose hash falls to it, for ever, and a connection once
/// it has something to write. Two connections that wrote to the same scopes would spend their time
/// waiting for each other.
const WRITERS: usize = 4;

/// How long to wait for a note before asking, and after a failure before trying again.
const PATIENCE: Duration = Duration::from_secs(1);

/// The name under which nodes tell each other of new changes.
const CHANNEL: &str = "fieldpost_change";

pub(crate) struct Threads {
    writers: Vec<mpsc::Sender<WriteJob>>,
    readers: Readers,
    url: String,
}

impl Threads {
    /// Where the database is.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) async fn write(&self, job: WriteJob) -> Outcome<()> {
        let spread = job.scopes().first().map_or(0, |scope| usize::from(scope.to_bytes()[1]));
        let writer = &self.writers[spread % self.writers.len()];
        writer.send(job).await.map_err(|_| stopping())
    }

    pub(crate) async fn read(&self, job: ReadJob) -> Outcome<()> {
        self.readers.read(job).await
    }
}

pub(crate) fn open(
    url: &str,
    site_name: &str,
    ports: &Ports,
    announce: watch::Sender<u64>,
) -> Outcome<(Threads, Site)> {
    let mut client = connect(url)?;
    let site = Arc::new(found(&mut client, site_name, ports)?);

    let now = ports.clock.now();
    let watch = Watch::new(ports.witness.as_ref(), Role::Writes);
    let newest = journal::newest_stamp(&mut Statements::new(&mut client, &watch), site.id, now)?;
    let clock = Arc::new(Mutex::new(Hlc::resume_in(site.epoch, newest)));

    let mut writers = Vec::with_capacity(WRITERS);
    for n in 0..WRITERS {
        let (sender, jobs) = mpsc::channel(QUEUE);
        writers.push(sender);
        let journal = Journal::new(&site, ports, &clock, false);
        let statements = Connected::new(url, watch.clone());
        let writer = Writer { statements, journal, ports: ports.clone() };
        spawn(&format!("store-writer-{n}"), move || writer.run(jobs))?;
    }
    let readers = Readers::new(url, Watch::new(ports.witness.as_ref(), Role::Reads));
    let listening = url.to_owned();
    spawn("store-listener", move || listen(&listening, &announce))?;
    Ok((Threads { writers, readers, url: url.to_owned() }, Site::clone(&site)))
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Outcome<()> {
    std::thread::Builder::new().name(name.to_owned()).spawn(run).map_err(Failure::internal)?;
    Ok(())
}

pub(crate) fn connect(url: &str) -> Outcome<Client> {
    Client::connect(url, NoTls).map_err(|e| failure(&e))
}

/// Founds the site in an empty database, or reads which it is.
///
/// The epoch belongs to the server's system identifier and timeline: a restored or promoted copy
/// has another, and so never reissues a number with other content.
fn found(client: &mut Client, site_name: &str, ports: &Ports) -> Outcome<Site> {
    let watch = Watch::new(ports.witness.as_ref(), Role::Writes);
    let rows = &mut Statements::new(client, &watch);
    rows.execute("BEGIN", &[])?;
    let founded = found_in(rows, site_name, ports);
    rows.execute(if founded.is_ok() { "COMMIT" } else { "ROLLBACK" }, &[])?;
    founded
}

fn found_in(rows: &mut Statements<'_>, site_name: &str, ports: &Ports) -> Outcome<Site> {
    // Nodes that start together wait for the first one's tables.
    rows.query("SELECT pg_advisory_xact_lock(7305805)", &[], &mut |_| Ok(()))?;
    let made = rows.count(
        "SELECT count(*) FROM information_schema.tables \
         WHERE table_name = 'site_fact' AND table_schema = current_schema()",
        &[],
    )?;
    if made == 0 {
        schema::make(rows, &ports.features, dialect::postgres_table)?;
        rows.execute(schema::POSTGRES_LOG, &[])?;
    }
    schema::require_version(rows)?;
    let id = sqlite::site_id(rows, ports)?;
    let seed = Arc::new(sqlite::site_seed(rows, ports)?);
    let name = sqlite::site_name_of(rows, site_name)?;
    let copy = rows
        .first(
            "SELECT CAST(s.system_identifier AS TEXT) || ':' || CAST(c.timeline_id AS TEXT) \
             FROM pg_control_system() s, pg_control_checkpoint() c",
            &[],
            |row| row.text(0).to_owned(),
        )?
        .unwrap_or_default();
    let fact = format!("epoch {copy}");
    let epoch = match schema::fact(rows, &fact)? {
        Some(bytes) => u64::from_be_bytes(
            bytes.try_into().map_err(|_| Failure::internal("the epoch is damaged"))?,
        ),
        None => {
            let millis = u64::try_from(ports.clock.now()).unwrap_or(0);
            let mut chance = [0; 2];
            ports.entropy.fill(&mut chance);
            let epoch = millis << 16 | u64::from(u16::from_be_bytes(chance));
            // The transaction numbers of another server mean nothing on this one.
            rows.execute("UPDATE change SET transaction_id = 0", &[])?;
            rows.execute("UPDATE follower SET transaction_id = 0", &[])?;
            schema::set_fact(rows, &fact, &epoch.to_be_bytes())?;
            epoch
        }
    };
    Ok(Site { id, name, epoch: Epoch(epoch), seed })
}

/// Rings for the changes of every node; asks anyway once a second, lest a note was lost.
fn listen(url: &str, announce: &watch::Sender<u64>) {
    while !announce.is_closed() {
        let heard = connect(url).and_then(|mut client| {
            client.batch_execute(&format!("LISTEN {CHANNEL}")).map_err(|e| failure(&e))?;
            while !announce.is_closed() {
                let next = client.notifications().timeout_iter(PATIENCE).next();
                next.map_err(|e| failure(&e))?;
                announce.send_modify(|rings| *rings += 1);
            }
            Ok(())
        });
        if let Err(failure) = heard {
            tracing::warn!(%failure, "the database server went away; trying again");
            std::thread::park_timeout(PATIENCE);
        }
    }
}

pub(crate) fn failure(error: &postgres::Error) -> Failure {
    let code = error.code();
    let detail = error.as_db_error().map_or_else(|| error.to_string(), ToString::to_string);
    let retry = [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED];
    if code.is_some_and(|code| retry.contains(code)) || error.is_closed() {
        return Failure::new(
            FailureKind::Unavailable,
            "api.fieldpost.busy",
            "The database is busy. Try again in a moment.",
        )
        .with_detail(detail);
    }
    if code == Some(&SqlState::UNIQUE_VIOLATION) {
        return Failure::new(
            FailureKind::Conflict,
            "api.fieldpost.conflict",
            "That exists already.",
        )
        .with_detail(detail);
    }
    if code == Some(&SqlState::DISK_FULL) {
        return Failure::new(
            FailureKind::Unavailable,
            "api.fieldpost.disk_full",
            "The server's disk is full. Nothing was saved; what was saved before is safe.",
        )
        .with_detail(detail);
    }
    Failure::internal(detail)
}
