//! Who is told of a post, how and why: by mail, on the desktop, on their devices.
//!
//! [`email`], [`desktop`] and [`push`] decide from facts alone, so that why somebody was told or
//! was not can always be said. What is loaded for them, what a mail says, and how somebody tries
//! out how they are notified, is beside them.

mod desktop;
mod email;
mod explain;
mod facts;
mod news;
mod push;
mod trial;

pub use self::desktop::desktop;
pub(crate) use self::desktop::of_thread;
pub use self::email::{PersonFacts, PostFacts, Silence, email};
pub use self::explain::{Explanation, Site, Verdict, explain};
pub use self::facts::{Candidate, candidate, candidates};
pub use self::news::{News, news};
pub use self::push::push;
pub use self::trial::try_out;
