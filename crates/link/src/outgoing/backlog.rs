//! What still has to be sent, and how much of it matters how much.

use std::collections::BTreeMap;
use std::ops::{AddAssign, Range};

use fieldpost_kernel::{Features, Outcome, Precedence, Rows};
use fieldpost_log::{Ranges, ScopeKind};

use super::{Outgoing, lacking};
use crate::logs::{self, Log, Sharing};
use crate::writers;

/// Some of what still has to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Amount {
    /// Changes.
    pub changes: u64,
    /// Bytes of their contents, before they are compressed.
    pub bytes: u64,
}

impl AddAssign for Amount {
    fn add_assign(&mut self, more: Self) {
        self.changes += more.changes;
        self.bytes += more.bytes;
    }
}

/// What still has to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Backlog {
    /// Changes.
    pub changes: u64,
    /// Bytes of their contents, before they are compressed.
    pub bytes: u64,
    /// What of it makes posts that go before everything else.
    pub flash: Amount,
    /// What of it makes urgent posts.
    pub immediate: Amount,
    /// What of it makes important ones.
    pub priority: Amount,
    /// All the rest.
    pub routine: Amount,
}

impl Backlog {
    fn add(&mut self, precedence: Precedence, amount: Amount) {
        self.changes += amount.changes;
        self.bytes += amount.bytes;
        let part = match precedence {
            Precedence::Flash => &mut self.flash,
            Precedence::Immediate => &mut self.immediate,
            Precedence::Priority => &mut self.priority,
            Precedence::Routine => &mut self.routine,
        };
        *part += amount;
    }

    /// Adds what is missing of a log.
    fn add_log(
        &mut self,
        rows: &mut dyn Rows,
        features: &Features,
        log: &Log,
        missing: &Ranges,
    ) -> Outcome<()> {
        let bytes = u64::try_from(logs::bytes(rows, log, missing)?).unwrap_or(0);
        let mut rest = Amount { changes: missing.len(), bytes };
        for (precedence, ranges) in preceding(rows, features, log, missing)? {
            let each = logs::bytes_of_each(rows, log, &ranges)?;
            let bytes = each.iter().map(|(_, bytes)| bytes).sum();
            let amount = Amount { changes: ranges.len(), bytes };
            rest.changes = rest.changes.saturating_sub(amount.changes);
            rest.bytes = rest.bytes.saturating_sub(amount.bytes);
            self.add(precedence, amount);
        }
        self.add(Precedence::Routine, rest);
        Ok(())
    }
}

impl Outgoing {
    /// What is not yet known to be held.
    pub fn backlog(&self, rows: &mut dyn Rows, features: &Features) -> Outcome<Backlog> {
        let mut backlog = Backlog::default();
        let mut logs = logs::shared(rows, self.own, self.peer, Sharing::Mine)?;
        logs.extend(self.relayed_behind(rows)?);
        writers::hold_back(rows, features, (self.own, &mut logs))?;
        logs.extend(self.lost(rows)?);
        for log in logs {
            let missing = lacking(&log, &self.held.get(&log.key).cloned().unwrap_or_default());
            if !missing.is_empty() {
                backlog.add_log(rows, features, &log, &missing)?;
            }
        }
        Ok(backlog)
    }
}

/// Those of some changes of a log that make posts which go before others, each once, as what the
/// greatest says of its post.
fn preceding(
    rows: &mut dyn Rows,
    features: &Features,
    log: &Log,
    among: &Ranges,
) -> Outcome<Vec<(Precedence, Ranges)>> {
    let is_said = matches!(log.name.scope.kind, ScopeKind::Channel | ScopeKind::Conversation);
    if !is_said {
        return Ok(Vec::new());
    }
    let mut said = Vec::new();
    for range in among.iter() {
        for change in logs::changes_of(rows, log, &range, features.preceding())? {
            let shape = features.shape(&change);
            let post = shape.posts.first().filter(|_| shape.precedence > Precedence::Routine);
            said.extend(post.map(|post| (*post, shape.precedence, change.name.sequence)));
        }
    }
    let posts: Vec<_> = said.iter().map(|(post, ..)| *post).collect();
    let makings = logs::makings(rows, log, &posts)?;
    let mut by: BTreeMap<Precedence, Ranges> = BTreeMap::new();
    for (post, precedence, sequence) in said {
        by.entry(precedence).or_default().insert(with_its_making(makings.get(&post), sequence));
    }
    let mut left = among.clone();
    let mut parts = Vec::new();
    for (precedence, ranges) in by.into_iter().rev() {
        parts.push((precedence, logs::both(&left, &ranges)));
        left = left.minus(&ranges);
    }
    Ok(parts)
}

/// What makes a post of which a change says how much it matters: from its making, if that is known and
/// came before, up to that change.
fn with_its_making(making: Option<&u64>, sequence: u64) -> Range<u64> {
    let start = making.copied().filter(|making| *making <= sequence).unwrap_or(sequence);
    start..sequence + 1
}
