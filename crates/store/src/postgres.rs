//! The database server: workers that each commit many use cases with one sync.
//!
//! Several nodes may write at once. What keeps them apart is the row of each log: it is locked,
//! in ascending order, before a use case reads the facts it decides on.

use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fieldpost_kernel::{Dialect, Failure, FailureKind, Outcome, Row, Rows, RowsExt, Value, Work};
use fieldpost_log::{Epoch, Hlc, Scope};
use postgres::error::SqlState;
use postgres::fallible_iterator::FallibleIterator;
use postgres::types::{IsNull, ToSql, Type, private::BytesMut, to_sql_checked};
use postgres::{Client, NoTls};
use tokio::sync::{mpsc, watch};

use crate::job::{ReadJob, WriteJob};
use crate::journal::{self, Journal, Site};
use crate::witness::{Role, Watch};
use crate::{Ports, dialect, schema, sqlite, stopping};

/// Use cases committed together at most.
const BATCH: usize = 64;

/// Use cases waiting at most before their senders wait too.
const QUEUE: usize = 4096;

/// Connections that write; each has the scopes whose hash falls to it, for ever. Two connections
/// that wrote to the same scopes would spend their time waiting for each other.
const WRITERS: usize = 4;

/// Connections that read.
const READERS: usize = 4;

/// How often a batch is tried again after a deadlock or a serialisation failure.
const TRIES: usize = 5;

/// How long to wait for a note before asking, and after a failure before trying again.
const PATIENCE: Duration = Duration::from_secs(1);

/// The name under which nodes tell each other of new changes.
const CHANNEL: &str = "fieldpost_change";

pub(crate) struct Threads {
    writers: Vec<mpsc::Sender<WriteJob>>,
    readers: mpsc::Sender<ReadJob>,
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
        self.readers.send(job).await.map_err(|_| stopping())
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
        let statements = Connected::new(url, watch.clone())?;
        let writer = Writer { statements, journal, ports: ports.clone() };
        spawn(&format!("store-writer-{n}"), move || writer.run(jobs))?;
    }
    let (readers, jobs) = mpsc::channel(QUEUE);
    let jobs = Arc::new(Mutex::new(jobs));
    for n in 0..READERS {
        let watch = Watch::new(ports.witness.as_ref(), Role::Reads);
        let mut connected = Connected::new(url, watch)?;
        let jobs = Arc::clone(&jobs);
        spawn(&format!("store-reader-{n}"), move || read_all(&mut connected, &jobs))?;
    }
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

/// A connection that is made again when it breaks.
struct Connected {
    url: String,
    client: Client,
    prepared: Prepared,
    failed: Option<Failure>,
    watch: Watch,
}

type Prepared = std::collections::HashMap<String, postgres::Statement>;

impl Connected {
    fn new(url: &str, watch: Watch) -> Outcome<Self> {
        Ok(Self {
            url: url.to_owned(),
            client: connect(url)?,
            prepared: Prepared::new(),
            failed: None,
            watch,
        })
    }

    fn alive(&mut self) -> Outcome<()> {
        if self.client.is_closed() {
            self.client = connect(&self.url)?;
            self.prepared.clear();
        }
        Ok(())
    }

    fn rows(&mut self) -> Statements<'_> {
        Statements {
            client: &mut self.client,
            prepared: Kept::Borrowed(&mut self.prepared, &mut self.failed),
            watch: &self.watch,
        }
    }
}

fn read_all(connected: &mut Connected, jobs: &Mutex<mpsc::Receiver<ReadJob>>) {
    loop {
        let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
        let Some(job) = next else { return };
        let begun = connected.alive().and_then(|()| {
            connected.rows().execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", &[])
        });
        if let Err(failed) = begun {
            job.refuse(failed);
            continue;
        }
        job.run(&mut connected.rows());
        drop(connected.rows().execute("ROLLBACK", &[]));
    }
}

struct Writer {
    statements: Connected,
    journal: Journal,
    ports: Ports,
}

impl Writer {
    fn run(mut self, mut jobs: mpsc::Receiver<WriteJob>) {
        while let Some(first) = jobs.blocking_recv() {
            let mut batch = vec![first];
            while batch.len() < BATCH
                && let Ok(next) = jobs.try_recv()
            {
                batch.push(next);
            }
            self.commit(&mut batch);
        }
    }

