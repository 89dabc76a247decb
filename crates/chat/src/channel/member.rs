//! Who belongs to a channel: reading places, taking them and leaving them.

use fieldpost_access::{Caller, Restrictions, UserFacts, may_add_member, may_remove_member};
use fieldpost_kernel::{Failure, FailureKind, Outcome, Row, Rows, RowsExt, Work, params};
use fieldpost_model::{ChannelMember, Id, Millis};
use serde::Serialize;

use super::{MemberJoined, MemberLeft};
use crate::facts::{self, denied};
use crate::post::system;

/// The people of a channel, in the order of their accounts.
pub(crate) fn people(rows: &mut dyn Rows, channel: Id) -> Outcome<Vec<Id>> {
    rows.all(
        "SELECT account.id FROM channel JOIN channel_member m ON m.channel_key = channel.key \
         JOIN account ON account.key = m.account_key \
         WHERE channel.id = ?1 AND m.left_at = 0 ORDER BY account.key",
        params![&channel],
        |row| row.id(0),
    )
}

/// The columns of a membership, for [`member_of`].
const COLUMNS: &str = "channel.id, account.id, m.explicit_roles, m.scheme_guest, m.scheme_user, \
    m.scheme_admin, m.last_viewed_at, m.msg_count, m.msg_count_root, m.mention_count, \
    m.mention_count_root, m.urgent_mention_count, m.notify_props, m.last_update_at, \
    channel.restricted";

const FROM: &str = "FROM channel_member m JOIN channel ON channel.key = m.channel_key \
    JOIN account ON account.key = m.account_key";

fn member_of(row: &dyn Row) -> ChannelMember {
    let roles = facts::membership(row, 2);
    ChannelMember {
        channel_id: row.id(0),
        user_id: row.id(1),
        roles: roles.names(&Restrictions::from_number(row.int(14)).roles()),
        scheme_guest: roles.scheme_guest,
        scheme_user: roles.scheme_user,
        scheme_admin: roles.scheme_admin,
        explicit_roles: roles.explicit.to_owned(),
        last_viewed_at: row.int(6),
        msg_count: row.int(7),
        msg_count_root: row.int(8),
        mention_count: row.int(9),
        mention_count_root: row.int(10),
        urgent_mention_count: row.int(11),
        notify_props: serde_json::from_str(row.text(12)).unwrap_or_else(|_| default_notify_props()),
        last_update_at: row.int(13),
    }
}

/// How people are notified of a channel until they choose otherwise.
pub fn default_notify_props() -> fieldpost_model::StringMap {
    [
        ("desktop", "default"),
        ("mark_unread", "all"),
        ("push", "default"),
        ("email", "default"),
        ("ignore_channel_mentions", "default"),
        ("channel_auto_follow_threads", "off"),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .into()
}

/// A person's live membership of a channel.
pub fn find(rows: &mut dyn Rows, channel: Id, person: Id) -> Outcome<Option<ChannelMember>> {
    let sql = format!(
        "SELECT {COLUMNS} {FROM} WHERE channel.id = ?1 AND account.id = ?2 AND m.left_at = 0"
    );
    rows.first(&sql, params![&channel, &person], member_of)
}

/// A page of a channel's members.
pub fn page(
    rows: &mut dyn Rows,
    channel: Id,
    offset: i64,
    limit: i64,
) -> Outcome<Vec<ChannelMember>> {
    let sql = format!(
        "SELECT {COLUMNS} {FROM} WHERE channel.id = ?1 AND m.left_at = 0 \
         ORDER BY account.key LIMIT ?2 OFFSET ?3"
    );
    rows.all(&sql, params![&channel, limit, offset], member_of)
}

/// All of a person's memberships: of one team with all conversations, or everywhere.
pub fn of_person(rows: &mut dyn Rows, person: Id, team: Option<Id>) -> Outcome<Vec<ChannelMember>> {
    let within = if team.is_some() { "AND (team.id = ?2 OR channel.team_key = 0)" } else { "" };
    let sql = format!(
        "SELECT {COLUMNS} {FROM} LEFT JOIN team ON team.key = channel.team_key \
         WHERE account.id = ?1 AND m.left_at = 0 {within} ORDER BY channel.id"
    );
    match team {
        Some(team) => rows.all(&sql, params![&person, &team], member_of),
        None => rows.all(&sql, params![&person], member_of),
    }
}

/// The memberships of some people in a channel, by account.
pub fn among(rows: &mut dyn Rows, channel: Id, people: &[Id]) -> Outcome<Vec<ChannelMember>> {
    let list: Vec<_> = people.iter().map(Into::into).collect();
    let sql = format!(
        "SELECT {COLUMNS} {FROM} WHERE channel.id = ?1 AND m.left_at = 0 AND account.id IN ({{in}})"
    );
    let mut found = rows.all_in(&sql, params![&channel], &list, member_of)?;
    found.sort_by_key(|member| member.user_id);
    found.dedup_by_key(|member| member.user_id);
    Ok(found)
}

/// A membership with what a list over several teams shows of its channel's team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MemberOfTeam {
    /// The membership.
    #[serde(flatten)]
    pub member: ChannelMember,
    /// The team's display name; empty for conversations.
    pub team_display_name: String,
    /// The team's name in addresses.
    pub team_name: String,
    /// When the team last changed here.
    pub team_update_at: Millis,
}

