//! Bits as a fraction: binary arithmetic coding.

/// Where bits go to or come from.
pub trait Bits {
    /// Codes a bit that is 1 with a probability in units of 1/65536, and gives it: the one that was
    /// handed in, or the one that was read.
    fn bit(&mut self, bit: bool, p: u16) -> bool;

    /// Whether more was asked for than there is.
    fn is_spent(&self) -> bool {
        false
    }
}

/// Takes bits in and gives none out: a model learns.
#[derive(Debug, Default)]
pub struct Nowhere;

impl Bits for Nowhere {
    #[inline(always)]
    fn bit(&mut self, bit: bool, _p: u16) -> bool {
        bit
    }
}

impl<B: Bits> Bits for &mut B {
    #[inline(always)]
    fn bit(&mut self, bit: bool, p: u16) -> bool {
        (**self).bit(bit, p)
    }

    fn is_spent(&self) -> bool {
        (**self).is_spent()
    }
}

/// Where in an interval its part for a 1 ends.
#[inline(always)]
fn split(low: u32, high: u32, p: u16) -> u32 {
    low + ((u64::from(high - low) * u64::from(p)) >> 16) as u32
}

/// Writes bits.
#[derive(Debug)]
pub struct Encoder {
    low: u32,
    high: u32,
    bytes: Vec<u8>,
}

impl Default for Encoder {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl Encoder {
    /// Writes behind what is there already.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self { low: 0, high: u32::MAX, bytes }
    }

    /// The bytes: as few as single out what was written. What is not there reads as zeros.
    pub fn finish(mut self) -> Vec<u8> {
        for kept in 0..=4u32 {
            // The least number in the interval that ends in zeros.
            let free = (1u64 << (32 - 8 * kept)) - 1;
            let value = (u64::from(self.low) + free) & !free;
            if value <= u64::from(self.high) {
                self.bytes.extend_from_slice(&(value as u32).to_be_bytes()[..kept as usize]);
                break;
            }
        }
        self.bytes
    }
}

impl Bits for Encoder {
    #[inline(always)]
    fn bit(&mut self, bit: bool, p: u16) -> bool {
        let middle = split(self.low, self.high, p);
        if bit {
            self.high = middle;
        } else {
            self.low = middle + 1;
        }
        while (self.low ^ self.high) >> 24 == 0 {
            self.bytes.push((self.high >> 24) as u8);
            self.low <<= 8;
            self.high = self.high << 8 | 255;
        }
        bit
    }
}

/// Reads bits.
#[derive(Debug)]
pub struct Decoder<'a> {
    low: u32,
    high: u32,
    value: u32,
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Decoder<'a> {
    /// Reads what an [`Encoder`] wrote, all of these bytes.
    pub fn new(bytes: &'a [u8]) -> Self {
        let mut decoder = Self { low: 0, high: u32::MAX, value: 0, bytes, at: 0 };
        for _ in 0..4 {
            decoder.shift();
        }
        decoder
    }

    fn shift(&mut self) {
        let byte = self.bytes.get(self.at).copied().unwrap_or(0);
        self.value = self.value << 8 | u32::from(byte);
        self.at = self.at.saturating_add(1);
    }

    /// Whether all bytes were needed for what was read, and no more than there are.
    pub fn is_whole(&self) -> bool {
        !self.is_spent() && self.at >= self.bytes.len()
    }
}

impl Bits for Decoder<'_> {
    #[inline(always)]
    fn bit(&mut self, _bit: bool, p: u16) -> bool {
        let middle = split(self.low, self.high, p);
        let bit = self.value <= middle;
        if bit {
            self.high = middle;
        } else {
            self.low = middle + 1;
        }
        while (self.low ^ self.high) >> 24 == 0 {
            self.low <<= 8;
            self.high = self.high << 8 | 255;
            self.shift();
        }
        bit
    }

    fn is_spent(&self) -> bool {
        // Four bytes lie ahead of what is decided, and those of an encoder's last may be left out.
        self.at > self.bytes.len() + 4
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn whatever_is_written_is_read(bits in prop::collection::vec((any::<bool>(), 22u16..65514), 0..600)) {
            let mut encoder = Encoder::default();
            for &(bit, p) in &bits {
                encoder.bit(bit, p);
            }
            let bytes = encoder.finish();
            let mut decoder = Decoder::new(&bytes);
            for &(bit, p) in &bits {
                prop_assert_eq!(decoder.bit(false, p), bit);
            }
            prop_assert!(decoder.is_whole() && !decoder.is_spent());
        }
    }
}
