//! How a site that was restarted tells its peers that it has forgotten their connections.
//!
//! A QUIC stateless reset needs two secrets that survive the restart: one to recognise the ids of
//! connections that were ours, one to prove it. Both are made from the site's seed. Without them a
//! peer would go on sending to nobody until its connection times out.

use std::time::Duration;

use quinn::crypto::{CryptoError, HmacKey};
use quinn_proto::{ConnectionId, ConnectionIdGenerator, InvalidCid, RandomConnectionIdGenerator};

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

/// Bytes of a connection's id by chance, and in all. An id is in every packet: a short one is cheap.
const CHANCE: usize = 3;
const LENGTH: usize = CHANCE + 1;

/// Makes ids of connections: three bytes by chance and one that tells ours from others, so that few
/// strays are answered with a reset.
#[derive(Debug)]
pub(crate) struct Ids {
    key: [u8; 32],
    chance: RandomConnectionIdGenerator,
}

impl Ids {
    pub(crate) fn of_seed(seed: &[u8; 32]) -> Self {
        let key = blake3::derive_key("fieldpost 2026 carriage connection ids", seed);
        Self { key, chance: RandomConnectionIdGenerator::new(CHANCE) }
    }

    fn check(&self, chance: &[u8]) -> u8 {
        blake3::keyed_hash(&self.key, chance).as_bytes()[0]
    }
}

impl ConnectionIdGenerator for Ids {
    fn generate_cid(&mut self) -> ConnectionId {
        let chance = self.chance.generate_cid();
        let mut id = [0; LENGTH];
        id[..CHANCE].copy_from_slice(&chance);
        id[CHANCE] = self.check(&chance);
        ConnectionId::new(&id)
    }

    fn validate(&self, id: &ConnectionId) -> Result<(), InvalidCid> {
        match id.split_last() {
            Some((check, chance)) if *check == self.check(chance) => Ok(()),
            _ => Err(InvalidCid),
        }
    }

    fn cid_len(&self) -> usize {
        LENGTH
    }

    fn cid_lifetime(&self) -> Option<Duration> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restarted_site_knows_its_ids_and_few_others() {
        let (mut before, after) = (Ids::of_seed(&[1; 32]), Ids::of_seed(&[1; 32]));
        let other = Ids::of_seed(&[2; 32]);
        let ids: Vec<ConnectionId> = (0..2560).map(|_| before.generate_cid()).collect();
        assert!(ids.iter().all(|id| id.len() == after.cid_len() && after.validate(id).is_ok()));
        let taken = ids.iter().filter(|id| other.validate(id).is_ok()).count();
        assert!(taken < 40, "{taken}");
    }
}
