//! A line of thin datagrams over the model of a bad link, as a running site speaks them.

use std::sync::Mutex;
use std::time::Duration;

use fieldpost_air::profile::Duplex;
use fieldpost_air::{Link, Profile, Side, Traffic};
use fieldpost_kernel::Failure;
use fieldpost_peer::{Early, Ended, Quiet, Session};
use fieldpost_replica::{Coding, Frame, Request};
use fieldpost_thin::{Class, Engine, FASTEST, Next, Settings};
use tokio::time::Instant;

use crate::end::{Crossings, End, Place, Step};

/// The headers of UDP and IPv4.
const HEADERS: usize = 28;

/// Batches under way at once, at most.
const UNDER_WAY: usize = 2;

/// How many bytes a batch should have.
const ROOM: usize = 600;

/// How often the states of channels are told, at most.
const STATES: Duration = Duration::from_secs(15 * 60);

/// Two sites over a slow link.
pub struct ThinLine {
    link: Link<Vec<u8>>,
    stations: [Station; 2],
    /// The beginning of time.
    begun: Instant,
    tells_states: bool,
    /// When the last batch or preview arrived.
    converged: Duration,
}

/// One site's end of the radio.
struct Station {
    side: Side,
    end: End,
    engine: Engine,
    session: Option<Session>,
    /// What went ahead as previews, and waits.
    quiet: Mutex<Quiet>,
    /// How many conversations had begun when the session did.
    conversation: u64,
    may_speak: bool,
    owes_states: bool,
    states_at: Duration,
    /// When it has to be asked again.
    wakes: Option<Duration>,
}

/// What a slow link of a profile is like, as its operator says it.
fn settings(profile: &Profile) -> Settings {
    let settings = Settings::of_rate(u32::try_from(profile.rate).unwrap_or(FASTEST));
    let round_trip = 2 * (profile.delay + profile.jitter);
    let settings = Settings { round_trip, overhead: HEADERS, ..settings };
    match profile.duplex {
        Duplex::Half { turnaround, .. } => settings.half_duplex(turnaround),
        Duplex::Full | Duplex::OneWay => settings,
    }
}

fn offence(bad: &impl ToString) -> Ended {
    Ended::Offence(bad.to_string())
}

impl Station {
    async fn new(place: &Place, other: &Place, side: Side, settings: Settings) -> Step<Self> {
        let (own, theirs) = (place.store.site(), other.store.site());
        let engine = Engine::new(settings, own.signing_key(), theirs.signing_key().verifying_key());
        Ok(Self {
            side,
            end: End::new(place, theirs.id, false).await?,
            engine: engine.map_err(Failure::internal)?,
            session: None,
            quiet: Mutex::default(),
            conversation: 0,
            may_speak: true,
            owes_states: false,
            states_at: Duration::ZERO,
            wakes: None,
        })
    }

    /// Begins a session with each conversation; gives whether there is one.
    async fn attend(&mut self) -> Step<bool> {
        let (number, goes_on) = self.engine.begun();
        if goes_on && (number != self.conversation || self.session.is_none()) {
            let session = self.end.session();
            self.engine.say(Class::Urgent, &Session::asks_first().encode());
            for frame in session.greet().await? {
                self.engine.say(Class::Frame, &frame.encode());
            }
            (self.session, self.conversation) = (Some(session), number);
            self.quiet = Mutex::default();
            self.may_speak = true;
        }
        Ok(goes_on)
    }

    /// Hears what has come; gives whether any of it may be new to people.
    async fn listen(&mut self) -> Step<bool> {
        let Some(session) = &self.session else { return Ok(false) };
        let mut any = false;
        while let Some(bytes) = self.engine.take(Class::Urgent).map_err(broken)? {
            match Request::decode(&bytes).map_err(|bad| offence(&bad))? {
                Request::Preview(preview) => session.hear_preview(preview).await?,
                Request::Urgent(urgent) => session.hear_urgent(urgent).await?,
                Request::Formats(newest) => {
                    session.hear_formats(newest)?;
                    continue;
                }
                _ => return Err(offence(&"a request that a model of a radio does not answer")),
            }
            any = true;
            self.may_speak = true;
        }
        while let Some(bytes) = self.engine.take(Class::Frame).map_err(broken)? {
            let frame = Frame::decode(&bytes).map_err(|bad| offence(&bad))?;
            any |= frame.is_batch();
            for answer in session.hear(frame).await? {
                self.engine.say(Class::Frame, &answer.encode());
            }
            self.may_speak = true;
        }
        Ok(any)
    }

