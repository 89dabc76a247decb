//! Outgoing webhooks: who is told of what, and what becomes of answers.

use std::collections::HashMap;

use fieldpost_outbound::{Ask, Refused};
use fieldpost_testkit::{Actor, TestSite};
use serde_json::{Value, json};

use super::receiver::Receiver;
use super::{id, incoming, places, posts, team_admin};

async fn make(admin: &Actor, team: &Value, receiver: &Receiver, with: Value) -> Value {
    let mut new = json!({
        "team_id": team["id"], "display_name": "Deploys", "callback_urls": [receiver.url()],
    });
    for (name, value) in with.as_object().unwrap() {
        new[name] = value.clone();
    }
    let hook = admin.post("/hooks/outgoing", new).await.expect(201);
    assert_eq!(hook["token"].as_str().unwrap().len(), 26);
    hook
}

/// The fields of a form.
fn fields(body: &str) -> HashMap<String, String> {
    let url = reqwest::Url::parse(&format!("http://form/?{body}")).unwrap();
    url.query_pairs().into_owned().collect()
}

#[tokio::test]
async fn a_program_is_told_of_what_begins_with_its_words_and_answers() {
    let (site, team, [admin, alice], square) = places().await;
    let answers = json!({ "text": "on it, <!here>", "response_type": "comment", "username": "CI" });
    let mut receiver = Receiver::start(vec![(200, answers), (200, json!({}))]).await;
    let hook = make(&admin, &team, &receiver, json!({ "trigger_words": ["deploy"] })).await;
    assert_eq!(hook["content_type"], "application/x-www-form-urlencoded");
    site.settle().await;
    let mut socket = alice.socket().await;
    for other in ["deployment is over", "please deploy", "Deploy"] {
        alice.say(&square, other).await;
    }
    let post = alice.say(&square, "deploy edge & all").await;
    let call = receiver.next().await;
    assert!(call.head.starts_with("POST /told HTTP/1.1"), "{}", call.head);
    assert!(call.head.contains("user-agent: Fieldpost/"), "{}", call.head);
    let told = fields(&call.body);
    let expected = [
        ("token", hook["token"].as_str().unwrap()),
        ("team_id", id(&team)),
        ("team_domain", "alpha"),
        ("channel_id", &square),
        ("channel_name", "town-square"),
        ("user_name", "alice"),
        ("post_id", id(&post)),
        ("text", "deploy edge & all"),
        ("trigger_word", "deploy"),
        ("file_ids", ""),
    ];
    for (name, value) in expected {
        assert_eq!(told[name], value, "{name}");
    }
    assert_eq!(told["user_id"], alice.id.to_string());
    assert_eq!(told["timestamp"], (post["create_at"].as_i64().unwrap() / 1000).to_string());

    let answer = loop {
        let event = socket.event("posted").await;
        let post: Value = serde_json::from_str(event["data"]["post"].as_str().unwrap()).unwrap();
        if post["props"]["from_webhook"] == "true" {
            break post;
        }
    };
    assert_eq!((&answer["message"], &answer["root_id"]), (&json!("on it, @here"), &post["id"]));
    assert_eq!((&answer["user_id"], &answer["channel_id"]), (&json!(admin.id), &json!(square)));
    assert_eq!(answer["props"]["override_username"], "CI");
    assert!(receiver.is_done());
}

