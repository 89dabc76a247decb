//! Import and export in the Mattermost bulk JSON-lines format.
//!
//! Each line is one thing, and is taken over whole or not at all. A line that cannot be taken over
//! is reported with its number and the reason, and the rest goes on. Taking a file over twice
//! gives the same site: things are known again by their names, and posts by their id or else by
//! their channel, author, time and text. What is exported also carries what the format has no field
//! for, under a key of our own that other readers pass over, so that it comes back as the same.

pub mod export;
pub mod import;
pub mod line;
mod source;

pub use self::source::{Archive, Source};
