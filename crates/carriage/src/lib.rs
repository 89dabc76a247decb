//! QUIC between two sites: frames and bytes, and who may connect. Its packets go by UDP, or through
//! a [`Tunnel`] that somebody carries them in.
//!
//! Two sites that know each other's public key get an encrypted [`Connection`]. It has one ordered
//! channel of frames in each direction, and requests that are answered with a stream of bytes,
//! which give way to the frames. What a frame or a request means is for the caller.
//!
//! Who may connect is decided in the handshake, by key alone: a certificate is only the envelope in
//! which TLS carries the key. Names and dates in it are ignored, because a site has no name that
//! others could check and its clock may be wrong.
//!
//! *Architecture invariant:* nothing here knows what a frame means, and nothing is stored. Keys,
//! and who is expected, are handed in ([`Guests`]).
//!
//! *Architecture invariant:* whatever a stranger or a hostile peer sends is read within bounds: a
//! lying length costs nothing, and handshakes, requests and bytes in flight have an end.

mod bulk;
mod certificate;
mod congestion;
mod connection;
mod endpoint;
mod error;
mod frames;
mod handshake;
mod limit;
mod precedence;
mod reset;
mod silence;
mod transport;
mod tunnel;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tunnel_tests;

use fieldpost_log::VerifyingKey;

pub use self::bulk::{BulkReader, BulkWriter, LONGEST_REQUEST};
pub use self::connection::{Connection, Stats};
pub use self::endpoint::Endpoint;
pub use self::error::{CarriageError, Declined, Ending};
pub use self::frames::{FrameReader, FrameWriter, LONGEST_FRAME};
pub use self::tunnel::Tunnel;

/// Who may connect to a listening endpoint. Asked in the middle of a handshake, so it must answer
/// from memory.
pub trait Guests: Send + Sync {
    /// Whether this is the key of a site that is linked with this one.
    fn knows(&self, key: &VerifyingKey) -> bool;

    /// Whether an invitation is open, so that an unknown key may connect to pair.
    fn expects_strangers(&self) -> bool;

    /// Somebody who showed this key was not let in. They need not hold it: that is proven later.
    fn turned_away(&self, _key: &VerifyingKey) {}
}

/// What a connection is for. It is agreed on in the handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A link between two sites that know each other's key.
    Link,
    /// Getting to know each other: the dialler knows the listener's key from an invitation, and the
    /// listener may see the dialler's for the first time.
    Pair,
}

impl Purpose {
    /// The name of the protocol in the handshake.
    pub(crate) const fn protocol(self) -> &'static [u8] {
        match self {
            Self::Link => b"fieldpost-link/1",
            Self::Pair => b"fieldpost-pair/1",
        }
    }

    pub(crate) fn of_protocol(name: &[u8]) -> Option<Self> {
        [Self::Link, Self::Pair].into_iter().find(|purpose| purpose.protocol() == name)
    }
}
