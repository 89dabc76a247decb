use fieldpost_testkit::TestSite;
use serde_json::json;

const PASSWORD: &str = "correct horse battery";

#[tokio::test]
async fn a_person_changes_what_is_said_of_them_and_everybody_hears_what_they_may() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    let alice = site.person("alice").await;
    let bob = site.person("bob").await;
    site.settle().await;
    let mut sockets = [admin.socket().await, bob.socket().await, alice.socket().await];
    let patch = json!({ "nickname": "Al", "props": { "x": "1" } });
    let changed = alice.put("/users/me/patch", patch).await.expect(200);
    assert_eq!((&changed["nickname"], &changed["username"]), (&json!("Al"), &json!("alice")));
    let mut told = Vec::new();
    for socket in &mut sockets {
        let event = socket.event("user_updated").await;
        assert_eq!(event["data"]["user"]["nickname"], "Al");
        told.push(event["data"]["user"].get("notify_props").is_some());
    }
    assert_eq!(told, [true, false, true]);
}

#[tokio::test]
async fn a_whole_account_replaces_the_old_one() {
    let site = TestSite::start().await;
    let alice = site.person("alice").await;
    let mut whole = alice.get("/users/me").await.expect(200);
    whole["first_name"] = json!("Alice");
    whole["username"] = json!("Alicia");
    whole["roles"] = json!("system_admin");
    let changed = alice.put(&format!("/users/{}", alice.id), whole.clone()).await.expect(200);
    assert_eq!(changed["first_name"], "Alice");
    assert_eq!(changed["username"], "alicia");
    assert_eq!(changed["roles"], "system_admin system_user");
    site.person("bob").await;
    whole["username"] = json!("bob");
    let refusal = alice.put(&format!("/users/{}", alice.id), whole.clone()).await.refused(400);
    assert_eq!(refusal, "app.user.save.username_exists.app_error");
    whole["username"] = json!("no spaces");
    let refusal = alice.put(&format!("/users/{}", alice.id), whole.clone()).await.refused(400);
    assert_eq!(refusal, "model.user.is_valid.username.app_error");
    whole["id"] = json!("x");
    alice.put(&format!("/users/{}", alice.id), whole).await.expect(400);
}

#[tokio::test]
async fn nobody_but_an_administrator_changes_others() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    let alice = site.person("alice").await;
    let bob = site.person("bob").await;
    let path = format!("/users/{}", alice.id);
    let refused = [
        bob.put(&format!("{path}/patch"), json!({ "nickname": "x" })).await,
        bob.put(&format!("{path}/roles"), json!({ "roles": "system_user" })).await,
        bob.put(&format!("{path}/active"), json!({ "active": false })).await,
        bob.put(&format!("{path}/password"), json!({ "new_password": "long enough" })).await,
        bob.post(&format!("{path}/reset_failed_attempts"), json!({})).await,
        bob.delete(&path).await,
        bob.get(&format!("{path}/sessions")).await,
        bob.post(&format!("{path}/sessions/revoke/all"), json!({})).await,
    ];
    for reply in refused {
        assert_eq!(reply.refused(403), "api.context.permissions.app_error");
    }
    let changed = admin.put(&format!("{path}/patch"), json!({ "nickname": "x" })).await;
    assert_eq!(changed.expect(200)["nickname"], "x");
}

#[tokio::test]
async fn changing_ones_address_takes_ones_password() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    let alice = site.person("alice").await;
    let patch = |password: &str| json!({ "email": "New@example.com", "password": password });
    alice.put("/users/me/patch", patch("")).await.expect(400);
    let refusal = alice.put("/users/me/patch", patch("wrong password")).await.refused(401);
    assert_eq!(refusal, "api.user.check_user_password.invalid.app_error");
    let changed = alice.put("/users/me/patch", patch(PASSWORD)).await.expect(200);
    assert_eq!(changed["email"], "new@example.com");
    let by_admin = json!({ "email": "newer@example.com" });
    let path = format!("/users/{}/patch", alice.id);
    assert_eq!(admin.put(&path, by_admin).await.expect(200)["email"], "newer@example.com");
}

#[tokio::test]
async fn roles_count_at_once_and_the_last_administrator_stays() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    let bob = site.person("bob").await;
    let own = format!("/users/{}/roles", admin.id);
    let member = json!({ "roles": "system_user" });
    let refusal = admin.put(&own, member.clone()).await.refused(400);
    assert_eq!(refusal, "app.user.update.lastAdmin.app_error");
    site.settle().await;
    let mut socket = bob.socket().await;
    bob.get("/users?without_team=true").await.expect(403);
    let path = format!("/users/{}/roles", bob.id);
    for roles in ["system_admin", "system_user nonsense", "system_guest", "system_user team_admin"]
    {
        admin.put(&path, json!({ "roles": roles })).await.expect(400);
    }
    let roles = json!({ "roles": "system_user system_admin" });
    admin.put(&path, roles).await.expect(200);
    bob.get("/users?without_team=true").await.expect(200);
    let event = socket.event("user_role_updated").await;
    assert_eq!(event["data"]["roles"], "system_user system_admin");
    bob.put(&own, member).await.expect(200);
    admin.get("/users?without_team=true").await.expect(403);
}

