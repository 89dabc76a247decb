//! A bundle through a link that goes one way, loses packets, and is away for a second now and then.

use std::time::{Duration, Instant};

use fieldpost_linkbed::profile::{Duplex, LAN, Loss};
use fieldpost_linkbed::{Profile, Side};
use tokio::time::{sleep, timeout};

use crate::Outcome;
use crate::bench::Bench;
use crate::pair::{Pair, write};
use crate::report::{Number, Report, number};

use super::resume::offer;

/// Light from left to right, one packet in ten lost.
const LINK: Profile = Profile {
    loss: Loss::of(0.10),
    duplex: Duplex::OneWay,
    ..Profile::plain("one way, 4 Mbit/s, 10 % lost", 4_000_000, Duration::from_millis(1))
};

/// How large the file in the bundle is, in bytes.
const FILE: usize = 10_000_000;

/// How long the link is away, and how often.
const AWAY: Duration = Duration::from_secs(1);
const TIMES: u64 = 2;

/// Messages in the bundle.
const MESSAGES: usize = 100;

/// The repair that is meant to suffice, in percent, beside what is lost while the link is away.
const REPAIR: u64 = 15;

const PATIENCE: Duration = Duration::from_secs(600);

pub(super) async fn measure(bench: &Bench, report: &mut Report) -> Outcome<()> {
    let scratch = bench.scratch()?;
    let pair = Pair::start(bench, scratch.path(), LAN).await?;
    let crowd = pair.link().await?;
    // Nothing passes any more but bundles.
    pair.edge_says(&["link", "silence", "--with", "hq"])?;
    pair.turn_into(LINK);
    let file = offer(&pair, &crowd, FILE, 1).await?;
    pair.hq_says(&["link", "resume", "--with", "edge"])?;
    write(pair.doors[0], &crowd, MESSAGES, 1).await?;

    let burst = LINK.rate / 8 * AWAY.as_secs() * TIMES;
    let repair = REPAIR + (burst * 100).div_ceil(FILE as u64);
    let begun = Instant::now();
    let sent = timeout(PATIENCE, async {
        tokio::try_join!(pair.send_bundle(LINK.rate * 98 / 100, repair), go_away(&pair))
    });
    sent.await??;
    pair.meet(PATIENCE).await?;
    while !pair.has_file(&file, FILE).await {
        if begun.elapsed() > PATIENCE {
            return Err("the file of the bundle was not there".into());
        }
        sleep(Duration::from_millis(100)).await;
    }
    report.add(
        format!("{} MB, {}, {TIMES} times away for {AWAY:?}", FILE / 1_000_000, LINK.name),
        vec![
            Number::labelled("repair", repair as f64, "%"),
            Number::labelled("", begun.elapsed().as_secs_f64(), "s"),
        ],
        ("the file at the link's rate", number(LINK.air_time(FILE).as_secs_f64(), "s")),
    );
    let beside = (repair as f64) - burst as f64 * 100.0 / FILE as f64;
    report.aim(7, ("repair that sufficed, beside the time away", beside, "%"), REPAIR as f64);
    Ok(())
}

/// Takes the link away for a while, so often, while the file passes.
async fn go_away(pair: &Pair<'_>) -> Outcome<()> {
    let before = pair.aired(Side::Left);
    for n in 1..=TIMES {
        while pair.aired(Side::Left) < before + FILE as u64 * n / (TIMES + 1) {
            sleep(Duration::from_millis(10)).await;
        }
        pair.cut();
        sleep(AWAY).await;
        pair.restore();
    }
    Ok(())
}
