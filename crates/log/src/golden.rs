//! Literal vectors of every format.
//!
//! **A failure here is a change of format.** Formats are frozen once two sites have talked: ids
//! would change under permalinks, and heads signed by one release would not verify in the next.
//! Never correct the expected value; make a new suite or a new domain instead.

use fieldpost_model::Id;

use crate::name::{Epoch, ScopeKind};
use crate::*;

#[track_caller]
fn check(bytes: impl AsRef<[u8]>, expected: &str) {
    let hex: String = bytes.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, expected);
}

fn id(first: u8) -> Id {
    Id::from_bytes(std::array::from_fn(|place| first + place as u8))
}

fn name() -> ChangeName {
    let site = SiteId(*id(0x10).as_bytes());
    let scope = Scope::new(ScopeKind::Conversation, id(0x30));
    ChangeName { site, epoch: Epoch(0x0102_0304_0506_0708), scope, sequence: 0x0a_0b0c_0d0e }
}

fn frontier(size: u8) -> Frontier {
    let mut frontier = Frontier::new();
    for n in 0..size {
        let salt = Salt::from_bytes([n; 32]);
        frontier.append(leaf(&[n], commitment(&salt, b"payload"))).unwrap();
    }
    frontier
}

fn head() -> Head {
    let ChangeName { site, epoch, scope, .. } = name();
    Head { site, epoch, scope, size: 7, root: frontier(7).root() }
}

#[test]
fn names() {
    check(name().scope.to_bytes(), "04303132333435363738393a3b3c3d3e3f");
    check(
        name().to_bytes(),
        "\
         101112131415161718191a1b1c1d1e1f01020304050607080430313233343536\
         3738393a3b3c3d3e3f0000000a0b0c0d0e",
    );
    let kinds = [
        ScopeKind::Channel,
        ScopeKind::Team,
        ScopeKind::Person,
        ScopeKind::Conversation,
        ScopeKind::Private,
        ScopeKind::Site,
    ];
    assert_eq!(kinds.map(u8::from), [1, 2, 3, 4, 5, 6]);
}

#[test]
fn derived_ids() {
    check(derive_id("post", &name(), 0).as_bytes(), "4839cf214b91e641dc3f98be6fea0e4d");
    check(derive_id("post", &name(), 1).as_bytes(), "27afd21794a77800d318a4470631596e");
    check(derive_id("reaction", &name(), 0).as_bytes(), "9478157b43a7a8a9d974675acfa99bb3");
}

#[test]
fn natural_ids() {
    let (a, b, c) = (id(1), id(2), id(3));
    check(direct_conversation(a, b).as_bytes(), "54b14df31d25015f7ae1f311eb8168dc");
    check(group_conversation(&[a, b, c]).as_bytes(), "6817b2e4371e02696c29cb72182149ff");
    check(next_conversation(a).as_bytes(), "02bbd4e411fe29884ba592e10673f8f3");
    check(default_channel(a, "town-square").as_bytes(), "7996728aa5128e36cd5acaac0e705770");
}

#[test]
fn versions() {
    let version = Version { stamp: Stamp::new(0x0102_0304_0506, 0x0708), site: name().site };
    check(version.to_bytes(), "0102030405060708101112131415161718191a1b1c1d1e1f");
}

#[test]
fn logs() {
    let commitment = commitment(&Salt::from_bytes([7; 32]), b"payload");
    check(
        commitment.as_bytes(),
        "67d55a5a072b6d7fb7859c3e3ed3ccb8e646bdd49bc005aa09acb180e0a1c848",
    );
    check(
        leaf(b"header", commitment).as_bytes(),
        "07d57e7f8582204653323a2ef013b7d3c347140e0c00c7818052a05f84777152",
    );
    check(
        frontier(0).root().as_bytes(),
        "4c6e3089f9b6abadaa569c02462f8cb4b533e504db44b63e808b997a783460e3",
    );
    check(
        frontier(7).root().as_bytes(),
        "7d096923d5743da5b357ba80c0f3fbc76c685842830029ae8e6d6242561c8713",
    );
    check(&frontier(6).encode()[..16], "00000000000000065dd42b59f511d9c9");
}

#[test]
fn salts() {
    let mut salts = SaltTree::new(&[7; 32]);
    check(
        salts.salt(0).unwrap().as_bytes(),
        "c3be79f13ff39e7a713c283d3caf57e200eab989e1510b76e34a6f632e6a56b6",
    );
    check(
        salts.salt(0xab_cdef_0123).unwrap().as_bytes(),
        "681dda163d858c5f32a84599bb6ee67b37d893c7ec4e24ed7fe7b13820c277bd",
    );
    check(
        salts.encode_secret(),
        "\
         0101002807070707070707070707070707070707070707070707070707070707\
         07070707",
    );
    salts.puncture_range(0..1 << 39);
    check(
        salts.encode_secret(),
        "\
         0101808080808010277ec34b0d232682d2079679f4a984883ee23506655dcc09\
         88184e4c9e404cd8d8",
    );
}

#[test]
fn heads() {
    let key = SigningKey::from_seed(Suite::One, &[7; 32]);
    check(
        key.verifying_key().encode(),
        "\
         01ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d2\
         2c",
    );
    check(
        head().signed_bytes(Suite::One),
        "\
         6669656c64706f7374206865616420313a01101112131415161718191a1b1c1d\
         1e1f010203040506070804303132333435363738393a3b3c3d3e3f0000000000\
         0000077d096923d5743da5b357ba80c0f3fbc76c685842830029ae8e6d624256\
         1c8713",
    );
    check(
        head().sign(&key).encode(),
        "\
         01101112131415161718191a1b1c1d1e1f010203040506070804303132333435\
         363738393a3b3c3d3e3f00000000000000077d096923d5743da5b357ba80c0f3\
         fbc76c685842830029ae8e6d6242561c8713b086a84fb9e998568c972fc59741\
         8b084f133b67cd2dd10fa431427c6114a849f2d020500c31d6802b4d45230be5\
         d8a59c3d19fb41e40dcb02059c499e372700",
    );
}

#[test]
fn vectors() {
    let mut vector = Vector::new();
    vector.insert(SiteId([1; 16]), Epoch(5), 0..300);
    vector.insert(SiteId([1; 16]), Epoch(5), 302..303);
    vector.insert(SiteId([1; 16]), Epoch(7), 4..6);
    vector.insert(SiteId([2; 16]), Epoch(0), 0..1);
    check(
        vector.encode(),
        "\
         020101010101010101010101010101010102050200ab02010001010401020202\
         020202020202020202020202020100010000",
    );
}

#[test]
fn state_hashes() {
    let mut state = StateHash::new();
    check(
        state.digest().as_bytes(),
        "ec0c8cc62b9103428cb1b434821fc0b4191e77aac7b000e0d5414ebc224e4d9e",
    );
    state.add(b"one");
    state.add(b"two");
    check(&state.encode()[..16], "d8e975866054f7376084afb9290b5794");
    check(
        state.digest().as_bytes(),
        "835c7396f12eaeb5de18309f4f5d357ff5b0b91d4b5ff4832fced94309c7736b",
    );
}
