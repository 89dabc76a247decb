//! One file of the index.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fieldpost_kernel::{Failure, FailureKind, Outcome, Position};
use fieldpost_model::Id;
use fieldpost_search::{About, Body, Document, Entry, Hit, Wanted};
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, params};

use crate::enter::enter;
use crate::{Mark, ask};

/// The version of the tables, and of the form in which words are kept: a volume of another is of no
/// use, and made anew.
const FORM: i64 = 4;

/// A document's place is the time at which it was written and then some bits of its key, so that the
/// engine, which finds in the order of places, finds in the order of time.
///
/// The engine keeps no text: who asks gets keys, and looks up the rest.
///
/// Files in which nobody has read yet are listed, so that it is done even after a crash. Their places
/// in the list are never given out again: whoever has looked at some of them goes on behind those.
///
/// Every word that was ever there stands in a list of its own: the engine, asked which words begin in
/// some way, looks at every document in which they are.
const TABLES: &str = "
CREATE TABLE mark (
    form INTEGER NOT NULL,
    site BLOB NOT NULL,
    whole INTEGER NOT NULL DEFAULT 0,
    transaction_id INTEGER NOT NULL DEFAULT 0,
    position INTEGER NOT NULL DEFAULT 0,
    seen BLOB NOT NULL DEFAULT x'',
    awaited BLOB NOT NULL DEFAULT x''
) STRICT;
CREATE TABLE post_at (place INTEGER PRIMARY KEY, key INTEGER NOT NULL UNIQUE, channel INTEGER NOT NULL) STRICT;
CREATE TABLE file_at (place INTEGER PRIMARY KEY, key INTEGER NOT NULL UNIQUE, channel INTEGER NOT NULL) STRICT;
CREATE TABLE unread (place INTEGER PRIMARY KEY AUTOINCREMENT, key INTEGER NOT NULL UNIQUE) STRICT;
CREATE TABLE post_term (word TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE file_term (word TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE VIRTUAL TABLE post_text USING fts5(words, marks, content='', contentless_delete=1,
    tokenize=\"ascii tokenchars '#-_.'\");
CREATE VIRTUAL TABLE file_text USING fts5(words, marks, content='', contentless_delete=1,
    tokenize=\"ascii tokenchars '#-_.'\");
CREATE VIRTUAL TABLE post_word USING fts5vocab(post_text, instance);
CREATE VIRTUAL TABLE file_word USING fts5vocab(file_text, instance);
";

/// How often changes that mean nothing here may come before the file is opened to say how far they
/// were read. Whatever it does not know is read again after a start.
const MOST_BEHIND: u32 = 16;

/// One file of the index.
///
/// The file is made when there is something to write, and it is open while it is used. What was
/// never written to is empty, and is searched without a file.
pub struct Volume {
    path: PathBuf,
    site: [u8; 16],
    writer: Mutex<Writer>,
    readers: Mutex<Vec<Connection>>,
    mark: Mutex<Mark>,
    made: AtomicBool,
    /// Whether there may be files in which nobody has read.
    unread: AtomicBool,
    used: AtomicBool,
    damaged: AtomicBool,
    retired: AtomicBool,
}

/// Who writes, and what stands in the file.
#[derive(Default)]
struct Writer {
    connection: Option<Connection>,
    whole: bool,
    awaited: Vec<Id>,
    /// How often less was written than is known by now.
    behind: u32,
}

impl Drop for Volume {
    fn drop(&mut self) {
        if self.retired.load(Ordering::Relaxed) && self.is_made() {
            remove(&self.path);
        }
    }
}

/// Removes a volume's files.
pub(crate) fn remove(path: &Path) {
    for end in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        if let Err(error) = fs::remove_file(&name)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(%error, ?name, "a file of the search index could not be removed");
        }
    }
}

fn connect(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    // Nothing here is the only copy of anything: what a power cut takes away is written again.
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -4000; \
         PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 4194304;",
    )?;
    Ok(connection)
}

/// Connects to a file that is there.
fn connect_again(path: &Path) -> rusqlite::Result<Connection> {
    connect(path, OpenFlags::default() - OpenFlags::SQLITE_OPEN_CREATE)
}

/// Makes the file of an empty volume, and its folder.
fn make(path: &Path, site: &[u8; 16]) -> rusqlite::Result<Connection> {
    // Without a folder the engine says that there is none.
    drop(path.parent().map(fs::create_dir_all));
    let mut connection = connect(path, OpenFlags::default())?;
    let transaction = connection.transaction()?;
    transaction.execute_batch(TABLES)?;
    transaction.execute("INSERT INTO mark (form, site) VALUES (?1, ?2)", params![FORM, site])?;
    transaction.commit()?;
    Ok(connection)
}

/// What is written in a file of this form and site that is whole, and whether there are files in
/// which nobody has read; nothing, if it is another.
fn read_mark(path: &Path, site: &[u8; 16]) -> rusqlite::Result<Option<(Mark, bool)>> {
    connect_again(path)?
        .query_row(
            "SELECT transaction_id, position, seen, awaited, EXISTS (SELECT 1 FROM unread) \
             FROM mark WHERE form = ?1 AND site = ?2 AND whole = 1",
            params![FORM, site],
            |row| {
                let awaited: Vec<u8> = row.get(3)?;
                let mark = Mark {
                    position: Position { transaction: row.get(0)?, number: row.get(1)? },
                    seen: row.get(2)?,
                    awaited: awaited.chunks(16).map(Id::from_slice).collect(),
                };
                Ok((mark, row.get(4)?))
            },
        )
        .optional()
}

impl Volume {
    /// An empty volume.
    pub(crate) fn new(path: PathBuf, site: [u8; 16]) -> Self {
        Self {
            path,
            site,
            writer: Mutex::default(),
            readers: Mutex::default(),
            mark: Mutex::default(),
            made: AtomicBool::new(false),
            unread: AtomicBool::new(false),
            used: AtomicBool::new(false),
            damaged: AtomicBool::new(false),
            retired: AtomicBool::new(false),
        }
    }

    /// A volume that is whole, and of this form and site.
    pub(crate) fn open(path: &Path, site: &[u8; 16]) -> Option<Self> {
        let (mark, unread) = read_mark(path, site)
            .inspect_err(|error| tracing::warn!(%error, "a search index is damaged"))
            .ok()
            .flatten()?;
        let mut volume = Self::new(path.to_owned(), *site);
        (volume.made, volume.unread) = (AtomicBool::new(true), AtomicBool::new(unread));
        let writer = Writer { whole: true, awaited: mark.awaited.clone(), ..Writer::default() };
        (volume.writer, volume.mark) = (Mutex::new(writer), Mutex::new(mark));
        Some(volume)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Takes its files away once nobody uses it any more.
    pub(crate) fn retire(&self) {
        self.retired.store(true, Ordering::Relaxed);
    }

    /// How far the site's changes are in it.
    pub fn mark(&self) -> Mark {
        lock(&self.mark).clone()
    }

    /// Whether its file turned out to be damaged.
    pub fn is_damaged(&self) -> bool {
        self.damaged.load(Ordering::Relaxed)
    }

    fn is_made(&self) -> bool {
        self.made.load(Ordering::Acquire)
    }

    /// Writes what is new, and how far that reaches: both, or neither. Where nothing is new, how far
    /// that reaches may be written later.
    pub fn write(&self, entries: &[Entry], mark: &Mark) -> Outcome<()> {
        let mut writer = lock(&self.writer);
        let empty = !self.is_made();
        let says_nothing = match empty {
            true => entries.iter().all(|entry| matches!(entry, Entry::Remove(..))),
            false => entries.is_empty(),
        };
        let can_wait = empty || writer.connection.is_none() && writer.behind < MOST_BEHIND;
        if says_nothing && can_wait && mark.awaited == writer.awaited {
            writer.behind = writer.behind.saturating_add(1);
        } else {
            self.keep(&mut writer, entries, mark)?;
        }
        *lock(&self.mark) = mark.clone();
        Ok(())
    }

    /// Writes more of what there is already, which says nothing of how far that reaches.
    pub fn amend(&self, entries: &[Entry]) -> Outcome<()> {
        let mut writer = lock(&self.writer);
        self.keep(&mut writer, entries, &self.mark())
    }

    /// Whether there may be files in which nobody has read.
    pub fn may_have_unread(&self) -> bool {
        self.unread.load(Ordering::Acquire)
    }

    /// The next file in which nobody has read yet: its place in the list, which is the first after
    /// this one, and its key. Whatever is listed later has a later place.
    pub fn unread(&self, after: i64) -> Outcome<Option<(i64, i64)>> {
        // Whoever lists another meanwhile says so once it is written.
        if !self.unread.swap(false, Ordering::AcqRel) {
            return Ok(None);
        }
        let next = self.read(|connection| {
            let sql = "SELECT place, key FROM unread WHERE place > ?1 ORDER BY place LIMIT 1";
            let found = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
            connection.prepare_cached(sql)?.query_row([after], found).optional()
        });
        if after > 0 || !matches!(next, Ok(None)) {
            self.unread.store(true, Ordering::Release);
        }
        next
    }

    fn keep(&self, writer: &mut Writer, entries: &[Entry], mark: &Mark) -> Outcome<()> {
        self.keep_in_file(writer, entries, mark).map_err(|error| self.fail(&error))?;
        (writer.awaited, writer.behind) = (mark.awaited.clone(), 0);
        let unread =
            |entry: &Entry| matches!(entry, Entry::Put(_, Document { body: Body::Unread, .. }));
        if entries.iter().any(unread) {
            self.unread.store(true, Ordering::Release);
        }
        Ok(())
    }

    fn keep_in_file(
        &self,
        writer: &mut Writer,
        entries: &[Entry],
        mark: &Mark,
    ) -> rusqlite::Result<()> {
        let whole = writer.whole;
        let transaction = self.opened(writer)?.transaction()?;
        enter(&transaction, entries)?;
        let awaited: Vec<u8> = mark.awaited.iter().flat_map(|id| *id.as_bytes()).collect();
        let position = mark.position;
        transaction
            .prepare_cached(
                "UPDATE mark SET transaction_id = ?1, position = ?2, seen = ?3, awaited = ?4, \
                 whole = ?5",
            )?
            .execute(params![position.transaction, position.number, mark.seen, awaited, whole])?;
        transaction.commit()
    }

    /// The connection that writes, in a file that is made if it is missing.
    fn opened<'a>(&self, writer: &'a mut Writer) -> rusqlite::Result<&'a mut Connection> {
        self.used.store(true, Ordering::Relaxed);
        let connection = match writer.connection.take() {
            Some(connection) => connection,
            None if self.is_made() => connect_again(&self.path)?,
            None => {
                let made = make(&self.path, &self.site);
                let connection = made.inspect_err(|_| remove(&self.path))?;
                self.made.store(true, Ordering::Release);
                connection
            }
        };
        Ok(writer.connection.insert(connection))
    }

    /// Brings its lists together, which were written bit by bit. It takes some seconds for a
    /// million documents.
    pub fn settle(&self) -> Outcome<()> {
        let mut writer = lock(&self.writer);
        if !self.is_made() {
            return Ok(());
        }
        let connection = self.opened(&mut writer).map_err(|error| self.fail(&error))?;
        connection
            .execute_batch(
                "INSERT INTO post_text (post_text) VALUES ('optimize'); \
                 INSERT INTO file_text (file_text) VALUES ('optimize');",
            )
            .map_err(|error| self.fail(&error))
    }

    /// Says that it has all that was there when it was begun. From now on it is kept.
    pub(crate) fn finish(&self) -> Outcome<()> {
        let mut writer = lock(&self.writer);
        writer.whole = true;
        if self.is_made() {
            self.keep(&mut writer, &[], &self.mark())?;
        }
        self.retired.store(false, Ordering::Relaxed);
        Ok(())
    }

    /// Closes its file, if it was not used since this was last asked for, and gives back the memory
    /// that went with it.
    pub fn rest(&self) {
        if !self.used.swap(false, Ordering::Relaxed) {
            lock(&self.readers).clear();
            lock(&self.writer).connection = None;
        }
    }

    /// Whether its file is open.
    pub fn is_open(&self) -> bool {
        lock(&self.writer).connection.is_some() || !lock(&self.readers).is_empty()
    }

    /// Searches it.
    pub fn find(&self, about: About, wanted: &Wanted) -> Outcome<Vec<Hit>> {
        if wanted.channels.is_empty() {
            return Ok(Vec::new());
        }
        self.read(|connection| ask::find(connection, about, wanted))
    }

    /// Everything in it, in a fixed order, for whoever compares two.
    pub fn contents(&self) -> Outcome<Vec<String>> {
        self.read(|connection| {
            let mut all = Vec::new();
            for about in ["post", "file"] {
                let sql = format!(
                    "SELECT '{about} ' || place || ' ' || key || ' ' || channel FROM {about}_at \
                     UNION ALL SELECT '{about} ' || doc || ' ' || term || ' ' || col || ' ' \
                     || \"offset\" FROM {about}_word ORDER BY 1"
                );
                let mut statement = connection.prepare(&sql)?;
                let rows = statement.query_map([], |row| row.get(0))?;
                all.extend(rows.collect::<rusqlite::Result<Vec<String>>>()?);
            }
            Ok(all)
        })
    }

    /// What somebody reads in it; of an empty one, nothing.
    fn read<T: Default>(&self, job: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Outcome<T> {
        if !self.is_made() {
            return Ok(T::default());
        }
        self.used.store(true, Ordering::Relaxed);
        let idle = lock(&self.readers).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => connect_again(&self.path).map_err(|error| self.fail(&error))?,
        };
        let done = job(&connection).map_err(|error| self.fail(&error))?;
        lock(&self.readers).push(connection);
        Ok(done)
    }

    fn fail(&self, error: &rusqlite::Error) -> Failure {
        let is_broken = match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => true,
            Some(ErrorCode::CannotOpen) => self.is_made() && !self.path.exists(),
            _ => false,
        };
        if is_broken {
            self.damaged.store(true, Ordering::Relaxed);
        }
        failure(error)
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn failure(error: &rusqlite::Error) -> Failure {
    if error.sqlite_error_code() == Some(ErrorCode::DiskFull) {
        return Failure::new(
            FailureKind::Unavailable,
            "api.fieldpost.disk_full",
            "The server's disk is full.",
        )
        .with_detail(error);
    }
    Failure::internal(format!("the search index: {error}"))
}

/// What the names of tables begin with.
pub(crate) fn name(about: About) -> &'static str {
    match about {
        About::Posts => "post",
        About::Files => "file",
    }
}
