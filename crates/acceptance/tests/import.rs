//! Taking over a bulk export.

use std::io::Cursor;
use std::sync::Arc;

use fieldpost_bulk::import::{Progress, Rejected, Watch, import};
use fieldpost_kernel::Entropy;
use fieldpost_testkit::{SeededEntropy, TestSite};
use serde_json::{Value, json};

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
    let entropy: Arc<dyn Entropy> = Arc::new(SeededEntropy::new(9));
    let mut report = Report::default();
    let store = &site.running().store;
    let progress = import(store, &entropy, Cursor::new(lines), &mut report).await.unwrap();
    (progress, report.0)
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
    assert!(posts.values().all(|post| post["message"] != "half"));
}
