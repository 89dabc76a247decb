//! How far followed threads are read, and what their followers are told.

use fieldpost_testkit::{Actor, TestSite, TestSocket};
use serde_json::{Value, json};

use super::threads_followed::{collapse, id, reply, thread, threads};
use super::watch::watch;

/// A site with three people in a team, and a root that the first of them wrote.
struct Room {
    site: TestSite,
    admin: Actor,
    bob: Actor,
    carol: Actor,
    team: Value,
    square: String,
    root: Value,
}

async fn room() -> Room {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let carol = site.member(&admin, &team, "carol").await;
    let square = admin.channel(&team, "town-square").await;
    let root = admin.say(&square, "root").await;
    Room { site, admin, bob, carol, team, square, root }
}

/// The unread replies and mentions of somebody's thread.
async fn unread(actor: &Actor, team: &Value, root: &Value) -> (i64, i64) {
    let found = actor.get(&thread(team, root)).await.expect(200);
    (found["unread_replies"].as_i64().unwrap(), found["unread_mentions"].as_i64().unwrap())
}

/// The thread that the next event tells of.
async fn updated(socket: &mut TestSocket) -> (Value, Value) {
    let event = socket.event("thread_updated").await;
    let thread = serde_json::from_str(event["data"]["thread"].as_str().unwrap()).unwrap();
    (event, thread)
}

#[tokio::test]
async fn a_thread_is_read_up_to_a_time() {
    let Room { site: _site, admin, bob, team, root, .. } = room().await;
    let first = reply(&bob, &root, "first, @admin").await;
    let second = reply(&bob, &root, "second, @admin").await;
    assert_eq!(unread(&admin, &team, &root).await, (2, 2));
    let mut socket = watch(&admin, &team).await;
    let path = |post: &Value| format!("{}/read/{}", thread(&team, &root), post["create_at"]);
    let found = admin.put(&path(&first), json!({})).await.expect(200);
    assert_eq!((&found["unread_replies"], &found["unread_mentions"]), (&json!(1), &json!(1)));
    assert_eq!(found["last_viewed_at"], first["create_at"]);
    assert_eq!(found["participants"][0]["username"], "bob");
    let event = socket.event("thread_read_changed").await;
    let told = json!({
        "thread_id": root["id"], "timestamp": first["create_at"], "channel_id": root["channel_id"],
        "unread_replies": 1, "unread_mentions": 1,
        "previous_unread_replies": 2, "previous_unread_mentions": 2,
    });
    assert_eq!(event["data"], told);
    assert_eq!(event["broadcast"]["user_id"], json!(admin.id));
    assert_eq!(event["broadcast"]["team_id"], team["id"]);
    let found = admin.put(&path(&second), json!({})).await.expect(200);
    assert_eq!((&found["unread_replies"], &found["unread_mentions"]), (&json!(0), &json!(0)));
    let event = socket.event("thread_read_changed").await;
    assert_eq!(event["data"]["previous_unread_replies"], 1);
    // Reading a thread leaves its channel as it was, and whoever does not follow cannot read.
    let nowhere = format!("{}/read/x", thread(&team, &root));
    admin.put(&nowhere, json!({})).await.expect(400);
}

#[tokio::test]
async fn whoever_does_not_follow_a_thread_cannot_have_read_it() {
    let Room { site: _site, bob, carol, team, root, .. } = room().await;
    reply(&bob, &root, "reply").await;
    let refusal = carol.put(&format!("{}/read/1", thread(&team, &root)), json!({})).await;
    assert_eq!(refusal.refused(404), "app.user.get_thread_membership_for_user.not_found");
}

