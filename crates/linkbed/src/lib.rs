//! Bad links to test over: the model of `air` in real time, with real packets through it.
//!
//! One model, [`Link`], says what a link does to packets; [`profile`] has links of many kinds by name.
//! Tests of protocols run it in virtual time. Here it is used in two more ways:
//!
//! - **[`Relay`]**, for two processes that speak UDP on one machine: each sends to a door instead
//!   of to the other. It needs neither root nor namespaces, and carries nothing but UDP.
//! - **[`Bed`]**, for programs as they are: two network namespaces whose only connection is the
//!   link, for every protocol that IP carries. It needs Linux, and root or leave to make user
//!   namespaces.
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
pub mod control;
mod emulator;
pub mod helper;
pub mod namespace;
pub mod order;
pub mod relay;
mod tun;
mod wire;

pub use fieldpost_air::{Delivery, Link, Profile, Refusal, Side, Tally, Traffic, profile};

pub use self::bed::Bed;
pub use self::emulator::{Emulator, Stats};
pub use self::namespace::Namespace;
pub use self::relay::{Door, Relay};
