//! System roles: who has which, and that somebody always administers.

use fieldpost_access::{
    Caller, Permission, builtin, may_activate, may_change_user_roles, may_deactivate, may_demote,
    may_promote, require_system,
};
use fieldpost_kernel::{
    Applied, Applying, Body, Failure, FailureKind, Features, Kind, Outcome, Rows, RowsExt, Work,
    params,
};
use fieldpost_log::{Scope, ScopeKind};
use fieldpost_model::{Id, User};
use serde::{Deserialize, Serialize};

use crate::account::{self, site_scope};
use crate::target::{self, denied, facts_of, has_role};

/// The system roles an account has from now on.
#[derive(Debug, Serialize, Deserialize)]
pub struct RolesSet {
    /// Names, separated by spaces.
    pub roles: String,
}

impl Body for RolesSet {
    const KIND: Kind = Kind::new(0x0104);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

/// An account was activated or deactivated. Its profile says when; this is what it means here.
#[derive(Debug, Serialize, Deserialize)]
pub struct Activated {
    /// Whether it may be used from now on.
    pub active: bool,
}

impl Body for Activated {
    const KIND: Kind = Kind::new(0x0105);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

pub(crate) fn register(features: &mut Features) {
    features.on(apply_roles);
    features.on(apply_activated);
}

fn apply_roles(set: &RolesSet, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let account = cx.change.name.scope.id;
    let touched = cx.rows.execute(
        "UPDATE account SET roles = ?2, update_at = ?3 WHERE id = ?1",
        params![&account, &set.roles, cx.now],
    )?;
    Ok(if touched == 0 { Applied::Waits(account) } else { Applied::Done })
}

fn apply_activated(activated: &Activated, cx: &mut Applying<'_>) -> Outcome<Applied> {
    if activated.active {
        return Ok(Applied::Done);
    }
    let account = cx.change.name.scope.id;
    for table in ["session", "status", "oauth_grant", "oauth_code", "oauth_token"] {
        cx.rows.execute(
            &format!(
                "DELETE FROM {table} WHERE account_key = (SELECT key FROM account WHERE id = ?1)"
            ),
            params![&account],
        )?;
    }
    Ok(Applied::Done)
}

/// What must be locked while it is decided whether somebody else administers: two who take each
/// other's role away at once must not both succeed.
pub fn administration() -> Scope {
    site_scope(Id::NONE)
}

/// Gives an account these system roles and no others.
pub fn change(work: &mut Work<'_>, caller: &Caller, id: Id, roles: &str) -> Outcome<()> {
    may_change_user_roles(caller).map_err(denied)?;
    let user = target::own(work, id)?;
    let roles = checked(&user, roles)?;
    let (was, is) = (has_role(&user.roles, "system_admin"), has_role(&roles, "system_admin"));
    if was != is {
        require_system(caller, Permission::ManageSystem).map_err(denied)?;
    }
    if was && !is {
        require_other_administrator(work, id)?;
    }
    work.emit(site_scope(id), caller.user, &RolesSet { roles })?;
    Ok(())
}

/// Makes a member a guest: of all their roles none is left but that.
pub fn demote(work: &mut Work<'_>, caller: &Caller, id: Id) -> Outcome<()> {
    let user = target::own(work, id)?;
    let facts = facts_of(&user);
    may_demote(caller, &facts).map_err(denied)?;
    if facts.guest || user.is_bot {
        return Err(Failure::new(
            FailureKind::NotBuilt,
            "api.user.demote_user_to_guest.already_guest.app_error",
            "Unable to convert the user to guest because they are already a guest, or a bot.",
        ));
    }
    if facts.system_admin {
        require_other_administrator(work, id)?;
    }
    work.emit(site_scope(id), caller.user, &RolesSet { roles: "system_guest".to_owned() })?;
    Ok(())
}

/// Makes a guest a member.
pub fn promote(work: &mut Work<'_>, caller: &Caller, id: Id) -> Outcome<()> {
    let user = target::own(work, id)?;
    let facts = facts_of(&user);
    may_promote(caller, &facts).map_err(denied)?;
    if !facts.guest {
        return Err(Failure::new(
            FailureKind::NotBuilt,
            "api.user.promote_guest_to_user.no_guest.app_error",
            "Unable to convert the guest to regular user because they are not a guest.",
        ));
    }
    let held = user.roles.split_whitespace();
    let roles: Vec<&str> =
        held.map(|role| if role == "system_guest" { "system_user" } else { role }).collect();
    work.emit(site_scope(id), caller.user, &RolesSet { roles: roles.join(" ") })?;
    Ok(())
}

/// The roles in one form, if they are some that a person of this kind may have.
fn checked(user: &User, roles: &str) -> Outcome<String> {
    let names: Vec<&str> = roles.split_whitespace().collect();
    let known = names.iter().all(|name| name.starts_with("system_") && builtin(name).is_some());
    let guest = has_role(roles, "system_guest");
    let member = has_role(roles, "system_user");
    let same_kind = guest == facts_of(user).guest && guest != member;
    if !known || !same_kind || names.len() > fieldpost_access::builtin_roles().len() {
        return Err(Failure::invalid_body("roles"));
    }
    let roles = names.join(" ");
    if roles.len() > 256 {
        return Err(Failure::invalid(
            "model.user.is_valid.roles_limit.app_error",
            "Those are too many roles.",
        ));
    }
    Ok(roles)
}

fn require_other_administrator(rows: &mut dyn Rows, but: Id) -> Outcome<()> {
    let others = rows.count(
        "SELECT count(*) FROM account WHERE ' ' || roles || ' ' LIKE '% system\\_admin %' ESCAPE '\\' \
         AND delete_at = 0 AND home IS NULL AND is_bot = 0 AND id <> ?1",
        params![&but],
    )?;
    if others == 0 {
        return Err(Failure::invalid(
            "app.user.update.lastAdmin.app_error",
            "There must be at least one administrator.",
        ));
    }
    Ok(())
}

/// Activates an account again, or deactivates it: nobody signs in to it, its sessions end, what
/// it wrote stays.
pub fn activate(work: &mut Work<'_>, caller: &Caller, id: Id, active: bool) -> Outcome<()> {
    let user = target::own(work, id)?;
    if active {
        may_activate(caller, &facts_of(&user)).map_err(denied)?;
    } else {
        require_may_deactivate(caller, &user)?;
    }
    if (user.delete_at == 0) == active {
        return Ok(());
    }
    if !active && facts_of(&user).system_admin {
        require_other_administrator(work, id)?;
    }
    set_active(work, caller.user, id, active)?;
    if !active {
        for bot in bots_of(work, id)? {
            set_active(work, caller.user, bot, false)?;
        }
    }
    Ok(())
}

fn require_may_deactivate(caller: &Caller, user: &User) -> Outcome<()> {
    let policy = fieldpost_access::Policy::default();
    if caller.user == user.id && !policy.self_deactivation {
        return Err(Failure::new(
            FailureKind::Unauthenticated,
            "api.user.update_active.not_enable.app_error",
            "You cannot deactivate yourself because this feature is not enabled.",
        ));
    }
    may_deactivate(caller, &policy, &facts_of(user)).map_err(denied)
}

/// Activates or deactivates an account, whoever was asked.
pub(crate) fn set_active(work: &mut Work<'_>, by: Id, id: Id, active: bool) -> Outcome<()> {
    let delete_at = if active { 0 } else { work.now() };
    account::describe(work, id, by, |profile| profile.delete_at = delete_at)?;
    work.emit(site_scope(id), by, &Activated { active })?;
    Ok(())
}

fn bots_of(rows: &mut dyn Rows, owner: Id) -> Outcome<Vec<Id>> {
    rows.all(
        "SELECT id FROM account WHERE bot_owner = ?1 AND is_bot = 1 AND delete_at = 0",
        params![&owner],
        |row| row.id(0),
    )
}
