//! What two sites say to each other, without I/O: batches of changes, and the frames around them.
//!
//! A batch is some runs of changes of some logs, as columns, compressed as one block. Nothing in it
//! travels that the receiver can work out: names are counted on, derived ids are derived again, and
//! whatever many changes have in common is there once.
//!
//! *Architecture invariant:* every decoder here takes memory and time in proportion to bounds of its
//! own and to its input, and answers [`Malformed`](fieldpost_log::Malformed) instead of panicking.
//!
//! *Architecture invariant:* no kind of change is known here. A change's content is bytes, and hints
//! of what stands in it ([`Hints`]) only make it shorter: without them it arrives all the same.

mod batch;
mod frame;

pub use batch::{
    BatchReader, BatchWriter, Coding, DerivedPost, Entry, Hints, MOST_BYTES, MOST_ENTRIES,
    Readiness, Run, Unread, decode, encode, readiness,
};
pub use frame::{Frame, HeldLog, Offer};
