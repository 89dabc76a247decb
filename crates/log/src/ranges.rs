//! A set of sequences, kept as ranges.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::Malformed;
use crate::name::SEQUENCE_LIMIT;
use crate::wire::{Reader, put_varint};

/// A set of sequences below [`SEQUENCE_LIMIT`], held as ranges that neither touch nor overlap.
///
/// Takes memory by the number of gaps, not of sequences; an insertion takes time by the logarithm
/// of it and the ranges it joins.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ranges {
    /// From the start of each range to its end, which is not in it.
    ends: BTreeMap<u64, u64>,
}

impl Ranges {
    /// The empty set.
    pub const fn new() -> Self {
        Self { ends: BTreeMap::new() }
    }

    /// Adds a range. What lies at or above [`SEQUENCE_LIMIT`] names no change and is left out.
    pub fn insert(&mut self, range: Range<u64>) {
        let (mut start, mut end) = (range.start, range.end.min(SEQUENCE_LIMIT));
        if start >= end {
            return;
        }
        if let Some((&before, &reaches)) = self.ends.range(..start).next_back()
            && reaches >= start
        {
            (start, end) = (before, end.max(reaches));
        }
        while let Some((&joined, &reaches)) = self.ends.range(start..=end).next() {
            self.ends.remove(&joined);
            end = end.max(reaches);
        }
        self.ends.insert(start, end);
    }

    /// Whether a sequence is in the set.
    pub fn contains(&self, sequence: u64) -> bool {
        self.ends.range(..=sequence).next_back().is_some_and(|(_, &end)| sequence < end)
    }

    /// Whether the set is empty.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// How many sequences are in the set.
    pub fn len(&self) -> u64 {
        self.iter().map(|range| range.end - range.start).sum()
    }

    /// The ranges in ascending order, as few as possible.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Range<u64>> {
        self.ends.iter().map(|(&start, &end)| start..end)
    }

    /// The end of the last range; 0 for the empty set.
    pub fn end(&self) -> u64 {
        self.ends.last_key_value().map_or(0, |(_, &end)| end)
    }

    /// The sequences around one that are not in the set, up to those before and after them that
    /// are. None if the one is in the set, or beyond all of it.
    pub fn gap(&self, sequence: u64) -> Option<Range<u64>> {
        let start = self.ends.range(..=sequence).next_back().map_or(0, |(_, &end)| end);
        let (&end, _) = self.ends.range(sequence..).next()?;
        (start <= sequence && sequence < end).then_some(start..end)
    }

    /// Adds everything in the other set.
    pub fn merge(&mut self, other: &Self) {
        other.iter().for_each(|range| self.insert(range));
    }

    /// What is in this set and not in the other.
    pub fn minus(&self, other: &Self) -> Self {
        let mut rest = Self::new();
        for range in self.iter() {
            let mut start = range.start;
            for taken in other.touching(&range) {
                rest.insert(start..taken.start);
                start = taken.end;
            }
            rest.insert(start..range.end);
        }
        rest
    }

    /// The ranges of this set that share a sequence with `range`, ascending.
    fn touching(&self, range: &Range<u64>) -> impl Iterator<Item = Range<u64>> {
        let first = self.ends.range(..=range.start).next_back().map_or(range.start, |(&s, _)| s);
        let found = self.ends.range(first..range.end);
        let start = range.start;
        found.map(|(&start, &end)| start..end).filter(move |found| found.end > start)
    }

    /// Writes the number of ranges, then for each the gap before it and its length, as varints.
    /// Both are one less than they are wherever 0 is impossible, so that each set has one form.
    pub(crate) fn write(&self, bytes: &mut Vec<u8>) {
        put_varint(bytes, self.ends.len() as u64);
        let mut next = 0;
        for range in self.iter() {
            put_varint(bytes, range.start - next);
            put_varint(bytes, range.end - range.start - 1);
            // Ranges do not touch: the next one starts at least one further.
            next = range.end + 1;
        }
    }

    /// Reads what [`write`](Self::write) wrote; refuses the empty set, which is never written.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let mut ranges = Self::new();
        let mut next = 0u64;
        for _ in 0..reader.count(2)? {
            let start = next.saturating_add(reader.varint()?);
            let end = start.saturating_add(reader.varint()?).saturating_add(1);
            if end > SEQUENCE_LIMIT {
                return Err(Malformed::new("sequence out of bounds"));
            }
            ranges.ends.insert(start, end);
            next = end + 1;
        }
        if ranges.is_empty() { Err(Malformed::new("empty set")) } else { Ok(ranges) }
    }
}

impl FromIterator<Range<u64>> for Ranges {
    fn from_iter<I: IntoIterator<Item = Range<u64>>>(ranges: I) -> Self {
        let mut set = Self::new();
        ranges.into_iter().for_each(|range| set.insert(range));
        set
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use proptest::prelude::*;

    type Pieces = Vec<(u64, u64)>;

    fn pieces() -> impl Strategy<Value = Pieces> {
        prop::collection::vec((0..60u64, 0..8u64), 0..12)
    }

    fn ranges(pieces: &Pieces) -> Ranges {
        pieces.iter().map(|&(start, length)| start..start + length).collect()
    }

    fn plain(pieces: &Pieces) -> BTreeSet<u64> {
        pieces.iter().flat_map(|&(start, length)| start..start + length).collect()
    }

    fn flat(ranges: &Ranges) -> BTreeSet<u64> {
        ranges.iter().flatten().collect()
    }

    #[test]
    fn touching_ranges_become_one() {
        let set: Ranges = [5..8, 0..2, 2..5, 10..11].into_iter().collect();
        assert_eq!(set.iter().collect::<Vec<_>>(), [0..8, 10..11]);
        assert_eq!(set.len(), 9);
    }

    #[test]
    fn sequences_out_of_bounds_are_left_out() {
        let mut set = Ranges::new();
        set.insert(SEQUENCE_LIMIT - 1..u64::MAX);
        assert_eq!(set.len(), 1);
        assert!(!set.contains(SEQUENCE_LIMIT));
    }

    proptest! {
        #[test]
        fn ranges_are_a_set(one in pieces(), other in pieces()) {
            let (a, b) = (ranges(&one), ranges(&other));
            let (plain_a, plain_b) = (plain(&one), plain(&other));
            prop_assert_eq!(&flat(&a), &plain_a);
            prop_assert_eq!(flat(&a.minus(&b)), &plain_a - &plain_b);
            let mut both = a.clone();
            both.merge(&b);
            prop_assert_eq!(flat(&both), &plain_a | &plain_b);
            prop_assert_eq!(both.len(), flat(&both).len() as u64);
            prop_assert_eq!(a.end(), plain_a.last().map_or(0, |last| last + 1));
            for sequence in 0..70 {
                prop_assert_eq!(a.contains(sequence), plain_a.contains(&sequence));
                let after = plain_a.range(sequence..).next().copied();
                let before = plain_a.range(..sequence).next_back().map_or(0, |last| last + 1);
                let gap = after.filter(|&after| after > sequence).map(|after| before..after);
                prop_assert_eq!(a.gap(sequence), gap);
            }
            let apart = both.iter().zip(both.iter().skip(1)).all(|(x, y)| x.end < y.start);
            prop_assert!(apart, "{:?}", both);
        }
    }
}
