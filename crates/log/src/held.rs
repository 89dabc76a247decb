//! What is held of another site's log, and proved to be of it.
//!
//! Changes may come newest first, so a log can have holes: complete subtrees whose hash is known,
//! because a head was signed over them, and whose leaves have not come. Which subtrees those are
//! follows from which sequences are held ([`aligned_ranges`] of each gap), so that sender and
//! receiver agree on them without a word: a sender adds to a run of leaves just the hashes of
//! [`proof_of`], and the receiver checks them with [`Held::fill`].

mod absorb;

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use crate::Malformed;
use crate::merkle::{Aligned, Frontier, MAX_HEIGHT, Piece, aligned_ranges};
use crate::name::SEQUENCE_LIMIT;
use crate::ranges::Ranges;
use crate::suite::Digest;
use crate::wire::{Reader, put_varint};

/// The most holes there can be: one of every height on both sides of a run, for
/// more runs than a link ever leaves open.
const MAX_HOLES: usize = 1 << 16;

/// The subtrees whose hashes must accompany a run of leaves, in order, for somebody who holds
/// `held` and not a leaf more. None if some of the run is held, or no run is.
pub fn proof_of(held: &Ranges, run: &Range<u64>) -> Option<Vec<Aligned>> {
    if run.is_empty() || run.end > SEQUENCE_LIMIT {
        return None;
    }
    let size = held.end();
    if run.start >= size {
        return Some(aligned_ranges(size..run.start).collect());
    }
    let gap = held.gap(run.start).filter(|gap| run.end <= gap.end)?;
    let holes = aligned_ranges(gap).map(span);
    let touched = holes.filter(|hole| hole.start < run.end && run.start < hole.end);
    Some(touched.flat_map(|hole| around(&hole, run)).collect())
}

/// The leaves of a subtree.
const fn span(at: Aligned) -> Range<u64> {
    at.start..at.start + (1 << at.height)
}

/// The subtrees of a hole that are left once a run has come.
fn around(hole: &Range<u64>, run: &Range<u64>) -> impl Iterator<Item = Aligned> + use<> {
    let before = aligned_ranges(hole.start..run.start.max(hole.start));
    before.chain(aligned_ranges(run.end.min(hole.end)..hole.end))
}

/// Why a run of leaves is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotProved {
    /// The run, or the proof with it, does not fit what is held: the sender believes that something
    /// else is.
    OutOfStep,
    /// The leaves are not those that a head was signed over.
    False,
}

impl fmt::Display for NotProved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OutOfStep => "the changes do not fit what is held of their log",
            Self::False => "the changes are not those that were signed",
        })
    }
}

impl std::error::Error for NotProved {}

/// A missing subtree, and its hash.
type Hole = (Aligned, Digest);

/// What is held of one log: the frontier over all of it, and where leaves are missing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Held {
    frontier: Frontier,
    /// By their start, apart from each other, each within the frontier.
    holes: BTreeMap<u64, (u8, Digest)>,
}

impl Held {
    /// Nothing.
    pub const fn new() -> Self {
        Self { frontier: Frontier::new(), holes: BTreeMap::new() }
    }

    /// Everything up to a frontier.
    pub const fn whole(frontier: Frontier) -> Self {
        Self { frontier, holes: BTreeMap::new() }
    }

    /// The frontier over everything up to the newest leaf that is held.
    pub const fn frontier(&self) -> &Frontier {
        &self.frontier
    }

    /// The missing subtrees, in order.
    pub fn holes(&self) -> impl Iterator<Item = (Aligned, Digest)> {
        self.holes_from(0)
    }

    /// The missing subtrees that begin at a leaf or after it, in order.
    fn holes_from(&self, start: u64) -> impl Iterator<Item = (Aligned, Digest)> {
        self.holes.range(start..).map(|(&start, &(height, root))| {
            work::count();
            (Aligned { start, height }, root)
        })
    }

