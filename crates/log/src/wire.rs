//! Strict, bounded reading of bytes that somebody else wrote, for every format of the log and the
//! link.

use std::fmt;

/// The bytes are not the one valid encoding of any value.
///
/// Carries what was wrong, for a log line; never any of the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed(&'static str);

impl Malformed {
    /// The complaint that `what` is wrong.
    pub const fn new(what: &'static str) -> Self {
        Self(what)
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "malformed: {}", self.0)
    }
}

impl std::error::Error for Malformed {}

/// A cursor over untrusted bytes.
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// A cursor at the beginning.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The next bytes, of a fixed number.
    ///
    /// # Errors
    /// [`Malformed`] if there are fewer.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (head, rest) = self.rest.split_first_chunk::<N>().ok_or(Malformed("too short"))?;
        self.rest = rest;
        Ok(*head)
    }

    /// The next bytes, as they are.
    ///
    /// # Errors
    /// [`Malformed`] if there are fewer.
    pub fn take(&mut self, length: usize) -> Result<&'a [u8], Malformed> {
        let (head, rest) = self.rest.split_at_checked(length).ok_or(Malformed("too short"))?;
        self.rest = rest;
        Ok(head)
    }

    /// The next byte.
    ///
    /// # Errors
    /// [`Malformed`] at the end.
    pub fn byte(&mut self) -> Result<u8, Malformed> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// The next eight bytes as a number, the most significant first.
    ///
    /// # Errors
    /// [`Malformed`] if there are fewer.
    pub fn u64(&mut self) -> Result<u64, Malformed> {
        self.array().map(u64::from_be_bytes)
    }

    /// An unsigned LEB128 number of at most 64 bits in its shortest form.
    ///
    /// # Errors
    /// [`Malformed`] for a longer form, a larger number or a cut one.
    pub fn varint(&mut self) -> Result<u64, Malformed> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                break;
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                let longer_than_needed = byte == 0 && shift > 0;
                return if longer_than_needed { Err(Malformed("long number")) } else { Ok(value) };
            }
        }
        Err(Malformed("number above 64 bits"))
    }

    /// How many items follow, each of at least `item_bytes`: never more than could be there, so
    /// that a lying count costs nothing.
    ///
    /// # Errors
    /// [`Malformed`] for a count that cannot be true.
    pub fn count(&mut self, item_bytes: usize) -> Result<usize, Malformed> {
        let count = self.varint()?;
        let possible = self.rest.len() / item_bytes.max(1);
        usize::try_from(count)
            .ok()
            .filter(|&count| count <= possible)
            .ok_or(Malformed("more items than bytes"))
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// [`Malformed`] if bytes are left.
    pub fn finish(self) -> Result<(), Malformed> {
        if self.rest.is_empty() { Ok(()) } else { Err(Malformed("bytes after the end")) }
    }
}

/// Appends an unsigned LEB128 number: 7 bits a byte, lowest first, 1 to 10 bytes.
pub fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn varint(bytes: &[u8]) -> Result<u64, Malformed> {
        let mut reader = Reader::new(bytes);
        let value = reader.varint()?;
        reader.finish().map(|()| value)
    }

    #[test]
    fn a_number_has_one_encoding() {
        assert_eq!(varint(&[0]), Ok(0));
        assert_eq!(varint(&[0xac, 0x02]), Ok(300));
        assert_eq!(varint(&[0x80, 0]), Err(Malformed("long number")));
        assert_eq!(varint(&[0x80]), Err(Malformed("too short")));
        assert_eq!(varint(&[0, 0]), Err(Malformed("bytes after the end")));
    }

    #[test]
    fn a_number_ends_at_64_bits() {
        let mut most = vec![0xff; 9];
        most.push(1);
        assert_eq!(varint(&most), Ok(u64::MAX));
        most[9] = 2;
        assert_eq!(varint(&most), Err(Malformed("number above 64 bits")));
    }

    #[test]
    fn a_lying_count_is_refused() {
        assert_eq!(Reader::new(&[2, 9, 9]).count(1), Ok(2));
        assert_eq!(Reader::new(&[3, 9, 9]).count(1), Err(Malformed("more items than bytes")));
        assert_eq!(Reader::new(&[2, 9, 9]).count(2), Err(Malformed("more items than bytes")));
    }

    proptest! {
        #[test]
        fn a_number_survives(value: u64) {
            let mut bytes = Vec::new();
            put_varint(&mut bytes, value);
            prop_assert_eq!(varint(&bytes), Ok(value));
        }
    }
}
