//! Bots, hooks, commands, OAuth apps and emoji.

use super::{EVERYBODY, ME, NO_GUEST, OTHER, Person, check, check_denied};
use crate::{
    BotFacts, BotRefusal, Caller, Denied, Integration, Permission as P, TeamFacts, TokenAction,
    may_assign_bot, may_create_bot, may_create_emoji, may_delete_emoji, may_lend_name,
    may_manage_bot, may_manage_integration, may_manage_oauth_app, may_read_bot, may_run_command,
    may_see_unlocked_webhook, may_target_webhook, may_trust_oauth_app, may_unlock_webhook,
    may_use_bot_tokens,
};

const ADMINS: &str = "system_admin socket";

#[test]
fn bots_are_for_system_admins() {
    for owner in [ME, OTHER] {
        let bot = BotFacts { owner };
        check(ADMINS, |p| may_read_bot(&p.caller(), &bot));
        check(ADMINS, |p| may_manage_bot(&p.caller(), &bot));
        check(ADMINS, |p| may_assign_bot(&p.caller(), &bot));
        check(ADMINS, |p| may_use_bot_tokens(&p.caller(), TokenAction::Create, &bot));
    }
    check(ADMINS, |p| may_create_bot(&p.caller()));
}

#[test]
fn a_bot_that_may_not_be_read_is_not_found() {
    for (owner, read, manage) in
        [(ME, P::ReadBots, P::ManageBots), (OTHER, P::ReadOthersBots, P::ManageOthersBots)]
    {
        let bot = BotFacts { owner };
        let with = |permissions: &[P]| Person::with_system(permissions).caller();
        let denied = |permission| Err(BotRefusal::Denied(Denied { permission }));
        assert_eq!(may_manage_bot(&with(&[]), &bot), Err(BotRefusal::NotFound));
        assert_eq!(may_read_bot(&with(&[manage]), &bot), Err(BotRefusal::NotFound));
        assert_eq!(may_read_bot(&with(&[read]), &bot), Ok(()));
        assert_eq!(may_manage_bot(&with(&[read]), &bot), denied(manage));
        assert_eq!(may_manage_bot(&with(&[manage]), &bot), Ok(()));
        assert_eq!(may_assign_bot(&with(&[manage]), &bot), denied(P::AssignBot));
        assert_eq!(may_assign_bot(&with(&[P::AssignBot]), &bot), Err(BotRefusal::NotFound));
        let tokens = |caller: &Caller| may_use_bot_tokens(caller, TokenAction::Revoke, &bot);
        assert_eq!(tokens(&with(&[manage])), denied(P::RevokeUserAccessToken));
        assert_eq!(tokens(&with(&[P::RevokeUserAccessToken])), Err(BotRefusal::NotFound));
    }
}

#[test]
fn what_is_for_ones_own_bots_is_not_for_others() {
    let owner = Person::with_system(&[P::ReadBots, P::ManageBots]).caller();
    assert_eq!(may_manage_bot(&owner, &BotFacts { owner: ME }), Ok(()));
    assert_eq!(may_manage_bot(&owner, &BotFacts { owner: OTHER }), Err(BotRefusal::NotFound));
}

#[test]
fn anothers_integration_needs_both_permissions() {
    use Integration as I;
    for (integration, own, others) in [
        (I::IncomingWebhook, P::ManageOwnIncomingWebhooks, P::ManageOthersIncomingWebhooks),
        (I::OutgoingWebhook, P::ManageOwnOutgoingWebhooks, P::ManageOthersOutgoingWebhooks),
        (I::Command, P::ManageOwnSlashCommands, P::ManageOthersSlashCommands),
    ] {
        let manage = |permissions: &[P], creator| {
            let person = Person::with_team(permissions);
            may_manage_integration(&person.caller(), &person.team(), integration, creator)
        };
        assert_eq!(manage(&[own], ME), Ok(()));
        check_denied(manage(&[own], OTHER), others);
        check_denied(manage(&[others], OTHER), own);
        assert_eq!(manage(&[own, others], OTHER), Ok(()));
        check("team_admin system_admin socket", |p| {
            may_manage_integration(&p.caller(), &p.team(), integration, OTHER)
        });
    }
}

