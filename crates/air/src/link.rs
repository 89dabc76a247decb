//! A link in virtual time.
//!
//! [`Link`] is handed the time with every call and knows no other clock, so that thirty days take
//! seconds and the same seed gives the same day. Time is a duration since any moment that the
//! caller likes, and never runs backwards.
//!
//! A packet waits in its direction's queue, is on the air for its bits by the rate, travels for
//! the delay and the jitter, and arrives, if the link was there all that while: a cut takes away
//! what waits and what is on its way.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::chance::Chance;
use crate::profile::{Duplex, Loss, Profile};
use crate::traffic::Traffic;

/// One end of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The end that may speak where only one may.
    Left,
    /// The other end.
    Right,
}

impl Side {
    /// Both ends.
    pub const BOTH: [Self; 2] = [Self::Left, Self::Right];

    /// The end across.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Left => Self::Right,
            Self::Right => Self::Left,
        }
    }
}

/// Why a link did not take a packet. The sender of a real one does not learn it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The link is cut, or away.
    Away,
    /// Too much waits already.
    Full,
    /// The packet is larger than the link carries.
    TooLarge,
    /// Nothing goes in this direction.
    WrongWay,
}

/// A packet at the other end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery<P> {
    /// Who sent it.
    pub from: Side,
    /// The packet.
    pub packet: P,
    /// Its size with all headers.
    pub bytes: usize,
    /// When it was on the air at the sender.
    pub air: Range<Duration>,
    /// When it arrived.
    pub at: Duration,
}

/// A link between two sides, carrying packets of any kind.
#[derive(Debug)]
pub struct Link<P> {
    profile: Profile,
    overhead: usize,
    planned: Vec<Range<Duration>>,
    is_cut: bool,
    now: Duration,
    left: Way<P>,
    right: Way<P>,
    turn: Option<Turn>,
    /// By time of arrival, and then in the order of departure.
    flying: BTreeMap<(Duration, u64), Delivery<P>>,
    departed: u64,
    arrived: VecDeque<Delivery<P>>,
}

/// What one side sends.
#[derive(Debug)]
struct Way<P> {
    waiting: VecDeque<Waiting<P>>,
    /// When the last transmission ends; none before the first.
    silent_from: Option<Duration>,
    chance: Chance,
    is_losing: bool,
    traffic: Traffic,
}

#[derive(Debug)]
struct Waiting<P> {
    packet: P,
    bytes: usize,
    since: Duration,
}

/// Who speaks where only one side can.
#[derive(Debug, Clone, Copy)]
struct Turn {
    of: Side,
    since: Duration,
}

/// What happens next.
#[derive(Debug, Clone, Copy)]
enum Step {
    Outage,
    Depart(Side),
    Arrive,
}

impl<P> Link<P> {
    /// A link of this kind, whose luck comes from a seed.
    pub fn new(profile: Profile, seed: u64) -> Self {
        Self {
            profile,
            overhead: 0,
            planned: Vec::new(),
            is_cut: false,
            now: Duration::ZERO,
            left: Way::new(seed),
            // Each direction has luck of its own: what one side sends does not change the other's.
            right: Way::new(seed ^ 0x5851_f42d_4c95_7f2d),
            turn: None,
            flying: BTreeMap::new(),
            departed: 0,
            arrived: VecDeque::new(),
        }
    }

    /// Adds so many bytes of headers to every packet, for packets that come without.
    #[must_use]
    pub fn with_overhead(mut self, bytes: usize) -> Self {
        self.overhead = bytes;
        self
    }

    /// Adds outages at these times, beside those of the profile.
    #[must_use]
    pub fn with_outages(mut self, outages: impl IntoIterator<Item = Range<Duration>>) -> Self {
        self.planned.extend(outages);
        self
    }

    /// What it is like now.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// What one side sent so far.
    pub fn traffic(&self, from: Side) -> &Traffic {
        &self.way(from).traffic
    }

    /// Whether somebody cut it.
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// Whether packets pass at this time.
    pub fn is_up(&self, now: Duration) -> bool {
        !self.is_cut && !self.is_away(now)
    }

    /// Makes it another kind of link. What is on the air already arrives as it would have.
    pub fn set_profile(&mut self, now: Duration, profile: Profile) {
        self.advance(now);
        self.profile = profile;
        self.advance(now);
    }

