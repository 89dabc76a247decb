//! Import and export in the Mattermost bulk JSON-lines format.
//!
//! Each line is one thing, and is taken over whole or not at all. A line that cannot be taken over
//! is reported with its number and the reason, and the rest goes on. Taking a file over twice
//! gives the same site: things are known again by their names, and posts by their channel, author,
//! time and text. What is exported also carries ids, under a key of our own that other readers
//! pass over, so that it comes back under the same ones.

pub mod import;
pub mod line;
