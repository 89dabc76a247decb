//! Many durations of one thing, counted by size, by many threads at once.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Steps for each doubling: two neighbours are 2.2 % apart.
const STEPS: f64 = 32.0;

/// From a microsecond to more than an hour.
const BUCKETS: usize = 32 * 32;

/// How many durations of each size there were.
#[derive(Debug)]
pub struct Histogram {
    buckets: Vec<AtomicU64>,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { buckets: (0..BUCKETS).map(|_| AtomicU64::new(0)).collect() }
    }
}

impl Histogram {
    /// Counts one.
    pub fn add(&self, duration: Duration) {
        let micros = duration.as_micros().max(1) as f64;
        let bucket = (micros.log2() * STEPS).round() as usize;
        self.buckets[bucket.min(BUCKETS - 1)].fetch_add(1, Ordering::Relaxed);
    }

    /// Gives the counts, and begins anew.
    pub fn take(&self) -> Counts {
        Counts(self.buckets.iter().map(|bucket| bucket.swap(0, Ordering::Relaxed)).collect())
    }
}

/// How many durations of each size there were in some time.
#[derive(Debug, Clone, Default)]
pub struct Counts(Vec<u64>);

impl Counts {
    /// How many there were.
    pub fn len(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Whether there were none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What this share of them does not exceed, in seconds; 0 if there are none.
    pub fn quantile(&self, share: f64) -> f64 {
        let rank = ((self.len() as f64 * share).ceil() as u64).max(1);
        let mut passed = 0;
        for (n, count) in self.0.iter().enumerate() {
            passed += count;
            if passed >= rank {
                return (n as f64 / STEPS).exp2() / 1e6;
            }
        }
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_near() {
        let histogram = Histogram::default();
        (1..=1000).for_each(|ms| histogram.add(Duration::from_millis(ms)));
        let counts = histogram.take();
        assert_eq!(counts.len(), 1000);
        for (share, wanted) in [(0.5, 0.5), (0.99, 0.99), (1.0, 1.0)] {
            let got = counts.quantile(share);
            assert!((got / wanted - 1.0).abs() < 0.03, "{share}: {got}");
        }
        assert!(histogram.take().is_empty());
        assert_eq!(Counts::default().quantile(0.99), 0.0);
    }
}
