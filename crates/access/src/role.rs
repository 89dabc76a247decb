//! Roles: names for sets of permissions.

use std::borrow::Cow;

use crate::moderation::restricted_role;
use crate::permission::{Permission, Scope};
use crate::set::PermissionSet;

include!(concat!(env!("OUT_DIR"), "/roles.rs"));

/// A role, built in or loaded from storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// The name users and memberships carry; a random id for the roles of a scheme.
    pub name: Cow<'static, str>,
    /// The name people see; for built-in roles the id of a translation.
    pub display_name: Cow<'static, str>,
    /// What the role is for; for built-in roles the id of a translation.
    pub description: Cow<'static, str>,
    /// What it grants, as stored.
    pub permissions: PermissionSet,
    /// Whether memberships stand for it by a flag instead of naming it.
    pub scheme_managed: bool,
    /// Whether it came with the server and cannot be deleted.
    pub built_in: bool,
    /// Whether it has been deleted, after which it grants nothing.
    pub deleted: bool,
}

impl Role {
    /// What the role grants now.
    pub fn granted(&self) -> PermissionSet {
        if self.deleted { PermissionSet::EMPTY } else { self.permissions }
    }

    /// What a role of a channel's scheme grants under the role of the same kind one level up.
    ///
    /// Of the permissions of channel scope a channel may only take away those that moderation
    /// covers, and from its administrators none at all; everything else follows the level above.
    pub fn under(&self, higher: &Self) -> PermissionSet {
        let own = self.granted();
        let admins = higher.name == "channel_admin";
        let of_channels = |p: &Permission| p.scope() == Scope::Channel;
        let kept = |p: &Permission| admins || p.moderated_as().is_none() || own.contains(*p);
        let inherited = higher.granted().iter().filter(of_channels).filter(kept);
        own.iter().filter(|p| !of_channels(p)).chain(inherited).collect()
    }
}

/// The roles a server starts with, in the order of the sheet.
pub fn builtin_roles() -> &'static [Role] {
    &BUILT_IN
}

/// The built-in role of this name, as it is before anybody changes it, or what a channel's
/// restrictions leave of one.
pub fn builtin(name: &str) -> Option<&'static Role> {
    BUILT_IN.iter().find(|role| role.name == name).or_else(|| restricted_role(name))
}
