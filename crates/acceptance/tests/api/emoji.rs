use std::io::Cursor;

use fieldpost_testkit::{Actor, Reply, TestSite};
use image::codecs::gif::GifDecoder;
use image::{AnimationDecoder, Delay, Frame, Rgba, RgbaImage};
use reqwest::multipart::Form;
use serde_json::{Value, json};

use super::files::{part, png};

fn id(thing: &Value) -> &str {
    thing["id"].as_str().unwrap()
}

fn form(creator: &str, name: &str, image: &[u8]) -> Form {
    let emoji = json!({ "name": name, "creator_id": creator });
    Form::new().text("emoji", emoji.to_string()).part("image", part("it.png", image))
}

async fn send(actor: &Actor, name: &str, image: &[u8]) -> Reply {
    actor.post_form("/emoji", form(&actor.id.to_string(), name, image)).await
}

/// Makes an emoji of a small picture.
pub(crate) async fn make_emoji(actor: &Actor, name: &str) -> Value {
    send(actor, name, &png(20, 20)).await.expect(201)
}

/// A GIF of so many pictures.
fn gif(side: u32, pictures: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = image::codecs::gif::GifEncoder::new_with_speed(&mut bytes, 30);
    for n in 0..pictures {
        let image = RgbaImage::from_pixel(side, side, Rgba([n * 40, 0, 0, 255]));
        let delay = Delay::from_numer_denom_ms(100, 1);
        encoder.encode_frame(Frame::from_parts(image, 0, 0, delay)).unwrap();
    }
    drop(encoder);
    bytes
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|emoji| emoji["name"].as_str().unwrap()).collect()
}

/// A site with its administrator and two members of a team.
async fn people() -> (TestSite, Value, [Actor; 3]) {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let alice = site.member(&admin, &team, "alice").await;
    let bob = site.member(&admin, &team, "bob").await;
    (site, team, [admin, alice, bob])
}

#[tokio::test]
async fn an_emoji_is_made_found_and_looked_at() {
    let (site, _, [_, alice, bob]) = people().await;
    site.settle().await;
    let mut socket = bob.socket().await;
    let picture = png(128, 64);
    let made = send(&alice, "Party_Ship", &picture).await.expect(201);
    assert_eq!((&made["name"], &made["creator_id"]), (&json!("Party_Ship"), &json!(alice.id)));
    assert_eq!((&made["delete_at"], &made["update_at"]), (&json!(0), &made["create_at"]));
    let told = socket.event("emoji_added").await;
    let told: Value = serde_json::from_str(told["data"]["emoji"].as_str().unwrap()).unwrap();
    assert_eq!(told, made);

    let path = format!("/emoji/{}", id(&made));
    assert_eq!(bob.get(&path).await.expect(200), made);
    assert_eq!(bob.get("/emoji/name/Party_Ship").await.expect(200), made);
    let reply = bob.get(&format!("{path}/image")).await;
    assert_eq!((reply.status, reply.header("content-type")), (200, "image/png"));
    assert_eq!(reply.header("cache-control"), "max-age=2592000, private");
    assert_eq!(reply.header("x-content-type-options"), "nosniff");
    assert_eq!(reply.bytes, picture, "what fits stays as it is");
    let known = bob.with_header("if-none-match", reply.header("etag"));
    assert_eq!(known.get(&format!("{path}/image")).await.status, 304);

    let stranger = site.stranger();
    for path in ["/emoji", "/emoji/name/Party_Ship", path.as_str(), &format!("{path}/image")] {
        stranger.get(path).await.expect(401);
    }
    let none = "y".repeat(26);
    assert_eq!(bob.get(&format!("/emoji/{none}")).await.refused(404), "app.emoji.get.no_result");
    bob.get(&format!("/emoji/{none}/image")).await.expect(404);
    let refusal = bob.get("/emoji/name/no_ship").await.refused(404);
    assert_eq!(refusal, "app.emoji.get_by_name.no_result");
    bob.get("/emoji/name/no.ship").await.expect(400);
}