#[tokio::test]
async fn all_threads_are_read_at_once() {
    let Room { site: _site, admin, bob, team, square, root, .. } = room().await;
    let other = admin.say(&square, "other").await;
    let direct = admin.post("/channels/direct", json!([admin.id, bob.id])).await.expect(201);
    let between = admin.say(id(&direct), "between us").await;
    for root in [&root, &other, &between] {
        reply(&bob, root, "@admin").await;
    }
    let totals = format!("{}?totalsOnly=true", threads(&team));
    let before = admin.get(&totals).await.expect(200);
    assert_eq!(
        (&before["total_unread_threads"], &before["total_unread_mentions"]),
        (&json!(3), &json!(3))
    );
    let mut socket = watch(&admin, &team).await;
    admin.put(&format!("{}/read", threads(&team)), json!({})).await.expect(200);
    let event = socket.event("thread_read_changed").await;
    assert_eq!((&event["data"], &event["broadcast"]["team_id"]), (&json!({}), &team["id"]));
    let after = admin.get(&totals).await.expect(200);
    assert_eq!((&after["total"], &after["total_unread_threads"]), (&json!(3), &json!(0)));
    assert_eq!(after["total_unread_mentions"], 0);
    reply(&bob, &root, "news").await;
    assert_eq!(unread(&admin, &team, &root).await, (1, 0));
}

#[tokio::test]
async fn a_thread_is_marked_unread_from_a_post_on() {
    let Room { site: _site, bob, carol, team, square, root, .. } = room().await;
    let mut replies = Vec::new();
    for n in 0..3 {
        replies.push(reply(&bob, &root, &format!("reply {n}")).await);
    }
    let mut socket = watch(&carol, &team).await;
    let path = |post: &Value| format!("{}/set_unread/{}", thread(&team, &root), id(post));
    let found = carol.post(&path(&replies[1]), json!({})).await.expect(200);
    assert_eq!(found["unread_replies"], 2);
    assert_eq!(found["last_viewed_at"], replies[1]["create_at"].as_i64().unwrap() - 1);
    let event = socket.event("thread_follow_changed").await;
    assert_eq!(event["data"]["state"], true);
    let event = socket.event("thread_read_changed").await;
    assert_eq!(
        (&event["data"]["unread_replies"], &event["data"]["previous_unread_replies"]),
        (&json!(2), &json!(0))
    );
    let found = bob.post(&path(&root), json!({})).await.expect(200);
    assert_eq!(found["unread_replies"], 3);
    let elsewhere = bob.say(&square, "elsewhere").await;
    bob.post(&path(&elsewhere), json!({})).await.expect(400);
}

#[tokio::test]
async fn followers_are_told_of_a_reply_each_how_it_is_with_them() {
    let Room { site: _site, admin, bob, carol, team, root, .. } = room().await;
    reply(&bob, &root, "first").await;
    let (mut of_admin, mut of_bob) = (watch(&admin, &team).await, watch(&bob, &team).await);
    let mut of_carol = watch(&carol, &team).await;
    let answer = reply(&bob, &root, "@admin and @carol").await;
    // Others began to watch meanwhile, and said so.
    let mut posted = of_admin.event("posted").await;
    while !posted["data"]["post"].as_str().unwrap().contains(id(&answer)) {
        posted = of_admin.event("posted").await;
    }
    assert_eq!(posted["data"]["followers"], format!("[\"{}\"]", admin.id));
    assert_eq!(posted["data"]["mentions"], format!("[\"{}\"]", admin.id));
    let (event, told) = updated(&mut of_admin).await;
    assert_eq!((&told["id"], &told["reply_count"]), (&root["id"], &json!(2)));
    assert_eq!(told["post"]["message"], "root");
    assert_eq!(told["participants"][0]["username"], "bob");
    assert_eq!((&told["unread_replies"], &told["unread_mentions"]), (&json!(2), &json!(1)));
    assert_eq!(event["data"]["previous_unread_replies"], 1);
    assert_eq!(event["data"]["previous_unread_mentions"], 0);
    assert_eq!(event["broadcast"]["team_id"], team["id"]);
    let (event, told) = updated(&mut of_bob).await;
    assert_eq!((&told["unread_replies"], &told["unread_mentions"]), (&json!(0), &json!(0)));
    assert_eq!(event["data"]["previous_unread_replies"], 0);
    // Whoever has just become a follower had nothing unread.
    let (event, told) = updated(&mut of_carol).await;
    assert_eq!((&told["unread_replies"], &told["unread_mentions"]), (&json!(2), &json!(1)));
    assert_eq!(event["data"]["previous_unread_replies"], 0);
    assert_eq!(event["data"]["previous_unread_mentions"], 0);
}

