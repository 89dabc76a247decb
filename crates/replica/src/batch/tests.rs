//! Batches survive their bytes, and no bytes spoil more than themselves.

use fieldpost_log::{Epoch, Scope, ScopeKind, SiteId};
use proptest::prelude::*;

use super::*;

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
    let bytes = encode(&runs, &hints).unwrap();
    assert_eq!(decode(&bytes), Ok(runs));
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

#[test]
fn a_hint_that_is_not_true_costs_bytes_only() {
    let lies = Hints {
        text: "not there".to_owned(),
        ids: vec![(Id::from_bytes([5; 16]), Some(DerivedPost { log: log(1), sequence: 0 }))],
    };
    let runs = vec![run(1, vec![entry(1, 1, [[5; 16], [6; 16]].concat())])];
    assert_eq!(decode(&encode(&runs, &[lies]).unwrap()), Ok(runs));
}

#[test]
fn a_small_block_cannot_become_a_large_batch() {
    // One form of a megabyte, and thousands of changes of that form.
    let entries = (0..9).map(|n| entry(n, 1, vec![7; 1 << 20])).collect();
    let bytes = encode(&[run(0, entries)], &[]).unwrap();
    assert!(bytes.len() < 1000);
    assert!(decode(&bytes).is_err());
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
        prop_assert_eq!(decode(&encode(&runs, &hints).unwrap()), Ok(runs));
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
        let mut bytes = encode(&[run(0, entries)], &hints).unwrap();
        let place = at.index(bytes.len());
        bytes[place] = value;
        drop(decode(&bytes));
        bytes.truncate(cut.index(bytes.len()));
        drop(decode(&bytes));
    }

    #[test]
    fn random_columns_never_panic(columns in prop::collection::vec(any::<u8>(), 0..400)) {
        let block = columns::compress(&columns).unwrap();
        let mut bytes = vec![FORMAT, columns::DICTIONARY];
        fieldpost_log::wire::put_varint(&mut bytes, columns.len() as u64);
        fieldpost_log::wire::put_varint(&mut bytes, block.len() as u64);
        bytes.extend_from_slice(&block);
        drop(decode(&bytes));
    }
}
