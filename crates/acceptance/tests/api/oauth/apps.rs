//! Making, changing and listing apps.

use fieldpost_testkit::TestSite;
use serde_json::json;

use super::{by_code, code, exchange, let_in, make, new_app, refused, text};

#[tokio::test]
async fn an_app_is_made_changed_and_deleted_by_an_administrator() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    let alice = site.person("alice").await;
    let made = make(&admin, json!({})).await;
    assert_eq!(made["creator_id"], json!(admin.id));
    assert_eq!(text(&made, "client_secret").len(), 26);
    let path = format!("/oauth/apps/{}", text(&made, "id"));
    let seen = admin.get(&path).await.expect(200);
    assert_eq!((&seen["name"], &seen["client_secret"]), (&json!("Weather"), &json!("")));
    assert_eq!(admin.get("/oauth/apps").await.expect(200)[0], seen);
    assert_eq!(alice.get(&format!("{path}/info")).await.expect(200), seen);

    let mut changed = new_app(json!({ "id": made["id"], "name": "Wind", "is_trusted": true }));
    assert_eq!(admin.put(&path, changed.clone()).await.expect(200)["name"], "Wind");
    let seen = admin.get(&path).await.expect(200);
    assert_eq!((&seen["is_trusted"], &seen["create_at"]), (&json!(true), &made["create_at"]));
    changed["id"] = json!(admin.id);
    admin.put(&path, changed).await.refused(400);

    for refusal in [
        alice.get("/oauth/apps").await,
        alice.get(&path).await,
        alice.post("/oauth/apps", new_app(json!({}))).await,
        alice.put(&path, new_app(json!({ "id": made["id"] }))).await,
        alice.post(&format!("{path}/regen_secret"), json!({})).await,
        alice.delete(&path).await,
    ] {
        assert_eq!(refusal.refused(403), "api.context.permissions.app_error");
    }
    site.stranger().get(&format!("{path}/info")).await.expect(401);
    admin.delete(&path).await.expect(200);
    assert_eq!(admin.get(&path).await.refused(404), "app.oauth.get_app.find.app_error");
    alice.get(&format!("{path}/info")).await.expect(404);
}

#[tokio::test]
async fn what_no_app_may_be_is_refused() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    let long = format!("https://a.example/{}", "x".repeat(230));
    let wrong = [
        ("name", json!({ "name": " " })),
        ("name", json!({ "name": "x".repeat(65) })),
        ("description", json!({ "description": "x".repeat(513) })),
        ("callback", json!({ "callback_urls": [] })),
        ("callback", json!({ "callback_urls": ["javascript:alert(1)"] })),
        ("callback", json!({ "callback_urls": ["https://a.example/#x"] })),
        ("callback", json!({ "callback_urls": [long, long, long, long, long] })),
        ("homepage", json!({ "homepage": "" })),
        ("homepage", json!({ "homepage": "ftp://a.example" })),
        ("icon_url", json!({ "icon_url": "data:image/png,x" })),
    ];
    for (what, other) in wrong {
        let refusal = admin.post("/oauth/apps", new_app(other)).await.refused(400);
        assert_eq!(refusal, format!("model.oauth.is_valid.{what}.app_error"));
    }
    assert_eq!(admin.get("/oauth/apps").await.expect(200), json!([]));
}

#[tokio::test]
async fn only_the_last_secret_is_good() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    let first = make(&admin, json!({})).await;
    let tokens = let_in(&site, &admin, &first).await;
    let path = format!("/oauth/apps/{}/regen_secret", text(&first, "id"));
    let second = admin.post(&path, json!({})).await.expect(200);
    let granted = code(&admin, &first, json!({})).await;
    let refusal = by_code(&site, &first, &granted).await;
    assert!(refusal.header("www-authenticate").starts_with("Basic "));
    assert_eq!(refused(refusal, 401), "invalid_client");
    let answer = by_code(&site, &second, &granted).await;
    assert_eq!((answer.header("cache-control"), answer.header("pragma")), ("no-store", "no-cache"));
    answer.expect(200);
    super::bearing(&site, text(&tokens, "access_token")).get("/users/me").await.expect(200);

    let public = make(&admin, json!({ "is_public": true })).await;
    assert_eq!(public["client_secret"], "");
    let path = format!("/oauth/apps/{}/regen_secret", text(&public, "id"));
    admin.post(&path, json!({})).await.refused(400);
}

#[tokio::test]
async fn a_deleted_app_acts_for_nobody() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    let alice = site.person("alice").await;
    let app = make(&admin, json!({})).await;
    let tokens = let_in(&site, &alice, &app).await;
    let program = super::bearing(&site, text(&tokens, "access_token"));
    program.get("/users/me").await.expect(200);
    admin.delete(&format!("/oauth/apps/{}", text(&app, "id"))).await.expect(200);
    program.get("/users/me").await.expect(401);
    let refusal = super::by_refresh(&site, &app, &tokens).await;
    assert_eq!(refused(refusal, 401), "invalid_client");
    assert_eq!(alice.get("/users/me/oauth/apps/authorized").await.expect(200), json!([]));
}

#[tokio::test]
async fn what_is_switched_off_says_so() {
    let config = "/config/client?format=old";
    let site = TestSite::start_with(|config| config.settings.oauth.provider = false).await;
    let admin = site.person("admin").await;
    assert_eq!(admin.get(config).await.expect(200)["EnableOAuthServiceProvider"], "false");
    admin.get("/oauth/apps").await.refused(501);
    admin.post("/oauth/apps", new_app(json!({}))).await.refused(501);
    admin.get("/users/me/oauth/apps/authorized").await.refused(501);
    admin.get_page("/oauth/authorize").await.refused(501);
    let refusal = exchange(&site, &[("grant_type", "x"), ("client_id", "y")]).await.refused(501);
    assert_eq!(refusal, "api.oauth.get_access_token.disabled.app_error");
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    assert_eq!(admin.get(config).await.expect(200)["EnableOAuthServiceProvider"], "true");
}
