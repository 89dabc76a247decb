//! The record by which the site that made a channel says who writes in it, and its rows.

use fieldpost_kernel::{
    Applied, Applying, Body, Change, Failure, Features, Kind, Outcome, Rows, RowsExt, params,
};
use fieldpost_log::{ScopeKind, Stamp};
use fieldpost_model::Id;
use serde::{Deserialize, Serialize};

use crate::ShowChannel;

/// `maker` is the site that made the channel, which alone may say who writes there, and `said` the
/// content of what it said last, at `stamp`. `named` says that it named some, and not all; `reads`
/// that this site is none of them.
const TABLES: &str = "
CREATE TABLE link_writers (
    channel BLOB PRIMARY KEY,
    maker BLOB NOT NULL,
    said BLOB NOT NULL,
    stamp INTEGER NOT NULL,
    named INTEGER NOT NULL,
    reads INTEGER NOT NULL
)";

/// The most sites, and the most logs, that are named.
const MOST: usize = 1 << 14;

/// From now on these sites write in the channel, and all others only read it. Only the site that made
/// the channel can say so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WritersSet {
    /// The sites that write, beside the one that made the channel; none if all do.
    pub(super) writers: Option<Vec<Id>>,
    /// Up to where logs of those who only read count as those of writers.
    pub(super) until: Vec<Until>,
}

/// Up to where a log counts as that of a writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Until {
    /// The log's site.
    pub(super) site: Id,
    /// Its epoch.
    pub(super) epoch: u64,
    /// How many of its changes.
    pub(super) size: u64,
}

impl Body for WritersSet {
    const KIND: Kind = Kind::new(0x0880);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Channel];

    fn fits(&self) -> bool {
        self.writers.as_ref().is_none_or(|writers| writers.len() <= MOST)
            && self.until.len() <= MOST
    }
}

pub(crate) fn register(features: &mut Features, show_channel: ShowChannel) {
    features.tables(TABLES);
    features.on(apply_writers);
    features.replaces(|_: &WritersSet, scope, rows| {
        let sql = "SELECT stamp FROM link_writers WHERE channel = ?1";
        let stamp = rows.first(sql, params![&scope.id], |row| row.int(0))?;
        Ok(Stamp(u64::from_be_bytes(stamp.unwrap_or_default().to_be_bytes())))
    });
    features.show(move |_: &WritersSet, change: &Change, rows| {
        show_channel(rows, change.name.scope.id)
    });
    super::guarded(features);
}

fn apply_writers(said: &WritersSet, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let channel = cx.change.name.scope.id;
    let sql = "SELECT home FROM channel WHERE id = ?1";
    let Some(maker) = cx.rows.first(sql, params![&channel], |row| row.id(0))? else {
        return Ok(Applied::Waits(channel));
    };
    if maker.as_bytes() != &cx.change.name.site.0 {
        return Ok(Applied::Done);
    }
    let own = Id::from_bytes(cx.site.0);
    let is_named = |writers: &Vec<Id>| own == maker || writers.contains(&own);
    let reads = !said.writers.as_ref().is_none_or(is_named);
    let before = canonical(cx.rows, channel)?;
    cx.rows.execute(
        "INSERT INTO link_writers (channel, maker, said, stamp, named, reads) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
         ON CONFLICT (channel) DO UPDATE SET maker = excluded.maker, said = excluded.said, \
         stamp = excluded.stamp, named = excluded.named, reads = excluded.reads \
         WHERE excluded.stamp > link_writers.stamp",
        params![
            &channel,
            &maker,
            &postcard::to_stdvec(said).map_err(Failure::internal)?,
            i64::from_be_bytes(cx.change.stamp.0.to_be_bytes()),
            said.writers.is_some(),
            reads,
        ],
    )?;
    let after = canonical(cx.rows, channel)?;
    cx.hash.replace(before, after);
    Ok(Applied::Done)
}

/// The channel's element of the state, if not everybody writes there.
fn canonical(rows: &mut dyn Rows, channel: Id) -> Outcome<Option<Vec<u8>>> {
    let sql = "SELECT said FROM link_writers WHERE channel = ?1 AND named = 1";
    rows.first(sql, params![&channel], |row| {
        postcard::to_stdvec(&("channel writers", channel, row.blob(0))).unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// It is stored, and it crosses links: if this fails, the code is wrong.
    #[test]
    fn the_form_on_the_log() {
        assert_eq!(WritersSet::KIND, Kind::new(0x0880));
        let all = WritersSet { writers: None, until: Vec::new() };
        assert_eq!(postcard::to_stdvec(&all).unwrap(), [0, 0]);
        let until = Until { site: Id::from_bytes([9; 16]), epoch: 300, size: 5 };
        let some = WritersSet { writers: Some(vec![Id::from_bytes([7; 16])]), until: vec![until] };
        let literal = [&[1, 1][..], &[7; 16], &[1], &[9; 16], &[0xac, 0x02, 5]].concat();
        assert_eq!(postcard::to_stdvec(&some).unwrap(), literal);
        assert_eq!(postcard::from_bytes::<WritersSet>(&literal), Ok(some));
    }
}
