//! A model of text: what byte comes next, bit by bit.

use crate::coding::Bits;
use crate::history::{Follow, Histories, learn};
use crate::logistic::{Logistic, MOST};
use crate::mixer::{INPUTS, Mixer, Refine};
use crate::recall::Recall;
use crate::slots::{Found, Place, Slots, hash};

/// Stands after the last byte of a text. No byte of a text in UTF-8 is the same.
pub const END: u8 = 0xff;

/// Contexts in the table: the last 1, 2, 3, 4 and 5 bytes, and three of words.
const CONTEXTS: usize = 8;

/// How many of them are of bytes.
const ORDERS: usize = 5;

/// Lines of the table, as a power of two: 16 MB. What was read before the first text fills it well.
const LINES: u32 = 18;

/// Bytes of the past that are kept, at most; half of them go when it is full.
const PAST: usize = 1 << 19;

/// The bytes that a match must have at least, for each of the two that are looked for.
const MATCHES: [usize; 2] = [4, 7];

/// Letters of the word so far that are told apart.
const LETTERS: usize = 15;

/// What an input of the first mixers weighs before anything was learnt, of 65536.
const SHARE: i32 = 8000;

/// How fast the first mixers learn, and the last.
const RATES: [i32; 2] = [20, 6];

/// A model of text that has learnt from what went before.
#[derive(Clone)]
pub struct Text {
    tables: (&'static Logistic, &'static Histories),
    slots: Slots,
    follows: Box<[Follow; CONTEXTS]>,
    /// What is to be expected without any context.
    direct: Box<[u32; 256]>,
    recalls: [Recall; 2],
    past: Vec<u8>,
    words: Words,
    first: [Mixer; 3],
    last: Mixer,
    refines: [Refine; 2],
}

/// Words, as far as they are contexts.
#[derive(Clone, Copy, Default)]
struct Words {
    /// The one that is being written.
    now: u32,
    /// The one before it.
    last: u32,
    /// What stands between a word and here.
    gap: u32,
    /// How many bytes the word has so far.
    length: usize,
}

impl Words {
    fn then(&mut self, byte: u8) {
        let letter = byte.to_ascii_lowercase();
        if byte == END {
            *self = Self::default();
        } else if letter.is_ascii_alphanumeric() || letter >= 0x80 {
            self.now = hash(self.now, u32::from(letter) + 1);
            self.gap = 0;
            self.length += 1;
        } else {
            if self.now != 0 {
                self.last = self.now;
            }
            self.now = 0;
            self.length = 0;
            self.gap = hash(self.gap, u32::from(byte) + 1);
        }
    }
}

/// What was asked for one bit, to learn from its outcome.
struct Asked {
    found: [Found; CONTEXTS],
    inputs: [i16; INPUTS],
    mixed: [i16; INPUTS],
}

impl Default for Text {
    fn default() -> Self {
        Self::new()
    }
}

impl Text {
    /// A model that knows nothing.
    pub fn new() -> Self {
        let first = |sets| Mixer::new(sets, SHARE, RATES[0]);
        Self {
            tables: (Logistic::get(), Histories::get()),
            slots: Slots::new(LINES),
            follows: Box::new(std::array::from_fn(|_| Follow::new())),
            direct: Box::new([1 << 31; 256]),
            recalls: MATCHES.map(Recall::new),
            past: Vec::new(),
            words: Words::default(),
            first: [first(ORDERS * 4 * 8), first(256), first((LETTERS + 1) * 8 * 2)],
            last: Mixer::new(256, 65536 / 2, RATES[1]),
            refines: [Refine::new(256), Refine::new(1 << 12)],
        }
    }

