//! Where only a web proxy passes: a WebSocket that carries the packets of a link.
//!
//! [`open`] dials a site over HTTP or HTTPS, through a [`Proxy`] where one is set up, and gives both
//! directions of packets. They are QUIC's, which encrypts and proves whom it talks to by itself. So
//! whose certificate stands in between is nobody's business here: a proxy that opens TLS to look
//! inside finds the same packets as whoever listens on the wire.
//!
//! *Architecture invariant:* nothing here knows what is in a packet, and nothing is sent but packets
//! and, to the proxy alone, the name and password that it wants.

mod open;
mod proxy;
mod tls;

pub use self::open::{Blocked, Incoming, Outgoing, PATH, open};
pub use self::proxy::Proxy;
