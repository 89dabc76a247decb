use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::Output;
use std::thread;

use serde_json::{Value, json};

use crate::process::{Server, run};

/// A request as a stand-in for a server hears it: method, path and body.
type Heard = (String, String, Value);

/// Reads one request; none if the other side had nothing to say.
fn heard(stream: &mut UnixStream) -> Option<Heard> {
    let mut bytes = Vec::new();
    loop {
        let mut piece = [0; 4096];
        let length = stream.read(&mut piece).unwrap();
        if length == 0 {
            return None;
        }
        bytes.extend_from_slice(&piece[..length]);
        let text = String::from_utf8(bytes.clone()).unwrap();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let header =
            |line: &str| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok();
        let expected: usize = head.lines().find_map(header).unwrap_or(0);
        if body.len() == expected {
            let mut words = head.split(' ').map(str::to_owned);
            let body =
                if expected == 0 { Value::Null } else { serde_json::from_str(body).unwrap() };
            return Some((words.next().unwrap(), words.next().unwrap(), body));
        }
    }
}

/// Runs `fieldpost link …` beside a stand-in for a server, which gives this answer; what it was
/// asked, and what the command printed.
fn link(arguments: &[&str], status: u16, answer: &Value) -> (Heard, Output) {
    let folder = tempfile::tempdir().unwrap();
    let listener = UnixListener::bind(folder.path().join("fieldpost.sock")).unwrap();
    let answer = answer.to_string();
    let server = thread::spawn(move || {
        loop {
            let (mut stream, _) = listener.accept().unwrap();
            let Some(request) = heard(&mut stream) else { continue };
            let length = answer.len();
            let head = format!("HTTP/1.1 {status} Said\r\ncontent-length: {length}\r\n\r\n");
            stream.write_all(format!("{head}{answer}").as_bytes()).unwrap();
            return request;
        }
    });
    let data = folder.path().to_str().unwrap();
    let output = run(&[&["link"], arguments, &["--data", data]].concat());
    // A command that asked for nothing must not be waited for.
    if let Ok(mut stream) = UnixStream::connect(folder.path().join("fieldpost.sock")) {
        drop(stream.write_all(b"NOTHING / HTTP/1.1\r\n\r\n"));
    }
    (server.join().unwrap(), output)
}

fn printed(output: &Output) -> &str {
    assert!(output.status.success(), "{}", std::str::from_utf8(&output.stderr).unwrap());
    std::str::from_utf8(&output.stdout).unwrap()
}

fn post(path: &str, body: Value) -> Heard {
    ("POST".to_owned(), format!("/api/v4/fieldpost/link{path}"), body)
}

#[test]
fn an_invitation_is_one_line_and_is_accepted_with_the_other_sites_name() {
    let (asked, output) = link(&["invite"], 201, &json!({ "code": "fp1-abc" }));
    assert_eq!(asked, post("/invite", json!({})));
    assert_eq!(printed(&output), "fp1-abc\n");

    let (asked, output) =
        link(&["invite", "--address", "hq:8066"], 201, &json!({ "code": "fp1-abc" }));
    assert_eq!(asked, post("/invite", json!({ "address": "hq:8066" })));
    assert_eq!(printed(&output), "fp1-abc\n");

    let (asked, output) = link(&["accept", "fp1-abc"], 201, &json!({ "site": "hq", "id": "0123" }));
    assert_eq!(asked, post("/accept", json!({ "code": "fp1-abc" })));
    assert_eq!(printed(&output), "Linked with hq\n");
}

