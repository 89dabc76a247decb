use fieldpost_testkit::{Actor, TestSite};
use serde_json::{Value, json};

use super::names;

fn id(thing: &Value) -> &str {
    thing["id"].as_str().unwrap()
}

async fn site_with_guests() -> (TestSite, Value, [Actor; 3]) {
    let site = TestSite::start_with(|config| config.settings.guest_accounts = true).await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let alice = site.member(&admin, &team, "alice").await;
    let bob = site.member(&admin, &team, "bob").await;
    (site, team, [admin, alice, bob])
}

async fn demote(admin: &Actor, person: &Actor) {
    admin.post(&format!("/users/{}/demote", person.id), json!({})).await.expect(200);
}

async fn channel(owner: &Actor, team: &Value, name: &str) -> String {
    let new = json!({ "team_id": team["id"], "name": name, "display_name": name, "type": "O" });
    id(&owner.post("/channels", new).await.expect(201)).to_owned()
}

/// Takes a person out of the channels that everybody is in.
async fn only_outside(person: &Actor, admin: &Actor, team: &Value) {
    for name in ["town-square", "off-topic"] {
        let channel = admin.channel(team, name).await;
        person.delete(&format!("/channels/{channel}/members/{}", person.id)).await.expect(200);
    }
}

#[tokio::test]
async fn a_member_is_made_a_guest_and_a_member_again() {
    let (site, team, [admin, alice, bob]) = site_with_guests().await;
    let config = site.stranger().get("/config/client?format=old").await.expect(200);
    assert_eq!(config["EnableGuestAccounts"], "true");
    let square = admin.channel(&team, "town-square").await;
    let deck = channel(&bob, &team, "deck").await;
    site.settle().await;
    let mut socket = bob.socket().await;
    alice.post(&format!("/users/{}/demote", bob.id), json!({})).await.expect(403);
    demote(&admin, &bob).await;
    assert_eq!(socket.event("user_role_updated").await["data"]["roles"], "system_guest");
    assert_eq!(bob.get("/users/me").await.expect(200)["roles"], "system_guest");
    let in_team = bob.get(&format!("/teams/{}/members/me", id(&team))).await.expect(200);
    assert_eq!((&in_team["scheme_guest"], &in_team["scheme_user"]), (&json!(true), &json!(false)));
    for channel in [&square, &deck] {
        let member = bob.get(&format!("/channels/{channel}/members/me")).await.expect(200);
        assert_eq!(member["roles"], "channel_guest", "an administrator is one no more");
    }
    let again = admin.post(&format!("/users/{}/demote", bob.id), json!({})).await.refused(501);
    assert_eq!(again, "api.user.demote_user_to_guest.already_guest.app_error");
    let path = format!("/users/{}/demote", admin.id);
    assert_eq!(
        admin.post(&path, json!({})).await.refused(400),
        "app.user.update.lastAdmin.app_error"
    );

    // A guest may leave the channel where everybody else must stay.
    bob.delete(&format!("/channels/{square}/members/{}", bob.id)).await.expect(200);
    let promote = format!("/users/{}/promote", bob.id);
    alice.post(&promote, json!({})).await.expect(403);
    admin.post(&promote, json!({})).await.expect(200);
    assert_eq!(bob.get("/users/me").await.expect(200)["roles"], "system_user");
    let member = bob.get(&format!("/channels/{deck}/members/me")).await.expect(200);
    assert_eq!(member["roles"], "channel_user");
    let member = bob.get(&format!("/channels/{square}/members/me")).await.expect(200);
    assert_eq!(member["scheme_user"], true, "members are in the default channels");
    let refusal = admin.post(&promote, json!({})).await.refused(501);
    assert_eq!(refusal, "api.user.promote_guest_to_user.no_guest.app_error");
    assert!(site.running().store.verify().await.unwrap().is_empty());
}

