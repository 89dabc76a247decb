//! Two ends and a bad channel between them, in virtual time.
//!
//! The channel loses, delays, doubles and alters datagrams, and where one side speaks at a time it
//! takes away what is sent while the other side's last datagram is on the air or still arriving.

use std::collections::BTreeMap;
use std::time::Duration;

use fieldpost_log::{SigningKey, Suite};
use proptest::prelude::*;

use super::*;

const S: Duration = Duration::from_secs(1);

/// What a channel is like.
#[derive(Debug, Clone, Copy)]
struct Channel {
    settings: Settings,
    delay: Duration,
    jitter: Duration,
    /// Of a hundred datagrams, how many are lost, come twice, and are altered.
    loses: u64,
    doubles: u64,
    alters: u64,
}

impl Channel {
    fn clear(settings: Settings) -> Self {
        let (delay, jitter) = (settings.round_trip / 4, Duration::ZERO);
        Self { settings, delay, jitter, loses: 0, doubles: 0, alters: 0 }
    }
}

/// Two ends, and what is on its way.
struct Run {
    now: Duration,
    ends: [Engine; 2],
    channel: Channel,
    flying: BTreeMap<(Duration, u64), (usize, Vec<u8>)>,
    /// When the last datagram of each side is at the other.
    on_air: [(Duration, Duration); 2],
    sent: Vec<(usize, Duration, usize)>,
    heard: [[Vec<Vec<u8>>; CLASSES]; 2],
    collisions: usize,
    dice: u64,
    is_cut: bool,
    /// What the second side sends, if somebody records it.
    recorded: Option<Vec<Vec<u8>>>,
}

fn key(side: usize) -> SigningKey {
    SigningKey::from_seed(Suite::One, &[side as u8 + 1; 32])
}

fn engine(settings: Settings, side: usize) -> Engine {
    Engine::new(settings, key(side), key(1 - side).verifying_key()).unwrap()
}

impl Run {
    fn new(channel: Channel, seed: u64) -> Self {
        let end = |side| engine(channel.settings, side);
        let mut run = Self {
            now: Duration::ZERO,
            ends: [end(0), end(1)],
            channel,
            flying: BTreeMap::new(),
            on_air: [(Duration::ZERO, Duration::ZERO); 2],
            sent: Vec::new(),
            heard: Default::default(),
            collisions: 0,
            dice: seed.wrapping_mul(2).wrapping_add(1),
            is_cut: false,
            recorded: None,
        };
        run.ends[0].begin(Duration::ZERO, (seed ^ 1).to_le_bytes());
        run.ends[1].begin(Duration::ZERO, (seed ^ 2).to_le_bytes());
        run
    }

    fn roll(&mut self) -> u64 {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        self.dice >> 11
    }

    fn hundredth(&mut self, of: u64) -> bool {
        self.roll() % 100 < of
    }

    fn fly(&mut self, side: usize, mut datagram: Vec<u8>) {
        let bytes = datagram.len() + self.channel.settings.overhead;
        let air = self.channel.settings.air(bytes);
        self.sent.push((side, self.now, bytes));
        if let Some(recorded) = self.recorded.as_mut().filter(|_| side == 1) {
            recorded.push(datagram.clone());
        }
        let (start, end) = (self.now, self.now + air);
        let (_, theirs) = self.on_air[1 - side];
        self.on_air[side] = (start, end + self.channel.delay);
        if self.channel.settings.turnaround.is_some() && theirs > start {
            // Both speak: neither is heard.
            self.collisions += 1;
            self.flying.retain(|_, (from, _)| *from == side);
            return;
        }
        if self.is_cut || self.hundredth(self.channel.loses) {
            return;
        }
        if self.hundredth(self.channel.alters) {
            let at = self.roll() as usize % datagram.len();
            datagram[at] ^= 1 << (self.roll() % 8);
        }
        let copies = 1 + usize::from(self.hundredth(self.channel.doubles));
        for _ in 0..copies {
            let jitter = self.channel.jitter.mul_f64(self.roll() as f64 / (1_u64 << 53) as f64);
            let at = end + self.channel.delay + jitter;
            let number = self.sent.len() as u64 * 2 + self.flying.len() as u64 * 1_000_000;
            self.flying.insert((at, number), (side, datagram.clone()));
        }
    }

