use fieldpost_testkit::{Actor, TestSite};
use serde_json::{Value, json};

fn bearing(site: &TestSite, token: &Value) -> Actor {
    let secret = token["token"].as_str().unwrap();
    site.stranger().with_header("authorization", &format!("Bearer {secret}"))
}

#[tokio::test]
async fn a_token_stands_for_its_owner_until_it_is_revoked() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    let made = admin.post("/users/me/tokens", json!({ "description": "script" })).await.expect(200);
    let program = bearing(&site, &made);
    assert_eq!(program.get("/users/me").await.expect(200)["username"], "admin");
    let listed = admin.get("/users/me/tokens").await.expect(200);
    assert_eq!(listed[0]["id"], made["id"]);
    assert!(listed[0].get("token").is_none());
    let named = json!({ "token_id": made["id"] });
    admin.post("/users/tokens/disable", named.clone()).await.expect(200);
    program.get("/users/me").await.expect(401);
    let path = format!("/users/tokens/{}", made["id"].as_str().unwrap());
    assert_eq!(admin.get(&path).await.expect(200)["is_active"], false);
    admin.post("/users/tokens/enable", named.clone()).await.expect(200);
    program.get("/users/me").await.expect(200);
    admin.post("/users/tokens/revoke", named).await.expect(200);
    program.get("/users/me").await.expect(401);
    admin.get(&path).await.expect(404);
}

#[tokio::test]
async fn a_token_that_is_disabled_silences_its_socket() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    let made = admin.post("/users/me/tokens", json!({ "description": "x" })).await.expect(200);
    site.settle().await;
    let mut socket = bearing(&site, &made).socket().await;
    socket.event("hello").await;
    admin.say(&square, "one").await;
    socket.event("posted").await;
    let named = json!({ "token_id": made["id"] });
    admin.post("/users/tokens/disable", named).await.expect(200);
    site.settle().await;
    admin.say(&square, "two").await;
    site.settle().await;
    socket.ask(1, "ping", json!({})).await;
    let next = socket.next().await.unwrap();
    assert_eq!((&next["seq_reply"], &next["status"]), (&json!(1), &json!("FAIL")));
}

#[tokio::test]
async fn tokens_are_for_those_who_may_have_them() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    let bob = site.person("bob").await;
    let new = json!({ "description": "x" });
    bob.post("/users/me/tokens", new.clone()).await.expect(403);
    bob.get("/users/tokens").await.expect(403);
    bob.post("/users/tokens/search", json!({ "term": "admin" })).await.expect(403);
    let roles = json!({ "roles": "system_user system_user_access_token" });
    admin.put(&format!("/users/{}/roles", bob.id), roles).await.expect(200);
    bob.post(&format!("/users/{}/tokens", admin.id), new.clone()).await.expect(403);
    let made = bob.post("/users/me/tokens", new).await.expect(200);
    admin.post("/users/me/tokens", json!({ "description": "y" })).await.expect(200);
    let found = admin.post("/users/tokens/search", json!({ "term": "bob" })).await.expect(200);
    assert_eq!(found.as_array().unwrap().len(), 1);
    assert_eq!(found[0]["id"], made["id"]);
    assert_eq!(admin.get("/users/tokens").await.expect(200).as_array().unwrap().len(), 2);
    for description in ["".to_owned(), "x".repeat(256)] {
        let wrong = json!({ "description": description });
        admin.post("/users/me/tokens", wrong).await.expect(400);
    }
}
