use fieldpost_identity::account::site_scope;
use fieldpost_identity::session::{self, Device};
use fieldpost_kernel::Work;
use fieldpost_model::Id;
use fieldpost_testkit::TestSite;
use serde_json::{Value, json};
use tokio::task::JoinSet;

const LOCKED: &str = "api.user.check_user_login_attempts.too_many.app_error";
const INVALID: &str = "api.user.login.invalid_credentials_email_username";

#[tokio::test]
async fn the_first_account_administers_and_the_next_do_not() {
    let site = TestSite::start().await;
    let first = site.person("alice").await;
    let second = site.person("bob").await;
    assert_eq!(first.get("/users/me").await.expect(200)["roles"], "system_admin system_user");
    assert_eq!(second.get("/users/me").await.expect(200)["roles"], "system_user");
}

#[tokio::test]
async fn names_and_addresses_are_unique_whatever_their_case() {
    let site = TestSite::start().await;
    site.person("alice").await;
    let stranger = site.stranger();
    let account = |username: &str, email: &str| json!({ "username": username, "email": email, "password": "long enough" });
    let same_name = stranger.post("/users", account("ALICE", "other@example.com")).await;
    assert_eq!(same_name.refused(400), "app.user.save.username_exists.app_error");
    let same_address = stranger.post("/users", account("other", "Alice@Example.com")).await;
    assert_eq!(same_address.refused(400), "app.user.save.email_exists.app_error");
}

