use fieldpost_testkit::{Actor, TestSite};
use serde_json::{Value, json};

const PASSWORD: &str = "correct horse battery";

/// What was noted of an account, the newest first, as its operation and what came of it.
async fn noted(reader: &Actor, path: &str) -> Vec<(String, String)> {
    let text = |audit: &Value, key: &str| audit[key].as_str().unwrap().to_owned();
    let found = reader.get(path).await.expect(200);
    let each = found.as_array().unwrap().iter();
    each.map(|audit| (text(audit, "action"), text(audit, "extra_info"))).collect()
}

async fn own(reader: &Actor) -> Vec<(String, String)> {
    noted(reader, "/users/me/audits").await
}

#[tokio::test]
async fn people_see_who_came_in_to_their_account_and_who_tried() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    let alice = site.person("alice").await;
    let wrong = json!({ "login_id": "alice", "password": "wrong password" });
    site.stranger().post("/users/login", wrong).await.expect(401);
    let found = alice.get("/users/me/audits").await.expect(200);
    let (tried, came) = (&found[0], &found[1]);
    assert_eq!(tried["action"], "/api/v4/users/login");
    assert_eq!(tried["extra_info"], "failure - wrong password");
    assert_eq!((&tried["session_id"], &tried["user_id"]), (&json!(""), &json!(alice.id)));
    assert_eq!((&came["action"], &came["extra_info"]), (&tried["action"], &json!("success")));
    assert_eq!(came["ip_address"], "127.0.0.1");
    let sessions = alice.get("/users/me/sessions").await.expect(200);
    assert_eq!(came["session_id"], sessions[0]["id"]);
    assert!(tried["create_at"].as_i64() > came["create_at"].as_i64());
    let page = alice.get("/users/me/audits?page=1&per_page=1").await.expect(200);
    assert_eq!(page, json!([came]));

    let path = format!("/users/{}/audits", alice.id);
    assert_eq!(admin.get(&path).await.expect(200), found);
    let bob = site.person("bob").await;
    bob.get(&path).await.expect(403);
    bob.get("/audits").await.expect(403);
    site.stranger().get(&path).await.expect(401);
    site.stranger().get("/audits").await.expect(401);
    let all = admin.get("/audits").await.expect(200);
    let people: Vec<&Value> = all.as_array().unwrap().iter().map(|one| &one["user_id"]).collect();
    assert_eq!(people, [&json!(bob.id), &json!(alice.id), &json!(alice.id), &json!(admin.id)]);
}

#[tokio::test]
async fn what_changes_how_one_gets_in_is_noted() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    let mut alice = site.person("alice").await;
    let path = format!("/users/{}", alice.id);
    let by_admin = format!(", by {}", admin.id);
    let roles = json!({ "roles": "system_user system_user_access_token" });
    admin.put(&format!("{path}/roles"), roles).await.expect(200);
    let first = own(&alice).await.remove(0);
    assert_eq!(first.0, format!("/api/v4{path}/roles"));
    assert_eq!(first.1, format!("success - system_user system_user_access_token{by_admin}"));

    let token = alice.post("/users/me/tokens", json!({ "description": "x" })).await.expect(200);
    let id = token["id"].as_str().unwrap();
    for what in ["disable", "enable", "revoke"] {
        alice.post(&format!("/users/tokens/{what}"), json!({ "token_id": id })).await.expect(200);
    }
    let found = own(&alice).await;
    let actions: Vec<&str> = found[..4].iter().map(|(action, _)| action.as_str()).collect();
    assert_eq!(
        actions,
        [
            "/api/v4/users/tokens/revoke",
            "/api/v4/users/tokens/enable",
            "/api/v4/users/tokens/disable",
            "/api/v4/users/me/tokens",
        ]
    );
    assert!(found[..4].iter().all(|(_, outcome)| *outcome == format!("success - token_id={id}")));

    let wrong = json!({ "current_password": "wrong one", "new_password": "another one" });
    alice.put("/users/me/password", wrong).await.expect(400);
    let right = json!({ "current_password": PASSWORD, "new_password": "another one" });
    alice.put("/users/me/password", right).await.expect(200);
    let found = own(&alice).await;
    assert_eq!(found[0], ("/api/v4/users/me/password".to_owned(), "success".to_owned()));
    assert_eq!(found[1].1, "failure - wrong password");

    let other = json!({ "email": "a@example.com", "password": "another one" });
    alice.put("/users/me/patch", other).await.expect(200);
    assert_eq!(own(&alice).await[0].1, "success - another e-mail address");
    alice.put("/users/me/patch", json!({ "nickname": "A" })).await.expect(200);
    assert_eq!(own(&alice).await.len(), found.len() + 1, "a nickname opens nothing");

    admin.post(&format!("{path}/sessions/revoke/all"), json!({})).await.expect(200);
    alice.sign_in("alice", "another one").await;
    alice.post("/users/logout", json!({})).await.expect(200);
    let reset = json!({ "new_password": "a third one" });
    site.local().put(&format!("{path}/password"), reset).await.expect(200);
    admin.put(&format!("{path}/active"), json!({ "active": false })).await.expect(200);
    let found = noted(&admin, &format!("{path}/audits")).await;
    assert_eq!(found[0].1, format!("success - inactive{by_admin}"));
    assert_eq!(found[1].1, "success, on the server's own socket");
    assert_eq!(found[2].0, "/api/v4/users/logout");
    assert_eq!(found[3].0, "/api/v4/users/login");
    assert_eq!(
        found[4],
        (format!("/api/v4{path}/sessions/revoke/all"), format!("success{by_admin}"))
    );
}

#[tokio::test]
async fn the_newest_are_kept() {
    let site = TestSite::start().await;
    let alice = site.person("alice").await;
    let person = alice.id;
    let store = &site.running().store;
    store
        .write(&[], move |work| {
            for number in 0..1005 {
                let noted = fieldpost_identity::audit::Noted {
                    action: format!("{number}"),
                    ..Default::default()
                };
                fieldpost_identity::audit::note(work, person, person, &noted)?;
            }
            Ok(())
        })
        .await
        .unwrap();
    let found = noted(&alice, "/users/me/audits?per_page=200&page=4").await;
    assert_eq!((found.len(), found[199].0.as_str()), (200, "5"));
    assert_eq!(noted(&alice, "/users/me/audits?per_page=200&page=5").await, []);
}
