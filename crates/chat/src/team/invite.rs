//! Invitations into a team that go to an address.

use fieldpost_access::{
    Actor, Caller, Denied, TeamFacts, builtin, may_invite_guest, may_invite_member,
};
use fieldpost_kernel::{Failure, Outcome, Rows, RowsExt, Work, params};
use fieldpost_model::{Id, Team, TeamMember};
use serde::{Deserialize, Serialize};

use super::create::no_team;
use super::member::{domain_allows, enter, refuse_guest, user_facts};
use crate::channel::member as channel_member;
use crate::facts::{self, denied};

/// Channels that somebody may be invited into at once.
const MOST_CHANNELS: usize = 100;

/// Where an invitation leads, beside the team.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Invited {
    /// Channels of the team.
    pub channels: Vec<Id>,
    /// Whether as a guest, who belongs to those channels and no others.
    #[serde(default)]
    pub guest: bool,
}

/// Refuses whoever may not invite members into a team, or guests, and gives the team.
pub fn require(rows: &mut dyn Rows, caller: &Caller, team: Id, guest: bool) -> Outcome<Team> {
    let facts = facts::team(rows, caller, team)?;
    may_invite(caller, &facts.facts, guest).map_err(denied)?;
    live(rows, team)?.ok_or_else(no_team)
}

fn may_invite(caller: &Caller, team: &TeamFacts, guest: bool) -> Result<(), Denied> {
    if guest { may_invite_guest(caller, team) } else { may_invite_member(caller, team) }
}

/// The team, if an invitation into it by somebody still counts: whoever may not invite any more has
/// not invited. None is the local administrator, who may.
pub fn standing(
    rows: &mut dyn Rows,
    (team, by): (Id, Id),
    invited: &Invited,
) -> Outcome<Option<Team>> {
    if !by.is_none() {
        let Some(caller) = facts::acting(rows, by)? else { return Ok(None) };
        let facts = facts::team(rows, &caller, team)?;
        if may_invite(&caller, &facts.facts, invited.guest).is_err() {
            return Ok(None);
        }
    }
    live(rows, team)
}

/// A team that is not archived.
fn live(rows: &mut dyn Rows, team: Id) -> Outcome<Option<Team>> {
    Ok(super::by_id(rows, team)?.filter(|team| team.delete_at == 0))
}

/// Refuses an address whose domain a team does not admit, or that is none. Guests come from
/// anywhere.
pub fn require_admissible(team: &Team, address: &str, guest: bool) -> Outcome<()> {
    if fieldpost_text::name::check_email(address).is_err()
        || !(guest || domain_allows(&team.allowed_domains.to_lowercase(), address))
    {
        return Err(Failure::invalid(
            "api.team.invite_members.invalid_email.app_error",
            format!("{address} is no address that may be invited into this team."),
        ));
    }
    Ok(())
}

/// Those of some channels that are live channels of a team.
pub fn channels_of(rows: &mut dyn Rows, team: Id, channels: &[Id]) -> Outcome<Vec<Id>> {
    let list: Vec<_> = channels.iter().take(MOST_CHANNELS).map(Into::into).collect();
    let mut found = rows.all_in(
        "SELECT channel.id FROM channel JOIN team ON team.key = channel.team_key \
         WHERE team.id = ?1 AND channel.delete_at = 0 AND channel.id IN ({in})",
        params![&team],
        &list,
        |row| row.id(0),
    )?;
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// Makes whoever was invited a member of the team, and of the channels into which whoever invited
/// them may still add people. Guests come by invitations for guests, and nobody else does.
pub fn accept(
    work: &mut Work<'_>,
    person: Id,
    (team, by): (Id, Id),
    invited: &Invited,
) -> Outcome<TeamMember> {
    let found = live(work, team)?.ok_or_else(no_team)?;
    let user = user_facts(work, person)?;
    if invited.guest && !user.guest {
        return Err(Failure::invalid(
            "api.user.create_user.invalid_invitation_type.app_error",
            "This invitation is for a guest.",
        ));
    }
    if !invited.guest {
        refuse_guest(&user)?;
    }
    let standing = super::member(work, team, person)?.filter(|m| m.delete_at == 0);
    let member = match standing {
        Some(member) => member,
        None => enter(work, found.id, &user, Id::NONE)?,
    };
    let inviter = inviter(work, by)?;
    let mut joined = 0;
    for channel in channels_of(work, team, &invited.channels)? {
        joined += match &inviter {
            // Whoever invited may not add people there any more: then the team is all there is.
            Some(inviter) => {
                usize::from(channel_member::add(work, inviter, channel, person).is_ok())
            }
            None if invited.guest => {
                let seat = channel_member::Seat { person, guest: true, admin: false };
                channel_member::seat(work, channel, &seat, Id::NONE)?;
                1
            }
            None => 0,
        };
    }
    if invited.guest && joined == 0 {
        return Err(no_invitation());
    }
    Ok(member)
}

/// There is no such invitation, or it leads nowhere any more.
pub fn no_invitation() -> Failure {
    Failure::not_found(
        "api.user.create_user.signup_link_invalid.app_error",
        "The signup link does not appear to be valid.",
    )
}

/// Whoever invited, as they are now; the local administrator may everything but has no name in
/// which to add somebody to a channel.
fn inviter(rows: &mut dyn Rows, by: Id) -> Outcome<Option<Caller>> {
    if by.is_none() {
        return Ok(None);
    }
    facts::acting(rows, by)
}

/// Makes the owner of a new account, who came by a team's link, a member of the team.
pub fn accept_link(work: &mut Work<'_>, person: Id, invite_id: &str) -> Outcome<TeamMember> {
    let caller = Caller {
        user: person,
        actor: Actor::Session,
        guest: false,
        roles: builtin("system_user").map(|role| role.granted()).unwrap_or_default(),
    };
    super::member::accept(work, &caller, invite_id)
}
