//! Who may speak where only one side can at a time.
//!
//! Nobody grants a turn: whoever has something to say begins when it has been quiet for long enough.
//! A side that falls silent says so, and leaves the air to the other for as long as that needs to
//! begin. Two that begin at once do not hear each other; each waits then for a time of its own.

use std::time::Duration;

use crate::settings::Settings;

/// The turn of a half-duplex link.
#[derive(Debug, Default)]
pub(crate) struct Turn {
    /// Since when this side speaks, if it does.
    since: Option<Duration>,
    /// Until when the other side, which has just fallen silent, leaves the air to this one.
    given_until: Duration,
    /// Before this time the other side may speak.
    quiet_until: Duration,
    /// When this side fell silent and expects an answer, until one comes.
    asked: Option<Duration>,
    /// How long answers took lately to begin.
    answers: Duration,
}

impl Turn {
    /// Whether this side may begin or go on; if not, when it may.
    pub(crate) fn wait(&self, now: Duration) -> Option<Duration> {
        (self.since.is_none() && now < self.quiet_until).then_some(self.quiet_until)
    }

    /// This side is about to say something; it says whether it has spoken for so long that it should
    /// come to an end. Who was not given the turn speaks for a short time only: the other side may
    /// have begun as well, and neither is heard then.
    pub(crate) fn speak(&mut self, now: Duration, settings: &Settings) -> bool {
        let short = settings.turnaround.unwrap_or_default().min(settings.longest_turn);
        let since = *self.since.get_or_insert(now);
        now >= since + if since < self.given_until { settings.longest_turn } else { short }
    }

    /// Whether it is this side that speaks.
    pub(crate) const fn is_speaking(&self) -> bool {
        self.since.is_some()
    }

    /// When the other side will have had its chance to speak.
    pub(crate) const fn quiet_until(&self) -> Duration {
        self.quiet_until
    }

    /// This side falls silent, once its last datagram is on the air, until the other answers or a time
    /// has passed.
    pub(crate) fn yields(&mut self, end: Duration, wait: Duration, asks: bool) {
        (self.since, self.quiet_until) = (None, end + wait);
        self.asked = asks.then_some(end);
    }

    /// The other side was heard.
    pub(crate) fn heard(&mut self, now: Duration, is_over: bool, settings: &Settings) {
        let Some(turnaround) = settings.turnaround else { return };
        if let Some(asked) = self.asked.take() {
            let took = now.saturating_sub(asked);
            self.answers = took.max((self.answers * 3 + took) / 4);
        }
        // Whoever is heard speaks: what this side would say now, nobody would hear.
        self.since = None;
        let goes_on = settings.round_trip / 2 + 2 * settings.air(settings.largest());
        self.quiet_until = now + turnaround + if is_over { Duration::ZERO } else { goes_on };
        self.given_until = self.quiet_until + if is_over { goes_on } else { Duration::ZERO };
    }

    /// How long to wait for an answer to begin.
    pub(crate) fn patience(&self, settings: &Settings) -> Duration {
        settings.answer().max(self.answers * 3 / 2)
    }
}
