//! Two sites as processes, and only packets between them that may be lost: over a line on which
//! nothing comes back, and on a damaged medium.

use std::net::UdpSocket;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use fieldpost_testkit::{Actor, Dice, free_address};
use serde_json::{Value, json};

use crate::process::{Server, run};

/// Bytes of a packet.
const PACKET: usize = 1200;

/// A site: its process and its data.
struct Site {
    data: tempfile::TempDir,
    name: &'static str,
    /// Where it takes one-way bundles.
    diode: String,
    server: Option<Server>,
}

impl Site {
    fn start(name: &'static str) -> Self {
        let data = tempfile::tempdir().unwrap();
        let mut site = Self { data, name, diode: free_address().to_string(), server: None };
        site.serve();
        site
    }

    fn serve(&mut self) {
        let settings = [
            ("FIELDPOST_SITE__NAME", self.name),
            ("FIELDPOST_LINK__LISTEN", "127.0.0.1:0"),
            ("FIELDPOST_LINK__DIODE_LISTEN", self.diode.as_str()),
        ];
        self.server = Some(Server::start_with(self.data.path(), "127.0.0.1:0", &settings));
    }

    /// Dies without a warning, and comes back.
    fn crash(&mut self) {
        self.server.take().unwrap().kill();
        self.serve();
    }

    fn administrator(&self) -> Actor {
        Actor::local(&self.data.path().join("fieldpost.sock"))
    }

    /// Runs `fieldpost link …`; what it printed, or why it failed.
    fn link(&self, arguments: &[&str]) -> Result<String, String> {
        let data = self.data.path().to_str().unwrap();
        let output = run(&[&["link"], arguments, &["--data", data]].concat());
        let text = |bytes| String::from_utf8(bytes).unwrap().trim().to_owned();
        if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
    }

    fn peer(&self) -> Value {
        let status = self.link(&["status", "--json"]).unwrap();
        serde_json::from_str::<Value>(&status).unwrap()["peers"][0].clone()
    }

    fn hash(&self) -> String {
        self.peer()["shared"][0]["hash"].as_str().unwrap_or_default().to_owned()
    }

    /// Bundles that were taken in.
    fn received(&self) -> usize {
        let bundles = self.peer()["bundles"].clone();
        bundles.as_array().unwrap().iter().filter(|b| b["direction"] == "received").count()
    }

    /// Bytes of packets that are kept of bundles that are not whole.
    fn kept(&self) -> usize {
        let files = std::fs::read_dir(self.data.path().join("diode")).unwrap().flatten();
        let packets = files
            .filter(|file| file.path().extension().is_some_and(|extension| extension == "packets"));
        // The server takes them away when it has what they make up.
        let there = packets.filter_map(|file| file.metadata().ok());
        there.map(|about| usize::try_from(about.len()).unwrap()).sum()
    }

