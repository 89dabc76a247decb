//! Groups of people with a name: who makes them, changes them and sees them.

use crate::decide::{require_channel, require_group, require_system};
use crate::facts::{Caller, ChannelFacts, Denied, GroupFacts};
use crate::permission::Permission;

/// What is done to a group that people made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupAction {
    /// Giving it other names.
    Edit,
    /// Archiving it.
    Delete,
    /// Taking it out of the archive.
    Restore,
    /// Adding people to it, and taking them out.
    ManageMembers,
}

impl GroupAction {
    fn permission(self) -> Permission {
        match self {
            Self::Edit => Permission::EditCustomGroup,
            Self::Delete => Permission::DeleteCustomGroup,
            Self::Restore => Permission::RestoreCustomGroup,
            Self::ManageMembers => Permission::ManageCustomGroupMembers,
        }
    }
}

/// Whether the caller may make a group of people with a name.
pub fn may_create_user_group(caller: &Caller) -> Result<(), Denied> {
    require_system(caller, Permission::CreateCustomGroup)
}

/// Whether the caller may do this to a group that people made.
pub fn may_change_user_group(
    caller: &Caller,
    group: &GroupFacts,
    action: GroupAction,
) -> Result<(), Denied> {
    require_group(caller, group, action.permission())
}

/// Whether the caller sees groups whose name mentions nobody, too.
pub fn may_list_all_user_groups(caller: &Caller) -> Result<(), Denied> {
    require_system(caller, Permission::SysconsoleReadUserManagementGroups)
}

/// Whether the caller may see which groups decide who belongs to a channel.
pub fn may_list_groups_of_channel(caller: &Caller, channel: &ChannelFacts) -> Result<(), Denied> {
    let needed =
        channel.by_kind(Permission::ReadPublicChannelGroups, Permission::ReadPrivateChannelGroups);
    require_channel(caller, channel, needed)
}
