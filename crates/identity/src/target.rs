//! The account that something is done to, as decisions see it.

use fieldpost_access::{
    BotFacts, BotRefusal, Caller, Denied, Permission, UserFacts, may_manage_bot, require_system,
};
use fieldpost_kernel::{Failure, FailureKind, Outcome, Rows, RowsExt, params};
use fieldpost_model::{Id, User};

use crate::account;

/// Turns a refusal into a failure that names the missing permission to the operator.
pub fn denied(refusal: Denied) -> Failure {
    Failure::forbidden(refusal.permission.name())
}

/// Whoever may not know of a bot is told that there is none.
pub fn bot_denied(refusal: BotRefusal) -> Failure {
    match refusal {
        BotRefusal::NotFound => no_bot(),
        BotRefusal::Denied(refusal) => denied(refusal),
    }
}

/// There is no such bot, as far as the caller may know.
pub fn no_bot() -> Failure {
    Failure::not_found("store.sql_bot.get.missing.app_error", "Bot does not exist.")
}

/// Whether a list of roles holds one.
pub fn has_role(roles: &str, role: &str) -> bool {
    roles.split_whitespace().any(|held| held == role)
}

/// What decisions look at in an account.
pub fn facts_of(user: &User) -> UserFacts {
    UserFacts {
        id: user.id,
        system_admin: has_role(&user.roles, "system_admin"),
        guest: has_role(&user.roles, "system_guest"),
    }
}

/// An account of this site, deactivated or not; there is nothing to be changed here in others.
pub fn own(rows: &mut dyn Rows, id: Id) -> Outcome<User> {
    let user = account::by_id(rows, id)?.ok_or_else(account::no_account)?;
    if user.remote_id.is_some() {
        return Err(Failure::forbidden("an account of another site is changed there only"));
    }
    Ok(user)
}

/// An account of this site for somebody. Whoever does not see everybody is not told who is not
/// there.
pub fn own_for(rows: &mut dyn Rows, caller: &Caller, id: Id) -> Outcome<User> {
    own(rows, id).map_err(|failure| as_told(caller, failure))
}

/// The same for an account of any site.
pub fn any_for(rows: &mut dyn Rows, caller: &Caller, id: Id) -> Outcome<User> {
    account::by_id(rows, id)?.ok_or_else(|| as_told(caller, account::no_account()))
}

fn as_told(caller: &Caller, failure: Failure) -> Failure {
    match require_system(caller, Permission::ViewMembers) {
        Err(refused) if failure.kind == FailureKind::NotFound => denied(refused),
        _ => failure,
    }
}

/// Who owns a bot; nobody, for people.
pub fn bot_facts(rows: &mut dyn Rows, id: Id) -> Outcome<BotFacts> {
    let owner = rows.first(
        "SELECT bot_owner FROM account WHERE id = ?1 AND is_bot = 1",
        params![&id],
        |row| row.id(0),
    )?;
    Ok(BotFacts { owner: owner.unwrap_or_default() })
}

/// Refuses unless the caller may change an account: their own, another person's, or a bot.
pub fn require_update(rows: &mut dyn Rows, caller: &Caller, user: &User) -> Outcome<()> {
    if user.is_bot && caller.user != user.id {
        let bot = bot_facts(rows, user.id)?;
        return may_manage_bot(caller, &bot).map_err(bot_denied);
    }
    fieldpost_access::may_update_user(caller, &facts_of(user)).map_err(denied)
}
