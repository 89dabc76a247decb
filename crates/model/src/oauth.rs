//! Programs that people let act in their name.

use serde::{Deserialize, Serialize};

use crate::post::or_default;
use crate::{Id, Millis};

/// A program that may ask people to let it act in their name, by OAuth 2.0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct OAuthApp {
    /// Which; what OAuth calls the client's id. It is no secret.
    pub id: Id,
    /// Who made it; nobody, for one that registered itself.
    pub creator_id: Id,
    /// When it was made.
    pub create_at: Millis,
    /// When it was last changed.
    pub update_at: Millis,
    /// What it proves itself by: said once, when it is made, and blank ever after.
    pub client_secret: String,
    /// What people call it.
    pub name: String,
    /// What it is for.
    #[serde(deserialize_with = "or_default")]
    pub description: String,
    /// The address of its picture.
    #[serde(deserialize_with = "or_default")]
    pub icon_url: String,
    /// Where people may be sent back to.
    #[serde(deserialize_with = "or_default")]
    pub callback_urls: Vec<String>,
    /// Where people read about it.
    pub homepage: String,
    /// Whether people are not asked.
    pub is_trusted: bool,
    /// Whether it registered itself.
    pub is_dynamically_registered: bool,
    /// Whether it can keep no secret: it runs on people's own devices.
    pub is_public: bool,
}
