//! The longest match: what came the last time that the same went before.

use crate::history::learn;
use crate::logistic::Logistic;
use crate::slots::hash;

/// Matches of so many bytes or more are told apart from shorter ones no more.
const LONGEST: usize = 31;

#[derive(Clone)]
pub(crate) struct Recall {
    /// Bytes that have to be the same.
    least: usize,
    last_seen: Box<[u32]>,
    /// What follows the match, and how long it is; 0 for none.
    at: usize,
    length: usize,
    /// How often a match of a length is right.
    trust: Box<[u32; 32]>,
    expected: Option<bool>,
}

impl Recall {
    pub(crate) fn new(least: usize) -> Self {
        Self {
            least,
            last_seen: vec![0; 1 << 15].into_boxed_slice(),
            at: 0,
            length: 0,
            trust: Box::new([3 << 30; 32]),
            expected: None,
        }
    }

    /// How long the match is, until a bit contradicts it.
    pub(crate) fn length(&self) -> usize {
        self.length
    }

    /// The byte that is expected next.
    #[inline(always)]
    pub(crate) fn byte(&self, past: &[u8]) -> Option<u8> {
        if self.length > 0 { past.get(self.at).copied() } else { None }
    }

    /// The logit of a 1 as the next bit, after `bits` (with a 1 before them) of the byte.
    #[inline(always)]
    pub(crate) fn input(&mut self, tables: &Logistic, past: &[u8], bits: u32, left: u32) -> i16 {
        self.expected = None;
        let Some(byte) = self.byte(past) else { return 0 };
        let byte = u32::from(byte) | 256;
        if byte >> left != bits {
            self.length = 0;
            return 0;
        }
        let bit = byte >> (left - 1) & 1 == 1;
        self.expected = Some(bit);
        let logit = tables.stretch((self.trust[self.length] >> 16) as u16);
        if bit { logit } else { -logit }
    }

    #[inline(always)]
    pub(crate) fn learn(&mut self, bit: bool) {
        if let Some(expected) = self.expected {
            learn(&mut self.trust[self.length], expected == bit, 255);
        }
    }

    /// A byte is whole; `past` ends with it.
    pub(crate) fn byte_learnt(&mut self, past: &[u8]) {
        let end = past.len();
        if self.length > 0 {
            self.length = (self.length + 1).min(LONGEST);
            self.at += 1;
        }
        if end < self.least {
            return;
        }
        let mut code = 0;
        for byte in &past[end - self.least..] {
            code = hash(code, u32::from(*byte));
        }
        let place = code as usize & (self.last_seen.len() - 1);
        if self.length == 0 {
            self.at = self.last_seen[place] as usize;
            let back = past[..self.at].iter().rev().zip(past.iter().rev());
            let same = back.take(LONGEST).take_while(|(a, b)| a == b).count();
            self.length = if same >= self.least { same } else { 0 };
        }
        self.last_seen[place] = end as u32;
    }

    /// What lies so far back is forgotten.
    pub(crate) fn forget(&mut self, bytes: usize) {
        for place in &mut self.last_seen {
            *place = place.saturating_sub(bytes as u32);
        }
        self.at = self.at.saturating_sub(bytes);
        if self.at == 0 {
            self.length = 0;
        }
    }
}
