//! Counts the transactions in a write-ahead log, from outside of whoever writes it.
//!
//! In SQLite's log the last frame of a transaction carries the size of the database; the others
//! carry 0. A frame counts if its salts are the log's: what is left of an earlier round has others.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use crate::Outcome;

/// Holds a database's log still: while this lives, nothing in the log is written over.
pub(crate) struct Held {
    connection: Connection,
    log: std::path::PathBuf,
}

impl Held {
    /// Reads from a database that another process has open, and goes on doing so.
    pub(crate) fn open(file: &Path) -> Outcome<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(file, flags)?;
        connection.execute_batch("BEGIN")?;
        connection.query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(()))?;
        let mut log = file.as_os_str().to_owned();
        log.push("-wal");
        Ok(Self { connection, log: log.into() })
    }

    /// How many transactions the log has.
    pub(crate) fn transactions(&self) -> Outcome<u64> {
        Ok(transactions(&std::fs::read(&self.log)?))
    }

    /// Lets go of the log.
    pub(crate) fn release(self) -> Outcome<()> {
        self.connection.execute_batch("ROLLBACK")?;
        Ok(())
    }
}

/// The lengths of the log's header and of a frame's.
const HEADER: usize = 32;
const FRAME: usize = 24;

fn transactions(log: &[u8]) -> u64 {
    let Some(header) = log.get(..HEADER) else { return 0 };
    let page = u32::from_be_bytes([header[8], header[9], header[10], header[11]]) as usize;
    let salts = &header[16..24];
    let frames = log[HEADER..].chunks_exact(FRAME + page);
    let current = frames.take_while(|frame| &frame[8..16] == salts);
    current.filter(|frame| frame[4..8] != [0; 4]).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_commit_counts_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("t.db");
        let writer = Connection::open(&file).unwrap();
        writer.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (x BLOB)").unwrap();
        let held = Held::open(&file).unwrap();
        let before = held.transactions().unwrap();
        for _ in 0..7 {
            // Several pages in one transaction.
            writer.execute("INSERT INTO t VALUES (zeroblob(20000))", []).unwrap();
        }
        assert_eq!(held.transactions().unwrap() - before, 7);
        held.release().unwrap();
        assert_eq!(transactions(b"short"), 0);
    }
}
