//! What is measured of a line: how much passes, how much of it is lost, and how that was before.
//!
//! It is handed what passed since it was looked at last, and when that is: there is no clock here. What
//! it knows is lost when the process ends, and its memory is bounded: some hundred numbers for each line.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::wire::WireStats;

/// For how long back it is said how much passes.
const RATE: Duration = Duration::from_secs(60);

/// What passed is spread over this much time, at least: what goes in the first moments of a connection
/// says little of the next.
const SHORTEST: Duration = Duration::from_secs(10);

/// Packets of which it is not said how many of them were lost, being so few.
const FEW: u64 = 20;

/// Bytes of content from which it is known what a byte of it takes on the wire.
const TELLING: u64 = 1_000;

/// What a byte of content takes on the wire until that is known.
const PLAIN: f64 = 1.0;

/// What passed over a connection, of packets those that this side sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Totals {
    pub(crate) sent: u64,
    pub(crate) received: u64,
    pub(crate) packets: u64,
    pub(crate) lost: u64,
}

impl Totals {
    /// What of it has passed since it was that much. What is counted from 0 again, as another path is
    /// taken, has passed whole.
    pub(crate) fn since(self, before: Self) -> Self {
        let more = |now: u64, before: u64| now.checked_sub(before).unwrap_or(now);
        let is_anew = self.packets < before.packets;
        Self {
            sent: more(self.sent, before.sent),
            received: more(self.received, before.received),
            packets: more(self.packets, before.packets),
            lost: if is_anew { self.lost } else { more(self.lost, before.lost) },
        }
    }
}

impl From<WireStats> for Totals {
    fn from(stats: WireStats) -> Self {
        Self {
            sent: stats.sent_bytes,
            received: stats.received_bytes,
            packets: stats.sent_packets,
            lost: stats.lost_packets,
        }
    }
}

/// How far back a history goes, and in which steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// An hour, minute by minute.
    Hour,
    /// A day, in quarters of an hour.
    Day,
}

impl Span {
    /// The time from one point to the next.
    pub const fn step(self) -> Duration {
        match self {
            Self::Hour => Duration::from_secs(60),
            Self::Day => Duration::from_secs(15 * 60),
        }
    }

    /// How many points there are, at most.
    const fn points(self) -> usize {
        match self {
            Self::Hour => 60,
            Self::Day => 96,
        }
    }
}

/// What passed in one step of a history.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// How long ago it began.
    pub age: Duration,
    /// Bytes sent.
    pub sent: u64,
    /// Bytes received.
    pub received: u64,
    /// Which share of the packets sent was lost; nothing if there were too few.
    pub loss: Option<f64>,
    /// How many changes waited when that was last looked at; nothing if it was not.
    pub waiting: Option<u64>,
    /// Whether there was a connection, for any part of it.
    pub is_connected: bool,
}

/// What passed in some stretch of time.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    passed: Totals,
    /// For how long of it there was a connection.
    connected: Duration,
    waiting: Option<u64>,
}

impl Tally {
    fn add(&mut self, Totals { sent, received, packets, lost }: Totals, connected: Duration) {
        self.passed.sent += sent;
        self.passed.received += received;
        self.passed.packets += packets;
        self.passed.lost += lost;
        self.connected += connected;
    }

    fn loss(&self) -> Option<f64> {
        let Totals { packets, lost, .. } = self.passed;
        (packets >= FEW).then(|| (lost as f64 / packets as f64).min(1.0))
    }

    /// Bits a second that were sent and received, if there was a connection.
    fn rates(&self) -> Option<(u64, u64)> {
        let seconds = self.connected.max(SHORTEST).as_secs_f64();
        let rate = |bytes: u64| (bytes as f64 * 8.0 / seconds).round() as u64;
        (!self.connected.is_zero()).then(|| (rate(self.passed.sent), rate(self.passed.received)))
    }
}

