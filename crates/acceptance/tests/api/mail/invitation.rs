//! Invitations into teams that go to addresses.

use fieldpost_testkit::{Actor, Mailbox, TestSite};
use serde_json::{Value, json};

use super::{URL, sent, site, site_with};

const PASSWORD: &str = "correct horse battery";

fn account(name: &str) -> Value {
    json!({ "username": name, "email": format!("{name}@example.com"), "password": PASSWORD })
}

fn path_of(team: &Value, rest: &str) -> String {
    format!("/teams/{}/{rest}", team["id"].as_str().unwrap())
}

/// A site with a team and somebody outside it, once all are greeted by mail.
async fn with(mailbox: &Mailbox, name: &str) -> (TestSite, Actor, Value, Actor) {
    let site = site(mailbox).await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let outsider = site.person(name).await;
    sent(&site).await;
    mailbox.take();
    (site, admin, team, outsider)
}

#[tokio::test]
async fn whoever_is_invited_signs_up_into_the_team_and_its_channels() {
    let mailbox = Mailbox::open().await;
    let mut mail = mailbox.settings();
    mail.verify = true;
    let site = TestSite::start_with(|config| {
        config.settings.site_url = URL.to_owned();
        config.settings.open_signup = false;
        config.mail = mail;
    })
    .await;
    let mut admin = site.stranger();
    let id = admin.post("/users", account("admin")).await.expect(201)["id"].clone();
    let path = format!("/users/{}/email/verify/member", id.as_str().unwrap());
    site.local().post(&path, json!({})).await.expect(200);
    admin.sign_in("admin", PASSWORD).await;
    let team = json!({ "name": "alpha", "display_name": "Team & Alpha", "type": "O" });
    let team = admin.post("/teams", team).await.expect(201);
    let channel =
        json!({ "team_id": team["id"], "name": "ops", "display_name": "Ops", "type": "P" });
    let channel = admin.post("/channels", channel).await.expect(201);
    sent(&site).await;
    mailbox.take();

    let invite = json!({ "emails": ["Ben@example.com"], "channelIds": [channel["id"]], "message": "Hi <b>" });
    admin.post(&path_of(&team, "invite/email"), invite).await.expect(200);
    sent(&site).await;
    let mail = mailbox.take_one();
    assert_eq!(mail.to, ["ben@example.com"]);
    assert!(mail.subject.contains("admin invites you to Team & Alpha"), "{}", mail.subject);
    assert!(mail.text.contains(&format!("{URL}/signup_user_complete/?d=%7B")), "{}", mail.text);
    assert!(mail.text.contains("Hi <b>") && !mail.html.contains("<b>"), "{}", mail.html);
    let token = mail.parameter("t");

    let stranger = site.stranger();
    let closed = stranger.post("/users", account("ben")).await.refused(403);
    assert_eq!(closed, "api.user.create_user.no_open_server");
    let join = format!("/users?t={token}");
    let other = stranger.post(&join, account("eve")).await.refused(400);
    assert_eq!(other, "api.user.create_user.bad_token_email_data.app_error");
    let unknown = stranger.post(&format!("/users?t={}", "0".repeat(64)), account("ben")).await;
    assert_eq!(unknown.refused(404), "api.user.create_user.signup_link_invalid.app_error");
    let made = stranger.post(&join, account("ben")).await.expect(201);
    assert_eq!(made["email_verified"], true);
    let again = stranger.post(&join, account("ben")).await.refused(404);
    assert_eq!(again, "api.user.create_user.signup_link_invalid.app_error");

    let mut ben = site.stranger();
    ben.sign_in("ben", PASSWORD).await;
    assert_eq!(ben.get("/users/me/teams").await.expect(200)[0]["id"], team["id"]);
    let path = format!("/channels/{}/members/me", channel["id"].as_str().unwrap());
    ben.get(&path).await.expect(200);
    sent(&site).await;
    assert_eq!(mailbox.take(), [], "whoever came by mail is not asked to confirm the address");
}

#[tokio::test]
async fn somebody_with_an_account_joins_with_the_token() {
    let mailbox = Mailbox::open().await;
    let (site, admin, team, ben) = with(&mailbox, "ben").await;
    admin.post(&path_of(&team, "invite/email"), json!(["ben@example.com"])).await.expect(200);
    sent(&site).await;
    let token = mailbox.take_one().parameter("t");
    let join = format!("/teams/members/invite?token={token}");
    let eve = site.person("eve").await;
    let other = eve.post(&join, json!({})).await.refused(400);
    assert_eq!(other, "api.user.create_user.bad_token_email_data.app_error");
    assert_eq!(ben.post(&join, json!({})).await.expect(201)["team_id"], team["id"]);
    ben.post(&join, json!({})).await.refused(404);
}

