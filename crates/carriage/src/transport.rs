//! How QUIC behaves on bad links.

use std::sync::Arc;
use std::time::Duration;

use quinn::{IdleTimeout, TransportConfig, VarInt};

use crate::congestion::PatientConfig;

/// How long a handshake may take.
pub(crate) const HANDSHAKE: Duration = Duration::from_secs(30);

/// How often a silent peer is asked whether it is there.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// How long a peer may be silent, in milliseconds.
const SILENCE: u32 = 45_000;

/// What a round trip is taken for before one was measured: that of a geostationary satellite. A
/// guess that is too short sends the first packets twice.
const FIRST_ROUND_TRIP: Duration = Duration::from_millis(600);

/// Bytes in flight, at most: 130 Mbit/s at the round trip of a satellite.
pub(crate) const IN_FLIGHT: u32 = 10 << 20;

/// Requests of the peer that are answered at the same time, at most.
const REQUESTS: u32 = 4;

/// What is allowed to the side that opens the channel of frames, or to the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Dials,
    Listens,
}

pub(crate) fn config(side: Side) -> Arc<TransportConfig> {
    // The listener opens the channel of frames, so the dialler accepts one stream more.
    let streams = match side {
        Side::Dials => REQUESTS + 1,
        Side::Listens => REQUESTS,
    };
    let mut config = TransportConfig::default();
    config
        .max_concurrent_bidi_streams(VarInt::from_u32(streams))
        .max_concurrent_uni_streams(VarInt::from_u32(0))
        .datagram_receive_buffer_size(None)
        .stream_receive_window(VarInt::from_u32(IN_FLIGHT))
        .receive_window(VarInt::from_u32(IN_FLIGHT + IN_FLIGHT / 4))
        .send_window(u64::from(IN_FLIGHT))
        .keep_alive_interval(Some(KEEP_ALIVE))
        .max_idle_timeout(Some(IdleTimeout::from(VarInt::from_u32(SILENCE))))
        .initial_rtt(FIRST_ROUND_TRIP)
        // Probes of larger packets are lost on radio links, and each costs air time.
        .mtu_discovery_config(None)
        .congestion_controller_factory(Arc::new(PatientConfig));
    Arc::new(config)
}
