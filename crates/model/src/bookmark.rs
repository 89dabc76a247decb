//! Bookmarks of channels.

use serde::{Deserialize, Serialize};

use crate::{FileInfo, Id, Millis};

/// A link or a file that a channel keeps at hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Bookmark {
    /// Which.
    pub id: Id,
    /// When it was made.
    pub create_at: Millis,
    /// When this site last changed what it knows of it.
    pub update_at: Millis,
    /// When it was deleted, or 0.
    pub delete_at: Millis,
    /// In which channel.
    pub channel_id: Id,
    /// Who made it.
    pub owner_id: Id,
    /// The file, or empty for a link.
    pub file_id: Id,
    /// What people read.
    pub display_name: String,
    /// Its place among those of the channel.
    pub sort_order: i64,
    /// Where the link leads.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub link_url: String,
    /// A picture for it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub image_url: String,
    /// An emoji for it, without colons.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub emoji: String,
    /// `link` or `file`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The first of those that became this one by other people's changes.
    #[serde(skip_serializing_if = "Id::is_none")]
    pub original_id: Id,
    /// Always empty: bookmarks are in no folders.
    #[serde(skip_serializing_if = "Id::is_none")]
    pub parent_id: Id,
    /// The file's description, if it is here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<FileInfo>,
}

/// What a change of a bookmark came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BookmarkUpdate {
    /// As it is now.
    pub updated: Bookmark,
    /// The one that it replaced, if it was somebody else's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted: Option<Bookmark>,
}
