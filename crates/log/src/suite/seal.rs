//! Sealing: what one site encrypts for another, and nobody else can have written.
//!
//! Suite 1 is HPKE (RFC 9180) in its authenticated mode, with DHKEM(X25519, HKDF-SHA256),
//! HKDF-SHA256 and ChaCha20-Poly1305. A site's one key serves signatures and this: its Ed25519 key is
//! taken to Curve25519 by the birational map of RFC 7748, section 4.1. That the two uses do not harm
//! each other is shown by E. Thormarker, "On using the same key pair for Ed25519 and an X25519 based
//! KEM" (IACR ePrint 2021/509).
//!
//! Pieces are sealed one after the other and opened in the same order: each has its number as its
//! nonce, so that one that is left out, repeated or moved does not open.

use std::convert::Infallible;

use hpke::aead::{AeadCtxR, AeadCtxS, ChaCha20Poly1305};
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::rand_core::{TryCryptoRng, TryRng};
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use zeroize::Zeroizing;

use super::hash::{Domain, fill};
use super::sign::{SigningKey, VerifyingKey};
use crate::Malformed;

type Private = <X25519HkdfSha256 as Kem>::PrivateKey;
type Public = <X25519HkdfSha256 as Kem>::PublicKey;
type Encapsulated = <X25519HkdfSha256 as Kem>::EncappedKey;

/// The bytes that sealing a piece adds to it.
pub const SEAL: usize = 16;

/// The bytes that a [`Sealer`] begins with.
pub const OPENING: usize = 32;

/// What was to be opened was not sealed by that site for this one, or not in this place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotOpened;

impl std::fmt::Display for NotOpened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not sealed by that site for this one, or altered since")
    }
}

impl std::error::Error for NotOpened {}

/// Seals pieces, in order.
pub struct Sealer(AeadCtxS<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>);

/// Opens pieces, in the order in which they were sealed.
pub struct Opener(AeadCtxR<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>);

impl Sealer {
    /// Begins to seal from one site to another. Gives the [`OPENING`] bytes that the other needs.
    /// `context` says what it is that is sealed; `random` must be new for each sealer.
    ///
    /// # Errors
    /// [`Malformed`] for a key to which nothing can be sealed.
    pub fn begin(
        from: &SigningKey,
        to: &VerifyingKey,
        context: &[u8],
        random: [u8; 32],
    ) -> Result<([u8; OPENING], Self), Malformed> {
        let pair = (private(from)?, public(&from.verifying_key())?);
        let mut random = Random(Zeroizing::new(random));
        let (opening, sealer) = hpke::setup_sender_with_rng::<_, _, X25519HkdfSha256>(
            &OpModeS::Auth(pair),
            &public(to)?,
            context,
            &mut random,
        )
        .map_err(|_| Malformed::new("a key that nothing can be sealed to"))?;
        Ok((opening.to_bytes().into(), Self(sealer)))
    }

    /// Seals the next piece, and with it what stands beside it in the clear.
    ///
    /// # Errors
    /// [`Malformed`] after more pieces than a sealer can number.
    pub fn seal(&mut self, beside: &[u8], piece: &[u8]) -> Result<Vec<u8>, Malformed> {
        self.0.seal(piece, beside).map_err(|_| Malformed::new("too many pieces"))
    }
}

impl Opener {
    /// Begins to open what one site sealed for another: `opening` and `context` are those of
    /// [`Sealer::begin`]. Only the first piece shows whether they fit.
    ///
    /// # Errors
    /// [`NotOpened`] for bytes that no sealer begins with.
    pub fn begin(
        from: &VerifyingKey,
        to: &SigningKey,
        context: &[u8],
        opening: &[u8; OPENING],
    ) -> Result<Self, NotOpened> {
        let opening = Encapsulated::from_bytes(opening).map_err(|_| NotOpened)?;
        let from = public(from).map_err(|_| NotOpened)?;
        let to = private(to).map_err(|_| NotOpened)?;
        hpke::setup_receiver(&OpModeR::Auth(from), &to, &opening, context)
            .map(Self)
            .map_err(|_| NotOpened)
    }

