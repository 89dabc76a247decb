use fieldpost_testkit::{Actor, TestSite};
use serde_json::{Value, json};

fn id(post: &Value) -> &str {
    post["id"].as_str().unwrap()
}

async fn view(person: &Actor, channel: &str) {
    person.post("/channels/members/me/view", json!({ "channel_id": channel })).await.expect(200);
}

async fn room(site: &TestSite) -> (Actor, Actor, String) {
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let pair = json!([admin.id, bob.id]);
    let direct = admin.post("/channels/direct", pair).await.expect(201);
    (admin, bob, direct["id"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn history_opens_at_the_first_unread_post() {
    let site = TestSite::start().await;
    let (admin, bob, channel) = room(&site).await;
    let mut posts = Vec::new();
    for n in 0..3 {
        posts.push(admin.say(&channel, &format!("read {n}")).await);
    }
    let path = format!("/users/me/channels/{channel}/posts/unread");
    // Whoever never looked starts at the newest page.
    let fresh = bob.get(&format!("{path}?limit_before=2")).await.expect(200);
    assert_eq!(fresh["order"], json!([posts[2]["id"], posts[1]["id"]]));
    view(&bob, &channel).await;
    for n in 0..4 {
        posts.push(admin.say(&channel, &format!("unread {n}")).await);
    }
    let around = format!("{path}?limit_before=2&limit_after=3");
    let list = bob.get(&around).await.expect(200);
    let expected: Vec<_> = [5, 4, 3, 2, 1].map(|n| posts[n]["id"].clone()).into();
    assert_eq!(list["order"], json!(expected));
    assert_eq!((&list["next_post_id"], &list["prev_post_id"]), (&posts[6]["id"], &posts[0]["id"]));
    bob.get(&format!("{path}?limit_after=0")).await.expect(400);
    let theirs = format!("/users/{}/channels/{channel}/posts/unread", admin.id);
    bob.get(&theirs).await.expect(403);
    view(&bob, &channel).await;
    let read = bob.get(&format!("{path}?limit_before=1")).await.expect(200);
    assert_eq!(read["order"], json!([posts[6]["id"]]));
}

#[tokio::test]
async fn a_channel_is_unread_again_from_a_post_on() {
    let site = TestSite::start().await;
    let (admin, bob, channel) = room(&site).await;
    let mut roots = Vec::new();
    for n in 0..4 {
        roots.push(admin.say(&channel, &format!("root {n}")).await);
    }
    let reply = json!({ "channel_id": channel, "message": "reply", "root_id": roots[3]["id"] });
    let reply = admin.post("/posts", reply).await.expect(201);
    view(&bob, &channel).await;
    site.settle().await;
    let mut socket = bob.socket().await;
    socket.event("hello").await;

    let path = format!("/users/me/posts/{}/set_unread", id(&roots[2]));
    let crt = json!({ "collapsed_threads_supported": true });
    let unread = bob.post(&path, crt.clone()).await.expect(200);
    assert_eq!((&unread["msg_count"], &unread["msg_count_root"]), (&json!(2), &json!(2)));
    assert_eq!((&unread["mention_count"], &unread["mention_count_root"]), (&json!(3), &json!(2)));
    assert_eq!(unread["last_viewed_at"], roots[2]["create_at"].as_i64().unwrap() - 1);
    let event = socket.event("post_unread").await;
    assert_eq!(event["data"]["msg_count"], 2);
    assert_eq!(event["data"]["post_id"], roots[2]["id"]);
    assert_eq!(event["broadcast"]["channel_id"], channel.as_str());
    let list = bob
        .get(&format!("/users/me/channels/{channel}/posts/unread?limit_before=1&limit_after=1"))
        .await
        .expect(200);
    assert_eq!(list["order"], json!([roots[2]["id"], roots[1]["id"]]));

    // Only a reply: to those without collapsed threads no root is unread.
    let path = format!("/users/me/posts/{}/set_unread", id(&reply));
    let unread = bob.post(&path, json!({})).await.expect(200);
    assert_eq!((&unread["msg_count"], &unread["msg_count_root"]), (&json!(4), &json!(4)));
    assert_eq!((&unread["mention_count"], &unread["mention_count_root"]), (&json!(1), &json!(0)));

    let answer = bob.post("/channels/members/me/mark_read", json!([channel])).await.expect(200);
    assert_eq!(answer["status"], "OK");
    let member = bob.get(&format!("/channels/{channel}/members/me")).await.expect(200);
    assert_eq!((&member["msg_count"], &member["mention_count"]), (&json!(5), &json!(0)));
    assert_eq!(socket.event("multiple_channels_viewed").await["event"], "multiple_channels_viewed");
    let theirs = format!("/users/{}/posts/{}/set_unread", admin.id, id(&reply));
    bob.post(&theirs, crt).await.expect(403);
}
