//! Packets that take another way than UDP: a tunnel, for where only a web proxy passes.
//!
//! A connection through a tunnel is a QUIC connection like any other: the packets are the same, with
//! the same keys, and whoever carries them learns and alters nothing. What carries them is handed in
//! as a sink and a stream ([`Tunnel::carry`]); here is the socket that QUIC believes it has.
//!
//! What stands over a reliable stream loses no packets by itself. A full queue on this side does, as
//! that of a router would, and the congestion controller keeps it short.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, IoSliceMut};
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Sink, SinkExt, Stream, StreamExt};
use quinn::udp::{RecvMeta, Transmit};
use quinn::{AsyncUdpSocket, UdpPoller};
use tokio::sync::{mpsc, watch};
use tokio::time::{sleep, timeout};

use crate::silence::Silence;
use crate::transport::HANDSHAKE;

/// Packets of one tunnel that wait to leave, at most: what comes beyond is lost.
const LEAVING: usize = 256;

/// Packets of all tunnels that wait to be read, at most: whoever brings more waits.
const ARRIVING: usize = 256;

/// Tunnels that nobody has shown a key in yet, at most: the oldest makes room for another.
const STRANGERS: usize = 32;

/// The longest packet that QUIC reads here, in bytes.
const LONGEST: usize = 1472;

/// How long goodbyes may take once a connection is over.
const GOODBYE: Duration = Duration::from_secs(1);

/// The bytes around a packet in a tunnel, about: TCP and IP, TLS, and a WebSocket frame (RFC 6455,
/// section 5.2).
pub(crate) const AROUND: u64 = 40 + 22 + 6;

/// All tunnels of an endpoint. Each has an address, which means nothing outside.
#[derive(Clone)]
pub(crate) struct Tunnels(Arc<Inner>);

struct Inner {
    open: Mutex<Open>,
    arrive: mpsc::Sender<(SocketAddr, Bytes)>,
    arriving: Mutex<mpsc::Receiver<(SocketAddr, Bytes)>>,
}

#[derive(Default)]
struct Open {
    ends: BTreeMap<u32, End>,
    last: u32,
    is_silent: bool,
}

/// What the endpoint holds of a tunnel. The tunnel ends with it.
struct End {
    leave: mpsc::Sender<Bytes>,
    use_of: watch::Sender<Use>,
}

/// What a tunnel is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    /// Nobody has shown a key in it yet.
    Strange,
    /// A connection.
    Connection,
    /// The last words of a connection.
    Over,
}

impl Default for Tunnels {
    fn default() -> Self {
        let (arrive, arriving) = mpsc::channel(ARRIVING);
        Self(Arc::new(Inner { open: Mutex::default(), arrive, arriving: Mutex::new(arriving) }))
    }
}

impl fmt::Debug for Tunnels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tunnels").field(&self.open().ends.len()).finish()
    }
}

impl Tunnels {
    fn open(&self) -> MutexGuard<'_, Open> {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new tunnel, unless nothing may leave.
    pub(crate) fn begin(&self) -> Option<Tunnel> {
        let (leave, leaving) = mpsc::channel(LEAVING);
        let (use_of, used) = watch::channel(Use::Strange);
        let mut open = self.open();
        if open.is_silent {
            return None;
        }
        let is_strange = |end: &End| *end.use_of.borrow() == Use::Strange;
        if open.ends.values().filter(|end| is_strange(end)).count() >= STRANGERS {
            let oldest = open.ends.iter().find(|(_, end)| is_strange(end)).map(|(at, _)| *at);
            oldest.and_then(|at| open.ends.remove(&at));
        }
        open.last = open.last.wrapping_add(1);
        let number = open.last;
        open.ends.insert(number, End { leave, use_of });
        Some(Tunnel { tunnels: self.clone(), number, leaving, used })
    }

    /// Ends all tunnels and lets none begin while silence is kept.
    pub(crate) fn follow(&self, silence: &Silence) {
        let mut open = self.open();
        open.is_silent = silence.is_kept();
        if open.is_silent {
            open.ends.clear();
        }
    }

    /// Keeps the tunnel with an address open for a connection, until that is dropped.
    pub(crate) fn hold(&self, at: SocketAddr) -> Option<Hold> {
        let number = number(at)?;
        let open = self.open();
        open.ends.get(&number)?.use_of.send_replace(Use::Connection);
        drop(open);
        Some(Hold { tunnels: self.clone(), number })
    }

    fn leave(&self, to: SocketAddr, packet: &[u8]) {
        let Some(number) = number(to) else { return };
        if let Some(end) = self.open().ends.get(&number) {
            // Fails if the queue is full: then it is lost.
            let _ = end.leave.try_send(Bytes::copy_from_slice(packet));
        }
    }
}

/// The addresses of tunnels are those of a block that is reserved for ever (RFC 1112, section 4).
const BLOCK: u32 = 0xF000_0000;

/// All have it: QUIC sends nothing to port 0.
const PORT: u16 = 1;

/// The address of a tunnel, by its number.
fn address(number: u32) -> SocketAddr {
    SocketAddr::new(Ipv4Addr::from(BLOCK | number & !BLOCK).into(), PORT)
}

fn number(at: SocketAddr) -> Option<u32> {
    match at {
        SocketAddr::V4(at) => {
            let bits = u32::from(*at.ip());
            (bits & BLOCK == BLOCK).then_some(bits & !BLOCK)
        }
        SocketAddr::V6(_) => None,
    }
}

/// Whether an address is that of a tunnel.
pub(crate) fn is_tunnel(at: SocketAddr) -> bool {
    number(at).is_some()
}