/// The newest tallies of as many stretches of the same length.
#[derive(Debug)]
struct Ring {
    step: Duration,
    most: usize,
    /// By their number since the beginning; those in which nothing was looked at are missing.
    tallies: VecDeque<(u64, Tally)>,
}

impl Ring {
    const fn new(step: Duration, most: usize) -> Self {
        Self { step, most, tallies: VecDeque::new() }
    }

    const fn of(span: Span) -> Self {
        Self::new(span.step(), span.points())
    }

    /// The number of the stretch that goes on at a time since the beginning.
    fn number(&self, at: Duration) -> u64 {
        at.as_secs() / self.step.as_secs().max(1)
    }

    /// The tally of the stretch that goes on.
    fn now(&mut self, at: Duration) -> &mut Tally {
        let number = self.number(at);
        if self.tallies.back().is_none_or(|(last, _)| *last < number) {
            self.tallies.push_back((number, Tally::default()));
        }
        while self.tallies.front().is_some_and(|(first, _)| first + self.most as u64 <= number) {
            self.tallies.pop_front();
        }
        let last = self.tallies.len().saturating_sub(1);
        &mut self.tallies[last].1
    }

    /// What passed in as many of the newest stretches, with the one that goes on.
    fn newest(&self, at: Duration, count: u64) -> Tally {
        let number = self.number(at);
        let mut all = Tally::default();
        for (_, tally) in self.tallies.iter().filter(|(n, _)| n + count > number) {
            all.add(tally.passed, tally.connected);
        }
        all
    }

    /// Every stretch there was, the oldest first.
    fn points(&self, at: Duration) -> Vec<Point> {
        let number = self.number(at);
        let first = (number + 1).saturating_sub(self.most as u64);
        let point = |n: u64| {
            let tally = self.tallies.iter().find(|(other, _)| *other == n);
            let tally = tally.map(|(_, tally)| *tally).unwrap_or_default();
            let step = u32::try_from(n).unwrap_or(u32::MAX);
            Point {
                age: at.saturating_sub(self.step.saturating_mul(step)),
                sent: tally.passed.sent,
                received: tally.passed.received,
                loss: tally.loss(),
                waiting: tally.waiting,
                is_connected: !tally.connected.is_zero(),
            }
        };
        (first..=number).map(point).collect()
    }
}

/// What is measured of a line, while this process runs.
#[derive(Debug)]
pub(crate) struct Gauge {
    /// When it was looked at first, and last.
    looked: Option<(Instant, Instant)>,
    /// The last five minutes.
    newest: Ring,
    hour: Ring,
    day: Ring,
    /// Bytes of content that were sent, and in how many bytes.
    carried: (u64, u64),
}

impl Default for Gauge {
    fn default() -> Self {
        Self {
            looked: None,
            newest: Ring::new(Duration::from_secs(10), 30),
            hour: Ring::of(Span::Hour),
            day: Ring::of(Span::Day),
            carried: (0, 0),
        }
    }
}

impl Gauge {
    /// The time since the beginning.
    fn at(&self, now: Instant) -> Duration {
        self.looked.map_or(Duration::ZERO, |(first, _)| now.saturating_duration_since(first))
    }

    /// So much passed since it was looked at last, and whether there was a connection.
    pub(crate) fn passed(&mut self, now: Instant, passed: Totals, is_connected: bool) {
        let (first, last) = self.looked.unwrap_or((now, now));
        self.looked = Some((first, now.max(last)));
        let time = now.saturating_duration_since(last);
        // Of a connection that was looked at the moment it began there is something to say, too.
        let connected = time.max(Duration::from_millis(1));
        let connected = if is_connected { connected } else { Duration::ZERO };
        let at = self.at(now);
        for ring in [&mut self.newest, &mut self.hour, &mut self.day] {
            ring.now(at).add(passed, connected);
        }
    }

    /// So many changes wait.
    pub(crate) fn waits(&mut self, now: Instant, changes: u64) {
        let at = self.at(now);
        for ring in [&mut self.hour, &mut self.day] {
            ring.now(at).waiting = Some(changes);
        }
    }