#[tokio::test]
async fn emoji_are_listed_searched_and_suggested() {
    let (_site, _, [_, alice, bob]) = people().await;
    for name in ["ship_b", "ship_a", "wreck", "SHIP_C"] {
        make_emoji(&alice, name).await;
    }
    let list = async |path: &str| bob.get(path).await.expect(200);
    assert_eq!(names(&list("/emoji").await), ["ship_b", "ship_a", "wreck", "SHIP_C"]);
    let by_name = list("/emoji?sort=name&per_page=2&page=1").await;
    assert_eq!(by_name.as_array().unwrap().len(), 2);
    bob.get("/emoji?sort=colour").await.expect(400);
    assert_eq!(names(&list("/emoji/autocomplete?name=Ship_a").await), ["ship_a"]);
    assert_eq!(list("/emoji/autocomplete?name=hip").await, json!([]));
    bob.get("/emoji/autocomplete").await.expect(400);

    let search = async |body: Value| bob.post("/emoji/search", body).await.expect(200);
    assert_eq!(names(&search(json!({ "term": "reck" })).await), ["wreck"]);
    assert_eq!(search(json!({ "term": "reck", "prefix_only": true })).await, json!([]));
    assert_eq!(search(json!({ "term": "reck", "prefix_only": "true" })).await, json!([]));
    assert_eq!(search(json!({ "term": "%" })).await, json!([]), "a sign stands for itself");
    assert_eq!(search(json!({ "term": "p_" })).await.as_array().unwrap().len(), 3);
    bob.post("/emoji/search", json!({ "term": "" })).await.expect(400);

    let asked = json!(["wreck", "smile", "ship_a", "no_ship", "wreck"]);
    let found = bob.post("/emoji/names", asked).await.expect(200);
    assert_eq!(names(&found), ["ship_a", "wreck"]);
    let refusal = bob.post("/emoji/names", json!(vec!["a"; 201])).await.refused(400);
    assert_eq!(refusal, "api.emoji.get_multiple_by_name_too_many.request_error");
}

#[tokio::test]
async fn a_name_is_one_emojis_and_its_makers_own() {
    let (_site, _, [admin, alice, bob]) = people().await;
    make_emoji(&alice, "cutter").await;
    let refused = async |name: &str| send(&bob, name, &png(9, 9)).await.refused(400);
    assert_eq!(refused("cutter").await, "api.emoji.create.duplicate.app_error");
    for name in ["smile", "+1_dark_skin_tone", "thumbsup"] {
        assert_eq!(refused(name).await, "model.emoji.system_emoji_name.app_error", "{name}");
    }
    for name in ["", "a b", ":cutter:", "кіт", "x".repeat(65).as_str()] {
        assert_eq!(refused(name).await, "model.emoji.name.app_error", "{name}");
    }
    let in_another_name = form(&alice.id.to_string(), "barge", &png(9, 9));
    admin.post_form("/emoji", in_another_name).await.expect(403);
    assert_eq!(names(&bob.get("/emoji").await.expect(200)), ["cutter"]);
}

#[tokio::test]
async fn who_may_not_make_emoji_is_refused() {
    let (site, _, [_, alice, bob]) = people().await;
    site.stranger().post_form("/emoji", form("", "cutter", &png(9, 9))).await.expect(401);
    let made = make_emoji(&alice, "cutter").await;
    let path = format!("/emoji/{}", id(&made));
    site.stranger().delete(&path).await.expect(401);
    bob.delete(&path).await.expect(403);
    assert_eq!(bob.get(&path).await.expect(200), made);
    let refusal =
        site.local().post_form("/emoji", form("", "barge", &png(9, 9))).await.refused(400);
    assert_eq!(refusal, "api.fieldpost.local.no_account");
    site.local().delete(&path).await.expect(200);
    bob.get(&path).await.expect(404);
}

