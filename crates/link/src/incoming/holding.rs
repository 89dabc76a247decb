//! What is held of the logs of others, as they are told.

use std::collections::BTreeSet;

use fieldpost_kernel::{Outcome, Row, Rows, RowsExt, params};
use fieldpost_log::{Epoch, Held, Scope, SiteId};
use fieldpost_model::Id;
use fieldpost_replica::HeldLog;

use crate::{peer, relay};

/// The number of the newest batch of a peer's that was kept, and all that is held here of its own
/// logs, as they are at one moment. Nothing if the sites are not linked.
pub fn holding(rows: &mut dyn Rows, peer: SiteId) -> Outcome<Option<(u64, Vec<HeldLog>)>> {
    let Some(found) = peer::by_site(rows, peer)? else { return Ok(None) };
    Ok(Some((found.received, held_logs(rows, peer)?)))
}

/// What is held here of another site's logs that pass between this site and a peer, for the peer that
/// passes them on.
pub fn holding_of(rows: &mut dyn Rows, peer: SiteId, site: SiteId) -> Outcome<Vec<HeldLog>> {
    relay::held_of(rows, peer, site)
}

/// The same of every site with which this one is not linked, and which the peer may thus pass on.
pub fn holding_of_others(
    rows: &mut dyn Rows,
    peer: SiteId,
) -> Outcome<Vec<(SiteId, Vec<HeldLog>)>> {
    let sql = "SELECT k.site FROM link_known k \
               WHERE NOT EXISTS (SELECT 1 FROM link_peer p WHERE p.site = k.site) ORDER BY k.site";
    let sites = rows.all(sql, &[], |row| row.blob(0).try_into().ok().map(SiteId))?;
    let mut held = Vec::new();
    for site in sites.into_iter().flatten() {
        let logs = relay::held_of(rows, peer, site)?;
        if !logs.is_empty() {
            held.push((site, logs));
        }
    }
    Ok(held)
}

/// What is wanted of another site's changes from a peer that can pass them on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// The channels and teams of which they come from the site itself.
    pub without: BTreeSet<Id>,
    /// Whether those are all that pass between this site and the peer.
    pub is_nothing: bool,
    /// The digest of what is held of the others.
    pub held: [u8; 32],
}

/// What is wanted of a site's changes from a peer, if there is a line to the site itself or is none.
pub fn wish(rows: &mut dyn Rows, peer: SiteId, site: SiteId, is_linked: bool) -> Outcome<Wish> {
    let passing = relay::passing(rows, peer)?;
    let without: BTreeSet<Id> = match is_linked {
        true => relay::passing(rows, site)?.intersection(&passing).copied().collect(),
        false => BTreeSet::new(),
    };
    let is_nothing = !without.is_empty() && without == passing;
    let held = relay::digest(relay::held_of(rows, peer, site)?, &without);
    Ok(Wish { without, is_nothing, held })
}

fn held_logs(rows: &mut dyn Rows, peer: SiteId) -> Outcome<Vec<HeldLog>> {
    let log_of = |row: &dyn Row| {
        let kind = u8::try_from(row.int(0)).ok()?.try_into().ok()?;
        let scope = Scope { kind, id: row.id(1) };
        let epoch = Epoch(u64::from_be_bytes(row.int(2).to_be_bytes()));
        Some(HeldLog::new(scope, epoch, &Held::decode(row.blob(3)).ok()?.ranges()))
    };
    let found = rows.all(
        "SELECT scope.kind, scope.id, log.epoch, log.held FROM log \
         JOIN scope ON scope.key = log.scope_key WHERE log.site = ?1 AND log.held IS NOT NULL",
        params![&peer.0],
        log_of,
    )?;
    Ok(found.into_iter().flatten().filter(|log| !log.ranges.is_empty()).collect())
}