    /// So many bytes of content were sent in so many bytes.
    pub(crate) fn carries(&mut self, content: u64, bytes: u64) {
        self.carried.0 += content;
        self.carried.1 += bytes;
    }

    /// Bits a second that are sent and received; nothing without a connection.
    pub(crate) fn rates(&self, now: Instant) -> Option<(u64, u64)> {
        let steps = RATE.as_secs() / self.newest.step.as_secs();
        self.newest.newest(self.at(now), steps).rates()
    }

    /// Which share of the packets sent was lost; nothing if there were too few.
    pub(crate) fn loss(&self, now: Instant) -> Option<f64> {
        self.newest.newest(self.at(now), self.newest.most as u64).loss()
    }

    /// The most bits that were sent in a second, over any minute of the last hour.
    pub(crate) fn best(&self, now: Instant) -> Option<u64> {
        let first = self.hour.number(self.at(now)).saturating_sub(self.hour.most as u64);
        let minutes = self.hour.tallies.iter().filter(|(n, _)| *n >= first);
        let minutes = minutes.filter_map(|(_, tally)| tally.rates());
        let all = minutes.chain(self.rates(now)).map(|(sent, _)| sent);
        all.max().filter(|best| *best > 0)
    }

    /// How many bytes on the wire a byte of content takes.
    pub(crate) fn costs(&self) -> f64 {
        let (content, bytes) = self.carried;
        if content < TELLING { PLAIN } else { bytes as f64 / content as f64 }
    }

    /// How it was before, the oldest first.
    pub(crate) fn history(&self, now: Instant, span: Span) -> Vec<Point> {
        let ring = match span {
            Span::Hour => &self.hour,
            Span::Day => &self.day,
        };
        if self.looked.is_none() { Vec::new() } else { ring.points(self.at(now)) }
    }
}

