//! Every decoder against bytes from nowhere, and against good bytes spoilt.
//!
//! The property is the same for all: no panic, and whatever is accepted encodes to the same bytes,
//! so that no value has two encodings.

use std::sync::LazyLock;

use fieldpost_model::Id;
use proptest::prelude::*;

use crate::name::{Epoch, SEQUENCE_LIMIT, ScopeKind};
use crate::*;

/// A decoder followed by the encoder.
type Again = fn(&[u8]) -> Result<Vec<u8>, Malformed>;

type Decoder = (&'static str, Again, Vec<u8>);

static DECODERS: LazyLock<Vec<Decoder>> = LazyLock::new(decoders);

fn decoders() -> Vec<Decoder> {
    let scope = Scope::new(ScopeKind::Channel, Id::from_bytes([3; 16]));
    let site = SiteId([1; 16]);
    let name = ChangeName { site, epoch: Epoch(2), scope, sequence: 4 };
    let key = SigningKey::from_seed(Suite::One, &[1; 32]);
    let root = Digest::from_bytes([5; 32]);
    let head = Head { site, epoch: Epoch(2), scope, size: 4, root }.sign(&key);
    let mut frontier = Frontier::new();
    (0..7).for_each(|_| frontier.append(root).unwrap());
    let mut salts = SaltTree::new(&[7; 32]);
    salts.puncture_range(3..300);
    salts.puncture(SEQUENCE_LIMIT - 1);
    let mut vector = Vector::new();
    vector.insert(site, Epoch(2), 0..300);
    vector.insert(site, Epoch(2), 400..401);
    vector.insert(site, Epoch(u64::MAX), 7..9);
    vector.insert(SiteId([2; 16]), Epoch(0), 1..2);
    let mut state = StateHash::new();
    state.add(b"entity");
    vec![
        ("scope", |b| Scope::decode(b).map(|v| v.to_bytes().to_vec()), scope.to_bytes().to_vec()),
        (
            "name",
            |b| ChangeName::decode(b).map(|v| v.to_bytes().to_vec()),
            name.to_bytes().to_vec(),
        ),
        ("version", |b| Version::decode(b).map(|v| v.to_bytes().to_vec()), vec![6; 24]),
        ("key", |b| VerifyingKey::decode(b).map(|v| v.encode()), key.verifying_key().encode()),
        (
            "signature",
            |b| Signature::decode(Suite::One, b).map(|v| v.as_bytes().to_vec()),
            key.sign(b"").as_bytes().to_vec(),
        ),
        ("head", |b| SignedHead::decode(b).map(|v| v.encode()), head.encode()),
        ("frontier", |b| Frontier::decode(b).map(|v| v.encode()), frontier.encode()),
        (
            "salts",
            |b| SaltTree::decode_secret(b).map(|v| v.encode_secret().to_vec()),
            salts.encode_secret().to_vec(),
        ),
        ("vector", |b| Vector::decode(b).map(|v| v.encode()), vector.encode()),
        ("state", |b| StateHash::decode(b).map(|v| v.encode()), state.encode()),
    ]
}

fn check(name: &str, again: Again, bytes: &[u8]) {
    if let Ok(encoded) = again(bytes) {
        assert_eq!(encoded, bytes, "{name} accepted a second encoding");
    }
}

#[test]
fn good_bytes_are_accepted() {
    for (name, again, good) in DECODERS.iter() {
        assert_eq!(again(good), Ok(good.clone()), "{name}");
    }
}

#[test]
fn a_missing_or_additional_byte_is_refused() {
    for (name, again, good) in DECODERS.iter() {
        for length in 0..good.len() {
            assert!(again(&good[..length]).is_err(), "{name} cut to {length}");
        }
        assert!(again(&[&good[..], &[0]].concat()).is_err(), "{name} with a byte more");
    }
}

proptest! {
    #[test]
    fn bytes_from_nowhere_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for (name, again, _) in DECODERS.iter() {
            check(name, *again, &bytes);
        }
    }

    #[test]
    fn small_numbers_from_nowhere_do_no_harm(bytes in prop::collection::vec(0..4u8, 0..120)) {
        for (name, again, _) in DECODERS.iter() {
            check(name, *again, &bytes);
        }
    }

    #[test]
    fn spoilt_bytes_do_no_harm(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        for (name, again, good) in DECODERS.iter() {
            let mut bytes = good.clone();
            for (place, byte) in &changes {
                let place = place.index(bytes.len());
                bytes[place] = *byte;
            }
            check(name, *again, &bytes);
        }
    }
}
