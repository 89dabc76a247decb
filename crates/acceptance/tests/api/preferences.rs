use fieldpost_testkit::{Actor, TestSite};
use serde_json::{Value, json};

use super::watch::{told, watch};

fn setting(actor: &Actor, category: &str, name: &str, value: &str) -> Value {
    json!({ "user_id": actor.id, "category": category, "name": name, "value": value })
}

const OWN: &str = "/users/me/preferences";

#[tokio::test]
async fn what_is_written_is_read_back_and_told() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let mut socket = watch(&admin, &team).await;
    let written = json!([setting(&admin, "display_settings", "name_format", "full_name")]);
    admin.put(OWN, written.clone()).await.expect(200);
    let seen = told(&mut socket, "preferences_changed").await;
    assert_eq!(seen, ["sidebar_category_updated", "preferences_changed"]);
    let category = format!("{OWN}/display_settings");
    assert_eq!(admin.get(&category).await.expect(200), written);
    let one = format!("{category}/name/name_format");
    assert_eq!(admin.get(&one).await.expect(200), written[0]);
    admin.post(&format!("{OWN}/delete"), written.clone()).await.expect(200);
    let event = socket.event("preferences_deleted").await;
    let gone: Value = serde_json::from_str(event["data"]["preferences"].as_str().unwrap()).unwrap();
    assert_eq!(gone[0]["name"], "name_format");
    let refusal = admin.get(&category).await.refused(404);
    assert_eq!(refusal, "app.preference.get_category.app_error");
    assert_eq!(admin.get(&one).await.refused(400), "app.preference.get.app_error");
}

#[tokio::test]
async fn everybody_begins_with_three_and_may_drop_them() {
    let site = TestSite::start().await;
    let alice = site.person("alice").await;
    let all = alice.get(OWN).await.expect(200);
    assert_eq!(all.as_array().unwrap().len(), 3);
    let tutorial = alice.get(&format!("{OWN}/tutorial_step")).await.expect(200);
    assert_eq!((&tutorial[0]["name"], &tutorial[0]["value"]), (&json!(alice.id), &json!("0")));
    let notice = setting(&alice, "system_notice", "GMasDM", "");
    alice.post(&format!("{OWN}/delete"), json!([notice])).await.expect(200);
    assert_eq!(alice.get(OWN).await.expect(200).as_array().unwrap().len(), 2);
    let hide = setting(&alice, "recommended_next_steps", "hide", "true");
    alice.put(OWN, json!([hide])).await.expect(200);
    let found = alice.get(&format!("{OWN}/recommended_next_steps/name/hide")).await.expect(200);
    assert_eq!(found["value"], "true");
}

#[tokio::test]
async fn the_preferences_of_others_are_theirs() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    let alice = site.person("alice").await;
    let bob = site.person("bob").await;
    let own = json!([setting(&alice, "last", "team", "x")]);
    let refusal = bob.put(OWN, own.clone()).await.refused(403);
    assert_eq!(refusal, "api.preference.update_preferences.set.app_error");
    let path = format!("/users/{}/preferences", alice.id);
    assert_eq!(bob.put(&path, own.clone()).await.refused(403), "api.context.permissions.app_error");
    bob.get(&path).await.expect(403);
    bob.get(&format!("{path}/last")).await.expect(403);
    bob.post(&format!("{path}/delete"), own.clone()).await.expect(403);
    admin.put(&path, own.clone()).await.expect(200);
    assert_eq!(alice.get(&format!("{OWN}/last")).await.expect(200), own);
    site.stranger().get(OWN).await.expect(401);
}

#[tokio::test]
async fn wrong_preferences_are_refused() {
    let site = TestSite::start().await;
    let alice = site.person("alice").await;
    let bad = |part: &str| format!("model.preference.is_valid.{part}.app_error");
    for (category, name, value, id) in [
        ("", "x", "x", bad("category")),
        (&"x".repeat(33), "x", "x", bad("category")),
        ("x", &"x".repeat(33), "x", bad("name")),
        ("x", "x", &"x".repeat(20_001), bad("value")),
        ("theme", "", "no json", bad("theme")),
        ("theme", "", r#"{"a":{"b":1}}"#, bad("theme")),
        ("sidebar_settings", "limit_visible_dms_gms", "41", bad("limit_visible_dms_gms")),
        ("flagged_post", "x", "true", "api.context.invalid_body_param.app_error".to_owned()),
    ] {
        let sent = json!([setting(&alice, category, name, value)]);
        assert_eq!(alice.put(OWN, sent).await.refused(400), id);
    }
    alice.put(OWN, json!([])).await.expect(400);
    let many: Vec<Value> = (0..101).map(|n| setting(&alice, "x", &n.to_string(), "")).collect();
    alice.put(OWN, json!(many)).await.expect(400);
    alice.put(OWN, json!(many[..100])).await.expect(200);
}

#[tokio::test]
async fn a_colour_that_is_none_is_white() {
    let site = TestSite::start().await;
    let alice = site.person("alice").await;
    let theme = r##"{"type":"My theme","sidebarBg":"#123abc","sidebarText":"red"}"##;
    alice.put(OWN, json!([setting(&alice, "theme", "", theme)])).await.expect(200);
    let kept = alice.get(&format!("{OWN}/theme")).await.expect(200);
    let kept: Value = serde_json::from_str(kept[0]["value"].as_str().unwrap()).unwrap();
    let expected = json!({ "type": "My theme", "sidebarBg": "#123abc", "sidebarText": "#ffffff" });
    assert_eq!(kept, expected);
}

#[tokio::test]
async fn only_what_one_may_read_can_be_saved_for_later() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    let post = admin.say(&square, "keep this").await;
    let mallory = site.person("mallory").await;
    let name = post["id"].as_str().unwrap();
    let sent = |actor: &Actor| json!([setting(actor, "flagged_post", name, "true")]);
    admin.put(OWN, sent(&admin)).await.expect(200);
    mallory.put(OWN, sent(&mallory)).await.expect(403);
}
