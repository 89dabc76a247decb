//! A link in virtual time: what a bad one does to packets, and many kinds by name.
//!
//! [`Link`] says what a link does: rate, delay, jitter, loss, queue, half duplex with its
//! turnaround, one-way links, outages and cuts. The caller hands the time in, so that thirty days of
//! a 75 bit/s radio take seconds, and the same seed gives the same day. [`profile`] has links of many
//! kinds by name.
//!
//! ```
//! use std::time::Duration;
//! use fieldpost_air::{Link, Profile, Side};
//!
//! let profile = Profile::named("geo-64k").unwrap();
//! let mut link = Link::new(profile, 1);
//! link.send(Duration::ZERO, Side::Left, "a packet", 1_000).unwrap();
//! while let Some(at) = link.next_event() {
//!     while let Some(delivery) = link.poll(at) {
//!         assert!(delivery.at >= profile.air_time(1_000) + profile.delay);
//!     }
//! }
//! assert_eq!(link.traffic(Side::Left).aired.bytes, 1_000);
//! ```
//!
//! *Architecture invariant:* no clock, no socket, and no chance but its seed.

mod chance;
mod link;
pub mod profile;
mod traffic;

pub use self::chance::Chance;
pub use self::link::{Delivery, Link, Refusal, Side};
pub use self::profile::Profile;
pub use self::traffic::{Tally, Traffic};
