//! Passing on what other sites have written, to peers that share it.
//!
//! A site cannot sign for another. So it keeps what each has signed last of each of its logs, with every
//! head that the signature is over, and gives that along: the receiver proves what was passed on just as
//! if it had come from its writer.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use fieldpost_kernel::{Dialect, Failure, Outcome, Row, Rows, RowsExt, Work, params};
use fieldpost_log::{Digest, Epoch, Head, Held, LogName, Scope, ScopeKind, SiteId};
use fieldpost_model::Id;
use fieldpost_replica::{Frame, HeldLog, Run, Vouched, Voucher};

use crate::incoming::Signings;
use crate::logs::{self, Log};
use crate::outgoing::Draft;

/// A signature over heads of one site's logs, which was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Statement {
    pub(crate) signature: Vec<u8>,
    pub(crate) heads: Vec<Head>,
}

/// Keeps what a site has signed of some of its logs: of each up to where, and with which of the
/// statements. What was signed of less than before is passed over.
pub(crate) fn keep(work: &mut Work<'_>, statements: &[Statement], logs: &Signings) -> Outcome<()> {
    if logs.is_empty() {
        return Ok(());
    }
    let moved = work.count("SELECT COALESCE(max(moved), 0) + 1 FROM link_voucher", &[])?;
    for statement in statements {
        work.execute(
            "INSERT INTO link_statement (signature, heads) VALUES (?1, ?2) \
             ON CONFLICT (signature) DO UPDATE SET heads = excluded.heads",
            params![&statement.signature, &bytes_of(&statement.heads)],
        )?;
    }
    for (name, (size, statement)) in logs {
        let Some(statement) = statements.get(*statement) else { continue };
        let Some(key) = logs::key(work, name)? else { continue };
        let size = i64::try_from(*size).map_err(Failure::internal)?;
        let known = work.first(
            "SELECT size, signature FROM link_voucher WHERE log_key = ?1",
            params![key],
            |row| (row.int(0), row.blob(1).to_vec()),
        )?;
        let (size, signature) = match &known {
            Some((known, signature)) if *known >= size => (*known, signature),
            _ => (size, &statement.signature),
        };
        let replaced = known.as_ref().map(|known| &known.1).filter(|known| *known != signature);
        work.execute(
            "INSERT INTO link_voucher (log_key, size, signature, moved) VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT (log_key) DO UPDATE SET size = excluded.size, \
             signature = excluded.signature, moved = excluded.moved",
            params![key, size, signature, moved],
        )?;
        if let Some(before) = replaced {
            forget_unused(work, before)?;
        }
    }
    for statement in statements {
        forget_unused(work, &statement.signature)?;
    }
    Ok(())
}

fn forget_unused(work: &mut Work<'_>, signature: &[u8]) -> Outcome<()> {
    if work.dialect() == Dialect::Postgres {
        // Another server may be about to use it; whether it does is seen once it has said so.
        let alone = "SELECT 1 FROM link_statement WHERE signature = ?1 FOR UPDATE";
        work.first(alone, params![signature], |_| ())?;
    }
    work.execute(
        "DELETE FROM link_statement WHERE signature = ?1 \
         AND NOT EXISTS (SELECT 1 FROM link_voucher v WHERE v.signature = ?1)",
        params![signature],
    )?;
    Ok(())
}

/// Notes that more of some logs is here, though they did not grow.
pub(crate) fn note_moved(work: &mut Work<'_>, logs: &[LogName]) -> Outcome<()> {
    if logs.is_empty() {
        return Ok(());
    }
    let moved = work.count("SELECT COALESCE(max(moved), 0) + 1 FROM link_voucher", &[])?;
    for name in logs {
        if let Some(key) = logs::key(work, name)? {
            let sql = "UPDATE link_voucher SET moved = ?2 WHERE log_key = ?1";
            work.execute(sql, params![key, moved])?;
        }
    }
    Ok(())
}

fn bytes_of(heads: &[Head]) -> Vec<u8> {
    heads.iter().flat_map(Head::to_bytes).collect()
}

/// The most bytes of what others have signed in one batch: its frame has an end.
const MOST_BYTES: usize = 1 << 20;

/// Whether what was signed of a log has room in a batch, in which it is from then on.
pub(crate) fn vouch(rows: &mut dyn Rows, key: i64, draft: &mut Draft) -> Outcome<bool> {
    let found = rows.first(
        "SELECT s.signature, length(s.heads) FROM link_voucher v \
         JOIN link_statement s ON s.signature = v.signature WHERE v.log_key = ?1",
        params![key],
        |row| (row.blob(0).to_vec(), usize::try_from(row.int(1)).unwrap_or(usize::MAX)),
    )?;
    let Some((signature, bytes)) = found else { return Ok(false) };
    if draft.vouchers.contains(&signature) {
        return Ok(true);
    }
    if draft.vouched.saturating_add(bytes) > MOST_BYTES {
        return Ok(false);
    }
    draft.vouched += bytes;
    draft.vouchers.insert(signature);
    Ok(true)
}

