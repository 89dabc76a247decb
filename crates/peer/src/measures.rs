//! Looks at all lines now and then, and tells administrators how they do.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fieldpost_access::Caller;
use fieldpost_kernel::{Features, Outcome, Rows};
use fieldpost_link::{Backlog, Outgoing, Peer, handing, peer};
use fieldpost_log::SiteId;
use fieldpost_model::Millis;
use tokio::task::AbortHandle;
use tokio::time::{MissedTickBehavior, interval};

use crate::Links;
use crate::gauge::{Point, Span, clears_in};
use crate::line::Line;
use crate::links::Shared;
use crate::wire::Carriage;

/// How often all lines are looked at.
const LOOK: Duration = Duration::from_secs(10);

/// It is looked what waits each time after so many looks, if anything was written since.
const WAITING: u64 = 6;

/// What is measured of a line now.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// Bits a second sent and received over the last minute; nothing without a connection.
    pub rates: Option<(u64, u64)>,
    /// Which share of the packets sent in the last five minutes was lost; nothing if there were few.
    pub loss: Option<f64>,
    /// About how long it takes until nothing waits, once there is a connection; nothing if unknown.
    pub clears_in: Option<Duration>,
}

/// How a link was before.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// The time from one point to the next.
    pub step: Duration,
    /// What passed in each step, and when that began, the oldest first.
    pub points: Vec<(Millis, Point)>,
}

/// Looks at all lines until it is aborted.
pub(crate) fn keep(shared: Shared) -> AbortHandle {
    tokio::spawn(async move { look_at_all(&shared).await }).abort_handle()
}

async fn look_at_all(shared: &Shared) {
    let mut committed = shared.store.committed();
    committed.mark_changed();
    let mut tick = interval(LOOK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut waiting = BTreeMap::new();
    for look in 0_u64.. {
        tick.tick().await;
        for line in shared.all_lines().values() {
            line.gauged(|_, _| ());
        }
        if look % WAITING != 0 {
            continue;
        }
        match committed.has_changed() {
            Ok(true) => {
                committed.mark_unchanged();
                waiting = shared.waiting().await;
            }
            Ok(false) => {}
            Err(_) => return,
        }
        for (site, line) in shared.all_lines() {
            if let Some(changes) = waiting.get(&site) {
                line.waits(*changes);
            }
        }
    }
}

/// What waits to be sent to a peer. Whoever makes up a batch may take long; what the database knows is
/// close enough.
pub(crate) fn backlog(
    rows: &mut dyn Rows,
    features: &Features,
    live: Option<&Arc<Mutex<Outgoing>>>,
    [own, peer]: [SiteId; 2],
) -> Outcome<Backlog> {
    match live.and_then(|outgoing| outgoing.try_lock().ok()) {
        Some(outgoing) => outgoing.backlog(rows, features),
        None => Outgoing::load(rows, own, peer)?.backlog(rows, features),
    }
}

impl Shared {
    /// How many changes wait for each peer with which something is shared, as far as that can be read.
    async fn waiting(&self) -> BTreeMap<SiteId, u64> {
        let own = self.store.site().id;
        let lines: Vec<_> =
            self.all_lines().into_iter().map(|(site, line)| (site, line.outgoing())).collect();
        let features = Arc::clone(self.store.features());
        let found = self.store.read(move |rows| {
            let mut waiting = BTreeMap::new();
            for (site, live) in lines {
                if peer::has_shares(rows, site)? {
                    let backlog = backlog(rows, &features, live.as_ref(), [own, site])?;
                    waiting.insert(site, backlog.changes);
                }
            }
            Ok(waiting)
        });
        found.await.unwrap_or_else(|failure| {
            tracing::warn!(%failure, "it could not be read what waits for links");
            BTreeMap::new()
        })
    }

    /// What is measured of the line to a peer for which so much waits.
    pub(crate) fn measured(&self, peer: &Peer, line: &Line, backlog: &Backlog) -> Measured {
        line.waits(backlog.changes);
        let (rates, loss, best, costs) = line.gauged(|gauge, now| {
            (gauge.rates(now), gauge.loss(now), gauge.best(now), gauge.costs())
        });
        let clears_in = match (backlog.changes, self.rate(peer, line.carriage(), best)) {
            (0, _) => Some(Duration::ZERO),
            (_, rate) => rate.and_then(|rate| clears_in(backlog.bytes, costs, rate)),
        };
        Measured { rates, loss, clears_in }
    }

    /// At how many bits a second what waits is likely to go: as somebody set it, or the best that was
    /// measured lately.
    fn rate(&self, peer: &Peer, carriage: Option<Carriage>, best: Option<u64>) -> Option<u64> {
        let thin = self.config.thin.get(&peer.name);
        let air = match carriage {
            Some(carriage) => carriage.rate(),
            None => thin.filter(|t| t.only || best.is_none()).map(|thin| thin.settings.rate),
        };
        air.map(u64::from).into_iter().chain(peer.rate).min().or(best)
    }
}

impl Links {
    /// How the link with a peer was before, for somebody who may administer links.
    pub async fn history(&self, caller: Caller, name: String, span: Span) -> Outcome<History> {
        let peer = self.0.store.read(move |rows| handing::peer(rows, &caller, &name)).await?;
        let points = self.0.line(peer.site).gauged(|gauge, now| gauge.history(now, span));
        let now = self.0.clock.now();
        let began = |age: Duration| now - Millis::try_from(age.as_millis()).unwrap_or(now);
        let points = points.into_iter().map(|point| (began(point.age), point)).collect();
        Ok(History { step: span.step(), points })
    }
}
