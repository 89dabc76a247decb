//! At most so many bits a second of what this side says, although the link could carry more.

use std::time::Duration;

/// What was said too early is made up for by a silence of at most this: a long turn needs one, and what is
/// urgent must not wait for all that was answered meanwhile.
const LONGEST_WAIT: Duration = Duration::from_secs(120);

/// What this side may say. What it has to answer goes at once, and counts.
#[derive(Debug, Default)]
pub(crate) struct Ration {
    /// Bits a second, if there is a limit.
    rate: Option<u32>,
    /// When what was said is made up for.
    even_at: Duration,
}

impl Ration {
    /// Allows so many bits a second from now on, or as many as the link carries.
    pub(crate) fn set(&mut self, rate: Option<u32>) {
        if self.rate != rate {
            *self = Self { rate, even_at: Duration::ZERO };
        }
    }

    /// Bits a second, if there is a limit.
    pub(crate) const fn rate(&self) -> Option<u32> {
        self.rate
    }

    fn cost(&self, bytes: usize) -> Duration {
        let seconds = |rate: u32| Duration::from_secs_f64(bytes as f64 * 8.0 / f64::from(rate));
        self.rate.filter(|rate| *rate > 0).map_or(Duration::ZERO, seconds)
    }

    /// So many bytes were said.
    pub(crate) fn spend(&mut self, now: Duration, bytes: usize) {
        let cost = self.cost(bytes);
        self.even_at = (self.even_at.max(now) + cost).min(now + cost.max(LONGEST_WAIT));
    }

    /// When more may be said, although so much is not made up for by then.
    pub(crate) fn opens(&self, owed: Duration) -> Duration {
        match self.rate {
            Some(_) => self.even_at.saturating_sub(owed),
            None => Duration::ZERO,
        }
    }

    /// Whether more may be said after so many bytes, although so much is not made up for.
    pub(crate) fn goes_on(&self, now: Duration, bytes: usize, owed: Duration) -> bool {
        self.rate.is_none() || self.even_at.max(now) + self.cost(bytes) <= now + owed
    }
}