#[tokio::test]
async fn of_a_channel_a_program_may_be_told_everything_people_write() {
    let (site, team, [admin, alice], square) = places().await;
    let mut receiver = Receiver::start(vec![(200, json!({ "text": "seen" }))]).await;
    let with = json!({ "channel_id": square, "content_type": "application/json" });
    let hook = make(&admin, &team, &receiver, with).await;
    let loops = incoming(&admin, &square).await;
    site.settle().await;
    let mut socket = alice.socket().await;
    let url = format!("{}/hooks/{}", site.url(), id(&loops));
    let payload = json!({ "text": "of a program" }).to_string();
    let sent = reqwest::Client::new().post(url).body(payload).send().await.unwrap();
    assert_eq!(sent.status(), 200);
    let post = alice.say(&square, "of a person").await;
    let told: Value = serde_json::from_str(&receiver.next().await.body).unwrap();
    assert_eq!((&told["text"], &told["trigger_word"]), (&json!("of a person"), &json!("")));
    assert_eq!((&told["timestamp"], &told["token"]), (&post["create_at"], &hook["token"]));
    let is_answer = |event: &Value| event["data"]["post"].as_str().unwrap().contains("seen");
    while !is_answer(&socket.event("posted").await) {}
    // The answer came after the program's post: of neither was anybody told.
    let second = alice.say(&square, "again").await;
    let told: Value = serde_json::from_str(&receiver.next().await.body).unwrap();
    assert_eq!(told["post_id"], second["id"]);
}

#[tokio::test]
async fn words_may_only_begin_and_conversations_stay_inside() {
    let (_site, team, [admin, alice], square) = places().await;
    let mut receiver = Receiver::start(vec![(204, json!({}))]).await;
    let with = json!({ "trigger_words": ["build"], "trigger_when": 1 });
    make(&admin, &team, &receiver, with).await;
    let private = json!({ "team_id": team["id"], "name": "p", "display_name": "P", "type": "P" });
    let private = alice.post("/channels", private).await.expect(201);
    let direct = alice.post("/channels/direct", json!([alice.id, admin.id])).await.expect(201);
    alice.say(id(&private), "build inside").await;
    alice.say(id(&direct), "build between").await;
    alice.say(&square, "builders all").await;
    assert_eq!(fields(&receiver.next().await.body)["text"], "builders all");
    assert!(receiver.is_done());
}

#[tokio::test]
async fn whoever_was_busy_is_told_again_and_who_refuses_is_not() {
    let (_site, team, [admin, alice], square) = places().await;
    let answers = vec![(503, json!({})), (200, json!({})), (400, json!({})), (200, json!({}))];
    let mut receiver = Receiver::start(answers).await;
    make(&admin, &team, &receiver, json!({ "channel_id": square })).await;
    alice.say(&square, "first").await;
    let first = receiver.next().await;
    let again = receiver.next().await;
    assert_eq!(first.body, again.body);
    alice.say(&square, "refused").await;
    assert_eq!(fields(&receiver.next().await.body)["text"], "refused");
    alice.say(&square, "last").await;
    assert_eq!(fields(&receiver.next().await.body)["text"], "last");
}

#[tokio::test]
async fn nobody_is_told_where_nobody_may_be_asked() {
    let site = TestSite::start_with(|config| config.outbound.enabled = true).await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    let mut inside = Receiver::start(vec![(200, json!({}))]).await;
    make(&admin, &team, &inside, json!({ "channel_id": square })).await;
    admin.say(&square, "not to be told").await;
    let refused = site.running().outbound.ask(ask(&inside)).await.unwrap_err();
    assert_eq!(refused, Refused::Address("127.0.0.1".to_owned()));

    let (other, team, [admin, alice], square) = places().await;
    let mut receiver = Receiver::start(vec![(200, json!({}))]).await;
    make(&admin, &team, &receiver, json!({ "channel_id": square })).await;
    alice.say(&square, "one").await;
    assert_eq!(fields(&receiver.next().await.body)["text"], "one");
    other.running().outbound.silence(true);
    alice.say(&square, "two").await;
    let refused = other.running().outbound.ask(ask(&receiver)).await.unwrap_err();
    assert_eq!(refused, Refused::Silent);
    assert!(receiver.is_done());
    assert!(inside.is_done());
}

fn ask(receiver: &Receiver) -> Ask {
    Ask::get(receiver.url())
}

