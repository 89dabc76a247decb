use fieldpost_testkit::Actor;
use serde_json::{Value, json};

use super::custom::asking;
use super::{newest, run, text};
use crate::api::watch::{carried, device};

/// A post with a button and a menu.
fn with_buttons(channel: &str, url: &str) -> Value {
    json!({ "channel_id": channel, "message": "well?", "props": { "attachments": [{
        "text": "choose", "actions": [
            { "id": "yes", "name": "Yes",
              "integration": { "url": url, "context": { "secret": "of the bot" } } },
            { "id": "pick", "name": "Pick", "type": "select", "data_source": "users",
              "integration": { "url": url } },
            { "id": "dead", "name": "Nothing" },
        ],
    }] } })
}

async fn press(actor: &Actor, post: &Value, action: &str, body: Value) -> fieldpost_testkit::Reply {
    actor.post(&format!("/posts/{}/actions/{action}", text(post, "id")), body).await
}

#[tokio::test]
async fn what_a_button_does_no_client_ever_learns() {
    let (site, team, [admin, alice], square, receiver) = asking("P").await;
    site.settle().await;
    let (mut alices, _) = device(&alice).await;
    let post = admin.post("/posts", with_buttons(&square, &receiver.url)).await.expect(201);
    let id = text(&post, "id");
    let told = alices.event("posted").await;
    admin.put(&format!("/posts/{id}/patch"), json!({ "message": "again?" })).await.expect(200);
    let edited = alices.event("post_edited").await;
    let team = text(&team, "id");
    let mut seen = vec![post.clone(), told, edited];
    for path in [
        format!("/posts/{id}"),
        format!("/posts/{id}/thread"),
        format!("/posts/{id}/edit_history"),
        format!("/channels/{square}/posts"),
        format!("/users/me/channels/{square}/posts/unread"),
        format!("/teams/{team}/posts/search?x"),
    ] {
        let reader = if path.ends_with("history") { &admin } else { &alice };
        seen.push(if path.ends_with("?x") {
            site.indexed().await;
            reader.post(&path, json!({ "terms": "again" })).await.expect(200)
        } else {
            reader.get(&path).await.expect(200)
        });
    }
    for answer in seen {
        let answer = answer.to_string();
        assert!(answer.contains("choose") || answer.contains("well?"), "{answer}");
        assert!(!answer.contains("integration") && !answer.contains("of the bot"), "{answer}");
    }
    // The edit that knows nothing of it leaves it.
    assert_eq!(press(&alice, &post, "yes", json!({})).await.expect(200)["status"], "OK");
}

#[tokio::test]
async fn whoever_answers_for_a_button_learns_who_pressed_it() {
    let (_site, team, [admin, alice], square, mut receiver) = asking("P").await;
    let post = admin.post("/posts", with_buttons(&square, &receiver.url)).await.expect(201);
    let answer = press(&alice, &post, "yes", json!({})).await.expect(200);
    let asked = receiver.asked().await;
    assert_eq!(asked.headers["content-type"], "application/json");
    assert_eq!(
        asked.json(),
        json!({
            "user_id": alice.id, "user_name": "alice", "channel_id": square,
            "channel_name": "town-square", "team_id": team["id"], "team_domain": "alpha",
            "post_id": post["id"], "trigger_id": answer["trigger_id"], "type": "button",
            "data_source": "", "context": { "secret": "of the bot" },
        })
    );
    let chosen = json!({ "selected_option": alice.id });
    press(&alice, &post, "pick", chosen).await.expect(200);
    let asked = receiver.asked().await.json();
    assert_eq!((&asked["type"], &asked["data_source"]), (&json!("select"), &json!("users")));
    assert_eq!(asked["context"], json!({ "selected_option": alice.id }));
}

#[tokio::test]
async fn buttons_of_a_moved_post_do_what_they_did() {
    let (_site, team, [admin, alice], square, mut receiver) = asking("P").await;
    let deck = super::channel(&admin, &team, "deck", "O").await;
    alice
        .post(&format!("/channels/{deck}/members"), json!({ "user_id": alice.id }))
        .await
        .expect(201);
    let post = admin.post("/posts", with_buttons(&square, &receiver.url)).await.expect(201);
    let path = format!("/posts/{}/move", text(&post, "id"));
    admin.post(&path, json!({ "channel_id": deck })).await.expect(200);
    let posts = super::newest_of(&alice, &deck).await;
    let moved = posts.iter().find(|moved| moved["message"] == "well?").unwrap();
    press(&alice, moved, "yes", json!({})).await.expect(200);
    let asked = receiver.asked().await.json();
    assert_eq!((&asked["post_id"], &asked["channel_id"]), (&moved["id"], &json!(deck)));
    assert_eq!(asked["context"], json!({ "secret": "of the bot" }));
    press(&alice, moved, "dead", json!({})).await.expect(404);
    press(&alice, &post, "yes", json!({})).await.expect(404);
}

