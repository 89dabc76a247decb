//! What is held of another site's log, and proved to be of it.
//!
//! Changes may come newest first, so a log can have holes: complete subtrees whose hash is known,
//! because a head was signed over them, and whose leaves have not come. Which subtrees those are
//! follows from which sequences are held ([`aligned_ranges`] of each gap), so that sender and
//! receiver agree on them without a word: a sender adds to a run of leaves just the hashes of
//! [`proof_of`], and the receiver checks them with [`Held::fill`].

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
    let size = held.iter().last().map_or(0, |last| last.end);
    if run.start >= size {
        return Some(aligned_ranges(size..run.start).collect());
    }
    let gap = gap_around(held, run)?;
    let holes = aligned_ranges(gap).map(|hole| hole.start..hole.start + (1u64 << hole.height));
    let mut proof = Vec::new();
    for hole in holes.filter(|hole| hole.start < run.end && run.start < hole.end) {
        proof.extend(aligned_ranges(hole.start..run.start.max(hole.start)));
        proof.extend(aligned_ranges(run.end.min(hole.end)..hole.end));
    }
    Some(proof)
}

/// The gap of what is held in which a run lies, whole.
fn gap_around(held: &Ranges, run: &Range<u64>) -> Option<Range<u64>> {
    let mut start = 0;
    for range in held.iter() {
        if run.start < range.start {
            return (run.start >= start && run.end <= range.start).then_some(start..range.start);
        }
        start = range.end;
    }
    None
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

/// What is held of one log: the frontier over all of it, and where leaves are missing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Held {
    frontier: Frontier,
    /// In order and apart, each within the frontier.
    holes: Vec<(Aligned, Digest)>,
}

impl Held {
    /// Nothing.
    pub const fn new() -> Self {
        Self { frontier: Frontier::new(), holes: Vec::new() }
    }

    /// The frontier over everything up to the newest leaf that is held.
    pub const fn frontier(&self) -> &Frontier {
        &self.frontier
    }

    /// The missing subtrees, in order.
    pub fn holes(&self) -> &[(Aligned, Digest)] {
        &self.holes
    }

    /// Which sequences are held.
    pub fn ranges(&self) -> Ranges {
        let mut held = Ranges::new();
        let mut next = 0;
        for (hole, _) in &self.holes {
            held.insert(next..hole.start);
            next = hole.start + (1 << hole.height);
        }
        held.insert(next..self.frontier.size());
        held
    }

