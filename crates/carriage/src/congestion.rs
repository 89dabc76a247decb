//! How much may be in flight: full links, short queues.
//!
//! The controllers that come with QUIC read each loss as a full queue, and a queue that loses
//! nothing as room. On a radio link both are wrong: it loses packets by itself, and modems queue for
//! ten seconds and more before they lose any. This one looks at the time packets take instead. What
//! they take more than the least seen lately is waiting in a queue; it grows the window while that
//! is short, and shrinks it while it is long. Losses halve it only if there is a queue to lose from.

use std::any::Any;
use std::sync::Arc;
use std::time::{Duration, Instant};

use quinn::congestion::{Controller, ControllerFactory};
use quinn_proto::RttEstimator;

/// How long packets should wait in queues, at most. Less would leave a jittery link empty at times;
/// more would keep urgent frames waiting.
const PATIENCE: Duration = Duration::from_secs(1);

/// For how long the least time of a round trip is remembered, at least. A link that became slower
/// for good is seen as such after twice this. Whenever it has passed, the window shrinks to what is
/// in flight without a queue, so that the least time is seen again: else a queue that never empties
/// would come to be taken for the link.
const MEMORY: Duration = Duration::from_secs(30);

/// Packets that may be in flight at the start, and whatever happens.
const START: u64 = 4;
const LEAST: u64 = 2;

/// Makes a [`Patient`] for each path.
#[derive(Debug, Default)]
pub(crate) struct PatientConfig;

impl ControllerFactory for PatientConfig {
    fn build(self: Arc<Self>, now: Instant, current_mtu: u16) -> Box<dyn Controller> {
        Box::new(Patient::new(now, current_mtu))
    }
}

/// Keeps the queue of the narrowest link between empty and [`PATIENCE`].
#[derive(Debug, Clone)]
struct Patient {
    packet: u64,
    window: u64,
    /// Whether the window still doubles with each round trip.
    starting: bool,
    /// Packets sent before this say nothing about what was decided then.
    decided: Instant,
    least: Least,
    /// How long the last packet waited.
    queue: Duration,
}

impl Patient {
    fn new(now: Instant, mtu: u16) -> Self {
        let packet = u64::from(mtu);
        Self {
            packet,
            window: START * packet,
            starting: true,
            decided: now,
            least: Least::new(now),
            queue: Duration::ZERO,
        }
    }

    fn least_window(&self) -> u64 {
        LEAST * self.packet
    }

    fn shrink(&mut self, now: Instant, factor: f64) {
        self.starting = false;
        self.decided = now;
        self.window = ((self.window as f64 * factor) as u64).max(self.least_window());
    }

    fn acknowledged(&mut self, now: Instant, sent: Instant, bytes: u64, app_limited: bool) {
        let took = now.saturating_duration_since(sent);
        let renewed = self.least.see(now, took);
        let least = self.least.get();
        self.queue = took.saturating_sub(least);
        if renewed && !self.starting {
            self.shrink(now, least.as_secs_f64() / took.as_secs_f64());
        } else if sent <= self.decided {
            // Says nothing about the window as it is now.
        } else if self.queue > PATIENCE {
            self.shrink(now, (least + PATIENCE).as_secs_f64() / took.as_secs_f64());
        } else if app_limited {
            // A window that is not used needs not grow.
        } else if self.starting && self.queue < PATIENCE / 2 {
            self.window += bytes;
        } else {
            self.starting = false;
            // One packet with each round trip.
            self.window += (self.packet * bytes / self.window).max(1);
        }
    }
}

impl Controller for Patient {
    fn on_ack(&mut self, now: Instant, sent: Instant, bytes: u64, limited: bool, _: &RttEstimator) {
        self.acknowledged(now, sent, bytes, limited);
    }

    fn on_congestion_event(
        &mut self,
        now: Instant,
        sent: Instant,
        is_persistent: bool,
        _lost: u64,
    ) {
        if is_persistent {
            self.shrink(now, 0.0);
        } else if sent > self.decided {
            let full = self.queue > PATIENCE / 2;
            self.shrink(now, if full { 0.5 } else { 0.85 });
        }
    }

    fn on_mtu_update(&mut self, new_mtu: u16) {
        self.packet = u64::from(new_mtu);
        self.window = self.window.max(self.least_window());
    }

    fn window(&self) -> u64 {
        self.window
    }

