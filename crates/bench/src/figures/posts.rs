//! Durable posts a second from 64 clients.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use fieldpost_kernel::Failure;
use fieldpost_server::Config;
use fieldpost_testkit::Dice;
use serde_json::json;

use crate::Outcome;
use crate::again::Heard;
use crate::bench::Bench;
use crate::client::Client;
use crate::crowd::{self, Crowd, Person};
use crate::report::{Number, Report, latency, number};
use crate::sample::{Sample, median};
use crate::server::Place;
use crate::text::ENGLISH;

/// Clients that post at the same time.
pub(super) const CLIENTS: usize = 64;

/// Counts the names that clients give to their posts.
static PENDING: AtomicU64 = AtomicU64::new(0);

/// What posting for some time came to.
pub(super) struct Load {
    pub(super) posts: usize,
    rate: f64,
    sample: Sample,
}

pub(super) async fn measure(bench: &Bench, report: &mut Report) -> Outcome<()> {
    for clients in [1, CLIENTS] {
        let scratch = bench.scratch()?;
        let place = Place::embedded(scratch.path());
        let (server, crowd) = crowd::gather(bench, &place, clients).await?;
        let addresses = [server.address];
        let first = post_for(&addresses, &crowd, Duration::from_millis(500)).await?;
        let loads = several(bench, &addresses, &crowd).await?;
        drop(server);
        let midway = first.posts + loads.iter().map(|load| load.posts).sum::<usize>() / 2;
        report.add(
            format!("{clients} at once, SQLite"),
            typical(&loads),
            raw(bench, clients, midway).await?,
        );
    }
    Ok(())
}

/// What the machine does without the server: the statements of a short run, in the transactions
/// that they were in, run again in bare SQLite. A larger database is slower, so it begins with as
/// many posts as there were when half of what it stands beside was measured.
async fn raw(bench: &Bench, clients: usize, midway: usize) -> Outcome<(String, Vec<Number>)> {
    let scratch = bench.scratch()?;
    let place = Place::embedded(&scratch.path().join("site"));
    crowd::populate(bench, &place, clients)?;
    let heard = Arc::new(Heard::default());
    let config = Config {
        data: place.data.clone(),
        listen: "127.0.0.1:0".to_owned(),
        witness: Some(Arc::clone(&heard) as _),
        ..Config::default()
    };
    let failed = |failure: Failure| failure.to_string();
    let site = fieldpost_server::start(config).await.map_err(failed)?;
    let crowd = crowd::meet(site.address, clients).await?;
    let addresses = [site.address];
    let mut posts = 0;
    while posts < midway {
        posts += post_for(&addresses, &crowd, Duration::from_millis(500)).await?.posts;
        drop(heard.take());
    }

    // Nobody writes now, so what the copy lacks is what is heard from here on.
    let copy = scratch.path().join("bare.db");
    fieldpost_store::copy_file(&place.file(), &copy).map_err(failed)?;
    drop(heard.take());
    post_for(&addresses, &crowd, run(bench)).await?;
    site.stop().await;
    let statements = heard.take();

    let took = statements.run(&copy)?.as_secs_f64();
    let posts = statements.count("INSERT INTO post ");
    let each = |all: usize| all as f64 / posts as f64;
    let syncs = statements.count("COMMIT");
    let described = format!(
        "the same {:.1} statements for each in bare SQLite, {:.1} posts a sync",
        each(statements.len()),
        1.0 / each(syncs),
    );
    Ok((described, number(posts as f64 / took, "posts/s")))
}

/// Several short runs.
pub(super) async fn several(
    bench: &Bench,
    addresses: &[SocketAddr],
    crowd: &Crowd,
) -> Outcome<Vec<Load>> {
    let mut loads = Vec::new();
    for _ in 0..bench.times(5, 2) {
        loads.push(post_for(addresses, crowd, run(bench)).await?);
    }
    Ok(loads)
}

fn run(bench: &Bench) -> Duration {
    Duration::from_millis(bench.times(3000, 500) as u64)
}

/// The median of the rates, with the latencies of all runs.
pub(super) fn typical(loads: &[Load]) -> Vec<Number> {
    let mut numbers = number(median(loads.iter().map(|load| load.rate).collect()), "posts/s");
    let all: Sample = loads.iter().flat_map(|load| load.sample.durations()).collect();
    numbers.extend(latency(&all));
    numbers
}

/// Everybody of a crowd posts for some time, one post after the other. They are spread over the
/// servers.
pub(super) async fn post_for(
    addresses: &[SocketAddr],
    crowd: &Crowd,
    time: Duration,
) -> Outcome<Load> {
    let begun = Instant::now();
    let mut clients = tokio::task::JoinSet::new();
    for (n, person) in crowd.people.iter().enumerate() {
        let address = addresses[n % addresses.len()];
        clients.spawn(post(address, person.clone(), crowd.channel.clone(), begun + time));
    }
    let mut all = Vec::new();
    while let Some(durations) = clients.join_next().await {
        all.extend(durations??);
    }
    let rate = all.len() as f64 / begun.elapsed().as_secs_f64();
    Ok(Load { posts: all.len(), rate, sample: all.into_iter().collect() })
}

async fn post(
    address: SocketAddr,
    person: Person,
    channel: String,
    until: Instant,
) -> Outcome<Vec<Duration>> {
    let mut client = Client::open(address, &person.token).await?;
    let seed = person.id.bytes().fold(0, |seed: u64, byte| seed.rotate_left(7) ^ u64::from(byte));
    let mut dice = Dice::new(seed);
    let mut durations = Vec::new();
    while Instant::now() < until {
        // As clients do it: a name of their own for the post.
        let pending = format!("{}:{}", person.id, PENDING.fetch_add(1, Ordering::Relaxed));
        let post = json!({
            "channel_id": channel, "message": ENGLISH.message(&mut dice), "pending_post_id": pending,
        });
        let begun = Instant::now();
        let answer = client.post("/posts", &post).await?;
        durations.push(begun.elapsed());
        answer.expect(201)?;
    }
    Ok(durations)
}
