use fieldpost_testkit::{Actor, TestSite};
use serde_json::{Value, json};

use super::watch::{told, watch};

fn of(team: &Value, rest: &str) -> String {
    format!("/users/me/teams/{}/channels/categories{rest}", team["id"].as_str().unwrap())
}

/// A category of somebody's sidebar, by its type.
async fn category(actor: &Actor, team: &Value, kind: &str) -> Value {
    let all = actor.get(&of(team, "")).await.expect(200);
    let all = all["categories"].as_array().unwrap();
    all.iter().find(|category| category["type"] == kind).unwrap().clone()
}

async fn custom(actor: &Actor, team: &Value, name: &str, channels: Value) -> Value {
    let body = json!({
        "user_id": actor.id, "team_id": team["id"], "display_name": name, "channel_ids": channels,
    });
    actor.post(&of(team, ""), body).await.expect(200)
}

async fn is_muted(actor: &Actor, channel: &str) -> bool {
    let member = actor.get(&format!("/channels/{channel}/members/me")).await.expect(200);
    member["notify_props"]["mark_unread"] == "mention"
}

#[tokio::test]
async fn a_new_sidebar_has_three_categories_and_every_channel() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let direct = admin.post("/channels/direct", json!([admin.id, bob.id])).await.expect(201);
    let all = admin.get(&of(&team, "")).await.expect(200);
    let team_id = team["id"].as_str().unwrap();
    let ids = ["favorites", "channels", "direct_messages"]
        .map(|kind| format!("{kind}_{}_{team_id}", admin.id));
    assert_eq!(all["order"], json!(ids));
    let categories = all["categories"].as_array().unwrap();
    let orders: Vec<&Value> = categories.iter().map(|c| &c["sort_order"]).collect();
    assert_eq!(orders, [0, 10, 20]);
    assert_eq!(categories[2]["sorting"], "recent");
    assert_eq!(categories[2]["channel_ids"], json!([direct["id"]]));
    let names =
        [admin.channel(&team, "off-topic").await, admin.channel(&team, "town-square").await];
    assert_eq!(categories[1]["channel_ids"], json!(names));
    assert_eq!(admin.get(&of(&team, "/order")).await.expect(200), all["order"]);
    let one = admin.get(&of(&team, &format!("/{}", ids[1]))).await.expect(200);
    assert_eq!(one, categories[1]);
    admin.get(&of(&team, "/ybndrfg8ejkmcpqxot1uwiszyy")).await.expect(404);
}

#[tokio::test]
async fn a_category_is_made_after_the_favourites_and_takes_its_channels() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    let mut socket = watch(&admin, &team).await;
    let nowhere = "ybndrfg8ejkmcpqxot1uwiszyy";
    let made = custom(&admin, &team, "Mine", json!([square, nowhere, square])).await;
    assert_eq!((&made["type"], &made["sort_order"]), (&json!("custom"), &json!(10)));
    assert_eq!(made["channel_ids"], json!([square]));
    let event = socket.event("sidebar_category_created").await;
    assert_eq!(event["data"]["category_id"], made["id"]);
    assert_eq!(event["broadcast"]["team_id"], team["id"]);
    let channels = category(&admin, &team, "channels").await;
    assert!(!channels["channel_ids"].as_array().unwrap().contains(&json!(square)));
    let order = admin.get(&of(&team, "/order")).await.expect(200);
    assert_eq!(order[1], made["id"]);
    let foreign = json!({ "user_id": admin.id, "team_id": nowhere, "display_name": "x" });
    admin.post(&of(&team, ""), foreign).await.expect(400);
    let long =
        json!({ "user_id": admin.id, "team_id": team["id"], "display_name": "x".repeat(65) });
    admin.post(&of(&team, ""), long).await.expect(400);
}

#[tokio::test]
async fn a_removed_category_gives_its_channels_back() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    let made = custom(&admin, &team, "Mine", json!([square])).await;
    let mut socket = watch(&admin, &team).await;
    let path = of(&team, &format!("/{}", made["id"].as_str().unwrap()));
    admin.delete(&path).await.expect(200);
    assert_eq!(socket.event("sidebar_category_deleted").await["data"]["category_id"], made["id"]);
    let channels = category(&admin, &team, "channels").await;
    assert!(channels["channel_ids"].as_array().unwrap().contains(&json!(square)));
    admin.delete(&path).await.expect(400);
    let default = of(&team, &format!("/{}", channels["id"].as_str().unwrap()));
    admin.delete(&default).await.expect(400);
}

