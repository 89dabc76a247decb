//! What has left this site, and what never will.
//!
//! Before anything is sent it is noted here that it goes, in the transaction in which it is looked
//! whether it may; and what is withdrawn is looked up and noted in one transaction, too. Both touch
//! the row of the log first. So nothing is both withdrawn and sent, whoever comes first, and however
//! a site ends in between.
//!
//! A change that is withheld stays in the log: its leaf is committed to like any other. Whoever gets
//! what stands around it gets the hash of the leaf in its place.

use std::ops::Range;

use fieldpost_kernel::{
    Applied, Applying, Body, Failure, Features, Kind, Outcome, Rows, RowsExt, Work, params,
};
use fieldpost_log::{Ranges, Scope, ScopeKind};
use serde::{Deserialize, Serialize};

/// Of each log of this site's: which of its changes were put on their way to whatever other site,
/// and which are never to be.
const TABLES: &str = "
CREATE TABLE link_passage (
    log_key INTEGER PRIMARY KEY,
    gone BLOB NOT NULL,
    withheld BLOB NOT NULL
)";

/// Some changes of a log of this site's are to leave it never. The author is whoever withdrew them;
/// the scope that of this site, with the id of the scope concerned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ChangesWithheld {
    /// The scope of the log.
    pub(crate) of: Scope,
    /// Its epoch.
    pub(crate) epoch: u64,
    /// Which of its changes: the first, and the one after the last, of each run of them.
    pub(crate) changes: Vec<(u64, u64)>,
}

impl Body for ChangesWithheld {
    const KIND: Kind = Kind::new(0x0873);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

pub(crate) fn register(features: &mut Features) {
    features.tables(TABLES);
    features.on(apply_withheld);
}

fn apply_withheld(said: &ChangesWithheld, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let key = cx.rows.first(
        "SELECT log.key FROM log JOIN scope ON scope.key = log.scope_key \
         WHERE scope.kind = ?1 AND scope.id = ?2 AND log.site = ?3 AND log.epoch = ?4",
        params![
            i64::from(u8::from(said.of.kind)),
            &said.of.id,
            &cx.change.name.site.0,
            i64::from_be_bytes(said.epoch.to_be_bytes()),
        ],
        |row| row.int(0),
    )?;
    let Some(key) = key else { return Ok(Applied::Done) };
    let sql = "SELECT withheld FROM link_passage WHERE log_key = ?1";
    let known = cx.rows.first(sql, params![key], |row| ranges_of(row.blob(0)))?;
    let mut withheld = known.unwrap_or_default();
    said.changes.iter().for_each(|(first, end)| withheld.insert(*first..*end));
    cx.rows.execute(
        "INSERT INTO link_passage (log_key, gone, withheld) VALUES (?1, ?2, ?3) \
         ON CONFLICT (log_key) DO UPDATE SET withheld = excluded.withheld",
        params![key, &bytes_of(&Ranges::default())?, &bytes_of(&withheld)?],
    )?;
    Ok(Applied::Done)
}

/// Which changes leave this site with a parcel.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Passing(Vec<(i64, Range<u64>)>);

impl Passing {
    pub(crate) fn of(sent: impl Iterator<Item = (i64, Range<u64>)>) -> Self {
        let mut logs: Vec<_> = sent.collect();
        // Two that touch the same rows wait for each other, in this order.
        logs.sort_unstable_by_key(|(log, range)| (*log, range.start));
        Self(logs)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (i64, Range<u64>)> {
        self.0.iter().cloned()
    }
}

/// What has left of a log, and what never will.
#[derive(Debug, Default)]
pub(crate) struct Passage {
    pub(crate) gone: Ranges,
    pub(crate) withheld: Ranges,
}

/// What is noted of a log. Until the transaction ends nobody else reads it this way.
pub(crate) fn hold(work: &mut Work<'_>, log: i64) -> Outcome<Passage> {
    let none = bytes_of(&Ranges::default())?;
    let found = work.first(
        "INSERT INTO link_passage (log_key, gone, withheld) VALUES (?1, ?2, ?2) \
         ON CONFLICT (log_key) DO UPDATE SET gone = link_passage.gone RETURNING gone, withheld",
        params![log, &none],
        |row| Passage { gone: ranges_of(row.blob(0)), withheld: ranges_of(row.blob(1)) },
    )?;
    Ok(found.unwrap_or_default())
}

/// Notes that changes are on their way from now on, whether they arrive or not. Gives whether they
/// may be: if one of them was withdrawn meanwhile, nothing is noted, and nothing may be sent.
pub fn let_out(work: &mut Work<'_>, passing: &Passing) -> Outcome<bool> {
    let mut leaving = Vec::new();
    for log in passing.0.chunk_by(|one, other| one.0 == other.0) {
        let Some((key, _)) = log.first() else { continue };
        let Passage { mut gone, withheld } = hold(work, *key)?;
        let parts: Ranges = log.iter().map(|(_, range)| range.clone()).collect();
        if parts.minus(&withheld) != parts {
            return Ok(false);
        }
        gone.merge(&parts);
        leaving.push((*key, gone));
    }
    for (key, gone) in leaving {
        let sql = "UPDATE link_passage SET gone = ?2 WHERE log_key = ?1";
        work.execute(sql, params![key, &bytes_of(&gone)?])?;
    }
    Ok(true)
}

pub(crate) fn pairs_of(ranges: &Ranges) -> Vec<(u64, u64)> {
    ranges.iter().map(|range| (range.start, range.end)).collect()
}

pub(crate) fn bytes_of(ranges: &Ranges) -> Outcome<Vec<u8>> {
    postcard::to_stdvec(&pairs_of(ranges)).map_err(Failure::internal)
}

pub(crate) fn ranges_of(bytes: &[u8]) -> Ranges {
    let pairs: Vec<(u64, u64)> = postcard::from_bytes(bytes).unwrap_or_default();
    pairs.into_iter().map(|(start, end)| start..end).collect()
}

#[cfg(test)]
mod tests {
    use fieldpost_model::Id;

    use super::*;

    /// It is stored: if this fails, the code is wrong.
    #[test]
    fn the_form_on_the_log() {
        assert_eq!(ChangesWithheld::KIND, Kind::new(0x0873));
        let of = Scope::new(ScopeKind::Channel, Id::from_bytes([7; 16]));
        let body = ChangesWithheld { of, epoch: 300, changes: vec![(5, 6), (9, 200)] };
        let mut literal = vec![1];
        literal.extend([7; 16]);
        literal.extend([0xac, 0x02, 2, 5, 6, 9, 0xc8, 0x01]);
        assert_eq!(postcard::to_stdvec(&body).unwrap(), literal);
    }

    #[test]
    fn of_a_log_nothing_is_known_at_first_and_ranges_come_back_as_they_were() {
        let ranges: Ranges = [3..5, 9..10].into_iter().collect();
        assert_eq!(ranges_of(&bytes_of(&ranges).unwrap()), ranges);
        assert_eq!(ranges_of(&[]), Ranges::default());
    }
}
