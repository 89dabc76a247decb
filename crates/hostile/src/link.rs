//! What another site sends: batches, frames, what is held of logs, codes of invitations.

use std::sync::LazyLock;

use fieldpost_link::invite::Code;
use fieldpost_log::{
    Epoch, Held, LogName, Ranges, SaltTree, Scope, ScopeKind, SigningKey, SiteId, Stamp, Suite,
    proof_of,
};
use fieldpost_model::Id;
use fieldpost_replica::bundle::{Cover, Item, Reader, Writer};
use fieldpost_replica::{
    BatchReader, BatchWriter, Coding, DerivedPost, Entry, FileRequest, Format, Frame, Head,
    HeldLog, Hints, Known, LONGEST_PREVIEW, MOST_BYTES, MOST_ENTRIES, MOST_PREVIEWED, Mark, Offer,
    Preview, Readiness, Request, Run, Unread, Urgent, Vouched, Voucher, decode, encode,
    mark_of_epoch, mark_of_id, readiness, write_preview,
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
    for format in FORMATS {
        let bytes = writer(format).write(&runs, &[], Coding::Terse).unwrap();
        assert_eq!(decode(&bytes).as_ref(), Ok(&runs));
    }
}

/// Formats in which batches are written.
const FORMATS: [Format; 2] = [Format::Three, Format::Four];

/// Who begins to write in a format.
fn writer(format: Format) -> BatchWriter {
    let mut writer = BatchWriter::default();
    writer.speak(format);
    writer
}

/// Whatever comes between two batches of a conversation, the second is read as it was written, or
/// its writer is told to begin anew.
pub(crate) fn conversation(bytes: &[u8]) {
    LazyLock::force(&READY);
    FORMATS.into_iter().for_each(|format| conversation_in(format, bytes));
}

fn conversation_in(format: Format, bytes: &[u8]) {
    let (mut writer, mut reader) = (writer(format), BatchReader::default());
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
    let runs = decode(&batch_seeds()[2]).unwrap();
    let mut seeds = Vec::new();
    for mut writer in FORMATS.map(writer) {
        seeds.extend((0..3).map(|_| writer.write(&runs, &[], Coding::Terse).unwrap()));
    }
    seeds
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
    let salts = SaltTree::secret_of_seed(&[5; 32]).to_vec();
    let whole = Run { salts, ..run(0, &texts[..1]) };
    let said: Vec<Hints> = texts.map(hints).to_vec();
    vec![
        encode(&[], &[]).unwrap(),
        encode(&[run(4, &texts)], &said).unwrap(),
        encode(&[run(4, &texts), run(9, &texts[..1])], &[]).unwrap(),
        BatchWriter::default().write(&[run(4, &texts)], &said, Coding::Quick).unwrap(),
        writer(Format::Four).write(&[run(4, &texts), whole], &said, Coding::Terse).unwrap(),
    ]
}

/// What can be read as a request is written as it was read, whatever form its numbers had.
pub(crate) fn request(bytes: &[u8]) {
    if let Ok(request) = Request::decode(bytes) {
        let encoded = request.encode();
        assert!(encoded.len() <= bytes.len());
        assert_eq!(Request::decode(&encoded), Ok(request));
    }
}

pub(crate) fn request_seeds() -> Vec<Vec<u8>> {
    let file = Request::File(FileRequest { content: [7; 32], from: 300 });
    let urgent = Urgent { signature: vec![5; 64], body: batch_seeds().swap_remove(1) };
    let preview = preview_seeds().swap_remove(0);
    let formats = Request::Formats(Format::NEWEST.number());
    let all = [file, Request::Urgent(urgent), Request::Preview(preview), formats];
    all.map(|request| request.encode()).to_vec()
}

/// What both sides know in the previews that are examples.
fn known() -> (Head, Known) {
    let scope = Scope::new(ScopeKind::Channel, Id::from_bytes([1; 16]));
    let log = LogName { site: SiteId([7; 16]), epoch: Epoch(1 << 60), scope };
    let author = Id::from_bytes([3; 16]);
    let whole = |bytes: [u8; 8]| Mark::among(&bytes, std::iter::empty(), 0);
    let head = Head {
        scope: whole(mark_of_id(scope.id)),
        epoch: whole(mark_of_epoch(log.epoch)),
        base: 3,
        own: vec![whole(mark_of_id(author))],
        ..Head::default()
    };
    let stamp = Stamp::new(1_767_225_600_000, 0);
    (head, Known { logs: vec![log], people: vec![author], base: 3, stamp })
}

