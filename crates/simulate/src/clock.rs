//! Time and chance of simulated sites.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use fieldpost_kernel::{Clock, Entropy};
use fieldpost_model::Millis;

/// 2026-01-01T00:00:00Z, in milliseconds since 1970: when every simulation begins.
const BEGIN: Millis = 1_767_225_600_000;

/// The time of all sites, which stands still unless it is moved.
#[derive(Debug)]
pub(crate) struct VirtualClock(AtomicI64);

impl Default for VirtualClock {
    fn default() -> Self {
        Self(AtomicI64::new(BEGIN))
    }
}

impl VirtualClock {
    /// It is so long after the beginning.
    pub(crate) fn set(&self, since: Duration) {
        let millis = Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX - BEGIN);
        self.0.store(BEGIN + millis, Ordering::SeqCst);
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Millis {
        self.0.load(Ordering::SeqCst)
    }
}

/// Bytes that look random, and are the same for the same seed.
#[derive(Debug)]
pub(crate) struct Seeded {
    seed: [u8; 32],
    drawn: AtomicU64,
}

impl Seeded {
    /// The source of a simulation's seed and a site's number.
    pub(crate) fn new(seed: u64, site: usize) -> Self {
        let seed = [seed.to_be_bytes(), (site as u64).to_be_bytes()].concat();
        Self { seed: *blake3::hash(&seed).as_bytes(), drawn: AtomicU64::new(0) }
    }
}

impl Entropy for Seeded {
    fn fill(&self, bytes: &mut [u8]) {
        let drawn = self.drawn.fetch_add(1, Ordering::SeqCst);
        let mut hasher = blake3::Hasher::new_keyed(&self.seed);
        hasher.update(&drawn.to_be_bytes());
        hasher.finalize_xof().fill(bytes);
    }
}