#[tokio::test]
async fn who_may_not_invite_and_who_may_not_be_invited() {
    let mailbox = Mailbox::open().await;
    let (site, admin, team, outsider) = with(&mailbox, "outsider").await;
    let path = path_of(&team, "invite/email");
    let one = json!(["ben@example.com"]);
    outsider.post(&path, one.clone()).await.refused(403);
    site.stranger().post(&path, one).await.refused(401);
    admin.post(&path, json!([])).await.refused(400);
    let patch = json!({ "allowed_domains": "example.com" });
    admin.put(&path_of(&team, "patch"), patch).await.expect(200);
    let mixed = json!(["ben@example.com", "eve@elsewhere.org", "no address\r\nBcc: x@example.com"]);
    let refusal = admin.post(&path, mixed.clone()).await.refused(400);
    assert_eq!(refusal, "api.team.invite_members.invalid_email.app_error");
    sent(&site).await;
    assert_eq!(mailbox.take(), []);
    let told = admin.post(&format!("{path}?graceful=true"), mixed).await.expect(200);
    let told = told.as_array().unwrap().clone();
    assert_eq!(told.len(), 3);
    for one in told {
        let refused = one["email"] != "ben@example.com";
        assert_eq!(one["error"].is_object(), refused, "{one}");
    }
    sent(&site).await;
    assert_eq!(mailbox.take_one().to, ["ben@example.com"]);
    let many: Vec<String> = (0..21).map(|n| format!("p{n}@example.com")).collect();
    let refusal = admin.post(&path, json!(many)).await.refused(413);
    assert_eq!(refusal, "app.email.rate_limit_exceeded.app_error");
}

#[tokio::test]
async fn an_invitation_ends_after_two_days_or_when_an_administrator_says_so() {
    let mailbox = Mailbox::open().await;
    let (site, admin, team, ben) = with(&mailbox, "ben").await;
    let path = path_of(&team, "invite/email");
    let mut tokens = Vec::new();
    for _ in 0..2 {
        admin.post(&path, json!(["anna@example.com"])).await.expect(200);
        sent(&site).await;
        tokens.push(mailbox.take_one().parameter("t"));
        site.clock().advance(47 * 60 * 60 * 1000);
    }
    let join = |n: usize| format!("/users?t={}", tokens[n]);
    let late = site.stranger().post(&join(0), account("anna")).await;
    // The second one has swept the first away, or it is there and too old.
    assert!(matches!(late.status, 400 | 404), "{late:?}");
    ben.delete("/teams/invites/email").await.refused(403);
    admin.post(&path, json!(["carl@example.com"])).await.expect(200);
    admin.delete("/teams/invites/email").await.expect(200);
    sent(&site).await;
    assert_eq!(mailbox.take(), []);
    let ended = site.stranger().post(&join(1), account("anna")).await.refused(404);
    assert_eq!(ended, "api.user.create_user.signup_link_invalid.app_error");
}

#[tokio::test]
async fn without_mail_nobody_is_invited_by_it() {
    let mailbox = Mailbox::open().await;
    for site in [TestSite::start().await, site_with(&mailbox, |m| m.invitations = false).await] {
        let (admin, team) = site.administrator_with_team("alpha").await;
        let one = json!(["ben@example.com"]);
        let refusal = admin.post(&path_of(&team, "invite/email"), one).await.refused(501);
        assert_eq!(refusal, "api.team.invite_members.disabled.app_error");
        let config = admin.get("/config/client?format=old").await.expect(200);
        assert_eq!(config["EnableEmailInvitations"], "false");
    }
}

#[tokio::test]
async fn a_team_link_leads_into_the_team_at_sign_up() {
    let site = TestSite::start_with(|config| config.settings.open_signup = false).await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let team = admin.get(&format!("/teams/{}", team["id"].as_str().unwrap())).await.expect(200);
    let stranger = site.stranger();
    stranger.post("/users?iid=nothing", account("ben")).await.refused(404);
    let path = format!("/users?iid={}", team["invite_id"].as_str().unwrap());
    let made = stranger.post(&path, account("ben")).await.expect(201);
    assert_eq!(made["email_verified"], json!(null), "a link that goes round confirms nothing");
    let mut ben = site.stranger();
    ben.sign_in("ben", PASSWORD).await;
    assert_eq!(ben.get("/users/me/teams").await.expect(200)[0]["id"], team["id"]);
}

/// Invites somebody, and gives the token that came.
async fn invited(
    (site, mailbox): (&TestSite, &Mailbox),
    (by, team): (&Actor, &Value),
    address: &str,
) -> String {
    sent(site).await;
    mailbox.take();
    by.post(&path_of(team, "invite/email"), json!([address])).await.expect(200);
    sent(site).await;
    mailbox.take_one().parameter("t")
}

