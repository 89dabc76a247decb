//! Two sites that talk in thin datagrams, because there is no better line between them, or until
//! there is.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use fieldpost_link::Mode;
use fieldpost_linkbed::{Door, Emulator, Link, Profile, Relay, Side};
use fieldpost_peer::{Carriage, LineState};
use fieldpost_server::Config;
use fieldpost_server::settings::Thin;
use fieldpost_testkit::{Actor, TestSite, free_address};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::bed::{administrator, content, enter, pair, pair_at, state};
use super::quic::{share, site_with, until};

/// As fast as thin datagrams go: tests need not wait for the air.
pub(super) const RATE: u32 = 256_000;

/// How often what is waited for is looked at, if nothing is written.
const LOOK: Duration = Duration::from_secs(1);

/// A site that reaches another from one port at another.
async fn site(
    name: &str,
    peer: &str,
    (seed, change): (u64, impl FnOnce(&mut Config)),
    [own, other]: [SocketAddr; 2],
) -> TestSite {
    let over = format!("udp {own} {other}");
    let thin = Thin { over, rate: RATE, turnaround: 0, round_trip: 200, only: false };
    let peer = peer.to_owned();
    site_with(name, seed, move |config| {
        config.link.listen.clear();
        config.link.thin.insert(peer, thin);
        change(config);
    })
    .await
}

/// Two sites that talk in thin datagrams and share a channel, and somebody in it at each.
pub(super) struct Bed {
    pub(super) hq: TestSite,
    pub(super) edge: TestSite,
    pub(super) admin: Actor,
    pub(super) edgar: Actor,
    pub(super) channel: String,
}

impl Bed {
    pub(super) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// The same, where the first site is set up differently.
    async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let [one, two] = [free_address(), free_address()];
        let hq = site("hq", "edge", (1, change), [one, two]).await;
        let edge = site("edge", "hq", (2, |_: &mut Config| {}), [two, one]).await;
        let (admin, team) = hq.administrator_with_team("alpha").await;
        let channel = admin.channel(&team, "town-square").await;
        pair(&hq, &edge).await;
        for (site, other) in [(&hq, "edge"), (&edge, "hq")] {
            set_mode(site, other, Mode::Active).await;
        }
        share(&hq, "edge", "alpha:town-square").await;
        let edgar = edge.person("edgar").await;
        let path = format!("/channels/{channel}");
        until(&edge, || async { edgar.get(&path).await.status == 200 }).await;
        enter(&edgar, &team, &channel).await;
        Self { hq, edge, admin, edgar, channel }
    }

    async fn converges(&self) {
        until(&self.hq, || async {
            content(&self.admin, &self.channel).await == content(&self.edgar, &self.channel).await
        })
        .await;
        let [here, there] =
            [state(&self.hq, &self.channel).await, state(&self.edge, &self.channel).await];
        assert_eq!(here, there);
    }

    pub(super) async fn arrives(&self, at: &TestSite, reader: &Actor, post: &Value) {
        let path = format!("/posts/{}", post["id"].as_str().unwrap());
        until(at, || async { reader.get(&path).await.status == 200 }).await;
    }
}

async fn set_mode(site: &TestSite, other: &str, mode: Mode) {
    site.running().links.set_mode(administrator(), other.to_owned(), mode).await.unwrap();
}

