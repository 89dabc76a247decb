//! Logs, as a link reads them: this site's own, and those of others that it passes on.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::Arc;

use fieldpost_kernel::{Change, Failure, Kind, Outcome, Position, Row, Rows, RowsExt, params};
use fieldpost_log::{
    Digest, Epoch, Frontier, Held, LogName, Ranges, SaltTree, Scope, SiteId, Stamp, subtree_root,
};
use fieldpost_model::Id;
use fieldpost_replica::DerivedPost;

use crate::passage::ranges_of;

/// A log that is here, or part of it.
#[derive(Debug, Clone)]
pub(crate) struct Log {
    /// Its key in the database.
    pub(crate) key: i64,
    /// Its name.
    pub(crate) name: LogName,
    /// How many changes it has.
    pub(crate) size: u64,
    /// Which of them never leave this site ([`passage`]).
    pub(crate) withheld: Ranges,
    /// What of it is here, if that was looked up and it is another site's, or this site's and was given back
    /// to it in part. Otherwise this site's are here whole.
    pub(crate) held: Option<Arc<Held>>,
}

pub(crate) fn log_of(row: &dyn Row) -> Option<Log> {
    let kind = u8::try_from(row.int(3)).ok()?.try_into().ok()?;
    let name = LogName {
        site: SiteId(row.blob(1).try_into().ok()?),
        epoch: Epoch(u64::from_be_bytes(row.int(2).to_be_bytes())),
        scope: Scope { kind, id: row.id(4) },
    };
    Some(Log {
        key: row.int(0),
        name,
        size: u64::try_from(row.int(5)).ok()?,
        withheld: ranges_of(row.blob(6)),
        held: None,
    })
}

pub(crate) const COLUMNS: &str = "log.key, log.site, log.epoch, scope.kind, scope.id, log.size, \
     (SELECT p.withheld FROM link_passage p WHERE p.log_key = log.key)";

/// Which channels count as shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sharing {
    /// Those that both sides share.
    Mutual,
    /// Those that this side shares, whether or not the other knows it yet.
    Mine,
}

/// The logs of this site that a peer may have: of the channels that are shared and of their teams,
/// of who belongs to those where this side shares all, of conversations with its people, and of the
/// people it was introduced to. Of a conversation nothing goes out before this site's own log says
/// who takes part in it.
/// Nothing of a channel that was moved goes out, should it have been shared in the same moment.
pub(crate) fn shared(
    rows: &mut dyn Rows,
    own: SiteId,
    peer: SiteId,
    sharing: Sharing,
) -> Outcome<Vec<Log>> {
    let (theirs, theirs_direct) = match sharing {
        Sharing::Mutual => ("AND s.theirs = 1", "AND p.theirs_direct = 1"),
        Sharing::Mine => ("", ""),
    };
    let common = format!("FROM link_share s WHERE s.site = ?2 AND s.mine = 1 {theirs}");
    let sql = format!(
        "SELECT {COLUMNS}, log.held FROM scope JOIN log ON log.scope_key = scope.key \
         WHERE log.site = ?1 AND log.size > 0 AND ( \
         (scope.kind = 1 AND scope.id IN (SELECT s.channel {common}) AND NOT EXISTS \
           (SELECT 1 FROM field_version v WHERE v.entity = scope.id AND v.field = 'team')) \
         OR (scope.kind = 2 AND scope.id IN (SELECT s.team {common})) \
         OR (scope.kind = 7 AND scope.id IN (SELECT s.team {common}) \
           AND EXISTS (SELECT 1 FROM link_peer p WHERE p.site = ?2 \
             AND p.share_all = 1)) \
         OR (scope.kind = 4 AND scope.id IN (SELECT c.id FROM channel c \
           WHERE c.across = ?2 AND c.opening > 0) \
           AND EXISTS (SELECT 1 FROM link_peer p WHERE p.site = ?2 \
             AND p.direct = 1 {theirs_direct})) \
         OR (scope.kind = 3 AND scope.id IN \
           (SELECT i.person FROM link_introduced i WHERE i.site = ?2))) ORDER BY log.key"
    );
    let found = rows.all(&sql, params![&own.0, &peer.0], own_log_of)?;
    Ok(found.into_iter().flatten().collect())
}

