//! Salts that cost nothing on the link and can be forgotten one by one.
//!
//! The salt of a change is a leaf of a binary tree of seeds: a pseudorandom generator makes the two
//! children of a seed, and the salt is drawn from the seed at the bottom (Goldreich, Goldwasser,
//! Micali, 1986). Who holds the 32 bytes at the top has every salt. Such a function can be
//! *punctured* (Boneh, Waters 2013 and others): replace the seeds above one leaf by the siblings
//! along its path, and that salt is gone while all others remain.
//!
//! There is one tree for each (site, epoch, scope), 40 levels deep, so that one seed lasts for the
//! life of a log and no message ever carries a salt. What it costs:
//!
//! - deriving a salt: 1 hash for the salt, plus 1 for the tree when taken in order (amortised) or
//!   40 when taken at random; measured, 0.2 µs and 4.6 µs;
//! - the first puncture of a tree: 40 seeds in place of one, 1.4 kB. A further one adds about log₂
//!   of the distance to the nearest other: 10,000 erased at random out of a million leave 2.0 MB
//!   (measured). Neighbours share, and a range costs at most two single punctures;
//! - on the link: 36 bytes for each log, 0 for each message.
//!
//! The erasure is as good as the forgetting of the old seeds: keep the encoded tree in a file of
//! its own that is overwritten and outside the data backups. A peer that may read only a part of a
//! log is given a tree punctured for the rest, never the whole: a withheld short text could be
//! guessed from its commitment by whoever has its salt.

use std::fmt;
use std::ops::Range;

use zeroize::Zeroizing;

use crate::Malformed;
use crate::merkle::MAX_HEIGHT;
use crate::name::SEQUENCE_LIMIT;
use crate::suite::{Suite, expand, label};
use crate::wire::{Reader, put_varint};

/// The secret that hides the payload of one change: 256 bits, wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Salt(Zeroizing<[u8; 32]>);

impl Salt {
    /// The salt of these bytes, as revealed with a payload to prove it to a third party.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes of the salt. Secret until the payload is public to whoever sees them.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt(..)")
    }
}

/// A seed and the leaves below it: `start .. start + 2^height`.
#[derive(Clone)]
struct Node {
    start: u64,
    height: u8,
    // Boxed, so that a growing vector leaves no copies of it behind.
    seed: Box<Zeroizing<[u8; 32]>>,
}

impl Node {
    fn new(start: u64, height: u8, seed: &[u8]) -> Self {
        let mut boxed = Box::new(Zeroizing::new([0; 32]));
        boxed.copy_from_slice(seed);
        Self { start, height, seed: boxed }
    }

    fn end(&self) -> u64 {
        self.start + (1 << self.height)
    }

    fn contains(&self, sequence: u64) -> bool {
        (self.start..self.end()).contains(&sequence)
    }

    /// The two halves of a node that is not a leaf.
    fn children(&self) -> (Self, Self) {
        let seeds = expand(&self.seed);
        let height = self.height - 1;
        let left = Self::new(self.start, height, &seeds[..32]);
        let right = Self::new(self.start + (1 << height), height, &seeds[32..]);
        (left, right)
    }

    /// Keeps the largest parts of the node that lie outside the range. At most 80 expansions.
    fn cut(&self, range: &Range<u64>, kept: &mut Vec<Self>) {
        if self.end() <= range.start || range.end <= self.start {
            kept.push(self.clone());
        } else if self.start < range.start || range.end < self.end() {
            let (left, right) = self.children();
            left.cut(range, kept);
            right.cut(range, kept);
        }
    }
}

/// The salts of one log, less those that were punctured. Wiped when dropped; never printed.
#[derive(Clone)]
pub struct SaltTree {
    /// Disjoint and in order; what no node covers is punctured.
    nodes: Vec<Node>,
    /// Seeds already derived for the last salt and those after it, the next on top. Cleared by
    /// every puncture, or it would remember what must be forgotten.
    ahead: Vec<Node>,
}

impl SaltTree {
    /// The tree of a seed: 32 secret random bytes, never used for another log.
    pub fn new(seed: &[u8; 32]) -> Self {
        Self { nodes: vec![Node::new(0, MAX_HEIGHT, seed)], ahead: Vec::new() }
    }

    /// Whether it has every salt of a log, all from one seed: what nobody who knows a part of it could
    /// have put together.
    pub fn is_whole(&self) -> bool {
        matches!(&self.nodes[..], [root] if root.start == 0 && root.height == MAX_HEIGHT)
    }