    /// Which sequences are held.
    pub fn ranges(&self) -> Ranges {
        let mut held = Ranges::new();
        let mut next = 0;
        for (hole, _) in self.holes() {
            held.insert(next..hole.start);
            next = span(hole).end;
        }
        held.insert(next..self.frontier.size());
        held
    }

    /// Takes a run of leaves with the hashes of [`proof_of`]. A run at the end moves the frontier:
    /// it is proved only once its head is; a run within a hole is proved by this. One that could
    /// leave more holes than are read again is not taken.
    ///
    /// Takes time by the run, its proof and the logarithm of the number of holes.
    ///
    /// # Errors
    /// [`NotProved`]; then nothing was taken.
    pub fn fill(
        &mut self,
        first: u64,
        leaves: &[Digest],
        proof: &[Digest],
    ) -> Result<(), NotProved> {
        let run = first..first.saturating_add(leaves.len() as u64);
        if run.is_empty() || run.end > SEQUENCE_LIMIT {
            return Err(NotProved::OutOfStep);
        }
        let size = self.frontier.size();
        let touched = if first < size { self.touched(&run)? } else { Vec::new() };
        let withheld: Vec<Aligned> = if first < size {
            touched.iter().flat_map(|&(hole, _)| around(&span(hole), &run)).collect()
        } else {
            aligned_ranges(size..first).collect()
        };
        let is_full = self.holes.len() + withheld.len() > MAX_HOLES;
        if is_full || withheld.len() != proof.len() {
            return Err(NotProved::OutOfStep);
        }
        let withheld: Vec<Hole> = withheld.into_iter().zip(proof.iter().copied()).collect();
        if first >= size {
            self.extend(leaves, &withheld)
        } else {
            self.fill_holes(&run, leaves, (&touched, &withheld))
        }
    }

    /// The holes in which a run before the end lies; all of it must lie in some.
    fn touched(&self, run: &Range<u64>) -> Result<Vec<Hole>, NotProved> {
        let first = self.holes.range(..=run.start).next_back();
        let mut next = *first.ok_or(NotProved::OutOfStep)?.0;
        let mut touched = Vec::new();
        for (hole, root) in self.holes_from(next) {
            if hole.start != next {
                break;
            }
            next = span(hole).end;
            touched.push((hole, root));
            if next >= run.end {
                break;
            }
        }
        let reaches = touched.first().is_some_and(|&(hole, _)| run.start < span(hole).end);
        if reaches && next >= run.end { Ok(touched) } else { Err(NotProved::OutOfStep) }
    }

    fn extend(&mut self, leaves: &[Digest], withheld: &[Hole]) -> Result<(), NotProved> {
        let mut frontier = self.frontier.clone();
        let before = withheld.iter().map(|&(at, root)| Piece::Withheld { height: at.height, root });
        let pieces = before.chain(leaves.iter().copied().map(Piece::Leaf));
        for piece in pieces {
            frontier.append_piece(piece).map_err(|_| NotProved::OutOfStep)?;
        }
        self.frontier = frontier;
        self.keep(withheld);
        Ok(())
    }

    fn fill_holes(
        &mut self,
        run: &Range<u64>,
        leaves: &[Digest],
        (touched, withheld): (&[Hole], &[Hole]),
    ) -> Result<(), NotProved> {
        let mut rest = withheld;
        for &(hole, root) in touched {
            let span = span(hole);
            let (around, others) =
                rest.split_at(rest.partition_point(|(at, _)| at.start < span.end));
            rest = others;
            let part = run.start.max(span.start)..run.end.min(span.end);
            let (before, after) =
                around.split_at(around.partition_point(|(at, _)| at.start < part.start));
            let mut again = Frontier::new();
            let mut append = |piece| again.append_piece(piece).map_err(|_| NotProved::OutOfStep);
            for &(at, root) in before {
                append(Piece::Withheld { height: at.height, root })?;
            }
            for leaf in (part.start..part.end).filter_map(|n| leaves.get((n - run.start) as usize))
            {
                append(Piece::Leaf(*leaf))?;
            }
            for &(at, root) in after {
                append(Piece::Withheld { height: at.height, root })?;
            }
            if again.size() != span.end - span.start || again.root() != root {
                return Err(NotProved::False);
            }
        }
        for (hole, _) in touched {
            self.holes.remove(&hole.start);
        }
        self.keep(withheld);
        Ok(())
    }

