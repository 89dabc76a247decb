//! Two accounts of one log, each proved by itself, made one.
//!
//! What comes in a conversation fits what is held, because the sender knows what that is. What comes
//! in a file does not: it was written when more or less was known to be held, and other things may
//! have come since. So it is proved by itself, from nothing, and then taken together with what is
//! held here.

use std::ops::Range;

use super::{Held, Hole, MAX_HOLES, NotProved, span};
use crate::merkle::{Frontier, Piece};
use crate::ranges::Ranges;
use crate::suite::Digest;

impl Held {
    /// Takes in another account of the same log. `leaves` gives the leaves of some sequences that
    /// either of the two holds.
    ///
    /// A hole of the longer account is filled with what the shorter one has there only if the shorter
    /// reaches to its end: otherwise nobody can say yet whether the two agree. Such changes are here,
    /// and come once more.
    ///
    /// # Errors
    /// What `leaves` gives. And [`NotProved::False`] if the two are of different logs, or
    /// [`NotProved::OutOfStep`] if more holes were left than are read again; then nothing is taken.
    pub fn absorb<E>(
        &mut self,
        other: &Self,
        mut leaves: impl FnMut(Range<u64>) -> Result<Vec<Digest>, E>,
    ) -> Result<Result<(), NotProved>, E> {
        let (mut longer, shorter) = if other.frontier.size() > self.frontier.size() {
            (other.clone(), &*self)
        } else {
            (self.clone(), other)
        };
        let held = shorter.ranges();
        let holes: Vec<Hole> = longer.holes().collect();
        for (hole, root) in holes {
            let within = span(hole);
            if within.end > shorter.frontier.size() || !touches(&held, &within) {
                continue;
            }
            let left: Vec<Hole> = shorter
                .holes_from(within.start)
                .take_while(|(at, _)| at.start < within.end)
                .collect();
            if longer.holes.len() + left.len() > MAX_HOLES {
                return Ok(Err(NotProved::OutOfStep));
            }
            if fold(&within, &left, &mut leaves)? != Some(root) {
                return Ok(Err(NotProved::False));
            }
            longer.holes.remove(&hole.start);
            longer.keep(&left);
        }
        *self = longer;
        Ok(Ok(()))
    }
}

/// Whether some of a range is held.
fn touches(held: &Ranges, range: &Range<u64>) -> bool {
    held.gap(range.start).is_none_or(|gap| gap.end < range.end)
}

/// The hash over a complete subtree of which all is held but some holes.
fn fold<E>(
    within: &Range<u64>,
    holes: &[Hole],
    leaves: &mut impl FnMut(Range<u64>) -> Result<Vec<Digest>, E>,
) -> Result<Option<Digest>, E> {
    let mut frontier = Frontier::new();
    let mut next = within.start;
    let last = std::iter::once((within.end..within.end, None));
    let holes = holes
        .iter()
        .map(|&(at, root)| (span(at), Some(Piece::Withheld { height: at.height, root })));
    for (hole, withheld) in holes.chain(last) {
        if next < hole.start {
            for leaf in leaves(next..hole.start)? {
                if frontier.append(leaf).is_err() {
                    return Ok(None);
                }
            }
        }
        if withheld.is_some_and(|piece| frontier.append_piece(piece).is_err()) {
            return Ok(None);
        }
        next = hole.end;
    }
    let is_whole = frontier.size() == within.end - within.start;
    Ok(is_whole.then(|| frontier.root()))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use proptest::prelude::*;

    use super::super::tests::{leaves, take, whole};
    use super::*;

    /// Takes the account `other` into `held`, both of the log of these leaves.
    fn absorb(held: &mut Held, other: &Held, all: &[Digest]) -> Result<(), NotProved> {
        let mut either = held.ranges();
        either.merge(&other.ranges());
        let Ok(done) = held.absorb(other, |range| {
            let unknown = std::iter::once(range.clone()).collect::<Ranges>().minus(&either);
            assert!(unknown.is_empty(), "{range:?} is held by nobody");
            Ok::<_, Infallible>(all[range.start as usize..range.end as usize].to_vec())
        });
        done
    }

    fn with(all: &[Digest], runs: &[(u64, u64)]) -> Held {
        let mut held = Held::new();
        runs.iter().for_each(|&(start, end)| take(&mut held, all, start..end).unwrap());
        held
    }

    #[test]
    fn what_either_holds_is_held() {
        let all = leaves(200);
        for (one, other) in [
            (vec![], vec![(0, 200)]),
            (vec![(0, 200)], vec![(50, 100)]),
            (vec![(150, 200)], vec![(0, 200)]),
            (vec![(0, 1), (150, 200)], vec![(0, 1), (40, 160)]),
            (vec![(128, 200)], vec![(64, 200), (0, 32)]),
        ] {
            let (one, other) = (with(&all, &one), with(&all, &other));
            let mut both = one.clone();
            absorb(&mut both, &other, &all).unwrap();
            let mut expected = one.ranges();
            expected.merge(&other.ranges());
            assert_eq!(both.ranges(), expected);
        }
    }

    #[test]
    fn what_nobody_can_compare_yet_is_left_to_come_again() {
        let all = leaves(200);
        let mut held = with(&all, &[(150, 200)]);
        // The hole of 128 leaves is filled; of the one of 16 after it, the end is unknown.
        absorb(&mut held, &with(&all, &[(0, 140)]), &all).unwrap();
        let expected: Ranges = [0..128, 150..200].into_iter().collect();
        assert_eq!(held.ranges(), expected);
        take(&mut held, &all, 128..150).unwrap();
        assert_eq!(held.frontier(), &whole(&all));
    }

    #[test]
    fn two_histories_of_one_log_are_not_made_one() {
        let all = leaves(200);
        let mut held = with(&all, &[(150, 200)]);
        let before = held.clone();
        let mut other = all;
        other[7] = Digest::from_bytes([0; 32]);
        assert_eq!(absorb(&mut held, &with(&other, &[(0, 200)]), &other), Err(NotProved::False));
        assert_eq!(held, before);
    }

    proptest! {
        #[test]
        fn in_any_order_and_as_often_as_one_likes(
            parts in prop::collection::vec((0..250u64, 1..60u64, 0..250u64), 1..12),
        ) {
            let all = leaves(300);
            let mut held = Held::new();
            let mut bundles = Vec::new();
            for (start, length, reach) in parts {
                // Each account reaches to another size, as of when it was written.
                let end = (start + length).min(300);
                let size = end.max(reach);
                let runs = if end == size {
                    vec![(start, end)]
                } else {
                    vec![(size - 1, size), (start, end.min(size - 1))]
                };
                let runs: Vec<_> = runs.into_iter().filter(|run| run.0 < run.1).collect();
                bundles.push(with(&all[..size as usize], &runs));
            }
            let mut applied = Ranges::new();
            for bundle in bundles.iter().chain(bundles.iter().rev()) {
                absorb(&mut held, bundle, &all).unwrap();
                applied.merge(&bundle.ranges());
                // No more than has come is ever said to be held.
                prop_assert!(held.ranges().minus(&applied).is_empty());
                prop_assert_eq!(&Held::decode(&held.encode()).unwrap(), &held);
            }
            for gap in std::iter::once(0..300).collect::<Ranges>().minus(&held.ranges()).iter() {
                take(&mut held, &all, gap).unwrap();
            }
            prop_assert_eq!(held.frontier(), &whole(&all));
            prop_assert_eq!(held.holes().count(), 0);
        }
    }
}
