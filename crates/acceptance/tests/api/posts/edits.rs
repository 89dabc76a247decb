use fieldpost_testkit::{TestSite, TestSocket};
use serde_json::{Value, json};

fn path(post: &Value, rest: &str) -> String {
    format!("/posts/{}{rest}", post["id"].as_str().unwrap())
}

async fn post_of(socket: &mut TestSocket, event: &str) -> (Value, Value) {
    let event = socket.event(event).await;
    let post = serde_json::from_str(event["data"]["post"].as_str().unwrap()).unwrap();
    (event, post)
}

#[tokio::test]
async fn an_edited_post_says_so_and_keeps_what_it_said() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "town-square").await;
    let post = bob.say(&square, "grid 12 #north").await;
    site.settle().await;
    let mut socket = admin.socket().await;
    socket.event("hello").await;
    bob.get(&path(&post, "/edit_history")).await.expect(404);
    let patch = json!({ "message": "grid 21 #south @admin" });
    let edited = bob.put(&path(&post, "/patch"), patch).await.expect(200);
    assert_eq!((&edited["id"], &edited["create_at"]), (&post["id"], &post["create_at"]));
    assert_eq!(edited["hashtags"], "#south");
    assert!(edited["edit_at"].as_i64().unwrap() > 0);
    let (event, told) = post_of(&mut socket, "post_edited").await;
    assert_eq!(event["broadcast"]["channel_id"], square.as_str());
    assert_eq!(told["message"], "grid 21 #south @admin");
    bob.put(&path(&post, "/patch"), json!({ "message": "grid 22" })).await.expect(200);
    let history = bob.get(&path(&post, "/edit_history")).await.expect(200);
    let said: Vec<_> = history.as_array().unwrap().iter().map(|p| &p["message"]).collect();
    assert_eq!(said, ["grid 21 #south @admin", "grid 12 #north"]);
    assert_eq!(history[0]["original_id"], post["id"]);
    assert_ne!(history[0]["delete_at"], 0);
    assert_eq!(history[1]["edit_at"], 0);
    // What others wrote before is theirs.
    admin.get(&path(&post, "/edit_history")).await.expect(403);
}

#[tokio::test]
async fn an_edit_mentions_nobody_anew() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "town-square").await;
    let member = format!("/channels/{square}/members/me");
    let before = bob.get(&member).await.expect(200)["mention_count"].clone();
    let post = admin.say(&square, "hello").await;
    admin.put(&path(&post, "/patch"), json!({ "message": "hello @bob" })).await.expect(200);
    assert_eq!(bob.get(&member).await.expect(200)["mention_count"], before);
}

#[tokio::test]
async fn replacing_a_post_needs_its_id_and_clears_what_is_not_sent() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    let post = json!({ "channel_id": square, "message": "x", "props": { "colour": "red" } });
    let post = admin.post("/posts", post).await.expect(201);
    let only_props = json!({ "props": { "colour": "blue" } });
    let patched = admin.put(&path(&post, "/patch"), only_props).await.expect(200);
    assert_eq!(patched["props"]["colour"], "blue");
    assert_eq!(patched["edit_at"], 0);
    let patched = admin.put(&path(&post, "/patch"), json!({ "message": "y" })).await.expect(200);
    assert_eq!(patched["props"]["colour"], "blue");
    admin.put(&path(&post, ""), json!({ "id": "", "message": "z" })).await.expect(400);
    let whole = json!({ "id": post["id"], "message": "z" });
    let replaced = admin.put(&path(&post, ""), whole).await.expect(200);
    assert_eq!((&replaced["message"], &replaced["props"]), (&json!("z"), &json!({})));
    let long = json!({ "message": "x".repeat(16_384) });
    let refusal = admin.put(&path(&post, "/patch"), long).await.refused(400);
    assert_eq!(refusal, "model.post.is_valid.message_length.app_error");
}

