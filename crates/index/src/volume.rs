//! One file of the index.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fieldpost_kernel::{Failure, FailureKind, Outcome, Position};
use fieldpost_model::Id;
use fieldpost_search::{About, Document, Entry, Hit, Phrase, Wanted, indexed, near};
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, params};

use crate::Mark;
use crate::expression::{self, Part};

/// The version of the tables, and of the form in which words are kept: a volume of another is of no
/// use, and made anew.
const FORM: i64 = 1;

/// A document's place is the time at which it was written and then some bits of its key, so that the
/// engine, which finds in the order of places, finds in the order of time.
///
/// The engine keeps no text: who asks gets keys, and looks up the rest.
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
CREATE VIRTUAL TABLE post_text USING fts5(words, marks, content='', contentless_delete=1,
    tokenize=\"ascii tokenchars '#-_.'\");
CREATE VIRTUAL TABLE file_text USING fts5(words, marks, content='', contentless_delete=1,
    tokenize=\"ascii tokenchars '#-_.'\");
CREATE VIRTUAL TABLE post_word USING fts5vocab(post_text, instance);
CREATE VIRTUAL TABLE file_word USING fts5vocab(file_text, instance);
";

/// Bits of a place that come from the key.
const KEY_BITS: u32 = 20;

/// The last millisecond that has a place of its own.
const LAST: i64 = (1 << 43) - 1;

/// The most channels that a question names: it takes the longer the more there are. With more, all
/// that has the words is looked at one by one, and if what is found is in other channels too often,
/// several questions are asked.
const MOST_NAMED: usize = 32;

/// How many are looked at one by one.
const PATIENCE: usize = 10_000;

/// The most words for which others are looked for that may have been meant.
const MOST_ALIKE: usize = 4;

/// The fewest letters of a word whose continuations are looked for.
const SHORTEST_ALIKE: usize = 3;

/// One file of the index.
pub struct Volume {
    path: PathBuf,
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
    mark: Mutex<Mark>,
    damaged: AtomicBool,
    retired: AtomicBool,
}

impl Drop for Volume {
    fn drop(&mut self) {
        if self.retired.load(Ordering::Relaxed) {
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

impl Volume {
    pub(crate) fn create(path: PathBuf, site: &[u8; 16]) -> Outcome<Self> {
        let make = || {
            let connection = connect(&path, OpenFlags::default())?;
            connection.execute_batch("BEGIN")?;
            connection.execute_batch(TABLES)?;
            connection
                .execute("INSERT INTO mark (form, site) VALUES (?1, ?2)", params![FORM, site])?;
            connection.execute_batch("COMMIT")?;
            Ok(connection)
        };
        let connection = make().map_err(|error| failure(&error))?;
        Ok(Self::over(path, connection, Mark::default()))
    }

    /// A volume that is whole, and of this form and site.
    pub(crate) fn open(path: &Path, site: &[u8; 16]) -> Option<Self> {
        let read = || {
            let connection = connect(path, OpenFlags::default() - OpenFlags::SQLITE_OPEN_CREATE)?;
            let mark = connection
                .query_row(
                    "SELECT transaction_id, position, seen, awaited FROM mark \
                     WHERE form = ?1 AND site = ?2 AND whole = 1",
                    params![FORM, site],
                    |row| {
                        let awaited: Vec<u8> = row.get(3)?;
                        Ok(Mark {
                            position: Position { transaction: row.get(0)?, number: row.get(1)? },
                            seen: row.get(2)?,
                            awaited: awaited.chunks(16).map(Id::from_slice).collect(),
                        })
                    },
                )
                .optional()?;
            Ok(mark.map(|mark| (connection, mark)))
        };
        let read: rusqlite::Result<_> = read();
        let (connection, mark) = read
            .inspect_err(|error| tracing::warn!(%error, "a search index is damaged"))
            .ok()
            .flatten()?;
        Some(Self::over(path.to_owned(), connection, mark))
    }

    fn over(path: PathBuf, connection: Connection, mark: Mark) -> Self {
        Self {
            path,
            writer: Mutex::new(connection),
            readers: Mutex::default(),
            mark: Mutex::new(mark),
            damaged: AtomicBool::new(false),
            retired: AtomicBool::new(false),
        }
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

    /// Writes what is new, and how far that reaches: both, or neither.
    pub fn write(&self, entries: &[Entry], mark: &Mark) -> Outcome<()> {
        let mut writer = lock(&self.writer);
        let mut write =
            || {
                let transaction = writer.transaction()?;
                enter(&transaction, entries)?;
                let awaited: Vec<u8> = mark.awaited.iter().flat_map(|id| *id.as_bytes()).collect();
                let position = mark.position;
                transaction.prepare_cached(
                "UPDATE mark SET transaction_id = ?1, position = ?2, seen = ?3, awaited = ?4",
            )?.execute(params![position.transaction, position.number, mark.seen, awaited])?;
                transaction.commit()
            };
        write().map_err(|error| self.fail(&error))?;
        *lock(&self.mark) = mark.clone();
        Ok(())
    }

    /// Brings its lists together, which were written bit by bit. It takes some seconds for a
    /// million documents.
    pub fn settle(&self) -> Outcome<()> {
        self.run(
            "INSERT INTO post_text (post_text) VALUES ('optimize'); \
             INSERT INTO file_text (file_text) VALUES ('optimize');",
        )
    }

    /// Says that it has all that was there when it was begun.
    pub(crate) fn finish(&self) -> Outcome<()> {
        self.run("UPDATE mark SET whole = 1;")
    }

    fn run(&self, statements: &str) -> Outcome<()> {
        lock(&self.writer).execute_batch(statements).map_err(|error| self.fail(&error))
    }

    /// Searches it.
    pub fn find(&self, about: About, wanted: &Wanted) -> Outcome<Vec<Hit>> {
        if wanted.channels.is_empty() {
            return Ok(Vec::new());
        }
        self.read(|connection| {
            let exact: Vec<String> = wanted.phrases.with.iter().map(expression::exact).collect();
            let found = ask_all(connection, about, wanted, &exact)?;
            if !found.is_empty() || exact.is_empty() {
                return Ok(found);
            }
            let alike = alike(connection, about, wanted)?;
            if alike == exact { Ok(found) } else { ask_all(connection, about, wanted, &alike) }
        })
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

    fn read<T>(&self, job: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Outcome<T> {
        let idle = lock(&self.readers).pop();
        let flags = OpenFlags::default() - OpenFlags::SQLITE_OPEN_CREATE;
        let connection = match idle {
            Some(connection) => connection,
            None => connect(&self.path, flags).map_err(|error| self.fail(&error))?,
        };
        let done = job(&connection).map_err(|error| self.fail(&error))?;
        lock(&self.readers).push(connection);
        Ok(done)
    }

    fn fail(&self, error: &rusqlite::Error) -> Failure {
        let code = error.sqlite_error_code();
        if matches!(code, Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)) {
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

fn name(about: About) -> &'static str {
    match about {
        About::Posts => "post",
        About::Files => "file",
    }
}

/// The last word on each document. First all that was known of them is taken out, then what is there
/// now is put in, in the order of places: the engine would write its lists to the file each time
/// that it is not so.
fn enter(connection: &Connection, entries: &[Entry]) -> rusqlite::Result<()> {
    let mut last: BTreeMap<(About, i64), Option<&Document>> = BTreeMap::new();
    for entry in entries {
        match entry {
            Entry::Put(about, document) => last.insert((*about, document.key), Some(document)),
            Entry::Remove(about, key) => last.insert((*about, *key), None),
        };
    }
    for (about, key) in last.keys() {
        take_out(connection, name(*about), *key)?;
    }
    let mut there: Vec<(About, &Document)> =
        last.into_iter().filter_map(|((about, _), document)| Some((about, document?))).collect();
    there.sort_by_key(|(about, document)| (*about, place_of(document)));
    there.into_iter().try_for_each(|(about, document)| put(connection, name(about), document))
}

/// The place of a document, if it is free.
fn place_of(document: &Document) -> i64 {
    document.at.clamp(0, LAST) << KEY_BITS | document.key & ((1 << KEY_BITS) - 1)
}

fn take_out(connection: &Connection, name: &str, key: i64) -> rusqlite::Result<()> {
    let find = format!("SELECT place FROM {name}_at WHERE key = ?1");
    let place: Option<i64> =
        connection.prepare_cached(&find)?.query_row([key], |row| row.get(0)).optional()?;
    if let Some(place) = place {
        for sql in [
            format!("DELETE FROM {name}_text WHERE rowid = ?1"),
            format!("DELETE FROM {name}_at WHERE place = ?1"),
        ] {
            connection.prepare_cached(&sql)?.execute([place])?;
        }
    }
    Ok(())
}

fn put(connection: &Connection, name: &str, document: &Document) -> rusqlite::Result<()> {
    let mut place = place_of(document);
    let claim = format!(
        "INSERT INTO {name}_at (place, key, channel) VALUES (?1, ?2, ?3) \
         ON CONFLICT (place) DO NOTHING"
    );
    let mut claim = connection.prepare_cached(&claim)?;
    // Two of one place are written at the same moment, and their keys are a million apart.
    while claim.execute(params![place, document.key, document.channel])? == 0 {
        place = place.wrapping_add(1) & i64::MAX;
    }
    let sql = format!("INSERT INTO {name}_text (rowid, words, marks) VALUES (?1, ?2, ?3)");
    connection.prepare_cached(&sql)?.execute(params![
        place,
        indexed(&document.text),
        expression::marks(document)
    ])?;
    Ok(())
}

/// The first and the last place of a stretch of time.
fn places(wanted: &Wanted) -> (i64, i64) {
    let span = wanted.span;
    let last = if span.until > LAST { i64::MAX } else { (span.until.max(0) << KEY_BITS) - 1 };
    (span.from.clamp(0, LAST) << KEY_BITS, last)
}

fn ask_all(
    connection: &Connection,
    about: About,
    wanted: &Wanted,
    phrases: &[String],
) -> rusqlite::Result<Vec<Hit>> {
    let mut found = Vec::new();
    for part in expression::parts(wanted) {
        ask(connection, about, wanted, (part, phrases), &mut found)?;
    }
    found.sort_unstable_by(|a: &Hit, b| b.cmp(a));
    found.dedup();
    Ok(found)
}

fn ask(
    connection: &Connection,
    about: About,
    wanted: &Wanted,
    (part, phrases): (Part, &[String]),
    found: &mut Vec<Hit>,
) -> rusqlite::Result<()> {
    let question = |channels: &[i64]| expression::expression(wanted, part, phrases, channels);
    if wanted.channels.len() > MOST_NAMED
        && let Some(hits) = leaf_through(connection, about, wanted, &question(&[]), PATIENCE)?
    {
        found.extend(hits);
        return Ok(());
    }
    let mut hits = Vec::new();
    for channels in wanted.channels.chunks(MOST_NAMED) {
        let question = question(channels);
        hits.extend(
            leaf_through(connection, about, wanted, &question, usize::MAX)?.into_iter().flatten(),
        );
    }
    hits.sort_unstable_by(|a, b| b.cmp(a));
    hits.truncate(wanted.most);
    found.extend(hits);
    Ok(())
}

/// What answers a question, from the newest on, until there is enough; none, if that takes more than
/// so many looks.
fn leaf_through(
    connection: &Connection,
    about: About,
    wanted: &Wanted,
    question: &str,
    patience: usize,
) -> rusqlite::Result<Option<Vec<Hit>>> {
    let name = name(about);
    let sql = format!(
        "SELECT {name}_at.place, {name}_at.key, {name}_at.channel FROM {name}_text \
         CROSS JOIN {name}_at ON {name}_at.place = {name}_text.rowid \
         WHERE {name}_text MATCH ?1 AND {name}_text.rowid BETWEEN ?2 AND ?3 \
         ORDER BY {name}_text.rowid DESC"
    );
    let channels: HashSet<i64> = wanted.channels.iter().copied().collect();
    let without = wanted.span.without.map(|(from, until)| from..until);
    let (first, last) = places(wanted);
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params![question, first, last])?;
    let (mut hits, mut looks) = (Vec::new(), 0);
    while hits.len() < wanted.most
        && let Some(row) = rows.next()?
    {
        let hit = Hit { place: row.get(0)?, key: row.get(1)?, channel: row.get(2)? };
        let left_out =
            without.as_ref().is_some_and(|range| range.contains(&(hit.place >> KEY_BITS)));
        if !left_out && channels.contains(&hit.channel) {
            hits.push(hit);
        }
        looks += 1;
        if looks > patience {
            return Ok(None);
        }
    }
    Ok(Some(hits))
}

/// The wanted phrases, with what may have been meant where nothing was found: words that go on, and
/// words that differ by one slip of the finger.
///
/// What others write elsewhere makes no difference to what somebody finds: every such word is asked
/// for, whether or not the one that was typed is somewhere.
fn alike(connection: &Connection, about: About, wanted: &Wanted) -> rusqlite::Result<Vec<String>> {
    let sql = format!("SELECT 1 FROM {}_word WHERE term = ?1 LIMIT 1", name(about));
    let mut is_there = connection.prepare_cached(&sql)?;
    let mut written = Vec::new();
    for (n, phrase) in wanted.phrases.with.iter().enumerate() {
        written.push(match single(phrase).filter(|_| n < MOST_ALIKE) {
            Some(word) => {
                let mut others = Vec::new();
                for other in near(word) {
                    if is_there.exists([&other])? {
                        others.push(other);
                    }
                }
                expression::alike(word, &others)
            }
            None => expression::exact(phrase),
        });
    }
    Ok(written)
}

/// The word of a phrase that is one word of some length, typed to its end.
fn single(phrase: &Phrase) -> Option<&str> {
    match phrase.words.as_slice() {
        [word] if !phrase.open && word.chars().count() >= SHORTEST_ALIKE => Some(word),
        _ => None,
    }
}
