//! What links are like: the named profiles.
//!
//! Rates, round trips, losses and outages follow published figures for each kind of carrier;
//! where a source gives a range, the profile takes a value inside it. A round trip is twice the
//! delay, plus the turnaround where only one side can speak at a time.

use std::time::Duration;

use serde::Serialize;

/// What a link is like.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Profile {
    /// What it is called.
    pub name: &'static str,
    /// Bits per second in each direction, or of both together where they share the air.
    pub rate: u64,
    /// How long a packet's last bit is on its way, at least.
    pub delay: Duration,
    /// How much longer it may be, evenly spread. Packets overtake each other by it.
    pub jitter: Duration,
    /// What gets lost.
    pub loss: Loss,
    /// Who may speak.
    pub duplex: Duplex,
    /// How many bytes may wait in each direction. What comes on top is dropped.
    pub queue: usize,
    /// The largest packet, in bytes with all headers. Larger ones are dropped.
    pub mtu: usize,
    /// When it is away by itself.
    pub outages: Option<Outages>,
}

/// How packets get lost.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Loss {
    /// The share of packets that are lost in the long run, from 0 to 1.
    pub share: f64,
    /// How many are lost in a row on average; up to 1 means independently of each other.
    pub burst: f64,
}

/// Who may speak, and when.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub enum Duplex {
    /// Both sides at any time.
    Full,
    /// One side at a time.
    Half {
        /// How long the air is silent before the other side speaks.
        turnaround: Duration,
        /// For how long one side may go on speaking while the other waits.
        longest_turn: Duration,
    },
    /// The left side alone.
    OneWay,
}

/// Outages that come back: the link is there, then away for the end of each period.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Outages {
    /// The length of a period.
    pub every: Duration,
    /// How long it is away at the end of each.
    pub lasts: Duration,
}

impl Loss {
    /// No packet.
    pub const NONE: Self = Self { share: 0.0, burst: 1.0 };

    /// A share of all packets, each by itself.
    pub const fn of(share: f64) -> Self {
        Self { share, burst: 1.0 }
    }

    /// A share of all packets, some in a row.
    pub const fn in_bursts(share: f64, burst: f64) -> Self {
        Self { share, burst }
    }
}

impl Profile {
    /// A quiet link: full duplex, nothing lost, always there.
    pub const fn plain(name: &'static str, rate: u64, delay: Duration) -> Self {
        Self {
            name,
            rate,
            delay,
            jitter: Duration::ZERO,
            loss: Loss::NONE,
            duplex: Duplex::Full,
            queue: queue_of(rate),
            mtu: 1500,
            outages: None,
        }
    }

    /// The profile of a name.
    pub fn named(name: &str) -> Option<Self> {
        ALL.iter().find(|profile| profile.name == name).copied()
    }

    /// The same with another rate, and the queue that goes with it.
    #[must_use]
    pub const fn with_rate(self, rate: u64) -> Self {
        Self { rate, queue: queue_of(rate), ..self }
    }

    /// The same without outages.
    #[must_use]
    pub const fn steady(self) -> Self {
        Self { outages: None, ..self }
    }

