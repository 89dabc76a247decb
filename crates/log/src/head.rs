//! Signed heads: a site's word on what one of its logs is.

use crate::Malformed;
use crate::name::{Epoch, SEQUENCE_LIMIT, Scope, SiteId};
use crate::suite::{BadSignature, Digest, Signature, SigningKey, Suite, VerifyingKey};
use crate::wire::Reader;

/// Comes first in what is signed, so that no other signed message can be taken for a head.
const DOMAIN: &[u8; 17] = b"fieldpost head 1:";

/// Comes first in what one signature over several heads is made over.
const HEADS_DOMAIN: &[u8; 18] = b"fieldpost heads 1:";

/// Signs several heads of one site with one signature: what a batch of changes of many logs costs.
pub fn sign_heads(heads: &[Head], key: &SigningKey) -> Signature {
    key.sign(&heads_bytes(heads, key.suite()))
}

/// Checks one signature over several heads, in their order.
///
/// # Errors
/// [`BadSignature`] for another key, another suite, or other heads.
pub fn verify_heads(
    heads: &[Head],
    key: &VerifyingKey,
    signature: &Signature,
) -> Result<(), BadSignature> {
    key.verify(&heads_bytes(heads, key.suite()), signature)
}

/// The domain (18) ‖ suite (1) ‖ the canonical form of each head (81).
fn heads_bytes(heads: &[Head], suite: Suite) -> Vec<u8> {
    let mut bytes = [HEADS_DOMAIN.as_slice(), &[suite.byte()]].concat();
    heads.iter().for_each(|head| bytes.extend_from_slice(&head.to_bytes()));
    bytes
}

/// The state of the log of one site, epoch and scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Whose log it is; the only one whose signature counts.
    pub site: SiteId,
    /// In which life of that site.
    pub epoch: Epoch,
    /// Of which scope; always a [chained](Scope::is_chained) one.
    pub scope: Scope,
    /// How many leaves: it covers the sequences `0 .. size`.
    pub size: u64,
    /// The Merkle root over them.
    pub root: Digest,
}

impl Head {
    /// The length of the canonical form.
    pub const BYTES: usize = 81;

    /// The canonical form: site (16) ‖ epoch (8) ‖ scope (17) ‖ size (8) ‖ root (32), big-endian.
    pub fn to_bytes(&self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        bytes[..16].copy_from_slice(&self.site.0);
        bytes[16..24].copy_from_slice(&self.epoch.0.to_be_bytes());
        bytes[24..41].copy_from_slice(&self.scope.to_bytes());
        bytes[41..49].copy_from_slice(&self.size.to_be_bytes());
        bytes[49..].copy_from_slice(self.root.as_bytes());
        bytes
    }

    /// The head of its canonical form.
    ///
    /// # Errors
    /// [`Malformed`] for a kind of scope that is unknown or has no log, a size out of bounds, or
    /// another length.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let head = Self::read(&mut reader)?;
        reader.finish()?;
        Ok(head)
    }

    /// What a signature of this suite is made over: the domain (17) ‖ suite (1) ‖ canonical form.
    pub fn signed_bytes(&self, suite: Suite) -> Vec<u8> {
        [DOMAIN.as_slice(), &[suite.byte()], &self.to_bytes()].concat()
    }

    /// Signs the head with the site's key.
    pub fn sign(self, key: &SigningKey) -> SignedHead {
        let signature = key.sign(&self.signed_bytes(key.suite()));
        SignedHead { head: self, signature }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let head = Self {
            site: SiteId(reader.array()?),
            epoch: Epoch(reader.u64()?),
            scope: Scope::read(reader)?,
            size: reader.u64()?,
            root: Digest::from_bytes(reader.array()?),
        };
        if !head.scope.is_chained() {
            return Err(Malformed::new("head of a scope that has no log"));
        }
        if head.size > SEQUENCE_LIMIT { Err(Malformed::new("size of a log")) } else { Ok(head) }
    }
}

/// A head and a signature nobody has checked yet; [`verify`](Self::verify) gives the head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedHead {
    head: Head,
    signature: Signature,
}

