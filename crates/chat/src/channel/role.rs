//! What members of a channel may do there, and how they are notified of it.

use fieldpost_access::{
    Caller, SchemeRoles, builtin, may_change_channel_roles, require_user, unrestricted,
};
use fieldpost_kernel::{
    Applied, Applying, Body, Change, Failure, Features, Kind, Outcome, Rows, RowsExt, Shown, Work,
    params,
};
use fieldpost_log::{Scope, ScopeKind};
use fieldpost_model::{ChannelMember, Id, StringMap};
use serde::{Deserialize, Serialize};

use super::MemberRoles;
use super::change::member_updated;
use super::member::{default_notify_props, find, no_channel, no_member};
use super::place::place_id;
use crate::facts::{self, denied};
use crate::register::{Field, wins};

/// The longest value of one notification setting, in characters.
const LONGEST_VALUE: usize = 2000;

/// The longest list of role names, in bytes.
const LONGEST_ROLES: usize = 256;

/// A person said how they want to be notified of a channel. Each setting is decided by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberNotifyProps {
    /// The channel.
    pub channel: Id,
    /// The settings that were written.
    pub props: StringMap,
}

impl Body for MemberNotifyProps {
    const KIND: Kind = Kind::new(0x0321);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Private];
}

pub(super) fn register(features: &mut Features) {
    features.on(apply_notify_props);
    features.show(show_notify_props);
}

fn apply_notify_props(written: &MemberNotifyProps, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let (channel, person) = (written.channel, cx.change.name.scope.id);
    let place = "WHERE channel_key = (SELECT key FROM channel WHERE id = ?1) \
                 AND account_key = (SELECT key FROM account WHERE id = ?2)";
    let stored = cx.rows.first(
        &format!("SELECT notify_props FROM channel_member {place}"),
        params![&channel, &person],
        |row| row.text(0).to_owned(),
    )?;
    let Some(stored) = stored else { return Ok(Applied::Waits(place_id(channel, person))) };
    let mut props: StringMap =
        serde_json::from_str(&stored).unwrap_or_else(|_| default_notify_props());
    for (key, value) in &written.props {
        let current = props.get(key).cloned().unwrap_or_default();
        let name = format!("{channel} {key}");
        if wins(cx, &Field { entity: person, name: &name, current: &current, written: value })? {
            props.insert(key.clone(), value.clone());
        }
    }
    let follows = props.get("channel_auto_follow_threads").is_some_and(|on| on == "on");
    let props = serde_json::to_string(&props).map_err(Failure::internal)?;
    cx.rows.execute(
        &format!(
            "UPDATE channel_member SET notify_props = ?3, follows_threads = ?5, \
             last_update_at = ?4 {place}"
        ),
        params![&channel, &person, &props, cx.now, follows],
    )?;
    Ok(Applied::Done)
}

fn show_notify_props(
    written: &MemberNotifyProps,
    change: &Change,
    rows: &mut dyn Rows,
) -> Outcome<Shown> {
    member_updated(rows, written.channel, change.name.scope.id)
}

/// Settings that clients may write; others are passed over.
const NOTIFY_KEYS: [&str; 10] = [
    "desktop",
    "push",
    "mark_unread",
    "email",
    "ignore_channel_mentions",
    "channel_auto_follow_threads",
    "desktop_threads",
    "push_threads",
    "desktop_sound",
    "desktop_notification_sound",
];

/// Writes some notification settings of a person in a channel.
pub fn notify(
    work: &mut Work<'_>,
    caller: &Caller,
    channel: Id,
    person: Id,
    sent: &StringMap,
) -> Outcome<()> {
    let target = crate::team::member::user_facts(work, person)?;
    require_user(caller, &target).map_err(denied)?;
    let member = find(work, channel, person)?.ok_or_else(no_member)?;
    if sent.values().any(|value| value.chars().count() > LONGEST_VALUE) {
        return Err(Failure::invalid(
            "model.channel_member.is_valid.notify_props.app_error",
            "The notification settings are too long.",
        ));
    }
    let known = |key: &str| NOTIFY_KEYS.contains(&key);
    let props: StringMap = sent
        .iter()
        .filter(|(key, value)| known(key) && member.notify_props.get(*key) != Some(*value))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    write_notify_props(work, caller.user, channel, person, props)
}

