//! `fieldpost link send-bundle`.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::net::{SocketAddr, ToSocketAddrs, UdpSocket};
use std::path::Path;
use std::time::{Duration, Instant};

use super::bundle::{Asked, download};
use super::{Peer, list, size, word};
use crate::local::Local;

/// Bytes of a datagram's content.
const PACKET: usize = 1200;

/// Bytes that UDP and IP put before each.
const fn headers(to: &SocketAddr) -> usize {
    if to.is_ipv6() { 48 } else { 28 }
}

/// How often it is said how far it came, and asked whether the link may still transmit.
const LOOK: Duration = Duration::from_secs(5);

/// How far behind its time a datagram may be before the time is given up: what was missed is not sent
/// in a burst.
const LATE: Duration = Duration::from_millis(20);

/// Where it goes, how fast, and how often.
pub(super) struct Way {
    /// A name or address, and a port.
    pub(super) to: String,
    /// Bits a second, with headers.
    pub(super) rate: u64,
    /// How many times.
    pub(super) repeat: u32,
}

/// Sends a new bundle of the running site to where nobody answers.
pub(super) fn send(peer: &Peer, asked: Asked, way: &Way) -> Result<(), String> {
    let to = address(&way.to)?;
    let local = Local::running(&peer.site.data)?;
    let mut packets = unnamed(&peer.site.data)?;
    let bytes = local.block_on(download(&local, &peer.path("/bundle"), asked, &mut packets))?;
    let begun = Instant::now();
    let any = if to.is_ipv6() { "[::]:0" } else { "0.0.0.0:0" };
    let socket = UdpSocket::bind(any).map_err(|error| error.to_string())?;
    let mut pace = Pace::new(begun, PACKET + headers(&to), way.rate);
    let mut progress = Progress { looked: begun, sent: 0, all: bytes * i64::from(way.repeat) };
    for _ in 0..way.repeat {
        packets.rewind().map_err(|error| error.to_string())?;
        send_all(&mut packets, |packet| {
            std::thread::sleep(pace.wait(Instant::now()));
            // It is not connected: whatever comes back for it is never seen.
            socket.send_to(packet, to).map_err(|error| format!("{to}: {error}"))?;
            progress.look(packet.len(), || may_transmit(&local, peer))
        })?;
    }
    println!(
        "Sent a bundle to {} at {to}: {} in {} s",
        peer.with,
        size(progress.all),
        begun.elapsed().as_secs()
    );
    Ok(())
}

fn address(to: &str) -> Result<SocketAddr, String> {
    let found = to.to_socket_addrs().map_err(|error| format!("{to}: {error}"))?.next();
    found.ok_or_else(|| format!("{to}: it has no address"))
}

/// A file that goes when it is closed.
fn unnamed(data: &Path) -> Result<File, String> {
    let path = data.join(format!("send-bundle.{}.part", std::process::id()));
    let made = File::options().read(true).write(true).create_new(true).open(&path);
    let unmade = |error: io::Error| format!("{}: {error}", path.display());
    let file = made.map_err(unmade)?;
    std::fs::remove_file(&path).map_err(unmade)?;
    Ok(file)
}

fn send_all(
    packets: &mut File,
    mut send: impl FnMut(&[u8]) -> Result<(), String>,
) -> Result<(), String> {
    let mut packets = io::BufReader::new(packets);
    let mut packet = [0; PACKET];
    loop {
        match packets.read_exact(&mut packet) {
            Ok(()) => send(&packet)?,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) => return Err(error.to_string()),
        }
    }
}

/// Refuses to go on if the link was paused, silenced or closed meanwhile, or if that cannot be known.
fn may_transmit(local: &Local, peer: &Peer) -> Result<(), String> {
    let status = local.get("/fieldpost/link")?;
    let is_meant = |of: &&serde_json::Value| of["site"] == peer.with || of["id"] == peer.with;
    let found = list(&status, "peers").iter().find(is_meant);
    match found.map(|peer| word(peer, "state")).as_deref() {
        Some("paused") => Err(stopped(&peer.with, "paused")),
        Some("silent") => Err(stopped(&peer.with, "silenced")),
        Some("closed") => Err(stopped(&peer.with, "closed at the end of its time window")),
        Some(_) => Ok(()),
        None => Err(stopped(&peer.with, "removed")),
    }
}

fn stopped(with: &str, why: &str) -> String {
    format!("the link with {with} was {why}; the bundle was not sent to its end")
}

/// When the next datagram is due.
struct Pace {
    each: Duration,
    due: Instant,
}

impl Pace {
    fn new(now: Instant, bytes: usize, rate: u64) -> Self {
        Self { each: Duration::from_secs_f64(bytes as f64 * 8.0 / rate as f64), due: now }
    }

    /// How long to wait for the next.
    fn wait(&mut self, now: Instant) -> Duration {
        if now > self.due + LATE {
            self.due = now;
        }
        let wait = self.due.saturating_duration_since(now);
        self.due += self.each;
        wait
    }
}

/// How far it came.
struct Progress {
    looked: Instant,
    sent: i64,
    all: i64,
}

impl Progress {
    fn look(
        &mut self,
        sent: usize,
        may_go_on: impl Fn() -> Result<(), String>,
    ) -> Result<(), String> {
        self.sent += i64::try_from(sent).unwrap_or_default();
        if self.looked.elapsed() < LOOK {
            return Ok(());
        }
        self.looked = Instant::now();
        eprintln!("Sent {} of {}", size(self.sent), size(self.all));
        may_go_on()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datagrams_keep_to_the_rate_and_do_not_catch_up_in_a_burst() {
        let begun = Instant::now();
        let at = |millis| begun + Duration::from_millis(millis);
        // 1,250 bytes at 1 Mbit/s are 10 ms.
        let mut pace = Pace::new(begun, 1250, 1_000_000);
        assert_eq!(pace.wait(begun), Duration::ZERO);
        assert_eq!(pace.wait(at(1)), Duration::from_millis(9));
        // A little late: the time between is made up for.
        assert_eq!(pace.wait(at(25)), Duration::ZERO);
        assert_eq!(pace.wait(at(25)), Duration::from_millis(5));
        // Very late: it begins anew.
        assert_eq!(pace.wait(at(5_000)), Duration::ZERO);
        assert_eq!(pace.wait(at(5_000)), Duration::from_millis(10));
    }

    #[test]
    fn an_address_is_looked_up() {
        assert_eq!(address("127.0.0.1:7").unwrap().to_string(), "127.0.0.1:7");
        assert!(address("127.0.0.1").is_err());
    }
}
