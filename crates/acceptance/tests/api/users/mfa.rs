use fieldpost_kernel::Clock;
use fieldpost_testkit::{Actor, Mailbox, Reply, TestSite};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha1::Sha1;
use tokio::task::JoinSet;

use crate::api::mail;

/// The bytes of a secret as it is typed.
fn decoded(secret: &str) -> Vec<u8> {
    let five = |letter: u8| match letter {
        b'A'..=b'Z' => letter - b'A',
        _ => letter - b'2' + 26,
    };
    let eight = |part: &[u8]| part.iter().fold(0, |bits: u64, l| bits << 5 | u64::from(five(*l)));
    let parts = secret.as_bytes().chunks(8);
    parts.flat_map(|part| eight(part).to_be_bytes()[3..].to_vec()).collect()
}

/// What an authenticator app shows.
pub(crate) fn code(site: &TestSite, secret: &str) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(&decoded(secret)).unwrap();
    mac.update(&(site.clock().now() / 30_000).to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let at = usize::from(digest[19] & 15);
    let four = u32::from_be_bytes(digest[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", four % 1_000_000)
}

async fn secret_of(actor: &Actor) -> String {
    let made = actor.post("/users/me/mfa/generate", json!({})).await.expect(200);
    made["secret"].as_str().unwrap().to_owned()
}

async fn activate(actor: &Actor, code: &str) -> Reply {
    actor.put("/users/me/mfa", json!({ "activate": true, "code": code })).await
}

/// Gives somebody a second factor.
pub(crate) async fn set_up_mfa(site: &TestSite, actor: &Actor) -> String {
    let secret = secret_of(actor).await;
    activate(actor, &code(site, &secret)).await.expect(200);
    secret
}

/// Somebody with a second factor, and its secret.
async fn guarded(site: &TestSite, name: &str) -> (Actor, String) {
    let actor = site.person(name).await;
    let secret = set_up_mfa(site, &actor).await;
    site.clock().advance(60_000);
    (actor, secret)
}

async fn login(site: &TestSite, name: &str, token: &str) -> Reply {
    let credentials =
        json!({ "login_id": name, "password": "correct horse battery", "token": token });
    site.stranger().post("/users/login", credentials).await
}

const ASKED: &str = "mfa.validate_token.authenticate.app_error";
const WRONG: &str = "api.user.check_user_mfa.bad_code.app_error";

#[tokio::test]
async fn a_second_factor_is_set_up_and_asked_for_at_the_door() {
    let site = TestSite::start().await;
    let alice = site.person("alice").await;
    site.settle().await;
    let reply = alice.post("/users/me/mfa/generate", json!({})).await;
    assert!(reply.header("cache-control").contains("no-store"));
    let made = reply.expect(200);
    let secret = made["secret"].as_str().unwrap();
    assert_eq!(secret.len(), 32);
    assert!(made["qr_code"].as_str().unwrap().starts_with("iVBORw0KGgo"), "a PNG");
    login(&site, "alice", "").await.expect(200);

    alice.put("/users/me/mfa", json!({ "activate": true })).await.expect(400);
    alice.put("/users/me/mfa", json!({ "code": "123456" })).await.expect(400);
    assert_eq!(activate(&alice, "000000").await.refused(401), "mfa.activate.bad_token.app_error");
    assert_eq!(alice.get("/users/me").await.expect(200).get("mfa_active"), None);
    let mut socket = alice.socket().await;
    activate(&alice, &code(&site, secret)).await.expect(200);
    assert_eq!(socket.event("user_updated").await["data"]["user"]["mfa_active"], true);
    assert_eq!(alice.get("/users/me").await.expect(200)["mfa_active"], true);

    assert_eq!(login(&site, "alice", "").await.refused(401), ASKED);
    let used = code(&site, secret);
    assert_eq!(login(&site, "alice", &used).await.refused(401), WRONG, "it was used already");
    site.clock().advance(30_000);
    let fresh = code(&site, secret);
    let user = login(&site, "alice", &fresh).await.expect(200);
    assert_eq!(user["mfa_active"], true);
    assert!(!user.to_string().contains(secret));
    assert_eq!(login(&site, "alice", &fresh).await.refused(401), WRONG, "no code is taken twice");
    site.clock().advance(90_000);
    let late = code(&site, secret);
    site.clock().advance(30_000);
    login(&site, "alice", &late).await.expect(200);
    let old = code(&site, secret);
    site.clock().advance(60_000);
    assert_eq!(login(&site, "alice", &old).await.refused(401), WRONG);
    let wrong =
        json!({ "login_id": "alice", "password": "wrong password", "token": code(&site, secret) });
    let refusal = site.stranger().post("/users/login", wrong).await.refused(401);
    assert_eq!(refusal, "api.user.login.invalid_credentials_email_username");
    let asked = json!({ "login_id": "alice" });
    let told = site.stranger().post("/users/mfa", asked).await.expect(200);
    assert_eq!(told, json!({ "mfa_required": false }), "nobody is told before the password");
}

#[tokio::test]
async fn wrong_codes_lock_an_account_and_missing_ones_do_not() {
    let site = TestSite::start().await;
    let (_, secret) = guarded(&site, "alice").await;
    for _ in 0..12 {
        assert_eq!(login(&site, "alice", "").await.refused(401), ASKED);
    }
    for _ in 0..10 {
        assert_eq!(login(&site, "alice", "0").await.refused(401), WRONG);
    }
    let refusal = login(&site, "alice", &code(&site, &secret)).await.refused(401);
    assert_eq!(refusal, "api.user.check_user_login_attempts.too_many.app_error");
}

#[tokio::test]
async fn codes_tried_at_once_are_no_more_than_those_one_after_another() {
    let site = TestSite::start().await;
    guarded(&site, "alice").await;
    let mut tries = JoinSet::new();
    for _ in 0..28 {
        let stranger = site.stranger();
        let credentials = json!({
            "login_id": "alice", "password": "correct horse battery", "token": "0",
        });
        tries.spawn(async move { stranger.post("/users/login", credentials).await.refused(401) });
    }
    let refusals = tries.join_all().await;
    assert_eq!(refusals.iter().filter(|refusal| *refusal == WRONG).count(), 10, "{refusals:?}");
}

#[tokio::test]
async fn a_second_factor_is_switched_off_by_its_owner_and_by_administrators() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    let (alice, _) = guarded(&site, "alice").await;
    let (bob, _) = guarded(&site, "bob").await;
    let refusal = alice.post("/users/me/mfa/generate", json!({})).await.refused(400);
    assert_eq!(refusal, "api.fieldpost.mfa.active");
    let off = json!({ "activate": false });
    let of_bob = format!("/users/{}/mfa", bob.id);
    alice.put(&of_bob, off.clone()).await.expect(403);
    alice.post(&format!("{of_bob}/generate"), json!({})).await.expect(403);
    site.stranger().put(&of_bob, off.clone()).await.expect(401);
    assert_eq!(login(&site, "bob", "").await.refused(401), ASKED);
    admin.put(&of_bob, off.clone()).await.expect(200);
    login(&site, "bob", "").await.expect(200);
    alice.put("/users/me/mfa", off.clone()).await.expect(200);
    login(&site, "alice", "").await.expect(200);
    // Who has none is not asked, and what was shown before is good no more.
    alice.put("/users/me/mfa", off.clone()).await.expect(200);
    let old = secret_of(&alice).await;
    secret_of(&alice).await;
    activate(&alice, &code(&site, &old)).await.expect(401);
    let bot = admin.post("/bots", json!({ "username": "helper" })).await.expect(201);
    let of_bot = format!("/users/{}/mfa", bot["user_id"].as_str().unwrap());
    admin.post(&format!("{of_bot}/generate"), json!({})).await.expect(400);
    let (carol, _) = guarded(&site, "carol").await;
    let of_carol = format!("/users/{}/mfa", carol.id);
    site.local().put(&of_carol, off).await.expect(200);
    login(&site, "carol", "").await.expect(200);
}

#[tokio::test]
async fn where_it_is_enforced_nothing_else_is_done_without_one() {
    let site = TestSite::start_with(|config| config.settings.enforce_mfa = true).await;
    let config = site.stranger().get("/config/client?format=old").await.expect(200);
    assert_eq!(config["EnforceMultifactorAuthentication"], "true");
    let alice = site.person("alice").await;
    let required = "api.context.mfa_required.app_error";
    assert_eq!(alice.get("/users/me/teams").await.refused(403), required);
    assert_eq!(alice.get(&format!("/users/{}", alice.id)).await.refused(403), required);
    assert_eq!(alice.put("/users/me/patch", json!({})).await.refused(403), required);
    let me: Value = alice.get("/users/me").await.expect(200);
    assert_eq!(me["username"], "alice");
    set_up_mfa(&site, &alice).await;
    alice.get("/users/me/teams").await.expect(200);
    let bot = alice.post("/bots", json!({ "username": "helper" })).await.expect(201);
    let path = format!("/users/{}/tokens", bot["user_id"].as_str().unwrap());
    let token = alice.post(&path, json!({ "description": "x" })).await.expect(200);
    let bearer = format!("Bearer {}", token["token"].as_str().unwrap());
    site.stranger().with_header("authorization", &bearer).get("/users/me/teams").await.expect(200);
    alice.put("/users/me/mfa", json!({ "activate": false })).await.expect(200);
    assert_eq!(alice.get("/users/me/teams").await.refused(403), required);
    alice.post("/users/logout", json!({})).await.expect(200);
    site.local().get("/users?per_page=1").await.expect(200);
}

#[tokio::test]
async fn a_password_chosen_by_mail_begins_no_new_count_of_wrong_codes() {
    let mailbox = Mailbox::open().await;
    let site = mail::site(&mailbox).await;
    let (anna, _) = guarded(&site, "anna").await;
    let bob = site.person("bob").await;
    let wrong = |name: &str, token: &str| json!({ "login_id": name, "password": "wrong password", "token": token });
    for (person, name) in [(&anna, "anna"), (&bob, "bob")] {
        for _ in 0..9 {
            person.post("/users/login", wrong(name, "")).await.expect(401);
        }
        mail::sent(&site).await;
        mailbox.take();
        let ask = json!({ "email": format!("{name}@example.com") });
        person.post("/users/password/reset/send", ask).await.expect(200);
        mail::sent(&site).await;
        let token = mailbox.take_one().parameter("token");
        let choose = json!({ "token": token, "new_password": "correct horse battery" });
        person.post("/users/password/reset", choose).await.expect(200);
    }
    let locked = "api.user.check_user_login_attempts.too_many.app_error";
    assert_eq!(login(&site, "anna", "0").await.refused(401), WRONG);
    assert_eq!(login(&site, "anna", "0").await.refused(401), locked);
    site.stranger().post("/users/login", wrong("bob", "")).await.expect(401);
    login(&site, "bob", "").await.expect(200);
}

/// Somebody's program, with an access token.
async fn program(site: &TestSite, owner: &Actor) -> Actor {
    let made = owner.post("/users/me/tokens", json!({ "description": "x" })).await.expect(200);
    let bearer = format!("Bearer {}", made["token"].as_str().unwrap());
    site.stranger().with_header("authorization", &bearer)
}

#[tokio::test]
async fn an_access_token_changes_no_second_factor_of_its_owner() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    let (bob, _) = guarded(&site, "bob").await;
    let program = program(&site, &admin).await;
    let off = json!({ "activate": false });
    program.post("/users/me/mfa/generate", json!({})).await.expect(403);
    let secret = secret_of(&admin).await;
    activate(&program, &code(&site, &secret)).await.expect(403);
    activate(&admin, &code(&site, &secret)).await.expect(200);
    program.put("/users/me/mfa", off.clone()).await.expect(403);
    program.put(&format!("/users/{}/mfa", admin.id), off.clone()).await.expect(403);
    assert_eq!(login(&site, "admin", "").await.refused(401), ASKED);
    program.put(&format!("/users/{}/mfa", bob.id), off.clone()).await.expect(200);
    admin.put("/users/me/mfa", off).await.expect(200);
}

#[tokio::test]
async fn where_it_is_enforced_a_token_goes_on_and_an_administrator_without_one_makes_nobody() {
    let site = TestSite::start_with(|config| {
        config.settings.enforce_mfa = true;
        config.settings.open_signup = false;
    })
    .await;
    let admin = site.person("admin").await;
    let required = "api.context.mfa_required.app_error";
    let account =
        json!({ "username": "bob", "email": "bob@example.com", "password": "long enough" });
    assert_eq!(admin.post("/users", account.clone()).await.refused(403), required);
    set_up_mfa(&site, &admin).await;
    admin.post("/users", account).await.expect(201);
    let program = program(&site, &admin).await;
    admin.put("/users/me/mfa", json!({ "activate": false })).await.expect(200);
    assert_eq!(admin.get("/users/me/teams").await.refused(403), required);
    program.get("/users/me/teams").await.expect(200);
    site.settle().await;
    program.socket().await.event("hello").await;
}
