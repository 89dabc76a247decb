//! Search: what is put into the index, and what is taken out of it for whom.
//!
//! The index knows keys and words. Who may see what is decided here, twice: the channels that are
//! searched are those of the caller at that moment, and what was found is looked up and checked
//! again before anybody is told.

mod documents;
mod found;
mod plan;

pub use self::documents::{
    Changed, awaited, bookmarks, changed, file, files_after, made_by, posts_after,
};
pub use self::found::{FoundFiles, files, posts};
pub use self::plan::{Asked, MOST, plan};
