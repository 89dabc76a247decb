//! Accounts and the console.

use fieldpost_model::Id;

use super::{
    EVERYBODY, ME, NO_GUEST, OTHER, Person, admin, check, check_denied, seen, unseen, user,
};
use crate::{
    Permission as P, Policy, TokenAction, UNPATCHABLE, VisibilityFacts, builtin, may_activate,
    may_change_user_roles, may_deactivate, may_demote, may_patch_role, may_promote,
    may_read_config, may_read_other_users_things, may_read_other_users_things_in_channel,
    may_see_user, may_set_password, may_update_user, may_use_tokens, may_write_config,
    require_any_page, require_unrestricted_system,
};

const ADMINS: &str = "system_admin socket";

#[test]
fn guests_see_only_those_they_share_something_with() {
    check(NO_GUEST, |p| may_see_user(&p.caller(), &unseen(OTHER)));
    check(EVERYBODY, |p| may_see_user(&p.caller(), &seen(OTHER)));
    check(EVERYBODY, |p| may_see_user(&p.caller(), &unseen(ME)));
    check(EVERYBODY, |p| {
        let target = VisibilityFacts { in_a_visible_team: true, ..unseen(OTHER) };
        may_see_user(&p.caller(), &target)
    });
}

#[test]
fn accounts_are_changed_by_their_owner_and_by_administrators() {
    check(EVERYBODY, |p| may_update_user(&p.caller(), &user(ME)));
    check(EVERYBODY, |p| may_update_user(&p.caller(), &admin(ME)));
    check(ADMINS, |p| may_update_user(&p.caller(), &user(OTHER)));
    check(ADMINS, |p| may_update_user(&p.caller(), &admin(OTHER)));
}

#[test]
fn lesser_administrators_have_no_power_over_system_admins() {
    type Rule = fn(&crate::Caller, &crate::UserFacts) -> Result<(), crate::Denied>;
    let rules: [(Rule, P); 6] = [
        (may_update_user, P::EditOtherUsers),
        (may_activate, P::SysconsoleWriteUserManagementUsers),
        (may_set_password, P::SysconsoleWriteUserManagementUsers),
        (|c, t| may_deactivate(c, &Policy::default(), t), P::SysconsoleWriteUserManagementUsers),
        (may_promote, P::PromoteGuest),
        (may_demote, P::DemoteToGuest),
    ];
    for (rule, permission) in rules {
        let lesser = Person::with_system(&[permission]).caller();
        assert_eq!(rule(&lesser, &user(OTHER)), Ok(()), "{permission}");
        check_denied(rule(&lesser, &admin(OTHER)), P::ManageSystem);
        let nobody = Person::with_system(&[]).caller();
        check_denied(rule(&nobody, &user(OTHER)), permission);
        check(ADMINS, |p| rule(&p.caller(), &admin(OTHER)));
        check("", |p| rule(&p.caller(), &user(Id::NONE)));
    }
}

#[test]
fn what_others_keep_needs_the_right_to_act_for_them_and_sight_of_the_place() {
    let place = "guest member channel_admin team_admin outsider auditor system_admin socket";
    let in_team = |p: &Person, id| may_read_other_users_things(&p.caller(), &user(id), &p.team());
    check(place, |p| in_team(p, ME));
    check(ADMINS, |p| in_team(p, OTHER));
    let in_channel =
        |p: &Person, id| may_read_other_users_things_in_channel(&p.caller(), &user(id), &p.open());
    check("guest member channel_admin system_admin socket", |p| in_channel(p, ME));
    check(ADMINS, |p| in_channel(p, OTHER));
    let editor = Person::with_system(&[P::EditOtherUsers]);
    check_denied(in_team(&editor, OTHER), P::ViewTeam);
    check_denied(in_channel(&editor, OTHER), P::ReadChannelContent);
}

#[test]
fn people_deactivate_themselves_where_the_server_lets_them() {
    let on = Policy { self_deactivation: true, ..Policy::default() };
    check("socket", |p| may_deactivate(&p.caller(), &Policy::default(), &user(ME)));
    check(EVERYBODY, |p| may_deactivate(&p.caller(), &on, &user(ME)));
    check(ADMINS, |p| may_deactivate(&p.caller(), &on, &user(OTHER)));
}

