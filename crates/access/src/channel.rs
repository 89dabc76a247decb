//! Channels, their members and their bookmarks.

use fieldpost_model::{ChannelType, Id};

use crate::decide::{in_team_of, require, require_channel, require_system, require_team};
use crate::facts::{Caller, ChannelFacts, Denied, TeamFacts, VisibilityFacts};
use crate::permission::Permission;
use crate::user::may_see_user;

/// Whether the caller may make an open or private channel in a team. Direct and group messages
/// have functions of their own, and are refused here.
pub fn may_create_channel(
    caller: &Caller,
    team: &TeamFacts,
    kind: ChannelType,
) -> Result<(), Denied> {
    match kind {
        ChannelType::Open => require_team(caller, team, Permission::CreatePublicChannel),
        ChannelType::Private => require_team(caller, team, Permission::CreatePrivateChannel),
        ChannelType::Direct => Err(Denied { permission: Permission::CreateDirectChannel }),
        ChannelType::Group => Err(Denied { permission: Permission::CreateGroupChannel }),
    }
}

/// Whether the caller may open a direct message between these two. Only administrators open one
/// between others.
pub fn may_create_direct(caller: &Caller, pair: &[VisibilityFacts; 2]) -> Result<(), Denied> {
    require_system(caller, Permission::CreateDirectChannel)?;
    if !pair.iter().any(|of| caller.is(of.user)) {
        require_system(caller, Permission::ManageSystem)?;
    }
    pair.iter().try_for_each(|of| may_see_user(caller, of))
}

/// Whether the caller may open a group message with these users.
pub fn may_create_group(caller: &Caller, members: &[VisibilityFacts]) -> Result<(), Denied> {
    require_system(caller, Permission::CreateGroupChannel)?;
    members.iter().try_for_each(|of| may_see_user(caller, of))
}

/// Whether the caller may look a channel up, archived or not, by its id.
pub fn may_look_up_channel(caller: &Caller, channel: &ChannelFacts) -> Result<(), Denied> {
    let as_member = require_channel(caller, channel, Permission::ReadChannel);
    if as_member.is_ok() || channel.kind != ChannelType::Open {
        return as_member;
    }
    in_team_of(caller, channel, Permission::ReadPublicChannel)
}

/// Whether the caller may look a channel up by its name. Who may not is told that there is none,
/// when it is private.
pub fn may_look_up_channel_by_name(caller: &Caller, channel: &ChannelFacts) -> Result<(), Denied> {
    if channel.archived {
        return in_team_of(caller, channel, Permission::ManageTeam);
    }
    may_look_up_channel(caller, channel)
}

/// Whether the caller may change name, header or purpose. In direct and group messages every
/// member may.
pub fn may_update_channel(caller: &Caller, channel: &ChannelFacts) -> Result<(), Denied> {
    let needed = channel.by_kind(
        Permission::ManagePublicChannelProperties,
        Permission::ManagePrivateChannelProperties,
    );
    set_property(caller, channel, needed)
}

/// Whether the caller may switch a channel's translation on and off.
pub fn may_set_auto_translation(caller: &Caller, channel: &ChannelFacts) -> Result<(), Denied> {
    let needed = channel.by_kind(
        Permission::ManagePublicChannelAutoTranslation,
        Permission::ManagePrivateChannelAutoTranslation,
    );
    set_property(caller, channel, needed)
}

/// Whether the caller may change a channel's banner. Direct and group messages have none.
pub fn may_set_banner(caller: &Caller, channel: &ChannelFacts) -> Result<(), Denied> {
    in_a_team(
        caller,
        channel,
        channel
            .by_kind(Permission::ManagePublicChannelBanner, Permission::ManagePrivateChannelBanner),
    )
}

/// Whether the caller may archive a channel. That the default channel stays is not asked here.
pub fn may_delete_channel(caller: &Caller, channel: &ChannelFacts) -> Result<(), Denied> {
    let needed = channel.by_kind(Permission::DeletePublicChannel, Permission::DeletePrivateChannel);
    in_a_team(caller, channel, needed)
}

/// Whether the caller may make a channel open or private. What it is now does not matter: setting
/// it again needs the same right.
pub fn may_convert(caller: &Caller, channel: &ChannelFacts, to: ChannelType) -> Result<(), Denied> {
    let needed = match to {
        ChannelType::Open => Permission::ConvertPrivateChannelToPublic,
        _ => Permission::ConvertPublicChannelToPrivate,
    };
    require(matches!(to, ChannelType::Open | ChannelType::Private), needed)?;
    in_a_team(caller, channel, needed)
}

/// Whether the caller may turn a group message into a private channel of this team.
pub fn may_convert_group(
    caller: &Caller,
    channel: &ChannelFacts,
    team: &TeamFacts,
) -> Result<(), Denied> {
    let member = channel.kind == ChannelType::Group && caller.belongs(channel.member.as_ref());
    require(member && !caller.guest, Permission::CreatePrivateChannel)?;
    require_team(caller, team, Permission::CreatePrivateChannel)
}

