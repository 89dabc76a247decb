//! Properties by which a post says that a program wrote it.

use fieldpost_testkit::TestSite;
use serde_json::{Value, json};

/// What says that a program wrote a post, and something else.
fn marked() -> Value {
    json!({
        "from_webhook": "true", "from_bot": "true", "from_plugin": "true",
        "override_username": "boss", "override_icon_url": "https://x.org/i.png",
        "override_icon_emoji": "crown", "webhook_display_name": "Boss", "mine": 1,
    })
}

fn path(post: &Value) -> String {
    format!("/posts/{}", post["id"].as_str().unwrap())
}

#[tokio::test]
async fn people_do_not_write_as_programs() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "town-square").await;
    let unmarked = json!({ "mine": 1 });
    let new = json!({ "channel_id": square, "message": "x", "props": marked() });
    let post = bob.post("/posts", new).await.expect(201);
    assert_eq!(post["props"], unmarked);
    let patch = json!({ "message": "y", "props": marked() });
    let patched = bob.put(&format!("{}/patch", path(&post)), patch).await.expect(200);
    assert_eq!((&patched["message"], &patched["props"]), (&json!("y"), &unmarked));
    let whole = json!({ "id": post["id"], "message": "z", "props": marked() });
    let replaced = bob.put(&path(&post), whole).await.expect(200);
    assert_eq!((&replaced["message"], &replaced["props"]), (&json!("z"), &unmarked));
}

#[tokio::test]
async fn a_bot_says_itself_how_it_is_shown() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    let bot = admin.post("/bots", json!({ "username": "helper" })).await.expect(201);
    let member = json!({ "team_id": team["id"], "user_id": bot["user_id"] });
    let members = format!("/teams/{}/members", team["id"].as_str().unwrap());
    admin.post(&members, member).await.expect(201);
    let tokens = format!("/users/{}/tokens", bot["user_id"].as_str().unwrap());
    let token = admin.post(&tokens, json!({ "description": "x" })).await.expect(200);
    let bearer = format!("Bearer {}", token["token"].as_str().unwrap());
    let program = site.stranger().with_header("authorization", &bearer);
    let new = json!({ "channel_id": square, "message": "x", "props": marked() });
    let post = program.post("/posts", new).await.expect(201);
    assert_eq!(post["props"], marked());
    let patch = json!({ "props": { "override_username": "aide" } });
    let patched = program.put(&format!("{}/patch", path(&post)), patch).await.expect(200);
    assert_eq!(patched["props"], json!({ "override_username": "aide" }));
}

#[tokio::test]
async fn what_a_webhook_wrote_keeps_its_marks_when_a_person_edits_it() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    let hook = admin.post("/hooks/incoming", json!({ "channel_id": square })).await.expect(201);
    let url = format!("{}/hooks/{}", site.url(), hook["id"].as_str().unwrap());
    let payload = json!({ "text": "x", "username": "CI" }).to_string();
    let sent = reqwest::Client::new().post(url).body(payload).send().await.unwrap();
    assert_eq!(sent.status(), 200);
    let list = admin.get(&format!("/channels/{square}/posts")).await.expect(200);
    let post = list["posts"][list["order"][0].as_str().unwrap()].clone();
    assert_eq!(post["props"]["override_username"], "CI");
    let whole = json!({ "id": post["id"], "message": "y", "props": marked() });
    let replaced = admin.put(&path(&post), whole).await.expect(200);
    let mut expected = post["props"].clone();
    expected["mine"] = json!(1);
    assert_eq!(replaced["props"], expected);
}