#[tokio::test]
async fn favourites_and_their_preferences_are_the_same() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    let other = admin.channel(&team, "off-topic").await;
    let favorite = |channel: &str, value: &str| json!([{ "user_id": admin.id, "category": "favorite_channel", "name": channel, "value": value }]);
    let preferences = "/users/me/preferences";
    admin.put(preferences, favorite(&square, "true")).await.expect(200);
    admin.put(preferences, favorite(&other, "true")).await.expect(200);
    let mut favorites = category(&admin, &team, "favorites").await;
    assert_eq!(favorites["channel_ids"], json!([other, square]));
    favorites["channel_ids"] = json!([square]);
    let changed = admin.put(&of(&team, ""), json!([favorites])).await.expect(200);
    assert_eq!(changed[0]["channel_ids"], json!([square]));
    let kept = admin.get("/users/me/preferences/favorite_channel").await.expect(200);
    assert_eq!(kept.as_array().unwrap().len(), 1);
    assert_eq!(kept[0]["name"], square.as_str());
    admin.post("/users/me/preferences/delete", favorite(&square, "")).await.expect(200);
    assert_eq!(category(&admin, &team, "favorites").await["channel_ids"], json!([]));
    let channels = category(&admin, &team, "channels").await;
    assert_eq!(channels["channel_ids"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn the_order_of_channels_is_kept_and_told() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    let other = admin.channel(&team, "off-topic").await;
    let mut channels = category(&admin, &team, "channels").await;
    channels["channel_ids"] = json!([square, other]);
    channels["sorting"] = json!("manual");
    channels["collapsed"] = json!(true);
    channels["display_name"] = json!("cannot be renamed");
    let mut socket = watch(&admin, &team).await;
    let path = of(&team, &format!("/{}", channels["id"].as_str().unwrap()));
    let changed = admin.put(&path, channels.clone()).await.expect(200);
    assert_eq!(changed["channel_ids"], json!([square, other]));
    assert_eq!(
        (&changed["sorting"], &changed["collapsed"], &changed["display_name"]),
        (&json!("manual"), &json!(true), &json!("Channels"))
    );
    let event = socket.event("sidebar_category_updated").await;
    let updated: Value =
        serde_json::from_str(event["data"]["updatedCategories"].as_str().unwrap()).unwrap();
    assert_eq!(updated, json!([changed]));
    assert_eq!(category(&admin, &team, "channels").await, changed);
    channels["sorting"] = json!("sideways");
    admin.put(&path, channels.clone()).await.expect(400);
    channels["sorting"] = json!("");
    channels["id"] = json!("ybndrfg8ejkmcpqxot1uwiszyy");
    admin.put(&of(&team, ""), json!([channels])).await.expect(400);
}

#[tokio::test]
async fn categories_are_put_into_another_order() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let made = custom(&admin, &team, "Mine", json!([])).await;
    let order = admin.get(&of(&team, "/order")).await.expect(200);
    let mut reversed = order.as_array().unwrap().clone();
    reversed.reverse();
    let mut socket = watch(&admin, &team).await;
    let answer = admin.put(&of(&team, "/order"), json!(reversed)).await.expect(200);
    assert_eq!(answer, json!(reversed));
    let event = socket.event("sidebar_category_order_updated").await;
    assert_eq!(event["data"]["order"], json!(reversed));
    let refusal = admin.put(&of(&team, "/order"), json!(reversed[1..])).await.refused(400);
    assert_eq!(refusal, "app.channel.sidebar_categories.app_error");
    let next = custom(&admin, &team, "Next", json!([])).await;
    let order = admin.get(&of(&team, "/order")).await.expect(200);
    assert_eq!((&order[0], &next["sort_order"]), (&next["id"], &json!(0)));
    assert_eq!(category(&admin, &team, "custom").await["id"], next["id"]);
    assert!(order.as_array().unwrap().contains(&made["id"]));
}

#[tokio::test]
async fn a_muted_category_mutes_its_channels() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    let other = admin.channel(&team, "off-topic").await;
    let mut made = custom(&admin, &team, "Noise", json!([square])).await;
    made["muted"] = json!(true);
    let mut socket = watch(&admin, &team).await;
    admin.put(&of(&team, ""), json!([made])).await.expect(200);
    assert_eq!(
        told(&mut socket, "channel_member_updated").await,
        ["sidebar_category_updated", "channel_member_updated"]
    );
    assert!(is_muted(&admin, &square).await && !is_muted(&admin, &other).await);
    let mut channels = category(&admin, &team, "channels").await;
    made["channel_ids"] = json!([other]);
    channels["channel_ids"] = json!([square]);
    admin.put(&of(&team, ""), json!([made, channels])).await.expect(200);
    assert!(!is_muted(&admin, &square).await && is_muted(&admin, &other).await);
    made["muted"] = json!(false);
    admin.put(&of(&team, ""), json!([made])).await.expect(200);
    assert!(!is_muted(&admin, &other).await);
}

#[tokio::test]
async fn whoever_comes_back_finds_a_channel_in_its_default_place() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let other = bob.channel(&team, "off-topic").await;
    let made = custom(&bob, &team, "Mine", json!([other])).await;
    bob.delete(&format!("/channels/{other}/members/me")).await.expect(200);
    assert_eq!(category(&bob, &team, "custom").await["channel_ids"], json!([]));
    bob.post(&format!("/channels/{other}/members"), json!({ "user_id": bob.id })).await.expect(201);
    assert_eq!(category(&bob, &team, "custom").await["channel_ids"], json!([]));
    let id = team["id"].as_str().unwrap();
    let last = json!([{ "user_id": bob.id, "category": id, "name": "x", "value": "y" }]);
    bob.put("/users/me/preferences", last).await.expect(200);
    bob.delete(&format!("/teams/{id}/members/me")).await.expect(200);
    bob.get(&format!("/users/me/preferences/{id}")).await.expect(404);
    bob.get(&of(&team, "")).await.expect(403);
    let member = json!({ "team_id": id, "user_id": bob.id });
    admin.post(&format!("/teams/{id}/members"), member).await.expect(201);
    let order = bob.get(&of(&team, "/order")).await.expect(200);
    assert!(!order.as_array().unwrap().contains(&made["id"]));
}

#[tokio::test]
async fn the_sidebars_of_others_are_theirs() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let mallory = site.person("mallory").await;
    let of_admin = of(&team, "").replace("/me/", &format!("/{}/", admin.id));
    bob.get(&of_admin).await.expect(403);
    bob.put(&format!("{of_admin}/order"), json!([])).await.expect(403);
    let body = json!({ "user_id": admin.id, "team_id": team["id"], "display_name": "x" });
    bob.post(&of_admin, body).await.expect(403);
    mallory.get(&of(&team, "")).await.expect(403);
    site.stranger().get(&of(&team, "")).await.expect(401);
    let of_bob = of_admin.replace(&admin.id.to_string(), &bob.id.to_string());
    admin.get(&of_bob).await.expect(200);
}
