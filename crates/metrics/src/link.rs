//! Links with other sites: whether they hold, and what still waits.

use std::sync::atomic::AtomicU64;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

/// The states that a link may have; one at a time.
const STATES: [&str; 5] = ["connected", "down", "paused", "silent", "closed"];

/// How a link is.
#[derive(Debug, Clone, Default)]
pub struct Link {
    /// What the other site is called here.
    pub site: String,
    /// `connected`, `down`, `paused`, `silent` or `closed`.
    pub state: &'static str,
    /// Changes that the other site is not known to hold.
    pub waiting_changes: u64,
    /// Bytes of their contents, before they are compressed.
    pub waiting_bytes: u64,
    /// Changes that the other site is not known to hold, by how much they matter.
    pub waiting_by: [(&'static str, u64); 4],
    /// Bits a second sent and received over the last minute, if there was a connection.
    pub rates: Option<(u64, u64)>,
    /// Which share of the packets sent in the last five minutes was lost, if there were enough.
    pub loss: Option<f64>,
    /// About how many seconds it takes until nothing waits, if that is known.
    pub clears_in: Option<f64>,
    /// When it was heard last, in seconds since 1970; 0 for never.
    pub last_contact: f64,
    /// Bytes sent so far, at IP level.
    pub sent: u64,
    /// Bytes received so far, at IP level.
    pub received: u64,
    /// The time of a round trip in seconds, while it is connected.
    pub round_trip: Option<f64>,
    /// How far its clock is ahead, in seconds; 0 if it is not wrong.
    pub clock_ahead: f64,
    /// Channels that both sides share.
    pub shared: u64,
    /// Those of them whose state here is not the one that the other side told of last.
    pub differing: u64,
    /// Offers that wait for an administrator.
    pub offers: u64,
}

type Labels = Vec<(&'static str, String)>;

fn of(link: &Link) -> Labels {
    vec![("site", link.site.clone())]
}

/// Something of every link that is a number.
fn gauge(
    links: &[Link],
    value: impl Fn(&Link) -> Option<f64>,
) -> Family<Labels, Gauge<f64, AtomicU64>> {
    let family = Family::<Labels, Gauge<f64, AtomicU64>>::default();
    for link in links {
        if let Some(value) = value(link) {
            family.get_or_create(&of(link)).set(value);
        }
    }
    family
}

/// Something of every link that only grows.
fn counter(links: &[Link], value: impl Fn(&Link) -> u64) -> Family<Labels, Counter> {
    let family = Family::<Labels, Counter>::default();
    for link in links {
        family.get_or_create(&of(link)).inc_by(value(link));
    }
    family
}

fn states(links: &[Link]) -> Family<Labels, Gauge> {
    let family = Family::<Labels, Gauge>::default();
    for link in links {
        for state in STATES {
            let mut labels = of(link);
            labels.push(("state", state.to_owned()));
            family.get_or_create(&labels).set((link.state == state).into());
        }
    }
    family
}

/// Something of every link that is several numbers, told apart by a label.
fn gauges<const N: usize>(
    links: &[Link],
    label: &'static str,
    values: impl Fn(&Link) -> [(&'static str, Option<f64>); N],
) -> Family<Labels, Gauge<f64, AtomicU64>> {
    let family = Family::<Labels, Gauge<f64, AtomicU64>>::default();
    for link in links {
        for (name, value) in values(link) {
            let Some(value) = value else { continue };
            let mut labels = of(link);
            labels.push((label, name.to_owned()));
            family.get_or_create(&labels).set(value);
        }
    }
    family
}

#[expect(clippy::cast_precision_loss, reason = "a number to look at; exact up to 9 * 10^15")]
fn count(number: u64) -> Option<f64> {
    Some(number as f64)
}

/// What is measured of the lines themselves.
fn measured(registry: &mut Registry, links: &[Link]) {
    let rate = |of: Option<u64>| of.and_then(count);
    registry.register(
        "rate_bits",
        "Bits a second over the last minute, while there is a connection",
        gauges(links, "direction", |link| {
            let (out, inn) = (link.rates.map(|rates| rates.0), link.rates.map(|rates| rates.1));
            [("out", rate(out)), ("in", rate(inn))]
        }),
    );
    registry.register(
        "loss_ratio",
        "Which share of the packets sent in the last five minutes was lost",
        gauge(links, |link| link.loss),
    );
    registry.register_with_unit(
        "clears",
        "About how long until nothing waits, once there is a connection: a guess",
        Unit::Seconds,
        gauge(links, |link| link.clears_in),
    );
}

pub(crate) fn register(registry: &mut Registry, links: &[Link]) {
    registry.register("state", "1 for the state that a link has, 0 for the others", states(links));
    let waiting = gauge(links, |link| count(link.waiting_changes));
    registry.register(
        "waiting_changes",
        "Changes that the other site is not known to hold",
        waiting,
    );
    registry.register_with_unit(
        "waiting",
        "Their contents, before they are compressed",
        Unit::Bytes,
        gauge(links, |link| count(link.waiting_bytes)),
    );
    registry.register(
        "waiting_precedence_changes",
        "Changes that the other site is not known to hold, by how much they matter",
        gauges(links, "precedence", |link| link.waiting_by.map(|(name, n)| (name, count(n)))),
    );
    measured(registry, links);
    registry.register_with_unit(
        "last_contact",
        "When the other site was heard last, since 1970; 0 for never",
        Unit::Seconds,
        gauge(links, |link| Some(link.last_contact)),
    );
    let sent = counter(links, |link| link.sent);
    registry.register_with_unit("sent", "Sent so far, at IP level", Unit::Bytes, sent);
    let received = counter(links, |link| link.received);
    registry.register_with_unit("received", "Received so far, at IP level", Unit::Bytes, received);
    registry.register_with_unit(
        "round_trip",
        "A round trip, smoothed, while there is a connection",
        Unit::Seconds,
        gauge(links, |link| link.round_trip),
    );
    registry.register_with_unit(
        "clock_ahead",
        "How far the clock of the other site is ahead, if it is wrong",
        Unit::Seconds,
        gauge(links, |link| Some(link.clock_ahead)),
    );
    let shared = gauge(links, |link| count(link.shared));
    registry.register("shared_channels", "Channels that both sides share", shared);
    let differing = gauge(links, |link| count(link.differing));
    let help = "Shared channels whose state differs from the one told of last";
    registry.register("differing_channels", help, differing);
    let offers = gauge(links, |link| count(link.offers));
    registry.register("offers", "Channels that are offered and wait for an administrator", offers);
}
