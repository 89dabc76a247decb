//! What decisions are made from, loaded with one query each.

use fieldpost_access::{
    Actor, Caller, ChannelFacts, Denied, MembershipRoles, Permission, Policy, Restrictions,
    SchemeRoles, TeamFacts, UserFacts, builtin, permissions_of, require_system, require_team,
    require_user,
};
use fieldpost_kernel::{Failure, FailureKind, Outcome, Row, Rows, RowsExt, params};
use fieldpost_log::{Scope, SiteId};
use fieldpost_model::{ChannelType, Id};

use crate::channel;

/// The site's settings on which decisions depend.
pub const POLICY: Policy =
    Policy { compliance: false, restrict_system_admin: false, self_deactivation: false };

/// Turns a refusal into a failure that names the missing permission to the operator.
pub fn denied(refusal: Denied) -> Failure {
    Failure::forbidden(refusal.permission.name())
}

/// A channel as decisions see it, and the database's key of it.
#[derive(Debug, Clone, Copy)]
pub struct Channel {
    /// The facts.
    pub facts: ChannelFacts,
    /// The key of its row; 0 for one that does not exist.
    pub key: i64,
    /// The caller's key; 0 for nobody.
    pub caller_key: i64,
    /// Where what happens in it is written.
    pub scope: Scope,
    /// The other site whose people take part in it, if it is a conversation with such people.
    pub across: Option<SiteId>,
    /// Whether this site's own log says who takes part in it.
    pub is_opened_here: bool,
}

/// A team as decisions see it, and the database's key of it.
#[derive(Debug, Clone, Copy)]
pub struct Team {
    /// The facts.
    pub facts: TeamFacts,
    /// The key of its row; 0 for one that does not exist.
    pub key: i64,
    /// Whether it is archived.
    pub archived: bool,
}

/// What [`channel_of`] reads of a channel, `?2`, and of the place of an account, `?1`, in it.
const CHANNEL: &str = "SELECT channel.id, channel.kind, channel.delete_at, channel.key, \
     m.account_key, m.explicit_roles, m.scheme_guest, m.scheme_user, m.scheme_admin, \
     t.account_key, t.explicit_roles, t.scheme_guest, t.scheme_user, t.scheme_admin, \
     team.id, team.kind, team.open_invite, me.key, channel.id, channel.conversation, channel.restricted, \
     channel.across, channel.opening \
     FROM channel LEFT JOIN account me ON me.id = ?1 \
     LEFT JOIN channel_member m ON m.channel_key = channel.key AND m.account_key = me.key \
       AND m.left_at = 0 \
     LEFT JOIN team ON team.key = channel.team_key \
     LEFT JOIN team_member t ON t.team_key = team.key AND t.account_key = me.key \
       AND t.delete_at = 0 \
     WHERE channel.id = ?2";

/// Loads a channel and the caller's place in it; one that does not exist is refused everything.
pub fn channel(rows: &mut dyn Rows, caller: &Caller, channel: Id) -> Outcome<Channel> {
    let found = rows.first(CHANNEL, params![&caller.user, &channel], channel_of)?;
    Ok(found.unwrap_or(Channel {
        facts: ChannelFacts::UNKNOWN,
        key: 0,
        caller_key: 0,
        scope: channel::scope(Id::NONE, ChannelType::Open),
        across: None,
        is_opened_here: false,
    }))
}

/// Loads those of these channels that there are, and the caller's place in each.
pub fn channels(rows: &mut dyn Rows, caller: &Caller, channels: &[Id]) -> Outcome<Vec<Channel>> {
    let sql = CHANNEL.replace("= ?2", "IN ({in})");
    let list: Vec<_> = channels.iter().map(Into::into).collect();
    rows.all_in(&sql, params![&caller.user], &list, channel_of)
}

/// Loads a channel as each of these people of this site sees it.
pub fn channel_for_each(
    rows: &mut dyn Rows,
    channel: Id,
    people: &[Id],
) -> Outcome<Vec<(Caller, Channel)>> {
    let sql = CHANNEL
        .replace(
            " FROM channel LEFT JOIN account me ON me.id = ?1",
            " , me.id, me.roles \
            FROM channel JOIN account me ON me.delete_at = 0 AND me.home IS NULL \
            AND me.id IN ({in})",
        )
        .replace("= ?2", "= ?1");
    let list: Vec<_> = people.iter().map(Into::into).collect();
    rows.all_in(&sql, params![&channel], &list, |row| {
        (session_of(row.id(23), row.text(24)), channel_of(row))
    })
}

