//! Channels that go to another team, with everything in them.
//!
//! Only the site where a channel was made says whose team's it is, and only while no other site has
//! it: there, the other team may be unknown, and who belongs to it is that site's own business.

use fieldpost_access::{Caller, may_move_channel};
use fieldpost_kernel::{
    Applied, Applying, Body, Change, Failure, FailureKind, Features, Kind, Outcome, Rows, RowsExt,
    Shape, Shown, Work, params,
};
use fieldpost_log::ScopeKind;
use fieldpost_model::{Channel, Id};
use serde::{Deserialize, Serialize};

use super::change::canonical;
use super::member::no_channel;
use super::{by_id, convert, create, member, notice};
use crate::facts::{self, denied};
use crate::register::standing;
use crate::team::create::{DEFAULT_CHANNELS, no_team};
use crate::{hook, sidebar, team};

/// People outside the other team whom a refusal names.
const NAMED: usize = 3;

/// A channel went to another team. Of several moves, and of what made a channel of a group
/// conversation, the newest says whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelMoved {
    /// Whose channel it is.
    pub team: Id,
}

impl Body for ChannelMoved {
    const KIND: Kind = Kind::new(0x0306);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Channel, ScopeKind::Conversation];

    fn shape(&self) -> Shape {
        Shape { places: vec![team::scope(self.team)], ..Shape::default() }
    }
}

pub(super) fn register(features: &mut Features) {
    features.replaces(|_: &ChannelMoved, scope, rows| standing(rows, scope.id, &["team"]));
    features.on(apply_moved);
    features.show(show_moved);
}

fn apply_moved(moved: &ChannelMoved, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let scope = cx.change.name.scope;
    let id = scope.id;
    let Some(before) = canonical(cx.rows, id)? else { return Ok(Applied::Waits(id)) };
    if scope.kind == ScopeKind::Channel && !is_made_at(cx.rows, id, &cx.change.name.site.0)? {
        return Ok(Applied::Done);
    }
    // A conversation is of no team until it became a channel.
    if !convert::is_converted(cx.rows, id)? {
        return Ok(Applied::Waits(convert::conversion_id(id)));
    }
    let sql = "SELECT count(*) FROM team WHERE id = ?1";
    if cx.rows.count(sql, params![&moved.team])? == 0 {
        return Ok(Applied::Waits(moved.team));
    }
    convert::set_team(cx, moved.team)?;
    let after = canonical(cx.rows, id)?;
    cx.hash.replace(Some(before), after);
    Ok(Applied::Done)
}

fn is_made_at(rows: &mut dyn Rows, channel: Id, site: &[u8; 16]) -> Outcome<bool> {
    let sql = "SELECT count(*) FROM channel WHERE id = ?1 AND home = ?2";
    Ok(rows.count(sql, params![&channel, site])? > 0)
}

fn show_moved(_: &ChannelMoved, change: &Change, rows: &mut dyn Rows) -> Outcome<Shown> {
    super::shown(rows, change.name.scope.id)
}

/// Somebody in a channel that is to be moved.
struct Passenger {
    person: Id,
    username: String,
    guest: bool,
    active: bool,
    expected: bool,
}

