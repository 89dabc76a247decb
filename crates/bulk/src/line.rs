//! The lines of the format, as they are really spelled on the wire.

use fieldpost_model::{ChannelBanner, Id, Millis, PostPriority, Props, StringMap};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One line of a file.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Line {
    /// The version of the format: 1.
    Version {
        /// Always 1.
        version: i64,
        /// Who wrote the file.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        info: Option<Value>,
    },
    /// A team.
    Team {
        /// The team.
        team: Team,
    },
    /// A channel of a team.
    Channel {
        /// The channel.
        channel: Channel,
    },
    /// A person and where they belong.
    User {
        /// The person.
        user: Box<User>,
    },
    /// A post of a channel with all that hangs on it.
    Post {
        /// The post.
        post: Box<Post>,
    },
    /// A direct or group conversation.
    DirectChannel {
        /// The conversation.
        direct_channel: DirectChannel,
    },
    /// A post of a conversation with all that hangs on it.
    DirectPost {
        /// The post.
        direct_post: Box<DirectPost>,
    },
}

/// What we add to a team, a channel or a conversation of ours, so that it comes back as the same
/// one.
#[derive(Debug, Clone, Deserialize, Serialize, Default)]
#[serde(default)]
pub struct Ours {
    /// Its id.
    pub id: Id,
    /// When it was made.
    #[serde(skip_serializing_if = "is_zero")]
    pub create_at: Millis,
    /// Who made it.
    #[serde(skip_serializing_if = "Id::is_none")]
    pub creator: Id,
    /// When a team was archived; the format says it of channels only.
    #[serde(skip_serializing_if = "is_zero")]
    pub delete_at: Millis,
    /// What a channel takes from its members and guests.
    #[serde(skip_serializing_if = "is_zero")]
    pub restricted: i64,
    /// A channel's banner, if one was ever set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub banner: Option<ChannelBanner>,
    /// Mail domains of those who may join a team.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub allowed_domains: String,
    /// A team's company.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub company_name: String,
    /// What a group's conversation is called.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub display_name: String,
    /// Whether a channel of a team began as a group conversation.
    #[serde(skip_serializing_if = "is_false")]
    pub conversation: bool,
    /// A conversation's bookmarks; those of channels come with the people whose they are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bookmarks: Vec<OurBookmark>,
}

/// A bookmark of ours.
#[derive(Debug, Clone, Deserialize, Serialize, Default)]
#[serde(default)]
pub struct OurBookmark {
    /// The username of its owner; in a person's line theirs.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub user: String,
    /// Its team's name; none in a conversation.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub team: String,
    /// Its channel's name; none in a conversation.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub channel: String,
    /// What its id follows from: the site that made it, that site's epoch in hexadecimal, and the
    /// number of the change there.
    pub origin: (Id, String, u64),
    /// When it was made.
    pub create_at: Millis,
    /// The name people read.
    pub display_name: String,
    /// Where a link leads.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub link_url: String,
    /// A picture for it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub image_url: String,
    /// An emoji for it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub emoji: String,
    /// The id of the first of those that became this one.
    #[serde(skip_serializing_if = "Id::is_none")]
    pub original: Id,
    /// Its place among the others.
    pub sort_order: i64,
    /// Its file, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<Attachment>,
    /// The username of who uploaded the file.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub uploader: String,
}

/// What we add to a person of ours.
#[derive(Debug, Clone, Deserialize, Serialize, Default)]
#[serde(default)]
pub struct OurUser {
    /// The account's id.
    pub id: Id,
    /// When it was made.
    #[serde(skip_serializing_if = "is_zero")]
    pub create_at: Millis,
    /// Whether it has no address, and the one in the line is made up because others need one.
    #[serde(skip_serializing_if = "is_false")]
    pub no_email: bool,
    /// Time zone settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timezone: Option<StringMap>,
    /// Free public properties, such as the custom status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub props: Option<StringMap>,
    /// Of a bot: who owns it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bot: Option<OurBot>,
    /// The bookmarks of theirs that are in channels.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bookmarks: Vec<OurBookmark>,
}

/// What we add to a bot of ours.
#[derive(Debug, Clone, Deserialize, Serialize, Default)]
#[serde(default)]
pub struct OurBot {
    /// The owner's id.
    pub owner: Id,
    /// What it is for.
    pub description: String,
}

/// What we add to a post of ours.
#[derive(Debug, Clone, Deserialize, Serialize, Default)]
#[serde(default)]
pub struct OurPost {
    /// Its id.
    pub id: Id,
    /// Every version of a post that was edited, oldest first. The last is the one that stands, and
    /// its text and properties are those of the line.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<OurVersion>,
    /// How much it matters, if its author said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<PostPriority>,
    /// Who acknowledged it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub acknowledgements: Vec<OurAcknowledgement>,
}

/// An acknowledgement of a post of ours.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct OurAcknowledgement {
    /// The username.
    pub user: String,
    /// When.
    pub at: Millis,
}

/// A version of a post of ours.
#[derive(Debug, Clone, Deserialize, Serialize, Default)]
#[serde(default)]
pub struct OurVersion {
    /// Its id; none for the one first written.
    #[serde(skip_serializing_if = "Id::is_none")]
    pub id: Id,
    /// When it was written, by its writer's hybrid clock, in hexadecimal: numbers as large are not
    /// safe with every reader of JSON. None for the one first written.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub stamp: String,
    /// At which site; none for the one first written.
    #[serde(skip_serializing_if = "Id::is_none")]
    pub site: Id,
    /// Whether readers see that it was an edit.
    #[serde(skip_serializing_if = "is_false")]
    pub visibly: bool,
    /// Its text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Its properties.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub props: Option<Props>,
    /// Its files.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<Id>,
}

