use fieldpost_kernel::Clock;
use fieldpost_testkit::{Actor, TestSite};
use serde_json::{Value, json};

use super::watch::{carried, device};

const HOUR: i64 = 60 * 60 * 1000;

fn id(thing: &Value) -> &str {
    thing["id"].as_str().unwrap()
}

fn path(post: &Value) -> String {
    format!("/users/me/posts/{}/reminder", id(post))
}

fn in_hours(site: &TestSite, hours: i64) -> Value {
    json!({ "target_time": (site.clock().now() + hours * HOUR) / 1000 })
}

/// What the system's bot told a person, the newest first.
async fn reminders(actor: &Actor) -> Vec<Value> {
    let reply = actor.get("/users/username/system-bot").await;
    if reply.status == 404 {
        return Vec::new();
    }
    let bot = reply.expect(200);
    let direct = actor.post("/channels/direct", json!([actor.id, bot["id"]])).await.expect(201);
    let list = actor.get(&format!("/channels/{}/posts", id(&direct))).await.expect(200);
    let order = list["order"].as_array().unwrap().iter();
    order.map(|id| list["posts"][id.as_str().unwrap()].clone()).collect()
}

#[tokio::test]
async fn a_person_is_reminded_of_a_post_when_it_is_time() {
    let mut site = TestSite::start_with(|config| {
        config.settings.site_url = "https://chat.example.com/".to_owned();
    })
    .await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "town-square").await;
    let post = admin.say(&square, "remember the milk").await;
    bob.post(&path(&post), in_hours(&site, 3)).await.expect(200);
    // One for each post: another time replaces the first.
    bob.post(&path(&post), in_hours(&site, 1)).await.expect(200);
    site.running().due.run().await.unwrap();
    assert_eq!(reminders(&bob).await, [json!(null); 0]);
    site.restart().await;
    let bob = bob.at(site.url());
    site.settle().await;
    let (mut socket, _) = device(&bob).await;
    site.clock().advance(HOUR);
    site.running().due.run().await.unwrap();
    let posted = socket.event("posted").await;
    assert_eq!(posted["data"]["channel_type"], "D");
    assert_eq!(posted["data"]["mentions"], format!("[\"{}\"]", bob.id));
    let told = carried(&posted, "post");
    assert_eq!(told["type"], "reminder");
    // The post that its link leads to is shown with it.
    let expected = json!({
        "team_name": "alpha", "post_id": post["id"], "username": "admin",
        "previewed_post": post["id"],
    });
    assert_eq!(told["props"], expected);
    let address = format!("https://chat.example.com/alpha/pl/{}", id(&post));
    assert!(told["message"].as_str().unwrap().contains(&address), "{told}");
    site.clock().advance(4 * HOUR);
    site.running().due.run().await.unwrap();
    assert_eq!(reminders(&bob).await.len(), 1);
    // Once given, it can be set again.
    bob.post(&path(&post), in_hours(&site, 1)).await.expect(200);
    site.clock().advance(HOUR);
    site.running().due.run().await.unwrap();
    assert_eq!(reminders(&bob).await.len(), 2);
}

#[tokio::test]
async fn setting_a_reminder_is_answered_by_a_post_that_is_kept_nowhere() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "town-square").await;
    let post = admin.say(&square, "remember").await;
    site.settle().await;
    let (mut bobs, _) = device(&bob).await;
    let (mut admins, _) = device(&admin).await;
    let target = in_hours(&site, 1);
    bob.post(&path(&post), target.clone()).await.expect(200);
    let event = bobs.event("ephemeral_message").await;
    assert_eq!(event["broadcast"]["user_id"], bob.id.to_string());
    let told = carried(&event, "post");
    assert_eq!((&told["type"], &told["root_id"]), (&json!("system_ephemeral"), &post["id"]));
    let expected = json!({
        "team_name": "alpha", "post_id": post["id"], "username": "admin", "type": "reminder",
        "target_time": target["target_time"],
    });
    assert_eq!(told["props"], expected);
    bob.get(&format!("/posts/{}", id(&told))).await.expect(404);
    admin.say(&square, "the end").await;
    assert!(!admins.events_until("posted").await.contains(&"ephemeral_message".to_owned()));
}

#[tokio::test]
async fn nobody_is_reminded_of_what_they_cannot_read() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let mallory = site.person("mallory").await;
    let channel = json!({ "team_id": team["id"], "name": "ops", "display_name": "O", "type": "P" });
    let channel = admin.post("/channels", channel).await.expect(201);
    let members = format!("/channels/{}/members", id(&channel));
    admin.post(&members, json!({ "user_id": bob.id })).await.expect(201);
    let post = admin.say(id(&channel), "secret").await;
    mallory.post(&path(&post), in_hours(&site, 1)).await.expect(403);
    let for_admin = format!("/users/{}/posts/{}/reminder", admin.id, id(&post));
    bob.post(&for_admin, in_hours(&site, 1)).await.expect(403);
    for nonsense in [json!({}), json!({ "target_time": 0 }), json!({ "target_time": "soon" })] {
        bob.post(&path(&post), nonsense).await.expect(400);
    }
    bob.post(&path(&post), in_hours(&site, 1)).await.expect(200);
    admin.delete(&format!("{members}/{}", bob.id)).await.expect(200);
    site.clock().advance(HOUR);
    site.running().due.run().await.unwrap();
    assert_eq!(reminders(&bob).await, [json!(null); 0]);
}

#[tokio::test]
async fn the_systems_bot_takes_no_name_that_somebody_has() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let squatter = site.member(&admin, &team, "system-bot").await;
    let square = admin.channel(&team, "town-square").await;
    let post = admin.say(&square, "remember").await;
    admin.post(&path(&post), in_hours(&site, 1)).await.expect(200);
    site.clock().advance(HOUR);
    site.running().due.run().await.unwrap();
    let bot = admin.get("/users/username/system-bot-1").await.expect(200);
    assert_eq!(bot["is_bot"], true);
    let path = format!("/users/me/teams/{}/channels", id(&team));
    let own = squatter.get(&path).await.expect(200);
    let kinds: Vec<&Value> = own.as_array().unwrap().iter().map(|c| &c["type"]).collect();
    assert_eq!(kinds, ["O", "O"]);
}
