//! Two sites as processes, and nothing between them but a slow half-duplex radio.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use fieldpost_linkbed::profile::Duplex;
use fieldpost_linkbed::{Door, Emulator, Link, Profile, Relay, Side};
use fieldpost_testkit::{Actor, free_address};
use serde_json::{Value, json};

use crate::process::{Server, run};

/// How long the other side of the radio waits before it speaks.
const TURNAROUND: Duration = Duration::from_millis(500);

/// How long what must come may take: how soon it does depends on what else the machine does.
const PATIENCE: Duration = Duration::from_secs(300);

/// A site, and its data.
pub(crate) struct Site {
    data: tempfile::TempDir,
    pub(crate) server: Server,
}

impl Site {
    /// Starts a site that reaches another by thin datagrams alone, as these settings say.
    pub(crate) fn start(name: &str, peer: &str, thin: &str) -> Self {
        let data = tempfile::tempdir().unwrap();
        let settings = format!(
            "[site]\nname = \"{name}\"\n[link]\nlisten = \"127.0.0.1:0\"\n[link.thin.{peer}]\n\
             {thin}\nonly = true\n"
        );
        std::fs::write(data.path().join("fieldpost.toml"), settings).unwrap();
        let server = Server::start_with(data.path(), "127.0.0.1:0", &[]);
        Self { data, server }
    }

    pub(crate) fn administrator(&self) -> Actor {
        Actor::local(&self.data.path().join("fieldpost.sock"))
    }

    pub(crate) fn link(&self, arguments: &[&str]) -> String {
        let data = self.data.path().to_str().unwrap();
        let output = run(&[&["link"], arguments, &["--data", data]].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}

/// A radio between two ports, of which one side speaks at a time.
async fn radio(rate: u64, [hq, edge]: [SocketAddr; 2]) -> Relay {
    let duplex = Duplex::Half { turnaround: TURNAROUND, longest_turn: Duration::from_secs(20) };
    let profile = Profile { duplex, ..Profile::plain("radio", rate, Duration::from_millis(100)) };
    let link = Link::new(profile, 1).with_overhead(28);
    let listen = "127.0.0.1:0".parse().unwrap();
    let doors = [
        Door { side: Side::Left, listen, target: edge },
        Door { side: Side::Right, listen, target: hq },
    ];
    Relay::open(Emulator::start(link), &doors).await.unwrap()
}

/// A channel at a site, and somebody who writes there.
pub(crate) async fn channel(site: &Site) -> (Value, Actor) {
    let admin = site.administrator();
    let account = json!({
        "username": "writer", "password": "long enough", "email": "writer@hq.example",
    });
    admin.post("/users", account).await.expect(201);
    let mut writer = site.server.stranger();
    writer.sign_in("writer", "long enough").await;
    let team = json!({ "name": "alpha", "display_name": "Alpha", "type": "O" });
    let team = writer.post("/teams", team).await.expect(201);
    let channel = json!({
        "team_id": team["id"], "name": "ops", "display_name": "Ops", "type": "O",
    });
    (writer.post("/channels", channel).await.expect(201), writer)
}

/// Waits until something is at a site, and gives how long that took.
pub(crate) async fn arrives(at: &Actor, path: &str) -> Duration {
    let begun = Instant::now();
    while at.get(path).await.status != 200 {
        assert!(begun.elapsed() < PATIENCE, "{path} never came");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    begun.elapsed()
}

async fn two_sites_over_a_radio_of(rate: u64) {
    let [hq_port, edge_port] = [free_address(), free_address()];
    let radio = radio(rate, [hq_port, edge_port]).await;
    let doors = radio.doors().to_vec();
    let over = |own, door| {
        let turnaround = TURNAROUND.as_millis();
        format!(
            "over = \"udp {own} {door}\"\nrate = {rate}\nturnaround = {turnaround}\n\
             round_trip = 400"
        )
    };
    let hq = Site::start("hq", "edge", &over(hq_port, doors[0]));
    let edge = Site::start("edge", "hq", &over(edge_port, doors[1]));
    edge.link(&["accept", &hq.link(&["invite"])]);
    let (channel, writer) = channel(&hq).await;
    let there = edge.administrator();
    hq.link(&["share", "alpha:ops", "--with", "edge"]);
    let path = format!("/channels/{}", channel["id"].as_str().unwrap());
    let begun_at = Instant::now();
    let begun = arrives(&there, &path).await;
    // Its own question is answered some time after the channel has arrived.
    let says = format!("over thin datagrams, at {rate} bit/s");
    while !hq.link(&["status"]).contains("edge: connected") {
        assert!(begun_at.elapsed() < PATIENCE, "{}", hq.link(&["status"]));
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let said = hq.link(&["status"]);
    assert!(said.contains(&says), "{said}");
    let post =
        json!({ "channel_id": channel["id"], "message": "Fuel for two days, water for one. OK" });
    let post = writer.post("/posts", post).await.expect(201);
    let took = arrives(&there, &format!("/posts/{}", post["id"].as_str().unwrap())).await;
    println!("{rate} bit/s: the channel was there after {begun:?}, a post {took:?} later");
    let stats = radio.link().stats();
    let aired = stats.left.aired.bytes + stats.right.aired.bytes;
    println!("{rate} bit/s: {aired} bytes on the air in all");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_talk_over_a_half_duplex_radio_of_9600_bits_a_second() {
    two_sites_over_a_radio_of(9_600).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_talk_over_a_half_duplex_radio_of_2400_bits_a_second() {
    two_sites_over_a_radio_of(2_400).await;
}

#[test]
fn a_mistake_in_the_settings_is_named_at_the_start() {
    let data: &Path = &tempfile::tempdir().unwrap().keep();
    let settings = "[link.thin.hq]\nover = \"serial /dev/ttyS0 fast\"\nrate = 75\n";
    std::fs::write(data.join("fieldpost.toml"), settings).unwrap();
    let output = run(&["serve", "--data", data.to_str().unwrap()]);
    let says = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert!(says.contains("link.thin.hq: over = \"fast\" is no speed"), "{says}");
    std::fs::remove_dir_all(data).unwrap();
}
