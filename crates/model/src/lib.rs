//! Ids, entities and their wire JSON.
//!
//! What the API says on the wire, and nothing else: no rules, no storage, no clock.

pub mod attribute;
pub mod audit;
pub mod bookmark;
pub mod channel;
pub mod command;
pub mod emoji;
pub mod group;
pub mod hook;
pub mod id;
pub mod oauth;
pub mod post;
pub mod remote;
pub mod team;
pub mod terms;
pub mod thread;
pub mod unsent;
pub mod user;

pub use attribute::{FieldAttributes, FieldOption, FieldType, ProfileField, Visibility};
pub use audit::Audit;
pub use bookmark::{Bookmark, BookmarkUpdate};
pub use channel::{
    Channel, ChannelBanner, ChannelMember, ChannelType, ChannelUnread, SidebarCategory,
};
pub use command::{Command, CommandResponse, CommandSuggestion};
pub use emoji::Emoji;
pub use group::{Group, GroupMember};
pub use hook::{IncomingWebhook, OutgoingWebhook};
pub use id::{Id, looks_like_id};
pub use oauth::OAuthApp;
pub use post::{
    FileInfo, Post, PostAcknowledgement, PostList, PostMetadata, PostPriority, Props, Reaction,
};
pub use remote::{RemoteCluster, RemoteClusterInfo, SharedChannel, SharedChannelRemote};
pub use team::{Team, TeamMember, TeamUnread};
pub use terms::{TermsAcceptance, TermsOfService};
pub use thread::{Thread, ThreadList};
pub use unsent::{Draft, ScheduledPost};
pub use user::{Bot, Preference, Session, Status, StringMap, User, UserAccessToken, View};

/// Milliseconds since 1970-01-01T00:00:00Z; 0 means "never", as the API has it.
pub type Millis = i64;
