//! What a channel takes from its members and guests: posting, reacting, mentions of everybody,
//! adding and removing people, bookmarks.
//!
//! It is said where the channel was made, and holds at every site that has the channel. Its
//! administrators, and those of the team and the site, are never restricted.

use fieldpost_access::{
    Caller, Moderated, Permission, Restricted, Restrictions, SchemeRoles, builtin, may_moderate,
    may_read_moderation,
};
use fieldpost_kernel::{
    Applied, Applying, Audience, Body, Change, Event, Failure, FailureKind, Features, Kind,
    Outcome, Rows, RowsExt, Shown, Work, events, params,
};
use fieldpost_log::ScopeKind;
use fieldpost_model::{ChannelType, Id};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::change::member_updated;
use super::member::{no_channel, people};
use crate::facts::{self, denied};
use crate::register::{Field, standing, wins};

/// Somebody set switches of a channel, or lifted them. Each is decided by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelRestricted {
    /// The numbers of the switches, and whether each is set.
    pub switches: Vec<(u8, bool)>,
}

impl Body for ChannelRestricted {
    const KIND: Kind = Kind::new(0x0334);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Channel];

    fn fits(&self) -> bool {
        self.switches.len() <= 16 && self.switches.iter().all(|(place, _)| *place < 16)
    }
}

impl ChannelRestricted {
    /// The names under which it is noted who last wrote a switch.
    fn fields(&self) -> Vec<String> {
        self.switches.iter().map(|(place, _)| field(*place)).collect()
    }
}

fn field(place: u8) -> String {
    format!("restricted {place}")
}

pub(super) fn register(features: &mut Features) {
    features.replaces(|restricted: &ChannelRestricted, scope, rows| {
        let fields = restricted.fields();
        let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
        standing(rows, scope.id, &fields)
    });
    features.on(apply_restricted);
    features.show(show_restricted);
}

fn apply_restricted(body: &ChannelRestricted, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let id = cx.change.name.scope.id;
    let sql = "SELECT restricted, home FROM channel WHERE id = ?1";
    let kept = cx.rows.first(sql, params![&id], |row| (row.int(0), row.blob(1).to_vec()))?;
    let Some((number, home)) = kept else { return Ok(Applied::Waits(id)) };
    // Nobody but the site where a channel was made says what its people may do in it.
    if home != cx.change.name.site.0 {
        return Ok(Applied::Done);
    }
    let before = Restrictions::from_number(number);
    let mut after = before;
    for (place, set) in &body.switches {
        let Some((whom, switch)) = Restrictions::at(*place) else { continue };
        let digit = |set: bool| if set { "1" } else { "0" };
        let field = Field {
            entity: id,
            name: &field(*place),
            current: digit(after.has(whom, switch)),
            written: digit(*set),
        };
        if wins(cx, &field)? {
            after = after.with(whom, switch, *set);
        }
    }
    cx.rows.execute(
        "UPDATE channel SET restricted = ?2, update_at = ?3 WHERE id = ?1",
        params![&id, after.number(), cx.now],
    )?;
    cx.hash.replace(canonical(id, before), canonical(id, after));
    Ok(Applied::Done)
}

/// Restrictions in the form that is hashed; a channel without any has none.
fn canonical(channel: Id, restrictions: Restrictions) -> Option<Vec<u8>> {
    (restrictions != Restrictions::default()).then(|| {
        postcard::to_stdvec(&("channel restrictions", channel, restrictions.number()))
            .unwrap_or_default()
    })
}

/// The members' roles are others now: each is told of their own.
fn show_restricted(_: &ChannelRestricted, change: &Change, rows: &mut dyn Rows) -> Outcome<Shown> {
    let channel = change.name.scope.id;
    let mut shown = super::shown(rows, channel)?;
    let audience = Audience::channel(channel);
    shown.events.push(Event::new(events::CHANNEL_SCHEME_UPDATED, audience, json!({})));
    for person in people(rows, channel)? {
        shown.events.extend(member_updated(rows, channel, person)?.events);
    }
    Ok(shown)
}

/// What a switch says of one kind of people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// Whether they may.
    pub value: bool,
    /// Whether the channel can let them: not where their role at this site does not.
    pub enabled: bool,
}

/// What a switch says of everybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Settings {
    /// Of ordinary members.
    pub members: Setting,
    /// Of guests, where the switch exists for them.
    pub guests: Option<Setting>,
}

/// A switch of a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Switch {
    /// Its name.
    pub name: &'static str,
    /// What it says.
    pub roles: Settings,
}

/// How a switch is to be.
#[derive(Debug, Clone, Deserialize)]
pub struct SwitchPatch {
    /// Its name.
    pub name: String,
    /// What it is to say.
    pub roles: SettingsPatch,
}

/// What a switch is to say; what is not given stays as it is.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct SettingsPatch {
    /// Whether ordinary members may.
    pub members: Option<bool>,
    /// Whether guests may.
    pub guests: Option<bool>,
}

