//! Teams, members and invitations.

use super::{EVERYBODY, ME, NO_GUEST, OTHER, Person, check, check_denied, user};
use crate::{
    Permission as P, TeamFacts, UserFacts, may_change_team_entry, may_change_team_roles,
    may_create_team, may_create_team_with_scheme, may_invite_guest, may_invite_member,
    may_join_team, may_list_team, may_remove_from_team, may_see_invite_id, may_update_team,
    may_view_team,
};

const MEMBERS: &str = "member channel_admin team_admin outsider system_admin socket";
const ADMINS: &str = "team_admin system_admin socket";
const SYSTEM_ADMINS: &str = "system_admin socket";

#[test]
fn teams_are_made_by_everybody_but_guests() {
    check(NO_GUEST, |p| may_create_team(&p.caller()));
    check(SYSTEM_ADMINS, |p| may_create_team_with_scheme(&p.caller()));
    let planner = Person::with_system(&[P::SysconsoleWriteUserManagementPermissions]);
    check_denied(may_create_team_with_scheme(&planner.caller()), P::CreateTeam);
}

#[test]
fn a_team_is_seen_by_members_and_an_open_one_by_all_who_list_teams() {
    check("guest member channel_admin team_admin outsider auditor system_admin socket", |p| {
        may_view_team(&p.caller(), &p.team())
    });
    check(EVERYBODY, |p| may_view_team(&p.caller(), &p.open_team()));
    let stranger = Person::with_system(&[P::ListPublicTeams]);
    let invited = TeamFacts { open: false, ..stranger.open_team() };
    check_denied(may_view_team(&stranger.caller(), &invited), P::ViewTeam);
    let closed = TeamFacts { open_invite: false, ..stranger.open_team() };
    check_denied(may_view_team(&stranger.caller(), &closed), P::ViewTeam);
    check("", |p| may_view_team(&p.caller(), &TeamFacts::UNKNOWN));
    // Listing teams is a right in the system: a membership does not carry it.
    let member = Person::with_team(&[P::ListPublicTeams]);
    check_denied(may_view_team(&member.caller(), &member.open_team()), P::ViewTeam);
}

#[test]
fn teams_are_listed_by_kind() {
    check(NO_GUEST, |p| may_list_team(&p.caller(), &p.open_team()));
    check("auditor system_admin socket", |p| may_list_team(&p.caller(), &p.team()));
}

#[test]
fn open_teams_are_joined_by_everybody_but_guests() {
    check(NO_GUEST, |p| may_join_team(&p.caller(), &p.open_team(), &user(ME)));
    check(SYSTEM_ADMINS, |p| may_join_team(&p.caller(), &p.team(), &user(ME)));
    check("", |p| may_join_team(&p.caller(), &TeamFacts::UNKNOWN, &user(ME)));
}

#[test]
fn members_add_others_but_not_guests() {
    let guest = UserFacts { guest: true, ..user(OTHER) };
    check(MEMBERS, |p| may_join_team(&p.caller(), &p.team(), &user(OTHER)));
    check(SYSTEM_ADMINS, |p| may_join_team(&p.caller(), &p.team(), &guest));
    let host = Person::with_team(&[P::InviteGuest]);
    check_denied(may_join_team(&host.caller(), &host.team(), &guest), P::AddUserToTeam);
    let both = Person::with_team(&[P::InviteGuest, P::AddUserToTeam]);
    assert_eq!(may_join_team(&both.caller(), &both.team(), &guest), Ok(()));
}

#[test]
fn everybody_leaves_and_team_admins_remove() {
    check(EVERYBODY, |p| may_remove_from_team(&p.caller(), &p.team(), ME));
    check(ADMINS, |p| may_remove_from_team(&p.caller(), &p.team(), OTHER));
    check("", |p| may_remove_from_team(&p.caller(), &TeamFacts::UNKNOWN, ME));
}

#[test]
fn team_admins_change_the_team() {
    check(ADMINS, |p| may_update_team(&p.caller(), &p.team()));
    check(ADMINS, |p| may_change_team_entry(&p.caller(), &p.team()));
    check(ADMINS, |p| may_change_team_roles(&p.caller(), &p.team()));
    let manager = Person::with_team(&[P::ManageTeam]);
    check_denied(may_change_team_entry(&manager.caller(), &manager.team()), P::InviteUser);
    let inviter = Person::with_team(&[P::InviteUser]);
    check_denied(may_change_team_entry(&inviter.caller(), &inviter.team()), P::ManageTeam);
}

#[test]
fn members_invite_and_system_admins_invite_guests() {
    check(MEMBERS, |p| may_see_invite_id(&p.caller(), &p.team()));
    check(MEMBERS, |p| may_invite_member(&p.caller(), &p.team()));
    check(SYSTEM_ADMINS, |p| may_invite_guest(&p.caller(), &p.team()));
    let inviter = Person::with_team(&[P::InviteUser]);
    check_denied(may_invite_member(&inviter.caller(), &inviter.team()), P::AddUserToTeam);
    let adder = Person::with_team(&[P::AddUserToTeam]);
    check_denied(may_invite_member(&adder.caller(), &adder.team()), P::InviteUser);
}
