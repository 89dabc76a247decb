//! Two sites between which only the web passes: without a proxy, and through a real one.

use std::fs;
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fieldpost_link::Mode;
use fieldpost_linkbed::{Door, Emulator, Link, Profile, Relay, Side};
use fieldpost_peer::{Carriage, LineState, PeerStatus};
use fieldpost_server::settings::Tls;
use fieldpost_testkit::{TestSite, free_address};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::time::sleep;

use super::bed::{administrator, content, pair_at, state};
use super::quic::{Bed, site_with, until};

/// A site that nobody can call by UDP.
async fn site(name: &str, seed: u64) -> TestSite {
    site_with(name, seed, |config| config.link.listen.clear()).await
}

/// Links two sites by an invitation with an address.
async fn link(hq: &TestSite, edge: &TestSite, address: String) {
    let code = hq.running().links.invite(administrator(), Some(address)).await.unwrap();
    edge.running().links.accept(administrator(), &code).await.unwrap();
}

async fn peer(site: &TestSite) -> PeerStatus {
    site.running().links.status().await.unwrap().peers.remove(0)
}

async fn carriage(site: &TestSite) -> Option<Carriage> {
    peer(site).await.carriage
}

/// Two linked sites of which headquarters is reached at its address in the web.
async fn bed() -> Bed {
    let (hq, edge) = (site("hq", 1).await, site("edge", 2).await);
    link(&hq, &edge, hq.url()).await;
    Bed::linked(hq, edge).await
}

