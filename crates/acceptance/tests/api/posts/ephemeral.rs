use fieldpost_testkit::TestSite;
use serde_json::{Value, json};

use crate::api::watch::{carried, device};

fn id(post: &Value) -> &str {
    post["id"].as_str().unwrap()
}

#[tokio::test]
async fn an_administrator_shows_a_post_to_one_person_and_leaves_it_nowhere() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "town-square").await;
    site.settle().await;
    let (mut bobs, _) = device(&bob).await;
    let (mut admins, _) = device(&admin).await;
    let sent = json!({
        "user_id": bob.id, "post": { "channel_id": square, "message": "between us" },
    });
    bob.post("/posts/ephemeral", sent.clone()).await.expect(403);
    let made = admin.post("/posts/ephemeral", sent).await.expect(201);
    assert_eq!(
        (&made["type"], &made["message"]),
        (&json!("system_ephemeral"), &json!("between us"))
    );
    assert_eq!(made["user_id"], admin.id.to_string());
    let event = bobs.event("ephemeral_message").await;
    assert_eq!(event["broadcast"]["channel_id"], square.as_str());
    assert_eq!(carried(&event, "post")["id"], made["id"]);
    admin.get(&format!("/posts/{}", id(&made))).await.expect(404);
    let endless = "x".repeat(16_384);
    let long = json!({ "user_id": bob.id, "post": { "channel_id": square, "message": endless } });
    admin.post("/posts/ephemeral", long).await.expect(400);
    admin.say(&square, "the end").await;
    assert!(!admins.events_until("posted").await.contains(&"ephemeral_message".to_owned()));
}
