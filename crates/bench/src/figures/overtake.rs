//! The time until an urgent message is at the other site, while a backlog fills a bad link.

use std::time::{Duration, Instant};

use fieldpost_linkbed::Profile;
use fieldpost_linkbed::profile::LAN;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::Outcome;
use crate::bench::Bench;
use crate::client::{Client, text};
use crate::pair::{Pair, write};
use crate::report::{Report, latency};
use crate::sample::Sample;

/// 64 kbit/s in each direction, 600 ms there and back.
const LINK: Profile = Profile::plain("64 kbit/s, 600 ms", 64_000, Duration::from_millis(300));

/// The same at 9,600 bit/s, which is a link for thin datagrams.
const THIN: Profile = Profile::plain("9600 bit/s, 600 ms", 9_600, Duration::from_millis(300));

/// The most bytes of a thin datagram on that.
const THIN_DATAGRAM: f64 = 300.0;

/// Time on the air that an urgent message may wait for what is there already, in seconds.
const FRAGMENT: f64 = 0.25;

/// How large the file is that waits beside the messages, in bytes.
const FILE: usize = 200_000_000;

/// Messages that wait: more than the link carries while this is measured.
const MESSAGES: usize = 30_000;

/// How long a message may take.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) async fn measure(bench: &Bench, report: &mut Report) -> Outcome<()> {
    past_a_backlog(bench, report, LINK, 1228.0, false).await?;
    past_a_backlog(bench, report, THIN, THIN_DATAGRAM, true).await
}

async fn past_a_backlog(
    bench: &Bench,
    report: &mut Report,
    link: Profile,
    packet: f64,
    is_thin: bool,
) -> Outcome<()> {
    let scratch = bench.scratch()?;
    let mut pair = Pair::start(bench, scratch.path(), LAN).await?;
    let crowd = pair.link().await?;
    let token = pair.visitor(&crowd).await?.token;
    if is_thin {
        pair.speak_thin(&link)?;
    }
    pair.turn_into(link);
    let mut reader = Client::open(pair.doors[1], &token).await?;
    pair.hq_says(&["link", "pause", "--with", "edge"])?;
    let mut author = Client::open(pair.doors[0], &crowd.people[0].token).await?;
    let path = format!("/files?channel_id={}&filename=chart.bin", crowd.channel);
    let file = author.send("POST", &path, &vec![7; bench.times(FILE, FILE / 10)]).await?;
    let file = text(&file.expect(201)?["file_infos"][0], "id")?;
    let post = json!({ "channel_id": crowd.channel, "message": "charts", "file_ids": [file] });
    author.post("/posts", &post).await?.expect(201)?;
    write(pair.doors[0], &crowd, bench.times(MESSAGES, MESSAGES / 4), 1).await?;
    pair.hq_says(&["link", "resume", "--with", "edge"])?;
    // Until batches are as large as they become on this link, and the queue as long.
    sleep(Duration::from_secs(10)).await;
    let mut taken = Vec::new();
    for n in 0..bench.times(10, 3) {
        let post = json!({
            "channel_id": crowd.channel, "message": format!("man overboard {n}"),
            "metadata": { "priority": { "priority": "urgent" } },
        });
        let begun = Instant::now();
        let said = author.post("/posts", &post).await?.expect(201)?;
        taken.push(arrival(&mut reader, &said, begun).await?);
        sleep(Duration::from_secs(1)).await;
    }
    let taken: Sample = taken.into_iter().collect();
    let on_air = packet * 8.0 / link.rate as f64;
    let bare = Duration::from_secs_f64(link.delay.as_secs_f64() + 2.0 * on_air);
    report.add(
        format!("an urgent message past {} MB, over {}", bench.times(200, 20), link.name),
        latency(&taken),
        ("one way, and a packet of its own behind another", latency(&[bare].into_iter().collect())),
    );
    let most = link.delay.as_secs_f64() + FRAGMENT + on_air;
    report.aim(3, ("written → readable, p50", taken.median(), "s"), most);
    Ok(())
}

/// After how long a message can be read at the other site.
async fn arrival(reader: &mut Client, said: &Value, begun: Instant) -> Outcome<Duration> {
    let path = format!("/posts/{}", text(said, "id")?);
    while begun.elapsed() < PATIENCE {
        if reader.get(&path).await?.status == 200 {
            return Ok(begun.elapsed());
        }
        sleep(Duration::from_millis(5)).await;
    }
    Err(format!("an urgent message was not there after {PATIENCE:?}").into())
}
