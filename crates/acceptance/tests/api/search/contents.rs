//! Searching files by what stands in them.

use std::io::{Cursor, Write};

use fieldpost_testkit::{Actor, TestSite};
use serde_json::{Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{bookmark, change_file, id, private_channel, upload_to_keep};
use crate::api::upload;

async fn finds_at(actor: &Actor, path: &str, terms: &str) -> Vec<String> {
    let list = actor.post(path, json!({ "terms": terms, "is_or_search": false })).await.expect(200);
    let name = |id: &Value| list["file_infos"][id.as_str().unwrap()]["name"].clone();
    let order = list["order"].as_array().unwrap();
    order.iter().map(|id| name(id).as_str().unwrap().to_owned()).collect()
}

async fn finds(actor: &Actor, team: &Value, terms: &str) -> Vec<String> {
    finds_at(actor, &format!("/teams/{}/files/search", id(team)), terms).await
}

async fn attach(actor: &Actor, channel: &str, name: &str, bytes: &[u8]) -> Value {
    let file = upload(actor, channel, name, bytes).await;
    let post = json!({ "channel_id": channel, "message": "look", "file_ids": [file["id"]] });
    actor.post("/posts", post).await.expect(201)
}

fn archive(name: &str, content: &str) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file(name, SimpleFileOptions::default()).unwrap();
    writer.write_all(content.as_bytes()).unwrap();
    writer.finish().unwrap().into_inner()
}

fn word(text: &str) -> Vec<u8> {
    let paragraph = format!("<w:document><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:document>");
    archive("word/document.xml", &paragraph)
}

fn pdf(text: &str) -> Vec<u8> {
    let shown = format!("BT /F1 12 Tf 72 700 Td ({text}) Tj ET");
    format!(
        "%PDF-1.4\n1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj\n\
         2 0 obj << /Type /Pages /Kids [3 0 R] /Count 1 >> endobj\n\
         3 0 obj << /Type /Page /Parent 2 0 R /Contents 4 0 R >> endobj\n\
         4 0 obj << /Length {} >>\nstream\n{shown}\nendstream endobj\n\
         trailer << /Root 1 0 R >>\n%%EOF",
        shown.len()
    )
    .into_bytes()
}

#[tokio::test]
async fn files_are_found_by_what_stands_in_them() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    attach(&admin, &square, "notes.txt", "Переправа на північ, 東京都".as_bytes()).await;
    attach(&admin, &square, "list.csv", b"item,count\ngenerator,3\n").await;
    attach(&admin, &square, "order.docx", &word("The generator at the old ferry")).await;
    attach(&admin, &square, "map.odt", &archive("content.xml", "<p>a café by the ferry</p>")).await;
    attach(&admin, &square, "report.pdf", &pdf("The bridge is closed")).await;
    attach(&admin, &square, "picture.bin", b"generator").await;
    upload(&admin, &square, "draft.txt", b"a generator that nobody sent").await;
    site.indexed().await;
    for (terms, found) in [
        ("generator", vec!["order.docx", "list.csv"]),
        ("переправа", vec!["notes.txt"]),
        ("京都", vec!["notes.txt"]),
        ("cafe", vec!["map.odt"]),
        ("\"old ferry\"", vec!["order.docx"]),
        ("ferry -generator", vec!["map.odt"]),
        ("report bridge", vec!["report.pdf"]),
        ("brigde ext:pdf", vec!["report.pdf"]),
        ("gener*", vec!["order.docx", "list.csv"]),
        ("generator ext:csv", vec!["list.csv"]),
        ("generator from:bob", vec![]),
    ] {
        assert_eq!(finds(&admin, &team, terms).await, found, "{terms}");
    }
    assert_eq!(finds_at(&admin, "/files/search", "ferry").await, ["map.odt", "order.docx"]);
    // Messages are not found by what stands in files.
    let posts = admin.post("/posts/search", json!({ "terms": "ferry" })).await.expect(200);
    assert_eq!(posts["order"], json!([]));
    site.running().search.rebuild().await.unwrap();
    assert_eq!(finds(&admin, &team, "generator").await, ["order.docx", "list.csv"]);
}

