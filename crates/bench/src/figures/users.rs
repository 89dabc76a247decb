//! How many simulated people one server holds.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fieldpost_crowd::gauge::Gauge;
use fieldpost_crowd::histogram::Counts;
use fieldpost_crowd::history::Recorder;
use fieldpost_crowd::people::{Crowd, Ground, Secret};
use fieldpost_crowd::town;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::Outcome;
use crate::bare::Kind;
use crate::bench::Bench;
use crate::report::{Number, Report, number};
use crate::server::{Place, Server};

use super::memory::bare;

/// The goal: people, and the tail of their requests.
const GOAL: usize = 20_000;
const P99: f64 = 0.020;

/// Files that each person takes in either process: a socket, and a connection for requests.
const FILES_EACH: u64 = 2;

/// Files that a process has open besides.
const OTHER_FILES: u64 = 500;

/// What share of the people is tried next when some were too many.
const FEWER: f64 = 0.8;

/// How many people come at once, and how long before the next do.
const GROUP: usize = 100;
const NEXT_GROUP: Duration = Duration::from_millis(100);

/// How long it takes all in all, at most; what is kept is made before.
const TIME: Duration = Duration::from_secs(220);

/// What was measured while so many people did what they do.
struct Window {
    people: usize,
    seconds: f64,
    requests: Counts,
    deliveries: Counts,
    /// Cores that the server used.
    cores: f64,
    memory: f64,
    broken: u64,
    /// What was answered late, most of all first.
    late: Vec<(String, u64)>,
}

pub(super) async fn measure(bench: &Bench, report: &mut Report) -> Outcome<()> {
    let begun = Instant::now();
    let people = possible(bench.times(GOAL, 300))?;
    let (kept, secrets) = site(bench, report, people).await?;
    let scratch = bench.scratch()?;
    let place = Place::embedded(&scratch.path().join("site"));
    copy(&kept.data, &place.data)?;
    let server = quiet_server(bench, &place)?;
    server.answers().await?;
    let raw = answers_of_nothing().await?;
    let ground = Arc::new(Ground::new(server.address, secrets, Recorder::idle()));
    let mut crowd = Crowd::new(&ground);
    for first in (0..people).step_by(GROUP) {
        crowd.come(first..people.min(first + GROUP));
        tokio::time::sleep(NEXT_GROUP).await;
    }
    let (settle, length) = if bench.quick { (2, 4) } else { (15, 20) };
    let mut now = people;
    let window = loop {
        tokio::time::sleep(Duration::from_secs(settle)).await;
        let window = look(&server, &ground.gauge, now, Duration::from_secs(length)).await?;
        let p99 = window.requests.quantile(0.99);
        let next = (now as f64 * FEWER) as usize;
        let is_late = begun.elapsed() + Duration::from_secs(settle + length) > TIME;
        if p99 <= P99 || next == 0 || is_late {
            break window;
        }
        report.note(&format!("{now} people: p99 {:.1} ms; {next} next", p99 * 1e3));
        report.note(&format!("late were {}", late(&window)));
        now = next;
        crowd.shrink(now).await;
    };
    add(report, &window, &raw);
    Ok(())
}

fn add(report: &mut Report, window: &Window, raw: &Counts) {
    let held = window.requests.quantile(0.99) <= P99;
    let what = if held { "held at p99 ≤ 20 ms" } else { "NOT held at p99 ≤ 20 ms" };
    let each = window.requests.len() as f64 / window.seconds;
    let tail = |counts: &Counts| -> Vec<Number> {
        let of = |label, share| Number::labelled(label, counts.quantile(share) * 1e3, "ms");
        vec![of("p50", 0.5), of("p99", 0.99)]
    };
    report.add(
        what,
        number(window.people as f64, "people"),
        ("the goal", number(GOAL as f64, "people")),
    );
    report.add(
        "requests",
        number(each, "requests/s"),
        ("that broke off", number(window.broken as f64, "requests")),
    );
    report.add(
        "request → answer",
        tail(&window.requests),
        ("bare hyper meanwhile idle, one client", tail(raw)),
    );
    report.add(
        "post → each socket that hears of it",
        tail(&window.deliveries),
        ("of so many", number(window.deliveries.len() as f64 / window.seconds, "events/s")),
    );
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    report.add(
        "the server's share of the cores",
        number(window.cores / cores as f64 * 100.0, "%"),
        ("cores, which the clients share", number(cores as f64, "cores")),
    );
    report.add(
        "memory",
        number(window.memory / 1e6, "MB"),
        ("for each person", number(window.memory / 1e3 / window.people as f64, "kB")),
    );
}

