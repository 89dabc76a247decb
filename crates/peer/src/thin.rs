//! Talking with a peer over thin datagrams, while there is no better connection.

use std::sync::Arc;
use std::time::Duration;

use fieldpost_kernel::Outcome;
use fieldpost_link::Peer;
use fieldpost_log::SiteId;
use fieldpost_thin::{Bearer, Connection, FASTEST, SLOWEST, Settings, Station};
use tokio::time::{Instant, timeout};

use crate::calls::{claim, hold, lost};
use crate::line::Line;
use crate::links::Shared;
use crate::pauses::Pauses;
use crate::wire::Wire;

/// How a peer is reached over thin datagrams.
#[derive(Debug, Clone)]
pub struct Thin {
    /// What carries them.
    pub bearer: Bearer,
    /// What the link is like.
    pub settings: Settings,
    /// Whether the peer is reached in no other way, so that QUIC is not tried.
    pub only: bool,
}

/// The longest turnaround and round trip that is believed: beyond them something is mistyped.
const LONGEST: Duration = Duration::from_secs(600);

impl Thin {
    /// How a peer is reached, as an operator says it: over what, at how many bits a second, and how
    /// long it takes until the other side may speak, if one side speaks at a time.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn new(
        over: &str,
        rate: u32,
        turnaround: Option<Duration>,
        round_trip: Duration,
    ) -> Result<Self, String> {
        let bearer = Bearer::parse(over).map_err(|error| format!("over = {error}"))?;
        if !(SLOWEST..=FASTEST).contains(&rate) {
            return Err(format!("rate must be {SLOWEST} to {FASTEST} bit/s, not {rate}"));
        }
        if round_trip.max(turnaround.unwrap_or_default()) > LONGEST {
            return Err("turnaround and round_trip are milliseconds, of at most 600000".to_owned());
        }
        let settings = Settings { most: bearer.largest(), ..Settings::of_rate(rate) };
        let settings = match turnaround {
            Some(turnaround) => settings.half_duplex(turnaround),
            None => settings,
        };
        let overhead = bearer.overhead(settings.largest());
        let settings = Settings { round_trip, overhead, ..settings };
        Ok(Self { bearer, settings, only: false })
    }
}

/// How often it is looked whether there is another connection, or none.
const LOOK: Duration = Duration::from_secs(1);

/// Talks with a peer whenever there is no other line to it, for as long as it is one.
pub(crate) async fn keep(shared: &Shared, site: SiteId) {
    let Some(peer) = shared.peer(site).await else { return };
    let Some(thin) = shared.config.thin.get(&peer.name) else { return };
    let own = shared.store.site().signing_key();
    let opened = Station::open(thin.bearer.clone(), thin.settings, own, peer.key.clone());
    let station = match opened {
        Ok(station) => station,
        Err(malformed) => return shared.line(site).ended(malformed.to_string()),
    };
    let line = shared.line(site);
    let mut pauses = Pauses::default();
    loop {
        let Some(peer) = shared.peer(site).await else { return };
        if peer.is_silent(shared.clock.now()) {
            return;
        }
        match talk(shared, &peer, &station, &line).await {
            Ok((lasted, in_vain)) => pauses.talked(lasted, in_vain),
            Err(why) => {
                if line.connection().is_none() {
                    line.ended(why);
                }
                pauses.not_reached();
            }
        }
        let pause = pauses.next(shared.store.site().id < site);
        drop(timeout(pause, line.wake_thin.notified()).await);
    }
}

/// Calls a peer until it answers, or waits for its call while there is another connection, and talks;
/// gives for how long, and whether in vain. That the peer calls while it is connected says that it is
/// not any more: one side of a line that is cut often knows before the other.
async fn talk(
    shared: &Shared,
    peer: &Peer,
    station: &Station,
    line: &Line,
) -> Result<(Duration, bool), String> {
    let claim = claim(shared, peer.site).await?;
    let random = draw(shared).await.map_err(|failure| failure.to_string())?;
    let connection = tokio::select! {
        connection = converse(station, line, random) => connection,
        () = lost(&claim) => {
            station.silence();
            return Err("another server of this site may talk to it".to_owned());
        }
    };
    let begun = Instant::now();
    let wire = Wire::Thin(Arc::new(connection));
    let in_vain = hold(shared, peer.site, wire, &claim).await;
    Ok((begun.elapsed(), in_vain))
}

/// The conversation, once there is one; says meanwhile why there is none.
async fn converse(station: &Station, line: &Line, random: [u8; 8]) -> Connection {
    loop {
        let calls = line.connection().is_none();
        if calls {
            line.ended(station.trouble());
        }
        if let Ok(connection) = timeout(LOOK, station.converse(random, calls)).await {
            return connection;
        }
    }
}

/// Random bytes that were never used before.
async fn draw(shared: &Shared) -> Outcome<[u8; 8]> {
    let id = shared.store.write(&[], |work| Ok(work.random_id())).await?;
    let mut random = [0; 8];
    random.copy_from_slice(&id.as_bytes()[..8]);
    Ok(random)
}
