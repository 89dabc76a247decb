//! A connection between two sites.

use std::net::SocketAddr;
use std::sync::Mutex;
use std::time::Duration;

use fieldpost_log::VerifyingKey;
use quinn::VarInt;
use quinn::crypto::rustls::HandshakeData;
use rustls_pki_types::CertificateDer;

use crate::bulk::{BulkReader, BulkWriter, Requests};
use crate::certificate::key_of;
use crate::frames::{FrameReader, FrameWriter, LONGEST_FRAME};
use crate::precedence::{Class, Precedence};
use crate::tunnel::{AROUND, Hold, is_tunnel};
use crate::{CarriageError, Ending, Purpose};

/// A connection between two sites, each of which has proven its key.
///
/// It ends when it is closed, or when it and its streams are dropped.
#[derive(Debug)]
pub struct Connection {
    quic: quinn::Connection,
    peer_key: VerifyingKey,
    purpose: Purpose,
    precedence: Precedence,
    frames: Mutex<Option<(FrameWriter, FrameReader)>>,
    requests: Requests,
    /// The tunnel through which it goes, if it does.
    tunnel: Option<Hold>,
}

impl Connection {
    /// The dialler's side, once the listener has let it in.
    ///
    /// In TLS 1.3 a client is done before the server has looked at its certificate. So the listener
    /// opens the channel of frames with an empty one, and whoever waits for that knows that it is
    /// welcome.
    pub(crate) async fn dialled(quic: quinn::Connection) -> Result<Self, CarriageError> {
        let (out, stream) = quic.accept_bi().await.map_err(CarriageError::of_handshake)?;
        let mut reader = FrameReader::new(stream, LONGEST_FRAME);
        match reader.next().await? {
            Some(welcome) if welcome.is_empty() => Self::new(quic, out, reader),
            _ => Err(CarriageError::Malformed("no welcome")),
        }
    }

    /// The listener's side, once the dialler has proven its key.
    pub(crate) async fn accepted(quic: quinn::Connection) -> Result<Self, CarriageError> {
        let (out, stream) = quic.open_bi().await?;
        let connection = Self::new(quic, out, FrameReader::new(stream, LONGEST_FRAME))?;
        let (mut out, frames) = connection.frames()?;
        out.send(&[]).await?;
        connection.put_back(out, frames);
        Ok(connection)
    }

    fn new(
        quic: quinn::Connection,
        out: quinn::SendStream,
        reader: FrameReader,
    ) -> Result<Self, CarriageError> {
        let peer_key = peer_key(&quic).ok_or(CarriageError::Malformed("no certificate"))?;
        let purpose = purpose(&quic).ok_or(CarriageError::Malformed("no purpose"))?;
        let precedence = Precedence::new(quic.clone());
        let writer = FrameWriter::new(out, precedence.clone(), Class::Frame, LONGEST_FRAME);
        let frames = Mutex::new(Some((writer, reader)));
        Ok(Self {
            quic,
            peer_key,
            purpose,
            precedence,
            frames,
            requests: Requests::default(),
            tunnel: None,
        })
    }

    /// Keeps a tunnel open for as long as this is there.
    pub(crate) fn holding(mut self, tunnel: Option<Hold>) -> Self {
        self.tunnel = tunnel;
        self
    }

    /// Whether it goes through a tunnel.
    pub const fn is_tunnelled(&self) -> bool {
        self.tunnel.is_some()
    }

    /// The key that the other side has proven to hold.
    pub const fn peer_key(&self) -> &VerifyingKey {
        &self.peer_key
    }

    /// What the connection is for.
    pub const fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// Where the other side is, as seen from here.
    pub fn remote_address(&self) -> SocketAddr {
        canonical(&self.quic)
    }

    /// The ordered channel of frames, once.
    ///
    /// # Errors
    /// [`CarriageError::Taken`] when asked again.
    pub fn frames(&self) -> Result<(FrameWriter, FrameReader), CarriageError> {
        let mut frames = self.frames.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        frames.take().ok_or(CarriageError::Taken)
    }

    fn put_back(&self, writer: FrameWriter, reader: FrameReader) {
        let mut frames = self.frames.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        *frames = Some((writer, reader));
    }

