//! `fieldpost export`, and an import that was interrupted.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::Stdio;

use serde_json::json;

use crate::process::{fieldpost, run};

/// A history in the format, of as many posts.
fn history(posts: u64) -> String {
    let mut lines = vec![
        json!({ "type": "version", "version": 1 }),
        json!({ "type": "team", "team": { "name": "force", "display_name": "F", "type": "O" } }),
        json!({ "type": "channel", "channel": {
            "team": "force", "name": "ops", "display_name": "Operations", "type": "O" } }),
    ];
    for name in ["alfa", "bravo"] {
        lines.push(json!({ "type": "user", "user": {
            "username": name, "email": format!("{name}@example.com"), "roles": "system_user",
            "teams": [{ "name": "force", "roles": "team_user",
                        "channels": [{ "name": "ops", "roles": "channel_user" }] }],
        } }));
    }
    for n in 0..posts {
        let at = 1_600_000_000_000 + n * 1000;
        lines.push(json!({ "type": "post", "post": {
            "team": "force", "channel": "ops", "user": "alfa", "message": format!("post {n}"),
            "create_at": at, "is_pinned": n % 7 == 0,
            "replies": [{ "user": "bravo", "message": "reply", "create_at": at + 1 }],
            "reactions": [{ "user": "bravo", "emoji_name": "eyes", "create_at": at + 2 }],
        } }));
    }
    lines.push(json!({ "type": "direct_post", "direct_post": {
        "channel_members": ["alfa", "bravo"], "user": "alfa", "message": "between us",
        "create_at": 1_600_000_000_500u64 } }));
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn import(file: &Path, data: &Path) {
    let output = run(&["import", text(file), "--data", text(data)]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn export(data: &Path, file: &Path) -> String {
    let output = run(&["export", text(file), "--data", text(data)]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::read_to_string(file).unwrap()
}

/// Begins to take over the first lines of a history, and is killed after them: the last of them
/// is one that is rejected, and once that is heard the ones before it are on disk.
fn killed_after(lines: &[&str], more: &[&str], data: &Path) {
    let mut child = fieldpost()
        .args(["import", "-", "--data", text(data)])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let wrong = json!({ "type": "post", "post": { "team": "force", "channel": "ops",
        "user": "nobody", "message": "?", "create_at": 1 } });
    writeln!(stdin, "{}\n{wrong}", lines.join("\n")).unwrap();
    let mut said = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut said).unwrap();
    assert!(said.contains("no user is called nobody"), "it said {said:?}");
    // These are on their way when it ends.
    stdin.write_all(more.join("\n").as_bytes()).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn an_import_that_was_killed_and_is_run_again_ends_like_one_that_was_not() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("foreign.jsonl"), history(300)).unwrap();
    import(&at("foreign.jsonl"), &at("origin"));
    // With ids in it, so that both sites can be compared to the byte.
    let whole = export(&at("origin"), &at("history.jsonl"));
    import(&at("history.jsonl"), &at("uninterrupted"));
    let lines: Vec<&str> = whole.lines().collect();
    for (end, more) in [(5, 40), (150, 30), (280, 20)] {
        killed_after(&lines[..end], &lines[end..end + more], &at("interrupted"));
    }
    import(&at("history.jsonl"), &at("interrupted"));
    let expected = export(&at("uninterrupted"), &at("uninterrupted.jsonl"));
    assert_eq!(expected, export(&at("interrupted"), &at("interrupted.jsonl")));
    assert_eq!(expected, whole);
    // And a third time, everything is known.
    let file = at("history.jsonl");
    let again = run(&["import", text(&file), "--data", text(&at("interrupted"))]);
    let said = String::from_utf8_lossy(&again.stdout);
    assert!(said.contains(" 0 posts ") && said.contains(" 0 reactions;"), "{said}");
}

#[test]
fn a_history_without_ids_is_resumed_too() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let whole = history(100);
    fs::write(at("foreign.jsonl"), &whole).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    killed_after(&lines[..60], &lines[60..90], &at("interrupted"));
    import(&at("foreign.jsonl"), &at("interrupted"));
    import(&at("foreign.jsonl"), &at("uninterrupted"));
    let without_ids = |text: String| {
        let mut lines: Vec<String> = text
            .lines()
            .map(|line| {
                let mut line: serde_json::Value = serde_json::from_str(line).unwrap();
                forget_ours(&mut line);
                line.to_string()
            })
            .collect();
        lines.sort_unstable();
        lines
    };
    let resumed = without_ids(export(&at("interrupted"), &at("a.jsonl")));
    assert_eq!(resumed, without_ids(export(&at("uninterrupted"), &at("b.jsonl"))));
    assert!(resumed.len() > 100);
}

fn forget_ours(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(fields) => {
            fields.remove("fieldpost");
            fields.values_mut().for_each(forget_ours);
        }
        serde_json::Value::Array(values) => values.iter_mut().for_each(forget_ours),
        _ => {}
    }
}

#[test]
fn an_export_touches_no_file_and_makes_no_site() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (file, nowhere) = (at("a.jsonl"), at("nowhere"));
    let refused = run(&["export", text(&file), "--data", text(&nowhere)]);
    assert!(!refused.status.success());
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains("there is no embedded database"), "{said}");
    assert!(!file.exists() && !nowhere.exists());

    fs::write(at("foreign.jsonl"), history(1)).unwrap();
    import(&at("foreign.jsonl"), &at("data"));
    fs::write(&file, "mine").unwrap();
    assert!(!run(&["export", text(&file), "--data", text(&at("data"))]).status.success());
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    // What fails leaves nothing.
    let other = at("b.jsonl");
    let unknown = run(&["export", text(&other), "--data", text(&at("data")), "--team", "none"]);
    assert!(!unknown.status.success() && !other.exists());
    let printed = run(&["export", "-", "--data", text(&at("data"))]);
    assert!(printed.stdout.starts_with(b"{\"type\":\"version\""));
    assert_eq!(String::from_utf8_lossy(&printed.stdout), export(&at("data"), &other));
}
