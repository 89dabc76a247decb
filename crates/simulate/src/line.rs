//! A line between two sites, over what a running site would use for the link.

use std::time::Duration;

use fieldpost_air::profile::Duplex;
use fieldpost_air::{Profile, Side, Traffic};
use serde::Serialize;

use crate::end::{Crossings, Place, Step};
use crate::stream::StreamLine;
use crate::thin::ThinLine;

/// Below so many bits a second a link is given thin datagrams.
const THIN_BELOW: u64 = 16_000;

/// What carries a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Carriage {
    /// A model of a reliable stream, for QUIC.
    Stream,
    /// Thin datagrams.
    Thin,
}

impl Carriage {
    /// What an operator would use for a link: thin datagrams below 16 kbit/s, and where one side speaks
    /// at a time.
    pub fn of(profile: &Profile) -> Self {
        let takes_turns = matches!(profile.duplex, Duplex::Half { .. });
        if takes_turns || profile.rate < THIN_BELOW { Self::Thin } else { Self::Stream }
    }
}

/// A line between two sites.
pub(crate) enum Line {
    Stream(Box<StreamLine>),
    Thin(Box<ThinLine>),
}

impl Line {
    pub(crate) async fn new(
        places: [&Place; 2],
        profile: Profile,
        seed: u64,
        start: Duration,
    ) -> Step<Self> {
        Ok(match Carriage::of(&profile) {
            Carriage::Stream => {
                Self::Stream(Box::new(StreamLine::new(places, profile, seed, start).await?))
            }
            Carriage::Thin => {
                Self::Thin(Box::new(ThinLine::new(places, profile, seed, start).await?))
            }
        })
    }

    pub(crate) async fn step(&mut self, now: Duration) -> Step<bool> {
        match self {
            Self::Stream(line) => line.step(now).await,
            Self::Thin(line) => line.step(now).await,
        }
    }

    pub(crate) fn rouse(&mut self) {
        match self {
            Self::Stream(line) => line.rouse(),
            Self::Thin(line) => line.rouse(),
        }
    }

    pub(crate) fn is_at_rest(&mut self, now: Duration) -> bool {
        match self {
            Self::Stream(line) => line.is_at_rest(),
            Self::Thin(line) => line.is_at_rest(now),
        }
    }

    pub(crate) fn next_event(&mut self, now: Duration) -> Option<Duration> {
        match self {
            Self::Stream(line) => line.next_event(now),
            Self::Thin(line) => line.next_event(now),
        }
    }

    pub(crate) fn converged(&self) -> Duration {
        match self {
            Self::Stream(line) => line.converged(),
            Self::Thin(line) => line.converged(),
        }
    }

    /// What one side sent so far.
    pub(crate) fn traffic(&self, side: Side) -> &Traffic {
        match self {
            Self::Stream(line) => line.traffic(side),
            Self::Thin(line) => line.traffic(side),
        }
    }

    /// What arrived at a side in batches, and how often.
    pub(crate) fn crossed(&self, to: Side) -> Crossings {
        match self {
            Self::Stream(line) => line.crossed(to),
            Self::Thin(line) => line.crossed(to),
        }
    }
}
