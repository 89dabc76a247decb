//! What a slow link is like, as an operator says it.

use std::time::Duration;

/// The slowest link that is served, in bits a second.
pub const SLOWEST: u32 = 50;

/// The fastest: beyond it QUIC is the better carriage.
pub const FASTEST: u32 = 256_000;

/// How much of the rate is used: a clock that is a little slow must not fill the modem.
const SHARE: f64 = 0.97;

/// The most bytes of a datagram with all that stands around it.
pub(crate) const LARGEST: usize = 1_200;

/// Datagrams are no smaller than they need be, however slow the link.
const SMALLEST: usize = 256;

/// What a slow link is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Bits a second; on a half-duplex link, of both directions together.
    pub rate: u32,
    /// How long it takes until the other side may speak, where only one can at a time.
    pub turnaround: Option<Duration>,
    /// How long a short datagram and its answer are on their way, beside the turnaround.
    pub round_trip: Duration,
    /// For how long one side goes on speaking, at most, where only one can at a time.
    pub longest_turn: Duration,
    /// Bytes that the bearer puts around each datagram.
    pub overhead: usize,
    /// The most bytes of a datagram with all that stands around it, however fast the link is.
    pub most: usize,
}

impl Settings {
    /// A link of which only the rate is known, in bits a second.
    pub fn of_rate(rate: u32) -> Self {
        let rate = rate.clamp(SLOWEST, FASTEST);
        let settings = Self {
            rate,
            turnaround: None,
            round_trip: Duration::from_secs(2),
            longest_turn: Duration::ZERO,
            overhead: 0,
            most: LARGEST,
        };
        Self { longest_turn: 16 * settings.air(settings.largest()), ..settings }
    }

    /// The same, where one side speaks at a time. A turn is by itself worth its turnaround.
    #[must_use]
    pub fn half_duplex(self, turnaround: Duration) -> Self {
        let longest_turn = self.longest_turn.max(4 * turnaround);
        Self { turnaround: Some(turnaround), longest_turn, ..self }
    }

    /// How long so many bytes are on the air.
    pub fn air(&self, bytes: usize) -> Duration {
        Duration::from_secs_f64(bytes as f64 * 8.0 / (f64::from(self.rate) * SHARE))
    }

    /// The most bytes of a datagram with all that stands around it: a quarter of a second of air, or
    /// 256 bytes if that is more, unless the bearer takes less.
    pub fn largest(&self) -> usize {
        (self.rate as usize / 32).clamp(SMALLEST, LARGEST).min(self.most)
    }

    /// Bytes of one class that wait to be sent, at most, before more are taken: what waits cannot be
    /// overtaken within its class, but making up more takes its time.
    pub(crate) fn ahead(&self) -> usize {
        (self.rate as usize / 4).max(2 * self.largest())
    }

    /// How long it takes until an answer has begun to arrive, if nothing else is said.
    pub(crate) fn answer(&self) -> Duration {
        self.turnaround.unwrap_or_default() + self.round_trip * 3 / 2 + 2 * self.air(self.largest())
    }
}
