//! The rows of logs: one for each writer's numbering of one scope.

use crate::journal::Site;
use crate::tips::{leaf_of, salts_of};
use fieldpost_kernel::{Failure, Outcome, Received, Row, Rows, RowsExt, params};
use fieldpost_log::{ChangeName, Epoch, Frontier, Held, Piece, SaltTree, Scope, SiteId};

/// The key of a writer's log of a scope, which is made if it is new. `seed` is the secret from
/// which the salts of a new log of this site come; a log of another site has none here yet.
pub(crate) fn key(
    rows: &mut dyn Rows,
    scope_key: i64,
    (site, epoch): (SiteId, Epoch),
    seed: Option<&[u8; 32]>,
) -> Outcome<i64> {
    let epoch = i64::from_be_bytes(epoch.0.to_be_bytes());
    let find = "SELECT key FROM log WHERE scope_key = ?1 AND site = ?2 AND epoch = ?3";
    let name = params![scope_key, &site.0, epoch];
    if let Some(key) = rows.first(find, name, |row| row.int(0))? {
        return Ok(key);
    }
    let salts = seed.map(|seed| SaltTree::new(seed).encode_secret().to_vec());
    rows.execute(
        "INSERT INTO log (scope_key, site, epoch, size, frontier, salts) \
         VALUES (?1, ?2, ?3, 0, ?4, ?5) ON CONFLICT (scope_key, site, epoch) DO NOTHING",
        params![scope_key, &site.0, epoch, &Frontier::new().encode(), salts.as_ref()],
    )?;
    rows.first(find, name, |row| row.int(0))?.ok_or_else(|| Failure::internal("a log was not made"))
}

/// The key of this site's log of a scope in its epoch, if there is one.
pub(crate) fn find(rows: &mut dyn Rows, scope: Scope, site: &Site) -> Outcome<Option<i64>> {
    let epoch = i64::from_be_bytes(site.epoch.0.to_be_bytes());
    rows.first(
        "SELECT log.key FROM scope JOIN log ON log.scope_key = scope.key \
         WHERE scope.kind = ?1 AND scope.id = ?2 AND log.site = ?3 AND log.epoch = ?4",
        params![i64::from(u8::from(scope.kind)), &scope.id, &site.id.0, epoch],
        |row| row.int(0),
    )
}

/// Keeps how far another site's log is held.
pub(crate) fn hold(rows: &mut dyn Rows, key: i64, received: &Received) -> Outcome<()> {
    let size = i64::try_from(received.held.frontier().size()).map_err(Failure::internal)?;
    rows.execute(
        "UPDATE log SET size = ?2, held = ?3, salts = ?4 WHERE key = ?1",
        params![key, size, &received.held.encode(), &received.salts],
    )?;
    Ok(())
}

/// A log whose changes are not what was committed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The last name that the log has.
    pub log: ChangeName,
    /// What is wrong with it.
    pub why: &'static str,
}

/// A log as it stands in its row.
struct Stored {
    key: i64,
    /// Its last name: the sequence is how many changes it has.
    name: ChangeName,
    frontier: Vec<u8>,
    /// Set for another site's log.
    held: Vec<u8>,
    salts: Vec<u8>,
}

fn stored_of(row: &dyn Row) -> Option<Stored> {
    let kind = u8::try_from(row.int(3)).ok()?.try_into().ok()?;
    let name = ChangeName {
        site: SiteId(row.blob(1).try_into().ok()?),
        epoch: Epoch(u64::from_be_bytes(row.int(2).to_be_bytes())),
        scope: Scope { kind, id: row.id(4) },
        sequence: u64::try_from(row.int(5)).ok()?,
    };
    let blob = |column| row.blob(column).to_vec();
    Some(Stored { key: row.int(0), name, frontier: blob(6), held: blob(7), salts: blob(8) })
}

/// Checks every chained log against its commitments, those of other sites as far as they are held,
/// and gives the logs that fail.
pub(crate) fn verify(rows: &mut dyn Rows) -> Outcome<Vec<Broken>> {
    let logs = rows.all(
        "SELECT log.key, log.site, log.epoch, scope.kind, scope.id, log.size, log.frontier, \
         log.held, log.salts FROM log JOIN scope ON scope.key = log.scope_key \
         WHERE log.salts IS NOT NULL",
        &[],
        stored_of,
    )?;
    let mut broken = Vec::new();
    for log in logs.into_iter().flatten().filter(|log| log.name.scope.is_chained()) {
        let fault = if log.held.is_empty() { fault(rows, &log)? } else { gap(rows, &log)? };
        if let Some(why) = fault {
            broken.push(Broken { log: log.name, why });
        }
    }
    Ok(broken)
}

/// What is wrong with a log of this site.
fn fault(rows: &mut dyn Rows, log: &Stored) -> Outcome<Option<&'static str>> {
    let mut salts = salts_of(&log.salts)?;
    let changes = crate::feed::of_log(rows, log.key)?;
    if changes.len() as u64 != log.name.sequence {
        return Ok(Some("changes are missing"));
    }
    let mut again = Frontier::new();
    for (expected, change) in changes.iter().enumerate() {
        if change.name.sequence != expected as u64 {
            return Ok(Some("a number is missing"));
        }
        if again.append(leaf_of(change, &mut salts)?).is_err() {
            return Ok(Some("it is too long"));
        }
    }
    Ok((again.encode() != log.frontier).then_some("a change is not what was committed to"))
}

/// What is wrong with what is held of another site's log.
fn gap(rows: &mut dyn Rows, log: &Stored) -> Outcome<Option<&'static str>> {
    let mut salts = salts_of(&log.salts)?;
    let held = Held::decode(&log.held)
        .map_err(|e| Failure::internal(format!("what is held of a log is damaged: {e}")))?;
    let mut changes = crate::feed::of_log(rows, log.key)?.into_iter();
    let mut again = Frontier::new();
    let mut holes = held.holes().peekable();
    while again.size() < held.frontier().size() {
        let piece = match holes.next_if(|(hole, _)| hole.start == again.size()) {
            Some((hole, root)) => Piece::Withheld { height: hole.height, root },
            None => match changes.by_ref().find(|change| change.name.sequence >= again.size()) {
                Some(change) if change.name.sequence == again.size() => {
                    Piece::Leaf(leaf_of(&change, &mut salts)?)
                }
                _ => return Ok(Some("changes are missing")),
            },
        };
        if again.append_piece(piece).is_err() {
            return Ok(Some("it is too long"));
        }
    }
    Ok((&again != held.frontier()).then_some("a change is not what was committed to"))
}