#[tokio::test]
async fn what_stands_in_a_file_is_found_by_those_who_may_read_it_while_they_may() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let private = private_channel(&admin, &team).await;
    let post = attach(&admin, id(&private), "plan.docx", &word("the secret landing")).await;
    site.indexed().await;
    assert_eq!(finds(&admin, &team, "landing").await, ["plan.docx"]);
    assert_eq!(finds(&bob, &team, "landing").await, [""; 0]);
    let members = format!("/channels/{}/members", id(&private));
    admin.post(&members, json!({ "user_id": bob.id })).await.expect(201);
    assert_eq!(finds(&bob, &team, "landing").await, ["plan.docx"]);
    admin.delete(&format!("{members}/{}", bob.id)).await.expect(200);
    assert_eq!(finds(&bob, &team, "landing").await, [""; 0]);
    // An edit of the post does not lose what was read, and its end takes it away.
    let edit = json!({ "message": "look again" });
    admin.put(&format!("/posts/{}/patch", id(&post)), edit).await.expect(200);
    site.indexed().await;
    assert_eq!(finds(&admin, &team, "landing").await, ["plan.docx"]);
    let holds = || {
        let contents = site.running().search.index().current().unwrap().contents().unwrap();
        contents.iter().any(|line| line.contains("landing"))
    };
    assert!(holds());
    admin.delete(&format!("/posts/{}", id(&post))).await.expect(200);
    assert_eq!(finds(&admin, &team, "landing").await, [""; 0]);
    site.indexed().await;
    assert!(!holds());
}

#[tokio::test]
async fn the_file_of_a_bookmark_is_found_while_the_bookmark_stands_and_has_it() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    let has = |word: &str| {
        let contents = site.running().search.index().current().unwrap().contents().unwrap();
        contents.iter().any(|line| line.contains(word))
    };
    let first = upload_to_keep(&admin, &square, "a.txt", b"the landing at the harbour").await;
    let second = upload_to_keep(&admin, &square, "b.txt", b"the landing at the pier").await;
    site.indexed().await;
    assert_eq!(finds(&admin, &team, "landing").await, [""; 0]);
    let kept = bookmark(&admin, &square, &first).await;
    site.indexed().await;
    assert_eq!(finds(&admin, &team, "landing").await, ["a.txt"]);
    change_file(&admin, &kept, &second).await;
    site.indexed().await;
    assert_eq!(finds(&admin, &team, "landing").await, ["b.txt"]);
    assert!(!has("harbour"));
    admin.delete(&kept).await.expect(200);
    assert_eq!(finds(&admin, &team, "landing").await, [""; 0], "fetching refuses it by now");
    site.indexed().await;
    assert!(!has("landing"));
    site.running().search.rebuild().await.unwrap();
    assert!(!has("b.txt"), "it is in an index made anew");
    // It may become a bookmark again.
    bookmark(&admin, &square, &second).await;
    site.indexed().await;
    assert_eq!(finds(&admin, &team, "landing").await, ["b.txt"]);
}

/// Files that unpack to far more than they are, or are none, cost nobody anything.
#[tokio::test]
async fn what_cannot_be_read_is_found_by_its_name_and_holds_nobody_up() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    let spaces = " ".repeat(40 << 20);
    attach(&admin, &square, "bomb.docx", &archive("word/document.xml", &spaces)).await;
    attach(&admin, &square, "broken.xlsx", b"PK\x03\x04 and nothing else").await;
    attach(&admin, &square, "deep.pdf", &[b"%PDF-1.7 1 0 obj ", &[b'['; 4096][..]].concat()).await;
    attach(&admin, &square, "binary.txt", b"\x7fELF\0\0 word").await;
    attach(&admin, &square, "good.txt", b"a good word").await;
    admin.say(&square, "a message with a word").await;
    site.indexed().await;
    assert_eq!(finds(&admin, &team, "word").await, ["good.txt"]);
    for name in ["bomb.docx", "broken.xlsx", "deep.pdf", "binary.txt"] {
        assert_eq!(finds(&admin, &team, name).await, [name]);
    }
    assert_eq!(super::finds(&admin, &team, "word").await, ["a message with a word"]);
}