#[tokio::test]
async fn a_deleted_emoji_is_gone_with_its_reactions_and_its_name_is_free() {
    let (_site, team, [admin, alice, bob]) = people().await;
    let square = admin.channel(&team, "town-square").await;
    let post = admin.say(&square, "all aboard").await;
    let made = make_emoji(&alice, "cutter").await;
    let of = |who: &Actor, emoji: &str| json!({ "user_id": who.id, "post_id": post["id"], "emoji_name": emoji });
    for (who, emoji) in [(&alice, "cutter"), (&bob, "cutter"), (&bob, "eyes")] {
        who.post("/reactions", of(who, emoji)).await.expect(200);
    }
    let path = format!("/emoji/{}", id(&made));
    alice.delete(&path).await.expect(200);
    alice.delete(&path).await.expect(404);
    bob.get(&path).await.expect(404);
    bob.get(&format!("{path}/image")).await.expect(404);
    bob.get("/emoji/name/cutter").await.expect(404);
    assert_eq!(bob.get("/emoji").await.expect(200), json!([]));
    let left = bob.get(&format!("/posts/{}/reactions", id(&post))).await.expect(200);
    assert_eq!(left.as_array().unwrap().len(), 1);
    assert_eq!(left[0]["emoji_name"], "eyes");
    let other = make_emoji(&bob, "cutter").await;
    assert_ne!(id(&other), id(&made));
    admin.delete(&format!("/emoji/{}", id(&other))).await.expect(200);
}

#[tokio::test]
async fn more_reactions_than_are_taken_back_in_one_go_all_go() {
    let (site, team, [admin, alice, _]) = people().await;
    let square = admin.channel(&team, "town-square").await;
    let made = make_emoji(&alice, "cutter").await;
    for n in 0..257 {
        let post = admin.say(&square, &format!("{n}")).await;
        let reaction =
            json!({ "user_id": alice.id, "post_id": post["id"], "emoji_name": "cutter" });
        alice.post("/reactions", reaction).await.expect(200);
    }
    alice.delete(&format!("/emoji/{}", id(&made))).await.expect(200);
    let left = site.running().store.read(|rows| {
        let sql = "SELECT count(*) FROM reaction WHERE removed = 0";
        fieldpost_kernel::RowsExt::count(rows, sql, &[])
    });
    assert_eq!(left.await.unwrap(), 0);
}

#[tokio::test]
async fn what_is_too_large_is_made_to_fit_and_what_moves_goes_on_moving() {
    let (_site, _, [_, alice, bob]) = people().await;
    let still = send(&alice, "still", &png(1000, 500)).await.expect(201);
    let reply = bob.get(&format!("/emoji/{}/image", id(&still))).await;
    assert_eq!(reply.header("content-type"), "image/png");
    let image = image::load_from_memory(&reply.bytes).unwrap();
    assert_eq!((image.width(), image.height()), (128, 64));

    let moving = send(&alice, "moving", &gif(200, 3)).await.expect(201);
    let reply = bob.get(&format!("/emoji/{}/image", id(&moving))).await;
    assert_eq!(reply.header("content-type"), "image/gif");
    let frames = GifDecoder::new(Cursor::new(&reply.bytes)).unwrap().into_frames();
    let frames = frames.collect_frames().unwrap();
    assert_eq!(frames.len(), 3);
    assert_eq!(frames[0].buffer().dimensions(), (128, 128));
}