    /// Knows of some more holes.
    fn keep(&mut self, holes: &[Hole]) {
        self.holes.extend(holes.iter().map(|&(at, root)| (at.start, (at.height, root))));
    }

    /// The stored form: length of the frontier, the frontier, number of holes, and for each its
    /// start, its height (1) and its hash (32); numbers are varints.
    pub fn encode(&self) -> Vec<u8> {
        let frontier = self.frontier.encode();
        let mut bytes = Vec::with_capacity(frontier.len() + 8 + 36 * self.holes.len());
        put_varint(&mut bytes, frontier.len() as u64);
        bytes.extend_from_slice(&frontier);
        put_varint(&mut bytes, self.holes.len() as u64);
        for (start, (height, root)) in &self.holes {
            put_varint(&mut bytes, *start);
            bytes.push(*height);
            bytes.extend_from_slice(root.as_bytes());
        }
        bytes
    }

    /// What is held, of its stored form.
    ///
    /// # Errors
    /// [`Malformed`] unless holes are in order, aligned and within the frontier.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let length = reader.count(1)?;
        let frontier = Frontier::decode(reader.take(length)?)?;
        let count = reader.count(34)?;
        if count > MAX_HOLES {
            return Err(Malformed::new("too many holes"));
        }
        let mut holes = BTreeMap::new();
        let mut next = 0;
        for _ in 0..count {
            let (start, height) = (reader.varint()?, reader.byte()?);
            let fits = height <= MAX_HEIGHT
                && start >= next
                && start.is_multiple_of(1 << height)
                && start.saturating_add(1 << height) <= frontier.size();
            if !fits {
                return Err(Malformed::new("a hole out of place"));
            }
            next = start + (1 << height);
            holes.insert(start, (height, Digest::from_bytes(reader.array()?)));
        }
        reader.finish()?;
        Ok(Self { frontier, holes })
    }
}

/// How many holes were looked at, for a test that counts them.
mod work {
    #[cfg(test)]
    thread_local! {
        pub(super) static LOOKED_AT: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
    }

