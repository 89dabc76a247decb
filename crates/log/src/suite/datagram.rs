//! Datagrams between two sites that need no handshake: sealed under keys that both can compute.
//!
//! Both sites come to one secret without a message: X25519 (RFC 7748) between their two keys, taken to
//! Curve25519 as for bundles. From it, the two public keys in the order of the direction, and a random
//! number that each side drew when it began ([`Start`]), BLAKE3 makes a key for each direction of each
//! conversation. Datagrams are sealed with ChaCha20-Poly1305 (RFC 8439), with their number as the
//! nonce: because a restarted site draws another epoch, no number is used twice under one key.

use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use zeroize::Zeroizing;

use super::hash::{Domain, hash, keyed};
use super::sign::{SigningKey, VerifyingKey};
use crate::Malformed;

/// Bytes that sealing adds to a datagram.
pub const DATAGRAM_TAG: usize = 16;

/// Bytes of the authenticator of a call.
pub const CALL_TAG: usize = 16;

/// What a side draws at random when it begins, so that its keys are others than before.
pub type Start = [u8; 8];

/// The secret of two sites and the names of the two, in the order of a direction.
fn derived(
    domain: Domain,
    (own, peer): (&SigningKey, &VerifyingKey),
    [from, to]: [&VerifyingKey; 2],
    epochs: &[u8],
) -> Result<Zeroizing<[u8; 32]>, Malformed> {
    let shared = own.agreed(peer)?;
    let parts = [shared.as_slice(), &from.encode(), &to.encode(), epochs];
    Ok(Zeroizing::new(*hash(domain, &parts).as_bytes()))
}

/// Authenticates the calls of one site to one other, which name epochs in the clear. It cannot be
/// copied or printed, and is wiped when dropped.
pub struct CallKey(Zeroizing<[u8; 32]>);

impl CallKey {
    /// The key of this site's calls to another.
    ///
    /// # Errors
    /// [`Malformed`] for a key with which nothing secret can be agreed.
    pub fn sending(own: &SigningKey, to: &VerifyingKey) -> Result<Self, Malformed> {
        derived(Domain::ThinCall, (own, to), [&own.verifying_key(), to], &[]).map(Self)
    }

    /// The key of another site's calls to this one.
    ///
    /// # Errors
    /// [`Malformed`] for a key with which nothing secret can be agreed.
    pub fn hearing(own: &SigningKey, from: &VerifyingKey) -> Result<Self, Malformed> {
        derived(Domain::ThinCall, (own, from), [from, &own.verifying_key()], &[]).map(Self)
    }

    /// The authenticator of a call.
    pub fn tag(&self, call: &[u8]) -> [u8; CALL_TAG] {
        let mut tag = [0; CALL_TAG];
        keyed(&self.0, &[call]).finalize_xof().fill(&mut tag);
        tag
    }

    /// Whether an authenticator is that of a call. How long it takes does not depend on how much of
    /// it is right.
    pub fn is_tag(&self, call: &[u8], tag: &[u8; CALL_TAG]) -> bool {
        let pairs = self.tag(call).into_iter().zip(tag);
        pairs.fold(0, |differs, (own, other)| differs | own ^ other) == 0
    }
}

/// Seals or opens the datagrams of one direction of a conversation.
pub struct DatagramKey(ChaCha20Poly1305);

impl DatagramKey {
    /// The key of what this site sends to another, in a conversation between these epochs of theirs:
    /// first this site's, then the other's.
    ///
    /// # Errors
    /// [`Malformed`] for a key with which nothing secret can be agreed.
    pub fn sending(
        own: &SigningKey,
        to: &VerifyingKey,
        epochs: [Start; 2],
    ) -> Result<Self, Malformed> {
        let sites = [&own.verifying_key(), to];
        derived(Domain::ThinData, (own, to), sites, epochs.as_flattened()).map(|k| Self::of(&k))
    }

    /// The key of what this site hears from another, in a conversation between these epochs of theirs:
    /// first this site's, then the other's.
    ///
    /// # Errors
    /// [`Malformed`] for a key with which nothing secret can be agreed.
    pub fn hearing(
        own: &SigningKey,
        from: &VerifyingKey,
        [mine, theirs]: [Start; 2],
    ) -> Result<Self, Malformed> {
        let sites = [from, &own.verifying_key()];
        let epochs = [theirs, mine];
        derived(Domain::ThinData, (own, from), sites, epochs.as_flattened()).map(|k| Self::of(&k))
    }

