use fieldpost_testkit::{Actor, Reply, TestSite};
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

/// A PNG of one colour.
pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
    let image = image::RgbImage::from_pixel(width, height, image::Rgb([10, 120, 200]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

pub(crate) fn part(name: &str, bytes: &[u8]) -> Part {
    Part::bytes(bytes.to_vec()).file_name(name.to_owned())
}

/// Uploads a file as clients do, and gives its description.
pub(crate) async fn upload(actor: &Actor, channel: &str, name: &str, bytes: &[u8]) -> Value {
    let form = Form::new().text("channel_id", channel.to_owned()).part("files", part(name, bytes));
    actor.post_form("/files", form).await.expect(201)["file_infos"][0].clone()
}

fn id(thing: &Value) -> &str {
    thing["id"].as_str().unwrap()
}

async fn fetch(actor: &Actor, file: &Value) -> Reply {
    actor.get(&format!("/files/{}", id(file))).await
}

async fn size_of(actor: &Actor, file: &Value, which: &str) -> (u32, u32) {
    let reply = actor.get(&format!("/files/{}/{which}", id(file))).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("content-type"), "image/jpeg");
    let image = image::load_from_memory(&reply.bytes).unwrap();
    (image.width(), image.height())
}

/// A site with a team, its administrator, a member and a private channel of the administrator's.
async fn places() -> (TestSite, Actor, Actor, String, String) {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "town-square").await;
    let private = json!({
        "team_id": team["id"], "name": "ops", "display_name": "Ops", "type": "P",
    });
    let private = admin.post("/channels", private).await.expect(201);
    let private = id(&private).to_owned();
    (site, admin, bob, square, private)
}

