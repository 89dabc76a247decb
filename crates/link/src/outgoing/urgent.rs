//! What goes before everything else: posts that matter more, while others wait for the link.
//!
//! Batches are taken over in their order, so what is written while one is under way waits for it. An
//! urgent post need not: it goes by itself, proved from nothing like what stands in a bundle, and
//! overtakes. The peer shows it, and does not count it as held; it comes once more in its turn.

use std::collections::{HashMap, VecDeque};
use std::ops::Range;

use fieldpost_kernel::{Features, Outcome, Precedence, Rows};
use fieldpost_log::{Ranges, ScopeKind, SigningKey, Stamp};

use super::{Draft, Outgoing, Parcel, Relaying};
use crate::logs::{self, Log, Sharing};
use crate::writers;

/// Changes of a log that are looked through for urgent ones when a conversation begins, the newest.
const LOOK_BACK: u64 = 512;

/// What of this site's logs was looked through, and what was found and not sent yet.
#[derive(Debug, Default)]
pub(super) struct Urgent {
    /// Up to which change each log was looked through.
    looked: HashMap<i64, u64>,
    waiting: Vec<Waiting>,
}

/// A post that goes before others.
#[derive(Debug)]
struct Waiting {
    precedence: Precedence,
    written: Stamp,
    log: Log,
    /// The changes that make it.
    range: Range<u64>,
}

impl Urgent {
    /// Lets a post wait. Of several changes that say how much it matters, it goes with all, and as
    /// what the greatest says.
    fn wait(&mut self, new: Waiting) {
        let same =
            |one: &&mut Waiting| one.log.key == new.log.key && one.range.start == new.range.start;
        let Some(known) = self.waiting.iter_mut().find(same) else {
            return self.waiting.push(new);
        };
        known.precedence = known.precedence.max(new.precedence);
        known.range.end = known.range.end.max(new.range.end);
    }
}

impl Outgoing {
    /// The next post that overtakes what waits, as a parcel of its own; none if there is none.
    ///
    /// It is to be asked only while the peer's logs are known, and others are under way or held back: by
    /// itself nothing needs to overtake. What matters less than `least` waits.
    pub fn urgent(
        &mut self,
        rows: &mut dyn Rows,
        features: &Features,
        key: &SigningKey,
        least: Precedence,
    ) -> Outcome<Option<Parcel>> {
        self.look_for_urgent(rows, features)?;
        loop {
            let next = self.urgent.waiting.iter().enumerate();
            let next = next.filter(|(_, one)| one.precedence >= least);
            let next = next.max_by_key(|(_, one)| (one.precedence, one.written)).map(|(n, _)| n);
            let Some(next) = next else { return Ok(None) };
            let Waiting { precedence, mut log, range, .. } = self.urgent.waiting.swap_remove(next);
            // This site may only read there by now.
            writers::hold_back(rows, features, (self.own, std::slice::from_mut(&mut log)))?;
            // It may have come in its turn meanwhile; and before it is known which channel it is of,
            // nothing can be done with it.
            let held = self.held.get(&log.key);
            let may_go = held.is_some_and(|held| {
                let wanted: Ranges = std::iter::once(range.clone()).collect();
                let is_begun = held.contains(0) || log.withheld.contains(0);
                // What went ahead may have been passed over there, which is not said: a FLASH goes once more.
                let ahead = match precedence {
                    Precedence::Flash => Ranges::default(),
                    _ => self.previewed.get(&log.key).cloned().unwrap_or_default(),
                };
                let is_free = wanted.minus(&log.withheld) == wanted;
                is_free && is_begun && !wanted.minus(held).minus(&ahead).is_empty()
            });
            if may_go {
                return self.alone(rows, features, key, (&log, range)).map(Some);
            }
        }
    }

    /// What was looked through says nothing any more: what overtook may have been lost.
    pub(super) fn forget_urgent(&mut self) {
        self.urgent = Urgent::default();
    }

    fn look_for_urgent(&mut self, rows: &mut dyn Rows, features: &Features) -> Outcome<()> {
        for log in logs::shared(rows, self.own, self.peer, Sharing::Mutual)? {
            let from = self.urgent.looked.get(&log.key).copied();
            let from = from.unwrap_or_else(|| log.size.saturating_sub(LOOK_BACK));
            let is_said =
                matches!(log.name.scope.kind, ScopeKind::Channel | ScopeKind::Conversation);
            if !is_said || from >= log.size {
                continue;
            }
            self.urgent.looked.insert(log.key, log.size);
            let covered = self.held.get(&log.key).cloned().unwrap_or_default();
            let unsent = std::iter::once(from..log.size).collect::<Ranges>();
            for range in unsent.minus(&covered).iter() {
                for change in logs::changes(rows, &log, &range)? {
                    let shape = features.shape(&change);
                    let Some(post) = shape.posts.first() else { continue };
                    if shape.precedence == Precedence::Routine {
                        continue;
                    }
                    let Some(maker) = logs::maker(rows, *post)? else { continue };
                    if maker.log == log.name && maker.sequence <= change.name.sequence {
                        self.urgent.wait(Waiting {
                            precedence: shape.precedence,
                            written: change.stamp,
                            log: log.clone(),
                            range: maker.sequence..change.name.sequence + 1,
                        });
                    }
                }
            }
        }
        Ok(())
    }

    /// Some changes as a parcel that rests on nothing. What else is known and under way stays as it
    /// is.
    fn alone(
        &mut self,
        rows: &mut dyn Rows,
        features: &Features,
        key: &SigningKey,
        (log, range): (&Log, Range<u64>),
    ) -> Outcome<Parcel> {
        let mut apart = Self {
            own: self.own,
            peer: self.peer,
            held: self.held.clone(),
            under_way: VecDeque::new(),
            introduced: self.introduced.clone(),
            leaves: std::mem::take(&mut self.leaves),
            next_number: 0,
            apart: Some(HashMap::new()),
            urgent: Urgent::default(),
            relaying: Relaying::default(),
            previewed: HashMap::new(),
            looked_through: self.looked_through,
        };
        let mut draft = Draft::of(usize::MAX / 8);
        let drafted = apart.draft(rows, features, log, range, &mut draft);
        self.leaves = std::mem::take(&mut apart.leaves);
        drafted?;
        apart.seal(rows, draft, key)
    }
}
