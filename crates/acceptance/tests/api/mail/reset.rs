//! Choosing a new password when the old one is forgotten.

use fieldpost_testkit::{Mailbox, Manner, TestSite};
use serde_json::json;

use super::{URL, sent, site};

const HOUR: i64 = 60 * 60 * 1000;

#[tokio::test]
async fn whoever_forgot_a_password_chooses_a_new_one_by_mail() {
    let mailbox = Mailbox::open().await;
    let site = site(&mailbox).await;
    let anna = site.person("anna").await;
    sent(&site).await;
    mailbox.take();

    let stranger = site.stranger();
    let ask = json!({ "email": " Anna@Example.com" });
    stranger.post("/users/password/reset/send", ask).await.expect(200);
    sent(&site).await;
    let mail = mailbox.take_one();
    assert_eq!(mail.to, ["anna@example.com"]);
    assert_eq!(mail.from, "post@example.org");
    assert!(mail.text.contains(&format!("{URL}/reset_password_complete?token=")), "{}", mail.text);
    assert!(mail.html.contains("/reset_password_complete?token="), "{}", mail.html);

    let token = mail.parameter("token");
    assert_eq!(token.len(), 64);
    let choose = |token: &str, password: &str| json!({ "token": token, "new_password": password });
    let short = stranger.post("/users/password/reset", choose(&token, "short")).await;
    assert_eq!(short.refused(400), "model.user.is_valid.pwd_min_length.app_error");
    stranger.post("/users/password/reset", choose(&token, "a better one")).await.expect(200);

    // Whoever was signed in is not any more, and the token is used up.
    anna.get("/users/me").await.refused(401);
    let again = stranger.post("/users/password/reset", choose(&token, "another one")).await;
    assert_eq!(again.refused(400), "api.user.reset_password.invalid_link.app_error");
    let mut anna = site.stranger();
    anna.sign_in("anna", "a better one").await;
    assert_eq!(anna.get("/users/me").await.expect(200)["email_verified"], true);
    sent(&site).await;
    assert!(mailbox.take_one().subject.contains("password was changed"));
}

#[tokio::test]
async fn nobody_learns_who_has_an_account() {
    let mailbox = Mailbox::open().await;
    let site = site(&mailbox).await;
    site.person("anna").await;
    sent(&site).await;
    mailbox.take();
    let stranger = site.stranger();
    let mut answers = Vec::new();
    for address in ["anna@example.com", "nobody@example.com"] {
        for path in ["/users/password/reset/send", "/users/email/verify/send"] {
            let reply = stranger.post(path, json!({ "email": address })).await;
            answers.push((reply.status, reply.bytes));
        }
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    let empty = stranger.post("/users/password/reset/send", json!({})).await;
    assert_eq!(empty.refused(400), "api.context.invalid_body_param.app_error");
    sent(&site).await;
    let mails = mailbox.take();
    assert!(mails.iter().all(|mail| mail.to == ["anna@example.com"]), "{mails:?}");
    assert_eq!(mails.len(), 1, "the address was asked about when the account was made");
}

#[tokio::test]
async fn a_link_is_good_for_a_day_and_until_the_next() {
    let mailbox = Mailbox::open().await;
    let site = site(&mailbox).await;
    let mut anna = site.person("anna").await;
    sent(&site).await;
    mailbox.take();
    let stranger = site.stranger();
    let ask = json!({ "email": "anna@example.com" });
    let mut tokens = Vec::new();
    for _ in 0..2 {
        stranger.post("/users/password/reset/send", ask.clone()).await.expect(200);
        sent(&site).await;
        tokens.push(mailbox.take_one().parameter("token"));
        // Asked again at once, nothing is sent: nobody's mailbox is filled.
        stranger.post("/users/password/reset/send", ask.clone()).await.expect(200);
        sent(&site).await;
        assert_eq!(mailbox.take(), []);
        site.clock().advance(HOUR);
    }
    let choose = |token: &str| json!({ "token": token, "new_password": "a better one" });
    let refusal = async |token: &str| {
        stranger.post("/users/password/reset", choose(token)).await.refused(400)
    };
    assert_eq!(refusal(&tokens[0]).await, "api.user.reset_password.invalid_link.app_error");
    assert_eq!(refusal("short").await, "api.context.invalid_body_param.app_error");
    site.clock().advance(24 * HOUR);
    assert_eq!(refusal(&tokens[1]).await, "api.user.reset_password.link_expired.app_error");

    // Whoever has another address by now is not reached by a link to the old one.
    stranger.post("/users/password/reset/send", ask).await.expect(200);
    sent(&site).await;
    let token = mailbox.take_one().parameter("token");
    anna.sign_in("anna", "correct horse battery").await;
    let patch = json!({ "email": "new@example.com", "password": "correct horse battery" });
    anna.put("/users/me/patch", patch).await.expect(200);
    assert_eq!(refusal(&token).await, "api.user.reset_password.link_expired.app_error");
}

#[tokio::test]
async fn without_mail_it_is_said_so() {
    let site = TestSite::start().await;
    site.person("anna").await;
    let stranger = site.stranger();
    for path in ["/users/password/reset/send", "/users/email/verify/send"] {
        let reply = stranger.post(path, json!({ "email": "anna@example.com" })).await;
        assert_eq!(reply.refused(501), "api.fieldpost.mail.off");
    }
}

#[tokio::test]
async fn no_secret_is_kept_anywhere_but_in_the_mail() {
    let mailbox = Mailbox::open().await;
    let site = site(&mailbox).await;
    site.person("anna").await;
    sent(&site).await;
    mailbox.take();
    mailbox.behave(Manner::Busy);
    let ask = json!({ "email": "anna@example.com" });
    site.stranger().post("/users/password/reset/send", ask).await.expect(200);
    sent(&site).await;
    // The one that could not be sent was good for nothing: the next try has another.
    mailbox.behave(Manner::Takes);
    site.clock().advance(2 * 60 * 1000);
    sent(&site).await;
    let token = mailbox.take_one().parameter("token");
    let choose = json!({ "token": token, "new_password": "a better one" });
    site.stranger().post("/users/password/reset", choose).await.expect(200);
    let found = site
        .running()
        .store
        .changes_after(fieldpost_kernel::Position::default(), i64::MAX)
        .await
        .unwrap();
    let holds = |bytes: &[u8]| bytes.windows(64).any(|window| window == token.as_bytes());
    assert!(!found.iter().any(|change| holds(&change.payload)));
}
