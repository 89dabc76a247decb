//! Teams and their members.

use serde::{Deserialize, Serialize};

use crate::user::is_zero;
use crate::{Id, Millis};

/// A team: the outermost place people share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Team {
    /// Which.
    pub id: Id,
    /// When it was made.
    pub create_at: Millis,
    /// When this site last changed what it knows of it.
    pub update_at: Millis,
    /// When it was archived, or 0.
    pub delete_at: Millis,
    /// The name people read.
    pub display_name: String,
    /// The name in addresses.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The founder's address; shown to its managers.
    pub email: String,
    /// `O` open or `I` by invitation.
    #[serde(rename = "type")]
    pub kind: String,
    /// Unused since the field's first years; kept for its readers.
    pub company_name: String,
    /// Mail domains of people who may join, or empty for any.
    pub allowed_domains: String,
    /// The secret of the invitation link; shown to those who may invite.
    pub invite_id: String,
    /// Whether anybody signed in may join.
    pub allow_open_invite: bool,
    /// When the icon last changed.
    #[serde(skip_serializing_if = "is_zero")]
    pub last_team_icon_update: Millis,
    /// The permission scheme, if any.
    pub scheme_id: Option<Id>,
    /// Whether membership follows groups.
    pub group_constrained: Option<bool>,
    /// The retention policy, if any.
    pub policy_id: Option<Id>,
    /// Always false: nothing here is limited by a plan.
    pub cloud_limits_archived: bool,
}

/// A person in a team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct TeamMember {
    /// The team.
    pub team_id: Id,
    /// The person.
    pub user_id: Id,
    /// Explicit roles, then those the flags stand for.
    pub roles: String,
    /// When the person left, or 0.
    pub delete_at: Millis,
    /// Whether a guest.
    pub scheme_guest: bool,
    /// Whether a member.
    pub scheme_user: bool,
    /// Whether an administrator of the team.
    pub scheme_admin: bool,
    /// Roles beyond those of the flags.
    pub explicit_roles: String,
}

/// What one person has not read in one team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct TeamUnread {
    /// The team; empty for direct and group conversations.
    pub team_id: Id,
    /// Unread posts.
    pub msg_count: i64,
    /// Unread mentions.
    pub mention_count: i64,
    /// Unread mentions in roots.
    pub mention_count_root: i64,
    /// Unread roots.
    pub msg_count_root: i64,
    /// Unread followed threads.
    pub thread_count: i64,
    /// Unread mentions in followed threads.
    pub thread_mention_count: i64,
    /// Those of urgent threads.
    pub thread_urgent_mention_count: i64,
}