#[tokio::test]
async fn a_pressed_button_changes_its_post() {
    let (site, _, [admin, alice], square, receiver) = asking("P").await;
    site.settle().await;
    let (mut alices, _) = device(&alice).await;
    let post = admin.post("/posts", with_buttons(&square, &receiver.url)).await.expect(201);
    receiver.says(json!({
        "update": { "message": "done" }, "ephemeral_text": "thank you",
        "goto_location": "https://x.org",
    }));
    let answer = press(&alice, &post, "yes", json!({})).await.expect(200);
    assert_eq!(answer["goto_location"], "https://x.org");
    let shown = carried(&alices.event("ephemeral_message").await, "post");
    assert_eq!(shown["message"], "thank you");
    let now = alice.get(&format!("/posts/{}", text(&post, "id"))).await.expect(200);
    assert_eq!((&now["message"], &now["props"]), (&json!("done"), &post["props"]));
    assert_eq!(now["user_id"], admin.id.to_string());
    let other = format!("{}/other", receiver.url);
    receiver.says(json!({ "update": { "message": "next", "props": { "attachments": [{ "actions": [
        { "id": "yes", "name": "Yes" },
        { "id": "more", "name": "More", "integration": { "url": other } },
    ] }] } } }));
    press(&alice, &post, "yes", json!({})).await.expect(200);
    press(&alice, &post, "more", json!({})).await.expect(200);
    press(&alice, &post, "pick", json!({})).await.expect(404);
    receiver.says(json!({ "update": { "props": {} } }));
    press(&alice, &post, "yes", json!({})).await.expect(200);
    let now = alice.get(&format!("/posts/{}", text(&post, "id"))).await.expect(200);
    assert_eq!((&now["message"], &now["props"]), (&json!("next"), &json!({})));
    press(&alice, &post, "yes", json!({})).await.expect(404);
}

#[tokio::test]
async fn who_may_not_read_a_post_presses_nothing() {
    let (site, team, [admin, alice], square, mut receiver) = asking("P").await;
    let secret = super::channel(&admin, &team, "secret", "P").await;
    let post = admin.post("/posts", with_buttons(&secret, &receiver.url)).await.expect(201);
    press(&alice, &post, "yes", json!({})).await.expect(403);
    press(&site.stranger(), &post, "yes", json!({})).await.expect(401);
    let open = admin.post("/posts", with_buttons(&square, &receiver.url)).await.expect(201);
    for action in ["dead", "nothing", "..", "%20"] {
        let id = press(&alice, &open, action, json!({})).await;
        assert_eq!(id.status, 404, "{action}");
    }
    let unknown = json!({ "id": "n".repeat(25) + "y" });
    press(&alice, &unknown, "yes", json!({})).await.expect(404);
    alice.post("/posts/x/actions/yes", json!({})).await.expect(400);
    assert!(receiver.is_quiet());
    for (status, body) in [(500, ""), (200, "no json"), (200, "[]")] {
        receiver.answers(status, "application/json", body);
        let id = press(&alice, &open, "yes", json!({})).await.refused(400);
        assert_eq!(id, "api.post.do_action.action_integration.app_error");
    }
}

#[tokio::test]
async fn buttons_of_a_post_for_one_person_are_theirs_alone() {
    let (site, _, [admin, alice], square, mut receiver) = asking("P").await;
    site.settle().await;
    let (mut alices, _) = device(&alice).await;
    let attachments = with_buttons(&square, &receiver.url)["props"]["attachments"].clone();
    receiver.says(json!({ "text": "well?", "attachments": attachments }));
    run(&alice, &square, "/weather").await;
    receiver.asked().await;
    let shown = carried(&alices.event("ephemeral_message").await, "post");
    assert!(!shown.to_string().contains("integration"), "{shown}");
    press(&admin, &shown, "yes", json!({})).await.expect(404);
    receiver.says(json!({ "update": { "message": "done", "props": {} } }));
    press(&alice, &shown, "yes", json!({})).await.expect(200);
    assert_eq!(receiver.asked().await.json()["context"], json!({ "secret": "of the bot" }));
    let edited = carried(&alices.event("post_edited").await, "post");
    assert_eq!((&edited["id"], &edited["message"]), (&shown["id"], &json!("done")));
    press(&alice, &shown, "yes", json!({})).await.expect(404);

    let sent = json!({ "user_id": alice.id, "post": with_buttons(&square, &receiver.url) });
    let made = admin.post("/posts/ephemeral", sent).await.expect(201);
    assert!(!made.to_string().contains("of the bot"), "{made}");
    press(&alice, &made, "yes", json!({})).await.expect(200);
    assert_ne!(newest(&admin, &square).await["message"], "done");
}

