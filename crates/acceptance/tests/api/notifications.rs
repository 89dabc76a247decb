use fieldpost_testkit::TestSite;
use serde_json::{Value, json};

#[tokio::test]
async fn the_system_writes_to_whoever_tries_out_their_notifications() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let alice = site.member(&admin, &team, "alice").await;
    site.settle().await;
    let mut socket = alice.socket().await;
    site.stranger().post("/notifications/test", json!({})).await.expect(401);
    let reply = alice.send("POST".parse().unwrap(), "/notifications/test", Vec::new()).await;
    reply.expect(200);
    let posted = socket.event("posted").await;
    assert_eq!(posted["data"]["channel_type"], "D");
    assert_eq!(posted["data"]["sender_name"], "@system-bot");
    assert_eq!(posted["data"]["mentions"], json!(format!("[\"{}\"]", alice.id)));
    let post: Value = serde_json::from_str(posted["data"]["post"].as_str().unwrap()).unwrap();
    assert!(post["props"]["force_notification"].is_string());
    // A client cannot say so itself.
    let forged = json!({
        "channel_id": post["channel_id"], "message": "x", "props": { "force_notification": "x" },
    });
    let forged = alice.post("/posts", forged).await.expect(201);
    assert_eq!(forged["props"].get("force_notification"), None);
    alice.post("/notifications/test", json!({})).await.expect(200);
    assert_eq!(socket.event("posted").await["event"], "posted");
}

#[tokio::test]
async fn what_is_not_pushed_is_not_acknowledged() {
    let site = TestSite::start().await;
    let alice = site.person("alice").await;
    let ack = json!({ "id": "x", "received_at": 1, "platform": "ios", "type": "message" });
    let refusal = alice.post("/notifications/ack", ack.clone()).await.refused(501);
    assert_eq!(refusal, "api.push_notification.disabled.app_error");
    let nonsense = alice.send("POST".parse().unwrap(), "/notifications/ack", b"{".to_vec()).await;
    assert_eq!(nonsense.refused(400), "api.push_notifications_ack.message.parse.app_error");
    site.stranger().post("/notifications/ack", ack).await.expect(401);
}

#[tokio::test]
async fn clients_report_their_figures() {
    let site = TestSite::start().await;
    let alice = site.person("alice").await;
    let report = json!({
        "version": "0.1.0", "client_id": "x", "labels": { "platform": "linux" }, "start": 1.5,
        "end": 2, "counters": [{ "metric": "long_tasks", "value": 3, "timestamp": 2 }],
        "histograms": [{ "metric": "CLS", "value": 0.25 }],
    });
    alice.post("/client_perf", report.clone()).await.expect(200);
    site.stranger().post("/client_perf", report.clone()).await.expect(401);
    for (key, wrong) in [
        ("version", json!("9.0.0")),
        ("start", json!(3)),
        ("end", json!("now")),
        ("counters", json!([{ "metric": "", "value": 1 }])),
        ("histograms", json!([{ "metric": "x" }])),
        ("counters", json!(vec![json!({ "metric": "x", "value": 1 }); 1001])),
    ] {
        let mut report = report.clone();
        report[key] = wrong;
        alice.post("/client_perf", report).await.expect(400);
    }
}

#[tokio::test]
async fn what_is_not_available_says_so_in_the_words_of_the_api() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let stranger = site.stranger();
    let switch = async |from: &str, to: &str, status| {
        let asked = json!({ "current_service": from, "new_service": to, "email": "a@b.c" });
        stranger.post("/users/login/switch", asked).await.refused(status)
    };
    let unsupported = "api.user.authorize_oauth_user.unsupported.app_error";
    assert_eq!(switch("email", "gitlab", 501).await, unsupported);
    assert_eq!(switch("saml", "email", 501).await, unsupported);
    assert_eq!(switch("", "ldap", 501).await, "api.user.email_to_ldap.not_available.app_error");
    assert_eq!(
        switch("ldap", "email", 501).await,
        "api.user.ldap_to_email.not_available.app_error"
    );
    let invalid = "api.context.invalid_body_param.app_error";
    assert_eq!(switch("email", "email", 400).await, invalid);
    assert_eq!(switch("gitlab", "saml", 400).await, invalid);

    let handed = json!({ "token": "x".repeat(64) });
    let refusal = stranger.post("/users/login/desktop_token", handed).await.refused(401);
    assert_eq!(refusal, "api.user.login_with_desktop_token.not_oauth_or_saml_user.app_error");
    stranger.post("/users/login/desktop_token", json!({ "token": "" })).await.expect(400);
    let code = json!({ "login_code": "x", "code_verifier": "y", "state": "z" });
    let refusal = stranger.post("/users/login/sso/code-exchange", code).await.refused(400);
    assert_eq!(refusal, "api.oauth.get_access_token.bad_request.app_error");

    let square = admin.channel(&team, "town-square").await;
    let path = format!("/channels/{square}/members/me/autotranslation");
    let refusal = admin.put(&path, json!({ "autotranslation_disabled": true })).await.refused(403);
    let says = "api.channel.update_channel_member_autotranslation.feature_not_available.app_error";
    assert_eq!(refusal, says);
}

#[test]
fn the_socket_is_among_what_is_served() {
    let routes = fieldpost_http::routes();
    let socket = fieldpost_http::operations::find("GET", "/api/v4/websocket").unwrap();
    assert!(routes.serves(socket));
}
