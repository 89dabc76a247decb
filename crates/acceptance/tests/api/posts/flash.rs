//! Posts that go before everything else over links: who may send them, and how many.

use fieldpost_kernel::Clock;
use fieldpost_testkit::{Actor, Reply, TestSite};
use serde_json::{Value, json};

const MINUTE: i64 = 60_000;

fn flash(channel: &str, message: &str) -> Value {
    json!({
        "channel_id": channel, "message": message,
        "metadata": { "priority": { "priority": "urgent", "flash": true } },
    })
}

async fn send(who: &Actor, channel: &str, message: &str) -> Reply {
    who.post("/posts", flash(channel, message)).await
}

#[tokio::test]
async fn to_other_clients_it_is_urgent_and_to_ours_more_than_that() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    let post = send(&admin, &square, "air raid").await.expect(201);
    let expected = json!({
        "priority": "urgent", "requested_ack": false, "persistent_notifications": false,
        "flash": true,
    });
    assert_eq!(post["metadata"]["priority"], expected);
    let path = format!("/posts/{}", post["id"].as_str().unwrap());
    assert_eq!(admin.get(&path).await.expect(200)["metadata"]["priority"], expected);
    let urgent = json!({
        "channel_id": square, "message": "less", "metadata": { "priority": { "priority": "urgent" } },
    });
    let urgent = admin.post("/posts", urgent).await.expect(201);
    assert_eq!(urgent["metadata"]["priority"].get("flash"), None);
}

#[tokio::test]
async fn it_takes_a_permission_that_administrators_have() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "town-square").await;
    send(&bob, &square, "may I").await.expect(403);
    let path = format!("/teams/{}/members/{}/schemeRoles", team["id"].as_str().unwrap(), bob.id);
    let roles = json!({ "scheme_admin": true, "scheme_user": true });
    admin.put(&path, roles).await.expect(200);
    send(&bob, &square, "as the team's administrator").await.expect(201);
    let taken = json!({ "scheme_admin": false, "scheme_user": true });
    admin.put(&path, taken).await.expect(200);
    send(&bob, &square, "no longer").await.expect(403);
    let own = bob.post("/channels/direct", json!([bob.id, admin.id])).await.expect(201);
    send(&bob, own["id"].as_str().unwrap(), "nor to one person").await.expect(403);
}

#[tokio::test]
async fn only_an_urgent_post_is_one_and_none_that_waits_for_its_time() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    for level in ["", "important"] {
        let mut post = flash(&square, "not urgent");
        post["metadata"]["priority"]["priority"] = json!(level);
        assert_eq!(admin.post("/posts", post).await.status, 400, "{level}");
    }
    let post = send(&admin, &square, "a root").await.expect(201);
    let mut reply = flash(&square, "a reply");
    reply["root_id"] = post["id"].clone();
    assert_eq!(admin.post("/posts", reply).await.status, 400);
    let later = json!({
        "user_id": admin.id, "channel_id": square, "message": "later",
        "scheduled_at": site.clock().now() + 60 * MINUTE,
        "priority": { "priority": "urgent", "flash": true },
    });
    let refused = admin.post("/posts/schedule", later).await.refused(400);
    assert_eq!(refused, "api.fieldpost.flash.scheduled");
}

#[tokio::test]
async fn ten_an_hour_are_enough_and_it_is_said_when_the_next_may_go() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    for n in 0..10 {
        let mut post = flash(&square, &format!("flash {n}"));
        post["pending_post_id"] = json!(format!("pending {n}"));
        admin.post("/posts", post).await.expect(201);
        site.clock().advance(MINUTE);
    }
    let refused = send(&admin, &square, "one too many").await.expect(429);
    assert_eq!(refused["id"], "api.fieldpost.flash.too_many");
    let says = refused["message"].as_str().unwrap();
    assert!(says.contains("in 50 min") || says.contains("in 51 min"), "{says}");
    // What was sent already may be sent again, as by a client that lost the answer.
    let mut again = flash(&square, "flash 9");
    again["pending_post_id"] = json!("pending 9");
    admin.post("/posts", again).await.expect(201);
    site.clock().advance(50 * MINUTE + MINUTE / 2);
    send(&admin, &square, "the next").await.expect(201);
    assert_eq!(send(&admin, &square, "and no other").await.status, 429);
}

#[tokio::test]
async fn a_site_may_do_without_them() {
    let site = TestSite::start_with(|config| config.settings.flash_per_hour = 0).await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    let refused = send(&admin, &square, "air raid").await.refused(403);
    assert_eq!(refused, "api.fieldpost.flash.none");
}
