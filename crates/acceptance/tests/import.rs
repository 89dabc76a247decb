//! Taking over a bulk export.

use std::io::{Cursor, Write};
use std::sync::Arc;

use fieldpost_blobs::Blobs;
use fieldpost_bulk::Source;
use fieldpost_bulk::import::{Limits, Progress, Rejected, Target, Watch, import};
use fieldpost_testkit::{Actor, SeededEntropy, TestSite};
use serde_json::{Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::api::png;

/// The largest file that these sites accept, in bytes.
const LARGEST: u64 = 10_000;

#[derive(Default)]
struct Report(Vec<Rejected>);

impl Watch for Report {
    fn progress(&mut self, _: &Progress) {}

    fn rejected(&mut self, rejected: &Rejected) {
        self.0.push(rejected.clone());
    }
}

fn lines(lines: &[Value]) -> Vec<u8> {
    lines.iter().map(|line| format!("{line}\n")).collect::<String>().into_bytes()
}

fn person(name: &str) -> Value {
    json!({ "type": "user", "user": {
        "username": name, "email": format!("{name}@example.com"), "password": "imported password",
        "roles": "system_user", "first_name": name,
        "teams": [{ "name": "force", "roles": "team_user", "channels": [
            { "name": "ops", "roles": "channel_user" },
        ] }],
    } })
}

fn history() -> Vec<Value> {
    vec![
        json!({ "type": "version", "version": 1 }),
        json!({ "type": "team", "team": {
            "name": "force", "display_name": "Task Force", "type": "O" } }),
        json!({ "type": "channel", "channel": {
            "team": "force", "name": "ops", "display_name": "Operations", "type": "P" } }),
        person("alfa"),
        person("bravo"),
        json!({ "type": "post", "post": {
            "team": "force", "channel": "ops", "user": "alfa", "message": "root",
            "create_at": 1_600_000_000_000i64, "is_pinned": true,
            "reactions": [{ "user": "bravo", "emoji_name": "thumbsup",
                            "create_at": 1_600_000_000_500i64 }],
            "replies": [{ "user": "bravo", "message": "reply", "create_at": 1_600_000_001_000i64 }],
        } }),
        json!({ "type": "direct_channel", "direct_channel": { "members": ["alfa", "bravo"] } }),
        json!({ "type": "direct_post", "direct_post": {
            "channel_members": ["alfa", "bravo"], "user": "alfa", "message": "between us",
            "create_at": 1_600_000_002_000i64 } }),
    ]
}

async fn taken_over(site: &TestSite, lines: Vec<u8>) -> (Progress, Vec<Rejected>) {
    taken_over_from(site, Source::of(Cursor::new(lines)).unwrap()).await
}

pub(crate) async fn taken_over_from(site: &TestSite, source: Source) -> (Progress, Vec<Rejected>) {
    let store = site.running().store.clone();
    let blobs = Blobs::open(&site.data().join("files")).await.unwrap();
    let limits = Limits { largest_file: LARGEST, most_pixels: 1_000_000 };
    let target = Target::new(store, blobs, Arc::new(SeededEntropy::new(9)), limits);
    let mut report = Report::default();
    let progress = import(&target, source, &mut report).await.unwrap();
    (progress, report.0)
}

#[tokio::test]
async fn threads_that_were_taken_over_are_followed_and_read() {
    let site = TestSite::start().await;
    taken_over(&site, lines(&history())).await;
    for name in ["alfa", "bravo"] {
        let mut person = site.stranger();
        person.sign_in(name, "imported password").await;
        let team = person.get("/teams/name/force").await.expect(200);
        let path = format!("/users/me/teams/{}/threads", team["id"].as_str().unwrap());
        let list = person.get(&path).await.expect(200);
        assert_eq!((&list["total"], &list["total_unread_threads"]), (&json!(1), &json!(0)));
        assert_eq!(list["threads"][0]["post"]["message"], "root");
        assert_eq!(list["threads"][0]["last_viewed_at"], 1_600_000_001_000_i64);
    }
}

/// An archive of lines and other entries.
fn archive(lines: &[u8], entries: &[(&str, &[u8])]) -> Source {
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut zip = ZipWriter::new(file.reopen().unwrap());
    for (name, bytes) in [("export.jsonl", lines)].iter().chain(entries) {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
    Source::open(file.path()).unwrap()
}

/// A post of alfa's with attachments.
fn with_attachments(message: &str, paths: &[&str]) -> Value {
    let attachments: Vec<Value> = paths.iter().map(|path| json!({ "path": path })).collect();
    json!({ "type": "post", "post": {
        "team": "force", "channel": "ops", "user": "alfa", "message": message,
        "create_at": 1_600_000_100_000i64, "attachments": attachments,
    } })
}

/// The posts of the channel, by their texts.
async fn posts_of(site: &TestSite) -> (Actor, Vec<Value>) {
    let mut alfa = site.stranger();
    alfa.sign_in("alfa", "imported password").await;
    let team = alfa.get("/teams/name/force").await.expect(200);
    let ops = alfa.channel(&team, "ops").await;
    let list = alfa.get(&format!("/channels/{ops}/posts")).await.expect(200);
    let posts = list["posts"].as_object().unwrap().values().cloned().collect();
    (alfa, posts)
}

#[tokio::test]
async fn a_history_is_taken_over_whole_and_only_once() {
    let site = TestSite::start().await;
    let (progress, rejected) = taken_over(&site, lines(&history())).await;
    assert_eq!(rejected, []);
    assert_eq!((progress.people, progress.posts, progress.reactions), (2, 3, 1));
    let mut alfa = site.stranger();
    alfa.sign_in("alfa", "imported password").await;
    let team = alfa.get("/teams/name/force").await.expect(200);
    let ops = alfa.channel(&team, "ops").await;
    let list = alfa.get(&format!("/channels/{ops}/posts")).await.expect(200);
    let posts: Vec<&Value> = list["posts"].as_object().unwrap().values().collect();
    let root = posts.iter().find(|post| post["message"] == "root").unwrap();
    let reply = posts.iter().find(|post| post["message"] == "reply").unwrap();
    assert_eq!(root["create_at"], 1_600_000_000_000i64);
    assert_eq!(root["is_pinned"], true);
    assert_eq!(root["metadata"]["reactions"][0]["emoji_name"], "thumbsup");
    assert_eq!(root["metadata"]["reactions"][0]["create_at"], 1_600_000_000_500i64);
    assert_eq!(reply["root_id"], root["id"]);
    // What was read elsewhere is read.
    let unread = alfa.get(&format!("/users/me/channels/{ops}/unread")).await.expect(200);
    assert_eq!(unread["msg_count"], 0);

    let (again, rejected) = taken_over(&site, lines(&history())).await;
    assert_eq!((again.posts, again.reactions, rejected.len()), (0, 0, 0));
    let list = alfa.get(&format!("/channels/{ops}/posts")).await.expect(200);
    assert_eq!(list["posts"].as_object().unwrap().len(), posts.len());
}

#[tokio::test]
async fn a_file_takes_nobodys_account_by_its_id() {
    let site = TestSite::start().await;
    let (admin, _) = site.administrator_with_team("force").await;
    let mallory = json!({ "type": "user", "user": {
        "username": "mallory", "email": "mallory@example.com", "password": "imported password",
        "fieldpost": { "id": admin.id },
    } });
    let file = lines(&[json!({ "type": "version", "version": 1 }), mallory]);
    let (_, rejected) = taken_over(&site, file).await;
    let named: Vec<&str> = rejected.iter().map(|rejected| rejected.id.as_str()).collect();
    assert_eq!(named, ["api.fieldpost.import.renamed"]);
    assert_eq!(admin.get("/users/me").await.expect(200)["username"], "admin");
    let login = json!({ "login_id": "mallory", "password": "imported password" });
    site.stranger().post("/users/login", login).await.refused(401);
}

#[tokio::test]
async fn each_line_that_cannot_be_taken_over_is_named_and_leaves_nothing() {
    let site = TestSite::start().await;
    let mut history = history();
    history.insert(
        5,
        json!({ "type": "post", "post": {
        "team": "force", "channel": "ops", "user": "alfa", "message": "half",
        "create_at": 1_600_000_005_000i64,
        "replies": [{ "user": "nobody", "message": "reply", "create_at": 1_600_000_006_000i64 }],
    } }),
    );
    let mut bytes = lines(&history);
    bytes.extend_from_slice(b"{ not json\n");
    bytes.extend_from_slice(br#"{"type":"user","user":{"username":"No Good","email":"x@y.z"}}"#);
    let (progress, rejected) = taken_over(&site, bytes).await;
    let mut named: Vec<(u64, &str)> = rejected.iter().map(|r| (r.line, r.id.as_str())).collect();
    named.sort_unstable();
    assert_eq!(
        named,
        [
            (6, "app.import.user_not_found.error"),
            (10, "app.import.bulk_import.json_decode.error"),
            (11, "app.import.validate_user_import_data.username_invalid.error"),
        ]
    );
    assert_eq!(progress.rejected, 3);
    let mut alfa = site.stranger();
    alfa.sign_in("alfa", "imported password").await;
    let team = alfa.get("/teams/name/force").await.expect(200);
    let ops = alfa.channel(&team, "ops").await;
    let list = alfa.get(&format!("/channels/{ops}/posts")).await.expect(200);
    let posts = list["posts"].as_object().unwrap();
    assert!(!posts.is_empty() && posts.values().all(|post| post["message"] != "half"));
}

#[tokio::test]
async fn attachments_are_files_like_any_other() {
    let site = TestSite::start().await;
    let mut history = history();
    // One path begins below the folder of attachments, one above it.
    history.insert(5, with_attachments("look", &["20200913/a b/photo.png", "data/plan.txt"]));
    history[6]["post"]["replies"][0]["attachments"] = json!([{ "path": "answer.txt" }]);
    let photo = png(300, 100);
    let entries: [(&str, &[u8]); 4] = [
        ("data/20200913/a b/photo.png", &photo),
        ("data/plan.txt", b"attack at dawn"),
        ("data/answer.txt", b"no"),
        ("data/unused.txt", b"?"),
    ];
    let (progress, rejected) = taken_over_from(&site, archive(&lines(&history), &entries)).await;
    assert_eq!(rejected, []);
    assert_eq!((progress.posts, progress.files), (4, 3));
    let (alfa, posts) = posts_of(&site).await;
    let post = posts.iter().find(|post| post["message"] == "look").unwrap();
    let files = post["metadata"]["files"].as_array().unwrap();
    let file = |name: &str| files.iter().find(|file| file["name"] == name).unwrap();
    let (seen, plan) = (file("photo.png"), file("plan.txt"));
    assert_eq!((&seen["width"], &seen["has_preview_image"]), (&json!(300), &json!(true)));
    assert_eq!(seen["create_at"], 1_600_000_100_000i64);
    let path = |file: &Value| format!("/files/{}", file["id"].as_str().unwrap());
    assert_eq!(alfa.get(&path(seen)).await.bytes, photo);
    assert_eq!(alfa.get(&format!("{}/preview", path(seen))).await.status, 200);
    assert_eq!(alfa.get(&path(plan)).await.bytes, b"attack at dawn");

    let (again, rejected) = taken_over_from(&site, archive(&lines(&history), &entries)).await;
    assert_eq!((again.posts, again.files, rejected.len()), (0, 0, 0));
    let (_, now) = posts_of(&site).await;
    assert_eq!(now.len(), posts.len());
}

#[tokio::test]
async fn a_line_whose_attachments_cannot_be_had_leaves_nothing() {
    let site = TestSite::start().await;
    let mut history = history();
    let large = vec![0; LARGEST as usize + 1];
    for (message, paths) in [
        ("gone", ["here.txt", "missing.txt"]),
        ("outside", ["here.txt", "../here.txt"]),
        ("large", ["here.txt", "large.txt"]),
    ] {
        history.insert(5, with_attachments(message, &paths));
    }
    let entries: [(&str, &[u8]); 3] =
        [("data/here.txt", b"here"), ("here.txt", b"there"), ("data/large.txt", &large)];
    let (_, mut rejected) = taken_over_from(&site, archive(&lines(&history), &entries)).await;
    rejected.sort_by_key(|rejected| rejected.line);
    let named: Vec<(u64, &str)> = rejected.iter().map(|r| (r.line, r.id.as_str())).collect();
    assert_eq!(
        named,
        [
            (6, "api.fieldpost.import.attachment_too_large"),
            (7, "api.fieldpost.import.attachment_path"),
            (8, "api.fieldpost.import.attachment_missing"),
        ]
    );
    assert!(rejected[2].why.contains("missing.txt"), "{}", rejected[2].why);
    let (_, posts) = posts_of(&site).await;
    let there = |message: &str| posts.iter().any(|post| post["message"] == message);
    assert!(there("root") && !there("gone") && !there("outside") && !there("large"));
    let files = "SELECT count(*) FROM file";
    let files = site.running().store.read(move |rows| rows_count(rows, files)).await.unwrap();
    assert_eq!(files, 0);
}

fn rows_count(rows: &mut dyn fieldpost_kernel::Rows, sql: &str) -> fieldpost_kernel::Outcome<i64> {
    fieldpost_kernel::RowsExt::count(rows, sql, &[])
}

#[tokio::test]
async fn attachments_without_an_archive_are_refused() {
    let site = TestSite::start().await;
    let mut history = history();
    history.insert(5, with_attachments("look", &["photo.png"]));
    let (progress, rejected) = taken_over(&site, lines(&history)).await;
    assert_eq!(progress.rejected, 1);
    assert_eq!(
        (rejected[0].line, rejected[0].id.as_str()),
        (6, "api.fieldpost.import.attachments")
    );
}

#[tokio::test]
async fn a_place_that_is_known_is_brought_up_to_date() {
    let site = TestSite::start().await;
    let mut history = history();
    history[5]["post"]["edit_at"] = json!(1_600_000_000_900i64);
    let (_, rejected) = taken_over(&site, lines(&history)).await;
    assert_eq!(rejected, []);
    history[2]["channel"]["header"] = json!("a new header");
    history.push(json!({ "type": "direct_channel", "direct_channel": {
        "members": ["bravo", "alfa"], "header": "ours" } }));
    let (_, rejected) = taken_over(&site, lines(&history)).await;
    assert_eq!(rejected, []);
    let (alfa, posts) = posts_of(&site).await;
    let root = posts.iter().find(|post| post["message"] == "root").unwrap();
    assert_eq!(root["edit_at"], 1_600_000_000_900i64);
    let team = alfa.get("/teams/name/force").await.expect(200);
    let ops = alfa.channel(&team, "ops").await;
    let ops = alfa.get(&format!("/channels/{ops}")).await.expect(200);
    assert_eq!(
        (&ops["header"], &ops["display_name"]),
        (&json!("a new header"), &json!("Operations"))
    );
    let mine = alfa.get("/users/me/channels").await.expect(200);
    let direct = mine.as_array().unwrap().iter().find(|channel| channel["type"] == "D").unwrap();
    assert_eq!(direct["header"], "ours");
}
