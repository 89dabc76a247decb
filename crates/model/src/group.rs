//! Groups of people that are addressed by one name.

use serde::{Deserialize, Serialize};

use crate::{Id, Millis};

/// Some people with a name by which all of them are mentioned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Which.
    pub id: Id,
    /// The name after the `@`.
    pub name: String,
    /// The name that people see.
    pub display_name: String,
    /// What it is for.
    pub description: String,
    /// Where it comes from: `custom` for one that people made.
    pub source: String,
    /// What a directory calls it; nothing for one that people made.
    pub remote_id: Option<String>,
    /// When it was made.
    pub create_at: Millis,
    /// When it was last changed.
    pub update_at: Millis,
    /// When it was archived, or 0.
    pub delete_at: Millis,
    /// Whether it decides who belongs to teams or channels.
    pub has_syncables: bool,
    /// Whether its name mentions its people.
    pub allow_reference: bool,
    /// How many active people are in it, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member_count: Option<i64>,
    /// Who is in it, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member_ids: Option<Vec<Id>>,
}

/// Somebody's place in a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupMember {
    /// The group.
    pub group_id: Id,
    /// Who.
    pub user_id: Id,
    /// Since when.
    pub create_at: Millis,
    /// When they were taken out, or 0.
    pub delete_at: Millis,
}
