//! Many durations of one thing.

use std::time::Duration;

/// Many durations of one thing, in seconds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sample {
    sorted: Vec<f64>,
}

impl FromIterator<Duration> for Sample {
    fn from_iter<I: IntoIterator<Item = Duration>>(durations: I) -> Self {
        let mut sorted: Vec<f64> = durations.into_iter().map(|one| one.as_secs_f64()).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        Self { sorted }
    }
}

impl Sample {
    /// What this share of them does not exceed; 0 if there are none.
    pub(crate) fn quantile(&self, share: f64) -> f64 {
        let rank = (self.sorted.len() as f64 * share).ceil() as usize;
        self.sorted.get(rank.max(1) - 1).copied().unwrap_or_default()
    }

    /// All of them, from the shortest.
    pub(crate) fn durations(&self) -> impl Iterator<Item = Duration> {
        self.sorted.iter().map(|one| Duration::from_secs_f64(*one))
    }

    /// The one in the middle.
    pub(crate) fn median(&self) -> f64 {
        self.quantile(0.5)
    }
}

/// The one in the middle of some numbers; 0 if there are none.
pub(crate) fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_unstable_by(f64::total_cmp);
    numbers.get(numbers.len().saturating_sub(1) / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_ranks() {
        let sample: Sample = (1..=100).rev().map(Duration::from_secs).collect();
        assert_eq!(sample.median(), 50.0);
        assert_eq!(sample.quantile(0.99), 99.0);
        assert_eq!(sample.quantile(0.0), 1.0);
        assert_eq!(Sample::default().median(), 0.0);
    }

    #[test]
    fn the_median_is_one_of_them() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0]), 1.0);
        assert_eq!(median(Vec::new()), 0.0);
    }
}
