//! Hybrid logical clocks (Kulkarni et al., "Logical Physical Clocks", 2014).
//!
//! A stamp is close to the wall clock and never before anything its writer had seen. It orders
//! what is concurrent and nothing else: a clock that is wrong changes what is displayed, and which
//! of two concurrent edits is shown first, and never loses one.

use serde::{Deserialize, Serialize};

use crate::Malformed;
use crate::name::{Epoch, SiteId};
use crate::wire::Reader;

/// How far ahead of the local clock a remote stamp may be before it is flagged and no longer
/// adopted: one hour. A time zone mistake is caught; drift without a time source for months is not.
pub const DEFAULT_BOUND_MS: u64 = 60 * 60 * 1000;

const COUNTER_BITS: u32 = 16;
const MAX_MS: u64 = (1 << (64 - COUNTER_BITS)) - 1;

/// A moment of a hybrid logical clock: 48 bits of milliseconds since 1970 (to the year 10889), then
/// 16 bits of counter, so that stamps order as their numbers do.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct Stamp(pub u64);

impl Stamp {
    /// The latest stamp that a site writes, in the year 4199: no clock shows it, and whoever orders
    /// stamps as signed numbers orders them rightly. A later one means nothing.
    pub const LATEST: Self = Self((1 << 62) - 1);

    /// The stamp of these milliseconds, cut to 48 bits at the top, and this counter.
    pub const fn new(ms: u64, counter: u16) -> Self {
        let ms = if ms > MAX_MS { MAX_MS } else { ms };
        Self(ms << COUNTER_BITS | counter as u64)
    }

    /// Milliseconds since 1970.
    pub const fn ms(self) -> u64 {
        self.0 >> COUNTER_BITS
    }

    /// The count within the millisecond.
    pub const fn counter(self) -> u16 {
        self.0 as u16
    }

    /// The next stamp. A full counter carries into the milliseconds; the last stamp of all stays.
    const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// What became of a remote stamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Observed {
    /// Every later tick is after it.
    Adopted,
    /// It is more than the bound ahead: the change is valid, but the clock does not follow it, and
    /// the site should be shown as one whose clock is wrong.
    Ahead {
        /// How far ahead of the local clock it is, in milliseconds.
        by_ms: u64,
    },
}

/// A hybrid logical clock. The wall clock is handed in.
#[derive(Debug, Clone)]
pub struct Hlc {
    last: Stamp,
    bound_ms: u64,
}

impl Hlc {
    /// A clock that has seen nothing, with the default bound.
    pub const fn new() -> Self {
        Self::resume(Stamp(0), DEFAULT_BOUND_MS)
    }

    /// A clock whose last stamp was `last`, as stored before a restart, with this bound in
    /// milliseconds.
    pub const fn resume(last: Stamp, bound_ms: u64) -> Self {
        Self { last, bound_ms }
    }

    /// The clock of an epoch that goes on after `last`, as stored before it began.
    ///
    /// A site that was put back from a backup goes on from a stamp after which it had given others, in
    /// the epoch that it lost. Where the wall clock is behind, both epochs would count on from the same
    /// one, and what was written in one of them would not come before or after what was in the other. So
    /// each begins a distance of its own further on, of 16 ms at the most: the chance in the number of the
    /// epoch.
    pub const fn resume_in(epoch: Epoch, last: Stamp) -> Self {
        let apart = (epoch.0 & 0xffff) << 4;
        Self::resume(Stamp(last.0.saturating_add(apart)), DEFAULT_BOUND_MS)
    }

    /// The last stamp given or adopted.
    pub const fn last(&self) -> Stamp {
        self.last
    }

    /// The stamp of a local change now: after every stamp this gave or adopted before, even when the
    /// wall clock has gone back.
    pub fn tick(&mut self, now_ms: u64) -> Stamp {
        self.last = self.last.next().max(Stamp::new(now_ms, 0));
        self.last
    }

    /// The stamp of a local change that replaces what was written at `seen`.
    ///
    /// A person who edits what they see must win over it, even where a wrong clock wrote it. Only
    /// this one stamp runs ahead with it; unless `seen` is within the bound, the clock does not.
    /// Nobody can win over [`Stamp::LATEST`] but by the order of sites.
    pub fn tick_after(&mut self, seen: Stamp, now_ms: u64) -> Stamp {
        self.observe(seen, now_ms);
        self.tick(now_ms).max(seen.next().min(Stamp::LATEST))
    }

    /// Takes note of a stamp from another site, and says whether the clock follows it. Never
    /// rejects: every site must admit the same changes, whatever its clock says.
    pub fn observe(&mut self, remote: Stamp, now_ms: u64) -> Observed {
        let by_ms = remote.ms().saturating_sub(now_ms);
        if by_ms > self.bound_ms {
            return Observed::Ahead { by_ms };
        }
        self.last = self.last.max(remote);
        Observed::Adopted
    }
}

