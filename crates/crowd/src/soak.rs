//! `make soak`: people use a server for long, which is killed again and again, and then everything
//! is compared.

mod gather;
mod memory;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::check::{self, Verdict};
use crate::dice::Dice;
use crate::history::Recorder;
use crate::people::{Crowd, Ground};
use crate::process::Server;
use crate::town;

pub use self::memory::{Memory, Sample};

/// The share of the time in which the server is killed. In the rest it lives on, so that its
/// memory can be judged.
const KILLED: f64 = 0.5;

/// How long nothing may be told any more before the sockets are closed.
const QUIET: Duration = Duration::from_secs(2);

/// How long that is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is to be done.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The server's binary.
    pub server: PathBuf,
    /// An empty directory.
    pub data: PathBuf,
    /// The URL of a database server; the embedded engine without one.
    pub database: Option<String>,
    /// How many people.
    pub people: usize,
    /// Where the server listens; at a port of the system's choice if that is 0.
    pub listen: SocketAddr,
    /// For how long they use it, without the time that it is gone.
    pub time: Duration,
    /// How often the server is killed.
    pub kills: usize,
    /// How much faster than the load model's people they are.
    pub speed: f64,
    /// Where chance begins.
    pub seed: u64,
}

/// What came of it.
#[derive(Debug)]
pub struct Report {
    /// Whether the server kept what it promised.
    pub verdict: Verdict,
    /// The server's memory in its last life.
    pub memory: Memory,
    /// How often it was killed.
    pub kills: usize,
    /// How long it was gone for at most, from the kill to its first answer.
    pub longest_gap: Duration,
    /// Requests that were answered, and that broke off.
    pub requests: (u64, u64),
    /// What was answered with a failure: what, the status, how often.
    pub refused: Vec<(String, u16, u64)>,
}

impl Report {
    /// Whether everything is as it should be.
    pub fn is_good(&self) -> bool {
        self.verdict.faults.is_empty() && self.memory.is_flat()
    }
}

impl Plan {
    fn command(&self, word: &str) -> Command {
        let mut command = Command::new(&self.server);
        command.arg(word).arg("--data").arg(&self.data).stdin(Stdio::null());
        // Nobody outside is asked for anything.
        command.env("FIELDPOST_OUTBOUND__ENABLED", "false");
        if let Some(url) = &self.database {
            command.args(["--database", url]);
        }
        command
    }

    fn start(&self, listen: SocketAddr) -> Outcome<Server> {
        let mut command = self.command("serve");
        command.args(["--listen", &listen.to_string()]);
        Server::spawn(command)
    }

    /// When the server is killed, after the beginning: one moment in each of equal parts.
    fn moments(&self) -> Vec<Duration> {
        let mut dice = Dice::new(self.seed ^ 0x6b69_6c6c);
        let part = self.time.as_secs_f64() * KILLED / self.kills.max(1) as f64;
        let at = (0..self.kills).map(|n| (n as f64 + dice.between(0.1, 1.0)) * part);
        at.map(Duration::from_secs_f64).collect()
    }
}

/// Does it.
pub async fn run(plan: &Plan) -> Outcome<Report> {
    std::fs::create_dir_all(&plan.data)?;
    town::populate(plan.command("import"), &plan.data, plan.people, plan.seed)?;
    let mut server = plan.start(plan.listen)?;
    server.answers().await?;
    let address = server.address;
    let secrets = town::secrets(address, plan.people).await?;
    let mut ground = Ground::new(address, secrets, Recorder::keeping());
    (ground.speed, ground.seed) = (plan.speed, plan.seed);
    let ground = Arc::new(ground);
    let mut crowd = Crowd::new(&ground);
    crowd.come(0..plan.people);

    let begun = Instant::now();
    let (mut gone, mut longest_gap) = (Duration::ZERO, Duration::ZERO);
    for at in plan.moments() {
        tokio::time::sleep_until((begun + at + gone).into()).await;
        let killed = Instant::now();
        server.kill()?;
        server = restart(plan, address).await?;
        server.answers().await?;
        let gap = killed.elapsed();
        gone += gap;
        longest_gap = longest_gap.max(gap);
    }
    let memory = watch(&server, begun + plan.time + gone).await?;

    let people = crowd.rest().await;
    let mut people = gather::part(people, &ground).await?;
    fall_silent(&ground).await;
    Crowd::hang_up(&ground);
    // What the last reading is refused is no matter of the people's.
    let requests = (ground.gauge.requests.take().len(), ground.gauge.broken());
    let refused = ground.gauge.refused().into_iter();
    let ending = gather::ending(&mut people, &ground).await?;
    let mut history = ground.recorder.take();
    gather::fill(&mut history, &people, ending);
    server.stop()?;
    Ok(Report {
        verdict: check::check(&history),
        memory,
        kills: plan.kills,
        longest_gap,
        requests,
        refused: refused.map(|((called, status), count)| (called, status, count)).collect(),
    })
}

/// Starts the server at the address it had. Its port may be taken by a dying connection for a
/// moment.
async fn restart(plan: &Plan, address: SocketAddr) -> Outcome<Server> {
    let mut last = None;
    for _ in 0..20 {
        match plan.start(address) {
            Ok(server) => return Ok(server),
            Err(error) => last = Some(error),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err(last.unwrap_or_else(|| "the server does not start".into()))
}

/// Looks at the server's memory until the end: every minute, or thirty times if that is more often.
async fn watch(server: &Server, until: Instant) -> Outcome<Memory> {
    let begun = Instant::now();
    let all = until.saturating_duration_since(begun);
    let step = (all / 30).clamp(Duration::from_millis(200), Duration::from_secs(60));
    let mut samples = Vec::new();
    loop {
        let at = begun.elapsed().as_secs_f64();
        samples.push(Sample { at, bytes: server.memory()? });
        if Instant::now() + step > until {
            return Ok(Memory::new(samples));
        }
        tokio::time::sleep(step).await;
    }
}

/// Returns once nobody is told anything any more.
async fn fall_silent(ground: &Ground) {
    let patience = Instant::now() + PATIENCE;
    let mut heard = u64::MAX;
    while Instant::now() < patience {
        let now = ground.recorder.len();
        if now == heard {
            return;
        }
        heard = now;
        tokio::time::sleep(QUIET).await;
    }
}
