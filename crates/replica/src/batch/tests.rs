//! Batches survive their bytes, and no bytes spoil more than themselves.

use fieldpost_log::{Epoch, Scope, ScopeKind, SiteId};
use proptest::prelude::*;

use super::*;
use std::sync::LazyLock;

/// So that not each batch has to learn from the beginning.
static READY: LazyLock<Readiness> = LazyLock::new(readiness);

/// Every way in which batches are written.
const WAYS: [(Format, Coding); 3] =
    [(Format::Three, Coding::Terse), (Format::Four, Coding::Terse), (Format::Three, Coding::Quick)];

/// Who begins to write in a format.
fn writer(format: Format) -> BatchWriter {
    LazyLock::force(&READY);
    let mut writer = BatchWriter::default();
    writer.speak(format);
    writer
}

/// Runs as they are written in a format.
fn written(format: Format, runs: &[Run], hints: &[Hints]) -> Vec<u8> {
    writer(format).write(runs, hints, Coding::Terse).unwrap()
}

/// Expects that runs are read as they were written, in every way.
fn assert_passes(runs: &[Run], hints: &[Hints]) {
    for (format, coding) in WAYS {
        let bytes = writer(format).write(runs, hints, coding).unwrap();
        assert_eq!(decode(&bytes).as_deref(), Ok(runs), "{format:?}, {coding:?}");
    }
}

fn log(n: u8) -> LogName {
    let scope = Scope::new(ScopeKind::Channel, Id::from_bytes([n; 16]));
    LogName { site: SiteId([7; 16]), epoch: Epoch(1 << 60), scope }
}

fn post_id(log: LogName, sequence: u64) -> Id {
    fieldpost_log::derive_id(CLASS, &log.change(sequence), 0)
}

/// A content as a reply to a post with a text, and the hints that its sender has.
fn reply(root: Option<DerivedPost>, text: &str) -> (Vec<u8>, Hints) {
    let id = root.map_or(Id::NONE, |post| post_id(post.log, post.sequence));
    let payload = postcard_like(id, text);
    (payload, Hints { text: text.to_owned(), ids: vec![(id, root)] })
}

fn postcard_like(id: Id, text: &str) -> Vec<u8> {
    let mut payload = id.as_bytes().to_vec();
    payload.push(0);
    fieldpost_log::wire::put_varint(&mut payload, text.len() as u64);
    payload.extend_from_slice(text.as_bytes());
    payload.extend_from_slice(&[0, 0, 0, 0]);
    payload
}

fn entry(ms: u64, author: u8, payload: Vec<u8>) -> Entry {
    Entry { stamp: Stamp::new(ms, 0), author: Id::from_bytes([author; 16]), kind: 0x0401, payload }
}

fn run(first: u64, entries: Vec<Entry>) -> Run {
    Run { log: log(1), first, entries, proof: Vec::new(), salts: Vec::new() }
}

#[test]
fn a_batch_survives_its_bytes() {
    let here = DerivedPost { log: log(1), sequence: 3 };
    let elsewhere = DerivedPost { log: log(2), sequence: 900 };
    let said = [(None, "Hello"), (Some(here), "Yes"), (Some(elsewhere), "No"), (None, "")];
    let (payloads, hints): (Vec<_>, Vec<_>) =
        said.map(|(root, text)| reply(root, text)).into_iter().unzip();
    let entries = payloads.into_iter().enumerate();
    let entries = entries.map(|(n, payload)| entry(1000 + n as u64, n as u8, payload)).collect();
    let mut first = run(5, entries);
    first.proof = vec![Digest::from_bytes([1; 32]), Digest::from_bytes([2; 32])];
    first.salts = vec![9; 36];
    let second = Run { log: log(2), ..run(0, vec![entry(5, 0, vec![1, 2, 3])]) };
    let runs = vec![first, second];
    assert_passes(&runs, &hints);
}

