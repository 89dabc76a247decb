use fieldpost_testkit::{Actor, TestSite};
use serde_json::{Value, json};

use super::files::upload;
use super::watch::{told, watch};

/// Somebody's new channel of a type.
async fn channel(actor: &Actor, team: &Value, name: &str, kind: &str) -> Value {
    let body = json!({ "team_id": team["id"], "name": name, "display_name": name, "type": kind });
    actor.post("/channels", body).await.expect(201)
}

fn path(channel: &Value, rest: &str) -> String {
    format!("/channels/{}{rest}", channel["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_patch_changes_what_it_names_and_says_so() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let made = channel(&admin, &team, "plans", "O").await;
    let mut socket = watch(&admin, &team).await;
    let patch = json!({ "display_name": "Plans B", "header": "H", "purpose": "P" });
    let patched = admin.put(&path(&made, "/patch"), patch).await.expect(200);
    assert_eq!((&patched["display_name"], &patched["name"]), (&json!("Plans B"), &json!("plans")));
    assert!(patched["update_at"].as_i64() > made["update_at"].as_i64());
    let seen = told(&mut socket, "posted system_purpose_change").await;
    assert_eq!(
        seen,
        [
            "channel_updated",
            "posted system_displayname_change",
            "posted system_header_change",
            "posted system_purpose_change",
        ]
    );
    let nothing = admin.put(&path(&made, "/patch"), json!({})).await.refused(400);
    assert_eq!(nothing, "api.channel.patch_update_channel.no_changes.app_error");
}

#[tokio::test]
async fn the_notice_of_a_header_has_both_texts() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let made = channel(&admin, &team, "plans", "O").await;
    admin.put(&path(&made, "/patch"), json!({ "header": "one" })).await.expect(200);
    admin.put(&path(&made, "/patch"), json!({ "header": "two" })).await.expect(200);
    let list = admin.get(&path(&made, "/posts")).await.expect(200);
    let newest = &list["posts"][list["order"][0].as_str().unwrap()];
    assert_eq!(newest["type"], "system_header_change");
    let props = json!({ "username": "admin", "old_header": "one", "new_header": "two" });
    assert_eq!(newest["props"], props);
}

#[tokio::test]
async fn a_replacement_tells_of_the_display_name_only() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let made = channel(&admin, &team, "plans", "O").await;
    let other = channel(&admin, &team, "other", "O").await;
    let mut socket = watch(&admin, &team).await;
    let body = json!({ "id": made["id"], "display_name": "New", "name": "renamed", "type": "O", "header": "H" });
    let changed = admin.put(&path(&made, ""), body).await.expect(200);
    assert_eq!((&changed["name"], &changed["header"]), (&json!("renamed"), &json!("H")));
    let seen = told(&mut socket, "posted system_displayname_change").await;
    assert_eq!(seen, ["channel_updated", "posted system_displayname_change"]);
    let mismatch = admin.put(&path(&made, ""), json!({ "id": other["id"] })).await;
    assert_eq!(mismatch.refused(400), "api.context.invalid_body_param.app_error");
    let body = json!({ "id": made["id"], "type": "P" });
    let refusal = admin.put(&path(&made, ""), body).await.refused(400);
    assert_eq!(refusal, "api.channel.update_channel.typechange.app_error");
    let taken = json!({ "id": made["id"], "name": "other" });
    let refusal = admin.put(&path(&made, ""), taken).await.refused(400);
    assert_eq!(refusal, "store.sql_channel.save_channel.exists.app_error");
}

#[tokio::test]
async fn only_those_with_the_right_change_a_channel() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let mallory = site.person("mallory").await;
    let private = channel(&admin, &team, "secret", "P").await;
    let header = json!({ "header": "H" });
    for stranger in [&bob, &mallory] {
        stranger.put(&path(&private, "/patch"), header.clone()).await.expect(403);
        stranger.put(&path(&private, "/privacy"), json!({ "privacy": "O" })).await.expect(403);
        stranger.delete(&path(&private, "")).await.expect(403);
        stranger.post(&path(&private, "/restore"), json!({})).await.expect(403);
    }
    let nowhere = "/channels/ybndrfg8ejkmcpqxot1uwiszyy/patch";
    admin.put(nowhere, header).await.expect(404);
}

