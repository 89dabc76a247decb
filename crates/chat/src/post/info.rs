//! Where a post is, for whoever follows a link to it.

use fieldpost_access::{
    Caller, ChannelFacts, Permission, may_read_channel, require_channel, require_team,
};
use fieldpost_kernel::{Outcome, Rows};
use fieldpost_model::{ChannelType, Id};
use serde::Serialize;

use super::{by_id, no_post};
use crate::facts::{self, POLICY};
use crate::{channel, team};

/// Where a post is, and whether the caller is there already.
#[derive(Debug, Clone, Serialize)]
pub struct PostInfo {
    channel_id: Id,
    channel_type: ChannelType,
    channel_display_name: String,
    has_joined_channel: bool,
    team_id: Id,
    team_type: &'static str,
    team_display_name: String,
    has_joined_team: bool,
}

/// Where a post is, if the caller could read it there, or could after joining.
pub fn of(rows: &mut dyn Rows, caller: &Caller, id: Id) -> Outcome<PostInfo> {
    let post = by_id(rows, id)?.filter(|post| post.delete_at == 0).ok_or_else(no_post)?;
    let found = facts::channel(rows, caller, post.channel_id)?;
    if !within_reach(caller, &found.facts) {
        return Err(no_post());
    }
    let channel = channel::by_id(rows, post.channel_id)?.ok_or_else(no_post)?;
    let mut info = PostInfo {
        channel_id: channel.id,
        channel_type: channel.kind,
        channel_display_name: channel.display_name,
        has_joined_channel: found.facts.member.is_some(),
        team_id: Id::NONE,
        team_type: "",
        team_display_name: String::new(),
        has_joined_team: false,
    };
    if let (Some(facts), Some(team)) = (found.facts.team, team::by_id(rows, channel.team_id)?) {
        info.team_id = team.id;
        info.team_type = if facts.open_invite { "O" } else { "I" };
        info.team_display_name = team.display_name;
        info.has_joined_team = facts.member.is_some();
    }
    Ok(info)
}

fn within_reach(caller: &Caller, channel: &ChannelFacts) -> bool {
    let Some(team) = &channel.team else {
        return may_read_channel(caller, &POLICY, channel).is_ok();
    };
    let needed =
        if team.open_invite { Permission::JoinPublicTeams } else { Permission::JoinPrivateTeams };
    let in_team = team.member.is_some() || require_team(caller, team, needed).is_ok();
    let in_channel = channel.member.is_some()
        || channel.kind == ChannelType::Open
        || require_channel(caller, channel, Permission::ManagePrivateChannelMembers).is_ok();
    in_team && in_channel
}