/// A page of all of a person's memberships with their teams, by channel.
pub fn with_teams(
    rows: &mut dyn Rows,
    person: Id,
    (offset, limit): (i64, i64),
) -> Outcome<Vec<MemberOfTeam>> {
    let sql = format!(
        "SELECT {COLUMNS}, team.display_name, team.name, team.update_at {FROM} \
         LEFT JOIN team ON team.key = channel.team_key \
         WHERE account.id = ?1 AND m.left_at = 0 AND (team.delete_at = 0 OR team.key IS NULL) \
         ORDER BY channel.id LIMIT ?2 OFFSET ?3"
    );
    rows.all(&sql, params![&person, limit, offset], |row| MemberOfTeam {
        member: member_of(row),
        team_display_name: row.text(15).to_owned(),
        team_name: row.text(16).to_owned(),
        team_update_at: row.int(17),
    })
}

/// There is no such membership.
pub fn no_member() -> Failure {
    Failure::not_found(
        "app.channel.get_member.missing.app_error",
        "No channel member found for that user ID and channel ID.",
    )
}

/// Who takes a place in a channel, and as what.
#[derive(Debug, Clone, Copy)]
pub struct Seat {
    /// Who.
    pub person: Id,
    /// Whether as a guest.
    pub guest: bool,
    /// Whether as an administrator.
    pub admin: bool,
}

/// Makes a person a member of a channel, without a word to anybody in it.
pub(crate) fn seat(work: &mut Work<'_>, channel: Id, seat: &Seat, author: Id) -> Outcome<()> {
    let scope = super::scope_of(work, channel)?;
    let joined = MemberJoined {
        person: seat.person,
        guest: seat.guest,
        admin: seat.admin,
        explicit_roles: String::new(),
    };
    work.emit(scope, author, &joined)?;
    Ok(())
}

/// Whether it may be said here that a person comes into a channel or leaves it: where this site only reads,
/// of its own people alone.
pub(crate) fn may_place(rows: &mut dyn Rows, channel: Id, person: Id) -> Outcome<bool> {
    let sql = "SELECT count(*) FROM account WHERE id = ?1 AND home IS NOT NULL";
    let is_elsewhere = rows.count(sql, params![&person])? > 0;
    Ok(!is_elsewhere || !super::is_read_only(rows, channel)?)
}

/// Takes a person out of a channel, without a word to anybody in it.
pub(crate) fn unseat(work: &mut Work<'_>, channel: Id, person: Id, author: Id) -> Outcome<()> {
    let scope = super::scope_of(work, channel)?;
    if let Some(member) = find(work, channel, person)?
        && member.notify_props != default_notify_props()
    {
        // Whoever comes back starts from scratch.
        let props = default_notify_props();
        super::role::write_notify_props(work, author, channel, person, props)?;
    }
    crate::sidebar::update::forget_channel(work, author, person, channel)?;
    work.emit(scope, author, &MemberLeft { person })?;
    Ok(())
}

/// There is no such channel.
pub fn no_channel() -> Failure {
    Failure::not_found("app.channel.get.existing.app_error", "Unable to find the existing channel.")
}

