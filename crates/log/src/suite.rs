//! The cryptographic suites: the only module that names an algorithm.
//!
//! Everything signed or framed starts with the byte of its suite, and the byte is part of what is
//! signed, so that a value of one suite is never taken for one of another. Suite 1 is Ed25519
//! (RFC 8032), BLAKE3, and HPKE (RFC 9180) with X25519 and ChaCha20-Poly1305. Suite 2, for accredited sites, will be added here.

mod datagram;
mod hash;
mod packet;
mod seal;
mod sign;

pub use datagram::{CALL_TAG, CallKey, DATAGRAM_TAG, DatagramKey, Start};
pub use hash::{BundleDigest, Digest, ObjectDigest};
pub(crate) use hash::{Domain, commit, expand, fill, hash, label};
pub use packet::{PacketKey, TAG};
pub use seal::{NotOpened, OPENING, Opener, SEAL, Sealer};
pub use sign::{BadSignature, Signature, SigningKey, VerifyingKey};

use crate::Malformed;

/// A set of algorithms that are used together, named by one byte in every frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Suite {
    /// Suite 1: Ed25519 and BLAKE3. Signatures are 64 bytes, public keys 32.
    One = 1,
}

impl Suite {
    /// The byte that names the suite.
    pub const fn byte(self) -> u8 {
        self as u8
    }

    /// The suite of a byte.
    ///
    /// # Errors
    /// [`Malformed`] for a suite this release does not know.
    pub const fn from_byte(byte: u8) -> Result<Self, Malformed> {
        match byte {
            1 => Ok(Self::One),
            _ => Err(Malformed::new("unknown suite")),
        }
    }
}
