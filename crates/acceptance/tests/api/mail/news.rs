//! Mails about what was written to somebody who was away.

use fieldpost_testkit::{Actor, Mailbox, Received, TestSite};
use serde_json::{Value, json};

use super::{URL, sent, site, site_with};

const MINUTE: i64 = 60_000;

/// A site with a team, whose administrator writes to `bob`, who is not here.
struct Scene {
    site: TestSite,
    admin: Actor,
    bob: Actor,
    team: Value,
    square: String,
}

async fn scene_of(site: TestSite, mailbox: &Mailbox) -> Scene {
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "town-square").await;
    sent(&site).await;
    mailbox.take();
    Scene { site, admin, bob, team, square }
}

async fn scene(mailbox: &Mailbox) -> Scene {
    scene_of(site(mailbox).await, mailbox).await
}

impl Scene {
    /// What came once some time has passed.
    async fn after(&self, mailbox: &Mailbox, minutes: i64) -> Vec<Received> {
        sent(&self.site).await;
        self.site.clock().advance(minutes * MINUTE);
        sent(&self.site).await;
        mailbox.take()
    }

    async fn gathers(&self, seconds: &str) {
        let chosen = json!([{
            "user_id": self.bob.id, "category": "notifications", "name": "email_interval",
            "value": seconds,
        }]);
        self.bob.put("/users/me/preferences", chosen).await.expect(200);
    }

    async fn wants(&self, props: Value) {
        self.bob.put("/users/me/patch", json!({ "notify_props": props })).await.expect(200);
    }
}

#[tokio::test]
async fn whoever_is_away_is_told_of_a_mention_once() {
    let mailbox = Mailbox::open().await;
    let scene = scene(&mailbox).await;
    scene.gathers("30").await;
    let post = scene.admin.say(&scene.square, "look here, @bob <b>").await;
    scene.admin.say(&scene.square, "nothing for anybody").await;
    let mails = scene.after(&mailbox, 1).await;
    assert_eq!(mails.len(), 1, "{mails:?}");
    let mail = &mails[0];
    assert_eq!(mail.to, ["bob@example.com"]);
    assert!(mail.subject.ends_with("@admin in Town Square"), "{}", mail.subject);
    assert!(mail.text.contains("look here, @bob <b>"), "{}", mail.text);
    let link = format!("{URL}/alpha/pl/{}", post["id"].as_str().unwrap());
    assert!(mail.text.contains(&link) && mail.html.contains(&link), "{}", mail.text);
    assert!(!mail.html.contains("<b>"), "{}", mail.html);
    assert!(!mail.text.contains("nothing for anybody"));
    assert_eq!(scene.after(&mailbox, 60).await, []);
}

#[tokio::test]
async fn what_comes_within_the_time_that_somebody_chose_is_one_mail() {
    let mailbox = Mailbox::open().await;
    let scene = scene(&mailbox).await;
    for n in 0..5 {
        scene.admin.say(&scene.square, &format!("number {n}, @bob")).await;
        sent(&scene.site).await;
        scene.site.clock().advance(2 * MINUTE);
    }
    assert_eq!(scene.after(&mailbox, 0).await, [], "a quarter of an hour is not over");
    let mails = scene.after(&mailbox, 15).await;
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert!((0..5).all(|n| mails[0].text.contains(&format!("number {n}"))), "{}", mails[0].text);
    scene.gathers("3600").await;
    scene.admin.say(&scene.square, "later, @bob").await;
    assert_eq!(scene.after(&mailbox, 50).await, []);
    assert_eq!(scene.after(&mailbox, 11).await.len(), 1);
    scene.gathers("0").await;
    scene.admin.say(&scene.square, "never, @bob").await;
    assert_eq!(scene.after(&mailbox, 120).await, []);
}

#[tokio::test]
async fn a_direct_message_is_told_and_what_was_read_meanwhile_is_not() {
    let mailbox = Mailbox::open().await;
    let scene = scene(&mailbox).await;
    let pair = json!([scene.admin.id, scene.bob.id]);
    let direct = scene.admin.post("/channels/direct", pair).await.expect(201);
    let direct = direct["id"].as_str().unwrap();
    scene.admin.say(direct, "are you there?").await;
    let mails = scene.after(&mailbox, 16).await;
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert!(mails[0].subject.ends_with("@admin wrote to you"), "{}", mails[0].subject);
    scene.admin.say(direct, "hello?").await;
    sent(&scene.site).await;
    let view = json!({ "channel_id": direct });
    scene.bob.post("/channels/members/me/view", view).await.expect(200);
    let gone = scene.admin.say(&scene.square, "gone, @bob").await;
    scene.admin.delete(&format!("/posts/{}", gone["id"].as_str().unwrap())).await.expect(200);
    assert_eq!(scene.after(&mailbox, 16).await, []);
}

