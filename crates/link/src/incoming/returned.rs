//! What this site wrote itself and has no more, as after it was put back from a backup: what peers hold of
//! it they give back.
//!
//! It is proved as what is passed on of any other site, with this site's own signatures. Where it was
//! written it was this site that decided whether it might be, so nothing of that is asked again. Nothing
//! can be given back of the epoch that lasts: its numbers are still given out.

use std::collections::BTreeSet;
use std::sync::Arc;

use fieldpost_kernel::{Outcome, Rows};
use fieldpost_log::{Epoch, LogName, SiteId, VerifyingKey};
use fieldpost_replica::HeldLog;

use super::received;

/// This site, as its own writings are proved, and what of them it has asked for.
#[derive(Debug, Clone)]
pub struct Own {
    /// Which site it is.
    pub site: SiteId,
    /// The key with which it signed them.
    pub key: VerifyingKey,
    /// The logs of which it has lost something.
    pub lost: Arc<BTreeSet<LogName>>,
}

/// Of which logs of this site a peer that has told what it holds has something that is not here, each
/// with what is.
pub fn lost(
    rows: &mut dyn Rows,
    (own, lasting): (SiteId, Epoch),
    told: &[HeldLog],
) -> Outcome<Vec<HeldLog>> {
    let mut lost = Vec::new();
    for log in told.iter().filter(|log| log.epoch != lasting && log.scope.is_chained()) {
        let name = LogName { site: own, epoch: log.epoch, scope: log.scope };
        let here = received(rows, &name)?.held.ranges();
        if !log.held().minus(&here).is_empty() {
            lost.push(HeldLog::new(log.scope, log.epoch, &here));
        }
    }
    Ok(lost)
}

impl Own {
    /// Why a log of this site is not taken back, if it is not. What was found to be lost is of no epoch
    /// that lasts and never of a scope that does not leave its site.
    pub(super) fn refused(&self, log: &LogName) -> Option<&'static str> {
        (!self.lost.contains(log)).then_some("a log of this site that it did not ask for")
    }
}