    fn of(key: &[u8; 32]) -> Self {
        Self(ChaCha20Poly1305::new(&Key::from(*key)))
    }

    /// Seals the bytes of a datagram in place, and adds [`DATAGRAM_TAG`] bytes. `clear` is what stands
    /// before them and is not hidden. No number may be used twice.
    ///
    /// # Errors
    /// [`Malformed`] beyond 256 GiB.
    pub fn seal(&self, number: u64, clear: &[u8], bytes: &mut Vec<u8>) -> Result<(), Malformed> {
        self.0
            .encrypt_in_place(&nonce(number), clear, bytes)
            .map_err(|_| Malformed::new("a datagram that is too long to seal"))
    }

    /// Opens what [`seal`](Self::seal) made, in place.
    ///
    /// # Errors
    /// [`Malformed`] for what was not sealed under this key, number and `clear`.
    pub fn open(&self, number: u64, clear: &[u8], bytes: &mut Vec<u8>) -> Result<(), Malformed> {
        self.0
            .decrypt_in_place(&nonce(number), clear, bytes)
            .map_err(|_| Malformed::new("a datagram that was not sealed for this conversation"))
    }
}

/// The nonce of a number: four zeros and the number, big-endian.
fn nonce(number: u64) -> Nonce {
    let mut nonce = [0; 12];
    nonce[4..].copy_from_slice(&number.to_be_bytes());
    Nonce::from(nonce)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Suite;

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_seed(Suite::One, &[seed; 32])
    }

    const EPOCHS: [Start; 2] = [[1; 8], [2; 8]];

    fn sealed() -> Vec<u8> {
        let key = DatagramKey::sending(&key(1), &key(2).verifying_key(), EPOCHS).unwrap();
        let mut bytes = b"datagram".to_vec();
        key.seal(7, b"clear", &mut bytes).unwrap();
        bytes
    }

    fn opens(own: u8, from: u8, epochs: [Start; 2], number: u64, clear: &[u8]) -> bool {
        let key = DatagramKey::hearing(&key(own), &key(from).verifying_key(), epochs).unwrap();
        let mut bytes = sealed();
        key.open(number, clear, &mut bytes).is_ok() && bytes == b"datagram"
    }

    #[test]
    fn only_the_other_site_opens_a_datagram_in_its_conversation() {
        let theirs = [[2; 8], [1; 8]];
        assert!(opens(2, 1, theirs, 7, b"clear"));
        assert!(!opens(3, 1, theirs, 7, b"clear") && !opens(2, 3, theirs, 7, b"clear"));
        assert!(!opens(2, 1, EPOCHS, 7, b"clear"));
        assert!(!opens(2, 1, theirs, 8, b"clear") && !opens(2, 1, theirs, 7, b"other"));
        // Nothing that a site sent can be sent back to it.
        assert!(!opens(1, 2, EPOCHS, 7, b"clear") && !opens(1, 2, theirs, 7, b"clear"));
    }

    #[test]
    fn the_bytes_of_a_sealed_datagram_are_for_ever() {
        let hex: String = sealed().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "6fa7fb6a9b268263ca0c9d6e8fe7b3c9df7078dd8202c004");
        let tag = CallKey::sending(&key(1), &key(2).verifying_key()).unwrap().tag(b"call");
        let hex: String = tag.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "601265977fdb5b7f7f91230db70a089f");
    }

    #[test]
    fn a_call_is_that_of_its_site() {
        let tag = CallKey::sending(&key(1), &key(2).verifying_key()).unwrap().tag(b"call");
        let heard = |own, from| CallKey::hearing(&key(own), &key(from).verifying_key()).unwrap();
        assert!(heard(2, 1).is_tag(b"call", &tag) && !heard(2, 1).is_tag(b"calf", &tag));
        assert!(!heard(3, 1).is_tag(b"call", &tag) && !heard(1, 2).is_tag(b"call", &tag));
    }
}
