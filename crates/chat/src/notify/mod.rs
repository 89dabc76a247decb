//! Who is told of a post beside those who look: by mail.
//!
//! [`email`] decides from facts alone, so that why somebody got a mail or got none can always be
//! said. What is loaded for it, and what a mail says, is beside it.

mod email;
mod facts;
mod news;

pub use self::email::{EmailFacts, PostFacts, Silence, email};
pub use self::facts::{Candidate, candidate, candidates};
pub use self::news::{News, news};
