//! Links at work: sessions with other sites, over a carriage.
//!
//! A [`Session`] is what two sites have to say to each other, frame by frame, without a wire: it
//! asks the link's rules what to send and has judged what comes. [`Links`] holds a line to each peer:
//! it dials and is dialled, pairs, moves the frames of sessions, and fetches files.
//!
//! *Architecture invariant:* what may pass is decided in `link`; how bytes pass is the carriage's
//! business. Here is only when.

mod asking;
mod bundles;
mod calls;
mod courier;
mod diode;
mod fetching;
mod files;
mod folders;
mod gauge;
mod guests;
mod heard;
mod leaving;
mod line;
mod links;
mod measures;
mod pace;
mod pairing;
mod pauses;
mod quiet;
mod refusals;
mod requests;
mod routes;
mod session;
mod shares;
mod state;
mod thin;
mod ways;
mod windows;
mod wire;

pub use asking::Body;
pub use bundles::{Imported, Packing};
pub use diode::Diode;
pub use fieldpost_detour::{PATH as TUNNEL_PATH, Proxy};
pub use fieldpost_fountain::Repair;
pub use folders::{Folders, Inbox, Outbox};
pub use gauge::{Point, Span};
pub use heard::Allowance;
pub use links::{Config, Links};
pub use measures::{History, Measured};
pub use quiet::Quiet;
pub use routes::Routes;
pub use session::{Ear, Early, Ended, Meter, Session};
pub use state::{Beyond, Fresh, LineState, PeerStatus, SharedStatus, Status, Waiting};
pub use thin::Thin;
pub use wire::Carriage;
