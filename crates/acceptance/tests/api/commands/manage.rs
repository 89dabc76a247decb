use fieldpost_testkit::Actor;
use serde_json::{Value, json};

use super::{people, text};

fn new(team: &Value, trigger: &str) -> Value {
    json!({
        "team_id": team["id"], "trigger": trigger, "method": "P", "url": "http://example.com/x",
        "auto_complete": true, "auto_complete_desc": "Ask", "auto_complete_hint": "[what]",
    })
}

async fn made(actor: &Actor, team: &Value, trigger: &str) -> Value {
    actor.post("/commands", new(team, trigger)).await.expect(201)
}

fn triggers(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|command| text(command, "trigger")).collect()
}

#[tokio::test]
async fn a_team_is_given_a_command_and_it_is_changed_and_taken_away() {
    let (_site, team, [admin, alice, _]) = people().await;
    let command = made(&admin, &team, "Weather").await;
    assert_eq!((text(&command, "trigger"), &command["creator_id"]), ("weather", &json!(admin.id)));
    assert_eq!(text(&command, "token").len(), 26);
    let path = format!("/commands/{}", text(&command, "id"));
    assert_eq!(admin.get(&path).await.expect(200), command);

    let list = format!("/commands?team_id={}", text(&team, "id"));
    let custom = admin.get(&format!("{list}&custom_only=true")).await.expect(200);
    assert_eq!(custom, json!([command]));
    let all = admin.get(&list).await.expect(200);
    assert!(triggers(&all).contains(&"away") && triggers(&all).contains(&"weather"));
    admin.get("/commands").await.expect(400);

    // Who manages none sees that it is there, and no more.
    let shown = alice.get(&list).await.expect(200);
    let shown = shown.as_array().unwrap().iter().find(|c| c["trigger"] == "weather").unwrap();
    assert_eq!((&shown["token"], &shown["url"]), (&json!(""), &json!("")));
    assert_eq!(shown["auto_complete_hint"], "[what]");
    alice.get(&format!("{list}&custom_only=true")).await.expect(403);
    let typed =
        format!("/teams/{}/commands/autocomplete_suggestions?user_input=", text(&team, "id"));
    let found = alice.get(&format!("{typed}/wea")).await.expect(200);
    assert_eq!(found[0]["Complete"], "weather");
    let found = alice.get(&format!("{typed}/weather%20now")).await.expect(200);
    assert_eq!(
        (&found[0]["Complete"], &found[0]["Hint"]),
        (&json!("weather now"), &json!("[what]"))
    );

    let mut other = command.clone();
    other["trigger"] = json!("forecast");
    other["token"] = json!("mine");
    let changed = admin.put(&path, other.clone()).await.expect(200);
    assert_eq!((&changed["trigger"], &changed["token"]), (&json!("forecast"), &command["token"]));
    other["team_id"] = json!("");
    let refusal = admin.put(&path, other).await.refused(400);
    assert_eq!(refusal, "api.command.team_mismatch.app_error");

    let renewed = admin.put(&format!("{path}/regen_token"), json!({})).await.expect(200);
    assert_ne!(renewed["token"], command["token"]);
    assert_eq!(admin.get(&path).await.expect(200)["token"], renewed["token"]);

    let beta = json!({ "name": "beta", "display_name": "beta", "type": "O" });
    let beta = admin.post("/teams", beta).await.expect(201);
    let to = json!({ "team_id": beta["id"] });
    admin.put(&format!("{path}/move"), to).await.expect(200);
    assert_eq!(admin.get(&path).await.expect(200)["team_id"], beta["id"]);

    admin.delete(&path).await.expect(200);
    assert_eq!(admin.get(&path).await.refused(404), "store.sql_command.get.missing.app_error");
    admin.delete(&path).await.expect(404);
    made(&admin, &beta, "forecast").await;
}

#[tokio::test]
async fn what_is_no_command_cannot_be_made() {
    let (_site, team, [admin, alice, _]) = people().await;
    made(&admin, &team, "weather").await;
    let long = "x".repeat(1025);
    for (field, value, id) in [
        ("trigger", "", "model.command.is_valid.trigger.app_error"),
        ("trigger", "/x", "model.command.is_valid.trigger.app_error"),
        ("trigger", "a b", "model.command.is_valid.trigger.app_error"),
        ("trigger", &long, "model.command.is_valid.trigger.app_error"),
        ("trigger", "WEATHER", "api.command.duplicate_trigger.app_error"),
        ("trigger", "away", "api.command.duplicate_trigger.app_error"),
        ("method", "PUT", "model.command.is_valid.method.app_error"),
        ("url", "", "model.command.is_valid.url.app_error"),
        ("url", &long, "model.command.is_valid.url.app_error"),
        ("url", "ftp://x", "model.command.is_valid.url_http.app_error"),
        ("url", "https:///x", "model.command.is_valid.url_http.app_error"),
        ("display_name", &long, "model.command.is_valid.display_name.app_error"),
        ("description", &long, "model.command.is_valid.description.app_error"),
        ("icon_url", &long, "api.fieldpost.too_large"),
    ] {
        let mut sent = new(&team, "other");
        sent[field] = json!(value);
        let refusal = admin.post("/commands", sent).await.refused(400);
        assert_eq!(refusal, id, "{field}");
    }
    alice.post("/commands", new(&team, "other")).await.expect(403);
    let mut in_anothers_name = new(&team, "other");
    in_anothers_name["creator_id"] = json!(format!("{}y", "b".repeat(25)));
    admin.post("/commands", in_anothers_name).await.expect(404);
}

#[tokio::test]
async fn a_command_is_nobody_elses_business() {
    let (site, team, [admin, alice, _]) = people().await;
    let command = made(&admin, &team, "weather").await;
    let path = format!("/commands/{}", text(&command, "id"));
    for who in [&alice, &site.person("outsider").await] {
        who.get(&path).await.expect(404);
        who.put(&path, command.clone()).await.expect(404);
        who.delete(&path).await.expect(404);
        who.put(&format!("{path}/regen_token"), json!({})).await.expect(404);
        who.put(&format!("{path}/move"), json!({ "team_id": team["id"] })).await.expect(404);
    }
    site.stranger().get(&path).await.expect(401);
}