pub(super) async fn carriage(site: &TestSite) -> Option<Carriage> {
    site.running().links.status().await.unwrap().peers[0].carriage
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_sites_hold_one_conversation_in_thin_datagrams() {
    let bed = Bed::new().await;
    let there = bed.admin.say(&bed.channel, "from headquarters").await;
    bed.arrives(&bed.edge, &bed.edgar, &there).await;
    let back = bed.edgar.say(&bed.channel, "from the edge").await;
    bed.arrives(&bed.hq, &bed.admin, &back).await;
    let path = format!("/posts/{}/patch", there["id"].as_str().unwrap());
    bed.admin.put(&path, json!({ "message": "corrected" })).await.expect(200);
    bed.converges().await;
    let status = bed.hq.running().links.status().await.unwrap();
    let peer = &status.peers[0];
    assert_eq!(peer.state, LineState::Connected);
    assert_eq!(peer.carriage, Some(Carriage::Thin { rate: RATE }));
    assert!(peer.sent_bytes > 0 && peer.received_bytes > 0 && peer.rtt.is_some());
    // Whoever writes is told how slow it is.
    let fresh = format!("/fieldpost/link/freshness?channel_id={}", bed.channel);
    assert_eq!(bed.admin.get(&fresh).await.expect(200)[0]["rate"], RATE);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_cross_in_thin_datagrams() {
    let bed = Bed::new().await;
    let bytes: Vec<u8> = (0..9_000u32).map(|n| (n.wrapping_mul(n) >> 7) as u8).collect();
    let path = format!("/files?channel_id={}&filename=map.bin", bed.channel);
    let file = bed.admin.send("POST".parse().unwrap(), &path, bytes.clone()).await.expect(201);
    let file = file["file_infos"][0]["id"].as_str().unwrap().to_owned();
    let body = json!({ "channel_id": bed.channel, "message": "a map", "file_ids": [file] });
    let post = bed.admin.post("/posts", body).await.expect(201);
    bed.arrives(&bed.edge, &bed.edgar, &post).await;
    let path = format!("/files/{file}");
    until(&bed.edge, || async { bed.edgar.get(&path).await.status == 200 }).await;
    assert_eq!(bed.edgar.get(&path).await.bytes, bytes);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_site_that_fell_silent_or_was_restarted_goes_on_where_it_was() {
    let mut bed = Bed::new().await;
    bed.converges().await;
    set_mode(&bed.edge, "hq", Mode::Silent).await;
    let during = bed.admin.say(&bed.channel, "while the edge is silent").await;
    assert_eq!(carriage(&bed.edge).await, None);
    set_mode(&bed.edge, "hq", Mode::Active).await;
    bed.arrives(&bed.edge, &bed.edgar, &during).await;
    bed.edge.restart().await;
    bed.edgar = bed.edgar.at(bed.edge.url());
    let after = bed.admin.say(&bed.channel, "after the restart").await;
    bed.arrives(&bed.edge, &bed.edgar, &after).await;
    let back = bed.edgar.say(&bed.channel, "and back").await;
    bed.arrives(&bed.hq, &bed.admin, &back).await;
    bed.converges().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_short_post_is_there_at_once_and_its_proof_follows_by_itself() {
    let bed = Bed::new().await;
    bed.converges().await;
    let backlog = || async { bed.hq.running().links.status().await.unwrap().peers[0].backlog };
    until(&bed.hq, || async { backlog().await.changes == 0 }).await;
    let post = bed.admin.say(&bed.channel, "a short one").await;
    bed.arrives(&bed.edge, &bed.edgar, &post).await;
    assert_eq!(backlog().await.changes, 1, "it was not proved yet");
    // It follows after a minute of quiet.
    while backlog().await.changes > 0 {
        assert_eq!(carriage(&bed.hq).await, Some(Carriage::Thin { rate: RATE }));
        drop(timeout(3 * LOOK, bed.hq.running().store.committed().changed()).await);
    }
    bed.converges().await;
}

/// A way for UDP to a site that can be cut.
async fn cable(to: SocketAddr) -> Relay {
    let link = Link::new(Profile::plain("cable", 10_000_000, Duration::from_millis(10)), 1);
    let (listen, target) = ("127.0.0.1:0".parse().unwrap(), to);
    Relay::open(Emulator::start(link), &[Door { side: Side::Left, listen, target }]).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_sites_move_to_a_better_line_and_back_and_nothing_is_there_twice() {
    let bed = Bed::with(|config| config.link.listen = "127.0.0.1:0".to_owned()).await;
    let cable = cable(bed.hq.running().links.listening().unwrap()).await;
    cable.link().cut();
    pair_at((&bed.hq, &cable.doors()[0].to_string()), (&bed.edge, "")).await;
    set_mode(&bed.edge, "hq", Mode::Active).await;
    let mut said = 0;
    for is_cut in [true, false, true, false, true] {
        if is_cut {
            cable.link().cut();
        } else {
            cable.link().restore();
        }
        let expected = if is_cut { Carriage::Thin { rate: RATE } } else { Carriage::Quic };
        let post = bed.admin.say(&bed.channel, &format!("{said}")).await;
        let begun = Instant::now();
        for site in [&bed.hq, &bed.edge] {
            until(site, || async { carriage(site).await == Some(expected) }).await;
        }
        bed.arrives(&bed.edge, &bed.edgar, &post).await;
        println!("moved to {} in {:?}", expected.name(), begun.elapsed());
        said += 1;
        let back = bed.edgar.say(&bed.channel, "and back").await;
        bed.arrives(&bed.hq, &bed.admin, &back).await;
    }
    bed.converges().await;
    let all = content(&bed.edgar, &bed.channel).await;
    let back = all.values().filter(|post| post["message"] == "and back");
    assert_eq!(back.count(), said);
}
