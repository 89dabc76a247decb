use super::{NO_GUEST, Person, check, check_denied};
use crate::{
    GroupAction, GroupFacts, Permission as P, PermissionSet, may_change_user_group,
    may_create_user_group, may_list_all_user_groups, may_list_groups_of_channel,
};

const STRANGER: GroupFacts = GroupFacts { member: None };

#[test]
fn everybody_but_guests_makes_groups_and_changes_them() {
    check(NO_GUEST, |p| may_create_user_group(&p.caller()));
    for (action, permission) in [
        (GroupAction::Edit, P::EditCustomGroup),
        (GroupAction::Delete, P::DeleteCustomGroup),
        (GroupAction::Restore, P::RestoreCustomGroup),
        (GroupAction::ManageMembers, P::ManageCustomGroupMembers),
    ] {
        check(NO_GUEST, |p| may_change_user_group(&p.caller(), &STRANGER, action));
        let nobody = Person::with_system(&[]);
        check_denied(may_change_user_group(&nobody.caller(), &STRANGER, action), permission);
        let member = GroupFacts { member: Some(PermissionSet::of(&[permission])) };
        assert_eq!(may_change_user_group(&nobody.caller(), &member, action), Ok(()));
    }
}

#[test]
fn who_reads_the_console_sees_every_group() {
    check("auditor system_admin socket", |p| may_list_all_user_groups(&p.caller()));
}

#[test]
fn members_see_the_groups_of_a_channel() {
    let open = "member channel_admin team_admin auditor system_admin socket";
    check(open, |p| may_list_groups_of_channel(&p.caller(), &p.open()));
    check(open, |p| may_list_groups_of_channel(&p.caller(), &p.private()));
}