    /// Asks for a stream of bytes. Waits while the other side answers as many requests as it is
    /// willing to at the same time.
    ///
    /// # Errors
    /// [`CarriageError::TooLong`] for a request above [`LONGEST_REQUEST`](crate::LONGEST_REQUEST),
    /// [`CarriageError::Closed`] if the connection is over.
    pub async fn request(&self, request: &[u8]) -> Result<BulkReader, CarriageError> {
        BulkReader::ask(&self.quic, &self.precedence, Class::Frame, request).await
    }

    /// Asks for something before all frames that have not left yet, whatever waits for the link.
    ///
    /// # Errors
    /// As for [`request`](Self::request).
    pub async fn urgent_request(&self, request: &[u8]) -> Result<BulkReader, CarriageError> {
        BulkReader::ask(&self.quic, &self.precedence, Class::Urgent, request).await
    }

    /// The next request of the other side, and the means to answer it. Requests that cannot be read
    /// are declined here. This future may be dropped and made again: no request is lost.
    ///
    /// # Errors
    /// [`CarriageError::Closed`] if the connection is over.
    pub async fn next_request(&self) -> Result<(Vec<u8>, BulkWriter), CarriageError> {
        self.requests.next(&self.quic, &self.precedence).await
    }

    /// What the connection has cost so far, and how the link is.
    pub fn stats(&self) -> Stats {
        let stats = self.quic.stats();
        Stats {
            sent_bytes: on_wire(&self.quic, stats.udp_tx),
            received_bytes: on_wire(&self.quic, stats.udp_rx),
            rtt: stats.path.rtt,
            sent_packets: stats.path.sent_packets,
            lost_packets: stats.path.lost_packets,
            congestion_window: stats.path.cwnd,
        }
    }

    /// Lets so many bits a second leave this side from now on, with all headers, or as many as the link
    /// carries. What the transport says by itself does not wait, and counts.
    pub fn limit(&self, bits: Option<u64>) {
        self.precedence.limit(bits);
    }

    /// Closes the connection and says why. What was sent and has not arrived may be lost.
    pub fn close(&self, code: u32, reason: &str) {
        self.quic.close(VarInt::from_u32(code), reason.as_bytes());
    }

    /// Waits for the end of the connection, and answers why it ended.
    pub async fn closed(&self) -> Ending {
        Ending::of(self.quic.closed().await)
    }

    #[cfg(test)]
    pub(crate) fn quic(&self) -> &quinn::Connection {
        &self.quic
    }
}

fn canonical(quic: &quinn::Connection) -> SocketAddr {
    let address = quic.remote_address();
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// Bytes of datagrams, with the headers of UDP and IP; in a tunnel with about what is around them.
fn on_wire(quic: &quinn::Connection, udp: quinn::UdpStats) -> u64 {
    udp.bytes + udp.datagrams * headers(canonical(quic))
}

/// Bytes that a connection has sent, with the headers of UDP and IP.
pub(crate) fn sent_bytes(quic: &quinn::Connection) -> u64 {
    on_wire(quic, quic.stats().udp_tx)
}

/// What a connection has cost so far, and how the link is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stats {
    /// Bytes sent, with the headers of UDP and IP.
    pub sent_bytes: u64,
    /// Bytes received, with the headers of UDP and IP.
    pub received_bytes: u64,
    /// The time of a round trip, smoothed.
    pub rtt: Duration,
    /// Packets sent over the path that there is now.
    pub sent_packets: u64,
    /// Those of them that were lost.
    pub lost_packets: u64,
    /// Bytes that the congestion controller lets be in flight.
    pub congestion_window: u64,
}

/// The bytes of a datagram's headers: UDP's 8, and IP's; or what is around it in a tunnel.
fn headers(remote: SocketAddr) -> u64 {
    match remote {
        remote if is_tunnel(remote) => AROUND,
        SocketAddr::V4(_) => 28,
        SocketAddr::V6(_) => 48,
    }
}

fn peer_key(quic: &quinn::Connection) -> Option<VerifyingKey> {
    let shown = quic.peer_identity()?.downcast::<Vec<CertificateDer<'static>>>().ok()?;
    key_of(shown.first()?)
}

fn purpose(quic: &quinn::Connection) -> Option<Purpose> {
    let agreed = quic.handshake_data()?.downcast::<HandshakeData>().ok()?;
    Purpose::of_protocol(agreed.protocol.as_deref()?)
}
