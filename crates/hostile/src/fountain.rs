//! Packets of bundles, from a line or a medium on which anybody may write.

use std::io::Cursor;

use fieldpost_fountain::{
    Gathering, MOST_LENGTH, Object, ObjectId, PACKET, Packet, Progress, Raw, Repair, SYMBOL, find,
    write,
};
use fieldpost_log::suite::PacketKey;
use fieldpost_log::{SigningKey, Suite};

const OBJECT: &[u8] = b"what one site has for another, in more than one symbol";

fn site(seed: u8) -> SigningKey {
    SigningKey::from_seed(Suite::One, &[seed; 32])
}

fn packets(object: &[u8]) -> Vec<u8> {
    let key = PacketKey::sending(&site(1), &site(2).verifying_key()).unwrap();
    let mut out = Cursor::new(Vec::new());
    let repair = Repair::percent(0).unwrap();
    write(&mut Cursor::new(object), &mut out, &key, repair).unwrap();
    out.into_inner()
}

fn object() -> Vec<u8> {
    OBJECT.repeat(50)
}

/// A file that may hold packets gives back what was sent, or nothing; whoever has no key of the sender
/// changes nothing about that.
pub(crate) fn gathering(bytes: &[u8]) {
    let key = PacketKey::hearing(&site(2), &site(1).verifying_key()).unwrap();
    let mut gathering: Option<Gathering> = None;
    let mut found = 0;
    find(bytes, |at, raw| {
        assert_eq!(&bytes[usize::try_from(at).unwrap()..][..PACKET], raw);
        let Ok(packet) = Packet::read(raw) else { return Ok(false) };
        if !Packet::is_of(raw, &key) {
            return Ok(false);
        }
        found += 1;
        gathering.get_or_insert_with(|| Gathering::new(packet.object).unwrap()).add(&packet, at);
        Ok(true)
    })
    .unwrap();
    assert!(found * PACKET <= bytes.len());
    let Some(mut gathering) = gathering else { return };
    let mut out = Cursor::new(Vec::new());
    if gathering.decode(&mut Cursor::new(bytes), &mut out).unwrap() == Progress::Whole {
        assert_eq!(out.into_inner(), object());
    } else {
        assert!(gathering.lacks() > 0, "packets were forged");
    }
}

/// Too few packets, some more than it takes, and repair symbols alone.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let all = packets(&object());
    vec![all[..2 * PACKET].to_vec(), all[..5 * PACKET].to_vec(), all[3 * PACKET..].to_vec()]
}

/// A packet as the other site itself may write it, with its key: what it says is within bounds, and
/// symbols that fit nothing give no object. The bytes are the header and the beginning of the symbol.
pub(crate) fn packet(bytes: &[u8]) {
    let mut raw: Raw = [0; PACKET];
    let length = bytes.len().min(PACKET);
    raw[..length].copy_from_slice(&bytes[..length]);
    let Ok(packet) = Packet::read(&raw) else { return };
    assert!((1..=MOST_LENGTH).contains(&packet.object.length));
    assert!(packet.symbol_id < 1 << 24 && packet.symbol.len() == SYMBOL);
    let object = Object { id: ObjectId([0; 8]), ..packet.object };
    let Some(mut gathering) = Gathering::new(object) else { return };
    gathering.add(&packet, 0);
    assert!(!gathering.wants(&packet));
    let (came, all) = gathering.counted();
    assert_eq!((came, all), (1, object.length.div_ceil(SYMBOL as u64)));
    // Nobody has bytes with this digest.
    if object.length < 1 << 20 {
        let mut out = Cursor::new(Vec::new());
        let progress = gathering.decode(&mut Cursor::new(raw), &mut out).unwrap();
        assert_ne!(progress, Progress::Whole);
    }
}

pub(crate) fn packet_seeds() -> Vec<Vec<u8>> {
    let long = |length: u64, block: u32| {
        let mut raw = packets(b"x")[..PACKET].to_vec();
        raw[17..25].copy_from_slice(&length.to_be_bytes());
        raw[25..29].copy_from_slice(&block.to_be_bytes());
        raw
    };
    vec![long(1, 0), long(MOST_LENGTH, 7), long(MOST_LENGTH + 1, 0), long(30_000_000, 1)]
}
