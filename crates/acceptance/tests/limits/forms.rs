use std::io::Write;

use reqwest::Method;
use reqwest::multipart::Form;
use serde_json::json;

use super::{id, places};
use crate::api::{part, upload};

/// Sends a form as it is written.
async fn send(
    actor: &fieldpost_testkit::Actor,
    path: &str,
    form: String,
) -> fieldpost_testkit::Reply {
    let actor = actor.with_header("content-type", "multipart/form-data; boundary=b");
    actor.send(Method::POST, path, form.into_bytes()).await
}

#[tokio::test]
async fn a_form_of_ten_thousand_parts_is_refused() {
    let (_site, _, [admin, bob], square) = places().await;
    let head =
        format!("--b\r\ncontent-disposition: form-data; name=\"channel_id\"\r\n\r\n{square}\r\n");
    let files =
        "--b\r\ncontent-disposition: form-data; name=\"files\"; filename=\"x\"\r\n\r\nx\r\n";
    for form in [head.repeat(10_000), head + &files.repeat(10_000)] {
        let reply = send(&bob, "/files", form + "--b--\r\n").await;
        assert_eq!(reply.status, 400);
    }
    let other = "--b\r\ncontent-disposition: form-data; name=\"y\"\r\n\r\nx\r\n".repeat(10_000);
    for path in ["/users/me/image", "/emoji"] {
        assert_eq!(send(&admin, path, other.clone() + "--b--\r\n").await.status, 400, "{path}");
    }
    assert_eq!(bob.get("/users/me/uploads").await.expect(200), json!([]));
}

#[tokio::test]
async fn a_form_whose_parts_have_no_end_to_their_heads_is_refused() {
    let (site, _, [admin, bob], square) = places().await;
    let hook = json!({ "channel_id": square, "display_name": "x" });
    let hook = admin.post("/hooks/incoming", hook).await.expect(201);
    let start = "--b\r\ncontent-disposition: form-data; name=\"payload\"\r\n";
    for form in [start.to_owned() + &"x: y\r\n".repeat(700_000), "no boundary ".repeat(350_000)] {
        let refused = send(&bob, "/files", form.clone()).await.refused(400);
        assert_eq!(refused, "api.file.upload_file.read_request.app_error");
        assert_eq!(send(&bob, "/users/me/image", form.clone()).await.status, 400);
        let begun = json!({ "channel_id": square, "filename": "x", "file_size": 10_000_000 });
        let begun = bob.post("/uploads", begun).await.expect(201);
        let path = format!("/uploads/{}", id(&begun));
        assert_eq!(send(&bob, &path, form.clone()).await.status, 400);
        let client = reqwest::Client::new();
        let url = format!("{}/hooks/{}", site.url(), id(&hook));
        let sent = client.post(url).header("content-type", "multipart/form-data; boundary=b");
        assert_eq!(sent.body(form).send().await.unwrap().status(), 400);
    }
    // What is just long is read.
    upload(&bob, &square, &"n".repeat(300), &vec![7; 3_000_000]).await;
}

#[tokio::test]
async fn whoever_knows_no_webhook_has_nothing_read() {
    let (site, _, _, _) = places().await;
    let url = format!("{}/hooks/{}", site.url(), "y".repeat(26));
    for body in ["[".repeat(200_000), "{}".to_owned(), String::new()] {
        let answer = reqwest::Client::new().post(&url).body(body).send().await.unwrap();
        let body: serde_json::Value =
            serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        assert_eq!(body["id"], "web.incoming_webhook.invalid.app_error");
    }
}

