use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::Output;

use fieldpost_testkit::Actor;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::process::{Server, run};

/// So many that neither the file nor what is said of it fits into the pipes between both.
const POSTS: usize = 3000;

fn history() -> Vec<Value> {
    let mut lines = vec![
        json!({ "type": "version", "version": 1 }),
        json!({ "type": "team", "team": { "name": "force", "display_name": "F", "type": "O" } }),
        json!({ "type": "channel", "channel": {
            "team": "force", "name": "ops", "display_name": "Operations", "type": "O" } }),
        json!({ "type": "user", "user": {
            "username": "alfa", "email": "alfa@example.com", "password": "imported password",
            "roles": "system_user", "teams": [{ "name": "force", "roles": "team_user",
            "channels": [{ "name": "ops", "roles": "channel_user" }] }] } }),
    ];
    lines.extend((0..POSTS).map(|n| {
        // Every third line is somebody's who does not exist.
        let user = if n % 3 == 0 { "nobody" } else { "alfa" };
        let message = format!("post {n} {}", "and so on ".repeat(30));
        json!({ "type": "post", "post": { "team": "force", "channel": "ops", "user": user,
            "message": message, "create_at": 1_600_000_000_000 + n } })
    }));
    lines
}

/// Runs `fieldpost import`; what it printed without the times, and the lines of its report.
fn import(file: &Path, data: &Path, more: &[&str]) -> (Output, BTreeSet<String>) {
    let report = data.join("report.jsonl");
    let mut arguments = vec!["import", file.to_str().unwrap(), "--data", data.to_str().unwrap()];
    arguments.extend(["--report", report.to_str().unwrap()]);
    arguments.extend(more);
    let output = run(&arguments);
    let report = fs::read_to_string(report).unwrap();
    (output, report.lines().map(str::to_owned).collect())
}

fn counts(output: &Output) -> Vec<String> {
    let printed = std::str::from_utf8(&output.stdout).unwrap();
    let words = printed.split([' ', ',', ';']);
    let numbers = words.filter(|word| word.parse::<u64>().is_ok()).map(str::to_owned);
    // The rate is in parentheses and the time has a point: neither is a whole number.
    numbers.collect()
}

/// What a person finds in the channel: texts and times.
async fn found(server: &Server) -> BTreeSet<(i64, String)> {
    let mut alfa: Actor = server.stranger();
    alfa.sign_in("alfa", "imported password").await;
    let team = alfa.get("/teams/name/force").await.expect(200);
    let channel = alfa.channel(&team, "ops").await;
    let mut found = BTreeSet::new();
    for page in 0.. {
        let path = format!("/channels/{channel}/posts?per_page=200&page={page}");
        let list = alfa.get(&path).await.expect(200);
        let posts = list["posts"].as_object().unwrap();
        if posts.is_empty() {
            break;
        }
        found.extend(posts.values().map(|post| {
            let message = post["message"].as_str().unwrap().to_owned();
            (post["create_at"].as_i64().unwrap(), message)
        }));
    }
    found
}

#[tokio::test]
async fn an_import_beside_a_running_server_gives_what_one_without_it_gives() {
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("export.jsonl");
    let packed = folder.path().join("export.jsonl.gz");
    let text: String = history().iter().map(|line| format!("{line}\n")).collect();
    fs::write(&plain, &text).unwrap();
    let mut encoder = GzEncoder::new(File::create(&packed).unwrap(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap();

    let (without, beside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (output, report) = import(&plain, without.path(), &[]);
    let server = Server::start(beside.path());
    let (output_beside, report_beside) = import(&packed, beside.path(), &[]);
    assert_eq!(output_beside.status.code(), Some(1), "rejected lines are a failure");
    assert_eq!(output.status, output_beside.status);
    assert_eq!(report.len(), POSTS / 3);
    assert_eq!(report, report_beside);
    assert_eq!(counts(&output), counts(&output_beside));
    assert!(counts(&output).contains(&(POSTS * 2 / 3).to_string()), "{:?}", counts(&output));

    let posts = found(&server).await;
    assert_eq!(posts.len(), POSTS * 2 / 3);
    let other = Server::start(without.path());
    assert_eq!(found(&other).await, posts);

    let (named, _) = import(&plain, beside.path(), &["--database", "postgresql://elsewhere/x"]);
    let said = std::str::from_utf8(&named.stderr).unwrap();
    assert!(said.contains("omit --database"), "{said}");
    server.terminate();
    other.terminate();
}

#[tokio::test]
async fn a_file_that_breaks_off_is_not_taken_for_a_whole_one() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let text: String = history().iter().map(|line| format!("{line}\n")).collect();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    let mut packed = encoder.finish().unwrap();
    packed.truncate(packed.len() / 2);
    let file = data.path().join("half.gz");
    fs::write(&file, packed).unwrap();
    let (output, _) = import(&file, data.path(), &[]);
    assert_eq!(output.status.code(), Some(1));
    let said = std::str::from_utf8(&output.stderr).unwrap();
    assert!(said.contains("fieldpost: the file: "), "{said}");
    server.stranger().get("/system/ping").await.expect(200);
    server.terminate();
}