    fn arrive(&mut self) {
        while let Some((&(at, number), _)) = self.flying.first_key_value()
            && at <= self.now
        {
            let (from, datagram) = self.flying.remove(&(at, number)).unwrap();
            let end = &mut self.ends[1 - from];
            end.hear(self.now, &datagram);
            for class in Class::ALL {
                while let Some(message) = end.take(class).unwrap() {
                    self.heard[1 - from][class.number()].push(message);
                }
            }
        }
    }

    /// Lets time pass until something holds, or until a time.
    fn until(&mut self, limit: Duration, mut holds: impl FnMut(&mut Self) -> bool) -> bool {
        loop {
            self.arrive();
            let mut next = self.flying.first_key_value().map(|((at, _), _)| *at);
            for side in 0..2 {
                loop {
                    match self.ends[side].next(self.now) {
                        Next::Send(datagram) => self.fly(side, datagram),
                        Next::At(at) => {
                            assert!(at > self.now, "an end that waits for what has been");
                            next = Some(next.map_or(at, |next| next.min(at)));
                            break;
                        }
                        Next::Idle => break,
                    }
                }
            }
            if holds(self) {
                return true;
            }
            let flying = self.flying.first_key_value().map(|((at, _), _)| *at);
            let next = next.into_iter().chain(flying).min().unwrap_or(limit);
            if next > limit || self.now >= limit {
                self.now = limit;
                return false;
            }
            self.now = next;
        }
    }

    fn begins(&mut self) {
        let limit = self.now + 3600 * S;
        assert!(self.until(limit, |run| run.ends.iter().all(|end| end.begun().1)));
    }

    /// Both ends say something, so that both know of the conversation.
    fn greet(&mut self) {
        let limit = self.now + 3600 * S;
        assert!(self.until(limit, |run| run.ends.iter().any(|end| end.begun().1)));
        let first = usize::from(self.ends[1].begun().1);
        self.ends[first].say(Class::Frame, b"hello");
        self.begins();
        self.ends[1 - first].say(Class::Frame, b"hello");
        self.both_heard();
        self.quiet();
        self.heard = Default::default();
    }

    /// Waits until each side has heard a frame of the other.
    fn both_heard(&mut self) {
        let heard = |run: &mut Self| run.heard.iter().all(|heard| !heard[1].is_empty());
        assert!(self.until(self.now + 86_400 * S, heard));
    }

    /// Lets everything be said.
    fn quiet(&mut self) {
        let mut last = (self.sent.len(), self.now);
        let limit = self.now + 48 * 3600 * S;
        self.until(limit, |run| {
            if run.sent.len() != last.0 {
                last = (run.sent.len(), run.now);
            }
            run.ends.iter_mut().all(|end| end.next(run.now) == Next::Idle) && run.flying.is_empty()
        });
        assert!(self.now < limit, "never quiet: {:?}", &self.sent[self.sent.len() - 9..]);
    }
}

fn hf(rate: u32, turnaround: u32) -> Settings {
    let settings = Settings::of_rate(rate).half_duplex(S * turnaround);
    Settings { round_trip: 4 * S, ..settings }
}

fn kinds() -> impl Strategy<Value = Settings> {
    prop_oneof![
        Just(Settings { overhead: 28, ..Settings::of_rate(9_600) }),
        Just(Settings { round_trip: 4 * S, ..Settings::of_rate(2_400) }),
        Just(hf(9_600, 4)),
        Just(hf(2_400, 4)),
        Just(hf(75, 30)),
    ]
}

