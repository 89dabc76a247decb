//! The time until two sites are the same again over a bad link.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Output;
use std::time::{Duration, Instant};

use fieldpost_kernel::Failure;
use fieldpost_link::Outgoing;
use fieldpost_linkbed::profile::Loss;
use fieldpost_linkbed::{Bed, Link, Profile, Side, bed};
use fieldpost_log::SiteId;
use fieldpost_model::Id;
use fieldpost_replica::{Frame, encode};
use fieldpost_server::{Config, open_store};
use fieldpost_testkit::Dice;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::Outcome;
use crate::bench::Bench;
use crate::client::{Client, text};
use crate::crowd::{self, CHANNEL, Crowd, TEAM};
use crate::report::{Report, number, times};
use crate::sample::median;
use crate::server::{Place, Server};
use crate::text::ENGLISH;

/// 64 kbit/s in each direction, 600 ms there and back, one packet in fifty lost.
const LINK: Profile = Profile {
    loss: Loss::of(0.02),
    ..Profile::plain("64 kbit/s, 600 ms, 2 %", 64_000, Duration::from_millis(300))
};

/// Where a site is called by the other.
const PORT: u16 = 8066;

/// Who writes.
const AUTHORS: usize = 40;

/// How long two sites may take.
const PATIENCE: Duration = Duration::from_secs(180);

/// How often it is looked whether they are the same.
const LOOK: Duration = Duration::from_millis(50);

/// No batch is split for want of room.
const ROOM: usize = 4 << 20;

/// Two servers, each in a network of its own, with a bad link between them.
struct Pair<'b> {
    bench: &'b Bench,
    bed: Bed,
    hq: Place,
    edge: Place,
    servers: Vec<Server>,
}

pub(super) async fn measure(bench: &Bench, report: &mut Report) -> Outcome<()> {
    let scratch = bench.scratch()?;
    let pair = Pair::start(bench, scratch.path())?;
    let outside = TcpListener::bind("127.0.0.1:0").await?;
    let door = outside.local_addr()?;
    let address = pair.servers.first().ok_or("no server")?.address;
    let _forwarding = pair.bed.forward(Side::Left, outside, address);
    let crowd = crowd::meet(door, AUTHORS).await?;
    pair.link()?;
    write(door, &crowd, AUTHORS, 0).await?;
    pair.converge().await?;
    let sizes = [(200, 5), (1000, 5), (5000, 3)];
    for (messages, runs) in &sizes[..bench.times(3, 1)] {
        let (mut taken, mut at_best) = (Vec::new(), Vec::new());
        for run in 0..*runs {
            pair.hq_says(&["link", "pause", "--with", "edge"])?;
            write(door, &crowd, *messages, 1 + run as u64).await?;
            at_best.push(missing(&pair.hq).await? as f64 * 8.0 / LINK.rate as f64);
            let begun = Instant::now();
            pair.hq_says(&["link", "resume", "--with", "edge"])?;
            pair.converge().await?;
            taken.push(begun.elapsed().as_secs_f64());
        }
        let ratios = taken.iter().zip(&at_best).map(|(taken, best)| taken / best).collect();
        let mut measured = number(median(taken), "s");
        measured.extend(times(median(ratios)));
        report.add(
            format!("{messages} messages over {}", LINK.name),
            measured,
            ("all of it as one batch, at the link's rate", number(median(at_best), "s")),
        );
    }
    Ok(())
}

impl<'b> Pair<'b> {
    fn start(bench: &'b Bench, folder: &Path) -> Outcome<Self> {
        let bed = Bed::up(&std::env::current_exe()?, Link::new(LINK, 1))?;
        let (hq, edge) =
            (Place::embedded(&folder.join("hq")), Place::embedded(&folder.join("edge")));
        crowd::populate(bench, &hq, AUTHORS)?;
        std::fs::create_dir_all(&edge.data)?;
        let mut pair = Self { bench, bed, hq, edge, servers: Vec::new() };
        for (side, place, name, address) in
            [(Side::Left, &pair.hq, "hq", bed::LEFT), (Side::Right, &pair.edge, "edge", bed::RIGHT)]
        {
            let program = pair.bench.server.to_string_lossy();
            let mut command = pair.bed.command(side, &program);
            command
                .args(["serve", "--listen", "127.0.0.1:0", "--site-name", name, "--data"])
                .arg(&place.data)
                .env("FIELDPOST_LINK__LISTEN", format!("{address}:{PORT}"));
            pair.servers.push(Server::spawn(command)?);
        }
        Ok(pair)
    }

    fn hq_says(&self, arguments: &[&str]) -> Outcome<String> {
        said(self.hq.command(self.bench, arguments).output()?)
    }

    fn edge_says(&self, arguments: &[&str]) -> Outcome<String> {
        said(self.edge.command(self.bench, arguments).output()?)
    }

    /// Links the sites, over the bad link, and shares the channel.
    fn link(&self) -> Outcome<()> {
        let address = format!("{}:{PORT}", bed::LEFT);
        let code = self.hq_says(&["link", "invite", "--address", &address])?;
        self.edge_says(&["link", "accept", code.trim()])?;
        self.hq_says(&["link", "share", &format!("{TEAM}:{CHANNEL}"), "--with", "edge"])?;
        Ok(())
    }

    /// Waits until the shared channel's state at the edge is that at headquarters. Each site is
    /// asked itself: what they tell each other about it passes the link too.
    async fn converge(&self) -> Outcome<()> {
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

fn said(output: Output) -> Outcome<String> {
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
async fn write(address: SocketAddr, crowd: &Crowd, messages: usize, seed: u64) -> Outcome<()> {
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

/// The bytes of everything that headquarters still has to send, as one frame: asked of a copy of
/// its database.
async fn missing(hq: &Place) -> Outcome<usize> {
    let folder = tempfile::tempdir()?;
    let failed = |failure: Failure| failure.to_string();
    let copy = Place::embedded(folder.path());
    fieldpost_store::copy_file(&hq.file(), &copy.file()).map_err(failed)?;
    let config = Config { data: copy.data.clone(), ..Config::default() };
    let store = open_store(&config).await.map_err(failed)?;
    let own = store.site().id;
    let (features, key) = (store.features().clone(), store.site().signing_key());
    let parcel = store.read(move |rows| {
        let peer = rows_peer(rows)?;
        Outgoing::load(rows, own, peer)?.next(rows, &features, &key, ROOM)
    });
    let parcel = parcel.await.map_err(failed)?.ok_or("nothing is missing")?;
    let body = encode(&parcel.runs, &parcel.hints)?;
    let frame = Frame::Batch { number: parcel.number, signature: parcel.signature, body };
    Ok(frame.encode().len())
}

/// The only site that this one is linked with.
fn rows_peer(rows: &mut dyn fieldpost_kernel::Rows) -> fieldpost_kernel::Outcome<SiteId> {
    let peers = fieldpost_link::peer::all(rows)?;
    let peer = peers.first().map(|peer| peer.site);
    Ok(peer.unwrap_or(SiteId(*Id::NONE.as_bytes())))
}
