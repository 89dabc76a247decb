//! A line of ordered, reliable frames over the model of a bad link: what QUIC is in a running site.
//!
//! What is real is all that the two sites say. The carriage is a model of its own
//! ([`transport`](crate::transport)), because QUIC's own timers need real time: it neither shakes hands
//! nor feels its way to the rate.

use std::time::Duration;

use fieldpost_air::profile::Outages;
use fieldpost_air::{Chance, Link, Profile, Side, Traffic};
use fieldpost_peer::{Ended, Session};
use fieldpost_replica::{Coding, Format, Frame};

use crate::end::{Crossings, End, Place, Step};
use crate::transport::{OVERHEAD, Packet, Transport, aired};

/// A link that was away for longer has lost its connection.
const PATIENCE: Duration = Duration::from_secs(20);

/// Batches under way at once, at most.
const UNDER_WAY: usize = 2;

/// How long a batch should take on the air, in seconds.
const BATCH: u64 = 2;

/// The most bytes that a batch should have.
const MOST_ROOM: usize = 256 * 1024;

/// How often the states of channels are told, at most.
const STATES: Duration = Duration::from_secs(5);

/// Two sites over a link.
pub struct StreamLine {
    link: Link<Packet>,
    stations: [Station; 2],
    chance: Chance,
    /// A side is killed once in so many times that the connection is lost; never for 0.
    killed_one_in: usize,
    conversation: u32,
    away_since: Option<Duration>,
    /// For how long the link was away while there was something to send.
    away: Duration,
    outages: u32,
    /// When the last batch arrived.
    converged: Duration,
}

/// One site's end of the link.
struct Station {
    side: Side,
    end: End,
    session: Session,
    transport: Transport,
    /// It may have something to say.
    may_speak: bool,
    /// The states of channels may be others than were told, and when they may be told.
    owes_states: bool,
    states_at: Duration,
    /// Bytes of the last batch that it sent, with all that stands around them.
    last_batch: u64,
}

/// How many bytes a batch should have over a link.
pub fn room(profile: &Profile) -> usize {
    usize::try_from(profile.rate / 8 * BATCH).unwrap_or(MOST_ROOM).clamp(1500, MOST_ROOM)
}

/// How batches are coded for a link. Where it is fast, taking bytes away would take longer than sending
/// them.
pub fn coding(profile: &Profile) -> Coding {
    if room(profile) == MOST_ROOM { Coding::Quick } else { Coding::Terse }
}

impl Station {
    async fn new(place: &Place, other: &Place, side: Side, profile: &Profile) -> Step<Self> {
        let end = End::new(place, other.store.site().id, true).await?;
        let session = end.session();
        Ok(Self {
            side,
            end,
            session,
            transport: Transport::new(side, 0, profile),
            may_speak: true,
            owes_states: false,
            states_at: Duration::ZERO,
            last_batch: 0,
        })
    }

    fn give(&mut self, frames: impl IntoIterator<Item = Frame>) {
        for frame in frames {
            let bytes = frame.encode();
            if frame.is_batch() {
                self.last_batch = aired(bytes.len());
            }
            self.transport.give(&bytes);
        }
    }

    async fn greet(&mut self) -> Step<()> {
        // What is asked beside the frames comes before them.
        self.session.hear_formats(Format::NEWEST.number())?;
        let greeting = self.session.greet().await?;
        self.give(greeting);
        self.may_speak = true;
        Ok(())
    }

    /// Says what there is to say; gives whether that was anything.
    async fn speak(&mut self, now: Duration, room: usize, coding: Coding) -> Step<bool> {
        let mut frames = self.session.offers().await?;
        frames.extend(self.session.relays().await?);
        while self.session.under_way() < UNDER_WAY {
            let Some(batch) = self.session.next(room, coding).await? else { break };
            frames.push(batch);
        }
        if frames.is_empty() && self.owes_states && self.states_at <= now {
            frames.extend(self.session.states().await?);
            self.owes_states = false;
            self.states_at = now + STATES;
        }
        let spoke = !frames.is_empty();
        self.give(frames);
        Ok(spoke)
    }

    fn is_at_rest(&self) -> bool {
        self.transport.is_idle() && self.session.under_way() == 0 && !self.owes_states
    }
}

impl StreamLine {
    /// A line between two linked sites from a time on, over which both have something to say. The same
    /// seed gives the same luck.
    ///
    /// # Errors
    /// What the sites' databases say.
    pub async fn new(
        [left, right]: [&Place; 2],
        profile: Profile,
        seed: u64,
        start: Duration,
    ) -> Step<Self> {
        let mut link = Link::new(profile, seed).with_overhead(OVERHEAD);
        link.advance(start);
        let stations = [
            Station::new(left, right, Side::Left, &profile).await?,
            Station::new(right, left, Side::Right, &profile).await?,
        ];
        let mut line = Self {
            link,
            stations,
            chance: Chance::new(seed),
            killed_one_in: 0,
            conversation: 0,
            away_since: None,
            away: Duration::ZERO,
            outages: 0,
            converged: start,
        };
        for station in &mut line.stations {
            station.greet().await?;
        }
        Ok(line)
    }

