//! Batches as blocks: columns compressed with zstd. Quickly made and read, by fast links' standards.

mod columns;
mod decode;
mod encode;

#[cfg(test)]
pub(super) use columns::compress;
pub(super) use decode::decode;
pub(super) use encode::encode;

/// The number of the dictionary that is written with, and the only one that is read.
#[cfg(test)]
pub(super) const DICTIONARY: u8 = columns::DICTIONARY;
