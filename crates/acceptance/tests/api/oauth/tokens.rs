//! What an app gets for a code or a refresh token, and when it gets nothing.

use fieldpost_testkit::TestSite;
use serde_json::json;

use super::{
    BACK, CHALLENGE, VERIFIER, bearing, by_code, by_refresh, code, exchange, let_in, make, refused,
    text,
};

const MINUTE: i64 = 60 * 1000;

#[tokio::test]
async fn a_code_is_good_once_and_what_came_of_it_ends_when_it_is_used_again() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    let alice = site.person("alice").await;
    let app = make(&admin, json!({})).await;
    let first = code(&alice, &app, json!({})).await;
    let tokens = by_code(&site, &app, &first).await.expect(200);
    let tokens = by_refresh(&site, &app, &tokens).await.expect(200);
    let program = bearing(&site, text(&tokens, "access_token"));
    program.get("/users/me").await.expect(200);
    let other = let_in(&site, &alice, &app).await;
    assert_eq!(refused(by_code(&site, &app, &first).await, 400), "invalid_grant");
    program.get("/users/me").await.expect(401);
    assert_eq!(refused(by_refresh(&site, &app, &tokens).await, 400), "invalid_grant");
    bearing(&site, text(&other, "access_token")).get("/users/me").await.expect(200);
}

#[tokio::test]
async fn a_code_is_for_one_app_one_address_and_ten_minutes() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    let app = make(&admin, json!({})).await;
    let other = make(&admin, json!({})).await;
    let granted = code(&admin, &app, json!({})).await;
    assert_eq!(refused(by_code(&site, &other, &granted).await, 400), "invalid_grant");
    let mut asked = vec![
        ("grant_type", "authorization_code"),
        ("client_id", text(&app, "id")),
        ("client_secret", text(&app, "client_secret")),
        ("code", &granted),
    ];
    assert_eq!(refused(exchange(&site, &asked).await, 400), "invalid_grant");
    asked.push(("redirect_uri", "http://127.0.0.1:9/cb"));
    assert_eq!(refused(exchange(&site, &asked).await, 400), "invalid_grant");
    by_code(&site, &app, &granted).await.expect(200);
    let late = code(&admin, &app, json!({})).await;
    site.clock().advance(10 * MINUTE);
    assert_eq!(refused(by_code(&site, &app, &late).await, 400), "invalid_grant");
    assert_eq!(
        refused(by_code(&site, &app, "ybndrfg8ejkmcpqxot1uwiszyy").await, 400),
        "invalid_grant"
    );
}

#[tokio::test]
async fn whoever_promised_a_verifier_shows_it() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    let promised = json!({ "code_challenge": CHALLENGE, "code_challenge_method": "S256" });
    let public = make(&admin, json!({ "is_public": true })).await;
    let granted = code(&admin, &public, promised.clone()).await;
    let asked = [
        ("grant_type", "authorization_code"),
        ("client_id", text(&public, "id")),
        ("redirect_uri", BACK),
        ("code", &granted),
    ];
    assert_eq!(refused(exchange(&site, &asked).await, 400), "invalid_grant");
    let wrong = [&asked[..], &[("code_verifier", CHALLENGE)]].concat();
    assert_eq!(refused(exchange(&site, &wrong).await, 400), "invalid_grant");
    let secret = [&asked[..], &[("code_verifier", VERIFIER), ("client_secret", "x")]].concat();
    assert_eq!(refused(exchange(&site, &secret).await, 401), "invalid_client");
    let right = [&asked[..], &[("code_verifier", VERIFIER)]].concat();
    let tokens = exchange(&site, &right).await.expect(200);
    assert_eq!(tokens.get("refresh_token"), None, "it can keep no secret");
    bearing(&site, text(&tokens, "access_token")).get("/users/me").await.expect(200);

    let app = make(&admin, json!({})).await;
    let granted = code(&admin, &app, promised).await;
    assert_eq!(refused(by_code(&site, &app, &granted).await, 400), "invalid_grant");
    let granted = code(&admin, &app, json!({})).await;
    let unasked = [
        ("grant_type", "authorization_code"),
        ("client_id", text(&app, "id")),
        ("client_secret", text(&app, "client_secret")),
        ("redirect_uri", BACK),
        ("code", &granted),
        ("code_verifier", VERIFIER),
    ];
    assert_eq!(refused(exchange(&site, &unasked).await, 400), "invalid_grant");
}

#[tokio::test]
async fn a_refresh_token_is_replaced_and_ends_all_when_it_comes_again_late() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    let app = make(&admin, json!({})).await;
    let first = let_in(&site, &admin, &app).await;
    let second = by_refresh(&site, &app, &first).await.expect(200);
    bearing(&site, text(&first, "access_token")).get("/users/me").await.expect(401);
    bearing(&site, text(&second, "access_token")).get("/users/me").await.expect(200);
    // The answer was lost on the way, and the app asks again.
    let third = by_refresh(&site, &app, &first).await.expect(200);
    bearing(&site, text(&second, "access_token")).get("/users/me").await.expect(401);
    site.clock().advance(2 * MINUTE);
    let fourth = by_refresh(&site, &app, &third).await.expect(200);
    let program = bearing(&site, text(&fourth, "access_token"));
    program.get("/users/me").await.expect(200);
    assert_eq!(refused(by_refresh(&site, &app, &first).await, 400), "invalid_grant");
    program.get("/users/me").await.expect(401);
    assert_eq!(refused(by_refresh(&site, &app, &fourth).await, 400), "invalid_grant");
}

