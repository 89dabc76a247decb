use proptest::prelude::*;

use super::*;

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(Suite::One, &[seed; 32])
}

fn cover() -> Item {
    Item::Cover(Cover { site: "Edge".to_owned(), written_at: 7, seen: vec![3, 2] })
}

fn bundle(items: &[Item]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let from = key(1);
    let to = key(2).verifying_key();
    let mut writer = Writer::begin(&mut bytes, &from, to, [9; 32]).unwrap();
    items.iter().for_each(|item| writer.add(item).unwrap());
    let written = writer.finish().unwrap();
    assert_eq!(written, bytes.len() as u64);
    bytes
}

fn whole() -> Vec<Item> {
    let batch = Frame::Batch { number: 1, signature: vec![1; 64], body: vec![2; 3000] };
    let file = Item::File { content: [5; 32], size: 5 };
    let parts = [Item::Part(vec![1, 2, 3]), Item::Part(vec![4, 5])];
    [vec![cover(), Item::Frame(batch), file], parts.to_vec()].concat()
}

fn reader(bytes: &[u8], to: u8) -> Result<Reader<&[u8]>, Unreadable> {
    let known = [key(3).verifying_key(), key(1).verifying_key()];
    Reader::begin(bytes, &key(to), &known)
}

fn check(bytes: &[u8]) -> Result<Cover, Unreadable> {
    reader(bytes, 2)?.check()
}

#[test]
fn what_is_written_is_read() {
    let bytes = bundle(&whole());
    let mut reader = reader(&bytes, 2).unwrap();
    assert_eq!(reader.from(), &key(1).verifying_key());
    let mut items = Vec::new();
    while let Some(item) = reader.item().unwrap() {
        items.push(item);
    }
    assert_eq!(items, whole());
    assert!(reader.item().unwrap().is_none());
    assert_eq!(Item::Cover(check(&bytes).unwrap()), cover());
}

/// The bytes stay what they are: other releases read them.
#[test]
fn the_bytes_of_a_bundle_are_these() {
    let bytes = bundle(&whole());
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let outside = "465042554e444c450101faab6c4d966e1ce89e00c5cebea4ba05a837867f9a9a2682\
                   e05d3b3f070e8c10cf72de2741e9ffcf12ab817cf7496330";
    assert_eq!(hex(&bytes[..HEADER + OPENING]), outside);
    let mut digest = BundleDigest::default();
    digest.add(&bytes);
    let all = "92a924c2f337247b38d35238e417a4a09a3dc3da16085ad4b1b0fcb26121405c";
    assert_eq!((bytes.len(), digest.digest().to_string().as_str()), (3365, all));
}

#[test]
fn the_outside_says_for_whom_it_is_and_from_whom() {
    let bytes = bundle(&[cover()]);
    let [from, to] = [1, 2].map(|seed| key(seed).verifying_key());
    assert_eq!((is_for(&bytes, &to), is_for(&bytes, &from)), (Some(true), Some(false)));
    assert_eq!((is_from(&bytes, &to), is_from(&bytes, &from)), (Some(false), Some(true)));
    assert_eq!((is_for(&bytes[..HEADER - 1], &to), is_for(&bytes[1..], &to)), (None, None));
}

#[test]
fn it_is_read_by_nobody_else_and_from_nobody_who_is_not_known() {
    let bytes = bundle(&whole());
    assert!(matches!(reader(&bytes, 4), Err(Unreadable::NotOpened)));
    let stranger = Reader::begin(&bytes[..], &key(2), &[key(3).verifying_key()]);
    assert!(matches!(stranger, Err(Unreadable::NotOpened)));
}

#[test]
fn no_byte_of_it_can_be_altered_left_out_or_added() {
    let bytes = bundle(&[cover()]);
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut altered = bytes.clone();
            altered[at] ^= 1 << bit;
            assert!(check(&altered).is_err(), "bit {bit} of byte {at}");
        }
        assert!(check(&bytes[..at]).is_err(), "cut at {at}");
    }
    assert!(check(&[&bytes[..], b"x"].concat()).is_err());
    check(&bytes).unwrap();
}

#[test]
fn pieces_cannot_be_moved_or_left_out() {
    let bytes = bundle(&whole());
    let mut pieces = Vec::new();
    let mut at = HEADER + OPENING;
    while at < bytes.len() {
        let length = u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) & !LAST;
        let end = at + 4 + length as usize;
        pieces.push(&bytes[at..end]);
        at = end;
    }
    let head = &bytes[..HEADER + OPENING];
    assert_eq!(pieces.len(), whole().len() + 1);
    let put = |order: &[usize]| {
        let body: Vec<u8> = order.iter().flat_map(|n| pieces[*n].to_vec()).collect();
        check(&[head, &body].concat())
    };
    put(&[0, 1, 2, 3, 4, 5]).unwrap();
    for order in [&[0, 2, 1, 3, 4, 5][..], &[0, 1, 2, 3, 5], &[0, 1, 1, 2, 3, 4, 5], &[0, 5]] {
        assert!(put(order).is_err(), "{order:?}");
    }
}

#[test]
fn who_holds_the_key_and_writes_nonsense_is_refused_before_anything_counts() {
    let file = |size| Item::File { content: [5; 32], size };
    let part = |length| Item::Part(vec![0; length]);
    for (what, items) in [
        ("nothing", vec![]),
        ("no cover", vec![file(0)]),
        ("two covers", vec![cover(), cover()]),
        ("a part of no file", vec![cover(), part(1)]),
        ("more than the file", vec![cover(), file(2), part(3)]),
        ("less than the file", vec![cover(), file(2), part(1)]),
        ("a file in a file", vec![cover(), file(2), part(1), file(1), part(1)]),
        ("an empty part", vec![cover(), file(1), part(0), part(1)]),
    ] {
        assert!(matches!(check(&bundle(&items)), Err(Unreadable::Malformed(_))), "{what}");
    }
}

#[test]
fn a_piece_cannot_promise_more_than_there_is() {
    let bytes = bundle(&[cover()]);
    let mut long = bytes[..HEADER + OPENING].to_vec();
    long.extend_from_slice(&(MOST_PIECE as u32 + SEAL as u32).to_be_bytes());
    assert!(matches!(check(&long), Err(Unreadable::Io(_))));
    let at = long.len() - 4;
    long[at..].copy_from_slice(&(MOST_PIECE as u32 + SEAL as u32 + 1).to_be_bytes());
    assert!(matches!(check(&long), Err(Unreadable::Malformed(_))));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        drop(check(&bytes));
        let mut begun = bundle(&[])[..HEADER + OPENING].to_vec();
        begun.extend(bytes);
        drop(check(&begun));
    }
}
