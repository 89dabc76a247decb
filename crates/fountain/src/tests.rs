//! Objects through losses, and packets that should not count.

use std::io::Cursor;

use fieldpost_log::suite::PacketKey;
use fieldpost_log::{SigningKey, Suite};
use proptest::prelude::*;

use crate::*;

/// Symbols that are lost in a second at 1 Mbit/s, of packets with 28 bytes of headers.
const SECOND: usize = 1_000_000 / 8 / (PACKET + 28);

/// Chance that is the same for the same seed (SplitMix64).
struct Dice(u64);

impl Dice {
    const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ mixed >> 31) % bound as u64).unwrap()
    }

    fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    fn shuffle<T>(&mut self, things: &mut [T]) {
        for last in (1..things.len()).rev() {
            things.swap(last, self.below(last + 1));
        }
    }
}

fn site(seed: u8) -> SigningKey {
    SigningKey::from_seed(Suite::One, &[seed; 32])
}

fn sending(from: u8, to: u8) -> PacketKey {
    PacketKey::sending(&site(from), &site(to).verifying_key()).unwrap()
}

fn hearing(own: u8, from: u8) -> PacketKey {
    PacketKey::hearing(&site(own), &site(from).verifying_key()).unwrap()
}

fn bytes(length: usize, dice: &mut Dice) -> Vec<u8> {
    (0..length).map(|_| u8::try_from(dice.below(256)).unwrap()).collect()
}

fn packets_of(object: &[u8], percent: u32) -> Vec<Raw> {
    let mut out = Cursor::new(Vec::new());
    let repair = Repair::percent(percent).unwrap();
    let count = write(&mut Cursor::new(object), &mut out, &sending(1, 2), repair).unwrap();
    let packets: Vec<Raw> = out.get_ref().as_chunks().0.to_vec();
    assert_eq!((packets.len() as u64, packets.len() * PACKET), (count, out.get_ref().len()));
    packets
}

/// What the second site makes of a file.
#[derive(Debug, PartialEq, Eq)]
enum Made {
    /// It is this.
    Object(Vec<u8>),
    /// So many packets are missing.
    Lacks(u64),
    /// There is no packet in it.
    Nothing,
}

fn made_of(file: &[u8]) -> Made {
    let key = hearing(2, 1);
    let mut gathering = None;
    find(file, |at, raw| {
        let Ok(packet) = Packet::read(raw) else { return Ok(false) };
        if !Packet::is_of(raw, &key) {
            return Ok(false);
        }
        gathering.get_or_insert_with(|| Gathering::new(packet.object).unwrap()).add(&packet, at);
        Ok(true)
    })
    .unwrap();
    let Some(mut gathering) = gathering else { return Made::Nothing };
    let mut out = Cursor::new(Vec::new());
    match gathering.decode(&mut Cursor::new(file), &mut out).unwrap() {
        Progress::Whole => Made::Object(out.into_inner()),
        Progress::Lacking => Made::Lacks(gathering.lacks()),
        Progress::Wrong => panic!("authentic packets of one object do not make it up"),
    }
}

#[test]
fn ten_megabytes_survive_ten_percent_and_seconds_of_silence() {
    let mut dice = Dice::new(1);
    let object = bytes(10_000_000, &mut dice);
    let mut packets = packets_of(&object, 15);
    assert!(packets.len() <= 8681 * 115 / 100 + 1);
    // In a minute and a half, two seconds in which nothing passes.
    for begin in [2_000, 7_000] {
        packets[begin..begin + SECOND].fill([0; PACKET]);
    }
    packets.retain(|packet| packet[0] != 0 && !dice.one_in(10));
    assert_eq!(made_of(packets.as_flattened()), Made::Object(object));
}

#[test]
fn an_object_of_several_blocks_loses_a_burst_to_all_of_them() {
    let mut dice = Dice::new(2);
    // Three blocks, the last of one symbol less.
    let object = bytes(3 * 13_001 * SYMBOL - SYMBOL - 7, &mut dice);
    let mut packets = packets_of(&object, 15);
    // A burst that is more than the repair of any block.
    packets.drain(20_000..20_000 + 3 * 1_800);
    assert_eq!(made_of(packets.as_flattened()), Made::Object(object));
}

#[test]
fn a_small_object_survives_ten_percent_a_thousand_times_over() {
    let mut dice = Dice::new(3);
    let object = bytes(700, &mut dice);
    let packets = packets_of(&object, 0);
    assert!(packets.len() >= 33);
    let object = Made::Object(object);
    for _ in 0..1000 {
        let came: Vec<Raw> = packets.iter().filter(|_| !dice.one_in(10)).copied().collect();
        assert_eq!(made_of(came.as_flattened()), object);
    }
}

#[test]
fn altered_packets_are_passed_over_and_spoil_nothing() {
    let mut dice = Dice::new(4);
    let object = bytes(100_000, &mut dice);
    let good = packets_of(&object, 50);
    for at in 0..PACKET {
        let mut raw = good[0];
        raw[at] ^= 1 << dice.below(8);
        assert_eq!(made_of(&raw), Made::Nothing, "byte {at} may be altered");
    }
    // Every fourth packet says something else, of the same symbol, before the true one comes.
    let mut came = Vec::new();
    for (number, packet) in good.iter().enumerate() {
        if number % 4 == 0 {
            let mut altered = *packet;
            altered[40 + dice.below(1000)] ^= 0x55;
            came.push(altered);
        }
        came.push(*packet);
    }
    assert_eq!(made_of(came.as_flattened()), Made::Object(object));
}

