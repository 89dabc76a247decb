//! At most so many bytes a second, whatever the link could carry.
//!
//! What counts is what the transport has sent, with all headers and what went twice. It is known only
//! afterwards, so what writers hand over counts at once, and what it took beyond that as it shows.
//! What the transport says by itself (acknowledgements, packets that keep a connection open) does not
//! wait, and counts too.

use std::time::Duration;

use tokio::time::Instant;

/// What may leave at once after a rest, as the time in which it would leave at the limit.
const BURST: f64 = 0.5;

/// What has left too early is made up for by a wait of at most this, in seconds: beyond it stands only
/// what did not wait, such as acknowledgements, and what is urgent must not wait for that.
const LONGEST_WAIT: f64 = 2.0;

/// The pieces that are handed over at a time: more urgent ones wait behind one at most.
const PIECE: f64 = 0.25;

/// Pieces are no smaller than this, in bytes.
const SMALLEST: usize = 256;

/// What may leave a connection.
#[derive(Debug)]
pub(crate) struct Limit {
    /// Bytes a second, if there is a limit.
    rate: Option<f64>,
    /// Bytes that may leave now; less than none for what has left too early.
    left: f64,
    at: Instant,
    /// Bytes that the transport has sent, as far as they were counted.
    sent: u64,
    /// Bytes that were handed over, and counted, and not sent yet.
    under_way: u64,
}

impl Limit {
    /// No limit, for a connection that begins.
    pub(crate) const fn none(now: Instant) -> Self {
        Self { rate: None, left: 0.0, at: now, sent: 0, under_way: 0 }
    }

    /// Lets so many bits a second leave from now on, or as many as the link carries. `sent` is what the
    /// transport has sent by then.
    pub(crate) fn set(&mut self, bits: Option<u64>, sent: u64, now: Instant) {
        let rate = bits.map(|bits| bits as f64 / 8.0);
        if self.rate != rate {
            *self = Self { rate, left: 0.0, at: now, sent, under_way: 0 };
        }
    }

    /// How much of a piece may be handed over, or how long to wait until some may.
    pub(crate) fn ask(&mut self, sent: u64, now: Instant) -> Result<usize, Duration> {
        let Some(rate) = self.rate else { return Ok(usize::MAX) };
        let more = sent.saturating_sub(self.sent);
        let known = more.min(self.under_way);
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        let left = self.left + rate * passed - (more - known) as f64;
        // Where a piece takes longer than that, there are still two of them to be made up for.
        let most_owed = (rate * LONGEST_WAIT).max(2.0 * SMALLEST as f64);
        self.left = left.clamp(-most_owed, rate * BURST);
        (self.at, self.sent, self.under_way) = (now, sent, self.under_way - known);
        if self.left < 0.0 {
            return Err(Duration::from_secs_f64(-self.left / rate) + Duration::from_millis(1));
        }
        Ok(((rate * PIECE) as usize).max(SMALLEST))
    }

    /// So many bytes were handed over.
    pub(crate) fn hand_over(&mut self, bytes: usize) {
        if self.rate.is_some() {
            self.left -= bytes as f64;
            self.under_way += bytes as u64;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands over as much as it may for some seconds, of which each byte takes so much on the wire;
    /// gives what was sent.
    fn sent_in(limit: &mut Limit, seconds: u64, overhead: f64) -> u64 {
        let begun = limit.at;
        let (mut now, mut handed) = (begun, 0.0);
        while now < begun + Duration::from_secs(seconds) {
            let sent = limit.sent.max((handed * overhead) as u64);
            match limit.ask(sent, now) {
                Ok(piece) => {
                    limit.hand_over(piece);
                    handed += piece as f64;
                }
                Err(wait) => now += wait,
            }
        }
        (handed * overhead) as u64
    }

    #[test]
    fn what_is_sent_keeps_to_the_limit_with_all_that_is_around_it() {
        for (bits, overhead) in [(32_000, 1.0), (32_000, 1.5), (1_000, 1.1), (8_000_000, 1.05)] {
            let mut limit = Limit::none(Instant::now());
            limit.set(Some(bits), 0, limit.at);
            let (sent, may) = (sent_in(&mut limit, 100, overhead), bits * 100 / 8);
            assert!(sent <= may * 102 / 100, "{sent} of {may}");
            assert!(sent >= may * 95 / 100, "{sent} of {may}");
        }
    }

    #[test]
    fn a_rest_is_no_reason_to_say_much_at_once() {
        let begun = Instant::now();
        let mut limit = Limit::none(begun);
        limit.set(Some(32_000), 0, begun);
        let mut at_once = 0;
        while let Ok(piece) = limit.ask(0, begun + Duration::from_secs(3600)) {
            limit.hand_over(piece);
            at_once += piece;
        }
        assert!(at_once <= 4000, "{at_once}");
    }

    #[test]
    fn what_did_not_wait_while_nothing_was_said_keeps_nothing_waiting_for_long() {
        let begun = Instant::now();
        let hour = Duration::from_secs(3600);
        for (share, most) in [(0.5, 0.0), (20.0, 2.1)] {
            let mut limit = Limit::none(begun);
            limit.set(Some(32_000), 0, begun);
            let sent = (4000.0 * share * hour.as_secs_f64()) as u64;
            let wait = limit.ask(sent, begun + hour).err().unwrap_or_default();
            assert!(wait.as_secs_f64() <= most, "{share}: {wait:?}");
        }
    }

    #[test]
    fn what_the_transport_says_by_itself_counts() {
        let begun = Instant::now();
        let mut limit = Limit::none(begun);
        limit.set(Some(32_000), 700, begun);
        assert_eq!(limit.ask(700, begun), Ok(1000));
        let wait = limit.ask(8700, begun).unwrap_err();
        assert!((2.0..2.1).contains(&wait.as_secs_f64()), "{wait:?}");
        // Said again, it changes nothing.
        limit.set(Some(32_000), 8700, begun);
        assert!(limit.ask(8700, begun).is_err());
        limit.set(None, 8700, begun);
        assert_eq!(limit.ask(8700, begun), Ok(usize::MAX));
    }
}