/// About how long it takes until so many bytes of content are sent, of which each takes so many on the
/// wire, at so many bits a second. It is a guess.
pub(crate) fn clears_in(bytes: u64, costs: f64, rate: u64) -> Option<Duration> {
    let seconds = bytes as f64 * costs * 8.0 / rate as f64;
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A gauge that is looked at every ten seconds.
    struct Looked {
        gauge: Gauge,
        begun: Instant,
        now: Instant,
    }

    impl Looked {
        fn new() -> Self {
            let (mut gauge, now) = (Gauge::default(), Instant::now());
            gauge.passed(now, Totals::default(), false);
            Self { gauge, begun: now, now }
        }

        fn step(&mut self, sent: u64, (packets, lost): (u64, u64), is_connected: bool) {
            self.now += Duration::from_secs(10);
            let passed = Totals { sent, received: sent / 2, packets, lost };
            self.gauge.passed(self.now, passed, is_connected);
        }

        fn rates(&self) -> Option<(u64, u64)> {
            self.gauge.rates(self.now)
        }
    }

    #[test]
    fn a_rate_is_that_of_the_last_minute() {
        let mut looked = Looked::new();
        assert_eq!(looked.rates(), None);
        (0..30).for_each(|_| looked.step(10_000, (10, 0), true));
        assert_eq!(looked.rates(), Some((8_000, 4_000)));
        (0..6).for_each(|_| looked.step(100, (10, 0), true));
        assert_eq!(looked.rates(), Some((80, 40)));
        assert_eq!(looked.gauge.best(looked.now), Some(8_000));
        (0..6).for_each(|_| looked.step(0, (0, 0), false));
        assert_eq!(looked.rates(), None, "there was no connection");
    }

    #[test]
    fn the_first_moment_of_a_connection_is_spread_over_ten_seconds() {
        let mut gauge = Gauge::default();
        let now = Instant::now();
        gauge.passed(now, Totals { sent: 1_000, ..Totals::default() }, true);
        assert_eq!(gauge.rates(now), Some((800, 0)));
    }

    #[test]
    fn the_best_rate_of_an_hour_is_forgotten_after_it() {
        let mut looked = Looked::new();
        (0..6).for_each(|_| looked.step(10_000, (10, 0), true));
        (0..350).for_each(|_| looked.step(100, (10, 0), true));
        assert_eq!(looked.gauge.best(looked.now), Some(8_000));
        (0..20).for_each(|_| looked.step(100, (10, 0), true));
        assert_eq!(looked.gauge.best(looked.now), Some(80));
        assert_eq!(Looked::new().gauge.best(Instant::now()), None);
    }

    #[test]
    fn loss_is_a_share_of_five_minutes_and_of_enough_packets() {
        let mut looked = Looked::new();
        looked.step(100, (FEW - 1, 5), true);
        assert_eq!(looked.gauge.loss(looked.now), None);
        looked.step(100, (1, 0), true);
        assert_eq!(looked.gauge.loss(looked.now), Some(0.25));
        (0..30).for_each(|_| looked.step(100, (10, 0), true));
        assert_eq!(looked.gauge.loss(looked.now), Some(0.0));
    }

    #[test]
    fn another_path_is_counted_from_its_beginning() {
        let before = Totals { sent: 900, received: 90, packets: 50, lost: 2 };
        let now = Totals { sent: 1_000, received: 100, packets: 7, lost: 3 };
        let passed = Totals { sent: 100, received: 10, packets: 7, lost: 3 };
        assert_eq!(now.since(before), passed);
        assert_eq!(now.since(Totals::default()), now);
    }

    #[test]
    fn a_history_has_its_gaps_and_an_end() {
        let mut looked = Looked::new();
        assert_eq!(looked.gauge.history(looked.now, Span::Hour).len(), 1);
        (0..12).for_each(|_| looked.step(1_000, (10, 1), true));
        looked.gauge.waits(looked.now, 7);
        // Nobody looked for two minutes.
        looked.now += Duration::from_secs(120);
        (0..6).for_each(|_| looked.step(0, (0, 0), false));
        let points = looked.gauge.history(looked.now, Span::Hour);
        let connected: Vec<bool> = points.iter().map(|point| point.is_connected).collect();
        assert_eq!(connected, [true, true, true, false, false, false]);
        assert_eq!((points[1].sent, points[1].received), (6_000, 3_000));
        assert_eq!((points[1].loss, points[3].loss), (Some(0.1), None));
        assert_eq!((points[1].waiting, points[2].waiting), (None, Some(7)));
        assert_eq!(points[5].age, Duration::ZERO);
        assert_eq!(points[0].age, looked.now - looked.begun);
        let day = looked.gauge.history(looked.now, Span::Day);
        assert_eq!((day.len(), day[0].sent, day[0].waiting), (1, 12_000, Some(7)));
    }

    #[test]
    fn a_history_is_bounded() {
        let mut looked = Looked::new();
        (0..2 * 8_640).for_each(|_| looked.step(10, (1, 0), true));
        for (span, points) in [(Span::Hour, 60), (Span::Day, 96)] {
            assert_eq!(looked.gauge.history(looked.now, span).len(), points);
        }
        let kept = [&looked.gauge.newest, &looked.gauge.hour, &looked.gauge.day];
        assert_eq!(kept.map(|ring| ring.tallies.len()), [30, 60, 96]);
    }

    #[test]
    fn what_a_byte_takes_is_measured_once_enough_have_passed() {
        let mut gauge = Gauge::default();
        gauge.carries(999, 5_000);
        assert_eq!(gauge.costs(), PLAIN);
        gauge.carries(9_001, 0);
        assert_eq!(gauge.costs(), 0.5);
        assert_eq!(clears_in(9_000, 0.5, 1_200), Some(Duration::from_secs(30)));
        assert_eq!(clears_in(0, 0.5, 1_200), Some(Duration::ZERO));
        assert_eq!(clears_in(1, 0.5, 0), None);
    }
}
