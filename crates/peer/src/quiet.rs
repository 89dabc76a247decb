//! How long what went ahead as a preview waits for its proof, so that many share one signature.

use std::time::Duration;

use tokio::time::Instant;

/// Nothing more was said for so long: the batch follows.
const QUIET: Duration = Duration::from_secs(60);

/// The batch follows after so long, however much is said.
const LONGEST: Duration = Duration::from_secs(600);

/// Whether previews wait for their batch.
#[derive(Debug, Default)]
pub struct Quiet(State);

#[derive(Debug, Default, Clone, Copy)]
enum State {
    /// There are none.
    #[default]
    Proved,
    /// They do: when the first of them was sent, and the last.
    Since(Instant, Instant),
    /// They have waited long enough.
    Due,
}

impl Quiet {
    /// A preview was sent.
    pub fn said(&mut self, now: Instant) {
        match self.0 {
            State::Proved => self.0 = State::Since(now, now),
            State::Since(first, _) => self.0 = State::Since(first, now),
            State::Due => {}
        }
    }

    /// There are previews that wait, whenever they were sent.
    pub fn waits(&mut self, now: Instant) {
        if matches!(self.0, State::Proved) {
            self.said(now);
        }
    }

    /// A batch was sent, with all of it, or there is none to be sent.
    pub fn proved(&mut self) {
        self.0 = State::Proved;
    }

    /// When the batch is to follow; never, if none is waited for, or that was so already.
    pub fn due(&self) -> Option<Instant> {
        match self.0 {
            State::Since(first, last) => Some((first + LONGEST).min(last + QUIET)),
            State::Proved | State::Due => None,
        }
    }

    /// Whether the batch is to follow by now.
    pub fn is_due(&mut self, now: Instant) -> bool {
        if self.due().is_some_and(|due| due <= now) {
            self.0 = State::Due;
        }
        matches!(self.0, State::Due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_follows_after_a_pause_and_after_long_at_any_rate() {
        let begun = Instant::now();
        let at = |seconds| begun + Duration::from_secs(seconds);
        let mut quiet = Quiet::default();
        assert!(!quiet.is_due(at(1_000_000)));
        quiet.said(at(0));
        assert!(!quiet.is_due(at(59)));
        quiet.said(at(59));
        quiet.waits(at(70));
        assert_eq!(quiet.due(), Some(at(119)));
        (1..60).for_each(|n| quiet.said(at(10 * n)));
        assert_eq!(quiet.due(), Some(at(600)));
        assert!(quiet.is_due(at(600)));
        assert_eq!(quiet.due(), None, "it rings once");
        assert!(quiet.is_due(at(601)));
        quiet.proved();
        assert!(!quiet.is_due(at(602)));
        quiet.waits(at(602));
        assert_eq!(quiet.due(), Some(at(662)));
    }
}