    /// The line of sites that are killed, once in so many times that the connection is lost.
    #[must_use]
    pub fn killed_one_in(self, times: usize) -> Self {
        Self { killed_one_in: times, ..self }
    }

    /// A new connection: nothing is left of the old one, and some side may have been killed.
    async fn reconnect(&mut self) -> Step<()> {
        self.conversation += 1;
        for station in &mut self.stations {
            if self.killed_one_in > 0 && self.chance.one_in(self.killed_one_in) {
                station.end.forget().await?;
            }
            station.session = station.end.session();
            station.transport =
                Transport::new(station.side, self.conversation, self.link.profile());
        }
        for station in &mut self.stations {
            station.greet().await?;
        }
        Ok(())
    }

    /// Notices that the link has gone away or come back.
    async fn look(&mut self, now: Duration) -> Step<()> {
        match (self.link.is_up(now), self.away_since) {
            (false, None) => {
                self.away_since = Some(now);
                self.outages += 1;
            }
            (true, Some(since)) => {
                self.away_since = None;
                self.away += now - since;
                if now - since > PATIENCE {
                    self.reconnect().await?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    async fn deliver(&mut self, now: Duration) -> Step<bool> {
        let mut any = false;
        while let Some(delivery) = self.link.poll(now) {
            any = true;
            let station = &mut self.stations[usize::from(delivery.from == Side::Left)];
            for bytes in station.transport.take(now, delivery.packet, &mut self.link) {
                let frame = Frame::decode(&bytes).map_err(|bad| Ended::Offence(bad.to_string()))?;
                if frame.is_batch() {
                    self.converged = now;
                }
                let answers = station.session.hear(frame).await?;
                station.give(answers);
                station.may_speak = true;
            }
        }
        Ok(any)
    }

    async fn speak(&mut self, now: Duration) -> Step<bool> {
        let (room, coding) = (room(self.link.profile()), coding(self.link.profile()));
        let mut any = false;
        for station in &mut self.stations {
            let news = station.end.has_news().await?;
            station.owes_states |= news;
            let states = station.owes_states && station.states_at <= now;
            if std::mem::take(&mut station.may_speak) | news | states {
                any |= station.speak(now, room, coding).await?;
            }
            station.transport.push(now, &mut self.link);
        }
        Ok(any)
    }

    /// Does what is to be done at a time; gives whether there was anything.
    ///
    /// # Errors
    /// Why a conversation ends that must not.
    pub async fn step(&mut self, now: Duration) -> Step<bool> {
        self.look(now).await?;
        let delivered = self.deliver(now).await?;
        Ok(delivered | self.speak(now).await?)
    }

    /// Both sides look whether there is anything to say, at the next step. Whoever has written at one of
    /// them asks for it: a store may answer before it rings.
    pub fn rouse(&mut self) {
        for station in &mut self.stations {
            station.may_speak = true;
        }
    }

    /// Whether neither side has anything to say, and nothing is under way.
    pub fn is_at_rest(&self) -> bool {
        self.away_since.is_none() && self.stations.iter().all(Station::is_at_rest)
    }

    /// When something happens next.
    pub fn next_event(&self, now: Duration) -> Option<Duration> {
        let timers = self.stations.iter().filter_map(|station| station.transport.due());
        let states = self.stations.iter().filter(|station| station.owes_states);
        let states = states.map(|station| station.states_at);
        let turns = self.link.profile().outages.map(|outages| turn(outages, now));
        let all = timers.chain(states).chain(turns).chain(self.link.next_event());
        all.filter(|at| *at > now).min()
    }

    /// What one side sent so far.
    pub fn traffic(&self, side: Side) -> &Traffic {
        self.link.traffic(side)
    }

    /// What arrived at a side in batches, and how often.
    pub fn crossed(&self, to: Side) -> Crossings {
        self.stations[usize::from(to == Side::Right)].end.crossed()
    }

    /// Bytes at IP level of the last batch that a side sent.
    pub fn last_batch(&self, side: Side) -> u64 {
        self.stations[usize::from(side == Side::Right)].last_batch
    }

    /// When the last batch arrived.
    pub fn converged(&self) -> Duration {
        self.converged
    }

    /// For how long the link was away, and how many times.
    pub fn away(&self) -> (Duration, u32) {
        (self.away, self.outages)
    }

    /// After so long a packet of which nothing was heard is sent again.
    pub fn patience(&self) -> Duration {
        self.stations[0].transport.patience
    }
}

/// When the link goes away or comes back next.
fn turn(outages: Outages, now: Duration) -> Duration {
    let every = outages.every.max(Duration::from_nanos(1));
    let periods = u32::try_from(now.as_nanos() / every.as_nanos()).unwrap_or(u32::MAX);
    let begins = every.saturating_mul(periods);
    let leaves = begins + every - outages.lasts;
    if now < leaves { leaves } else { begins + every }
}
