//! Changing an account: what it says of itself, and how it is notified.

use fieldpost_access::Caller;
use fieldpost_kernel::{Failure, FailureKind, Outcome, Work};
use fieldpost_model::{Id, StringMap, User};
use serde::Deserialize;

use crate::account::{self, NotifyProps, Standing, private_scope, profile_scope, site_scope};
use crate::{signup, target};

/// The longest map of properties or settings, as JSON.
const LONGEST_MAP: usize = 8000;

/// The longest time zone setting, as JSON.
const LONGEST_TIMEZONE: usize = 256;

/// What is to be changed; what is not given stays as it is.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Patch {
    /// The name after the `@`.
    pub username: Option<String>,
    /// Address.
    pub email: Option<String>,
    /// Display name.
    pub nickname: Option<String>,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// Job title.
    pub position: Option<String>,
    /// Language tag.
    pub locale: Option<String>,
    /// Time zone settings, whole.
    pub timezone: Option<StringMap>,
    /// Free public properties, whole.
    pub props: Option<StringMap>,
    /// How to notify, whole.
    pub notify_props: Option<StringMap>,
}

impl Patch {
    /// Everything that a person may change, as a whole account says it. Settings it leaves out
    /// stay.
    pub fn whole(user: User) -> Self {
        let map = |map: StringMap| (!map.is_empty()).then_some(map);
        Self {
            username: Some(user.username),
            email: Some(user.email),
            nickname: Some(user.nickname),
            first_name: Some(user.first_name),
            last_name: Some(user.last_name),
            position: Some(user.position),
            locale: (!user.locale.is_empty()).then_some(user.locale),
            timezone: map(user.timezone),
            props: Some(user.props),
            notify_props: map(user.notify_props),
        }
    }

    /// Whether it changes the address of an account.
    pub fn changes_email(&self, user: &User) -> bool {
        self.email.as_ref().is_some_and(|email| normal(email) != user.email)
    }

    fn applied_to(&self, user: &User) -> User {
        let text = |new: &Option<String>, old: &String| new.as_ref().unwrap_or(old).clone();
        let map = |new: &Option<StringMap>, old: &StringMap| new.as_ref().unwrap_or(old).clone();
        User {
            username: normal(&text(&self.username, &user.username)),
            email: normal(&text(&self.email, &user.email)),
            nickname: text(&self.nickname, &user.nickname),
            first_name: text(&self.first_name, &user.first_name),
            last_name: text(&self.last_name, &user.last_name),
            position: text(&self.position, &user.position),
            locale: text(&self.locale, &user.locale),
            timezone: map(&self.timezone, &user.timezone),
            props: map(&self.props, &user.props),
            notify_props: map(&self.notify_props, &user.notify_props),
            ..user.clone()
        }
    }
}

fn normal(name: &str) -> String {
    name.trim().to_lowercase()
}

/// Changes an account, and gives it as it is then.
///
/// Whoever changes their own address must have shown their password: `proved` says so.
pub fn update(
    work: &mut Work<'_>,
    caller: &Caller,
    id: Id,
    patch: &Patch,
    proved: bool,
) -> Outcome<User> {
    let old = target::own_for(work, caller, id)?;
    target::require_update(work, caller, &old)?;
    let mut new = patch.applied_to(&old);
    if caller.user == id && new.email != old.email && !proved {
        return Err(wrong_password(FailureKind::Unauthenticated));
    }
    validate(&old, &new)?;
    require_free(work, &old, &new)?;
    if new.username != old.username {
        drop_mention_key(&mut new.notify_props, &old.username);
    }
    emit(work, caller.user, &old, &new)?;
    account::by_id(work, id)?.ok_or_else(account::no_account)
}

/// The password shown with a change of address is not the account's.
pub fn wrong_password(kind: FailureKind) -> Failure {
    Failure::new(
        kind,
        "api.user.check_user_password.invalid.app_error",
        "Login failed because of invalid password.",
    )
}

fn validate(old: &User, new: &User) -> Outcome<()> {
    // A bot has no address, and nobody takes theirs away.
    let email = if new.email.is_empty() && old.email.is_empty() {
        "nobody@example.com"
    } else {
        new.email.as_str()
    };
    // Of two who were given back with one name one has a part of their id behind it.
    let username = match new.username == old.username {
        true => new.username.split(':').next().unwrap_or_default(),
        false => &new.username,
    };
    signup::validate(username, email, new)?;
    let length = |map: &StringMap| {
        serde_json::to_string(map).map(|json| json.chars().count()).map_err(Failure::internal)
    };
    if length(&new.timezone)? > LONGEST_TIMEZONE {
        return Err(Failure::invalid(
            "model.user.is_valid.timezone_limit.app_error",
            "The time zone setting is too long.",
        ));
    }
    if length(&new.props)? > LONGEST_MAP || length(&new.notify_props)? > LONGEST_MAP {
        return Err(Failure::invalid(
            "model.user.is_valid.invalidProperty.app_error",
            "There are too many properties.",
        ));
    }
    Ok(())
}

fn require_free(work: &mut Work<'_>, old: &User, new: &User) -> Outcome<()> {
    if new.email != old.email {
        signup::require_free(work, "email", &new.email)?;
    }
    if new.username != old.username {
        signup::require_free(work, "username", &new.username)?;
    }
    Ok(())
}

/// A name that is somebody's no more must not go on calling them.
fn drop_mention_key(notify: &mut StringMap, username: &str) {
    if let Some(keys) = notify.get_mut("mention_keys") {
        let kept: Vec<&str> =
            keys.split(',').filter(|key| key.trim().trim_start_matches('@') != username).collect();
        *keys = kept.join(",");
    }
}

fn emit(work: &mut Work<'_>, author: Id, old: &User, new: &User) -> Outcome<()> {
    let mut profile = account::profile(work, old.id)?.ok_or_else(account::no_account)?;
    let before = profile.clone();
    profile.username.clone_from(&new.username);
    profile.nickname.clone_from(&new.nickname);
    profile.first_name.clone_from(&new.first_name);
    profile.last_name.clone_from(&new.last_name);
    profile.position.clone_from(&new.position);
    profile.locale.clone_from(&new.locale);
    profile.timezone.clone_from(&new.timezone);
    profile.props.clone_from(&new.props);
    if profile != before {
        work.emit(profile_scope(old.id), author, &profile)?;
    }
    if new.email != old.email {
        let standing =
            Standing { email: new.email.clone(), email_verified: false, roles: old.roles.clone() };
        work.emit(site_scope(old.id), author, &standing)?;
    }
    if new.notify_props != old.notify_props {
        work.emit(private_scope(old.id), author, &NotifyProps(new.notify_props.clone()))?;
    }
    Ok(())
}
