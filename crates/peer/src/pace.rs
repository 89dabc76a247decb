//! How large a batch should be, and how much may be under way, on a link of unknown speed.
//!
//! A batch should take about two seconds: shorter ones compress worse, and a longer one is lost whole
//! when the link breaks, and holds up what is newer. What is under way should fill the link until an
//! answer comes, and no more than that.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// How long a batch should take.
const BATCH: f64 = 2.0;

/// The smallest batch that is worth its overhead, in bytes.
const LEAST: f64 = 1500.0;

/// The same where that would hold up what is newer for minutes.
const LEAST_WHERE_SLOW: f64 = 400.0;

/// The largest, in bytes: beyond it nothing is gained.
const MOST: f64 = 256.0 * 1024.0;

/// How much a measurement counts: one that is faster than was thought counts more, because a link
/// that was held back shows what it can do only once it is asked to.
const FASTER: f64 = 0.7;

/// How much one counts that is slower.
const SLOWER: f64 = 0.3;

/// Measures how fast batches are answered.
///
/// Answers that were held up come all at once, and the time between two of them says nothing. So
/// what counts is all that was answered since the last answer before a batch was sent: that is
/// never less than a round trip ago. (Cardwell et al., *Delivery Rate Estimation*,
/// draft-cheng-iccrg-delivery-rate-estimation, section 3.)
#[derive(Debug)]
pub(crate) struct Pace {
    /// Bytes a second.
    rate: f64,
    /// The smallest batch, in bytes.
    least: f64,
    under_way: VecDeque<UnderWay>,
    /// Bytes that were answered.
    answered: usize,
    /// When the last answer came, if anything has been under way ever since.
    last: Option<Instant>,
}

/// A batch that was not answered yet.
#[derive(Debug)]
struct UnderWay {
    bytes: usize,
    /// What had been answered when it was sent.
    answered: usize,
    /// When that was, or when the batch was sent if nothing else was under way.
    since: Instant,
}

impl Default for Pace {
    fn default() -> Self {
        Self::of(None)
    }
}

impl Pace {
    /// A pace for a link of so many bits a second, if that is known.
    pub(crate) fn of(rate: Option<u32>) -> Self {
        let (rate, least) = match rate {
            Some(bits) => (f64::from(bits) / 8.0, LEAST_WHERE_SLOW),
            // As if of a slow link: one answer, and it is known better.
            None => (4000.0, LEAST),
        };
        let (under_way, answered, last) = (VecDeque::new(), 0, None);
        Self { rate, least, under_way, answered, last }
    }

    /// The pace for a link over which no more than so many bits a second are sent, if that is known.
    pub(crate) fn within(mut self, limit: Option<u64>) -> Self {
        if let Some(rate) = limit.map(|bits| bits as f64 / 8.0).filter(|rate| *rate < self.rate) {
            (self.rate, self.least) = (rate, LEAST_WHERE_SLOW);
        }
        self
    }

    /// How many bytes the next batch should have.
    pub(crate) fn room(&self) -> usize {
        (self.rate * BATCH).clamp(self.least, MOST) as usize
    }

    /// Whether the link is so fast that taking bytes away takes longer than sending them.
    pub(crate) fn is_fast(&self) -> bool {
        self.rate * BATCH >= MOST
    }

    /// Whether another batch may be sent before one is answered.
    pub(crate) fn may_send(&self, rtt: Duration) -> bool {
        let bytes: usize = self.under_way.iter().map(|batch| batch.bytes).sum();
        // One batch is on the wire while another is being taken over and answered.
        let fills = (self.rate * (rtt.as_secs_f64() + 1.5 * BATCH)) as usize;
        self.under_way.is_empty() || bytes < fills
    }

    /// A batch was sent.
    pub(crate) fn sent(&mut self, bytes: usize, now: Instant) {
        let since = self.last.unwrap_or(now);
        self.under_way.push_back(UnderWay { bytes, answered: self.answered, since });
    }

    /// The oldest batch under way was answered.
    pub(crate) fn kept(&mut self, now: Instant) {
        let Some(batch) = self.under_way.pop_front() else { return };
        self.answered += batch.bytes;
        let seconds = now.duration_since(batch.since).as_secs_f64().max(0.001);
        let measured = (self.answered - batch.answered) as f64 / seconds;
        let counts = if measured > self.rate { FASTER } else { SLOWER };
        self.rate = self.rate * (1.0 - counts) + measured * counts;
        self.last = (!self.under_way.is_empty()).then_some(now);
    }

    /// Nothing is under way any more.
    pub(crate) fn forget(&mut self) {
        self.under_way.clear();
        self.last = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends batches over a link of a rate, answered one after the other, and gives the last room.
    fn room_after(batches: usize, bytes_a_second: f64) -> usize {
        let mut pace = Pace::default();
        let mut now = Instant::now();
        for _ in 0..batches {
            let bytes = pace.room();
            pace.sent(bytes, now);
            now += Duration::from_secs_f64(bytes as f64 / bytes_a_second);
            pace.kept(now);
        }
        pace.room()
    }

    #[test]
    fn batches_grow_and_shrink_to_two_seconds() {
        let near = |room: usize, bytes: f64| (room as f64 / bytes - 1.0).abs() < 0.1;
        assert!(near(room_after(20, 8000.0), 16_000.0));
        assert!(near(room_after(20, 1200.0), 2400.0));
        assert_eq!(room_after(30, 10_000_000.0), 256 * 1024);
    }

    #[test]
    fn the_first_batch_is_no_longer_than_a_limit_makes_good() {
        assert_eq!(Pace::default().within(Some(16_000)).room(), 4000);
        assert_eq!(Pace::default().within(Some(1_000)).room(), 400);
        let fast = Pace::default().within(Some(10_000_000)).room();
        assert_eq!((fast, Pace::default().within(None).room()), (8000, 8000));
    }

    #[test]
    fn answers_that_come_all_at_once_do_not_make_a_link_fast() {
        let mut pace = Pace::default();
        let (mut now, rtt) = (Instant::now(), Duration::from_millis(600));
        for _ in 0..20 {
            let mut bytes = 0;
            while pace.may_send(rtt) {
                let batch = pace.room() / 4;
                pace.sent(batch, now);
                bytes += batch;
            }
            now += rtt + Duration::from_secs_f64(bytes as f64 / 8000.0);
            for _ in 0..pace.under_way.len() {
                pace.kept(now);
            }
            assert!(!pace.is_fast() && pace.room() <= 16_000, "{pace:?}");
        }
        assert!(pace.room() > 11_000, "{pace:?}");
    }

    #[test]
    fn no_more_is_under_way_than_fills_the_link() {
        let mut pace = Pace::default();
        let (now, rtt) = (Instant::now(), Duration::from_millis(600));
        let mut sent = 0;
        while pace.may_send(rtt) {
            pace.sent(pace.room(), now);
            sent += 1;
        }
        assert_eq!(sent, 2);
        pace.forget();
        assert!(pace.may_send(rtt));
    }
}
