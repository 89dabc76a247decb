//! Time and chance, as ports.

use fieldpost_log::Stamp;
use fieldpost_model::{Id, Millis};

/// Says what time it is.
pub trait Clock: Send + Sync {
    /// Milliseconds since 1970, UTC.
    fn now(&self) -> Millis;
}

/// A source of random bytes.
pub trait Entropy: Send + Sync {
    /// Fills a buffer with bytes nobody can predict.
    fn fill(&self, bytes: &mut [u8]);

    /// A random id: for what grants access, and for what founds a scope.
    fn id(&self) -> Id {
        let mut bytes = [0; 16];
        self.fill(&mut bytes);
        Id::from_bytes(bytes)
    }
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine")]
    fn now(&self) -> Millis {
        std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |since| Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX))
    }
}

/// The operating system's random source.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        // Without random bytes no secret is one: stopping is the only safe answer.
        #[expect(clippy::expect_used, reason = "a site without a random source must not run")]
        getrandom::fill(bytes).expect("the operating system has a random source");
    }
}

/// The stamp that a column of an integer holds; none at all for one that means nothing.
pub fn stamp_of(column: i64) -> Stamp {
    Stamp(u64::try_from(column).unwrap_or(0))
}

/// The wall-clock part of a stamp.
pub fn millis(stamp: Stamp) -> Millis {
    Millis::try_from(stamp.ms()).unwrap_or(Millis::MAX)
}
