//! Joining a team and leaving it.

use fieldpost_access::{Caller, UserFacts, may_join_team, may_remove_from_team};
use fieldpost_kernel::{Failure, FailureKind, Outcome, Rows, RowsExt, Work, params};
use fieldpost_model::{Id, TeamMember};

use super::create::{DEFAULT_CHANNELS, no_team};
use super::{TeamMemberLeft, TeamMemberSet, members_scope};
use crate::channel::member as channel_member;
use crate::facts::{self, denied};
use crate::people::spokesman;
use crate::post::system;

/// Members a team may have at most.
pub const MOST_MEMBERS: i64 = 50_000;

/// Who joins, and as what.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// Who.
    pub person: Id,
    /// Whether as a guest.
    pub guest: bool,
    /// Whether as an administrator.
    pub admin: bool,
}

/// Adds a person to a team, or the caller themselves. Somebody who belongs already stays as is.
pub fn add(work: &mut Work<'_>, caller: &Caller, team: Id, person: Id) -> Outcome<TeamMember> {
    let facts = facts::team(work, caller, team)?;
    if facts.key == 0 {
        return Err(no_team());
    }
    let user = user_facts(work, person)?;
    may_join_team(caller, &facts.facts, &user).map_err(denied)?;
    if let Some(member) = super::member(work, team, person)?.filter(|m| m.delete_at == 0) {
        return Ok(member);
    }
    let by = if caller.user == person { Id::NONE } else { caller.user };
    enter(work, team, &user, by)
}

/// Adds the caller to the team of an invitation link. Guests come by other ways.
pub fn accept(work: &mut Work<'_>, caller: &Caller, invite_id: &str) -> Outcome<TeamMember> {
    let team = super::find::by_invite(work, invite_id)?.ok_or_else(no_invite)?;
    let user = user_facts(work, caller.user)?;
    refuse_guest(&user)?;
    if let Some(member) = super::member(work, team.id, caller.user)?.filter(|m| m.delete_at == 0) {
        return Ok(member);
    }
    enter(work, team.id, &user, Id::NONE)
}

/// Refuses guests a team that they were not brought into.
pub(super) fn refuse_guest(user: &UserFacts) -> Outcome<()> {
    if !user.guest {
        return Ok(());
    }
    Err(Failure::new(
        FailureKind::Forbidden,
        "api.team.add_user_to_team_from_invite.guest.app_error",
        "Guests are restricted from joining a team via an invite link.",
    ))
}

/// There is no such invitation.
pub fn no_invite() -> Failure {
    Failure::not_found(
        "app.team.get_by_invite_id.finding.app_error",
        "Unable to find the existing team.",
    )
}

/// Makes somebody a member who may become one, as far as the team's own rules let them in.
pub(super) fn enter(
    work: &mut Work<'_>,
    team: Id,
    user: &UserFacts,
    by: Id,
) -> Outcome<TeamMember> {
    let members = work.count(
        "SELECT count(*) FROM team_member m JOIN team ON team.key = m.team_key \
         WHERE team.id = ?1 AND m.delete_at = 0",
        params![&team],
    )?;
    if members >= MOST_MEMBERS {
        return Err(Failure::invalid(
            "app.team.join_user_to_team.max_accounts.app_error",
            "This team has reached the maximum number of members.",
        ));
    }
    // Guests are of other houses.
    if !user.guest {
        require_domain(work, team, user.id)?;
    }
    join(work, team, &Place { person: user.id, guest: user.guest, admin: false }, by)?;
    super::member(work, team, user.id)?.ok_or_else(no_team)
}

/// Refuses addresses outside the domains that a team names. Bots have none.
fn require_domain(work: &mut Work<'_>, team: Id, person: Id) -> Outcome<()> {
    let found = work.first(
        "SELECT team.allowed_domains, account.email, account.is_bot FROM team, account \
         WHERE team.id = ?1 AND account.id = ?2",
        params![&team, &person],
        |row| (row.text(0).to_lowercase(), row.text(1).to_owned(), row.flag(2)),
    )?;
    let Some((domains, email, false)) = found else { return Ok(()) };
    if domain_allows(&domains, &email) {
        return Ok(());
    }
    Err(Failure::invalid(
        "api.team.join_user_to_team.allowed_domains.app_error",
        "The address is not of a domain whose people may join this team.",
    ))
}

/// Whether an address is of one of the domains that a team names; none names any.
pub(super) fn domain_allows(domains: &str, email: &str) -> bool {
    let separates = |c: char| c == ',' || c == '@' || c.is_whitespace();
    let mut domains = domains.split(separates).filter(|domain| !domain.is_empty()).peekable();
    domains.peek().is_none() || domains.any(|domain| email.ends_with(&format!("@{domain}")))
}

/// Adds several people to a team, and gives what came of each.
pub fn add_all(
    work: &mut Work<'_>,
    caller: &Caller,
    team: Id,
    people: &[Id],
) -> Vec<(Id, Outcome<TeamMember>)> {
    people.iter().map(|person| (*person, add(work, caller, team, *person))).collect()
}

