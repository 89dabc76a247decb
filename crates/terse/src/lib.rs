//! A predictive coder for short texts and small numbers.
//!
//! A model says how probable it is that the next bit is a 1; an arithmetic coder spends on each bit
//! as little as its probability deserves, and the model learns what came. Whoever reads has the same
//! model, learns the same, and so needs nothing but the fraction that was coded. The method is that
//! of the PAQ family of compressors (M. Mahoney, *Data Compression Explained*): contexts of several
//! lengths, a mixer of their predictions in the logistic domain, and a correction at the end. Short
//! texts compress well because a model has read other texts before the first ([`Text::learn`]).
//!
//! # The method, exactly
//!
//! Probabilities are of a 1, in units of 1/65536; logits in units of 1/256, from -2047 to 2047.
//! `squash` gives the probability of a logit, rounded from the exact one; `stretch` of a probability
//! gives the least logit whose probability is not below 16⌊p/16⌋ + 8 (`logistic`). Numbers are of 32
//! bits and wrap. `hash(a, b)` is in `slots`: products with 0x9e3779b1, 0x85ebca6b and 0x2c1b3c6d.
//!
//! *Coding* (`coding`): an interval of 32 bits, both ends included. A bit of probability *p* splits
//! it at low + ⌊(high − low) × p / 65536⌋; a 1 takes the lower part. Bytes that both ends share leave
//! at the top. At the end the fewest bytes are written whose number, followed by zeros, is in the
//! interval.
//!
//! *Slots* (`slots`): entries of 32 bits, 16 to a line: probability (16), history (8), check (8). A
//! hashed context has a line (the lower bits of the hash), a turn (its upper 4 bits) and a check
//! (bits 20 to 27). Bits after *node* (a 1 and then up to 3 bits of the symbol's half) are at turn
//! xor node, or at the place beside (xor 1), with the check + 37 × node. If neither has that check,
//! the one with the smaller history, and in doubt the first, is emptied: probability one half,
//! history 0. An entry learns a bit by moving its probability by (target − p) × ⌊⌊131072 / (2n + 3)⌋
//! / 2⌋ / 32768, *n* being the bits of its history, 30 at most, and the target 0 or 65535.
//!
//! *Histories* (`history`): counts of zeros and ones, and the last bit. A bit raises its count; if
//! the other is above 2, it becomes its half plus 1; both above 5 cannot be, so the other becomes 5;
//! and none is above 40, 16, 10, 7, 6 or 5, by the smaller of both. They are numbered in the order
//! in which they are reached from the empty one, of each first by a 0 and then by a 1. For each
//! context there is a table of what follows each history (probability of 22 bits, count of 10):
//! it moves by (target − p) × ⌊131072 / (2n + 3)⌋ / 65536 and counts to 255; at first it is (2 ones
//! + 1) / (2 (all + 1)).
//!
//! *Mixing* (`mixer`): 24 inputs, weights of 32 bits in units of 2⁻²⁶, summed with their upper 16
//! bits. A weight moves by (input × step + 2) / 4, the step being error × rate / 1024. A correction
//! (`Refine`) interpolates between 33 logits and moves the nearer one by 1/64.
//!
//! *Text* (`text`): eight contexts in 2¹⁸ lines, hashed again with the first half of the byte for its
//! second; each gives the stretch of what follows its history and of its probability, or 0 if it is
//! new. Two matches (of 4 and of 7 bytes at least, the newest of equal hash in 2¹⁵) give the stretch
//! of how often such a length is right. Then come the byte so far without context, and a constant of
//! 256. Three mixers (rate 20, weights 8000/65536), chosen by contexts known × match × bit, by the
//! byte before, and by length of the word (15 at most) × bit × whether there is a match, are mixed by
//! a fourth (rate 6, weights one half), chosen by the byte so far. The
//! result is a quarter of that, a quarter of its correction by the byte so far, and half of that by
//! the byte before and so far.
//!
//! *Numbers* (`numbers`): how many bits a number has, in 7 bits, then as many bits after the first as
//! are predicted, then the rest at one half. Four contexts in 2¹² lines, one mixer (rate 12, weights
//! 20000/65536), chosen by column and part.
//!
//! *Architecture invariant:* integers only, and tables made of integers, so that every machine
//! predicts the same. Everything here is part of the format of whatever is coded with it: a changed
//! constant is another format.
//!
//! *Architecture invariant:* a model takes the memory it is made with, whatever it reads: 18 MB for
//! [`Text`], 0.3 MB for [`Numbers`]. Reading never fails and never looks beyond its bytes; whoever
//! reads bounds what is asked for, and asks [`Bits::is_spent`]. No bit costs less than 1/2100 of
//! one, so few bytes cannot stand for endless text.

mod coding;
mod history;
mod logistic;
mod mixer;
mod numbers;
mod recall;
mod slots;
mod text;

pub use coding::{Bits, Decoder, Encoder, Nowhere};
pub use numbers::{COLUMNS, Column, Numbers, raw};
pub use text::{END, Text};

#[cfg(test)]
mod tests;
