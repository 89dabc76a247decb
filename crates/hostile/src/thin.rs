//! Thin datagrams: what comes over a radio or a serial line, on which anybody may write.

use std::time::Duration;

use fieldpost_log::{SigningKey, Suite};
use fieldpost_thin::reread_bulk;
use fieldpost_thin::{CALL_LENGTH, Class, Engine, Finder, Next, Settings, enclose, reread};
use fieldpost_thin::{CallSign, FrameFinder, Stations};

fn site(seed: u8) -> SigningKey {
    SigningKey::from_seed(Suite::One, &[seed; 32])
}

fn engine(own: u8, peer: u8) -> Engine {
    let settings = Settings::of_rate(2_400);
    let mut engine = Engine::new(settings, site(own), site(peer).verifying_key()).unwrap();
    engine.begin(Duration::ZERO, [own; 8]);
    engine
}

/// What a call of the other site looks like on a line.
fn call() -> Vec<u8> {
    let next = engine(1, 2).next(Duration::from_secs(60));
    let call = if let Next::Send(call) = next { Some(call) } else { None };
    call.unwrap()
}

/// Bytes of a line give datagrams, and an end that hears them begins nothing and says little: at most
/// the answer to a call that was overheard.
pub(crate) fn line(bytes: &[u8]) {
    let mut engine = engine(2, 1);
    let mut finder = Finder::default();
    let (mut said, mut calls) = (0, 0);
    for piece in bytes.chunks(100) {
        for datagram in finder.take(piece) {
            assert!(datagram.len() <= bytes.len());
            calls += usize::from(engine.hear(Duration::ZERO, &datagram));
            if let Next::Send(answer) = engine.next(Duration::ZERO) {
                said += answer.len();
            }
        }
    }
    // Its own call may be one of them.
    assert!(said <= 2 * CALL_LENGTH * (1 + calls.min(1)));
    assert_eq!(engine.begun(), (0, false));
    for class in Class::ALL {
        assert_eq!(engine.take(class), Ok(None));
    }
}

pub(crate) fn line_seeds() -> Vec<Vec<u8>> {
    vec![enclose(&call()), [enclose(&call()), enclose(&[0x1a; 60])].concat()]
}

fn stations() -> Stations {
    let [own, peer] = ["N0CALL-2", "N0CALL-1"].map(|name| CallSign::parse(name).unwrap());
    Stations { own, peer }
}

/// What a modem of packet radio gives is within bounds, the same however it is cut, and comes out of
/// the other station's frames as it went in.
pub(crate) fn kiss(bytes: &[u8]) {
    let at_once = FrameFinder::new(stations()).take(bytes);
    let mut finder = FrameFinder::new(stations());
    let in_pieces: Vec<_> = bytes.chunks(7).flat_map(|piece| finder.take(piece)).collect();
    assert_eq!(at_once, in_pieces);
    let Stations { own, peer } = stations();
    let sender = Stations { own: peer, peer: own };
    for datagram in at_once {
        assert!(datagram.len() < 2_048.min(bytes.len()));
        assert_eq!(FrameFinder::new(stations()).take(&sender.enclose(&datagram)), [datagram]);
    }
}

pub(crate) fn kiss_seeds() -> Vec<Vec<u8>> {
    let Stations { own, peer } = stations();
    let sender = Stations { own: peer, peer: own };
    vec![sender.enclose(&call()), [sender.enclose(&[0xc0; 9]), sender.enclose(&[0xdb])].concat()]
}

/// What was sealed by the other site is read in one way or refused: first the flags, then the content.
pub(crate) fn datagram(bytes: &[u8]) {
    let Some((&flags, content)) = bytes.split_first() else { return };
    if let Ok(written) = reread(flags, content) {
        assert_eq!(written, (flags, content.to_vec()));
    }
}

pub(crate) fn datagram_seeds() -> Vec<Vec<u8>> {
    vec![
        vec![0b0001_1010, 1, 2, 2, 0, 5, 0x83, 4, 7, 8],
        vec![0b0000_1000, 0x40, 0, 9, 9],
        vec![0b0001_0111, 0, 1, 0, 0, 2, 1, 8, 0, 3, 0],
    ]
}

/// So is what is said of a request.
pub(crate) fn bulk(bytes: &[u8]) {
    if let Some(written) = reread_bulk(bytes) {
        assert_eq!(written, bytes);
    }
}

pub(crate) fn bulk_seeds() -> Vec<Vec<u8>> {
    vec![vec![0, 1, 9, 8], vec![1, 0xac, 2, 7], vec![2, 2], vec![3, 3, 1], vec![4, 4]]
}
