use fieldpost_testkit::{Actor, TestSite};
use serde_json::{Value, json};

use crate::api::watch::{carried, device};

fn id(post: &Value) -> &str {
    post["id"].as_str().unwrap()
}

fn urgent(channel: &str, message: &str) -> Value {
    json!({
        "channel_id": channel, "message": message,
        "metadata": { "priority": { "priority": "urgent", "requested_ack": true } },
    })
}

async fn of_member(actor: &Actor, channel: &str, what: &str) -> i64 {
    let path = format!("/channels/{channel}/members/me");
    actor.get(&path).await.expect(200)[what].as_i64().unwrap()
}

#[tokio::test]
async fn how_much_a_post_matters_is_told_with_it_and_read_back() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "town-square").await;
    let plain = admin.say(&square, "as usual").await;
    assert_eq!(plain["metadata"].get("priority"), None);
    site.settle().await;
    let (mut socket, _) = device(&bob).await;
    let post = admin.post("/posts", urgent(&square, "now")).await.expect(201);
    let expected = json!({
        "priority": "urgent", "requested_ack": true, "persistent_notifications": false,
    });
    assert_eq!(post["metadata"]["priority"], expected);
    let posted = socket.event("posted").await;
    assert_eq!(carried(&posted, "post")["metadata"]["priority"], expected);
    let list = bob.get(&format!("/channels/{square}/posts")).await.expect(200);
    assert_eq!(list["posts"][id(&post)]["metadata"]["priority"], expected);
    assert_eq!(list["posts"][id(&plain)]["metadata"].get("priority"), None);
    // It stays what it was when the text is another.
    let path = format!("/posts/{}/patch", id(&post));
    let edited = admin.put(&path, json!({ "message": "now!" })).await.expect(200);
    assert_eq!(edited["metadata"]["priority"], expected);
}

#[tokio::test]
async fn urgent_mentions_are_counted_until_they_are_seen() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "town-square").await;
    bob.post("/channels/members/me/view", json!({ "channel_id": square })).await.expect(200);
    admin.say(&square, "@bob at your leisure").await;
    let post = admin.post("/posts", urgent(&square, "@bob now")).await.expect(201);
    admin.post("/posts", urgent(&square, "everybody else")).await.expect(201);
    assert_eq!(of_member(&bob, &square, "mention_count").await, 2);
    assert_eq!(of_member(&bob, &square, "urgent_mention_count").await, 1);
    let unread = bob.get(&format!("/users/me/channels/{square}/unread")).await.expect(200);
    assert_eq!(unread["urgent_mention_count"], 1);
    bob.post("/channels/members/me/view", json!({ "channel_id": square })).await.expect(200);
    assert_eq!(of_member(&bob, &square, "urgent_mention_count").await, 0);
    let path = format!("/users/me/posts/{}/set_unread", id(&post));
    let marked = bob.post(&path, json!({})).await.expect(200);
    assert_eq!((&marked["mention_count"], &marked["urgent_mention_count"]), (&json!(1), &json!(1)));
    // Whoever writes has read.
    bob.say(&square, "on my way").await;
    assert_eq!(of_member(&bob, &square, "urgent_mention_count").await, 0);
}

#[tokio::test]
async fn a_priority_that_makes_no_sense_is_refused() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "town-square").await;
    let root = admin.say(&square, "root").await;
    let of = |part: &str| format!("api.post.post_priority.{part}.request_error");
    let with = |message: &str, priority: Value| json!({ "channel_id": square, "message": message, "metadata": { "priority": priority } });
    let mut reply = urgent(&square, "reply");
    reply["root_id"] = root["id"].clone();
    let refusal = bob.post("/posts", reply).await.refused(400);
    assert_eq!(refusal, of("priority_post_only_allowed_for_root_post"));
    let odd = with("odd", json!({ "priority": "apocalyptic" }));
    bob.post("/posts", odd).await.expect(400);
    let again = |priority: &str| json!({ "priority": priority, "persistent_notifications": true });
    let refusal = bob.post("/posts", with("@admin", again("important"))).await.refused(400);
    assert_eq!(refusal, of("urgent_persistent_notification_post"));
    let refusal = bob.post("/posts", with("nobody", again("urgent"))).await.refused(400);
    assert_eq!(refusal, of("min_recipients_persistent_notification_post"));
    for name in ["c", "d", "e", "f", "g"] {
        site.member(&admin, &team, &format!("{name}{name}{name}")).await;
    }
    let refusal = bob.post("/posts", with("@all", again("urgent"))).await.refused(400);
    assert_eq!(refusal, of("max_recipients_persistent_notification_post"));
    let kept = bob.post("/posts", with("@admin", again("urgent"))).await.expect(201);
    assert_eq!(kept["metadata"]["priority"]["persistent_notifications"], true);
}

