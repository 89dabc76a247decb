//! Channels, direct and group conversations, and their members.

use serde::{Deserialize, Serialize};

use crate::user::StringMap;
use crate::{Id, Millis};

/// What kind of conversation a channel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
pub enum ChannelType {
    /// Anybody of the team may find and join it.
    #[default]
    #[serde(rename = "O")]
    Open,
    /// By invitation.
    #[serde(rename = "P")]
    Private,
    /// Two people, or one person's notes.
    #[serde(rename = "D")]
    Direct,
    /// Three to eight people.
    #[serde(rename = "G")]
    Group,
}

impl ChannelType {
    /// The letter on the wire and in the database.
    pub const fn letter(self) -> &'static str {
        match self {
            Self::Open => "O",
            Self::Private => "P",
            Self::Direct => "D",
            Self::Group => "G",
        }
    }

    /// The kind a letter names.
    pub fn from_letter(letter: &str) -> Option<Self> {
        match letter {
            "O" => Some(Self::Open),
            "P" => Some(Self::Private),
            "D" => Some(Self::Direct),
            "G" => Some(Self::Group),
            _ => None,
        }
    }

    /// Whether it belongs to a team.
    pub const fn is_team(self) -> bool {
        matches!(self, Self::Open | Self::Private)
    }
}

/// A channel or conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Channel {
    /// Which.
    pub id: Id,
    /// When it was made.
    pub create_at: Millis,
    /// When this site last changed its properties.
    pub update_at: Millis,
    /// When it was archived, or 0.
    pub delete_at: Millis,
    /// Its team; empty for conversations.
    pub team_id: Id,
    /// What kind it is.
    #[serde(rename = "type")]
    pub kind: ChannelType,
    /// The name people read.
    pub display_name: String,
    /// The name in addresses.
    pub name: String,
    /// The line under the title.
    pub header: String,
    /// What it is for.
    pub purpose: String,
    /// When something was last posted or edited.
    pub last_post_at: Millis,
    /// How many posts count as messages.
    pub total_msg_count: i64,
    /// Always 0.
    pub extra_update_at: Millis,
    /// Who made it.
    pub creator_id: Id,
    /// The permission scheme, if any.
    pub scheme_id: Option<Id>,
    /// Free properties; `channel_mentions` is filled on reads.
    pub props: Option<serde_json::Map<String, serde_json::Value>>,
    /// Whether membership follows groups.
    pub group_constrained: Option<bool>,
    /// Whether another site has it too.
    pub shared: Option<bool>,
    /// How many of the messages are roots.
    pub total_msg_count_root: i64,
    /// The retention policy, if any.
    pub policy_id: Option<Id>,
    /// When a root was last posted.
    pub last_root_post_at: Millis,
    /// The banner over the channel, if any.
    pub banner_info: Option<ChannelBanner>,
    /// Whether this site only reads it, as another has said. Left out where nothing was ever said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_only: Option<bool>,
}

/// The banner of a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct ChannelBanner {
    /// Whether it is shown.
    pub enabled: bool,
    /// What it says, in Markdown.
    pub text: String,
    /// What it stands on, like `#rgb` or `#rrggbb`.
    pub background_color: String,
}

/// A person in a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct ChannelMember {
    /// The channel.
    pub channel_id: Id,
    /// The person.
    pub user_id: Id,
    /// Explicit roles, then those the flags stand for.
    pub roles: String,
    /// Up to when the person has read; -1 where it is somebody else's.
    pub last_viewed_at: Millis,
    /// How many messages are **read**.
    pub msg_count: i64,
    /// Unread mentions.
    pub mention_count: i64,
    /// Unread mentions in roots.
    pub mention_count_root: i64,
    /// Unread mentions in urgent roots.
    pub urgent_mention_count: i64,
    /// How many roots are read.
    pub msg_count_root: i64,
    /// How the person wants to be notified here.
    pub notify_props: StringMap,
    /// When this membership last changed; -1 where it is somebody else's.
    pub last_update_at: Millis,
    /// Whether a guest.
    pub scheme_guest: bool,
    /// Whether a member.
    pub scheme_user: bool,
    /// Whether an administrator of the channel.
    pub scheme_admin: bool,
    /// Roles beyond those of the flags.
    pub explicit_roles: String,
}

impl ChannelMember {
    /// The membership as other people see it: when this person read is nobody's business.
    #[must_use]
    pub fn for_others(mut self) -> Self {
        self.last_viewed_at = -1;
        self.last_update_at = -1;
        self
    }
}

/// What one person has not read in one channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct ChannelUnread {
    /// The channel's team.
    pub team_id: Id,
    /// The channel.
    pub channel_id: Id,
    /// Unread messages; 0 when muted.
    pub msg_count: i64,
    /// Unread mentions.
    pub mention_count: i64,
    /// Unread mentions in roots.
    pub mention_count_root: i64,
    /// Unread mentions in urgent roots.
    pub urgent_mention_count: i64,
    /// Unread roots; 0 when muted.
    pub msg_count_root: i64,
}

/// A group of channels in one person's sidebar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct SidebarCategory {
    /// `<type>_<user>_<team>` for the three default ones, an id for custom ones.
    pub id: String,
    /// Whose.
    pub user_id: Id,
    /// In which team's sidebar.
    pub team_id: Id,
    /// Position among the categories, in steps of 10.
    pub sort_order: i64,
    /// Empty, `manual`, `recent` or `alpha`.
    pub sorting: String,
    /// `favorites`, `channels`, `direct_messages` or `custom`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The name people read.
    pub display_name: String,
    /// Whether its channels are muted.
    pub muted: bool,
    /// Whether it is folded.
    pub collapsed: bool,
    /// Its channels, in order.
    pub channel_ids: Vec<Id>,
}
