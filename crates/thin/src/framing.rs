//! Datagrams on a line of bytes: COBS (Cheshire and Baker, *Consistent Overhead Byte Stuffing*, 1999).
//!
//! A zero stands before and behind each datagram, and in none. Whatever noise comes in between spoils
//! at most the datagram that it meets. There is no checksum: what is altered does not open.

/// The most bytes of an encoded datagram that are kept while its end has not come.
pub(crate) const LONGEST: usize = 2_048;

/// Bytes that framing adds to a datagram of this length, at most.
pub(crate) const fn overhead(length: usize) -> usize {
    3 + length / 254
}

/// A datagram as it goes over a line.
pub fn enclose(datagram: &[u8]) -> Vec<u8> {
    let mut out = vec![0];
    for run in datagram.split(|byte| *byte == 0) {
        let mut pieces = run.chunks(254).peekable();
        if pieces.peek().is_none() {
            out.push(1);
        }
        while let Some(piece) = pieces.next() {
            out.push(piece.len() as u8 + 1);
            out.extend_from_slice(piece);
            // A full piece stands for no zero behind it; the end of a run does.
            if piece.len() == 254 && pieces.peek().is_none() {
                out.push(1);
            }
        }
    }
    out.push(0);
    out
}

/// Finds the datagrams in what comes over a line.
#[derive(Debug, Default)]
pub struct Finder {
    encoded: Vec<u8>,
    is_too_long: bool,
}

impl Finder {
    /// Takes what came, and gives the datagrams that have ended in it.
    pub fn take(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut found = Vec::new();
        for &byte in bytes {
            if byte == 0 {
                if !self.is_too_long && !self.encoded.is_empty() {
                    found.extend(decode(&self.encoded));
                }
                self.encoded.clear();
                self.is_too_long = false;
            } else if self.encoded.len() < LONGEST {
                self.encoded.push(byte);
            } else {
                self.is_too_long = true;
            }
        }
        found
    }
}

/// The datagram of its encoding without the zeros around it; nothing if it breaks off.
fn decode(mut encoded: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(encoded.len());
    while let Some((&code, rest)) = encoded.split_first() {
        let (run, rest) = rest.split_at_checked(usize::from(code) - 1)?;
        out.extend_from_slice(run);
        if code < 255 && !rest.is_empty() {
            out.push(0);
        }
        encoded = rest;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_bytes_on_a_line_are_for_ever() {
        assert_eq!(enclose(&[0x11, 0x22, 0, 0x33]), [0, 3, 0x11, 0x22, 2, 0x33, 0]);
        assert_eq!(enclose(&[0, 0]), [0, 1, 1, 1, 0]);
        let long = enclose(&[7; 254]);
        assert_eq!((long[1], long.len()), (255, 254 + 4));
    }

    #[test]
    fn a_line_without_an_end_fills_no_memory() {
        let mut finder = Finder::default();
        for _ in 0..1_000 {
            assert!(finder.take(&[7; 1_000]).is_empty());
        }
        assert!(finder.encoded.len() <= LONGEST);
        assert_eq!(finder.take(&enclose(b"datagram")), [b"datagram"]);
    }

    proptest! {
        #[test]
        fn a_datagram_survives_the_line(
            datagrams in prop::collection::vec(prop::collection::vec(0..4_u8, 1..900), 1..5),
            noise: Vec<u8>,
            cut in 1..50_usize,
        ) {
            let mut line = noise;
            for datagram in &datagrams {
                let enclosed = enclose(datagram);
                prop_assert!(enclosed.len() <= datagram.len() + overhead(datagram.len()));
                line.extend(enclosed);
            }
            let mut finder = Finder::default();
            let found: Vec<_> = line.chunks(cut).flat_map(|piece| finder.take(piece)).collect();
            prop_assert!(found.ends_with(&datagrams));
        }
    }
}
