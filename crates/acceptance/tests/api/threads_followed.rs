//! Who follows which thread, and the lists of them.

use fieldpost_testkit::{Actor, TestSite};
use serde_json::{Value, json};

use super::watch::watch;

/// Answers a root.
pub(crate) async fn reply(actor: &Actor, root: &Value, message: &str) -> Value {
    let post =
        json!({ "channel_id": root["channel_id"], "message": message, "root_id": root["id"] });
    actor.post("/posts", post).await.expect(201)
}

/// Switches collapsed threads on or off for somebody.
pub(crate) async fn collapse(actor: &Actor, on: bool) {
    let setting = json!([{
        "user_id": actor.id, "category": "display_settings", "name": "collapsed_reply_threads",
        "value": if on { "on" } else { "off" },
    }]);
    actor.put("/users/me/preferences", setting).await.expect(200);
}

pub(crate) fn id(thing: &Value) -> &str {
    thing["id"].as_str().unwrap()
}

/// The address of somebody's own threads in a team.
pub(crate) fn threads(team: &Value) -> String {
    format!("/users/me/teams/{}/threads", id(team))
}

/// The address of one of them.
pub(crate) fn thread(team: &Value, root: &Value) -> String {
    format!("{}/{}", threads(team), id(root))
}

async fn list(actor: &Actor, team: &Value, query: &str) -> Value {
    actor.get(&format!("{}?{query}", threads(team))).await.expect(200)
}

async fn total(actor: &Actor, team: &Value) -> Value {
    list(actor, team, "totalsOnly=true").await["total"].clone()
}

fn ids(list: &Value) -> Vec<&str> {
    list["threads"].as_array().unwrap().iter().map(id).collect()
}

#[tokio::test]
async fn whoever_replies_follows_and_so_does_the_roots_author() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let carol = site.member(&admin, &team, "carol").await;
    let square = admin.channel(&team, "town-square").await;
    let root = admin.say(&square, "a question").await;
    assert_eq!(list(&admin, &team, "").await["threads"], json!([]));
    let answer = reply(&bob, &root, "an answer").await;

    let found = list(&admin, &team, "").await;
    assert_eq!((&found["total"], &found["total_unread_threads"]), (&json!(1), &json!(1)));
    assert_eq!(found["total_unread_urgent_mentions"], 0);
    let thread_of_admin = &found["threads"][0];
    assert_eq!(thread_of_admin["id"], root["id"]);
    assert_eq!(thread_of_admin["reply_count"], 1);
    assert_eq!(thread_of_admin["last_reply_at"], answer["create_at"]);
    assert_eq!(thread_of_admin["last_viewed_at"], 0);
    assert_eq!(thread_of_admin["unread_replies"], 1);
    assert_eq!(thread_of_admin["unread_mentions"], 0);
    assert_eq!(
        (&thread_of_admin["is_urgent"], &thread_of_admin["delete_at"]),
        (&json!(false), &json!(0))
    );
    assert_eq!(thread_of_admin["post"]["message"], "a question");
    assert_eq!(thread_of_admin["participants"].as_array().unwrap().len(), 1);
    assert_eq!(thread_of_admin["participants"][0]["id"], json!(bob.id));
    assert_eq!(thread_of_admin["participants"][0]["username"], "");
    let extended = list(&admin, &team, "extended=true").await;
    assert_eq!(extended["threads"][0]["participants"][0]["username"], "bob");
    assert_eq!(extended["threads"][0]["participants"][0]["email"], "");

    let found = list(&bob, &team, "").await;
    assert_eq!((&found["total"], &found["total_unread_threads"]), (&json!(1), &json!(0)));
    assert_eq!(found["threads"][0]["last_viewed_at"], answer["create_at"]);
    assert_eq!(total(&carol, &team).await, 0);
    let refusal = carol.get(&thread(&team, &root)).await.refused(404);
    assert_eq!(refusal, "app.user.get_thread_membership_for_user.not_found");
    let one = bob.get(&thread(&team, &root)).await.expect(200);
    assert_eq!(one, found["threads"][0]);
}

