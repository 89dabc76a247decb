use fieldpost_testkit::TestSite;
use serde_json::{Value, json};

const PASSWORD: &str = "correct horse battery";

#[tokio::test]
async fn a_session_is_ended_from_another_and_its_socket_falls_silent() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    let mut phone = site.stranger();
    phone.sign_in("admin", PASSWORD).await;
    site.settle().await;
    let mut socket = phone.socket().await;
    let mut kept = admin.socket().await;
    socket.event("hello").await;
    let sessions = admin.get("/users/me/sessions").await.expect(200);
    let sessions = sessions.as_array().unwrap();
    assert_eq!(sessions.len(), 2);
    assert!(sessions.iter().all(|session| session["token"] == ""));
    // The newest is first.
    let ended = json!({ "session_id": sessions[0]["id"] });
    admin.post("/users/me/sessions/revoke", ended).await.expect(200);
    phone.get("/users/me").await.expect(401);
    site.settle().await;
    admin.say(&square, "not for the phone").await;
    kept.event("posted").await;
    let refused = socket.request(1, "ping", json!({})).await;
    assert_eq!(refused["error"]["status_code"], 401);
    assert_eq!(refused["error"]["id"], "api.context.session_expired.app_error");
    // Nothing but the refusal is in its way.
    socket.ask(2, "ping", json!({})).await;
    assert_eq!(socket.next().await.unwrap()["seq_reply"], 2);
}

#[tokio::test]
async fn an_ended_session_hears_nothing_of_what_comes_after() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "town-square").await;
    site.settle().await;
    let mut socket = bob.socket().await;
    socket.event("hello").await;
    admin.post(&format!("/users/{}/sessions/revoke/all", bob.id), json!({})).await.expect(200);
    site.settle().await;
    admin.say(&square, "secret").await;
    site.settle().await;
    socket.ask(1, "ping", json!({})).await;
    let next = socket.next().await.unwrap();
    assert_eq!((&next["seq_reply"], &next["status"]), (&json!(1), &json!("FAIL")), "{next}");
}

#[tokio::test]
async fn a_session_of_somebody_else_is_not_ended_in_ones_own_name() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    let bob = site.person("bob").await;
    let theirs = admin.get("/users/me/sessions").await.expect(200);
    let ended = json!({ "session_id": theirs[0]["id"] });
    bob.post("/users/me/sessions/revoke", ended).await.expect(400);
    bob.post("/users/me/sessions/revoke", json!({ "session_id": "x" })).await.expect(400);
    admin.get("/users/me").await.expect(200);
}

#[tokio::test]
async fn a_device_has_one_session() {
    let site = TestSite::start().await;
    let alice = site.person("alice").await;
    let mut again = site.stranger();
    again.sign_in("alice", PASSWORD).await;
    let device = json!({ "device_id": "android:abc", "mobile_version": "2.1.0" });
    alice.put("/users/sessions/device", device.clone()).await.expect(200);
    again.put("/users/sessions/device", device).await.expect(200);
    alice.get("/users/me").await.expect(401);
    let sessions = again.get("/users/me/sessions").await.expect(200);
    assert_eq!(sessions.as_array().unwrap().len(), 1);
    assert_eq!(sessions[0]["device_id"], "android:abc");
    assert_eq!(sessions[0]["props"]["mobile_version"], "2.1.0");
    for wrong in
        [json!({ "mobile_version": "two" }), json!({ "device_notification_disabled": "maybe" })]
    {
        again.put("/users/sessions/device", wrong).await.expect(400);
    }
}

#[tokio::test]
async fn a_session_in_use_says_so_now_and_then() {
    let site = TestSite::start().await;
    let alice = site.person("alice").await;
    let last = |sessions: &Value| sessions[0]["last_activity_at"].as_i64().unwrap();
    let first = last(&alice.get("/users/me/sessions").await.expect(200));
    assert_eq!(last(&alice.get("/users/me/sessions").await.expect(200)), first);
    site.clock().advance(6 * 60 * 1000);
    alice.get("/users/me").await.expect(200);
    // The note is written beside the request; another write comes after it.
    let mut now = first;
    for _ in 0..50 {
        alice.put("/users/me/patch", json!({})).await.expect(200);
        now = last(&alice.get("/users/me/sessions").await.expect(200));
        if now > first {
            break;
        }
    }
    assert!(now >= first + 6 * 60 * 1000, "{first} {now}");
}
