//! How much may be done for one file.

use std::io::{self, Read};

use crate::NoText;

/// What is left to be spent on a file.
#[derive(Debug)]
pub(crate) struct Budget {
    /// Bytes that may yet be unpacked.
    bytes: usize,
    /// Pieces that may yet be kept.
    pieces: usize,
    /// Bytes that may yet be looked at to find out which pieces there are.
    looks: usize,
}

/// How often each byte of a file is looked at, about: a number also by the two before it, which
/// might be the beginning of a reference.
const LOOKS: usize = 4;

/// Bytes that are looked at besides: those of a small file may unpack to many.
const MORE_LOOKS: usize = 64 << 20;

impl Budget {
    /// What is spent on a file of so many bytes at most.
    pub(crate) fn of(length: usize) -> Self {
        let looks = length.saturating_mul(LOOKS).saturating_add(MORE_LOOKS);
        Self { bytes: 32 << 20, pieces: 1 << 20, looks }
    }

    /// Takes bytes away, or says that there are not so many.
    pub(crate) fn spend_bytes(&mut self, count: usize) -> Result<(), NoText> {
        take(&mut self.bytes, count)
    }

    /// Takes pieces away, or says that there are not so many.
    pub(crate) fn spend_pieces(&mut self, count: usize) -> Result<(), NoText> {
        take(&mut self.pieces, count)
    }

    /// Takes bytes away that were looked at, whether or not anything was found, or says that there
    /// are not so many.
    pub(crate) fn spend_looks(&mut self, count: usize) -> Result<(), NoText> {
        take(&mut self.looks, count)
    }

    /// How many bytes may yet be looked at.
    #[cfg(test)]
    pub(crate) fn looks(&self) -> usize {
        self.looks
    }

    /// How many bytes may yet be unpacked.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// What a reader gives, as long as there are bytes left for it. Then it fails.
    pub(crate) fn limit<R: Read>(&mut self, reader: R) -> Limited<'_, R> {
        Limited { reader, budget: self }
    }
}

fn take(left: &mut usize, count: usize) -> Result<(), NoText> {
    let rest = left.checked_sub(count);
    // What was too much once stays too much.
    *left = rest.unwrap_or_default();
    rest.map(drop).ok_or(NoText::TooMuch)
}

/// A reader that fails once it has given too much.
pub(crate) struct Limited<'a, R> {
    reader: R,
    budget: &'a mut Budget,
}

impl<R: Read> Read for Limited<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.budget.spend_bytes(count).map_err(|_| io::Error::other("too much"))?;
        Ok(count)
    }
}