    /// The seed of a whole tree, of its secret bytes; None for those of another tree, and for bytes
    /// that are none. The same seed gives the same bytes again ([`SaltTree::secret_of_seed`]).
    pub fn seed_of_secret(bytes: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
        let tree = Self::decode_secret(bytes).ok().filter(Self::is_whole)?;
        tree.nodes.first().map(|root| (*root.seed).clone())
    }

    /// The secret bytes of the whole tree of a seed.
    pub fn secret_of_seed(seed: &[u8; 32]) -> Zeroizing<Vec<u8>> {
        Self::new(seed).encode_secret()
    }

    /// The salt of a change; None if it was punctured or is out of bounds.
    ///
    /// Takes the tree mutably to remember the way: the next sequence costs 2 hashes instead of 41.
    pub fn salt(&mut self, sequence: u64) -> Option<Salt> {
        while self.ahead.pop_if(|node| !node.contains(sequence)).is_some() {}
        let mut node = match self.ahead.pop() {
            Some(node) => node,
            None => self.covering(sequence)?.clone(),
        };
        while node.height > 0 {
            let (left, right) = node.children();
            if left.contains(sequence) {
                self.ahead.push(right);
                node = left;
            } else {
                node = right;
            }
        }
        let salt = Salt::from_bytes(label(&node.seed, b"salt"));
        self.ahead.push(node);
        Some(salt)
    }

    fn covering(&self, sequence: u64) -> Option<&Node> {
        let place = self.nodes.partition_point(|node| node.end() <= sequence);
        self.nodes.get(place).filter(|node| node.contains(sequence))
    }

    /// Forgets one salt. Says whether there was one to forget: the tree must then be stored again,
    /// over its old copy.
    pub fn puncture(&mut self, sequence: u64) -> bool {
        self.puncture_range(sequence..sequence.saturating_add(1))
    }

    /// Forgets the salts of a range, as retention does. Says whether there were any to forget.
    pub fn puncture_range(&mut self, range: Range<u64>) -> bool {
        let first = self.nodes.partition_point(|node| node.end() <= range.start);
        let last = self.nodes.partition_point(|node| node.start < range.end);
        if range.is_empty() || first >= last {
            return false;
        }
        self.ahead.clear();
        let mut kept = Vec::new();
        for node in &self.nodes[first..last] {
            node.cut(&range, &mut kept);
        }
        self.nodes.splice(first..last, kept);
        true
    }

    /// The tree as secret bytes, for the key file or for a peer that may read all it covers:
    /// suite (1) ‖ count ‖ for each node: punctured leaves since the last ‖ height (1) ‖ seed (32),
    /// counts as varints. 36 bytes before the first puncture.
    pub fn encode_secret(&self) -> Zeroizing<Vec<u8>> {
        // The longest possible, so that growing leaves no copy behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(11 + self.nodes.len() * 43));
        bytes.push(Suite::One.byte());
        put_varint(&mut bytes, self.nodes.len() as u64);
        let mut end = 0;
        for node in &self.nodes {
            put_varint(&mut bytes, node.start - end);
            bytes.push(node.height);
            bytes.extend_from_slice(node.seed.as_slice());
            end = node.end();
        }
        bytes
    }

    /// The tree of its secret bytes.
    ///
    /// # Errors
    /// [`Malformed`] for an unknown suite, a node that overlaps another, is misaligned or goes
    /// beyond [`SEQUENCE_LIMIT`], and for bytes missing or left over.
    pub fn decode_secret(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let Suite::One = Suite::from_byte(reader.byte()?)?;
        let count = reader.count(34)?;
        let mut nodes = Vec::with_capacity(count);
        let mut end = 0u64;
        for _ in 0..count {
            let start = end.saturating_add(reader.varint()?);
            let height = reader.byte()?;
            let seed = Zeroizing::new(reader.array::<32>()?);
            if height > MAX_HEIGHT || start > SEQUENCE_LIMIT - (1 << height) {
                return Err(Malformed::new("node beyond the tree"));
            }
            if !start.is_multiple_of(1 << height) {
                return Err(Malformed::new("misaligned node"));
            }
            let node = Node::new(start, height, seed.as_slice());
            end = node.end();
            nodes.push(node);
        }
        reader.finish()?;
        Ok(Self { nodes, ahead: Vec::new() })
    }
}

impl fmt::Debug for SaltTree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SaltTree({} nodes)", self.nodes.len())
    }
}

#[cfg(test)]
mod tests;
