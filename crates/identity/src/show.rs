//! What clients are told of accounts.

use fieldpost_kernel::{
    Audience, Change, Event, Features, Membership, Outcome, Rows, RowsExt, Shown, Subject, events,
    millis, params,
};
use fieldpost_model::{Id, Millis, User, View};
use serde_json::json;

use crate::account::{self, NotifyProps, Profile, Standing};
use crate::credential::PasswordSet;
use crate::roles::{Activated, RolesSet};
use crate::session::SessionsClosed;

/// How soon after its making an account's first profile is written.
const FRESH: Millis = 60_000;

pub(crate) fn register(features: &mut Features) {
    features.show(show_profile);
    features.show(show_standing);
    features.show(show_notify_props);
    features.show(show_roles);
    features.show(show_activated);
    features.show(|_: &PasswordSet, change, _| Ok(stale(change)));
    features.show(|_: &SessionsClosed, change, _| Ok(stale(change)));
}

/// What is known of a person elsewhere is no longer true.
pub(crate) fn stale(change: &Change) -> Shown {
    let joined = vec![Membership::Stale(change.name.scope.id)];
    Shown { joined, ..Shown::default() }
}

/// What an account may do without being asked for more changed, and everybody sees that it did.
pub(crate) fn changed(change: &Change, rows: &mut dyn Rows) -> Outcome<Shown> {
    let mut shown = updated(rows, change.name.scope.id)?;
    shown.joined.push(Membership::Stale(change.name.scope.id));
    Ok(shown)
}

fn is_first(change: &Change) -> bool {
    change.name.sequence == 0
}

fn show_profile(profile: &Profile, change: &Change, rows: &mut dyn Rows) -> Outcome<Shown> {
    let id = change.name.scope.id;
    // A log begins anew in a restored site, with people who are not new at all.
    if is_first(change) && millis(change.stamp).saturating_sub(profile.create_at) < FRESH {
        let audience = Audience { about: subject(rows, id)?, ..Audience::everybody() };
        let event = Event::new(events::NEW_USER, audience, json!({ "user_id": id }));
        return Ok(event.into());
    }
    updated(rows, id)
}

fn show_standing(_: &Standing, change: &Change, rows: &mut dyn Rows) -> Outcome<Shown> {
    if is_first(change) {
        return Ok(Shown::default());
    }
    updated(rows, change.name.scope.id)
}

/// Only oneself sees how one is notified.
fn show_notify_props(_: &NotifyProps, change: &Change, rows: &mut dyn Rows) -> Outcome<Shown> {
    let Some(user) = account::by_id(rows, change.name.scope.id)? else {
        return Ok(Shown::default());
    };
    Ok(own_variant(&user).into())
}

fn show_roles(set: &RolesSet, change: &Change, rows: &mut dyn Rows) -> Outcome<Shown> {
    let id = change.name.scope.id;
    let data = json!({ "user_id": id, "roles": set.roles });
    let mut shown = updated(rows, id)?;
    shown.joined.push(Membership::Stale(id));
    shown.events.push(Event::new(events::USER_ROLE_UPDATED, Audience::user(id), data));
    Ok(shown)
}

fn show_activated(_: &Activated, change: &Change, _: &mut dyn Rows) -> Outcome<Shown> {
    let audience = Audience::everybody();
    let mut shown = stale(change);
    shown.events.push(Event::new(events::USER_ACTIVATION_STATUS_CHANGE, audience, json!({})));
    Ok(shown)
}

/// An account changed: administrators, everybody else and its owner are told what each may see.
fn updated(rows: &mut dyn Rows, id: Id) -> Outcome<Shown> {
    let Some(user) = account::by_id(rows, id)? else { return Ok(Shown::default()) };
    let others = View::Other { email: true, full_name: true };
    let about = subject(rows, id)?;
    let events = vec![
        variant(user.clone(), View::Administrator, Some(true), None),
        variant(user.clone(), others, Some(false), about),
        own_variant(&user),
    ];
    Ok(Shown { events, ..Shown::default() })
}

/// A person as those see them who see the people of their own channels only.
pub(crate) fn subject(rows: &mut dyn Rows, person: Id) -> Outcome<Option<Subject>> {
    let channels = rows.all(
        "SELECT channel.id FROM account JOIN channel_member m ON m.account_key = account.key \
         JOIN channel ON channel.key = m.channel_key WHERE account.id = ?1 AND m.left_at = 0",
        params![&person],
        |row| row.id(0),
    )?;
    Ok(Some(Subject { person, channels }))
}

fn variant(user: User, view: View, administrators: Option<bool>, about: Option<Subject>) -> Event {
    let audience = Audience { administrators, about, ..Audience::everybody() }.except(&[user.id]);
    Event::new(events::USER_UPDATED, audience, json!({ "user": user.sanitized(view) }))
}

fn own_variant(user: &User) -> Event {
    Event::new(events::USER_UPDATED, Audience::user(user.id), json!({ "user": user }))
}