/// A way for the packets of one connection, which somebody carries.
#[derive(Debug)]
pub struct Tunnel {
    tunnels: Tunnels,
    number: u32,
    leaving: mpsc::Receiver<Bytes>,
    used: watch::Receiver<Use>,
}

impl Tunnel {
    /// By what the endpoint knows it.
    pub(crate) fn address(&self) -> SocketAddr {
        address(self.number)
    }

    /// Carries packets out and in until the connection is over, none comes of it in time, the
    /// endpoint falls silent, or what carries them ends. Each item is a packet; one that is longer
    /// than any is left out.
    pub async fn carry<O, I>(mut self, out: O, inn: I)
    where
        O: Sink<Bytes>,
        I: Stream<Item = Bytes>,
    {
        let (mut out, mut inn) = (pin!(out), pin!(inn));
        let (at, mut used) = (self.address(), self.used.clone());
        let leaving = &mut self.leaving;
        let arrive = self.tunnels.0.arrive.clone();
        let sends = async {
            while let Some(packet) = leaving.recv().await {
                let mut sent = out.feed(packet).await;
                while let (Ok(()), Ok(packet)) = (&sent, leaving.try_recv()) {
                    sent = out.feed(packet).await;
                }
                if sent.is_err() || out.flush().await.is_err() {
                    return;
                }
            }
        };
        let hears = async {
            while let Some(packet) = inn.next().await {
                let fits = (1..=LONGEST).contains(&packet.len());
                if fits && arrive.send((at, packet)).await.is_err() {
                    return;
                }
            }
        };
        tokio::select! {
            () = sends => {}
            () = hears => {}
            () = is_over(&mut used, HANDSHAKE) => {}
        }
        // It fails if what carried the packets has ended first.
        drop(timeout(GOODBYE, out.close()).await);
    }
}

impl Drop for Tunnel {
    fn drop(&mut self) {
        self.tunnels.open().ends.remove(&self.number);
    }
}

/// Returns once a tunnel is not used in time, or no more.
async fn is_over(used: &mut watch::Receiver<Use>, patience: Duration) {
    let begun = timeout(patience, used.wait_for(|used| *used != Use::Strange)).await;
    // Otherwise its end is gone, or nobody has shown a key.
    if matches!(begun, Ok(Ok(_))) {
        drop(begun);
        drop(used.wait_for(|used| *used == Use::Over).await);
        sleep(GOODBYE).await;
    }
}

/// Keeps a tunnel open; once it is dropped there is time for a goodbye.
#[derive(Debug)]
pub(crate) struct Hold {
    tunnels: Tunnels,
    number: u32,
}

impl Drop for Hold {
    fn drop(&mut self) {
        if let Some(end) = self.tunnels.open().ends.get(&self.number) {
            end.use_of.send_replace(Use::Over);
        }
    }
}

/// What QUIC takes for a socket.
#[derive(Debug)]
pub(crate) struct TunnelSocket(pub(crate) Tunnels);

impl AsyncUdpSocket for TunnelSocket {
    fn create_io_poller(self: Arc<Self>) -> Pin<Box<dyn UdpPoller>> {
        Box::pin(AlwaysWritable)
    }

    fn try_send(&self, transmit: &Transmit<'_>) -> io::Result<()> {
        let size = transmit.segment_size.unwrap_or(transmit.contents.len()).max(1);
        for packet in transmit.contents.chunks(size) {
            self.0.leave(transmit.destination, packet);
        }
        Ok(())
    }

    fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        bufs: &mut [IoSliceMut<'_>],
        meta: &mut [RecvMeta],
    ) -> Poll<io::Result<usize>> {
        let mut arriving = self.0.0.arriving.lock().unwrap_or_else(PoisonError::into_inner);
        let mut read = 0;
        for (buf, meta) in bufs.iter_mut().zip(meta) {
            match arriving.poll_recv(cx) {
                Poll::Ready(Some((addr, packet))) => {
                    // Longer ones have been left out, and a buffer is no shorter.
                    let len = packet.len().min(buf.len());
                    buf[..len].copy_from_slice(&packet[..len]);
                    *meta = RecvMeta { addr, len, stride: len, ecn: None, dst_ip: None };
                    read += 1;
                }
                // The socket itself holds a sender: there is always one.
                Poll::Ready(None) | Poll::Pending => break,
            }
        }
        if read == 0 { Poll::Pending } else { Poll::Ready(Ok(read)) }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(address(0))
    }

    fn may_fragment(&self) -> bool {
        false
    }
}

/// What does not fit is lost, so that nobody waits.
#[derive(Debug)]
struct AlwaysWritable;

impl UdpPoller for AlwaysWritable {
    fn poll_writable(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_tunnel_in_which_nobody_shows_a_key_ends_and_one_that_is_used_does_not() {
        let tunnels = Tunnels::default();
        let (mut strange, used) = (tunnels.begin().unwrap(), tunnels.begin().unwrap());
        let patience = Duration::from_millis(20);
        is_over(&mut strange.used, patience).await;
        let hold = tunnels.hold(used.address());
        let mut watched = used.used.clone();
        let over = tokio::spawn(async move { is_over(&mut watched, patience).await });
        sleep(3 * patience).await;
        assert!(!over.is_finished());
        drop(hold);
        timeout(10 * GOODBYE, over).await.unwrap().unwrap();
    }

    #[test]
    fn addresses_of_tunnels_are_those_of_nobody_else() {
        for number in [0, 1, 0x0FFF_FFFF] {
            assert_eq!(super::number(address(number)), Some(number));
        }
        assert_eq!(address(0x1000_0001), address(1));
        for other in ["127.0.0.1:1", "192.0.2.1:8066", "[2001:db8::1]:1"] {
            assert_eq!(number(other.parse().unwrap()), None);
        }
    }
}
