//! This site's own logs, as a link reads them.

use std::ops::Range;

use fieldpost_kernel::{Change, Failure, Kind, Outcome, Position, Row, Rows, RowsExt, params};
use fieldpost_log::{
    Digest, Epoch, Frontier, LogName, Ranges, SaltTree, Scope, SiteId, Stamp, subtree_root,
};
use fieldpost_model::Id;
use fieldpost_replica::DerivedPost;

/// A log of this site's.
#[derive(Debug, Clone)]
pub(crate) struct OwnLog {
    /// Its key in the database.
    pub(crate) key: i64,
    /// Its name.
    pub(crate) name: LogName,
    /// How many changes it has.
    pub(crate) size: u64,
}

fn log_of(row: &dyn Row) -> Option<OwnLog> {
    let kind = u8::try_from(row.int(3)).ok()?.try_into().ok()?;
    let name = LogName {
        site: SiteId(row.blob(1).try_into().ok()?),
        epoch: Epoch(u64::from_be_bytes(row.int(2).to_be_bytes())),
        scope: Scope { kind, id: row.id(4) },
    };
    Some(OwnLog { key: row.int(0), name, size: u64::try_from(row.int(5)).ok()? })
}

const COLUMNS: &str = "log.key, log.site, log.epoch, scope.kind, scope.id, log.size";

/// Which channels count as shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sharing {
    /// Those that both sides share.
    Mutual,
    /// Those that this side shares, whether or not the other knows it yet.
    Mine,
}

/// The logs of this site that a peer may have: of the channels that are shared and of their teams,
/// of who belongs to those where this side shares all, and of the people it was introduced to.
/// Nothing of a channel that was moved goes out, should it have been shared in the same moment.
pub(crate) fn shared(
    rows: &mut dyn Rows,
    own: SiteId,
    peer: SiteId,
    sharing: Sharing,
) -> Outcome<Vec<OwnLog>> {
    let theirs = if sharing == Sharing::Mutual { "AND s.theirs = 1" } else { "" };
    let common = format!("FROM link_share s WHERE s.site = ?2 AND s.mine = 1 {theirs}");
    let sql = format!(
        "SELECT {COLUMNS} FROM scope JOIN log ON log.scope_key = scope.key \
         WHERE log.site = ?1 AND log.size > 0 AND ( \
         (scope.kind = 1 AND scope.id IN (SELECT s.channel {common}) AND NOT EXISTS \
           (SELECT 1 FROM field_version v WHERE v.entity = scope.id AND v.field = 'team')) \
         OR (scope.kind = 2 AND scope.id IN (SELECT s.team {common})) \
         OR (scope.kind = 7 AND scope.id IN (SELECT s.team {common}) \
           AND EXISTS (SELECT 1 FROM link_peer p WHERE p.site = ?2 \
             AND p.share_all = 1)) \
         OR (scope.kind = 3 AND scope.id IN \
           (SELECT i.person FROM link_introduced i WHERE i.site = ?2))) ORDER BY log.key"
    );
    let found = rows.all(&sql, params![&own.0, &peer.0], log_of)?;
    Ok(found.into_iter().flatten().collect())
}

/// The logs of this site of one scope.
pub(crate) fn of_scope(rows: &mut dyn Rows, own: SiteId, scope: Scope) -> Outcome<Vec<OwnLog>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM scope JOIN log ON log.scope_key = scope.key \
         WHERE scope.kind = ?1 AND scope.id = ?2 AND log.site = ?3 AND log.size > 0 \
         ORDER BY log.key"
    );
    let kind = i64::from(u8::from(scope.kind));
    let found = rows.all(&sql, params![kind, &scope.id, &own.0], log_of)?;
    Ok(found.into_iter().flatten().collect())
}

/// The secret of a log's salts, in the form in which it is disclosed.
pub(crate) fn salts(rows: &mut dyn Rows, log: &OwnLog) -> Outcome<Vec<u8>> {
    let sql = "SELECT salts FROM log WHERE key = ?1";
    rows.first(sql, params![log.key], |row| row.blob(0).to_vec())?
        .filter(|salts| !salts.is_empty())
        .ok_or_else(|| Failure::internal("a log of this site has no salts"))
}