/// Whether the caller may move a channel to another team. What is moved may be read by people whom
/// neither team's administrators chose, so whoever administers the site decides. Direct and group
/// messages are of no team.
pub fn may_move_channel(caller: &Caller, channel: &ChannelFacts) -> Result<(), Denied> {
    let needed = Permission::ManageSystem;
    require(!channel.id.is_none() && !channel.is_message(), needed)?;
    require_system(caller, needed)
}

/// Whether the caller may bring an archived channel back.
pub fn may_restore(caller: &Caller, channel: &ChannelFacts) -> Result<(), Denied> {
    let in_team = in_team_of(caller, channel, Permission::ManageTeam);
    in_team.or_else(|denied| {
        require_system(caller, Permission::SysconsoleWriteUserManagementChannels)
            .map_err(|_| denied)
    })
}

/// Whether the caller may add this user, or themselves, to a channel.
pub fn may_add_member(
    caller: &Caller,
    channel: &ChannelFacts,
    user: &VisibilityFacts,
) -> Result<(), Denied> {
    if caller.guest {
        // Guests bring nobody together who is not already within their sight.
        let needed = manage_members(channel);
        require(caller.belongs(channel.member.as_ref()), needed)?;
        may_see_user(caller, user)?;
    }
    if channel.kind == ChannelType::Open && caller.is(user.user) {
        return in_team_of(caller, channel, Permission::JoinPublicChannels);
    }
    in_a_team(caller, channel, manage_members(channel))
}

/// Whether the caller may remove this user from a channel. Anybody may leave.
pub fn may_remove_member(caller: &Caller, channel: &ChannelFacts, user: Id) -> Result<(), Denied> {
    if caller.is(user) && !channel.id.is_none() && !channel.is_message() {
        return Ok(());
    }
    in_a_team(caller, channel, manage_members(channel))
}

/// Whether the caller may make members administrators of a channel, or give them other roles.
pub fn may_change_channel_roles(caller: &Caller, channel: &ChannelFacts) -> Result<(), Denied> {
    require_channel(caller, channel, Permission::ManageChannelRoles)
}

/// Whether the caller may see how a channel restricts its members and guests.
pub fn may_read_moderation(caller: &Caller) -> Result<(), Denied> {
    require_system(caller, Permission::SysconsoleReadUserManagementChannels)
}

/// Whether the caller may restrict the members and guests of a channel.
pub fn may_moderate(caller: &Caller, channel: &ChannelFacts) -> Result<(), Denied> {
    let needed = Permission::SysconsoleWriteUserManagementChannels;
    require(!channel.id.is_none(), needed)?;
    require_system(caller, needed)
}

/// Whether the caller may write the rules that decide who gets into a channel.
pub fn may_manage_access_rules(caller: &Caller, channel: &ChannelFacts) -> Result<(), Denied> {
    require_system(caller, Permission::ManageSystem)
        .or_else(|_| require_channel(caller, channel, Permission::ManageChannelAccessRules))
}

/// What is done to a bookmark of a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BookmarkAction {
    /// Making one.
    Add,
    /// Changing one.
    Edit,
    /// Removing one.
    Delete,
    /// Moving one.
    Order,
}

/// Whether the caller may do this to a channel's bookmarks. In direct and group messages every
/// member but a guest may.
pub fn may_bookmark(
    caller: &Caller,
    channel: &ChannelFacts,
    action: BookmarkAction,
) -> Result<(), Denied> {
    use Permission as P;
    let (open, private) = match action {
        BookmarkAction::Add => (P::AddBookmarkPublicChannel, P::AddBookmarkPrivateChannel),
        BookmarkAction::Edit => (P::EditBookmarkPublicChannel, P::EditBookmarkPrivateChannel),
        BookmarkAction::Delete => (P::DeleteBookmarkPublicChannel, P::DeleteBookmarkPrivateChannel),
        BookmarkAction::Order => (P::OrderBookmarkPublicChannel, P::OrderBookmarkPrivateChannel),
    };
    let needed = channel.by_kind(open, private);
    if channel.is_message() {
        return require(is_member(caller, channel) && !caller.guest, needed);
    }
    require_channel(caller, channel, needed)
}

fn manage_members(channel: &ChannelFacts) -> Permission {
    channel.by_kind(Permission::ManagePublicChannelMembers, Permission::ManagePrivateChannelMembers)
}

fn is_member(caller: &Caller, channel: &ChannelFacts) -> bool {
    !channel.id.is_none() && caller.belongs(channel.member.as_ref())
}

/// A property that members of messages change by being members: they have no administrators.
fn set_property(
    caller: &Caller,
    channel: &ChannelFacts,
    permission: Permission,
) -> Result<(), Denied> {
    if channel.is_message() {
        return require(is_member(caller, channel), permission);
    }
    require_channel(caller, channel, permission)
}

/// What can be done to channels of teams only. Members of direct and group messages hold the
/// permissions of ordinary channel members, which must not count there.
fn in_a_team(
    caller: &Caller,
    channel: &ChannelFacts,
    permission: Permission,
) -> Result<(), Denied> {
    require(!channel.is_message(), permission)?;
    require_channel(caller, channel, permission)
}