#[tokio::test]
async fn a_guest_does_not_come_by_mail() {
    let mailbox = Mailbox::open().await;
    let mail = mailbox.settings();
    let site = TestSite::start_with(|config| {
        config.settings.guest_accounts = true;
        config.settings.site_url = URL.to_owned();
        config.mail = mail;
    })
    .await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let ben = site.person("ben").await;
    admin.post(&format!("/users/{}/demote", ben.id), json!({})).await.expect(200);
    let token = invited((&site, &mailbox), (&admin, &team), "ben@example.com").await;
    let join = format!("/teams/members/invite?token={token}");
    let refusal = ben.post(&join, json!({})).await.refused(403);
    assert_eq!(refusal, "api.team.add_user_to_team_from_invite.guest.app_error");
}

#[tokio::test]
async fn an_invitation_ends_with_the_right_to_invite_and_with_the_next_one() {
    let mailbox = Mailbox::open().await;
    let site = site(&mailbox).await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let alice = site.member(&admin, &team, "alice").await;
    let ben = site.person("ben").await;
    let carl = site.person("carl").await;
    let at = (&site, &mailbox);
    let join = |token: &str| format!("/teams/members/invite?token={token}");
    let invalid = "api.user.create_user.signup_link_invalid.app_error";

    let first = invited(at, (&alice, &team), "ben@example.com").await;
    let second = invited(at, (&admin, &team), "ben@example.com").await;
    assert_eq!(ben.post(&join(&first), json!({})).await.refused(404), invalid);
    let others = invited(at, (&alice, &team), "carl@example.com").await;
    ben.post(&join(&second), json!({})).await.expect(201);

    let place = path_of(&team, &format!("members/{}", alice.id));
    admin.delete(&place).await.expect(200);
    assert_eq!(carl.post(&join(&others), json!({})).await.refused(404), invalid);
    let sign_up = site.stranger().post(&format!("/users?t={others}"), account("dora")).await;
    assert_eq!(sign_up.refused(404), invalid);

    admin.post(&path_of(&team, "members"), json!({ "user_id": alice.id })).await.expect(201);
    let others = invited(at, (&alice, &team), "carl@example.com").await;
    admin.delete(&format!("/users/{}", alice.id)).await.expect(200);
    assert_eq!(carl.post(&join(&others), json!({})).await.refused(404), invalid);
}

/// A site with guests, whose administrator has a team with a private channel.
async fn with_guests(mailbox: &Mailbox) -> (TestSite, Actor, Value, Value) {
    let mail = mailbox.settings();
    let site = TestSite::start_with(|config| {
        config.settings.site_url = URL.to_owned();
        config.settings.open_signup = false;
        config.settings.guest_accounts = true;
        config.mail = mail;
    })
    .await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let deck = json!({ "team_id": team["id"], "name": "deck", "display_name": "D", "type": "P" });
    let deck = admin.post("/channels", deck).await.expect(201);
    sent(&site).await;
    mailbox.take();
    (site, admin, team, deck)
}

#[tokio::test]
async fn a_guest_who_is_invited_sees_the_channels_of_the_invitation_alone() {
    let mailbox = Mailbox::open().await;
    let (site, admin, team, deck) = with_guests(&mailbox).await;
    // The domains that a team is kept to are those of its members.
    let patch = json!({ "allowed_domains": "example.org" });
    admin.put(&path_of(&team, "patch"), patch).await.expect(200);
    let path = path_of(&team, "invite-guests/email");
    let invite =
        json!({ "emails": ["Pia@example.com"], "channels": [deck["id"]], "message": "Hi" });
    admin.post(&path, invite).await.expect(200);
    sent(&site).await;
    let mail = mailbox.take_one();
    assert_eq!(mail.to, ["pia@example.com"]);
    assert!(mail.text.contains("be a guest of the team"), "{}", mail.text);
    assert!(mail.text.contains("sbr=guest"), "{}", mail.text);
    let join = format!("/users?t={}", mail.parameter("t"));
    let other = site.stranger().post(&join, account("eve")).await.refused(400);
    assert_eq!(other, "api.user.create_user.bad_token_email_data.app_error");
    let made = site.stranger().post(&join, account("pia")).await.expect(201);
    assert_eq!((&made["roles"], &made["email_verified"]), (&json!("system_guest"), &json!(true)));
    site.stranger().post(&join, account("pia")).await.refused(404);

    let mut pia = site.stranger();
    pia.sign_in("pia", PASSWORD).await;
    assert_eq!(pia.get("/users/me/teams").await.expect(200)[0]["id"], team["id"]);
    let channels = pia.get(&format!("/users/me{}", path_of(&team, "channels"))).await.expect(200);
    assert_eq!(channels.as_array().unwrap().len(), 1);
    assert_eq!(channels[0]["id"], deck["id"]);
    let place = format!("/channels/{}/members/me", deck["id"].as_str().unwrap());
    assert_eq!(pia.get(&place).await.expect(200)["roles"], "channel_guest");

    // With an account, a guest comes into another channel by the same kind of invitation.
    let square = admin.channel(&team, "town-square").await;
    let invite = json!({ "emails": ["pia@example.com"], "channels": [square] });
    admin.post(&path, invite).await.expect(200);
    sent(&site).await;
    let join = format!("/teams/members/invite?token={}", mailbox.take_one().parameter("t"));
    pia.post(&join, json!({})).await.expect(201);
    pia.get(&format!("/channels/{square}/members/me")).await.expect(200);
}