/// A log with what of it is here, if that is kept: of this site's it is where some was lost.
fn own_log_of(row: &dyn Row) -> Option<Log> {
    let log = log_of(row)?;
    let held = row.blob(7);
    let held = if held.is_empty() { None } else { Some(Arc::new(Held::decode(held).ok()?)) };
    Some(Log { held, ..log })
}

/// The logs of this site of one scope.
pub(crate) fn of_scope(rows: &mut dyn Rows, own: SiteId, scope: Scope) -> Outcome<Vec<Log>> {
    let sql = format!(
        "SELECT {COLUMNS}, log.held FROM scope JOIN log ON log.scope_key = scope.key \
         WHERE scope.kind = ?1 AND scope.id = ?2 AND log.site = ?3 AND log.size > 0 \
         ORDER BY log.key"
    );
    let kind = i64::from(u8::from(scope.kind));
    let found = rows.all(&sql, params![kind, &scope.id, &own.0], own_log_of)?;
    Ok(found.into_iter().flatten().collect())
}

/// A log of this name with what of it is here, if it is known here.
pub(crate) fn named(rows: &mut dyn Rows, name: &LogName) -> Outcome<Option<Log>> {
    let sql = format!(
        "SELECT {COLUMNS}, log.held FROM scope JOIN log ON log.scope_key = scope.key \
         WHERE scope.kind = ?1 AND scope.id = ?2 AND log.site = ?3 AND log.epoch = ?4"
    );
    let kind = i64::from(u8::from(name.scope.kind));
    let epoch = i64::from_be_bytes(name.epoch.0.to_be_bytes());
    let site = &name.site.0;
    Ok(rows.first(&sql, params![kind, &name.scope.id, site, epoch], own_log_of)?.flatten())
}

/// The logs of this site of one scope with what this transaction has written, of which a log's row
/// tells nothing before its end.
pub(crate) fn as_written(rows: &mut dyn Rows, own: SiteId, scope: Scope) -> Outcome<Vec<Log>> {
    let written =
        "(SELECT COALESCE(max(c.sequence) + 1, 0) FROM change c WHERE c.log_key = log.key)";
    let columns = COLUMNS.replace("log.size", written);
    let sql = format!(
        "SELECT {columns} FROM scope JOIN log ON log.scope_key = scope.key \
         WHERE scope.kind = ?1 AND scope.id = ?2 AND log.site = ?3 ORDER BY log.key"
    );
    let kind = i64::from(u8::from(scope.kind));
    let found = rows.all(&sql, params![kind, &scope.id, &own.0], log_of)?;
    Ok(found.into_iter().flatten().collect())
}

/// The key of a log, if it is here.
pub(crate) fn key(rows: &mut dyn Rows, log: &LogName) -> Outcome<Option<i64>> {
    let kind = i64::from(u8::from(log.scope.kind));
    let epoch = i64::from_be_bytes(log.epoch.0.to_be_bytes());
    rows.first(
        "SELECT log.key FROM scope JOIN log ON log.scope_key = scope.key \
         WHERE scope.kind = ?1 AND scope.id = ?2 AND log.site = ?3 AND log.epoch = ?4",
        params![kind, &log.scope.id, &log.site.0, epoch],
        |row| row.int(0),
    )
}

/// The logs of all sites of one scope, as far as they are known here.
pub(crate) fn of_all(rows: &mut dyn Rows, scope: Scope) -> Outcome<Vec<LogName>> {
    let sql = "SELECT log.site, log.epoch FROM scope JOIN log ON log.scope_key = scope.key \
               WHERE scope.kind = ?1 AND scope.id = ?2 ORDER BY log.key";
    let kind = i64::from(u8::from(scope.kind));
    let found = rows.all(sql, params![kind, &scope.id], |row| {
        let site = SiteId(row.blob(0).try_into().ok()?);
        let epoch = Epoch(u64::from_be_bytes(row.int(1).to_be_bytes()));
        Some(LogName { site, epoch, scope })
    })?;
    Ok(found.into_iter().flatten().collect())
}