fn channel_of(row: &dyn Row) -> Channel {
    let roles = Restrictions::from_number(row.int(20)).roles();
    Channel {
        facts: ChannelFacts {
            id: row.id(0),
            kind: ChannelType::from_letter(row.text(1)).unwrap_or(ChannelType::Private),
            archived: row.int(2) != 0,
            member: (!row.is_null(4)).then(|| membership(row, 5).permissions(&roles, builtin)),
            team: (!row.is_null(14)).then(|| team_facts(row, 9, 14)),
        },
        key: row.int(3),
        caller_key: row.int(17),
        scope: channel::scope_at(row, 18),
        across: row.blob(21).try_into().ok().map(SiteId),
        is_opened_here: row.int(22) != 0,
    }
}

/// Loads a team and the caller's place in it; one that does not exist is refused everything.
pub fn team(rows: &mut dyn Rows, caller: &Caller, team: Id) -> Outcome<Team> {
    let found = rows.first(
        "SELECT t.account_key, t.explicit_roles, t.scheme_guest, t.scheme_user, t.scheme_admin, \
         team.id, team.kind, team.open_invite, team.key, team.delete_at \
         FROM team LEFT JOIN account me ON me.id = ?2 \
         LEFT JOIN team_member t ON t.team_key = team.key AND t.account_key = me.key \
           AND t.delete_at = 0 \
         WHERE team.id = ?1",
        params![&team, &caller.user],
        |row| Team { facts: team_facts(row, 0, 5), key: row.int(8), archived: row.int(9) != 0 },
    )?;
    Ok(found.unwrap_or(Team { facts: TeamFacts::UNKNOWN, key: 0, archived: false }))
}

/// The live teams that the caller belongs to, as decisions see them.
pub fn teams(rows: &mut dyn Rows, caller: &Caller) -> Outcome<Vec<TeamFacts>> {
    rows.all(
        "SELECT t.account_key, t.explicit_roles, t.scheme_guest, t.scheme_user, t.scheme_admin, \
         team.id, team.kind, team.open_invite FROM account me \
         JOIN team_member t ON t.account_key = me.key AND t.delete_at = 0 \
         JOIN team ON team.key = t.team_key AND team.delete_at = 0 WHERE me.id = ?1",
        params![&caller.user],
        |row| team_facts(row, 0, 5),
    )
}

/// What decisions about an account need to know of it.
pub fn person(rows: &mut dyn Rows, person: Id) -> Outcome<UserFacts> {
    crate::team::member::user_facts(rows, person)
}

/// What somebody is told who named a person that is not there: whoever does not see everybody gets
/// the answer for those they do not see.
pub(crate) fn unseen(caller: &Caller, failure: Failure) -> Failure {
    let seen = require_system(caller, Permission::ViewMembers);
    match seen {
        Err(refused) if failure.kind == FailureKind::NotFound => denied(refused),
        _ => failure,
    }
}

/// A person of this site as a caller, for what is done in their name when they are not there;
/// nobody, if they may do nothing any more.
pub fn acting(rows: &mut dyn Rows, person: Id) -> Outcome<Option<Caller>> {
    rows.first(
        "SELECT roles FROM account WHERE id = ?1 AND delete_at = 0 AND home IS NULL",
        params![&person],
        |row| session_of(person, row.text(0)),
    )
}

/// Somebody with these system roles who is signed in.
fn session_of(person: Id, roles: &str) -> Caller {
    Caller {
        user: person,
        actor: Actor::Session,
        guest: roles.split(' ').any(|role| role == "system_guest"),
        roles: permissions_of(roles, builtin),
    }
}

/// Refuses what is another person's to those who may not act for them.
pub fn require_person(rows: &mut dyn Rows, caller: &Caller, person: Id) -> Outcome<()> {
    if person == caller.user && !person.is_none() {
        return Ok(());
    }
    let target = self::person(rows, person).map_err(|failure| unseen(caller, failure))?;
    require_user(caller, &target).map_err(denied)
}

/// Refuses what another person keeps for a team to those who may not act for them there.
pub fn require_person_in_team(
    rows: &mut dyn Rows,
    caller: &Caller,
    person: Id,
    team: Id,
) -> Outcome<()> {
    require_person(rows, caller, person)?;
    let found = self::team(rows, caller, team)?;
    require_team(caller, &found.facts, Permission::ViewTeam).map_err(denied)
}

/// The team facts of a row whose membership and team columns begin at two places.
fn team_facts(row: &dyn Row, member: usize, team: usize) -> TeamFacts {
    TeamFacts {
        id: row.id(team),
        member: (!row.is_null(member))
            .then(|| membership(row, member + 1).permissions(&SchemeRoles::TEAM, builtin)),
        open: row.text(team + 1) == "O",
        open_invite: row.flag(team + 2),
    }
}

/// The role columns of a membership: explicit roles, then the guest, user and admin flags.
pub(crate) fn membership(row: &dyn Row, column: usize) -> MembershipRoles<'_> {
    MembershipRoles {
        explicit: row.text(column),
        scheme_guest: row.flag(column + 1),
        scheme_user: row.flag(column + 2),
        scheme_admin: row.flag(column + 3),
    }
}
