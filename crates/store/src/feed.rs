//! The site's feed: every committed change, in the order in which followers read them.

use fieldpost_kernel::{Change, Dialect, Kind, Outcome, Position, Row, Rows, RowsExt, params};
use fieldpost_log::{ChangeName, Epoch, Scope, SiteId, Stamp};

/// The columns of a change, for [`change_of`].
pub(crate) const COLUMNS: &str = "change.position, log.site, log.epoch, scope.kind, scope.id, \
    change.sequence, change.stamp, change.author, change.kind, change.payload, \
    change.transaction_id";

const JOINED: &str = "FROM change JOIN log ON log.key = change.log_key \
    JOIN scope ON scope.key = log.scope_key";

/// The changes after a position, oldest first.
///
/// On SQLite one writer commits in the order of row numbers. On PostgreSQL a change is shown only
/// once no transaction older than its own is still open: a follower would otherwise pass a late
/// commit by.
pub(crate) fn after(rows: &mut dyn Rows, position: Position, limit: i64) -> Outcome<Vec<Change>> {
    let found = match rows.dialect() {
        Dialect::Sqlite => rows.all(
            &format!(
                "SELECT {COLUMNS} {JOINED} WHERE change.position > ?1 \
                 ORDER BY change.position LIMIT ?2"
            ),
            params![position.number, limit],
            change_of,
        ),
        Dialect::Postgres => rows.all(
            &format!(
                "SELECT {COLUMNS} {JOINED} \
                 WHERE (change.transaction_id, change.position) > (?1, ?2) \
                 AND change.transaction_id \
                   < CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT) \
                 ORDER BY change.transaction_id, change.position LIMIT ?3"
            ),
            params![position.transaction, position.number, limit],
            change_of,
        ),
    }?;
    Ok(found.into_iter().flatten().collect())
}

/// The changes of one log that are here, in the order of their numbers.
pub(crate) fn of_log(rows: &mut dyn Rows, log_key: i64) -> Outcome<Vec<Change>> {
    let sql =
        format!("SELECT {COLUMNS} {JOINED} WHERE change.log_key = ?1 ORDER BY change.sequence");
    let found = rows.all(&sql, params![log_key], change_of)?;
    Ok(found.into_iter().flatten().collect())
}

/// The changes that wait for something that has not come, oldest first.
pub(crate) fn waiting(rows: &mut dyn Rows, limit: i64) -> Outcome<Vec<Change>> {
    let sql = format!(
        "SELECT {COLUMNS} {JOINED} WHERE change.position IN (SELECT position FROM waiting) \
         ORDER BY change.position LIMIT ?1"
    );
    let found = rows.all(&sql, params![limit], change_of)?;
    Ok(found.into_iter().flatten().collect())
}

/// The newest position a follower could read now.
pub(crate) fn newest(rows: &mut dyn Rows) -> Outcome<Position> {
    newest_where(
        rows,
        "WHERE transaction_id \
           < CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT)",
    )
}

/// The newest position of all that is committed, whether a follower could read it now or only once
/// older transactions have ended.
pub(crate) fn committed(rows: &mut dyn Rows) -> Outcome<Position> {
    newest_where(rows, "")
}

fn newest_where(rows: &mut dyn Rows, on_postgres: &str) -> Outcome<Position> {
    let sql = match rows.dialect() {
        Dialect::Sqlite => "SELECT 0, COALESCE(MAX(position), 0) FROM change".to_owned(),
        Dialect::Postgres => format!(
            "SELECT transaction_id, position FROM change {on_postgres} \
             ORDER BY transaction_id DESC, position DESC LIMIT 1"
        ),
    };
    let newest =
        rows.first(&sql, &[], |row| Position { transaction: row.int(0), number: row.int(1) })?;
    Ok(newest.unwrap_or_default())
}

/// The change of a row of [`COLUMNS`]; none if the row is not one of ours.
pub(crate) fn change_of(row: &dyn Row) -> Option<Change> {
    let scope_kind = u8::try_from(row.int(3)).ok()?;
    Some(Change {
        position: Position { transaction: row.int(10), number: row.int(0) },
        name: ChangeName {
            site: SiteId(row.blob(1).try_into().ok()?),
            epoch: Epoch(u64::from_be_bytes(row.int(2).to_be_bytes())),
            scope: Scope { kind: scope_kind.try_into().ok()?, id: row.id(4) },
            sequence: u64::try_from(row.int(5)).ok()?,
        },
        stamp: Stamp(u64::from_be_bytes(row.int(6).to_be_bytes())),
        author: row.id(7),
        kind: Kind::new(u16::try_from(row.int(8)).ok()?),
        payload: row.blob(9).to_vec(),
    })
}
