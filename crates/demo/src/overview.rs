//! What the page says of the link and of the two sites, from what was observed.

use std::time::Duration;

use fieldpost_linkbed::Stats;
use serde::Serialize;

use crate::pairing::{Backlog, Status};

/// How far the two sites are linked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(tag = "state", content = "why", rename_all = "lowercase")]
pub enum Linked {
    /// They are being linked.
    #[default]
    Soon,
    /// They are.
    Yes,
    /// They could not be; it is tried again.
    Failed(String),
}

/// What is remembered between looks. Times count from any moment, and are handed in.
#[derive(Debug, Default)]
pub struct Observed {
    linked: Linked,
    hq: Side,
    edge: Side,
    /// When the link was cut last, and what had arrived at each side by then.
    cut: Option<(Duration, [u64; 2])>,
    was_cut: bool,
}

/// One site as it was seen last.
#[derive(Debug, Default)]
struct Side {
    status: Status,
    /// When nothing for it waited at the other site, as far as was seen.
    complete_at: Option<Duration>,
}

/// What the page shows above the timelines.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Overview {
    linked: Linked,
    link: Link,
    hq: Standing,
    edge: Standing,
    /// Channels whose state is the same at both, of those that are shared.
    equal: Option<Equal>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Link {
    #[serde(flatten)]
    stats: Stats,
    /// How long ago it was cut last.
    cut_ago: Option<f64>,
    /// Bytes that arrived since then, or since the start: at Edge, at HQ.
    since_cut: [u64; 2],
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Standing {
    /// The site's own word for its link.
    state: String,
    /// What the other site wrote and this one has not.
    missing: Backlog,
    /// For how many seconds something has been missing; 0 if nothing is.
    behind: Option<f64>,
    last_contact: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
struct Equal {
    same: usize,
    of: usize,
}

impl Observed {
    /// Notes how far the sites are linked.
    pub fn note_linked(&mut self, linked: Linked) {
        self.linked = linked;
    }

    /// Notes what the two sites say of their link.
    pub fn note_status(&mut self, now: Duration, hq: Status, edge: Status) {
        for (site, other) in [(&mut self.edge, &hq), (&mut self.hq, &edge)] {
            if other.peer().is_some_and(|peer| peer.backlog.changes == 0) {
                site.complete_at = Some(now);
            }
        }
        self.hq.status = hq;
        self.edge.status = edge;
    }

    /// Notes what the link carries, and whether somebody has cut it.
    pub fn note_link(&mut self, now: Duration, stats: &Stats) {
        if stats.cut && !self.was_cut {
            self.cut = Some((now, arrived(stats)));
        }
        self.was_cut = stats.cut;
    }

    /// What there is to show.
    pub fn overview(&self, now: Duration, stats: Stats) -> Overview {
        let (cut_at, before) = match self.cut {
            Some((at, before)) => (Some(at), before),
            None => (None, [0; 2]),
        };
        let [at_edge, at_hq] = arrived(&stats);
        let link = Link {
            cut_ago: cut_at.map(|at| now.saturating_sub(at).as_secs_f64()),
            since_cut: [at_edge.saturating_sub(before[0]), at_hq.saturating_sub(before[1])],
            stats,
        };
        Overview {
            linked: self.linked.clone(),
            link,
            hq: self.hq.standing(now, &self.edge.status),
            edge: self.edge.standing(now, &self.hq.status),
            equal: equal(&self.hq.status, &self.edge.status),
        }
    }
}

impl Side {
    fn standing(&self, now: Duration, other: &Status) -> Standing {
        let own = self.status.peer();
        Standing {
            state: own.map(|peer| peer.state.clone()).unwrap_or_default(),
            missing: other.peer().map(|peer| peer.backlog).unwrap_or_default(),
            behind: self.complete_at.map(|at| now.saturating_sub(at).as_secs_f64()).map(|behind| {
                match other.peer() {
                    Some(peer) if peer.backlog.changes > 0 => behind,
                    _ => 0.0,
                }
            }),
            last_contact: own.map(|peer| peer.last_contact).unwrap_or_default(),
        }
    }
}

/// Bytes at Edge, and at HQ. HQ is the left side of the link.
fn arrived(stats: &Stats) -> [u64; 2] {
    [stats.left.delivered.bytes, stats.right.delivered.bytes]
}

/// A channel that only one side knows of is not the same.
fn equal(hq: &Status, edge: &Status) -> Option<Equal> {
    let (hq, edge) = (&hq.peer()?.shared, &edge.peer()?.shared);
    let only_at_edge = edge.iter().filter(|own| hq.iter().all(|one| one.channel != own.channel));
    let of = hq.len() + only_at_edge.count();
    let same = hq.iter().filter(|one| edge.contains(one)).count();
    (of > 0).then_some(Equal { same, of })
}

#[cfg(test)]
mod tests {
    use fieldpost_linkbed::{Emulator, Link as Model, Profile};

    use super::*;
    use crate::pairing::{Peer, Shared};

    fn status(waiting: u64, channels: &[(&str, &str)]) -> Status {
        let shared = channels.iter().map(|(channel, hash)| Shared {
            channel: (*channel).to_owned(),
            hash: (*hash).to_owned(),
        });
        let peer = Peer {
            state: "connected".to_owned(),
            backlog: Backlog { changes: waiting, bytes: waiting * 20 },
            shared: shared.collect(),
            ..Peer::default()
        };
        Status { peers: vec![peer] }
    }

    fn stats(cut: bool, at_edge: u64) -> Stats {
        let profile = Profile::named("lan").unwrap();
        let mut stats = Emulator::<()>::start(Model::new(profile, 1)).stats();
        stats.cut = cut;
        stats.left.delivered.bytes = at_edge;
        stats
    }

    fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_side_is_behind_since_the_other_had_nothing_to_send() {
        let mut seen = Observed::default();
        let behind = |seen: &Observed, now| seen.overview(s(now), stats(false, 0)).edge.behind;
        assert_eq!(behind(&seen, 1), None);
        seen.note_status(s(10), status(0, &[]), status(5, &[]));
        assert_eq!(behind(&seen, 12), Some(0.0));
        seen.note_status(s(20), status(7, &[]), status(0, &[]));
        assert_eq!(behind(&seen, 25), Some(15.0));
        let shown = seen.overview(s(25), stats(false, 0));
        assert_eq!(shown.edge.missing, Backlog { changes: 7, bytes: 140 });
        assert_eq!(shown.hq.behind, Some(0.0));
    }

    #[test]
    fn bytes_are_counted_from_the_last_cut() {
        let mut seen = Observed::default();
        seen.note_link(s(1), &stats(false, 100));
        assert_eq!(seen.overview(s(1), stats(false, 100)).link.since_cut, [100, 0]);
        seen.note_link(s(2), &stats(true, 150));
        seen.note_link(s(3), &stats(true, 150));
        seen.note_link(s(4), &stats(false, 150));
        let shown = seen.overview(s(10), stats(false, 190)).link;
        assert_eq!((shown.since_cut, shown.cut_ago), ([40, 0], Some(8.0)));
        seen.note_link(s(11), &stats(true, 190));
        assert_eq!(seen.overview(s(11), stats(true, 190)).link.since_cut, [0, 0]);
    }

    #[test]
    fn channels_are_equal_when_both_sides_say_the_same_of_them() {
        let mut seen = Observed::default();
        let equal = |seen: &Observed| seen.overview(s(0), stats(false, 0)).equal;
        assert_eq!(equal(&seen), None);
        let hq = status(0, &[("t:ops", "aa"), ("t:intel", "bb"), ("t:new", "cc")]);
        let edge = status(0, &[("t:ops", "aa"), ("t:intel", "xx"), ("t:own", "dd")]);
        seen.note_status(s(0), hq, edge);
        assert_eq!(equal(&seen), Some(Equal { same: 1, of: 4 }));
    }
}
