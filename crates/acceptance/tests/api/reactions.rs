use fieldpost_testkit::{Actor, TestSite};
use serde_json::{Value, json};

fn id(post: &Value) -> &str {
    post["id"].as_str().unwrap()
}

async fn react(actor: &Actor, post: &Value, emoji: &str) -> Value {
    let reaction = json!({ "user_id": actor.id, "post_id": post["id"], "emoji_name": emoji });
    actor.post("/reactions", reaction).await.expect(200)
}

#[tokio::test]
async fn reactions_come_with_the_posts() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "town-square").await;
    let post = admin.say(&square, "react").await;
    let other = admin.say(&square, "no reactions").await;
    let made = react(&bob, &post, "+1").await;
    assert_eq!((&made["emoji_name"], &made["post_id"]), (&json!("+1"), &post["id"]));
    assert_eq!((&made["channel_id"], &made["delete_at"]), (&json!(square), &json!(0)));
    // Twice is once.
    assert_eq!(react(&bob, &post, "+1").await["create_at"], made["create_at"]);
    react(&admin, &post, "eyes").await;
    let list = bob.get(&format!("/channels/{square}/posts")).await.expect(200);
    let found = &list["posts"][id(&post)];
    assert_eq!(found["has_reactions"], true);
    let names: Vec<_> = found["metadata"]["reactions"].as_array().unwrap().iter().collect();
    assert_eq!(names.iter().map(|r| &r["emoji_name"]).collect::<Vec<_>>(), ["+1", "eyes"]);
    assert_eq!(list["posts"][id(&other)].get("has_reactions"), None);
    let one = bob.get(&format!("/posts/{}", id(&post))).await.expect(200);
    assert_eq!(one["metadata"]["reactions"].as_array().unwrap().len(), 2);
    let of_post = bob.get(&format!("/posts/{}/reactions", id(&post))).await.expect(200);
    assert_eq!(of_post[0]["user_id"], bob.id.to_string());
    let none = bob.get(&format!("/posts/{}/reactions", id(&other))).await.expect(200);
    assert_eq!(none, Value::Null);
    let both = json!([post["id"], other["id"]]);
    let map = bob.post("/posts/ids/reactions", both.clone()).await.expect(200);
    assert_eq!(map[id(&post)].as_array().unwrap().len(), 2);
    assert_eq!(map[id(&other)], json!([]));
    let mallory = site.person("mallory").await;
    mallory.post("/posts/ids/reactions", both).await.expect(403);
    mallory.get(&format!("/posts/{}/reactions", id(&post))).await.expect(403);
}

#[tokio::test]
async fn a_reaction_is_taken_back() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let carol = site.member(&admin, &team, "carol").await;
    let square = admin.channel(&team, "town-square").await;
    let post = admin.say(&square, "react").await;
    react(&bob, &post, "smile").await;
    let path = format!("/users/{}/posts/{}/reactions/smile", bob.id, id(&post));
    carol.delete(&path).await.expect(403);
    bob.delete(&path).await.expect(200);
    bob.delete(&path).await.expect(200);
    let one = bob.get(&format!("/posts/{}", id(&post))).await.expect(200);
    assert_eq!(one.get("has_reactions"), None);
    assert_eq!(one["metadata"].get("reactions"), None);
    react(&bob, &post, "smile").await;
    admin.delete(&path).await.expect(200);
    let found = bob.get(&format!("/posts/{}/reactions", id(&post))).await.expect(200);
    assert_eq!(found, Value::Null);
}

#[tokio::test]
async fn the_members_are_told_of_reactions() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "town-square").await;
    let post = admin.say(&square, "react").await;
    site.settle().await;
    let mut socket = admin.socket().await;
    socket.event("hello").await;
    react(&bob, &post, "smile").await;
    let added = socket.event("reaction_added").await;
    assert_eq!(added["broadcast"]["channel_id"], square.as_str());
    let told: Value = serde_json::from_str(added["data"]["reaction"].as_str().unwrap()).unwrap();
    assert_eq!((&told["user_id"], &told["emoji_name"]), (&json!(bob.id), &json!("smile")));
    bob.delete(&format!("/users/me/posts/{}/reactions/smile", id(&post))).await.expect(200);
    let removed = socket.event("reaction_removed").await;
    let told: Value = serde_json::from_str(removed["data"]["reaction"].as_str().unwrap()).unwrap();
    assert_eq!((&told["post_id"], &told["delete_at"]), (&post["id"], &json!(0)));
}

#[tokio::test]
async fn not_everything_is_a_reaction() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let mallory = site.person("mallory").await;
    let square = admin.channel(&team, "town-square").await;
    let post = admin.say(&square, "react").await;
    let as_bob =
        |emoji: &str| json!({ "user_id": bob.id, "post_id": post["id"], "emoji_name": emoji });
    admin.post("/reactions", as_bob("smile")).await.expect(403);
    for nonsense in ["", "with space", "ü", &"x".repeat(65)] {
        bob.post("/reactions", as_bob(nonsense)).await.expect(400);
    }
    let by_mallory = json!({ "user_id": mallory.id, "post_id": post["id"], "emoji_name": "smile" });
    mallory.post("/reactions", by_mallory).await.expect(403);
    let hands = ["wave", "clap", "pray", "muscle", "+1", "-1", "fist", "metal", "v", "point_up"];
    for hand in hands {
        for tone in ["light", "medium_light", "medium", "medium_dark", "dark"] {
            react(&bob, &post, &format!("{hand}_{tone}_skin_tone")).await;
        }
    }
    let refusal = bob.post("/reactions", as_bob("eyes")).await.refused(400);
    assert_eq!(refusal, "app.reaction.save.save.too_many_reactions");
    react(&admin, &post, "v_dark_skin_tone").await;
}
