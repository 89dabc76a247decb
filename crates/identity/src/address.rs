//! Addresses that are confirmed, and passwords that are chosen anew by whoever reads there.

use fieldpost_access::{Caller, Permission, require_system};
use fieldpost_kernel::{Failure, FailureKind, Outcome, Rows, Work};
use fieldpost_model::{Id, User};

use crate::account::{self, Standing, site_scope};
use crate::credential::{self, FailedAttempts, HashedPassword};
use crate::mfa;
use crate::proof::{self, Proof, Purpose, Secret};
use crate::session;
use crate::signup;
use crate::target::{self, denied};
use crate::update::Patch;

/// The person of an address who may confirm it and choose a password here: no bot, nobody of
/// another site, nobody who was deactivated.
pub fn owner(rows: &mut dyn Rows, address: &str) -> Outcome<Option<User>> {
    Ok(account::by_email(rows, address)?.filter(is_addressable))
}

/// Whether mail about an account goes to its address.
pub fn is_addressable(user: &User) -> bool {
    !user.email.is_empty() && !user.is_bot && user.remote_id.is_none() && user.delete_at == 0
}

/// The link is not one of ours, was used, or is too old. Which of them is nobody's business.
fn bad_link() -> Failure {
    Failure::invalid("api.user.verify_email.bad_link.app_error", "Bad verify email link.")
}

/// The account whose address a proof confirms.
pub fn confirmable(rows: &mut dyn Rows, secret: &Secret, now: i64) -> Outcome<(User, Proof)> {
    let proof = proof::find(rows, Purpose::Verify, secret)?.filter(|proof| proof.is_good(now));
    let proof = proof.ok_or_else(bad_link)?;
    let user = account::by_id(rows, proof.owner)?
        .filter(|user| !user.is_bot && user.remote_id.is_none() && user.delete_at == 0);
    Ok((user.ok_or_else(bad_link)?, proof))
}

/// An address that was confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmed {
    /// Whose it is.
    pub account: Id,
    /// The address whose place it took, if there was one.
    pub replaced: Option<String>,
}

/// Confirms the address that a proof was sent to. An address that was to take another's place does
/// so now.
pub fn confirm(work: &mut Work<'_>, secret: &Secret) -> Outcome<Confirmed> {
    let now = work.now();
    let (user, proof) = confirmable(work, secret, now)?;
    if user.email != proof.address {
        signup::require_free(work, "email", &proof.address).map_err(|_| bad_link())?;
    }
    proof::end_all(work, user.id, Purpose::Verify, user.id)?;
    stand(work, user.id, &user, &proof.address)?;
    let replaced = Some(user.email).filter(|before| !before.is_empty() && *before != proof.address);
    Ok(Confirmed { account: user.id, replaced })
}

/// Confirms an account's address on an administrator's word.
pub fn vouch(work: &mut Work<'_>, caller: &Caller, id: Id) -> Outcome<User> {
    require_system(caller, Permission::ManageSystem).map_err(denied)?;
    let user = target::own(work, id)?;
    if !user.email_verified {
        proof::end_all(work, caller.user, Purpose::Verify, id)?;
        stand(work, caller.user, &user, &user.email)?;
    }
    account::by_id(work, id)?.ok_or_else(account::no_account)
}

fn stand(work: &mut Work<'_>, author: Id, user: &User, address: &str) -> Outcome<()> {
    let standing =
        Standing { email: address.to_owned(), email_verified: true, roles: user.roles.clone() };
    work.emit(site_scope(user.id), author, &standing)?;
    Ok(())
}

/// Takes a new address out of what is to be changed, so that it waits until it is confirmed; gives
/// it. It must be one that the account could have now.
pub fn defer(
    work: &mut Work<'_>,
    caller: &Caller,
    id: Id,
    patch: &mut Patch,
    proved: bool,
) -> Outcome<Option<String>> {
    let user = target::own(work, id)?;
    if !patch.changes_email(&user) || user.is_bot {
        return Ok(None);
    }
    target::require_update(work, caller, &user)?;
    if caller.user == id && !proved {
        return Err(crate::update::wrong_password(FailureKind::Unauthenticated));
    }
    let wanted = patch.email.take().unwrap_or_default().trim().to_lowercase();
    signup::validate(&user.username, &wanted, &User::default())?;
    signup::require_free(work, "email", &wanted)?;
    Ok(Some(wanted))
}

/// The account whose password a proof lets somebody choose.
pub fn resettable(rows: &mut dyn Rows, secret: &Secret, now: i64) -> Outcome<(User, Proof)> {
    let link = |id: &'static str, says: &'static str| Failure::invalid(id, says);
    let unknown = || {
        link(
            "api.user.reset_password.invalid_link.app_error",
            "The reset link does not appear to be valid.",
        )
    };
    let proof = proof::find(rows, Purpose::Reset, secret)?.ok_or_else(unknown)?;
    let user = account::by_id(rows, proof.owner)?.filter(is_addressable).ok_or_else(unknown)?;
    if !proof.is_good(now) || user.email != proof.address {
        return Err(link(
            "api.user.reset_password.link_expired.app_error",
            "The password reset link has expired.",
        ));
    }
    Ok((user, proof))
}

/// Keeps the password that somebody chose who reads at the account's address, and ends all its
/// sessions and the links that were sent about it. The address is confirmed by that, too. Gives
/// whose password it is.
pub fn reset(work: &mut Work<'_>, secret: &Secret, hash: &HashedPassword) -> Outcome<Id> {
    let now = work.now();
    let (user, _) = resettable(work, secret, now)?;
    proof::end_links(work, user.id, user.id)?;
    let failed = credential::find(work, user.id)?.map_or(0, |(_, failed)| failed);
    credential::set(work, user.id, user.id, hash)?;
    // A new password begins a new count. Codes are counted with it, and whoever reads the mail must
    // not buy more guesses of them with each link.
    if failed > 0 && mfa::is_active(work, user.id)? {
        work.emit(site_scope(user.id), user.id, &FailedAttempts(failed))?;
    }
    if !user.email_verified {
        stand(work, user.id, &user, &user.email)?;
    }
    session::close(work, user.id, Vec::new())?;
    Ok(user.id)
}
