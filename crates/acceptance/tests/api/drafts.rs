use fieldpost_testkit::{Actor, TestSite};
use serde_json::{Value, json};

use super::upload;
use super::watch::{carried, device};

fn draft(channel: &str, message: &str) -> Value {
    json!({ "channel_id": channel, "message": message, "props": {}, "file_ids": [] })
}

async fn drafts(actor: &Actor, team: &Value) -> Vec<Value> {
    let path = format!("/users/me/teams/{}/drafts", team["id"].as_str().unwrap());
    actor.get(&path).await.expect(200).as_array().unwrap().clone()
}

fn messages(drafts: &[Value]) -> Vec<&str> {
    drafts.iter().map(|draft| draft["message"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_draft_is_kept_written_to_and_thrown_away() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    let root = admin.say(&square, "root").await["id"].as_str().unwrap().to_owned();
    let first = admin.post("/drafts", draft(&square, "first")).await.expect(201);
    assert_eq!((&first["user_id"], &first["channel_id"]), (&json!(admin.id), &json!(square)));
    assert_eq!((&first["root_id"], &first["delete_at"]), (&json!(""), &json!(0)));
    let mut reply = draft(&square, "reply");
    reply["root_id"] = json!(root);
    reply["priority"] = json!({ "priority": "important", "requested_ack": true });
    let reply = admin.post("/drafts", reply).await.expect(201);
    assert_eq!(reply["priority"]["requested_ack"], true);
    let again = admin.post("/drafts", draft(&square, "second")).await.expect(201);
    assert_eq!(again["create_at"], first["create_at"]);
    assert!(again["update_at"].as_i64() > first["update_at"].as_i64());
    // The newest comes first, and sending a post throws nothing away.
    admin.say(&square, "second").await;
    assert_eq!(messages(&drafts(&admin, &team).await), ["second", "reply"]);
    let path = format!("/users/me/channels/{square}/drafts");
    admin.delete(&format!("{path}/{root}")).await.expect(200);
    assert_eq!(messages(&drafts(&admin, &team).await), ["second"]);
    admin.delete(&path).await.expect(200);
    admin.delete(&path).await.expect(200);
    assert_eq!(drafts(&admin, &team).await, [json!(null); 0]);
}

#[tokio::test]
async fn a_draft_that_says_nothing_is_none() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    let (mut other, _) = device(&admin).await;
    assert_eq!(admin.post("/drafts", draft(&square, "")).await.expect(201), Value::Null);
    admin.post("/drafts", draft(&square, "something")).await.expect(201);
    other.event("draft_created").await;
    assert_eq!(admin.post("/drafts", draft(&square, "")).await.expect(201), Value::Null);
    assert_eq!(drafts(&admin, &team).await, [json!(null); 0]);
    admin.say(&square, "nobody was told").await;
    assert!(!other.events_until("posted").await.contains(&"draft_deleted".to_owned()));
}

#[tokio::test]
async fn the_other_devices_of_a_person_are_told_of_drafts_and_nobody_else_is() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "town-square").await;
    site.settle().await;
    let (mut own, here) = device(&admin).await;
    let (mut other, _) = device(&admin).await;
    let (mut bobs, _) = device(&bob).await;
    here.post("/drafts", draft(&square, "secret")).await.expect(201);
    let told = other.event("draft_created").await;
    assert_eq!(told["broadcast"]["channel_id"], square.as_str());
    assert_eq!(told["broadcast"]["user_id"], admin.id.to_string());
    assert_eq!(carried(&told, "draft")["message"], "secret");
    here.delete(&format!("/users/me/channels/{square}/drafts")).await.expect(200);
    let told = carried(&other.event("draft_deleted").await, "draft");
    assert_eq!((&told["channel_id"], &told["root_id"]), (&json!(square), &json!("")));
    admin.say(&square, "the end").await;
    for socket in [&mut own, &mut bobs] {
        let told = socket.events_until("posted").await;
        assert!(told.iter().all(|name| !name.starts_with("draft")), "{told:?}");
    }
}

