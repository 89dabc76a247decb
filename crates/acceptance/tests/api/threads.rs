use fieldpost_testkit::{Actor, TestSite};
use serde_json::{Value, json};

async fn reply(actor: &Actor, root: &Value, message: &str) -> Value {
    let post =
        json!({ "channel_id": root["channel_id"], "message": message, "root_id": root["id"] });
    actor.post("/posts", post).await.expect(201)
}

fn ids(posts: &[&Value]) -> Value {
    posts.iter().map(|post| post["id"].clone()).collect()
}

#[tokio::test]
async fn a_thread_is_read_from_any_of_its_posts() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    let root = admin.say(&square, "root").await;
    let one = reply(&admin, &root, "one").await;
    let two = reply(&admin, &root, "two").await;
    let path = |post: &Value| format!("/posts/{}/thread", post["id"].as_str().unwrap());
    let from_root = admin.get(&path(&root)).await.expect(200);
    assert_eq!(from_root["order"], ids(&[&root, &one, &two]));
    assert_eq!(from_root["has_next"], false);
    let from_reply = admin.get(&path(&two)).await.expect(200);
    assert_eq!(from_reply["order"], ids(&[&two, &root, &one]));
    let mallory = site.person("mallory").await;
    mallory.get(&path(&root)).await.expect(403);
    admin.delete(&format!("/posts/{}", root["id"].as_str().unwrap())).await.expect(200);
    admin.get(&path(&one)).await.expect(404);
}

#[tokio::test]
async fn a_thread_is_read_in_parts() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    let root = admin.say(&square, "root").await;
    let mut replies = Vec::new();
    for n in 0..4 {
        replies.push(reply(&admin, &root, &format!("reply {n}")).await);
    }
    let [a, b, c, d] = [&replies[0], &replies[1], &replies[2], &replies[3]];
    let path = format!("/posts/{}/thread", root["id"].as_str().unwrap());
    let down = admin.get(&format!("{path}?perPage=2&direction=down")).await.expect(200);
    assert_eq!(down["order"], ids(&[&root, a, b]));
    assert_eq!(down["has_next"], true);
    let place = format!("fromCreateAt={}&fromPost={}", b["create_at"], b["id"].as_str().unwrap());
    let more = admin.get(&format!("{path}?perPage=2&direction=down&{place}")).await.expect(200);
    assert_eq!(more["order"], ids(&[&root, c, d]));
    assert_eq!(more["has_next"], false);
    let up = admin.get(&format!("{path}?perPage=2&direction=up")).await.expect(200);
    assert_eq!(up["order"], ids(&[&root, d, c]));
    let before = admin.get(&format!("{path}?direction=up&{place}")).await.expect(200);
    assert_eq!(before["order"], ids(&[&root, a]));
    for nonsense in [
        "perPage=201",
        "fromPost=x",
        "direction=sideways",
        "updatesOnly=true",
        "fromCreateAt=1&fromUpdateAt=1",
        "fromUpdateAt=1&direction=up",
    ] {
        admin.get(&format!("{path}?{nonsense}")).await.expect(400);
    }
}

#[tokio::test]
async fn a_thread_tells_what_changed_in_it() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    let root = admin.say(&square, "root").await;
    let one = reply(&admin, &root, "one").await;
    let two = reply(&admin, &root, "two").await;
    let path = format!("/posts/{}/thread", root["id"].as_str().unwrap());
    let since = two["update_at"].as_i64().unwrap();
    let query = format!("{path}?updatesOnly=true&fromUpdateAt={since}&direction=down");
    assert_eq!(admin.get(&query).await.expect(200)["order"], ids(&[&root]));
    let edit = format!("/posts/{}/patch", one["id"].as_str().unwrap());
    admin.put(&edit, json!({ "message": "changed" })).await.expect(200);
    assert_eq!(admin.get(&query).await.expect(200)["order"], ids(&[&root, &one]));
}
