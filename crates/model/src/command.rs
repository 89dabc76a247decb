//! Slash commands, and what they answer.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::post::or_default;
use crate::{Id, Millis, Props};

/// A slash command: of the server, or of a team and answered elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Command {
    /// Which; none for one of the server's.
    pub id: Id,
    /// What whoever answers knows this site by.
    pub token: String,
    /// When it was made.
    pub create_at: Millis,
    /// When it was last changed.
    pub update_at: Millis,
    /// When it was deleted, or 0.
    pub delete_at: Millis,
    /// Who made it.
    pub creator_id: Id,
    /// Whose.
    pub team_id: Id,
    /// The word after the slash.
    pub trigger: String,
    /// `P` or `G`: how whoever answers is asked.
    pub method: String,
    /// The name that its answers bear.
    pub username: String,
    /// The picture that its answers bear.
    pub icon_url: String,
    /// Whether it is suggested.
    pub auto_complete: bool,
    /// What it does, as a suggestion says it.
    pub auto_complete_desc: String,
    /// What is written behind it, as a suggestion says it.
    pub auto_complete_hint: String,
    /// What people call it.
    pub display_name: String,
    /// What it is for.
    pub description: String,
    /// Where it is answered.
    pub url: String,
}

/// What a command answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct CommandResponse {
    /// `in_channel`, or `ephemeral` and nothing for whoever typed it alone.
    #[serde(deserialize_with = "or_default")]
    pub response_type: String,
    /// The text.
    #[serde(deserialize_with = "or_default")]
    pub text: String,
    /// In which name.
    #[serde(deserialize_with = "or_default")]
    pub username: String,
    /// Where, if elsewhere.
    #[serde(deserialize_with = "or_default")]
    pub channel_id: Id,
    /// With which picture.
    #[serde(deserialize_with = "or_default")]
    pub icon_url: String,
    /// The type of the post.
    #[serde(rename = "type", deserialize_with = "or_default")]
    pub kind: String,
    /// Properties of the post.
    #[serde(deserialize_with = "or_default")]
    pub props: Props,
    /// Where the client goes.
    #[serde(deserialize_with = "or_default")]
    pub goto_location: String,
    /// What a dialog is opened by that belongs to this command.
    #[serde(deserialize_with = "or_default")]
    pub trigger_id: String,
    /// Whether links in another product's form stay as they are.
    #[serde(deserialize_with = "or_default")]
    pub skip_slack_parsing: bool,
    /// What is shown under the text.
    #[serde(deserialize_with = "or_default")]
    pub attachments: Vec<Value>,
    /// More answers.
    #[serde(deserialize_with = "or_default")]
    pub extra_responses: Vec<Self>,
}

/// What may follow what was typed, under the names that the API has for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default, rename_all = "PascalCase")]
pub struct CommandSuggestion {
    /// All that is typed, once it is chosen; without the slash.
    pub complete: String,
    /// What is chosen.
    pub suggestion: String,
    /// What is written behind it.
    pub hint: String,
    /// What it does.
    pub description: String,
    /// A picture.
    pub icon_data: String,
}