#[test]
fn ids_that_can_be_derived_do_not_travel() {
    let posts = |derived: bool| {
        let said: Vec<_> = (0..100)
            .map(|n| reply(Some(DerivedPost { log: log(1), sequence: n }), "same"))
            .collect();
        let hints =
            said.iter().map(|(_, hints)| if derived { hints.clone() } else { Hints::default() });
        let hints: Vec<_> = hints.collect();
        let entries = said.into_iter().map(|(payload, _)| entry(1, 1, payload)).collect();
        encode(&[run(200, entries)], &hints).unwrap().len()
    };
    assert!(posts(true) + 1500 < posts(false));
}

/// The first changes of many logs, as of the people in a directory.
fn introductions(count: u8) -> Vec<Run> {
    let introduction = |n: u8| {
        let scope = Scope::new(ScopeKind::Person, Id::from_bytes([n; 16]));
        let secret = fieldpost_log::SaltTree::secret_of_seed(&[n ^ 0x55; 32]);
        let payload = vec![6, b'p', b'e', b'r', b's', b'o', b'n', n, 0, 0];
        let entry = Entry { kind: 0x0101, ..entry(1_767_225_600_000 + u64::from(n), n, payload) };
        Run { log: LogName { scope, ..log(1) }, salts: secret.to_vec(), ..run(0, vec![entry]) }
    };
    (1..=count).map(introduction).collect()
}

#[test]
fn a_new_log_of_format_4_takes_its_id_and_a_seed() {
    let runs = introductions(200);
    assert_passes(&runs, &[]);
    let [old, new] = [Format::Three, Format::Four].map(|format| written(format, &runs, &[]).len());
    // An epoch of 8 bytes and 4 bytes around each seed are left out.
    assert!(new + 12 * 195 < old, "{new} {old}");
    assert!(new < 200 * 52, "{new}");
}

#[test]
fn many_new_logs_are_a_stream_on_a_fast_link_too() {
    let said = |count: u64| (0..count).map(|n| entry(n, 1, vec![7])).collect();
    let mut runs = introductions(40);
    runs.push(run(0, said(80)));
    let quickly = |format, runs: &[Run]| writer(format).write(runs, &[], Coding::Quick).unwrap();
    let bytes = quickly(Format::Four, &runs);
    assert_eq!(bytes[..2], [4, 1]);
    assert_eq!(decode(&bytes).as_ref(), Ok(&runs));
    for (format, runs) in [
        (Format::Three, runs.clone()),
        (Format::Four, introductions(15)),
        (Format::Four, [runs, vec![run(80, said(1))]].concat()),
    ] {
        assert_eq!(quickly(format, &runs)[..2], [3, BLOCK]);
    }
}

#[test]
fn what_another_format_passed_is_nothing_to_go_on_from() {
    let runs = introductions(3);
    let (mut old, mut new) = (writer(Format::Three), writer(Format::Four));
    let write = |writer: &mut BatchWriter| writer.write(&runs, &[], Coding::Terse).unwrap();
    let mut reader = BatchReader::default();
    assert!(reader.read(&write(&mut old)).is_ok());
    drop(write(&mut new));
    assert_eq!(reader.read(&write(&mut new)), Err(Unread::OutOfStep));
    assert!(reader.read(&write(&mut old)).is_ok(), "it was passed over");
    // Whoever changes begins anew, and is read.
    old.speak(Format::Four);
    let changed = write(&mut old);
    assert_eq!(changed[..2], [4, 1]);
    assert!(reader.read(&changed).is_ok());
    assert!(reader.read(&write(&mut old)).is_ok());
    assert!(decode(&[4, BLOCK, 1, 0, 0]).is_err());
    assert!(decode(&[5, 1]).is_err());
}

/// If this fails, sites of two versions no longer read each other: the code is wrong, not the
/// vectors.
#[test]
fn batches_are_what_they_always_were() {
    let (payload, hints) = reply(Some(DerivedPost { log: log(1), sequence: 3 }), "On our way.");
    let mut said = run(9, vec![entry(1_767_225_700_000, 2, payload)]);
    said.proof = vec![Digest::from_bytes([1; 32])];
    let runs = [introductions(2), vec![said]].concat();
    let hints = [Hints::default(), Hints::default(), hints];
    for (format, vector) in [(Format::Three, THREE), (Format::Four, FOUR)] {
        let bytes = written(format, &runs, &hints);
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, vector, "{format:?}");
    }
}

