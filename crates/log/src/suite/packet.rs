//! Authenticators of packets that pass one way between two sites, each by itself.
//!
//! Both sites come to one key without a message: X25519 (RFC 7748) between their two keys, taken to
//! Curve25519 as for sealing, and hashed together with both public keys in the order of the
//! direction. An authenticator is the beginning of BLAKE3 over the packet under that key. It convinces
//! the receiver alone, hides nothing, and does not expire: what a packet carries must be safe to hear
//! twice.

use zeroize::Zeroizing;

use super::hash::{Domain, hash, keyed};
use super::sign::{SigningKey, VerifyingKey};
use crate::Malformed;

/// Bytes of an authenticator: a forger who does not have the key succeeds once in 2^128 tries.
pub const TAG: usize = 16;

/// The key of the packets of one site to one other. It cannot be copied or printed, and is wiped when
/// dropped.
pub struct PacketKey(Zeroizing<[u8; 32]>);

impl PacketKey {
    /// The key of what this site sends to another.
    ///
    /// # Errors
    /// [`Malformed`] for a key with which nothing secret can be agreed.
    pub fn sending(own: &SigningKey, to: &VerifyingKey) -> Result<Self, Malformed> {
        Self::agreed(own, to, [&own.verifying_key(), to])
    }

    /// The key of what this site hears from another.
    ///
    /// # Errors
    /// [`Malformed`] for a key with which nothing secret can be agreed.
    pub fn hearing(own: &SigningKey, from: &VerifyingKey) -> Result<Self, Malformed> {
        Self::agreed(own, from, [from, &own.verifying_key()])
    }

    fn agreed(
        own: &SigningKey,
        other: &VerifyingKey,
        [from, to]: [&VerifyingKey; 2],
    ) -> Result<Self, Malformed> {
        let shared = own.agreed(other)?;
        let key = hash(Domain::PacketKey, &[shared.as_slice(), &from.encode(), &to.encode()]);
        Ok(Self(Zeroizing::new(*key.as_bytes())))
    }

    /// The authenticator of a packet.
    pub fn tag(&self, packet: &[u8]) -> [u8; TAG] {
        let mut tag = [0; TAG];
        keyed(&self.0, &[packet]).finalize_xof().fill(&mut tag);
        tag
    }

    /// Whether an authenticator is that of a packet. How long it takes does not depend on how much
    /// of it is right.
    pub fn is_tag(&self, packet: &[u8], tag: &[u8; TAG]) -> bool {
        let pairs = self.tag(packet).into_iter().zip(tag);
        pairs.fold(0, |differs, (own, other)| differs | own ^ other) == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Suite;

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_seed(Suite::One, &[seed; 32])
    }

    #[test]
    fn both_sites_come_to_the_same_key_and_nobody_else_does() {
        let tag = PacketKey::sending(&key(1), &key(2).verifying_key()).unwrap().tag(b"packet");
        let heard = |own, from| PacketKey::hearing(&key(own), &key(from).verifying_key()).unwrap();
        assert!(heard(2, 1).is_tag(b"packet", &tag));
        assert!(!heard(3, 1).is_tag(b"packet", &tag));
        assert!(!heard(2, 3).is_tag(b"packet", &tag));
        // Nothing that a site sent can be sent back to it.
        assert!(!heard(1, 2).is_tag(b"packet", &tag));
    }

    #[test]
    fn an_altered_packet_or_authenticator_is_told() {
        let sending = PacketKey::sending(&key(1), &key(2).verifying_key()).unwrap();
        let tag = sending.tag(b"packet");
        assert!(!sending.is_tag(b"pocket", &tag) && !sending.is_tag(b"packet ", &tag));
        for at in 0..TAG {
            let mut altered = tag;
            altered[at] ^= 1;
            assert!(!sending.is_tag(b"packet", &altered));
        }
    }
}