/// The secret of a log's salts, in the form in which it is disclosed.
pub(crate) fn salts(rows: &mut dyn Rows, log: &Log) -> Outcome<Vec<u8>> {
    let sql = "SELECT salts FROM log WHERE key = ?1";
    rows.first(sql, params![log.key], |row| row.blob(0).to_vec())?
        .filter(|salts| !salts.is_empty())
        .ok_or_else(|| Failure::internal("a log of this site has no salts"))
}

/// The root of a log as it is now, if it has that many changes now.
pub(crate) fn root(rows: &mut dyn Rows, log: &Log, size: u64) -> Outcome<Option<Digest>> {
    let sql = "SELECT frontier FROM log WHERE key = ?1";
    let frontier = rows.first(sql, params![log.key], |row| Frontier::decode(row.blob(0)).ok())?;
    Ok(frontier.flatten().filter(|frontier| frontier.size() == size).map(|f| f.root()))
}

/// Some consecutive changes of a log.
pub(crate) fn changes(rows: &mut dyn Rows, log: &Log, range: &Range<u64>) -> Outcome<Vec<Change>> {
    let found = rows.all(
        "SELECT sequence, stamp, author, kind, payload, position FROM change \
         WHERE log_key = ?1 AND sequence >= ?2 AND sequence < ?3 ORDER BY sequence",
        params![log.key, bound(range.start)?, bound(range.end)?],
        |row| change_of(log, row),
    )?;
    let found: Vec<Change> = found.into_iter().flatten().collect();
    if found.len() as u64 != range.end - range.start {
        return Err(Failure::internal(format!("changes of a log are missing: {:?}", log.name)));
    }
    Ok(found)
}

/// Those of some consecutive changes of a log that are of some kinds.
pub(crate) fn changes_of(
    rows: &mut dyn Rows,
    log: &Log,
    range: &Range<u64>,
    kinds: &[Kind],
) -> Outcome<Vec<Change>> {
    let kinds: Vec<_> = kinds.iter().map(|kind| i64::from(kind.number()).into()).collect();
    let found = rows.all_in(
        "SELECT sequence, stamp, author, kind, payload, position FROM change \
         WHERE log_key = ?1 AND sequence >= ?2 AND sequence < ?3 AND kind IN ({in})",
        params![log.key, bound(range.start)?, bound(range.end)?],
        &kinds,
        |row| change_of(log, row),
    )?;
    Ok(found.into_iter().flatten().collect())
}

fn change_of(log: &Log, row: &dyn Row) -> Option<Change> {
    Some(Change {
        position: Position { transaction: 0, number: row.int(5) },
        name: log.name.change(u64::try_from(row.int(0)).ok()?),
        stamp: Stamp(u64::from_be_bytes(row.int(1).to_be_bytes())),
        author: row.id(2),
        kind: Kind::new(u16::try_from(row.int(3)).ok()?),
        payload: row.blob(4).to_vec(),
    })
}

/// A place in a log, as the database counts.
fn bound(n: u64) -> Outcome<i64> {
    i64::try_from(n).map_err(Failure::internal)
}

/// When a change of a log was written; the earliest time there is, if it is not there.
pub(crate) fn stamp(rows: &mut dyn Rows, log: &Log, sequence: u64) -> Outcome<Stamp> {
    let sequence = bound(sequence)?;
    let sql = "SELECT stamp FROM change WHERE log_key = ?1 AND sequence = ?2";
    let stamp = rows.first(sql, params![log.key, sequence], |row| row.int(0))?;
    Ok(Stamp(u64::from_be_bytes(stamp.unwrap_or_default().to_be_bytes())))
}

