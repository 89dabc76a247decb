//! Accounts: who sees them, who changes them, who reads what is theirs.

use crate::decide::{require, require_channel, require_system, require_team, require_user};
use crate::facts::{Caller, ChannelFacts, Denied, Policy, TeamFacts, UserFacts, VisibilityFacts};
use crate::permission::Permission;

/// Whether the caller may see that an account exists, and its profile. Guests see the members of
/// their own channels only.
pub fn may_see_user(caller: &Caller, target: &VisibilityFacts) -> Result<(), Denied> {
    let connected = target.in_a_visible_team || target.shares_a_channel;
    let visible = caller.is(target.user)
        || caller.holds(Permission::ViewMembers)
        || caller.may_act() && connected;
    require(visible, Permission::ViewMembers)
}

/// Whether the caller may change an account's profile. For bots ask
/// [`may_manage_bot`](crate::may_manage_bot).
pub fn may_update_user(caller: &Caller, target: &UserFacts) -> Result<(), Denied> {
    guard_administrators(caller, target)?;
    require_user(caller, target)
}

/// Whether the caller may read or change what another user keeps for one team: sidebar categories,
/// threads, unread counts, drafts.
pub fn may_read_other_users_things(
    caller: &Caller,
    target: &UserFacts,
    team: &TeamFacts,
) -> Result<(), Denied> {
    require_user(caller, target)?;
    require_team(caller, team, Permission::ViewTeam)
}

/// As [`may_read_other_users_things`], for what a user keeps for one channel.
pub fn may_read_other_users_things_in_channel(
    caller: &Caller,
    target: &UserFacts,
    channel: &ChannelFacts,
) -> Result<(), Denied> {
    require_user(caller, target)?;
    require_channel(caller, channel, Permission::ReadChannelContent)
}

/// Whether the caller may deactivate an account. One's own goes by the server's setting.
pub fn may_deactivate(caller: &Caller, policy: &Policy, target: &UserFacts) -> Result<(), Denied> {
    if caller.is(target.id) {
        let needed = Permission::SysconsoleWriteUserManagementUsers;
        return require(policy.self_deactivation, needed);
    }
    administer(caller, target, Permission::SysconsoleWriteUserManagementUsers)
}

/// Whether the caller may activate an account again.
pub fn may_activate(caller: &Caller, target: &UserFacts) -> Result<(), Denied> {
    administer(caller, target, Permission::SysconsoleWriteUserManagementUsers)
}

/// Whether the caller may set a password, their own (which is asked for first) or another's.
pub fn may_set_password(caller: &Caller, target: &UserFacts) -> Result<(), Denied> {
    if caller.is(target.id) {
        return Ok(());
    }
    administer(caller, target, Permission::SysconsoleWriteUserManagementUsers)
}

/// Whether the caller may turn a guest into a member.
pub fn may_promote(caller: &Caller, target: &UserFacts) -> Result<(), Denied> {
    administer(caller, target, Permission::PromoteGuest)
}

/// Whether the caller may turn a member into a guest.
pub fn may_demote(caller: &Caller, target: &UserFacts) -> Result<(), Denied> {
    administer(caller, target, Permission::DemoteToGuest)
}

/// Whether the caller may give accounts system roles.
pub fn may_change_user_roles(caller: &Caller) -> Result<(), Denied> {
    require_system(caller, Permission::ManageRoles)
}

/// What is done to personal access tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenAction {
    /// Making or enabling one.
    Create,
    /// Listing them, without the secret.
    Read,
    /// Disabling or removing one.
    Revoke,
}

impl TokenAction {
    pub(crate) fn permission(self) -> Permission {
        match self {
            Self::Create => Permission::CreateUserAccessToken,
            Self::Read => Permission::ReadUserAccessToken,
            Self::Revoke => Permission::RevokeUserAccessToken,
        }
    }
}

/// Whether the caller may do this to a person's access tokens. For bots ask
/// [`may_use_bot_tokens`](crate::may_use_bot_tokens).
pub fn may_use_tokens(
    caller: &Caller,
    action: TokenAction,
    target: &UserFacts,
) -> Result<(), Denied> {
    require_system(caller, action.permission())?;
    may_update_user(caller, target)
}

fn administer(caller: &Caller, target: &UserFacts, permission: Permission) -> Result<(), Denied> {
    guard_administrators(caller, target)?;
    require(!target.id.is_none(), permission)?;
    require_system(caller, permission)
}

/// Lesser administrators have no power over system administrators: whoever sets the password of one
/// could become one.
fn guard_administrators(caller: &Caller, target: &UserFacts) -> Result<(), Denied> {
    if !target.system_admin || caller.is(target.id) {
        return Ok(());
    }
    require_system(caller, Permission::ManageSystem)
}
