//! A model of small numbers in columns.

use crate::coding::Bits;
use crate::history::{Follow, Histories};
use crate::logistic::{HALF, Logistic};
use crate::mixer::{INPUTS, Mixer};
use crate::slots::{Found, Slots, hash};

/// Contexts of a number: its column alone, and as many as the caller gives.
const CONTEXTS: usize = 4;

/// Lines of the table, as a power of two: 256 kB.
const LINES: u32 = 12;

/// Columns, at most.
pub const COLUMNS: usize = 17;

/// What an input weighs before anything was learnt, of 65536.
const SHARE: i32 = 20_000;

/// How fast the mixer learns.
const RATE: i32 = 12;

/// A column of numbers.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its number, below [`COLUMNS`].
    pub number: u8,
    /// How many bits after the first are worth a prediction; those after them are as good as
    /// chance.
    pub predicted: u8,
}

/// A model of columns of numbers that has learnt from those that went before.
#[derive(Clone)]
pub struct Numbers {
    slots: Slots,
    follows: Box<[Follow; CONTEXTS]>,
    mixer: Mixer,
}

impl Default for Numbers {
    fn default() -> Self {
        Self::new()
    }
}

impl Numbers {
    /// A model that knows nothing.
    pub fn new() -> Self {
        Self {
            slots: Slots::new(LINES),
            follows: Box::new(std::array::from_fn(|_| Follow::new())),
            mixer: Mixer::new(COLUMNS * 2, SHARE, RATE),
        }
    }

    /// Codes a number of a column in up to three contexts, and gives it.
    pub fn number(
        &mut self,
        bits: &mut impl Bits,
        column: Column,
        contexts: [u32; CONTEXTS - 1],
        number: u64,
    ) -> u64 {
        let set = usize::from(column.number) % COLUMNS * 2;
        let salt = u32::from(column.number) + 1;
        let [a, b, c] = contexts;
        let codes = [hash(0, salt), hash(a, salt + 32), hash(b, salt + 64), hash(c, salt + 96)];
        // First how many bits it has (0 to 64), then those after the first.
        let length = 64 - number.leading_zeros();
        let length = self.bits(bits, codes, set, (length, 7)).min(64);
        if length < 2 {
            return u64::from(length);
        }
        let rest = length - 1;
        let predicted = rest.min(u32::from(column.predicted));
        let codes = codes.map(|code| hash(code, length));
        let upper = (number >> (rest - predicted) & ((1 << predicted) - 1)) as u32;
        let upper = self.bits(bits, codes, set + 1, (upper, predicted));
        let mut value = 1 << predicted | u64::from(upper);
        for left in (0..rest - predicted).rev() {
            value = value << 1 | u64::from(bits.bit(number >> left & 1 == 1, HALF));
        }
        value
    }

    /// Codes the lowest bits of a number, the highest first.
    fn bits(
        &mut self,
        bits: &mut impl Bits,
        codes: [u32; CONTEXTS],
        set: usize,
        (number, width): (u32, u32),
    ) -> u32 {
        let mut node = 1u32;
        for left in (0..width).rev() {
            let bit = self.bit(bits, codes, set, node, number >> left & 1 == 1);
            node = node << 1 | u32::from(bit);
        }
        node - (1 << width)
    }

    fn bit(
        &mut self,
        bits: &mut impl Bits,
        codes: [u32; CONTEXTS],
        set: usize,
        node: u32,
        bit: bool,
    ) -> bool {
        let logistic = Logistic::get();
        let found: [Found; CONTEXTS] =
            codes.map(|code| self.slots.find(self.slots.place(hash(code, node)), 1));
        let mut inputs = [0; INPUTS];
        for ((found, follow), two) in
            found.iter().zip(&*self.follows).zip(inputs.chunks_exact_mut(2))
        {
            if found.history() != 0 {
                two[0] = logistic.stretch(follow.p(found.history()));
                two[1] = logistic.stretch(found.p());
            }
        }
        let logit = self.mixer.mix(logistic, &inputs, set);
        let bit = bits.bit(bit, logistic.squash(logit));
        for (found, follow) in found.iter().zip(&mut *self.follows) {
            follow.learn(found.history(), bit);
            self.slots.learn(Histories::get(), *found, bit);
        }
        self.mixer.learn(&inputs, bit);
        bit
    }
}

/// Codes bytes that nobody can predict.
pub fn raw(bits: &mut impl Bits, bytes: &mut [u8]) {
    for byte in bytes {
        let mut value = 0;
        for left in (0..8).rev() {
            value = value << 1 | u8::from(bits.bit(*byte >> left & 1 == 1, HALF));
        }
        *byte = value;
    }
}