const THREE: &str = concat!(
    "0301007e64b6ccd0b9ef4b4b4b4b4b4b4b4b4b4b4b4b4573b1646464646464646464646464645dff983fffff",
    "ffff4b1834bd6762a3a45d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5cc2ac6e77",
    "8610af96bdd62e781e4b7b052243499629122ac97dc0f72aa9a9acacacacacacacacac7fe96a3eafffffffff",
    "ff24e19ac6ecfdec5c4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b504b489431589a",
    "ebecf5ab5abfffffffffc78cb280317ec6464646464646464646464646464646464646464646464646464646",
    "4645efe5a4411ef3106ecf27f8b080",
);
const FOUR: &str = concat!(
    "0401007e64ac7563b16ee1e1e1e1e1e1e1e1e1e1e1e1dfc5eacbb6b6b6b6b6b6b6b6b6b6b6b6b62cd1efffff",
    "ffffdc64e88ba5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a548015c4b821a2dad",
    "a5119bc9f4c904bb51f1ba85c8e1066ac22f1aa2c2c2c2c2c2c2c2c2c2c2c2be3ebd0ca1fb12126363636363",
    "636363636363636363636363636363636363636363636bed28f7ce7355159248843a31d22c2dd1dddddddddd",
    "dddddddddddddddddddddddddddddddddddddddddddddd6d67a3207b7a10bd71339bef",
);

#[test]
fn a_hint_that_is_not_true_costs_bytes_only() {
    let lies = Hints {
        text: "not there".to_owned(),
        ids: vec![(Id::from_bytes([5; 16]), Some(DerivedPost { log: log(1), sequence: 0 }))],
    };
    let runs = vec![run(1, vec![entry(1, 1, [[5; 16], [6; 16]].concat())])];
    assert_passes(&runs, &[lies]);
}

#[test]
fn a_small_block_cannot_become_a_large_batch() {
    // One form of a megabyte, and thousands of changes of that form.
    let entries = (0..9).map(|n| entry(n, 1, vec![7; 1 << 20])).collect();
    let runs = [run(0, entries)];
    let bytes = BatchWriter::default().write(&runs, &[], Coding::Quick).unwrap();
    assert!(bytes.len() < 1000);
    assert!(decode(&bytes).is_err());
}

#[test]
fn what_is_too_large_for_a_stream_becomes_a_block() {
    let runs = vec![run(0, vec![entry(1, 1, vec![7; MOST_STREAM + 1])])];
    let bytes = encode(&runs, &[]).unwrap();
    assert_eq!(bytes[..2], [Format::Three.number(), BLOCK]);
    assert_eq!(decode(&bytes), Ok(runs));
}

#[test]
fn a_stream_of_endless_text_is_not_read_to_the_end() {
    LazyLock::force(&READY);
    // The longest run of what is most expected.
    for format in [3, 4] {
        for byte in [0, 0x55, 0xff] {
            let bytes = [&[format, 1][..], &[byte; 4096]].concat();
            assert!(decode(&bytes).is_err());
        }
    }
}

#[test]
fn a_lone_message_of_a_conversation_costs_little_more_than_its_text() {
    LazyLock::force(&READY);
    let mut writer = BatchWriter::default();
    let mut bytes = |n: u64, text| {
        let (payload, hints) = reply(None, text);
        let runs = [run(n, vec![entry(1_767_225_600_000 + n * 9000, 1, payload)])];
        writer.write(&runs, &[hints], Coding::Terse).unwrap().len()
    };
    let first = bytes(7, "We are on our way.");
    let second = bytes(8, "We are on our way.");
    let other = bytes(9, "The road is closed.");
    assert!(first < 90 && second < 12 && other < 20, "{first} {second} {other}");
}

