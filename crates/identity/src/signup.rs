//! Making an account.

use fieldpost_kernel::{Failure, FailureKind, Outcome, Rows, RowsExt, Work, params};
use fieldpost_model::{Id, StringMap, User};

use crate::account::{
    self, NotifyProps, Profile, Standing, private_scope, profile_scope, site_scope,
};
use crate::credential::{self, HashedPassword};

/// Who asks for the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// Anybody, while the site's sign-up is open; the first one always may.
    Public {
        /// Whether the administrator left sign-up open.
        open: bool,
    },
    /// An administrator of this site.
    Administrator(Id),
    /// Whoever was invited, by a link that goes round or by one that was sent to their address.
    Invited {
        /// Whether what they showed was sent to their address.
        confirmed: bool,
        /// Whether as a guest.
        guest: bool,
    },
}

/// What a new account is made of. Fields that a person may not choose are ignored.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// As sent; names and address may be of any case.
    pub user: User,
    /// The language of those who did not choose one.
    pub default_locale: String,
}

/// Refuses whoever may not make an account; the first one always may.
pub fn admit(rows: &mut dyn Rows, door: Door) -> Outcome<()> {
    if door == (Door::Public { open: false }) && account::anybody(rows)? {
        return Err(Failure::new(
            FailureKind::Forbidden,
            "api.user.create_user.no_open_server",
            "This server does not allow open signups. Ask its administrator for an invitation.",
        ));
    }
    Ok(())
}

/// Makes an account that signs in with a password.
///
/// The first account of an empty site becomes its administrator.
pub fn create(
    work: &mut Work<'_>,
    new: &NewAccount,
    password: &HashedPassword,
    door: Door,
) -> Outcome<User> {
    let first = !account::anybody(work)?;
    admit(work, door)?;
    let sent = &new.user;
    let username = sent.username.trim().to_lowercase();
    let email = sent.email.trim().to_lowercase();
    validate(&username, &email, sent)?;
    require_free(work, "email", &email)?;
    require_free(work, "username", &username)?;

    let id = work.random_id();
    let author = if let Door::Administrator(by) = door { by } else { id };
    let locale = if sent.locale.is_empty() { &new.default_locale } else { &sent.locale };
    let profile = Profile {
        username,
        nickname: sent.nickname.clone(),
        first_name: sent.first_name.clone(),
        last_name: sent.last_name.clone(),
        position: sent.position.clone(),
        locale: locale.clone(),
        timezone: if sent.timezone.is_empty() {
            automatic_timezone()
        } else {
            sent.timezone.clone()
        },
        props: sent.props.clone(),
        create_at: work.now(),
        delete_at: 0,
        bot: None,
        picture: None,
    };
    work.emit(profile_scope(id), author, &profile)?;
    let roles = match door {
        _ if first => "system_admin system_user",
        Door::Invited { guest: true, .. } => "system_guest",
        _ => "system_user",
    };
    let email_verified = match door {
        Door::Public { .. } => false,
        Door::Administrator(_) => sent.email_verified,
        Door::Invited { confirmed, .. } => confirmed,
    };
    let standing = Standing { email, email_verified, roles: roles.to_owned() };
    work.emit(site_scope(id), author, &standing)?;
    let notify = if sent.notify_props.is_empty() {
        default_notify_props()
    } else {
        sent.notify_props.clone()
    };
    work.emit(private_scope(id), author, &NotifyProps(notify))?;
    credential::set(work, id, author, password)?;
    account::by_id(work, id)?.ok_or_else(account::no_account)
}

/// Refuses what no account may say of itself.
pub(crate) fn validate(username: &str, email: &str, sent: &User) -> Outcome<()> {
    let invalid = |field: &str, says: &'static str| {
        Err(Failure::new(
            FailureKind::Invalid,
            format!("model.user.is_valid.{field}.app_error"),
            says,
        ))
    };
    if fieldpost_text::name::check_username(username).is_err() {
        return invalid(
            "username",
            "A username has 1 to 64 letters, digits, dots, dashes or underscores, and is not a reserved word.",
        );
    }
    if fieldpost_text::name::check_email(email).is_err() {
        return invalid("email", "Enter a valid e-mail address.");
    }
    let long = |text: &str, most: usize| text.chars().count() > most;
    for (field, text, most) in [
        ("nickname", &sent.nickname, 64),
        ("first_name", &sent.first_name, 64),
        ("last_name", &sent.last_name, 64),
        ("position", &sent.position, 128),
    ] {
        if long(text, most) {
            return invalid(field, "That name is too long.");
        }
    }
    if !sent.locale.is_empty() && fieldpost_text::name::check_locale(&sent.locale).is_err() {
        return invalid("locale", "That is not a language tag.");
    }
    Ok(())
}

/// Refuses an address or username that somebody has already, deactivated people included, or a
/// username that a group has.
pub(crate) fn require_free(work: &mut Work<'_>, column: &str, value: &str) -> Outcome<()> {
    let sql = format!("SELECT count(*) FROM account WHERE {column} = ?1");
    let group = "SELECT count(*) FROM user_group WHERE name = ?1";
    if work.count(&sql, params![value])? == 0
        && (column != "username" || work.count(group, params![value])? == 0)
    {
        return Ok(());
    }
    Err(Failure::new(
        FailureKind::Invalid,
        format!("app.user.save.{column}_exists.app_error"),
        format!("An account with that {column} already exists."),
    ))
}

fn map(pairs: &[(&str, &str)]) -> StringMap {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// What people are notified of until they choose otherwise.
pub fn default_notify_props() -> StringMap {
    map(&[
        ("email", "true"),
        ("push", "mention"),
        ("desktop", "mention"),
        ("desktop_sound", "true"),
        ("mention_keys", ""),
        ("channel", "true"),
        ("push_status", "online"),
        ("comments", "never"),
        ("first_name", "false"),
        ("desktop_threads", "all"),
        ("email_threads", "all"),
        ("push_threads", "all"),
    ])
}

/// The time zone setting of those who did not choose one: the device's.
pub fn automatic_timezone() -> StringMap {
    map(&[("useAutomaticTimezone", "true"), ("automaticTimezone", ""), ("manualTimezone", "")])
}
