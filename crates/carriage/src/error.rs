//! Why something could not be carried.

use std::fmt;
use std::io;

use quinn::{ConnectionError, VarInt};

/// Transport error codes from here on carry a TLS alert in their low byte (RFC 9001, section 4.8).
const TLS_ALERT: u64 = 0x100;

/// The TLS alert `access_denied`, with which a key is refused.
const ACCESS_DENIED: u64 = 49;

/// Why something could not be carried.
#[derive(Debug)]
pub enum CarriageError {
    /// The endpoint could not be made; the sentence says why.
    Setup(String),
    /// The address is not one of this machine, or is taken.
    Bind(io::Error),
    /// The address to dial is not known, or cannot be reached from here; the sentence says why.
    Address(String),
    /// The listener has another key than the one that was expected.
    WrongKey,
    /// The other side refused the handshake; the sentence says what it gave as the reason.
    Refused(String),
    /// No answer came in time.
    TimedOut,
    /// The connection is over.
    Closed(Ending),
    /// A frame or a request is longer than this many bytes.
    TooLong(usize),
    /// The other side sent bytes that are no frame.
    Malformed(&'static str),
    /// The stream ended in the middle of a frame.
    Truncated,
    /// The frames of this connection have been taken before.
    Taken,
    /// The other side does not send what was asked for.
    Declined(Declined),
    /// The other side does not want to read any further.
    Unwanted,
}

/// How a connection ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// This side closed it.
    Here,
    /// The other side closed it, and said why.
    There {
        /// The code it gave.
        code: u64,
        /// The reason it gave; untrusted text of at most one packet.
        reason: String,
    },
    /// The other side was not heard of for too long.
    Silent,
    /// The other side has forgotten the connection, as after a restart.
    Forgotten,
    /// The transport failed; the sentence says how.
    Failed(String),
}

/// Why a request is not answered, or not to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Declined {
    /// It was refused with this code, whose meaning the callers agree on.
    Code(u32),
    /// It was given up before its end.
    Abandoned,
    /// It could not be read.
    Unreadable,
}

/// The codes above those of callers are ours.
const OURS: u64 = 1 << 32;

impl Declined {
    pub(crate) fn code(self) -> VarInt {
        let code = match self {
            Self::Code(code) => return VarInt::from_u32(code),
            Self::Abandoned => OURS,
            Self::Unreadable => OURS + 1,
        };
        VarInt::from_u64(code).unwrap_or(VarInt::MAX)
    }

    pub(crate) fn from_code(code: VarInt) -> Self {
        match u32::try_from(code.into_inner()) {
            Ok(code) => Self::Code(code),
            Err(_) if code.into_inner() == OURS + 1 => Self::Unreadable,
            Err(_) => Self::Abandoned,
        }
    }
}

impl CarriageError {
    /// What the failure of a handshake means to the dialler.
    pub(crate) fn of_handshake(error: ConnectionError) -> Self {
        match error {
            ConnectionError::TransportError(error)
                if u64::from(error.code) == TLS_ALERT + ACCESS_DENIED =>
            {
                Self::WrongKey
            }
            ConnectionError::ConnectionClosed(close) if is_refusal(u64::from(close.error_code)) => {
                Self::Refused(close.to_string())
            }
            ConnectionError::TimedOut => Self::TimedOut,
            other => Self::Closed(Ending::of(other)),
        }
    }
}

/// Whether the peer closed because of the handshake: a TLS alert, or no room for more.
fn is_refusal(code: u64) -> bool {
    const CONNECTION_REFUSED: u64 = 2;
    (TLS_ALERT..TLS_ALERT + 0x100).contains(&code) || code == CONNECTION_REFUSED
}

impl Ending {
    pub(crate) fn of(error: ConnectionError) -> Self {
        match error {
            ConnectionError::LocallyClosed => Self::Here,
            ConnectionError::ApplicationClosed(close) => Self::There {
                code: close.error_code.into_inner(),
                reason: String::from_utf8_lossy(&close.reason).into_owned(),
            },
            ConnectionError::TimedOut => Self::Silent,
            ConnectionError::Reset => Self::Forgotten,
            other => Self::Failed(other.to_string()),
        }
    }
}

impl From<ConnectionError> for CarriageError {
    fn from(error: ConnectionError) -> Self {
        Self::Closed(Ending::of(error))
    }
}

impl From<quinn::ReadError> for CarriageError {
    fn from(error: quinn::ReadError) -> Self {
        match error {
            quinn::ReadError::Reset(code) => Self::Declined(Declined::from_code(code)),
            quinn::ReadError::ConnectionLost(error) => error.into(),
            other => Self::Closed(Ending::Failed(other.to_string())),
        }
    }
}

impl From<quinn::WriteError> for CarriageError {
    fn from(error: quinn::WriteError) -> Self {
        match error {
            quinn::WriteError::Stopped(_) => Self::Unwanted,
            quinn::WriteError::ConnectionLost(error) => error.into(),
            other => Self::Closed(Ending::Failed(other.to_string())),
        }
    }
}

impl fmt::Display for CarriageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setup(why) => write!(f, "the link's endpoint cannot be made: {why}"),
            Self::Bind(error) => write!(f, "the link's address cannot be used: {error}"),
            Self::Address(why) => write!(f, "the address cannot be dialled: {why}"),
            Self::WrongKey => f.write_str("the site at this address has another key"),
            Self::Refused(why) => write!(f, "the other site refused the connection: {why}"),
            Self::TimedOut => f.write_str("no answer came in time"),
            Self::Closed(ending) => write!(f, "the connection is over: {ending}"),
            Self::TooLong(limit) => write!(f, "longer than {limit} bytes"),
            Self::Malformed(what) => write!(f, "the other site sent no frame: {what}"),
            Self::Truncated => f.write_str("the stream ended in the middle of a frame"),
            Self::Taken => f.write_str("the frames of this connection have been taken before"),
            Self::Declined(why) => write!(f, "the other site did not send it: {why}"),
            Self::Unwanted => f.write_str("the other site does not want to read any further"),
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Here => f.write_str("closed by this site"),
            Self::There { code, reason } => {
                write!(f, "closed by the other site ({code}): {reason:?}")
            }
            Self::Silent => f.write_str("the other site was not heard of for too long"),
            Self::Forgotten => f.write_str("the other site has forgotten it"),
            Self::Failed(how) => f.write_str(how),
        }
    }
}

impl fmt::Display for Declined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "refused with code {code}"),
            Self::Abandoned => f.write_str("given up before its end"),
            Self::Unreadable => f.write_str("the request could not be read"),
        }
    }
}

impl std::error::Error for CarriageError {}
