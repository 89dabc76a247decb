//! The time until two sites are the same again over a bad link.

use std::time::{Duration, Instant};

use fieldpost_kernel::Failure;
use fieldpost_link::Outgoing;
use fieldpost_linkbed::Profile;
use fieldpost_linkbed::profile::Loss;
use fieldpost_log::SiteId;
use fieldpost_model::Id;
use fieldpost_replica::{Frame, encode};
use fieldpost_server::{Config, open_store};

use crate::Outcome;
use crate::bench::Bench;
use crate::pair::{Pair, write};
use crate::report::{Report, number, times};
use crate::sample::median;
use crate::server::Place;

/// 64 kbit/s in each direction, 600 ms there and back, one packet in fifty lost.
const LINK: Profile = Profile {
    loss: Loss::of(0.02),
    ..Profile::plain("64 kbit/s, 600 ms, 2 %", 64_000, Duration::from_millis(300))
};

/// No batch is split for want of room.
const ROOM: usize = 4 << 20;

pub(super) async fn measure(bench: &Bench, report: &mut Report) -> Outcome<()> {
    let scratch = bench.scratch()?;
    let pair = Pair::start(bench, scratch.path(), LINK).await?;
    let (door, crowd) = (pair.doors[0], pair.link().await?);
    let sizes = [(200, 5), (1000, 5), (5000, 3)];
    for (messages, runs) in &sizes[..bench.times(3, 1)] {
        let (mut taken, mut at_best) = (Vec::new(), Vec::new());
        for run in 0..*runs {
            pair.hq_says(&["link", "pause", "--with", "edge"])?;
            write(door, &crowd, *messages, 1 + run as u64).await?;
            at_best.push(missing(&pair.hq).await? as f64 * 8.0 / LINK.rate as f64);
            let begun = Instant::now();
            pair.hq_says(&["link", "resume", "--with", "edge"])?;
            pair.converge().await?;
            taken.push(begun.elapsed().as_secs_f64());
        }
        let ratios = taken.iter().zip(&at_best).map(|(taken, best)| taken / best).collect();
        let mut measured = number(median(taken), "s");
        measured.extend(times(median(ratios)));
        report.add(
            format!("{messages} messages over {}", LINK.name),
            measured,
            ("all of it as one batch, at the link's rate", number(median(at_best), "s")),
        );
    }
    Ok(())
}

/// The bytes of everything that a site still has to send, as one frame: asked of a copy of
/// its database.
pub(super) async fn missing(site: &Place) -> Outcome<usize> {
    let folder = tempfile::tempdir()?;
    let failed = |failure: Failure| failure.to_string();
    let copy = Place::embedded(folder.path());
    fieldpost_store::copy_file(&site.file(), &copy.file()).map_err(failed)?;
    let config = Config { data: copy.data.clone(), ..Config::default() };
    let store = open_store(&config).await.map_err(failed)?;
    let own = store.site().id;
    let (features, key) = (store.features().clone(), store.site().signing_key());
    let parcel = store.read(move |rows| {
        let peer = rows_peer(rows)?;
        Outgoing::load(rows, own, peer)?.next(rows, &features, &key, ROOM)
    });
    let parcel = parcel.await.map_err(failed)?.ok_or("nothing is missing")?;
    let body = encode(&parcel.runs, &parcel.hints)?;
    let frame = Frame::batch(parcel.number, parcel.signature, parcel.vouchers, body);
    Ok(frame.encode().len())
}

/// The only site that this one is linked with.
fn rows_peer(rows: &mut dyn fieldpost_kernel::Rows) -> fieldpost_kernel::Outcome<SiteId> {
    let peers = fieldpost_link::peer::all(rows)?;
    let peer = peers.first().map(|peer| peer.site);
    Ok(peer.unwrap_or(SiteId(*Id::NONE.as_bytes())))
}
