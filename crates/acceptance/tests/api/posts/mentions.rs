use fieldpost_model::Id;
use fieldpost_testkit::{Actor, TestSite};
use serde_json::{Value, json};

use crate::api::threads_followed::collapse;

async fn mention_counts(person: &Actor, channel: &str) -> (i64, i64) {
    let member = person.get(&format!("/channels/{channel}/members/me")).await.expect(200);
    (member["mention_count"].as_i64().unwrap(), member["mention_count_root"].as_i64().unwrap())
}

/// Somebody with words of their own, in a team.
async fn choosy(site: &TestSite, admin: &Actor, team: &Value, props: Value) -> Actor {
    let account = json!({
        "username": "carol",
        "first_name": "Carola",
        "email": "carol@example.com",
        "password": "correct horse battery",
        "notify_props": props,
    });
    let mut carol = site.stranger();
    carol.post("/users", account).await.expect(201);
    carol.sign_in("carol", "correct horse battery").await;
    let path = format!("/teams/{}/members", team["id"].as_str().unwrap());
    let member = json!({ "team_id": team["id"], "user_id": carol.id });
    admin.post(&path, member).await.expect(201);
    carol
}

#[tokio::test]
async fn a_name_after_an_at_sign_mentions_the_member_of_that_name() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let dotted = site.member(&admin, &team, "bob.b").await;
    let square = admin.channel(&team, "town-square").await;
    let before = mention_counts(&bob, &square).await;
    for text in ["hello @Bob.", "(@bob:)", "`@bob` is code", "bob", "@bobby", "a.@bob", "@bob_."] {
        admin.say(&square, text).await;
    }
    let after = mention_counts(&bob, &square).await;
    assert_eq!((after.0 - before.0, after.1 - before.1), (4, 4));
    let dotted_before = mention_counts(&dotted, &square).await.0;
    admin.say(&square, "@bob.b, and @bob.b.").await;
    assert_eq!(mention_counts(&bob, &square).await, after);
    assert_eq!(mention_counts(&dotted, &square).await.0, dotted_before + 1);
}

#[tokio::test]
async fn the_event_says_to_each_recipient_only_that_they_are_mentioned() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let carol = site.member(&admin, &team, "carol").await;
    let square = admin.channel(&team, "town-square").await;
    site.settle().await;
    let (mut to_bob, mut to_carol, mut to_admin) =
        (bob.socket().await, carol.socket().await, admin.socket().await);
    for socket in [&mut to_bob, &mut to_carol, &mut to_admin] {
        socket.event("hello").await;
    }
    admin.say(&square, "@bob and @admin").await;
    let mentions = to_bob.event("posted").await["data"]["mentions"].clone();
    assert_eq!(mentions, format!("[\"{}\"]", bob.id));
    assert_eq!(to_carol.event("posted").await["data"].get("mentions"), None);
    // Nobody mentions themselves.
    assert_eq!(to_admin.event("posted").await["data"].get("mentions"), None);
}

#[tokio::test]
async fn words_of_ones_own_and_the_first_name_mention_too() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let props = json!({ "mention_keys": "Medevac, радист", "first_name": "true" });
    let carol = choosy(&site, &admin, &team, props).await;
    let square = admin.channel(&team, "town-square").await;
    let before = mention_counts(&carol, &square).await.0;
    for text in ["MEDEVAC at once", "Carola?", "carola?", "Радист, ответь", "evac"] {
        admin.say(&square, text).await;
    }
    assert_eq!(mention_counts(&carol, &square).await.0, before + 3);
}

#[tokio::test]
async fn the_whole_channel_is_addressed_except_those_who_declined() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let carol = choosy(&site, &admin, &team, json!({ "channel": "false" })).await;
    let square = admin.channel(&team, "town-square").await;
    let (to_bob, to_carol) =
        (mention_counts(&bob, &square).await.0, mention_counts(&carol, &square).await.0);
    for text in ["@channel", "@ALL:", "@here", "channel", "`@all`"] {
        admin.say(&square, text).await;
    }
    assert_eq!(mention_counts(&bob, &square).await.0, to_bob + 3);
    assert_eq!(mention_counts(&carol, &square).await.0, to_carol);
}

#[tokio::test]
async fn in_a_conversation_every_post_is_for_everybody_else() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let carol = site.member(&admin, &team, "carol").await;
    let pair = json!([admin.id, bob.id]);
    let direct = admin.post("/channels/direct", pair).await.expect(201);
    let direct = direct["id"].as_str().unwrap();
    let root = admin.say(direct, "no name in it").await;
    let reply = json!({ "channel_id": direct, "message": "nor here", "root_id": root["id"] });
    admin.post("/posts", reply).await.expect(201);
    assert_eq!(mention_counts(&bob, direct).await, (2, 1));
    assert_eq!(mention_counts(&admin, direct).await, (0, 0));
    let three = json!([admin.id, bob.id, carol.id]);
    let group = admin.post("/channels/group", three).await.expect(201);
    let group = group["id"].as_str().unwrap();
    admin.say(group, "to all of you").await;
    assert_eq!(mention_counts(&bob, group).await, (1, 1));
    assert_eq!(mention_counts(&carol, group).await, (1, 1));
    // Writing is reading.
    bob.say(group, "thanks").await;
    assert_eq!(mention_counts(&bob, group).await, (0, 0));
}

#[tokio::test]
async fn whoever_wants_to_hear_of_replies_is_mentioned_by_them() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let carol = choosy(&site, &admin, &team, json!({ "comments": "root" })).await;
    collapse(&carol, false).await;
    let square = admin.channel(&team, "town-square").await;
    let root = carol.say(&square, "a question").await;
    let reply = json!({ "channel_id": square, "message": "an answer", "root_id": root["id"] });
    admin.post("/posts", reply.clone()).await.expect(201);
    assert_eq!(mention_counts(&carol, &square).await, (1, 0));
    // With threads collapsed she follows the thread instead.
    collapse(&carol, true).await;
    admin.post("/posts", reply).await.expect(201);
    assert_eq!(mention_counts(&carol, &square).await, (1, 0));
}

#[tokio::test]
async fn somebody_outside_the_channel_is_not_mentioned() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let channel = json!({
        "team_id": team["id"], "name": "ops", "display_name": "Ops", "type": "P",
    });
    let channel = admin.post("/channels", channel).await.expect(201);
    let channel = channel["id"].as_str().unwrap();
    admin.say(channel, "@bob is not here").await;
    let member = json!({ "user_id": bob.id });
    admin.post(&format!("/channels/{channel}/members"), member).await.expect(201);
    // Only the notice that he was added mentions him.
    assert_eq!(mention_counts(&bob, channel).await, (1, 1));
    assert_ne!(bob.id, Id::NONE);
}