#[tokio::test]
async fn wrong_texts_are_refused() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let made = channel(&admin, &team, "plans", "O").await;
    for (patch, id) in [
        (json!({ "header": "x".repeat(1025) }), "model.channel.is_valid.header.app_error"),
        (json!({ "purpose": "x".repeat(251) }), "model.channel.is_valid.purpose.app_error"),
        (
            json!({ "display_name": "x".repeat(65) }),
            "model.channel.is_valid.display_name.app_error",
        ),
        (json!({ "name": "No Spaces" }), "model.channel.is_valid.1_or_more.app_error"),
    ] {
        assert_eq!(admin.put(&path(&made, "/patch"), patch).await.refused(400), id);
    }
    let square = json!({ "id": admin.channel(&team, "town-square").await });
    let refusal = admin.put(&path(&square, "/patch"), json!({ "name": "x" })).await.refused(400);
    assert_eq!(refusal, "api.channel.update_channel.tried.app_error");
}

#[tokio::test]
async fn of_a_conversation_only_the_header_changes() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let direct = admin.post("/channels/direct", json!([admin.id, bob.id])).await.expect(201);
    let changed = bob.put(&path(&direct, "/patch"), json!({ "header": "us" })).await.expect(200);
    assert_eq!(changed["header"], "us");
    let refusal = bob.put(&path(&direct, "/patch"), json!({ "purpose": "x" })).await.refused(400);
    assert!(refusal.starts_with("api.channel.patch_update_channel.update_direct_or_group"));
    let refusal = bob.delete(&path(&direct, "")).await.refused(400);
    assert_eq!(refusal, "api.channel.delete_channel.type.invalid");
    let carol = site.member(&admin, &team, "carol").await;
    carol.put(&path(&direct, "/patch"), json!({ "header": "x" })).await.expect(403);
}

#[tokio::test]
async fn privacy_is_changed_and_told_in_order() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let made = channel(&admin, &team, "plans", "O").await;
    let (mut own, mut other) = (watch(&admin, &team).await, watch(&bob, &team).await);
    let changed = admin.put(&path(&made, "/privacy"), json!({ "privacy": "P" })).await.expect(200);
    assert_eq!(changed["type"], "P");
    let seen = told(&mut own, "channel_converted").await;
    assert_eq!(seen, ["channel_updated", "posted system_change_chan_privacy", "channel_converted"]);
    let converted = other.event("channel_converted").await;
    assert_eq!(converted["data"]["channel_id"], made["id"]);
    assert_eq!(converted["broadcast"]["team_id"], team["id"]);
    bob.get(&path(&made, "")).await.expect(403);
    let refusal = admin.put(&path(&made, "/privacy"), json!({ "privacy": "D" })).await.refused(400);
    assert_eq!(refusal, "api.context.invalid_body_param.app_error");
    let square = json!({ "id": admin.channel(&team, "town-square").await });
    let refusal = admin.put(&path(&square, "/privacy"), json!({ "privacy": "P" })).await;
    assert_eq!(refusal.refused(400), "api.channel.update_channel_privacy.default_channel_error");
}

