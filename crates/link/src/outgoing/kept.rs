//! What a peer is known to hold, as the database keeps it.

use std::collections::HashMap;

use fieldpost_kernel::{Outcome, Rows, RowsExt, Work, params};
use fieldpost_log::{Ranges, SiteId};
use fieldpost_model::Id;

use crate::passage::{bytes_of, ranges_of};

/// What a peer is to hold from now on, for the database.
#[derive(Debug, Clone, Default)]
pub struct Acknowledged {
    pub(super) logs: Vec<(i64, Ranges)>,
    pub(super) introduced: Vec<Id>,
    /// Who turns out not to be known there.
    pub(super) forgotten: Vec<Id>,
    /// Whether this is all there is, and not only what is new.
    pub(super) whole: bool,
}

impl Acknowledged {
    /// Whether there is nothing to keep.
    pub fn is_empty(&self) -> bool {
        self.logs.is_empty()
            && self.introduced.is_empty()
            && self.forgotten.is_empty()
            && !self.whole
    }
}

/// Keeps what a peer is known to hold.
pub fn keep(work: &mut Work<'_>, peer: SiteId, known: &Acknowledged) -> Outcome<()> {
    if known.whole {
        work.execute("DELETE FROM link_sent WHERE site = ?1", params![&peer.0])?;
        work.execute("DELETE FROM link_introduced WHERE site = ?1", params![&peer.0])?;
    }
    for (log, ranges) in &known.logs {
        work.execute(
            "INSERT INTO link_sent (site, log_key, ranges) VALUES (?1, ?2, ?3) \
             ON CONFLICT (site, log_key) DO UPDATE SET ranges = excluded.ranges",
            params![&peer.0, *log, &bytes_of(ranges)?],
        )?;
    }
    for person in &known.forgotten {
        work.execute(
            "DELETE FROM link_introduced WHERE site = ?1 AND person = ?2",
            params![&peer.0, person],
        )?;
    }
    for person in &known.introduced {
        work.execute(
            "INSERT INTO link_introduced (site, person) VALUES (?1, ?2) \
             ON CONFLICT (site, person) DO NOTHING",
            params![&peer.0, person],
        )?;
    }
    Ok(())
}

/// What a peer is known to hold of each log of this site.
pub(crate) fn held_by(rows: &mut dyn Rows, peer: SiteId) -> Outcome<HashMap<i64, Ranges>> {
    let found = rows.all(
        "SELECT log_key, ranges FROM link_sent WHERE site = ?1",
        params![&peer.0],
        |row| (row.int(0), ranges_of(row.blob(1))),
    )?;
    Ok(found.into_iter().collect())
}

/// What each peer is known to hold of one log.
pub(crate) fn held_anywhere(rows: &mut dyn Rows, log: i64) -> Outcome<Vec<Ranges>> {
    rows.all(
        "SELECT (SELECT s.ranges FROM link_sent s WHERE s.site = p.site AND s.log_key = ?1) \
         FROM link_peer p",
        params![log],
        |row| ranges_of(row.blob(0)),
    )
}
