//! Two servers, each in a network of its own, with a bad link between them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Output;
use std::time::{Duration, Instant};

use fieldpost_linkbed::profile::Duplex;
use fieldpost_linkbed::{Bed, Link, Profile, Side, bed};
use fieldpost_testkit::{Actor, Dice};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::Outcome;
use crate::bench::Bench;
use crate::client::{Client, text};
use crate::crowd::{self, ADMIN, CHANNEL, Crowd, Person, TEAM};
use crate::server::{Place, Server};
use crate::text::ENGLISH;

/// Where a site is called by the other.
const PORT: u16 = 8066;

/// Where the edge hears bundles that come one way.
const DIODE: &str = "10.77.0.2:8067";

/// Where thin datagrams go, at both.
const THIN: u16 = 8068;

/// Who writes.
pub(crate) const AUTHORS: usize = 40;

/// How long two sites may take.
const PATIENCE: Duration = Duration::from_secs(180);

/// How often it is looked whether they are the same.
const LOOK: Duration = Duration::from_millis(50);

/// Two servers, each in a network of its own, with a bad link between them.
pub(crate) struct Pair<'b> {
    bench: &'b Bench,
    bed: Bed,
    pub(crate) hq: Place,
    pub(crate) edge: Place,
    servers: Vec<Server>,
    /// Where clients reach headquarters and the edge, beside the link.
    pub(crate) doors: Vec<SocketAddr>,
    forwarding: Vec<JoinSet<()>>,
}

impl<'b> Pair<'b> {
    pub(crate) async fn start(bench: &'b Bench, folder: &Path, link: Profile) -> Outcome<Self> {
        Self::with_people(bench, folder, link, AUTHORS).await
    }

    /// The same with so many people at headquarters.
    pub(crate) async fn with_people(
        bench: &'b Bench,
        folder: &Path,
        link: Profile,
        people: usize,
    ) -> Outcome<Self> {
        let bed = Bed::up(&std::env::current_exe()?, Link::new(link, 1))?;
        let (hq, edge) =
            (Place::embedded(&folder.join("hq")), Place::embedded(&folder.join("edge")));
        crowd::populate(bench, &hq, people)?;
        std::fs::create_dir_all(&edge.data)?;
        let (servers, doors, forwarding) = (Vec::new(), Vec::new(), Vec::new());
        let mut pair = Self { bench, bed, hq, edge, servers, doors, forwarding };
        for side in [Side::Left, Side::Right] {
            let server = pair.serve(side, "127.0.0.1:0")?;
            let outside = TcpListener::bind("127.0.0.1:0").await?;
            pair.doors.push(outside.local_addr()?);
            pair.forwarding.push(pair.bed.forward(side, outside, server.address));
            pair.servers.push(server);
        }
        Ok(pair)
    }

    /// Starts the server of a side: headquarters are on the left.
    fn serve(&self, side: Side, listen: &str) -> Outcome<Server> {
        let (place, name, address) = match side {
            Side::Left => (&self.hq, "hq", bed::LEFT),
            Side::Right => (&self.edge, "edge", bed::RIGHT),
        };
        let mut command = self.bed.command(side, &self.bench.server.to_string_lossy());
        command
            .args(["serve", "--listen", listen, "--site-name", name, "--data"])
            .arg(&place.data)
            .env("FIELDPOST_LINK__LISTEN", format!("{address}:{PORT}"));
        if side == Side::Right {
            command.env("FIELDPOST_LINK__DIODE_LISTEN", DIODE);
        }
        Server::spawn(command)
    }

    /// Kills the server of a side, which gets no chance to do anything about it, and starts it again.
    pub(crate) fn kill(&mut self, side: Side) -> Outcome<()> {
        let at = usize::from(side == Side::Right);
        let killed = self.servers.remove(at);
        let listen = killed.address.to_string();
        killed.kill()?;
        let server = self.serve(side, &listen)?;
        self.servers.insert(at, server);
        Ok(())
    }

    /// Makes the link another.
    pub(crate) fn turn_into(&self, profile: Profile) {
        self.bed.link().adjust(|_| profile);
    }