#[tokio::test]
async fn an_invitation_for_a_guest_is_good_for_nothing_else() {
    let mailbox = Mailbox::open().await;
    let (site, admin, team, deck) = with_guests(&mailbox).await;
    let path = path_of(&team, "invite-guests/email");
    let to =
        |name: &str| json!({ "emails": [format!("{name}@example.com")], "channels": [deck["id"]] });
    for name in ["pia", "admin"] {
        admin.post(&path, to(name)).await.expect(200);
    }
    sent(&site).await;
    let mut tokens = Vec::new();
    for mail in mailbox.take() {
        tokens.push((mail.to[0].clone(), mail.parameter("t")));
    }
    tokens.sort();
    let join = format!("/teams/members/invite?token={}", tokens[0].1);
    let refusal = admin.post(&join, json!({})).await.refused(400);
    assert_eq!(refusal, "api.user.create_user.invalid_invitation_type.app_error");
    // A channel that is gone is no way in.
    admin.delete(&format!("/channels/{}", deck["id"].as_str().unwrap())).await.expect(200);
    let join = format!("/users?t={}", tokens[1].1);
    let refusal = site.stranger().post(&join, account("pia")).await.refused(404);
    assert_eq!(refusal, "api.user.create_user.signup_link_invalid.app_error");
    let pia = json!(["pia"]);
    assert_eq!(admin.post("/users/usernames", pia).await.expect(200), json!([]));
}

#[tokio::test]
async fn who_may_not_invite_guests_is_told_why() {
    let mailbox = Mailbox::open().await;
    let (site, admin, team, deck) = with_guests(&mailbox).await;
    let path = path_of(&team, "invite-guests/email");
    let one = json!({ "emails": ["pia@example.com"], "channels": [deck["id"]] });
    let dora = site.local();
    let made = json!({ "username": "dora", "email": "dora@example.com", "password": PASSWORD });
    let made = dora.post("/users", made).await.expect(201);
    let member = json!({ "team_id": team["id"], "user_id": made["id"] });
    admin.post(&path_of(&team, "members"), member).await.expect(201);
    let mut dora = site.stranger();
    dora.sign_in("dora", PASSWORD).await;
    sent(&site).await;
    mailbox.take();
    dora.post(&path, one.clone()).await.refused(403);
    site.stranger().post(&path, one.clone()).await.refused(401);
    let invalid = "api.team.invite_guests_to_channels.invalid_body.app_error";
    for wrong in [
        json!({ "emails": ["pia@example.com"], "channels": [] }),
        json!({ "emails": [], "channels": [deck["id"]] }),
        json!({ "emails": ["pia@example.com"], "channels": [team["id"]] }),
    ] {
        assert_eq!(admin.post(&path, wrong).await.refused(400), invalid);
    }
    let magic = admin.post(&format!("{path}?guest_magic_link=true"), one.clone()).await;
    let refusal = magic.refused(403);
    assert_eq!(refusal, "api.team.invite_guests_to_channels.guest_magic_link_disabled.error");
    let mixed = json!({ "emails": ["no address", "pia@example.com"], "channels": [deck["id"]] });
    admin.post(&path, mixed.clone()).await.refused(400);
    let told = admin.post(&format!("{path}?graceful=true"), mixed).await.expect(200);
    assert!(told[0]["error"].is_object() && told[1]["error"].is_null(), "{told}");
    sent(&site).await;
    assert_eq!(mailbox.take_one().to, ["pia@example.com"]);

    let closed = site_with(&mailbox, |_| {}).await;
    let (admin, team) = closed.administrator_with_team("alpha").await;
    let refusal = admin.post(&path_of(&team, "invite-guests/email"), one).await.refused(403);
    assert_eq!(refusal, "api.team.invite_guests_to_channels.disabled.error");
}