#[tokio::test]
async fn only_those_who_may_change_a_post() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let carol = site.member(&admin, &team, "carol").await;
    let square = admin.channel(&team, "town-square").await;
    let post = bob.say(&square, "mine").await;
    let patch = json!({ "message": "not mine" });
    carol.put(&path(&post, "/patch"), patch.clone()).await.expect(403);
    let whole = json!({ "id": post["id"], "message": "not mine" });
    carol.put(&path(&post, ""), whole).await.expect(403);
    admin.put(&path(&post, "/patch"), patch.clone()).await.expect(200);
    let unknown = json!({ "id": "y".repeat(26) });
    bob.put(&path(&unknown, "/patch"), patch.clone()).await.expect(403);
    let list = bob.get(&format!("/channels/{square}/posts")).await.expect(200);
    let joined =
        list["posts"].as_object().unwrap().values().find(|p| p["type"] == "system_add_to_team");
    let system =
        joined.or_else(|| list["posts"].as_object().unwrap().values().find(|p| p["type"] != ""));
    let refusal = admin.put(&path(system.unwrap(), "/patch"), patch).await.refused(400);
    assert_eq!(refusal, "api.post.update_post.system_message.app_error");
}

#[tokio::test]
async fn what_a_post_said_before_is_taken_up_again() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    let post = admin.say(&square, "right").await;
    admin.put(&path(&post, "/patch"), json!({ "message": "wrong" })).await.expect(200);
    let history = admin.get(&path(&post, "/edit_history")).await.expect(200);
    let version = history[0]["id"].as_str().unwrap();
    let restored = path(&post, &format!("/restore/{version}"));
    assert_eq!(admin.post(&restored, json!({})).await.expect(200)["message"], "right");
    let history = admin.get(&path(&post, "/edit_history")).await.expect(200);
    assert_eq!(history.as_array().unwrap().len(), 2);
    let other = admin.say(&square, "other").await;
    admin.post(&path(&other, &format!("/restore/{version}")), json!({})).await.expect(400);
}

#[tokio::test]
async fn a_pinned_post_is_found_in_its_channel() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "town-square").await;
    let one = admin.say(&square, "one").await;
    let two = admin.say(&square, "two").await;
    site.settle().await;
    let mut socket = admin.socket().await;
    socket.event("hello").await;
    bob.post(&path(&two, "/pin"), json!({})).await.expect(200);
    let (_, told) = post_of(&mut socket, "post_edited").await;
    assert_eq!((&told["is_pinned"], &told["edit_at"]), (&json!(true), &json!(0)));
    admin.put(&path(&one, "/patch"), json!({ "is_pinned": true })).await.expect(200);
    let pinned = format!("/channels/{square}/pinned");
    let list = bob.get(&pinned).await.expect(200);
    assert_eq!(list["order"], json!([one["id"], two["id"]]));
    bob.post(&path(&two, "/unpin"), json!({})).await.expect(200);
    assert_eq!(bob.get(&pinned).await.expect(200)["order"], json!([one["id"]]));
    let mallory = site.person("mallory").await;
    mallory.get(&pinned).await.expect(403);
    mallory.post(&path(&one, "/unpin"), json!({})).await.expect(403);
}

/// Who answered, and when, is told by what reads threads; events tell how often, as clients expect.
fn assert_says_nothing_of_its_thread(told: &Value) {
    assert_eq!(told["reply_count"], 1, "as it was");
    assert_eq!((&told["participants"], &told["last_reply_at"]), (&Value::Null, &json!(0)));
    assert_eq!(told.get("is_following"), None);
}