impl Default for Hlc {
    fn default() -> Self {
        Self::new()
    }
}

/// When and where a value was written: what every merge rule orders by. Ties of the clock are
/// broken by the site.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct Version {
    /// The writer's hybrid clock.
    pub stamp: Stamp,
    /// The writer.
    pub site: SiteId,
}

impl Version {
    /// The length of the canonical form.
    pub const BYTES: usize = 24;

    /// The canonical form: stamp (8, big-endian) ‖ site (16); sorts as the version does.
    pub fn to_bytes(&self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        bytes[..8].copy_from_slice(&self.stamp.0.to_be_bytes());
        bytes[8..].copy_from_slice(&self.site.0);
        bytes
    }

    /// The version of its canonical form.
    ///
    /// # Errors
    /// [`Malformed`] for another length than 24.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let version = Self { stamp: Stamp(reader.u64()?), site: SiteId(reader.array()?) };
        reader.finish().map(|()| version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: u64 = 1_790_000_000_000;

    #[test]
    fn ticks_follow_the_wall_clock() {
        let mut clock = Hlc::new();
        assert_eq!(clock.tick(NOW), Stamp::new(NOW, 0));
        assert_eq!(clock.tick(NOW), Stamp::new(NOW, 1));
        assert_eq!(clock.tick(NOW + 1), Stamp::new(NOW + 1, 0));
    }

    #[test]
    fn a_full_counter_carries() {
        let mut clock = Hlc::resume(Stamp::new(NOW, u16::MAX), DEFAULT_BOUND_MS);
        assert_eq!(clock.tick(NOW), Stamp::new(NOW + 1, 0));
    }

    #[test]
    fn two_epochs_that_go_on_from_one_stamp_give_different_ones() {
        let last = Stamp::new(NOW, 9);
        let given = |epoch| {
            let mut clock = Hlc::resume_in(Epoch(epoch), last);
            (0..16).map(|_| clock.tick(NOW - 1000)).collect::<Vec<_>>()
        };
        let (one, other) = (given(NOW << 16 | 7), given(NOW << 16 | 8));
        assert!(one.iter().all(|stamp| *stamp > last && !other.contains(stamp)));
        assert!(given(u64::MAX).iter().all(|stamp| stamp.ms() <= NOW + 16));
        // A wall clock that is right is followed.
        assert_eq!(Hlc::resume_in(Epoch(7), last).tick(NOW + 1), Stamp::new(NOW + 1, 0));
    }

    #[test]
    fn a_tick_is_after_what_was_seen() {
        let mut clock = Hlc::new();
        let seen = Stamp::new(NOW + DEFAULT_BOUND_MS, 5);
        assert_eq!(clock.observe(seen, NOW), Observed::Adopted);
        assert_eq!(clock.tick(NOW), Stamp::new(NOW + DEFAULT_BOUND_MS, 6));
    }

    #[test]
    fn a_clock_beyond_the_bound_is_flagged_and_not_followed() {
        let mut clock = Hlc::new();
        let by_ms = DEFAULT_BOUND_MS + 1;
        assert_eq!(clock.observe(Stamp::new(NOW + by_ms, 0), NOW), Observed::Ahead { by_ms });
        assert_eq!(clock.tick(NOW), Stamp::new(NOW, 0));
    }

    #[test]
    fn an_edit_wins_over_what_it_replaces_without_spoiling_the_clock() {
        let mut clock = Hlc::new();
        let wrong = Stamp::new(NOW + 10 * DEFAULT_BOUND_MS, 7);
        assert_eq!(clock.tick_after(wrong, NOW), Stamp::new(wrong.ms(), 8));
        assert_eq!(clock.tick(NOW).ms(), NOW);
        assert!(clock.tick_after(clock.last(), NOW) > Stamp::new(NOW, 1));
    }

    #[test]
    fn versions_order_by_stamp_then_site() {
        let version = |stamp, site| Version { stamp: Stamp(stamp), site: SiteId([site; 16]) };
        assert!(version(1, 9) < version(2, 1));
        assert!(version(2, 1) < version(2, 2));
        assert!(version(1, 9).to_bytes() < version(2, 1).to_bytes());
        assert!(version(2, 1).to_bytes() < version(2, 2).to_bytes());
    }

    proptest! {
        #[test]
        fn ticks_only_rise(moves in prop::collection::vec((any::<bool>(), 0..3 * NOW), 1..50)) {
            let mut clock = Hlc::new();
            let mut before = clock.last();
            for (remote, ms) in moves {
                if remote {
                    clock.observe(Stamp::new(ms, 3), NOW);
                } else {
                    let stamp = clock.tick(ms);
                    prop_assert!(stamp > before);
                    before = stamp;
                }
            }
        }
    }
}
