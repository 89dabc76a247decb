//! Urgent posts of which people are told again and again until they react.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use fieldpost_testkit::{Actor, SeededEntropy, TestSite, TestSocket, fresh_database};
use serde_json::{Value, json};

const MINUTE: i64 = 60 * 1000;

const EVENT: &str = "persistent_notification_triggered";

fn id(thing: &Value) -> &str {
    thing["id"].as_str().unwrap()
}

async fn urgent(who: &Actor, channel: &str, message: &str) -> Value {
    let post = json!({
        "channel_id": channel, "message": message,
        "metadata": { "priority": {
            "priority": "urgent", "requested_ack": true, "persistent_notifications": true,
        } },
    });
    who.post("/posts", post).await.expect(201)
}

/// Lets minutes pass, and has what is due done.
async fn wait(site: &TestSite, minutes: i64) {
    site.clock().advance(minutes * MINUTE);
    site.running().due.run().await.unwrap();
    site.settle().await;
}

/// How often somebody was told again, once everything that was committed was told.
async fn told(socket: &mut TestSocket, mark: &Actor, channel: &str) -> Vec<Value> {
    static MARKS: AtomicUsize = AtomicUsize::new(0);
    let text = format!("mark-{}-", MARKS.fetch_add(1, Ordering::SeqCst));
    mark.say(channel, &text).await;
    let mut found = Vec::new();
    loop {
        let event = socket.next().await.unwrap();
        if event["event"] == EVENT {
            found.push(event);
        } else if event["event"] == "posted"
            && event["data"]["post"].as_str().unwrap().contains(&text)
        {
            return found;
        }
    }
}

struct Crew {
    site: TestSite,
    admin: Actor,
    bob: Actor,
    carol: Actor,
    square: String,
}

impl Crew {
    async fn new() -> Self {
        let site = TestSite::start().await;
        let (admin, team) = site.administrator_with_team("alpha").await;
        let bob = site.member(&admin, &team, "bob").await;
        let carol = site.member(&admin, &team, "carol").await;
        let square = admin.channel(&team, "town-square").await;
        Self { site, admin, bob, carol, square }
    }
}

#[tokio::test]
async fn people_are_told_again_until_they_react() {
    let crew = Crew::new().await;
    let Crew { site, admin, bob, carol, square } = &crew;
    let post = urgent(admin, square, "@bob @carol come").await;
    let (mut to_bob, mut to_carol) = (bob.socket().await, carol.socket().await);
    let mut to_admin = admin.socket().await;
    wait(site, 4).await;
    assert_eq!(told(&mut to_bob, admin, square).await, Vec::<Value>::new());
    wait(site, 2).await;
    let first = told(&mut to_bob, admin, square).await;
    assert_eq!(first.len(), 1);
    let data = &first[0]["data"];
    let said: Value = serde_json::from_str(data["post"].as_str().unwrap()).unwrap();
    assert_eq!((&said["id"], &said["message"]), (&post["id"], &json!("@bob @carol come")));
    let mut mentioned: Vec<String> =
        serde_json::from_str(data["mentions"].as_str().unwrap()).unwrap();
    mentioned.sort();
    let mut both = [bob.id.to_string(), carol.id.to_string()];
    both.sort();
    assert_eq!(mentioned, both);
    assert_eq!((&data["channel_type"], &data["sender_name"]), (&json!("O"), &json!("@admin")));
    assert_eq!(data.get("set_online"), None);
    assert_eq!(told(&mut to_carol, admin, square).await.len(), 1);

    // Who reacts in any way hears of it no more; the other does.
    let react = json!({ "user_id": bob.id, "post_id": post["id"], "emoji_name": "eyes" });
    bob.post("/reactions", react).await.expect(200);
    wait(site, 5).await;
    assert_eq!(told(&mut to_bob, admin, square).await, Vec::<Value>::new());
    assert_eq!(told(&mut to_carol, admin, square).await.len(), 1);
    carol.post(&format!("/users/me/posts/{}/ack", id(&post)), json!({})).await.expect(200);
    for _ in 0..3 {
        wait(site, 5).await;
    }
    assert_eq!(told(&mut to_carol, admin, square).await, Vec::<Value>::new());
    assert_eq!(told(&mut to_admin, admin, square).await, Vec::<Value>::new());
}