#[tokio::test]
async fn names_of_files_lead_nowhere() {
    let (site, _, [_, bob], square) = places().await;
    let long = "n".repeat(10_000);
    for (sent, kept) in [
        ("../../../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("/etc/cron.d/x", "x"),
        ("a\u{0}b\u{7f}.txt", "ab.txt"),
        ("photo\u{202e}gpj.exe", "photogpj.exe"),
        ("\u{2066}x\u{2069}.txt", "x.txt"),
        ("CON", "CON"),
        ("NUL.txt", "NUL.txt"),
        (long.as_str(), &long[..255]),
    ] {
        let path = format!(
            "/files?channel_id={square}&filename={}",
            sent.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>()
        );
        if path.len() > 2000 {
            continue;
        }
        let reply = bob.send(Method::POST, &path, b"x".to_vec()).await.expect(201);
        assert_eq!(reply["file_infos"][0]["name"], kept);
    }
    let file = upload(&bob, &square, &long, b"x").await;
    assert_eq!(file["name"].as_str().unwrap().len(), 255);
    for nowhere in ["..", ".", "a/..", "\u{202e}", ""] {
        let form =
            Form::new().text("channel_id", square.clone()).part("files", part(nowhere, b"x"));
        bob.post_form("/files", form).await.expect(400);
    }
    let folders: Vec<_> =
        std::fs::read_dir(site.data()).unwrap().map(|f| f.unwrap().file_name()).collect();
    assert!(!folders.iter().any(|name| name == "passwd" || name == "CON"), "{folders:?}");
}

#[tokio::test]
async fn names_of_places_and_people_are_plain() {
    let (_site, team, [_, bob], _) = places().await;
    for name in
        ["../x", "a\u{0}b", "a/b", "a\\b", "\u{202e}abc", "a\r\nb", "..", "ж", &"n".repeat(10_000)]
    {
        let place = json!({ "name": name, "display_name": "x", "type": "O" });
        bob.post("/teams", place.clone()).await.expect(400);
        let mut channel = place;
        channel["team_id"] = team["id"].clone();
        bob.post("/channels", channel).await.expect(400);
        if name == ".." {
            // Dots are letters of people's names; no name becomes a path.
            continue;
        }
        bob.put("/users/me/patch", json!({ "username": name })).await.expect(400);
        let group = json!({
            "name": name, "display_name": "x", "source": "custom", "allow_reference": true,
            "user_ids": [],
        });
        bob.post("/groups", group).await.expect(400);
    }
    let long = "x".repeat(200_000);
    for patch in ["nickname", "first_name", "position", "locale"] {
        bob.put("/users/me/patch", json!({ patch: long })).await.expect(400);
    }
    bob.put("/users/me/patch", json!({ "props": { "a": long } })).await.expect(400);
    bob.put("/users/me/patch", json!({ "notify_props": { "mention_keys": long } }))
        .await
        .expect(400);
}

/// A chunk of a PNG.
fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut crc = !0_u32;
    for byte in kind.iter().chain(data) {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    let mut bytes = u32::try_from(data.len()).unwrap().to_be_bytes().to_vec();
    bytes.extend(kind);
    bytes.extend(data);
    bytes.extend((!crc).to_be_bytes());
    bytes
}

/// The beginning of a PNG that says it is so large.
fn png_of(side: u32) -> Vec<u8> {
    let mut header = side.to_be_bytes().to_vec();
    header.extend(side.to_be_bytes());
    header.extend([8, 6, 0, 0, 0]);
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    bytes.extend(chunk(b"IHDR", &header));
    bytes.extend(chunk(b"IDAT", &[0x78, 0x9c]));
    bytes
}

#[tokio::test]
async fn pictures_that_claim_to_be_huge_are_refused_before_they_are_drawn() {
    let (_site, _, [admin, bob], square) = places().await;
    let mut gif = b"GIF89a".to_vec();
    gif.extend([0xff, 0xff, 0xff, 0xff, 0, 0, 0]);
    gif.extend(b"\x2c\0\0\0\0\xff\xff\xff\xff\0\x08\x01\x00\x00;");
    let mut bmp = b"BM\x36\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0".to_vec();
    bmp.extend(60_000_u32.to_le_bytes().repeat(2));
    bmp.extend(b"\x01\0\x18\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    let mut webp = b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0".to_vec();
    webp.extend([0xff, 0xff, 0x3f, 0xff, 0xff, 0x03]);
    let large = "api.file.upload_file.large_image_detailed.app_error";
    let mut many_chunks = png_of(100);
    many_chunks.extend(chunk(b"teXt", b"x\0y").repeat(50_000));
    for (name, bytes, refused) in [
        ("a.png", png_of(100_000), Some(large)),
        ("a.png", png_of(u32::MAX), None),
        ("a.gif", gif, Some(large)),
        ("a.bmp", bmp, Some(large)),
        ("a.webp", webp, None),
        ("a.png", many_chunks, None),
        (
            "a.svg",
            format!("<svg width=\"{0}\" height=\"{0}\"/>", "9".repeat(400)).into_bytes(),
            None,
        ),
    ] {
        let form = Form::new().text("channel_id", square.clone()).part("files", part(name, &bytes));
        let reply = bob.post_form("/files", form).await;
        match refused {
            Some(refused) => assert_eq!(reply.refused(400), refused, "{name}"),
            None => assert!(matches!(reply.status, 201 | 400), "{name}: {}", reply.status),
        }
        let form = Form::new().part("image", part(name, &bytes));
        bob.post_form("/users/me/image", form).await.expect(400);
        let emoji = json!({ "name": "bomb", "creator_id": admin.id }).to_string();
        let form = Form::new().text("emoji", emoji).part("image", part(name, &bytes));
        let reply = admin.post_form("/emoji", form).await;
        let refused = if bytes.len() > 512 << 10 { 413 } else { 400 };
        assert_eq!(reply.status, refused, "{name}");
    }
    assert_eq!(admin.get("/emoji").await.expect(200), json!([]));
}

#[tokio::test]
async fn files_that_unpack_to_too_much_are_kept_and_not_searched() {
    let (site, team, [_, bob], square) = places().await;
    let bomb = |entry: &str| {
        let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default();
        archive.start_file(entry, options).unwrap();
        archive.write_all(b"<w:document><w:p><w:t>needle ").unwrap();
        for _ in 0..400 {
            archive.write_all(&[b'a'; 1 << 20]).unwrap();
        }
        archive.finish().unwrap().into_inner()
    };
    let word = bomb("word/document.xml");
    let pdf =
        format!("%PDF-1.4\n{}", "1 0 obj << /Kids [1 0 R] /Length 1 0 R >> stream\n".repeat(2000));
    for (name, bytes) in [
        ("a.docx", word.clone()),
        ("a.odt", bomb("content.xml")),
        ("a.xlsx", bomb("xl/sharedStrings.xml")),
        ("a.pdf", pdf.into_bytes()),
        ("nested.docx", {
            let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
            archive
                .start_file("word/document.xml", zip::write::SimpleFileOptions::default())
                .unwrap();
            archive.write_all(&word).unwrap();
            archive.finish().unwrap().into_inner()
        }),
    ] {
        let file = upload(&bob, &square, name, &bytes).await;
        let post = json!({ "channel_id": square, "message": name, "file_ids": [file["id"]] });
        bob.post("/posts", post).await.expect(201);
        let back = bob.get(&format!("/files/{}", id(&file))).await;
        assert_eq!(back.bytes.len(), bytes.len(), "{name}");
    }
    site.indexed().await;
    let path = format!("/teams/{}/files/search", id(&team));
    let found = bob.post(&path, json!({ "terms": "needle" })).await.expect(200);
    assert_eq!(found["order"], json!([]), "what costs too much has no text");
}
