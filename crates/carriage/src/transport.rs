//! How QUIC behaves on bad links.

use std::sync::Arc;
use std::time::Duration;

use quinn::{IdleTimeout, TransportConfig, VarInt};

use crate::congestion::PatientConfig;

/// How long a handshake may take.
pub(crate) const HANDSHAKE: Duration = Duration::from_secs(30);

/// How often the side that dialled asks a silent peer whether it is there, unless it is told to do so
/// otherwise. The answer shows the same to the other side, so one of them asking is enough.
pub(crate) const KEEP_ALIVE: Duration = Duration::from_secs(80);

/// How long a peer may be silent, in milliseconds: the longest time between two questions, and half a
/// minute for one that was lost.
const SILENCE: u32 = 150_000;

/// Bytes of datagrams that wait to be read. Nobody reads them: that they arrived is what they say.
const UNREAD: usize = 1 << 10;

/// What a round trip is taken for before one was measured: that of a geostationary satellite. A
/// guess that is too short sends the first packets twice.
const FIRST_ROUND_TRIP: Duration = Duration::from_millis(600);

/// Bytes in flight, at most: 130 Mbit/s at the round trip of a satellite.
pub(crate) const IN_FLIGHT: u32 = 10 << 20;

/// Requests of the peer that are answered at the same time, at most.
const REQUESTS: u32 = 4;

/// Which end of a connection it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// It dials, and asks so often whether the other is there.
    Dials { keep_alive: Duration },
    /// It is dialled, and opens the channel of frames.
    Listens,
}

impl Side {
    /// How many streams the other side may open at once: the listener opens the channel of frames.
    const fn streams(self) -> u32 {
        match self {
            Self::Dials { .. } => REQUESTS + 1,
            Self::Listens => REQUESTS,
        }
    }

    const fn asks_every(self) -> Option<Duration> {
        match self {
            Self::Dials { keep_alive } => Some(keep_alive),
            Self::Listens => None,
        }
    }
}

pub(crate) fn config(side: Side) -> Arc<TransportConfig> {
    let mut config = TransportConfig::default();
    config
        .max_concurrent_bidi_streams(VarInt::from_u32(side.streams()))
        .max_concurrent_uni_streams(VarInt::from_u32(0))
        .datagram_receive_buffer_size(Some(UNREAD))
        .stream_receive_window(VarInt::from_u32(IN_FLIGHT))
        .receive_window(VarInt::from_u32(IN_FLIGHT + IN_FLIGHT / 4))
        .send_window(u64::from(IN_FLIGHT))
        .keep_alive_interval(side.asks_every())
        .max_idle_timeout(Some(IdleTimeout::from(VarInt::from_u32(SILENCE))))
        .initial_rtt(FIRST_ROUND_TRIP)
        // Probes of larger packets are lost on radio links, and each costs air time.
        .mtu_discovery_config(None)
        .congestion_controller_factory(Arc::new(PatientConfig));
    Arc::new(config)
}
