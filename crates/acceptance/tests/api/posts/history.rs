use fieldpost_testkit::{Actor, TestSite};
use serde_json::{Value, json};

struct Room {
    site: TestSite,
    admin: Actor,
    bob: Actor,
    channel: String,
}

/// A private channel with two members, whose posts are only those of the test.
async fn room() -> Room {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let pair = json!([admin.id, bob.id]);
    let direct = admin.post("/channels/direct", pair).await.expect(201);
    let channel = direct["id"].as_str().unwrap().to_owned();
    Room { site, admin, bob, channel }
}

async fn say_many(actor: &Actor, channel: &str, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for n in 0..count {
        ids.push(id(&actor.say(channel, &format!("post {n}")).await));
    }
    ids
}

async fn reply(actor: &Actor, channel: &str, root: &str, message: &str) -> Value {
    let post = json!({ "channel_id": channel, "message": message, "root_id": root });
    actor.post("/posts", post).await.expect(201)
}

fn id(post: &Value) -> String {
    post["id"].as_str().unwrap().to_owned()
}

fn order(list: &Value) -> Vec<&str> {
    list["order"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect()
}

#[tokio::test]
async fn pages_go_from_the_newest_post_and_name_their_neighbours() {
    let Room { site: _site, bob, admin, channel } = room().await;
    let p = say_many(&admin, &channel, 5).await;
    let path = format!("/channels/{channel}/posts?per_page=2");
    let newest = bob.get(&path).await.expect(200);
    assert_eq!(order(&newest), [&p[4], &p[3]]);
    assert_eq!((&newest["next_post_id"], &newest["prev_post_id"]), (&json!(""), &json!(p[2])));
    let second = bob.get(&format!("{path}&page=1")).await.expect(200);
    assert_eq!(order(&second), [&p[2], &p[1]]);
    assert_eq!((&second["next_post_id"], &second["prev_post_id"]), (&json!(p[3]), &json!(p[0])));
    let last = bob.get(&format!("{path}&page=2")).await.expect(200);
    assert_eq!(order(&last), [&p[0]]);
    assert_eq!(last["prev_post_id"], "");
}

#[tokio::test]
async fn windows_before_and_after_a_post() {
    let Room { site: _site, bob, admin, channel } = room().await;
    let p = say_many(&admin, &channel, 6).await;
    let path = format!("/channels/{channel}/posts?per_page=2");
    let before = bob.get(&format!("{path}&before={}", p[4])).await.expect(200);
    assert_eq!(order(&before), [&p[3], &p[2]]);
    assert_eq!((&before["next_post_id"], &before["prev_post_id"]), (&json!(p[4]), &json!(p[1])));
    let older = bob.get(&format!("{path}&before={}&page=1", p[4])).await.expect(200);
    assert_eq!(order(&older), [&p[1], &p[0]]);
    assert_eq!((&older["next_post_id"], &older["prev_post_id"]), (&json!(p[2]), &json!("")));
    let after = bob.get(&format!("{path}&after={}", p[1])).await.expect(200);
    assert_eq!(order(&after), [&p[3], &p[2]]);
    assert_eq!((&after["next_post_id"], &after["prev_post_id"]), (&json!(p[4]), &json!(p[1])));
    let last = bob.get(&format!("{path}&after={}", p[4])).await.expect(200);
    assert_eq!(order(&last), [&p[5]]);
    assert_eq!(last["next_post_id"], "");
    let unknown = "y".repeat(26);
    let nothing = bob.get(&format!("{path}&after={unknown}")).await.expect(200);
    assert_eq!(order(&nothing), [""; 0]);
    bob.get(&format!("{path}&after=short")).await.expect(400);
}

#[tokio::test]
async fn whoever_asks_what_changed_hears_of_edits_deletions_and_touched_roots() {
    let Room { site: _site, bob, admin, channel } = room().await;
    let p = say_many(&admin, &channel, 4).await;
    let list = bob.get(&format!("/channels/{channel}/posts")).await.expect(200);
    let newest = list["posts"].as_object().unwrap().values();
    let since = newest.map(|post| post["update_at"].as_i64().unwrap()).max().unwrap();
    let path = format!("/channels/{channel}/posts?since={since}");
    assert_eq!(order(&bob.get(&path).await.expect(200)), [""; 0]);

    admin.put(&format!("/posts/{}/patch", p[0]), json!({ "message": "edited" })).await.expect(200);
    admin.delete(&format!("/posts/{}", p[1])).await.expect(200);
    let answer = id(&reply(&bob, &channel, &p[2], "a reply").await);
    let changed = bob.get(&path).await.expect(200);
    let posts = &changed["posts"];
    assert_eq!(posts[&p[0]]["message"], "edited");
    assert_ne!(posts[&p[1]]["delete_at"], 0);
    assert_eq!(posts[&p[1]]["message"], "");
    assert_eq!(posts[&p[2]]["reply_count"], 1);
    let found = order(&changed);
    assert!(found.contains(&answer.as_str()) && !found.contains(&p[3].as_str()));
    let history = posts.as_object().unwrap().values().filter(|p| p["original_id"] != "");
    let originals: Vec<_> = history.map(|post| post["original_id"].as_str().unwrap()).collect();
    assert_eq!(originals, [p[0].as_str()]);
    assert_eq!((&changed["next_post_id"], &changed["prev_post_id"]), (&json!(""), &json!("")));
}

#[tokio::test]
async fn replies_come_with_their_threads_unless_that_is_not_wanted() {
    let Room { site: _site, bob, admin, channel } = room().await;
    let root = id(&admin.say(&channel, "root").await);
    let first = id(&reply(&bob, &channel, &root, "first").await);
    say_many(&admin, &channel, 2).await;
    let second = id(&reply(&bob, &channel, &root, "second").await);
    let path = format!("/channels/{channel}/posts?per_page=1");
    let list = bob.get(&path).await.expect(200);
    assert_eq!(order(&list), [&second]);
    let has = |list: &Value, id: &str| list["posts"].get(id).is_some();
    assert!(has(&list, &root) && has(&list, &first));
    let short = bob.get(&format!("{path}&skipFetchThreads=true")).await.expect(200);
    assert!(has(&short, &root) && !has(&short, &first));
    assert_eq!(short["posts"][&root]["reply_count"], 2);
    let roots =
        bob.get(&format!("/channels/{channel}/posts?collapsedThreads=true")).await.expect(200);
    assert_eq!(roots["order"].as_array().unwrap().len(), 3);
    let root = &roots["posts"][&root];
    assert_eq!(root["reply_count"], 2);
    assert_ne!(root["last_reply_at"], 0);
    assert_eq!(root["participants"][0]["id"], bob.id.to_string());
}

#[tokio::test]
async fn deleted_posts_are_for_administrators_who_ask() {
    let Room { site: _site, bob, admin, channel } = room().await;
    let post = id(&bob.say(&channel, "regretted").await);
    bob.delete(&format!("/posts/{post}")).await.expect(200);
    let path = format!("/channels/{channel}/posts");
    assert_eq!(order(&admin.get(&path).await.expect(200)), [""; 0]);
    let all = admin.get(&format!("{path}?include_deleted=true")).await.expect(200);
    assert_eq!(order(&all), [&post]);
    assert_eq!(all["posts"][&post]["message"], "");
    assert_eq!(all["posts"][&post]["props"]["deleteBy"], bob.id.to_string());
    bob.get(&format!("{path}?include_deleted=true")).await.expect(403);
    let one = admin.get(&format!("/posts/{post}?include_deleted=true")).await.expect(200);
    assert_ne!(one["delete_at"], 0);
    bob.get(&format!("/posts/{post}?include_deleted=true")).await.expect(403);
    bob.get(&format!("/posts/{post}")).await.expect(404);
}

#[tokio::test]
async fn what_a_client_has_is_not_sent_again() {
    let Room { site: _site, bob, admin, channel } = room().await;
    let post = id(&admin.say(&channel, "one").await);
    for path in [
        format!("/channels/{channel}/posts"),
        format!("/posts/{post}"),
        format!("/posts/{post}/thread"),
    ] {
        let first = bob.get(&path).await;
        let seen = bob.with_header("if-none-match", first.header("etag"));
        first.expect(200);
        seen.get(&path).await.expect(304);
        admin.post(&format!("/posts/{post}/pin"), json!({})).await.expect(200);
        admin.post(&format!("/posts/{post}/unpin"), json!({})).await.expect(200);
        seen.get(&path).await.expect(200);
    }
}

#[tokio::test]
async fn posts_by_their_ids_are_those_the_caller_may_read() {
    let Room { site, bob, admin, channel } = room().await;
    let p = say_many(&admin, &channel, 3).await;
    admin.delete(&format!("/posts/{}", p[1])).await.expect(200);
    let twice = json!([p[0], p[2], p[0], p[1]]);
    let found = bob.post("/posts/ids", twice.clone()).await.expect(200);
    let ids: Vec<_> = found.as_array().unwrap().iter().map(id).collect();
    assert_eq!(ids, [&p[2], &p[1], &p[0]].map(Clone::clone));
    assert_eq!(found[1]["message"], "");
    let mallory = site.person("mallory").await;
    mallory.post("/posts/ids", twice).await.expect(404);
    let refusal = bob.post("/posts/ids", json!([])).await.refused(400);
    assert_eq!(refusal, "api.post.posts_by_ids.invalid_body.request_error");
    bob.post("/posts/ids", json!(vec![&p[0]; 1001])).await.expect(400);
}

#[tokio::test]
async fn a_link_to_a_post_leads_to_its_place() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let mallory = site.person("mallory").await;
    let new = json!({ "team_id": team["id"], "name": "ops", "display_name": "Ops", "type": "O" });
    let channel = admin.post("/channels", new).await.expect(201);
    let post = id(&admin.say(channel["id"].as_str().unwrap(), "here").await);
    let info = bob.get(&format!("/posts/{post}/info")).await.expect(200);
    assert_eq!(info["channel_id"], channel["id"]);
    assert_eq!(info["channel_display_name"], "Ops");
    assert_eq!(
        (&info["has_joined_channel"], &info["has_joined_team"]),
        (&json!(false), &json!(true))
    );
    let refusal = mallory.get(&format!("/posts/{post}/info")).await.refused(404);
    assert_eq!(refusal, "app.post.get.app_error");
}

