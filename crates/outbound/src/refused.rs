//! Why somebody was not asked, or the answer not taken.

use std::fmt;

/// Why somebody was not asked, or the answer not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// Nobody is asked anything: an administrator switched it off.
    Silent,
    /// The URL is none of those that are asked; the sentence says why.
    Url(&'static str),
    /// The name has no address that strangers may make the server ask.
    Address(String),
    /// The name is not known.
    Unknown(String),
    /// Nobody could be reached, or the connection broke; the sentence says how.
    Broken(String),
    /// There was no whole answer in time.
    TimedOut,
    /// There were more redirects than are followed, or one that is not.
    Redirect(&'static str),
    /// The body is longer than this many bytes.
    TooLong(usize),
    /// The body is packed in a way that was not asked for, or badly.
    Packed,
}

impl Refused {
    /// Whether the same request may succeed a while later.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Silent | Self::Unknown(_) | Self::Broken(_) | Self::TimedOut)
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Silent => f.write_str("requests to others are switched off"),
            Self::Url(why) | Self::Redirect(why) => f.write_str(why),
            Self::Address(host) => write!(
                f,
                "{host} is not of the public internet; an administrator may allow it with \
                 outbound.allowed_internal"
            ),
            Self::Unknown(host) => write!(f, "the name {host} is not known"),
            Self::Broken(how) => f.write_str(how),
            Self::TimedOut => f.write_str("there was no whole answer in time"),
            Self::TooLong(most) => write!(f, "the answer is longer than {most} bytes"),
            Self::Packed => f.write_str("the answer is packed in a way that is not understood"),
        }
    }
}

impl std::error::Error for Refused {}