    /// Says what there is to say, as far as there is room for it.
    async fn speak(&mut self, now: Duration, at: Instant) -> Step<()> {
        let Some(session) = &self.session else { return Ok(()) };
        for frame in session.offers().await?.into_iter().chain(session.relays().await?) {
            self.engine.say(Class::Frame, &frame.encode());
        }
        loop {
            match session.early(&self.quiet, at).await? {
                Early::Nothing | Early::Batch => break,
                Early::All => return Ok(()),
                Early::This(preview) => {
                    self.engine.say(Class::Urgent, &Request::Preview(preview).encode());
                }
            }
        }
        let mut spoke = false;
        while session.under_way() < UNDER_WAY {
            if !self.engine.has_room(Class::Frame) {
                // It is asked again when something has left.
                self.may_speak = true;
                return Ok(());
            }
            let batch = session.next(ROOM, Coding::Terse).await?;
            quiet(&mut self.quiet).proved();
            let Some(batch) = batch else { break };
            self.engine.say(Class::Frame, &batch.encode());
            spoke = true;
        }
        if !spoke && self.owes_states && self.states_at <= now {
            if let Some(states) = session.states().await? {
                self.engine.say(Class::Frame, &states.encode());
            }
            self.owes_states = false;
            self.states_at = now + STATES;
        }
        Ok(())
    }

    /// Hands to the link what its engine has for it; gives whether that was anything.
    fn push(&mut self, now: Duration, link: &mut Link<Vec<u8>>) -> bool {
        let mut any = false;
        self.wakes = loop {
            match self.engine.next(now) {
                Next::Send(datagram) => {
                    let bytes = datagram.len();
                    // A radio that takes no more loses it, as it would.
                    let _ = link.send(now, self.side, datagram, bytes);
                    any = true;
                }
                Next::At(at) => break Some(at),
                Next::Idle => break None,
            }
        };
        any
    }
}

fn broken(_: impl Sized) -> Ended {
    offence(&"a message of a length that cannot be")
}

fn quiet(mutex: &mut Mutex<Quiet>) -> &mut Quiet {
    mutex.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl ThinLine {
    /// A line between two linked sites, over which both may speak. The same seed gives the same luck.
    ///
    /// # Errors
    /// What the sites' databases say.
    pub async fn new(
        [left, right]: [&Place; 2],
        profile: Profile,
        seed: u64,
        start: Duration,
    ) -> Step<Self> {
        let settings = settings(&profile);
        let mut stations = [
            Station::new(left, right, Side::Left, settings).await?,
            Station::new(right, left, Side::Right, settings).await?,
        ];
        for (draw, station) in (1..).zip(&mut stations) {
            station.engine.begin(start, [draw; 8]);
        }
        let mut link = Link::new(profile, seed).with_overhead(HEADERS);
        link.advance(start);
        let begun = Instant::now();
        Ok(Self { link, stations, begun, tells_states: true, converged: start })
    }

    /// The line of two sites that do not tell each other what the states of channels are.
    #[must_use]
    pub fn without_states(self) -> Self {
        Self { tells_states: false, ..self }
    }

    /// Does what is to be done at a time; gives whether there was anything.
    ///
    /// # Errors
    /// Why a conversation ends that must not.
    pub async fn step(&mut self, now: Duration) -> Step<bool> {
        let mut any = false;
        while let Some(delivery) = self.link.poll(now) {
            let station = &mut self.stations[usize::from(delivery.from == Side::Left)];
            station.engine.hear(now, &delivery.packet);
            any = true;
        }
        for station in &mut self.stations {
            if station.attend().await? {
                if station.listen().await? {
                    self.converged = now;
                }
                let at = self.begun + now;
                let news = station.end.has_news().await?;
                station.owes_states |= news && self.tells_states;
                let states = station.owes_states && station.states_at <= now;
                let due = quiet(&mut station.quiet).due().is_some_and(|due| due <= at);
                if std::mem::take(&mut station.may_speak) | news | due | states {
                    station.speak(now, at).await?;
                }
            }
            any |= station.push(now, &mut self.link);
        }
        Ok(any)
    }

    /// Both sides look whether there is anything to say, at the next step. Whoever has written at one of
    /// them asks for it: a store may answer before it rings.
    pub fn rouse(&mut self) {
        for station in &mut self.stations {
            station.may_speak = true;
        }
    }

    /// Whether nothing will happen any more unless somebody writes.
    pub fn is_at_rest(&mut self, now: Duration) -> bool {
        let talk = self.stations.iter().all(|station| station.session.is_some());
        talk && self.next_event(now).is_none()
    }

    /// When something happens next.
    pub fn next_event(&mut self, now: Duration) -> Option<Duration> {
        let begun = self.begun;
        let mut times: Vec<Duration> = self.link.next_event().into_iter().collect();
        for station in &mut self.stations {
            let due = quiet(&mut station.quiet).due();
            times.extend(due.map(|due| due.saturating_duration_since(begun)));
            times.extend(station.wakes);
            times.extend(station.owes_states.then_some(station.states_at));
        }
        times.into_iter().filter(|at| *at > now).min()
    }

    /// What one side sent so far.
    pub fn traffic(&self, side: Side) -> &Traffic {
        self.link.traffic(side)
    }

    /// What arrived at a side in batches, and how often.
    pub fn crossed(&self, to: Side) -> Crossings {
        self.stations[usize::from(to == Side::Right)].end.crossed()
    }

    /// How many batches a side has sent in this conversation.
    pub fn batches(&self, side: Side) -> u64 {
        let session = &self.stations[usize::from(side == Side::Right)].session;
        session.as_ref().map_or(0, |session| session.passed().0)
    }

    /// When the last batch or preview arrived.
    pub fn converged(&self) -> Duration {
        self.converged
    }
}
