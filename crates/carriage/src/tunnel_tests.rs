//! Two sites in one process, through tunnels that a test carries.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use fieldpost_log::{SigningKey, Suite, VerifyingKey};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::{CarriageError, Connection, Ending, Endpoint, Guests, Purpose, Tunnel};

const HQ: [u8; 32] = [1; 32];
const EDGE: [u8; 32] = [2; 32];

struct Anybody;

impl Guests for Anybody {
    fn knows(&self, _: &VerifyingKey) -> bool {
        true
    }

    fn expects_strangers(&self) -> bool {
        false
    }
}

struct Nobody;

impl Guests for Nobody {
    fn knows(&self, _: &VerifyingKey) -> bool {
        false
    }

    fn expects_strangers(&self) -> bool {
        false
    }
}

fn key(seed: &[u8; 32]) -> VerifyingKey {
    SigningKey::from_seed(Suite::One, seed).verifying_key()
}

/// A site that nobody can call by UDP.
fn site(seed: &[u8; 32], guests: Arc<dyn Guests>) -> Endpoint {
    Endpoint::bind(None, seed, guests).unwrap()
}

type Ends = (mpsc::Sender<Bytes>, mpsc::Receiver<Bytes>);

/// Carries a tunnel in the packets that two queues hold.
fn carry(tunnel: Tunnel, (out, mut inn): Ends) -> JoinHandle<()> {
    let out = futures_util::sink::unfold(out, |out, packet| async move {
        out.send(packet).await.map(|()| out)
    });
    let inn = futures_util::stream::poll_fn(move |cx| inn.poll_recv(cx));
    tokio::spawn(tunnel.carry(out, inn))
}

fn queues() -> (Ends, Ends) {
    let ((a, b), (c, d)) = (mpsc::channel(16), mpsc::channel(16));
    ((a, d), (c, b))
}

/// Both ends of a connection through a tunnel, and the tasks that carry them.
struct Pair {
    hq: Connection,
    edge: Connection,
    carriers: [JoinHandle<()>; 2],
    called: Endpoint,
    _calls: Endpoint,
}

async fn pair() -> Pair {
    let (called, calls) = (site(&HQ, Arc::new(Anybody)), site(&EDGE, Arc::new(Anybody)));
    let (near, far) = queues();
    let tunnel = calls.tunnel().unwrap();
    let dialling = calls.dial_through(&tunnel, &key(&HQ), Purpose::Link);
    let carriers = [carry(tunnel, near), carry(called.tunnel().unwrap(), far)];
    let (edge, hq) = tokio::join!(dialling, called.accept());
    Pair { hq: hq.unwrap(), edge: edge.unwrap(), carriers, called, _calls: calls }
}

#[tokio::test]
async fn a_site_is_dialled_through_a_tunnel_and_both_know_whom_they_talk_to() {
    let pair = pair().await;
    assert_eq!((pair.hq.peer_key(), pair.edge.peer_key()), (&key(&EDGE), &key(&HQ)));
    assert!(pair.hq.is_tunnelled() && pair.edge.is_tunnelled());
    let ((mut out, _), (_, mut inn)) = (pair.edge.frames().unwrap(), pair.hq.frames().unwrap());
    let long = vec![7; 1 << 20];
    for frame in [&b"hello"[..], &long] {
        let (sent, heard) = tokio::join!(out.send(frame), inn.next());
        sent.unwrap();
        assert_eq!(heard.unwrap().unwrap(), frame);
    }
    // What is around the packets is counted, too.
    let (stats, udp) = (pair.edge.stats(), pair.edge.quic().stats().udp_tx);
    assert!(stats.sent_bytes >= 1 << 20);
    assert!(stats.sent_bytes <= udp.bytes + udp.datagrams * crate::tunnel::AROUND);
}

#[tokio::test]
async fn a_tunnel_ends_after_the_goodbye_of_its_connection() {
    let pair = pair().await;
    pair.edge.close(7, "enough");
    let ending = pair.hq.closed().await;
    assert!(matches!(&ending, Ending::There { code: 7, .. }), "{ending:?}");
    drop((pair.edge, pair.hq));
    for carrier in pair.carriers {
        timeout(Duration::from_secs(20), carrier).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn silence_says_goodbye_and_ends_the_tunnels() {
    let pair = pair().await;
    let [near, far] = pair.carriers;
    pair.hq.close(1, "silence");
    pair.called.fall_silent();
    let ending = pair.edge.closed().await;
    assert!(matches!(&ending, Ending::There { code: 1, .. }), "{ending:?}");
    timeout(Duration::from_secs(20), far).await.unwrap().unwrap();
    timeout(Duration::from_secs(20), near).await.unwrap().unwrap();
    assert!(pair.called.tunnel().is_none());
    pair.called.speak();
    assert!(pair.called.tunnel().is_some());
}

#[tokio::test]
async fn who_is_not_let_in_is_told_so_and_rubbish_is_passed_over() {
    let (called, calls) = (site(&HQ, Arc::new(Nobody)), site(&EDGE, Arc::new(Anybody)));
    let ((to, from), far) = queues();
    let _carrier = carry(called.tunnel().unwrap(), far);
    for rubbish in [Bytes::new(), Bytes::from(vec![0xff; 9_000]), Bytes::from_static(b"GET / ")] {
        to.send(rubbish).await.unwrap();
    }
    let tunnel = calls.tunnel().unwrap();
    let dialling = calls.dial_through(&tunnel, &key(&HQ), Purpose::Link);
    let _other = carry(tunnel, (to, from));
    let refused = dialling.await.unwrap_err();
    assert!(matches!(refused, CarriageError::Refused(_)), "{refused:?}");
}

#[tokio::test]
async fn tunnels_in_which_nobody_shows_a_key_make_room_the_oldest_first() {
    let pair = pair().await;
    let mut strangers = Vec::new();
    for _ in 0..33 {
        let (near, far) = queues();
        strangers.push((carry(pair.called.tunnel().unwrap(), far), near));
    }
    let (first, _near) = strangers.remove(0);
    timeout(Duration::from_secs(20), first).await.unwrap().unwrap();
    sleep(Duration::from_millis(50)).await;
    assert!(strangers.iter().all(|(carrier, _)| !carrier.is_finished()));
    // The connection that there was is none of them.
    let ((mut out, _), (_, mut inn)) = (pair.hq.frames().unwrap(), pair.edge.frames().unwrap());
    out.send(b"still here").await.unwrap();
    assert_eq!(inn.next().await.unwrap().unwrap(), b"still here");
}
