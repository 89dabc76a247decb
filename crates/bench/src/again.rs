//! The statements that a site's writer ran, run again in bare SQLite.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use fieldpost_kernel::Value;
use fieldpost_store::{Role, Witness};
use rusqlite::config::DbConfig;
use rusqlite::types::Value as Kept;
use rusqlite::{Connection, params_from_iter};

use crate::Outcome;

/// Keeps every statement of connections that write.
#[derive(Default)]
pub(crate) struct Heard(Mutex<Statements>);

/// Statements in their order. Their texts are few, so each is kept once.
#[derive(Default)]
pub(crate) struct Statements {
    texts: HashMap<String, usize>,
    run: Vec<(usize, Vec<Kept>)>,
}

impl Witness for Heard {
    fn statement(&self, role: Role, sql: &str, params: &[Value<'_>]) {
        if role == Role::Reads {
            return;
        }
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let next = heard.texts.len();
        let text = match heard.texts.get(sql) {
            Some(known) => *known,
            None => *heard.texts.entry(sql.to_owned()).or_insert(next),
        };
        heard.run.push((text, params.iter().map(kept).collect()));
    }
}

fn kept(value: &Value<'_>) -> Kept {
    match *value {
        Value::Null => Kept::Null,
        Value::Int(int) => Kept::Integer(int),
        Value::Text(text) => Kept::Text(text.to_owned()),
        Value::Blob(bytes) => Kept::Blob(bytes.to_owned()),
    }
}

impl Heard {
    /// Gives what was heard so far, and forgets it.
    pub(crate) fn take(self: &Arc<Self>) -> Statements {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Statements {
    /// How many statements there are whose text begins so.
    pub(crate) fn count(&self, beginning: &str) -> usize {
        let texts: Vec<usize> = self
            .texts
            .iter()
            .filter(|(text, _)| text.starts_with(beginning))
            .map(|(_, number)| *number)
            .collect();
        self.run.iter().filter(|(text, _)| texts.contains(text)).count()
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.run.len()
    }

    /// Runs all of them in a database that is as theirs was before, every row of each answer read,
    /// and gives how long that took. They begin and end their transactions themselves.
    pub(crate) fn run(&self, file: &Path) -> Outcome<Duration> {
        let connection = Connection::open(file)?;
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -8000; \
             PRAGMA foreign_keys = OFF; PRAGMA temp_store = MEMORY; \
             PRAGMA wal_autocheckpoint = 4000;",
        )?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection.set_prepared_statement_cache_capacity(512);
        let mut texts = vec![""; self.texts.len()];
        for (text, number) in &self.texts {
            texts[*number] = text;
        }
        let begun = Instant::now();
        for (text, params) in &self.run {
            let mut statement = connection.prepare_cached(texts[*text])?;
            let mut rows = statement.query(params_from_iter(params))?;
            while rows.next()?.is_some() {}
        }
        Ok(begun.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_heard_is_run_again() {
        let heard = Arc::new(Heard::default());
        heard.statement(Role::Writes, "BEGIN IMMEDIATE", &[]);
        for n in 0..3 {
            heard.statement(
                Role::Writes,
                "INSERT INTO t VALUES (?1, ?2)",
                &[Value::Int(n), Value::Text("x")],
            );
        }
        heard.statement(Role::Writes, "SELECT * FROM t WHERE n > ?1", &[Value::Int(0)]);
        heard.statement(Role::Writes, "COMMIT", &[]);
        let statements = heard.take();
        assert_eq!((statements.len(), statements.count("INSERT INTO t")), (6, 3));
        assert_eq!(heard.take().len(), 0);

        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("t.db");
        Connection::open(&file)
            .unwrap()
            .execute_batch("CREATE TABLE t (n INTEGER, x TEXT)")
            .unwrap();
        statements.run(&file).unwrap();
        let count = "SELECT count(*) FROM t WHERE x = 'x'";
        let rows =
            Connection::open(&file).unwrap().query_row(count, [], |row| row.get::<_, i64>(0));
        assert_eq!(rows.unwrap(), 3);
    }
}
