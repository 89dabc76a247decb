//! Two sites that are linked as their administrators link them, over a real connection.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::time::Duration;

use fieldpost_kernel::RowsExt;
use fieldpost_link::Mode;
use fieldpost_link::share::Which;
use fieldpost_peer::{LineState, Packing};
use fieldpost_server::Config;
use fieldpost_testkit::{Actor, SeededEntropy, TestSite};
use serde_json::{Value, json};
use tokio::net::UdpSocket;
use tokio::time::timeout;

use super::bed::{administrator, content, enter, pair_at};
use super::bundles::{Stick, take};

/// A site that others can call.
pub(super) async fn site(name: &str, seed: u64) -> TestSite {
    site_with(name, seed, |_| {}).await
}

/// The same, set up differently.
pub(super) async fn site_with(name: &str, seed: u64, change: impl FnOnce(&mut Config)) -> TestSite {
    TestSite::start_with(|config| {
        config.site_name = name.to_owned();
        config.link.listen = "127.0.0.1:0".to_owned();
        config.entropy = std::sync::Arc::new(SeededEntropy::new(seed));
        change(config);
    })
    .await
}

/// Waits until something holds; it is looked at whenever the site has written something.
pub(super) async fn until<F: Future<Output = bool>>(site: &TestSite, holds: impl Fn() -> F) {
    let mut committed = site.running().store.committed();
    let watched = async {
        while !holds().await {
            // What is waited for may also change without a write: so look again, some time.
            drop(timeout(Duration::from_millis(100), committed.changed()).await);
        }
    };
    timeout(Duration::from_secs(120), watched).await.unwrap();
}

/// Two linked sites that share a channel, and somebody in it at each.
pub(super) struct Bed {
    pub(super) hq: TestSite,
    pub(super) edge: TestSite,
    pub(super) admin: Actor,
    pub(super) edgar: Actor,
    pub(super) channel: String,
}

pub(super) async fn link(hq: &TestSite, edge: &TestSite) {
    let code = hq.running().links.invite(administrator(), None).await.unwrap();
    let (_, name) = edge.running().links.accept(administrator(), &code).await.unwrap();
    assert_eq!(name, hq.running().store.site().name);
}

pub(super) async fn share(site: &TestSite, with: &str, channel: &str) {
    let which = Which::One(channel.to_owned());
    site.running().links.share(administrator(), with.to_owned(), which, true).await.unwrap();
}

impl Bed {
    pub(super) async fn new() -> Self {
        Self::with(site("hq", 1).await, site("edge", 2).await).await
    }

    pub(super) async fn with(hq: TestSite, edge: TestSite) -> Self {
        link(&hq, &edge).await;
        Self::linked(hq, edge).await
    }

    /// The same of sites that are linked.
    pub(super) async fn linked(hq: TestSite, edge: TestSite) -> Self {
        let (admin, team) = hq.administrator_with_team("alpha").await;
        let channel = admin.channel(&team, "town-square").await;
        share(&hq, "edge", "alpha:town-square").await;
        let path = format!("/channels/{channel}");
        let edgar = edge.person("edgar").await;
        until(&edge, || async { edgar.get(&path).await.status == 200 }).await;
        enter(&edgar, &team, &channel).await;
        Self { hq, edge, admin, edgar, channel }
    }

