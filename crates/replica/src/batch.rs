//! Batches of changes: format 1.
//!
//! ```text
//! format (1) ‖ dictionary (1) ‖ length of the columns ‖ length of the block ‖ block ‖ proofs ‖ salts
//! ```
//!
//! Lengths are varints. The block is the columns, compressed with zstd and the dictionary of that
//! number (0 for none), in a frame without magic number, checksum or content size. Behind it stands
//! what cannot be compressed: the hashes (32) of each run's proof, and the salts, run by run.
//!
//! The columns, all numbers varints, signed ones in zigzag form:
//!
//! | column | content |
//! |---|---|
//! | ids | their number; each (16) |
//! | logs | their number; for each the kind of its scope (1), and the places among the ids of the scope's id and of the site, and its epoch |
//! | forms | their number; for each the kind of change, the number of holes, for each of them its distance from the one before and whether it is text (0) or an id (1), and the length and bytes of the rest of the content |
//! | runs | their number; for each the place of its log, its first sequence, its number of changes, of hashes in its proof, and of bytes of its salts |
//! | milliseconds | for each change, the difference of its stamp to the one before |
//! | counters | for each change, that of its stamp |
//! | authors | for each change, 1 more than the author's place among the ids, or 0 for none |
//! | form | for each change, the place of its form |
//! | holes | for each hole of an id: 0 for none; 1 + 2n for the id at place n; 2 + 2n for the post that a change of the log at place n made, and then that change's sequence: the distance back from this change within its own log (signed), or the sequence itself |
//! | lengths | for each hole of text, its length in bytes |
//! | texts | all texts, one after the other |
//!
//! The content of a change is its form's rest with the holes filled: an id as 16 bytes, a text as
//! its length (varint) and its bytes, which is how postcard writes them.

mod columns;
mod decode;
mod encode;
#[cfg(test)]
mod tests;

use fieldpost_log::{Digest, LogName, Stamp};
use fieldpost_model::Id;

pub use decode::decode;
pub use encode::encode;

/// The most changes in one batch.
pub const MOST_ENTRIES: usize = 1 << 16;

/// The most bytes that the columns of one batch, or the contents in it, may have.
pub const MOST_BYTES: usize = 8 << 20;

/// The format's number.
const FORMAT: u8 = 1;

/// The class of the derived ids that contents refer to.
const CLASS: &str = "post";

/// Consecutive changes of one log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Which log.
    pub log: LogName,
    /// The sequence of the first change.
    pub first: u64,
    /// The changes.
    pub entries: Vec<Entry>,
    /// The hashes of what is withheld beside them ([`fieldpost_log::proof_of`]).
    pub proof: Vec<Digest>,
    /// The secret from which the log's salts come, where the receiver does not have it yet; empty
    /// otherwise.
    pub salts: Vec<u8>,
}

/// A change without its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When it was written.
    pub stamp: Stamp,
    /// On whose behalf.
    pub author: Id,
    /// Which kind of change it is.
    pub kind: u16,
    /// Its content.
    pub payload: Vec<u8>,
}

/// What stands in a change's content, as far as the sender knows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hints {
    /// Text; empty for none.
    pub text: String,
    /// Ids, and for those of posts which change made the post.
    pub ids: Vec<(Id, Option<DerivedPost>)>,
}

/// The change that made a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DerivedPost {
    /// The log it is in.
    pub log: LogName,
    /// Its place there.
    pub sequence: u64,
}
