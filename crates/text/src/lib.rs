//! What a text means to a collaboration server: who it mentions, which tags, channels,
//! emoji and links it holds, and whether a name is well formed.
//!
//! Every function here is pure: text in, values out. Nothing looks up a user, a channel or a
//! configuration, so callers decide what a found name refers to. Running time grows in
//! proportion to the text, whatever the text is.

pub mod channel_mention;
pub mod emoji;
pub mod hashtag;
pub mod keyword;
pub mod link;
mod markdown;
pub mod mention;
pub mod name;
pub mod opengraph;
pub mod slack;