    /// Learns bytes without coding them.
    pub fn learn(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.byte(&mut crate::Nowhere, *byte);
        }
    }

    /// Codes a byte, and gives it.
    pub fn byte(&mut self, bits: &mut impl Bits, byte: u8) -> u8 {
        let codes = self.contexts();
        let before = self.past.last().copied().unwrap_or(END);
        let mut places = [Place::default(); CONTEXTS];
        let mut node = 1u32;
        for left in (1..=8u32).rev() {
            if left == 8 || left == 4 {
                let half = if left == 8 { 0 } else { node };
                places = codes.map(|code| self.slots.place(hash(code, half)));
                self.slots.look(&places);
            }
            let (p, asked) = self.ask(&places, node, left, before);
            let bit = bits.bit(byte >> (left - 1) & 1 == 1, p);
            self.answer(&asked, node, bit);
            node = node << 1 | u32::from(bit);
        }
        self.after(node as u8);
        node as u8
    }

    /// The probability of a 1 after the bits of `node`, with `left` bits to come.
    #[inline(always)]
    fn ask(
        &mut self,
        places: &[Place; CONTEXTS],
        node: u32,
        left: u32,
        before: u8,
    ) -> (u16, Asked) {
        let (logistic, _) = self.tables;
        let within = if left > 4 { node } else { node & 0xf >> left | 0x10 >> left };
        let mut asked = Asked {
            found: places.map(|place| self.slots.find(place, within)),
            inputs: [0; INPUTS],
            mixed: [0; INPUTS],
        };
        let mut known = 0;
        let inputs = asked.inputs[..2 * CONTEXTS].chunks_exact_mut(2);
        for (n, ((found, follow), two)) in
            asked.found.iter().zip(&*self.follows).zip(inputs).enumerate()
        {
            let history = found.history();
            // Of what is new nothing is to be expected.
            let counts = -i16::from(history != 0);
            two[0] = logistic.stretch(follow.p(history)) & counts;
            two[1] = logistic.stretch(found.p()) & counts;
            known += usize::from(history != 0 && (1..ORDERS).contains(&n));
        }
        for (recall, input) in self.recalls.iter_mut().zip(&mut asked.inputs[2 * CONTEXTS..]) {
            *input = recall.input(logistic, &self.past, node, left);
        }
        let node = node as usize & 255;
        asked.inputs[2 * CONTEXTS + 2] = logistic.stretch((self.direct[node] >> 16) as u16);
        asked.inputs[2 * CONTEXTS + 3] = 256;
        let length = self.recalls[0].length().max(self.recalls[1].length());
        let matched = usize::from(length > 0) + usize::from(length > 7) + usize::from(length > 15);
        let bit = left as usize - 1;
        let word = self.words.length.min(LETTERS);
        let sets = [
            (known * 4 + matched) * 8 + bit,
            usize::from(before),
            (word * 8 + bit) * 2 + usize::from(length > 0),
        ];
        for ((mixer, set), mixed) in self.first.iter_mut().zip(sets).zip(&mut asked.mixed) {
            *mixed = mixer.mix(logistic, &asked.inputs, set) as i16;
        }
        let logit = self.last.mix(logistic, &asked.mixed, node).clamp(-MOST, MOST);
        let pair = (((usize::from(before) << 8) | node) * 0x9e5) >> 4 & 0xfff;
        let plain = u32::from(logistic.squash(logit));
        let [one, two] =
            [(0, node), (1, pair)].map(|(n, context)| u32::from(self.refines[n].p(logit, context)));
        (((plain + one + 2 * two) >> 2).clamp(LEAST, 65536 - LEAST) as u16, asked)
    }

    #[inline(always)]
    fn answer(&mut self, asked: &Asked, node: u32, bit: bool) {
        let (_, histories) = self.tables;
        for (found, follow) in asked.found.iter().zip(&mut *self.follows) {
            follow.learn(found.history(), bit);
            self.slots.learn(histories, *found, bit);
        }
        self.recalls.iter_mut().for_each(|recall| recall.learn(bit));
        learn(&mut self.direct[node as usize & 255], bit, 255);
        self.first.iter_mut().for_each(|mixer| mixer.learn(&asked.inputs, bit));
        self.last.learn(&asked.mixed, bit);
        self.refines.iter_mut().for_each(|refine| refine.learn(bit));
    }

    fn after(&mut self, byte: u8) {
        self.words.then(byte);
        self.past.push(byte);
        if self.past.len() == PAST {
            self.past.drain(..PAST / 2);
            self.recalls.iter_mut().for_each(|recall| recall.forget(PAST / 2));
        }
        self.recalls.iter_mut().for_each(|recall| recall.byte_learnt(&self.past));
    }

    /// The contexts of the next byte. None reaches beyond the end of the text before.
    fn contexts(&self) -> [u32; CONTEXTS] {
        let mut codes = [0; CONTEXTS];
        let (mut code, mut ended) = (0, false);
        for (n, entry) in codes[..ORDERS].iter_mut().enumerate() {
            let byte = self.past.len().checked_sub(n + 1).map_or(END, |at| self.past[at]);
            if !ended {
                code = hash(code, u32::from(byte) + 1);
            }
            ended |= byte == END;
            *entry = hash(code, n as u32 + 1);
        }
        let Words { now, last, gap, .. } = self.words;
        let byte = self.past.last().copied().unwrap_or(END);
        codes[5] = hash(hash(now, u32::from(byte)), 16);
        codes[6] = hash(hash(now, last), hash(gap, 17));
        codes[7] = hash(hash(now, gap), 20);
        codes
    }
}

/// No bit is more certain than this, in units of 1/65536: so no bytes stand for endless text.
const LEAST: u32 = 22;
