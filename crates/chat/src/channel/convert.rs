//! Group conversations that become private channels of a team.
//!
//! A channel keeps its id, its history and the scope in which it was founded: that scope says from
//! then on that it is a channel, of which team, and what it is called.

use fieldpost_access::{Caller, may_convert_group};
use fieldpost_kernel::{
    Applied, Applying, Body, Change, Failure, Features, Kind, Outcome, Rows, RowsExt, Shape, Shown,
    Work, at_most, params,
};
use fieldpost_log::ScopeKind;
use fieldpost_model::{Channel, ChannelType, Id};
use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};

use super::change::canonical;
use super::create::{self, NewChannel};
use super::member::no_channel;
use super::{MemberRoles, by_id, group, member, notice, property};
use crate::facts::{self, denied};
use crate::register::{Field, standing, wins};

/// A group conversation became a private channel of a team. Of several conversions the newest
/// says which team's it is and what it is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupConverted {
    /// Whose channel it is.
    pub team: Id,
    /// The name in addresses.
    pub name: String,
    /// The name people read.
    pub display_name: String,
}

impl Body for GroupConverted {
    const KIND: Kind = Kind::new(0x0305);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Conversation];

    fn shape(&self) -> Shape {
        Shape { places: vec![crate::team::scope(self.team)], ..Shape::default() }
    }

    fn fits(&self) -> bool {
        at_most(&self.name, 64) && at_most(&self.display_name, 64)
    }
}

/// What a conversion writes.
const FIELDS: [&str; 4] = ["team", "kind", "name", "display_name"];

pub(super) fn register(features: &mut Features) {
    features.replaces(|_: &GroupConverted, scope, rows| standing(rows, scope.id, &FIELDS));
    features.on(apply_converted);
    features.show(show_converted);
}

/// Names a conversion, for changes that mean something only once it happened.
pub(super) fn conversion_id(channel: Id) -> Id {
    let mut digest = Sha1::new();
    digest.update(b"conversion");
    digest.update(channel.as_bytes());
    Id::from_slice(&digest.finalize()[..16])
}

/// What a change waits for that means nothing in a conversation: that this became a channel.
pub(super) fn awaited(cx: &mut Applying<'_>) -> Outcome<Option<Id>> {
    let scope = cx.change.name.scope;
    let waits = scope.kind == ScopeKind::Conversation && !is_converted(cx.rows, scope.id)?;
    Ok(waits.then(|| conversion_id(scope.id)))
}

/// Whether there is a channel of a team under the id of a conversation.
pub(super) fn is_converted(rows: &mut dyn Rows, conversation: Id) -> Outcome<bool> {
    let sql = "SELECT count(*) FROM channel WHERE id = ?1 AND team_key > 0";
    Ok(rows.count(sql, params![&conversation])? > 0)
}

fn apply_converted(converted: &GroupConverted, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let id = cx.change.name.scope.id;
    let Some(before) = canonical(cx.rows, id)? else { return Ok(Applied::Waits(id)) };
    // Two people's conversation stays theirs.
    let direct = "SELECT count(*) FROM channel WHERE id = ?1 AND (kind = 'D' OR conversation = 0)";
    if cx.rows.count(direct, params![&id])? > 0 {
        return Ok(Applied::Done);
    }
    let sql = "SELECT count(*) FROM team WHERE id = ?1";
    if cx.rows.count(sql, params![&converted.team])? == 0 {
        return Ok(Applied::Waits(converted.team));
    }
    set_team(cx, converted.team)?;
    let kind = ChannelType::Private.letter();
    property::write(cx, "kind", kind)?;
    property::write(cx, "name", &converted.name)?;
    property::write(cx, "display_name", &converted.display_name)?;
    // What is said in a channel of a team passes where that is shared.
    cx.rows.execute("UPDATE channel SET across = NULL WHERE id = ?1", params![&id])?;
    let after = canonical(cx.rows, id)?;
    cx.hash.replace(Some(before), after);
    cx.created.push(conversion_id(id));
    Ok(Applied::Done)
}

/// Writes whose channel it is, if this is the newest to say so.
pub(super) fn set_team(cx: &mut Applying<'_>, team: Id) -> Outcome<()> {
    let id = cx.change.name.scope.id;
    let sql = "SELECT team.id FROM channel JOIN team ON team.key = channel.team_key \
               WHERE channel.id = ?1";
    let current = cx.rows.first(sql, params![&id], |row| row.id(0).to_string())?;
    let field = Field {
        entity: id,
        name: "team",
        current: &current.unwrap_or_default(),
        written: &team.to_string(),
    };
    if wins(cx, &field)? {
        cx.rows.execute(
            "UPDATE channel SET team_key = (SELECT key FROM team WHERE id = ?2), update_at = ?3 \
             WHERE id = ?1",
            params![&id, &team, cx.now],
        )?;
    }
    Ok(())
}

fn show_converted(_: &GroupConverted, change: &Change, rows: &mut dyn Rows) -> Outcome<Shown> {
    super::shown(rows, change.name.scope.id)
}

/// Makes a group conversation a private channel of a team that all its active people share; the
/// caller becomes its administrator.
pub fn group(
    work: &mut Work<'_>,
    caller: &Caller,
    channel: Id,
    new: &NewChannel,
) -> Outcome<Channel> {
    let teams = group::common_teams(work, caller, channel)?;
    let found = facts::channel(work, caller, channel)?;
    let team = facts::team(work, caller, new.team)?;
    may_convert_group(caller, &found.facts, &team.facts).map_err(denied)?;
    if found.across.is_some() {
        return Err(Failure::invalid(
            "api.fieldpost.direct.not_convertible",
            "A conversation with people of another site stays one.",
        ));
    }
    if !teams.contains(&new.team) {
        return Err(Failure::invalid(
            "app.channel.group_message_conversion.incorrect_team",
            "A group conversation becomes a channel of a team that all its people belong to.",
        ));
    }
    create::validate(new)?;
    create::require_room(work, team.key, &new.name)?;
    let people = member::people(work, channel)?;
    let converted = GroupConverted {
        team: new.team,
        name: new.name.clone(),
        display_name: new.display_name.trim().to_owned(),
    };
    work.emit(found.scope, caller.user, &converted)?;
    for person in &people {
        // Its place among the conversations is none in the team.
        crate::sidebar::update::forget_channel(work, caller.user, *person, channel)?;
    }
    notice::group_converted(work, channel, caller.user, &people)?;
    let own = member::find(work, channel, caller.user)?.ok_or_else(member::no_member)?;
    let roles = MemberRoles {
        person: caller.user,
        guest: false,
        admin: true,
        explicit_roles: own.explicit_roles,
    };
    work.emit(found.scope, caller.user, &roles)?;
    by_id(work, channel)?.ok_or_else(no_channel)
}
