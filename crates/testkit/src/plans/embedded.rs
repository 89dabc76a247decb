//! Plans of the embedded engine. It has no statistics, so it takes every table for a large one.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::Whole;

/// What each statement reads as a whole.
pub(super) fn plans(file: &Path, statements: &[String]) -> Vec<Vec<Whole>> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags).unwrap();
    // As the site plans them: not anew for each value.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).unwrap();
    let tables = tables(&connection);
    statements.iter().map(|sql| plan(&connection, &tables, sql)).collect()
}

fn tables(connection: &Connection) -> Vec<String> {
    let sql = "SELECT name FROM sqlite_master WHERE type = 'table'";
    let mut statement = connection.prepare(sql).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

fn plan(connection: &Connection, tables: &[String], sql: &str) -> Vec<Whole> {
    let mut explained = connection
        .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
        .unwrap_or_else(|error| panic!("{error}: {sql}"));
    let mut steps = Vec::new();
    let mut rows = explained.raw_query();
    while let Some(row) = rows.next().unwrap() {
        steps.push(row.get::<_, String>(3).unwrap());
    }
    let aliases = aliases(sql, tables);
    steps.iter().flat_map(|step| whole(step, &aliases)).collect()
}

/// What a step of a plan reads as a whole: the tables that may be meant by the name in it.
fn whole(step: &str, aliases: &BTreeMap<String, Vec<String>>) -> Vec<Whole> {
    let words: Vec<&str> = step.split(' ').collect();
    // An index that is made for one statement is made of the whole table.
    let is_whole = words[0] == "SCAN" || step.contains(" AUTOMATIC ");
    let Some(name) = words.get(1).filter(|_| is_whole) else { return Vec::new() };
    let at = words.iter().position(|word| *word == "INDEX");
    let index = at.and_then(|at| words.get(at + 1)).map(|index| (*index).to_owned());
    let meant = aliases.get(&name.to_lowercase()).into_iter().flatten();
    meant
        .map(|table| Whole { table: table.clone(), index: index.clone(), said: step.to_owned() })
        .collect()
}

/// Which tables a name may stand for in a statement.
fn aliases(sql: &str, tables: &[String]) -> BTreeMap<String, Vec<String>> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    // What stands between two words tells whether the second names the first anew.
    let mut words: Vec<String> = Vec::new();
    for c in sql.chars() {
        match (words.last_mut(), is_name(c)) {
            (Some(last), true) if last.ends_with(is_name) => last.push(c.to_ascii_lowercase()),
            (_, true) => words.push(c.to_ascii_lowercase().to_string()),
            (_, false) if c.is_whitespace() => words.push(String::new()),
            (_, false) => words.push(c.to_string()),
        }
    }
    words.retain(|word| !word.is_empty());
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (n, table) in words.iter().enumerate().filter(|(_, word)| tables.contains(word)) {
        found.entry(table.clone()).or_default().push(table.clone());
        let mut next = words.iter().skip(n + 1).skip_while(|word| *word == "as");
        if let Some(alias) = next.next().filter(|word| word.starts_with(is_name)) {
            found.entry(alias.clone()).or_default().push(table.clone());
        }
    }
    for meant in found.values_mut() {
        meant.sort();
        meant.dedup();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(sql: &str) -> Vec<(String, Option<String>)> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("t.db");
        let tables =
            "CREATE TABLE post (key INTEGER PRIMARY KEY, id BLOB, channel INTEGER, at INTEGER);
            CREATE UNIQUE INDEX post_id ON post (id);
            CREATE INDEX post_at ON post (channel, at);
            CREATE TABLE person (key INTEGER PRIMARY KEY, name TEXT)";
        Connection::open(&file).unwrap().execute_batch(tables).unwrap();
        let plan = plans(&file, &[sql.to_owned()]).remove(0);
        plan.into_iter().map(|whole| (whole.table, whole.index)).collect()
    }

    #[test]
    fn what_is_found_by_an_index_is_not_read_as_a_whole() {
        assert_eq!(of("SELECT at FROM post WHERE id = ?1"), []);
        assert_eq!(of("SELECT p.at FROM post p WHERE p.channel = ?1 ORDER BY p.at DESC"), []);
        assert_eq!(of("UPDATE post SET at = ?1 WHERE key = ?2"), []);
        assert_eq!(of("SELECT max(key) FROM post"), []);
        assert_eq!(of("INSERT INTO post (id) VALUES (?1) ON CONFLICT (id) DO NOTHING"), []);
    }

    #[test]
    fn what_has_no_index_is_seen_under_whatever_name() {
        let post = [("post".to_owned(), None)];
        assert_eq!(of("SELECT id FROM post WHERE at = ?1"), post);
        assert_eq!(of("SELECT x.id FROM post AS x WHERE x.at = ?1"), post);
        assert_eq!(of("DELETE FROM post WHERE at < ?1"), post);
        let all = of("SELECT a.name FROM person a LEFT JOIN post ON post.channel = a.key");
        assert_eq!(all, [("person".to_owned(), None)]);
        let index = of("SELECT count(*) FROM post WHERE id <> ?1");
        assert_eq!(index, [("post".to_owned(), Some("post_id".to_owned()))]);
    }

    #[test]
    fn an_index_made_for_the_occasion_is_no_index() {
        let found =
            of("SELECT a.name FROM post p JOIN person a ON a.name = p.id WHERE p.channel = ?1");
        assert_eq!(found.first().map(|whole| whole.0.as_str()), Some("person"));
    }
}