    /// Takes a run of leaves with the hashes of [`proof_of`]. A run at the end moves the frontier:
    /// it is proved only once its head is; a run within a hole is proved by this. One that could
    /// leave more holes than are read again is not taken.
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
        let withheld = proof_of(&self.ranges(), &run).ok_or(NotProved::OutOfStep)?;
        let is_full = self.holes.len() + withheld.len() > MAX_HOLES;
        if is_full || withheld.len() != proof.len() {
            return Err(NotProved::OutOfStep);
        }
        let withheld: Vec<(Aligned, Digest)> =
            withheld.into_iter().zip(proof.iter().copied()).collect();
        if first >= self.frontier.size() {
            self.extend(leaves, withheld)
        } else {
            self.fill_holes(&run, leaves, &withheld)
        }
    }

    fn extend(
        &mut self,
        leaves: &[Digest],
        withheld: Vec<(Aligned, Digest)>,
    ) -> Result<(), NotProved> {
        let mut frontier = self.frontier.clone();
        let before = withheld.iter().map(|&(at, root)| Piece::Withheld { height: at.height, root });
        let pieces = before.chain(leaves.iter().copied().map(Piece::Leaf));
        for piece in pieces {
            frontier.append_piece(piece).map_err(|_| NotProved::OutOfStep)?;
        }
        self.frontier = frontier;
        self.holes.extend(withheld);
        Ok(())
    }

    fn fill_holes(
        &mut self,
        run: &Range<u64>,
        leaves: &[Digest],
        withheld: &[(Aligned, Digest)],
    ) -> Result<(), NotProved> {
        let mut holes = Vec::with_capacity(self.holes.len() + withheld.len());
        for &(hole, root) in &self.holes {
            let span = hole.start..hole.start + (1u64 << hole.height);
            if span.end <= run.start || run.end <= span.start {
                holes.push((hole, root));
                continue;
            }
            let within = |at: &Aligned| span.contains(&at.start);
            let around: Vec<_> = withheld.iter().filter(|(at, _)| within(at)).copied().collect();
            let part = run.start.max(span.start)..run.end.min(span.end);
            let mut again = Frontier::new();
            let mut append = |piece| again.append_piece(piece).map_err(|_| NotProved::OutOfStep);
            for &(at, root) in around.iter().filter(|(at, _)| at.start < part.start) {
                append(Piece::Withheld { height: at.height, root })?;
            }
            for leaf in (part.start..part.end).filter_map(|n| leaves.get((n - run.start) as usize))
            {
                append(Piece::Leaf(*leaf))?;
            }
            for &(at, root) in around.iter().filter(|(at, _)| at.start >= part.end) {
                append(Piece::Withheld { height: at.height, root })?;
            }
            if again.size() != span.end - span.start || again.root() != root {
                return Err(NotProved::False);
            }
            holes.extend(around);
        }
        self.holes = holes;
        Ok(())
    }

    /// The stored form: length of the frontier, the frontier, number of holes, and for each its
    /// start, its height (1) and its hash (32); numbers are varints.
    pub fn encode(&self) -> Vec<u8> {
        let frontier = self.frontier.encode();
        let mut bytes = Vec::with_capacity(frontier.len() + 8 + 36 * self.holes.len());
        put_varint(&mut bytes, frontier.len() as u64);
        bytes.extend_from_slice(&frontier);
        put_varint(&mut bytes, self.holes.len() as u64);
        for (at, root) in &self.holes {
            put_varint(&mut bytes, at.start);
            bytes.push(at.height);
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
        let mut holes = Vec::with_capacity(count);
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
            holes.push((Aligned { start, height }, Digest::from_bytes(reader.array()?)));
        }
        reader.finish()?;
        Ok(Self { frontier, holes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merkle::subtree_root;
    use proptest::prelude::*;

    fn leaves(count: u64) -> Vec<Digest> {
        (0..count).map(|n| Digest::from_bytes([n as u8 ^ (n >> 8) as u8 | 1; 32])).collect()
    }

    fn proof(leaves: &[Digest], held: &Ranges, run: &Range<u64>) -> Vec<Digest> {
        let range = |at: Aligned| at.start as usize..(at.start + (1 << at.height)) as usize;
        let proof = proof_of(held, run).unwrap();
        proof.into_iter().map(|at| subtree_root(&leaves[range(at)]).unwrap()).collect()
    }

    fn take(held: &mut Held, leaves: &[Digest], run: Range<u64>) -> Result<(), NotProved> {
        let proof = proof(leaves, &held.ranges(), &run);
        held.fill(run.start, &leaves[run.start as usize..run.end as usize], &proof)
    }

    fn whole(leaves: &[Digest]) -> Frontier {
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
            held.extend(&[leaf], vec![(hole, leaf)]).unwrap();
        }
        let before = held.clone();
        let size = held.frontier.size();
        assert_eq!(held.fill(size + 1, &[leaf], &[leaf]), Err(NotProved::OutOfStep));
        assert_eq!(held, before);
        held.fill(size, &[leaf], &[]).unwrap();
        assert_eq!(Held::decode(&held.encode()), Ok(held));
    }

    #[test]
    fn the_newest_comes_first_and_the_rest_is_proved_when_it_comes() {
        let leaves = leaves(1000);
        let mut held = Held::new();
        for run in [0..1, 900..1000, 512..900, 1..512] {
            take(&mut held, &leaves, run).unwrap();
        }
        assert_eq!(held.frontier(), &whole(&leaves));
        assert!(held.holes().is_empty());
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
            prop_assert!(held.holes().is_empty());
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            drop(Held::decode(&bytes));
        }
    }
}
