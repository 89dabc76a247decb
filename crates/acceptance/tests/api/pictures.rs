use fieldpost_testkit::{Actor, Reply, TestSite};
use reqwest::multipart::Form;
use serde_json::Value;

use super::files::{part, png};

fn form(bytes: &[u8]) -> Form {
    Form::new().part("image", part("me.png", bytes))
}

/// The size of an answered PNG, and the colour of its corner.
fn seen(reply: &Reply) -> ((u32, u32), [u8; 3]) {
    assert_eq!((reply.status, reply.header("content-type")), (200, "image/png"));
    let image = image::load_from_memory(&reply.bytes).unwrap().into_rgb8();
    (image.dimensions(), image.get_pixel(0, 0).0)
}

async fn updated_at(actor: &Actor) -> i64 {
    actor.get("/users/me").await.expect(200)["last_picture_update"].as_i64().unwrap_or(0)
}

#[tokio::test]
async fn whoever_chose_no_picture_has_a_letter() {
    let site = TestSite::start().await;
    let alice = site.person("alice").await;
    let bob = site.person("bob").await;
    let path = format!("/users/{}/image", alice.id);
    let reply = bob.get(&path).await;
    assert_eq!(seen(&reply).0, (128, 128));
    assert_eq!(reply.header("cache-control"), "max-age=86400, private");
    assert_eq!(reply.header("etag"), "0");
    assert_eq!(bob.get(&path).await.bytes, reply.bytes);
    assert_eq!(bob.get(&format!("{path}/default")).await.bytes, reply.bytes);
    let others = bob.get("/users/me/image").await;
    assert_ne!(others.bytes, reply.bytes);
    assert_eq!(bob.with_header("if-none-match", "0").get(&path).await.status, 304);
    site.stranger().get(&path).await.expect(401);
    bob.get("/users/ybndrfg8ejkmcpqxot1uwiszyy/image").await.expect(404);
}

#[tokio::test]
async fn a_chosen_picture_is_square_and_can_be_taken_back() {
    let site = TestSite::start().await;
    site.person("admin").await;
    let alice = site.person("alice").await;
    let bob = site.person("bob").await;
    let path = format!("/users/{}/image", alice.id);
    let letter = bob.get(&path).await.bytes;
    alice.post_form(&path, form(&png(300, 100))).await.expect(200);
    let set_at = updated_at(&alice).await;
    assert!(set_at > 0);
    let reply = bob.get(&path).await;
    assert_eq!(seen(&reply), ((128, 128), [10, 120, 200]));
    assert_eq!(reply.header("etag"), set_at.to_string());
    let known = bob.with_header("if-none-match", reply.header("etag"));
    assert_eq!(known.get(&path).await.status, 304);
    assert_eq!(bob.get(&format!("{path}/default")).await.bytes, letter);
    // The same picture again changes nothing.
    alice.post_form(&path, form(&png(300, 100))).await.expect(200);
    assert_eq!(updated_at(&alice).await, set_at);

    bob.post_form(&path, form(&png(10, 10))).await.expect(403);
    bob.delete(&path).await.expect(403);
    alice.delete(&path).await.expect(200);
    assert!(updated_at(&alice).await < 0);
    assert_eq!(bob.get(&path).await.bytes, letter);
    alice.post_form(&path, form(&png(300, 100))).await.expect(200);
    assert!(updated_at(&alice).await > set_at);
}

#[tokio::test]
async fn what_is_no_picture_is_refused() {
    let site = TestSite::start_with(|config| {
        config.settings.largest_file = 20_000;
        config.settings.largest_image = 100;
    })
    .await;
    let alice = site.person("alice").await;
    let path = "/users/me/image";
    let refused = async |form: Form, status: u16| -> String {
        let id = alice.post_form(path, form).await.refused(status);
        id.replace("api.user.upload_profile_user.", "").replace(".app_error", "")
    };
    assert_eq!(refused(Form::new().text("x", "y"), 400).await, "no_file");
    let two = form(&png(2, 2)).part("image", part("b.png", &png(2, 2)));
    assert_eq!(refused(two, 400).await, "array");
    assert_eq!(refused(form(b"text"), 400).await, "decode");
    assert_eq!(refused(form(&png(11, 10)), 400).await, "check_image_limits");
    assert_eq!(refused(form(&[0; 20_001]), 413).await, "too_large");
    assert_eq!(updated_at(&alice).await, 0);
}

#[tokio::test]
async fn a_team_has_an_icon_for_those_who_may_look_at_it() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let path = format!("/teams/{}/image", team["id"].as_str().unwrap());
    bob.get(&path).await.expect(404);
    bob.post_form(&path, form(&png(10, 10))).await.expect(403);
    admin.post_form(&path, form(b"text")).await.expect(400);
    site.settle().await;
    let mut socket = bob.socket().await;
    admin.post_form(&path, form(&png(10, 10))).await.expect(200);
    let told = socket.event("update_team").await;
    let told: Value = serde_json::from_str(told["data"]["team"].as_str().unwrap()).unwrap();
    let at = told["last_team_icon_update"].as_i64().unwrap();
    assert!(at > 0);
    assert_eq!((&told["email"], &told["invite_id"]), (&Value::from(""), &Value::from("")));
    let reply = bob.get(&path).await;
    assert_eq!(seen(&reply), ((128, 128), [10, 120, 200]));
    assert_eq!(reply.header("etag"), at.to_string());
    assert_eq!(bob.with_header("if-none-match", &at.to_string()).get(&path).await.status, 304);

    let closed = serde_json::json!({ "name": "beta", "display_name": "Beta", "type": "I" });
    let closed = admin.post("/teams", closed).await.expect(201);
    let closed = format!("/teams/{}/image", closed["id"].as_str().unwrap());
    admin.post_form(&closed, form(&png(10, 10))).await.expect(200);
    bob.get(&closed).await.expect(403);
    bob.delete(&path).await.expect(403);
    admin.delete(&path).await.expect(200);
    bob.get(&path).await.expect(404);
}
