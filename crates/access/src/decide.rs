//! How a permission is looked for: at each level, in order, until one grants it.

use fieldpost_model::{ChannelType, Id};

use crate::facts::{
    Caller, CategoryFacts, ChannelFacts, Denied, GroupFacts, Policy, TeamFacts, UserFacts,
};
use crate::permission::Permission;

/// Grants when the condition holds, and otherwise names the permission that was missing.
pub(crate) fn require(condition: bool, permission: Permission) -> Result<(), Denied> {
    if condition { Ok(()) } else { Err(Denied { permission }) }
}

/// Whether the caller's system roles grant the permission.
pub fn require_system(caller: &Caller, permission: Permission) -> Result<(), Denied> {
    require(caller.holds(permission), permission)
}

/// Whether the caller has the permission in a team: by membership, else by system roles.
pub fn require_team(
    caller: &Caller,
    team: &TeamFacts,
    permission: Permission,
) -> Result<(), Denied> {
    require(team_grants(caller, team, permission), permission)
}

/// Whether the caller has the permission in every one of these teams.
pub fn require_teams(
    caller: &Caller,
    teams: &[TeamFacts],
    permission: Permission,
) -> Result<(), Denied> {
    let in_each = || {
        teams
            .iter()
            .all(|team| !team.id.is_none() && caller.granted_by(team.member.as_ref(), permission))
    };
    require(caller.may_act() && (caller.holds(permission) || in_each()), permission)
}

/// Whether the caller has the permission in a channel: by membership, by `manage_system`, else as
/// in the channel's team.
pub fn require_channel(
    caller: &Caller,
    channel: &ChannelFacts,
    permission: Permission,
) -> Result<(), Denied> {
    require(channel_grants(caller, channel, permission), permission)
}

/// Whether the caller has the permission in every one of these channels. Roles in the teams of the
/// channels do not count.
pub fn require_channels(
    caller: &Caller,
    channels: &[ChannelFacts],
    permission: Permission,
) -> Result<(), Denied> {
    let known = || channels.iter().all(|channel| !channel.id.is_none());
    let in_each =
        || channels.iter().all(|channel| caller.granted_by(channel.member.as_ref(), permission));
    let granted = caller.holds(Permission::ManageSystem)
        || known() && (caller.holds(permission) || in_each());
    require(caller.may_act() && granted, permission)
}

/// Whether the caller has the permission for a post of this channel: as in [`require_channel`], but
/// `manage_system` alone is not enough.
pub fn require_channel_of_post(
    caller: &Caller,
    channel: &ChannelFacts,
    permission: Permission,
) -> Result<(), Denied> {
    require(channel_of_post_grants(caller, channel, permission), permission)
}

/// Whether the caller may use a group in this way: as its member, else by system roles.
pub fn require_group(
    caller: &Caller,
    group: &GroupFacts,
    permission: Permission,
) -> Result<(), Denied> {
    let granted = caller.granted_by(group.member.as_ref(), permission) || caller.holds(permission);
    require(granted, permission)
}

/// Whether the caller may act for a user: it is itself, or may edit others. Only those with
/// `manage_system` act for a system administrator.
pub fn require_user(caller: &Caller, target: &UserFacts) -> Result<(), Denied> {
    let edits_others = !target.system_admin && caller.holds(Permission::EditOtherUsers);
    let granted = caller.is(target.id) || caller.holds(Permission::ManageSystem) || edits_others;
    require(granted && !target.id.is_none(), Permission::EditOtherUsers)
}

/// Whether the caller may change a sidebar category that a request names by its user and team.
pub fn require_category(
    caller: &Caller,
    category: &CategoryFacts,
    named_user: Id,
    named_team: Id,
) -> Result<(), Denied> {
    let own =
        caller.is(category.user) && category.user == named_user && category.team == named_team;
    require(own || caller.holds(Permission::EditOtherUsers), Permission::EditOtherUsers)
}

/// Whether the caller may read what is written in a channel. In an open channel anybody of the
/// team may, unless compliance is on.
pub fn may_read_channel(
    caller: &Caller,
    policy: &Policy,
    channel: &ChannelFacts,
) -> Result<(), Denied> {
    let as_member = require_channel(caller, channel, Permission::ReadChannelContent);
    if as_member.is_ok() || channel.kind != ChannelType::Open || policy.compliance {
        return as_member;
    }
    in_team_of(caller, channel, Permission::ReadPublicChannel)
}

/// Whether the caller may know how many members a channel has.
pub fn may_count_members(caller: &Caller, channel: &ChannelFacts) -> Result<(), Denied> {
    let as_member = require_channel(caller, channel, Permission::ReadChannelContent);
    if as_member.is_ok() || channel.kind != ChannelType::Open {
        return as_member;
    }
    in_team_of(caller, channel, Permission::ListTeamChannels)
}

/// Whether the caller has the permission in the team of a channel that exists.
pub(crate) fn in_team_of(
    caller: &Caller,
    channel: &ChannelFacts,
    permission: Permission,
) -> Result<(), Denied> {
    let team = channel.team.as_ref().filter(|_| !channel.id.is_none());
    require(team.is_some_and(|team| team_grants(caller, team, permission)), permission)
}

pub(crate) fn channel_grants(
    caller: &Caller,
    channel: &ChannelFacts,
    permission: Permission,
) -> bool {
    let administers = || !channel.id.is_none() && caller.holds(Permission::ManageSystem);
    channel_of_post_grants(caller, channel, permission) || administers()
}

fn channel_of_post_grants(caller: &Caller, channel: &ChannelFacts, permission: Permission) -> bool {
    if channel.id.is_none() {
        return false;
    }
    let above = || match &channel.team {
        Some(team) => team_grants(caller, team, permission),
        None => caller.holds(permission),
    };
    caller.granted_by(channel.member.as_ref(), permission) || above()
}

fn team_grants(caller: &Caller, team: &TeamFacts, permission: Permission) -> bool {
    let by_membership = || caller.granted_by(team.member.as_ref(), permission);
    !team.id.is_none() && (by_membership() || caller.holds(permission))
}
