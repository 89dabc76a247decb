//! Time and chance that tests decide.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use fieldpost_kernel::{Clock, Entropy};
use fieldpost_model::Millis;

/// A clock that moves one millisecond whenever it is looked at, and further when told to: no two
/// things happen at the same time unless a test says so.
#[derive(Debug)]
pub struct TestClock(AtomicI64);

impl Default for TestClock {
    fn default() -> Self {
        // 2026-01-01T00:00:00Z
        Self(AtomicI64::new(1_767_225_600_000))
    }
}

impl TestClock {
    /// Moves the clock.
    pub fn advance(&self, by: Millis) {
        self.0.fetch_add(by, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Millis {
        self.0.fetch_add(1, Ordering::SeqCst)
    }
}

/// Bytes that look random and are the same in every run of a test.
#[derive(Debug)]
pub struct SeededEntropy {
    seed: [u8; 32],
    drawn: AtomicU64,
}

impl SeededEntropy {
    /// The source of a seed.
    pub fn new(seed: u64) -> Self {
        Self { seed: *blake3::hash(&seed.to_be_bytes()).as_bytes(), drawn: AtomicU64::new(0) }
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        let drawn = self.drawn.fetch_add(1, Ordering::SeqCst);
        let mut hasher = blake3::Hasher::new_keyed(&self.seed);
        hasher.update(&drawn.to_be_bytes());
        hasher.finalize_xof().fill(bytes);
    }
}