#[test]
fn links_and_what_is_shared_are_changed_by_name() {
    let done = json!({ "status": "OK" });
    for (arguments, path, body) in [
        (
            &["share", "alpha:ops", "--with", "edge"][..],
            "/edge/share",
            json!({ "channel": "alpha:ops" }),
        ),
        (&["share", "--all", "--with", "edge"], "/edge/share", json!({ "all": true })),
        (
            &["unshare", "alpha:ops", "--with", "a/b"],
            "/a%2Fb/unshare",
            json!({ "channel": "alpha:ops" }),
        ),
        (&["unshare", "--all", "--with", "edge"], "/edge/unshare", json!({ "all": true })),
        (
            &["accept-share", "alpha:ops", "--with", "edge"],
            "/edge/offers/alpha%3Aops/accept",
            json!({}),
        ),
        (&["decline-share", "abc", "--with", "a/b"], "/a%2Fb/offers/abc/decline", json!({})),
        (
            &["read-only", "alpha:ops", "--with", "edge"],
            "/edge/read_only",
            json!({ "channel": "alpha:ops" }),
        ),
        (
            &["read-write", "alpha:ops", "--with", "a/b"],
            "/a%2Fb/read_write",
            json!({ "channel": "alpha:ops" }),
        ),
        (&["allow-direct", "--with", "edge"], "/edge/direct/allow", json!({})),
        (&["end-direct", "--with", "a/b"], "/a%2Fb/direct/end", json!({})),
        (&["pause", "--with", "edge"], "/edge/pause", json!({})),
        (&["resume", "--with", "edge"], "/edge/resume", json!({})),
        (&["silence", "--with", "edge"], "/edge/silence", json!({})),
        (&["forget", "--with", "edge"], "/edge/forget", json!({})),
    ] {
        let (asked, output) = link(arguments, 200, &done);
        assert_eq!(asked, post(path, body));
        assert!(printed(&output).contains(arguments.last().unwrap()));
    }
    let (asked, output) = link(&["remove", "--with", "edge"], 200, &done);
    let removed = ("DELETE".to_owned(), "/api/v4/fieldpost/link/edge".to_owned(), Value::Null);
    assert_eq!(asked, removed);
    assert_eq!(printed(&output), "Removed the link with edge\n");

    let neither = run(&["link", "share", "--with", "edge"]);
    assert_eq!(neither.status.code(), Some(2), "a channel or --all must be said");
    let both = run(&["link", "share", "alpha:ops", "--all", "--with", "edge"]);
    assert_eq!(both.status.code(), Some(2));
}

#[test]
fn a_budget_that_is_not_one_is_refused_in_the_servers_words() {
    let envelope = json!({ "id": "x", "message": "The window is empty.", "status_code": 400 });
    let windows = ["--window", "sat 22:00-22:00", "--window", "08:00-09:00"];
    let (asked, output) =
        link(&[&["budget", "--with", "edge"][..], &windows].concat(), 400, &envelope);
    let windows = json!({ "windows": ["sat 22:00-22:00", "08:00-09:00"] });
    assert_eq!(asked, post("/edge/budget", windows));
    assert_eq!(std::str::from_utf8(&output.stderr).unwrap(), "fieldpost: The window is empty.\n");

    let (asked, _) = link(&["budget", "--with", "edge", "--no-window"], 400, &envelope);
    assert_eq!(asked, post("/edge/budget", json!({ "windows": [] })));

    for (rate, said) in [("32000", json!(32_000)), ("none", Value::Null)] {
        let (asked, _) = link(&["budget", "--with", "edge", "--rate", rate], 400, &envelope);
        assert_eq!(asked, post("/edge/budget", json!({ "rate": said })));
    }
    for rate in ["fast", "-1", "1.5", ""] {
        let neither = run(&["link", "budget", "--with", "edge", "--rate", rate]);
        assert_eq!(neither.status.code(), Some(2), "{rate}");
    }
    let both = run(&["link", "budget", "--with", "edge", "--no-window", "--window", "08:00-09:00"]);
    assert_eq!(both.status.code(), Some(2));
}

#[test]
fn a_budget_is_printed_without_setting_anything() {
    let status = json!({ "site": "hq", "listening": "", "peers": [
        { "site": "edge", "id": "02", "window": { "open": true, "next": 0 }, "budget": {
            "windows": []
        } },
    ]});
    let (asked, output) = link(&["budget", "--with", "02"], 200, &status);
    assert_eq!(asked, ("GET".to_owned(), "/api/v4/fieldpost/link".to_owned(), Value::Null));
    assert_eq!(printed(&output), "edge: open at any time\n");

    let (_, output) = link(&["budget", "--with", "nobody"], 200, &status);
    let said = std::str::from_utf8(&output.stderr).unwrap();
    assert_eq!(said, "fieldpost: this site is not linked with \"nobody\"\n");
}

#[test]
fn which_files_come_is_set_and_printed() {
    let refused = json!({ "id": "x", "message": "\"png\" is no media type.", "status_code": 400 });
    let set = ["--largest", "none", "--largest-thin", "9000", "--type", "png", "--type", "a/b"];
    let (asked, output) = link(&[&["files", "--with", "edge"][..], &set].concat(), 400, &refused);
    let body = json!({ "largest": null, "largest_thin": 9000, "types": ["png", "a/b"] });
    assert_eq!(asked, post("/edge/files", body));
    let said = std::str::from_utf8(&output.stderr).unwrap();
    assert_eq!(said, "fieldpost: \"png\" is no media type.\n");
    let (asked, _) = link(&["files", "--with", "edge", "--any-type"], 400, &refused);
    assert_eq!(asked, post("/edge/files", json!({ "types": [] })));
    for bad in [&["--largest", "1k"][..], &["--any-type", "--type", "a/b"]] {
        let neither = run(&[&["link", "files", "--with", "edge"][..], bad].concat());
        assert_eq!(neither.status.code(), Some(2), "{bad:?}");
    }
    let gives = ["--gives-largest", "5000", "--gives-type", "image/*"];
    let (asked, _) = link(&[&["files", "--with", "edge"][..], &gives].concat(), 400, &refused);
    let body = json!({ "gives_largest": 5000, "gives_types": ["image/*"] });
    assert_eq!(asked, post("/edge/files", body));
    let files = json!({ "largest": 700, "largest_thin": null, "types": [], "waiting": 1,
        "waiting_bytes": 900, "gives_largest": 5000, "gives_types": [] });
    let status = json!({ "site": "hq", "listening": "", "peers": [
        { "site": "edge", "id": "02", "files": files },
    ]});
    let (asked, output) = link(&["files", "--with", "edge"], 200, &status);
    assert_eq!(asked, ("GET".to_owned(), "/api/v4/fieldpost/link".to_owned(), Value::Null));
    let printed = printed(&output);
    assert!(printed.starts_with("edge: files up to 700 B come by themselves\n"), "{printed}");
    assert!(printed.contains("1 file, 900 B, waits to be asked for"), "{printed}");
    assert!(printed.contains("gives files up to 5000 B, any type"), "{printed}");
}