#[tokio::test]
async fn a_thread_that_somebody_follows_is_told() {
    let mailbox = Mailbox::open().await;
    let scene = scene(&mailbox).await;
    let root = scene.bob.say(&scene.square, "my question").await;
    let reply =
        json!({ "channel_id": scene.square, "message": "an answer", "root_id": root["id"] });
    scene.admin.post("/posts", reply.clone()).await.expect(201);
    let mails = scene.after(&mailbox, 16).await;
    assert_eq!(mails.len(), 1, "{mails:?}");
    let root = root["id"].as_str().unwrap();
    assert!(
        mails[0].raw.contains(&format!("In-Reply-To: <{root}@example.org>")),
        "{}",
        mails[0].raw
    );
    scene.wants(json!({ "email": "true", "email_threads": "mention" })).await;
    scene.admin.post("/posts", reply).await.expect(201);
    assert_eq!(scene.after(&mailbox, 16).await, []);
}

#[tokio::test]
async fn whoever_is_here_or_does_not_want_it_is_not_told() {
    let mailbox = Mailbox::open().await;
    let scene = scene(&mailbox).await;
    scene.wants(json!({ "email": "false" })).await;
    scene.admin.say(&scene.square, "no mail, @bob").await;
    assert_eq!(scene.after(&mailbox, 16).await, []);
    let post = scene.admin.say(&scene.square, "why not, @bob?").await;
    let path = format!("/fieldpost/notify/explain?post={}&name=bob", post["id"].as_str().unwrap(),);
    let why = scene.site.local().get(&path).await.expect(200);
    let declined = json!({ "told": false, "reason": "they chose not to be told" });
    assert_eq!(why["email"], declined);
    scene.wants(json!({ "email": "true" })).await;
    assert_eq!(scene.site.local().get(&path).await.expect(200)["email"]["told"], true);
    let dnd = json!({ "user_id": scene.bob.id, "status": "dnd" });
    scene.bob.put("/users/me/status", dnd).await.expect(200);
    scene.admin.say(&scene.square, "not now, @bob").await;
    assert_eq!(scene.after(&mailbox, 16).await, []);
    let online = json!({ "user_id": scene.bob.id, "status": "online" });
    scene.bob.put("/users/me/status", online).await.expect(200);
    let socket = scene.bob.socket().await;
    scene.site.settle().await;
    scene.admin.say(&scene.square, "you see it, @bob").await;
    assert_eq!(scene.after(&mailbox, 16).await, []);
    drop(socket);
    let path = format!("/channels/{}/members/{}/notify_props", scene.square, scene.bob.id);
    let muted = json!({ "mark_unread": "mention" });
    scene.bob.put(&path, muted).await.expect(200);
    scene.admin.say(&scene.square, "hush, @bob").await;
    assert_eq!(scene.after(&mailbox, 16).await, []);
}

#[tokio::test]
async fn where_mail_must_not_hold_messages_it_says_only_that_there_are_some() {
    let mailbox = Mailbox::open().await;
    let site = site_with(&mailbox, |mail| {
        mail.contents = fieldpost_server::mail::Contents::Generic;
    });
    let scene = scene_of(site.await, &mailbox).await;
    scene.admin.say(&scene.square, "the secret, @bob").await;
    let mails = scene.after(&mailbox, 16).await;
    assert_eq!(mails.len(), 1, "{mails:?}");
    let mail = &mails[0];
    assert!(mail.subject.ends_with("A new message"), "{}", mail.subject);
    for word in ["secret", "@admin", "Town Square"] {
        assert!(!mail.text.contains(word) && !mail.html.contains(word), "{}", mail.text);
    }
    let config = scene.bob.get("/config/client?format=old").await.expect(200);
    assert_eq!(config["EmailNotificationContentsType"], "generic");
    assert_eq!(config["SendEmailNotifications"], "true");
    assert!(scene.team["id"].is_string());
}

#[tokio::test]
async fn notifications_can_be_off_while_other_mail_goes() {
    let mailbox = Mailbox::open().await;
    let site = site_with(&mailbox, |mail| mail.notifications = false).await;
    let scene = scene_of(site, &mailbox).await;
    scene.admin.say(&scene.square, "nobody hears, @bob").await;
    assert_eq!(scene.after(&mailbox, 60).await, []);
    let config = scene.bob.get("/config/client?format=old").await.expect(200);
    assert_eq!(config["SendEmailNotifications"], "false");
}