#[tokio::test]
async fn a_deleted_post_takes_its_replies_and_never_comes_back() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "town-square").await;
    let root = bob.say(&square, "root").await;
    let reply = json!({ "channel_id": square, "message": "reply", "root_id": root["id"] });
    let reply = admin.post("/posts", reply).await.expect(201);
    site.settle().await;
    let (mut to_bob, mut to_admin) = (bob.socket().await, admin.socket().await);
    to_bob.event("hello").await;
    to_admin.event("hello").await;
    bob.put(&path(&root, "/patch"), json!({ "message": "the root" })).await.expect(200);
    let (_, told) = post_of(&mut to_bob, "post_edited").await;
    assert_says_nothing_of_its_thread(&told);
    bob.delete(&path(&reply, "")).await.expect(403);
    bob.delete(&path(&root, "")).await.expect(200);
    let (event, told) = post_of(&mut to_bob, "post_deleted").await;
    assert_eq!((&told["message"], &told["delete_at"]), (&json!("the root"), &json!(0)));
    assert_says_nothing_of_its_thread(&told);
    assert_eq!(event["data"].get("delete_by"), None);
    let (event, _) = post_of(&mut to_admin, "post_deleted").await;
    assert_eq!(event["data"]["delete_by"], bob.id.to_string());
    bob.get(&path(&reply, "")).await.expect(404);
    bob.delete(&path(&root, "")).await.expect(404);
    bob.put(&path(&root, "/patch"), json!({ "message": "back" })).await.expect(403);
    bob.post(&path(&root, "/pin"), json!({})).await.expect(403);
    let late = json!({ "channel_id": square, "message": "late", "root_id": root["id"] });
    bob.post("/posts", late).await.expect(400);
    admin.delete(&path(&root, "?permanent=true")).await.expect(501);
}

#[tokio::test]
async fn a_deleted_reply_no_longer_counts() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "town-square").await;
    let root = bob.say(&square, "root").await;
    let reply = json!({ "channel_id": square, "message": "reply", "root_id": root["id"] });
    let first = admin.post("/posts", reply.clone()).await.expect(201);
    let second = bob.post("/posts", reply).await.expect(201);
    assert_eq!(second["reply_count"], 2);
    site.settle().await;
    let mut socket = bob.socket().await;
    socket.event("hello").await;
    admin.delete(&path(&second, "")).await.expect(200);
    let (_, told) = post_of(&mut socket, "post_deleted").await;
    assert_eq!(told["reply_count"], 2, "as it was");
    let root = bob.get(&path(&root, "")).await.expect(200);
    assert_eq!(root["reply_count"], 1);
    let thread = bob.get(&path(&root, "/thread")).await.expect(200);
    assert_eq!(thread["order"], json!([root["id"], first["id"]]));
}

#[tokio::test]
async fn nothing_changes_in_an_archived_channel() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let new = json!({ "team_id": team["id"], "name": "ops", "display_name": "Ops", "type": "O" });
    let channel = admin.post("/channels", new).await.expect(201);
    let channel = channel["id"].as_str().unwrap();
    let post = admin.say(channel, "the last word").await;
    let react = json!({ "user_id": admin.id, "post_id": post["id"], "emoji_name": "eyes" });
    admin.post("/reactions", react.clone()).await.expect(200);
    admin.delete(&format!("/channels/{channel}")).await.expect(200);
    let patch = json!({ "message": "one more" });
    let refusal = admin.put(&path(&post, "/patch"), patch).await.refused(400);
    assert_eq!(refusal, "api.post.update_post.can_not_update_post_in_deleted.error");
    admin.post(&path(&post, "/pin"), json!({})).await.expect(400);
    let refusal = admin.delete(&path(&post, "")).await.refused(400);
    assert_eq!(refusal, "api.post.delete_post.can_not_delete_post_in_deleted.error");
    admin.post("/reactions", react).await.expect(403);
    admin.delete(&format!("/users/me{}", path(&post, "/reactions/eyes"))).await.expect(403);
    admin.post(&format!("/users/me{}", path(&post, "/set_unread")), json!({})).await.expect(400);
    let list = admin.get(&format!("/channels/{channel}/posts")).await.expect(200);
    assert_eq!(list["posts"][post["id"].as_str().unwrap()]["message"], "the last word");
}
