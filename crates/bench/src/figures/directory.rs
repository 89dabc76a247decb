//! Bytes of pairing two sites, and of everybody at one of them.

use std::time::{Duration, Instant};

use fieldpost_linkbed::Side;
use fieldpost_linkbed::profile::LAN;
use serde_json::json;
use tokio::time::sleep;

use crate::Outcome;
use crate::bench::Bench;
use crate::client::Client;
use crate::crowd::person;
use crate::pair::{AUTHORS, Pair};
use crate::report::{Number, Report, number};

/// People at headquarters.
const PEOPLE: usize = 3_000;

/// What they are meant to take at most, in kilobytes.
const MOST: f64 = 200.0;

/// Names that are asked for at once.
const AT_ONCE: usize = 100;

/// How long it may take on a cable.
const PATIENCE: Duration = Duration::from_secs(180);

pub(super) async fn measure(bench: &Bench, report: &mut Report) -> Outcome<()> {
    let few = linked(bench, AUTHORS).await?;
    report.add(
        format!("pairing, and a channel of {AUTHORS} people who each say something"),
        number(few / 1e3, "kB"),
        ("", Vec::new()),
    );
    let many = linked(bench, PEOPLE).await?;
    report.add(
        format!("the same with {PEOPLE} people in the channel"),
        vec![
            Number::labelled("", many / 1e3, "kB"),
            Number::labelled("each", (many - few) / (PEOPLE - AUTHORS) as f64, "B"),
        ],
        ("", Vec::new()),
    );
    report.aim(1, ("all, IP, both ways", many / 1e3, "kB"), MOST);
    Ok(())
}

/// Bytes on the air, both ways, until two sites are linked and so many people of a channel are known
/// at the other.
async fn linked(bench: &Bench, people: usize) -> Outcome<f64> {
    let scratch = bench.scratch()?;
    let pair = Pair::with_people(bench, scratch.path(), LAN, people).await?;
    let crowd = pair.link().await?;
    let token = pair.visitor(&crowd).await?.token;
    let mut reader = Client::open(pair.doors[1], &token).await?;
    let begun = Instant::now();
    while !are_all_there(&mut reader, people).await? {
        if begun.elapsed() > PATIENCE {
            return Err(format!("not everybody was there after {PATIENCE:?}").into());
        }
        sleep(Duration::from_millis(500)).await;
    }
    Ok(Side::BOTH.map(|side| pair.aired(side)).iter().sum::<u64>() as f64)
}

/// Whether everybody of headquarters is known at the edge.
async fn are_all_there(reader: &mut Client, people: usize) -> Outcome<bool> {
    let names: Vec<String> = (0..people).map(|n| format!("{}:hq", person(n))).collect();
    for names in names.chunks(AT_ONCE) {
        let found = reader.post("/users/usernames", &json!(names)).await?.expect(200)?;
        if found.as_array().map_or(0, Vec::len) < names.len() {
            return Ok(false);
        }
    }
    Ok(true)
}