#[test]
fn the_state_is_printed_for_programs_and_for_people() {
    let status = json!({ "site": "hq", "id": "01", "listening": "0.0.0.0:8066", "peers": [{
        "site": "edge", "id": "02", "state": "connected",
        "backlog": { "changes": 3, "bytes": 900 }, "last_contact": 1,
        "sent_bytes": 10, "received_bytes": 20, "share_all": false,
        "shared": [{ "channel": "alpha:ops", "channel_id": "c", "hash": "ab", "peer_hash": "" }],
    }]});
    let (asked, output) = link(&["status", "--json"], 200, &status);
    let path = "/api/v4/fieldpost/link".to_owned();
    assert_eq!(asked, ("GET".to_owned(), path, Value::Null));
    assert_eq!(serde_json::from_str::<Value>(printed(&output)).unwrap(), status);

    let (_, output) = link(&["status"], 200, &status);
    let shown = printed(&output);
    assert!(shown.starts_with("hq, called at 0.0.0.0:8066\n"), "{shown}");
    assert!(shown.contains("edge: connected"), "{shown}");
    assert!(shown.contains("alpha:ops"), "{shown}");
}

#[test]
fn offers_are_listed_of_all_sites_or_of_one() {
    let offer = |channel: &str| json!([{ "channel": channel, "channel_id": "c", "team": "alpha", "offered_at": 1 }]);
    let status = json!({ "site": "hq", "listening": "", "peers": [
        { "site": "edge", "id": "02", "state": "connected", "offers": offer("alpha:ops") },
        { "site": "ship", "id": "03", "state": "down", "offers": offer("alpha:deck") },
    ]});
    let (asked, output) = link(&["offers"], 200, &status);
    assert_eq!(asked, ("GET".to_owned(), "/api/v4/fieldpost/link".to_owned(), Value::Null));
    let shown = printed(&output);
    assert!(shown.contains("alpha:ops") && shown.contains("alpha:deck"), "{shown}");

    let (_, output) = link(&["offers", "--with", "03"], 200, &status);
    let shown = printed(&output);
    assert!(shown.starts_with("ship ") && !shown.contains("alpha:ops"), "{shown}");

    let (_, output) = link(&["offers", "--with", "nobody"], 200, &status);
    assert_eq!(output.status.code(), Some(1));
    let said = std::str::from_utf8(&output.stderr).unwrap();
    assert_eq!(said, "fieldpost: this site is not linked with \"nobody\"\n");
}

#[test]
fn what_the_server_refuses_is_said_in_its_words() {
    let envelope = json!({ "id": "x", "message": "There is no such site.", "status_code": 404 });
    let (_, output) = link(&["pause", "--with", "nobody"], 404, &envelope);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(std::str::from_utf8(&output.stderr).unwrap(), "fieldpost: There is no such site.\n");
}

fn says_that_nothing_runs(data: &Path) {
    let output = run(&["link", "status", "--data", data.to_str().unwrap()]);
    let data = data.display();
    assert_eq!(
        std::str::from_utf8(&output.stderr).unwrap(),
        format!(
            "fieldpost: no fieldpost is running on {data}; \
             start it with `fieldpost serve --data {data}`\n"
        )
    );
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn without_a_running_server_the_way_to_start_it_is_said() {
    let folder = tempfile::tempdir().unwrap();
    says_that_nothing_runs(folder.path());
    says_that_nothing_runs(&folder.path().join("missing"));
    let server = Server::start(folder.path());
    server.kill();
    assert!(folder.path().join("fieldpost.sock").exists(), "a crash leaves its socket");
    says_that_nothing_runs(folder.path());
}
