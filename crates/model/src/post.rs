//! Posts, reactions, files and lists of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use crate::user::{is_false, is_zero};
use crate::{Emoji, Id, Millis, User};

/// Free properties of a post: a JSON object.
pub type Props = serde_json::Map<String, serde_json::Value>;

/// A message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Post {
    /// Which; derived from the change that made it.
    pub id: Id,
    /// The author's corrected clock when it was written.
    pub create_at: Millis,
    /// When this site last changed what it knows of it.
    pub update_at: Millis,
    /// When its text or files were last edited, or 0.
    pub edit_at: Millis,
    /// When it was deleted, or 0.
    pub delete_at: Millis,
    /// Whether it is pinned to its channel.
    pub is_pinned: bool,
    /// Who wrote it.
    pub user_id: Id,
    /// Where.
    pub channel_id: Id,
    /// The first post of its thread, or empty for a root.
    pub root_id: Id,
    /// The post this is an earlier version of, or empty.
    pub original_id: Id,
    /// Its text, in Markdown.
    pub message: String,
    /// Empty for people's posts; `system_…` for the server's.
    #[serde(rename = "type")]
    pub kind: String,
    /// Free properties.
    pub props: Props,
    /// Its hashtags, separated by spaces.
    pub hashtags: String,
    /// Its files, sorted by id.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub file_ids: Vec<Id>,
    /// The client's own name for it until the server answered.
    pub pending_post_id: String,
    /// Whether anybody reacted.
    #[serde(skip_serializing_if = "is_false")]
    pub has_reactions: bool,
    /// Whether its metadata may hold a priority or acknowledgements: only the server's business.
    #[serde(skip)]
    pub noted: bool,
    /// The site it was written at, or empty for this one.
    pub remote_id: Option<String>,
    /// How many live replies its thread has.
    pub reply_count: i64,
    /// When its thread was last replied to.
    pub last_reply_at: Millis,
    /// Who replied, in reads with collapsed threads.
    pub participants: Option<Vec<User>>,
    /// Whether the reader follows its thread.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_following: Option<bool>,
    /// What a client needs to draw it.
    pub metadata: PostMetadata,
}

/// What a client needs to draw a post beyond its text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct PostMetadata {
    /// At most one preview.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub embeds: Vec<serde_json::Value>,
    /// Custom emoji that occur in it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub emojis: Vec<Emoji>,
    /// Its files, by creation time.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileInfo>,
    /// Sizes of images it links to.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub images: BTreeMap<String, serde_json::Value>,
    /// Who reacted how.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<Reaction>,
    /// How much it matters, if its author said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<PostPriority>,
    /// Who acknowledged it.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub acknowledgements: Vec<PostAcknowledgement>,
}

/// Clients write `null` where they mean nothing.
pub(crate) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// How much a post matters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct PostPriority {
    /// Empty, `important` or `urgent`.
    #[serde(deserialize_with = "or_default")]
    pub priority: String,
    /// Whether readers are asked to acknowledge it.
    #[serde(deserialize_with = "or_default")]
    pub requested_ack: bool,
    /// Whether whom it mentions is to be told again and again.
    #[serde(deserialize_with = "or_default")]
    pub persistent_notifications: bool,
    /// Whether it goes before everything else over links; only of what is `urgent`.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "std::ops::Not::not")]
    pub flash: bool,
}

/// That somebody acknowledged a post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct PostAcknowledgement {
    /// Who.
    pub user_id: Id,
    /// Which post.
    pub post_id: Id,
    /// When; 0 for one that was withdrawn.
    pub acknowledged_at: Millis,
    /// Where the post is.
    pub channel_id: Id,
}

/// One person's emoji on one post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Reaction {
    /// Who reacted.
    pub user_id: Id,
    /// To which post.
    pub post_id: Id,
    /// The emoji's name without colons.
    pub emoji_name: String,
    /// When.
    pub create_at: Millis,
    /// When this site last changed what it knows of it.
    pub update_at: Millis,
    /// Always 0 on the wire: removed reactions are not shown.
    pub delete_at: Millis,
    /// The site it came from, or empty.
    pub remote_id: Option<String>,
    /// Where the post is.
    pub channel_id: Id,
}

/// A window of a conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct PostList {
    /// The posts asked for, newest first.
    pub order: Vec<Id>,
    /// Those and the ones needed to show them.
    pub posts: BTreeMap<Id, Post>,
    /// The next newer post, or empty.
    pub next_post_id: Id,
    /// The next older post, or empty.
    pub prev_post_id: Id,
    /// Whether a thread has more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has_next: Option<bool>,
    /// Always 0: no history is hidden.
    pub first_inaccessible_post_time: Millis,
}

/// A file, uploaded and perhaps attached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct FileInfo {
    /// Which.
    pub id: Id,
    /// Who uploaded it.
    pub user_id: Id,
    /// The post it hangs on, once attached.
    #[serde(skip_serializing_if = "Id::is_none")]
    pub post_id: Id,
    /// The channel it was uploaded to.
    pub channel_id: Id,
    /// When it was uploaded.
    pub create_at: Millis,
    /// When it last changed.
    pub update_at: Millis,
    /// When it was deleted, or 0.
    pub delete_at: Millis,
    /// Its name, without any path.
    pub name: String,
    /// Lower case, without the dot.
    pub extension: String,
    /// Bytes.
    pub size: i64,
    /// By its extension, never sniffed.
    pub mime_type: String,
    /// Pixels, after orientation.
    #[serde(skip_serializing_if = "is_zero")]
    pub width: i64,
    /// Pixels, after orientation.
    #[serde(skip_serializing_if = "is_zero")]
    pub height: i64,
    /// Whether there is a preview.
    #[serde(skip_serializing_if = "is_false")]
    pub has_preview_image: bool,
    /// A 16×16 JPEG in base64, or null.
    pub mini_preview: Option<String>,
    /// The site it came from, or empty.
    pub remote_id: Option<String>,
    /// Always false: no content is hidden by a plan.
    pub archived: bool,
}
