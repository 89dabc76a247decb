//! Posts, reactions and files.

use super::{EVERYBODY, ME, OTHER, Person, check, check_denied};
use crate::{
    Permission as P, Policy, may_create_ephemeral, may_create_post, may_delete_post, may_edit_post,
    may_erase_post, may_link_file, may_mention_channel, may_mention_group, may_patch_post, may_pin,
    may_react, may_read_file, may_remove_reaction, may_type, may_upload_file,
};

const POSTERS: &str = "guest member channel_admin team_admin system_admin socket";
const OWN_EDITORS: &str = "guest member channel_admin system_admin socket";

#[test]
fn posts_are_written_by_members_and_those_who_post_anywhere() {
    check(POSTERS, |p| may_create_post(&p.caller(), &p.open()));
    check(POSTERS, |p| may_create_post(&p.caller(), &p.private()));
    check(OWN_EDITORS, |p| may_create_post(&p.caller(), &p.direct()));
    check(POSTERS, |p| may_type(&p.caller(), &p.open()));
}

#[test]
fn only_administrators_show_posts_that_are_kept_nowhere() {
    check("system_admin socket", |p| may_create_ephemeral(&p.caller()));
}

#[test]
fn posting_in_public_is_enough_in_open_channels_only() {
    let bots = [
        Person::with_team(&[P::CreatePostPublic]),
        Person::new("bot", "system_user system_post_all_public", "team_user", ""),
        Person::new("bot", "system_user", "team_user team_post_all_public", ""),
    ];
    for bot in bots {
        assert_eq!(may_create_post(&bot.caller(), &bot.open()), Ok(()));
        check_denied(may_create_post(&bot.caller(), &bot.private()), P::CreatePost);
        check_denied(may_create_post(&bot.caller(), &bot.direct()), P::CreatePost);
        check_denied(may_type(&bot.caller(), &bot.open()), P::CreatePost);
    }
    // It is a right in the team: a membership of the channel does not carry it.
    let member = Person::with_channel(&[P::CreatePostPublic]);
    check_denied(may_create_post(&member.caller(), &member.open()), P::CreatePost);
}

#[test]
fn nobody_writes_in_a_read_only_channel() {
    let mut reader = Person::new("reader", "system_user", "team_user", "channel_user");
    reader.channel = reader.channel.map(|set| set.without(P::CreatePost));
    let (caller, channel) = (reader.caller(), reader.open());
    check_denied(may_create_post(&caller, &channel), P::CreatePost);
    check_denied(may_edit_post(&caller, &channel, ME), P::CreatePost);
    check_denied(may_patch_post(&caller, &channel, ME), P::CreatePost);
    assert_eq!(may_react(&caller, &channel), Ok(()));
}

#[test]
fn posts_are_edited_by_their_author_and_by_editors_of_others() {
    let administrators = "system_admin socket";
    check(OWN_EDITORS, |p| may_edit_post(&p.caller(), &p.open(), ME));
    check(administrators, |p| may_edit_post(&p.caller(), &p.open(), OTHER));
    check(OWN_EDITORS, |p| may_patch_post(&p.caller(), &p.open(), ME));
    check(administrators, |p| may_patch_post(&p.caller(), &p.open(), OTHER));
}

#[test]
fn replacing_anothers_post_asks_both_permissions_and_patching_it_one() {
    let corrector = Person::with_channel(&[P::EditOthersPosts, P::CreatePost]);
    let (caller, channel) = (corrector.caller(), corrector.open());
    check_denied(may_edit_post(&caller, &channel, OTHER), P::EditPost);
    assert_eq!(may_patch_post(&caller, &channel, OTHER), Ok(()));
    check_denied(may_patch_post(&caller, &channel, ME), P::EditPost);
    let author = Person::with_channel(&[P::EditPost, P::CreatePost]);
    check_denied(may_edit_post(&author.caller(), &author.open(), OTHER), P::EditOthersPosts);
    check_denied(may_patch_post(&author.caller(), &author.open(), OTHER), P::EditOthersPosts);
}

#[test]
fn managing_the_system_is_not_enough_to_edit_or_react() {
    let manager = Person::with_system(&[P::ManageSystem]);
    let (caller, channel) = (manager.caller(), manager.open());
    check_denied(may_edit_post(&caller, &channel, OTHER), P::EditPost);
    check_denied(may_patch_post(&caller, &channel, OTHER), P::EditOthersPosts);
    check_denied(may_react(&caller, &channel), P::AddReaction);
    check_denied(may_remove_reaction(&caller, &channel, ME), P::RemoveReaction);
    assert_eq!(may_create_post(&caller, &channel), Ok(()));
    let editor = Person::with_system(&[P::ManageSystem, P::EditPost]);
    check_denied(may_edit_post(&editor.caller(), &editor.open(), OTHER), P::EditOthersPosts);
}

#[test]
fn posts_are_deleted_by_their_author_and_by_team_admins() {
    check("member channel_admin team_admin system_admin socket", |p| {
        may_delete_post(&p.caller(), &p.open(), ME)
    });
    check("team_admin system_admin socket", |p| may_delete_post(&p.caller(), &p.open(), OTHER));
    let member = Person::with_channel(&[P::DeletePost]);
    let decision = may_delete_post(&member.caller(), &member.open(), OTHER);
    check_denied(decision, P::DeleteOthersPosts);
}

#[test]
fn posts_are_erased_by_system_admins() {
    check("system_admin socket", |p| may_erase_post(&p.caller(), &p.open(), ME));
}

#[test]
fn whoever_reads_may_pin() {
    let off = Policy::default();
    check("guest member channel_admin team_admin outsider auditor system_admin socket", |p| {
        may_pin(&p.caller(), &off, &p.open())
    });
    check("guest member channel_admin system_admin socket", |p| {
        may_pin(&p.caller(), &off, &p.private())
    });
}

#[test]
fn reactions_are_taken_back_by_who_made_them() {
    check(POSTERS, |p| may_react(&p.caller(), &p.open()));
    check(POSTERS, |p| may_remove_reaction(&p.caller(), &p.open(), ME));
    check("system_admin socket", |p| may_remove_reaction(&p.caller(), &p.open(), OTHER));
    // Removing others' is a right in the system: the channel does not give it.
    let member = Person::with_channel(&[P::RemoveReaction, P::RemoveOthersReactions]);
    let decision = may_remove_reaction(&member.caller(), &member.open(), OTHER);
    check_denied(decision, P::RemoveOthersReactions);
}

#[test]
fn files_are_read_with_the_channel_and_by_who_uploaded_them() {
    let off = Policy::default();
    check(POSTERS, |p| may_upload_file(&p.caller(), &p.open()));
    check(EVERYBODY, |p| may_read_file(&p.caller(), &off, &p.private(), ME));
    check(OWN_EDITORS, |p| may_read_file(&p.caller(), &off, &p.private(), OTHER));
    let stranger = Person::with_system(&[]);
    let decision = may_read_file(&stranger.caller(), &off, &stranger.open(), OTHER);
    check_denied(decision, P::ReadChannelContent);
}

#[test]
fn members_link_files_and_guests_do_not() {
    let members = "member channel_admin system_admin socket";
    check(members, |p| may_link_file(&p.caller(), &p.open()));
    check(members, |p| may_link_file(&p.caller(), &p.private()));
}

#[test]
fn guests_mention_channels_but_not_groups() {
    check(POSTERS, |p| may_mention_channel(&p.caller(), &p.open()));
    check("member channel_admin team_admin system_admin socket", |p| {
        may_mention_group(&p.caller(), &p.open())
    });
}