#[test]
fn packets_of_other_sites_and_for_other_sites_are_passed_over() {
    let object = bytes(5_000, &mut Dice::new(5));
    let packets = packets_of(&object, 0);
    let accepted = |key: &PacketKey| packets.iter().any(|raw| Packet::is_of(raw, key));
    assert!(accepted(&hearing(2, 1)));
    for foreign in [hearing(2, 3), hearing(3, 1), hearing(1, 2)] {
        assert!(!accepted(&foreign));
    }
}

#[test]
fn what_is_missing_is_counted() {
    let object = bytes(100 * SYMBOL, &mut Dice::new(6));
    let packets = packets_of(&object, 0);
    assert_eq!(made_of(packets[..60].as_flattened()), Made::Lacks(40));
    let twice = [&packets[..60], &packets[..60]].concat();
    assert_eq!(made_of(twice.as_flattened()), Made::Lacks(40));
    let cut = &packets.as_flattened()[..100 * PACKET - 1];
    assert_eq!(made_of(cut), Made::Lacks(1));
    assert_eq!(made_of(&[]), Made::Nothing);
}

#[test]
fn no_object_has_no_bytes_and_none_is_longer_than_it_may_be() {
    let repair = Repair::percent(15).unwrap();
    let mut out = Cursor::new(Vec::new());
    let written = write(&mut Cursor::new(Vec::new()), &mut out, &sending(1, 2), repair);
    assert_eq!(written.unwrap_err().kind(), std::io::ErrorKind::InvalidInput);
    assert!(out.get_ref().is_empty());
    let mut raw = packets_of(b"x", 0)[0];
    raw[17..25].copy_from_slice(&(MOST_LENGTH + 1).to_be_bytes());
    assert!(Packet::read(&raw).is_err());
    assert!(Repair::percent(MOST_REPAIR + 1).is_none());
}

/// Whoever has the key can still lie: about what the object is, and what a symbol is.
#[test]
fn a_lie_of_the_other_site_is_told_and_ends() {
    let mut dice = Dice::new(7);
    let key = sending(1, 2);
    let symbol = bytes(SYMBOL, &mut dice);
    let object = Object { id: ObjectId([1; 8]), length: 20 * SYMBOL as u64 };
    let mut gathering = Gathering::new(object).unwrap();
    let mut store = Cursor::new(Vec::new());
    let mut out = Cursor::new(Vec::new());
    let mut progress = Progress::Lacking;
    for symbol_id in 0..100 {
        let packet = Packet { object, block: 0, symbol_id: 1 << 20 | symbol_id, symbol: &symbol };
        if progress == Progress::Lacking && gathering.wants(&packet) {
            let at = store.get_ref().len() as u64;
            store.get_mut().extend_from_slice(&packet.seal(&key));
            gathering.add(&packet, at);
            progress = gathering.decode(&mut store, &mut out).unwrap();
        }
    }
    assert_eq!(progress, Progress::Wrong);
    assert!(store.get_ref().len() <= 36 * PACKET);
}

/// A failure here is a change of format: one release would not read the packets of another.
#[test]
fn packets_are_these_bytes() {
    let object: Vec<u8> = (0..5 * SYMBOL).map(|n| (n % 251) as u8).collect();
    let packets = packets_of(&object, 0);
    let hex = |bytes: &[u8]| -> String { bytes.iter().map(|b| format!("{b:02x}")).collect() };
    let shown: Vec<String> = [packets[0], packets[6]]
        .iter()
        .map(|raw| hex(&[&raw[..44], &raw[PACKET - 16..]].concat()))
        .collect();
    assert_eq!(
        shown,
        [
            "46505041434b4554018c61a15018505ee7000000000000168000000000000000000102030405\
             060708090a0b7d8b360e6bbc0a92ebba76ed1c05d7de",
            "46505041434b4554018c61a15018505ee700000000000016800000000000000635f40eb91cdd\
             037571b04a6570371cf7d49e8c5f75f74df58005dadc",
        ]
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_sufficient_part_in_any_order_gives_the_object_back(
        length in 1..200_000_usize,
        seed: u64,
        percent in 0..60_u32,
    ) {
        let mut dice = Dice::new(seed);
        let object = bytes(length, &mut dice);
        let mut packets = packets_of(&object, percent);
        dice.shuffle(&mut packets);
        // Two more than there are symbols, some of them twice.
        packets.truncate(length.div_ceil(SYMBOL) + 2);
        for _ in 0..dice.below(20) {
            let again = packets[dice.below(packets.len())];
            packets.insert(dice.below(packets.len() + 1), again);
        }
        prop_assert!(made_of(packets.as_flattened()) == Made::Object(object));
    }

    #[test]
    fn a_damaged_file_costs_the_packets_that_are_damaged(
        seed: u64,
        holes in prop::collection::vec((any::<prop::sample::Index>(), 0..5000_usize, 0..3), 0..6),
    ) {
        let mut dice = Dice::new(seed);
        let object = bytes(200_000, &mut dice);
        let mut file = packets_of(&object, 40).as_flattened().to_vec();
        for (at, length, kind) in holes {
            let at = at.index(file.len());
            let until = (at + length).min(file.len());
            match kind {
                // A sector that reads as something else, one that is gone, and one too many.
                0 => file[at..until].fill(b'F'),
                1 => drop(file.drain(at..until)),
                _ => drop(file.splice(at..at, bytes(length, &mut dice))),
            }
        }
        // Six holes of 5,000 bytes cost six packets each at most, and the repair has more.
        prop_assert!(made_of(&file) == Made::Object(object));
    }
}
