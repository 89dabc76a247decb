//! A link that may be used at some times only: it opens and closes by itself.

use fieldpost_link::budget::Asked;
use fieldpost_peer::{LineState, Packing, PeerStatus, Repair};
use fieldpost_testkit::TestSite;
use serde_json::{Value, json};

use super::bed::administrator;
use super::quic::{Bed, answers, site, site_with, speaks, until};
use super::thin;

const HOUR: i64 = 3_600_000;

/// The first moment of the clocks, at which a day begins.
const BEGUN: i64 = 1_767_225_600_000;

async fn open_at(site: &TestSite, other: &str, windows: &[&str]) {
    let windows = Some(windows.iter().map(|&window| window.to_owned()).collect());
    let asked = Asked { windows, ..Asked::default() };
    site.running().links.set_budget(administrator(), other.to_owned(), asked).await.unwrap();
}

async fn peer(site: &TestSite) -> PeerStatus {
    site.running().links.status().await.unwrap().peers.remove(0)
}

async fn is(site: &TestSite, state: LineState) {
    until(site, || async { peer(site).await.state == state }).await;
}

/// Two hours are passed by the clocks of both.
fn later(sites: [&TestSite; 2]) {
    sites.iter().for_each(|site| site.clock().advance(2 * HOUR));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_side_that_calls_does_so_while_a_window_is_open() {
    let edge = site_with("edge", 2, |config| config.link.listen.clear()).await;
    let bed = Bed::with(site("hq", 1).await, edge).await;
    open_at(&bed.edge, "hq", &["01:00-03:00"]).await;
    is(&bed.hq, LineState::Down).await;
    assert!(peer(&bed.hq).await.why_down.contains("the time window of this link has ended"));
    let status = peer(&bed.edge).await;
    assert_eq!(status.state, LineState::Closed);
    assert_eq!((status.opening.is_open, status.opening.until), (false, Some(BEGUN + HOUR)));
    assert_eq!((status.why_down, status.carriage), (String::new(), None));
    let waits = bed.edgar.say(&bed.channel, "for the window").await;
    let path = format!("/posts/{}", waits["id"].as_str().unwrap());
    bed.admin.get(&path).await.expect(404);
    // It opens by itself.
    later([&bed.hq, &bed.edge]);
    bed.arrives(&bed.hq, &bed.admin, &waits).await;
    let status = peer(&bed.edge).await;
    assert_eq!(status.state, LineState::Connected);
    assert_eq!((status.opening.is_open, status.opening.until), (true, Some(BEGUN + 3 * HOUR)));
    // What passed is known although the line was closed from here.
    let sent = status.sent_bytes;
    later([&bed.hq, &bed.edge]);
    is(&bed.edge, LineState::Closed).await;
    is(&bed.hq, LineState::Down).await;
    assert!(peer(&bed.edge).await.sent_bytes >= sent);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_side_that_is_called_answers_nobody_while_no_window_is_open() {
    let mut bed = Bed::new().await;
    open_at(&bed.hq, "edge", &["01:00-03:00", "22:00-00:30"]).await;
    // It is midnight.
    let before = bed.admin.say(&bed.channel, "in the window").await;
    bed.arrives(&bed.edge, &bed.edgar, &before).await;
    assert_eq!(peer(&bed.hq).await.opening.until, Some(BEGUN + HOUR / 2));
    bed.hq.clock().advance(HOUR * 3 / 4);
    bed.edge.clock().advance(HOUR * 3 / 4);
    is(&bed.hq, LineState::Closed).await;
    while answers(&bed.hq).await {}
    let refused = bed.hq.running().links.invite(administrator(), None).await.unwrap_err();
    assert_eq!(refused.id, "api.fieldpost.link.silence");
    let waits = bed.admin.say(&bed.channel, "for the window").await;
    later([&bed.hq, &bed.edge]);
    bed.arrives(&bed.edge, &bed.edgar, &waits).await;
    later([&bed.hq, &bed.edge]);
    is(&bed.hq, LineState::Closed).await;
    bed.hq.restart().await;
    assert!(!answers(&bed.hq).await, "a restart is no reason to speak");
    open_at(&bed.hq, "edge", &[]).await;
    speaks(&bed.hq).await;
    assert_eq!(peer(&bed.hq).await.opening.until, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thin_datagrams_go_while_a_window_is_open() {
    let bed = thin::Bed::new().await;
    open_at(&bed.edge, "hq", &["01:00-03:00"]).await;
    assert_eq!(peer(&bed.edge).await.state, LineState::Closed);
    assert_eq!(thin::carriage(&bed.edge).await, None);
    let waits = bed.edgar.say(&bed.channel, "for the window").await;
    later([&bed.hq, &bed.edge]);
    bed.arrives(&bed.hq, &bed.admin, &waits).await;
    later([&bed.hq, &bed.edge]);
    until(&bed.edge, || async { thin::carriage(&bed.edge).await.is_none() }).await;
    assert_eq!(peer(&bed.edge).await.state, LineState::Closed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bundle_is_written_at_any_time_and_transmitted_within_a_window() {
    let bed = Bed::new().await;
    open_at(&bed.hq, "edge", &["01:00-03:00"]).await;
    let links = &bed.hq.running().links;
    let transmitted =
        Packing { repair: Repair::percent(15), is_transmitted: true, ..Packing::plain(0) };
    let export = async |packing: Packing| {
        links.export_bundle(administrator(), "edge".to_owned(), packing, Box::new(Vec::new())).await
    };
    let refused = export(transmitted).await.unwrap_err();
    assert_eq!(refused.id, "api.fieldpost.link.held_back");
    assert!(refused.message.contains("is outside of its time windows"), "{refused}");
    export(Packing::plain(0)).await.unwrap();
    bed.hq.clock().advance(HOUR);
    export(transmitted).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn windows_are_set_over_the_api_and_what_was_set_is_noted() {
    let bed = Bed::new().await;
    let path = "/fieldpost/link/edge/budget";
    let status = async || bed.admin.get("/fieldpost/link").await.expect(200)["peers"][0].clone();
    let at_any_time = status().await;
    assert_eq!(at_any_time["window"], json!({ "open": true, "next": 0 }));
    assert_eq!(at_any_time["budget"]["windows"], json!([]));
    let windows = json!({ "windows": ["22:00-04:00", "Sat-Sun 8:00-12:00"] });
    let refused = bed.admin.post(path, windows).await.refused(400);
    assert_eq!(refused, "api.fieldpost.link.window");
    assert_eq!(status().await["budget"]["windows"], json!([]), "all is set or nothing");
    let windows = json!({ "windows": ["22:00-04:00", "Sat-Sun 08:00-12:00"] });
    for _ in 0..2 {
        bed.admin.post(path, windows.clone()).await.expect(200);
    }
    bed.admin.post(path, json!({})).await.expect(200);
    let set = status().await;
    assert_eq!(set["window"], json!({ "open": true, "next": BEGUN + 4 * HOUR }));
    assert_eq!(set["budget"]["windows"], json!(["22:00-04:00", "sat,sun 08:00-12:00"]));
    let many = json!({ "windows": vec!["22:00-04:00"; 33] });
    assert_eq!(bed.admin.post(path, many).await.refused(400), "api.fieldpost.link.windows");
    bed.admin.post(path, json!({ "windows": [] })).await.expect(200);
    assert_eq!(status().await["window"]["next"], 0);
    let entries = bed.admin.get("/fieldpost/link/audit").await.expect(200);
    let of = |entry: &Value| entry["action"] == "budget_set";
    let noted: Vec<_> = entries.as_array().unwrap().iter().filter(|entry| of(entry)).collect();
    assert_eq!(noted.len(), 2, "what changes nothing is not noted");
    assert_eq!(noted[0]["detail"], "no windows");
    assert_eq!(noted[1]["detail"], "windows 22:00-04:00; sat,sun 08:00-12:00");
    assert_eq!((&noted[1]["by"], &noted[1]["site"]), (&json!("account"), &json!("edge")));
}
