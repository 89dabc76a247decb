//! Roles, and what memberships make of them.

use std::borrow::Cow;

use super::set;
use crate::{
    MembershipRoles, Moderated, Permission, PermissionSet, Restricted, Restrictions, Role,
    SchemeRoles, builtin, builtin_roles, permissions_of, unrestricted,
};

fn role(name: &'static str, permissions: &[Permission]) -> Role {
    Role {
        name: Cow::Borrowed(name),
        display_name: Cow::Borrowed(""),
        description: Cow::Borrowed(""),
        permissions: PermissionSet::of(permissions),
        scheme_managed: true,
        built_in: false,
        deleted: false,
    }
}

#[test]
fn scheme_managed_roles_are_those_that_flags_stand_for() {
    let managed: Vec<_> =
        builtin_roles().iter().filter(|r| r.scheme_managed).map(|r| &*r.name).collect();
    let expected = [
        "system_admin",
        "system_user",
        "system_guest",
        "team_user",
        "team_admin",
        "team_guest",
        "channel_user",
        "channel_admin",
        "channel_guest",
        "playbook_admin",
        "playbook_member",
        "run_admin",
        "run_member",
    ];
    assert_eq!(managed, expected);
}

#[test]
fn only_one_role_of_the_first_start_is_not_built_in() {
    let added: Vec<_> = builtin_roles().iter().filter(|r| !r.built_in).map(|r| &*r.name).collect();
    assert_eq!(added, ["custom_group_user"]);
}

#[test]
fn built_in_roles_are_named_by_translations() {
    for (name, display_name, description) in [
        (
            "system_user",
            "authentication.roles.global_user.name",
            "authentication.roles.global_user.description",
        ),
        (
            "system_guest",
            "authentication.roles.global_guest.name",
            "authentication.roles.global_guest.description",
        ),
        (
            "system_admin",
            "authentication.roles.global_admin.name",
            "authentication.roles.global_admin.description",
        ),
        (
            "team_post_all",
            "authentication.roles.team_post_all.name",
            "authentication.roles.team_post_all.description",
        ),
    ] {
        let role = builtin(name).unwrap();
        assert_eq!((&*role.display_name, &*role.description), (display_name, description));
    }
}

#[test]
fn names_of_no_role_grant_nothing() {
    assert_eq!(set("nobody  team_guest nothing"), builtin("team_guest").unwrap().permissions);
    assert!(set("").is_empty());
}

#[test]
fn several_roles_grant_what_any_of_them_does() {
    let both = set("shared_channel_manager secure_connection_manager");
    let expected =
        PermissionSet::of(&[Permission::ManageSecureConnections, Permission::ManageSharedChannels]);
    assert_eq!(both, expected);
}

#[test]
fn a_deleted_role_grants_nothing() {
    let kept = role("kept", &[Permission::CreatePost]);
    let deleted = Role { deleted: true, ..kept.clone() };
    assert!(permissions_of("kept", |_| Some(&kept)).contains(Permission::CreatePost));
    assert!(permissions_of("kept", |_| Some(&deleted)).is_empty());
    assert!(role("own", &[]).under(&deleted).is_empty());
}

#[test]
fn the_roles_of_a_membership_are_explicit_ones_and_then_those_of_its_flags() {
    let none = MembershipRoles::default();
    for (membership, names) in [
        (none, ""),
        (MembershipRoles { scheme_guest: true, ..none }, "channel_guest"),
        (
            MembershipRoles { scheme_user: true, scheme_admin: true, ..none },
            "channel_user channel_admin",
        ),
        (MembershipRoles { explicit: " b  a ", scheme_user: true, ..none }, "b a channel_user"),
        (
            MembershipRoles {
                explicit: "channel_admin x",
                scheme_user: true,
                scheme_admin: true,
                ..none
            },
            "channel_admin x channel_user",
        ),
        (MembershipRoles { explicit: "x", ..none }, "x"),
    ] {
        assert_eq!(membership.names(&SchemeRoles::CHANNEL), names, "{membership:?}");
        let granted = membership.permissions(&SchemeRoles::CHANNEL, builtin);
        assert_eq!(granted, set(names), "{membership:?}");
    }
}

