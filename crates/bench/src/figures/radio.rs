//! A post over the slowest radio, and the way to a better line once there is one.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use fieldpost_linkbed::profile::{Duplex, LAN};
use fieldpost_linkbed::relay::Datagram;
use fieldpost_linkbed::{Door, Emulator, Link, Profile, Relay, Side};
use fieldpost_testkit::{Actor, free_address};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::Outcome;
use crate::bench::Bench;
use crate::client::{Client, text};
use crate::crowd::{self, CHANNEL, TEAM};
use crate::pair::{said, thin};
use crate::report::{Number, Report, number};
use crate::server::{Place, Server};

/// HF radio in its most robust form: one side at a time, half a minute from one to the other.
const SLOWEST: Profile = radio("75 bit/s, 30 s of turn-around", 75, 30, 5);

/// What takes less long to try.
const QUICK: Profile = radio("2400 bit/s, 4 s of turn-around", 2_400, 4, 1);

/// Forty letters.
const MESSAGE: &str = "Fuel for two days, water for one. Thanks";

/// Bytes around a datagram.
const HEADERS: usize = 28;

const PATIENCE: Duration = Duration::from_secs(900);

const fn radio(name: &'static str, rate: u64, turnaround: u64, delay: u64) -> Profile {
    let turnaround = Duration::from_secs(turnaround);
    Profile {
        duplex: Duplex::Half { turnaround, longest_turn: Duration::from_secs(120) },
        ..Profile::plain(name, rate, Duration::from_secs(delay))
    }
}

/// A site and its running server.
struct Site {
    place: Place,
    server: Server,
}

/// Two sites with a radio and a cable between them.
struct Air<'b> {
    bench: &'b Bench,
    sites: [Site; 2],
    radio: Relay,
    cable: Relay,
}

async fn relay(profile: Profile, doors: [(Side, SocketAddr); 2]) -> Outcome<Relay> {
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let doors = doors.map(|(side, target)| Door { side, listen, target });
    let link: Link<Datagram> = Link::new(profile, 1).with_overhead(HEADERS);
    Ok(Relay::open(Emulator::start(link), &doors).await?)
}

fn start(bench: &Bench, folder: &Path, [name, peer]: [&str; 2], settings: &str) -> Outcome<Site> {
    let place = Place::embedded(&folder.join(name));
    if name == "hq" {
        crowd::populate(bench, &place, 1)?;
    }
    std::fs::create_dir_all(&place.data)?;
    let settings = settings.replace("NAME", name).replace("PEER", peer);
    std::fs::write(place.data.join("fieldpost.toml"), settings)?;
    let server = place.start(bench)?;
    Ok(Site { place, server })
}

impl<'b> Air<'b> {
    async fn new(bench: &'b Bench, folder: &Path, profile: &Profile) -> Outcome<Self> {
        let [own, other, called] = [free_address(), free_address(), free_address()];
        let radio = relay(*profile, [(Side::Left, other), (Side::Right, own)]).await?;
        let cable = relay(LAN, [(Side::Right, called), (Side::Left, called)]).await?;
        let settings = |listen: &str, own: SocketAddr, door: SocketAddr| {
            let thin = thin(&format!("udp {own} {door}"), profile, false);
            format!("[site]\nname = \"NAME\"\n[link]\n{listen}\n[link.thin.PEER]\n{thin}")
        };
        let doors = radio.doors();
        let listen = format!("listen = \"{called}\"");
        let hq = start(bench, folder, ["hq", "edge"], &settings(&listen, own, doors[0]))?;
        let edge = start(bench, folder, ["edge", "hq"], &settings("", other, doors[1]))?;
        Ok(Self { bench, sites: [hq, edge], radio, cable })
    }

    fn says(&self, site: usize, arguments: &[&str]) -> Outcome<String> {
        said(self.sites[site].place.command(self.bench, arguments).output()?)
    }

    /// Links the sites over the cable.
    fn link(&self) -> Outcome<()> {
        let address = self.cable.doors()[0].to_string();
        let code = self.says(0, &["link", "invite", "--address", &address])?;
        self.says(1, &["link", "accept", code.trim()])?;
        self.says(0, &["link", "share", &format!("{TEAM}:{CHANNEL}"), "--with", "edge"])?;
        Ok(())
    }

    /// Returns once something is at the edge.
    async fn until_there(&self, path: &str) -> Outcome<Duration> {
        let edge = Actor::local(&self.sites[1].place.data.join("fieldpost.sock"));
        let begun = Instant::now();
        while edge.get(path).await.status != 200 {
            patient(begun)?;
            sleep(Duration::from_millis(20)).await;
        }
        Ok(begun.elapsed())
    }

