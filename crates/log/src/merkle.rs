//! The append-only Merkle log over commitments.
//!
//! The shape is that of RFC 6962 (certificate transparency), section 2.1: a log of n leaves splits
//! at the largest power of two below n. Leaves, nodes and the empty log are hashed in separate
//! domains, so that none can be taken for another. A leaf commits to a header and to a salted hash
//! of the payload: payload and salt can be erased, or withheld, and the log still verifies.
//!
//! A verifier needs only a [`Frontier`]. It starts at a head it trusts (or empty), appends the
//! [pieces](Piece) it is given (leaves, and subtrees for ranges that are withheld), and compares
//! the root with the new head: that proves both the pieces and that the new head extends the old.

use std::fmt;
use std::ops::Range;

use crate::Malformed;
use crate::name::SEQUENCE_LIMIT;
use crate::salt::Salt;
use crate::suite::{Digest, Domain, commit, hash};
use crate::wire::Reader;

/// Height of the tallest subtree there can be: log₂ of [`SEQUENCE_LIMIT`].
pub const MAX_HEIGHT: u8 = SEQUENCE_LIMIT.trailing_zeros() as u8;

/// Commits to a payload: `H(salt (32) ‖ payload)`. Without the salt it tells nothing of the
/// payload, not even to who guesses it.
pub fn commitment(salt: &Salt, payload: &[u8]) -> Digest {
    commit(salt.as_bytes(), payload)
}

/// The leaf of a change: `H(header ‖ commitment (32))`. The header can never be erased: it must
/// hold nothing personal.
pub fn leaf(header: &[u8], commitment: Digest) -> Digest {
    hash(Domain::LogLeaf, &[header, commitment.as_bytes()])
}

fn node(left: Digest, right: Digest) -> Digest {
    hash(Domain::LogNode, &[left.as_bytes(), right.as_bytes()])
}

/// The hash of the complete subtree over these leaves, as it travels in place of a withheld range.
/// None unless their number is a power of two.
pub fn subtree_root(leaves: &[Digest]) -> Option<Digest> {
    if !leaves.len().is_power_of_two() {
        return None;
    }
    let mut level = leaves.to_vec();
    while level.len() > 1 {
        level = level.chunks_exact(2).map(|pair| node(pair[0], pair[1])).collect();
    }
    level.first().copied()
}

/// A complete subtree: the leaves `start .. start + 2^height`, where `start` is a multiple of
/// `2^height`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aligned {
    /// Its first leaf.
    pub start: u64,
    /// How tall it is; 0 is a single leaf.
    pub height: u8,
}

/// The fewest complete subtrees that make up a range of leaves, in order: at most two of each
/// height, so at most 80. Nothing for a range that is empty or ends above [`SEQUENCE_LIMIT`].
pub fn aligned_ranges(range: Range<u64>) -> impl Iterator<Item = Aligned> {
    let end = if range.end <= SEQUENCE_LIMIT { range.end } else { range.start };
    let mut start = range.start;
    std::iter::from_fn(move || {
        let room = end.checked_sub(start).filter(|&room| room > 0)?;
        // trailing_zeros(0) is 64: leaf 0 is aligned to every height.
        let height = start.trailing_zeros().min(room.ilog2()) as u8;
        let part = Aligned { start, height };
        start += 1 << height;
        Some(part)
    })
}

/// What a verifier is given for the next leaf or leaves of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece {
    /// One leaf, computed from a header and a commitment.
    Leaf(Digest),
    /// The hash of a complete subtree in place of `2^height` leaves that are withheld.
    Withheld {
        /// How tall the subtree is; 0 stands for one leaf.
        height: u8,
        /// The subtree's hash.
        root: Digest,
    },
}

/// Why a piece cannot be appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAppended {
    /// A subtree may only start at a multiple of its own length.
    Misaligned,
    /// The log would exceed [`SEQUENCE_LIMIT`] leaves.
    Full,
}