async fn converges(bed: &Bed) {
    until(&bed.hq, || async {
        content(&bed.admin, &bed.channel).await == content(&bed.edgar, &bed.channel).await
    })
    .await;
    let [here, there] = [state(&bed.hq, &bed.channel).await, state(&bed.edge, &bed.channel).await];
    assert_eq!(here, there);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_sites_hold_one_conversation_through_the_web() {
    let bed = bed().await;
    let there = bed.admin.say(&bed.channel, "from headquarters").await;
    bed.arrives(&bed.edge, &bed.edgar, &there).await;
    let bytes: Vec<u8> = (0..300_000u32).map(|n| (n.wrapping_mul(n) >> 7) as u8).collect();
    let path = format!("/files?channel_id={}&filename=map.bin", bed.channel);
    let file = bed.edgar.send("POST".parse().unwrap(), &path, bytes.clone()).await.expect(201);
    let file = file["file_infos"][0]["id"].as_str().unwrap().to_owned();
    let body = json!({ "channel_id": bed.channel, "message": "a map", "file_ids": [file] });
    let post = bed.edgar.post("/posts", body).await.expect(201);
    bed.arrives(&bed.hq, &bed.admin, &post).await;
    let path = format!("/files/{file}");
    until(&bed.hq, || async { bed.admin.get(&path).await.status == 200 }).await;
    assert_eq!(bed.admin.get(&path).await.bytes, bytes);
    converges(&bed).await;
    for site in [&bed.hq, &bed.edge] {
        let peer = peer(site).await;
        assert_eq!((peer.state, peer.carriage), (LineState::Connected, Some(Carriage::Web)));
    }
    assert!(peer(&bed.edge).await.sent_bytes > 300_000);
    // Whoever writes is not told of any radio.
    let fresh = format!("/fieldpost/link/freshness?channel_id={}", bed.channel);
    assert_eq!(bed.admin.get(&fresh).await.expect(200)[0]["rate"], Value::Null);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silence_and_a_restart_end_what_goes_through_the_web_and_it_goes_on_where_it_was() {
    let hq = site_with("hq", 1, |config| {
        config.link.listen.clear();
        // It is found there again after a restart.
        config.listen = free_address().to_string();
    })
    .await;
    let edge = site("edge", 2).await;
    link(&hq, &edge, hq.url()).await;
    let mut bed = Bed::linked(hq, edge).await;
    let links = &bed.hq.running().links;
    links.set_mode(administrator(), "edge".to_owned(), Mode::Silent).await.unwrap();
    until(&bed.edge, || async { carriage(&bed.edge).await.is_none() }).await;
    let during = bed.edgar.say(&bed.channel, "while headquarters is silent").await;
    let refused =
        || async { links.tunnel().is_err_and(|why| why.id == "api.fieldpost.link.silence") };
    until(&bed.hq, refused).await;
    links.set_mode(administrator(), "edge".to_owned(), Mode::Active).await.unwrap();
    bed.arrives(&bed.hq, &bed.admin, &during).await;
    bed.hq.restart().await;
    bed.admin = bed.admin.at(bed.hq.url());
    let after = bed.edgar.say(&bed.channel, "after the restart").await;
    bed.arrives(&bed.hq, &bed.admin, &after).await;
    assert_eq!(carriage(&bed.hq).await, Some(Carriage::Web));
    converges(&bed).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn once_udp_passes_the_line_moves_there_and_back_once_it_does_not() {
    let hq = site_with("hq", 1, |_| {}).await;
    let edge = site("edge", 2).await;
    let cable = Link::new(Profile::plain("cable", 10_000_000, Duration::from_millis(10)), 1);
    let (listen, target) =
        ("127.0.0.1:0".parse().unwrap(), hq.running().links.listening().unwrap());
    let door = Door { side: Side::Left, listen, target };
    let cable = Relay::open(Emulator::start(cable), &[door]).await.unwrap();
    cable.link().cut();
    link(&hq, &edge, format!("{},{}", cable.doors()[0], hq.url())).await;
    let bed = Bed::linked(hq, edge).await;
    for (n, expected) in [Carriage::Web, Carriage::Quic, Carriage::Web].into_iter().enumerate() {
        if expected == Carriage::Quic {
            cable.link().restore();
        } else {
            cable.link().cut();
        }
        let post = bed.admin.say(&bed.channel, &n.to_string()).await;
        let is_reached = async |site: &TestSite| {
            // By itself it would look for a better way later and later.
            let links = &bed.edge.running().links;
            links.set_mode(administrator(), "hq".to_owned(), Mode::Active).await.unwrap();
            carriage(site).await == Some(expected)
        };
        for site in [&bed.hq, &bed.edge] {
            until(site, || is_reached(site)).await;
        }
        bed.arrives(&bed.edge, &bed.edgar, &post).await;
        let back = bed.edgar.say(&bed.channel, "and back").await;
        bed.arrives(&bed.hq, &bed.admin, &back).await;
    }
    converges(&bed).await;
    let all = content(&bed.edgar, &bed.channel).await;
    assert_eq!(all.values().filter(|post| post["message"] == "and back").count(), 3);
}

/// A web proxy (`make setup` installs it) that wants a name and a password, and lets nobody connect
/// to any other port.
struct WebProxy {
    process: Child,
    address: SocketAddr,
    folder: TempDir,
}

impl WebProxy {
    async fn start(to: SocketAddr) -> Self {
        let (folder, address) = (tempfile::tempdir().unwrap(), free_address());
        let config = folder.path().join("tinyproxy.conf");
        let log = folder.path().join("log");
        let text = format!(
            "Port {}\nListen 127.0.0.1\nTimeout 600\nLogFile \"{}\"\nLogLevel Connect\n\
             MaxClients 20\nAllow 127.0.0.1\nBasicAuth ada s3cret\nConnectPort {}\n",
            address.port(),
            log.display(),
            to.port()
        );
        fs::write(&config, text).unwrap();
        let process = Command::new("tinyproxy")
            .args(["-d", "-c"])
            .arg(&config)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        while TcpStream::connect(address).await.is_err() {
            sleep(Duration::from_millis(20)).await;
        }
        Self { process, address, folder }
    }

    /// How many connections it has made for somebody.
    fn made(&self) -> usize {
        let log = fs::read_to_string(self.folder.path().join("log")).unwrap();
        log.matches("CONNECT 127.0.0.1:").count()
    }
}

impl Drop for WebProxy {
    fn drop(&mut self) {
        // Fails if it has ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_that_wants_a_password_is_passed_to_a_site_with_a_certificate_of_its_own() {
    let hq = site_with("hq", 1, |config| {
        config.link.listen.clear();
        config.tls.tls = Tls::LocalCa;
    })
    .await;
    let proxy = WebProxy::start(hq.url().trim_start_matches("https://").parse().unwrap()).await;
    let set = |password: &str| format!("http://ada:{password}@{}", proxy.address);
    let stranger = site_with("stranger", 3, |config| config.link.proxy = set("wrong")).await;
    let code = hq.running().links.invite(administrator(), Some(hq.url())).await.unwrap();
    let refused = stranger.running().links.accept(administrator(), &code).await.unwrap_err();
    let named = format!("the proxy at {}", proxy.address);
    assert!(refused.message.contains(&named), "{refused:?}");
    assert!(!refused.message.contains("wrong"), "{refused:?}");
    let edge = site_with("edge", 2, |config| {
        config.link.listen.clear();
        config.link.proxy = set("s3cret");
    })
    .await;
    edge.running().links.accept(administrator(), &code).await.unwrap();
    for site in [&hq, &edge] {
        until(site, || async { carriage(site).await == Some(Carriage::Web) }).await;
    }
    // To be let in, and to talk.
    assert!(proxy.made() >= 2, "{}", proxy.made());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_answers_there_with_another_key_is_not_believed() {
    let (hq, edge, other) = (site("hq", 1).await, site("edge", 2).await, site("other", 3).await);
    pair_at((&hq, &other.url()), (&edge, "")).await;
    // So that it lets anybody knock.
    other.running().links.invite(administrator(), Some(other.url())).await.unwrap();
    let links = &edge.running().links;
    links.set_mode(administrator(), "hq".to_owned(), Mode::Active).await.unwrap();
    until(&edge, || async { peer(&edge).await.why_down.contains("key") }).await;
}

#[tokio::test]
async fn who_is_linked_with_nobody_lets_nobody_in_through_the_web() {
    let (lone, edge) = (site("lone", 1).await, site("edge", 2).await);
    assert_eq!(lone.running().links.tunnel().unwrap_err().id, "api.fieldpost.link.nobody");
    // Nor by an address that is none of the web.
    for (address, why) in [
        (Some("hq.example:8066"), "api.fieldpost.link.not_listening"),
        (None, "api.fieldpost.link.not_listening"),
        (Some("https://hq.example/?x"), "api.fieldpost.link.address"),
        (Some("https://hq.example,hq"), "api.fieldpost.link.address"),
    ] {
        let invited = lone.running().links.invite(administrator(), address.map(str::to_owned));
        assert_eq!(invited.await.unwrap_err().id, why, "{address:?}");
    }
    let code = lone.running().links.invite(administrator(), Some(edge.url())).await.unwrap();
    let refused = edge.running().links.accept(administrator(), &code).await.unwrap_err();
    // The edge itself stands there, and is linked with nobody.
    assert!(refused.message.contains("404"), "{refused:?}");
}
