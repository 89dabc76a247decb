//! Datagrams between two sites without a handshake: for slow radio, half-duplex and serial lines.
//!
//! Where QUIC would need minutes to shake hands, two sites that know each other's key talk in
//! datagrams that are sealed under keys both can compute. [`Engine`] is one end: it cuts messages into
//! segments, repeats what was lost, keeps to the rate, and takes turns where only one side can speak at
//! a time. [`Station`] moves its datagrams over a [`Bearer`]: UDP, a serial device, a modem of packet
//! radio, or a program that is the modem.
//!
//! *Architecture invariant:* [`Engine`] does no I/O. Time and randomness are handed in, so that tests
//! run days of radio in seconds.
//!
//! *Architecture invariant:* nothing here knows what a message means. What a stranger sends is dropped
//! after one look, costs no memory, and is answered by nothing; what the other site sends is kept
//! within bounds.

mod bearer;
mod bulk;
mod connection;
mod conversation;
mod datagram;
mod engine;
mod framing;
mod inflow;
mod kiss;
mod outflow;
mod ration;
mod replay;
mod settings;
mod station;
mod turn;

#[cfg(test)]
mod tests;

pub use self::bearer::{Bearer, Modem};
pub use self::bulk::reread_bulk;
pub use self::connection::{Answer, Answering, Connection, LONGEST_REQUEST, Stats, ThinError};
pub use self::datagram::{CALL_LENGTH, CLASSES, Class, reread};
pub use self::engine::{Engine, Next};
pub use self::framing::{Finder, enclose};
pub use self::inflow::Broken;
pub use self::kiss::{CallSign, FrameFinder, Stations};
pub use self::settings::{FASTEST, SLOWEST, Settings};
pub use self::station::Station;
