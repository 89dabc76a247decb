//! The formats of the change log: no panic, and one encoding for each value.

use fieldpost_log::clock::Version;
use fieldpost_log::name::ScopeKind;
use fieldpost_log::{
    ChangeName, Digest, Epoch, Frontier, Head, Malformed, SaltTree, Scope, Signature, SignedHead,
    SigningKey, SiteId, StateHash, Suite, Vector, VerifyingKey, aligned_ranges,
};
use fieldpost_model::Id;

/// Reads a value, and checks that these bytes are the only ones that it has.
fn read<T>(
    bytes: &[u8],
    decode: impl Fn(&[u8]) -> Result<T, Malformed>,
    encode: impl Fn(&T) -> Vec<u8>,
) -> Option<T> {
    let value = decode(bytes).ok()?;
    assert_eq!(encode(&value), bytes, "a second encoding was accepted");
    Some(value)
}

pub(crate) fn scope(bytes: &[u8]) {
    read(bytes, Scope::decode, |scope| scope.to_bytes().to_vec());
}

pub(crate) fn change_name(bytes: &[u8]) {
    read(bytes, ChangeName::decode, |name| name.to_bytes().to_vec());
}

pub(crate) fn version(bytes: &[u8]) {
    read(bytes, Version::decode, |version| version.to_bytes().to_vec());
}

pub(crate) fn key(bytes: &[u8]) {
    read(bytes, VerifyingKey::decode, VerifyingKey::encode);
}

pub(crate) fn signature(bytes: &[u8]) {
    let decode = |bytes: &[u8]| Signature::decode(Suite::One, bytes);
    if let Some(signature) = read(bytes, decode, |signature| signature.as_bytes().to_vec()) {
        let known = signed(b"").as_bytes().to_vec();
        let verified = own_key().verifying_key().verify(b"", &signature).is_ok();
        assert_eq!(verified, signature.as_bytes().to_vec() == known, "a signature was forged");
    }
}

pub(crate) fn signed_head(bytes: &[u8]) {
    if let Some(head) = read(bytes, SignedHead::decode, SignedHead::encode) {
        let verified = head.verify(&own_key().verifying_key()).is_ok();
        assert_eq!(verified, head == own_head(), "a head was forged");
    }
}

pub(crate) fn frontier(bytes: &[u8]) {
    if let Some(mut frontier) = read(bytes, Frontier::decode, Frontier::encode) {
        let before = frontier.root();
        if frontier.append(digest(9)).is_ok() {
            assert_ne!(frontier.root(), before, "a leaf changed nothing");
        }
    }
}

pub(crate) fn salts(bytes: &[u8]) {
    let tree = read(bytes, SaltTree::decode_secret, |tree| tree.encode_secret().to_vec());
    if let Some(seed) = SaltTree::seed_of_secret(bytes) {
        assert_eq!(SaltTree::secret_of_seed(&seed).as_slice(), bytes, "another secret");
    }
    if let Some(mut tree) = tree {
        for sequence in [0, 3, 300, u64::from(u32::MAX), u64::MAX] {
            let salt = tree.salt(sequence);
            assert_eq!(salt.is_some(), tree.salt(sequence).is_some());
            tree.puncture(sequence);
            assert!(tree.salt(sequence).is_none(), "an erased salt is still there");
        }
    }
}

pub(crate) fn state_hash(bytes: &[u8]) {
    if let Some(mut hash) = read(bytes, StateHash::decode, StateHash::encode) {
        let before = hash.encode();
        hash.add(b"entity");
        hash.remove(b"entity");
        assert_eq!(hash.encode(), before);
    }
}

pub(crate) fn vector(bytes: &[u8]) {
    if let Some(vector) = read(bytes, Vector::decode, Vector::encode) {
        vector.len();
        for (site, epoch, ranges) in vector.iter() {
            for range in ranges.iter().take(64) {
                assert!(vector.contains(site, epoch, range.start));
                assert!(aligned_ranges(range).count() <= 128);
            }
        }
    }
}

/// Two vectors, the first as long as the first byte says.
pub(crate) fn vectors(bytes: &[u8]) {
    let Some((length, rest)) = bytes.split_first() else { return };
    let (one, other) = rest.split_at(usize::from(*length).min(rest.len()));
    let (Ok(one), Ok(other)) = (Vector::decode(one), Vector::decode(other)) else { return };
    let mut merged = one.clone();
    merged.merge(&one.missing(&other));
    let mut union = other.clone();
    union.merge(&one);
    assert_eq!(merged, union, "what was missing was not all that was missing");
    assert!(merged.missing(&other).is_empty() && merged.missing(&one).is_empty());
    assert_eq!(Vector::decode(&merged.encode()), Ok(merged));
}

fn own_key() -> SigningKey {
    SigningKey::from_seed(Suite::One, &[1; 32])
}

fn signed(bytes: &[u8]) -> Signature {
    own_key().sign(bytes)
}

fn digest(byte: u8) -> Digest {
    Digest::from_bytes([byte; 32])
}

fn own_name() -> ChangeName {
    let scope = Scope::new(ScopeKind::Channel, Id::from_bytes([3; 16]));
    ChangeName { site: SiteId([1; 16]), epoch: Epoch(2), scope, sequence: 4 }
}

fn own_head() -> SignedHead {
    let ChangeName { site, epoch, scope, .. } = own_name();
    Head { site, epoch, scope, size: 4, root: digest(5) }.sign(&own_key())
}

fn some_vectors() -> [Vector; 3] {
    let mut one = Vector::new();
    one.insert(SiteId([1; 16]), Epoch(2), 0..300);
    one.insert(SiteId([1; 16]), Epoch(2), 400..401);
    one.insert(SiteId([2; 16]), Epoch(u64::MAX), 7..9);
    let mut other = Vector::new();
    other.insert(SiteId([1; 16]), Epoch(2), 200..350);
    other.insert(SiteId([3; 16]), Epoch(0), 1..2);
    [one, other, Vector::new()]
}

/// Good bytes of every format.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let mut frontier = Frontier::new();
    (0..7).for_each(|leaf| frontier.append(digest(leaf)).unwrap());
    let mut salts = SaltTree::new(&[7; 32]);
    salts.puncture_range(3..300);
    let mut state = StateHash::new();
    state.add(b"entity");
    let mut seeds = vec![
        own_name().scope.to_bytes().to_vec(),
        own_name().to_bytes().to_vec(),
        vec![6; 24],
        own_key().verifying_key().encode(),
        signed(b"").as_bytes().to_vec(),
        own_head().encode(),
        frontier.encode(),
        Frontier::new().encode(),
        salts.encode_secret().to_vec(),
        SaltTree::new(&[7; 32]).encode_secret().to_vec(),
        state.encode(),
    ];
    seeds.extend(some_vectors().iter().map(Vector::encode));
    seeds
}

pub(crate) fn vector_seeds() -> Vec<Vec<u8>> {
    let encoded = some_vectors().map(|vector| vector.encode());
    let pair = |one: &Vec<u8>, other: &Vec<u8>| {
        [&[u8::try_from(one.len()).unwrap()], one.as_slice(), other].concat()
    };
    encoded.iter().flat_map(|one| encoded.iter().map(move |other| pair(one, other))).collect()
}