#[tokio::test]
async fn an_archived_channel_is_read_and_does_not_change() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let made = channel(&admin, &team, "plans", "O").await;
    let mut socket = watch(&admin, &team).await;
    admin.delete(&path(&made, "")).await.expect(200);
    assert_eq!(
        told(&mut socket, "channel_deleted").await,
        ["posted system_channel_deleted", "channel_deleted"]
    );
    let found = admin.get(&path(&made, "")).await.expect(200);
    assert!(found["delete_at"].as_i64().unwrap() > 0);
    let again = admin.delete(&path(&made, "")).await.refused(400);
    assert_eq!(again, "api.channel.delete_channel.deleted.app_error");
    let patch = admin.put(&path(&made, "/patch"), json!({ "header": "x" })).await.refused(400);
    assert_eq!(patch, "app.channel.update.bad_id");
    let put = admin.put(&path(&made, ""), json!({ "id": made["id"] })).await.refused(400);
    assert_eq!(put, "api.channel.update_channel.deleted.app_error");
    let by_name = format!("/teams/{}/channels/name/plans", team["id"].as_str().unwrap());
    let refusal = admin.get(&by_name).await.refused(404);
    assert_eq!(refusal, "app.channel.get_by_name.missing.app_error");
    admin.get(&format!("{by_name}?include_deleted=true")).await.expect(200);
    let restored = admin.post(&path(&made, "/restore"), json!({})).await.expect(200);
    assert_eq!(restored["delete_at"], 0);
    assert_eq!(
        told(&mut socket, "posted system_channel_restored").await,
        ["channel_restored", "posted system_channel_restored"]
    );
    let again = admin.post(&path(&made, "/restore"), json!({})).await.refused(400);
    assert_eq!(again, "api.channel.restore_channel.restored.app_error");
}

#[tokio::test]
async fn what_cannot_be_archived() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = json!({ "id": admin.channel(&team, "town-square").await });
    let refusal = admin.delete(&path(&square, "")).await.refused(400);
    assert_eq!(refusal, "api.channel.delete_channel.cannot.app_error");
    let made = channel(&admin, &team, "plans", "O").await;
    let refusal = admin.delete(&path(&made, "?permanent=true")).await.refused(401);
    assert_eq!(refusal, "api.user.delete_channel.not_enabled.app_error");
}

#[tokio::test]
async fn a_private_channel_has_no_name_for_strangers() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    channel(&admin, &team, "secret", "P").await;
    let path = "/teams/name/alpha/channels/name/secret";
    admin.get(path).await.expect(200);
    assert_eq!(bob.get(path).await.refused(404), "app.channel.get_by_name.missing.app_error");
    bob.get("/teams/name/nowhere/channels/name/secret").await.expect(404);
    bob.get("/teams/name/alpha/channels/name/town-square").await.expect(200);
}

#[tokio::test]
async fn a_channel_in_numbers() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "town-square").await;
    let secret = channel(&admin, &team, "secret", "P").await;
    let stats = bob.get(&format!("/channels/{square}/stats")).await.expect(200);
    assert_eq!((&stats["member_count"], &stats["guest_count"]), (&json!(2), &json!(0)));
    bob.get(&path(&secret, "/stats")).await.expect(403);
    let files_of = async |channel: &str, query: &str| {
        let path = format!("/channels/{channel}/stats{query}");
        bob.get(&path).await.expect(200)["files_count"].as_i64()
    };
    assert_eq!(files_of(&square, "").await, Some(0));
    let file = upload(&bob, &square, "plan.txt", b"plan").await;
    assert_eq!(files_of(&square, "").await, Some(0), "nobody sent it yet");
    let body = json!({ "channel_id": square, "message": "the plan", "file_ids": [file["id"]] });
    let post = bob.post("/posts", body).await.expect(201);
    assert_eq!(files_of(&square, "").await, Some(1));
    assert_eq!(files_of(&square, "?exclude_files_count=true").await, Some(-1));
    bob.delete(&format!("/posts/{}", post["id"].as_str().unwrap())).await.expect(200);
    assert_eq!(files_of(&square, "").await, Some(0));
    bob.get(&path(&secret, "/timezones")).await.expect(403);
    let counts = admin.post("/channels/stats/member_count", json!([square, secret["id"]])).await;
    let counts = counts.expect(200);
    assert_eq!(
        (&counts[square.as_str()], &counts[secret["id"].as_str().unwrap()]),
        (&json!(2), &json!(1))
    );
    bob.post("/channels/stats/member_count", json!([secret["id"]])).await.expect(403);
    assert_eq!(bob.get(&format!("/channels/{square}/timezones")).await.expect(200), json!([]));
}
