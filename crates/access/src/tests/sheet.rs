//! The generated tables against the sheet, and the sheet against what is known of it.

use crate::{Moderated, Permission, PermissionSet, Scope, builtin, builtin_roles};

const SHEET: &str = include_str!("../../permissions.tsv");

fn cells() -> impl Iterator<Item = Vec<&'static str>> {
    SHEET.lines().map(|line| line.split('\t').collect())
}

#[test]
fn every_role_has_exactly_what_the_sheet_says() {
    let header = cells().next().unwrap();
    let mut checked = 0;
    for row in cells().skip(1) {
        let permission = Permission::from_name(row[0]).unwrap();
        for (column, role) in header.iter().enumerate().skip(5) {
            let held = builtin(role).unwrap().permissions.contains(permission);
            assert_eq!(held, row[column] == "1", "{role} {permission}");
            checked += 1;
        }
    }
    assert_eq!(checked, 304 * 25);
}

#[test]
fn every_permission_has_the_facts_of_the_sheet() {
    for row in cells().skip(1) {
        let permission = Permission::from_name(row[0]).unwrap();
        assert_eq!(permission.name(), row[0]);
        assert_eq!(format!("{:?}", permission.scope()).to_lowercase(), row[1], "{permission}");
        assert_eq!(permission.is_deprecated(), row[2] == "1", "{permission}");
        let moderated = permission.moderated_as().map_or("", Moderated::name);
        assert_eq!(moderated, row[3], "{permission}");
        for console in row[4].split_whitespace() {
            let brings = Permission::from_name(console).unwrap().brings();
            assert!(brings.contains(permission), "{console} brings {permission}");
        }
    }
    let brought: usize = Permission::all().map(|p| p.brings().len()).sum();
    let listed: usize = cells().skip(1).map(|row| row[4].split_whitespace().count()).sum();
    assert_eq!(brought, listed);
}

#[test]
fn there_are_as_many_of_each_scope_as_are_known() {
    let live = |scope| Permission::all().filter(move |p| !p.is_deprecated() && p.scope() == scope);
    for (scope, count) in [
        (Scope::System, 189),
        (Scope::Channel, 42),
        (Scope::Team, 26),
        (Scope::Playbook, 11),
        (Scope::Group, 4),
        (Scope::Run, 3),
    ] {
        assert_eq!(live(scope).count(), count, "{scope:?}");
    }
    assert_eq!(Permission::all().filter(|p| p.is_deprecated()).count(), 29);
    assert_eq!(Permission::COUNT, 304);
}

#[test]
fn the_roles_are_as_large_as_is_known() {
    assert_eq!(builtin_roles().len(), 25);
    for (role, size) in [
        ("system_admin", 275),
        ("system_manager", 122),
        ("system_user_manager", 41),
        ("system_read_only_admin", 72),
        ("system_custom_group_admin", 5),
        ("system_user", 13),
        ("system_guest", 2),
        ("shared_channel_manager", 1),
        ("secure_connection_manager", 1),
        ("team_guest", 1),
        ("channel_guest", 8),
        ("custom_group_user", 0),
    ] {
        assert_eq!(builtin(role).unwrap().permissions.len(), size, "{role}");
    }
}

#[test]
fn a_system_admin_has_every_live_permission_and_no_other() {
    let live: PermissionSet = Permission::all().filter(|p| !p.is_deprecated()).collect();
    assert_eq!(builtin("system_admin").unwrap().permissions, live);
}

#[test]
fn names_that_no_permission_has_are_unknown() {
    for name in ["", "manage", "manage_systems", "Manage_System", "zzz"] {
        assert_eq!(Permission::from_name(name), None, "{name}");
    }
}

#[test]
fn a_console_page_brings_what_it_needs() {
    use Permission as P;
    for (console, brings) in [
        (P::SysconsoleReadAuthenticationLdap, vec![P::ReadLdapSyncJob, P::TestLdap]),
        (P::SysconsoleReadReportingSiteStatistics, vec![P::GetAnalytics]),
        (
            P::SysconsoleWriteUserManagementUsers,
            vec![P::DemoteToGuest, P::EditOtherUsers, P::PromoteGuest],
        ),
        (P::SysconsoleReadBilling, vec![]),
        (P::CreatePost, vec![]),
    ] {
        assert_eq!(console.brings().iter().collect::<Vec<_>>(), brings, "{console}");
    }
}

#[test]
fn a_set_holds_what_was_put_in_and_nothing_else() {
    let all: PermissionSet = Permission::all().collect();
    assert_eq!(all.len(), Permission::COUNT);
    assert!(all.iter().eq(Permission::all()));
    for permission in Permission::all() {
        let one = PermissionSet::of(&[permission]);
        assert!(one.iter().eq([permission]));
        assert!(Permission::all().all(|p| one.contains(p) == (p == permission)), "{permission}");
        assert!(one.without(permission).is_empty());
        assert!(!all.without(permission).contains(permission));
        assert_eq!(all.without(permission) | one, all);
    }
}
