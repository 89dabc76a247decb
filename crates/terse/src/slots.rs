//! What was seen in each context, in a table of bounded size.
//!
//! A context owns no room. Each bit in it that was seen has an entry of its own, found by a hash of
//! the context and the bits before it in the symbol; when room is short, the entry that knows less
//! gives way. An entry is probability (16 bits), history (8), check (8).

use crate::history::{Histories, RECIPROCAL};
use crate::logistic::HALF;

/// Entries that are at hand at once: a line of the processor's cache.
const LINE: usize = 16;

/// How many bits a probability is the mean of, at most.
const LIMIT: u8 = 30;

/// An entry that has seen nothing.
const EMPTY: u32 = (HALF as u32) << 16;

/// The table.
#[derive(Clone)]
pub(crate) struct Slots {
    lines: Box<[[u32; LINE]]>,
}

/// Where the next bits in a context are.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Place {
    line: u32,
    turn: u32,
    check: u32,
}

/// An entry that was found, and where.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Found {
    line: u32,
    at: u32,
    entry: u32,
}

impl Found {
    /// The history of the bits that were seen here; 0 for none.
    #[inline(always)]
    pub(crate) fn history(self) -> u8 {
        (self.entry >> 8) as u8
    }

    /// The probability of a 1.
    #[inline(always)]
    pub(crate) fn p(self) -> u16 {
        (self.entry >> 16) as u16
    }
}

/// Mixes two numbers.
#[inline(always)]
pub(crate) const fn hash(a: u32, b: u32) -> u32 {
    let mixed = a.wrapping_mul(0x9e37_79b1) ^ b.wrapping_add(0x7f4a_7c15).wrapping_mul(0x85eb_ca6b);
    let mixed = (mixed ^ mixed >> 15).wrapping_mul(0x2c1b_3c6d);
    mixed ^ mixed >> 13
}

impl Slots {
    /// A table of 2^`bits` lines of 64 bytes.
    pub(crate) fn new(bits: u32) -> Self {
        Self { lines: vec![[EMPTY; LINE]; 1 << bits].into_boxed_slice() }
    }

    /// Where the bits of a hashed context are.
    #[inline(always)]
    pub(crate) fn place(&self, hash: u32) -> Place {
        let line = hash & (self.lines.len() as u32 - 1);
        Place { line, turn: hash >> 28, check: hash >> 20 & 255 }
    }

    /// Looks at places all at once, so that the processor waits for memory once and not for each.
    #[inline(always)]
    pub(crate) fn look<const N: usize>(&self, places: &[Place; N]) {
        let seen = places.iter().fold(0, |seen, place| seen ^ self.lines[place.line as usize][0]);
        std::hint::black_box(seen);
    }

    /// The entry for the next bit in a context, after some bits (`node`, 1 to 15).
    #[inline(always)]
    pub(crate) fn find(&self, place: Place, node: u32) -> Found {
        let line = &self.lines[place.line as usize];
        let check = (place.check + node * 37) & 255;
        let first = (place.turn ^ node) & 15;
        let second = first ^ 1;
        let (a, b) = (line[first as usize], line[second as usize]);
        // Histories are numbered so that a smaller one stands for fewer bits, by and large.
        let loses = if b & 0xff00 < a & 0xff00 { second } else { first };
        let mut found = Found { line: place.line, at: loses, entry: EMPTY | check };
        if b & 255 == check {
            found.at = second;
            found.entry = b;
        }
        if a & 255 == check {
            found.at = first;
            found.entry = a;
        }
        found
    }

    /// Learns the bit that came.
    #[inline(always)]
    pub(crate) fn learn(&mut self, tables: &Histories, found: Found, bit: bool) {
        let history = found.history();
        let count = tables.total(history).min(LIMIT);
        let (p, target) = (i32::from(found.p()), if bit { 65535 } else { 0 });
        let moved = p + (((target - p) * (RECIPROCAL[usize::from(count)] >> 1) as i32) >> 15);
        let history = u32::from(tables.next(history, bit));
        let entry = (moved as u32) << 16 | history << 8 | found.entry & 255;
        self.lines[found.line as usize][found.at as usize & 15] = entry;
    }
}
