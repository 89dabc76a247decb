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
pub mod bundle;
mod frame;
mod request;
mod voucher;

pub use batch::{
    BatchReader, BatchWriter, Coding, DerivedPost, Entry, Format, Head, Hints, Known, LONGEST_MARK,
    LONGEST_PREVIEW, MOST_BYTES, MOST_ENTRIES, MOST_PREVIEWED, Mark, Preview, Readiness, Run,
    Unread, decode, encode, mark_of_epoch, mark_of_id, readiness, write_preview,
};
pub use frame::{Frame, HeldLog, Offer};
pub use request::{FileRequest, Request, Urgent};
pub use voucher::{Vouched, Voucher};
