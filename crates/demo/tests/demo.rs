//! The page's questions, asked of two real sites, and the commands that link them.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use std::fs;
use std::io::Cursor;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use fieldpost_blobs::Blobs;
use fieldpost_bulk::Source;
use fieldpost_bulk::import::{Limits, Progress, Rejected, Target, Watch, import};
use fieldpost_demo::client::Client;
use fieldpost_demo::content::{CONVERSATION, Content};
use fieldpost_demo::page::{Demo, Visitor, router};
use fieldpost_demo::pairing::{Pair, Status};
use fieldpost_demo::program::Program;
use fieldpost_kernel::SystemEntropy;
use fieldpost_linkbed::{Emulator, Link, Profile};
use fieldpost_testkit::TestSite;
use serde_json::{Value, json};

/// Nothing of the conversation may be turned away.
struct Strict;

impl Watch for Strict {
    fn progress(&mut self, _: &Progress) {}

    fn rejected(&mut self, rejected: &Rejected) {
        panic!("line {}: {}", rejected.line, rejected.why);
    }
}

/// The page, with HQ filled and Edge empty.
struct Stage {
    url: String,
    http: reqwest::Client,
    _sites: [TestSite; 2],
}

impl Stage {
    async fn set() -> Self {
        let (hq, edge) = (TestSite::start().await, TestSite::start().await);
        // The conversation was before the test.
        hq.clock().advance(100 * 86_400_000);
        let store = hq.running().store.clone();
        let blobs = Blobs::open(&hq.data().join("conversation")).await.unwrap();
        let limits = Limits { largest_file: 0, most_pixels: 0 };
        let target = Target::new(store, blobs, Arc::new(SystemEntropy), limits);
        let source = Source::of(Cursor::new(CONVERSATION)).unwrap();
        import(&target, source, &mut Strict).await.unwrap();
        let ada = Client::sign_in(&hq.url(), "ada", "Passw0rd-ada").await.unwrap();
        let erin = Client::sign_up(&edge.url(), "erin", "Passw0rd-erin").await.unwrap();
        let link = Emulator::start(Link::new(Profile::named("geo-64k").unwrap(), 1));
        let demo = Demo::new(
            Arc::new(link),
            Visitor::new(ada, &hq.url(), "ada", "Passw0rd-ada"),
            Visitor::new(erin, &edge.url(), "erin", "Passw0rd-erin"),
        );
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router(Arc::new(demo))).await });
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { url, http, _sites: [hq, edge] }
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        let reply = self.http.get(format!("{}{path}", self.url)).send().await.unwrap();
        (reply.status().as_u16(), reply.json().await.unwrap())
    }

    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        let url = format!("{}{path}", self.url);
        let reply = self.http.post(url).json(&body).send().await.unwrap();
        (reply.status().as_u16(), reply.json().await.unwrap())
    }
}

#[tokio::test]
async fn people_read_and_write_on_either_side() {
    let stage = Stage::set().await;
    let (_, channels) = stage.get("/api/hq/channels").await;
    let names: Vec<_> = channels.as_array().unwrap().iter().map(|c| &c["name"]).collect();
    assert!(names.contains(&&json!("ops")), "{names:?}");
    let said = json!({ "channel": "ops", "message": "Noon report" });
    assert_eq!(stage.post("/api/hq/posts", said.clone()).await.0, 200);
    let (_, posts) = stage.get("/api/hq/posts?channel=ops").await;
    let posts = posts.as_array().unwrap();
    assert_eq!((&posts[0]["author"], posts.len()), (&json!("ada"), 15));
    assert_eq!(posts[1]["author"], "ben");
    assert_eq!(posts[14]["message"], "Noon report");
    // Nothing has come to Edge yet.
    assert_eq!(stage.get("/api/edge/posts?channel=ops").await.0, 400);
    assert_eq!(stage.post("/api/edge/posts", said).await.0, 400);
    assert_eq!(stage.get("/api/moon/channels").await.0, 400);
}