    fn commit(&mut self, batch: &mut Vec<WriteJob>) {
        for attempt in 1.. {
            let outcomes = self.statements.alive().and_then(|()| self.try_commit(batch));
            match outcomes {
                Ok(outcomes) => {
                    self.journal.committed();
                    for (job, outcome) in batch.drain(..).zip(outcomes) {
                        job.answer(outcome);
                    }
                    return;
                }
                Err(failed) => {
                    self.journal.rolled_back();
                    drop(self.statements.rows().execute("ROLLBACK", &[]));
                    if failed.kind != FailureKind::Unavailable || attempt >= TRIES {
                        for job in batch.drain(..) {
                            job.answer(Err(failed.clone()));
                        }
                        return;
                    }
                }
            }
        }
    }

    /// Runs a batch in one transaction; an error means that none of it stands.
    ///
    /// Statements without answers travel together where they can: on one hot channel, the time
    /// until the next post may be written is the time that all of these take.
    fn try_commit(&mut self, batch: &mut [WriteJob]) -> Outcome<Vec<Outcome<()>>> {
        // What failed in an earlier try says nothing of this one.
        self.statements.failed = None;
        self.journal.begin_transaction();
        self.statements.rows().execute("BEGIN", &[])?;
        let mut scopes: Vec<Scope> = batch.iter().flat_map(|job| job.scopes().to_vec()).collect();
        scopes.sort_unstable();
        scopes.dedup();
        self.journal.lock(&mut self.statements.rows(), &scopes)?;
        self.statements.rows().execute("SAVEPOINT use_case", &[])?;
        let mut outcomes = Vec::with_capacity(batch.len());
        for job in batch.iter_mut() {
            outcomes.push(self.run_in_savepoint(job)?);
        }
        let mut rows = self.statements.rows();
        self.journal.meet(&mut rows)?;
        self.journal.finish(&mut rows)?;
        // Once the end was asked for, nobody knows whether a lost connection lost it too; running
        // the batch again might do it twice.
        rows.execute(&format!("NOTIFY {CHANNEL}; COMMIT"), &[]).map_err(|failed| {
            let lost =
                failed.kind == FailureKind::Unavailable && self.statements.client.is_closed();
            if lost { Failure::internal(format!("in doubt: {}", failed.detail)) } else { failed }
        })?;
        Ok(outcomes)
    }

    /// Runs a use case in the savepoint there is, and leaves one for the next.
    fn run_in_savepoint(&mut self, job: &mut WriteJob) -> Outcome<Outcome<()>> {
        let now = self.ports.clock.now();
        self.journal.begin(now);
        let mut rows = self.statements.rows();
        let mut work = Work::new(&mut rows, &mut self.journal, &*self.ports.entropy, now);
        let mut outcome = job.run(&mut work);
        if let Some(failed) = self.statements.failed.take() {
            outcome = Err(failed);
        }
        let mut rows = self.statements.rows();
        match &outcome {
            Ok(()) => {
                rows.execute("RELEASE SAVEPOINT use_case; SAVEPOINT use_case", &[])?;
                self.journal.settle();
            }
            // A deadlock or serialisation failure has already ended the whole transaction.
            Err(failed) if failed.kind == FailureKind::Unavailable => return Err(failed.clone()),
            Err(_) => {
                rows.execute("ROLLBACK TO SAVEPOINT use_case", &[])?;
                self.journal.undo();
            }
        }
        Ok(outcome)
    }
}

enum Kept<'c> {
    Owned(Prepared),
    Borrowed(&'c mut Prepared, &'c mut Option<Failure>),
}

/// Statements on one connection, prepared once each.
struct Statements<'c> {
    client: &'c mut Client,
    prepared: Kept<'c>,
    watch: &'c Watch,
}

impl<'c> Statements<'c> {
    fn new(client: &'c mut Client, watch: &'c Watch) -> Self {
        Self { client, prepared: Kept::Owned(Prepared::new()), watch }
    }

