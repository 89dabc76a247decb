//! The time until two sites are the same again on every kind of link that goes both ways, where both
//! have written something meanwhile.

use std::time::{Duration, Instant};

use fieldpost_linkbed::profile::{Duplex, GEO_64K, HF_DATA_2400, LAN, LTE_DEGRADED, VHF_CNR};
use fieldpost_linkbed::{Profile, Side, profile};

use crate::Outcome;
use crate::bench::Bench;
use crate::pair::{Pair, write};
use crate::report::{Number, Report, number};

use super::converge::missing;

/// Below this rate, and where one side speaks at a time, thin datagrams carry the conversation.
const THIN_BELOW: u64 = 16_000;

/// How much longer than what is missing it may take, beside two round trips.
const GOAL: f64 = 1.2;

/// How long a pause is in which nothing is under way, at the fastest.
const LEAST_PATIENCE: Duration = Duration::from_secs(120);

/// What is measured where less will do.
const QUICK: [Profile; 4] = [HF_DATA_2400, VHF_CNR, GEO_64K, LTE_DEGRADED];

pub(super) async fn measure(bench: &Bench, report: &mut Report) -> Outcome<()> {
    let chosen = if bench.quick { &QUICK[..] } else { &profile::ALL[..] };
    for profile in chosen.iter().filter(|profile| profile.duplex != Duplex::OneWay) {
        on(bench, report, profile.steady()).await?;
    }
    Ok(())
}

/// Messages that each side writes: what takes some seconds on the air.
fn messages(profile: &Profile) -> usize {
    usize::try_from(profile.rate / 64).unwrap_or(usize::MAX).clamp(4, 2000)
}

fn round_trip(profile: &Profile) -> Duration {
    let turnaround = match profile.duplex {
        Duplex::Half { turnaround, .. } => turnaround,
        Duplex::Full | Duplex::OneWay => Duration::ZERO,
    };
    2 * profile.delay + turnaround
}

async fn on(bench: &Bench, report: &mut Report, profile: Profile) -> Outcome<()> {
    report.note(profile.name);
    let scratch = bench.scratch()?;
    let mut pair = Pair::start(bench, scratch.path(), LAN).await?;
    let crowd = pair.link().await?;
    let at_edge = pair.edge_crowd(&crowd).await?;
    if profile.rate < THIN_BELOW || profile.duplex != Duplex::Full {
        pair.speak_thin(&profile)?;
    }
    pair.turn_into(profile);
    let patience = LEAST_PATIENCE + 20 * (round_trip(&profile) + profile.jitter);
    // A conversation goes on when the link is resumed.
    write(pair.doors[0], &crowd, 1, 1).await?;
    write(pair.doors[1], &at_edge, 1, 2).await?;
    pair.meet(patience).await?;

    pair.hq_says(&["link", "pause", "--with", "edge"])?;
    pair.edge_says(&["link", "pause", "--with", "hq"])?;
    let each = messages(&profile);
    write(pair.doors[0], &crowd, each, 3).await?;
    write(pair.doors[1], &at_edge, each, 4).await?;
    let bytes = [missing(&pair.hq).await?, missing(&pair.edge).await?];
    let both =
        if profile.duplex == Duplex::Full { bytes[0].max(bytes[1]) } else { bytes[0] + bytes[1] };
    let (air, trips) =
        (profile.air_time(both).as_secs_f64(), 2.0 * round_trip(&profile).as_secs_f64());
    let aired = || Side::BOTH.map(|side| pair.aired(side)).iter().sum::<u64>();
    let before = aired();
    let begun = Instant::now();
    pair.hq_says(&["link", "resume", "--with", "edge"])?;
    pair.edge_says(&["link", "resume", "--with", "hq"])?;
    pair.meet(patience + 20 * profile.air_time(both)).await?;
    let taken = begun.elapsed().as_secs_f64();
    let for_each = (aired() - before) as f64 / (2 * each) as f64;
    report.add(
        format!("{each} messages at each side over {}", profile.name),
        vec![
            Number::labelled("", taken, "s"),
            Number::labelled("", taken / (air + trips), "times"),
            Number::labelled("IP, both ways", for_each, "B/message"),
        ],
        ("what was missing, at the link's rate, and two round trips", number(air + trips, "s")),
    );
    report.aim(2, ("until equal", taken, "s"), GOAL * air + trips);
    Ok(())
}
