//! Signatures: Ed25519 (RFC 8032) for suite 1.
//!
//! Verification is the strict, single form: it refuses keys and commitments of small order and
//! scalars that are not reduced. The batch form accepts signatures that the single form refuses;
//! two sites that used one each could reach different verdicts, so it must never be used here.

use std::fmt;

use ed25519_dalek as ed25519;
use ed25519_dalek::Signer as _;
use zeroize::Zeroizing;

use super::Suite;
use crate::Malformed;

/// The signature was not made by this key over this message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadSignature;

impl fmt::Display for BadSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the signature does not match the key and the message")
    }
}

impl std::error::Error for BadSignature {}

/// A site's secret key. It cannot be copied, printed, compared or serialised, and is wiped when
/// dropped; whoever made the seed keeps the one stored copy.
pub struct SigningKey(SecretKey);

enum SecretKey {
    // Boxed, so that moving the key leaves no copies of it behind on the stack.
    Ed25519(Box<ed25519::SigningKey>),
}

impl SigningKey {
    /// The key that a 32-byte secret seed stands for (RFC 8032, section 5.1.5).
    pub fn from_seed(suite: Suite, seed: &[u8; 32]) -> Self {
        match suite {
            Suite::One => Self(SecretKey::Ed25519(Box::new(ed25519::SigningKey::from_bytes(seed)))),
        }
    }

    /// The suite of the key.
    pub const fn suite(&self) -> Suite {
        match self.0 {
            SecretKey::Ed25519(_) => Suite::One,
        }
    }

    /// The public half.
    pub fn verifying_key(&self) -> VerifyingKey {
        match &self.0 {
            SecretKey::Ed25519(key) => VerifyingKey(PublicKey::Ed25519(key.verifying_key())),
        }
    }

    /// The secret number of the key, as X25519 takes it.
    pub(super) fn scalar(&self) -> [u8; 32] {
        match &self.0 {
            SecretKey::Ed25519(key) => key.to_scalar_bytes(),
        }
    }

    /// What X25519 (RFC 7748) makes of this key's secret number and the other's point: the same for
    /// whoever has the other's secret number and this key's point.
    ///
    /// # Errors
    /// [`Malformed`] for a key with which nothing secret can be agreed.
    pub(super) fn agreed(&self, other: &VerifyingKey) -> Result<Zeroizing<[u8; 32]>, Malformed> {
        let (SecretKey::Ed25519(own), PublicKey::Ed25519(other)) = (&self.0, &other.0);
        let scalar = Zeroizing::new(own.to_scalar_bytes());
        let shared = Zeroizing::new(other.to_montgomery().mul_clamped(*scalar).to_bytes());
        // What a point of small order would give, whatever the secret.
        if *shared == [0; 32] {
            return Err(Malformed::new("a key that nothing can be agreed with"));
        }
        Ok(shared)
    }

    /// Signs a message. The caller puts a domain, and the byte of the suite, in front of it.
    pub fn sign(&self, message: &[u8]) -> Signature {
        match &self.0 {
            SecretKey::Ed25519(key) => Signature(Bytes::Ed25519(key.sign(message).to_bytes())),
        }
    }
}

/// A site's public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyingKey(PublicKey);

#[derive(Debug, Clone, PartialEq, Eq)]
enum PublicKey {
    Ed25519(ed25519::VerifyingKey),
}

impl VerifyingKey {
    /// The suite of the key.
    pub const fn suite(&self) -> Suite {
        match self.0 {
            PublicKey::Ed25519(_) => Suite::One,
        }
    }

    /// The point of the key on Curve25519: the public key of X25519.
    pub(super) fn montgomery(&self) -> [u8; 32] {
        match &self.0 {
            PublicKey::Ed25519(key) => key.to_montgomery().to_bytes(),
        }
    }

