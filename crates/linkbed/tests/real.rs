//! Real packets through the model: namespaces as root or inside user namespaces, and UDP without
//! either.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use fieldpost_linkbed::profile::{Loss, Profile};
use fieldpost_linkbed::relay::{DATAGRAM_OVERHEAD, Door, Relay};
use fieldpost_linkbed::{Bed, Emulator, Link, Side, Tally, bed};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::mpsc;
use tokio::time::timeout;

const LINKBED: &str = env!("CARGO_BIN_EXE_linkbed");

const THIN: Profile =
    Profile { loss: Loss::of(0.02), ..Profile::plain("thin", 64_000, Duration::from_millis(300)) };

/// Longer than anything here takes; a test that gets there has failed.
const PATIENCE: Duration = Duration::from_secs(60);

fn thin_bed() -> Bed {
    match Bed::up(Path::new(LINKBED), Link::new(THIN, 11)) {
        Ok(bed) => bed,
        Err(error) => panic!("this test needs root, or leave to make user namespaces: {error}"),
    }
}

/// Sends back everything that comes.
async fn echo(socket: UdpSocket) {
    let mut buffer = [0; 2_048];
    while let Ok((length, sender)) = socket.recv_from(&mut buffer).await {
        socket.send_to(&buffer[..length], sender).await.unwrap();
    }
}

fn at(address: Ipv4Addr, port: u16) -> SocketAddr {
    SocketAddr::from((address, port))
}

/// Receives, and says when each packet came.
async fn watch(socket: Arc<UdpSocket>, came: mpsc::UnboundedSender<(Instant, usize)>) {
    let mut buffer = [0; 2_048];
    while let Ok(length) = socket.recv(&mut buffer).await {
        assert!(buffer[..length].iter().all(|byte| *byte == buffer[0]));
        came.send((Instant::now(), length)).unwrap();
    }
}

#[tokio::test]
async fn packets_are_never_faster_than_the_model_and_every_byte_is_counted() {
    const COUNT: u8 = 40;
    const PAYLOAD: usize = 372;
    const BITS: f64 = ((PAYLOAD + DATAGRAM_OVERHEAD) * 8) as f64;
    let bed = thin_bed();
    let echoing = tokio::spawn(echo(bed.side(Side::Right).udp(at(bed::RIGHT, 7_000)).unwrap()));
    let socket = Arc::new(bed.side(Side::Left).udp(at(bed::LEFT, 0)).unwrap());
    let (came, mut coming) = mpsc::unbounded_channel();
    let watching = tokio::spawn(watch(socket.clone(), came));
    let started = Instant::now();
    for number in 0..COUNT {
        socket.send_to(&[number; PAYLOAD], at(bed::RIGHT, 7_000)).await.unwrap();
    }
    let quiet = bed.link().until(|stats| {
        stats.left.offered.packets == u64::from(COUNT)
            && stats.right.offered.packets == stats.left.delivered.packets
            && stats.left.is_idle()
            && stats.right.is_idle()
    });
    let stats = timeout(PATIENCE, quiet).await.unwrap();
    assert!(stats.right.delivered.packets > 0);
    for number in 1..=stats.right.delivered.packets {
        let next = timeout(PATIENCE, coming.recv()).await.unwrap();
        let (when, length) = next.unwrap();
        assert_eq!(length, PAYLOAD);
        let taken = (when - started).as_secs_f64();
        assert!(taken >= 0.6, "{taken}");
        // All of them crossed one after the other, and the last of them crossed back as well.
        let goodput = (number + 1) as f64 * BITS / (taken - 0.6);
        assert!(goodput <= 64_000.0, "{goodput}");
    }
    let sent = u64::from(COUNT) * (PAYLOAD + DATAGRAM_OVERHEAD) as u64;
    assert_eq!(stats.left.offered, Tally { packets: COUNT.into(), bytes: sent });
    assert_eq!(stats.left.dropped, Tally::default());
    echoing.abort();
    watching.abort();
}

#[tokio::test]
async fn a_cut_drops_everything_until_it_is_restored() {
    let bed = thin_bed();
    bed.link().adjust(|profile| Profile { loss: Loss::NONE, ..profile });
    let receiver = bed.side(Side::Right).udp(at(bed::RIGHT, 7_000)).unwrap();
    let socket = bed.side(Side::Left).udp(at(bed::LEFT, 0)).unwrap();
    let send = async |text: &str| {
        socket.send_to(text.as_bytes(), at(bed::RIGHT, 7_000)).await.unwrap();
    };
    send("on its way when the link is cut").await;
    bed.link().until(|stats| stats.left.flying.packets == 1).await;
    bed.link().cut();
    send("sent while the link is cut").await;
    let stats = bed.link().until(|stats| stats.left.dropped.packets == 1).await;
    assert_eq!((stats.left.lost.packets, stats.up), (1, false));
    bed.link().restore();
    send("after it").await;
    let mut buffer = [0; 100];
    let length = timeout(PATIENCE, receiver.recv(&mut buffer)).await.unwrap().unwrap();
    assert_eq!(&buffer[..length], b"after it");
    assert!(receiver.try_recv(&mut buffer).is_err());
}

#[tokio::test]
async fn a_server_inside_is_reached_from_outside_and_not_through_the_link() {
    let bed = thin_bed();
    for side in Side::BOTH {
        let inside = at(Ipv4Addr::LOCALHOST, 8_065);
        let server = bed.side(side).listen(inside).unwrap();
        let outside = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = outside.local_addr().unwrap();
        let _forwarding = bed.forward(side, outside, inside);
        let mut client = TcpStream::connect(address).await.unwrap();
        let (mut served, _) = timeout(PATIENCE, server.accept()).await.unwrap().unwrap();
        client.write_all(b"question").await.unwrap();
        client.shutdown().await.unwrap();
        let mut heard = String::new();
        served.read_to_string(&mut heard).await.unwrap();
        served.write_all(b"answer").await.unwrap();
        drop(served);
        client.read_to_string(&mut heard).await.unwrap();
        assert_eq!(heard, "questionanswer");
    }
    assert_eq!(bed.link().stats().left.offered, Tally::default());
}