    fn wait_for(&self, received: usize) {
        let begun = Instant::now();
        while self.received() < received {
            assert!(
                begun.elapsed() < Duration::from_secs(120),
                "kept {} bytes of a bundle",
                self.kept()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn export(&self, file: &Path, with: &str) {
        let file = file.to_str().unwrap();
        self.link(&["export-bundle", file, "--with", with, "--repair", "30"]).unwrap();
    }

    fn import(&self, file: &Path) -> Result<String, String> {
        self.link(&["import-bundle", file.to_str().unwrap()])
    }

    fn send(&self, to: &str) -> Result<String, String> {
        self.link(&["send-bundle", "--with", "edge", "--to", to, "--rate", "5000000"])
    }
}

/// Datagrams none of which passes.
const SILENCE: Range<usize> = 60..75;

/// A line that passes datagrams one way, and loses, doubles, swaps and alters some.
struct Diode {
    address: String,
    stopped: Arc<AtomicBool>,
    passed: Arc<AtomicUsize>,
    passing: Option<JoinHandle<()>>,
}

impl Diode {
    fn to(address: &str) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        let (stopped, passed) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let entry = socket.local_addr().unwrap().to_string();
        let (to, until, count) = (address.to_owned(), Arc::clone(&stopped), Arc::clone(&passed));
        let passing = std::thread::spawn(move || pass(&socket, &to, &until, &count));
        Self { address: entry, stopped, passed, passing: Some(passing) }
    }
}

impl Drop for Diode {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        let ended = self.passing.take().unwrap().join();
        assert!(ended.is_ok() || std::thread::panicking());
    }
}

fn pass(socket: &UdpSocket, to: &str, stopped: &AtomicBool, passed: &AtomicUsize) {
    let mut dice = Dice::new(9);
    let mut buffer = [0; 2048];
    let mut held: Option<Vec<u8>> = None;
    while !stopped.load(Ordering::Relaxed) {
        let Ok((length, _)) = socket.recv_from(&mut buffer) else { continue };
        assert_eq!(length, PACKET);
        let number = passed.fetch_add(1, Ordering::Relaxed);
        if SILENCE.contains(&number) || dice.one_in(10) {
            continue;
        }
        let mut packet = buffer[..length].to_vec();
        match dice.below(40) {
            0 => packet[dice.below(PACKET)] ^= 4,
            1 => drop(socket.send_to(&packet, to).unwrap()),
            2 => {
                held = Some(packet);
                continue;
            }
            _ => {}
        }
        socket.send_to(&packet, to).unwrap();
        if let Some(late) = held.take() {
            socket.send_to(&late, to).unwrap();
        }
    }
}

/// Two sites that hear each other no more: headquarters sends one way, and the edge is silent.
fn parted() -> (Site, Site) {
    let (hq, edge) = (Site::start("hq"), Site::start("edge"));
    let code = hq.link(&["invite"]).unwrap();
    edge.link(&["accept", &code]).unwrap();
    edge.link(&["silence", "--with", "hq"]).unwrap();
    (hq, edge)
}

/// A channel at headquarters that is shared, and somebody who writes there.
async fn channel_with_writer(hq: &Site) -> (Value, Actor) {
    let admin = hq.administrator();
    let team = json!({ "name": "alpha", "display_name": "Alpha", "type": "O" });
    let team = admin.post("/teams", team).await.expect(201);
    let channel = json!({
        "team_id": team["id"], "name": "ops", "display_name": "Ops", "type": "O",
    });
    let channel = admin.post("/channels", channel).await.expect(201);
    let account = json!({
        "username": "writer", "password": "long enough", "email": "writer@hq.example",
    });
    let account = admin.post("/users", account).await.expect(201);
    let path = format!("/teams/{}/members", team["id"].as_str().unwrap());
    let member = json!({ "team_id": team["id"], "user_id": account["id"] });
    admin.post(&path, member).await.expect(201);
    let path = format!("/channels/{}/members", channel["id"].as_str().unwrap());
    admin.post(&path, json!({ "user_id": account["id"] })).await.expect(201);
    hq.link(&["share", "alpha:ops", "--with", "edge"]).unwrap();
    let mut writer = hq.server.as_ref().unwrap().stranger();
    writer.sign_in("writer", "long enough").await;
    (channel, writer)
}

async fn write(writer: &Actor, channel: &Value, messages: usize, dice: &mut Dice) {
    for n in 0..messages {
        // Nothing that compresses, so that there are packets to lose.
        let noise: String =
            (0..2000).map(|_| char::from(b'a' + u8::try_from(dice.below(26)).unwrap())).collect();
        let post = json!({ "channel_id": channel["id"], "message": format!("{n} {noise}") });
        writer.post("/posts", post).await.expect(201);
    }
}

/// Two such sites, of which headquarters has something to say in a channel that the edge shares.
async fn with_something_to_say(messages: usize) -> (Site, Site, tempfile::TempDir) {
    let (hq, edge) = parted();
    let folder = tempfile::tempdir().unwrap();
    let (channel, writer) = channel_with_writer(&hq).await;
    for (from, to) in [(&hq, &edge), (&edge, &hq)] {
        let file = folder.path().join(format!("first-of-{}", from.name));
        from.link(&["export-bundle", file.to_str().unwrap(), "--with", to.name]).unwrap();
        to.import(&file).unwrap();
    }
    write(&writer, &channel, messages, &mut Dice::new(1)).await;
    (hq, edge, folder)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_goes_through_a_diode_that_loses_packets() {
    let (hq, edge, folder) = with_something_to_say(60).await;
    let diode = Diode::to(&edge.diode);
    let sent = hq.send(&diode.address).unwrap();
    assert!(sent.starts_with("Sent a bundle to edge at 127.0.0.1:"), "{sent}");
    edge.wait_for(2);
    assert_eq!(edge.hash(), hq.hash());
    assert!(!edge.hash().is_empty());
    assert!(diode.passed.load(Ordering::Relaxed) >= 100);
    // Nothing is left behind of what was taken in.
    let begun = Instant::now();
    while edge.kept() > 0 {
        assert!(begun.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(50));
    }

    for (act, says) in [("pause", "paused"), ("silence", "silenced")] {
        hq.link(&[act, "--with", "edge"]).unwrap();
        let before = diode.passed.load(Ordering::Relaxed);
        let refused = hq.send(&diode.address).unwrap_err();
        assert!(refused.contains(says), "{refused}");
        std::thread::sleep(Duration::from_millis(200));
        assert_eq!(diode.passed.load(Ordering::Relaxed), before);
    }
    // A medium transmits nothing.
    hq.export(&folder.path().join("medium"), "edge");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_came_before_a_crash_counts_when_the_rest_comes() {
    let (hq, mut edge, folder) = with_something_to_say(40).await;
    let file = folder.path().join("packets");
    hq.export(&file, "edge");
    let bytes = std::fs::read(&file).unwrap();
    let packets = bytes.as_chunks::<PACKET>().0;
    let beginning = folder.path().join("beginning");
    std::fs::write(&beginning, &bytes[..10 * PACKET + 600]).unwrap();
    let refused = edge.import(&beginning).unwrap_err();
    let (_, needed) = refused.split_once("10 of the ").unwrap();
    let needed: usize = needed.split_once(' ').unwrap().0.parse().unwrap();
    assert!(refused.contains(&format!("at least {} more are needed", needed - 10)), "{refused}");

    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let send =
        |packet: &[u8]| assert_eq!(socket.send_to(packet, &edge.diode).unwrap(), packet.len());
    // What is no packet, or not for this site, is passed over.
    let foreign = folder.path().join("foreign");
    edge.export(&foreign, "hq");
    std::fs::read(&foreign).unwrap().chunks(PACKET).for_each(send);
    send(b"FPPACKET");
    send(&[0; PACKET]);
    packets[..needed / 2].iter().for_each(|packet| send(packet));
    let begun = Instant::now();
    while edge.kept() < needed / 2 * PACKET {
        assert!(begun.elapsed() < Duration::from_secs(60), "not all came");
        std::thread::sleep(Duration::from_millis(20));
    }
    edge.crash();
    assert_eq!(edge.received(), 1);
    let send =
        |packet: &[u8]| assert_eq!(socket.send_to(packet, &edge.diode).unwrap(), packet.len());
    packets[needed / 2..needed].iter().for_each(|packet| send(packet));
    edge.wait_for(2);
    assert_eq!(edge.hash(), hq.hash());
}

/// A copy of a file in which there are zeros from one byte to another.
fn damaged(file: &Path, name: &str, holes: &[(usize, usize)]) -> PathBuf {
    let mut bytes = std::fs::read(file).unwrap();
    for (from, to) in holes {
        bytes[*from..*to].fill(0);
    }
    let damaged = file.with_extension(name);
    std::fs::write(&damaged, bytes).unwrap();
    damaged
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_medium_costs_packets_and_no_bundle() {
    let (hq, edge, folder) = with_something_to_say(40).await;
    let file = folder.path().join("bundle");
    hq.export(&file, "edge");
    let length = std::fs::read(&file).unwrap().len();
    // The first sectors, and another in the middle.
    let little = damaged(&file, "little", &[(0, 8192), (20_480, 24_576)]);
    // The end of each packet: no authenticator is right.
    let ends: Vec<_> = (1..=length / PACKET).map(|n| (n * PACKET - 8, n * PACKET)).collect();
    for (file, at, says) in [
        (damaged(&file, "ends", &ends), &edge, "none of its packets was sealed"),
        (damaged(&file, "gone", &[(0, length)]), &edge, "it is not a bundle"),
        (little.clone(), &hq, "none of its packets was sealed"),
    ] {
        let refused = at.import(&file).unwrap_err();
        assert!(refused.contains(says), "{refused}");
    }
    let taken = edge.import(&little).unwrap();
    assert!(taken.starts_with("Took in a bundle of hq: "), "{taken}");
    assert_eq!(edge.hash(), hq.hash());
}
