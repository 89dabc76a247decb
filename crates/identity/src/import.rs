//! Taking over an account that was made elsewhere.

use fieldpost_kernel::{Failure, Outcome, Rows, Work};
use fieldpost_model::{Id, Millis, StringMap};

use crate::account::{self, NotifyProps, Profile, Standing};
use crate::credential::{self, HashedPassword};
use crate::signup::{automatic_timezone, default_notify_props};

/// An account as it was elsewhere.
#[derive(Clone)]
pub struct ImportedAccount {
    /// The id it had, where it was one of ours; a new one without it.
    pub id: Id,
    /// The name after the `@`.
    pub username: String,
    /// The address; none if nobody can write to it.
    pub email: Option<String>,
    /// Display name.
    pub nickname: String,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// Job title.
    pub position: String,
    /// System roles.
    pub roles: String,
    /// Language tag.
    pub locale: String,
    /// When it was made; now without it.
    pub create_at: Millis,
    /// When it was deactivated, or 0.
    pub delete_at: Millis,
    /// Time zone settings; as before without them.
    pub timezone: Option<StringMap>,
    /// Free public properties; as before without them.
    pub props: Option<StringMap>,
    /// Set for a bot: who owns it, and what it is for.
    pub bot: Option<(Id, String)>,
    /// The hash of its password, where that is known.
    pub password: Option<HashedPassword>,
}

/// Makes an account, or brings the one of that name up to date. Gives its id.
pub fn account(work: &mut Work<'_>, from: &ImportedAccount) -> Outcome<Id> {
    let username = from.username.to_lowercase();
    let email = from.email.as_deref().unwrap_or_default().to_lowercase();
    fieldpost_text::name::check_username(&username).map_err(|_| {
        Failure::invalid(
            "app.import.validate_user_import_data.username_invalid.error",
            "the username has characters or a length that are not allowed",
        )
    })?;
    if from.email.is_some() {
        require_email(work, &email, &username)?;
    }
    let known = account::by_username(work, &username)?;
    let is_new = known.is_none();
    if is_new && account::by_id(work, from.id)?.is_some() {
        return Err(Failure::invalid(
            "api.fieldpost.import.renamed",
            "an account of that id has another name",
        ));
    }
    let id = known.map(|user| user.id).or(from.id.some()).unwrap_or_else(|| work.random_id());
    let before = account::profile(work, id)?;
    let profile = merged(work, from, before.as_ref(), username);
    if before.as_ref() != Some(&profile) {
        work.emit(account::profile_scope(id), id, &profile)?;
    }
    let roles = if from.roles.is_empty() { "system_user" } else { &from.roles };
    let standing = Standing { email, email_verified: true, roles: roles.to_owned() };
    let stands = account::by_id(work, id)?
        .is_some_and(|user| user.email == standing.email && user.roles == standing.roles);
    if !stands {
        work.emit(account::site_scope(id), id, &standing)?;
    }
    if is_new {
        work.emit(account::private_scope(id), id, &NotifyProps(default_notify_props()))?;
        if let Some(password) = &from.password {
            credential::set(work, id, id, password)?;
        }
    }
    Ok(id)
}

/// Refuses what is no address, and what is somebody else's.
fn require_email(work: &mut Work<'_>, email: &str, username: &str) -> Outcome<()> {
    fieldpost_text::name::check_email(email).map_err(|_| {
        Failure::invalid(
            "app.import.validate_user_import_data.email_length.error",
            "the e-mail address is missing or malformed",
        )
    })?;
    match account::by_email(work, email)? {
        Some(other) if other.username != username => Err(Failure::invalid(
            "app.user.save.email_exists.app_error",
            format!("the e-mail address belongs to {}", other.username),
        )),
        _ => Ok(()),
    }
}

/// Whether there is an account of a name.
pub fn is_known(rows: &mut dyn Rows, username: &str) -> Outcome<bool> {
    Ok(account::by_username(rows, &username.to_lowercase())?.is_some())
}

fn merged(
    work: &Work<'_>,
    from: &ImportedAccount,
    before: Option<&Profile>,
    username: String,
) -> Profile {
    let locale = if from.locale.is_empty() { "en" } else { &from.locale };
    Profile {
        username,
        nickname: from.nickname.clone(),
        first_name: from.first_name.clone(),
        last_name: from.last_name.clone(),
        position: from.position.clone(),
        locale: locale.to_owned(),
        timezone: from
            .timezone
            .clone()
            .or_else(|| before.map(|b| b.timezone.clone()))
            .unwrap_or_else(automatic_timezone),
        props: from.props.clone().or_else(|| before.map(|b| b.props.clone())).unwrap_or_default(),
        create_at: match (before, from.create_at) {
            (Some(before), _) => before.create_at,
            (None, 0) => work.now(),
            (None, at) => at,
        },
        delete_at: from.delete_at,
        bot: from.bot.clone().or_else(|| before.and_then(|b| b.bot.clone())),
        picture: before.and_then(|b| b.picture),
    }
}