    /// How long a packet of so many bytes is on the air.
    pub fn air_time(&self, bytes: usize) -> Duration {
        let nanos = bytes as u128 * 8 * 1_000_000_000 / u128::from(self.rate.max(1));
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

/// What waits in a modem: two seconds of the rate, and always some full packets.
const fn queue_of(rate: u64) -> usize {
    let bytes = (rate / 4) as usize;
    if bytes < 6_000 { 6_000 } else { bytes }
}

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

const fn outages(every: Duration, lasts: Duration) -> Option<Outages> {
    Some(Outages { every, lasts })
}

/// HF radio in its most robust waveform (STANAG 4415), 4.8 s of interleaving.
pub const HF_ROBUST: Profile = Profile {
    jitter: s(5),
    loss: Loss::of(0.01),
    duplex: Duplex::Half { turnaround: s(30), longest_turn: s(120) },
    outages: outages(s(12 * 3_600), s(3 * 3_600)),
    ..Profile::plain("hf-robust", 75, s(5))
};

/// HF radio for data (STANAG 4539) in a poor hour, with fades.
pub const HF_DATA_2400: Profile = Profile {
    jitter: s(3),
    loss: Loss::of(0.02),
    duplex: Duplex::Half { turnaround: s(4), longest_turn: s(30) },
    outages: outages(s(600), s(30)),
    ..Profile::plain("hf-data-2400", 2_400, ms(1_500))
};

/// HF radio for data (STANAG 4539) in a good hour, with fades.
pub const HF_DATA_9600: Profile = Profile { name: "hf-data-9600", ..HF_DATA_2400.with_rate(9_600) };

/// A VHF combat net radio: one 25 kHz channel, and terrain in between.
pub const VHF_CNR: Profile = Profile {
    jitter: ms(500),
    loss: Loss::of(0.05),
    duplex: Duplex::Half { turnaround: ms(200), longest_turn: s(5) },
    outages: outages(s(300), s(15)),
    ..Profile::plain("vhf-cnr", 16_000, ms(250))
};

/// A UHF mesh that splits and merges, at its edge.
pub const UHF_MANET_64K: Profile = Profile {
    jitter: ms(100),
    loss: Loss::in_bursts(0.03, 4.0),
    outages: outages(s(1_200), s(120)),
    ..Profile::plain("uhf-manet-64k", 64_000, ms(100))
};

/// A UHF mesh that splits and merges, in its middle.
pub const UHF_MANET_1M: Profile =
    Profile { name: "uhf-manet-1m", ..UHF_MANET_64K.with_rate(1_000_000) };

/// An Iridium call, which drops every ten minutes.
pub const IRIDIUM: Profile = Profile {
    jitter: ms(500),
    loss: Loss::of(0.01),
    outages: outages(s(600), s(30)),
    ..Profile::plain("iridium", 2_400, ms(900))
};

/// Iridium Certus on a small antenna, with gaps.
pub const CERTUS_22K: Profile = Profile {
    jitter: ms(300),
    loss: Loss::of(0.01),
    outages: outages(s(900), s(70)),
    ..Profile::plain("certus-22k", 22_000, ms(400))
};

/// Iridium Certus on a middle-sized antenna, with gaps.
pub const CERTUS_88K: Profile = Profile { name: "certus-88k", ..CERTUS_22K.with_rate(88_000) };

/// Iridium Certus at its best, with gaps.
pub const CERTUS_352K: Profile = Profile { name: "certus-352k", ..CERTUS_22K.with_rate(352_000) };

/// A thin share of a geostationary satellite, with rain.
pub const GEO_64K: Profile = Profile {
    jitter: ms(30),
    loss: Loss::of(0.02),
    outages: outages(s(7_200), s(300)),
    ..Profile::plain("geo-64k", 64_000, ms(300))
};

/// A small share of a geostationary satellite, with rain.
pub const GEO_128K: Profile = Profile { name: "geo-128k", ..GEO_64K.with_rate(128_000) };

/// A share of a geostationary satellite, with rain.
pub const GEO_512K: Profile = Profile { name: "geo-512k", ..GEO_64K.with_rate(512_000) };

/// Satellites in low orbit, upwards: fast, with many short holes.
pub const LEO_BROADBAND: Profile = Profile {
    jitter: ms(10),
    loss: Loss::in_bursts(0.005, 8.0),
    outages: outages(s(60), ms(1_500)),
    ..Profile::plain("leo-broadband", 20_000_000, ms(20))
};

/// A mobile network at the edge of its cell.
pub const LTE_DEGRADED: Profile = Profile {
    jitter: ms(150),
    loss: Loss::of(0.02),
    outages: outages(s(600), s(30)),
    ..Profile::plain("lte-degraded", 256_000, ms(125))
};

/// A diode: light goes from left to right, and nothing comes back.
pub const DIODE: Profile = Profile {
    loss: Loss::of(0.05),
    duplex: Duplex::OneWay,
    ..Profile::plain("diode", 1_000_000, ms(1))
};

/// A cable in the building, to compare with.
pub const LAN: Profile = Profile::plain("lan", 100_000_000, Duration::from_micros(200));

/// All of them, from the thinnest.
pub const ALL: [Profile; 17] = [
    HF_ROBUST,
    HF_DATA_2400,
    IRIDIUM,
    HF_DATA_9600,
    VHF_CNR,
    CERTUS_22K,
    UHF_MANET_64K,
    GEO_64K,
    CERTUS_88K,
    GEO_128K,
    LTE_DEGRADED,
    CERTUS_352K,
    GEO_512K,
    UHF_MANET_1M,
    DIODE,
    LEO_BROADBAND,
    LAN,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_is_found_by_its_name_and_makes_sense() {
        for profile in ALL {
            assert_eq!(Profile::named(profile.name), Some(profile));
            assert!(profile.rate > 0);
            assert!((0.0..1.0).contains(&profile.loss.share));
            assert!(profile.queue >= profile.mtu);
            assert!(profile.outages.is_none_or(|outages| outages.lasts < outages.every));
        }
        assert_eq!(Profile::named("carrier-pigeon"), None);
    }

    #[test]
    fn air_time_is_bits_by_rate() {
        assert_eq!(GEO_64K.air_time(1_000), ms(125));
        assert_eq!(HF_ROBUST.air_time(75), s(8));
    }
}
