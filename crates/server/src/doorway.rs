//! Connections of the network, as they come in: how many there may be, and how long one may take
//! nothing of what it is sent.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io::{self, ErrorKind, IoSlice};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::serve::Listener;
use rustix::process::{Resource, getrlimit};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Sleep, sleep};

/// Open files that are left for everything but connections: databases, files on their way, links.
const FILES_LEFT: u64 = 256;

/// How long a client may take nothing at all of what it is sent.
const STALL: Duration = Duration::from_secs(300);

/// Listens; takes as many connections as there may be, and leaves others waiting at the system's
/// door until one of them ends.
pub(crate) struct Doorway {
    listener: TcpListener,
    places: Arc<Semaphore>,
    crowds: Arc<Crowds>,
}

impl Doorway {
    /// With so many connections at once, and so many from one address.
    pub(crate) fn new(listener: TcpListener, most: usize, most_of_one: usize) -> Self {
        let places = Arc::new(Semaphore::new(room(most)));
        Self { listener, places, crowds: Arc::new(Crowds::new(most_of_one)) }
    }
}

/// As many connections as were asked for, if there may be as many open files.
fn room(most: usize) -> usize {
    let files = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let left = usize::try_from(files.saturating_sub(FILES_LEFT)).unwrap_or(usize::MAX);
    if left < most {
        tracing::warn!(
            connections = left,
            "fewer connections than wanted: raise the limit of open files"
        );
    }
    most.min(left).clamp(1, Semaphore::MAX_PERMITS)
}