#[test]
fn a_channel_takes_its_own_scheme_then_its_teams() {
    let own = SchemeRoles { guest: "a", user: "b", admin: "c" };
    let teams = SchemeRoles { guest: "d", user: "e", admin: "f" };
    assert_eq!(SchemeRoles::of_channel(Some(own), Some(teams)), own);
    assert_eq!(SchemeRoles::of_channel(None, Some(teams)), teams);
    assert_eq!(SchemeRoles::of_channel(None, None), SchemeRoles::CHANNEL);
    assert_eq!(SchemeRoles::of_team(Some(own)), own);
    assert_eq!(SchemeRoles::of_team(None), SchemeRoles::TEAM);
}

#[test]
fn a_channel_takes_away_only_what_moderation_covers() {
    use Permission as P;
    let higher = role("higher", &[P::AddReaction, P::CreatePost, P::ReadChannel, P::ViewTeam]);
    let own = role("own", &[P::CreatePost, P::EditPost, P::UseChannelMentions, P::GetPublicLink]);
    // Posting is granted by both; reacting is taken away; reading cannot be; editing and mentions
    // are not granted above. What is not about channels stays the role's own.
    let expected = PermissionSet::of(&[P::CreatePost, P::ReadChannel, P::GetPublicLink]);
    assert_eq!(own.under(&higher), expected);
}

#[test]
fn a_channel_takes_nothing_from_its_administrators() {
    let higher = builtin("channel_admin").unwrap();
    assert_eq!(role("own", &[]).under(higher), higher.permissions);
}

#[test]
fn two_switches_do_not_exist_for_guests() {
    let names: Vec<_> = Moderated::ALL.iter().map(|m| (m.name(), m.applies_to_guests())).collect();
    let expected = [
        ("create_post", true),
        ("create_reactions", true),
        ("manage_members", false),
        ("use_channel_mentions", true),
        ("manage_bookmarks", false),
    ];
    assert_eq!(names, expected);
}

#[test]
fn a_restricted_channel_grants_what_remains() {
    let none = Restrictions::default();
    assert_eq!(none.roles(), SchemeRoles::CHANNEL);
    let closed = none.with(Restricted::Members, Moderated::CreatePost, true);
    let roles = closed.roles();
    assert_eq!(roles.guest, SchemeRoles::CHANNEL.guest);
    assert_eq!(roles.admin, SchemeRoles::CHANNEL.admin);
    let whole = builtin("channel_user").unwrap().permissions;
    let left = builtin(roles.user).unwrap().permissions;
    assert_eq!(left, whole.without(Permission::CreatePost));
    assert_eq!(unrestricted(roles.user), "channel_user");
    assert_eq!(closed.with(Restricted::Members, Moderated::CreatePost, false), none);
}

#[test]
fn every_switch_takes_its_permissions_and_nothing_else() {
    for (whom, switch) in Restrictions::every() {
        let roles = Restrictions::default().with(whom, switch, true).roles();
        let (name, whole) = match whom {
            Restricted::Members => (roles.user, "channel_user"),
            Restricted::Guests => (roles.guest, "channel_guest"),
        };
        let (left, whole) = (builtin(name).unwrap(), builtin(whole).unwrap());
        for permission in whole.permissions.iter() {
            let taken = permission.moderated_as() == Some(switch);
            assert_eq!(left.permissions.contains(permission), !taken, "{name} {permission}");
        }
        assert!(left.permissions.len() < whole.permissions.len(), "{name} takes nothing");
    }
}

#[test]
fn the_numbers_of_switches_stay_what_they_are() {
    let kept: Vec<_> = Restrictions::every()
        .map(|(whom, switch)| (switch.name(), Restrictions::place(whom, switch)))
        .collect();
    let expected = [
        ("create_post", 0),
        ("create_reactions", 1),
        ("manage_members", 2),
        ("use_channel_mentions", 3),
        ("manage_bookmarks", 4),
        ("create_post", 8),
        ("create_reactions", 9),
        ("use_channel_mentions", 11),
    ];
    assert_eq!(kept, expected);
    let all = Restrictions::from_number(-1);
    assert_eq!(all.number(), 0b1011_0001_1111, "bits that mean nothing are left out");
    assert_eq!(Restrictions::from_number(all.number()), all);
    assert!(Restrictions::every().all(|(whom, switch)| all.has(whom, switch)));
    assert!(builtin(all.roles().user).is_some() && builtin(all.roles().guest).is_some());
    assert_eq!(builtin("channel_user_restricted_0"), None);
    assert_eq!(builtin("channel_user_restricted_32"), None);
}
