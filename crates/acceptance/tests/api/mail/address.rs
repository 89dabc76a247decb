//! Confirming addresses.

use fieldpost_testkit::{Mailbox, Manner, TestSite};
use serde_json::json;

use super::{URL, sent, site, site_with};

const PASSWORD: &str = "correct horse battery";

async fn strict(mailbox: &Mailbox) -> TestSite {
    site_with(mailbox, |mail| mail.verify = true).await
}

fn account(name: &str) -> serde_json::Value {
    json!({ "username": name, "email": format!("{name}@example.com"), "password": PASSWORD })
}

#[tokio::test]
async fn an_account_is_of_use_once_its_address_is_confirmed() {
    let mailbox = Mailbox::open().await;
    let site = strict(&mailbox).await;
    let mut anna = site.stranger();
    anna.post("/users", account("anna")).await.expect(201);
    let login = json!({ "login_id": "anna", "password": PASSWORD });
    let refusal = anna.post("/users/login", login.clone()).await.refused(401);
    assert_eq!(refusal, "api.user.login.not_verified.app_error");
    // Whoever does not know the password learns nothing of it.
    let wrong = json!({ "login_id": "anna", "password": "wrong password" });
    let refusal = anna.post("/users/login", wrong).await.refused(401);
    assert_eq!(refusal, "api.user.login.invalid_credentials_email_username");

    sent(&site).await;
    let mail = mailbox.take_one();
    assert_eq!(mail.to, ["anna@example.com"]);
    assert!(mail.text.contains(&format!("{URL}/do_verify_email?token=")), "{}", mail.text);
    assert_eq!(mail.parameter("email"), "anna%40example.com");
    let token = mail.parameter("token");
    let verify = |token: &str| json!({ "token": token });
    let path = "/users/email/verify";
    let wrong = anna.post(path, verify(&"0".repeat(64))).await;
    assert_eq!(wrong.refused(400), "api.user.verify_email.bad_link.app_error");
    let short = anna.post(path, verify("0")).await;
    assert_eq!(short.refused(400), "api.context.invalid_body_param.app_error");
    anna.post(path, verify(&token)).await.expect(200);
    let used = anna.post(path, verify(&token)).await;
    assert_eq!(used.refused(400), "api.user.verify_email.bad_link.app_error");
    anna.sign_in("anna", PASSWORD).await;
    assert_eq!(
        anna.get("/config/client?format=old").await.expect(200)["RequireEmailVerification"],
        "true"
    );
}

#[tokio::test]
async fn another_link_can_be_had_and_a_day_is_enough() {
    let mailbox = Mailbox::open().await;
    let site = strict(&mailbox).await;
    let anna = site.stranger();
    anna.post("/users", account("anna")).await.expect(201);
    sent(&site).await;
    let first = mailbox.take_one().parameter("token");
    site.clock().advance(25 * 60 * 60 * 1000);
    let late = anna.post("/users/email/verify", json!({ "token": first })).await;
    assert_eq!(late.refused(400), "api.user.verify_email.bad_link.app_error");
    let ask = json!({ "email": "anna@example.com" });
    anna.post("/users/email/verify/send", ask.clone()).await.expect(200);
    sent(&site).await;
    let second = mailbox.take_one().parameter("token");
    anna.post("/users/email/verify", json!({ "token": second })).await.expect(200);
    // Whoever has confirmed is asked no more.
    site.clock().advance(60 * 60 * 1000);
    anna.post("/users/email/verify/send", ask).await.expect(200);
    sent(&site).await;
    assert_eq!(mailbox.take(), []);
}

#[tokio::test]
async fn where_addresses_are_confirmed_a_new_one_waits_until_it_is() {
    let mailbox = Mailbox::open().await;
    let site = strict(&mailbox).await;
    let mut anna = site.stranger();
    let id = anna.post("/users", account("anna")).await.expect(201)["id"].clone();
    site.stranger().post("/users", account("ben")).await.expect(201);
    let path = format!("/users/{}/email/verify/member", id.as_str().unwrap());
    site.local().post(&path, json!({})).await.expect(200);
    anna.sign_in("anna", PASSWORD).await;
    sent(&site).await;
    mailbox.take();

    let change =
        |email: &str, secret: &str| json!({ "email": email, "password": secret, "nickname": "A" });
    let unproved = anna.put("/users/me/patch", change("new@example.com", "wrong password")).await;
    assert_eq!(unproved.refused(401), "api.user.check_user_password.invalid.app_error");
    let taken = anna.put("/users/me/patch", change("ben@example.com", PASSWORD)).await;
    assert_eq!(taken.refused(400), "app.user.save.email_exists.app_error");
    let kept = anna.put("/users/me/patch", change("new@example.com", PASSWORD)).await.expect(200);
    assert_eq!((&kept["email"], &kept["nickname"]), (&json!("anna@example.com"), &json!("A")));
    sent(&site).await;
    let mail = mailbox.take_one();
    assert_eq!(mail.to, ["new@example.com"]);
    let token = mail.parameter("token");
    anna.post("/users/email/verify", json!({ "token": token })).await.expect(200);
    let now = anna.get("/users/me").await.expect(200);
    assert_eq!((&now["email"], &now["email_verified"]), (&json!("new@example.com"), &json!(true)));
    sent(&site).await;
    let mail = mailbox.take_one();
    assert_eq!(mail.to, ["anna@example.com"], "the old address hears of it");
    assert!(mail.text.contains("new@example.com"), "{}", mail.text);
}

