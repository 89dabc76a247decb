//! The embedded engine: one writer that commits many use cases with one sync, several readers.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fieldpost_kernel::{Dialect, Failure, FailureKind, Outcome, Row, Rows, RowsExt, Value, Work};
use fieldpost_log::{Epoch, Hlc, SiteId};
use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, ToSql};
use tokio::sync::{mpsc, watch};
use zeroize::Zeroizing;

use crate::disk::{self, Answers, Disk, Progress};
use crate::job::{ReadJob, WriteJob};
use crate::journal::{self, Journal, Site};
use crate::medium::Medium;
use crate::witness::{Role, Watch};
use crate::{Ports, chain, dialect, schema, stopping};

/// Use cases committed together at most; enough to hide the sync, few enough to answer soon.
const BATCH: usize = 256;

/// Use cases that are worth a commit of their own while others wait.
const ENOUGH: usize = 32;

/// Use cases waiting at most before their senders wait too.
const QUEUE: usize = 4096;

/// Reader threads; a read is short, and there are rarely more cores than these at the edge.
const READERS: usize = 3;

pub(crate) struct Threads {
    writer: mpsc::Sender<Task>,
    readers: mpsc::Sender<ReadJob>,
    progress: Progress,
    open: watch::Receiver<()>,
}

/// What the writer waits for.
pub(crate) enum Task {
    /// Somebody wants to write.
    Write(WriteJob),
    /// The disk has nothing to do any more.
    DiskIsIdle,
}

/// Held by whoever has a file of the database open; `Threads::open` sees when the last one is gone.
pub(crate) type Alive = Arc<watch::Sender<()>>;

impl Threads {
    pub(crate) async fn write(&self, job: WriteJob) -> Outcome<()> {
        self.writer.send(Task::Write(job)).await.map_err(|_| stopping())
    }

    /// Waits until everything that a read may have seen is on disk.
    pub(crate) async fn settled(&self) -> Outcome<()> {
        self.progress.settled().await
    }

    pub(crate) async fn read(&self, job: ReadJob) -> Outcome<()> {
        self.readers.send(job).await.map_err(|_| stopping())
    }

    /// Tells, by its end, that every connection is closed.
    pub(crate) fn open(&self) -> watch::Receiver<()> {
        self.open.clone()
    }
}

pub(crate) fn open(
    place: (&Path, &Medium),
    site_name: &str,
    ports: &Ports,
    announce: watch::Sender<u64>,
) -> Outcome<(Threads, Site)> {
    let connection = connect(place, OpenFlags::default())?;
    let site = Arc::new(found(&connection, site_name, ports)?);

    let now = ports.clock.now();
    let watch = Watch::new(ports.witness.as_ref(), Role::Writes);
    let newest = journal::newest_stamp(&mut Statements::new(&connection, &watch), site.id, now)?;
    let clock = Arc::new(Mutex::new(Hlc::resume_in(site.epoch, newest)));
    let journal = Journal::new(&site, ports, &clock, true);
    let (writer, jobs) = mpsc::channel(QUEUE);
    let progress = Progress::new(announce);
    let (alive, open) = watch::channel(());
    let alive = Arc::new(alive);
    let disk = Disk::open(place, &progress, (writer.downgrade(), &alive))?;
    let writing = Writer { connection, journal, ports: ports.clone(), disk, watch };
    let watch = Watch::new(ports.witness.as_ref(), Role::Reads);
    let readers = spawn_readers((place, &watch), &progress, &alive)?;
    spawn("store-writer", move || {
        writing.run(jobs);
        drop(alive);
    })?;
    Ok((Threads { writer, readers, progress, open }, Site::clone(&site)))
}

pub(crate) fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Outcome<()> {
    std::thread::Builder::new().name(name.to_owned()).spawn(run).map_err(Failure::internal)?;
    Ok(())
}