#[tokio::test]
async fn what_is_no_picture_or_a_bomb_is_refused() {
    let (_site, _, [_, alice, bob]) = people().await;
    let refused = async |image: &[u8], status| send(&alice, "cutter", image).await.refused(status);
    let none = "api.emoji.upload.image.app_error";
    let too_large = "api.emoji.upload.large_image.too_large.app_error";
    for image in [b"".as_slice(), b"text", b"<svg/>", &png(9, 9)[..40]] {
        assert_eq!(refused(image, 400).await, none);
    }
    assert_eq!(refused(&png(1029, 4), 400).await, too_large);
    // Some kilobytes that stand for a thousand pictures and one more.
    let one = gif(2, 1);
    // The head of a GIF, with a table of colours behind it.
    let (head, rest) = one.split_at(13 + 6);
    let (end, picture) = rest.split_last().unwrap();
    let bomb = [head, &picture.repeat(1001), &[*end]].concat();
    assert_eq!(refused(&bomb, 400).await, too_large);
    assert_eq!(refused(&[0; 512 * 1024 + 1], 413).await, "api.emoji.create.too_large.app_error");
    assert_eq!(refused(&[0; 1024 * 1024], 413).await, "api.emoji.create.too_large.app_error");

    let me = alice.id.to_string();
    let emoji = json!({ "name": "cutter", "creator_id": me }).to_string();
    let without = Form::new().text("emoji", emoji);
    alice.post_form("/emoji", without).await.expect(400);
    let unnamed = Form::new().part("image", part("it.png", &png(9, 9)));
    alice.post_form("/emoji", unnamed).await.expect(400);
    let two = form(&me, "cutter", &png(9, 9)).part("image", part("it.png", &png(9, 9)));
    let refusal = alice.post_form("/emoji", two).await.refused(400);
    assert_eq!(refusal, "api.emoji.create.parse.app_error");
    assert_eq!(bob.get("/emoji").await.expect(200), json!([]));
}

#[tokio::test]
async fn posts_and_reactions_carry_their_emoji() {
    let (site, team, [admin, alice, bob]) = people().await;
    let square = admin.channel(&team, "town-square").await;
    let cutter = make_emoji(&alice, "cutter").await;
    let barge = make_emoji(&alice, "barge").await;
    site.settle().await;
    let mut socket = bob.socket().await;
    let attachments = json!([{ "text": "a :barge:", "fields": [{ "value": ":cutter:" }] }]);
    let post = json!({
        "channel_id": square, "message": "see :cutter: :smile: :no_ship:",
        "props": { "attachments": attachments },
    });
    let post = alice.post("/posts", post).await.expect(201);
    let both = json!([barge, cutter]);
    assert_eq!(post["metadata"]["emojis"], both);
    let told = socket.event("posted").await;
    let told: Value = serde_json::from_str(told["data"]["post"].as_str().unwrap()).unwrap();
    assert_eq!(told["metadata"]["emojis"], both);
    let plain = bob.say(&square, "nothing: here").await;
    assert_eq!(plain["metadata"].get("emojis"), None);

    let reaction =
        |emoji: &str| json!({ "user_id": bob.id, "post_id": plain["id"], "emoji_name": emoji });
    let refusal = bob.post("/reactions", reaction("no_ship")).await.refused(404);
    assert_eq!(refusal, "app.emoji.get_by_name.no_result");
    bob.post("/reactions", reaction("cutter")).await.expect(200);
    let list = bob.get(&format!("/channels/{square}/posts")).await.expect(200);
    assert_eq!(list["posts"][id(&plain)]["metadata"]["emojis"], json!([cutter]));
    assert_eq!(list["posts"][id(&post)]["metadata"]["emojis"], both);
}

#[tokio::test]
async fn a_custom_status_has_an_emoji_that_there_is() {
    let (_site, _, [_, alice, _]) = people().await;
    let status = |emoji: &str| json!({ "emoji": emoji, "text": "at sea", "duration": "" });
    let refusal = alice.put("/users/me/status/custom", status("cutter")).await.refused(404);
    assert_eq!(refusal, "app.emoji.get_by_name.no_result");
    make_emoji(&alice, "cutter").await;
    alice.put("/users/me/status/custom", status("cutter")).await.expect(200);
    alice.put("/users/me/status/custom", status("anchor")).await.expect(200);
}
