//! Peers that are reached over thin datagrams.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How a peer is reached over a slow radio, a half-duplex link or a serial line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thin {
    /// What carries the datagrams: `udp OWN:PORT PEER:PORT`, `serial DEVICE SPEED`,
    /// `kiss HOST:PORT OWN PEER`, `kiss DEVICE SPEED OWN PEER`, or `exec PROGRAM ARGUMENT…`.
    pub over: String,
    /// Bits a second; where one side speaks at a time, of both together.
    pub rate: u32,
    /// Where one side speaks at a time: milliseconds until the other may. 0: both speak at any time.
    #[serde(default)]
    pub turnaround: u64,
    /// Milliseconds that a short datagram and its answer are on their way, beside the turnaround.
    #[serde(default = "round_trip")]
    pub round_trip: u64,
    /// Whether the peer is reached in no other way, so that QUIC is not tried.
    #[serde(default)]
    pub only: bool,
}

const fn round_trip() -> u64 {
    2_000
}

impl Thin {
    /// What these settings mean for the peer of a name.
    ///
    /// # Errors
    /// A sentence for the operator that names the setting.
    pub fn of_peer(&self, name: &str) -> Result<fieldpost_peer::Thin, String> {
        let milliseconds = Duration::from_millis;
        let turnaround = Some(milliseconds(self.turnaround)).filter(|time| !time.is_zero());
        fieldpost_peer::Thin::new(&self.over, self.rate, turnaround, milliseconds(self.round_trip))
            .map(|thin| fieldpost_peer::Thin { only: self.only, ..thin })
            .map_err(|error| format!("link.thin.{name}: {error}"))
    }
}