/// The root of a log as it is now, if it has that many changes now.
pub(crate) fn root(rows: &mut dyn Rows, log: &OwnLog, size: u64) -> Outcome<Option<Digest>> {
    let sql = "SELECT frontier FROM log WHERE key = ?1";
    let frontier = rows.first(sql, params![log.key], |row| Frontier::decode(row.blob(0)).ok())?;
    Ok(frontier.flatten().filter(|frontier| frontier.size() == size).map(|f| f.root()))
}

/// Some consecutive changes of a log.
pub(crate) fn changes(
    rows: &mut dyn Rows,
    log: &OwnLog,
    range: &Range<u64>,
) -> Outcome<Vec<Change>> {
    let bound = |n: u64| i64::try_from(n).map_err(Failure::internal);
    let found = rows.all(
        "SELECT sequence, stamp, author, kind, payload, position FROM change \
         WHERE log_key = ?1 AND sequence >= ?2 AND sequence < ?3 ORDER BY sequence",
        params![log.key, bound(range.start)?, bound(range.end)?],
        |row| {
            Some(Change {
                position: Position { transaction: 0, number: row.int(5) },
                name: log.name.change(u64::try_from(row.int(0)).ok()?),
                stamp: Stamp(u64::from_be_bytes(row.int(1).to_be_bytes())),
                author: row.id(2),
                kind: Kind::new(u16::try_from(row.int(3)).ok()?),
                payload: row.blob(4).to_vec(),
            })
        },
    )?;
    let found: Vec<Change> = found.into_iter().flatten().collect();
    if found.len() as u64 != range.end - range.start {
        return Err(Failure::internal(format!("changes of a log are missing: {:?}", log.name)));
    }
    Ok(found)
}

/// When a change of a log was written; the earliest time there is, if it is not there.
pub(crate) fn stamp(rows: &mut dyn Rows, log: &OwnLog, sequence: u64) -> Outcome<Stamp> {
    let sequence = i64::try_from(sequence).map_err(Failure::internal)?;
    let sql = "SELECT stamp FROM change WHERE log_key = ?1 AND sequence = ?2";
    let stamp = rows.first(sql, params![log.key, sequence], |row| row.int(0))?;
    Ok(Stamp(u64::from_be_bytes(stamp.unwrap_or_default().to_be_bytes())))
}

/// How many bytes the contents of some changes of a log have.
pub(crate) fn bytes(rows: &mut dyn Rows, log: &OwnLog, ranges: &Ranges) -> Outcome<i64> {
    let bound = |n: u64| i64::try_from(n).map_err(Failure::internal);
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

/// Every leaf of a log up to some size: what proofs of its parts are made of.
#[derive(Debug, Default)]
pub(crate) struct Leaves(Vec<Digest>);

/// Changes whose leaves are computed in one go.
const SLICE: u64 = 4096;

impl Leaves {
    /// Computes the leaves up to a size, as far as they are not here yet.
    pub(crate) fn reach(&mut self, rows: &mut dyn Rows, log: &OwnLog, size: u64) -> Outcome<()> {
        let here = self.0.len() as u64;
        if here >= size {
            return Ok(());
        }
        let mut tree = SaltTree::decode_secret(&salts(rows, log)?)
            .map_err(|e| Failure::internal(format!("a log's salts are damaged: {e}")))?;
        let mut next = here;
        while next < size {
            let until = size.min(next + SLICE);
            for change in changes(rows, log, &(next..until))? {
                let leaf = change.leaf(&mut tree);
                self.0.push(leaf.ok_or_else(|| Failure::internal("a salt was erased"))?);
            }
            next = until;
        }
        Ok(())
    }

    /// The root of the complete subtree over `2^height` leaves from `start`.
    pub(crate) fn subtree(&self, start: u64, height: u8) -> Option<Digest> {
        let start = usize::try_from(start).ok()?;
        let end = start.checked_add(1 << height)?;
        subtree_root(self.0.get(start..end)?)
    }

    /// The root of the log when it had `size` leaves.
    pub(crate) fn root(&self, size: u64) -> Option<Digest> {
        let mut frontier = Frontier::new();
        for leaf in self.0.get(..usize::try_from(size).ok()?)? {
            frontier.append(*leaf).ok()?;
        }
        Some(frontier.root())
    }
}
