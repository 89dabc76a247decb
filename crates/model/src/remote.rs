//! Other sites and what is shared with them, as clients of the API know them.

use serde::Serialize;

use crate::{Id, Millis};

/// A site that this one is linked with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct RemoteCluster {
    /// Which; people of that site carry it as their `remote_id`.
    pub remote_id: Id,
    /// Always empty: a link belongs to no team.
    pub remote_team_id: &'static str,
    /// What it is called here.
    pub name: String,
    /// The same.
    pub display_name: String,
    /// The address at which it is called over a link; empty if it calls.
    pub site_url: String,
    /// Always empty: a channel comes with its team.
    pub default_team_id: &'static str,
    /// When it was linked.
    pub create_at: Millis,
    /// Always 0: what is not linked any more is not listed.
    pub delete_at: Millis,
    /// When it was heard last, or 0.
    pub last_ping_at: Millis,
    /// Always empty.
    pub topics: &'static str,
    /// Always empty: both sides' administrators make a link.
    pub creator_id: &'static str,
    /// Always empty: no plugin stands between.
    pub plugin_id: &'static str,
    /// Always 0.
    pub options: i64,
}

/// What everybody may know of a site with which a channel of theirs is shared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct RemoteClusterInfo {
    /// Which.
    pub remote_id: Id,
    /// What it is called here.
    pub name: String,
    /// The same.
    pub display_name: String,
    /// When it was linked.
    pub create_at: Millis,
    /// Always 0.
    pub delete_at: Millis,
    /// When it was heard last, or 0.
    pub last_ping_at: Millis,
}

/// A channel that is shared with some site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct SharedChannel {
    /// Which.
    pub id: Id,
    /// Its team.
    pub team_id: Id,
    /// Whether it was made here.
    pub home: bool,
    /// Always false: both sides write.
    pub readonly: bool,
    /// The name in addresses.
    pub name: String,
    /// The name people read.
    pub display_name: String,
    /// What it is for.
    pub purpose: String,
    /// The line under the title.
    pub header: String,
    /// Who made it.
    pub creator_id: Id,
    /// When it was made.
    pub create_at: Millis,
    /// When it last changed here.
    pub update_at: Millis,
    /// The site where it was made, where that is not this one.
    pub remote_id: Id,
}

/// That a channel is shared with a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct SharedChannelRemote {
    /// Names the share.
    pub id: Id,
    /// Which channel.
    pub channel_id: Id,
    /// Always empty.
    pub creator_id: &'static str,
    /// Since when the other side shares it, or 0.
    pub create_at: Millis,
    /// The same.
    pub update_at: Millis,
    /// Always 0: what is not shared any more is not listed.
    pub delete_at: Millis,
    /// Whether the other side shares it.
    pub is_invite_accepted: bool,
    /// Whether both sides share it, so that it passes.
    pub is_invite_confirmed: bool,
    /// With which site.
    pub remote_id: Id,
    /// Always 0: changes pass in any order, and no post is the last.
    pub last_post_update_at: Millis,
    /// Always empty.
    pub last_post_id: &'static str,
    /// Always 0.
    pub last_post_create_at: Millis,
    /// Always empty.
    pub last_post_create_id: &'static str,
}
