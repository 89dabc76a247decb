//! Two sites in one process, over the machine's own network.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use fieldpost_log::{SigningKey, Suite, VerifyingKey};
use tokio::net::UdpSocket;
use tokio::time::Instant;

use crate::{
    CarriageError, Connection, Declined, Ending, Endpoint, Guests, LONGEST_FRAME, LONGEST_REQUEST,
    Purpose,
};

const HQ: [u8; 32] = [1; 32];
const EDGE: [u8; 32] = [2; 32];
const STRANGER: [u8; 32] = [3; 32];

fn key(seed: &[u8; 32]) -> VerifyingKey {
    SigningKey::from_seed(Suite::One, seed).verifying_key()
}

/// Headquarters knows the edge, and may have an invitation open.
#[derive(Default)]
struct Book {
    inviting: AtomicBool,
}

impl Guests for Book {
    fn knows(&self, guest: &VerifyingKey) -> bool {
        *guest == key(&EDGE)
    }

    fn expects_strangers(&self) -> bool {
        self.inviting.load(Ordering::Relaxed)
    }
}

fn loopback(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

fn listener(book: &Arc<Book>) -> Endpoint {
    Endpoint::bind(Some(loopback(0)), &HQ, book.clone()).unwrap()
}

fn dialler(seed: &[u8; 32]) -> Endpoint {
    Endpoint::bind(None, seed, Arc::new(Book::default())).unwrap()
}

fn address(endpoint: &Endpoint) -> String {
    endpoint.local_addr().unwrap().to_string()
}

/// Both ends of a link, with the endpoints that keep it alive.
struct Pair {
    hq: Connection,
    edge: Connection,
    listens: Endpoint,
    dials: Endpoint,
}

async fn pair() -> Pair {
    let (listens, dials) = (listener(&Arc::default()), dialler(&EDGE));
    let to = address(&listens);
    let hq_key = key(&HQ);
    let (edge, hq) = tokio::join!(dials.dial(&to, &hq_key, Purpose::Link), listens.accept());
    Pair { hq: hq.unwrap(), edge: edge.unwrap(), listens, dials }
}

#[tokio::test]
async fn each_side_learns_the_key_and_the_purpose() {
    let pair = pair().await;
    assert_eq!(*pair.hq.peer_key(), key(&EDGE));
    assert_eq!(*pair.edge.peer_key(), key(&HQ));
    assert_eq!(pair.hq.purpose(), Purpose::Link);
    assert_eq!(pair.edge.purpose(), Purpose::Link);
    assert_eq!(pair.edge.remote_address(), pair.listens.local_addr().unwrap());
}

#[tokio::test]
async fn frames_arrive_whole_and_in_order_on_both_sides() {
    let pair = pair().await;
    let (mut to_edge, mut at_hq) = pair.hq.frames().unwrap();
    let (mut to_hq, mut at_edge) = pair.edge.frames().unwrap();
    assert!(matches!(pair.hq.frames(), Err(CarriageError::Taken)));
    let sizes = [0, 1, 127, 128, 70_000, 3];
    let send = async {
        for size in sizes {
            to_edge.send(&vec![7; size]).await.unwrap();
            to_hq.send(&vec![8; size]).await.unwrap();
        }
        to_edge.finish().unwrap();
    };
    let receive = async {
        for size in sizes {
            assert_eq!(at_edge.next().await.unwrap(), Some(vec![7; size]));
            assert_eq!(at_hq.next().await.unwrap(), Some(vec![8; size]));
        }
        assert_eq!(at_edge.next().await.unwrap(), None);
    };
    tokio::join!(send, receive);
}

#[tokio::test]
async fn the_longest_frame_arrives_and_a_longer_one_is_not_sent() {
    let pair = pair().await;
    let (mut out, _) = pair.edge.frames().unwrap();
    let (_, mut inn) = pair.hq.frames().unwrap();
    let longest = vec![9; LONGEST_FRAME];
    let (sent, received) = tokio::join!(out.send(&longest), inn.next());
    sent.unwrap();
    assert!(received.unwrap() == Some(longest.clone()));
    let longer = [longest, vec![9]].concat();
    assert!(matches!(out.send(&longer).await, Err(CarriageError::TooLong(LONGEST_FRAME))));
}

/// What the other side hears when it is sent these bytes on the channel of frames.
async fn hears(bytes: &[u8]) -> CarriageError {
    let pair = pair().await;
    let (mut out, _inn) = pair.edge.frames().unwrap();
    let (_out, mut inn) = pair.hq.frames().unwrap();
    out.raw().write_all(bytes).await.unwrap();
    out.finish().unwrap();
    inn.next().await.unwrap_err()
}

#[tokio::test]
async fn lengths_that_lie_and_frames_cut_short_are_errors() {
    // 8 MiB and one byte; no byte of it needs to follow.
    assert!(matches!(hears(&[0x81, 0x80, 0x80, 4]).await, CarriageError::TooLong(LONGEST_FRAME)));
    assert!(matches!(hears(&[0x80, 0]).await, CarriageError::Malformed(_)));
    assert!(matches!(hears(&[5, 1, 2]).await, CarriageError::Truncated));
    assert!(matches!(hears(&[0x80]).await, CarriageError::Truncated));
}

#[tokio::test]
async fn a_stranger_is_refused_in_the_handshake() {
    let book = Arc::new(Book::default());
    let (listens, stranger) = (listener(&book), dialler(&STRANGER));
    let to = address(&listens);
    for purpose in [Purpose::Link, Purpose::Pair] {
        let answer = stranger.dial(&to, &key(&HQ), purpose).await;
        assert!(matches!(answer, Err(CarriageError::Refused(_))), "{purpose:?}: {answer:?}");
    }
    book.inviting.store(true, Ordering::Relaxed);
    let answer = stranger.dial(&to, &key(&HQ), Purpose::Link).await;
    assert!(matches!(answer, Err(CarriageError::Refused(_))), "{answer:?}");
    // Nobody was announced: the first to be is one who may.
    let edge = dialler(&EDGE);
    let hq_key = key(&HQ);
    let (_edge, first) = tokio::join!(edge.dial(&to, &hq_key, Purpose::Link), listens.accept());
    assert_eq!(*first.unwrap().peer_key(), key(&EDGE));
}

#[tokio::test]
async fn a_stranger_may_pair_while_an_invitation_is_open() {
    let book = Arc::new(Book::default());
    book.inviting.store(true, Ordering::Relaxed);
    let (listens, stranger) = (listener(&book), dialler(&STRANGER));
    let (to, hq_key) = (address(&listens), key(&HQ));
    let (dialled, accepted) =
        tokio::join!(stranger.dial(&to, &hq_key, Purpose::Pair), listens.accept());
    let accepted = accepted.unwrap();
    assert_eq!(*accepted.peer_key(), key(&STRANGER));
    assert_eq!(accepted.purpose(), Purpose::Pair);
    assert_eq!(dialled.unwrap().purpose(), Purpose::Pair);
}

#[tokio::test]
async fn a_listener_with_another_key_is_refused() {
    let (listens, dials) = (listener(&Arc::default()), dialler(&EDGE));
    let answer = dials.dial(&address(&listens), &key(&STRANGER), Purpose::Link).await;
    assert!(matches!(answer, Err(CarriageError::WrongKey)), "{answer:?}");
}

#[tokio::test]
async fn an_address_that_is_none_is_an_error() {
    let answer = dialler(&EDGE).dial("not an address", &key(&HQ), Purpose::Link).await;
    assert!(matches!(answer, Err(CarriageError::Address(_))), "{answer:?}");
}

#[tokio::test]
async fn a_listening_endpoint_dials_from_the_same_port() {
    let listens = listener(&Arc::default());
    let other = Endpoint::bind(Some(loopback(0)), &EDGE, Arc::new(Book::default())).unwrap();
    let (to, hq_key) = (address(&listens), key(&HQ));
    let (dialled, accepted) =
        tokio::join!(other.dial(&to, &hq_key, Purpose::Link), listens.accept());
    dialled.unwrap();
    assert_eq!(accepted.unwrap().remote_address(), other.local_addr().unwrap());
}

/// Everything that answers a request, and how the answer ended.
async fn answer(asks: &Connection, request: &[u8]) -> (Vec<u8>, Result<(), CarriageError>) {
    let mut reader = asks.request(request).await.unwrap();
    let mut all = Vec::new();
    loop {
        match reader.next().await {
            Ok(Some(bytes)) => all.extend_from_slice(&bytes),
            Ok(None) => return (all, Ok(())),
            Err(error) => return (all, Err(error)),
        }
    }
}

#[tokio::test]
async fn a_request_is_answered_with_a_stream() {
    let pair = pair().await;
    let blob: Vec<u8> = (0..1_000_000u32).map(|n| (n % 251) as u8).collect();
    // Either side may ask.
    for (asks, answers) in [(&pair.edge, &pair.hq), (&pair.hq, &pair.edge)] {
        let serve = async {
            let (request, mut out) = answers.next_request().await.unwrap();
            assert_eq!(request, b"the blob");
            out.write_all(&blob).await.unwrap();
            out.finish().unwrap();
        };
        let ((), (all, end)) = tokio::join!(serve, answer(asks, b"the blob"));
        end.unwrap();
        assert!(all == blob);
    }
}

#[tokio::test]
async fn a_request_is_refused_with_a_code_or_given_up() {
    let pair = pair().await;
    let serve = async {
        pair.hq.next_request().await.unwrap().1.refuse(404);
        let (_, mut out) = pair.hq.next_request().await.unwrap();
        out.write_all(b"the beginning").await.unwrap();
        drop(out);
    };
    let ask = async {
        let (_, refused) = answer(&pair.edge, b"one").await;
        assert!(matches!(refused, Err(CarriageError::Declined(Declined::Code(404)))));
        let (_, given_up) = answer(&pair.edge, b"another").await;
        assert!(matches!(given_up, Err(CarriageError::Declined(Declined::Abandoned))));
    };
    tokio::join!(serve, ask);
}

#[tokio::test]
async fn requests_that_cannot_be_read_are_declined_and_the_next_is_served() {
    let pair = pair().await;
    let ask = async {
        for bad in [&[][..], &[5, 1], &[0xff, 0xff, 0xff]] {
            let (mut out, mut answer) = pair.edge.quic().open_bi().await.unwrap();
            out.write_all(bad).await.unwrap();
            out.finish().unwrap();
            let declined = quinn::ReadError::Reset(Declined::Unreadable.code());
            assert_eq!(answer.read_chunk(1, true).await.map(|_| ()), Err(declined));
        }
        let too_long = pair.edge.request(&vec![0; LONGEST_REQUEST + 1]).await;
        assert!(matches!(too_long, Err(CarriageError::TooLong(LONGEST_REQUEST))));
        answer(&pair.edge, b"good").await.1.unwrap();
    };
    let serve = async {
        let (request, out) = pair.hq.next_request().await.unwrap();
        assert_eq!(request, b"good");
        out.finish().unwrap();
    };
    tokio::join!(ask, serve);
}

#[tokio::test]
async fn a_reader_that_is_dropped_stops_the_writer() {
    let pair = pair().await;
    drop(pair.edge.request(b"never mind").await.unwrap());
    let (_, mut out) = pair.hq.next_request().await.unwrap();
    let stopped = loop {
        if let Err(error) = out.write_all(&[0; 100_000]).await {
            break error;
        }
    };
    assert!(matches!(stopped, CarriageError::Unwanted), "{stopped:?}");
}

#[tokio::test]
async fn four_requests_are_answered_at_once_and_the_fifth_waits() {
    let pair = pair().await;
    let mut busy = Vec::new();
    for _ in 0..4 {
        let reader = pair.edge.request(b"slow").await.unwrap();
        busy.push((reader, pair.hq.next_request().await.unwrap().1));
    }
    let fifth = pair.edge.request(b"fifth");
    tokio::pin!(fifth);
    let (mut first, writer) = busy.remove(0);
    tokio::select! {
        biased;
        _ = &mut fifth => panic!("the fifth did not wait"),
        () = std::future::ready(()) => writer.finish().unwrap(),
    }
    assert_eq!(first.next().await.unwrap(), None);
    let (fifth, served) = tokio::join!(fifth, pair.hq.next_request());
    fifth.unwrap();
    assert_eq!(served.unwrap().0, b"fifth");
}

#[tokio::test]
async fn no_more_leaves_than_a_limit_allows() {
    let pair = pair().await;
    pair.hq.limit(Some(200_000));
    let (from, begun) = (pair.hq.stats().sent_bytes, Instant::now());
    let (mut out, _) = pair.hq.frames().unwrap();
    let (_, mut inn) = pair.edge.frames().unwrap();
    let (sent, heard) = tokio::join!(out.send(&[7; 50_000]), inn.next());
    sent.unwrap();
    assert_eq!(heard.unwrap().unwrap().len(), 50_000);
    let may = begun.elapsed().as_secs_f64() * 25_000.0;
    let sent = (pair.hq.stats().sent_bytes - from) as f64;
    assert!(sent > 50_000.0 && sent < may + 25_000.0, "{sent} bytes, not {may}");
    // Once it is taken away, as much leaves as can.
    pair.hq.limit(None);
    let (sent, heard) = tokio::join!(out.send(&[7; 5_000_000]), inn.next());
    sent.unwrap();
    assert_eq!(heard.unwrap().unwrap().len(), 5_000_000);
}

#[tokio::test]
async fn a_frame_overtakes_bulk_data() {
    let pair = pair().await;
    let mut reader = pair.edge.request(b"endless").await.unwrap();
    let (_, mut bulk) = pair.hq.next_request().await.unwrap();
    let (mut out, _inn) = pair.hq.frames().unwrap();
    let (_out, mut inn) = pair.edge.frames().unwrap();
    let endless = async {
        loop {
            bulk.write_all(&[0; 100_000]).await.unwrap();
        }
    };
    let read = async { while reader.next().await.unwrap().is_some() {} };
    let frame = async {
        out.send(b"urgent").await.unwrap();
        inn.next().await.unwrap()
    };
    tokio::select! {
        () = endless => panic!("endless data ended"),
        () = read => panic!("endless data ended"),
        frame = frame => assert_eq!(frame, Some(b"urgent".to_vec())),
    }
}

#[tokio::test]
async fn an_urgent_request_overtakes_frames_that_nobody_reads() {
    let pair = pair().await;
    let (mut out, _inn) = pair.hq.frames().unwrap();
    // Nobody reads, so the other side takes 10 MiB and no more.
    let taken = tokio::sync::watch::Sender::new(0);
    let frames = async {
        loop {
            out.send(&[0; 1 << 20]).await.unwrap();
            taken.send_modify(|taken| *taken += 1);
        }
    };
    let urgent = async {
        taken.subscribe().wait_for(|taken| *taken >= 9).await.unwrap();
        pair.hq.urgent_request(b"man overboard").await.unwrap()
    };
    let heard = async { pair.edge.next_request().await.unwrap() };
    tokio::select! {
        () = frames => panic!("endless frames ended"),
        ((request, _), _) = async { tokio::join!(heard, urgent) } => {
            assert_eq!(request, b"man overboard");
        }
    }
}

#[tokio::test]
async fn reasons_reach_the_other_side() {
    let pair = pair().await;
    let (_out, mut inn) = pair.hq.frames().unwrap();
    pair.edge.close(7, "radio silence");
    let there = Ending::There { code: 7, reason: "radio silence".to_owned() };
    assert_eq!(pair.hq.closed().await, there);
    assert_eq!(pair.edge.closed().await, Ending::Here);
    let read = inn.next().await;
    assert!(matches!(read, Err(CarriageError::Closed(ending)) if ending == there));
    assert!(matches!(pair.hq.next_request().await, Err(CarriageError::Closed(_))));
    assert!(matches!(pair.hq.request(b"late").await, Err(CarriageError::Closed(_))));
}

#[tokio::test]
async fn an_endpoint_that_is_shut_down_tells_everybody_and_accepts_no_more() {
    let pair = pair().await;
    let ((), ending) = tokio::join!(pair.listens.shutdown(9, "maintenance"), pair.edge.closed());
    assert_eq!(ending, Ending::There { code: 9, reason: "maintenance".to_owned() });
    assert!(pair.listens.accept().await.is_none());
    // Whoever does not listen might be dialled through a tunnel until it is shut down, too.
    pair.dials.shutdown(0, "").await;
    assert!(pair.dials.accept().await.is_none());
}

/// The port is free once the old endpoint's tasks have ended.
async fn listener_again(at: SocketAddr) -> Endpoint {
    let bound = async {
        loop {
            match Endpoint::bind(Some(at), &HQ, Arc::new(Book::default())) {
                Ok(endpoint) => return endpoint,
                Err(CarriageError::Bind(_)) => tokio::task::yield_now().await,
                Err(error) => panic!("{error}"),
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), bound).await.expect("the port is free again")
}

#[tokio::test]
async fn the_link_comes_back_after_the_other_site_was_restarted() {
    let Pair { hq, edge, listens, dials } = pair().await;
    let at = listens.local_addr().unwrap();
    drop((hq, listens));
    assert!(matches!(edge.closed().await, Ending::There { code: 0, .. }));
    let again = listener_again(at).await;
    let (to, hq_key) = (at.to_string(), key(&HQ));
    let (dialled, accepted) = tokio::join!(dials.dial(&to, &hq_key, Purpose::Link), again.accept());
    let (mut out, _inn) = dialled.as_ref().unwrap().frames().unwrap();
    let (_out, mut inn) = accepted.as_ref().unwrap().frames().unwrap();
    out.send(b"again").await.unwrap();
    assert_eq!(inn.next().await.unwrap(), Some(b"again".to_vec()));
}

/// A link whose listener lives in a runtime of its own, and is gone with it without a word.
async fn link_with_a_mortal(
    dials: &Endpoint,
) -> (Connection, SocketAddr, impl FnOnce() + Send + use<>) {
    let mortal = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let inside = mortal.enter();
    let listens = Arc::new(listener(&Arc::default()));
    drop(inside);
    let at = listens.local_addr().unwrap();
    let door = listens.clone();
    let accepted = mortal.spawn(async move { door.accept().await.unwrap() });
    let edge = dials.dial(&at.to_string(), &key(&HQ), Purpose::Link).await.unwrap();
    let hq = accepted.await.unwrap();
    let kill = move || {
        mortal.shutdown_timeout(Duration::from_secs(60));
        drop((hq, listens));
    };
    (edge, at, kill)
}

#[tokio::test]
async fn a_site_that_lost_its_memory_says_so() {
    let dials = dialler(&EDGE);
    let (edge, at, kill) = link_with_a_mortal(&dials).await;
    tokio::task::spawn_blocking(kill).await.unwrap();
    assert_eq!(edge.quic().close_reason(), None);
    let _again = listener_again(at).await;
    // Anything it is sent shows that it does not know the connection any more.
    let (mut out, _inn) = edge.frames().unwrap();
    let sent = out.send(&[1; 200]).await;
    assert!(sent.is_ok());
    assert_eq!(edge.closed().await, Ending::Forgotten);
}

#[tokio::test]
async fn whoever_waits_for_an_answer_learns_that_the_other_side_has_lost_its_memory() {
    // It does not ask for another reason meanwhile.
    let dials = dialler(&EDGE).keeping_alive_every(Duration::from_secs(3600));
    let (edge, at, kill) = link_with_a_mortal(&dials).await;
    let mut answer = edge.request(b"a file").await.unwrap();
    // The request is acknowledged, so that nothing more is sent because of it.
    tokio::time::sleep(Duration::from_millis(500)).await;
    tokio::task::spawn_blocking(kill).await.unwrap();
    let _again = listener_again(at).await;
    assert!(matches!(answer.next().await, Err(CarriageError::Closed(Ending::Forgotten))));
}

#[tokio::test]
async fn the_side_that_dialled_asks_whether_the_other_is_there() {
    let listens = listener(&Arc::default());
    let dials = dialler(&EDGE).keeping_alive_every(Duration::from_millis(20));
    let (to, hq) = (address(&listens), key(&HQ));
    let (edge, hq) = tokio::join!(dials.dial(&to, &hq, Purpose::Link), listens.accept());
    let (edge, hq) = (edge.unwrap(), hq.unwrap());
    let heard = |of: &Connection| of.quic().stats().udp_rx.datagrams;
    let before = (heard(&edge), heard(&hq));
    while heard(&edge) < before.0 + 10 || heard(&hq) < before.1 + 10 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn what_a_connection_costs_is_counted_with_headers() {
    let pair = pair().await;
    let (mut out, _inn) = pair.edge.frames().unwrap();
    let (_out, mut inn) = pair.hq.frames().unwrap();
    let before = pair.edge.stats();
    out.send(&[1; 5_000]).await.unwrap();
    inn.next().await.unwrap();
    let after = pair.edge.stats();
    assert!(after.sent_packets > before.sent_packets && after.lost_packets <= after.sent_packets);
    // Five packets of at most 1,200 bytes with 28 bytes of headers each.
    assert!(after.sent_bytes >= before.sent_bytes + 5_000 + 5 * 28);
    let udp = pair.edge.quic().stats().udp_tx;
    assert!(after.sent_bytes <= udp.bytes + udp.datagrams * 28);
    assert!(pair.hq.stats().received_bytes > 5_000);
    assert!(after.congestion_window > 0);
}

#[tokio::test]
async fn streams_that_are_no_part_of_the_protocol_find_no_room() {
    let pair = pair().await;
    tokio::select! {
        biased;
        _ = pair.edge.quic().open_uni() => panic!("a stream that nobody reads"),
        () = std::future::ready(()) => {}
    }
}

/// Whether anything comes back from an address at which somebody calls who speaks another version.
async fn is_answered(address: &str) -> bool {
    let caller = UdpSocket::bind(loopback(0)).await.unwrap();
    // A long header of a version that nobody knows (RFC 9000, sections 6 and 15), as long as the
    // first of a connection must be.
    let mut called = vec![0; 1200];
    called[..7].copy_from_slice(&[0xc0, 0x1a, 0x2a, 0x3a, 0x4a, 1, 7]);
    caller.send_to(&called, address).await.unwrap();
    let answer = tokio::time::timeout(Duration::from_millis(300), caller.recv(&mut called));
    answer.await.is_ok()
}

/// Calls an address until something comes back.
async fn answers(address: &str) {
    let called = async { while !is_answered(address).await {} };
    tokio::time::timeout(Duration::from_secs(60), called).await.expect("it is answered");
}

#[tokio::test]
async fn whoever_is_silent_answers_nobody() {
    let pair = pair().await;
    let address = address(&pair.listens);
    answers(&address).await;
    pair.hq.close(1, "silence");
    pair.listens.fall_silent();
    // The goodbye still leaves.
    let ending = pair.edge.closed().await;
    assert!(matches!(&ending, Ending::There { code: 1, .. }), "{ending:?}");
    while is_answered(&address).await {}
    assert!(!is_answered(&address).await);
    let hq = key(&HQ);
    let dialled = pair.dials.dial(&address, &hq, Purpose::Link);
    assert!(tokio::time::timeout(Duration::from_millis(300), dialled).await.is_err());
    pair.listens.speak();
    answers(&address).await;
    let (edge, hq) =
        tokio::join!(pair.dials.dial(&address, &hq, Purpose::Link), pair.listens.accept());
    assert!(edge.is_ok() && hq.is_some());
}
