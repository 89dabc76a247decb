//! Apps that register themselves, and how they find their way.

use fieldpost_testkit::TestSite;
use serde_json::{Value, json};

use super::{BACK, CHALLENGE, VERIFIER, code, exchange, refused, text, with};

const METADATA: &str = "/.well-known/oauth-authorization-server";

async fn open_site() -> TestSite {
    TestSite::start_with(|config| {
        config.settings.oauth.registration = true;
        config.settings.site_url = "https://chat.example.org/".to_owned();
    })
    .await
}

fn of_itself(other: Value) -> Value {
    with(json!({ "client_name": "Own", "redirect_uris": [BACK] }), other)
}

#[tokio::test]
async fn an_app_registers_itself_where_it_may() {
    let site = open_site().await;
    let admin = site.person("admin").await;
    let new = of_itself(json!({ "token_endpoint_auth_method": "none" }));
    let made = site.stranger().post("/oauth/apps/register", new).await.expect(201);
    assert_eq!(made.get("client_secret"), None);
    assert_eq!(made["grant_types"], json!(["authorization_code"]));
    let app = json!({ "id": made["client_id"] });
    let promised = json!({ "code_challenge": CHALLENGE, "code_challenge_method": "S256" });
    let granted = code(&admin, &app, promised).await;
    let asked = [
        ("grant_type", "authorization_code"),
        ("client_id", text(&app, "id")),
        ("redirect_uri", BACK),
        ("code", &granted),
        ("code_verifier", VERIFIER),
    ];
    exchange(&site, &asked).await.expect(200);

    let with_secret = site.stranger().post("/oauth/apps/register", of_itself(json!({}))).await;
    assert_eq!(with_secret.header("cache-control"), "no-store");
    let with_secret = with_secret.expect(201);
    assert_eq!(with_secret["token_endpoint_auth_method"], "client_secret_basic");
    assert_eq!(text(&with_secret, "client_secret").len(), 26);
    let listed = admin.get("/oauth/apps").await.expect(200);
    assert_eq!(listed[0]["is_dynamically_registered"], true);
    assert_eq!((&listed[0]["creator_id"], &listed[0]["is_trusted"]), (&json!(""), &json!(false)));
}

#[tokio::test]
async fn what_cannot_be_registered_is_refused_in_the_words_of_the_standard() {
    let site = open_site().await;
    let metadata = "invalid_client_metadata";
    let wrong = [
        ("invalid_redirect_uri", json!({ "redirect_uris": [] })),
        ("invalid_redirect_uri", json!({ "redirect_uris": ["http://app.example.org/"] })),
        ("invalid_redirect_uri", json!({ "redirect_uris": ["myapp://cb"] })),
        (metadata, json!({ "token_endpoint_auth_method": "private_key_jwt" })),
        (metadata, json!({ "grant_types": ["implicit"] })),
        (metadata, json!({ "response_types": ["token"] })),
        (metadata, json!({ "client_name": "x".repeat(65) })),
        (metadata, json!({ "client_uri": "javascript:x" })),
    ];
    for (error, other) in wrong {
        let reply = site.stranger().post("/oauth/apps/register", of_itself(other)).await;
        assert_eq!(refused(reply, 400), error);
    }
    let closed = TestSite::start().await;
    let reply = closed.stranger().post("/oauth/apps/register", of_itself(json!({}))).await;
    reply.refused(501);
}

#[tokio::test]
async fn programs_find_their_way() {
    let site = open_site().await;
    let told = site.stranger().get_page(METADATA).await.expect(200);
    assert_eq!(told["issuer"], "https://chat.example.org");
    assert_eq!(told["authorization_endpoint"], "https://chat.example.org/oauth/authorize");
    assert_eq!(told["token_endpoint"], "https://chat.example.org/oauth/access_token");
    assert_eq!(
        told["registration_endpoint"],
        "https://chat.example.org/api/v4/oauth/apps/register"
    );
    assert_eq!(told["code_challenge_methods_supported"], json!(["S256"]));
    assert_eq!(told["response_types_supported"], json!(["code"]));
    let unknown = TestSite::start().await;
    unknown.stranger().get_page(METADATA).await.refused(501);
    let closed = TestSite::start_with(|config| {
        config.settings.site_url = "https://chat.example.org".to_owned();
    })
    .await;
    let told = closed.stranger().get_page(METADATA).await.expect(200);
    assert_eq!(told.get("registration_endpoint"), None);
}
