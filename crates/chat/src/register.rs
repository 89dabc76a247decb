//! Last-writer-wins registers for fields that both sides of a link may change at once.

use fieldpost_kernel::{Applying, Features, Outcome, Rows, RowsExt, params, stamp_of};
use fieldpost_log::Stamp;
use fieldpost_model::Id;

/// Who last wrote each field of an entity, and what lost against it.
const TABLES: &str = "
CREATE TABLE field_version (
    entity BLOB NOT NULL,
    field TEXT NOT NULL,
    stamp INTEGER NOT NULL,
    site BLOB NOT NULL,
    PRIMARY KEY (entity, field)
);
CREATE TABLE superseded (
    entity BLOB NOT NULL,
    field TEXT NOT NULL,
    stamp INTEGER NOT NULL,
    site BLOB NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (entity, field, stamp, site)
)";

pub(crate) fn register(features: &mut Features) {
    features.tables(TABLES);
}

/// A field, and the values that compete for it.
pub(crate) struct Field<'a> {
    /// Of what.
    pub(crate) entity: Id,
    /// Which.
    pub(crate) name: &'a str,
    /// What stands in the row.
    pub(crate) current: &'a str,
    /// What the change writes.
    pub(crate) written: &'a str,
}

/// The newest stamp by which one of these fields of an entity was written.
pub(crate) fn standing(rows: &mut dyn Rows, entity: Id, fields: &[&str]) -> Outcome<Stamp> {
    let written = rows.all(
        "SELECT stamp, field FROM field_version WHERE entity = ?1",
        params![&entity],
        |row| fields.contains(&row.text(1)).then(|| stamp_of(row.int(0))),
    )?;
    Ok(written.into_iter().flatten().max().unwrap_or_default())
}

/// Whether the change being applied is the field's newest write; the loser is kept.
///
/// The order is total, by `(stamp, site)`, so that every site finds the same winner.
pub(crate) fn wins(cx: &mut Applying<'_>, field: &Field<'_>) -> Outcome<bool> {
    let version = (i64::from_be_bytes(cx.change.stamp.0.to_be_bytes()), cx.change.name.site.0);
    let standing = cx.rows.first(
        "SELECT stamp, site FROM field_version WHERE entity = ?1 AND field = ?2",
        params![&field.entity, field.name],
        |row| (row.int(0), <[u8; 16]>::try_from(row.blob(1)).unwrap_or_default()),
    )?;
    let wins = standing.is_none_or(|standing| standing < version);
    let (loser, value) =
        if wins { (standing, field.current) } else { (Some(version), field.written) };
    if let Some((stamp, site)) = loser
        && field.current != field.written
    {
        cx.rows.execute(
            "INSERT INTO superseded (entity, field, stamp, site, value) \
             VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (entity, field, stamp, site) DO NOTHING",
            params![&field.entity, field.name, stamp, &site, value],
        )?;
    }
    if wins {
        cx.rows.execute(
            "INSERT INTO field_version (entity, field, stamp, site) VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT (entity, field) DO UPDATE SET stamp = excluded.stamp, site = excluded.site",
            params![&field.entity, field.name, version.0, &version.1],
        )?;
    }
    Ok(wins)
}