#[tokio::test]
async fn people_spoil_the_link_and_nothing_else() {
    let stage = Stage::set().await;
    let order = async |words: &str| stage.post("/api/link", json!({ "order": words })).await;
    assert_eq!(order("cut").await.1["link"]["cut"], true);
    let (_, overview) = stage.get("/api/overview").await;
    assert_eq!(
        (&overview["link"]["up"], &overview["linked"]["state"]),
        (&json!(false), &json!("soon"))
    );
    assert!(overview["link"]["cut_ago"].as_f64().is_some());
    assert_eq!(order("restore").await.1["link"]["cut"], false);
    assert_eq!(order("rate 9600").await.1["link"]["rate"], 9600);
    assert_eq!(order("profile hf-robust").await.1["link"]["profile"], "hf-robust");
    for words in ["down", "forward left 1:2", "profile moon"] {
        assert_eq!(order(words).await.0, 400, "{words}");
    }
}

#[tokio::test]
async fn the_page_is_whole() {
    let stage = Stage::set().await;
    let mut wanted = vec!["/".to_owned()];
    let mut fetched = 0;
    while let Some(path) = wanted.pop() {
        let reply = stage.http.get(format!("{}{path}", stage.url)).send().await.unwrap();
        assert_eq!(reply.status(), 200, "{path}");
        assert_eq!(reply.headers()["content-security-policy"].to_str().unwrap().find("http"), None);
        let text = reply.text().await.unwrap();
        // What it loads: quoted names of scripts and styles.
        let names =
            text.split(['"', '\'']).filter(|part| part.ends_with(".js") || part.ends_with(".css"));
        wanted.extend(names.map(|name| format!("/{}", name.trim_start_matches(['.', '/']))));
        fetched += 1;
        assert!(fetched < 50, "the page's files load each other in circles");
    }
    assert!(fetched >= 6);
}

/// A stand-in for the binary: it notes what it is asked for, and answers as the real one would.
fn stand_in(folder: &std::path::Path, edge_status: &str) -> Program {
    let script = format!(
        "#!/bin/sh\necho \"$@\" >> {log}\ncase \"$2\" in\n\
         invite) echo fp1-code ;;\nstatus) echo '{edge_status}' ;;\n\
         unheard) echo 'fieldpost: nobody knows that' >&2; exit 1 ;;\nesac\n",
        log = folder.join("log").display()
    );
    let path = folder.join("fieldpost");
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    Program::at(&path).unwrap()
}

fn asked(edge_status: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let pair = Pair {
        program: stand_in(folder.path(), edge_status),
        hq: "/hq".into(),
        edge: "/edge".into(),
        door: "127.0.0.1:9".to_owned(),
    };
    pair.link().unwrap();
    let log = fs::read_to_string(folder.path().join("log")).unwrap();
    log.lines().map(str::to_owned).collect()
}

#[test]
fn sites_are_linked_as_operators_do_it_and_only_once() {
    let first = asked(r#"{"site": "edge", "peers": []}"#);
    assert_eq!(
        first,
        [
            "link status --json --data /edge",
            "link invite --address 127.0.0.1:9 --data /hq",
            "link accept fp1-code --data /edge",
            "link share --all --with edge --data /hq",
        ]
    );
    let again = asked(r#"{"site": "edge", "peers": [{"site": "hq"}]}"#);
    assert_eq!(again[1..], ["link share --all --with edge --data /hq"]);
}

#[test]
fn what_a_command_complains_of_is_passed_on() {
    let folder = tempfile::tempdir().unwrap();
    let program = stand_in(folder.path(), "no JSON");
    let complaint = program.run(folder.path(), &["link", "unheard"]);
    assert_eq!(complaint, Err("nobody knows that".to_owned()));
    assert!(Status::ask(&program, folder.path()).is_err());
}

#[test]
fn a_long_conversation_is_taken_where_there_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let long = folder.path().join("long.jsonl");
    let short = Content::find(&long, folder.path()).unwrap();
    assert_eq!(
        (fs::read_to_string(short.file).unwrap().as_str(), short.user.as_str()),
        (CONVERSATION, "ada")
    );
    fs::write(&long, "").unwrap();
    assert_eq!(Content::find(&long, folder.path()).unwrap().file, long);
}