/// How many bytes the contents of some changes of a log have.
pub(crate) fn bytes(rows: &mut dyn Rows, log: &Log, ranges: &Ranges) -> Outcome<i64> {
    let mut total = 0;
    for range in ranges.iter() {
        total += rows.count(
            "SELECT CAST(COALESCE(sum(length(payload)), 0) AS BIGINT) FROM change \
             WHERE log_key = ?1 AND sequence >= ?2 AND sequence < ?3",
            params![log.key, bound(range.start)?, bound(range.end)?],
        )?;
    }
    Ok(total)
}

/// How many bytes the content of each of some changes of a log has.
pub(crate) fn bytes_of_each(
    rows: &mut dyn Rows,
    log: &Log,
    ranges: &Ranges,
) -> Outcome<Vec<(u64, u64)>> {
    let mut sequences = Vec::new();
    for sequence in ranges.iter().flatten() {
        sequences.push(bound(sequence)?.into());
    }
    rows.all_in(
        "SELECT sequence, CAST(length(payload) AS BIGINT) FROM change \
         WHERE log_key = ?1 AND sequence IN ({in})",
        params![log.key],
        &sequences,
        |row| (row.int(0).unsigned_abs(), row.int(1).unsigned_abs()),
    )
}

/// Where in a log some posts were made; nothing of those that are not here, or were made elsewhere.
pub(crate) fn makings(rows: &mut dyn Rows, log: &Log, posts: &[Id]) -> Outcome<HashMap<Id, u64>> {
    let list: Vec<_> = posts.iter().map(Into::into).collect();
    let found = rows.all_in(
        "SELECT post.id, change.sequence FROM post JOIN change ON change.position = post.position \
         WHERE change.log_key = ?1 AND post.id IN ({in})",
        params![log.key],
        &list,
        |row| (row.id(0), row.int(1).unsigned_abs()),
    )?;
    Ok(found.into_iter().collect())
}

/// The change that made a post, if the post is here.
pub(crate) fn maker(rows: &mut dyn Rows, post: Id) -> Outcome<Option<DerivedPost>> {
    let found = rows.first(
        "SELECT log.site, log.epoch, scope.kind, scope.id, change.sequence FROM post \
         JOIN change ON change.position = post.position JOIN log ON log.key = change.log_key \
         JOIN scope ON scope.key = log.scope_key WHERE post.id = ?1",
        params![&post],
        |row| {
            let kind = u8::try_from(row.int(2)).ok()?.try_into().ok()?;
            let log = LogName {
                site: SiteId(row.blob(0).try_into().ok()?),
                epoch: Epoch(u64::from_be_bytes(row.int(1).to_be_bytes())),
                scope: Scope { kind, id: row.id(3) },
            };
            Some(DerivedPost { log, sequence: u64::try_from(row.int(4)).ok()? })
        },
    )?;
    Ok(found.flatten())
}

/// The leaves of some consecutive changes of a log.
pub(crate) fn leaves(
    rows: &mut dyn Rows,
    log: &Log,
    range: &Range<u64>,
    tree: &mut SaltTree,
) -> Outcome<Vec<Digest>> {
    let changes = changes(rows, log, range)?.into_iter();
    let leaves: Option<Vec<Digest>> = changes.map(|change| change.leaf(tree)).collect();
    leaves.ok_or_else(|| Failure::internal("a salt was erased"))
}

/// The names of this site's logs, by their keys, and what is here of them.
pub(crate) fn names(rows: &mut dyn Rows, own: SiteId) -> Outcome<HashMap<i64, (LogName, Ranges)>> {
    let found = rows.all(
        "SELECT log.key, log.epoch, scope.kind, scope.id, log.size, log.held FROM log \
         JOIN scope ON scope.key = log.scope_key WHERE log.site = ?1",
        params![&own.0],
        |row| {
            let kind = u8::try_from(row.int(2)).ok()?.try_into().ok()?;
            let epoch = Epoch(u64::from_be_bytes(row.int(1).to_be_bytes()));
            let scope = Scope { kind, id: row.id(3) };
            let here = match row.blob(5) {
                [] => std::iter::once(0..u64::try_from(row.int(4)).ok()?).collect(),
                held => Held::decode(held).ok()?.ranges(),
            };
            Some((row.int(0), (LogName { site: own, epoch, scope }, here)))
        },
    )?;
    Ok(found.into_iter().flatten().collect())
}