    pub(super) fn count() {
        #[cfg(test)]
        LOOKED_AT.with(|count| count.set(count.get() + 1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merkle::subtree_root;
    use proptest::prelude::*;

    pub(super) fn leaves(count: u64) -> Vec<Digest> {
        (0..count).map(|n| Digest::from_bytes([n as u8 ^ (n >> 8) as u8 | 1; 32])).collect()
    }

    fn proof(leaves: &[Digest], held: &Ranges, run: &Range<u64>) -> Vec<Digest> {
        let range = |at: Aligned| at.start as usize..(at.start + (1 << at.height)) as usize;
        let proof = proof_of(held, run).unwrap();
        proof.into_iter().map(|at| subtree_root(&leaves[range(at)]).unwrap()).collect()
    }

    pub(super) fn take(
        held: &mut Held,
        leaves: &[Digest],
        run: Range<u64>,
    ) -> Result<(), NotProved> {
        let proof = proof(leaves, &held.ranges(), &run);
        held.fill(run.start, &leaves[run.start as usize..run.end as usize], &proof)
    }

    pub(super) fn whole(leaves: &[Digest]) -> Frontier {
        let mut frontier = Frontier::new();
        leaves.iter().for_each(|leaf| frontier.append(*leaf).unwrap());
        frontier
    }

    #[test]
    fn no_run_leaves_more_holes_than_can_be_read_again() {
        let [leaf] = leaves(1)[..] else { unreachable!() };
        let mut held = Held::new();
        for _ in 0..MAX_HOLES {
            let hole = Aligned { start: held.frontier.size(), height: 0 };
            held.extend(&[leaf], &[(hole, leaf)]).unwrap();
        }
        let before = held.clone();
        let size = held.frontier.size();
        assert_eq!(held.fill(size + 1, &[leaf], &[leaf]), Err(NotProved::OutOfStep));
        assert_eq!(held, before);
        held.fill(size, &[leaf], &[]).unwrap();
        assert_eq!(Held::decode(&held.encode()), Ok(held));
    }

    #[test]
    fn a_run_costs_no_more_the_more_holes_there_are() {
        const HOLES: u64 = 4_000;
        let leaves = leaves(2 * HOLES);
        let mut held = Held::new();
        work::LOOKED_AT.set(0);
        let false_leaf = Digest::from_bytes([0; 32]);
        let one = |n: u64| std::slice::from_ref(&leaves[n as usize]);
        for n in 0..HOLES {
            held.fill(2 * n + 1, one(2 * n + 1), one(2 * n)).unwrap();
        }
        // Each of the others once, in no order: the factor has no divisor with their number.
        for n in 0..HOLES {
            let hole = 2 * (n * 7919 % HOLES);
            assert_eq!(held.fill(hole, &[false_leaf], &[]), Err(NotProved::False));
            held.fill(hole, one(hole), &[]).unwrap();
        }
        assert!(work::LOOKED_AT.get() <= 4 * HOLES, "{}", work::LOOKED_AT.get());
        assert_eq!(held.frontier(), &whole(&leaves));
        assert_eq!(held.holes().count(), 0);
    }

    #[test]
    fn the_newest_comes_first_and_the_rest_is_proved_when_it_comes() {
        let leaves = leaves(1000);
        let mut held = Held::new();
        for run in [0..1, 900..1000, 512..900, 1..512] {
            take(&mut held, &leaves, run).unwrap();
        }
        assert_eq!(held.frontier(), &whole(&leaves));
        assert_eq!(held.holes().count(), 0);
    }

    #[test]
    fn a_false_leaf_in_a_hole_is_found_and_leaves_no_trace() {
        let true_leaves = leaves(100);
        let mut held = Held::new();
        take(&mut held, &true_leaves, 90..100).unwrap();
        let before = held.clone();
        let mut spoilt = true_leaves.clone();
        spoilt[42] = Digest::from_bytes([0; 32]);
        assert_eq!(take(&mut held, &spoilt, 40..60), Err(NotProved::False));
        assert_eq!(held, before);
        take(&mut held, &true_leaves, 40..60).unwrap();
    }

    #[test]
    fn what_is_held_already_is_out_of_step() {
        let leaves = leaves(20);
        let mut held = Held::new();
        take(&mut held, &leaves, 5..10).unwrap();
        for run in [4..6, 5..10, 9..12, 0..20] {
            let some = &leaves[run.start as usize..run.end as usize];
            assert_eq!(held.fill(run.start, some, &[]), Err(NotProved::OutOfStep), "{run:?}");
        }
        assert_eq!(held.fill(0, &leaves[0..2], &[]), Err(NotProved::OutOfStep));
    }

    proptest! {
        #[test]
        fn runs_in_any_order_end_in_the_whole_log(
            cuts in prop::collection::btree_set(1..300u64, 0..12),
            order in any::<u64>(),
        ) {
            let leaves = leaves(300);
            let mut edges: Vec<u64> = vec![0];
            edges.extend(cuts);
            edges.push(300);
            let mut runs: Vec<_> = edges.windows(2).map(|pair| pair[0]..pair[1]).collect();
            let mut held = Held::new();
            let mut chance = order;
            while !runs.is_empty() {
                chance = chance.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
                let run = runs.swap_remove((chance >> 33) as usize % runs.len());
                take(&mut held, &leaves, run).unwrap();
                let copy = Held::decode(&held.encode()).unwrap();
                prop_assert_eq!(&copy, &held);
            }
            prop_assert_eq!(held.frontier(), &whole(&leaves));
            prop_assert_eq!(held.holes().count(), 0);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            drop(Held::decode(&bytes));
        }
    }
}
