//! Parts of a conversation by link, by stick and through a diode, in any order and three times each.

use std::path::Path;
use std::time::{Duration, Instant};

use fieldpost_linkbed::profile::LAN;
use tokio::time::sleep;

use crate::Outcome;
use crate::bench::Bench;
use crate::client::Client;
use crate::crowd::Crowd;
use crate::pair::{AUTHORS, Pair, write};
use crate::report::{Report, number};

/// How often each part is carried.
const TIMES: usize = 3;

/// What carries.
#[derive(Clone, Copy)]
enum Carrier {
    Link,
    Stick,
    Diode,
}

use Carrier::{Diode, Link, Stick};

/// The orders in which they come.
const ORDERS: [[Carrier; 3]; 3] =
    [[Stick, Diode, Link], [Diode, Link, Stick], [Link, Stick, Diode]];

const PATIENCE: Duration = Duration::from_secs(300);

pub(super) async fn measure(bench: &Bench, report: &mut Report) -> Outcome<()> {
    let scratch = bench.scratch()?;
    let pair = Pair::start(bench, scratch.path(), LAN).await?;
    let crowd = pair.link().await?;
    let at_edge = pair.edge_crowd(&crowd).await?;
    pair.edge_says(&["link", "silence", "--with", "hq"])?;
    let (part, begun) = (bench.times(200, 50), Instant::now());
    for (round, order) in ORDERS.into_iter().enumerate() {
        let stick = scratch.path().join(format!("{round}.fpbundle"));
        let seed = 10 * (1 + round as u64);
        write(pair.doors[1], &at_edge, part, seed).await?;
        for n in 0..3 {
            write(pair.doors[0], &crowd, part, seed + 1 + n).await?;
            if n == 1 {
                let file = stick.to_string_lossy();
                pair.hq_says(&["link", "export-bundle", &file, "--with", "edge"])?;
            }
        }
        for carrier in order.into_iter().flat_map(|carrier| [carrier; TIMES]) {
            carry(&pair, carrier, &stick).await?;
            // Only the stick does not hold all that was written by then.
            let all = AUTHORS + 4 * part * (1 + round);
            while !matches!(carrier, Stick) && count(&pair, 1, &at_edge).await? < all {
                if begun.elapsed() > PATIENCE {
                    return Err(
                        format!("not all {all} messages were there after {PATIENCE:?}").into()
                    );
                }
                sleep(Duration::from_millis(50)).await;
            }
        }
    }
    pair.edge_says(&["link", "resume", "--with", "hq"])?;
    pair.meet(PATIENCE).await?;
    let counts = [count(&pair, 0, &crowd).await?, count(&pair, 1, &at_edge).await?];
    if counts[0] != counts[1] {
        return Err(format!("{counts:?} messages at the two").into());
    }
    let written = ORDERS.len() * 4 * part;
    report.add(
        format!("{written} messages by link, stick and diode, each {TIMES} times, in 3 orders"),
        number(begun.elapsed().as_secs_f64(), "s"),
        ("messages at both, whose states are equal", number(counts[0] as f64, "messages")),
    );
    let more = counts[0].abs_diff(counts[1]) as f64;
    report.aim(8, ("more at one than at the other", more, "messages"), 0.0);
    Ok(())
}

/// Lets one carrier do its work once.
async fn carry(pair: &Pair<'_>, carrier: Carrier, stick: &Path) -> Outcome<()> {
    match carrier {
        Link => {
            pair.edge_says(&["link", "resume", "--with", "hq"])?;
            pair.meet(PATIENCE).await?;
            pair.edge_says(&["link", "silence", "--with", "hq"])?;
        }
        Stick => {
            pair.edge_says(&["link", "import-bundle", &stick.to_string_lossy()])?;
        }
        Diode => {
            pair.send_bundle(10_000_000, 15).await?;
        }
    }
    Ok(())
}

/// Messages in the channel, as a site counts them for its people.
async fn count(pair: &Pair<'_>, site: usize, crowd: &Crowd) -> Outcome<usize> {
    let mut reader = Client::open(pair.doors[site], &crowd.people[0].token).await?;
    let channel = reader.get(&format!("/channels/{}", crowd.channel)).await?.expect(200)?;
    Ok(usize::try_from(channel["total_msg_count"].as_u64().ok_or("no count")?)?)
}