fn channels() -> impl Strategy<Value = Channel> {
    (kinds(), 0..30_u64, 0..20_u64, 0..10_u64, 0..1000_u64).prop_map(
        |(settings, loses, doubles, alters, jitter)| Channel {
            jitter: settings.round_trip.mul_f64(jitter as f64 / 2000.0),
            loses,
            doubles,
            alters,
            ..Channel::clear(settings)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Whatever the channel does: each message arrives once, and in its order within its class.
    #[test]
    fn everything_arrives_once_and_in_order(
        channel in channels(),
        seed: u64,
        said in prop::collection::vec((0..2_usize, 0..3_usize, 0..900_usize, 0..90_u32), 1..25),
    ) {
        let mut run = Run::new(channel, seed);
        run.greet();
        let mut expected: [[Vec<Vec<u8>>; CLASSES]; 2] = Default::default();
        for (n, (side, class, length, after)) in said.into_iter().enumerate() {
            let message = vec![n as u8; length];
            run.ends[side].say(Class::ALL[class], &message);
            expected[1 - side][class].push(message);
            let until = run.now + S * after;
            run.until(until, |_| false);
        }
        run.quiet();
        prop_assert_eq!(&run.heard, &expected);
        prop_assert_eq!(run.ends[0].begun().0, 1);
    }

    /// Bytes of strangers change nothing, are answered by nothing, and do not panic.
    #[test]
    fn bytes_of_strangers_are_dropped(
        noise in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 0..40),
        kind in kinds(),
    ) {
        let mut run = Run::new(Channel::clear(kind), 7);
        run.greet();
        let sent = run.sent.len();
        for bytes in noise {
            prop_assert!(!run.ends[0].hear(run.now, &bytes));
        }
        run.quiet();
        prop_assert_eq!(run.sent.len(), sent);
    }
}

#[test]
fn a_post_after_an_hour_of_silence_needs_no_round_trip_and_silence_costs_nothing() {
    for settings in [hf(75, 30), Settings::of_rate(2_400)] {
        let mut run = Run::new(Channel::clear(settings), 1);
        run.greet();
        let (sent, began) = (run.sent.len(), run.now + 3600 * S);
        run.until(began, |_| false);
        assert_eq!(run.sent.len(), sent, "something was said in silence");
        run.ends[0].say(Class::Frame, &[7; 40]);
        assert!(run.until(began + 60 * S, |run| !run.heard[1][1].is_empty()));
        assert_eq!(run.sent.len(), sent + 1, "it took more than one datagram");
    }
}

#[test]
fn whoever_fell_silent_sends_nothing_whatever_comes() {
    let mut run = Run::new(Channel::clear(hf(2_400, 4)), 2);
    run.greet();
    run.ends[0].say(Class::Frame, &[7; 4000]);
    run.until(run.now + 3 * S, |_| false);
    run.ends[1].end();
    let from = run.now;
    run.until(from + 3600 * S, |_| false);
    assert!(!run.sent.iter().any(|(side, at, _)| *side == 1 && *at >= from));
    // The other tries now and then, and its cost is bounded: a call of 33 bytes each two minutes.
    let tries = run.sent.iter().filter(|(_, at, _)| *at > from + 1800 * S);
    assert!(tries.map(|(_, _, bytes)| bytes).sum::<usize>() < 100 * 30);
    // Once it is back, both begin anew.
    run.ends[1].begin(run.now, [99; 8]);
    run.ends[1].next(run.now);
    assert!(run.until(run.now + 600 * S, |run| {
        let begun = run.ends.iter().map(|end| end.begun());
        begun.collect::<Vec<_>>()[1].1
    }));
}

#[test]
fn a_side_with_a_limit_keeps_to_it_and_makes_use_of_it() {
    let (limit, minute) = (2_400, 60 * S);
    for settings in [Settings::of_rate(9_600), hf(9_600, 4)] {
        let mut run = Run::new(Channel::clear(settings), 8);
        run.greet();
        run.ends[0].limit(Some(limit));
        assert_eq!((run.ends[0].rate(), run.ends[1].rate()), (limit, settings.rate));
        let from = run.now;
        run.ends[0].say(Class::Bulk, &[1; 60_000]);
        run.ends[1].say(Class::Bulk, &[2; 20_000]);
        assert!(run.until(from + 3600 * S, |run| !run.heard[1][2].is_empty()));
        let took = (run.now - from).as_secs_f64();
        assert!((200.0..300.0).contains(&took), "200 s at the limit, not {took}");
        // What is said beyond it in one turn is made up for by the next.
        let beyond = settings.turnaround.map_or(0, |_| settings.longest_turn.as_secs() as usize);
        let bytes = |first: Duration| {
            let within = |at: &Duration| (first..first + minute).contains(at);
            let of = run.sent.iter().filter(|(side, at, _)| *side == 0 && within(at));
            of.map(|(_, _, bytes)| bytes).sum::<usize>()
        };
        for (_, at, _) in run.sent.iter().filter(|(side, at, _)| *side == 0 && *at >= from) {
            assert!(bytes(*at) <= limit as usize / 8 * (60 + beyond) + 2 * settings.largest());
        }
        // Without it, it is as fast as the link.
        run.ends[0].limit(None);
        let from = run.now;
        run.ends[0].say(Class::Bulk, &[1; 60_000]);
        assert!(run.until(from + 100 * S, |run| run.heard[1][2].len() == 2));
    }
}

#[test]
fn an_urgent_message_waits_for_one_segment_and_no_more() {
    let settings = Settings::of_rate(9_600);
    let mut run = Run::new(Channel::clear(settings), 3);
    run.greet();
    run.ends[0].say(Class::Bulk, &[1; 60_000]);
    run.ends[0].say(Class::Frame, &[2; 30_000]);
    run.until(run.now + 5 * S, |_| false);
    let from = run.now;
    run.ends[0].say(Class::Urgent, &[3; 60]);
    assert!(run.until(from + 60 * S, |run| !run.heard[1][0].is_empty()));
    let own = settings.air(60 + 24);
    assert!(run.now - from <= own + run.channel.delay + settings.air(settings.largest()));
    assert!(run.heard[1][1].is_empty());
}

#[test]
fn frames_go_before_bulk_and_the_link_is_full() {
    let settings = Settings::of_rate(9_600);
    let mut run = Run::new(Channel::clear(settings), 3);
    run.greet();
    let from = run.now;
    run.ends[0].say(Class::Bulk, &[1; 30_000]);
    run.ends[0].say(Class::Frame, &[2; 30_000]);
    assert!(run.until(from + 600 * S, |run| !run.heard[1][1].is_empty()));
    assert!(run.heard[1][2].is_empty());
    assert!(run.until(from + 600 * S, |run| !run.heard[1][2].is_empty()));
    let took = run.now - from;
    assert!(took < (settings.air(60_000)).mul_f64(1.15), "{took:?}");
}

#[test]
fn half_duplex_takes_turns_without_collisions_and_uses_the_air() {
    for (settings, bytes) in [(hf(9_600, 4), 40_000), (hf(2_400, 4), 20_000), (hf(75, 30), 2_000)] {
        let mut run = Run::new(Channel::clear(settings), 4);
        run.greet();
        let from = run.now;
        run.ends[0].say(Class::Frame, &vec![0; bytes]);
        run.until(from + settings.answer(), |_| false);
        run.ends[1].say(Class::Frame, &vec![1; bytes]);
        run.both_heard();
        let share = settings.air(2 * bytes).as_secs_f64() / (run.now - from).as_secs_f64();
        assert!(share > 0.6, "{} bit/s: {share:.2} of the air used", settings.rate);
        assert_eq!(run.collisions, 0);
    }
}

#[test]
fn two_that_begin_in_the_same_moment_are_heard_soon() {
    for seed in 0..20 {
        for (settings, bytes) in [(hf(9_600, 4), 40_000), (hf(75, 30), 2_000)] {
            let mut run = Run::new(Channel::clear(settings), seed);
            run.greet();
            let from = run.now;
            for side in 0..2 {
                run.ends[side].say(Class::Frame, &vec![side as u8; bytes]);
            }
            run.both_heard();
            let share = settings.air(2 * bytes).as_secs_f64() / (run.now - from).as_secs_f64();
            assert!(share > 0.25, "{} bit/s: {share:.2} of the air used", settings.rate);
            assert!(run.collisions > 0);
        }
    }
}

#[test]
fn a_side_that_was_restarted_begins_anew_and_nothing_of_before_is_heard_twice() {
    for settings in [hf(2_400, 4), Settings::of_rate(9_600)] {
        let mut run = Run::new(Channel::clear(settings), 5);
        run.greet();
        run.ends[0].say(Class::Frame, &[1; 2_000]);
        run.until(run.now + 3 * S, |_| false);
        run.ends[1] = engine(settings, 1);
        run.ends[1].begin(run.now, [99; 8]);
        run.heard = Default::default();
        assert!(run.until(run.now + 600 * S, |run| run.ends[1].begun().1), "{settings:?}");
        run.ends[1].say(Class::Frame, b"hello");
        assert!(run.until(run.now + 600 * S, |run| run.ends[0].begun() == (2, true)));
        run.ends[0].say(Class::Frame, b"again");
        run.quiet();
        assert_eq!(run.heard[0][1], [b"hello"]);
        assert_eq!(run.heard[1][1], [b"again"]);
    }
}

#[test]
fn a_repeated_call_of_before_ends_no_conversation() {
    let settings = Settings::of_rate(9_600);
    let mut old = engine(settings, 1);
    old.begin(Duration::ZERO, [66; 8]);
    let mut run = Run::new(Channel::clear(settings), 6);
    run.greet();
    let Next::Send(call) = old.next(100 * S) else { panic!("no call") };
    for _ in 0..1000 {
        run.ends[0].hear(run.now, &call);
        run.until(run.now + S / 10, |_| false);
    }
    let from = run.now - 100 * S;
    let answers = run.sent.iter().filter(|(side, at, _)| *side == 0 && *at >= from);
    let air: Duration = answers.map(|(_, _, bytes)| settings.air(*bytes)).sum();
    assert!(air < 11 * S, "{air:?} of 100 s spent on answers");
    run.ends[0].say(Class::Frame, b"still here");
    run.quiet();
    assert_eq!(run.heard[1][1], [b"still here"]);
    assert_eq!(run.ends[0].begun().0, 1);
}

/// Everything that one side sent in a conversation is repeated after it was restarted and talks
/// again: the old conversation, whose numbers are used up, must not begin once more.
#[test]
fn what_was_recorded_of_a_conversation_that_has_ended_begins_none() {
    let settings = Settings::of_rate(9_600);
    let mut run = Run::new(Channel::clear(settings), 8);
    run.recorded = Some(Vec::new());
    run.greet();
    run.ends[1].say(Class::Frame, b"of before");
    run.quiet();
    let recorded = run.recorded.take().unwrap();
    assert!(recorded.len() >= 3);
    run.ends[1] = engine(settings, 1);
    run.ends[1].begin(run.now, [99; 8]);
    assert!(run.until(run.now + 600 * S, |run| run.ends[1].begun().1));
    run.ends[1].say(Class::Frame, b"hello");
    assert!(run.until(run.now + 600 * S, |run| run.ends[0].begun() == (2, true)));
    run.quiet();
    run.heard = Default::default();
    let repeat = |run: &mut Run| {
        for datagram in recorded.iter().chain(&recorded) {
            run.ends[0].hear(run.now, datagram);
        }
        run.arrive();
    };
    repeat(&mut run);
    assert_eq!(run.ends[0].begun(), (2, true));
    // Nor while the other side is not heard, when an answer to a call would begin one.
    run.is_cut = true;
    run.ends[0].say(Class::Frame, b"anybody");
    assert!(run.until(run.now + 3600 * S, |run| !run.ends[0].is_heard()));
    repeat(&mut run);
    assert_eq!(run.ends[0].begun(), (2, true));
    run.is_cut = false;
    run.quiet();
    assert_eq!(run.heard[1][1], [b"anybody"]);
    assert!(run.heard[0][1].is_empty());
}

#[test]
fn a_side_that_listens_says_nothing_until_it_is_called() {
    let mut run = Run::new(Channel::clear(hf(2_400, 4)), 10);
    run.ends = [engine(run.channel.settings, 0), engine(run.channel.settings, 1)];
    run.ends.iter_mut().enumerate().for_each(|(side, end)| end.listen([side as u8 + 1; 8]));
    run.until(3600 * S, |_| false);
    assert_eq!(run.sent, []);
    run.ends[0].begin(run.now, [3; 8]);
    run.greet();
}

#[test]
fn a_link_that_was_away_goes_on_where_it_was() {
    for settings in [hf(75, 30), hf(2_400, 4), Settings::of_rate(2_400)] {
        let mut run = Run::new(Channel::clear(settings), 8);
        run.greet();
        run.is_cut = true;
        run.ends[0].say(Class::Frame, &[1; 300]);
        run.ends[1].say(Class::Frame, &[2; 300]);
        run.until(run.now + 86_400 * S, |_| false);
        assert!(!run.ends[0].is_heard() && !run.ends[1].is_heard());
        run.is_cut = false;
        let back = run.now;
        run.quiet();
        assert_eq!([&run.heard[0][1][0][..3], &run.heard[1][1][0][..3]], [[2; 3], [1; 3]]);
        assert!(run.ends[0].is_heard() && run.ends[0].begun().0 == 1);
        assert!(run.now - back < 1200 * S, "{:?}", run.now - back);
    }
}

#[test]
fn the_rate_is_kept() {
    let settings = Settings { overhead: 28, ..Settings::of_rate(2_400) };
    let mut run = Run::new(Channel::clear(settings), 9);
    run.greet();
    let from = run.now;
    run.ends[0].say(Class::Frame, &[1; 20_000]);
    run.until(from + 30 * S, |_| false);
    let sent = run.sent.iter().filter(|(side, at, _)| *side == 0 && *at >= from);
    let bits: usize = sent.map(|(_, _, bytes)| bytes * 8).sum();
    assert!(bits < 30 * 2_400 + 2_400 && bits > 30 * 2_200, "{bits}");
}
