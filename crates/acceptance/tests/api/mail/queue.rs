//! What waits to be sent, and how it reaches a mail server.

use fieldpost_kernel::{Rows, Work, params};
use fieldpost_server::mail::Security;
use fieldpost_testkit::{Mailbox, Manner, TestSite};
use serde_json::{Value, json};

use super::{sent, site, site_with};

const MINUTE: i64 = 60_000;

async fn status(site: &TestSite) -> Value {
    site.local().get("/fieldpost/mail").await.expect(200)
}

#[tokio::test]
async fn what_cannot_be_sent_waits_is_tried_again_and_goes_once() {
    let mailbox = Mailbox::open().await;
    let mut site = site(&mailbox).await;
    mailbox.behave(Manner::Busy);
    site.person("anna").await;
    sent(&site).await;
    assert_eq!(mailbox.take(), []);
    let before = mailbox.tried();
    sent(&site).await;
    assert_eq!(mailbox.tried(), before, "it is not tried again before its time");
    let shown = status(&site).await;
    assert_eq!(
        (&shown["on"], &shown["waiting"], &shown["sent"]),
        (&json!(true), &json!(1), &json!(0))
    );
    assert!(shown["last_error"].as_str().unwrap().contains("451"), "{shown}");

    // It survives that the site stops.
    site.restart().await;
    mailbox.behave(Manner::Takes);
    site.clock().advance(2 * MINUTE);
    sent(&site).await;
    assert_eq!(mailbox.take_one().to, ["anna@example.com"]);
    site.clock().advance(60 * MINUTE);
    sent(&site).await;
    assert_eq!(mailbox.take(), []);
    let shown = status(&site).await;
    assert_eq!((&shown["waiting"], &shown["sent"]), (&json!(0), &json!(1)));
}

#[tokio::test]
async fn what_is_refused_is_given_up_and_counted() {
    let mailbox = Mailbox::open().await;
    let site = site(&mailbox).await;
    mailbox.behave(Manner::Refuses);
    site.person("anna").await;
    sent(&site).await;
    let shown = status(&site).await;
    assert_eq!((&shown["waiting"], &shown["given_up"]), (&json!(0), &json!(1)));
    assert_eq!(shown["failures"][0]["kind"], "verify");
    assert!(shown["failures"][0]["error"].as_str().unwrap().contains("550"), "{shown}");
    mailbox.behave(Manner::Takes);
    site.clock().advance(60 * MINUTE);
    sent(&site).await;
    assert_eq!(mailbox.take(), []);
}

#[tokio::test]
async fn a_server_that_stays_away_is_given_up_after_a_day() {
    let mailbox = Mailbox::open().await;
    let site = site(&mailbox).await;
    mailbox.behave(Manner::Busy);
    site.person("anna").await;
    for _ in 0..25 {
        sent(&site).await;
        site.clock().advance(60 * MINUTE);
    }
    sent(&site).await;
    let shown = status(&site).await;
    assert_eq!((&shown["waiting"], &shown["given_up"]), (&json!(0), &json!(1)));
}

#[tokio::test]
async fn connections_are_encrypted_as_the_administrator_says() {
    for security in [Security::None, Security::Starttls, Security::Tls] {
        for signs_in in [false, true] {
            // Nobody signs in where everybody could listen.
            if signs_in && security == Security::None {
                continue;
            }
            let mailbox = Mailbox::open_with(security, signs_in).await;
            let site = site(&mailbox).await;
            site.person("anna").await;
            sent(&site).await;
            let shown = status(&site).await;
            assert_eq!(shown["sent"], 1, "{security:?}, {signs_in}: {shown}");
            assert_eq!(mailbox.take_one().to, ["anna@example.com"]);
        }
    }
}

#[tokio::test]
async fn a_server_that_nobody_vouches_for_or_that_offers_no_encryption_gets_nothing() {
    let unknown = Mailbox::open_with(Security::Tls, false).await;
    let plain = Mailbox::open().await;
    let wary = [
        site_with(&unknown, |mail| mail.trust = Default::default()).await,
        site_with(&plain, |mail| mail.security = Security::Starttls).await,
    ];
    for site in wary {
        site.person("anna").await;
        sent(&site).await;
        let shown = status(&site).await;
        assert_eq!((&shown["waiting"], &shown["sent"]), (&json!(1), &json!(0)), "{shown}");
    }
    assert_eq!((unknown.tried(), plain.tried()), (0, 0));
}

