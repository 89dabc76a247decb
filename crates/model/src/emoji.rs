//! Custom emoji.

use serde::{Deserialize, Serialize};

use crate::{Id, Millis};

/// A small picture with a name, which people write between colons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Emoji {
    /// Which.
    pub id: Id,
    /// When it was made.
    pub create_at: Millis,
    /// When it was made, or deleted.
    pub update_at: Millis,
    /// When it was deleted, or 0.
    pub delete_at: Millis,
    /// Who made it.
    pub creator_id: Id,
    /// Its name without colons.
    pub name: String,
}
