//! The order in which levels are asked.

use fieldpost_model::Id;

use super::{
    EVERYBODY, ME, NO_GUEST, OTHER, Person, TEAM, THIRD, admin, check, check_denied, user,
};
use crate::{
    Actor, CategoryFacts, ChannelFacts, GroupFacts, Permission as P, PermissionSet, Policy,
    TeamFacts, may_count_members, may_look_up_channel, may_read_channel, require_category,
    require_channel, require_channel_of_post, require_channels, require_group, require_system,
    require_team, require_teams, require_user,
};

#[test]
fn no_role_helps_an_account_that_does_not_act_here() {
    let everything = Person::with_system(&P::all().collect::<Vec<_>>());
    assert_eq!(require_system(&everything.caller(), P::ManageSystem), Ok(()));
    for actor in [Actor::Deactivated, Actor::RemoteActor] {
        let person = Person {
            team: Some(everything.system),
            channel: Some(everything.system),
            ..everything.acting_as("nobody", actor)
        };
        let caller = person.caller();
        check_denied(require_system(&caller, P::CreateTeam), P::CreateTeam);
        check_denied(require_team(&caller, &person.team(), P::ViewTeam), P::ViewTeam);
        check_denied(require_channel(&caller, &person.open(), P::CreatePost), P::CreatePost);
        check_denied(require_user(&caller, &user(ME)), P::EditOtherUsers);
        check_denied(require_teams(&caller, &[], P::ViewTeam), P::ViewTeam);
        check_denied(require_channels(&caller, &[], P::ReadChannel), P::ReadChannel);
    }
}

#[test]
fn a_system_permission_comes_from_system_roles_alone() {
    check("system_admin socket", |p| require_system(&p.caller(), P::ManageSystem));
    check("auditor system_admin socket", |p| require_system(&p.caller(), P::GetLogs));
    // Memberships that grant it do not help.
    let member = Person::with_channel(&[P::GetLogs]);
    check_denied(require_system(&member.caller(), P::GetLogs), P::GetLogs);
}

#[test]
fn a_team_is_asked_and_then_the_system() {
    check("team_admin system_admin socket", |p| {
        require_team(&p.caller(), &p.team(), P::ManageTeam)
    });
    check("member channel_admin team_admin outsider system_admin socket", |p| {
        require_team(&p.caller(), &p.team(), P::InviteUser)
    });
}

#[test]
fn a_team_that_is_not_there_refuses_even_administrators() {
    check("", |p| require_team(&p.caller(), &TeamFacts::UNKNOWN, P::ViewTeam));
}

#[test]
fn several_teams_must_all_grant() {
    let rule =
        |teams: Vec<TeamFacts>| move |p: &Person| require_teams(&p.caller(), &teams, P::InviteUser);
    let caller = Person::with_team(&[P::InviteUser]);
    let (granting, foreign) = (caller.team(), TeamFacts { member: None, ..caller.team() });
    check(EVERYBODY, rule(vec![]));
    check("system_admin socket", rule(vec![foreign]));
    assert_eq!(rule(vec![granting, granting])(&caller), Ok(()));
    check_denied(rule(vec![granting, foreign])(&caller), P::InviteUser);
}

#[test]
fn a_channel_is_asked_then_its_team_then_the_system() {
    let rule = |p: &Person, wanted| require_channel(&p.caller(), &p.private(), wanted);
    check("member channel_admin team_admin system_admin socket", |p| {
        rule(p, P::ManagePrivateChannelMembers)
    });
    check("team_admin system_admin socket", |p| rule(p, P::DeleteOthersPosts));
    for person in [
        Person::with_channel(&[P::CreatePost]),
        Person::with_team(&[P::CreatePost]),
        Person::with_system(&[P::CreatePost]),
        Person::with_system(&[P::ManageSystem]),
    ] {
        assert_eq!(rule(&person, P::CreatePost), Ok(()));
    }
    check_denied(rule(&Person::with_system(&[P::EditPost]), P::CreatePost), P::CreatePost);
}

#[test]
fn a_message_has_no_team_to_ask() {
    check("guest member channel_admin system_admin socket", |p| {
        require_channel(&p.caller(), &p.direct(), P::CreatePost)
    });
}

#[test]
fn a_channel_that_is_not_there_refuses_even_administrators() {
    check("", |p| require_channel(&p.caller(), &ChannelFacts::UNKNOWN, P::ReadChannel));
    check("", |p| require_channel_of_post(&p.caller(), &ChannelFacts::UNKNOWN, P::ReadChannel));
    check("", |p| may_read_channel(&p.caller(), &Policy::default(), &ChannelFacts::UNKNOWN));
    check("", |p| may_look_up_channel(&p.caller(), &ChannelFacts::UNKNOWN));
}

#[test]
fn managing_the_system_is_enough_for_a_channel_but_not_for_a_post_in_it() {
    let manager = Person::with_system(&[P::ManageSystem]);
    let (caller, channel) = (manager.caller(), manager.private());
    assert_eq!(require_channel(&caller, &channel, P::EditPost), Ok(()));
    check_denied(require_channel_of_post(&caller, &channel, P::EditPost), P::EditPost);
}

