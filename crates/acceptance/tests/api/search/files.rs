//! Searching files by their names.

use fieldpost_testkit::{Actor, TestSite};
use serde_json::{Value, json};

use super::{id, private_channel};
use crate::api::upload;

/// The names of the files that somebody finds, newest first.
async fn finds(actor: &Actor, team: &Value, terms: &str) -> Vec<String> {
    let path = format!("/teams/{}/files/search", id(team));
    let list = actor.post(&path, json!({ "terms": terms, "is_or_search": false })).await;
    let list = list.expect(200);
    let name = |id: &Value| list["file_infos"][id.as_str().unwrap()]["name"].clone();
    let order = list["order"].as_array().unwrap();
    order.iter().map(|id| name(id).as_str().unwrap().to_owned()).collect()
}

async fn attach(actor: &Actor, channel: &str, name: &str) -> Value {
    let file = upload(actor, channel, name, name.as_bytes()).await;
    let post = json!({ "channel_id": channel, "message": "look", "file_ids": [file["id"]] });
    actor.post("/posts", post).await.expect(201)
}

#[tokio::test]
async fn files_are_found_by_name_kind_uploader_and_place() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "town-square").await;
    let other = admin.channel(&team, "off-topic").await;
    attach(&admin, &square, "field_report-final.PDF").await;
    attach(&bob, &other, "Field map.png").await;
    attach(&bob, &square, "карта-Києва.txt").await;
    upload(&admin, &square, "field draft.txt", b"never attached").await;
    site.indexed().await;
    let [report, map, kyiv] = ["field_report-final.PDF", "Field map.png", "карта-Києва.txt"];
    for (terms, found) in [
        ("field", vec![map, report]),
        ("report final", vec![report]),
        ("field_report-final.pdf", vec![report]),
        ("fie*", vec![map, report]),
        ("ext:pdf", vec![report]),
        ("ext:.PNG", vec![map]),
        ("field -ext:png", vec![report]),
        ("from:bob", vec![kyiv, map]),
        ("from:bob in:town-square", vec![kyiv]),
        ("києва", vec![kyiv]),
        ("feild map", vec![map]),
        ("look", vec![]),
        ("*", vec![]),
    ] {
        assert_eq!(finds(&admin, &team, terms).await, found, "{terms}");
    }
    let answer = admin.post("/files/search", json!({ "terms": "report" })).await;
    assert_eq!(answer.header("cache-control"), "no-cache, no-store, must-revalidate");
    let list = answer.expect(200);
    assert_eq!(list["next_file_info_id"], "");
    assert_eq!(list["order"].as_array().unwrap().len(), 1);
    admin.post("/files/search", json!({ "terms": "" })).await.refused(400);
    let refused = admin.post("/files/search", json!("report")).await.refused(400);
    assert_eq!(refused, "api.post.search_files.invalid_body.app_error");
}

#[tokio::test]
async fn a_file_is_found_by_those_who_may_read_its_post_and_only_while_it_hangs_on_it() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let private = private_channel(&admin, &team).await;
    let post = attach(&admin, id(&private), "plan.txt").await;
    let taken = attach(&admin, id(&private), "plan B.txt").await;
    site.indexed().await;
    assert_eq!(finds(&admin, &team, "plan").await, ["plan B.txt", "plan.txt"]);
    assert_eq!(finds(&bob, &team, "plan").await, [""; 0]);
    let fewer = json!({ "file_ids": [] , "message": "gone" });
    admin.put(&format!("/posts/{}/patch", id(&taken)), fewer).await.expect(200);
    site.indexed().await;
    assert_eq!(finds(&admin, &team, "plan").await, ["plan.txt"]);
    admin.delete(&format!("/posts/{}", id(&post))).await.expect(200);
    assert_eq!(finds(&admin, &team, "plan").await, [""; 0]);
    site.indexed().await;
    assert_eq!(finds(&admin, &team, "plan").await, [""; 0]);
    site.person("mallory")
        .await
        .post("/files/search", json!({ "terms": "plan" }))
        .await
        .expect(200);
    let path = format!("/teams/{}/files/search", id(&team));
    site.person("eve").await.post(&path, json!({ "terms": "plan" })).await.refused(403);
}
