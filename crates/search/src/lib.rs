//! What people search for: the grammar of the search field, the words of every script in the form in
//! which they are compared, and what an index holds and is asked.
//!
//! Everything here is pure. Nothing looks up a person or a channel: [`Query`] holds names, and
//! whoever knows who is meant turns it into a [`Wanted`].

mod day;
mod near;
mod query;
mod wanted;
mod words;

pub use self::day::{Day, Days, Span};
pub use self::near::near;
pub use self::query::{Query, Sides, TooLong};
pub use self::wanted::{About, Body, Document, Entry, Hit, Wanted};
pub use self::words::{Phrase, indexed};