#[tokio::test]
async fn guests_see_the_people_of_their_own_channels_only() {
    let (site, team, [admin, alice, bob]) = site_with_guests().await;
    let carol = site.member(&admin, &team, "carol").await;
    let deck = channel(&alice, &team, "deck").await;
    alice
        .post(&format!("/channels/{deck}/members"), json!({ "user_id": bob.id }))
        .await
        .expect(201);
    demote(&admin, &bob).await;
    only_outside(&bob, &admin, &team).await;

    assert_eq!(names(&bob.get("/users").await.expect(200)), ["alice", "bob"]);
    let found = bob.post("/users/search", json!({ "term": "example.com" })).await.expect(200);
    assert_eq!(names(&found), ["alice", "bob"]);
    bob.get(&format!("/users/{}", alice.id)).await.expect(200);
    for path in [
        format!("/users/{}", carol.id),
        "/users/username/carol".to_owned(),
        "/users/email/carol@example.com".to_owned(),
        "/users/username/nobody".to_owned(),
        format!("/users/{}/image", carol.id),
        format!("/teams/{}/members/{}", id(&team), carol.id),
    ] {
        bob.get(&path).await.expect(403);
    }
    assert_eq!(bob.post("/users/ids", json!([carol.id])).await.expect(200), json!([]));
    let team_path = format!("/teams/{}/members", id(&team));
    let people = |list: Value| -> Vec<Value> {
        list.as_array().unwrap().iter().map(|one| one["user_id"].clone()).collect()
    };
    let seen = people(bob.get(&team_path).await.expect(200));
    assert_eq!(seen, [json!(alice.id), json!(bob.id)]);
    let asked = json!([carol.id, alice.id]);
    let seen = people(bob.post(&format!("{team_path}/ids"), asked).await.expect(200));
    assert_eq!(seen, [json!(alice.id)]);
    bob.post("/channels/direct", json!([bob.id, carol.id])).await.expect(403);
    bob.post("/channels/direct", json!([bob.id, alice.id])).await.expect(201);
    let group = super::super::make_group(&alice, "crew", &[&alice, &carol]).await;
    let members = bob.get(&format!("/groups/{}/members", id(&group))).await.expect(200);
    assert_eq!(
        (names(&members["members"]), &members["total_member_count"]),
        (vec!["alice"], &json!(1))
    );
    for (person, groups) in [(&carol, vec![]), (&alice, vec!["crew"])] {
        let path = format!("/groups?filter_has_member={}", person.id);
        let found = bob.get(&path).await.expect(200);
        let found = found.as_array().unwrap().iter().map(|group| group["name"].as_str().unwrap());
        assert_eq!(found.collect::<Vec<_>>(), groups, "what is not seen is not told by a filter");
    }

    site.settle().await;
    let mut socket = bob.socket().await;
    carol.put("/users/me/patch", json!({ "nickname": "unseen" })).await.expect(200);
    alice.put("/users/me/patch", json!({ "nickname": "seen" })).await.expect(200);
    let told = socket.event("user_updated").await;
    assert_eq!(told["data"]["user"]["nickname"], "seen");
}

#[tokio::test]
async fn guests_do_little_but_talk_where_they_are() {
    let (_site, team, [admin, alice, bob]) = site_with_guests().await;
    let deck = channel(&alice, &team, "deck").await;
    let hold = channel(&alice, &team, "hold").await;
    alice
        .post(&format!("/channels/{deck}/members"), json!({ "user_id": bob.id }))
        .await
        .expect(201);
    demote(&admin, &bob).await;
    only_outside(&bob, &admin, &team).await;
    bob.say(&deck, "here I am").await;
    bob.get(&format!("/channels/{hold}/posts")).await.expect(403);
    bob.post(&format!("/channels/{hold}/members"), json!({ "user_id": bob.id })).await.expect(403);
    let new = json!({ "team_id": team["id"], "name": "own", "display_name": "own", "type": "O" });
    bob.post("/channels", new).await.expect(403);
    bob.post("/teams", json!({ "name": "beta", "display_name": "beta", "type": "O" }))
        .await
        .expect(403);
    let refused = bob.post(
        "/groups",
        json!({
            "name": "x", "display_name": "x", "source": "custom", "allow_reference": true,
            "user_ids": [],
        }),
    );
    refused.await.expect(403);
    let group = super::super::make_group(&alice, "crew", &[&alice]).await;
    let post = bob.say(&deck, "@crew look").await;
    assert_eq!(post["props"]["disable_group_highlight"], true);
    let member = alice.get(&format!("/channels/{deck}/members/me")).await.expect(200);
    assert_eq!(member["mention_count"], 0);
    bob.delete(&format!("/groups/{}", id(&group))).await.expect(403);
    // Who is added later comes as a guest, too.
    let add = json!({ "user_id": bob.id });
    let added = alice.post(&format!("/channels/{hold}/members"), add).await.expect(201);
    assert_eq!(added["roles"], "channel_guest");
    let make_admin = json!({ "scheme_guest": true, "scheme_user": false, "scheme_admin": true });
    let path = format!("/channels/{hold}/members/{}/schemeRoles", bob.id);
    alice.put(&path, make_admin).await.expect(400);
    // Out of the last channel is out of the team.
    for channel in [&deck, &hold] {
        alice.delete(&format!("/channels/{channel}/members/{}", bob.id)).await.expect(200);
    }
    assert_eq!(bob.get("/users/me/teams").await.expect(200), json!([]));
}

#[tokio::test]
async fn where_there_are_to_be_no_guests_none_comes_in() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let refusal = admin.post(&format!("/users/{}/demote", bob.id), json!({})).await.refused(403);
    assert_eq!(refusal, "api.team.invite_guests_to_channels.disabled.error");
    let guest = bob.id;
    // One of the days when guests were welcome.
    let changed = site.running().store.write(&[], move |work| {
        use fieldpost_kernel::{Rows, params};
        let sql = "UPDATE account SET roles = 'system_guest' WHERE id = ?1";
        work.execute(sql, params![&guest])
    });
    assert_eq!(changed.await.unwrap(), 1);
    let credentials = json!({ "login_id": "bob", "password": "correct horse battery" });
    let refusal = site.stranger().post("/users/login", credentials).await.refused(401);
    assert_eq!(refusal, "api.user.login.guest_accounts.disabled.error");
    admin.post(&format!("/users/{}/promote", bob.id), json!({})).await.expect(200);
    let mut bob = site.stranger();
    bob.sign_in("bob", "correct horse battery").await;
}