/// Moves a channel to another team. Members who are not in that team stop it, unless they are to be
/// taken out of the channel; those who are deactivated are taken out in any case.
pub fn relocate(
    work: &mut Work<'_>,
    caller: &Caller,
    channel: Id,
    (to, force): (Id, bool),
) -> Outcome<Channel> {
    let found = facts::channel(work, caller, channel)?;
    if found.key == 0 {
        return Err(no_channel());
    }
    may_move_channel(caller, &found.facts).map_err(denied)?;
    let target = facts::team(work, caller, to)?;
    if target.key == 0 {
        return Err(no_team());
    }
    let old = by_id(work, channel)?.ok_or_else(no_channel)?;
    if old.team_id == to {
        return Ok(old);
    }
    require_movable(&old, target.archived)?;
    create::require_room(work, target.key, &old.name)?;
    let people = passengers(work, channel, target.key)?;
    if !force {
        require_expected(&people)?;
    }
    for one in people.iter().filter(|one| !one.expected) {
        member::unseat(work, channel, one.person, caller.user)?;
    }
    work.emit(found.scope, caller.user, &ChannelMoved { team: to })?;
    if by_id(work, channel)?.is_none_or(|now| now.team_id != to) {
        return Err(made_elsewhere());
    }
    sidebar::update::follow_channel(work, caller.user, channel)?;
    hook::follow_channel(work, caller, channel, to)?;
    for guest in people.iter().filter(|one| one.guest) {
        if team::member(work, old.team_id, guest.person)?.is_some_and(|place| place.delete_at == 0)
        {
            team::member::let_guest_go(work, old.team_id, guest.person, caller.user)?;
        }
    }
    notice::moved(work, channel, caller.user, old.team_id)?;
    by_id(work, channel)?.ok_or_else(no_channel)
}

/// Refuses channels that stay where they are.
fn require_movable(channel: &Channel, archived: bool) -> Outcome<()> {
    let refuse = |id, says: &'static str| Err(Failure::invalid(id, says));
    if channel.delete_at != 0 {
        return refuse("app.channel.update.bad_id", "An archived channel stays where it is.");
    }
    if archived {
        return refuse(
            "api.fieldpost.channel.move.team_archived",
            "That team is archived. Restore it first.",
        );
    }
    let own = |name| fieldpost_log::default_channel(channel.team_id, name) == channel.id;
    if DEFAULT_CHANNELS.iter().any(|(name, _)| own(name)) {
        return refuse(
            "api.fieldpost.channel.move.default",
            "A team keeps its default channels: everybody who comes in is put into them.",
        );
    }
    if channel.shared == Some(true) {
        return refuse(
            "api.fieldpost.channel.move.shared",
            "The channel is shared with another site, which need not know that team. End the \
             share first; after the move the channel cannot be shared.",
        );
    }
    Ok(())
}

/// At a site where the channel was not made, a move means nothing.
fn made_elsewhere() -> Failure {
    Failure::new(
        FailureKind::Forbidden,
        "api.fieldpost.channel.move.made_elsewhere",
        "The channel was made at another site. Only there it is said of which team it is.",
    )
}

/// The people of a channel, and whether they are in a team.
fn passengers(rows: &mut dyn Rows, channel: Id, team_key: i64) -> Outcome<Vec<Passenger>> {
    rows.all(
        "SELECT account.id, account.username, m.scheme_guest, account.delete_at, \
         EXISTS (SELECT 1 FROM team_member t WHERE t.team_key = ?2 \
           AND t.account_key = account.key AND t.delete_at = 0) \
         FROM channel JOIN channel_member m ON m.channel_key = channel.key AND m.left_at = 0 \
         JOIN account ON account.key = m.account_key WHERE channel.id = ?1 ORDER BY account.key",
        params![&channel, team_key],
        |row| Passenger {
            person: row.id(0),
            username: row.text(1).to_owned(),
            guest: row.flag(2),
            active: row.int(3) == 0,
            expected: row.flag(4),
        },
    )
}

/// Refuses to leave anybody behind without being told to.
fn require_expected(people: &[Passenger]) -> Outcome<()> {
    let left = people.iter().filter(|one| one.active && !one.expected);
    let names: Vec<&str> = left.map(|one| one.username.as_str()).collect();
    if names.is_empty() {
        return Ok(());
    }
    let more = if names.len() > NAMED { " and others" } else { "" };
    let some = names[..names.len().min(NAMED)].join(", ");
    Err(Failure::invalid(
        "app.channel.move_channel.members_do_not_match.error",
        format!(
            "{} of the channel's members are not in that team: {some}{more}. Bring them in, or \
             have them taken out of the channel (force).",
            names.len()
        ),
    ))
}