#[test]
fn a_post_asks_the_channel_then_the_team_then_the_system() {
    for person in [
        Person::with_channel(&[P::EditPost]),
        Person::with_team(&[P::EditPost]),
        Person::with_system(&[P::EditPost]),
    ] {
        let decision = require_channel_of_post(&person.caller(), &person.open(), P::EditPost);
        assert_eq!(decision, Ok(()));
    }
}

#[test]
fn several_channels_ask_each_membership_and_no_team() {
    let rule = |p: &Person, channels: &[ChannelFacts]| {
        require_channels(&p.caller(), channels, P::CreatePost)
    };
    check(EVERYBODY, |p| rule(p, &[]));
    check("guest member channel_admin system_admin socket", |p| rule(p, &[p.open(), p.private()]));
    check("system_admin socket", |p| {
        rule(p, &[p.open(), ChannelFacts { member: None, ..p.open() }])
    });
    // Only who manages the system may name channels that are not there.
    check("system_admin socket", |p| rule(p, &[p.open(), ChannelFacts::UNKNOWN]));
    let poster = Person::with_system(&[P::CreatePost]);
    assert_eq!(rule(&poster, &[poster.open()]), Ok(()));
    check_denied(rule(&poster, &[ChannelFacts::UNKNOWN]), P::CreatePost);
}

#[test]
fn content_is_read_by_members_and_in_open_channels_by_the_team() {
    let (off, on) = (Policy::default(), Policy { compliance: true, ..Policy::default() });
    check("guest member channel_admin team_admin outsider auditor system_admin socket", |p| {
        may_read_channel(&p.caller(), &off, &p.open())
    });
    let members = "guest member channel_admin system_admin socket";
    check(members, |p| may_read_channel(&p.caller(), &on, &p.open()));
    check(members, |p| may_read_channel(&p.caller(), &off, &p.private()));
    check(members, |p| may_read_channel(&p.caller(), &off, &p.direct()));
}

#[test]
fn who_may_not_read_is_told_what_is_missing() {
    let stranger = Person::with_system(&[]);
    let read = |policy: &Policy, channel| may_read_channel(&stranger.caller(), policy, &channel);
    let (off, on) = (Policy::default(), Policy { compliance: true, ..Policy::default() });
    check_denied(read(&off, stranger.open()), P::ReadPublicChannel);
    check_denied(read(&on, stranger.open()), P::ReadChannelContent);
    check_denied(read(&off, stranger.private()), P::ReadChannelContent);
}

#[test]
fn an_archived_channel_is_read_as_before_and_not_written() {
    let archived = |p: &Person| ChannelFacts { archived: true, ..p.private() };
    check("guest member channel_admin system_admin socket", |p| {
        may_read_channel(&p.caller(), &Policy::default(), &archived(p))
    });
    check("", |p| archived(p).require_live());
    assert_eq!(Person::with_system(&[]).private().require_live(), Ok(()));
}

#[test]
fn members_are_counted_by_readers_and_in_open_channels_by_those_who_list_them() {
    check("guest member channel_admin team_admin outsider system_admin socket", |p| {
        may_count_members(&p.caller(), &p.open())
    });
    check("guest member channel_admin system_admin socket", |p| {
        may_count_members(&p.caller(), &p.private())
    });
}

#[test]
fn a_group_is_used_by_its_members_and_by_system_roles() {
    let none = GroupFacts { member: None };
    let patched = GroupFacts { member: Some(PermissionSet::of(&[P::EditCustomGroup])) };
    check(NO_GUEST, |p| require_group(&p.caller(), &none, P::EditCustomGroup));
    check(EVERYBODY, |p| require_group(&p.caller(), &patched, P::EditCustomGroup));
}

#[test]
fn a_user_is_acted_for_by_themselves_or_by_editors_of_others() {
    check(EVERYBODY, |p| require_user(&p.caller(), &user(ME)));
    check("system_admin socket", |p| require_user(&p.caller(), &user(OTHER)));
    check("system_admin socket", |p| require_user(&p.caller(), &admin(OTHER)));
    check("", |p| require_user(&p.caller(), &user(Id::NONE)));
    let editor = Person::with_system(&[P::EditOtherUsers]).caller();
    assert_eq!(require_user(&editor, &user(OTHER)), Ok(()));
    check_denied(require_user(&editor, &admin(OTHER)), P::EditOtherUsers);
    let manager = Person::with_system(&[P::ManageSystem]).caller();
    assert_eq!(require_user(&manager, &admin(OTHER)), Ok(()));
}

#[test]
fn a_sidebar_category_must_be_the_callers_and_the_named_ones() {
    let mine = CategoryFacts { user: ME, team: TEAM };
    let others = CategoryFacts { user: OTHER, team: TEAM };
    check(EVERYBODY, |p| require_category(&p.caller(), &mine, ME, TEAM));
    let editors = "system_admin socket";
    check(editors, |p| require_category(&p.caller(), &mine, OTHER, TEAM));
    check(editors, |p| require_category(&p.caller(), &mine, ME, THIRD));
    check(editors, |p| require_category(&p.caller(), &others, OTHER, TEAM));
    check(editors, |p| require_category(&p.caller(), &others, ME, TEAM));
}
