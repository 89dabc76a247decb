use crate::process::{Server, run};

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn a_server_that_is_asked_to_stop_exits_with_0() {
    let data = tempfile::tempdir().unwrap();
    assert_eq!(Server::start(data.path()).terminate(), Some(0));
}

#[test]
fn routes_lists_each_operation_once() {
    let output = run(&["routes", "--json"]);
    assert!(output.status.success());
    let rows: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
    // Beside the operations that some client knows, there are our own.
    let ours = |row: &&serde_json::Value| {
        let path = row["path"].as_str().unwrap();
        path.starts_with("/api/v4/fieldpost/") || path == "/api/v4/openapi.json"
    };
    assert_eq!(rows.iter().filter(|row| !ours(row)).count(), 590);
    let served = |path: &str| {
        let row = rows.iter().find(|r| r["method"] == "POST" && r["path"] == path);
        row.unwrap()["served"].as_bool().unwrap()
    };
    assert!(served("/api/v4/posts"));
    assert!(!served("/api/v4/ldap/sync"));
}

#[test]
fn routes_lists_each_event_once() {
    let output = run(&["routes", "--events", "--json"]);
    assert!(output.status.success());
    let rows: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(rows.len(), 87);
    let served =
        |name: &str| rows.iter().find(|row| row["event"] == name).unwrap()["served"].clone();
    assert_eq!((served("posted"), served("plugin_enabled")), (true.into(), false.into()));
    let shown = run(&["routes"]);
    assert!(text(&shown.stdout).contains("\nserved   tier 1  event  posted\n"));
    assert!(text(&shown.stdout).contains("of 87 events are told"));
}

#[test]
fn the_page_of_what_is_served_is_as_the_program_writes_it() {
    let output = run(&["routes", "--markdown"]);
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/compatibility.md");
    let written = std::fs::read_to_string(page).unwrap();
    assert!(
        text(&output.stdout) == written,
        "docs/compatibility.md is not up to date; write it anew with `make compatibility`"
    );
}

#[test]
fn a_backup_of_nothing_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let file = folder.path().join("x.backup");
    let output = run(&["backup", file.to_str().unwrap(), "--data", data]);
    assert!(!output.status.success());
    assert!(text(&output.stderr).contains("there is no embedded database"));
    assert!(!file.exists());
}

#[test]
fn without_a_command_help_is_shown() {
    let output = run(&[]);
    assert!(!output.status.success());
    assert!(text(&output.stderr).contains("serve"));
}

#[test]
fn settings_are_shown_and_mistakes_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let file = folder.path().join("fieldpost.toml");
    std::fs::write(&file, "[database]\nurl = \"postgresql://me:s3cret@db/x\"\n").unwrap();
    let shown = run(&["config", "show", "--data", data]);
    assert!(text(&shown.stdout).contains("postgresql://me:********@db/x"));
    assert!(!text(&shown.stdout).contains("s3cret"));
    std::fs::write(&file, "[server]\nport = 1\n").unwrap();
    let checked = run(&["config", "check", "--data", data]);
    assert!(!checked.status.success());
    assert!(text(&checked.stderr).contains("port"), "{}", text(&checked.stderr));
}

#[test]
fn two_servers_do_not_share_a_directory() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let second =
        run(&["serve", "--listen", "127.0.0.1:0", "--data", data.path().to_str().unwrap()]);
    assert!(!second.status.success());
    assert!(text(&second.stderr).contains("in use"), "{}", text(&second.stderr));
    server.terminate();
}