fn payloads() -> impl Strategy<Value = Vec<(Vec<u8>, Hints)>> {
    let one =
        (prop::option::of(0..50u64), ".{0,20}", any::<bool>()).prop_map(|(root, text, hint)| {
            let root = root.map(|sequence| DerivedPost { log: log(1), sequence });
            let (payload, hints) = reply(root, &text);
            (payload, if hint { hints } else { Hints::default() })
        });
    prop::collection::vec(one, 0..30)
}

proptest! {
    #[test]
    fn whatever_is_written_is_read(payloads in payloads(), first in 0..1000u64, ms in 0..1u64 << 40) {
        let (payloads, hints): (Vec<_>, Vec<_>) = payloads.into_iter().unzip();
        let entries =
            payloads.into_iter().zip(0u8..).map(|(p, n)| entry(ms + u64::from(n), n % 3, p));
        let runs = vec![run(first, entries.collect())];
        assert_passes(&runs, &hints);
    }

    #[test]
    fn spoilt_bytes_never_panic(
        payloads in payloads(),
        at: prop::sample::Index,
        value: u8,
        cut: prop::sample::Index,
    ) {
        let (payloads, hints): (Vec<_>, Vec<_>) = payloads.into_iter().unzip();
        let entries = payloads.into_iter().map(|payload| entry(1, 1, payload)).collect();
        let runs = [run(0, entries)];
        for (format, coding) in WAYS {
            let mut bytes = writer(format).write(&runs, &hints, coding).unwrap();
            let place = at.index(bytes.len());
            bytes[place] = value;
            drop(decode(&bytes));
            bytes.truncate(cut.index(bytes.len()));
            drop(decode(&bytes));
        }
    }

    #[test]
    fn random_streams_never_panic(stream in prop::collection::vec(any::<u8>(), 0..400)) {
        LazyLock::force(&READY);
        drop(decode(&[&[3, 1], stream.as_slice()].concat()));
        drop(decode(&[&[4, 1], stream.as_slice()].concat()));
    }

    #[test]
    fn both_ends_stay_in_step(batches in prop::collection::vec((payloads(), 0..9u8), 1..8)) {
        LazyLock::force(&READY);
        let (mut writer, mut reader) = (BatchWriter::default(), BatchReader::default());
        let mut first = 0;
        for (payloads, event) in batches {
            let (payloads, hints): (Vec<_>, Vec<_>) = payloads.into_iter().unzip();
            let entries: Vec<_> = payloads.into_iter().map(|payload| entry(1, 1, payload)).collect();
            let count = entries.len() as u64;
            let runs = vec![run(first, entries)];
            first += count;
            match event {
                0 => writer.begin_anew(),
                1 => writer.rest(),
                2 => {
                    writer.rest();
                    reader.rest();
                }
                3 => drop(reader.read(&[3, 1, 7, 7, 7])),
                5 => writer.speak(Format::Four),
                6 => writer.speak(Format::Three),
                _ => {}
            }
            let coding = if event == 4 { Coding::Quick } else { Coding::Terse };
            let mut bytes = writer.write(&runs, &hints, coding).unwrap();
            let mut read = reader.read(&bytes);
            if read == Err(Unread::OutOfStep) {
                prop_assert_eq!(event, 3);
                writer.begin_anew();
                bytes = writer.write(&runs, &hints, coding).unwrap();
                read = reader.read(&bytes);
            }
            prop_assert_eq!(read.as_ref(), Ok(&runs));
            // Whatever comes twice and does not begin anew is not read, and spoils nothing.
            if bytes[1] & 0x7f > 1 {
                prop_assert_eq!(reader.read(&bytes), Err(Unread::OutOfStep));
            }
        }
    }

    #[test]
    fn random_columns_never_panic(columns in prop::collection::vec(any::<u8>(), 0..400)) {
        let block = block::compress(&columns, Coding::Quick).unwrap();
        let mut bytes = vec![3, BLOCK, block::DICTIONARY];
        fieldpost_log::wire::put_varint(&mut bytes, columns.len() as u64);
        fieldpost_log::wire::put_varint(&mut bytes, block.len() as u64);
        bytes.extend_from_slice(&block);
        drop(decode(&bytes));
    }
}
