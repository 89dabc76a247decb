//! Reading from a medium of which parts cannot be read any more.

use std::io::{self, Read, Seek, SeekFrom};

/// What media are read in: a sector of today's, or eight of yesterday's.
const SECTOR: u64 = 4096;

/// What a bundle begins with that is not written as packets, and is of no use unless it is whole.
const BUNDLE: &[u8] = b"FPBUNDLE";

/// A file with zeros in the place of sectors that cannot be read, so that what lies behind them is read
/// all the same. A bundle that is not of packets ends where it cannot be read.
pub(super) struct Salvage<F> {
    file: F,
    at: u64,
    length: u64,
    /// What it begins with, as far as that is known.
    head: Vec<u8>,
}

impl<F: Read + Seek> Salvage<F> {
    /// The file, from its beginning.
    pub(super) fn of(mut file: F) -> Self {
        // What has no length is no medium, and is read as it comes.
        let length = file.seek(SeekFrom::End(0)).unwrap_or(0);
        drop(file.rewind());
        Self { file, at: 0, length, head: Vec::new() }
    }

    fn note(&mut self, read: &[u8]) {
        self.at += read.len() as u64;
        let lacks = BUNDLE.len().saturating_sub(self.head.len());
        self.head.extend_from_slice(&read[..lacks.min(read.len())]);
    }

    /// Zeros up to the end of the sector that cannot be read.
    fn skip(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let end = (self.at / SECTOR + 1) * SECTOR;
        let lost = end.min(self.length) - self.at;
        let lost = buffer.len().min(usize::try_from(lost).unwrap_or(usize::MAX));
        self.file.seek(SeekFrom::Start(self.at + lost as u64))?;
        buffer[..lost].fill(0);
        Ok(lost)
    }
}

impl<F: Read + Seek> Read for Salvage<F> {
    /// Reads no further than a sector, so that one that cannot be read is known by its place.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let sector = usize::try_from(SECTOR - self.at % SECTOR).unwrap_or(buffer.len());
        let most = sector.min(buffer.len());
        let read = match self.file.read(&mut buffer[..most]) {
            Err(error)
                if error.kind() != io::ErrorKind::Interrupted
                    && self.at < self.length
                    && self.head != BUNDLE =>
            {
                self.skip(&mut buffer[..most])?
            }
            read => read?,
        };
        self.note(&buffer[..read]);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    /// A medium of which some sectors cannot be read.
    struct Damaged(Cursor<Vec<u8>>, Vec<u64>);

    impl Read for Damaged {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let (at, end) = (self.0.position(), self.0.get_ref().len() as u64);
            let until = end.min(at + buffer.len() as u64);
            let sectors = at / SECTOR..until.div_ceil(SECTOR);
            if at < end && self.1.iter().any(|sector| sectors.contains(sector)) {
                return Err(io::Error::other("a sector that cannot be read"));
            }
            self.0.read(buffer)
        }
    }

    impl Seek for Damaged {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.0.seek(to)
        }
    }

    fn read(bytes: &[u8], damaged: &[u64]) -> io::Result<Vec<u8>> {
        let mut read = Vec::new();
        let medium = Damaged(Cursor::new(bytes.to_vec()), damaged.to_vec());
        Salvage::of(medium).read_to_end(&mut read).map(|_| read)
    }

    #[test]
    fn a_sector_that_cannot_be_read_costs_no_other() {
        let bytes = vec![7; 5 * 4096 + 100];
        assert_eq!(read(&bytes, &[]).unwrap(), bytes);
        let mut lost = bytes.clone();
        lost[..4096].fill(0);
        lost[3 * 4096..4 * 4096].fill(0);
        lost[5 * 4096..].fill(0);
        assert_eq!(read(&bytes, &[0, 3, 5]).unwrap(), lost);
    }

    #[test]
    fn a_bundle_that_must_be_whole_is_not_made_up() {
        let mut bytes = vec![7; 3 * 4096];
        bytes[..8].copy_from_slice(BUNDLE);
        assert_eq!(read(&bytes, &[]).unwrap(), bytes);
        assert!(read(&bytes, &[2]).is_err());
    }
}
