//! Batches of changes: formats 3 and 4.
//!
//! ```text
//! format (1), which is 3 or 4 ‖ coding (1) ‖ the rest
//! ```
//!
//! Both are the same but for what is said of it below. Blocks are of format 3. Every reader knows
//! format 3; a writer uses the other once its reader has said that it reads it ([`BatchWriter::speak`]).
//!
//! A coding of 0 says that a *block* follows. Any other says that a *stream* does, and where in the
//! conversation it stands: its lower 7 bits are 1 for one that begins anew, and otherwise go on from
//! those of the last stream in this direction: 2 to 127, and then 2 again. The highest bit says that
//! the model of text begins as it did at first ([`BatchWriter::rest`]), while all else goes on. Each
//! side of a session has one writer and one reader. A stream that goes on from another than the last
//! that was read cannot be read ([`Unread::OutOfStep`]); blocks stand alone and change nothing.
//!
//! # Streams
//!
//! A stream is one fraction (`fieldpost_terse`), from the first bit of the first number to the last
//! of the last salt, with the models and tables of the streams before it. It carries at most 2 MiB
//! of contents. *Number* means `Numbers::number` of a column in three contexts (0 where none are
//! named here); *raw* means bytes, the highest bit first, each bit with a probability of one half.
//! The columns, and in parentheses their number and how many bits of a number are predicted:
//!
//! runs (0, 12), log (1, 12), first (2, 4), entries (3, 4), proof (4, 12), salts (5, 12),
//! milliseconds (6, 2), counter (7, 12), author (8, 12), form (9, 12), shape (10, 12), rest (11, 12),
//! hole (12, 12), id (13, 12), back (14, 8), sequence (15, 8),
//! earlier (16, 1).
//!
//! There are tables of ids, logs and forms, each in the order in which they were first met. *What
//! came last* (a log, a form, an author, the code of a hole) is a place in its table plus 1, or the
//! code plus 1, and 0 at first. Signed numbers are in zigzag form.
//!
//! 1. The number of *runs*; then each run.
//! 2. A run begins with its log; its *first* sequence, as the difference to the one after the last
//!    that was spoken of in that log (0 at first); the numbers of its *entries*, of the hashes in its
//!    *proof*, and of bytes of its *salts* (context: 1 if the log was not spoken of, else 0); the
//!    hashes, raw; the salts, raw. Then come its changes. In format 4 *salts* is 0 for none, 1 for the
//!    seed of a whole tree, which follows in its place, and 1 more than the number of other bytes.
//! 3. A *log* is its place plus 1 (context: the last log), or 0 and then what it is: the kind of its
//!    scope (*shape* in context 1), the scope's id in context 1, the site's in context 2, the epoch
//!    (8, raw). In format 4 the epoch is a number of *shape* in the contexts 7 and the last epoch: its
//!    place in a table of epochs plus 1, or 0 for a new one, which follows.
//! 4. An id in a context *c* is a number of the column *id* in context *c*: 0 for none, 1 for a new
//!    one, which follows raw, and otherwise its place plus 2. In format 4 it is 2 for the place that is
//!    expected, and the place plus 3 for another. Expected is, for an author, the id of the log's
//!    scope; in a hole, the place behind that of the last id in a hole (0 for none).
//! 5. A change begins with its *author*, coded as an id is, but in the contexts: the last author;
//!    that × 65536 xor the one before; the last log. Then *earlier*: 1 if its milliseconds are fewer
//!    than those of the last change of all, else 0; *milliseconds*, as the difference to those, less
//!    1 if it is earlier; its *counter* (context: 1 if that difference is 0); and its *form*, its
//!    place plus 1 or 0 for a new one, in the contexts: the last form; that × 65536 xor the one
//!    before; the last author, by now this change's.
//! 6. A new form is numbers of *shape*: the kind (context 2), how many holes (3), for each of them
//!    its distance from the one before (4) and whether it takes an id (5), the length of the rest
//!    (6); and each byte of the rest as a number of *rest*, in the contexts: 1 more than the byte
//!    before (0 at first), its index, and how many bytes are left with it, 8 at most.
//! 7. Then the form's holes are filled, in their order. A hole of text has its bytes, as
//!    `Text::byte`, and the byte 255 as their end.
//! 8. A hole of an id begins with a code (*hole*): 0 for none; 1 for an id, which follows in the
//!    context 3 + *h*; 2 for a post that a change of this log made; 3 for one of another log. With *h*
//!    = 256 × the form's place xor the hole's index, and *l*, *m* the codes before, its contexts are
//!    *h*, *h* xor *l* × 2²⁰, *l* xor *m* × 2²⁰. After 2 comes the distance *back* from this change
//!    (context: 1 more than the last distance within a log, or 0). After 3 come the log (which does
//!    not count as the last log) and the *sequence* (context: the log's place).
//!
//! All arithmetic of contexts is modulo 2³². Before the first stream the model of text has read the
//! lines of `dictionary/prime-2.txt`, each with its end, and the model of numbers has coded the
//! batches that `state::practised` makes; the tables are empty. A table holds at most 131,072
//! things, and forms of 4 MiB; a writer begins anew once one has more than 16,384, or 1 MiB.
//!
//! # Blocks
//!
//! ```text
//! dictionary (1) ‖ length of the columns ‖ length of the block ‖ block ‖ proofs ‖ salts
//! ```
//!
//! Lengths are varints. The block is the columns, compressed with zstd and the dictionary of that
//! number, in a frame without magic number, checksum or content size. Behind it stands what cannot
//! be compressed: the hashes (32) of each run's proof, and the salts, run by run.
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
//! # Contents
//!
//! The content of a change is its form's rest with the holes filled: an id as 16 bytes, a text as
//! its length (varint) and its bytes, which is how postcard writes them.

mod block;
mod ends;
mod form;
mod format;
mod preview;
mod salts;
mod state;
mod stream;
#[cfg(test)]
mod tests;

use fieldpost_log::{Digest, LogName, Stamp};
use fieldpost_model::Id;

pub use ends::{BatchReader, BatchWriter, Coding, Readiness, Unread, decode, encode, readiness};
pub use format::Format;
pub use preview::{
    Head, Known, LONGEST_MARK, LONGEST_PREVIEW, MOST_PREVIEWED, Mark, Preview, mark_of_epoch,
    mark_of_id, write_preview,
};

/// The most changes in one batch.
pub const MOST_ENTRIES: usize = 1 << 16;

/// The most bytes that the columns of one batch, or the contents in it, may have.
pub const MOST_BYTES: usize = 8 << 20;

/// The most bytes that the contents in a stream may have: reading them takes about four seconds.
const MOST_STREAM: usize = 2 << 20;

/// Says that a block follows.
const BLOCK: u8 = 0;

/// Said with the place of a stream: the model of text knows no more than at first.
const FRESH: u8 = 0x80;

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
