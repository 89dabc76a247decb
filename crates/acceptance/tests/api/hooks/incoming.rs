//! Incoming webhooks: made, called, and taken away.

use fieldpost_testkit::{Actor, TestSite};
use reqwest::Method;
use serde_json::{Value, json};

use super::{channel, id, incoming, places, posts, team_admin};

/// Calls a webhook as programs do: without an account, outside the API.
async fn call(site: &TestSite, hook: &str, kind: Option<&str>, body: &str) -> (u16, String) {
    let client = reqwest::Client::new();
    let mut request = client.post(format!("{}/hooks/{hook}", site.url())).body(body.to_owned());
    if let Some(kind) = kind {
        request = request.header("content-type", kind);
    }
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn send(site: &TestSite, hook: &Value, payload: Value) -> (u16, String) {
    call(site, id(hook), Some("application/json"), &payload.to_string()).await
}

fn ok() -> (u16, String) {
    (200, "ok".to_owned())
}

/// The id of the error of a refused call.
fn refused((status, body): (u16, String), expected: u16) -> String {
    assert_eq!(status, expected, "{body}");
    let body: Value = serde_json::from_str(&body).unwrap();
    body["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_program_posts_in_every_form_that_programs_use() {
    let (site, _, [admin, alice], square) = places().await;
    let hook = incoming(&admin, &square).await;
    assert_eq!(hook["user_id"], json!(admin.id));
    assert_eq!((&hook["channel_locked"], &hook["delete_at"]), (&json!(false), &json!(0)));
    site.settle().await;
    let mut socket = alice.socket().await;
    assert_eq!(send(&site, &hook, json!({ "text": "json" })).await, ok());
    let event = socket.event("posted").await;
    assert_eq!(event["data"]["sender_name"], "webhook");
    let post: Value = serde_json::from_str(event["data"]["post"].as_str().unwrap()).unwrap();
    assert_eq!((&post["message"], &post["user_id"]), (&json!("json"), &json!(admin.id)));
    assert_eq!(post["props"]["from_webhook"], "true");
    assert_eq!(post["props"]["webhook_display_name"], "Builds");

    let form = "payload=%7B%22text%22%3A%22form+%26+more%22%7D";
    let kind = Some("application/x-www-form-urlencoded");
    assert_eq!(call(&site, id(&hook), kind, form).await, ok());
    assert_eq!(call(&site, id(&hook), None, form).await, ok());
    assert_eq!(call(&site, id(&hook), None, "{\"text\": \"bare\nbroken\"}").await, ok());
    let parts = reqwest::multipart::Form::new().text("payload", "{\"text\": \"parts\"}");
    let url = format!("{}/hooks/{}", site.url(), id(&hook));
    let sent = reqwest::Client::new().post(url).multipart(parts).send().await.unwrap();
    assert_eq!(sent.status(), 200);
    let posts = posts(&alice, &square).await;
    let messages: Vec<&str> = posts.iter().map(|p| p["message"].as_str().unwrap()).collect();
    assert_eq!(messages[..5], ["parts", "bare\nbroken", "form & more", "form & more", "json"]);
}

#[tokio::test]
async fn what_slack_writes_is_read() {
    let (site, _, [admin, alice], square) = places().await;
    let hook = incoming(&admin, &square).await;
    let payload = json!({
        "text": format!("<!here> <@{}> see <https://example.org/1|the plan>", alice.id),
        "username": "Grafana", "icon_emoji": ":ship:", "unknown": {}, "channel": "",
        "attachments": [null, {
            "title": "Disk", "text": "<https://example.org>", "fields": [{ "value": 7 }],
        }],
        "props": { "matterbridge_x": true, "from_bot": "true", "card": "more" },
        "priority": { "priority": "urgent" },
    });
    site.settle().await;
    let mut socket = alice.socket().await;
    assert_eq!(send(&site, &hook, payload).await, ok());
    let event = socket.event("posted").await;
    assert_eq!(event["data"]["sender_name"], "Grafana");
    assert!(event["data"]["mentions"].as_str().unwrap().contains(&alice.id.to_string()));
    let post = posts(&alice, &square).await.remove(0);
    assert_eq!(post["message"], "@here @alice see [the plan](https://example.org/1)");
    assert_eq!(post["type"], "slack_attachment");
    let props = &post["props"];
    assert_eq!(props["override_username"], "Grafana");
    assert_eq!(props["override_icon_emoji"], "ship");
    assert_eq!(props["matterbridge_x"], true);
    assert_eq!(props.get("from_bot"), None);
    let attachment =
        json!([{ "title": "Disk", "text": "https://example.org", "fields": [{ "value": "7" }] }]);
    assert_eq!(props["attachments"], attachment);
    assert_eq!(post["metadata"]["embeds"], json!([{ "type": "message_attachment" }]));
    assert_eq!(post["metadata"]["priority"]["priority"], "urgent");
}

#[tokio::test]
async fn a_program_chooses_where_it_posts_within_what_its_maker_sees() {
    let (site, team, [admin, alice], square) = places().await;
    let hook = incoming(&admin, &square).await;
    let private =
        json!({ "team_id": team["id"], "name": "secret", "display_name": "S", "type": "P" });
    let private = alice.post("/channels", private).await.expect(201);
    let open = json!({ "team_id": team["id"], "name": "plans", "display_name": "P", "type": "O" });
    let open = alice.post("/channels", open).await.expect(201);
    for channel in ["#plans", "plans", id(&open)] {
        assert_eq!(send(&site, &hook, json!({ "text": "x", "channel": channel })).await, ok());
    }
    assert_eq!(
        posts(&alice, id(&open)).await[..3].iter().filter(|p| p["message"] == "x").count(),
        3
    );

    assert_eq!(send(&site, &hook, json!({ "text": "psst", "channel": "@alice" })).await, ok());
    let direct = alice.post("/channels/direct", json!([alice.id, admin.id])).await.expect(201);
    assert_eq!(posts(&alice, id(&direct)).await[0]["message"], "psst");
    let named = json!({ "text": "again", "channel": direct["name"] });
    assert_eq!(send(&site, &hook, named).await, ok());

    // Whoever administers the site is no part of what two others say to each other.
    let bob = site.member(&admin, &team, "bob").await;
    let theirs = alice.post("/channels/direct", json!([alice.id, bob.id])).await.expect(201);
    let into = json!({ "text": "x", "channel": theirs["id"] });
    let why = refused(send(&site, &hook, into).await, 403);
    assert_eq!(why, "web.incoming_webhook.permissions.app_error");

    let none = json!({ "text": "x", "channel": "nowhere" });
    assert_eq!(
        refused(send(&site, &hook, none).await, 404),
        "web.incoming_webhook.channel.app_error"
    );
    let nobody = json!({ "text": "x", "channel": "@nobody" });
    assert_eq!(
        refused(send(&site, &hook, nobody).await, 400),
        "web.incoming_webhook.user.app_error"
    );
    assert_eq!(send(&site, &hook, json!({ "text": "x", "channel": private["id"] })).await, ok());

    let locked = json!({ "channel_id": square, "channel_locked": true });
    let locked = admin.post("/hooks/incoming", locked).await.expect(201);
    assert_eq!(send(&site, &locked, json!({ "text": "x" })).await, ok());
    assert_eq!(send(&site, &locked, json!({ "text": "x", "channel": "town-square" })).await, ok());
    for channel in ["plans", "@alice", id(&open)] {
        let why =
            refused(send(&site, &locked, json!({ "text": "x", "channel": channel })).await, 403);
        assert_eq!(why, "web.incoming_webhook.channel_locked.app_error");
    }
}

#[tokio::test]
async fn what_is_no_call_is_refused() {
    let (site, _, [admin, alice], square) = places().await;
    let hook = incoming(&admin, &square).await;
    let why = refused(send(&site, &hook, json!({ "text": "  " })).await, 400);
    assert_eq!(why, "web.incoming_webhook.text.app_error");
    let why = refused(call(&site, id(&hook), None, "hello").await, 400);
    assert_eq!(why, "web.incoming_webhook.parse.app_error");
    let why = refused(call(&site, id(&square_like(&hook)), None, "{\"text\":\"x\"}").await, 400);
    assert_eq!(why, "web.incoming_webhook.invalid.app_error");
    refused(send(&site, &hook, json!({ "text": "x", "type": "system_join_channel" })).await, 400);
    let long = json!({ "text": "a".repeat(400_000) });
    assert_eq!(send(&site, &hook, long).await.0, 413);

    let before = posts(&alice, &square).await.len();
    let parts = json!({ "text": "a".repeat(16_383 + 5) });
    assert_eq!(send(&site, &hook, parts).await, ok());
    let posts = posts(&alice, &square).await;
    assert_eq!(posts.len(), before + 2);
    assert_eq!(posts[0]["message"], "aaaaa");

    admin.delete(&format!("/hooks/incoming/{}", id(&hook))).await.expect(200);
    let why = refused(send(&site, &hook, json!({ "text": "x" })).await, 400);
    assert_eq!(why, "web.incoming_webhook.invalid.app_error");
}

/// An id that nothing has.
fn square_like(hook: &Value) -> Value {
    let turned: String = id(hook).chars().rev().collect();
    json!({ "id": turned })
}

#[tokio::test]
async fn too_many_calls_have_to_wait() {
    let (site, _, [admin, _], square) = places().await;
    let hook = incoming(&admin, &square).await;
    let mut taken = 0;
    let refusal = loop {
        let answer = send(&site, &hook, json!({ "text": "x" })).await;
        if answer.0 != 200 {
            break answer;
        }
        taken += 1;
        assert!(taken < 200, "there is no limit");
    };
    assert_eq!(refused(refusal, 429), "api.context.rate_limit.app_error");
    assert!(taken >= 60, "{taken}");
    site.clock().advance(1_000);
    assert_eq!(send(&site, &hook, json!({ "text": "x" })).await, ok());
}

#[tokio::test]
async fn webhooks_are_managed_by_those_who_may() {
    let (site, team, [admin, alice], square) = places().await;
    let new = json!({ "channel_id": square, "user_id": alice.id, "channel_locked": true });
    alice.post("/hooks/incoming", json!({ "channel_id": square })).await.refused(403);
    let for_alice = admin.post("/hooks/incoming", new).await.expect(201);
    assert_eq!(for_alice["user_id"], json!(alice.id));
    let hook = incoming(&admin, &square).await;
    let path = format!("/hooks/incoming/{}", id(&hook));
    for method in [Method::GET, Method::DELETE] {
        alice.send(method, &path, Vec::new()).await.refused(403);
    }
    let team_id = id(&team);
    alice.get(&format!("/hooks/incoming?team_id={team_id}")).await.refused(403);
    alice.get("/hooks/incoming").await.refused(403);
    site.stranger().get(&path).await.refused(401);
    let all = admin.get(&format!("/hooks/incoming?team_id={team_id}")).await.expect(200);
    assert_eq!(all, json!([for_alice, hook]));
    let counted =
        admin.get("/hooks/incoming?include_total_count=true&per_page=1").await.expect(200);
    assert_eq!(counted, json!({ "incoming_webhooks": [for_alice], "total_count": 2 }));
    assert_eq!(admin.get(&path).await.expect(200), hook);

    let mut changed = hook.clone();
    changed["display_name"] = json!("Deploys");
    changed["user_id"] = json!(alice.id);
    let told = admin.put(&path, changed.clone()).await.expect(200);
    assert_eq!(told["display_name"], "Deploys");
    assert_eq!((&told["user_id"], &told["create_at"]), (&hook["user_id"], &hook["create_at"]));
    assert!(told["update_at"].as_i64() > hook["update_at"].as_i64());
    changed["id"] = for_alice["id"].clone();
    admin.put(&path, changed).await.refused(400);
    let elsewhere = other_team(&admin).await;
    let moved = json!({ "id": hook["id"], "channel_id": elsewhere });
    assert_eq!(admin.put(&path, moved).await.refused(400), "api.webhook.team_mismatch.app_error");
    let long = json!({ "channel_id": square, "display_name": "a".repeat(65) });
    let why = admin.post("/hooks/incoming", long).await.refused(400);
    assert_eq!(why, "model.incoming_hook.display_name.app_error");
    admin.delete(&path).await.expect(200);
    admin.get(&path).await.refused(404);
}

/// The status with which another's webhook is refused, changed in one field.
async fn changes(actor: &Actor, hook: &Value, name: &str, value: Value) -> u16 {
    let mut changed = hook.clone();
    changed[name] = value;
    actor.put(&format!("/hooks/incoming/{}", id(hook)), changed).await.status
}

#[tokio::test]
async fn nobody_writes_as_somebody_else_wherever_they_like() {
    let (site, team, [admin, alice], square) = places().await;
    let bob = team_admin(&site, &admin, &team, "bob").await;
    let carol = team_admin(&site, &admin, &team, "carol").await;
    let stranger = site.person("stranger").await;
    let private = channel(&bob, &team, "secret", "P").await;
    let plans = channel(&bob, &team, "plans", "O").await;
    let make = async |channel: &str, maker: &Actor| {
        let new = json!({ "channel_id": channel, "user_id": maker.id, "channel_locked": false });
        bob.post("/hooks/incoming", new).await
    };
    make(&square, &admin).await.refused(403);
    make(&square, &stranger).await.refused(403);
    make(&private, &alice).await.refused(403);
    let hook = make(&square, &alice).await.expect(201);
    assert_eq!(hook["channel_locked"], true);
    let why = refused(send(&site, &hook, json!({ "text": "x", "channel": "@admin" })).await, 403);
    assert_eq!(why, "web.incoming_webhook.channel_locked.app_error");

    assert_eq!(changes(&bob, &hook, "display_name", json!("Deploys")).await, 200);
    assert_eq!(changes(&bob, &hook, "channel_id", json!(plans)).await, 200);
    assert_eq!(changes(&bob, &hook, "channel_id", json!(private)).await, 403);
    for other in [&bob, &admin] {
        assert_eq!(changes(other, &hook, "channel_locked", json!(false)).await, 403);
    }
    let own = json!({ "channel_id": square, "channel_locked": true });
    let carols = carol.post("/hooks/incoming", own.clone()).await.expect(201);
    assert_eq!(changes(&bob, &carols, "channel_locked", json!(false)).await, 403);
    assert_eq!(changes(&carol, &carols, "channel_locked", json!(false)).await, 200);
    let admins = admin.post("/hooks/incoming", own).await.expect(201);
    assert_eq!(changes(&bob, &admins, "display_name", json!("Deploys")).await, 200);
    assert_eq!(changes(&bob, &admins, "channel_id", json!(plans)).await, 403);
    assert_eq!(changes(&admin, &admins, "channel_id", json!(plans)).await, 200);
}

#[tokio::test]
async fn a_webhook_into_a_channel_is_listed_to_those_who_see_the_channel() {
    let (site, team, [admin, _], square) = places().await;
    let bob = team_admin(&site, &admin, &team, "bob").await;
    let private = channel(&admin, &team, "secret", "P").await;
    let make = async |channel: &str| {
        let locked = json!({ "channel_id": channel, "channel_locked": true });
        admin.post("/hooks/incoming", locked).await.expect(201)
    };
    let hidden = make(&private).await;
    let hooks = [make(&square).await, make(&square).await];
    bob.get(&format!("/hooks/incoming/{}", id(&hidden))).await.refused(403);
    let list = format!("/hooks/incoming?team_id={}", id(&team));
    assert_eq!(bob.get(&list).await.expect(200), json!(hooks));
    let page = format!("{list}&include_total_count=true&per_page=1");
    let first = json!({ "incoming_webhooks": [hooks[0]], "total_count": 2 });
    assert_eq!(bob.get(&page).await.expect(200), first);
    let second = json!({ "incoming_webhooks": [hooks[1]], "total_count": 2 });
    assert_eq!(bob.get(&format!("{page}&page=1")).await.expect(200), second);
    let all = admin.get(&list).await.expect(200);
    assert_eq!(all, json!([hidden, hooks[0], hooks[1]]));
}

#[tokio::test]
async fn a_webhook_that_posts_anywhere_is_shown_to_its_maker_and_to_system_administrators() {
    let (site, team, [admin, _], square) = places().await;
    let bob = team_admin(&site, &admin, &team, "bob").await;
    let carol = team_admin(&site, &admin, &team, "carol").await;
    let (admins, bobs) = (incoming(&admin, &square).await, incoming(&bob, &square).await);
    let path = |hook: &Value| format!("/hooks/incoming/{}", id(hook));
    let list = format!("/hooks/incoming?team_id={}&include_total_count=true", id(&team));
    for (actor, shown) in
        [(&admin, json!([admins, bobs])), (&bob, json!([bobs])), (&carol, json!([]))]
    {
        let listed = actor.get(&list).await.expect(200);
        assert_eq!(listed["incoming_webhooks"], shown);
        assert_eq!(listed["total_count"], shown.as_array().unwrap().len());
    }
    for hook in [&admins, &bobs] {
        carol.get(&path(hook)).await.refused(403);
        assert_eq!(changes(&carol, hook, "channel_locked", json!(true)).await, 403);
        assert_eq!(admin.get(&path(hook)).await.expect(200), *hook);
    }
    assert_eq!(bob.get(&path(&bobs)).await.expect(200), bobs);
    carol.delete(&path(&admins)).await.expect(200);
}

#[tokio::test]
async fn a_guests_webhook_posts_where_the_guest_is() {
    let site = TestSite::start_with(|config| config.settings.guest_accounts = true).await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    channel(&admin, &team, "plans", "O").await;
    let alice = team_admin(&site, &admin, &team, "alice").await;
    let hook = incoming(&alice, &square).await;
    let plans = json!({ "text": "x", "channel": "plans" });
    assert_eq!(send(&site, &hook, plans.clone()).await, ok());
    admin.post(&format!("/users/{}/demote", alice.id), json!({})).await.expect(200);
    let why = refused(send(&site, &hook, plans).await, 403);
    assert_eq!(why, "web.incoming_webhook.permissions.app_error");
    assert_eq!(send(&site, &hook, json!({ "text": "x" })).await, ok());
}

async fn other_team(admin: &Actor) -> String {
    let team = json!({ "name": "beta", "display_name": "Beta", "type": "O" });
    let team = admin.post("/teams", team).await.expect(201);
    admin.channel(&team, "town-square").await
}

#[tokio::test]
async fn whoever_may_do_nothing_any_more_posts_nothing() {
    let (site, _, [admin, alice], square) = places().await;
    let new = json!({ "channel_id": square, "user_id": alice.id });
    let hook = admin.post("/hooks/incoming", new).await.expect(201);
    assert_eq!(send(&site, &hook, json!({ "text": "x" })).await, ok());
    admin.delete(&format!("/users/{}", alice.id)).await.expect(200);
    let why = refused(send(&site, &hook, json!({ "text": "x" })).await, 400);
    assert_eq!(why, "web.incoming_webhook.invalid.app_error");
}

#[tokio::test]
async fn what_is_switched_off_says_so() {
    let site = TestSite::start_with(|config| {
        config.settings.webhooks.incoming = false;
        config.settings.webhooks.outgoing = false;
    })
    .await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    let new = json!({ "channel_id": square });
    let why = admin.post("/hooks/incoming", new).await.refused(501);
    assert_eq!(why, "api.incoming_webhook.disabled.app_error");
    let why = admin.get("/hooks/outgoing").await.refused(501);
    assert_eq!(why, "api.outgoing_webhook.disabled.app_error");
    let config = admin.get("/config/client?format=old").await.expect(200);
    assert_eq!(config["EnableIncomingWebhooks"], "false");
}