#[test]
fn commands_are_for_those_who_may_write() {
    check("guest member channel_admin team_admin system_admin socket", |p| {
        may_run_command(&p.caller(), &p.private())
    });
    check("", |p| may_run_command(&p.caller(), &crate::ChannelFacts::UNKNOWN));
}

#[test]
fn webhooks_post_where_their_maker_reads() {
    check(EVERYBODY, |p| may_target_webhook(&p.caller(), &p.open()));
    check("guest member channel_admin system_admin socket", |p| {
        may_target_webhook(&p.caller(), &p.private())
    });
    check("", |p| may_target_webhook(&p.caller(), &crate::ChannelFacts::UNKNOWN));
    check("team_admin system_admin socket", |p| may_unlock_webhook(&p.caller(), &p.team()));
}

#[test]
fn an_unlocked_webhook_is_seen_by_its_maker_and_by_system_admins() {
    check(EVERYBODY, |p| may_see_unlocked_webhook(&p.caller(), ME));
    check(ADMINS, |p| may_see_unlocked_webhook(&p.caller(), OTHER));
}

#[test]
fn a_guests_webhook_stays_where_the_guest_is() {
    let outside = Person::new("guest", "system_guest", "team_guest team_admin", "");
    for channel in [outside.open(), outside.private()] {
        check_denied(may_target_webhook(&outside.caller(), &channel), P::ReadChannelContent);
    }
}

#[test]
fn a_name_is_lent_within_its_team() {
    let admin = Person::new("", "system_user", "team_user team_admin", "").caller();
    let lend = |p: &Person| may_lend_name(&admin, &p.caller(), &p.team());
    check("guest member channel_admin team_admin outsider", lend);
    check("", |p| may_lend_name(&admin, &p.caller(), &TeamFacts::UNKNOWN));
    let outsider = Person::new("", "system_user system_admin", "", "");
    check_denied(
        may_lend_name(&outsider.caller(), &outsider.caller(), &outsider.team()),
        P::ViewTeam,
    );
}

#[test]
fn the_name_of_a_system_admin_is_lent_by_system_admins() {
    let maker = Person::new("", "system_user system_admin", "team_user", "");
    check(ADMINS, |p| may_lend_name(&p.caller(), &maker.caller(), &maker.team()));
}

#[test]
fn anothers_oauth_app_needs_both_permissions() {
    check(ADMINS, |p| may_manage_oauth_app(&p.caller(), ME));
    check(ADMINS, |p| may_manage_oauth_app(&p.caller(), OTHER));
    check(ADMINS, |p| may_trust_oauth_app(&p.caller()));
    let maker = Person::with_system(&[P::ManageOauth]).caller();
    assert_eq!(may_manage_oauth_app(&maker, ME), Ok(()));
    check_denied(may_manage_oauth_app(&maker, OTHER), P::ManageSystemWideOauth);
    let other = Person::with_system(&[P::ManageSystemWideOauth]).caller();
    check_denied(may_manage_oauth_app(&other, OTHER), P::ManageOauth);
}

#[test]
fn a_right_to_emoji_in_one_team_counts_everywhere() {
    check(NO_GUEST, |p| may_create_emoji(&p.caller(), &[]));
    check(NO_GUEST, |p| may_delete_emoji(&p.caller(), &[], ME));
    check(ADMINS, |p| may_delete_emoji(&p.caller(), &[], OTHER));
    let person = Person::with_team(&[P::CreateEmojis, P::DeleteEmojis]);
    let foreign = TeamFacts { member: None, ..person.team() };
    let teams = [foreign, person.team()];
    assert_eq!(may_create_emoji(&person.caller(), &teams), Ok(()));
    assert_eq!(may_delete_emoji(&person.caller(), &teams, ME), Ok(()));
    check_denied(may_delete_emoji(&person.caller(), &teams, OTHER), P::DeleteOthersEmojis);
    check_denied(may_create_emoji(&person.caller(), &[foreign]), P::CreateEmojis);
}
