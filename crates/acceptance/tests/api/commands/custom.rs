use fieldpost_testkit::{Actor, TestSite};
use serde_json::{Value, json};

use super::receiver::Receiver;
use super::{newest, newest_of, run, text};
use crate::api::watch::{carried, device};

/// A site that may ask its own machine, with an administrator, a member, their channel, and a command
/// that somebody answers.
pub(super) async fn asking(method: &str) -> (TestSite, Value, [Actor; 2], String, Receiver) {
    asking_where(method, true).await
}

/// The same, where programs may be shown with names and pictures of their own, or may not.
async fn asking_where(
    method: &str,
    naming: bool,
) -> (TestSite, Value, [Actor; 2], String, Receiver) {
    let receiver = Receiver::start().await;
    let site = TestSite::start_with(|config| {
        config.outbound.enabled = true;
        config.outbound.allowed_internal = vec!["127.0.0.1".to_owned()];
        config.settings.site_url = "http://site.example".to_owned();
        config.settings.webhooks.usernames = naming;
        config.settings.webhooks.icons = naming;
    })
    .await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let alice = site.member(&admin, &team, "alice").await;
    let square = admin.channel(&team, "town-square").await;
    let new = json!({
        "team_id": team["id"], "trigger": "weather", "method": method, "url": receiver.url,
        "username": "Weather",
    });
    admin.post("/commands", new).await.expect(201);
    (site, team, [admin, alice], square, receiver)
}

#[tokio::test]
async fn whoever_answers_a_command_learns_who_typed_what_where() {
    let (_site, team, [admin, alice], square, mut receiver) = asking("P").await;
    let root = admin.say(&square, "root").await;
    let sent = json!({
        "channel_id": square, "root_id": root["id"], "command": "/Weather at \"sea\" & more",
    });
    let answer = alice.post("/commands/execute", sent).await.expect(200);
    let asked = receiver.asked().await;
    assert!(asked.line.starts_with("POST /hook "), "{}", asked.line);
    let list = format!("/commands?custom_only=true&team_id={}", text(&team, "id"));
    let command = admin.get(&list).await.expect(200)[0].clone();
    assert_eq!(asked.headers["authorization"], format!("Token {}", text(&command, "token")));
    assert_eq!(asked.headers["content-type"], "application/x-www-form-urlencoded");
    let fields = asked.fields();
    for (name, value) in [
        ("channel_id", square.as_str()),
        ("channel_name", "town-square"),
        ("command", "/weather"),
        ("root_id", text(&root, "id")),
        ("team_domain", "alpha"),
        ("team_id", text(&team, "id")),
        ("text", "at \"sea\" & more"),
        ("token", text(&command, "token")),
        ("user_name", "alice"),
        ("trigger_id", text(&answer, "trigger_id")),
    ] {
        assert_eq!(fields[name], value, "{name}");
    }
    assert_eq!(fields["user_id"], alice.id.to_string());
    assert!(fields["response_url"].starts_with("http://site.example/hooks/commands/"));
}

#[tokio::test]
async fn what_is_answered_in_the_channel_is_a_post() {
    let (_site, _, [admin, alice], square, mut receiver) = asking("G").await;
    receiver.says(json!({
        "response_type": "in_channel", "text": "see <https://x.org|the map>",
        "props": { "from_bot": "true", "mine": 1 },
        "attachments": [{ "text": "wind", "actions": [
            { "id": "more", "name": "More", "integration": { "url": "http://secret/" } },
        ] }],
        "extra_responses": [
            { "response_type": "in_channel", "text": "more", "type": "custom_more" },
        ],
        "goto_location": "javascript:alert(1)",
    }));
    let answer = run(&alice, &square, "/weather here").await;
    let asked = receiver.asked().await;
    assert!(asked.line.starts_with("GET /hook?"), "{}", asked.line);
    assert_eq!(asked.fields()["text"], "here");
    assert_eq!((&answer["goto_location"], &answer["attachments"]), (&json!(""), &json!([])));
    let posts = newest_of(&admin, &square).await;
    assert_eq!((&posts[0]["message"], &posts[0]["type"]), (&json!("more"), &json!("custom_more")));
    let post = &posts[1];
    assert_eq!(post["message"], "see [the map](https://x.org)");
    assert_eq!((&post["type"], &post["user_id"]), (&json!("slack_attachment"), &json!(alice.id)));
    let props = &post["props"];
    assert_eq!((&props["override_username"], &props["mine"]), (&json!("Weather"), &json!(1)));
    assert_eq!((&props["from_webhook"], &props["from_bot"]), (&json!("true"), &Value::Null));
    assert_eq!(props["attachments"][0]["actions"], json!([{ "id": "more", "name": "More" }]));
    receiver.says(json!({ "goto_location": "https://x.org/map" }));
    let answer = run(&alice, &square, "/weather").await;
    assert_eq!(answer["goto_location"], "https://x.org/map");
    assert_eq!(newest_of(&admin, &square).await.len(), posts.len());
}