#[tokio::test]
async fn a_deactivated_person_is_out_at_once_and_may_come_back() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    let bob = site.person("bob").await;
    site.settle().await;
    let mut socket = admin.socket().await;
    bob.get("/users/me").await.expect(200);
    let path = format!("/users/{}/active", bob.id);
    let refusal = bob.put(&path, json!({ "active": false })).await.refused(401);
    assert_eq!(refusal, "api.user.update_active.not_enable.app_error");
    admin.put(&path, json!({ "active": false })).await.expect(200);
    socket.event("user_activation_status_change").await;
    bob.get("/users/me").await.expect(401);
    let credentials = json!({ "login_id": "bob", "password": PASSWORD });
    let refusal = site.stranger().post("/users/login", credentials.clone()).await.refused(401);
    assert_eq!(refusal, "api.user.login.inactive.app_error");
    let inactive = admin.get("/users?inactive=true").await.expect(200);
    assert_eq!(super::names(&inactive), ["bob"]);
    admin.put(&path, json!({ "active": true })).await.expect(200);
    site.stranger().post("/users/login", credentials).await.expect(200);
    admin.delete(&format!("/users/{}", bob.id)).await.expect(200);
    let found = admin.get(&format!("/users/{}", bob.id)).await.expect(200);
    assert!(found["delete_at"].as_i64().unwrap() > 0);
    let permanent = admin.delete(&format!("/users/{}?permanent=true", bob.id)).await;
    assert_eq!(permanent.refused(401), "api.user.delete_user.not_enabled.app_error");
}

#[tokio::test]
async fn the_last_administrator_cannot_be_deactivated() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    let bob = site.person("bob").await;
    // Somebody who may deactivate people, and administers nothing else, has no power over those
    // who administer.
    let manager = json!({ "roles": "system_user system_user_manager" });
    admin.put(&format!("/users/{}/roles", bob.id), manager).await.expect(200);
    bob.delete(&format!("/users/{}", admin.id)).await.expect(403);
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let site = TestSite::start().await;
    let alice = site.person("alice").await;
    let mut elsewhere = site.stranger();
    elsewhere.sign_in("alice", PASSWORD).await;
    elsewhere.get("/users/me").await.expect(200);
    let change =
        |current: &str, new: &str| json!({ "current_password": current, "new_password": new });
    let refusal = alice.put("/users/me/password", change("wrong password", "brand new")).await;
    assert_eq!(refusal.refused(400), "api.user.update_password.incorrect.app_error");
    alice.put("/users/me/password", change("", "brand new")).await.expect(400);
    let short = alice.put("/users/me/password", change(PASSWORD, "short")).await;
    assert_eq!(short.refused(400), "model.user.is_valid.pwd_min_length.app_error");
    alice.put("/users/me/password", change(PASSWORD, "brand new")).await.expect(200);
    alice.get("/users/me").await.expect(200);
    elsewhere.get("/users/me").await.expect(401);
    let old = json!({ "login_id": "alice", "password": PASSWORD });
    site.stranger().post("/users/login", old).await.expect(401);
    elsewhere.sign_in("alice", "brand new").await;
}

#[tokio::test]
async fn an_administrator_unlocks_an_account_and_sets_its_password() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    let alice = site.person("alice").await;
    let wrong = json!({ "login_id": "alice", "password": "wrong password" });
    for _ in 0..10 {
        site.stranger().post("/users/login", wrong.clone()).await.expect(401);
    }
    let right = json!({ "login_id": "alice", "password": PASSWORD });
    site.stranger().post("/users/login", right.clone()).await.expect(401);
    let path = format!("/users/{}", alice.id);
    admin.post(&format!("{path}/reset_failed_attempts"), json!({})).await.expect(200);
    site.stranger().post("/users/login", right).await.expect(200);
    let new = json!({ "new_password": "brand new" });
    admin.put(&format!("{path}/password"), new).await.expect(200);
    alice.get("/users/me").await.expect(401);
}

#[tokio::test]
async fn everybody_hears_of_somebody_new() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    site.settle().await;
    let mut socket = admin.socket().await;
    let bob = site.person("bob").await;
    let event = socket.event("new_user").await;
    assert_eq!(event["data"]["user_id"], bob.id.to_string());
}