/// What took longer than the goal allows, most of all first, with its share of the requests.
fn late(window: &Window) -> String {
    let all = window.requests.len().max(1) as f64;
    let one =
        |(called, times): &(String, u64)| format!("{called} {:.2} %", *times as f64 / all * 100.0);
    window.late.iter().take(6).map(one).collect::<Vec<_>>().join(", ")
}

/// What happens in some time.
async fn look(server: &Server, gauge: &Gauge, people: usize, time: Duration) -> Outcome<Window> {
    drop((gauge.requests.take(), gauge.deliveries.take(), gauge.take_late()));
    let (begun, used, broken) = (Instant::now(), server.cpu()?, gauge.broken());
    tokio::time::sleep(time).await;
    let seconds = begun.elapsed().as_secs_f64();
    let mut late: Vec<_> = gauge.take_late().into_iter().collect();
    late.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
    Ok(Window {
        late,
        people,
        seconds,
        requests: gauge.requests.take(),
        deliveries: gauge.deliveries.take(),
        cores: (server.cpu()? - used) / seconds,
        memory: server.memory()?,
        broken: gauge.broken() - broken,
    })
}

/// The site with the people, made if it is not there yet, and their secrets.
async fn site(bench: &Bench, report: &Report, people: usize) -> Outcome<(Place, Vec<Secret>)> {
    let place = Place::embedded(&bench.kept.join(format!("town-{people}")));
    let known = bench.kept.join(format!("town-{people}.json"));
    if let Ok(text) = std::fs::read(&known) {
        return Ok((place, serde_json::from_slice(&text)?));
    }
    if place.data.exists() {
        std::fs::remove_dir_all(&place.data)?;
    }
    report.note(&format!("making a site with {people} people; it is kept"));
    std::fs::create_dir_all(&place.data)?;
    town::populate(place.command(bench, &["import"]), &bench.kept, people, 1)?;
    let server = place.start(bench)?;
    server.answers().await?;
    let secrets = town::secrets(server.address, people).await?;
    // So that no later start is busy with it.
    let indexed = place.command(bench, &["search", "rebuild"]).output()?;
    if !indexed.status.success() {
        return Err(String::from_utf8_lossy(&indexed.stderr).into_owned().into());
    }
    server.stop()?;
    std::fs::write(known, serde_json::to_vec(&secrets)?)?;
    Ok((place, secrets))
}

fn copy(from: &Path, to: &Path) -> Outcome<()> {
    let copied = Command::new("cp").arg("-r").arg(from).arg(to).status()?;
    if copied.success() { Ok(()) } else { Err("the site could not be copied".into()) }
}

/// A server that asks nobody outside for what links in messages lead to.
fn quiet_server(bench: &Bench, place: &Place) -> Outcome<Server> {
    let mut command = place.command(bench, &["serve", "--listen", "127.0.0.1:0"]);
    command.env("FIELDPOST_OUTBOUND__ENABLED", "false");
    Server::spawn(command)
}

/// How many people the limits of this machine let in, up to so many: both processes get as many
/// files as may be had.
fn possible(wanted: usize) -> Outcome<usize> {
    let need = wanted as u64 * FILES_EACH + OTHER_FILES;
    let now = getrlimit(Resource::Nofile);
    let most = now.maximum.unwrap_or(u64::MAX);
    let raised = Rlimit { current: Some(need), maximum: Some(need.max(most)) };
    // Beyond the hard limit only root may go.
    if setrlimit(Resource::Nofile, raised).is_ok() {
        return Ok(wanted);
    }
    let raised = Rlimit { current: Some(need.min(most)), maximum: now.maximum };
    setrlimit(Resource::Nofile, raised)?;
    let room = need.min(most).saturating_sub(OTHER_FILES) / FILES_EACH;
    Ok(wanted.min(usize::try_from(room).unwrap_or(wanted)))
}

/// How soon bare hyper answers one client.
async fn answers_of_nothing() -> Outcome<Counts> {
    let mut server = bare(Kind::Answer)?;
    std::io::Write::write_all(server.input().ok_or("no input")?, &[b'x'; 2000])?;
    server.end_input();
    let mut client = crate::client::Client::open(server.address, "").await?;
    let histogram = fieldpost_crowd::histogram::Histogram::default();
    for _ in 0..2000 {
        let begun = Instant::now();
        client.get("/").await?;
        histogram.add(begun.elapsed());
    }
    Ok(histogram.take())
}