#[tokio::test]
async fn what_is_answered_bears_its_authors_name_where_programs_have_none() {
    let says = json!({
        "response_type": "in_channel", "text": "it rains", "icon_url": "https://x.org/i.png",
    });
    for naming in [true, false] {
        let (_site, _, [admin, alice], square, receiver) = asking_where("P", naming).await;
        receiver.says(says.clone());
        run(&alice, &square, "/weather").await;
        let props = newest(&admin, &square).await["props"].clone();
        assert_eq!(props["from_webhook"], "true");
        assert_eq!(props.get("override_username").is_some(), naming);
        assert_eq!(props.get("override_icon_url").is_some(), naming);
    }
}

#[tokio::test]
async fn what_is_answered_for_one_person_only_they_see() {
    let (site, _, [admin, alice], square, receiver) = asking("P").await;
    site.settle().await;
    let (mut alices, _) = device(&alice).await;
    let before = newest_of(&admin, &square).await.len();
    receiver.answers(200, "text/plain; charset=utf-8", "just a text");
    let answer = run(&alice, &square, "/weather").await;
    assert_eq!(answer["text"], "just a text");
    let shown = carried(&alices.event("ephemeral_message").await, "post");
    assert_eq!(
        (&shown["message"], &shown["type"]),
        (&json!("just a text"), &json!("system_ephemeral"))
    );
    receiver.says(json!({ "text": "<!here> look" }));
    run(&alice, &square, "/weather").await;
    let shown = carried(&alices.event("ephemeral_message").await, "post");
    assert_eq!(shown["message"], "@here look");
    assert_eq!(newest_of(&admin, &square).await.len(), before);
}

#[tokio::test]
async fn something_can_be_said_later_and_not_for_ever() {
    let (site, _, [admin, alice], square, mut receiver) = asking("P").await;
    let place = async |receiver: &mut Receiver| {
        run(&alice, &square, "/weather").await;
        let url = receiver.asked().await.fields()["response_url"].clone();
        url.replace("http://site.example", &site.url())
    };
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let say = async |place: &str, kind: &str, body: String| {
        let request = client.post(place).header("content-type", kind).body(body);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let first = place(&mut receiver).await;
    let json = json!({ "response_type": "in_channel", "text": "it rains" }).to_string();
    assert_eq!(say(&first, "application/json", json.clone()).await, (200, "ok".to_owned()));
    let post = newest(&admin, &square).await;
    assert_eq!((&post["message"], &post["user_id"]), (&json!("it rains"), &json!(alice.id)));
    let form = reqwest::Url::parse_with_params("http://x/", [("payload", &json)]).unwrap();
    let form = form.query().unwrap().to_owned();
    assert_eq!(say(&first, "application/x-www-form-urlencoded", form).await.0, 200);
    assert_eq!(say(&first, "application/json", "[".to_owned()).await.0, 400);
    for _ in 0..3 {
        assert_eq!(say(&first, "text/plain", "for you".to_owned()).await.0, 200);
    }
    assert_eq!(say(&first, "application/json", json.clone()).await.0, 404, "it was said too often");
    let second = place(&mut receiver).await;
    site.clock().advance(30 * 60 * 1000 + 1);
    assert_eq!(say(&second, "application/json", json.clone()).await.0, 404, "it was too long ago");
    let unknown = format!("{}/hooks/commands/{}", site.url(), "n".repeat(25) + "y");
    assert_eq!(say(&unknown, "application/json", json).await.0, 404);
}

#[tokio::test]
async fn what_is_answered_badly_is_an_error() {
    let (site, team, [admin, alice], square, receiver) = asking("P").await;
    let sent = json!({ "channel_id": square, "command": "/weather" });
    let refused =
        async |status| alice.post("/commands/execute", sent.clone()).await.refused(status);
    receiver.answers(503, "text/plain", "not now");
    assert_eq!(refused(500).await, "api.command.execute_command.failed_resp.app_error");
    for body in ["{", "[1]", "{\"text\": {}}"] {
        receiver.answers(200, "application/json", body);
        assert_eq!(refused(500).await, "api.command.execute_command.failed.app_error", "{body}");
    }
    receiver.says(json!({ "response_type": "in_channel", "text": "x".repeat(16_384) }));
    assert_eq!(refused(400).await, "model.post.is_valid.message_length.app_error");
    receiver.says(json!({ "text": "<".repeat(900_000) }));
    refused(400).await;
    let inside = json!({
        "team_id": team["id"], "trigger": "inside", "method": "P", "url": "http://127.0.0.2:1/",
    });
    admin.post("/commands", inside).await.expect(201);
    let sent = json!({ "channel_id": square, "command": "/inside" });
    let body = alice.post("/commands/execute", sent).await.expect(500);
    assert!(!body["message"].as_str().unwrap().contains("127"), "{body}");
    site.running().outbound.silence(true);
    assert_eq!(refused(500).await, "api.command.execute_command.failed.app_error");
}