#[tokio::test]
async fn whoever_stopped_following_is_brought_back_by_a_mention_only() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let carol = site.member(&admin, &team, "carol").await;
    let square = admin.channel(&team, "town-square").await;
    let root = admin.say(&square, "what does @carol say?").await;
    assert_eq!(total(&carol, &team).await, 0);
    reply(&bob, &root, "I do not know").await;
    assert_eq!(total(&carol, &team).await, 1);
    let path = format!("{}/following", thread(&team, &root));
    carol.delete(&path).await.expect(200);
    assert_eq!(total(&carol, &team).await, 0);
    carol.get(&thread(&team, &root)).await.expect(404);
    reply(&bob, &root, "still not").await;
    assert_eq!(total(&carol, &team).await, 0);
    reply(&bob, &root, "@carol, say something").await;
    let found = list(&carol, &team, "").await;
    assert_eq!(found["threads"][0]["unread_replies"], 3);
    assert_eq!(found["threads"][0]["unread_mentions"], 1);
    assert_eq!(found["total_unread_mentions"], 1);
    carol.delete(&path).await.expect(200);
    reply(&carol, &root, "something").await;
    let found = list(&carol, &team, "").await;
    assert_eq!((&found["total"], &found["total_unread_threads"]), (&json!(1), &json!(0)));
}

#[tokio::test]
async fn a_root_can_be_followed_or_not_before_anybody_replies() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let carol = site.member(&admin, &team, "carol").await;
    let square = admin.channel(&team, "town-square").await;
    let root = admin.say(&square, "root").await;
    let path = format!("{}/following", thread(&team, &root));
    let mut socket = watch(&carol, &team).await;
    let done = carol.put(&path, json!({})).await.expect(200);
    assert_eq!(done["status"], "OK");
    let event = socket.event("thread_follow_changed").await;
    let told = json!({ "thread_id": root["id"], "state": true, "reply_count": 0 });
    assert_eq!(event["data"], told);
    assert_eq!(event["broadcast"]["team_id"], team["id"]);
    assert_eq!(event["broadcast"]["user_id"], json!(carol.id));
    admin.delete(&path).await.expect(200);
    // There is no thread before there is a reply.
    assert_eq!(total(&carol, &team).await, 0);
    reply(&bob, &root, "reply").await;
    let found = list(&carol, &team, "").await;
    assert_eq!((&found["total"], &found["threads"][0]["unread_replies"]), (&json!(1), &json!(1)));
    assert_eq!(total(&admin, &team).await, 0);
    carol.delete(&path).await.expect(200);
    let event = socket.event("thread_follow_changed").await;
    assert_eq!(
        (&event["data"]["state"], &event["data"]["reply_count"]),
        (&json!(false), &json!(1))
    );
}

#[tokio::test]
async fn posts_say_whether_their_reader_follows_them() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "town-square").await;
    let followed = admin.say(&square, "followed").await;
    let other = admin.say(&square, "other").await;
    reply(&bob, &followed, "reply").await;
    let path = format!("/channels/{square}/posts?collapsedThreads=true");
    let posts = bob.get(&path).await.expect(200)["posts"].clone();
    assert_eq!(posts[id(&followed)]["is_following"], true);
    assert_eq!(posts[id(&followed)]["participants"][0]["username"], "");
    assert_eq!(posts[id(&other)]["is_following"], false);
    let extended = format!("{path}&collapsedThreadsExtended=true");
    let posts = bob.get(&extended).await.expect(200)["posts"].clone();
    assert_eq!(posts[id(&followed)]["participants"][0]["username"], "bob");
    let plain = bob.get(&format!("/channels/{square}/posts")).await.expect(200);
    assert_eq!(plain["posts"][id(&followed)]["is_following"], Value::Null);
    let around = format!("/users/me/channels/{square}/posts/unread?collapsedThreads=true");
    let posts = bob.get(&around).await.expect(200)["posts"].clone();
    assert_eq!(posts[id(&followed)]["is_following"], true);
    let newest = posts[id(&followed)]["last_reply_at"].clone();
    assert!(newest.as_i64() > Some(0));
    let whole = format!("/posts/{}/thread?collapsedThreads=true", id(&followed));
    let posts = bob.get(&whole).await.expect(200)["posts"].clone();
    assert_eq!(posts[id(&followed)]["is_following"], true);
    assert_eq!(posts[id(&followed)]["last_reply_at"], newest);
}