    /// Returns once both sites say that this carries the conversation.
    async fn until_over(&self, carriage: &str) -> Outcome<Duration> {
        let begun = Instant::now();
        for site in [0, 1] {
            loop {
                let status = self.says(site, &["link", "status", "--json"])?;
                let status: Value = serde_json::from_str(&status)?;
                if status["peers"][0]["carriage"] == carriage {
                    break;
                }
                patient(begun)?;
                sleep(Duration::from_millis(20)).await;
            }
        }
        Ok(begun.elapsed())
    }

    fn aired(&self) -> u64 {
        Side::BOTH.map(|side| self.radio.link().stats().from(side).aired.bytes).iter().sum()
    }

    /// Returns once nothing was said on the radio for so long.
    async fn until_quiet(&self, quiet: Duration) -> Outcome<()> {
        let begun = Instant::now();
        loop {
            let before = self.aired();
            sleep(quiet).await;
            if self.aired() == before {
                return Ok(());
            }
            patient(begun)?;
        }
    }
}

fn patient(begun: Instant) -> Outcome<()> {
    if begun.elapsed() > PATIENCE {
        return Err(format!("it did not happen within {PATIENCE:?}").into());
    }
    Ok(())
}

pub(super) async fn measure(bench: &Bench, report: &mut Report) -> Outcome<()> {
    let profile = if bench.quick { QUICK } else { SLOWEST };
    let scratch = bench.scratch()?;
    let air = Air::new(bench, scratch.path(), &profile).await?;
    air.link()?;
    let crowd = crowd::meet(air.sites[0].server.address, 1).await?;
    air.until_there(&format!("/channels/{}", crowd.channel)).await?;
    air.cable.link().cut();
    let begun = air.until_over("thin").await?;
    let quiet = match profile.duplex {
        Duplex::Half { turnaround, .. } => 3 * (turnaround + profile.delay),
        Duplex::Full | Duplex::OneWay => profile.delay,
    };
    air.until_quiet(quiet).await?;
    let silent = air.aired();
    let minutes = if bench.quick { 0.25 } else { 1.0 };
    sleep(Duration::from_secs(60).mul_f64(minutes)).await;
    let idle = (air.aired() - silent) as f64 / minutes;
    report.add(
        format!("at rest, {}", profile.name),
        number(idle, "B/min"),
        ("until the cut cable was replaced", number(begun.as_secs_f64(), "s")),
    );
    report.aim(4, ("both sides", idle, "B/min"), 100.0);

    let mut author = Client::open(air.sites[0].server.address, &crowd.people[0].token).await?;
    let before = air.aired();
    let took = say(&air, &mut author, &crowd.channel).await?;
    air.until_quiet(quiet).await?;
    let bytes = (air.aired() - before) as f64;
    report.add(
        format!("a post of 40 letters, {}", profile.name),
        vec![Number::labelled("", took, "s"), Number::labelled("IP, both ways", bytes, "B")],
        (
            "40 letters and the delay",
            number((profile.air_time(40) + profile.delay).as_secs_f64(), "s"),
        ),
    );
    if !bench.quick {
        report.aim(12, ("written → readable", took, "s"), 60.0);
    }
    report.add("the same post", number(bytes, "B"), ("40 letters", number(40.0, "B")));
    report.aim(1, ("IP, both ways", bytes, "B"), 100.0);

    air.cable.link().restore();
    let moved = air.until_over("quic").await?.as_secs_f64();
    say(&air, &mut author, &crowd.channel).await?;
    let messages = air.count(&crowd.channel).await?;
    if messages != 2 {
        return Err(format!("{messages} messages of 2 at the edge").into());
    }
    report.add(
        "to QUIC, once there is a cable",
        number(moved, "s"),
        ("messages at the edge of 2", number(messages as f64, "messages")),
    );
    report.aim(12, ("cable there → QUIC at both", moved, "s"), 5.0);
    Ok(())
}

/// Somebody writes at headquarters; gives the seconds until it can be read at the edge.
async fn say(air: &Air<'_>, author: &mut Client, channel: &str) -> Outcome<f64> {
    let post = json!({ "channel_id": channel, "message": MESSAGE });
    let made = author.post("/posts", &post).await?.expect(201)?;
    let took = air.until_there(&format!("/posts/{}", text(&made, "id")?)).await?;
    Ok(took.as_secs_f64())
}

impl Air<'_> {
    /// How often the message is in the channel at the edge.
    async fn count(&self, channel: &str) -> Outcome<usize> {
        let edge = Actor::local(&self.sites[1].place.data.join("fieldpost.sock"));
        let posts = edge.get(&format!("/channels/{channel}/posts")).await.expect(200);
        let posts = posts["posts"].as_object().ok_or("no posts")?;
        Ok(posts.values().filter(|post| post["message"] == MESSAGE).count())
    }
}
