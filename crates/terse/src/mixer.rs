//! Mixing: one probability out of many, weighed by how right each was in like circumstances.

use crate::logistic::Logistic;

/// The most inputs of a mixer, a multiple of what a processor multiplies at once.
pub(crate) const INPUTS: usize = 24;

/// The weight 1.
const UNIT: i32 = 1 << 26;

/// Sets of weights of which one is chosen for each bit.
#[derive(Clone)]
pub(crate) struct Mixer {
    weights: Box<[[i32; INPUTS]]>,
    chosen: usize,
    p: u16,
    rate: i32,
}

impl Mixer {
    /// A mixer that begins with all inputs weighed alike, as `share` of 65536.
    pub(crate) fn new(sets: usize, share: i32, rate: i32) -> Self {
        let weight = share * (UNIT >> 16);
        Self { weights: vec![[weight; INPUTS]; sets].into_boxed_slice(), chosen: 0, p: 0, rate }
    }

    /// The logit of a 1, from the logits of the inputs.
    #[inline(always)]
    pub(crate) fn mix(&mut self, tables: &Logistic, inputs: &[i16; INPUTS], set: usize) -> i32 {
        self.chosen = set;
        let mut sum = 0i32;
        for (input, weight) in inputs.iter().zip(&self.weights[set]) {
            sum = sum.wrapping_add(i32::from(*input).wrapping_mul(weight >> 16));
        }
        let logit = (sum >> 10).clamp(-2047, 2047);
        self.p = tables.squash(logit);
        logit
    }

    /// Weighs those more that were right.
    #[inline(always)]
    pub(crate) fn learn(&mut self, inputs: &[i16; INPUTS], bit: bool) {
        let error = (i32::from(bit) << 16) - i32::from(self.p);
        let step = ((error * self.rate) >> 10).clamp(-32767, 32767);
        for (input, weight) in inputs.iter().zip(&mut self.weights[self.chosen]) {
            *weight = weight.wrapping_add((i32::from(*input) * step + 0x2) >> 2);
        }
    }
}

/// Corrects a probability by what came of such probabilities in a context.
#[derive(Clone)]
pub(crate) struct Refine {
    /// For each context, the outcome at 33 logits, of which two are near.
    entries: Box<[u16]>,
    at: usize,
}

/// How slowly a correction follows.
const REFINE_RATE: u32 = 6;

impl Refine {
    pub(crate) fn new(contexts: usize) -> Self {
        let tables = Logistic::get();
        let row: Vec<u16> = (0..33).map(|n| tables.squash((n - 16) * 128)).collect();
        Self { entries: row.repeat(contexts).into_boxed_slice(), at: 0 }
    }

    /// The corrected probability.
    #[inline(always)]
    pub(crate) fn p(&mut self, logit: i32, context: usize) -> u16 {
        let place = (logit + 2048) as usize;
        let (low, part) = (place >> 7, (place & 127) as u32);
        let base = context * 33 + low;
        self.at = base + usize::from(part >= 64);
        let (below, above) = (u32::from(self.entries[base]), u32::from(self.entries[base + 1]));
        ((below * (128 - part) + above * part) >> 7) as u16
    }

    /// Learns what came.
    #[inline(always)]
    pub(crate) fn learn(&mut self, bit: bool) {
        let entry = &mut self.entries[self.at];
        if bit {
            *entry += (65535 - *entry) >> REFINE_RATE;
        } else {
            *entry -= *entry >> REFINE_RATE;
        }
    }
}