#[tokio::test]
async fn threads_are_listed_in_pages_by_their_newest_reply() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "town-square").await;
    let mut roots = Vec::new();
    for n in 0..4 {
        roots.push(admin.say(&square, &format!("root {n}")).await);
    }
    let mut last = Value::Null;
    // The order is that of the replies, and not that of the roots.
    for n in [2, 0, 3, 1] {
        last = reply(&bob, &roots[n], "reply").await;
    }
    let [a, b, c, d] = [&roots[2], &roots[0], &roots[3], &roots[1]].map(id);
    assert_eq!(ids(&list(&admin, &team, "").await), [d, c, b, a]);
    assert_eq!(ids(&list(&admin, &team, "per_page=2").await), [d, c]);
    let older = list(&admin, &team, &format!("per_page=2&before={c}")).await;
    assert_eq!(ids(&older), [b, a]);
    assert_eq!(older["total"], 4);
    assert_eq!(ids(&list(&admin, &team, &format!("per_page=2&after={a}")).await), [b, c]);
    let since = last["create_at"].as_i64().unwrap();
    assert_eq!(ids(&list(&admin, &team, &format!("since={since}")).await), [d]);
    let at = last["create_at"].as_i64().unwrap();
    admin.put(&format!("{}/read/{at}", thread(&team, &roots[1])), json!({})).await.expect(200);
    let unread = list(&admin, &team, "unread=true").await;
    assert_eq!(ids(&unread), [c, b, a]);
    assert_eq!((&unread["total"], &unread["total_unread_threads"]), (&json!(3), &json!(3)));
    let totals = list(&admin, &team, "totalsOnly=true").await;
    assert_eq!((&totals["threads"], &totals["total"]), (&Value::Null, &json!(4)));
    let bare = list(&admin, &team, "threadsOnly=true").await;
    assert_eq!((ids(&bare).len(), &bare["total"]), (4, &json!(0)));
    for nonsense in [
        format!("before={a}&after={b}"),
        "totalsOnly=true&threadsOnly=true".to_owned(),
        "before=x".to_owned(),
    ] {
        admin.get(&format!("{}?{nonsense}", threads(&team))).await.expect(400);
    }
}

#[tokio::test]
async fn threads_of_conversations_belong_to_every_team() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let other = json!({ "name": "beta", "display_name": "beta", "type": "O" });
    let other = admin.post("/teams", other).await.expect(201);
    let bob = site.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "town-square").await;
    let in_team = admin.say(&square, "in a team").await;
    reply(&bob, &in_team, "reply").await;
    let direct = admin.post("/channels/direct", json!([admin.id, bob.id])).await.expect(201);
    let between = bob.say(id(&direct), "between us").await;
    reply(&bob, &between, "reply").await;
    assert_eq!(ids(&list(&admin, &team, "").await), [id(&between), id(&in_team)]);
    assert_eq!(ids(&list(&admin, &other, "").await), [id(&between)]);
    let of_team = list(&admin, &team, "excludeDirect=true").await;
    assert_eq!((ids(&of_team), &of_team["total"]), (vec![id(&in_team)], &json!(1)));
    // What is said to somebody alone mentions them.
    let one = admin.get(&thread(&team, &between)).await.expect(200);
    assert_eq!(one["unread_mentions"], 1);
}

#[tokio::test]
async fn a_deleted_thread_is_listed_for_those_who_ask() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "town-square").await;
    let root = admin.say(&square, "root").await;
    reply(&bob, &root, "reply").await;
    admin.delete(&format!("/posts/{}", id(&root))).await.expect(200);
    assert_eq!(total(&admin, &team).await, 0);
    let all = list(&admin, &team, "deleted=true").await;
    assert_eq!((ids(&all), &all["total_unread_threads"]), (vec![id(&root)], &json!(0)));
    assert_ne!(all["threads"][0]["delete_at"], 0);
    assert_eq!(all["threads"][0]["post"]["message"], "");
    admin.get(&thread(&team, &root)).await.expect(404);
}