#[tokio::test]
async fn webhooks_are_managed_by_those_who_may() {
    let (site, team, [admin, alice], square) = places().await;
    let receiver = Receiver::start(vec![(200, json!({}))]).await;
    let hook = make(&admin, &team, &receiver, json!({ "channel_id": square })).await;
    let path = format!("/hooks/outgoing/{}", id(&hook));
    alice.get(&path).await.refused(403);
    alice.delete(&path).await.refused(403);
    alice.post(&format!("{path}/regen_token"), json!({})).await.refused(403);
    site.stranger().get(&path).await.refused(401);
    for list in ["", &format!("?team_id={}", id(&team)), &format!("?channel_id={square}")] {
        alice.get(&format!("/hooks/outgoing{list}")).await.refused(403);
        let all = admin.get(&format!("/hooks/outgoing{list}")).await.expect(200);
        assert_eq!(all, json!([hook]));
    }
    let renewed = admin.post(&format!("{path}/regen_token"), json!({})).await.expect(200);
    assert_ne!(renewed["token"], hook["token"]);
    let mut changed = renewed.clone();
    changed["display_name"] = json!("Builds");
    changed["token"] = json!("mine");
    changed["creator_id"] = json!(alice.id);
    let told = admin.put(&path, changed).await.expect(200);
    assert_eq!((&told["token"], &told["creator_id"]), (&renewed["token"], &hook["creator_id"]));
    assert_eq!(told["display_name"], "Builds");
    admin.delete(&path).await.expect(200);
    admin.get(&path).await.refused(404);
}

#[tokio::test]
async fn nobody_answers_as_somebody_else_but_members_of_the_team() {
    let (site, team, [admin, alice], square) = places().await;
    let bob = team_admin(&site, &admin, &team, "bob").await;
    let stranger = site.person("stranger").await;
    let new = |maker: &Actor, url: &str| {
        json!({
            "team_id": team["id"], "channel_id": square, "creator_id": maker.id,
            "callback_urls": [url],
        })
    };
    for maker in [&admin, &stranger] {
        bob.post("/hooks/outgoing", new(maker, "https://a.example")).await.refused(403);
    }
    bob.post("/hooks/outgoing", new(&alice, "https://b.example")).await.expect(201);
    let hook = admin.post("/hooks/outgoing", new(&admin, "https://c.example")).await.expect(201);
    let mut changed = hook.clone();
    changed["callback_urls"] = json!(["https://d.example"]);
    let path = format!("/hooks/outgoing/{}", id(&hook));
    bob.put(&path, changed.clone()).await.refused(403);
    admin.put(&path, changed).await.expect(200);
}

#[tokio::test]
async fn what_no_webhook_may_be_is_refused() {
    let (_site, team, [admin, alice], square) = places().await;
    let private = json!({ "team_id": team["id"], "name": "p", "display_name": "P", "type": "P" });
    let private = admin.post("/channels", private).await.expect(201);
    let base = json!({ "team_id": team["id"], "callback_urls": ["https://example.org"], "channel_id": square });
    let refused = async |status, name: &str, value: Value| {
        let mut new = base.clone();
        new[name] = value;
        admin.post("/hooks/outgoing", new).await.refused(status)
    };
    let why = refused(400, "channel_id", json!("")).await;
    assert_eq!(why, "api.webhook.create_outgoing.triggers.app_error");
    let why = refused(403, "channel_id", private["id"].clone()).await;
    assert_eq!(why, "api.webhook.create_outgoing.not_open.app_error");
    let why = refused(400, "callback_urls", json!([])).await;
    assert_eq!(why, "model.outgoing_hook.is_valid.callback.app_error");
    let why = refused(400, "callback_urls", json!(["file:///etc/passwd"])).await;
    assert_eq!(why, "model.outgoing_hook.is_valid.url.app_error");
    refused(400, "trigger_when", json!(2)).await;
    refused(400, "trigger_words", json!([""])).await;
    refused(403, "team_id", json!("")).await;
    alice.post("/hooks/outgoing", base.clone()).await.refused(403);
    admin.post("/hooks/outgoing", base.clone()).await.expect(201);
    let why = admin.post("/hooks/outgoing", base).await.refused(400);
    assert_eq!(why, "api.webhook.create_outgoing.intersect.app_error");
    assert!(posts(&admin, &square).await.len() < 10);
}