/// The keys of this site's logs, by their scopes and epochs.
pub(crate) fn keys(rows: &mut dyn Rows, own: SiteId) -> Outcome<HashMap<(Scope, u64), i64>> {
    let names = names(rows, own)?.into_iter();
    Ok(names.map(|(key, (name, _))| ((name.scope, name.epoch.0), key)).collect())
}

/// The leaves of a log up to some size, as far as they are here: what proofs of its parts are made of.
#[derive(Debug, Default)]
pub(crate) struct Leaves {
    leaves: Vec<Digest>,
    /// Which of them were computed.
    known: Ranges,
    /// The subtrees of which only the hash is here: by their start, their height and hash.
    holes: BTreeMap<u64, (u8, Digest)>,
}

/// Changes whose leaves are computed in one go.
const SLICE: u64 = 4096;

impl Leaves {
    /// Computes the leaves up to a size that are here, as far as they were not computed yet.
    pub(crate) fn reach(&mut self, rows: &mut dyn Rows, log: &Log, size: u64) -> Outcome<()> {
        let mut wanted: Ranges = std::iter::once(0..size).collect();
        if let Some(held) = &log.held {
            self.holes = held.holes().map(|(at, root)| (at.start, (at.height, root))).collect();
            wanted = both(&wanted, &held.ranges());
        }
        let missing = wanted.minus(&self.known);
        if missing.is_empty() {
            return Ok(());
        }
        let mut tree = SaltTree::decode_secret(&salts(rows, log)?)
            .map_err(|e| Failure::internal(format!("a log's salts are damaged: {e}")))?;
        for range in missing.iter() {
            let mut next = range.start;
            while next < range.end {
                let until = range.end.min(next + SLICE);
                let new = leaves(rows, log, &(next..until), &mut tree)?;
                let (start, end) = (place(next)?, place(until)?);
                if self.leaves.len() < end {
                    self.leaves.resize(end, Digest::from_bytes([0; 32]));
                }
                self.leaves[start..end].copy_from_slice(&new);
                self.known.insert(next..until);
                next = until;
            }
        }
        Ok(())
    }

    /// The root of the complete subtree over `2^height` leaves from `start`; none if too little of it is
    /// here.
    pub(crate) fn subtree(&self, start: u64, height: u8) -> Option<Digest> {
        let end = start.checked_add(1 << height)?;
        let all: Ranges = std::iter::once(start..end).collect();
        if all.minus(&self.known).is_empty() {
            return subtree_root(self.leaves.get(place(start).ok()?..place(end).ok()?)?);
        }
        match self.holes.get(&start) {
            Some((hole, root)) if *hole == height => return Some(*root),
            Some((hole, _)) if *hole > height => return None,
            _ => {}
        }
        let half = height.checked_sub(1)?;
        let (left, right) = (self.subtree(start, half)?, self.subtree(start + (1 << half), half)?);
        subtree_root(&[left, right])
    }

    /// The root of the log when it had `size` leaves, if all of them are here.
    pub(crate) fn root(&self, size: u64) -> Option<Digest> {
        let all: Ranges = std::iter::once(0..size).collect();
        if !all.minus(&self.known).is_empty() {
            return None;
        }
        let mut frontier = Frontier::new();
        for leaf in self.leaves.get(..usize::try_from(size).ok()?)? {
            frontier.append(*leaf).ok()?;
        }
        Some(frontier.root())
    }
}

fn place(sequence: u64) -> Outcome<usize> {
    usize::try_from(sequence).map_err(Failure::internal)
}

/// What is in both of two sets.
pub(crate) fn both(one: &Ranges, other: &Ranges) -> Ranges {
    one.minus(&one.minus(other))
}