#[tokio::test]
async fn whoever_has_threads_not_collapsed_is_not_told_of_them() {
    let Room { site: _site, admin, bob, team, square, root, .. } = room().await;
    collapse(&admin, false).await;
    let mut socket = watch(&admin, &team).await;
    reply(&bob, &root, "reply").await;
    bob.say(&square, "the end").await;
    let mut names = Vec::new();
    loop {
        let frame = socket.next().await.unwrap();
        names.push(frame["event"].as_str().unwrap().to_owned());
        if frame["data"]["post"].as_str().is_some_and(|post| post.contains("the end")) {
            break;
        }
    }
    assert!(!names.iter().any(|name| name == "thread_updated"), "{names:?}");
    // The thread is followed all the same, for the day they are.
    assert_eq!(unread(&admin, &team, &root).await, (1, 0));
}

#[tokio::test]
async fn a_deleted_reply_is_unread_no_more() {
    let Room { site: _site, admin, bob, team, root, .. } = room().await;
    let kept = reply(&bob, &root, "kept").await;
    let gone = reply(&bob, &root, "gone, @admin").await;
    assert_eq!(unread(&admin, &team, &root).await, (2, 1));
    let mut socket = watch(&admin, &team).await;
    bob.delete(&format!("/posts/{}", id(&gone))).await.expect(200);
    let (event, told) = updated(&mut socket).await;
    assert_eq!((&told["unread_replies"], &told["unread_mentions"]), (&json!(1), &json!(0)));
    assert_eq!((&told["reply_count"], &told["last_reply_at"]), (&json!(1), &kept["create_at"]));
    assert_eq!(event["data"]["previous_unread_replies"], 0);
    assert_eq!(event["data"]["previous_unread_mentions"], 0);
    assert_eq!(unread(&admin, &team, &root).await, (1, 0));
    bob.delete(&format!("/posts/{}", id(&kept))).await.expect(200);
    // Nothing is left of the thread but its root.
    let list = admin.get(&threads(&team)).await.expect(200);
    assert_eq!((&list["total"], &list["threads"]), (&json!(0), &json!([])));
}

#[tokio::test]
async fn teams_say_how_many_threads_are_unread_where_that_is_asked() {
    let Room { site: _site, admin, bob, team, root, .. } = room().await;
    reply(&bob, &root, "@admin").await;
    reply(&bob, &root, "and again").await;
    let path = "/users/me/teams/unread?include_collapsed_threads=true";
    let of_team = |all: Value| {
        all.as_array().unwrap().iter().find(|u| u["team_id"] == team["id"]).unwrap().clone()
    };
    let found = of_team(admin.get(path).await.expect(200));
    assert_eq!((&found["thread_count"], &found["thread_mention_count"]), (&json!(1), &json!(1)));
    assert_eq!((&found["mention_count"], &found["mention_count_root"]), (&json!(1), &json!(0)));
    let found = of_team(admin.get("/users/me/teams/unread").await.expect(200));
    assert_eq!((&found["thread_count"], &found["thread_mention_count"]), (&json!(0), &json!(0)));
    let found = of_team(bob.get(path).await.expect(200));
    assert_eq!(found["thread_count"], 0);
}

