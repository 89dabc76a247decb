//! The system console: configuration and roles.

use crate::decide::{require, require_system};
use crate::facts::{Actor, Caller, Denied, Policy};
use crate::permission::Permission;
use crate::role::Role;
use crate::set::PermissionSet;

/// The permissions that no patch of a role may add or remove.
pub const UNPATCHABLE: PermissionSet = PermissionSet::of(&[
    Permission::ManageSystem,
    Permission::ManageRoles,
    Permission::SysconsoleReadUserManagementSystemRoles,
    Permission::SysconsoleWriteUserManagementSystemRoles,
]);

/// The roles that give a part of the administration away; only those who have all of it hand them
/// out or change them.
const DELEGATED: [&str; 5] = [
    "system_user_manager",
    "system_read_only_admin",
    "system_manager",
    "shared_channel_manager",
    "secure_connection_manager",
];

/// As [`require_system`], for the operations that `RestrictSystemAdmin` keeps for the server's own
/// socket.
pub fn require_unrestricted_system(
    caller: &Caller,
    policy: &Policy,
    permission: Permission,
) -> Result<(), Denied> {
    let allowed = caller.actor == Actor::AdminSocket || !policy.restrict_system_admin;
    require(allowed, permission)?;
    require_system(caller, permission)
}

/// Whether the caller may use a configuration key that belongs to the pages of these permissions;
/// a key that is on no page is for system administrators.
pub fn require_any_page(caller: &Caller, pages: &[Permission]) -> Result<(), Denied> {
    let needed = pages.first().copied().unwrap_or(Permission::ManageSystem);
    let held = pages.iter().any(|page| caller.holds(*page));
    require(held || pages.is_empty() && caller.holds(needed), needed)
}

/// Whether the caller may read any of the configuration.
pub fn may_read_config(caller: &Caller) -> Result<(), Denied> {
    has_some_page(caller, "sysconsole_read_")
}

/// Whether the caller may write any of the configuration.
pub fn may_write_config(caller: &Caller) -> Result<(), Denied> {
    has_some_page(caller, "sysconsole_write_")
}

/// Whether the caller may change what a role grants. That [`UNPATCHABLE`] stays as it is, is not
/// asked here.
pub fn may_patch_role(caller: &Caller, role: &Role) -> Result<(), Denied> {
    let administrator = role.name == "system_admin";
    if administrator || DELEGATED.contains(&role.name.as_ref()) {
        require_system(caller, Permission::ManageSystem)?;
    }
    if role.scheme_managed && !administrator {
        return require_system(caller, Permission::SysconsoleWriteUserManagementPermissions);
    }
    require_system(caller, Permission::SysconsoleWriteUserManagementSystemRoles)
}

fn has_some_page(caller: &Caller, prefix: &str) -> Result<(), Denied> {
    let is_page = |p: &Permission| !p.is_deprecated() && p.name().starts_with(prefix);
    let held = Permission::all().filter(is_page).any(|page| caller.holds(page));
    require(held, Permission::ManageSystem)
}
