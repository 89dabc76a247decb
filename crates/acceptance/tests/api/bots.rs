use fieldpost_testkit::TestSite;
use serde_json::json;

#[tokio::test]
async fn a_bot_acts_by_its_token_and_not_by_a_password() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    let new = json!({ "username": "Helper", "display_name": "The Helper", "description": "helps" });
    let bot = admin.post("/bots", new).await.expect(201);
    assert_eq!(bot["username"], "helper");
    assert_eq!(bot["owner_id"], admin.id.to_string());
    let id = bot["user_id"].as_str().unwrap();
    let path = format!("/users/{id}/tokens");
    let token = admin.post(&path, json!({ "description": "x" })).await.expect(200);
    let bearer = format!("Bearer {}", token["token"].as_str().unwrap());
    let program = site.stranger().with_header("authorization", &bearer);
    let me = program.get("/users/me").await.expect(200);
    assert_eq!((&me["is_bot"], &me["first_name"]), (&json!(true), &json!("The Helper")));
    assert_eq!(me["bot_description"], "helps");
    let password = json!({ "new_password": "long enough" });
    admin.put(&format!("/users/{id}/password"), password).await.expect(200);
    let credentials = json!({ "login_id": "helper", "password": "long enough" });
    let refusal = site.stranger().post("/users/login", credentials).await.refused(401);
    assert_eq!(refusal, "api.user.login.bot_login_forbidden.app_error");
    admin.post(&format!("/bots/{id}/disable"), json!({})).await.expect(200);
    program.get("/users/me").await.expect(401);
    admin.get(&format!("/bots/{id}")).await.expect(404);
    admin.get(&format!("/bots/{id}?include_deleted=true")).await.expect(200);
    assert_eq!(admin.get("/bots").await.expect(200), json!([]));
    let enabled = admin.post(&format!("/bots/{id}/enable"), json!({})).await.expect(200);
    assert_eq!(enabled["delete_at"], 0);
    program.get("/users/me").await.expect(200);
}

#[tokio::test]
async fn a_bot_is_changed_and_given_away() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    let bob = site.person("bob").await;
    let bot = admin.post("/bots", json!({ "username": "helper" })).await.expect(201);
    let path = format!("/bots/{}", bot["user_id"].as_str().unwrap());
    let changed = admin.put(&path, json!({ "display_name": "H" })).await.expect(200);
    assert_eq!((&changed["display_name"], &changed["username"]), (&json!("H"), &json!("helper")));
    let taken = admin.put(&path, json!({ "username": "bob" })).await.refused(400);
    assert_eq!(taken, "app.user.save.username_exists.app_error");
    let given = admin.post(&format!("{path}/assign/{}", bob.id), json!({})).await.expect(200);
    assert_eq!(given["owner_id"], bob.id.to_string());
    admin.delete(&format!("/users/{}", bob.id)).await.expect(200);
    let with_its_owner =
        admin.get("/bots?include_deleted=true&only_orphaned=true").await.expect(200);
    assert!(with_its_owner[0]["delete_at"].as_i64().unwrap() > 0);
}

#[tokio::test]
async fn bots_are_nobodys_business_but_their_owners() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    let bob = site.person("bob").await;
    bob.post("/bots", json!({ "username": "mine" })).await.expect(403);
    bob.get("/bots").await.expect(403);
    let bot = admin.post("/bots", json!({ "username": "helper" })).await.expect(201);
    let path = format!("/bots/{}", bot["user_id"].as_str().unwrap());
    let unseen = [
        bob.get(&path).await,
        bob.put(&path, json!({ "display_name": "x" })).await,
        bob.post(&format!("{path}/disable"), json!({})).await,
        bob.post(&format!("{path}/assign/{}", bob.id), json!({})).await,
    ];
    for reply in unseen {
        assert_eq!(reply.refused(404), "store.sql_bot.get.missing.app_error");
    }
    admin.post("/bots", json!({})).await.expect(400);
    admin.post("/bots", json!({ "username": "no spaces" })).await.expect(400);
}