/// A bed that the command line runs.
struct Running {
    child: Child,
    control: std::path::PathBuf,
}

impl Running {
    fn up(control: &Path, options: &[&str]) -> Self {
        let mut child = Command::new(LINKBED)
            .args(["up", "--control"])
            .arg(control)
            .args(options)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.contains("10.77.0.1"), "linkbed up did not come up: {line}");
        Self { child, control: control.to_owned() }
    }

    fn linkbed(&self, arguments: &[&str]) -> (bool, String) {
        let output = Command::new(LINKBED)
            .arg("--control")
            .arg(&self.control)
            .args(arguments)
            .output()
            .unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn told(&self, words: &str) -> String {
        let words: Vec<&str> = words.split(' ').collect();
        let (success, said) = self.linkbed(&words);
        assert!(success, "{words:?}");
        said
    }

    fn helpers(&self) -> [Pid; 2] {
        let sides: serde_json::Value = serde_json::from_str(&self.told("sides")).unwrap();
        ["left", "right"]
            .map(|side| sides["sides"][side]["pid"].as_i64().unwrap())
            .map(|pid| Pid::from_raw(i32::try_from(pid).unwrap()).unwrap())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn programs_run_inside_and_the_link_obeys() {
    let folder = tempfile::tempdir().unwrap();
    let control = folder.path().join("control");
    let options = ["--profile", "geo-64k", "--steady", "--loss", "0", "--left", "hq"];
    let mut bed = Running::up(&control, &options);
    let ping = ["exec", "hq", "--", "ping", "-c", "2", "-i", "0.2", "-s", "56", "10.77.0.2"];
    let (success, said) = bed.linkbed(&ping);
    assert!(success, "{said}");
    let fastest = said.rsplit_once("= ").unwrap().1.split('/').next().unwrap();
    assert!(fastest.parse::<f64>().unwrap() >= 600.0, "{said}");
    // 56 bytes, 8 of ICMP and 20 of IPv4, there and back.
    let stats: serde_json::Value = serde_json::from_str(&bed.told("stats")).unwrap();
    for side in ["left", "right"] {
        assert_eq!(stats["stats"][side]["delivered"]["bytes"], 2 * 84);
    }
    assert!(bed.linkbed(&["exec", "right", "--", "ping", "-c", "1", "127.0.0.1"]).0);
    bed.told("cut");
    assert!(!bed.linkbed(&["exec", "hq", "--", "ping", "-c", "1", "-W", "1", "10.77.0.2"]).0);
    bed.told("restore");
    bed.told("profile lan");
    bed.told("delay 5");
    assert!(bed.linkbed(&["exec", "hq", "--", "ping", "-c", "1", "10.77.0.2"]).0);
    assert!(!bed.linkbed(&["exec", "left", "--", "true"]).0);
    assert!(!bed.linkbed(&["sever"]).0);
    bed.told("down");
    assert!(bed.child.wait().unwrap().success());
    assert!(!control.exists());
}

#[test]
fn a_crash_leaves_nothing_that_stands_in_the_way() {
    let folder = tempfile::tempdir().unwrap();
    let control = folder.path().join("control");
    let mut first = Running::up(&control, &[]);
    let second = Command::new(LINKBED).arg("--control").arg(&control).arg("up").output().unwrap();
    assert!(!second.status.success());
    let helpers = first.helpers().map(|pid| pidfd_open(pid, PidfdFlags::empty()).unwrap());
    first.child.kill().unwrap();
    first.child.wait().unwrap();
    for helper in &helpers {
        let mut ends = [PollFd::new(helper, PollFlags::IN)];
        assert_eq!(poll(&mut ends, Some(&PATIENCE.try_into().unwrap())), Ok(1));
    }
    assert!(control.exists());
    let third = Running::up(&control, &[]);
    third.told("down");
}

#[tokio::test]
async fn a_relay_is_the_same_link_for_udp_without_namespaces() {
    let server = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let target = server.local_addr().unwrap();
    let echoing = tokio::spawn(echo(server));
    let profile = Profile { loss: Loss::NONE, ..THIN };
    let link = Emulator::start(Link::new(profile, 1).with_overhead(DATAGRAM_OVERHEAD));
    let door = Door { side: Side::Right, listen: at(Ipv4Addr::LOCALHOST, 0), target };
    let relay = Relay::open(link, &[door]).await.unwrap();
    let mut clients = Vec::new();
    let started = Instant::now();
    for name in ["one", "two"] {
        let client = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        client.connect(relay.doors()[0]).await.unwrap();
        client.send(name.as_bytes()).await.unwrap();
        clients.push((client, name));
    }
    for (client, name) in clients {
        let mut buffer = [0; 100];
        let length = timeout(PATIENCE, client.recv(&mut buffer)).await.unwrap().unwrap();
        assert_eq!(&buffer[..length], name.as_bytes());
        assert!(started.elapsed() >= Duration::from_millis(600));
    }
    let stats = relay.link().stats();
    assert_eq!(stats.right.offered, Tally { packets: 2, bytes: 2 * 31 });
    assert_eq!(stats.left.delivered, Tally { packets: 2, bytes: 2 * 31 });
    echoing.abort();
}
