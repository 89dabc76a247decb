//! From the start of the process to its first answer, and to a log-in.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use fieldpost_identity::credential::Password;
use fieldpost_kernel::SystemEntropy;

use crate::Outcome;
use crate::bench::Bench;
use crate::client::Client;
use crate::crowd::{self, ADMIN};
use crate::million;
use crate::report::{Report, number};
use crate::sample::Sample;
use crate::server::Place;

pub(super) async fn measure(bench: &Bench, report: &mut Report) -> Outcome<()> {
    let times = bench.times(15, 3);
    let mut founded = Vec::new();
    for _ in 0..times {
        let scratch = bench.scratch()?;
        let server = Place::embedded(scratch.path()).start(bench)?;
        founded.push(server.answers().await?);
    }
    add(report, "empty directory → first answer", founded, &process_start(times)?);

    let scratch = bench.scratch()?;
    let empty = Place::embedded(scratch.path());
    sign_up(bench, &empty).await?;
    both(bench, report, "empty site", &empty).await?;

    let (full, filling) = million::site(bench, report)?;
    let bare = million::bare(bench, &full)?;
    report.add(
        format!("filling a site with {} posts took, once", filling.posts),
        number(filling.seconds, "s"),
        ("the same rows in bare SQLite, today", number(filling.posts as f64 / bare, "s")),
    );
    both(bench, report, &format!("{} posts", filling.posts), &full).await?;
    let file = full.file();
    let megabytes = std::fs::metadata(&file)?.len() as f64 / 1e6;
    report.add(
        "size of its database",
        number(megabytes, "MB"),
        ("time to read that file", number(reading(&file)?.as_secs_f64() * 1e3, "ms")),
    );
    Ok(())
}

/// First answers and log-ins of one place.
async fn both(bench: &Bench, report: &mut Report, what: &str, place: &Place) -> Outcome<()> {
    let times = bench.times(15, 3);
    let (mut answers, mut log_ins) = (Vec::new(), Vec::new());
    for _ in 0..times {
        let server = place.start(bench)?;
        answers.push(server.answers().await?);
        Client::open(server.address, "").await?.sign_in(ADMIN.0, ADMIN.1).await?;
        log_ins.push(server.age());
        server.stop()?;
    }
    add(report, &format!("{what} → first answer"), answers, &process_start(times)?);
    let hash = hashing(times)?;
    let log_ins: Sample = log_ins.into_iter().collect();
    report.add(
        format!("{what} → first log-in"),
        number(log_ins.median() * 1e3, "ms"),
        ("hashing the password once", number(hash.median() * 1e3, "ms")),
    );
    Ok(())
}

fn add(report: &mut Report, what: &str, times: Vec<Duration>, raw: &Sample) {
    let times: Sample = times.into_iter().collect();
    report.add(
        what,
        number(times.median() * 1e3, "ms"),
        ("`true`, from its start to its end", number(raw.median() * 1e3, "ms")),
    );
}

async fn sign_up(bench: &Bench, place: &Place) -> Outcome<()> {
    let server = place.start(bench)?;
    crowd::sign_up(&mut Client::open(server.address, "").await?).await?;
    server.stop()
}

fn process_start(times: usize) -> Outcome<Sample> {
    let one = || -> Outcome<Duration> {
        let begun = Instant::now();
        Command::new("true").status()?;
        Ok(begun.elapsed())
    };
    (0..times).map(|_| one()).collect()
}

fn hashing(times: usize) -> Outcome<Sample> {
    let one = || -> Outcome<Duration> {
        let begun = Instant::now();
        let password = Password::new(ADMIN.1.to_owned()).map_err(|e| e.to_string())?;
        password.hash(&SystemEntropy).map_err(|e| e.to_string())?;
        Ok(begun.elapsed())
    };
    (0..times).map(|_| one()).collect()
}

fn reading(file: &Path) -> Outcome<Duration> {
    let begun = Instant::now();
    let mut file = File::open(file)?;
    let mut buffer = vec![0; 1 << 20];
    while file.read(&mut buffer)? > 0 {}
    Ok(begun.elapsed())
}