#[tokio::test]
async fn nobody_is_told_more_than_so_often_or_of_what_is_gone() {
    let crew = Crew::new().await;
    let Crew { site, admin, bob, carol, square } = &crew;
    urgent(admin, square, "@bob come").await;
    let gone = urgent(admin, square, "@carol come").await;
    let answered = urgent(bob, square, "@admin come").await;
    let (mut to_bob, mut to_carol) = (bob.socket().await, carol.socket().await);
    let mut to_admin = admin.socket().await;
    admin.delete(&format!("/posts/{}", id(&gone))).await.expect(200);
    let reply = json!({ "channel_id": square, "message": "yes", "root_id": answered["id"] });
    admin.post("/posts", reply).await.expect(201);
    for _ in 0..9 {
        wait(site, 5).await;
    }
    assert_eq!(told(&mut to_bob, admin, square).await.len(), 6);
    assert_eq!(told(&mut to_carol, admin, square).await, Vec::<Value>::new());
    assert_eq!(told(&mut to_admin, bob, square).await, Vec::<Value>::new());
}

#[tokio::test]
async fn whoever_is_not_to_be_disturbed_is_not() {
    let crew = Crew::new().await;
    let Crew { site, admin, bob, carol, square } = &crew;
    let post = urgent(admin, square, "@bob @carol come").await;
    let (mut to_bob, mut to_carol) = (bob.socket().await, carol.socket().await);
    let status = json!({ "user_id": bob.id, "status": "dnd" });
    bob.put("/users/me/status", status).await.expect(200);
    let mut props = carol.get("/users/me").await.expect(200)["notify_props"].clone();
    props["desktop"] = json!("none");
    carol.put("/users/me/patch", json!({ "notify_props": props })).await.expect(200);
    wait(site, 6).await;
    assert_eq!(told(&mut to_bob, admin, square).await, Vec::<Value>::new());
    assert_eq!(told(&mut to_carol, admin, square).await, Vec::<Value>::new());
    let status = json!({ "user_id": bob.id, "status": "online" });
    bob.put("/users/me/status", status).await.expect(200);
    wait(site, 6).await;
    let again = told(&mut to_bob, admin, square).await;
    assert_eq!(again.len(), 1);
    assert!(again[0]["data"]["post"].as_str().unwrap().contains(id(&post)));
}

#[tokio::test]
async fn a_restart_neither_forgets_nor_repeats_it() {
    let crew = Crew::new().await;
    let Crew { mut site, admin, bob, square, .. } = crew;
    urgent(&admin, &square, "@bob come").await;
    for _ in 0..4 {
        wait(&site, 5).await;
    }
    site.restart().await;
    let (admin, bob) = (admin.at(site.url()), bob.at(site.url()));
    let mut to_bob = bob.socket().await;
    for _ in 0..6 {
        wait(&site, 5).await;
    }
    assert_eq!(told(&mut to_bob, &admin, &square).await.len(), 2);
}

#[tokio::test]
async fn of_two_servers_one_tells() {
    let url = tokio::task::spawn_blocking(fresh_database).await.unwrap();
    let begin = async |seed: u64| {
        TestSite::start_with(|config| {
            config.database.clone_from(&url);
            config.entropy = Arc::new(SeededEntropy::new(seed));
        })
        .await
    };
    let one = begin(1).await;
    let two = if url.is_some() { Some(begin(2).await) } else { None };
    let (admin, team) = one.administrator_with_team("alpha").await;
    let bob = one.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "town-square").await;
    urgent(&admin, &square, "@bob come").await;
    let mut to_bob = bob.socket().await;
    let other = two.as_ref().unwrap_or(&one);
    one.clock().advance(6 * MINUTE);
    if let Some(two) = &two {
        two.clock().advance(6 * MINUTE);
    }
    let (first, second) = tokio::join!(one.running().due.run(), other.running().due.run());
    first.unwrap();
    second.unwrap();
    one.settle().await;
    assert_eq!(told(&mut to_bob, &admin, &square).await.len(), 1);
}

#[tokio::test]
async fn clients_know_how_often_and_whether_at_all() {
    let on = TestSite::start().await;
    let (admin, _) = on.administrator_with_team("alpha").await;
    let config = admin.get("/config/client?format=old").await.expect(200);
    for (key, value) in [
        ("AllowPersistentNotifications", "true"),
        ("PersistentNotificationIntervalMinutes", "5"),
        ("PersistentNotificationMaxCount", "6"),
        ("PersistentNotificationMaxRecipients", "5"),
    ] {
        assert_eq!(config[key], value, "{key}");
    }
    let off = TestSite::start_with(|config| config.settings.persistent = None).await;
    let (admin, team) = off.administrator_with_team("alpha").await;
    let bob = off.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "town-square").await;
    let config = admin.get("/config/client?format=old").await.expect(200);
    assert_eq!(config["AllowPersistentNotifications"], "false");
    urgent(&admin, &square, "@bob come").await;
    let mut to_bob = bob.socket().await;
    wait(&off, 6).await;
    assert_eq!(told(&mut to_bob, &admin, &square).await, Vec::<Value>::new());
}
