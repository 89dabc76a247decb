//! A second factor: a code of an authenticator app, asked for after the password.

mod totp;

use fieldpost_access::{Caller, may_update_user};
use fieldpost_kernel::{
    Applied, Applying, Body, Failure, FailureKind, Features, Kind, Outcome, Rows, RowsExt, Work,
    params,
};
use fieldpost_log::ScopeKind;
use fieldpost_model::{Id, Millis, User};
use serde::{Deserialize, Serialize};

use self::totp::SECRET;
use crate::account::site_scope;
use crate::session;
use crate::target::{self, denied, facts_of};

/// `used_step` is the step of the newest code that was taken: none is taken twice. A secret that
/// is not active yet was shown to its owner, who has not proved that their app has it.
pub(crate) const TABLES: &str = "
CREATE TABLE mfa (
    account_key INTEGER PRIMARY KEY,
    secret BLOB NOT NULL,
    active INTEGER NOT NULL,
    used_step INTEGER NOT NULL
)";

/// A person was shown a new secret.
#[derive(Serialize, Deserialize)]
pub struct MfaSecretMade {
    secret: [u8; SECRET],
}

impl Body for MfaSecretMade {
    const KIND: Kind = Kind::new(0x0160);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

/// Codes are asked for from now on.
#[derive(Debug, Serialize, Deserialize)]
pub struct MfaActivated {
    /// The step of the code that proved it.
    pub step: i64,
}

impl Body for MfaActivated {
    const KIND: Kind = Kind::new(0x0161);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

/// No code is asked for any more, and the secret is gone.
#[derive(Debug, Serialize, Deserialize)]
pub struct MfaDeactivated {}

impl Body for MfaDeactivated {
    const KIND: Kind = Kind::new(0x0162);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

/// A code was taken, and is not taken again.
#[derive(Debug, Serialize, Deserialize)]
pub struct MfaCodeUsed {
    /// Its step.
    pub step: i64,
}

impl Body for MfaCodeUsed {
    const KIND: Kind = Kind::new(0x0163);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

pub(crate) fn register(features: &mut Features) {
    features.tables(TABLES);
    features.on(apply_made);
    features.on(|activated: &MfaActivated, cx| apply_used(cx, activated.step, true));
    features.on(|used: &MfaCodeUsed, cx| apply_used(cx, used.step, false));
    features.on(apply_deactivated);
    features.show(|_: &MfaActivated, change, rows| crate::show::changed(change, rows));
    features.show(|_: &MfaDeactivated, change, rows| crate::show::changed(change, rows));
}

fn apply_made(made: &MfaSecretMade, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let account = cx.change.name.scope.id;
    let touched = cx.rows.execute(
        "INSERT INTO mfa (account_key, secret, active, used_step) \
         SELECT key, CAST(?2 AS BLOB), 0, 0 FROM account WHERE id = ?1 \
         ON CONFLICT (account_key) DO UPDATE SET secret = excluded.secret, active = 0, \
         used_step = 0",
        params![&account, &made.secret],
    )?;
    Ok(if touched == 0 { Applied::Waits(account) } else { Applied::Done })
}

fn apply_used(cx: &mut Applying<'_>, step: i64, activates: bool) -> Outcome<Applied> {
    cx.rows.execute(
        "UPDATE mfa SET used_step = CASE WHEN used_step < ?2 THEN ?2 ELSE used_step END, \
         active = CASE WHEN ?3 = 1 THEN 1 ELSE active END \
         WHERE account_key = (SELECT key FROM account WHERE id = ?1)",
        params![&cx.change.name.scope.id, step, activates],
    )?;
    Ok(Applied::Done)
}

fn apply_deactivated(_: &MfaDeactivated, cx: &mut Applying<'_>) -> Outcome<Applied> {
    cx.rows.execute(
        "DELETE FROM mfa WHERE account_key = (SELECT key FROM account WHERE id = ?1)",
        params![&cx.change.name.scope.id],
    )?;
    Ok(Applied::Done)
}

/// What is kept of a second factor.
struct Kept {
    secret: [u8; SECRET],
    active: bool,
    used_step: i64,
}

fn find(rows: &mut dyn Rows, account: Id) -> Outcome<Option<Kept>> {
    rows.first(
        "SELECT secret, active, used_step FROM mfa \
         WHERE account_key = (SELECT key FROM account WHERE id = ?1)",
        params![&account],
        |row| Kept {
            secret: row.blob(0).try_into().unwrap_or_default(),
            active: row.flag(1),
            used_step: row.int(2),
        },
    )
}

/// The account, if the caller may change its second factor. Bots have none.
fn require(rows: &mut dyn Rows, caller: &Caller, account: Id) -> Outcome<User> {
    let user = target::own(rows, account)?;
    may_update_user(caller, &facts_of(&user)).map_err(denied)?;
    if user.is_bot {
        return Err(Failure::invalid(
            "api.user.activate_mfa.email_and_ldap_only.app_error",
            "A second factor is not available for this kind of account.",
        ));
    }
    Ok(user)
}

/// A secret to be put into an authenticator app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// The secret as it is typed.
    pub secret: String,
    /// The address that apps read from a picture.
    pub address: String,
}

/// Makes a new secret, of which nothing is asked for until a code has proved that an app has it.
///
/// While a second factor is on, nobody replaces it: whoever holds a session alone could.
pub fn generate(
    work: &mut Work<'_>,
    caller: &Caller,
    account: Id,
    issuer: &str,
) -> Outcome<Enrolment> {
    let user = require(work, caller, account)?;
    if find(work, account)?.is_some_and(|kept| kept.active) {
        return Err(Failure::invalid(
            "api.fieldpost.mfa.active",
            "The second factor is on. Switch it off before you set up another one.",
        ));
    }
    let mut secret = [0; SECRET];
    for part in secret.chunks_mut(16) {
        part.copy_from_slice(&work.random_id().as_bytes()[..part.len()]);
    }
    work.emit(site_scope(account), caller.user, &MfaSecretMade { secret })?;
    let (typed, issuer) = (totp::base32(&secret), encoded(issuer));
    let name = if user.email.is_empty() { &user.username } else { &user.email };
    let address =
        format!("otpauth://totp/{issuer}:{}?secret={typed}&issuer={issuer}", encoded(name));
    Ok(Enrolment { secret: typed, address })
}

/// A text as a part of an address.
fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~@".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// Switches a second factor on, once a code has proved that an app has its secret.
pub fn activate(work: &mut Work<'_>, caller: &Caller, account: Id, code: &str) -> Outcome<()> {
    require(work, caller, account)?;
    let kept = find(work, account)?.filter(|kept| !kept.active);
    let now = work.now();
    let step = kept.and_then(|kept| totp::redeem(&kept.secret, code, now, kept.used_step));
    let step = step.ok_or_else(|| {
        Failure::new(
            FailureKind::Unauthenticated,
            "mfa.activate.bad_token.app_error",
            "Invalid MFA token.",
        )
    })?;
    work.emit(site_scope(account), caller.user, &MfaActivated { step })?;
    Ok(())
}

/// How long after they signed in somebody may switch their own second factor off without a code.
pub const RECENT: Millis = 15 * 60 * 1000;

/// Switches a second factor off, one's own or, as an administrator, another's.
///
/// Whoever holds an old session alone may not be its owner: to switch off one's own takes a code, or
/// a session that was opened a moment ago, for which one was shown. A wrong code counts as it does at
/// the door; its refusal is a value, so that the count is kept.
pub fn deactivate(
    work: &mut Work<'_>,
    caller: &Caller,
    account: Id,
    (signed_in_at, code): (Millis, &str),
) -> Outcome<Outcome<()>> {
    require(work, caller, account)?;
    let Some(kept) = find(work, account)? else { return Ok(Ok(())) };
    let is_recent = work.now() - signed_in_at <= RECENT;
    if kept.active && caller.user == account && !is_recent {
        if code.trim().is_empty() {
            return Err(sign_in_again());
        }
        session::require_admissible(work, account)?;
        match require_code(work, account, code) {
            Err(refusal) if refusal.id == WRONG_CODE => {
                session::note_failure(work, account)?;
                return Ok(Err(refusal));
            }
            shown => shown?,
        }
    }
    work.emit(site_scope(account), caller.user, &MfaDeactivated {})?;
    Ok(Ok(()))
}

fn sign_in_again() -> Failure {
    Failure::new(
        FailureKind::Forbidden,
        "api.fieldpost.mfa.sign_in_again",
        "To switch your second factor off, sign out and in again first.",
    )
}

/// Whether codes are asked for.
pub(crate) fn is_active(rows: &mut dyn Rows, account: Id) -> Outcome<bool> {
    Ok(find(rows, account)?.is_some_and(|kept| kept.active))
}

/// Refuses whoever has a second factor and shows no good code of it. A code is taken once.
pub(crate) fn require_code(work: &mut Work<'_>, account: Id, code: &str) -> Outcome<()> {
    let Some(kept) = find(work, account)?.filter(|kept| kept.active) else { return Ok(()) };
    if code.trim().is_empty() {
        return Err(Failure::new(
            FailureKind::Unauthenticated,
            "mfa.validate_token.authenticate.app_error",
            "Invalid MFA token.",
        ));
    }
    let step = totp::redeem(&kept.secret, code, work.now(), kept.used_step);
    let step = step.ok_or_else(|| {
        Failure::new(FailureKind::Unauthenticated, WRONG_CODE, "Invalid MFA token.")
    })?;
    work.emit(site_scope(account), account, &MfaCodeUsed { step })?;
    Ok(())
}

/// The error of a code that is not taken.
pub(crate) const WRONG_CODE: &str = "api.user.check_user_mfa.bad_code.app_error";