#[tokio::test]
async fn a_short_password_is_refused() {
    let site = TestSite::start().await;
    let account = json!({ "username": "a", "email": "a@example.com", "password": "short" });
    let refusal = site.stranger().post("/users", account).await.refused(400);
    assert_eq!(refusal, "model.user.is_valid.pwd_min_length.app_error");
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_look_the_same() {
    let site = TestSite::start().await;
    site.person("alice").await;
    let stranger = site.stranger();
    for login in ["alice", "nobody"] {
        let credentials = json!({ "login_id": login, "password": "wrong password" });
        let refusal = stranger.post("/users/login", credentials).await.refused(401);
        assert_eq!(refusal, "api.user.login.invalid_credentials_email_username");
    }
}

#[tokio::test]
async fn ten_wrong_passwords_lock_the_account() {
    let site = TestSite::start().await;
    site.person("alice").await;
    let stranger = site.stranger();
    let wrong = json!({ "login_id": "alice", "password": "wrong password" });
    for _ in 0..10 {
        stranger.post("/users/login", wrong.clone()).await.expect(401);
    }
    let right = json!({ "login_id": "alice", "password": "correct horse battery" });
    let refusal = stranger.post("/users/login", right).await.refused(401);
    assert_eq!(refusal, LOCKED);
}

#[tokio::test]
async fn passwords_tried_at_once_are_hardly_more_than_those_one_after_another() {
    let site = TestSite::start().await;
    site.person("alice").await;
    let mut tries = JoinSet::new();
    for _ in 0..28 {
        let stranger = site.stranger();
        let wrong = json!({ "login_id": "alice", "password": "wrong password" });
        tries.spawn(async move { stranger.post("/users/login", wrong).await.refused(401) });
    }
    let refusals = tries.join_all().await;
    let count = |id: &str| refusals.iter().filter(|refusal| *refusal == id).count();
    // Four have their turn at once.
    assert!((10..=13).contains(&count(INVALID)), "{refusals:?}");
    assert_eq!(count(INVALID) + count(LOCKED), 28);
}

#[tokio::test]
async fn an_account_locked_since_its_password_was_shown_is_not_entered() {
    let site = TestSite::start().await;
    let alice = site.person("alice").await.id;
    let store = &site.running().store;
    let enter = async || {
        let entry = move |work: &mut Work<'_>| session::enter(work, alice, "", &Device::default());
        store.write(&[site_scope(alice)], entry).await
    };
    enter().await.unwrap().unwrap();
    for _ in 0..10 {
        let fail = move |work: &mut Work<'_>| session::note_failure(work, alice);
        store.write(&[site_scope(alice)], fail).await.unwrap();
    }
    assert_eq!(enter().await.unwrap_err().id, LOCKED);
}

#[tokio::test]
async fn signing_out_ends_the_session_at_once() {
    let site = TestSite::start().await;
    let alice = site.person("alice").await;
    alice.get("/users/me").await.expect(200);
    alice.post("/users/logout", json!({})).await.expect(200);
    let refusal = alice.get("/users/me").await.refused(401);
    assert_eq!(refusal, "api.context.session_expired.app_error");
}

#[tokio::test]
async fn a_cookie_alone_changes_nothing() {
    let site = TestSite::start().await;
    let alice = site.person("alice").await;
    let cookie = format!("MMAUTHTOKEN={}", alice.token);
    let browser = alice.without_headers().with_header("cookie", &cookie);
    browser.get("/users/me").await.expect(200);
    let team = json!({ "name": "alpha", "display_name": "Alpha", "type": "O" });
    browser.post("/teams", team.clone()).await.expect(401);
    let script = browser.with_header("x-requested-with", "XMLHttpRequest");
    script.post("/teams", team).await.expect(201);
}

#[tokio::test]
async fn signing_in_by_a_page_sets_the_three_cookies() {
    let site = TestSite::start().await;
    site.person("alice").await;
    let page = site.stranger().with_header("x-requested-with", "XMLHttpRequest");
    let credentials = json!({ "login_id": "alice", "password": "correct horse battery" });
    let reply = page.post("/users/login", credentials).await;
    let cookies: Vec<&str> =
        reply.headers.get_all("set-cookie").iter().map(|c| c.to_str().unwrap()).collect();
    assert_eq!(cookies.len(), 3);
    assert!(cookies[0].starts_with("MMAUTHTOKEN=") && cookies[0].contains("HttpOnly"));
    assert!(cookies[1].starts_with("MMUSERID=") && !cookies[1].contains("HttpOnly"));
    assert!(cookies[2].starts_with("MMCSRF="));
    reply.expect(200);
}

#[tokio::test]
async fn a_session_ends_with_its_time() {
    let site = TestSite::start().await;
    let alice = site.person("alice").await;
    alice.get("/users/me").await.expect(200);
    site.clock().advance(31 * 24 * 60 * 60 * 1000);
    alice.get("/users/me").await.expect(401);
}

#[tokio::test]
async fn whoever_tries_too_often_has_to_wait() {
    let site = TestSite::start().await;
    site.person("alice").await;
    let stranger = site.stranger();
    let try_as = |name: &str| json!({ "login_id": name, "password": "wrong password" });
    let mut refused = None;
    for _ in 0..40 {
        let reply = stranger.post("/users/login", try_as("nobody")).await;
        if reply.status == 429 {
            refused = Some(reply);
            break;
        }
        reply.expect(401);
    }
    let reply = refused.expect("it is too often at last");
    assert!((1..=60).contains(&reply.header("retry-after").parse::<u64>().unwrap()));
    assert_eq!(reply.refused(429), "api.fieldpost.login_rate_limit");
    stranger.post("/users/login", try_as("alice")).await.expect(401);
    site.clock().advance(60_000);
    stranger.post("/users/login", try_as("nobody")).await.expect(401);
}

#[tokio::test]
async fn no_other_name_of_an_account_begins_a_new_count() {
    let site = TestSite::start().await;
    let alice = site.person("alice").await;
    let fresh = |n: u8| Id::from_bytes([n; 16]).to_string();
    let known = |n: u8| match n % 3 {
        0 => json!({ "login_id": "alice", "id": fresh(n) }),
        1 => json!({ "login_id": "alice@example.com", "id": n.to_string() }),
        _ => json!({ "login_id": fresh(n), "id": alice.id }),
    };
    let unknown = |n: u8| json!({ "login_id": "nobody", "id": fresh(n) });
    site.clock().advance(60_000);
    let ways: [&dyn Fn(u8) -> Value; 2] = [&known, &unknown];
    for way in ways {
        for n in 1..=31 {
            let mut credentials = way(n);
            credentials["password"] = json!("wrong password");
            let expected = if n <= 30 { 401 } else { 429 };
            site.stranger().post("/users/login", credentials).await.expect(expected);
        }
    }
}

#[tokio::test]
async fn a_closed_door_lets_in_the_first_and_whom_an_administrator_brings() {
    let site = TestSite::start_with(|config| config.settings.open_signup = false).await;
    let admin = site.person("admin").await;
    let account = json!({ "username": "bob", "email": "bob@example.com", "password": "short" });
    // It is shut before a word is said about the password.
    let refusal = site.stranger().post("/users", account).await.refused(403);
    assert_eq!(refusal, "api.user.create_user.no_open_server");
    let account =
        json!({ "username": "bob", "email": "bob@example.com", "password": "long enough" });
    admin.post("/users", account).await.expect(201);
}

#[tokio::test]
async fn what_a_library_names_and_does_not_fill_in_is_as_if_it_were_not_named() {
    let site = TestSite::start().await;
    site.person("alice").await;
    let credentials = json!({
        "login_id": "alice", "password": "correct horse battery", "token": null, "device_id": null,
    });
    site.stranger().post("/users/login", credentials).await.expect(200);
}
