//! A connection with a peer over some carriage: QUIC where there is IP and some bandwidth, through the
//! web where nothing else passes, and thin datagrams where there is little of either.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use fieldpost_carriage::{
    BulkReader, BulkWriter, CarriageError, Connection, Declined, Ending, FrameReader, FrameWriter,
};
use fieldpost_thin::{self as thin, ThinError};

use crate::line::{FAILED, OFFENCE};

/// A line over QUIC is given up when nothing came for so long although an answer is due: another
/// connection finds out sooner than the old one that the link is back.
const PATIENCE: Duration = Duration::from_secs(8);

/// The same where there are thin datagrams to go on with.
const PATIENCE_BESIDE_THIN: Duration = Duration::from_secs(2);

/// A connection with a peer.
pub(crate) enum Wire {
    Quic(Box<Connection>),
    Thin(Arc<thin::Connection>),
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.carriage().fmt(f)
    }
}

/// What carries a connection, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carriage {
    /// QUIC over UDP.
    Quic,
    /// QUIC in a WebSocket, which passes web proxies.
    Web,
    /// Thin datagrams at so many bits a second.
    Thin {
        /// Bits a second, as configured.
        rate: u32,
    },
}

impl Carriage {
    /// The carriage's name on the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Quic => "quic",
            Self::Web => "web",
            Self::Thin { .. } => "thin",
        }
    }

    /// Its rate in bits a second, if that is known.
    pub const fn rate(self) -> Option<u32> {
        match self {
            Self::Quic | Self::Web => None,
            Self::Thin { rate } => Some(rate),
        }
    }

    /// Whether it is for little: what takes many bytes waits for another.
    pub const fn is_thin(self) -> bool {
        matches!(self, Self::Thin { .. })
    }
}

/// Why something did not pass.
#[derive(Debug)]
pub(crate) enum WireError {
    /// The connection is over, and why.
    Over(String),
    /// It is too long to be sent.
    TooLong,
    /// The peer refused, with a code if it did so on purpose.
    Declined(Option<u32>),
}

impl From<CarriageError> for WireError {
    fn from(error: CarriageError) -> Self {
        match error {
            CarriageError::TooLong(_) => Self::TooLong,
            CarriageError::Declined(Declined::Code(code)) => Self::Declined(Some(code)),
            CarriageError::Declined(_) => Self::Declined(None),
            error => Self::Over(error.to_string()),
        }
    }
}

impl From<ThinError> for WireError {
    fn from(error: ThinError) -> Self {
        match error {
            ThinError::TooLong => Self::TooLong,
            ThinError::Refused(0) => Self::Declined(None),
            ThinError::Refused(code) => Self::Declined(Some(code)),
            ThinError::Over(_) | ThinError::Unwanted => Self::Over(error.to_string()),
        }
    }
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Over(why) => f.write_str(why),
            Self::TooLong => f.write_str("it is too long to be sent"),
            Self::Declined(_) => f.write_str("the peer refused"),
        }
    }
}

/// What a connection has cost so far, and how the link is.
pub(crate) struct WireStats {
    pub(crate) sent_bytes: u64,
    pub(crate) received_bytes: u64,
    /// Packets sent, as far as it is known of each whether it was lost.
    pub(crate) sent_packets: u64,
    pub(crate) lost_packets: u64,
    pub(crate) rtt: Duration,
}

impl Wire {
    /// Both directions of the channel of frames, once.
    pub(crate) fn frames(&self) -> Result<(FrameSink, FrameSource), WireError> {
        Ok(match self {
            Self::Quic(quic) => {
                let (out, inn) = quic.frames()?;
                (FrameSink::Quic(out), FrameSource::Quic(inn))
            }
            Self::Thin(thin) => {
                (FrameSink::Thin(Arc::clone(thin)), FrameSource::Thin(Arc::clone(thin)))
            }
        })
    }

    /// Asks for a stream of bytes.
    pub(crate) async fn request(&self, request: &[u8]) -> Result<Answer, WireError> {
        Ok(match self {
            Self::Quic(quic) => Answer::Quic(quic.request(request).await?),
            Self::Thin(thin) => Answer::Thin(thin.request(request).await?),
        })
    }

    /// Asks for something before everything that has not left yet. What comes of it is heard of in
    /// its turn.
    pub(crate) async fn urge(&self, request: &[u8]) -> Result<(), WireError> {
        match self {
            Self::Quic(quic) => drop(quic.urgent_request(request).await?),
            Self::Thin(thin) => thin.urge(request).await?,
        }
        Ok(())
    }

    /// The next thing that the peer asks for. This future may be dropped and made again.
    pub(crate) async fn next_request(&self) -> Result<(Vec<u8>, Answering), WireError> {
        match self {
            Self::Quic(quic) => {
                let (request, writer) = quic.next_request().await?;
                Ok((request, Answering::Quic(writer)))
            }
            Self::Thin(thin) => tokio::select! {
                urgent = thin.next_urgent() => Ok((urgent?, Answering::Nobody)),
                asked = thin.next_request() => {
                    let (request, answering) = asked?;
                    Ok((request, Answering::Thin(answering)))
                }
            },
        }
    }

