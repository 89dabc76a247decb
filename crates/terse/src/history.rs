//! What was seen in a context, in few bits: histories of bits, and what follows them.

use std::sync::LazyLock;

use crate::logistic::HALF;

/// How many of the more frequent bit are counted at most, by how many there are of the other.
const CAPS: [u8; 6] = [40, 16, 10, 7, 6, 5];

/// Counts of zeros and ones, and which came last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seen {
    counts: [u8; 2],
    last: bool,
}

impl Seen {
    /// The same with another bit at its end.
    fn then(self, bit: bool) -> Self {
        let mut counts = self.counts;
        let (same, other) = (usize::from(bit), usize::from(!bit));
        counts[same] += 1;
        // What the bit contradicts counts less from now on.
        if counts[other] > 2 {
            counts[other] = counts[other] / 2 + 1;
        }
        let fewer = usize::from(counts[0].min(counts[1])).min(CAPS.len() - 1);
        let (least, most) = (CAPS.len() as u8 - 1, CAPS[fewer]);
        if counts[0] > least && counts[1] > least {
            counts[other] = least;
        }
        counts = counts.map(|count| count.min(most));
        Self { counts, last: bit }
    }
}

/// All histories, by number; 0 is the empty one.
pub(crate) struct Histories {
    next: [[u8; 2]; 256],
    /// How many bits a history stands for.
    total: [u8; 256],
    /// What is to be expected after one, before anything was learnt of it.
    expected: [u16; 256],
}

static TABLES: LazyLock<Histories> = LazyLock::new(Histories::new);

impl Histories {
    /// The tables.
    pub(crate) fn get() -> &'static Self {
        &TABLES
    }

    /// Numbers histories in the order in which they are reached: of each, first with a 0, then with
    /// a 1.
    fn new() -> Self {
        let mut all = vec![Seen { counts: [0, 0], last: false }];
        let mut next = [[0; 2]; 256];
        let mut at = 0;
        while at < all.len() {
            for bit in [false, true] {
                let then = all[at].then(bit);
                let place = all.iter().position(|seen| *seen == then).unwrap_or_else(|| {
                    all.push(then);
                    all.len() - 1
                });
                next[at][usize::from(bit)] = place as u8;
            }
            at += 1;
        }
        let mut total = [0; 256];
        let mut expected = [HALF; 256];
        for (at, seen) in all.iter().enumerate() {
            let [zeros, ones] = seen.counts.map(u32::from);
            total[at] = (zeros + ones) as u8;
            expected[at] = ((2 * ones + 1) * 32768 / (zeros + ones + 1)).min(65535) as u16;
        }
        Self { next, total, expected }
    }

    /// The history with one more bit.
    #[inline(always)]
    pub(crate) fn next(&self, history: u8, bit: bool) -> u8 {
        self.next[usize::from(history)][usize::from(bit)]
    }

    /// How many bits a history stands for.
    #[inline(always)]
    pub(crate) fn total(&self, history: u8) -> u8 {
        self.total[usize::from(history)]
    }
}

/// What follows each history, learnt: a probability (upper 22 bits) and how often it was asked.
#[derive(Clone)]
pub(crate) struct Follow {
    entries: [u32; 256],
}

/// After so many bits an entry is moved by a constant part of its error.
const FOLLOW_LIMIT: u32 = 255;

impl Follow {
    pub(crate) fn new() -> Self {
        Self { entries: Histories::get().expected.map(|p| u32::from(p) << 16) }
    }

    /// The probability of a 1 after a history.
    #[inline(always)]
    pub(crate) fn p(&self, history: u8) -> u16 {
        (self.entries[usize::from(history)] >> 16) as u16
    }

    /// Learns which bit followed.
    #[inline(always)]
    pub(crate) fn learn(&mut self, history: u8, bit: bool) {
        learn(&mut self.entries[usize::from(history)], bit, FOLLOW_LIMIT);
    }
}

/// Moves a probability with a count (lower 10 bits) towards a bit.
#[inline(always)]
pub(crate) fn learn(entry: &mut u32, bit: bool, limit: u32) {
    let count = *entry & 1023;
    let p = (*entry >> 10) as i32;
    let target = if bit { (1 << 22) - 1 } else { 0 };
    let moved = p + ((i64::from(target - p) * i64::from(RECIPROCAL[count as usize])) >> 16) as i32;
    *entry = (moved as u32) << 10 | (count + u32::from(count < limit));
}

/// 65536 / (n + 1.5).
pub(crate) static RECIPROCAL: [u32; 1024] = {
    let mut table = [0; 1024];
    let mut n = 0;
    while n < 1024 {
        table[n] = 131_072 / (2 * n as u32 + 3);
        n += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn histories_fit_into_a_byte() {
        let tables = Histories::get();
        let used = tables.total.iter().filter(|&&total| total > 0).count() + 1;
        assert!((100..256).contains(&used), "{used}");
        let mut history = 0;
        for _ in 0..100 {
            history = tables.next(history, true);
        }
        assert_eq!(tables.total(history), CAPS[0]);
        let once = tables.next(history, false);
        assert!(tables.total(once) < tables.total(history));
    }

    #[test]
    fn what_follows_is_learnt() {
        let mut follow = Follow::new();
        for _ in 0..300 {
            follow.learn(0, true);
        }
        assert!(follow.p(0) > 65000);
    }
}