fn spawn_readers(
    (place, watch): ((&Path, &Medium), &Watch),
    progress: &Progress,
    alive: &Alive,
) -> Outcome<mpsc::Sender<ReadJob>> {
    let (sender, jobs) = mpsc::channel::<ReadJob>(QUEUE);
    let jobs = Arc::new(Mutex::new(jobs));
    // The connection that was used last is used next: there are as many as there ever were reads
    // at the same time, and a start, which asks one thing after the other, opens one.
    let idle = Arc::new(Mutex::new(Vec::new()));
    for n in 0..READERS {
        let (file, medium) = (place.0.to_owned(), place.1.clone());
        let (jobs, idle, alive) = (Arc::clone(&jobs), Arc::clone(&idle), Arc::clone(alive));
        let (progress, watch) = (progress.clone(), watch.clone());
        spawn(&format!("store-reader-{n}"), move || {
            loop {
                let next = lock(&jobs).blocking_recv();
                let Some(job) = next else { break };
                let taken = lock(&idle).pop();
                match taken.map_or_else(|| connect_reader((&file, &medium)), Ok) {
                    Ok(connection) => {
                        read_one(&connection, &watch, job);
                        lock(&idle).push(connection);
                    }
                    Err(failed) => job.refuse(failed),
                }
            }
            lock(&idle).iter().for_each(|connection| progress.spare(connection));
            drop(idle);
            drop(alive);
        })?;
    }
    Ok(sender)
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A connection that changes nothing: not even a file that has gone is made anew.
fn connect_reader(place: (&Path, &Medium)) -> Outcome<Connection> {
    let connection = connect(place, OpenFlags::default() - OpenFlags::SQLITE_OPEN_CREATE)?;
    connection.pragma_update(None, "query_only", true).map_err(failure)?;
    Ok(connection)
}

/// One consistent view for the whole use case, so that its answers agree with each other.
fn read_one(connection: &Connection, watch: &Watch, job: ReadJob) {
    if let Err(error) = connection.execute_batch("BEGIN") {
        return job.refuse(failure(error));
    }
    job.run(&mut Statements::new(connection, watch));
    if let Err(error) = connection.execute_batch("COMMIT") {
        tracing::warn!(%error, "a read transaction did not end cleanly");
        drop(connection.execute_batch("ROLLBACK"));
    }
}

fn connect((file, medium): (&Path, &Medium), flags: OpenFlags) -> Outcome<Connection> {
    let connection = match &medium.vfs {
        Some(vfs) => Connection::open_with_flags_and_vfs(file, flags, vfs.name.as_str()),
        None => Connection::open_with_flags(file, flags),
    };
    let connection = connection.map_err(failure)?;
    connection.busy_timeout(Duration::from_secs(10)).map_err(failure)?;
    // The write-ahead log is synced by whoever answers, once for several commits; by the engine
    // itself only before it is brought into the database.
    let synchronous = if medium.synced { "NORMAL" } else { "OFF" };
    let checkpoint = medium.checkpoint_pages;
    connection
        .execute_batch(&format!(
            "PRAGMA synchronous = {synchronous}; PRAGMA journal_mode = WAL; \
             PRAGMA foreign_keys = OFF; PRAGMA cache_size = -8000; PRAGMA temp_store = MEMORY; \
             PRAGMA wal_autocheckpoint = {checkpoint}; PRAGMA journal_size_limit = 67108864;",
        ))
        .map_err(failure)?;
    // Else most statements would be planned anew for each value, in case the value lies in a partial
    // index. Where one is to be used, the statement says so itself.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(failure)?;
    connection.set_prepared_statement_cache_capacity(512);
    Ok(connection)
}

/// Copies the database of a site that may be running, as it is at one moment, into a new file.
pub fn copy_file(from: &Path, into: &Path) -> Outcome<()> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(from, flags).map_err(failure)?;
    connection.busy_timeout(Duration::from_secs(60)).map_err(failure)?;
    let into = into.to_string_lossy();
    connection.execute("VACUUM INTO ?1", [into.as_ref()]).map_err(failure)?;
    Ok(())
}

/// Checks a copied database: its pages, its indices, and every log against its commitments. Gives
/// how many changes it holds.
pub fn check_file(file: &Path) -> Outcome<i64> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags).map_err(failure)?;
    let watch = Watch::new(None, Role::Reads);
    let rows = &mut Statements::new(&connection, &watch);
    let sound = rows.first("PRAGMA integrity_check", &[], |row| row.text(0).to_owned())?;
    if sound.as_deref() != Some("ok") {
        return Err(Failure::internal(format!("the database is damaged: {sound:?}")));
    }
    if let Some(broken) = chain::verify(rows)?.first() {
        return Err(Failure::internal(format!("a log is damaged: {broken:?}")));
    }
    rows.count("SELECT count(*) FROM change", &[])
}

