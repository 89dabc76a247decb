//! How long to wait between calls to a peer.

use std::time::Duration;

/// Between calls, at first and at most.
const PAUSE: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(10));

/// The same at most, where what is said is not taken: it costs as much each time it is said again.
const IN_VAIN: Duration = Duration::from_secs(600);

/// The pauses between calls to one peer: each is twice as long as the last.
#[derive(Debug)]
pub(crate) struct Pauses {
    next: Duration,
    most: Duration,
}

impl Default for Pauses {
    fn default() -> Self {
        Self { next: PAUSE.0, most: PAUSE.1 }
    }
}

impl Pauses {
    /// The peer was not reached.
    pub(crate) fn not_reached(&mut self) {
        self.most = PAUSE.1;
    }

    /// A conversation has ended that lasted for so long.
    pub(crate) fn talked(&mut self, lasted: Duration, in_vain: bool) {
        self.most = if in_vain { IN_VAIN } else { PAUSE.1 };
        // A conversation that ends at once would end at once again.
        if lasted > PAUSE.1 && !in_vain {
            self.next = PAUSE.0;
        }
    }

    /// Whether the last conversation ended for what was said.
    pub(crate) fn are_in_vain(&self) -> bool {
        self.most == IN_VAIN
    }

    /// How long to wait before the next call. Two sites that call each other at the same time hang
    /// up on each other: so one of them waits longer.
    pub(crate) fn next(&mut self, is_first: bool) -> Duration {
        let pause = self.next.min(self.most);
        self.next = (pause * 2).min(self.most);
        if is_first { pause } else { pause * 3 / 2 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    /// The pauses after so many calls of a kind, in milliseconds.
    fn after(pauses: &mut Pauses, calls: usize, call: impl Fn(&mut Pauses)) -> Vec<u128> {
        let pause = |_| {
            call(pauses);
            pauses.next(true).as_millis()
        };
        (0..calls).map(pause).collect()
    }

    #[test]
    fn whoever_is_not_reached_is_called_less_and_less_often() {
        let mut pauses = Pauses::default();
        let waited = after(&mut pauses, 8, Pauses::not_reached);
        assert_eq!(waited, [500, 1000, 2000, 4000, 8000, 10_000, 10_000, 10_000]);
        assert_eq!(Pauses::default().next(false), Duration::from_millis(750));
    }

    #[test]
    fn what_is_not_taken_is_said_again_after_ten_minutes_at_most() {
        let mut pauses = Pauses::default();
        let waited = after(&mut pauses, 14, |pauses| pauses.talked(LONG, true));
        assert_eq!(waited[..3], [500, 1000, 2000]);
        assert_eq!(waited[11..], [600_000, 600_000, 600_000]);
        // Once it cannot be reached, it is called as often as anybody else.
        assert_eq!(after(&mut pauses, 2, Pauses::not_reached), [10_000, 10_000]);
    }

    #[test]
    fn a_good_conversation_is_taken_up_again_at_once() {
        let mut pauses = Pauses::default();
        after(&mut pauses, 8, Pauses::not_reached);
        let short = after(&mut pauses, 2, |pauses| pauses.talked(Duration::from_secs(1), false));
        assert_eq!(short, [10_000, 10_000]);
        assert_eq!(after(&mut pauses, 1, |pauses| pauses.talked(LONG, false)), [500]);
    }
}
