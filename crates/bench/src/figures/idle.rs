//! Bytes that pass a link while nobody has anything to say.

use std::time::Duration;

use fieldpost_linkbed::{Profile, Side};
use tokio::time::sleep;

use crate::Outcome;
use crate::bench::Bench;
use crate::pair::Pair;
use crate::report::{Report, number};

/// 64 kbit/s in each direction, 600 ms there and back.
const LINK: Profile = Profile::plain("64 kbit/s, 600 ms", 64_000, Duration::from_millis(300));

/// Until the last words of what was said before have passed.
const SETTLED: Duration = Duration::from_secs(10);

pub(super) async fn measure(bench: &Bench, report: &mut Report) -> Outcome<()> {
    let scratch = bench.scratch()?;
    let pair = Pair::start(bench, scratch.path(), LINK).await?;
    pair.link().await?;
    sleep(SETTLED).await;
    let [rest, silence] = if bench.quick { [0.5, 0.5] } else { [5.0, 1.0] };
    let each = passed(&pair, minutes(rest)).await / rest;
    let nothing = || ("nothing", number(0.0, "B/min"));
    report.add(format!("a link at rest, over {}", LINK.name), number(each, "B/min"), nothing());
    report.aim(4, ("both sides", each, "B/min"), 100.0);
    pair.hq_says(&["link", "silence", "--with", "edge"])?;
    // What was said before the silence is still in the air.
    sleep(Duration::from_secs(1)).await;
    let quiet = passed_from(&pair, Side::Left, minutes(silence)).await / silence;
    report.add("the side that is silent", number(quiet, "B/min"), nothing());
    report.aim(4, ("on the air", quiet, "B/min"), 0.0);
    Ok(())
}

fn minutes(number: f64) -> Duration {
    Duration::from_secs(60).mul_f64(number)
}

/// Bytes that both sides put on the air in some time, with the headers of IP.
async fn passed(pair: &Pair<'_>, time: Duration) -> f64 {
    let aired = || [Side::Left, Side::Right].map(|side| pair.aired(side)).iter().sum::<u64>();
    let before = aired();
    sleep(time).await;
    (aired() - before) as f64
}

async fn passed_from(pair: &Pair<'_>, side: Side, time: Duration) -> f64 {
    let before = pair.aired(side);
    sleep(time).await;
    (pair.aired(side) - before) as f64
}