/// Says how a person is notified of a channel from now on, as far as anything changes.
pub(crate) fn write_notify_props(
    work: &mut Work<'_>,
    author: Id,
    channel: Id,
    person: Id,
    props: StringMap,
) -> Outcome<()> {
    if !props.is_empty() {
        let scope = Scope::new(ScopeKind::Private, person);
        work.emit(scope, author, &MemberNotifyProps { channel, props })?;
    }
    Ok(())
}

/// The three flags of a membership, as clients set them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flags {
    /// Whether a guest.
    pub guest: bool,
    /// Whether an ordinary member.
    pub user: bool,
    /// Whether an administrator.
    pub admin: bool,
}

/// A member whose roles the caller may change.
fn changeable(
    work: &mut Work<'_>,
    caller: &Caller,
    channel: Id,
    person: Id,
) -> Outcome<(Scope, ChannelMember)> {
    let found = facts::channel(work, caller, channel)?;
    if found.key == 0 {
        return Err(no_channel());
    }
    may_change_channel_roles(caller, &found.facts).map_err(denied)?;
    let member = find(work, channel, person)?.ok_or_else(no_member)?;
    Ok((found.scope, member))
}

/// Gives a member the roles of these flags, besides the ones given by name.
pub fn set_flags(
    work: &mut Work<'_>,
    caller: &Caller,
    channel: Id,
    person: Id,
    flags: Flags,
) -> Outcome<()> {
    let (scope, member) = changeable(work, caller, channel, person)?;
    require_flags(member.scheme_guest, flags)?;
    let roles = MemberRoles {
        person,
        guest: flags.guest,
        admin: flags.admin,
        explicit_roles: member.explicit_roles,
    };
    work.emit(scope, caller.user, &roles)?;
    Ok(())
}

/// Nobody becomes or stops being a guest here, and nobody belongs as nothing.
fn require_flags(guest: bool, flags: Flags) -> Outcome<()> {
    let refuse = |id, says: &'static str| Err(Failure::invalid(id, says));
    if flags.guest && flags.user {
        return refuse(
            "api.channel.update_channel_member_roles.user_and_guest.app_error",
            "Nobody is a guest and an ordinary member at once.",
        );
    }
    if flags.guest != guest || guest && flags.admin {
        return refuse(
            "api.channel.update_channel_member_roles.guest.app_error",
            "Nobody becomes a guest, or stops being one, in a single channel.",
        );
    }
    if !flags.guest && !flags.user {
        return refuse(
            "api.channel.update_channel_member_roles.unset_user_scheme.app_error",
            "A member remains an ordinary member.",
        );
    }
    Ok(())
}

/// Gives a member roles by name; those that the flags stand for set the flags.
pub fn set_names(
    work: &mut Work<'_>,
    caller: &Caller,
    channel: Id,
    person: Id,
    names: &str,
) -> Outcome<()> {
    let (scope, member) = changeable(work, caller, channel, person)?;
    // Clients give back the names that they were told.
    let names: Vec<&str> = names.split_whitespace().map(unrestricted).collect();
    let names = names.join(" ");
    let (flags, explicit) = split_names(&names, &SchemeRoles::CHANNEL, || {
        Failure::invalid(
            "api.channel.update_channel_member_roles.scheme_role.app_error",
            "That role belongs to another scheme.",
        )
    })?;
    require_flags(member.scheme_guest, flags)?;
    let roles = MemberRoles {
        person,
        guest: flags.guest,
        admin: flags.admin,
        explicit_roles: explicit.join(" "),
    };
    work.emit(scope, caller.user, &roles)?;
    Ok(())
}

/// The flags that a list of role names stands for, and the names that remain.
pub(crate) fn split_names<'n>(
    names: &'n str,
    scheme: &SchemeRoles<'_>,
    foreign: impl Fn() -> Failure,
) -> Outcome<(Flags, Vec<&'n str>)> {
    let mut flags = Flags { guest: false, user: false, admin: false };
    let mut explicit = Vec::new();
    if names.len() > LONGEST_ROLES {
        return Err(Failure::invalid_body("roles"));
    }
    for name in names.split_whitespace() {
        let role = builtin(name).ok_or_else(|| Failure::invalid_body("roles"))?;
        match name {
            name if name == scheme.guest => flags.guest = true,
            name if name == scheme.user => flags.user = true,
            name if name == scheme.admin => flags.admin = true,
            _ if role.scheme_managed => return Err(foreign()),
            _ => explicit.push(name),
        }
    }
    explicit.dedup();
    Ok((flags, explicit))
}