    /// Checks a signature over a message.
    ///
    /// # Errors
    /// [`BadSignature`] when the key did not make it, or it is of another suite.
    pub fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), BadSignature> {
        match (&self.0, &signature.0) {
            (PublicKey::Ed25519(key), Bytes::Ed25519(bytes)) => key
                .verify_strict(message, &ed25519::Signature::from_bytes(bytes))
                .map_err(|_| BadSignature),
        }
    }

    /// The key as the byte of its suite and the key itself: 33 bytes for suite 1.
    pub fn encode(&self) -> Vec<u8> {
        let PublicKey::Ed25519(key) = &self.0;
        [&[self.suite().byte()], key.as_bytes().as_slice()].concat()
    }

    /// The key of these bytes.
    ///
    /// # Errors
    /// [`Malformed`] for an unknown suite, another length, or a point that is not on the curve, is
    /// of small order, or is not in its canonical form.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let (&suite, key) = bytes.split_first().ok_or(Malformed::new("empty key"))?;
        match Suite::from_byte(suite)? {
            Suite::One => ed25519_key(key).map(|key| Self(PublicKey::Ed25519(key))),
        }
    }
}

fn ed25519_key(bytes: &[u8]) -> Result<ed25519::VerifyingKey, Malformed> {
    let bytes = bytes.try_into().map_err(|_| Malformed::new("length of a key"))?;
    let key = ed25519::VerifyingKey::from_bytes(bytes).map_err(|_| Malformed::new("not a key"))?;
    // Decompression accepts y above the field's prime: then one key would have two encodings.
    let canonical = key.to_edwards().compress().as_bytes() == bytes;
    if canonical && !key.is_weak() { Ok(key) } else { Err(Malformed::new("weak key")) }
}

/// A signature; it says nothing without the key, the message and the suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signature(Bytes);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bytes {
    Ed25519([u8; 64]),
}

impl Signature {
    /// The suite of the signature.
    pub const fn suite(&self) -> Suite {
        match self.0 {
            Bytes::Ed25519(_) => Suite::One,
        }
    }

    /// The bytes of the signature, without its suite: 64 for suite 1.
    pub const fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Bytes::Ed25519(bytes) => bytes,
        }
    }

    /// The signature of a suite with these bytes; whether it is a good one is for
    /// [`VerifyingKey::verify`] to say.
    ///
    /// # Errors
    /// [`Malformed`] for another length than the suite's.
    pub fn decode(suite: Suite, bytes: &[u8]) -> Result<Self, Malformed> {
        match suite {
            Suite::One => bytes
                .try_into()
                .map(|bytes| Self(Bytes::Ed25519(bytes)))
                .map_err(|_| Malformed::new("length of a signature")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_seed(Suite::One, &[seed; 32])
    }

    #[test]
    fn a_signature_holds_for_its_key_and_message_only() {
        let signature = key(1).sign(b"message");
        assert_eq!(key(1).verifying_key().verify(b"message", &signature), Ok(()));
        assert_eq!(key(1).verifying_key().verify(b"massage", &signature), Err(BadSignature));
        assert_eq!(key(2).verifying_key().verify(b"message", &signature), Err(BadSignature));
    }

    #[test]
    fn a_key_survives_its_bytes() {
        let public = key(1).verifying_key();
        assert_eq!(VerifyingKey::decode(&public.encode()), Ok(public));
    }

    #[test]
    fn keys_of_small_order_or_of_two_forms_are_refused() {
        // The neutral element (y = 1) and the same point written as y = p + 1.
        let mut neutral = [0; 33];
        (neutral[0], neutral[1]) = (1, 1);
        assert!(VerifyingKey::decode(&neutral).is_err());
        // y = p + 3 reads as y = 3, which is a point of full order; only the form is wrong.
        let mut three = [0; 33];
        (three[0], three[1]) = (1, 3);
        assert!(VerifyingKey::decode(&three).is_ok());
        let mut long = [0xff; 33];
        (long[0], long[1], long[32]) = (1, 0xf0, 0x7f);
        assert!(VerifyingKey::decode(&long).is_err());
    }
}