    /// Cuts it. What waits and what is on its way is lost.
    pub fn cut(&mut self, now: Duration) {
        self.advance(now);
        self.is_cut = true;
        self.lose_everything();
    }

    /// Ends a cut.
    pub fn restore(&mut self, now: Duration) {
        self.advance(now);
        self.is_cut = false;
    }

    /// Takes a packet of so many bytes, without the link's own overhead.
    pub fn send(
        &mut self,
        now: Duration,
        from: Side,
        packet: P,
        bytes: usize,
    ) -> Result<(), Refusal> {
        self.advance(now);
        let bytes = bytes + self.overhead;
        let refusal = self.refusal(from, bytes);
        let since = self.now;
        let way = self.way_mut(from);
        way.traffic.offered.add(bytes);
        if let Some(refusal) = refusal {
            way.traffic.dropped.add(bytes);
            return Err(refusal);
        }
        way.traffic.queued.add(bytes);
        way.waiting.push_back(Waiting { packet, bytes, since });
        self.advance(now);
        Ok(())
    }

    /// The next packet that has arrived by this time, in the order of arrival.
    pub fn poll(&mut self, now: Duration) -> Option<Delivery<P>> {
        self.advance(now);
        self.arrived.pop_front()
    }

    /// When something happens next, if nothing more is sent. None if nothing ever will.
    pub fn next_event(&self) -> Option<Duration> {
        match self.arrived.front() {
            Some(arrived) => Some(arrived.at),
            None => self.next_step().map(|(at, _)| at),
        }
    }

    /// Lets time pass until then. Every other call with a time does so too.
    pub fn advance(&mut self, now: Duration) {
        let now = now.max(self.now);
        while let Some((at, step)) = self.next_step().filter(|(at, _)| *at <= now) {
            self.now = at;
            match step {
                Step::Outage => self.lose_everything(),
                Step::Depart(side) => self.depart(side, at),
                Step::Arrive => self.arrive(),
            }
        }
        self.now = now;
    }

    /// What happens next, and when. An outage matters only if it takes something away.
    fn next_step(&self) -> Option<(Duration, Step)> {
        let departure = self.next_departure().map(|(at, side)| (at, Step::Depart(side)));
        let arrival = self.flying.first_key_value().map(|((at, _), _)| (*at, Step::Arrive));
        let (at, step) = earlier(arrival, departure)?;
        match self.next_outage() {
            Some(outage) if outage <= at => Some((outage, Step::Outage)),
            _ => Some((at, step)),
        }
    }

    fn next_departure(&self) -> Option<(Duration, Side)> {
        let [left, right] = Side::BOTH.map(|side| Some((self.ready(side)?, side)));
        let (Duplex::Half { longest_turn, .. }, Some(turn)) = (self.profile.duplex, self.turn)
        else {
            return earlier(left, right);
        };
        let (own, other) = if turn.of == Side::Left { (left, right) } else { (right, left) };
        match (own, other) {
            (Some((at, _)), Some(_)) if at >= turn.since + longest_turn => other,
            _ => earlier(own, other),
        }
    }

    /// When the first packet that waits at a side could go.
    fn ready(&self, side: Side) -> Option<Duration> {
        let way = self.way(side);
        let earliest = way.waiting.front()?.since.max(way.silent_from.unwrap_or_default());
        let Duplex::Half { turnaround, .. } = self.profile.duplex else { return Some(earliest) };
        let across = self.way(side.other()).silent_from.map(|end| end + turnaround);
        Some(earliest.max(across.unwrap_or_default()))
    }

    fn depart(&mut self, from: Side, at: Duration) {
        let profile = self.profile;
        let way = self.way_mut(from);
        let Some(Waiting { packet, bytes, .. }) = way.waiting.pop_front() else { return };
        let air = at..at + profile.air_time(bytes);
        way.silent_from = Some(air.end);
        way.traffic.queued.take(bytes);
        way.traffic.aired.add(bytes);
        // Both are drawn for every packet, so that a change of one does not change the other.
        let is_lost = way.loses(profile.loss);
        let jitter = profile.jitter.mul_f64(way.chance.share());
        if is_lost {
            way.traffic.lost.add(bytes);
        } else {
            way.traffic.flying.add(bytes);
        }
        if self.turn.is_none_or(|turn| turn.of != from) {
            self.turn = Some(Turn { of: from, since: at });
        }
        if !is_lost {
            let arrival = air.end + profile.delay + jitter;
            self.departed += 1;
            let delivery = Delivery { from, packet, bytes, air, at: arrival };
            self.flying.insert((arrival, self.departed), delivery);
        }
    }

