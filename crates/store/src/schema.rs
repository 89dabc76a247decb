//! The store's own tables, and the making of everybody's.

use fieldpost_kernel::{Failure, FailureKind, Features, Outcome, Rows, RowsExt, params};

/// The tables of the change log.
///
/// `log` is one writer's numbering of one scope: its `size` is the last sequence number given
/// out, or how far another site's log reaches here; `frontier` is what is committed to of this
/// site's own log, and `held` what has come of another's. `transaction_id` orders the feed on a
/// database server and is 0 elsewhere. `ahead` names the changes of this site whose stamps are
/// later than its clock was, to win over those of a wrong clock.
pub(crate) const LOG: &str = "
CREATE TABLE site_fact (name TEXT PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE scope (
    key INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL,
    id BLOB NOT NULL,
    state_hash BLOB,
    UNIQUE (kind, id)
);
CREATE TABLE log (
    key INTEGER PRIMARY KEY,
    scope_key INTEGER NOT NULL,
    site BLOB NOT NULL,
    epoch INTEGER NOT NULL,
    size INTEGER NOT NULL,
    frontier BLOB,
    held BLOB,
    salts BLOB,
    UNIQUE (scope_key, site, epoch)
);
CREATE INDEX log_of_others ON log (site) WHERE held IS NOT NULL;
CREATE TABLE change (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    log_key INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    stamp INTEGER NOT NULL,
    author BLOB NOT NULL,
    kind INTEGER NOT NULL,
    payload BLOB NOT NULL,
    transaction_id INTEGER NOT NULL,
    UNIQUE (log_key, sequence)
);
CREATE TABLE waiting (
    entity BLOB NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (entity, position)
);
CREATE INDEX waiting_position ON waiting (position);
CREATE TABLE ahead (
    position INTEGER NOT NULL,
    PRIMARY KEY (position)
);
CREATE TABLE follower (
    name TEXT PRIMARY KEY,
    transaction_id INTEGER NOT NULL,
    position INTEGER NOT NULL
)";

/// What the database server needs besides.
pub(crate) const POSTGRES_LOG: &str =
    "CREATE INDEX change_feed ON change (transaction_id, position)";

/// The version of the tables of this build.
pub const VERSION: i64 = 16;

/// Refuses a database whose tables are of another version: nothing brings them up to date yet.
pub(crate) fn require_version(rows: &mut dyn Rows) -> Outcome<()> {
    let found = fact(rows, "schema")?.and_then(|bytes| bytes.try_into().ok());
    let found = found.map_or(0, i64::from_be_bytes);
    if found == VERSION {
        return Ok(());
    }
    Err(Failure::new(
        FailureKind::Conflict,
        "api.fieldpost.other_version",
        format!(
            "The database was made by another version of Fieldpost: its tables are of version \
             {found}, and this one reads version {VERSION}. Nothing was changed. Take it over with \
             `fieldpost export` of the one that made it, and `fieldpost import` of this one."
        ),
    ))
}

/// Makes every table in an empty database. `translate` turns the common text into the engine's.
pub(crate) fn make(
    rows: &mut dyn Rows,
    features: &Features,
    translate: impl Fn(&str) -> String,
) -> Outcome<()> {
    for tables in std::iter::once(&LOG).chain(features.all_tables()) {
        for statement in tables.split(';').map(str::trim).filter(|s| !s.is_empty()) {
            rows.execute(&translate(statement), &[])?;
        }
    }
    set_fact(rows, "schema", &VERSION.to_be_bytes())
}

/// A fact of the site, by its name.
pub(crate) fn fact(rows: &mut dyn Rows, name: &str) -> Outcome<Option<Vec<u8>>> {
    rows.first("SELECT value FROM site_fact WHERE name = ?1", params![name], |r| r.blob(0).to_vec())
}

/// Sets a fact of the site.
pub(crate) fn set_fact(rows: &mut dyn Rows, name: &str, value: &[u8]) -> Outcome<()> {
    rows.execute(
        "INSERT INTO site_fact (name, value) VALUES (?1, ?2) \
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        params![name, value],
    )?;
    Ok(())
}
