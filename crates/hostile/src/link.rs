//! What another site sends: batches, frames, what is held of logs, codes of invitations.

use std::sync::LazyLock;

use fieldpost_link::invite::Code;
use fieldpost_log::{Epoch, Held, LogName, Ranges, Scope, ScopeKind, SiteId, Stamp, proof_of};
use fieldpost_model::Id;
use fieldpost_replica::{
    BatchReader, BatchWriter, Coding, DerivedPost, Entry, Frame, HeldLog, Hints, MOST_BYTES,
    MOST_ENTRIES, Offer, Readiness, Run, Unread, decode, encode, readiness,
};

/// So that not each batch has to learn from the beginning.
static READY: LazyLock<Readiness> = LazyLock::new(readiness);

/// A batch that is read says the same when it is written again, within its bounds.
pub(crate) fn batch(bytes: &[u8]) {
    LazyLock::force(&READY);
    let Ok(runs) = decode(bytes) else { return };
    let entries = runs.iter().flat_map(|run| &run.entries);
    assert!(entries.clone().count() <= MOST_ENTRIES);
    assert!(entries.map(|entry| entry.payload.len()).sum::<usize>() <= MOST_BYTES);
    assert_eq!(decode(&encode(&runs, &[]).unwrap()).as_ref(), Ok(&runs));
}

/// Whatever comes between two batches of a conversation, the second is read as it was written, or
/// its writer is told to begin anew.
pub(crate) fn conversation(bytes: &[u8]) {
    LazyLock::force(&READY);
    let (mut writer, mut reader) = (BatchWriter::default(), BatchReader::default());
    let runs = decode(&batch_seeds()[1]).unwrap();
    let first = writer.write(&runs, &[], Coding::Terse).unwrap();
    assert_eq!(reader.read(&first).as_ref(), Ok(&runs));
    let was_read = reader.read(bytes).is_ok();
    let second = writer.write(&runs, &[], Coding::Terse).unwrap();
    let read = reader.read(&second);
    // What somebody else slipped in is a batch like any other, and the writer knows nothing of it.
    if !was_read && read != Err(Unread::OutOfStep) {
        assert_eq!(read.as_ref(), Ok(&runs));
    }
    writer.begin_anew();
    let third = writer.write(&runs, &[], Coding::Terse).unwrap();
    assert_eq!(reader.read(&third), Ok(runs));
}

pub(crate) fn conversation_seeds() -> Vec<Vec<u8>> {
    let mut writer = BatchWriter::default();
    let runs = decode(&batch_seeds()[2]).unwrap();
    let write = |_| writer.write(&runs, &[], Coding::Terse).unwrap();
    (0..3).map(write).collect()
}

pub(crate) fn batch_seeds() -> Vec<Vec<u8>> {
    let log = LogName {
        site: SiteId([7; 16]),
        epoch: Epoch(1 << 60),
        scope: Scope::new(ScopeKind::Channel, Id::from_bytes([1; 16])),
    };
    let root = DerivedPost { log, sequence: 3 };
    let id = fieldpost_log::derive_id("post", &log.change(3), 0);
    let entry = |text: &str| {
        let mut payload = id.as_bytes().to_vec();
        payload.extend([0, text.len() as u8]);
        payload.extend_from_slice(text.as_bytes());
        Entry { stamp: Stamp::new(1_767_225_600_000, 0), author: id, kind: 0x0401, payload }
    };
    let hints = |text: &str| Hints { text: text.to_owned(), ids: vec![(id, Some(root))] };
    let run = |first, texts: &[&str]| Run {
        log,
        first,
        entries: texts.iter().map(|text| entry(text)).collect(),
        proof: vec![fieldpost_log::Digest::from_bytes([2; 32])],
        salts: vec![9; 36],
    };
    let texts = ["Hello", "Yes", "We are on our way"];
    let said: Vec<Hints> = texts.map(hints).to_vec();
    vec![
        encode(&[], &[]).unwrap(),
        encode(&[run(4, &texts)], &said).unwrap(),
        encode(&[run(4, &texts), run(9, &texts[..1])], &[]).unwrap(),
        BatchWriter::default().write(&[run(4, &texts)], &said, Coding::Quick).unwrap(),
    ]
}

/// A frame has one encoding, unless a number in it is written longer than it need be.
pub(crate) fn frame(bytes: &[u8]) {
    if let Ok(frame) = Frame::decode(bytes) {
        assert_eq!(Frame::decode(&frame.encode()), Ok(frame.clone()));
        if let Frame::Holding { logs, .. } = frame {
            for log in logs {
                let held: Ranges = log.held();
                drop(proof_of(&held, &(5..9)));
            }
        }
    }
}

pub(crate) fn frame_seeds() -> Vec<Vec<u8>> {
    let id = Id::from_bytes([1; 16]);
    let scope = Scope::new(ScopeKind::Channel, id);
    let held = HeldLog { scope, epoch: Epoch(1), ranges: vec![(0, 4), (7, 900)] };
    [
        Frame::Hello { name: "hq".to_owned(), received: 7, held: [3; 32] },
        Frame::Offers { open: vec![Offer { channel: id, team: id }], closed: vec![id], all: true },
        Frame::Batch { number: 8, signature: vec![1; 64], body: vec![1, 1, 0] },
        Frame::Kept { number: 8 },
        Frame::Refused { number: 8, why: "no".to_owned() },
        Frame::Recount,
        Frame::Holding { received: 7, logs: vec![held], more: true },
        Frame::States { channels: vec![(id, [4; 32])] },
    ]
    .map(|frame| frame.encode())
    .to_vec()
}

/// What is held of a log is read strictly, and takes what it has to without a panic.
pub(crate) fn held(bytes: &[u8]) {
    let Ok(mut held) = Held::decode(bytes) else { return };
    assert_eq!(held.encode(), bytes, "a second encoding was accepted");
    let leaf = [fieldpost_log::Digest::from_bytes([1; 32])];
    let before = held.clone();
    if held.fill(held.frontier().size().saturating_sub(3), &leaf, &leaf).is_err() {
        assert_eq!(held, before, "what was not proved left a trace");
    }
}

pub(crate) fn held_seeds() -> Vec<Vec<u8>> {
    let leaf = |n: u8| fieldpost_log::Digest::from_bytes([n; 32]);
    let mut held = Held::new();
    let mut seeds = vec![held.encode()];
    held.fill(0, &[leaf(1), leaf(2)], &[]).unwrap();
    seeds.push(held.encode());
    held.fill(7, &[leaf(3)], &[leaf(4), leaf(5), leaf(6)]).unwrap();
    seeds.push(held.encode());
    seeds
}

/// A code of an invitation, as somebody pastes it.
pub(crate) fn code(bytes: &[u8]) {
    drop(Code::read(&String::from_utf8_lossy(bytes)));
}

pub(crate) fn code_seeds() -> Vec<Vec<u8>> {
    vec![b"fieldpost-link-1.0t1uKfkX_82PmoaSODvxhF0mEi8Pq-PuK0VvisbwgLwhATLE2FYD".to_vec()]
}