#[tokio::test]
async fn a_file_is_described_and_read_back() {
    let (_site, admin, bob, square, _) = places().await;
    let form = Form::new()
        .text("channel_id", square.clone())
        .text("client_ids", "one")
        .text("client_ids", "two")
        .part("files", part("../notes/plan ж.TXT", b"attack at dawn"))
        .part("files", part("README", b"?"));
    let sent = admin.post_form("/files", form).await.expect(201);
    assert_eq!(sent["client_ids"], json!(["one", "two"]));
    let file = &sent["file_infos"][0];
    assert_eq!(file["name"], "plan ж.TXT");
    assert_eq!(file["extension"], "txt");
    assert_eq!(file["mime_type"], "text/plain; charset=utf-8");
    assert_eq!(file["size"], 14);
    assert_eq!(file["user_id"], admin.id.to_string());
    assert_eq!(file["channel_id"], square.as_str());
    assert_eq!(file["update_at"], file["create_at"]);
    assert_eq!(file["mini_preview"], Value::Null);
    assert_eq!(file.get("post_id"), None);
    assert_eq!(file.get("width"), None);
    let bare = &sent["file_infos"][1];
    assert_eq!((&bare["extension"], &bare["mime_type"]), (&json!(""), &json!("")));

    let reply = fetch(&bob, file).await;
    assert_eq!((reply.status, reply.bytes.as_slice()), (200, b"attack at dawn".as_slice()));
    for (name, value) in [
        ("content-type", "text/plain; charset=utf-8"),
        ("content-length", "14"),
        ("cache-control", "private, max-age=86400"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("content-security-policy", "Frame-ancestors 'none'"),
        (
            "content-disposition",
            "attachment;filename=\"plan%20%D0%B6.TXT\"; filename*=UTF-8''plan%20%D0%B6.TXT",
        ),
    ] {
        assert_eq!(reply.header(name), value, "{name}");
    }
    assert_eq!(fetch(&bob, bare).await.header("content-type"), "application/octet-stream");
    let info = bob.get(&format!("/files/{}/info", id(file))).await;
    assert_eq!(info.header("cache-control"), "max-age=2592000, private");
    assert_eq!(&info.expect(200), file);
    for which in ["thumbnail", "preview"] {
        let refusal = bob.get(&format!("/files/{}/{which}", id(file))).await.refused(400);
        assert_eq!(refusal, format!("api.file.get_file_{which}.no_{which}.app_error"));
    }
    let refusal = bob.get(&format!("/files/{}/link", id(file))).await.refused(403);
    assert_eq!(refusal, "api.file.get_public_link.disabled.app_error");
}

#[tokio::test]
async fn what_browsers_would_run_is_served_as_text() {
    let (_site, admin, _, square, _) = places().await;
    for (name, served) in
        [("page.html", "text/plain"), ("x.js", "text/plain"), ("x.svg", "image/svg+xml")]
    {
        let file = upload(&admin, &square, name, b"<svg viewBox='0 0 30 40'/>").await;
        let reply = fetch(&admin, &file).await;
        assert_eq!(reply.header("content-type"), served);
        assert!(reply.header("content-disposition").starts_with("attachment;"), "{name}");
        if name == "x.svg" {
            assert_eq!((&file["width"], &file["height"]), (&json!(30), &json!(40)));
        }
    }
    let photo = upload(&admin, &square, "photo.PNG", &png(4, 4)).await;
    let reply = fetch(&admin, &photo).await;
    assert!(reply.header("content-disposition").starts_with("inline;"));
    let saved = admin.get(&format!("/files/{}?download=1", id(&photo))).await;
    assert!(saved.header("content-disposition").starts_with("attachment;"));
}

#[tokio::test]
async fn an_image_has_its_size_and_smaller_versions() {
    let (_site, admin, _, square, _) = places().await;
    let small = upload(&admin, &square, "small.png", &png(10, 10)).await;
    assert_eq!((&small["width"], &small["height"]), (&json!(10), &json!(10)));
    assert_eq!(small["has_preview_image"], true);
    assert!(small["mini_preview"].as_str().unwrap().starts_with("/9j/"));
    assert_eq!(size_of(&admin, &small, "thumbnail").await, (100, 100));
    assert_eq!(size_of(&admin, &small, "preview").await, (10, 10));
    let wide = upload(&admin, &square, "wide.png", &png(2400, 600)).await;
    assert_eq!(size_of(&admin, &wide, "thumbnail").await, (120, 30));
    assert_eq!(size_of(&admin, &wide, "preview").await, (1920, 480));
    // What is only called an image is kept as it is.
    let text = upload(&admin, &square, "text.png", b"not an image").await;
    assert_eq!(text["mime_type"], "image/png");
    assert_eq!((text.get("width"), text.get("has_preview_image")), (None, None));
}

#[tokio::test]
async fn parts_of_a_file_may_be_asked_for() {
    let (_site, admin, _, square, _) = places().await;
    let bytes: Vec<u8> = (0..=255).collect();
    let file = upload(&admin, &square, "x.bin", &bytes).await;
    let part = fetch(&admin.with_header("range", "bytes=0-99"), &file).await;
    assert_eq!((part.status, part.bytes.as_slice()), (206, &bytes[..100]));
    assert_eq!(part.header("content-range"), "bytes 0-99/256");
    let end = fetch(&admin.with_header("range", "bytes=-6"), &file).await;
    assert_eq!((end.status, end.bytes.as_slice()), (206, &bytes[250..]));
    let beyond = fetch(&admin.with_header("range", "bytes=256-"), &file).await;
    assert_eq!((beyond.status, beyond.header("content-range")), (416, "bytes */256"));
    let two = fetch(&admin.with_header("range", "bytes=0-1, 254-"), &file).await;
    assert_eq!(two.status, 206);
    assert!(two.header("content-type").starts_with("multipart/byteranges; boundary="));
    assert_eq!(two.header("content-length"), two.bytes.len().to_string());
    let text: Vec<u8> = two.bytes.clone();
    assert!(text.windows(2).any(|w| w == [0, 1]) && text.windows(2).any(|w| w == [254, 255]));

    let whole = fetch(&admin, &file).await;
    let modified = whole.header("last-modified").to_owned();
    assert_eq!(fetch(&admin.with_header("if-modified-since", &modified), &file).await.status, 304);
    let long_ago = "Thu, 01 Jan 1970 00:00:00 GMT";
    assert_eq!(fetch(&admin.with_header("if-modified-since", long_ago), &file).await.status, 200);
    let resumed = admin.with_header("range", "bytes=250-").with_header("if-range", &modified);
    assert_eq!(fetch(&resumed, &file).await.status, 206);
    let changed = admin.with_header("range", "bytes=250-").with_header("if-range", long_ago);
    assert_eq!(fetch(&changed, &file).await.status, 200);
    let head = admin.send(Method::HEAD, &format!("/files/{}", id(&file)), Vec::new()).await;
    assert_eq!((head.status, head.header("content-length")), (200, "256"));
    assert!(head.bytes.is_empty());
}

#[tokio::test]
async fn a_file_is_for_those_who_read_its_channel_and_for_its_uploader() {
    let (site, admin, bob, square, private) = places().await;
    let open = upload(&admin, &square, "x.txt", b"x").await;
    let hidden = upload(&admin, &private, "x.txt", b"x").await;
    assert_eq!(fetch(&bob, &open).await.status, 200);
    assert_eq!(fetch(&bob, &hidden).await.refused(403), "api.context.permissions.app_error");
    for which in ["/info", "/link", "/thumbnail", "/preview"] {
        bob.get(&format!("/files/{}{which}", id(&hidden))).await.expect(403);
    }
    site.stranger().get(&format!("/files/{}", id(&open))).await.expect(401);
    let nobodys = bob.get("/files/ybndrfg8ejkmcpqxot1uwiszyy").await.refused(404);
    assert_eq!(nobodys, "app.file_info.get.app_error");

    // One's own upload stays one's own after leaving.
    let bobs = upload(&bob, &square, "b.txt", b"b").await;
    let mallory = site.person("mallory").await;
    assert_eq!(fetch(&mallory, &bobs).await.status, 403);
    let form = Form::new().text("channel_id", private).part("files", part("x", b"x"));
    bob.post_form("/files", form).await.expect(403);
}

#[tokio::test]
async fn a_form_that_breaks_a_rule_is_refused() {
    let (_site, admin, _, square, private) = places().await;
    let file = || part("x.txt", b"x");
    let to = |channel: &str| Form::new().text("channel_id", channel.to_owned());
    let number = "api.file.upload_file.incorrect_number_of_client_ids.app_error";
    let body = "api.context.invalid_body_param.app_error";
    let nowhere = "ybndrfg8ejkmcpqxot1uwiszyy";
    for (form, refusal) in [
        (to(nowhere).part("files", file()), "api.file.upload_file.get_channel.app_error"),
        (Form::new().part("files", file()), body),
        (to(&square), body),
        (to(&square).text("channel_id", private).part("files", file()), body),
        (to(&square).text("nonsense", "x").part("files", file()), body),
        (to(&square).text("client_ids", "x".repeat(10_241)).part("files", file()), body),
        (to(&square).part("files", file()).text("client_ids", "late"), body),
        (to(&square).text("client_ids", "1").part("a", file()).part("b", file()), body),
        (to(&square).text("client_ids", "1").text("client_ids", "2").part("a", file()), number),
    ] {
        assert_eq!(admin.post_form("/files", form).await.refused(400), refusal);
    }
    let empty = admin.send(Method::POST, "/files", Vec::new()).await;
    assert_eq!(empty.refused(400), "api.file.upload_file.read_request.app_error");
}

#[tokio::test]
async fn the_channel_may_be_named_after_the_files() {
    let (_site, admin, _, square, _) = places().await;
    let form = Form::new()
        .part("other", part("ignored.txt", b"ignored"))
        .part("files", part("kept.txt", b"kept"))
        .text("client_ids", "1")
        .text("channel_id", square.clone());
    let sent = admin.post_form("/files", form).await.expect(201);
    assert_eq!(sent["file_infos"].as_array().unwrap().len(), 1);
    assert_eq!(sent["file_infos"][0]["name"], "kept.txt");
    // By the query, any part's name will do.
    let form = Form::new().part("whatever", part("x.txt", b"x"));
    let path = format!("/files?channel_id={square}");
    assert_eq!(admin.post_form(&path, form).await.expect(201)["client_ids"], json!([]));
}

#[tokio::test]
async fn a_file_may_be_the_whole_body() {
    let (_site, admin, _, square, _) = places().await;
    let path = format!("/files?channel_id={square}&filename=a%2Fb.csv");
    let sent = admin.send(Method::POST, &path, b"1,2".to_vec()).await.expect(201);
    assert_eq!(sent["file_infos"][0]["name"], "b.csv");
    assert_eq!(sent["client_ids"], Value::Null);
    let named = format!("{path}&client_id=mine");
    let sent = admin.send(Method::POST, &named, b"1,2".to_vec()).await.expect(201);
    assert_eq!(sent["client_ids"], json!(["mine"]));
    let nameless = format!("/files?channel_id={square}");
    admin.send(Method::POST, &nameless, b"x".to_vec()).await.expect(400);
    admin.send(Method::POST, "/files?filename=x", b"x".to_vec()).await.expect(400);
}

#[tokio::test]
async fn what_is_too_large_is_refused_and_leaves_nothing() {
    let site = TestSite::start_with(|config| {
        config.settings.largest_file = 1000;
        config.settings.largest_image = 100;
    })
    .await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    let too_large = "api.file.upload_file.too_large_detailed.app_error";
    let form = Form::new()
        .text("channel_id", square.clone())
        .part("files", part("fits.bin", &[1; 1000]))
        .part("files", part("large.bin", &[2; 1001]));
    assert_eq!(admin.post_form("/files", form).await.refused(413), too_large);
    let path = format!("/files?channel_id={square}&filename=x.bin");
    let reply = admin.send(Method::POST, &path, vec![0; 1001]).await;
    assert_eq!(reply.refused(413), too_large);
    let form =
        Form::new().text("channel_id", square.clone()).part("files", part("x.png", &png(11, 10)));
    let refusal = admin.post_form("/files", form).await.refused(400);
    assert_eq!(refusal, "api.file.upload_file.large_image_detailed.app_error");
    assert_eq!(files_in(&site.data().join("files")), 0);
    upload(&admin, &square, "fits.bin", &[1; 1000]).await;
    upload(&admin, &square, "fits.png", &png(10, 10)).await;
}

fn files_in(folder: &std::path::Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.map(|path| if path.is_dir() { files_in(&path) } else { 1 }).sum()
}

#[tokio::test]
async fn a_file_is_saved_with_its_site() {
    let site = TestSite::start_with(|config| config.database = None).await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    let file = upload(&admin, &square, "x.txt", b"saved").await;
    let incoming = site.data().join("files/incoming/999");
    std::fs::write(incoming, b"still on its way").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("site.backup");
    assert_eq!(fieldpost_server::backup::save(site.data(), &archive).unwrap().files, 1);
    let restored = folder.path().join("restored");
    fieldpost_server::backup::restore(&archive, &restored).unwrap();
    let again = TestSite::start_with(|config| {
        config.data = restored;
        config.database = None;
    })
    .await;
    let mut admin = again.stranger();
    admin.sign_in("admin", "correct horse battery").await;
    assert_eq!(fetch(&admin, &file).await.bytes, b"saved");
}

#[tokio::test]
async fn a_file_outlives_a_restart_and_a_lost_blob_is_not_found() {
    let mut site = TestSite::start().await;
    let folder = site.data().join("files");
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    let file = upload(&admin, &square, "x.txt", b"still here").await;
    // A crash between bytes and row leaves bytes that nothing speaks of, and never the other way
    // round: the bytes are under their name before the row is written.
    std::fs::write(folder.join("incoming/999"), b"half a file").unwrap();
    site.restart().await;
    assert_eq!(files_in(&folder.join("incoming")), 0);
    let mut admin = site.stranger();
    admin.sign_in("admin", "correct horse battery").await;
    assert_eq!(fetch(&admin, &file).await.bytes, b"still here");
    std::fs::remove_dir_all(folder.join("objects")).unwrap();
    assert_eq!(fetch(&admin, &file).await.status, 404);
}

#[tokio::test]
async fn a_post_gets_its_authors_own_free_files_and_no_others() {
    let (site, admin, bob, square, private) = places().await;
    let first = upload(&admin, &square, "1.png", &png(4, 4)).await;
    let second = upload(&admin, &square, "2.txt", b"2").await;
    let bobs = upload(&bob, &square, "b.txt", b"b").await;
    site.settle().await;
    let mut socket = bob.socket().await;
    let post = json!({
        "channel_id": square,
        "message": "see these",
        "file_ids": [second["id"], bobs["id"], first["id"], "ybndrfg8ejkmcpqxot1uwiszyy"],
    });
    let post = admin.post("/posts", post).await.expect(201);
    let mut kept = vec![id(&first), id(&second)];
    kept.sort_by_key(|id| id.parse::<fieldpost_model::Id>().unwrap());
    assert_eq!(post["file_ids"], json!(kept));
    let files = post["metadata"]["files"].as_array().unwrap();
    let names: Vec<_> = files.iter().map(|file| file["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["1.png", "2.txt"]);
    assert!(files.iter().all(|file| file["post_id"] == post["id"]));
    let posted = socket.event("posted").await;
    let told: Value = serde_json::from_str(posted["data"]["post"].as_str().unwrap()).unwrap();
    assert_eq!(told["metadata"]["files"], post["metadata"]["files"]);
    let data = &posted["data"];
    assert_eq!((&data["otherFile"], &data["image"]), (&json!("true"), &json!("true")));

    // Once on a post, a file is on no other.
    let again = json!({ "channel_id": square, "message": "x", "file_ids": [first["id"]] });
    let again = admin.post("/posts", again).await.expect(201);
    assert_eq!(again.get("file_ids"), None);
    let data = socket.event("posted").await["data"].clone();
    assert_eq!((data.get("otherFile"), data.get("image")), (None, None));
    let list = bob.get(&format!("/channels/{square}/posts")).await.expect(200);
    assert_eq!(list["posts"][id(&post)]["metadata"]["files"], post["metadata"]["files"]);
    assert_eq!(list["posts"][id(&again)]["metadata"].get("files"), None);

    let path = format!("/posts/{}/files/info", id(&post));
    let infos = bob.get(&path).await;
    let tag = infos.header("etag").to_owned();
    assert_eq!(infos.expect(200), post["metadata"]["files"]);
    assert_eq!(bob.with_header("if-none-match", &tag).get(&path).await.status, 304);
    bob.get(&format!("{path}?include_deleted=true")).await.expect(403);
    assert_eq!(
        admin.get(&format!("{path}?include_deleted=true")).await.expect(200),
        post["metadata"]["files"]
    );

    // A file goes where its post is.
    let moved = upload(&admin, &square, "moved.txt", b"m").await;
    let secret = json!({ "channel_id": private, "message": "x", "file_ids": [moved["id"]] });
    let secret = admin.post("/posts", secret).await.expect(201);
    assert_eq!(secret["metadata"]["files"][0]["channel_id"], private.as_str());
    assert_eq!(fetch(&admin, &moved).await.status, 200);
    assert_eq!(fetch(&bob, &moved).await.status, 403);
    bob.get(&format!("/posts/{}/files/info", id(&secret))).await.expect(403);
}

#[tokio::test]
async fn an_edit_takes_files_off_and_adds_ones_own() {
    let (_site, admin, bob, square, _) = places().await;
    let first = upload(&admin, &square, "1.txt", b"1").await;
    let second = upload(&admin, &square, "2.txt", b"2").await;
    let bobs = upload(&bob, &square, "b.txt", b"b").await;
    let post = json!({ "channel_id": square, "message": "x", "file_ids": [first["id"]] });
    let post = admin.post("/posts", post).await.expect(201);
    let path = format!("/posts/{}/patch", id(&post));
    let patch = json!({ "file_ids": [second["id"], bobs["id"]] });
    let edited = admin.put(&path, patch).await.expect(200);
    assert_eq!(edited["file_ids"], json!([second["id"]]));
    assert_eq!(edited["metadata"]["files"][0]["name"], "2.txt");
    assert_eq!(fetch(&admin, &first).await.refused(404), "app.file_info.get.app_error");
    let info = format!("/posts/{}/files/info", id(&post));
    assert_eq!(admin.get(&info).await.expect(200).as_array().unwrap().len(), 1);
    let all = admin.get(&format!("{info}?include_deleted=true")).await.expect(200);
    assert_eq!(all.as_array().unwrap().len(), 2);
    assert!(all[0]["delete_at"].as_i64().unwrap() > 0);
    // What was taken off comes back with the version that had it.
    let history = admin.get(&format!("/posts/{}/edit_history", id(&post))).await.expect(200);
    let restore = format!("/posts/{}/restore/{}", id(&post), id(&history[0]));
    let restored = admin.post(&restore, json!({})).await.expect(200);
    assert_eq!(restored["metadata"]["files"][0]["name"], "1.txt");
    assert_eq!(fetch(&admin, &first).await.status, 200);
    assert_eq!(fetch(&admin, &second).await.status, 404);
}

#[tokio::test]
async fn a_posts_files_go_with_it() {
    let (_site, admin, bob, square, _) = places().await;
    let file = upload(&admin, &square, "1.txt", b"1").await;
    let post = json!({ "channel_id": square, "message": "x", "file_ids": [file["id"]] });
    let post = admin.post("/posts", post).await.expect(201);
    admin.delete(&format!("/posts/{}", id(&post))).await.expect(200);
    assert_eq!(fetch(&admin, &file).await.status, 404);
    let info = format!("/posts/{}/files/info", id(&post));
    bob.get(&info).await.expect(404);
    let all = admin.get(&format!("{info}?include_deleted=true")).await.expect(200);
    assert!(all[0]["delete_at"].as_i64().unwrap() > 0);
}
