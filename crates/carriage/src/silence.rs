//! A socket that can be silent: it hears, and nothing leaves it.
//!
//! Whoever keeps radio silence is found by any packet, and QUIC answers strangers, lost connections
//! and old friends by itself. So silence is kept where packets leave, and not by asking everybody
//! above to be quiet.

use std::fmt;
use std::io::{self, IoSliceMut};
use std::net::{SocketAddr, UdpSocket};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use quinn::udp::{RecvMeta, Transmit};
use quinn::{AsyncUdpSocket, Runtime, UdpPoller};

/// It speaks.
const SPEAKS: u8 = 0;
/// It will be silent once goodbyes were said.
const FALLING: u8 = 1;
/// Nothing leaves.
const SILENT: u8 = 2;

/// Whether a socket is silent. Clones are of one socket.
#[derive(Debug, Clone, Default)]
pub(crate) struct Silence(Arc<AtomicU8>);

impl Silence {
    /// Announces it: what is said now are goodbyes.
    pub(crate) fn announce(&self) {
        self.0.store(FALLING, Ordering::Release);
    }

    /// Begins it, unless it was ended after it was announced.
    pub(crate) fn begin(&self) {
        // It fails if somebody ended it, which is meant.
        let _ = self.0.compare_exchange(FALLING, SILENT, Ordering::AcqRel, Ordering::Acquire);
    }

    /// Ends it.
    pub(crate) fn end(&self) {
        self.0.store(SPEAKS, Ordering::Release);
    }

    /// Whether nothing may leave.
    pub(crate) fn is_kept(&self) -> bool {
        self.0.load(Ordering::Acquire) == SILENT
    }
}

/// A socket from which nothing leaves while it is silent. What is handed to it then is lost, as on
/// any bad link.
struct Quiet {
    socket: Arc<dyn AsyncUdpSocket>,
    silence: Silence,
}

/// Makes a socket one that can be silent.
pub(crate) fn quiet(
    runtime: &dyn Runtime,
    socket: UdpSocket,
    silence: Silence,
) -> io::Result<Arc<dyn AsyncUdpSocket>> {
    Ok(Arc::new(Quiet { socket: runtime.wrap_udp_socket(socket)?, silence }))
}

impl fmt::Debug for Quiet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Quiet").field(&self.socket).field(&self.silence).finish()
    }
}

impl AsyncUdpSocket for Quiet {
    fn create_io_poller(self: Arc<Self>) -> Pin<Box<dyn UdpPoller>> {
        Arc::clone(&self.socket).create_io_poller()
    }

    fn try_send(&self, transmit: &Transmit<'_>) -> io::Result<()> {
        if self.silence.is_kept() { Ok(()) } else { self.socket.try_send(transmit) }
    }

    fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        bufs: &mut [IoSliceMut<'_>],
        meta: &mut [RecvMeta],
    ) -> Poll<io::Result<usize>> {
        self.socket.poll_recv(cx, bufs, meta)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    fn max_transmit_segments(&self) -> usize {
        self.socket.max_transmit_segments()
    }

    fn max_receive_segments(&self) -> usize {
        self.socket.max_receive_segments()
    }

    fn may_fragment(&self) -> bool {
        self.socket.may_fragment()
    }
}