#[tokio::test]
async fn the_threads_of_others_are_theirs() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let carol = site.member(&admin, &team, "carol").await;
    let mallory = site.person("mallory").await;
    let private = json!({
        "team_id": team["id"], "name": "ops", "display_name": "Ops", "type": "P",
    });
    let private = bob.post("/channels", private).await.expect(201);
    let root = bob.say(id(&private), "root").await;
    reply(&bob, &root, "reply").await;

    mallory.get(&threads(&team)).await.expect(403);
    mallory.put(&format!("{}/read", threads(&team)), json!({})).await.expect(403);
    let of_bob = format!("/users/{}/teams/{}/threads", bob.id, id(&team));
    carol.get(&of_bob).await.expect(403);
    assert_eq!(admin.get(&of_bob).await.expect(200)["total"], 1);
    let his = format!("{of_bob}/{}", id(&root));
    carol.get(&his).await.expect(403);
    carol.put(&format!("{his}/following"), json!({})).await.expect(403);
    carol.put(&format!("{his}/read/1"), json!({})).await.expect(403);
    carol.post(&format!("{his}/set_unread/{}", id(&root)), json!({})).await.expect(403);
    carol.put(&format!("{of_bob}/read"), json!({})).await.expect(403);
    // Nor does she reach it as a thread of her own.
    let hers = thread(&team, &root);
    carol.get(&hers).await.expect(403);
    carol.put(&format!("{hers}/following"), json!({})).await.expect(403);
    carol.delete(&format!("{hers}/following")).await.expect(403);
    carol.put(&format!("{hers}/read/1"), json!({})).await.expect(403);
    carol.post(&format!("{hers}/set_unread/{}", id(&root)), json!({})).await.expect(403);
    let unknown = format!("{}/{}/following", threads(&team), id(&team));
    bob.put(&unknown, json!({})).await.expect(404);
    site.stranger().get(&threads(&team)).await.expect(401);
}

#[tokio::test]
async fn whoever_leaves_a_channel_has_none_of_its_threads() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let other = admin.channel(&team, "off-topic").await;
    let root = bob.say(&other, "root").await;
    reply(&admin, &root, "@bob").await;
    assert_eq!(total(&bob, &team).await, 1);
    bob.delete(&format!("/channels/{other}/members/{}", bob.id)).await.expect(200);
    assert_eq!(total(&bob, &team).await, 0);
    reply(&admin, &root, "are you there?").await;
    bob.post(&format!("/channels/{other}/members"), json!({ "user_id": bob.id })).await.expect(201);
    assert_eq!(total(&bob, &team).await, 0);
    reply(&admin, &root, "here you are, @bob").await;
    assert_eq!(total(&bob, &team).await, 1);
}

#[tokio::test]
async fn every_thread_of_a_channel_is_followed_by_those_who_chose_that() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let carol = site.member(&admin, &team, "carol").await;
    let square = admin.channel(&team, "town-square").await;
    let path = format!("/channels/{square}/members/{}/notify_props", carol.id);
    carol.put(&path, json!({ "channel_auto_follow_threads": "on" })).await.expect(200);
    let root = admin.say(&square, "root").await;
    assert_eq!(total(&carol, &team).await, 0);
    reply(&bob, &root, "reply").await;
    assert_eq!(total(&carol, &team).await, 1);
    carol.put(&path, json!({ "channel_auto_follow_threads": "off" })).await.expect(200);
    let next = admin.say(&square, "root").await;
    reply(&bob, &next, "reply").await;
    assert_eq!(total(&carol, &team).await, 1);
}

#[tokio::test]
async fn a_thread_is_as_urgent_as_its_root() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "town-square").await;
    let calm = admin.say(&square, "whenever").await;
    let urgent = json!({
        "channel_id": square, "message": "now",
        "metadata": { "priority": { "priority": "urgent" } },
    });
    let urgent = admin.post("/posts", urgent).await.expect(201);
    reply(&bob, &calm, "later, @admin").await;
    reply(&bob, &urgent, "at once, @admin").await;

    let found = list(&admin, &team, "").await;
    let is_urgent =
        |n: usize| (found["threads"][n]["id"].clone(), found["threads"][n]["is_urgent"].clone());
    assert_eq!(is_urgent(0), (urgent["id"].clone(), json!(true)));
    assert_eq!(is_urgent(1), (calm["id"].clone(), json!(false)));
    assert_eq!(found["total_unread_mentions"], 2);
    assert_eq!(found["total_unread_urgent_mentions"], 1);
}
