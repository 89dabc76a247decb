use fieldpost_testkit::{Actor, TestSite};
use reqwest::Method;
use reqwest::multipart::Form;
use serde_json::{Value, json};

use super::files::{part, png};

const MIB: usize = 1024 * 1024;

async fn begin(actor: &Actor, channel: &str, name: &str, size: usize) -> Value {
    let new = json!({ "channel_id": channel, "filename": name, "file_size": size });
    actor.post("/uploads", new).await.expect(201)
}

fn path(upload: &Value) -> String {
    format!("/uploads/{}", upload["id"].as_str().unwrap())
}

async fn send(actor: &Actor, upload: &Value, bytes: &[u8]) -> fieldpost_testkit::Reply {
    actor.send(Method::POST, &path(upload), bytes.to_vec()).await
}

#[tokio::test]
async fn a_file_comes_in_two_parts_with_a_restart_in_between() {
    let mut site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    let bytes: Vec<u8> = (0..6 * MIB).map(|n| n.to_le_bytes()[1]).collect();
    let upload = begin(&admin, &square, "dir/map.bin", bytes.len()).await;
    for (key, value) in [
        ("type", json!("attachment")),
        ("user_id", json!(admin.id.to_string())),
        ("channel_id", json!(square)),
        ("filename", json!("map.bin")),
        ("file_size", json!(6 * MIB)),
        ("file_offset", json!(0)),
        ("remote_id", json!("")),
        ("req_file_id", json!("")),
    ] {
        assert_eq!(upload[key], value, "{key}");
    }
    let refusal = send(&admin, &upload, &bytes[..MIB]).await.refused(400);
    assert_eq!(refusal, "app.upload.upload_data.first_part_too_small.app_error");
    assert_eq!(admin.get(&path(&upload)).await.expect(200)["file_offset"], 0);
    send(&admin, &upload, &bytes[..5 * MIB]).await.expect(204);

    site.restart().await;
    let mut admin = site.stranger();
    admin.sign_in("admin", "correct horse battery").await;
    let mine = admin.get("/users/me/uploads").await.expect(200);
    assert_eq!(mine[0]["file_offset"], 5 * MIB);
    let refusal = send(&admin, &upload, &bytes).await.refused(400);
    assert_eq!(refusal, "api.upload.upload_data.invalid_content_length");
    let file = send(&admin, &upload, &bytes[5 * MIB..]).await.expect(200);
    assert_eq!((&file["name"], &file["size"]), (&json!("map.bin"), &json!(6 * MIB)));
    let content = admin.get(&format!("/files/{}", file["id"].as_str().unwrap())).await;
    assert!(content.bytes == bytes, "the content is another");
    admin.get(&path(&upload)).await.expect(404);
    assert_eq!(admin.get("/users/me/uploads").await.expect(200), json!([]));
    send(&admin, &upload, b"x").await.expect(404);
}

#[tokio::test]
async fn a_small_file_may_come_whole_and_as_a_form() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    let image = png(30, 20);
    let upload = begin(&admin, &square, "x.png", image.len()).await;
    let form = Form::new().part("data", part("ignored", &image));
    let file = admin.post_form(&path(&upload), form).await.expect(200);
    assert_eq!((&file["width"], &file["height"]), (&json!(30), &json!(20)));
    assert_eq!(file.get("has_preview_image"), None);
    let thumbnail = format!("/files/{}/thumbnail", file["id"].as_str().unwrap());
    assert_eq!(admin.get(&thumbnail).await.status, 200);
    let upload = begin(&admin, &square, "x.png", 4).await;
    assert_eq!(send(&admin, &upload, b"text").await.refused(400), "api.fieldpost.upload.no_image");
}

#[tokio::test]
async fn an_upload_that_breaks_a_rule_does_not_begin() {
    let site = TestSite::start_with(|config| config.settings.largest_file = 1000).await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    let nowhere = "ybndrfg8ejkmcpqxot1uwiszyy";
    for (channel, size, status, refusal) in [
        (square.as_str(), 1001, 413, "api.upload.create.upload_too_large.app_error"),
        (square.as_str(), 0, 400, "model.upload_session.is_valid.file_size.app_error"),
        (square.as_str(), -1, 400, "model.upload_session.is_valid.file_size.app_error"),
        (nowhere, 10, 400, "app.upload.create.incorrect_channel_id.app_error"),
    ] {
        let new = json!({ "channel_id": channel, "filename": "x", "file_size": size });
        assert_eq!(admin.post("/uploads", new).await.refused(status), refusal);
    }
    let mallory = site.person("mallory").await;
    let new = json!({ "channel_id": square, "filename": "x", "file_size": 10 });
    mallory.post("/uploads", new).await.expect(403);
}

#[tokio::test]
async fn an_upload_is_its_owners() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let carol = site.member(&admin, &team, "carol").await;
    let square = admin.channel(&team, "town-square").await;
    let upload = begin(&bob, &square, "x", 3).await;
    admin.get(&path(&upload)).await.expect(200);
    carol.get(&path(&upload)).await.expect(403);
    send(&carol, &upload, b"abc").await.expect(403);
    send(&admin, &upload, b"abc").await.expect(403);
    admin.get(&format!("/users/{}/uploads", bob.id)).await.expect(403);
    send(&bob, &upload, b"abc").await.expect(200);
}

#[tokio::test]
async fn whoever_begins_ever_more_uploads_loses_the_oldest() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    let oldest = begin(&admin, &square, "x", 10).await;
    for _ in 0..100 {
        begin(&admin, &square, "x", 10).await;
    }
    admin.get(&path(&oldest)).await.expect(404);
    let mine = admin.get("/users/me/uploads").await.expect(200);
    assert_eq!(mine.as_array().unwrap().len(), 100);
}