/// Founds the site in an empty file, or reads which it is; either way in a new epoch.
fn found(connection: &Connection, site_name: &str, ports: &Ports) -> Outcome<Site> {
    connection.execute_batch("BEGIN IMMEDIATE").map_err(failure)?;
    let watch = Watch::new(ports.witness.as_ref(), Role::Writes);
    let founded = found_in(&mut Statements::new(connection, &watch), site_name, ports);
    let end = if founded.is_ok() { "COMMIT" } else { "ROLLBACK" };
    connection.execute_batch(end).map_err(failure)?;
    founded
}

fn found_in(rows: &mut Statements<'_>, site_name: &str, ports: &Ports) -> Outcome<Site> {
    let made = rows.count("SELECT count(*) FROM sqlite_master WHERE name = 'site_fact'", &[])?;
    if made == 0 {
        schema::make(rows, &ports.features, dialect::sqlite_table)?;
    }
    schema::require_version(rows)?;
    let id = site_id(rows, ports)?;
    let seed = Arc::new(site_seed(rows, ports)?);
    let name = site_name_of(rows, site_name)?;
    let mut chance = [0; 2];
    ports.entropy.fill(&mut chance);
    // 48 bits of time and 16 of chance: a copy started in the same millisecond still differs.
    let millis = u64::try_from(ports.clock.now()).unwrap_or(0);
    let epoch = Epoch(millis << 16 | u64::from(u16::from_be_bytes(chance)));
    Ok(Site { id, name, epoch, seed })
}

pub(crate) fn site_id(rows: &mut dyn Rows, ports: &Ports) -> Outcome<SiteId> {
    if let Some(bytes) = schema::fact(rows, "site_id")? {
        let bytes = bytes.try_into().map_err(|_| Failure::internal("the site's id is damaged"))?;
        return Ok(SiteId(bytes));
    }
    let id = *ports.entropy.id().as_bytes();
    schema::set_fact(rows, "site_id", &id)?;
    Ok(SiteId(id))
}

/// The secret of the site's signing key, made when the site is founded.
pub(crate) fn site_seed(rows: &mut dyn Rows, ports: &Ports) -> Outcome<Zeroizing<[u8; 32]>> {
    if let Some(bytes) = schema::fact(rows, "site_key")?.map(Zeroizing::new) {
        let seed = bytes.as_slice().try_into();
        return seed
            .map(Zeroizing::new)
            .map_err(|_| Failure::internal("the site's key is damaged"));
    }
    let mut seed = Zeroizing::new([0; 32]);
    ports.entropy.fill(seed.as_mut_slice());
    schema::set_fact(rows, "site_key", seed.as_slice())?;
    Ok(seed)
}

/// The name given wins and is remembered; without one, the remembered one.
pub(crate) fn site_name_of(rows: &mut dyn Rows, given: &str) -> Outcome<String> {
    let known = schema::fact(rows, "site_name")?.and_then(|n| String::from_utf8(n).ok());
    let name = if given.is_empty() {
        known.clone().unwrap_or_else(|| "site".to_owned())
    } else {
        given.to_owned()
    };
    if known.as_deref() != Some(&name) {
        schema::set_fact(rows, "site_name", name.as_bytes())?;
    }
    Ok(name)
}

struct Writer {
    connection: Connection,
    journal: Journal,
    ports: Ports,
    disk: Disk,
    watch: Watch,
}

impl Writer {
    fn run(mut self, mut tasks: mpsc::Receiver<Task>) {
        while let Some(task) = tasks.blocking_recv() {
            match task {
                Task::Write(job) if self.disk.has_failed() => job.answer(Err(disk::failed())),
                Task::Write(first) => self.commit_batch(first, &mut tasks),
                Task::DiskIsIdle => {}
            }
        }
        self.disk.spare(&self.connection);
    }

