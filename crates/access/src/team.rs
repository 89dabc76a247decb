//! Teams, their members and their invitations.

use fieldpost_model::Id;

use crate::decide::{require, require_system, require_team};
use crate::facts::{Caller, Denied, TeamFacts, UserFacts};
use crate::permission::Permission;

/// Whether the caller may make a team.
pub fn may_create_team(caller: &Caller) -> Result<(), Denied> {
    require_system(caller, Permission::CreateTeam)
}

/// Whether the caller may make a team that has a scheme from the start.
pub fn may_create_team_with_scheme(caller: &Caller) -> Result<(), Denied> {
    may_create_team(caller)?;
    require_system(caller, Permission::SysconsoleWriteUserManagementPermissions)
}

/// Whether the caller may look at a team: as a member, or because anybody may join it.
pub fn may_view_team(caller: &Caller, team: &TeamFacts) -> Result<(), Denied> {
    let joinable = !team.id.is_none() && team.open && team.open_invite;
    let listed = joinable && caller.holds(Permission::ListPublicTeams);
    if listed { Ok(()) } else { require_team(caller, team, Permission::ViewTeam) }
}

/// Whether a team belongs in the lists that the caller is shown of all teams.
pub fn may_list_team(caller: &Caller, team: &TeamFacts) -> Result<(), Denied> {
    let needed =
        if team.open_invite { Permission::ListPublicTeams } else { Permission::ListPrivateTeams };
    require_system(caller, needed)
}

/// Whether the caller may join a team, or put this user into it.
pub fn may_join_team(caller: &Caller, team: &TeamFacts, user: &UserFacts) -> Result<(), Denied> {
    if caller.is(user.id) {
        let needed = if team.open_invite {
            Permission::JoinPublicTeams
        } else {
            Permission::JoinPrivateTeams
        };
        require(!team.id.is_none(), needed)?;
        return require_system(caller, needed);
    }
    require_team(caller, team, Permission::AddUserToTeam)?;
    if user.guest { may_invite_guest(caller, team) } else { Ok(()) }
}

/// Whether the caller may remove this user from a team. Anybody may leave.
pub fn may_remove_from_team(caller: &Caller, team: &TeamFacts, user: Id) -> Result<(), Denied> {
    if caller.is(user) && !team.id.is_none() {
        return Ok(());
    }
    require_team(caller, team, Permission::RemoveUserFromTeam)
}

/// Whether the caller may change a team's name, description or picture.
pub fn may_update_team(caller: &Caller, team: &TeamFacts) -> Result<(), Denied> {
    require_team(caller, team, Permission::ManageTeam)
}

/// Whether the caller may change who gets into a team: open invitation, domains, invite id.
pub fn may_change_team_entry(caller: &Caller, team: &TeamFacts) -> Result<(), Denied> {
    may_update_team(caller, team)?;
    require_team(caller, team, Permission::InviteUser)
}

/// Whether the caller is shown the id by which anybody may join a team.
pub fn may_see_invite_id(caller: &Caller, team: &TeamFacts) -> Result<(), Denied> {
    require_team(caller, team, Permission::InviteUser)
}

/// Whether the caller may invite members by mail.
pub fn may_invite_member(caller: &Caller, team: &TeamFacts) -> Result<(), Denied> {
    require_team(caller, team, Permission::InviteUser)?;
    require_team(caller, team, Permission::AddUserToTeam)
}

/// Whether the caller may invite guests.
pub fn may_invite_guest(caller: &Caller, team: &TeamFacts) -> Result<(), Denied> {
    require_team(caller, team, Permission::InviteGuest)
}

/// Whether the caller may make members administrators of a team, or give them other roles.
pub fn may_change_team_roles(caller: &Caller, team: &TeamFacts) -> Result<(), Denied> {
    require_team(caller, team, Permission::ManageTeamRoles)
}