#[tokio::test]
async fn an_access_token_lasts_thirty_days_and_a_refresh_token_ninety() {
    let day = 24 * 60 * MINUTE;
    let site = TestSite::start().await;
    let mut admin = site.person("admin").await;
    let app = make(&admin, json!({})).await;
    let other = make(&admin, json!({})).await;
    let tokens = let_in(&site, &admin, &app).await;
    site.clock().advance(30 * day);
    bearing(&site, text(&tokens, "access_token")).get("/users/me").await.expect(401);
    assert_eq!(refused(by_refresh(&site, &other, &tokens).await, 400), "invalid_grant");
    let tokens = by_refresh(&site, &app, &tokens).await.expect(200);
    bearing(&site, text(&tokens, "access_token")).get("/users/me").await.expect(200);
    site.clock().advance(90 * day);
    assert_eq!(refused(by_refresh(&site, &app, &tokens).await, 400), "invalid_grant");
    admin.sign_in("admin", "correct horse battery").await;
    let listed = admin.get("/users/me/oauth/apps/authorized").await.expect(200);
    assert_eq!(listed[0]["id"], app["id"], "that it may is not forgotten");
}

#[tokio::test]
async fn whatever_ends_sessions_ends_what_apps_hold() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    let mut alice = site.person("alice").await;
    let app = make(&admin, json!({})).await;
    let path = format!("/users/{}", alice.id);

    let tokens = let_in(&site, &alice, &app).await;
    let waiting = code(&alice, &app, json!({})).await;
    let sessions = alice.get("/users/me/sessions").await.expect(200);
    let of_app = sessions.as_array().unwrap().iter().find(|one| one["is_oauth"] == true).unwrap();
    let ended = json!({ "session_id": of_app["id"] });
    alice.post(&format!("{path}/sessions/revoke"), ended).await.expect(200);
    bearing(&site, text(&tokens, "access_token")).get("/users/me").await.expect(401);
    assert_eq!(refused(by_refresh(&site, &app, &tokens).await, 400), "invalid_grant");

    let tokens = let_in(&site, &alice, &app).await;
    admin.post(&format!("{path}/sessions/revoke/all"), json!({})).await.expect(200);
    assert_eq!(refused(by_refresh(&site, &app, &tokens).await, 400), "invalid_grant");
    assert_eq!(refused(by_code(&site, &app, &waiting).await, 400), "invalid_grant");

    alice.sign_in("alice", "correct horse battery").await;
    let tokens = let_in(&site, &alice, &app).await;
    let waiting = code(&alice, &app, json!({})).await;
    let program = bearing(&site, text(&tokens, "access_token"));
    program.get("/users/me").await.expect(200);
    admin.delete(&path).await.expect(200);
    program.get("/users/me").await.expect(401);
    assert_eq!(refused(by_refresh(&site, &app, &tokens).await, 400), "invalid_grant");
    assert_eq!(refused(by_code(&site, &app, &waiting).await, 400), "invalid_grant");
    admin.put(&format!("{path}/active"), json!({ "active": true })).await.expect(200);
    program.get("/users/me").await.expect(401);
    assert_eq!(refused(by_refresh(&site, &app, &tokens).await, 400), "invalid_grant");
    alice.sign_in("alice", "correct horse battery").await;
    assert_eq!(alice.get("/users/me/oauth/apps/authorized").await.expect(200), json!([]));
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_in_the_words_of_the_standard() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    let app = make(&admin, json!({})).await;
    let id = text(&app, "id");
    let secret = ("client_secret", text(&app, "client_secret"));
    let of = async |pairs: &[(&str, &str)]| exchange(&site, pairs).await;
    assert_eq!(refused(of(&[]).await, 400), "invalid_request");
    assert_eq!(refused(of(&[("client_id", id), secret]).await, 400), "invalid_request");
    let twice =
        [("grant_type", "refresh_token"), ("grant_type", "refresh_token"), ("client_id", id)];
    assert_eq!(refused(of(&twice).await, 400), "invalid_request");
    let password = [("grant_type", "password"), ("client_id", id), secret];
    assert_eq!(refused(of(&password).await, 400), "unsupported_grant_type");
    let nobody = [("grant_type", "refresh_token"), ("client_id", "x"), secret];
    assert_eq!(refused(of(&nobody).await, 401), "invalid_client");
    let unproven = [("grant_type", "refresh_token"), ("client_id", id)];
    assert_eq!(refused(of(&unproven).await, 401), "invalid_client");
    for _ in 0..60 {
        let reply = of(&unproven).await;
        if reply.status == 429 {
            assert_eq!(reply.refused(429), "api.context.rate_limit.app_error");
            return;
        }
        assert_eq!(refused(reply, 401), "invalid_client");
    }
    panic!("there is no end to it");
}