impl SignedHead {
    /// The head as claimed, to find the key it must be checked with. Trust only what
    /// [`verify`](Self::verify) returns.
    pub const fn claimed(&self) -> &Head {
        &self.head
    }

    /// The head, if this key signed it. The caller takes the key that belongs to the head's site.
    ///
    /// # Errors
    /// [`BadSignature`] for another key, another suite, or a changed head.
    pub fn verify(&self, key: &VerifyingKey) -> Result<Head, BadSignature> {
        let message = self.head.signed_bytes(key.suite());
        key.verify(&message, &self.signature).map(|()| self.head)
    }

    /// The form on a link and in a file: suite (1) ‖ canonical form (81) ‖ signature; 146 bytes for
    /// suite 1.
    pub fn encode(&self) -> Vec<u8> {
        let suite = [self.signature.suite().byte()];
        [suite.as_slice(), &self.head.to_bytes(), self.signature.as_bytes()].concat()
    }

    /// The signed head of these bytes, unverified.
    ///
    /// # Errors
    /// [`Malformed`] for an unknown suite or kind of scope, a scope without a log, a size out of
    /// bounds, or another length than the suite's.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let too_short = Malformed::new("short head");
        let (fixed, signature) = bytes.split_at_checked(1 + Head::BYTES).ok_or(too_short)?;
        let mut reader = Reader::new(fixed);
        let suite = Suite::from_byte(reader.byte()?)?;
        let head = Head::read(&mut reader)?;
        reader.finish()?;
        Ok(Self { head, signature: Signature::decode(suite, signature)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::ScopeKind;
    use fieldpost_model::Id;

    fn head() -> Head {
        Head {
            site: SiteId([1; 16]),
            epoch: Epoch(2),
            scope: Scope::new(ScopeKind::Channel, Id::from_bytes([3; 16])),
            size: 4,
            root: Digest::from_bytes([5; 32]),
        }
    }

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_seed(Suite::One, &[seed; 32])
    }

    #[test]
    fn a_signed_head_survives_its_bytes() {
        let signed = head().sign(&key(1));
        let decoded = SignedHead::decode(&signed.encode()).unwrap();
        assert_eq!(decoded.verify(&key(1).verifying_key()), Ok(head()));
        assert_eq!(decoded.verify(&key(2).verifying_key()), Err(BadSignature));
    }

    #[test]
    fn no_byte_of_a_signed_head_can_be_changed() {
        let signed = head().sign(&key(1)).encode();
        let public = key(1).verifying_key();
        for byte in 0..signed.len() {
            let mut changed = signed.clone();
            changed[byte] ^= 1 << (byte % 8);
            let accepted = SignedHead::decode(&changed).is_ok_and(|h| h.verify(&public).is_ok());
            assert!(!accepted, "byte {byte}");
        }
    }

    #[test]
    fn a_head_survives_its_canonical_form_and_no_other_is_read() {
        let bytes = head().to_bytes();
        assert_eq!(Head::from_bytes(&bytes), Ok(head()));
        assert!(Head::from_bytes(&bytes[..80]).is_err());
        assert!(Head::from_bytes(&[&bytes[..], &[0]].concat()).is_err());
        let odd = Head { scope: Scope::new(ScopeKind::Site, Id::NONE), ..head() };
        assert!(Head::from_bytes(&odd.to_bytes()).is_err());
    }

    #[test]
    fn a_head_of_a_scope_without_log_is_refused() {
        for kind in [ScopeKind::Private, ScopeKind::Site] {
            let odd = Head { scope: Scope::new(kind, Id::NONE), ..head() }.sign(&key(1));
            assert!(SignedHead::decode(&odd.encode()).is_err());
        }
    }

    #[test]
    fn a_head_of_another_length_is_refused() {
        let signed = head().sign(&key(1)).encode();
        assert_eq!(signed.len(), 146);
        assert!(SignedHead::decode(&signed[..145]).is_err());
        assert!(SignedHead::decode(&[&signed[..], &[0]].concat()).is_err());
        let long = Head { size: SEQUENCE_LIMIT + 1, ..head() }.sign(&key(1));
        assert!(SignedHead::decode(&long.encode()).is_err());
    }
}