#[tokio::test]
async fn posts_carry_the_attachment_or_the_address_they_show() {
    let Room { site: _site, bob, admin, channel } = room().await;
    let post = id(&admin.say(&channel, "see https://example.com/map now").await);
    let found = bob.get(&format!("/posts/{post}")).await.expect(200);
    let link = json!([{ "type": "link", "url": "https://example.com/map" }]);
    assert_eq!(found["metadata"]["embeds"], link);
    let post = json!({
        "channel_id": channel, "message": "", "props": { "attachments": [{ "text": "x" }] },
    });
    let made = admin.post("/posts", post).await.expect(201);
    assert_eq!(made["metadata"]["embeds"], json!([{ "type": "message_attachment" }]));
}

#[tokio::test]
async fn saved_posts_are_found_newest_first() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "town-square").await;
    let other = admin.channel(&team, "off-topic").await;
    let (first, _, second) = (
        id(&admin.say(&square, "first").await),
        admin.say(&square, "not saved").await,
        id(&admin.say(&other, "second").await),
    );
    let path = "/users/me/posts/flagged";
    assert_eq!(order(&bob.get(path).await.expect(200)), [""; 0]);
    for post in [&first, &second] {
        let saved = json!([{
            "user_id": bob.id, "category": "flagged_post", "name": post, "value": "true",
        }]);
        bob.put("/users/me/preferences", saved).await.expect(200);
    }
    assert_eq!(order(&bob.get(path).await.expect(200)), [&second, &first]);
    let page = bob.get(&format!("{path}?page=1&per_page=1")).await.expect(200);
    assert_eq!(order(&page), [&first]);
    let here = bob.get(&format!("{path}?channel_id={square}")).await.expect(200);
    assert_eq!(order(&here), [&first]);
    let team = team["id"].as_str().unwrap();
    let there = bob.get(&format!("{path}?team_id={team}")).await.expect(200);
    assert_eq!(order(&there), [&second, &first]);
    let carol = site.person("carol").await;
    carol.get(&format!("/users/{}/posts/flagged", bob.id)).await.expect(403);
    // What was deleted is no longer found.
    admin.delete(&format!("/posts/{second}")).await.expect(200);
    assert_eq!(order(&bob.get(path).await.expect(200)), [&first]);
}
