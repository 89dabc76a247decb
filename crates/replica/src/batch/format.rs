//! The formats of batches.

use fieldpost_log::Malformed;

/// A format of batches. All are read; which are written is up to what the reader is known to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Format {
    /// The one that every reader knows.
    #[default]
    Three,
    /// The same, where many logs that are new take fewer bytes.
    Four,
}

impl Format {
    /// The newest.
    pub const NEWEST: Self = Self::Four;

    /// Its number.
    pub const fn number(self) -> u8 {
        match self {
            Self::Three => 3,
            Self::Four => 4,
        }
    }

    /// The newest that somebody reads who reads all up to a number.
    pub const fn up_to(number: u8) -> Self {
        if number >= Self::Four.number() { Self::Four } else { Self::Three }
    }

    /// The format of a number.
    pub(super) fn of(number: u8) -> Result<Self, Malformed> {
        match number {
            3 => Ok(Self::Three),
            4 => Ok(Self::Four),
            _ => Err(Malformed::new("a batch of an unknown format")),
        }
    }
}
