//! Bad links to test over: a model in virtual time, and real packets through it.
//!
//! One model, [`Link`], says what a link does to packets: rate, delay, jitter, loss, queue, half
//! duplex with its turnaround, one-way links, outages and cuts. It is used in three ways:
//!
//! - **In virtual time**, by tests of protocols: the caller hands the time in, and thirty days of
//!   a 75 bit/s radio take seconds. The same seed gives the same day.
//! - **[`Relay`]**, for two processes that speak UDP on one machine: each sends to a door instead
//!   of to the other. It needs neither root nor namespaces, and carries nothing but UDP.
//! - **[`Bed`]**, for programs as they are: two network namespaces whose only connection is the
//!   link, for every protocol that IP carries. It needs Linux, and root or leave to make user
//!   namespaces.
//!
//! [`profile`] has links of many kinds by name.
//!
//! ```
//! use std::time::Duration;
//! use fieldpost_linkbed::{Link, Profile, Side};
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
//! # The binary
//!
//! `linkbed up --profile geo-64k` makes a bed and runs until `linkbed down`. Its sides are
//! 10.77.0.1 and 10.77.0.2, and each has a loopback of its own. Meanwhile:
//!
//! ```sh
//! linkbed exec left -- fieldpost serve --data hq     # a program on one side
//! linkbed forward left 18065:8065                    # a browser gets in, beside the link
//! linkbed rate 9600                                  # any order changes the link at once
//! linkbed cut
//! linkbed stats                                      # bytes and packets each way, at IP level
//! ```
//!
//! The namespaces have no names: each lives as long as a helper process, which ends when the bed
//! does, however that came about. A crash leaves nothing behind but the control socket's file,
//! which the next bed replaces.

pub mod bed;
mod chance;
pub mod control;
mod emulator;
pub mod helper;
mod link;
pub mod namespace;
pub mod order;
pub mod profile;
pub mod relay;
mod traffic;
mod tun;
mod wire;

pub use self::bed::Bed;
pub use self::emulator::{Emulator, Stats};
pub use self::link::{Delivery, Link, Refusal, Side};
pub use self::namespace::Namespace;
pub use self::profile::Profile;
pub use self::relay::{Door, Relay};
pub use self::traffic::{Tally, Traffic};