    /// Opens the next piece. After an error nothing more opens that follows it.
    ///
    /// # Errors
    /// [`NotOpened`] unless this is the next piece, and `beside` what stood beside it.
    pub fn open(&mut self, beside: &[u8], piece: &[u8]) -> Result<Vec<u8>, NotOpened> {
        self.0.open(piece, beside).map_err(|_| NotOpened)
    }
}

fn private(key: &SigningKey) -> Result<Private, Malformed> {
    let scalar = Zeroizing::new(key.scalar());
    Private::from_bytes(scalar.as_slice()).map_err(|_| Malformed::new("a secret key"))
}

fn public(key: &VerifyingKey) -> Result<Public, Malformed> {
    Public::from_bytes(&key.montgomery()).map_err(|_| Malformed::new("a key"))
}

/// The randomness that was handed in; whoever asks twice gets the same.
struct Random(Zeroizing<[u8; 32]>);

impl TryRng for Random {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes).map(|()| u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes).map(|()| u64::from_le_bytes(bytes))
    }

    /// A key of X25519 takes 32 bytes, once.
    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        fill(Domain::SealSeed, self.0.as_slice(), bytes);
        Ok(())
    }
}

impl TryCryptoRng for Random {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Suite;

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_seed(Suite::One, &[seed; 32])
    }

    fn sealed(pieces: &[&[u8]]) -> ([u8; OPENING], Vec<Vec<u8>>) {
        let to = key(2).verifying_key();
        let (opening, mut sealer) = Sealer::begin(&key(1), &to, b"test", [7; 32]).unwrap();
        (opening, pieces.iter().map(|piece| sealer.seal(b"beside", piece).unwrap()).collect())
    }

    fn opener(from: u8, to: u8, context: &[u8], opening: &[u8; OPENING]) -> Opener {
        Opener::begin(&key(from).verifying_key(), &key(to), context, opening).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_in_its_order() {
        let (opening, pieces) = sealed(&[b"one", b"", b"three"]);
        assert_eq!(pieces[0].len(), 3 + SEAL);
        let mut opener = opener(1, 2, b"test", &opening);
        for (piece, clear) in pieces.iter().zip([&b"one"[..], b"", b"three"]) {
            assert_eq!(opener.open(b"beside", piece).unwrap(), clear);
        }
    }

    #[test]
    fn it_opens_for_nobody_else_and_from_nobody_else_and_for_nothing_else() {
        let (opening, pieces) = sealed(&[b"one"]);
        for (from, to, context, beside) in [
            (1, 3, &b"test"[..], &b"beside"[..]),
            (3, 2, b"test", b"beside"),
            (1, 2, b"tests", b"beside"),
            (1, 2, b"test", b"besides"),
        ] {
            let opened = opener(from, to, context, &opening).open(beside, &pieces[0]);
            assert_eq!(opened, Err(NotOpened));
        }
    }

    #[test]
    fn a_piece_that_is_left_out_repeated_or_altered_does_not_open() {
        let (opening, pieces) = sealed(&[b"one", b"two"]);
        let open = |order: &[&[u8]]| {
            let mut opener = opener(1, 2, b"test", &opening);
            order.iter().try_for_each(|piece| opener.open(b"beside", piece).map(drop))
        };
        assert_eq!(open(&[&pieces[0], &pieces[1]]), Ok(()));
        assert_eq!(open(&[&pieces[1]]), Err(NotOpened));
        assert_eq!(open(&[&pieces[0], &pieces[0]]), Err(NotOpened));
        for at in 0..pieces[0].len() {
            let mut altered = pieces[0].clone();
            altered[at] ^= 1;
            assert_eq!(open(&[&altered]), Err(NotOpened));
        }
        assert_eq!(open(&[&[]]), Err(NotOpened));
    }

    #[test]
    fn other_randomness_gives_other_bytes() {
        let to = key(2).verifying_key();
        let seal = |random| {
            let (opening, mut sealer) = Sealer::begin(&key(1), &to, b"test", random).unwrap();
            (opening, sealer.seal(b"", b"the same").unwrap())
        };
        assert_eq!(seal([7; 32]), seal([7; 32]));
        let (one, other) = (seal([7; 32]), seal([8; 32]));
        assert_ne!(one.0, other.0);
        assert_ne!(one.1, other.1);
    }
}