    /// Remembers that a statement failed: nothing of the use case stands then, whatever it says.
    fn fail(&mut self, error: &postgres::Error, sql: &str) -> Failure {
        let mut failed = failure(error);
        failed.detail = format!("{} in {sql}", failed.detail);
        if let Kept::Borrowed(_, first) = &mut self.prepared {
            first.get_or_insert_with(|| failed.clone());
        }
        failed
    }

    fn prepare(&mut self, sql: &str) -> Outcome<postgres::Statement> {
        let prepared = match &mut self.prepared {
            Kept::Owned(prepared) => prepared,
            Kept::Borrowed(prepared, _) => prepared,
        };
        if let Some(statement) = prepared.get(sql) {
            return Ok(statement.clone());
        }
        match self.client.prepare(&dialect::postgres_parameters(sql)) {
            Ok(statement) => {
                prepared.insert(sql.to_owned(), statement.clone());
                Ok(statement)
            }
            Err(error) => Err(self.fail(&error, sql)),
        }
    }
}

impl Rows for Statements<'_> {
    fn execute(&mut self, sql: &str, params: &[Value<'_>]) -> Outcome<u64> {
        self.watch.tell(sql, params);
        if params.is_empty() {
            return self.client.batch_execute(sql).map(|()| 0).map_err(|e| self.fail(&e, sql));
        }
        dialect::require_storable(params)?;
        let statement = self.prepare(sql)?;
        let bound: Vec<Bound<'_>> = params.iter().map(|v| Bound(*v)).collect();
        let params: Vec<&(dyn ToSql + Sync)> = bound.iter().map(|b| b as _).collect();
        self.client.execute(&statement, &params).map_err(|e| self.fail(&e, sql))
    }

    fn query(
        &mut self,
        sql: &str,
        params: &[Value<'_>],
        each: &mut dyn FnMut(&dyn Row) -> Outcome<()>,
    ) -> Outcome<()> {
        self.watch.tell(sql, params);
        dialect::require_storable(params)?;
        let statement = self.prepare(sql)?;
        let bound: Vec<Bound<'_>> = params.iter().map(|v| Bound(*v)).collect();
        let params = bound.iter().map(|b| b as &(dyn ToSql + Sync));
        let ask = || -> Result<Outcome<()>, postgres::Error> {
            let mut rows = self.client.query_raw(&statement, params)?;
            while let Some(row) = rows.next()? {
                if let Err(failed) = each(&PostgresRow(&row)) {
                    return Ok(Err(failed));
                }
            }
            Ok(Ok(()))
        };
        let asked = ask();
        asked.unwrap_or_else(|e| Err(self.fail(&e, sql)))
    }

    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }
}

#[derive(Debug)]
struct Bound<'a>(Value<'a>);

impl ToSql for Bound<'_> {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self.0 {
            Value::Null => Ok(IsNull::Yes),
            Value::Int(int) if *ty == Type::INT4 => i32::try_from(int)?.to_sql(ty, out),
            Value::Int(int) => int.to_sql(ty, out),
            Value::Text(text) => text.to_sql(ty, out),
            Value::Blob(bytes) => bytes.to_sql(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

struct PostgresRow<'r>(&'r postgres::Row);

impl Row for PostgresRow<'_> {
    fn int(&self, column: usize) -> i64 {
        if let Ok(int) = self.0.try_get::<_, Option<i64>>(column) {
            return int.unwrap_or(0);
        }
        if let Ok(int) = self.0.try_get::<_, Option<i32>>(column) {
            return i64::from(int.unwrap_or(0));
        }
        i64::from(self.0.try_get::<_, Option<bool>>(column).ok().flatten().unwrap_or(false))
    }

    fn text(&self, column: usize) -> &str {
        self.0.try_get::<_, Option<&str>>(column).ok().flatten().unwrap_or("")
    }

    fn blob(&self, column: usize) -> &[u8] {
        self.0.try_get::<_, Option<&[u8]>>(column).ok().flatten().unwrap_or(&[])
    }

    fn is_null(&self, column: usize) -> bool {
        struct Anything;
        impl<'a> postgres::types::FromSql<'a> for Anything {
            fn from_sql(_: &Type, _: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
                Ok(Self)
            }
            fn accepts(_: &Type) -> bool {
                true
            }
        }
        self.0.try_get::<_, Option<Anything>>(column).ok().flatten().is_none()
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