/// Adds a person to a team's channel, or the caller themselves, and says so in it.
pub fn add(
    work: &mut Work<'_>,
    caller: &Caller,
    channel: Id,
    person: Id,
) -> Outcome<ChannelMember> {
    let found = facts::channel(work, caller, channel)?;
    if found.key == 0 {
        return Err(no_channel());
    }
    if !found.facts.kind.is_team() {
        return Err(Failure::invalid(
            "api.channel.add_user_to_channel.type.app_error",
            "Can not add user to this channel type.",
        ));
    }
    let visible = super::create::visibility(work, caller, person)?;
    may_add_member(caller, &found.facts, &visible).map_err(denied)?;
    if let Some(member) = find(work, channel, person)? {
        return Ok(member);
    }
    let user = addable(work, &found, person)?;
    seat(work, channel, &Seat { person, guest: user.guest, admin: false }, caller.user)?;
    let notice = if caller.user == person {
        system::joined_channel(work, person)?
    } else {
        system::added_to_channel(work, caller.user, person)?
    };
    system::post(work, channel, &notice)?;
    find(work, channel, person)?.ok_or_else(no_member)
}

/// Adds people to a team's channel, and says so in it. Whoever cannot be added is passed over,
/// unless that is everybody.
pub fn add_all(
    work: &mut Work<'_>,
    caller: &Caller,
    channel: Id,
    people: &[Id],
) -> Outcome<Vec<ChannelMember>> {
    let mut added = Vec::new();
    let mut last = None;
    for person in people {
        match add(work, caller, channel, *person) {
            Ok(member) => added.push(member),
            Err(failure) => last = Some(failure),
        }
    }
    match last {
        Some(failure) if added.is_empty() => Err(failure),
        _ => Ok(added),
    }
}

/// Refuses people who are deactivated or not in the channel's team.
fn addable(work: &mut Work<'_>, channel: &facts::Channel, person: Id) -> Outcome<UserFacts> {
    let user = crate::team::member::user_facts(work, person)?;
    let active = work
        .count("SELECT count(*) FROM account WHERE id = ?1 AND delete_at = 0", params![&person])?;
    if active == 0 {
        return Err(Failure::new(
            FailureKind::Forbidden,
            "app.channel.add_member.deleted_user.app_error",
            "Unable to add the user as a member of the channel: the account is deactivated.",
        ));
    }
    let team = channel.facts.team.map_or(Id::NONE, |team| team.id);
    match crate::team::member(work, team, person)? {
        None => Err(Failure::not_found(
            "app.team.get_member.missing.app_error",
            "No team member found for that user ID and team ID.",
        )),
        Some(member) if member.delete_at != 0 => Err(Failure::invalid(
            "api.channel.add_user.to.channel.failed.deleted.app_error",
            "Failed to add user to channel because they have been removed from the team.",
        )),
        Some(_) => Ok(user),
    }
}

/// Takes a person out of a team's channel, or the caller themselves, and says so in it.
pub fn remove(work: &mut Work<'_>, caller: &Caller, channel: Id, person: Id) -> Outcome<()> {
    let found = facts::channel(work, caller, channel)?;
    if found.key == 0 {
        return Err(no_channel());
    }
    if !found.facts.kind.is_team() {
        return Err(Failure::invalid(
            "api.channel.remove_channel_member.type.app_error",
            "Unable to remove user from this channel type.",
        ));
    }
    may_remove_member(caller, &found.facts, person).map_err(denied)?;
    let member = find(work, channel, person)?.ok_or_else(no_member)?;
    let name = super::by_id(work, channel)?.map(|c| c.name).unwrap_or_default();
    if name == "town-square" && !member.scheme_guest {
        return Err(Failure::invalid(
            "api.channel.remove.default.app_error",
            "Unable to remove user from the default channel town-square.",
        ));
    }
    unseat(work, channel, person, caller.user)?;
    let notice = if caller.user == person {
        system::left_channel(work, person)?
    } else {
        system::removed_from_channel(work, caller.user, person)?
    };
    system::post(work, channel, &notice)?;
    match found.facts.team {
        Some(team) if member.scheme_guest => {
            crate::team::member::let_guest_go(work, team.id, person, caller.user)
        }
        _ => Ok(()),
    }
}