/// How somebody comes by a new password.
#[derive(Clone, Copy)]
enum Way {
    Mail,
    Owner,
    Administrator,
}

#[tokio::test]
async fn an_address_that_was_asked_for_with_the_old_password_never_counts() {
    for way in [Way::Mail, Way::Owner, Way::Administrator] {
        let mailbox = Mailbox::open().await;
        let site = strict(&mailbox).await;
        let mut anna = site.stranger();
        let id = anna.post("/users", account("anna")).await.expect(201)["id"].clone();
        sent(&site).await;
        let token = mailbox.take_one().parameter("token");
        anna.post("/users/email/verify", json!({ "token": token })).await.expect(200);
        anna.sign_in("anna", PASSWORD).await;
        let ask = json!({ "email": "anna@example.com" });
        anna.post("/users/password/reset/send", ask).await.expect(200);
        sent(&site).await;
        let reset = mailbox.take_one().parameter("token");

        // Somebody who knows the password asks for two addresses; the second waits to be asked.
        let mut thief = site.stranger();
        thief.sign_in("anna", PASSWORD).await;
        let change = |email: &str| json!({ "email": email, "password": PASSWORD });
        thief.put("/users/me/patch", change("thief@example.org")).await.expect(200);
        sent(&site).await;
        let link = mailbox.take_one().parameter("token");
        mailbox.behave(Manner::Busy);
        thief.put("/users/me/patch", change("other@example.org")).await.expect(200);

        let path = format!("/users/{}/password", id.as_str().unwrap());
        let new = json!({ "current_password": PASSWORD, "new_password": "a better one" });
        let choose = json!({ "token": reset, "new_password": "a better one" });
        match way {
            Way::Mail => anna.post("/users/password/reset", choose.clone()).await.expect(200),
            Way::Owner => anna.put(&path, new).await.expect(200),
            Way::Administrator => site.local().put(&path, new).await.expect(200),
        };
        let late = thief.post("/users/email/verify", json!({ "token": link })).await;
        assert_eq!(late.refused(400), "api.user.verify_email.bad_link.app_error");
        let late = thief.post("/users/password/reset", choose).await;
        assert_eq!(late.refused(400), "api.user.reset_password.invalid_link.app_error");
        mailbox.behave(Manner::Takes);
        site.clock().advance(60 * 60 * 1000);
        sent(&site).await;
        let mail = mailbox.take_one();
        assert_eq!(mail.to, ["anna@example.com"]);
        assert!(mail.subject.contains("password was changed"), "{}", mail.subject);
    }
}

#[tokio::test]
async fn where_they_are_not_a_new_address_counts_at_once_and_the_old_one_hears_of_it() {
    let mailbox = Mailbox::open().await;
    let site = site(&mailbox).await;
    let anna = site.person("anna").await;
    sent(&site).await;
    mailbox.take();
    let patch = json!({ "email": "new@example.com", "password": PASSWORD });
    let now = anna.put("/users/me/patch", patch).await.expect(200);
    assert_eq!((&now["email"], &now["email_verified"]), (&json!("new@example.com"), &json!(null)));
    sent(&site).await;
    let mails = mailbox.take();
    let to: Vec<_> = mails.iter().map(|mail| mail.to[0].as_str()).collect();
    assert_eq!(to, ["anna@example.com", "new@example.com"]);
    assert!(mails[0].text.contains("new@example.com"), "{}", mails[0].text);
}

#[tokio::test]
async fn only_administrators_vouch_for_somebody() {
    let mailbox = Mailbox::open().await;
    let site = site(&mailbox).await;
    let admin = site.person("admin").await;
    let anna = site.person("anna").await;
    let path = format!("/users/{}/email/verify/member", anna.id);
    let refusal = anna.post(&path, json!({})).await.refused(403);
    assert_eq!(refusal, "api.context.permissions.app_error");
    admin.post(&path, json!({})).await.expect(200);
    assert_eq!(anna.get("/users/me").await.expect(200)["email_verified"], true);
}
