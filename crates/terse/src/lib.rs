//! A predictive coder for short texts and small numbers.
//!
//! A model says how probable it is that the next bit is a 1; an arithmetic coder spends on each bit
//! as little as its probability deserves, and the model learns what came. Whoever reads has the same
//! model, learns the same, and so needs nothing but the fraction that was coded. The method is that
//! of the PAQ family of compressors (M. Mahoney, *Data Compression Explained*): contexts of several
//! lengths, a mixer of their predictions in the logistic domain, and a correction at the end. Short
//! texts compress well because a model has read other texts before the first ([`Text::learn`]).
//!
//! *Architecture invariant:* integers only, and tables made of integers, so that every machine
//! predicts the same. Everything here is part of the format of whatever is coded with it: a changed
//! constant is another format.
//!
//! *Architecture invariant:* a model takes the memory it is made with, whatever it reads: 9.4 MB for
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