impl fmt::Display for NotAppended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Misaligned => "a subtree starts at no multiple of its length",
            Self::Full => "the log is full",
        })
    }
}

impl std::error::Error for NotAppended {}

/// The right edge of a log: all that is needed to append to it and to know its root.
///
/// At most 40 hashes. Appending costs one node hash on average, the root at most 39.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    /// The roots of the complete subtrees, one for each 1 in the binary form of `size`, tallest
    /// first.
    peaks: Vec<Digest>,
}

impl Frontier {
    /// The empty log.
    pub const fn new() -> Self {
        Self { size: 0, peaks: Vec::new() }
    }

    /// How many leaves the log has; the sequence of the next one.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The root: RFC 6962's Merkle tree hash of all leaves.
    pub fn root(&self) -> Digest {
        let empty = || hash(Domain::LogEmpty, &[]);
        self.peaks
            .iter()
            .rev()
            .copied()
            .reduce(|right, left| node(left, right))
            .unwrap_or_else(empty)
    }

    /// Appends the next leaf.
    ///
    /// # Errors
    /// [`NotAppended::Full`]; the frontier is then unchanged.
    pub fn append(&mut self, leaf: Digest) -> Result<(), NotAppended> {
        self.append_subtree(0, leaf)
    }

    /// Appends the next leaf or withheld range.
    ///
    /// # Errors
    /// [`NotAppended`]; the frontier is then unchanged.
    pub fn append_piece(&mut self, piece: Piece) -> Result<(), NotAppended> {
        match piece {
            Piece::Leaf(leaf) => self.append_subtree(0, leaf),
            Piece::Withheld { height, root } => self.append_subtree(height, root),
        }
    }

    fn append_subtree(&mut self, height: u8, root: Digest) -> Result<(), NotAppended> {
        let length =
            if height <= MAX_HEIGHT { 1 << height } else { return Err(NotAppended::Full) };
        if !self.size.is_multiple_of(length) {
            return Err(NotAppended::Misaligned);
        }
        if self.size + length > SEQUENCE_LIMIT {
            return Err(NotAppended::Full);
        }
        // Two subtrees of one height make a taller one: the carries of adding `length` to `size`.
        let carries = (self.size >> height).trailing_ones();
        let mut merged = root;
        for _ in 0..carries {
            let Some(left) = self.peaks.pop() else { break };
            merged = node(left, merged);
        }
        self.peaks.push(merged);
        self.size += length;
        Ok(())
    }

    /// Whether appending these pieces leads exactly to a head's size and root, and then the
    /// frontier there. None if they do not: at least one piece or the head is false.
    pub fn advance(
        &self,
        pieces: impl IntoIterator<Item = Piece>,
        size: u64,
        root: Digest,
    ) -> Option<Self> {
        let mut frontier = self.clone();
        for piece in pieces {
            frontier.append_piece(piece).ok()?;
            if frontier.size > size {
                return None;
            }
        }
        (frontier.size == size && frontier.root() == root).then_some(frontier)
    }

    /// The frontier as size (8, big-endian) ‖ 32 bytes for each 1 in the binary form of the size:
    /// at most 1,288 bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = self.size.to_be_bytes().to_vec();
        for peak in &self.peaks {
            bytes.extend_from_slice(peak.as_bytes());
        }
        bytes
    }

    /// The frontier of these bytes. It is as true as its source: compare the root with a head.
    ///
    /// # Errors
    /// [`Malformed`] unless there are as many hashes as the size demands.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let size = reader.u64()?;
        if size > SEQUENCE_LIMIT {
            return Err(Malformed::new("size of a log"));
        }
        let peaks = (0..size.count_ones())
            .map(|_| reader.array().map(Digest::from_bytes))
            .collect::<Result<_, _>>()?;
        reader.finish()?;
        Ok(Self { size, peaks })
    }
}

#[cfg(test)]
mod tests;
