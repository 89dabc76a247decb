//! Links at work: sessions with other sites, over a carriage.
//!
//! A [`Session`] is what two sites have to say to each other, frame by frame, without a wire: it
//! asks the link's rules what to send and has judged what comes. [`Links`] holds a line to each peer:
//! it dials and is dialled, pairs, moves the frames of sessions, and fetches files.
//!
//! *Architecture invariant:* what may pass is decided in `link`; how bytes pass is the carriage's
//! business. Here is only when.

mod courier;
mod files;
mod guests;
mod heard;
mod line;
mod links;
mod pace;
mod pairing;
mod pauses;
mod session;

pub use heard::Allowance;
pub use links::{Config, LineState, Links, PeerStatus, SharedStatus, Status, Waiting};
pub use session::{Ended, Session};