/// What the writers have signed of the logs that some runs of a batch lead to the end of: the places of
/// those runs, with the keys of their logs and the roots to which they lead.
pub(crate) fn vouchers(
    rows: &mut dyn Rows,
    runs: &[Run],
    relayed: &[(usize, i64, Digest)],
) -> Outcome<Vec<Voucher>> {
    let mut ends: HashMap<(LogName, u64), (u32, Digest)> = HashMap::new();
    let mut statements: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
    for (place, key, root) in relayed {
        let run = runs.get(*place).ok_or_else(|| Failure::internal("a run that is not there"))?;
        let end = run.first + run.entries.len() as u64;
        let at = u32::try_from(*place).map_err(Failure::internal)?;
        ends.insert((run.log, end), (at, *root));
        let found = rows.first(
            "SELECT s.signature, s.heads FROM link_voucher v \
             JOIN link_statement s ON s.signature = v.signature WHERE v.log_key = ?1",
            params![*key],
            |row| (row.blob(0).to_vec(), row.blob(1).to_vec()),
        )?;
        let (signature, heads) =
            found.ok_or_else(|| Failure::internal("a log for which nobody vouches"))?;
        statements.insert(signature, heads);
    }
    let mut vouchers = Vec::with_capacity(statements.len());
    for (signature, heads) in statements {
        let mut vouched = Vec::with_capacity(heads.len() / Head::BYTES);
        for bytes in heads.chunks(Head::BYTES) {
            let head = Head::from_bytes(bytes).map_err(Failure::internal)?;
            let Head { site, epoch, scope, size, root } = head;
            // A site may have signed two histories.
            vouched.push(match ends.get(&(LogName { site, epoch, scope }, size)) {
                Some((place, led_to)) if *led_to == root => Vouched::Run(*place),
                _ => Vouched::Other(bytes.to_vec()),
            });
        }
        vouchers.push(Voucher { signature, heads: vouched });
    }
    Ok(vouchers)
}

/// Which logs of other sites pass between this site and a peer (its second parameter), but for who they
/// are of.
const PASSES: &str = "(scope.kind IN (2, 7) AND scope.id IN (SELECT s.team FROM link_share s \
      WHERE s.site = ?2 AND s.mine = 1 AND s.theirs = 1) \
    OR scope.kind = 1 AND scope.id IN (SELECT s.channel FROM link_share s \
      WHERE s.site = ?2 AND s.mine = 1 AND s.theirs = 1))";

/// What is held here of another site's logs that pass between this site and a peer, and of the profiles
/// of its people.
pub(crate) fn held_of(rows: &mut dyn Rows, peer: SiteId, site: SiteId) -> Outcome<Vec<HeldLog>> {
    let log_of = |row: &dyn Row| {
        let kind = u8::try_from(row.int(0)).ok()?.try_into().ok()?;
        let scope = Scope { kind, id: row.id(1) };
        let epoch = Epoch(u64::from_be_bytes(row.int(2).to_be_bytes()));
        Some(HeldLog::new(scope, epoch, &Held::decode(row.blob(3)).ok()?.ranges()))
    };
    let sql = format!(
        "SELECT scope.kind, scope.id, log.epoch, log.held FROM log \
         JOIN scope ON scope.key = log.scope_key \
         WHERE log.site = ?1 AND log.held IS NOT NULL AND (scope.kind = 3 OR {PASSES})"
    );
    let found = rows.all(&sql, params![&site.0, &peer.0], log_of)?;
    Ok(found.into_iter().flatten().filter(|log| !log.ranges.is_empty()).collect())
}

/// The keys of another site's logs that pass between this site and a peer, with their names.
pub(crate) fn names_of(
    rows: &mut dyn Rows,
    peer: SiteId,
    site: SiteId,
) -> Outcome<HashMap<i64, LogName>> {
    let sql = format!(
        "SELECT log.key, log.epoch, scope.kind, scope.id FROM log \
         JOIN scope ON scope.key = log.scope_key \
         WHERE log.site = ?1 AND log.held IS NOT NULL AND (scope.kind = 3 OR {PASSES})"
    );
    let found = rows.all(&sql, params![&site.0, &peer.0], |row| {
        let kind = u8::try_from(row.int(2)).ok()?.try_into().ok()?;
        let epoch = Epoch(u64::from_be_bytes(row.int(1).to_be_bytes()));
        let scope = Scope { kind, id: row.id(3) };
        Some((row.int(0), LogName { site, epoch, scope }))
    })?;
    Ok(found.into_iter().flatten().collect())
}