    /// Runs what is waiting and commits it all; the answers go out with the next sync.
    fn commit_batch(&mut self, first: WriteJob, tasks: &mut mpsc::Receiver<Task>) {
        let mut batch: Answers = Vec::new();
        let changes = self.connection.total_changes();
        if let Err(failed) = self.execute("BEGIN IMMEDIATE") {
            return first.answer(Err(failed));
        }
        let mut next = Some(first);
        while let Some(mut job) = next {
            let outcome = self.run_in_savepoint(&mut job);
            batch.push((job, outcome));
            if self.connection.is_autocommit() {
                // A full disk or an I/O error rolled everything back, not this use case alone.
                return self.rerun_alone(batch);
            }
            next = self.next_of(batch.len(), tasks);
        }
        let mut rows = Statements::new(&self.connection, &self.watch);
        if let Err(failed) = self.journal.finish(&mut rows) {
            tracing::warn!(%failed, "what many wrote together did not fit");
            drop(self.execute("ROLLBACK"));
            return self.rerun_alone(batch);
        }
        if self.disk.has_failed() {
            // Nothing more goes to the log: a commit may bring all of it into the database.
            drop(self.execute("ROLLBACK"));
            self.journal.rolled_back();
            return batch.into_iter().for_each(|(job, _)| job.answer(Err(disk::failed())));
        }
        let number = self.disk.begin_commit();
        match self.execute("COMMIT") {
            Ok(()) => self.journal.committed(),
            Err(failed) => {
                drop(self.execute("ROLLBACK"));
                self.journal.rolled_back();
                for (_, outcome) in &mut batch {
                    *outcome = std::mem::replace(outcome, Ok(())).and(Err(failed.clone()));
                }
            }
        }
        let wrote = self.connection.total_changes() != changes;
        self.disk.hand_over((number, wrote), batch, tasks.is_empty());
    }

    /// The next use case of the open transaction; none once it is to be committed.
    ///
    /// While the disk syncs what was committed before, whatever comes is taken in: committing it now
    /// would bring its answers no sooner.
    fn next_of(&self, taken: usize, tasks: &mut mpsc::Receiver<Task>) -> Option<WriteJob> {
        if taken >= BATCH {
            self.disk.wait_until_idle();
            return None;
        }
        loop {
            let idle = self.disk.is_idle();
            if idle && taken >= ENOUGH {
                return None;
            }
            match if idle { tasks.try_recv().ok()? } else { tasks.blocking_recv()? } {
                Task::Write(job) => return Some(job),
                Task::DiskIsIdle => {}
            }
        }
    }

    fn run_in_savepoint(&mut self, job: &mut WriteJob) -> Outcome<()> {
        self.execute("SAVEPOINT use_case")?;
        let now = self.ports.clock.now();
        self.journal.begin(now);
        let mut rows = Statements::new(&self.connection, &self.watch);
        let mut work = Work::new(&mut rows, &mut self.journal, &*self.ports.entropy, now);
        let mut outcome = job.run(&mut work);
        if rows.failed && outcome.is_ok() {
            outcome = Err(Failure::internal("a use case went on after a failed statement"));
        }
        if outcome.is_ok() {
            self.execute("RELEASE use_case")?;
            self.journal.settle();
        } else if !self.connection.is_autocommit() {
            let undone = self
                .execute("ROLLBACK TO use_case")
                .and_then(|()| self.execute("RELEASE use_case"));
            if undone.is_err() {
                // What cannot be undone alone is undone with everything else, and run again.
                drop(self.execute("ROLLBACK"));
            }
            self.journal.undo();
        }
        outcome
    }

    /// Each use case of a lost batch again, in a transaction of its own: those that fit still do.
    fn rerun_alone(&mut self, batch: Answers) {
        self.journal.rolled_back();
        for (mut job, _) in batch {
            let mut outcome = match self.disk.has_failed() {
                true => Err(disk::failed()),
                false => self.execute("BEGIN IMMEDIATE"),
            };
            let number = self.disk.begin_commit();
            if outcome.is_ok() {
                outcome = self.run_in_savepoint(&mut job);
                let lost = self.connection.is_autocommit();
                if outcome.is_ok() && !lost {
                    let mut rows = Statements::new(&self.connection, &self.watch);
                    outcome = self.journal.finish(&mut rows).and_then(|()| self.execute("COMMIT"));
                }
                if !self.connection.is_autocommit() {
                    drop(self.execute("ROLLBACK"));
                }
            }
            if outcome.is_ok() {
                self.journal.committed();
            } else {
                self.journal.rolled_back();
            }
            self.disk.hand_over((number, true), vec![(job, outcome)], false);
        }
    }