#[tokio::test]
async fn a_dialog_is_opened_filled_in_and_passed_on() {
    let (site, team, [admin, alice], square, mut receiver) = asking("P").await;
    site.settle().await;
    let (mut alices, _) = device(&alice).await;
    let answer = run(&alice, &square, "/weather").await;
    receiver.asked().await;
    let opening = json!({
        "trigger_id": answer["trigger_id"], "url": receiver.url,
        "dialog": { "title": "Where?", "icon_url": null,
                    "elements": [{ "name": "place", "type": "text", "options": null }] },
    });
    site.stranger().post("/actions/dialogs/open", opening.clone()).await.expect(200);
    let told = alices.event("open_dialog").await;
    assert_eq!(told["broadcast"]["user_id"], alice.id.to_string());
    let mut complete = opening.clone();
    complete["dialog"].as_object_mut().unwrap().remove("icon_url");
    complete["dialog"]["elements"] = json!([{
        "name": "place", "type": "text", "subtype": "", "default": "", "placeholder": "",
        "help_text": "", "data_source": "", "optional": false, "min_length": 0, "max_length": 0,
        "options": [],
    }]);
    assert_eq!(carried(&told, "dialog"), complete);
    let written = json!({
        "url": receiver.url, "callback_id": "c", "state": "s", "channel_id": square,
        "team_id": team["id"], "submission": { "place": "sea" }, "user_id": admin.id,
    });
    receiver.says(json!({ "errors": { "place": "too wet" }, "secret": 1 }));
    let answer = alice.post("/actions/dialogs/submit", written.clone()).await.expect(200);
    assert_eq!(answer, json!({ "errors": { "place": "too wet" } }));
    let asked = receiver.asked().await.json();
    assert_eq!((&asked["type"], &asked["state"]), (&json!("dialog_submission"), &json!("s")));
    assert_eq!(
        (&asked["user_id"], &asked["submission"]["place"]),
        (&json!(alice.id), &json!("sea"))
    );
    assert_eq!(asked["cancelled"], false);
    receiver.says(json!({ "type": "form", "form": { "title": "And?", "elements": [{}] } }));
    let next = alice.post("/actions/dialogs/submit", written.clone()).await.expect(200);
    assert_eq!(next["form"]["elements"][0]["options"], json!([]));
    receiver.asked().await;
    receiver.answers(200, "text/plain", "");
    let answer = alice.post("/actions/dialogs/submit", written.clone()).await.expect(200);
    assert_eq!(answer, json!({}));
    receiver.asked().await;
    receiver.says(json!({ "items": [{ "text": "North Sea", "value": "n" }] }));
    let found = alice.post("/actions/dialogs/lookup", written.clone()).await.expect(200);
    assert_eq!(found["items"][0]["value"], "n");
    assert_eq!(receiver.asked().await.json()["type"], "dialog_lookup");

    let secret = super::channel(&admin, &team, "secret", "P").await;
    let mut elsewhere = written.clone();
    elsewhere["channel_id"] = json!(secret);
    alice.post("/actions/dialogs/submit", elsewhere).await.expect(403);
    site.stranger().post("/actions/dialogs/submit", written.clone()).await.expect(401);
    let mut nowhere = written;
    nowhere["url"] = json!("");
    alice.post("/actions/dialogs/submit", nowhere).await.expect(400);

    for spoil in ["trigger_id", "url", "dialog"] {
        let mut spoilt = opening.clone();
        spoilt.as_object_mut().unwrap().remove(spoil);
        site.stranger().post("/actions/dialogs/open", spoilt).await.expect(400);
    }
    site.clock().advance(30_001);
    let id = site.stranger().post("/actions/dialogs/open", opening).await.refused(400);
    assert_eq!(id, "interactive_message.decode_trigger_id.expired");
}