    pub(super) async fn arrives(&self, at: &TestSite, reader: &Actor, post: &Value) {
        let path = format!("/posts/{}", post["id"].as_str().unwrap());
        until(at, || async { reader.get(&path).await.status == 200 }).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_said_at_one_site_is_heard_at_the_other() {
    let bed = Bed::new().await;
    let mut socket = bed.edgar.socket().await;
    let said = bed.admin.say(&bed.channel, "from headquarters").await;
    loop {
        let event = socket.event("posted").await;
        let post: Value = serde_json::from_str(event["data"]["post"].as_str().unwrap()).unwrap();
        if post["id"] == said["id"] {
            assert_eq!(event["data"]["sender_name"], "@admin:hq");
            break;
        }
    }
    let answer = json!({
        "channel_id": bed.channel, "message": "from the edge", "root_id": said["id"],
    });
    let answer = bed.edgar.post("/posts", answer).await.expect(201);
    bed.arrives(&bed.hq, &bed.admin, &answer).await;
    until(&bed.hq, || async {
        content(&bed.admin, &bed.channel).await == content(&bed.edgar, &bed.channel).await
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_sites_that_call_each_other_talk_over_one_connection() {
    let (hq, edge) = (site("hq", 1).await, site("edge", 2).await);
    let (admin, team) = hq.administrator_with_team("alpha").await;
    let channel = admin.channel(&team, "town-square").await;
    let address = |site: &TestSite| site.running().links.listening().unwrap().to_string();
    pair_at((&hq, &address(&hq)), (&edge, &address(&edge))).await;
    let call = async |site: &TestSite, other: &str| {
        let links = &site.running().links;
        links.set_mode(administrator(), other.to_owned(), Mode::Active).await.unwrap();
    };
    tokio::join!(call(&hq, "edge"), call(&edge, "hq"));
    share(&hq, "edge", "alpha:town-square").await;
    let edgar = edge.person("edgar").await;
    let path = format!("/channels/{channel}");
    until(&edge, || async { edgar.get(&path).await.status == 200 }).await;
    enter(&edgar, &team, &channel).await;
    let bed = Bed { hq, edge, admin, edgar, channel };
    let (there, back) =
        (bed.admin.say(&bed.channel, "one").await, bed.edgar.say(&bed.channel, "two").await);
    bed.arrives(&bed.edge, &bed.edgar, &there).await;
    bed.arrives(&bed.hq, &bed.admin, &back).await;
    // One of two lines gives way to the other, whenever that is.
    for site in [&bed.hq, &bed.edge] {
        let links = &site.running().links;
        let state = || async { links.status().await.unwrap().peers[0].state };
        until(site, || async { state().await == LineState::Connected }).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_cross_with_their_posts() {
    let bed = Bed::new().await;
    let bytes: Vec<u8> = (0..300_000u32).map(|n| (n.wrapping_mul(n) >> 7) as u8).collect();
    let path = format!("/files?channel_id={}&filename=chart.bin", bed.channel);
    let file = bed.admin.send("POST".parse().unwrap(), &path, bytes.clone()).await.expect(201);
    let file = file["file_infos"][0]["id"].clone();
    let post = json!({ "channel_id": bed.channel, "message": "the chart", "file_ids": [file] });
    bed.admin.post("/posts", post).await.expect(201);
    let path = format!("/files/{}", file.as_str().unwrap());
    until(&bed.edge, || async { bed.edgar.get(&path).await.status == 200 }).await;
    assert_eq!(bed.edgar.get(&path).await.bytes, bytes);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_link_gives_no_files_and_gives_them_once_it_is_resumed() {
    let bed = Bed::new().await;
    let links = &bed.hq.running().links;
    links.set_mode(administrator(), "edge".to_owned(), Mode::Paused).await.unwrap();
    let path = format!("/files?channel_id={}&filename=chart.bin", bed.channel);
    let file = bed.admin.send("POST".parse().unwrap(), &path, vec![7; 50_000]).await.expect(201);
    let file = file["file_infos"][0]["id"].as_str().unwrap().to_owned();
    let post = json!({ "channel_id": bed.channel, "message": "the chart", "file_ids": [file] });
    bed.admin.post("/posts", post).await.expect(201);
    // The message is carried, and what it has attached is asked for over the line.
    let stick = Stick::default();
    let (packing, out) = (Packing::plain(0), Box::new(stick.clone()));
    links.export_bundle(administrator(), "edge".to_owned(), packing, out).await.unwrap();
    take(&bed.edge, &stick.bytes()).await.unwrap();
    let path = format!("/files/{file}");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_ne!(bed.edgar.get(&path).await.status, 200);
    links.set_mode(administrator(), "edge".to_owned(), Mode::Active).await.unwrap();
    until(&bed.edge, || async { bed.edgar.get(&path).await.status == 200 }).await;
}

/// The files below a folder.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files_below(&path)) } else { found.push(path) }
    }
    found
}

/// How many files a site still wants to fetch.
async fn wanted(site: &TestSite) -> i64 {
    let store = &site.running().store;
    store.read(|rows| rows.count("SELECT count(*) FROM link_wanted", &[])).await.unwrap()
}

/// Somebody at the edge posts a file of 300,000 bytes, of which the link knows after `spoil` was done
/// to its bytes; gives the file's id once it is not wanted any more.
async fn fetched_after(bed: &Bed, spoil: impl FnOnce(&Path)) -> String {
    let links = &bed.edge.running().links;
    links.set_mode(administrator(), "hq".to_owned(), Mode::Paused).await.unwrap();
    let bytes: Vec<u8> = (0..300_000u32).map(|n| (n.wrapping_mul(n) >> 7) as u8).collect();
    let path = format!("/files?channel_id={}&filename=chart.bin", bed.channel);
    let file = bed.edgar.send("POST".parse().unwrap(), &path, bytes.clone()).await.expect(201);
    let file = file["file_infos"][0]["id"].as_str().unwrap().to_owned();
    let blobs = files_below(bed.edge.data());
    let holds = |path: &&PathBuf| std::fs::read(path).is_ok_and(|kept| kept == bytes);
    spoil(blobs.iter().find(holds).unwrap());
    let post = json!({ "channel_id": bed.channel, "message": "the chart", "file_ids": [file] });
    let post = bed.edgar.post("/posts", post).await.expect(201);
    links.set_mode(administrator(), "hq".to_owned(), Mode::Active).await.unwrap();
    bed.arrives(&bed.hq, &bed.admin, &post).await;
    until(&bed.hq, || async { wanted(&bed.hq).await == 0 }).await;
    file
}

/// Of nothing that was being fetched a part is left.
fn assert_no_parts(site: &TestSite) {
    let parts = files_below(site.data());
    let parts = parts.iter().filter(|path| path.components().any(|c| c.as_os_str() == "uploads"));
    assert_eq!(parts.count(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_with_more_bytes_than_was_said_is_cut_off() {
    let bed = Bed::new().await;
    let file = fetched_after(&bed, |path| {
        std::fs::write(path, vec![7; 3_000_000]).unwrap();
    })
    .await;
    assert_no_parts(&bed.hq);
    assert_ne!(bed.admin.get(&format!("/files/{file}")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_larger_than_files_may_be_is_not_asked_for() {
    let small = |config: &mut Config| config.settings.largest_file = 200_000;
    let bed = Bed::with(site_with("hq", 1, small).await, site("edge", 2).await).await;
    let file = fetched_after(&bed, |_| {}).await;
    assert_no_parts(&bed.hq);
    assert_ne!(bed.admin.get(&format!("/files/{file}")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invitation_is_good_once() {
    let (hq, edge, other) = (site("hq", 1).await, site("edge", 2).await, site("other", 3).await);
    let code = hq.running().links.invite(administrator(), None).await.unwrap();
    edge.running().links.accept(administrator(), &code).await.unwrap();
    let refused = other.running().links.accept(administrator(), &code).await.unwrap_err();
    assert_eq!(refused.id, "api.fieldpost.link.unreachable");
    assert_eq!(other.running().links.status().await.unwrap().peers.len(), 0);
    assert_eq!(hq.running().links.status().await.unwrap().peers.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_link_holds_back_and_then_sends() {
    let bed = Bed::new().await;
    let links = &bed.hq.running().links;
    links.set_mode(administrator(), "edge".to_owned(), Mode::Paused).await.unwrap();
    let held = bed.admin.say(&bed.channel, "held back").await;
    let answer = bed.edgar.say(&bed.channel, "still heard").await;
    bed.arrives(&bed.hq, &bed.admin, &answer).await;
    let status = links.status().await.unwrap();
    assert_eq!(status.peers[0].state, LineState::Paused);
    assert_eq!(status.peers[0].backlog.changes, 1);
    let path = format!("/posts/{}", held["id"].as_str().unwrap());
    bed.edgar.get(&path).await.expect(404);
    links.set_mode(administrator(), "edge".to_owned(), Mode::Active).await.unwrap();
    bed.arrives(&bed.edge, &bed.edgar, &held).await;
}

/// Whether a site answers a call at its port for links, by somebody who speaks another version of
/// QUIC: that is answered before it is asked who calls.
pub(super) async fn answers(site: &TestSite) -> bool {
    let address = site.running().links.listening().unwrap();
    let caller = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let mut called = vec![0; 1200];
    called[..7].copy_from_slice(&[0xc0, 0x1a, 0x2a, 0x3a, 0x4a, 1, 7]);
    caller.send_to(&called, address).await.unwrap();
    timeout(Duration::from_millis(300), caller.recv(&mut called)).await.is_ok()
}

/// Calls a site until it answers.
pub(super) async fn speaks(site: &TestSite) {
    let called = async { while !answers(site).await {} };
    timeout(Duration::from_secs(60), called).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_leaves_a_site_all_of_whose_links_are_silent() {
    let mut bed = Bed::new().await;
    let before = bed.admin.say(&bed.channel, "before the silence").await;
    bed.arrives(&bed.edge, &bed.edgar, &before).await;
    speaks(&bed.hq).await;
    let links = &bed.hq.running().links;
    links.set_mode(administrator(), "edge".to_owned(), Mode::Silent).await.unwrap();
    let there = &bed.edge.running().links;
    until(&bed.edge, || async { there.status().await.unwrap().peers[0].state == LineState::Down })
        .await;
    while answers(&bed.hq).await {}
    let asked = links.invite(administrator(), None).await.unwrap_err();
    assert_eq!(asked.id, "api.fieldpost.link.silence");
    bed.hq.restart().await;
    assert!(!answers(&bed.hq).await, "a restart is no reason to speak");
    let links = &bed.hq.running().links;
    links.set_mode(administrator(), "edge".to_owned(), Mode::Active).await.unwrap();
    speaks(&bed.hq).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_site_that_was_removed_is_a_stranger() {
    let bed = Bed::new().await;
    bed.hq.running().links.remove(administrator(), "edge".to_owned()).await.unwrap();
    let after = bed.admin.say(&bed.channel, "not for them").await;
    let links = &bed.edge.running().links;
    until(&bed.edge, || async { links.status().await.unwrap().peers[0].state == LineState::Down })
        .await;
    let path = format!("/posts/{}", after["id"].as_str().unwrap());
    bed.edgar.get(&path).await.expect(404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn links_are_for_administrators() {
    let bed = Bed::new().await;
    let person = bed.hq.person("pat").await;
    for (method, path) in [
        ("GET", "/fieldpost/link"),
        ("POST", "/fieldpost/link/edge/pause"),
        ("POST", "/fieldpost/link/edge/forget"),
        ("DELETE", "/fieldpost/link/edge"),
    ] {
        person.send(method.parse().unwrap(), path, Vec::new()).await.refused(403);
    }
    let invite = json!({ "address": "hq.example:8066" });
    person.post("/fieldpost/link/invite", invite.clone()).await.refused(403);
    person.post("/fieldpost/link/edge/share", json!({ "all": true })).await.refused(403);
    // Whoever may not link sites has nobody called, however good the code is.
    let invited = bed.admin.post("/fieldpost/link/invite", invite.clone()).await.expect(201);
    let code = json!({ "code": invited["code"] });
    person.post("/fieldpost/link/accept", code).await.refused(403);
    let fresh = format!("/fieldpost/link/freshness?channel_id={}", bed.channel);
    person.get(&fresh).await.refused(403);
    let seen = bed.admin.get(&fresh).await.expect(200);
    assert_eq!((&seen[0]["site"], &seen[0]["state"]), (&json!("edge"), &json!("connected")));
    assert_eq!(seen[0]["rate"], Value::Null);
    bed.admin.post("/fieldpost/link/edge/forget", json!({})).await.refused(400);
    let status = bed.admin.get("/fieldpost/link").await.expect(200);
    assert_eq!(status["peers"][0]["shared"][0]["channel"], "alpha:town-square");
    bed.admin.post("/fieldpost/link/invite", invite).await.expect(201);
    let nowhere = json!({ "address": "nowhere" });
    bed.admin.post("/fieldpost/link/invite", nowhere).await.refused(400);
    bed.admin.post("/fieldpost/link/accept", json!({ "code": "x" })).await.refused(400);
    bed.admin.post("/fieldpost/link/nobody/pause", json!({})).await.refused(404);
    let channel = json!({ "channel": "alpha:nothing" });
    bed.admin.post("/fieldpost/link/edge/share", channel).await.refused(404);
}
