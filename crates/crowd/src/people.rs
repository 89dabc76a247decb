//! Many people at once: what they share, how they start, and how they stop.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::gauge::Gauge;
use crate::history::Recorder;
use crate::person::Person;

/// People that share one of this machine's addresses: each takes two of its ports.
const TO_AN_ADDRESS: usize = 5000;

/// Who somebody is, and the secret by which they sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret {
    /// Their id.
    pub id: String,
    /// An access token of theirs.
    pub token: String,
}

/// What all people of a crowd share.
#[derive(Debug)]
pub struct Ground {
    /// Where the server is.
    pub address: SocketAddr,
    /// What they measure.
    pub gauge: Gauge,
    /// What they write down.
    pub recorder: Recorder,
    /// How much shorter all pauses are than the load model's.
    pub speed: f64,
    /// Where chance begins.
    pub seed: u64,
    /// Everybody there is.
    pub everybody: Vec<Secret>,
    /// How many of them act; the others have stopped.
    acting: watch::Sender<usize>,
    /// Whether sockets are to be closed.
    pub(crate) deaf: watch::Sender<bool>,
}

impl Ground {
    /// A ground on which everybody may act.
    pub fn new(address: SocketAddr, everybody: Vec<Secret>, recorder: Recorder) -> Self {
        Self {
            address,
            gauge: Gauge::default(),
            recorder,
            speed: 1.0,
            seed: 1,
            acting: watch::Sender::new(everybody.len()),
            everybody,
            deaf: watch::Sender::new(false),
        }
    }

    /// The address from which somebody comes.
    pub(crate) fn source(&self, number: usize) -> IpAddr {
        let host = 2 + number / TO_AN_ADDRESS;
        Ipv4Addr::new(127, 0, 0, u8::try_from(host).unwrap_or(254)).into()
    }

    pub(crate) fn acting(&self) -> watch::Receiver<usize> {
        self.acting.subscribe()
    }
}

/// Many people at once.
pub struct Crowd {
    ground: Arc<Ground>,
    living: JoinSet<Person>,
}

impl Crowd {
    /// Nobody yet.
    pub fn new(ground: &Arc<Ground>) -> Self {
        Self { ground: Arc::clone(ground), living: JoinSet::new() }
    }

    /// Has the people of these numbers come.
    pub fn come(&mut self, numbers: std::ops::Range<usize>) {
        for number in numbers {
            let Some(person) = Person::new(number, &self.ground) else { continue };
            self.living.spawn(person.live());
        }
    }

    /// Has all but the first so many finish what they do and hang up.
    pub async fn shrink(&mut self, people: usize) {
        self.ground.acting.send_replace(people);
        while self.living.len() > people && self.living.join_next().await.is_some() {}
    }

    /// Has everybody stop, and gives them once each is done with what they had begun. Their sockets
    /// still listen.
    pub(crate) async fn rest(mut self) -> Vec<Person> {
        self.ground.acting.send_replace(0);
        let mut people = Vec::new();
        while let Some(person) = self.living.join_next().await {
            people.extend(person.ok());
        }
        people
    }

    /// Closes every socket.
    pub(crate) fn hang_up(ground: &Ground) {
        ground.deaf.send_replace(true);
    }
}
