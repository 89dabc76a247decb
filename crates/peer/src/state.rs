//! How a link is, for administrators.

use fieldpost_link::bundles::Bundle;
use fieldpost_link::windows::Opening;
use fieldpost_link::{Backlog, Mode, Peer};
use fieldpost_log::SiteId;
use fieldpost_model::Millis;

use crate::measures::Measured;
use crate::wire::Carriage;

/// What a link does now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineState {
    /// Both sides talk.
    Connected,
    /// The peer is not reached.
    Down,
    /// An administrator of this side holds changes back.
    Paused,
    /// An administrator of this side had it hang up.
    Silent,
    /// This side has hung up until the next of its time windows.
    Closed,
}

impl LineState {
    /// The state's name on the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::Down => "down",
            Self::Paused => "paused",
            Self::Silent => "silent",
            Self::Closed => "closed",
        }
    }
}

/// How this site and its links are.
#[derive(Debug, Clone)]
pub struct Status {
    /// What people call this site.
    pub site: String,
    /// Its id.
    pub id: SiteId,
    /// Where others may call; empty for nowhere.
    pub listening: String,
    /// The links, by name.
    pub peers: Vec<PeerStatus>,
}

/// How one link is.
#[derive(Debug, Clone)]
pub struct PeerStatus {
    /// The peer.
    pub peer: Peer,
    /// What the link does.
    pub state: LineState,
    /// Whether it may be used, and until when that is so.
    pub opening: Opening,
    /// Bytes sent to it today.
    pub spent_today: u64,
    /// Why it is down, if it is.
    pub why_down: String,
    /// What is still to be sent.
    pub backlog: Backlog,
    /// When the peer was last heard; 0 for never.
    pub last_contact: Millis,
    /// Bytes sent to it so far.
    pub sent_bytes: i64,
    /// Bytes received from it so far.
    pub received_bytes: i64,
    /// The time of a round trip in milliseconds, while it is connected.
    pub rtt: Option<u64>,
    /// How much passes and is lost, and when nothing waits any more.
    pub measured: Measured,
    /// What carries the connection, while there is one.
    pub carriage: Option<Carriage>,
    /// What this side shares with it.
    pub shared: Vec<SharedStatus>,
    /// What it offers, and waits for an administrator of this side.
    pub offers: Vec<Waiting>,
    /// How many conversations have people of both sites.
    pub conversations: i64,
    /// The newest bundles of both directions.
    pub bundles: Vec<Bundle>,
    /// How many files wait to be asked for, or for a better line, and how many bytes they have.
    pub files_waiting: (u64, u64),
    /// The sites whose changes it can pass on, while it is connected, by name.
    pub beyond: Vec<Beyond>,
}

/// How fresh a channel is from a site that shares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fresh {
    /// What the site is called here.
    pub site: String,
    /// What the link to it does.
    pub state: LineState,
    /// When it was heard last; 0 for never.
    pub last_contact: Millis,
    /// Bits a second of the thin link that there is to it now.
    pub rate: Option<u32>,
}

/// A site with which this one talks over another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beyond {
    /// Which.
    pub site: SiteId,
    /// What it is called here.
    pub name: String,
    /// Whether something of it is wanted from this peer, and does not come from the site itself.
    pub is_wanted: bool,
}

/// A channel that is shared.
pub use fieldpost_link::status::Shared as SharedStatus;

/// A channel that is offered.
pub use fieldpost_link::offers::Waiting;

/// What a link does, whose mode, window and connection are known. What people did is said first.
pub(crate) fn line_state(peer: &Peer, opening: Opening, connected: bool) -> LineState {
    match peer.mode {
        Mode::Silent => LineState::Silent,
        Mode::Paused => LineState::Paused,
        Mode::Active if !opening.is_open => LineState::Closed,
        Mode::Active if connected => LineState::Connected,
        Mode::Active => LineState::Down,
    }
}