    /// Takes the link away.
    pub(crate) fn cut(&self) {
        self.bed.link().cut();
    }

    /// Gives the link back.
    pub(crate) fn restore(&self) {
        self.bed.link().restore();
    }

    /// Restarts both sites so that they talk in thin datagrams alone, over a link like this one.
    pub(crate) fn speak_thin(&mut self, link: &Profile) -> Outcome<()> {
        for (side, peer) in [(Side::Left, "edge"), (Side::Right, "hq")] {
            let (place, own, other) = match side {
                Side::Left => (&self.hq, bed::LEFT, bed::RIGHT),
                Side::Right => (&self.edge, bed::RIGHT, bed::LEFT),
            };
            let over = format!("udp {own}:{THIN} {other}:{THIN}");
            let settings = format!("[link.thin.{peer}]\n{}", thin(&over, link, true));
            std::fs::write(place.data.join("fieldpost.toml"), settings)?;
            self.kill(side)?;
        }
        Ok(())
    }

    /// Sends what the edge lacks as a bundle one way, so many bits a second and with so much repair in
    /// percent; gives what the command said.
    pub(crate) async fn send_bundle(&self, rate: u64, repair: u64) -> Outcome<String> {
        // The datagrams are the command's own, so that it runs on the side of headquarters.
        let mut command = self.bed.command(Side::Left, &self.bench.server.to_string_lossy());
        command.args(["link", "send-bundle", "--with", "edge", "--to", DIODE]);
        command.args(["--rate", &rate.to_string(), "--repair", &repair.to_string(), "--data"]);
        command.arg(&self.hq.data);
        said(tokio::task::spawn_blocking(move || command.output()).await??)
    }

    /// Bytes that a side has put on the air so far, with the headers of IP.
    pub(crate) fn aired(&self, side: Side) -> u64 {
        self.bed.link().stats().from(side).aired.bytes
    }

    /// Bytes of a side that have arrived at the other so far, with the headers of IP.
    pub(crate) fn arrived(&self, side: Side) -> u64 {
        self.bed.link().stats().from(side).delivered.bytes
    }

    /// Returns once so many bytes of a side have arrived at the other.
    pub(crate) async fn until_arrived(&self, side: Side, bytes: u64) {
        self.bed.link().until(|stats| stats.from(side).delivered.bytes >= bytes).await;
    }

    /// Whether the edge has all bytes of a file.
    pub(crate) async fn has_file(&self, file: &str, size: usize) -> bool {
        let edge = Actor::local(&self.edge.data.join("fieldpost.sock"));
        let asked = edge.try_send(Method::GET, &format!("/files/{file}"), Vec::new()).await;
        asked.is_ok_and(|answer| answer.status == 200 && answer.bytes.len() == size)
    }

    pub(crate) fn hq_says(&self, arguments: &[&str]) -> Outcome<String> {
        said(self.hq.command(self.bench, arguments).output()?)
    }

    pub(crate) fn edge_says(&self, arguments: &[&str]) -> Outcome<String> {
        said(self.edge.command(self.bench, arguments).output()?)
    }

    /// Links the sites, over the bad link, shares the channel, and lets everybody speak once. Gives
    /// who writes at headquarters.
    pub(crate) async fn link(&self) -> Outcome<Crowd> {
        let crowd = crowd::meet(self.doors[0], AUTHORS).await?;
        let address = format!("{}:{PORT}", bed::LEFT);
        let code = self.hq_says(&["link", "invite", "--address", &address])?;
        self.edge_says(&["link", "accept", code.trim()])?;
        self.hq_says(&["link", "share", &format!("{TEAM}:{CHANNEL}"), "--with", "edge"])?;
        write(self.doors[0], &crowd, AUTHORS, 0).await?;
        self.converge().await?;
        Ok(crowd)
    }