#[tokio::test]
async fn looking_at_a_channel_reads_its_threads_unless_they_are_collapsed() {
    let Room { site: _site, admin, bob, team, square, root, .. } = room().await;
    reply(&bob, &root, "reply").await;
    let view =
        |collapsed: bool| json!({ "channel_id": square, "collapsed_threads_supported": collapsed });
    let path = "/channels/members/me/view";
    admin.post(path, view(true)).await.expect(200);
    assert_eq!(unread(&admin, &team, &root).await, (1, 0));
    let mut socket = watch(&admin, &team).await;
    admin.post(path, view(false)).await.expect(200);
    let event = socket.event("thread_read_changed").await;
    assert_eq!(event["broadcast"]["channel_id"], json!(square));
    assert!(event["data"]["timestamp"].is_i64() && event["data"].get("thread_id").is_none());
    assert_eq!(unread(&admin, &team, &root).await, (0, 0));
    // Whoever switched them off has looked at all of it, whatever the client can do.
    reply(&bob, &root, "reply").await;
    collapse(&admin, false).await;
    admin.post(path, view(true)).await.expect(200);
    assert_eq!(unread(&admin, &team, &root).await, (0, 0));
}

#[tokio::test]
async fn a_reply_with_threads_collapsed_leaves_the_channel_as_it_was() {
    let Room { site: _site, admin, bob, square, root, .. } = room().await;
    let path = format!("/users/me/channels/{square}/unread");
    bob.post("/channels/members/me/view", json!({ "channel_id": square })).await.expect(200);
    admin.say(&square, "news").await;
    reply(&bob, &root, "reply").await;
    let found = bob.get(&path).await.expect(200);
    assert_eq!((&found["msg_count"], &found["msg_count_root"]), (&json!(1), &json!(1)));
    collapse(&bob, false).await;
    reply(&bob, &root, "reply").await;
    let found = bob.get(&path).await.expect(200);
    assert_eq!((&found["msg_count"], &found["msg_count_root"]), (&json!(0), &json!(0)));
}

#[tokio::test]
async fn a_reply_marked_unread_without_collapsed_threads_marks_its_thread_too() {
    let Room { site: _site, bob, carol, team, root, .. } = room().await;
    let first = reply(&bob, &root, "first").await;
    reply(&bob, &root, "second, @carol").await;
    let mut socket = watch(&carol, &team).await;
    let path = format!("/users/me/posts/{}/set_unread", id(&first));
    carol.post(&path, json!({ "collapsed_threads_supported": true })).await.expect(200);
    carol.post(&path, json!({ "collapsed_threads_supported": false })).await.expect(200);
    assert_eq!(socket.event("post_unread").await["data"]["post_id"], first["id"]);
    let (event, told) = updated(&mut socket).await;
    assert_eq!((&told["unread_replies"], &told["unread_mentions"]), (&json!(2), &json!(1)));
    assert_eq!(told["last_viewed_at"], first["create_at"].as_i64().unwrap() - 1);
    assert!(event["data"].get("previous_unread_replies").is_none());
    assert_eq!(socket.event("post_unread").await["data"]["post_id"], first["id"]);
}

#[tokio::test]
async fn whoever_is_added_to_a_channel_for_a_thread_follows_it() {
    let Room { site: _site, admin, bob, team, .. } = room().await;
    let private = json!({
        "team_id": team["id"], "name": "ops", "display_name": "Ops", "type": "P",
    });
    let private = admin.post("/channels", private).await.expect(201);
    let root = admin.say(id(&private), "root").await;
    let answer = reply(&admin, &root, "answer").await;
    let mut socket = watch(&bob, &team).await;
    let path = format!("/channels/{}/members", id(&private));
    let wrong = json!({ "user_id": bob.id, "post_root_id": answer["id"] });
    admin.post(&path, wrong).await.expect(400);
    let member = json!({ "user_id": bob.id, "post_root_id": root["id"] });
    assert_eq!(admin.post(&path, member).await.expect(201)["user_id"], json!(bob.id));
    let (_, told) = updated(&mut socket).await;
    assert_eq!((&told["id"], &told["unread_replies"]), (&root["id"], &json!(1)));
    assert_eq!(told["last_viewed_at"], root["create_at"].as_i64().unwrap() - 1);
}
