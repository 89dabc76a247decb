//! Reading out teams, channels, memberships and posts, a page at a time, as they are given to
//! other servers.
//!
//! What is deleted or was taken back is not given out. Everything comes in an order that follows
//! from what is replicated, so that two sites with the same state give it out alike.

mod bookmark;
mod noted;
mod place;
mod post;

use fieldpost_model::{Id, Millis};

pub use self::bookmark::{Bookmark, bookmarks_in, bookmarks_of};
pub use self::noted::{Acknowledgement, Prioritized, acknowledgements, priorities};
pub use self::place::{
    Belonging, Conversation, Member, Place, Team, channels, conversations, members, people_of,
    places, teams,
};
pub use self::post::{File, Reaction, Said, Version, files, reactions, replies, roots, versions};

/// Where a page begins: after the thing of this time and id.
pub type After = (Millis, Id);
