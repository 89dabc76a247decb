//! A batch in the making.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use fieldpost_kernel::{Content, Outcome, Rows};
use fieldpost_log::{Digest, Head, Ranges};
use fieldpost_model::Id;
use fieldpost_replica::{Hints, MOST_BYTES, Run};

use super::Sent;
use crate::logs::{self, Log};

/// Bytes of contents that one run may have, however little room there is.
const LEAST_RUN: usize = 64 << 10;

/// A batch in the making.
#[derive(Default)]
pub(crate) struct Draft {
    pub(super) room: usize,
    pub(super) runs: Vec<Run>,
    pub(super) hints: Vec<Hints>,
    pub(super) heads: Vec<Head>,
    /// Runs to the end of other sites' logs: their places, the keys of the logs, and the roots to which
    /// they lead.
    pub(super) relayed: Vec<(usize, i64, Digest)>,
    /// What their writers have signed, by the signatures.
    pub(crate) vouchers: HashSet<Vec<u8>>,
    /// Bytes of that.
    pub(crate) vouched: usize,
    pub(super) sent: Vec<Sent>,
    pub(super) introduced: Vec<Id>,
    pub(super) contents: Vec<Content>,
    /// What the peer will hold once it has this.
    pub(super) covered: HashMap<i64, Ranges>,
}

impl Draft {
    /// One with room for so many bytes, before they are compressed.
    pub(super) fn of(room: usize) -> Self {
        Self { room, ..Self::default() }
    }

    pub(super) fn is_full(&self) -> bool {
        self.room == 0
    }

    /// How many changes of such a size there is room for; one at least.
    pub(super) fn take(&self, size: usize) -> u64 {
        1 + (self.room / size) as u64
    }

    /// How many bytes the contents of one run may have. Most compress well; some are long, and a
    /// batch that is too large is never taken.
    pub(super) fn most(&self) -> i64 {
        i64::try_from(self.room.saturating_mul(4).clamp(LEAST_RUN, MOST_BYTES / 4)).unwrap_or(0)
    }
}

/// As much of a range as has so many bytes, but one change at least: its end, or its beginning.
pub(super) fn fitting(
    rows: &mut dyn Rows,
    log: &Log,
    mut range: Range<u64>,
    newest: bool,
    most: i64,
) -> Outcome<Range<u64>> {
    while range.end - range.start > 1
        && logs::bytes(rows, log, &std::iter::once(range.clone()).collect())? > most
    {
        let middle = range.start + (range.end - range.start) / 2;
        range = if newest { middle..range.end } else { range.start..middle };
    }
    Ok(range)
}