/// What is read of a preview is within its bounds, and says the same when it is written again.
pub(crate) fn preview(bytes: &[u8]) {
    LazyLock::force(&READY);
    let Ok(opened) = Preview::open(bytes) else { return };
    assert!(bytes.len() <= LONGEST_PREVIEW);
    let (head, (_, known)) = (opened.head().clone(), known());
    let Ok(run) = opened.read(&known) else { return };
    assert!(run.log == known.logs[0] && run.first > known.base);
    assert!(run.proof.is_empty() && run.salts.is_empty());
    assert!((1..=MOST_PREVIEWED).contains(&run.entries.len()));
    // Without hints it may be too long.
    if let Some(again) = write_preview(&head, &known, &run, &[]) {
        let again = Preview::open(&again).unwrap();
        assert_eq!(*again.head(), head);
        assert_eq!(again.read(&known), Ok(run));
    }
}

pub(crate) fn preview_seeds() -> Vec<Vec<u8>> {
    LazyLock::force(&READY);
    let (head, known) = known();
    let entry = |text: &str| {
        let mut payload = vec![0; 17];
        payload.push(text.len() as u8);
        payload.extend_from_slice(text.as_bytes());
        payload.extend([0; 4]);
        let stamp = Stamp::new(1_767_225_660_000, 0);
        Entry { stamp, author: known.people[0], kind: 0x0401, payload }
    };
    let seed = |texts: &[&str]| {
        let (proof, salts) = (Vec::new(), Vec::new());
        let entries = texts.iter().map(|text| entry(text)).collect();
        let run = Run { log: known.logs[0], first: 4, entries, proof, salts };
        let hint = |text: &&str| Hints { text: (*text).to_owned(), ids: vec![(Id::NONE, None)] };
        let hints: Vec<Hints> = texts.iter().map(hint).collect();
        write_preview(&head, &known, &run, &hints).unwrap()
    };
    vec![seed(&["We are on our way"]), seed(&["Yes", "No", "Both"])]
}

fn site_key(seed: u8) -> SigningKey {
    SigningKey::from_seed(Suite::One, &[seed; 32])
}

/// A file that is said to be a bundle is one, or is refused for a reason.
pub(crate) fn bundle(bytes: &[u8]) {
    let known = [site_key(1).verifying_key()];
    let read = Reader::begin(bytes, &site_key(2), &known).and_then(Reader::check);
    match read {
        Ok(cover) => assert_eq!(Item::Cover(cover), cover_item()),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

fn cover_item() -> Item {
    Item::Cover(Cover { site: "hq".to_owned(), written_at: 7, seen: vec![3, 2] })
}

fn items() -> Vec<Item> {
    let frames = frame_seeds().into_iter().filter_map(|bytes| Frame::decode(&bytes).ok());
    let file = [Item::File { content: [5; 32], size: 3 }, Item::Part(vec![1, 2, 3])];
    [cover_item()].into_iter().chain(frames.map(Item::Frame)).chain(file).collect()
}

pub(crate) fn bundle_seeds() -> Vec<Vec<u8>> {
    let mut bytes = Vec::new();
    let from = site_key(1);
    let mut writer =
        Writer::begin(&mut bytes, &from, site_key(2).verifying_key(), [9; 32]).unwrap();
    items().iter().for_each(|item| writer.add(item).unwrap());
    writer.finish().unwrap();
    vec![bytes]
}

/// An item of a bundle has one encoding, unless a number in it is written longer than it need be.
pub(crate) fn item(bytes: &[u8]) {
    if let Ok(item) = Item::decode(bytes) {
        assert_eq!(Item::decode(&item.encode()), Ok(item));
    }
}

pub(crate) fn item_seeds() -> Vec<Vec<u8>> {
    items().iter().map(Item::encode).collect()
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
    let site = SiteId([6; 16]);
    let heads = vec![Vouched::Run(0), Vouched::Other(vec![7; 81])];
    let vouchers = vec![Voucher { signature: vec![2; 64], heads }];
    [
        Frame::Hello { name: "hq".to_owned(), received: 7, held: [3; 32] },
        Frame::Offers { open: vec![Offer { channel: id, team: id }], closed: vec![id], all: true },
        Frame::Batch { number: 8, signature: vec![1; 64], body: vec![1, 1, 0] },
        Frame::Kept { number: 8 },
        Frame::Refused { number: 8, why: "no".to_owned() },
        Frame::Recount,
        Frame::Holding { received: 7, logs: vec![held.clone()], more: true },
        Frame::States { channels: vec![(id, [4; 32])] },
        Frame::Relay { site, key: vec![1; 33], name: "ship".to_owned() },
        Frame::Wanted { site, without: vec![id], held: [5; 32] },
        Frame::Unwanted { site },
        Frame::RecountOf { site },
        Frame::HoldingOf { site, logs: vec![held], more: false },
        Frame::Relayed { number: 9, signature: Vec::new(), vouchers, body: vec![1, 1, 0] },
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
