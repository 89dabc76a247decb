//! Bundles: what a link would carry, in a file that people carry.
//!
//! A bundle holds what its writer shares, the changes that the other side is not known to hold, the
//! files that they speak of, and what the writer holds of the other's: the receipt for bundles that
//! came the other way. It can be taken in any time and any number of times.

mod export;
mod import;
mod packets;

use fieldpost_fountain::Repair;
use fieldpost_kernel::{Failure, FailureKind, Outcome, Work};
use fieldpost_link::{Peer, bundles};
use fieldpost_log::SiteId;
use fieldpost_model::Millis;

pub(crate) use export::{export, offers, write};
pub(crate) use import::{import, take_file, take_in};
pub(crate) use packets::Senders;

/// What goes into a bundle beside changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packing {
    /// The largest file that goes in, in bytes; 0 for none.
    pub largest_file: u64,
    /// How much repair the packets have that are written instead of the bundle itself; none for a
    /// bundle.
    pub repair: Option<Repair>,
    /// Whether the packets are going to be transmitted at once, which a paused or silenced link does
    /// not allow.
    pub is_transmitted: bool,
}

impl Packing {
    /// That of a bundle itself.
    pub const fn plain(largest_file: u64) -> Self {
        Self { largest_file, repair: None, is_transmitted: false }
    }
}

/// A bundle that was taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The site that wrote it.
    pub peer: Peer,
    /// When it was written, by that site's clock.
    pub written_at: Millis,
    /// Changes in it.
    pub changes: u64,
    /// Of these, how many were new here.
    pub new_changes: u64,
    /// Files in it that were kept.
    pub files: u64,
    /// Whether it was taken in before.
    pub again: bool,
}

/// Begins a bundle: the time by which it is known, and randomness for it alone.
fn begin(work: &mut Work<'_>, peer: SiteId) -> Outcome<(Millis, [u8; 32])> {
    let mut random = [0; 32];
    for half in random.chunks_mut(16) {
        half.copy_from_slice(work.random_id().as_bytes());
    }
    Ok((bundles::begin(work, peer)?, random))
}

/// Whoever takes the bytes of a bundle is gone, or has no room for them.
pub(crate) fn interrupted(why: impl std::fmt::Display) -> Failure {
    Failure::new(
        FailureKind::Unavailable,
        "api.fieldpost.link.bundle_interrupted",
        format!("The bundle was not written to its end: {why}."),
    )
}
