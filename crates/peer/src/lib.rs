//! Links at work: sessions with other sites, over a carriage.
//!
//! A [`Session`] is what two sites have to say to each other, frame by frame, without a wire: it
//! asks the link's rules what to send and has judged what comes. Whoever has a wire moves its frames.

mod session;

pub use session::{Ended, Session};
