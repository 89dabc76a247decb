//! Channels, members and bookmarks.

use fieldpost_model::ChannelType;

use super::{EVERYBODY, ME, NO_GUEST, OTHER, Person, THIRD, check, check_denied, seen, unseen};
use crate::{
    BookmarkAction, ChannelFacts, Permission as P, may_add_member, may_bookmark,
    may_change_channel_roles, may_convert, may_convert_group, may_create_channel,
    may_create_direct, may_create_group, may_delete_channel, may_look_up_channel,
    may_look_up_channel_by_name, may_manage_access_rules, may_move_channel, may_remove_member,
    may_restore, may_set_auto_translation, may_set_banner, may_update_channel,
};

const TEAM_MEMBERS: &str = "member channel_admin team_admin outsider system_admin socket";
const MANAGERS: &str = "member channel_admin team_admin system_admin socket";
const CHANNEL_ADMINS: &str = "channel_admin team_admin system_admin socket";
const TEAM_ADMINS: &str = "team_admin system_admin socket";

#[test]
fn team_members_make_channels() {
    for kind in [ChannelType::Open, ChannelType::Private] {
        check(TEAM_MEMBERS, |p| may_create_channel(&p.caller(), &p.team(), kind));
    }
    for kind in [ChannelType::Direct, ChannelType::Group] {
        check("", |p| may_create_channel(&p.caller(), &p.team(), kind));
    }
    let private = Person::with_team(&[P::CreatePrivateChannel]);
    let create = |kind| may_create_channel(&private.caller(), &private.team(), kind);
    assert_eq!(create(ChannelType::Private), Ok(()));
    check_denied(create(ChannelType::Open), P::CreatePublicChannel);
}

#[test]
fn direct_messages_are_opened_by_one_of_the_two() {
    check(EVERYBODY, |p| may_create_direct(&p.caller(), &[unseen(ME), seen(OTHER)]));
    check(EVERYBODY, |p| may_create_direct(&p.caller(), &[unseen(ME), unseen(ME)]));
    check("system_admin socket", |p| may_create_direct(&p.caller(), &[seen(OTHER), seen(THIRD)]));
}

#[test]
fn guests_open_messages_only_with_those_they_see() {
    check(NO_GUEST, |p| may_create_direct(&p.caller(), &[unseen(ME), unseen(OTHER)]));
    check(EVERYBODY, |p| may_create_group(&p.caller(), &[seen(OTHER), seen(THIRD)]));
    check(NO_GUEST, |p| may_create_group(&p.caller(), &[seen(OTHER), unseen(THIRD)]));
    let blind = Person::with_system(&[P::CreateDirectChannel, P::CreateGroupChannel]).caller();
    check_denied(may_create_group(&blind, &[unseen(OTHER)]), P::ViewMembers);
    check_denied(may_create_direct(&blind, &[unseen(ME), unseen(OTHER)]), P::ViewMembers);
}

#[test]
fn a_message_needs_the_right_to_open_one() {
    let viewer = Person::with_system(&[P::ViewMembers]).caller();
    let pair = [seen(ME), seen(OTHER)];
    check_denied(may_create_direct(&viewer, &pair), P::CreateDirectChannel);
    check_denied(may_create_group(&viewer, &pair), P::CreateGroupChannel);
}

#[test]
fn open_channels_are_found_by_the_team_and_others_by_members() {
    check("guest member channel_admin team_admin outsider auditor system_admin socket", |p| {
        may_look_up_channel(&p.caller(), &p.open())
    });
    check("guest member channel_admin auditor system_admin socket", |p| {
        may_look_up_channel(&p.caller(), &p.private())
    });
    check("guest member channel_admin auditor system_admin socket", |p| {
        may_look_up_channel_by_name(&p.caller(), &p.private())
    });
}

#[test]
fn an_archived_channel_is_found_by_name_only_by_team_admins() {
    check(TEAM_ADMINS, |p| {
        may_look_up_channel_by_name(&p.caller(), &ChannelFacts { archived: true, ..p.open() })
    });
}

#[test]
fn each_property_has_its_permission() {
    let members = "member channel_admin system_admin socket";
    check(members, |p| may_update_channel(&p.caller(), &p.open()));
    check(members, |p| may_delete_channel(&p.caller(), &p.private()));
    check(CHANNEL_ADMINS, |p| may_set_banner(&p.caller(), &p.open()));
    check(CHANNEL_ADMINS, |p| may_set_auto_translation(&p.caller(), &p.open()));
    check(CHANNEL_ADMINS, |p| may_change_channel_roles(&p.caller(), &p.open()));
    check(CHANNEL_ADMINS, |p| may_manage_access_rules(&p.caller(), &p.private()));
}

#[test]
fn members_of_a_message_change_it_and_nobody_deletes_it() {
    let members = "guest member channel_admin socket";
    check(members, |p| may_update_channel(&p.caller(), &p.direct()));
    check(members, |p| may_set_auto_translation(&p.caller(), &p.direct()));
    check("", |p| may_set_banner(&p.caller(), &p.direct()));
    check("", |p| may_delete_channel(&p.caller(), &p.direct()));
    check("", |p| may_convert(&p.caller(), &p.direct(), ChannelType::Private));
}