    fn clone_box(&self) -> Box<dyn Controller> {
        Box::new(self.clone())
    }

    fn initial_window(&self) -> u64 {
        START * self.packet
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

/// The least time of a round trip in this [`MEMORY`] and the one before.
#[derive(Debug, Clone)]
struct Least {
    since: Instant,
    now: Duration,
    before: Duration,
}

impl Least {
    fn new(since: Instant) -> Self {
        Self { since, now: Duration::MAX, before: Duration::MAX }
    }

    /// Takes a round trip into account; answers whether a new [`MEMORY`] begins with it.
    fn see(&mut self, at: Instant, took: Duration) -> bool {
        let renewed = at.saturating_duration_since(self.since) > MEMORY;
        if renewed {
            (self.since, self.before, self.now) = (at, self.now, Duration::MAX);
        }
        self.now = self.now.min(took);
        renewed
    }

    fn get(&self) -> Duration {
        self.now.min(self.before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUND_TRIP: Duration = Duration::from_millis(600);

    fn started() -> (Patient, Instant) {
        let start = Instant::now();
        (Patient::new(start, 1200), start + Duration::from_secs(1))
    }

    /// Acknowledges a whole window whose packets waited this long; answers the time after it.
    fn round(patient: &mut Patient, sent: Instant, queue: Duration) -> Instant {
        let now = sent + ROUND_TRIP + queue;
        for _ in 0..patient.window / 1200 {
            patient.acknowledged(now, sent, 1200, false);
        }
        now + Duration::from_millis(1)
    }

    #[test]
    fn it_doubles_until_a_queue_shows() {
        let (mut patient, at) = started();
        let at = round(&mut patient, at, Duration::ZERO);
        assert_eq!(patient.window, 8 * 1200);
        let at = round(&mut patient, at, PATIENCE / 2);
        let grown = patient.window;
        assert!((9 * 1200 - 200..=9 * 1200).contains(&grown), "{grown}");
        round(&mut patient, at, Duration::ZERO);
        assert!(patient.window < grown + 1300, "it does not double again");
    }

    #[test]
    fn a_long_queue_shrinks_it_once_for_each_round_trip() {
        let (mut patient, mut at) = started();
        for _ in 0..3 {
            at = round(&mut patient, at, Duration::ZERO);
        }
        let before = patient.window;
        round(&mut patient, at, Duration::from_millis(2600));
        assert_eq!(patient.window, before / 2);
    }

    #[test]
    fn a_loss_without_a_queue_costs_little_and_one_with_a_queue_half() {
        let (mut patient, mut at) = started();
        for _ in 0..3 {
            at = round(&mut patient, at, Duration::ZERO);
        }
        patient.on_congestion_event(at, at, false, 1200);
        assert_eq!(patient.window, 32 * 1200 * 85 / 100);
        patient.on_congestion_event(at, at, false, 1200);
        assert_eq!(patient.window, 32 * 1200 * 85 / 100, "one event of many losses");
        let at = round(&mut patient, at + Duration::from_millis(1), PATIENCE * 3 / 4);
        let before = patient.window;
        patient.on_congestion_event(at, at, false, 1200);
        assert_eq!(patient.window, before / 2);
        patient.on_congestion_event(at, at, true, 1200);
        assert_eq!(patient.window, 2 * 1200);
    }

    #[test]
    fn a_queue_that_never_empties_is_not_taken_for_the_link() {
        let (mut patient, mut at) = started();
        // A link of 8 packets a second: what is in flight above its round trip waits.
        let bottleneck = |window: u64| {
            Duration::from_millis(window / 1200 * 1000 / 8).saturating_sub(ROUND_TRIP)
        };
        for _ in 0..300 {
            let queue = bottleneck(patient.window);
            assert!(queue <= PATIENCE * 2, "{queue:?}");
            at = round(&mut patient, at, queue);
        }
        assert!(patient.least.get() < ROUND_TRIP + PATIENCE / 4);
    }

    #[test]
    fn a_path_that_became_longer_is_no_queue_for_ever() {
        let (mut patient, mut at) = started();
        at = round(&mut patient, at, Duration::ZERO);
        for _ in 0..60 {
            at = round(&mut patient, at, PATIENCE * 2);
        }
        assert!(patient.queue < PATIENCE, "{:?}", patient.queue);
        assert!(patient.window > 4 * 1200);
    }
}
