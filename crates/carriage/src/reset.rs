//! How a site that was restarted tells its peers that it has forgotten their connections.
//!
//! A QUIC stateless reset needs two secrets that survive the restart: one to recognise the ids of
//! connections that were ours, one to prove it. Both are made from the site's seed. Without them a
//! peer would go on sending to nobody until its connection times out.

use quinn::crypto::{CryptoError, HmacKey};

/// Proves that a connection was ours.
pub(crate) struct ResetKey([u8; 32]);

impl ResetKey {
    pub(crate) fn of_seed(seed: &[u8; 32]) -> Self {
        Self(blake3::derive_key("fieldpost 2026 carriage stateless reset", seed))
    }
}

impl HmacKey for ResetKey {
    fn sign(&self, data: &[u8], signature_out: &mut [u8]) {
        signature_out.copy_from_slice(blake3::keyed_hash(&self.0, data).as_bytes());
    }

    fn signature_len(&self) -> usize {
        blake3::OUT_LEN
    }

    fn verify(&self, data: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
        let signature: &[u8; blake3::OUT_LEN] = signature.try_into().map_err(|_| CryptoError)?;
        // Compares in constant time.
        let matches = blake3::keyed_hash(&self.0, data) == *signature;
        if matches { Ok(()) } else { Err(CryptoError) }
    }
}

/// The key by which the ids of a site's connections are recognised.
pub(crate) fn id_key(seed: &[u8; 32]) -> u64 {
    let key = blake3::derive_key("fieldpost 2026 carriage connection ids", seed);
    u64::from_le_bytes([key[0], key[1], key[2], key[3], key[4], key[5], key[6], key[7]])
}
