//! Hashing: BLAKE3 in keyed mode, one public key for each use.
//!
//! A keyed hash under a constant key separates the uses as a prefix byte does in RFC 6962, but the
//! key takes the place of the initial value and no room in the block: a Merkle node (64 bytes of
//! input) costs one compression, where a prefix would make it two.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// A 256-bit hash.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Digest([u8; 32]);

impl Digest {
    /// A digest of these bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The digest of an invitation's secret, by which it is known once it was given away.
    pub fn of_invitation(secret: &[u8]) -> Self {
        hash(Domain::Invitation, &[secret])
    }

    /// The digest of an invitation's code, of which a part stands in it, against mistyping.
    pub fn of_code(bytes: &[u8]) -> Self {
        hash(Domain::CodeCheck, &[bytes])
    }

    /// The digest of what is held of another site's logs, in its encoded form.
    pub fn of_held(bytes: &[u8]) -> Self {
        hash(Domain::HeldDigest, &[bytes])
    }

    /// The digest of a site's encoded key, of which a part stands on the outside of a bundle.
    pub fn of_bundle_site(key: &[u8]) -> Self {
        hash(Domain::BundleSite, &[key])
    }

    /// The bytes of the digest.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

/// What a hash is for. No two uses can ever give the same input the same output.
#[derive(Clone, Copy)]
pub(crate) enum Domain {
    DerivedId,
    DirectConversation,
    GroupConversation,
    NextConversation,
    DefaultChannel,
    LogEmpty,
    LogLeaf,
    LogNode,
    Commitment,
    StateElement,
    StateDigest,
    HeldDigest,
    Invitation,
    CodeCheck,
    SealSeed,
    BundleSite,
    BundleDigest,
    FountainObject,
    PacketKey,
    ThinCall,
    ThinData,
}

impl Domain {
    /// The key of the use: 32 characters, so that it can be read in a dump. Frozen.
    const fn key(self) -> &'static [u8; 32] {
        match self {
            Self::DerivedId => b"fieldpost 1 derived id..........",
            Self::DirectConversation => b"fieldpost 1 direct conversation.",
            Self::GroupConversation => b"fieldpost 1 group conversation..",
            Self::NextConversation => b"fieldpost 1 next conversation...",
            Self::DefaultChannel => b"fieldpost 1 default channel.....",
            Self::LogEmpty => b"fieldpost 1 log, empty..........",
            Self::LogLeaf => b"fieldpost 1 log, leaf...........",
            Self::LogNode => b"fieldpost 1 log, node...........",
            Self::Commitment => b"fieldpost 1 payload commitment..",
            Self::StateElement => b"fieldpost 1 state, element......",
            Self::StateDigest => b"fieldpost 1 state, digest.......",
            Self::HeldDigest => b"fieldpost 1 held, digest........",
            Self::Invitation => b"fieldpost 1 invitation..........",
            Self::CodeCheck => b"fieldpost 1 invitation, check...",
            Self::SealSeed => b"fieldpost 1 seal, seed..........",
            Self::BundleSite => b"fieldpost 1 bundle, site........",
            Self::BundleDigest => b"fieldpost 1 bundle, digest......",
            Self::FountainObject => b"fieldpost 1 fountain, object....",
            Self::PacketKey => b"fieldpost 1 fountain, key.......",
            Self::ThinCall => b"fieldpost 1 thin, call..........",
            Self::ThinData => b"fieldpost 1 thin, data..........",
        }
    }
}

/// A digest of all that a bundle holds, piece by piece.
pub struct BundleDigest(blake3::Hasher);

impl Default for BundleDigest {
    fn default() -> Self {
        Self(blake3::Hasher::new_keyed(Domain::BundleDigest.key()))
    }
}

impl BundleDigest {
    /// Takes in the next piece: its length (8, big-endian) and its bytes.
    pub fn add(&mut self, piece: &[u8]) {
        self.0.update(&(piece.len() as u64).to_be_bytes());
        self.0.update(piece);
    }

    /// The digest of what was taken in so far.
    pub fn digest(&self) -> Digest {
        Digest(*self.0.finalize().as_bytes())
    }
}

/// The digest of what is sent as packets, of which a part stands in each of them.
pub struct ObjectDigest(blake3::Hasher);

impl Default for ObjectDigest {
    fn default() -> Self {
        Self(blake3::Hasher::new_keyed(Domain::FountainObject.key()))
    }
}

impl ObjectDigest {
    /// Takes in the next bytes.
    pub fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of what was taken in so far.
    pub fn digest(&self) -> Digest {
        Digest(*self.0.finalize().as_bytes())
    }
}

/// Hashes the concatenation of the parts. The caller sees to it that no two inputs of one domain
/// concatenate to the same bytes.
pub(crate) fn hash(domain: Domain, parts: &[&[u8]]) -> Digest {
    Digest(*keyed(domain.key(), parts).finalize().as_bytes())
}

/// Hashes bytes to as many bytes as `out` takes.
pub(crate) fn fill(domain: Domain, bytes: &[u8], out: &mut [u8]) {
    keyed(domain.key(), &[bytes]).finalize_xof().fill(out);
}

/// The commitment to a payload: `H(salt ‖ payload)`, hiding while the salt is secret.
pub(crate) fn commit(salt: &[u8; 32], payload: &[u8]) -> Digest {
    hash(Domain::Commitment, &[salt, payload])
}

/// Both children of a seed in a GGM tree, left then right: a generator that doubles its length.
///
/// The 64 bytes are one output block, so both children together cost one compression.
pub(crate) fn expand(seed: &[u8; 32]) -> Zeroizing<[u8; 64]> {
    let mut children = Zeroizing::new([0; 64]);
    keyed(seed, &[b"fieldpost 1 ggm children"]).finalize_xof().fill(children.as_mut_slice());
    children
}

/// A value drawn from a seed for one labelled purpose, independent of every other label and of the
/// seed's children.
pub(crate) fn label(seed: &[u8; 32], label: &[u8]) -> [u8; 32] {
    *keyed(seed, &[b"fieldpost 1 ggm label ", label]).finalize().as_bytes()
}

pub(super) fn keyed(key: &[u8; 32], parts: &[&[u8]]) -> blake3::Hasher {
    let mut hasher = blake3::Hasher::new_keyed(key);
    for part in parts {
        hasher.update(part);
    }
    hasher
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_use_has_its_own_hash() {
        use Domain::*;
        let uses = [
            DerivedId,
            DirectConversation,
            GroupConversation,
            NextConversation,
            DefaultChannel,
            LogEmpty,
            LogLeaf,
            LogNode,
            Commitment,
            StateElement,
            StateDigest,
            HeldDigest,
            Invitation,
            CodeCheck,
            SealSeed,
            BundleSite,
            BundleDigest,
            FountainObject,
            PacketKey,
            ThinCall,
            ThinData,
        ];
        let digests: std::collections::BTreeSet<_> =
            uses.iter().map(|&domain| hash(domain, &[b"same"])).collect();
        assert_eq!(digests.len(), uses.len());
    }

    #[test]
    fn labels_and_children_differ() {
        let seed = [7; 32];
        let children = expand(&seed);
        let salt = label(&seed, b"salt");
        assert_ne!(children[..32], children[32..]);
        assert_ne!(salt[..], children[..32]);
        assert_ne!(salt, label(&seed, b"key"));
    }
}
