mod edits;
mod ephemeral;
mod flash;
mod history;
mod marks;
mod mentions;
mod permalink;
mod persistent;
mod priority;
mod relocate;
mod unread;

use fieldpost_testkit::TestSite;
use serde_json::json;

#[tokio::test]
async fn a_post_is_read_back_by_other_members() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "town-square").await;
    let post = admin.say(&square, "Hello #world").await;
    assert_eq!(post["hashtags"], "#world");
    let list = bob.get(&format!("/channels/{square}/posts")).await.expect(200);
    assert_eq!(list["order"][0], post["id"]);
    assert_eq!(list["posts"][post["id"].as_str().unwrap()]["message"], "Hello #world");
}

#[tokio::test]
async fn the_same_pending_id_posts_once() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    let post = json!({ "channel_id": square, "message": "once", "pending_post_id": "p:1" });
    let first = admin.post("/posts", post.clone()).await.expect(201);
    site.clock().advance(7 * 60 * 60 * 1000);
    let again = admin.post("/posts", post).await.expect(201);
    assert_eq!(first["id"], again["id"]);
    assert_eq!(again["pending_post_id"], "p:1");
    let list = admin.get(&format!("/channels/{square}/posts")).await.expect(200);
    let said = list["posts"].as_object().unwrap().values().filter(|p| p["message"] == "once");
    assert_eq!(said.count(), 1);
}

#[tokio::test]
async fn a_pending_id_is_remembered_for_a_month() {
    const DAY: i64 = 24 * 60 * 60 * 1000;
    let site = TestSite::start().await;
    let (mut admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    let post = json!({ "channel_id": square, "message": "once", "pending_post_id": "p:1" });
    let first = admin.post("/posts", post.clone()).await.expect(201);
    for (days, is_known) in [(29, true), (2, false)] {
        site.clock().advance(days * DAY);
        site.running().due.run().await.unwrap();
        admin.sign_in("admin", "correct horse battery").await;
        let again = admin.post("/posts", post.clone()).await.expect(201);
        assert_eq!(first["id"] == again["id"], is_known, "{days} days later");
    }
}

#[tokio::test]
async fn strangers_to_a_team_neither_read_nor_write() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    let mallory = site.person("mallory").await;
    let post = json!({ "channel_id": square, "message": "let me in" });
    let refusal = mallory.post("/posts", post.clone()).await.refused(403);
    assert_eq!(refusal, "api.context.permissions.app_error");
    mallory.get(&format!("/channels/{square}/posts")).await.expect(403);
    site.stranger().post("/posts", post).await.expect(401);
}

#[tokio::test]
async fn a_reply_belongs_to_a_root_of_its_own_channel() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    let other = admin.channel(&team, "off-topic").await;
    let root = admin.say(&square, "root").await;
    let reply = json!({ "channel_id": square, "message": "reply", "root_id": root["id"] });
    let reply = admin.post("/posts", reply).await.expect(201);
    assert_eq!(reply["root_id"], root["id"]);
    assert_eq!(reply["reply_count"], 1);
    let astray = json!({ "channel_id": other, "message": "x", "root_id": root["id"] });
    let refusal = admin.post("/posts", astray).await.refused(400);
    assert_eq!(refusal, "api.post.create_post.channel_root_id.app_error");
    let nested = json!({ "channel_id": square, "message": "x", "root_id": reply["id"] });
    let refusal = admin.post("/posts", nested).await.refused(400);
    assert_eq!(refusal, "api.post.create_post.root_id.app_error");
}

#[tokio::test]
async fn an_endless_message_is_refused_and_the_longest_is_not() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    let longest = "ж".repeat(16_383);
    admin.say(&square, &longest).await;
    let post = json!({ "channel_id": square, "message": format!("{longest}x") });
    let refusal = admin.post("/posts", post).await.refused(400);
    assert_eq!(refusal, "model.post.is_valid.message_length.app_error");
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_restart() {
    let mut site = TestSite::start().await;
    let (mut admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    let post = admin.say(&square, "still here").await;
    site.restart().await;
    admin = {
        let mut again = site.stranger();
        again.sign_in("admin", "correct horse battery").await;
        again
    };
    let found = admin.get(&format!("/posts/{}", post["id"].as_str().unwrap())).await.expect(200);
    assert_eq!(found["message"], "still here");
    let next = admin.say(&square, "and after").await;
    assert_ne!(next["id"], post["id"]);
}