/// The switches of a channel.
pub fn list(rows: &mut dyn Rows, caller: &Caller, channel: Id) -> Outcome<Vec<Switch>> {
    let kind = moderated(rows, caller, channel)?.facts.kind;
    may_read_moderation(caller).map_err(denied)?;
    switches(rows, channel, kind)
}

fn switches(rows: &mut dyn Rows, channel: Id, kind: ChannelType) -> Outcome<Vec<Switch>> {
    let restrictions = of_channel(rows, channel)?;
    let setting = |whom, switch| {
        let enabled = enabled(whom, switch, kind);
        Setting { value: enabled && !restrictions.has(whom, switch), enabled }
    };
    let switches = Moderated::ALL.into_iter().map(|switch| Switch {
        name: switch.name(),
        roles: Settings {
            members: setting(Restricted::Members, switch),
            guests: switch.applies_to_guests().then(|| setting(Restricted::Guests, switch)),
        },
    });
    Ok(switches.collect())
}

fn of_channel(rows: &mut dyn Rows, channel: Id) -> Outcome<Restrictions> {
    let number = rows.count("SELECT restricted FROM channel WHERE id = ?1", params![&channel])?;
    Ok(Restrictions::from_number(number))
}

/// Whether the role above a channel grants what a switch stands for.
fn enabled(whom: Restricted, switch: Moderated, kind: ChannelType) -> bool {
    let open = kind == ChannelType::Open;
    let permission = match switch {
        Moderated::CreatePost => Permission::CreatePost,
        Moderated::CreateReactions => Permission::AddReaction,
        Moderated::UseChannelMentions => Permission::UseChannelMentions,
        Moderated::ManageMembers if open => Permission::ManagePublicChannelMembers,
        Moderated::ManageMembers => Permission::ManagePrivateChannelMembers,
        Moderated::ManageBookmarks if open => Permission::AddBookmarkPublicChannel,
        Moderated::ManageBookmarks => Permission::AddBookmarkPrivateChannel,
    };
    let role = match whom {
        Restricted::Members => SchemeRoles::CHANNEL.user,
        Restricted::Guests => SchemeRoles::CHANNEL.guest,
    };
    builtin(role).is_some_and(|role| role.granted().contains(permission))
}

/// A channel of a team; conversations have no switches.
fn moderated(rows: &mut dyn Rows, caller: &Caller, channel: Id) -> Outcome<facts::Channel> {
    let found = facts::channel(rows, caller, channel)?;
    if found.key == 0 {
        return Err(no_channel());
    }
    if !found.facts.kind.is_team() {
        return Err(Failure::invalid_url("channel_id"));
    }
    Ok(found)
}

/// Sets and lifts switches of a channel, and gives them all as they are then.
pub fn patch(
    work: &mut Work<'_>,
    caller: &Caller,
    channel: Id,
    patches: &[SwitchPatch],
) -> Outcome<Vec<Switch>> {
    let found = moderated(work, caller, channel)?;
    may_moderate(caller, &found.facts).map_err(denied)?;
    let mut wished = of_channel(work, channel)?;
    for patch in patches {
        let switch =
            Moderated::by_name(&patch.name).ok_or_else(|| Failure::invalid_body("name"))?;
        for (whom, value) in
            [(Restricted::Members, patch.roles.members), (Restricted::Guests, patch.roles.guests)]
        {
            let Some(value) = value else { continue };
            if value && !enabled(whom, switch, found.facts.kind) {
                return Err(Failure::forbidden("a channel gives nobody more than their role does"));
            }
            if whom == Restricted::Members || switch.applies_to_guests() {
                wished = wished.with(whom, switch, !value);
            }
        }
    }
    if !restrict(work, channel, caller.user, wished.number())? {
        return Err(made_elsewhere());
    }
    switches(work, channel, found.facts.kind)
}

/// Makes a channel's restrictions those of a number, where they differ. Gives whether they are: at a
/// site where the channel was not made, that means nothing.
pub(crate) fn restrict(work: &mut Work<'_>, channel: Id, author: Id, number: i64) -> Outcome<bool> {
    let (before, after) = (of_channel(work, channel)?, Restrictions::from_number(number));
    let differing = Restrictions::every()
        .filter(|(whom, switch)| before.has(*whom, *switch) != after.has(*whom, *switch));
    let switches: Vec<(u8, bool)> = differing
        .map(|(whom, switch)| (Restrictions::place(whom, switch), after.has(whom, switch)))
        .collect();
    if !switches.is_empty() {
        let scope = super::scope(channel, ChannelType::Open);
        work.emit(scope, author, &ChannelRestricted { switches })?;
    }
    Ok(of_channel(work, channel)? == after)
}

fn made_elsewhere() -> Failure {
    Failure::new(
        FailureKind::Forbidden,
        "api.channel.update_channel.not_allowed.app_error",
        "The channel was made at another site. Only there it is said what its people may do.",
    )
}