#[test]
fn the_kind_of_a_channel_chooses_the_permission() {
    type Rule = fn(&crate::Caller, &ChannelFacts) -> Result<(), crate::Denied>;
    let rules: [(Rule, P, P); 4] = [
        (may_update_channel, P::ManagePublicChannelProperties, P::ManagePrivateChannelProperties),
        (may_delete_channel, P::DeletePublicChannel, P::DeletePrivateChannel),
        (may_set_banner, P::ManagePublicChannelBanner, P::ManagePrivateChannelBanner),
        (
            may_set_auto_translation,
            P::ManagePublicChannelAutoTranslation,
            P::ManagePrivateChannelAutoTranslation,
        ),
    ];
    for (rule, open, private) in rules {
        let of_open = Person::with_channel(&[open]);
        assert_eq!(rule(&of_open.caller(), &of_open.open()), Ok(()));
        check_denied(rule(&of_open.caller(), &of_open.private()), private);
        let of_private = Person::with_channel(&[private]);
        assert_eq!(rule(&of_private.caller(), &of_private.private()), Ok(()));
        check_denied(rule(&of_private.caller(), &of_private.open()), open);
    }
}

#[test]
fn team_admins_convert_and_restore() {
    check(TEAM_ADMINS, |p| may_convert(&p.caller(), &p.open(), ChannelType::Private));
    check(TEAM_ADMINS, |p| may_convert(&p.caller(), &p.private(), ChannelType::Open));
    check("", |p| may_convert(&p.caller(), &p.private(), ChannelType::Direct));
    check(TEAM_ADMINS, |p| may_restore(&p.caller(), &p.open()));
    let console = Person::with_system(&[P::SysconsoleWriteUserManagementChannels]);
    assert_eq!(may_restore(&console.caller(), &console.open()), Ok(()));
    let opener = Person::with_channel(&[P::ConvertPrivateChannelToPublic]);
    let convert = |to| may_convert(&opener.caller(), &opener.private(), to);
    assert_eq!(convert(ChannelType::Open), Ok(()));
    check_denied(convert(ChannelType::Private), P::ConvertPublicChannelToPrivate);
}

#[test]
fn whoever_administers_the_site_moves_channels_to_other_teams() {
    let rule = |p: &Person, channel: ChannelFacts| may_move_channel(&p.caller(), &channel);
    check("system_admin socket", |p| rule(p, p.open()));
    check("system_admin socket", |p| rule(p, p.private()));
    check("", |p| rule(p, p.direct()));
    check("", |p| rule(p, p.channel(ChannelType::Group)));
    check("", |p| rule(p, ChannelFacts::UNKNOWN));
    let manager = Person::with_system(&[P::SysconsoleWriteUserManagementChannels]);
    check_denied(rule(&manager, manager.open()), P::ManageSystem);
}

#[test]
fn a_group_message_becomes_a_channel_by_a_member_who_is_no_guest() {
    check("member channel_admin socket", |p| {
        may_convert_group(&p.caller(), &p.channel(ChannelType::Group), &p.team())
    });
    check("", |p| may_convert_group(&p.caller(), &p.direct(), &p.team()));
}

#[test]
fn open_channels_are_joined_and_private_ones_are_not() {
    check(TEAM_MEMBERS, |p| may_add_member(&p.caller(), &p.open(), &unseen(ME)));
    check(MANAGERS, |p| may_add_member(&p.caller(), &p.open(), &seen(OTHER)));
    check(MANAGERS, |p| may_add_member(&p.caller(), &p.private(), &unseen(ME)));
    check(MANAGERS, |p| may_add_member(&p.caller(), &p.private(), &seen(OTHER)));
    check("", |p| may_add_member(&p.caller(), &p.direct(), &seen(OTHER)));
}

#[test]
fn a_guest_who_may_add_members_adds_only_those_they_see_where_they_are() {
    let guest = Person { name: "guest", ..Person::with_channel(&[P::ManagePrivateChannelMembers]) };
    let (caller, channel) = (guest.caller(), guest.private());
    assert_eq!(may_add_member(&caller, &channel, &seen(OTHER)), Ok(()));
    check_denied(may_add_member(&caller, &channel, &unseen(OTHER)), P::ViewMembers);
    let system = Person {
        name: "guest",
        ..Person::with_system(&[P::ManagePrivateChannelMembers, P::ViewMembers])
    };
    let decision = may_add_member(&system.caller(), &system.private(), &seen(OTHER));
    check_denied(decision, P::ManagePrivateChannelMembers);
}

#[test]
fn everybody_leaves_and_managers_remove() {
    check(EVERYBODY, |p| may_remove_member(&p.caller(), &p.private(), ME));
    check(MANAGERS, |p| may_remove_member(&p.caller(), &p.private(), OTHER));
    check("", |p| may_remove_member(&p.caller(), &p.direct(), ME));
    check("", |p| may_remove_member(&p.caller(), &p.direct(), OTHER));
    check("", |p| may_remove_member(&p.caller(), &ChannelFacts::UNKNOWN, ME));
}

#[test]
fn each_action_on_bookmarks_has_its_permission() {
    use BookmarkAction as A;
    for (action, open, private) in [
        (A::Add, P::AddBookmarkPublicChannel, P::AddBookmarkPrivateChannel),
        (A::Edit, P::EditBookmarkPublicChannel, P::EditBookmarkPrivateChannel),
        (A::Delete, P::DeleteBookmarkPublicChannel, P::DeleteBookmarkPrivateChannel),
        (A::Order, P::OrderBookmarkPublicChannel, P::OrderBookmarkPrivateChannel),
    ] {
        check(MANAGERS, |p| may_bookmark(&p.caller(), &p.open(), action));
        check("member channel_admin socket", |p| may_bookmark(&p.caller(), &p.direct(), action));
        let nobody = Person::with_channel(&[]);
        check_denied(may_bookmark(&nobody.caller(), &nobody.open(), action), open);
        check_denied(may_bookmark(&nobody.caller(), &nobody.private(), action), private);
    }
}