/// The digest by which two sites see that they mean the same of what one of them holds of a third's
/// logs, but for those of some channels and teams. Profiles are not in it: who was introduced by whom,
/// each may know otherwise.
pub(crate) fn digest(mut logs: Vec<HeldLog>, without: &BTreeSet<Id>) -> [u8; 32] {
    logs.retain(|log| log.scope.kind != ScopeKind::Person && !is_without(without, log.scope));
    Frame::held_digest(&mut logs)
}

/// Whether a scope is among some channels and teams. Who belongs to a team may come from none of those
/// that share one of its channels.
pub(crate) fn is_without(without: &BTreeSet<Id>, scope: Scope) -> bool {
    scope.kind != ScopeKind::TeamMembers && without.contains(&scope.id)
}

/// The channels and teams that pass between this site and a peer.
pub(crate) fn passing(rows: &mut dyn Rows, peer: SiteId) -> Outcome<BTreeSet<Id>> {
    let found = rows.all(
        "SELECT channel, team FROM link_share WHERE site = ?1 AND mine = 1 AND theirs = 1",
        params![&peer.0],
        |row| [row.id(0), row.id(1)],
    )?;
    Ok(found.into_iter().flatten().collect())
}

/// The logs of other sites that a peer may have and somebody has vouched for, up to all of them: of what
/// both share, of who belongs to teams where this side shares all, of people it was introduced to; of a
/// channel that was moved, nothing. With a number only those that were moved as late as that.
pub(crate) fn logs_for(
    rows: &mut dyn Rows,
    (own, peer): (SiteId, SiteId),
    since: Option<i64>,
) -> Outcome<Vec<Log>> {
    let sql = format!(
        "SELECT {} FROM link_voucher v JOIN log ON log.key = v.log_key AND log.size = v.size \
         JOIN scope ON scope.key = log.scope_key \
         WHERE v.moved >= ?3 AND log.site <> ?1 AND log.site <> ?2 \
         AND (scope.kind <> 7 OR EXISTS (SELECT 1 FROM link_peer p \
           WHERE p.site = ?2 AND p.share_all = 1)) \
         AND (scope.kind <> 1 OR NOT EXISTS (SELECT 1 FROM field_version f \
           WHERE f.entity = scope.id AND f.field = 'team')) \
         AND ({PASSES} OR scope.kind = 3 AND scope.id IN \
           (SELECT i.person FROM link_introduced i WHERE i.site = ?2)) ORDER BY log.key",
        logs::COLUMNS
    );
    let found = rows.all(&sql, params![&own.0, &peer.0, since.unwrap_or(0)], logs::log_of)?;
    Ok(found.into_iter().flatten().collect())
}

/// When some log of another site was moved last.
pub(crate) fn moved(rows: &mut dyn Rows) -> Outcome<i64> {
    rows.count("SELECT COALESCE(max(moved), 0) FROM link_voucher", &[])
}

/// A log that somebody has vouched for, as it is now, with what of it is here.
pub(crate) fn log(rows: &mut dyn Rows, key: i64) -> Outcome<Option<Log>> {
    let sql = format!(
        "SELECT {} FROM link_voucher v JOIN log ON log.key = v.log_key AND log.size = v.size \
         JOIN scope ON scope.key = log.scope_key WHERE log.key = ?1",
        logs::COLUMNS
    );
    rows.first(&sql, params![key], logs::log_of)?
        .flatten()
        .map(|log| with_held(rows, log))
        .transpose()
}

/// The same of the newest profile of somebody at home at another site, with which they are introduced.
pub(crate) fn profile(rows: &mut dyn Rows, site: SiteId, person: Id) -> Outcome<Option<Log>> {
    let sql = format!(
        "SELECT {} FROM link_voucher v JOIN log ON log.key = v.log_key AND log.size = v.size \
         JOIN scope ON scope.key = log.scope_key \
         WHERE scope.kind = 3 AND scope.id = ?1 AND log.site = ?2 ORDER BY log.key DESC",
        logs::COLUMNS
    );
    let found = rows.first(&sql, params![&person, &site.0], logs::log_of)?.flatten();
    found.map(|log| with_held(rows, log)).transpose()
}

fn with_held(rows: &mut dyn Rows, mut log: Log) -> Outcome<Log> {
    let sql = "SELECT held FROM log WHERE key = ?1";
    let held = rows.first(sql, params![log.key], |row| Held::decode(row.blob(0)).ok())?;
    let held =
        held.flatten().ok_or_else(|| Failure::internal("what is held of a log is damaged"))?;
    log.held = Some(held.into());
    Ok(log)
}