#[tokio::test]
async fn a_wrong_password_is_the_administrators_matter_and_loses_nothing() {
    let mailbox = Mailbox::open_with(Security::Tls, true).await;
    let site = site_with(&mailbox, |mail| mail.password = "wrong".into()).await;
    site.person("anna").await;
    sent(&site).await;
    let shown = status(&site).await;
    assert_eq!((&shown["waiting"], &shown["given_up"]), (&json!(1), &json!(0)));
    assert!(!shown.to_string().contains("mail secret"), "{shown}");
}

#[tokio::test]
async fn an_administrator_tries_whether_mail_goes() {
    let mailbox = Mailbox::open().await;
    let site = site(&mailbox).await;
    let admin = site.person("admin").await;
    let anna = site.person("anna").await;
    sent(&site).await;
    mailbox.take();
    anna.post("/email/test", json!({})).await.refused(403);
    admin.post("/email/test", json!({})).await.expect(200);
    assert_eq!(mailbox.take_one().to, ["admin@example.com"]);
    let to = |address: &str| json!({ "address": address });
    site.local().post("/fieldpost/mail/test", to("x@example.org")).await.expect(200);
    assert_eq!(mailbox.take_one().to, ["x@example.org"]);
    site.local().post("/fieldpost/mail/test", to("x\r\nBcc: y@example.org")).await.refused(400);
    mailbox.behave(Manner::Busy);
    let refusal = admin.post("/email/test", json!({})).await.refused(503);
    assert_eq!(refusal, "api.fieldpost.mail.undelivered");
    // Of this everybody hears on the site's own socket alone.
    admin.post("/fieldpost/mail/test", to("x@example.org")).await.expect(404);

    let silent = TestSite::start().await;
    let admin = silent.person("admin").await;
    let refusal = admin.post("/email/test", json!({})).await.refused(400);
    assert_eq!(refusal, "api.admin.test_email.missing_server");
    assert_eq!(status(&silent).await["on"], false);
}

/// Has so many letters of a kind wait that are not sent for a day.
async fn fill(site: &TestSite, kind: &'static str, count: usize) {
    let fill = move |work: &mut Work<'_>| {
        for _ in 0..count {
            let (id, later) = (work.random_id(), work.now() + 24 * 60 * MINUTE);
            work.execute(
                "INSERT INTO outgoing_mail (id, kind, letter, queued_at, due_at) \
                 VALUES (?1, ?2, '{}', ?3, ?3)",
                params![&id, kind, later],
            )?;
        }
        Ok(())
    };
    site.running().store.write(&[], fill).await.unwrap();
}

const FULL: &str = "api.fieldpost.mail.full";

#[tokio::test]
async fn a_full_queue_goes_on_and_still_warns_whose_password_is_changed() {
    let mailbox = Mailbox::open().await;
    let site = site(&mailbox).await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "town-square").await;
    sent(&site).await;
    mailbox.take();
    fill(&site, "news", 10_000).await;
    admin.say(&square, "look here, @bob").await;
    sent(&site).await;
    site.clock().advance(20 * MINUTE);
    let path = format!("/teams/{}/invite/email", team["id"].as_str().unwrap());
    assert_eq!(admin.post(&path, json!(["x@example.com"])).await.refused(429), FULL);
    let password = "correct horse battery";
    let new = json!({ "current_password": password, "new_password": "a better one" });
    bob.put("/users/me/password", new).await.expect(200);
    let patch = json!({ "email": "new@example.com", "password": "a better one" });
    sent(&site).await;
    assert!(mailbox.take_one().subject.contains("password was changed"));
    bob.put("/users/me/patch", patch).await.expect(200);
    sent(&site).await;
    assert!(mailbox.take_one().subject.contains("address was changed"));
    // What was not told then is not told later.
    let now = status(&site).await;
    assert_eq!(now["waiting"], 10_000);
}

#[tokio::test]
async fn strangers_do_not_fill_the_queue() {
    let mailbox = Mailbox::open().await;
    let site = site(&mailbox).await;
    site.person("anna").await;
    sent(&site).await;
    mailbox.take();
    fill(&site, "reset", 500).await;
    fill(&site, "verify_asked", 500).await;
    let stranger = site.stranger();
    let ask = |address: &str| json!({ "email": address });
    for path in ["/users/password/reset/send", "/users/email/verify/send"] {
        for address in ["anna@example.com", "nobody@example.com"] {
            assert_eq!(stranger.post(path, ask(address)).await.refused(429), FULL);
        }
    }
    site.person("ben").await;
    sent(&site).await;
    assert_eq!(mailbox.take_one().to, ["ben@example.com"]);
}
