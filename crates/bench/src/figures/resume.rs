//! A large file over a link that is cut again and again, and one whose ends are killed.

use std::time::Duration;

use fieldpost_kernel::Entropy;
use fieldpost_linkbed::profile::Loss;
use fieldpost_linkbed::{Profile, Side};
use fieldpost_testkit::{Dice, SeededEntropy};
use serde_json::json;
use tokio::time::{Instant, sleep, timeout};

use crate::Outcome;
use crate::bench::Bench;
use crate::client::{Client, text};
use crate::crowd::Crowd;
use crate::pair::Pair;
use crate::report::{Report, number, times};

/// 8 Mbit/s in each direction, 60 ms there and back, one packet in a hundred lost.
const LINK: Profile = Profile {
    loss: Loss::of(0.01),
    ..Profile::plain("8 Mbit/s, 60 ms, 1 %", 8_000_000, Duration::from_millis(30))
};

/// How large the file is, in bytes.
const FILE: usize = 50_000_000;

/// How often it is cut off while it passes.
const TIMES: usize = 100;

/// How long a cut lasts, at most, in milliseconds: some are not noticed, others end the connection.
const LONGEST_CUT: usize = 12_000;

/// How long a part of the file may take.
const PATIENCE: Duration = Duration::from_secs(180);

/// How often it is looked whether the file is there.
const LOOK: Duration = Duration::from_millis(100);

/// Around how much of the file, in tenths, it is cut off.
const CUT_OFF_WITHIN: usize = 8;

/// What cuts it off.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CutOff {
    /// The link is away for a while.
    Cut,
    /// The edge and headquarters are killed in turn, and started again at once.
    Kill,
}

pub(super) async fn measure(bench: &Bench, report: &mut Report) -> Outcome<()> {
    let scratch = bench.scratch()?;
    let mut pair = Pair::start(bench, scratch.path(), LINK).await?;
    let crowd = pair.link().await?;
    let (size, often) = (bench.times(FILE, FILE / 10), bench.times(TIMES, TIMES / 10));
    let file = offer(&pair, &crowd, size, 1).await?;
    let at_once = transfer(&mut pair, &file, size, None).await?.arrived;
    let what = |how: &str| format!("a file of {} MB over {}, {how}", size / 1_000_000, LINK.name);
    let ways = [(CutOff::Cut, "cut", "cuts"), (CutOff::Kill, "killed at either end", "kills")];
    for (seed, (by, how, unit)) in (2..).zip(ways) {
        let file = offer(&pair, &crowd, size, seed).await?;
        let passed = transfer(&mut pair, &file, size, Some((by, often))).await?;
        let mut measured = times(passed.arrived / at_once);
        measured.extend(number(passed.arrived / 1e6, "MB arrived"));
        measured.extend(number(passed.times as f64, unit));
        report.add(what(how), measured, ("at once", number(at_once / 1e6, "MB arrived")));
        if by == CutOff::Cut {
            let name = "bytes that arrived, by those of a file at once";
            report.aim(5, (name, passed.arrived / at_once, "times"), 1.03);
        }
    }
    Ok(())
}

/// Posts a file at headquarters that does not compress, while the link is paused.
pub(super) async fn offer(
    pair: &Pair<'_>,
    crowd: &Crowd,
    size: usize,
    seed: u64,
) -> Outcome<String> {
    pair.hq_says(&["link", "pause", "--with", "edge"])?;
    let mut author = Client::open(pair.doors[0], &crowd.people[0].token).await?;
    let path = format!("/files?channel_id={}&filename=chart-{seed}.bin", crowd.channel);
    let mut bytes = vec![0; size];
    SeededEntropy::new(seed).fill(&mut bytes);
    let file = author.send("POST", &path, &bytes).await?;
    let file = text(&file.expect(201)?["file_infos"][0], "id")?;
    let post = json!({ "channel_id": crowd.channel, "message": "charts", "file_ids": [file] });
    author.post("/posts", &post).await?.expect(201)?;
    Ok(file)
}

/// A file that has passed.
struct Passed {
    /// Bytes that arrived at the edge's card until it was there, with the headers of IP.
    arrived: f64,
    /// How often it was cut off.
    times: usize,
}

/// Lets a file pass, and cuts it off so often.
async fn transfer(
    pair: &mut Pair<'_>,
    file: &str,
    size: usize,
    cut_off: Option<(CutOff, usize)>,
) -> Outcome<Passed> {
    let before = pair.arrived(Side::Left);
    pair.hq_says(&["link", "resume", "--with", "edge"])?;
    let mut dice = Dice::new(3);
    let mut done = 0;
    let (by, often) = cut_off.unwrap_or((CutOff::Cut, 0));
    for nth in 0..often {
        // In the mean the last is when eight tenths have passed.
        let step = dice.below(2 * size * CUT_OFF_WITHIN / (10 * often)) as u64;
        let goal = pair.arrived(Side::Left) + step;
        timeout(PATIENCE, pair.until_arrived(Side::Left, goal)).await?;
        if pair.has_file(file, size).await {
            break;
        }
        match by {
            CutOff::Kill => pair.kill([Side::Right, Side::Left][nth % 2])?,
            CutOff::Cut => {
                pair.cut();
                sleep(Duration::from_millis(dice.below(LONGEST_CUT) as u64)).await;
                pair.restore();
            }
        }
        done += 1;
    }
    let begun = Instant::now();
    while !pair.has_file(file, size).await {
        if begun.elapsed() > PATIENCE {
            return Err(format!("the file was not there after {PATIENCE:?}").into());
        }
        sleep(LOOK).await;
    }
    Ok(Passed { arrived: (pair.arrived(Side::Left) - before) as f64, times: done })
}
