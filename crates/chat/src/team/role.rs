//! What members of a team may do in it.

use fieldpost_access::{Caller, SchemeRoles, may_change_team_roles};
use fieldpost_kernel::{Failure, Outcome, Work};
use fieldpost_model::{Id, TeamMember};

use super::create::no_team;
use super::{TeamMemberRoles, members_scope};
use crate::channel::role::{Flags, split_names};
use crate::facts::{self, denied};

/// A live member whose roles the caller may change.
fn changeable(work: &mut Work<'_>, caller: &Caller, team: Id, person: Id) -> Outcome<TeamMember> {
    let found = facts::team(work, caller, team)?;
    if found.key == 0 {
        return Err(no_team());
    }
    may_change_team_roles(caller, &found.facts).map_err(denied)?;
    super::member(work, team, person)?.filter(|member| member.delete_at == 0).ok_or_else(no_member)
}

/// There is no such membership.
pub fn no_member() -> Failure {
    Failure::not_found(
        "app.team.get_member.missing.app_error",
        "No team member found for that user ID and team ID.",
    )
}

/// Nobody becomes or stops being a guest here, and nobody belongs as nothing.
fn require_flags(guest: bool, flags: Flags) -> Outcome<()> {
    let refuse = |id, says: &'static str| Err(Failure::invalid(id, says));
    if flags.guest && flags.user {
        return refuse(
            "api.team.update_team_member_roles.guest_and_user.app_error",
            "Nobody is a guest and an ordinary member at once.",
        );
    }
    if flags.guest != guest || guest && flags.admin {
        return refuse(
            "api.team.update_team_member_roles.guest.app_error",
            "Nobody becomes a guest, or stops being one, in a single team.",
        );
    }
    if !flags.guest && !flags.user {
        return refuse(
            "api.team.update_team_member_roles.unset_user_scheme.app_error",
            "A member remains an ordinary member.",
        );
    }
    Ok(())
}

/// Gives a member the roles of these flags, besides the ones given by name.
pub fn set_flags(
    work: &mut Work<'_>,
    caller: &Caller,
    team: Id,
    person: Id,
    flags: Flags,
) -> Outcome<()> {
    let member = changeable(work, caller, team, person)?;
    require_flags(member.scheme_guest, flags)?;
    let roles = TeamMemberRoles {
        person,
        guest: flags.guest,
        admin: flags.admin,
        explicit_roles: member.explicit_roles,
    };
    work.emit(members_scope(team), caller.user, &roles)?;
    Ok(())
}

/// Gives a member roles by name; those that the flags stand for set the flags.
pub fn set_names(
    work: &mut Work<'_>,
    caller: &Caller,
    team: Id,
    person: Id,
    names: &str,
) -> Outcome<()> {
    let member = changeable(work, caller, team, person)?;
    let (flags, explicit) = split_names(names, &SchemeRoles::TEAM, || {
        Failure::invalid(
            "api.channel.update_team_member_roles.scheme_role.app_error",
            "That role belongs to another scheme.",
        )
    })?;
    require_flags(member.scheme_guest, flags)?;
    let roles = TeamMemberRoles {
        person,
        guest: flags.guest,
        admin: flags.admin,
        explicit_roles: explicit.join(" "),
    };
    work.emit(members_scope(team), caller.user, &roles)?;
    Ok(())
}