#[tokio::test]
async fn a_post_is_acknowledged_and_everybody_hears_of_it() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "town-square").await;
    let post = admin.post("/posts", urgent(&square, "please note")).await.expect(201);
    site.settle().await;
    let (mut socket, _) = device(&admin).await;
    let path = format!("/users/me/posts/{}/ack", id(&post));
    let made = bob.post(&path, json!({})).await.expect(200);
    assert_eq!((&made["user_id"], &made["post_id"]), (&json!(bob.id), &post["id"]));
    assert_eq!(made["channel_id"], square.as_str());
    let told = socket.event("post_acknowledgement_added").await;
    assert_eq!(told["broadcast"]["channel_id"], square.as_str());
    assert_eq!(carried(&told, "acknowledgement"), made);
    let edited = carried(&socket.event("post_edited").await, "post");
    assert_eq!(edited["metadata"]["acknowledgements"], json!([made]));
    assert!(edited["update_at"].as_i64() > post["update_at"].as_i64());
    assert_eq!(edited["edit_at"], 0);
    // Once more sets the time anew.
    let again = bob.post(&path, json!({})).await.expect(200);
    assert!(again["acknowledged_at"].as_i64() > made["acknowledged_at"].as_i64());
    let read = admin.get(&format!("/posts/{}", id(&post))).await.expect(200);
    assert_eq!(read["metadata"]["acknowledgements"], json!([again]));
    bob.delete(&path).await.expect(200);
    let told = carried(&socket.event("post_acknowledgement_removed").await, "acknowledgement");
    assert_eq!(told["user_id"], json!(bob.id));
    // A client forgets only what is not newer than what it is told is withdrawn.
    assert!(told["acknowledged_at"].as_i64() >= again["acknowledged_at"].as_i64());
    let read = admin.get(&format!("/posts/{}", id(&post))).await.expect(200);
    assert_eq!(read["metadata"].get("acknowledgements"), None);
    assert_eq!(bob.delete(&path).await.refused(404), "app.acknowledgement.get.app_error");
}

#[tokio::test]
async fn an_acknowledgement_can_be_withdrawn_for_five_minutes() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    let post = admin.say(&square, "note").await;
    let path = format!("/users/me/posts/{}/ack", id(&post));
    admin.post(&path, json!({})).await.expect(200);
    site.clock().advance(5 * 60 * 1000);
    let refusal = admin.delete(&path).await.refused(403);
    assert_eq!(refusal, "api.acknowledgement.delete.deadline.app_error");
    admin.post(&path, json!({})).await.expect(200);
    admin.delete(&path).await.expect(200);
}

#[tokio::test]
async fn nobody_acknowledges_what_they_cannot_read_nor_for_others() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let mallory = site.person("mallory").await;
    let other = admin.channel(&team, "off-topic").await;
    let post = admin.say(&other, "note").await;
    let of = |who: &str| format!("/users/{who}/posts/{}/ack", id(&post));
    mallory.post(&of("me"), json!({})).await.expect(403);
    bob.post(&of(&admin.id.to_string()), json!({})).await.expect(403);
    site.stranger().post(&of("me"), json!({})).await.expect(401);
    let none = "y".repeat(26);
    bob.post(&format!("/users/me/posts/{none}/ack"), json!({})).await.expect(404);
    // Whoever may act for others does it in their name.
    let made = admin.post(&of(&bob.id.to_string()), json!({})).await.expect(200);
    assert_eq!(made["user_id"], bob.id.to_string());
    admin.delete(&format!("/channels/{other}")).await.expect(200);
    let refusal = bob.post(&of("me"), json!({})).await.refused(403);
    assert_eq!(refusal, "api.acknowledgement.save.archived_channel.app_error");
}