#[test]
fn one_sets_ones_own_password() {
    check(EVERYBODY, |p| may_set_password(&p.caller(), &user(ME)));
    check(ADMINS, |p| may_set_password(&p.caller(), &user(OTHER)));
    check(ADMINS, |p| may_change_user_roles(&p.caller()));
}

#[test]
fn tokens_need_the_permission_of_the_action_and_the_right_to_act_for_the_user() {
    for (action, permission) in [
        (TokenAction::Create, P::CreateUserAccessToken),
        (TokenAction::Read, P::ReadUserAccessToken),
        (TokenAction::Revoke, P::RevokeUserAccessToken),
    ] {
        check(ADMINS, |p| may_use_tokens(&p.caller(), action, &user(ME)));
        let holder = Person::with_system(&[permission]).caller();
        assert_eq!(may_use_tokens(&holder, action, &user(ME)), Ok(()));
        check_denied(may_use_tokens(&holder, action, &user(OTHER)), P::EditOtherUsers);
        let editor = Person::with_system(&[permission, P::EditOtherUsers]).caller();
        assert_eq!(may_use_tokens(&editor, action, &user(OTHER)), Ok(()));
        check_denied(may_use_tokens(&editor, action, &admin(OTHER)), P::ManageSystem);
    }
}

#[test]
fn a_restricted_system_admin_leaves_some_things_to_the_socket() {
    let on = Policy { restrict_system_admin: true, ..Policy::default() };
    let rule =
        |p: &Person, policy: &Policy| require_unrestricted_system(&p.caller(), policy, P::GetLogs);
    check("auditor system_admin socket", |p| rule(p, &Policy::default()));
    check("socket", |p| rule(p, &on));
}

#[test]
fn configuration_is_open_to_those_who_have_a_page_of_it() {
    check("auditor system_admin socket", |p| may_read_config(&p.caller()));
    check(ADMINS, |p| may_write_config(&p.caller()));
    let pages = [P::SysconsoleReadSiteEmoji, P::SysconsoleReadBilling];
    check("auditor system_admin socket", |p| require_any_page(&p.caller(), &pages));
    check(ADMINS, |p| require_any_page(&p.caller(), &pages[1..]));
    check(ADMINS, |p| require_any_page(&p.caller(), &[]));
    let old = Person::with_system(&[P::SysconsoleReadSite, P::SysconsoleWriteSite]).caller();
    check_denied(may_read_config(&old), P::ManageSystem);
    check_denied(may_write_config(&old), P::ManageSystem);
}

#[test]
fn roles_are_patched_by_those_who_have_their_page() {
    let patch = |permission, role| {
        let caller = Person::with_system(&[permission]).caller();
        may_patch_role(&caller, builtin(role).unwrap())
    };
    let page = P::SysconsoleWriteUserManagementPermissions;
    for role in [
        "system_user",
        "system_guest",
        "team_user",
        "channel_guest",
        "playbook_admin",
        "run_member",
    ] {
        assert_eq!(patch(page, role), Ok(()), "{role}");
        check_denied(patch(P::ManageSystem, role), page);
    }
    let page = P::SysconsoleWriteUserManagementSystemRoles;
    for role in ["system_custom_group_admin", "system_post_all", "custom_group_user"] {
        assert_eq!(patch(page, role), Ok(()), "{role}");
        check_denied(patch(P::ManageSystem, role), page);
    }
    for role in [
        "system_admin",
        "system_manager",
        "system_user_manager",
        "system_read_only_admin",
        "shared_channel_manager",
        "secure_connection_manager",
    ] {
        check_denied(patch(page, role), P::ManageSystem);
        check(ADMINS, |p| may_patch_role(&p.caller(), builtin(role).unwrap()));
    }
}

#[test]
fn four_permissions_are_never_patched() {
    let expected = [
        P::ManageRoles,
        P::ManageSystem,
        P::SysconsoleReadUserManagementSystemRoles,
        P::SysconsoleWriteUserManagementSystemRoles,
    ];
    assert!(UNPATCHABLE.iter().eq(expected));
}