    fn execute(&self, sql: &str) -> Outcome<()> {
        Statements::new(&self.connection, &self.watch).execute(sql, &[]).map(drop)
    }
}

/// Statements on one connection, prepared once each.
///
/// Once a statement of a use case has failed, nothing it did may stand, whatever it answers: the
/// database server ends the whole use case then, and so does this engine.
struct Statements<'c> {
    connection: &'c Connection,
    failed: bool,
    watch: &'c Watch,
}

impl<'c> Statements<'c> {
    fn new(connection: &'c Connection, watch: &'c Watch) -> Self {
        Self { connection, failed: false, watch }
    }

    fn try_execute(&mut self, sql: &str, params: &[Value<'_>]) -> rusqlite::Result<u64> {
        self.watch.tell(sql, params);
        let mut statement = self.connection.prepare_cached(sql)?;
        bind(&mut statement, params)?;
        statement.raw_execute().map(|touched| touched as u64)
    }

    fn fail(&mut self, error: rusqlite::Error, sql: &str) -> Failure {
        self.failed = true;
        let mut failed = failure(error);
        failed.detail = format!("{} in {sql}", failed.detail);
        failed
    }
}

impl Rows for Statements<'_> {
    fn execute(&mut self, sql: &str, params: &[Value<'_>]) -> Outcome<u64> {
        dialect::require_storable(params)?;
        self.try_execute(sql, params).map_err(|e| self.fail(e, sql))
    }

    fn query(
        &mut self,
        sql: &str,
        params: &[Value<'_>],
        each: &mut dyn FnMut(&dyn Row) -> Outcome<()>,
    ) -> Outcome<()> {
        self.watch.tell(sql, params);
        let mut ask = || -> rusqlite::Result<Outcome<()>> {
            let mut statement = self.connection.prepare_cached(sql)?;
            bind(&mut statement, params)?;
            let mut rows = statement.raw_query();
            while let Some(row) = rows.next()? {
                if let Err(failed) = each(&SqliteRow(row)) {
                    return Ok(Err(failed));
                }
            }
            Ok(Ok(()))
        };
        let asked = ask();
        asked.unwrap_or_else(|e| Err(self.fail(e, sql)))
    }

    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }
}

fn bind(statement: &mut rusqlite::Statement<'_>, params: &[Value<'_>]) -> rusqlite::Result<()> {
    for (n, value) in params.iter().enumerate() {
        statement.raw_bind_parameter(n + 1, Bound(*value))?;
    }
    Ok(())
}

struct Bound<'a>(Value<'a>);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Value::Null => ValueRef::Null,
            Value::Int(int) => ValueRef::Integer(int),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

struct SqliteRow<'r>(&'r rusqlite::Row<'r>);

impl SqliteRow<'_> {
    fn value(&self, column: usize) -> ValueRef<'_> {
        self.0.get_ref(column).unwrap_or(ValueRef::Null)
    }
}

impl Row for SqliteRow<'_> {
    fn int(&self, column: usize) -> i64 {
        self.value(column).as_i64().unwrap_or(0)
    }

    fn text(&self, column: usize) -> &str {
        self.value(column).as_str().unwrap_or("")
    }

    fn blob(&self, column: usize) -> &[u8] {
        self.value(column).as_blob().unwrap_or(&[])
    }

    fn is_null(&self, column: usize) -> bool {
        self.value(column) == ValueRef::Null
    }
}

/// Whether there was no room, be it for data or for the index of the write-ahead log.
fn is_full(error: &rusqlite::Error) -> bool {
    let extended = error.sqlite_error().map(|error| error.extended_code);
    error.sqlite_error_code() == Some(ErrorCode::DiskFull)
        || extended == Some(rusqlite::ffi::SQLITE_IOERR_SHMSIZE)
}

fn failure(error: rusqlite::Error) -> Failure {
    match error.sqlite_error_code() {
        _ if is_full(&error) => Failure::new(
            FailureKind::Unavailable,
            "api.fieldpost.disk_full",
            "The server's disk is full. Nothing was saved; what was saved before is safe.",
        )
        .with_detail(error),
        Some(ErrorCode::ConstraintViolation) => {
            Failure::new(FailureKind::Conflict, "api.fieldpost.conflict", "That exists already.")
                .with_detail(error)
        }
        _ => Failure::internal(error),
    }
}