    fn arrive(&mut self) {
        let Some((_, delivery)) = self.flying.pop_first() else { return };
        let traffic = &mut self.way_mut(delivery.from).traffic;
        traffic.flying.take(delivery.bytes);
        traffic.delivered.add(delivery.bytes);
        self.arrived.push_back(delivery);
    }

    fn lose_everything(&mut self) {
        self.flying.clear();
        let now = self.now;
        for side in Side::BOTH {
            let way = self.way_mut(side);
            way.waiting.clear();
            let Traffic { queued, flying, .. } = way.traffic;
            way.traffic.lost += queued;
            way.traffic.lost += flying;
            way.traffic.queued = Default::default();
            way.traffic.flying = Default::default();
            // Whoever was speaking has stopped.
            way.silent_from = way.silent_from.map(|end| end.min(now));
        }
    }

    fn refusal(&self, from: Side, bytes: usize) -> Option<Refusal> {
        let waiting = self.way(from).traffic.queued.bytes as usize;
        if !self.is_up(self.now) {
            Some(Refusal::Away)
        } else if self.profile.duplex == Duplex::OneWay && from == Side::Right {
            Some(Refusal::WrongWay)
        } else if bytes > self.profile.mtu {
            Some(Refusal::TooLarge)
        } else if waiting + bytes > self.profile.queue {
            Some(Refusal::Full)
        } else {
            None
        }
    }

    /// Whether it is away at this time without anybody having cut it.
    fn is_away(&self, now: Duration) -> bool {
        let by_itself = self.profile.outages.is_some_and(|outages| {
            let since_start = now.as_nanos() % outages.every.as_nanos().max(1);
            since_start >= (outages.every.saturating_sub(outages.lasts)).as_nanos()
        });
        by_itself || self.planned.iter().any(|outage| outage.contains(&now))
    }

    /// When it is away next, counting now.
    fn next_outage(&self) -> Option<Duration> {
        if self.is_away(self.now) {
            return Some(self.now);
        }
        let by_itself = self.profile.outages.map(|outages| {
            let period = outages.every.as_nanos().max(1);
            let start = self.now.as_nanos() / period * period;
            let begins = start + outages.every.saturating_sub(outages.lasts).as_nanos();
            Duration::from_nanos(u64::try_from(begins).unwrap_or(u64::MAX))
        });
        let coming = |outage: &Range<Duration>| !outage.is_empty() && outage.start > self.now;
        let planned =
            self.planned.iter().filter(|outage| coming(outage)).map(|outage| outage.start);
        planned.chain(by_itself).min()
    }

    fn way(&self, from: Side) -> &Way<P> {
        match from {
            Side::Left => &self.left,
            Side::Right => &self.right,
        }
    }

    fn way_mut(&mut self, from: Side) -> &mut Way<P> {
        match from {
            Side::Left => &mut self.left,
            Side::Right => &mut self.right,
        }
    }
}

impl<P> Way<P> {
    fn new(seed: u64) -> Self {
        Self {
            waiting: VecDeque::new(),
            silent_from: None,
            chance: Chance::new(seed),
            is_losing: false,
            traffic: Traffic::default(),
        }
    }

    /// Whether the next packet is lost. Losses in a row follow Gilbert's model: a good and a bad
    /// state, left with chances that give the share and the length of a burst.
    fn loses(&mut self, loss: Loss) -> bool {
        let drawn = self.chance.share();
        let chance = if loss.burst <= 1.0 || loss.share >= 1.0 {
            loss.share
        } else if self.is_losing {
            1.0 - 1.0 / loss.burst
        } else {
            loss.share / (loss.burst * (1.0 - loss.share))
        };
        self.is_losing = drawn < chance;
        self.is_losing
    }
}

/// The earlier of two things; the first if they are at once.
fn earlier<T>(one: Option<(Duration, T)>, two: Option<(Duration, T)>) -> Option<(Duration, T)> {
    match (one, two) {
        (Some(one), Some(two)) => Some(if two.0 < one.0 { two } else { one }),
        (one, two) => one.or(two),
    }
}
