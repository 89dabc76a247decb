//! Webhooks.

use serde::{Deserialize, Serialize};

use crate::post::or_default;
use crate::{Id, Millis};

/// An address at which programs post in the name of whoever made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct IncomingWebhook {
    /// Which. Whoever knows it may post by it.
    pub id: Id,
    /// When it was made.
    pub create_at: Millis,
    /// When it was last changed.
    pub update_at: Millis,
    /// When it was deleted, or 0.
    pub delete_at: Millis,
    /// In whose name it posts.
    pub user_id: Id,
    /// Where it posts, unless a post says otherwise.
    pub channel_id: Id,
    /// The team of that channel.
    pub team_id: Id,
    /// What people call it.
    pub display_name: String,
    /// What it is for.
    pub description: String,
    /// The name that its posts are shown with.
    pub username: String,
    /// The picture that its posts are shown with.
    pub icon_url: String,
    /// Whether no post may say otherwise.
    pub channel_locked: bool,
}

/// An address that is told of posts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct OutgoingWebhook {
    /// Which.
    pub id: Id,
    /// What the receiver knows the caller by.
    #[serde(deserialize_with = "or_default")]
    pub token: String,
    /// When it was made.
    pub create_at: Millis,
    /// When it was last changed.
    pub update_at: Millis,
    /// When it was deleted, or 0.
    pub delete_at: Millis,
    /// Who made it; in their name answers are posted.
    pub creator_id: Id,
    /// The channel whose posts it is told of; empty for all open channels of the team.
    pub channel_id: Id,
    /// The team.
    pub team_id: Id,
    /// The first words that it is told of; none for every post of the channel.
    #[serde(deserialize_with = "or_default")]
    pub trigger_words: Vec<String>,
    /// 0 where the first word is one of them, 1 where it begins with one.
    pub trigger_when: i64,
    /// Who is told.
    #[serde(deserialize_with = "or_default")]
    pub callback_urls: Vec<String>,
    /// What people call it.
    pub display_name: String,
    /// What it is for.
    pub description: String,
    /// How it is told.
    pub content_type: String,
    /// The name that answers are shown with.
    pub username: String,
    /// The picture that answers are shown with.
    pub icon_url: String,
}
