//! `fieldpost-crowd`: simulated people use a server that is killed again and again.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use fieldpost_crowd::Outcome;
use fieldpost_crowd::postgres::Postgres;
use fieldpost_crowd::soak::{self, Plan, Report};

/// Simulated people use a server that is killed again and again; says whether it kept what it
/// promised.
#[derive(Parser)]
struct Arguments {
    /// The server under test.
    #[arg(long, default_value = "target/release/fieldpost")]
    server: PathBuf,
    /// For how many minutes.
    #[arg(long, default_value_t = 30.0)]
    minutes: f64,
    /// How many people.
    #[arg(long, default_value_t = 300)]
    people: usize,
    /// How much faster they are than those of the load model.
    #[arg(long, default_value_t = 20.0)]
    speed: f64,
    /// How often the server is killed; about every 45 seconds of the first half if it is not said.
    #[arg(long)]
    kills: Option<usize>,
    /// Where chance begins.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where the data is.
    #[arg(long, value_enum, default_value = "sqlite")]
    engine: Engine,
    /// Where the directory of this run is made.
    #[arg(long, default_value = "target")]
    scratch: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum Engine {
    Sqlite,
    Postgres,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("fieldpost-crowd: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Outcome<bool> {
    let folder = |prefix: &str| {
        tempfile::Builder::new().prefix(prefix).tempdir_in(arguments.scratch.canonicalize()?)
    };
    let database = match arguments.engine {
        Engine::Sqlite => None,
        Engine::Postgres => Some(Postgres::start(folder("soak-database-")?)?),
    };
    let scratch = folder("soak-")?;
    let time = Duration::from_secs_f64(arguments.minutes * 60.0);
    let plan = Plan {
        server: arguments.server.canonicalize()?,
        data: scratch.path().join("data"),
        database: database.as_ref().map(Postgres::url),
        people: arguments.people,
        listen: ([127, 0, 0, 1], 0).into(),
        time,
        kills: arguments.kills.unwrap_or((time.as_secs_f64() / 90.0).ceil() as usize),
        speed: arguments.speed,
        seed: arguments.seed,
    };
    println!(
        "{} people, {} times as fast, for {:.1} minutes; {} kills, seed {}",
        plan.people, plan.speed, arguments.minutes, plan.kills, plan.seed
    );
    let report = tokio::runtime::Runtime::new()?.block_on(soak::run(&plan))?;
    show(&report);
    Ok(report.is_good())
}

fn show(report: &Report) {
    let verdict = &report.verdict;
    let (answered, broken) = report.requests;
    println!("requests    {answered} answered, {broken} broken off");
    for (called, status, count) in &report.refused {
        println!("            {status} to {called}, {count} times");
    }
    println!(
        "kills       {}; back after {:.2} s at most",
        report.kills,
        report.longest_gap.as_secs_f64()
    );
    println!(
        "history     {} messages accepted, {} of them sent more than once; {} edits, deletions \
         and reactions; {} times told, {} stretches read",
        verdict.sent, verdict.retried, verdict.changes, verdict.told, verdict.reads
    );
    let samples: Vec<String> =
        report.memory.samples.iter().map(|sample| format!("{:.1}", sample.bytes / 1e6)).collect();
    println!("memory      {} MB", samples.join(" "));
    println!(
        "            {:.1} MB on average after a third of the last life, and a line through it \
         rises by {:.2} MB: {}",
        report.memory.mean / 1e6,
        report.memory.growth / 1e6,
        if report.memory.is_flat() { "flat" } else { "NOT FLAT" }
    );
    for (fault, count) in verdict.counts() {
        println!("FAULT       {fault:?}: {count}");
    }
    for (fault, text) in verdict.faults.iter().take(20) {
        println!("            {fault:?}: {text}");
    }
    println!("{}", if report.is_good() { "GOOD" } else { "BAD" });
}
