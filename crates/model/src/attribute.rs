//! Fields that a site adds to everybody's profile.

use serde::{Deserialize, Serialize};

use crate::{Id, Millis};

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldType {
    /// A short text.
    Text,
    /// One of its options.
    Select,
    /// Some of its options.
    Multiselect,
    /// A day.
    Date,
    /// Somebody.
    User,
    /// Some people.
    Multiuser,
}

impl FieldType {
    /// Whether its values are chosen from options.
    pub fn has_options(self) -> bool {
        matches!(self, Self::Select | Self::Multiselect)
    }

    /// Whether its values are lists.
    pub fn is_list(self) -> bool {
        matches!(self, Self::Multiselect | Self::Multiuser)
    }
}

/// When clients show a field in a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Never.
    Hidden,
    /// Where the person has a value.
    #[default]
    WhenSet,
    /// Always.
    Always,
}

/// Something that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldOption {
    /// Names the option in values.
    pub id: Id,
    /// What it is called.
    pub name: String,
    /// A colour for it, or empty.
    pub color: String,
}

/// What is said of a field beside its name and type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldAttributes {
    /// When clients show it.
    pub visibility: Visibility,
    /// Where it stands among the others.
    pub sort_order: i64,
    /// Whether a text is an `email`, a `url` or a `phone` number; otherwise empty.
    pub value_type: String,
    /// `admin` where only administrators set values; otherwise empty.
    pub managed: &'static str,
    /// The directory's attribute that values come from: none.
    pub ldap: &'static str,
    /// The sign-in service's attribute that values come from: none.
    pub saml: &'static str,
    /// What can be chosen, where something can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<Vec<FieldOption>>,
}

/// A field of everybody's profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProfileField {
    /// Which.
    pub id: Id,
    /// The group of all such fields.
    pub group_id: Id,
    /// What it is called.
    pub name: String,
    /// What it holds.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// What else is said of it.
    pub attrs: FieldAttributes,
    /// Always empty: it is everybody's.
    pub target_id: &'static str,
    /// Always empty: it is everybody's.
    pub target_type: &'static str,
    /// When it was made.
    pub create_at: Millis,
    /// When it last changed.
    pub update_at: Millis,
    /// When it was removed, or 0.
    pub delete_at: Millis,
}