/// Makes a person a member of a team and of its default channels. `by` is who added them, if it
/// was somebody else.
pub(crate) fn join(work: &mut Work<'_>, team: Id, place: &Place, by: Id) -> Outcome<()> {
    let author = match by.some() {
        Some(by) => by,
        None => spokesman(work, place.person, Id::NONE)?,
    };
    let set = TeamMemberSet {
        person: place.person,
        guest: place.guest,
        admin: place.admin,
        explicit_roles: String::new(),
    };
    work.emit(members_scope(team), author, &set)?;
    if place.guest { Ok(()) } else { enter_default_channels(work, team, place, by) }
}

/// Makes a person a member of those of a team's default channels that they are not in.
pub(crate) fn enter_default_channels(
    work: &mut Work<'_>,
    team: Id,
    place: &Place,
    by: Id,
) -> Outcome<()> {
    let author = match by.some() {
        Some(by) => by,
        None => spokesman(work, place.person, Id::NONE)?,
    };
    for (name, _) in DEFAULT_CHANNELS {
        let channel = fieldpost_log::default_channel(team, name);
        if work.count("SELECT count(*) FROM channel WHERE id = ?1", params![&channel])? == 0 {
            continue;
        }
        if channel_member::find(work, channel, place.person)?.is_some()
            || !channel_member::may_place(work, channel, place.person)?
        {
            continue;
        }
        let seat = channel_member::Seat { person: place.person, guest: false, admin: place.admin };
        channel_member::seat(work, channel, &seat, author)?;
        let notice = match (name == DEFAULT_CHANNELS[0].0, by.some()) {
            (true, None) => system::joined_team(work, place.person)?,
            (true, Some(by)) => system::added_to_team(work, by, place.person)?,
            (false, None) => system::joined_channel(work, place.person)?,
            (false, Some(by)) => system::added_to_channel(work, by, place.person)?,
        };
        system::post(work, channel, &notice)?;
    }
    Ok(())
}

/// Takes a person out of a team and of all its channels, or the caller themselves.
pub fn remove(work: &mut Work<'_>, caller: &Caller, team: Id, person: Id) -> Outcome<()> {
    let facts = facts::team(work, caller, team)?;
    if facts.key == 0 {
        return Err(no_team());
    }
    may_remove_from_team(caller, &facts.facts, person).map_err(denied)?;
    let live = super::member(work, team, person)?.is_some_and(|member| member.delete_at == 0);
    if !live {
        return Err(Failure::not_found(
            "app.team.get_member.missing.app_error",
            "No team member found for that user ID and team ID.",
        ));
    }
    let author = match caller.user.some() {
        Some(user) => user,
        None => spokesman(work, person, Id::NONE)?,
    };
    for channel in channels_of(work, facts.key, person)? {
        if !channel_member::may_place(work, channel, person)? {
            continue;
        }
        channel_member::unseat(work, channel, person, author)?;
    }
    let town_square = fieldpost_log::default_channel(team, DEFAULT_CHANNELS[0].0);
    let notice = if author == person {
        system::left_team(work, person)?
    } else {
        system::removed_from_team(work, caller.user, person)?
    };
    system::post(work, town_square, &notice)?;
    depart(work, team, person, author)
}

fn depart(work: &mut Work<'_>, team: Id, person: Id, author: Id) -> Outcome<()> {
    work.emit(members_scope(team), author, &TeamMemberLeft { person })?;
    crate::sidebar::update::forget_team(work, author, person, team)
}

/// Takes a guest out of a team who is in none of its channels any more.
pub(crate) fn let_guest_go(work: &mut Work<'_>, team: Id, person: Id, author: Id) -> Outcome<()> {
    let key = work.count("SELECT key FROM team WHERE id = ?1", params![&team])?;
    if channels_of(work, key, person)?.is_empty() {
        depart(work, team, person, author)?;
    }
    Ok(())
}

fn channels_of(rows: &mut dyn Rows, team_key: i64, person: Id) -> Outcome<Vec<Id>> {
    rows.all(
        "SELECT channel.id FROM channel_member m JOIN channel ON channel.key = m.channel_key \
         JOIN account ON account.key = m.account_key \
         WHERE account.id = ?1 AND channel.team_key = ?2 AND m.left_at = 0",
        params![&person, team_key],
        |row| row.id(0),
    )
}

/// What decisions about an account need to know of it.
pub(crate) fn user_facts(rows: &mut dyn Rows, person: Id) -> Outcome<UserFacts> {
    let roles = rows
        .first("SELECT roles FROM account WHERE id = ?1", params![&person], |row| {
            row.text(0).to_owned()
        })?
        .ok_or_else(|| {
            Failure::not_found("app.user.missing_account.const", "Unable to find the user.")
        })?;
    let has = |name: &str| roles.split(' ').any(|role| role == name);
    Ok(UserFacts { id: person, system_admin: has("system_admin"), guest: has("system_guest") })
}
