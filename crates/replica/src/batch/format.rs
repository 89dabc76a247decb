//! The formats of batches.

use fieldpost_log::Malformed;

use super::Run;

/// New logs below which it does not matter how they are written.
const MANY: usize = 16;

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

    /// Whether streams of it take so much less of some runs than blocks do that they are worth their
    /// time on any link: where at least a third of the changes come with a log that is new.
    pub(super) fn is_good_for(self, runs: &[Run]) -> bool {
        let new = runs.iter().filter(|run| !run.salts.is_empty()).count();
        let changes = runs.iter().map(|run| run.entries.len()).sum::<usize>();
        self == Self::Four && new >= MANY && 3 * new >= changes
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