    /// Somebody at the edge who is in the shared channel.
    pub(crate) async fn visitor(&self, crowd: &Crowd) -> Outcome<Person> {
        let mut stranger = Client::open(self.doors[1], "").await?;
        crowd::sign_up(&mut stranger).await?;
        let (token, id) = stranger.sign_in(ADMIN.0, ADMIN.1).await?;
        let mut admin = Client::open(self.doors[1], &token).await?;
        let team = text(&admin.get(&format!("/teams/name/{TEAM}")).await?.expect(200)?, "id")?;
        let member = json!({ "team_id": team, "user_id": id });
        admin.post(&format!("/teams/{team}/members"), &member).await?.expect(201)?;
        let path = format!("/channels/{}/members", crowd.channel);
        admin.post(&path, &json!({ "user_id": id })).await?.expect(201)?;
        Ok(Person { id, token })
    }

    /// Who writes at the edge: one person, wherever it takes several.
    pub(crate) async fn edge_crowd(&self, crowd: &Crowd) -> Outcome<Crowd> {
        let person = self.visitor(crowd).await?;
        Ok(Crowd { channel: crowd.channel.clone(), people: vec![person; AUTHORS] })
    }

    /// Waits until the state of the shared channel is the same at both, where both have written what
    /// the other lacks.
    pub(crate) async fn meet(&self, patience: Duration) -> Outcome<()> {
        let begun = Instant::now();
        loop {
            let hq = state(&self.hq_says(&["link", "status", "--json"])?)?;
            if hq.is_some() && hq == state(&self.edge_says(&["link", "status", "--json"])?)? {
                return Ok(());
            }
            if begun.elapsed() > patience {
                return Err(format!("not the same after {patience:?}").into());
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Waits until the shared channel's state at the edge is that at headquarters. Each site is
    /// asked itself: what they tell each other about it passes the link too.
    pub(crate) async fn converge(&self) -> Outcome<()> {
        let begun = Instant::now();
        let wanted = state(&self.hq_says(&["link", "status", "--json"])?)?;
        loop {
            let found = state(&self.edge_says(&["link", "status", "--json"])?)?;
            if found.is_some() && found == wanted {
                return Ok(());
            }
            if begun.elapsed() > PATIENCE {
                return Err(format!("not the same after {PATIENCE:?}").into());
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// The settings of thin datagrams over a link like this one.
pub(crate) fn thin(over: &str, link: &Profile, only: bool) -> String {
    let turnaround = match link.duplex {
        Duplex::Half { turnaround, .. } => turnaround.as_millis(),
        Duplex::Full | Duplex::OneWay => 0,
    };
    let round_trip = 2 * (link.delay + link.jitter).as_millis();
    format!(
        "over = \"{over}\"\nrate = {}\nturnaround = {turnaround}\nround_trip = {round_trip}\n\
         only = {only}\n",
        link.rate
    )
}

pub(crate) fn said(output: Output) -> Outcome<String> {
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// The state of the shared channel, if there is one yet.
fn state(status: &str) -> Outcome<Option<String>> {
    let status: Value = serde_json::from_str(status)?;
    let hash = &status["peers"][0]["shared"][0]["hash"];
    Ok(hash.as_str().map(str::to_owned))
}

/// People say something, one after the other; three in ten reply.
pub(crate) async fn write(
    address: SocketAddr,
    crowd: &Crowd,
    messages: usize,
    seed: u64,
) -> Outcome<()> {
    let mut clients = HashMap::new();
    let mut dice = Dice::new(seed);
    let mut roots: Vec<String> = Vec::new();
    for n in 0..messages {
        // Everybody once, and then by chance.
        let author = if n < AUTHORS { n } else { dice.below(AUTHORS) };
        let token = &crowd.people[author].token;
        let client = match clients.entry(author) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(Client::open(address, token).await?),
        };
        let root = if roots.is_empty() || dice.below(10) >= 3 {
            ""
        } else {
            &roots[roots.len().saturating_sub(1 + dice.below(50.min(roots.len())))]
        };
        let message = ENGLISH.message(&mut dice);
        let post = json!({ "channel_id": crowd.channel, "message": message, "root_id": root });
        let made = client.post("/posts", &post).await?.expect(201)?;
        if root.is_empty() {
            roots.push(text(&made, "id")?);
        }
    }
    Ok(())
}
