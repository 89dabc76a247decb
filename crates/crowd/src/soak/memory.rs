//! Whether memory stays the same.

/// The share of a life that is left out: caches fill.
const WARM_UP: f64 = 1.0 / 3.0;

/// How much memory may grow over the rest, as a share of what it is on average.
const GROWTH: f64 = 0.10;

/// How much it may grow in any case, in bytes: pages of a small process weigh much.
const SLACK: f64 = 4e6;

/// Memory at some time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// Seconds since the beginning.
    pub at: f64,
    /// Bytes.
    pub bytes: f64,
}

/// Memory over time.
#[derive(Debug, Clone, PartialEq)]
pub struct Memory {
    /// All that was measured.
    pub samples: Vec<Sample>,
    /// What it was on average after the warm-up.
    pub mean: f64,
    /// By how much a straight line through those rises from the first to the last.
    pub growth: f64,
}

impl Memory {
    /// Judges some samples.
    pub fn new(samples: Vec<Sample>) -> Self {
        let end = samples.last().map_or(0.0, |sample| sample.at);
        let warm: Vec<Sample> =
            samples.iter().copied().filter(|sample| sample.at >= end * WARM_UP).collect();
        let count = warm.len().max(1) as f64;
        let mean = warm.iter().map(|sample| sample.bytes).sum::<f64>() / count;
        let middle = warm.iter().map(|sample| sample.at).sum::<f64>() / count;
        let spread: f64 = warm.iter().map(|sample| (sample.at - middle).powi(2)).sum();
        let together: f64 =
            warm.iter().map(|sample| (sample.at - middle) * (sample.bytes - mean)).sum();
        let slope = if spread > 0.0 { together / spread } else { 0.0 };
        let time = end - warm.first().map_or(end, |sample| sample.at);
        Self { samples, mean, growth: slope * time }
    }

    /// Whether it stays the same: the line rises by less than a tenth, or by a few megabytes.
    pub fn is_flat(&self) -> bool {
        self.growth <= SLACK.max(self.mean * GROWTH)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory(bytes: impl Fn(f64) -> f64) -> Memory {
        let samples = (0..60).map(|n| Sample { at: f64::from(n), bytes: bytes(f64::from(n)) });
        Memory::new(samples.collect())
    }

    #[test]
    fn what_stays_the_same_is_flat() {
        assert!(memory(|_| 50e6).is_flat());
        // It fills, and then goes up and down.
        assert!(memory(|at| 50e6 - 20e6 * (-at / 5.0).exp() + 1e6 * at.sin()).is_flat());
    }

    #[test]
    fn what_grows_is_not_flat() {
        let leak = memory(|at| 50e6 + 0.5e6 * at);
        assert!(!leak.is_flat());
        assert!((leak.growth - 19.5e6).abs() < 0.6e6, "{}", leak.growth);
    }
}