    /// What it has cost so far, and how the link is.
    pub(crate) fn stats(&self) -> WireStats {
        match self {
            Self::Quic(quic) => {
                let stats = quic.stats();
                WireStats {
                    sent_bytes: stats.sent_bytes,
                    received_bytes: stats.received_bytes,
                    sent_packets: stats.sent_packets,
                    lost_packets: stats.lost_packets,
                    rtt: stats.rtt,
                }
            }
            Self::Thin(thin) => {
                let stats = thin.stats();
                WireStats {
                    sent_bytes: stats.sent_bytes,
                    received_bytes: stats.received_bytes,
                    sent_packets: stats.sent_packets,
                    lost_packets: stats.lost_packets,
                    rtt: stats.rtt,
                }
            }
        }
    }

    /// What carries it.
    pub(crate) fn carriage(&self) -> Carriage {
        match self {
            Self::Quic(quic) if quic.is_tunnelled() => Carriage::Web,
            Self::Quic(_) => Carriage::Quic,
            Self::Thin(thin) => Carriage::Thin { rate: thin.stats().rate },
        }
    }

    /// Sends no more than so many bits a second from now on, or as much as the link carries.
    pub(crate) fn limit(&self, bits: Option<u64>) {
        match self {
            Self::Quic(quic) => quic.limit(bits),
            Self::Thin(thin) => {
                thin.limit(bits.map(|bits| u32::try_from(bits).unwrap_or(u32::MAX)));
            }
        }
    }

    /// Whether the peer is there, as far as anybody knows.
    pub(crate) fn is_heard(&self) -> bool {
        match self {
            Self::Quic(_) => true,
            Self::Thin(thin) => thin.stats().is_heard,
        }
    }

    /// After how much silence it is given up, while an answer is due. A thin one never is: it goes on
    /// where it was, however long the link was away.
    pub(crate) fn patience(&self, has_thin: bool) -> Option<Duration> {
        let patience = if has_thin { PATIENCE_BESIDE_THIN } else { PATIENCE };
        match self {
            Self::Quic(quic) => Some(patience + 4 * quic.stats().rtt.min(patience)),
            Self::Thin(_) => None,
        }
    }

    /// Ends it, and says why if the carriage can.
    pub(crate) fn close(&self, code: u32, reason: &str) {
        match self {
            Self::Quic(quic) => quic.close(code, reason),
            Self::Thin(thin) => thin.close(),
        }
    }

    /// Waits for its end, and says why it ended, and whether that is for what was said.
    pub(crate) async fn closed(&self) -> (String, bool) {
        match self {
            Self::Quic(quic) => {
                let ending = quic.closed().await;
                let in_vain = matches!(
                    ending,
                    Ending::There { code, .. }
                        if code == u64::from(OFFENCE) || code == u64::from(FAILED)
                );
                (ending.to_string(), in_vain)
            }
            Self::Thin(thin) => (thin.closed().await, false),
        }
    }
}

/// Where frames go.
pub(crate) enum FrameSink {
    Quic(FrameWriter),
    Thin(Arc<thin::Connection>),
}

impl FrameSink {
    /// Sends a frame, at the pace of the link.
    pub(crate) async fn send(&mut self, frame: &[u8]) -> Result<(), WireError> {
        match self {
            Self::Quic(out) => out.send(frame).await?,
            Self::Thin(thin) => thin.send(frame).await?,
        }
        Ok(())
    }
}

/// From where frames come.
pub(crate) enum FrameSource {
    Quic(FrameReader),
    Thin(Arc<thin::Connection>),
}

impl FrameSource {
    /// The next frame, or nothing once the peer has sent its last.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<u8>>, WireError> {
        Ok(match self {
            Self::Quic(inn) => inn.next().await?,
            Self::Thin(thin) => Some(thin.next().await?),
        })
    }
}

/// The answer to a request, as it arrives.
pub(crate) enum Answer {
    Quic(BulkReader),
    Thin(thin::Answer),
}

impl Answer {
    /// The next bytes, or nothing at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, WireError> {
        Ok(match self {
            Self::Quic(reader) => reader.next().await?,
            Self::Thin(answer) => answer.next().await?.map(Bytes::from),
        })
    }
}

/// The means to answer a request.
pub(crate) enum Answering {
    Quic(BulkWriter),
    Thin(thin::Answering),
    /// Nobody waits for an answer.
    Nobody,
}

impl Answering {
    /// Sends bytes, at the pace of the link.
    pub(crate) async fn write_all(&mut self, bytes: &[u8]) -> Result<(), WireError> {
        match self {
            Self::Quic(writer) => writer.write_all(bytes).await?,
            Self::Thin(answering) => answering.write_all(bytes).await?,
            Self::Nobody => {}
        }
        Ok(())
    }

    /// Says that the answer is whole.
    pub(crate) fn finish(self) {
        match self {
            // Whoever does not want the end has hung up.
            Self::Quic(writer) => drop(writer.finish()),
            Self::Thin(answering) => answering.finish(),
            Self::Nobody => {}
        }
    }

    /// Refuses the request.
    pub(crate) fn refuse(self, code: u32) {
        match self {
            Self::Quic(writer) => writer.refuse(code),
            Self::Thin(answering) => answering.refuse(code),
            Self::Nobody => {}
        }
    }
}