/// What we add to a file of ours.
#[derive(Debug, Clone, Deserialize, Serialize, Default)]
#[serde(default)]
pub struct OurFile {
    /// Its id.
    pub id: Id,
    /// When it was uploaded.
    #[serde(skip_serializing_if = "is_zero")]
    pub create_at: Millis,
    /// Its name, which the path may not be able to hold.
    pub name: String,
    /// Of an image: width and height, as clients are told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<(u32, u32)>,
    /// Of an image: whether clients show a preview of it.
    #[serde(skip_serializing_if = "is_false")]
    pub preview: bool,
}

fn is_zero(number: &i64) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the serialiser asks by reference")]
fn is_false(flag: &bool) -> bool {
    !*flag
}

/// A team.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Team {
    /// The name in addresses.
    pub name: String,
    /// The name people read.
    pub display_name: String,
    /// `O` or `I`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// Whether anybody may join.
    #[serde(default)]
    pub allow_open_invite: bool,
    /// Our own facts of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fieldpost: Option<Ours>,
}

/// A channel of a team.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Channel {
    /// Its team's name.
    pub team: String,
    /// The name in addresses.
    pub name: String,
    /// The name people read; the name in addresses without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// `O` or `P`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The line under the title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// When it was archived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Millis>,
    /// Our own facts of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fieldpost: Option<Ours>,
}

/// A person.
#[derive(Debug, Clone, Deserialize, Serialize, Default)]
#[serde(default)]
pub struct User {
    /// The name after the `@`.
    pub username: String,
    /// The address.
    pub email: String,
    /// The external sign-in service, or empty.
    pub auth_service: String,
    /// The password in plain text; none for one nobody knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// Display name.
    pub nickname: String,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// Job title.
    pub position: String,
    /// System roles.
    pub roles: String,
    /// Language tag.
    pub locale: String,
    /// When the account was deactivated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delete_at: Option<Millis>,
    /// Where they belong.
    pub teams: Vec<UserTeam>,
    /// Our own facts of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fieldpost: Option<OurUser>,
}

/// A person's place in a team.
#[derive(Debug, Clone, Deserialize, Serialize, Default)]
#[serde(default)]
pub struct UserTeam {
    /// The team's name.
    pub name: String,
    /// Roles in it.
    pub roles: String,
    /// Places in its channels.
    pub channels: Vec<UserChannel>,
}

/// A person's place in a channel.
#[derive(Debug, Clone, Deserialize, Serialize, Default)]
#[serde(default)]
pub struct UserChannel {
    /// The channel's name.
    pub name: String,
    /// Roles in it.
    pub roles: String,
}

/// What a post and a reply share.
#[derive(Debug, Clone, Deserialize, Serialize, Default)]
pub struct Said {
    /// The author's username.
    pub user: String,
    /// The text.
    pub message: String,
    /// When it was written.
    pub create_at: Millis,
    /// The type; empty for people's posts.
    #[serde(rename = "type", default, skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// Free properties.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub props: Option<Props>,
    /// When it was edited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edit_at: Option<Millis>,
    /// Whether it is pinned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_pinned: Option<bool>,
    /// Who reacted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reactions: Option<Vec<Reaction>>,
    /// Its files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachments: Option<Vec<Attachment>>,
    /// Our own facts of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fieldpost: Option<OurPost>,
}

/// A post of a channel.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Post {
    /// The team's name.
    pub team: String,
    /// The channel's name.
    pub channel: String,
    /// What was said.
    #[serde(flatten)]
    pub said: Said,
    /// What was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replies: Option<Vec<Said>>,
}

/// A conversation.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct DirectChannel {
    /// Two to eight usernames.
    #[serde(default)]
    pub members: Vec<String>,
    /// The line under the title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// Some writers name the members here instead.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub participants: Vec<Value>,
    /// Our own facts of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fieldpost: Option<Ours>,
}

/// A post of a conversation.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct DirectPost {
    /// The usernames of the conversation.
    pub channel_members: Vec<String>,
    /// What was said.
    #[serde(flatten)]
    pub said: Said,
    /// What was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replies: Option<Vec<Said>>,
}

/// One person's emoji.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Reaction {
    /// The username.
    pub user: String,
    /// The emoji's name.
    pub emoji_name: String,
    /// When.
    pub create_at: Millis,
}

/// A file in the archive.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Attachment {
    /// Its path in the archive, below `data/`.
    pub path: String,
    /// Our own facts of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fieldpost: Option<OurFile>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_they_are_written_by_others() {
        let post = r#"{"type": "post", "post": {"team": "t", "channel": "c", "user": "u",
            "message": "m", "create_at": 1, "replies": [{"user": "u", "message": "r",
            "create_at": 2}], "reactions": [{"user": "u", "emoji_name": "ok", "create_at": 3}],
            "unknown": true}}"#;
        let Line::Post { post } = serde_json::from_str(post).unwrap() else { panic!() };
        assert_eq!(post.said.message, "m");
        assert_eq!(post.replies.unwrap()[0].create_at, 2);
        assert_eq!(post.said.reactions.unwrap()[0].emoji_name, "ok");
    }

    #[test]
    fn what_is_required_is_missed() {
        let line = r#"{"type":"post","post":{"team":"t","user":"u","message":"m","create_at":1}}"#;
        let error = serde_json::from_str::<Line>(line).unwrap_err().to_string();
        assert!(error.contains("channel"), "{error}");
    }
}
