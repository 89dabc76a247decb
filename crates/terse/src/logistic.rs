//! Probabilities and their logits, in integers.
//!
//! A *probability* is in units of 1/65536 that a bit is 1. A *logit* is ln(p / (1 - p)) in units of
//! 1/256, from -2047 to 2047. Both tables follow from one constant, so that every machine has the
//! same.

use std::sync::LazyLock;

/// The greatest logit.
pub(crate) const MOST: i32 = 2047;

/// A probability of one half.
pub(crate) const HALF: u16 = 1 << 15;

/// e^(-1/256) in units of 2^-60.
const STEP: u128 = 1_148_426_689_630_428_644;

/// One, in the same units.
const ONE: u128 = 1 << 60;

pub(crate) struct Logistic {
    squash: Box<[u16; 4096]>,
    stretch: Box<[i16; 4096]>,
}

static TABLES: LazyLock<Logistic> = LazyLock::new(Logistic::new);

impl Logistic {
    /// The tables.
    pub(crate) fn get() -> &'static Self {
        &TABLES
    }

    fn new() -> Self {
        let mut squash = Box::new([HALF; 4096]);
        let mut power = ONE;
        for logit in 0..2048 {
            // 65536 / (1 + e^-x), rounded; its mirror image for -x.
            let p = ((ONE << 16) + (ONE + power) / 2) / (ONE + power);
            squash[2048 + logit] = p as u16;
            squash[2048 - logit] = (65536 - p) as u16;
            power = (power * STEP) >> 60;
        }
        squash[0] = squash[1];
        let mut stretch = Box::new([0; 4096]);
        let mut logit = 1;
        for (at, entry) in stretch.iter_mut().enumerate() {
            // The least logit whose probability is not below the middle of what falls here.
            while logit < 4095 && usize::from(squash[logit]) < at * 16 + 8 {
                logit += 1;
            }
            *entry = (logit as i32 - 2048) as i16;
        }
        Self { squash, stretch }
    }

    /// The probability of a logit, which may be out of bounds.
    #[inline(always)]
    pub(crate) fn squash(&self, logit: i32) -> u16 {
        self.squash[(logit.clamp(-MOST, MOST) + 2048) as usize & 4095]
    }

    /// The logit of a probability.
    #[inline(always)]
    pub(crate) fn stretch(&self, p: u16) -> i16 {
        self.stretch[usize::from(p >> 4) & 4095]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_each_others_inverse() {
        let tables = Logistic::get();
        assert_eq!(tables.squash(0), HALF);
        assert_eq!(tables.squash(9999), 65514);
        assert_eq!(tables.squash(-9999), 22);
        for logit in -1200..1200 {
            let again = i32::from(tables.stretch(tables.squash(logit)));
            assert!((again - logit).abs() <= 8, "{logit} {again}");
        }
        // So that a format that depends on every entry does not change by accident.
        let sum: u64 = tables.squash.iter().map(|&p| u64::from(p)).sum();
        let logits: i64 = tables.stretch.iter().map(|&logit| i64::from(logit)).sum();
        assert_eq!((sum, logits), (134_184_982, 1918));
    }
}