#[tokio::test]
async fn a_draft_shows_its_files_until_they_are_sent() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "town-square").await;
    let (own, bobs) =
        (upload(&admin, &square, "a.txt", b"a").await, upload(&bob, &square, "b.txt", b"b").await);
    let mut with_files = draft(&square, "files");
    with_files["file_ids"] = json!([own["id"], bobs["id"]]);
    let kept = admin.post("/drafts", with_files).await.expect(201);
    let files = kept["metadata"]["files"].as_array().unwrap().clone();
    assert_eq!(files.iter().map(|file| &file["name"]).collect::<Vec<_>>(), ["a.txt"]);
    let post = json!({ "channel_id": square, "message": "sent", "file_ids": [own["id"]] });
    admin.post("/posts", post).await.expect(201);
    assert_eq!(drafts(&admin, &team).await[0]["metadata"].get("files"), None);
}

#[tokio::test]
async fn whoever_may_not_write_there_drafts_nothing() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let mallory = site.person("mallory").await;
    let square = admin.channel(&team, "town-square").await;
    let refusal = mallory.post("/drafts", draft(&square, "x")).await.refused(403);
    assert_eq!(refusal, "api.context.permissions.app_error");
    site.stranger().post("/drafts", draft(&square, "x")).await.expect(401);
    let long = draft(&square, &"x".repeat(16_384));
    let refusal = bob.post("/drafts", long).await.refused(400);
    assert_eq!(refusal, "model.draft.is_valid.message_length.app_error");
    let mut many = draft(&square, "x");
    many["file_ids"] = json!(vec![admin.id; 11]);
    let refusal = bob.post("/drafts", many).await.refused(400);
    assert_eq!(refusal, "model.draft.is_valid.file_ids.app_error");
    let mut odd = draft(&square, "x");
    odd["priority"] = json!({ "priority": "apocalyptic" });
    let refusal = bob.post("/drafts", odd).await.refused(400);
    assert_eq!(refusal, "model.draft.is_valid.priority.app_error");
    // What somebody has not said is nobody else's business, administrators included.
    bob.post("/drafts", draft(&square, "mine")).await.expect(201);
    let path = format!("/users/{}/teams/{}/drafts", bob.id, team["id"].as_str().unwrap());
    admin.get(&path).await.expect(403);
    admin.delete(&format!("/users/{}/channels/{square}/drafts", bob.id)).await.expect(403);
    assert_eq!(messages(&drafts(&bob, &team).await), ["mine"]);
    let other = admin.channel(&team, "off-topic").await;
    admin.delete(&format!("/channels/{other}")).await.expect(200);
    let refusal = bob.post("/drafts", draft(&other, "x")).await.refused(400);
    assert_eq!(refusal, "api.draft.create_draft.can_not_draft_to_deleted.error");
}

#[tokio::test]
async fn drafts_are_of_a_team_or_a_conversation_that_one_is_still_in() {
    let mut site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let beta = json!({ "name": "beta", "display_name": "Beta", "type": "O" });
    let beta = admin.post("/teams", beta).await.expect(201);
    let other = admin.channel(&team, "off-topic").await;
    let elsewhere = admin.channel(&beta, "town-square").await;
    let direct = admin.post("/channels/direct", json!([admin.id, bob.id])).await.expect(201);
    for (channel, message) in
        [(other.as_str(), "here"), (&elsewhere, "there"), (direct["id"].as_str().unwrap(), "you")]
    {
        admin.post("/drafts", draft(channel, message)).await.expect(201);
    }
    assert_eq!(messages(&drafts(&admin, &team).await), ["you", "here"]);
    assert_eq!(messages(&drafts(&admin, &beta).await), ["you", "there"]);
    admin.delete(&format!("/channels/{other}/members/{}", admin.id)).await.expect(200);
    site.restart().await;
    let admin = admin.at(site.url());
    assert_eq!(messages(&drafts(&admin, &team).await), ["you"]);
}
