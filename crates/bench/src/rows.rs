//! The rows that a server wrote, written again without a server.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, params_from_iter};

use crate::Outcome;

/// Rows of several tables, in the order in which each table got them.
#[derive(Debug)]
pub(crate) struct Rows {
    schema: Vec<String>,
    tables: Vec<Table>,
}

#[derive(Debug)]
struct Table {
    name: String,
    rows: Vec<Vec<Value>>,
}

fn read_only(file: &Path) -> Outcome<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Ok(Connection::open_with_flags(file, flags)?)
}

fn tables(connection: &Connection) -> Outcome<Vec<String>> {
    let mut names = connection.prepare(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
    )?;
    let names = names.query_map([], |row| row.get(0))?;
    Ok(names.collect::<Result<_, _>>()?)
}

impl Rows {
    /// What a database holds, so many rows of each table at most.
    pub(crate) fn of(file: &Path, most: usize) -> Outcome<Self> {
        let connection = read_only(file)?;
        let mut schema = connection.prepare(
            "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%' \
             ORDER BY type DESC",
        )?;
        let schema = schema.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let mut found = Vec::new();
        for name in tables(&connection)? {
            let sql = format!("SELECT * FROM {name} ORDER BY rowid LIMIT ?1");
            let mut statement = connection.prepare(&sql)?;
            let columns = statement.column_count();
            let rows = statement.query_map([most as i64], |row| {
                (0..columns).map(|column| row.get(column)).collect()
            })?;
            let rows: Vec<Vec<Value>> = rows.collect::<Result<_, _>>()?;
            if !rows.is_empty() {
                found.push(Table { name, rows });
            }
        }
        Ok(Self { schema, tables: found })
    }

    /// How many rows of a table there are.
    pub(crate) fn count(&self, table: &str) -> usize {
        self.tables.iter().find(|found| found.name == table).map_or(0, |found| found.rows.len())
    }

    /// Writes the rows into an empty database in a folder, in so many transactions, each synced;
    /// gives how long that took. Tables and indices are the server's, and so is the set-up.
    pub(crate) fn write(&self, folder: &Path, transactions: usize) -> Outcome<Duration> {
        let connection = Connection::open(folder.join("bare.db"))?;
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -8000; \
             PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 4000;",
        )?;
        connection.execute_batch(&self.schema.join(";"))?;
        let inserts: Vec<String> = self.tables.iter().map(Table::insert).collect();
        let begun = Instant::now();
        for turn in 0..transactions {
            connection.execute_batch("BEGIN IMMEDIATE")?;
            for (table, insert) in self.tables.iter().zip(&inserts) {
                let mut statement = connection.prepare_cached(insert)?;
                for row in table.slice(turn, transactions) {
                    statement.execute(params_from_iter(row))?;
                }
            }
            connection.execute_batch("COMMIT")?;
        }
        Ok(begun.elapsed())
    }
}

impl Table {
    fn insert(&self) -> String {
        let columns = self.rows.first().map_or(0, Vec::len);
        let holes = vec!["?"; columns].join(", ");
        format!("INSERT INTO {} VALUES ({holes})", self.name)
    }

    fn slice(&self, turn: usize, of: usize) -> &[Vec<Value>] {
        let at = |turn: usize| turn * self.rows.len() / of;
        &self.rows[at(turn)..at(turn + 1)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_database_holds_is_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("from.db");
        let writer = Connection::open(&file).unwrap();
        writer
            .execute_batch(
                "PRAGMA journal_mode = WAL; CREATE TABLE t (k INTEGER PRIMARY KEY, x TEXT) STRICT; \
                 CREATE INDEX t_x ON t (x); CREATE TABLE quiet (x TEXT) STRICT;",
            )
            .unwrap();
        for n in 0..12 {
            writer.execute("INSERT INTO t (x) VALUES (?1)", [format!("new {n}")]).unwrap();
        }
        let rows = Rows::of(&file, 10).unwrap();
        assert_eq!((rows.count("t"), rows.count("quiet")), (10, 0));
        rows.write(folder.path(), 3).unwrap();
        let written = Connection::open(folder.path().join("bare.db")).unwrap();
        let count = |sql: &str| written.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!(count("SELECT count(*) FROM t WHERE x LIKE 'new %'"), 10);
        assert_eq!(count("SELECT count(*) FROM sqlite_master WHERE name = 't_x'"), 1);
    }
}