impl Listener for Doorway {
    type Io = Held<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        loop {
            let Ok(place) = Arc::clone(&self.places).acquire_owned().await else {
                // Nobody closes it.
                return std::future::pending().await;
            };
            let (stream, from) = Listener::accept(&mut self.listener).await;
            let Some(crowd) = self.crowds.admit(from.ip()) else {
                tracing::debug!(%from, "too many connections from one address");
                continue;
            };
            // Without it a small frame waits for the answer to the one before.
            drop(stream.set_nodelay(true));
            return (Held::new(stream, Place { _permit: place, _crowd: crowd }), from);
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// How many connections there are from each address.
#[derive(Debug)]
struct Crowds {
    most: usize,
    sizes: Mutex<HashMap<IpAddr, usize>>,
}

/// A connection that counts for its address, until this is dropped.
#[derive(Debug)]
struct Crowd {
    of: Arc<Crowds>,
    address: IpAddr,
}

impl Crowds {
    fn new(most: usize) -> Self {
        Self { most, sizes: Mutex::default() }
    }

    /// Counts a connection, unless there are too many from its address. Those of this machine are
    /// not told apart: they may all be a proxy's.
    fn admit(self: &Arc<Self>, address: IpAddr) -> Option<Crowd> {
        let address = network(address);
        let mut sizes = self.sizes.lock().unwrap_or_else(PoisonError::into_inner);
        let size = sizes.entry(address).or_default();
        if *size >= self.most && !address.is_loopback() {
            return None;
        }
        *size += 1;
        Some(Crowd { of: Arc::clone(self), address })
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        let mut sizes = self.of.sizes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut size) = sizes.entry(self.address) {
            *size.get_mut() -= 1;
            if *size.get() == 0 {
                size.remove();
            }
        }
    }
}

/// What counts as one address: a network of the newer protocol is given out whole.
fn network(address: IpAddr) -> IpAddr {
    let address = address.to_canonical();
    match address {
        IpAddr::V6(v6) if !v6.is_loopback() => {
            let [a, b, c, d, ..] = v6.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        address => address,
    }
}

/// What a connection holds as long as it is open.
#[derive(Debug)]
struct Place {
    _permit: OwnedSemaphorePermit,
    _crowd: Crowd,
}

/// A connection with its place. It breaks when its client takes nothing for too long.
#[derive(Debug)]
pub(crate) struct Held<S> {
    stream: S,
    /// Rings when a write has waited too long, while one waits.
    stalled: Option<Pin<Box<Sleep>>>,
    _place: Place,
}

impl<S> Held<S> {
    fn new(stream: S, place: Place) -> Self {
        Self { stream, stalled: None, _place: place }
    }

    /// What came of a write, or an error if it has waited too long.
    fn in_time<T>(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let alarm = self.stalled.get_or_insert_with(|| Box::pin(sleep(STALL)));
        ready!(alarm.as_mut().poll(cx));
        Poll::Ready(Err(ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Held<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Held<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.in_time(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, pieces);
        self.in_time(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
    use tokio::time::{Instant, timeout};

    fn at(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_has_so_many_connections_and_no_more() {
        let crowds = Arc::new(Crowds::new(2));
        let first = crowds.admit(at("192.0.2.1")).unwrap();
        let second = crowds.admit(at("::ffff:192.0.2.1")).unwrap();
        assert!(crowds.admit(at("192.0.2.1")).is_none());
        let other = crowds.admit(at("192.0.2.2")).unwrap();
        drop(first);
        let third = crowds.admit(at("192.0.2.1")).unwrap();
        drop((second, third, other));
        assert!(crowds.sizes.lock().unwrap().is_empty());
    }

    #[test]
    fn a_network_is_one_address_and_this_machine_is_nobody() {
        let crowds = Arc::new(Crowds::new(1));
        let _one = crowds.admit(at("2001:db8::1")).unwrap();
        assert!(crowds.admit(at("2001:db8::2")).is_none());
        assert!(crowds.admit(at("2001:db8:1::1")).is_some());
        let own: Vec<Crowd> = ["127.0.0.1", "127.0.0.1", "::1", "::1"]
            .iter()
            .filter_map(|own| crowds.admit(at(own)))
            .collect();
        assert_eq!(own.len(), 4);
    }

    async fn doorway(most: usize) -> (Doorway, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        (Doorway::new(listener, most, most), address)
    }

    #[tokio::test]
    async fn whoever_comes_to_a_full_house_waits_until_somebody_leaves() {
        let (mut doorway, address) = doorway(1).await;
        let _clients = (
            TcpStream::connect(address).await.unwrap(),
            TcpStream::connect(address).await.unwrap(),
        );
        let (first, _) = doorway.accept().await;
        assert_eq!(doorway.places.available_permits(), 0);
        {
            let mut waits = std::pin::pin!(doorway.accept());
            let looked =
                std::future::poll_fn(|cx| Poll::Ready(waits.as_mut().poll(cx).is_pending()));
            assert!(looked.await);
        }
        drop(first);
        doorway.accept().await;
        assert_eq!(doorway.places.available_permits(), 1);
    }

    fn held<S>(stream: S) -> Held<S> {
        let permit = Arc::new(Semaphore::new(1)).try_acquire_owned().unwrap();
        let crowd = Arc::new(Crowds::new(1)).admit(at("192.0.2.1")).unwrap();
        Held::new(stream, Place { _permit: permit, _crowd: crowd })
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_nothing_loses_its_connection() {
        let (near, _far) = duplex(10);
        let began = Instant::now();
        let written = held(near).write_all(&[7; 100]).await;
        assert_eq!(written.unwrap_err().kind(), ErrorKind::TimedOut);
        assert_eq!(began.elapsed(), STALL);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_little_keeps_it() {
        let (near, mut far) = duplex(10);
        let mut near = held(near);
        let writing = async {
            near.write_all(&[7; 100]).await.unwrap();
            drop(near);
        };
        let reading = async {
            let mut taken = 0;
            let mut piece = [0; 10];
            loop {
                sleep(STALL - Duration::from_secs(1)).await;
                match far.read(&mut piece).await.unwrap() {
                    0 => return taken,
                    length => taken += length,
                }
            }
        };
        let both = async { tokio::join!(writing, reading) };
        let ((), taken) = timeout(100 * STALL, both).await.unwrap();
        assert_eq!(taken, 100);
    }
}
