//! What was left out because its writer only reads the channel, as far as is known here. Another site may
//! say otherwise later: then it is asked for once more.
//!
//! Whoever sent it takes it for held, and what comes next may rest on it. Then they are told what is held;
//! who heeds that leaves it out by themselves. If it comes again, all of that log is left out, by what would
//! be held of it, until something comes that they might have written: then they are told once more.

use std::collections::{BTreeMap, BTreeSet};

use fieldpost_kernel::Received;
use fieldpost_link::incoming::Taken;
use fieldpost_link::writers::{self, Version};
use fieldpost_log::{LogName, SiteId};
use fieldpost_model::Id;
use fieldpost_replica::Frame;

use super::{Session, Step, locked};

/// What was left out in this conversation.
#[derive(Default)]
pub(super) struct LeftOut {
    /// By what the channels were judged when something was first left out there.
    by: BTreeMap<Id, Version>,
    logs: BTreeMap<LogName, Left>,
}

/// A log that was left out.
struct Left {
    /// How often the peer was told what is held of it.
    told: u8,
    heed: Heed,
}

/// What the peer makes of what it was told.
enum Heed {
    /// It takes what it sent for held.
    Unaware,
    /// It was told what is held.
    Told,
    /// It was told, and sent it again: what would be held.
    Unheeded(Received),
}

/// The most logs of which that is remembered.
const MOST: usize = 256;

/// How often a peer is told what is held of a log. Whoever heeds it needs twice: they may have sent it again
/// before they heard that they only read.
const ENOUGH: u8 = 8;

/// The logs that were left out of a batch, each with what would be held of it, and by what it was judged.
pub(super) fn versions_of(taken: &Taken) -> BTreeMap<LogName, (Received, Version)> {
    let left_out = taken.left_out.iter().map(|(log, would_be)| {
        let by = taken.writers.get(&log.scope.id).copied().unwrap_or_default();
        (*log, (would_be.clone(), by))
    });
    left_out.collect()
}

impl LeftOut {
    /// Makes room for one more: of what the peer does not send again and again nothing is lost.
    fn make_room(&mut self) {
        if self.logs.len() < MOST {
            return;
        }
        let is_heeded = |left: &Left| !matches!(left.heed, Heed::Unheeded(_));
        let given_up =
            self.logs.iter().find(|(_, left)| is_heeded(left)).or(self.logs.iter().next());
        if let Some(log) = given_up.map(|(log, _)| *log) {
            self.logs.remove(&log);
        }
    }
}

impl Session {
    /// Remembers that logs were left out, and by what they were judged.
    pub(super) fn remember_left_out(&self, logs: BTreeMap<LogName, (Received, Version)>) {
        let mut left = locked(&self.left_out);
        for (log, (would_be, by)) in logs {
            left.by.entry(log.scope.id).or_insert(by);
            match left.logs.get_mut(&log) {
                Some(Left { heed: heed @ (Heed::Told | Heed::Unheeded(_)), .. }) => {
                    *heed = Heed::Unheeded(would_be);
                }
                Some(_) => {}
                None => {
                    left.make_room();
                    left.logs.insert(log, Left { told: 0, heed: Heed::Unaware });
                }
            }
        }
    }

    /// The logs that come again though the peer was told what is held of them, with what would be.
    pub(super) fn unheeded(&self) -> BTreeMap<LogName, Received> {
        let left = locked(&self.left_out);
        let unheeded = left.logs.iter().filter_map(|(log, left)| match &left.heed {
            Heed::Unheeded(would_be) => Some((*log, would_be.clone())),
            Heed::Unaware | Heed::Told => None,
        });
        unheeded.collect()
    }

    /// Whether the peer is to be told once more what is held of one of these logs: what it sends of them it
    /// may write, only not upon what was left out.
    pub(super) fn are_to_be_told(&self, logs: &BTreeSet<LogName>) -> bool {
        let mut left = locked(&self.left_out);
        let mut any = false;
        for log in logs {
            if let Some(left) = left.logs.get_mut(log).filter(|left| left.told < ENOUGH) {
                left.heed = Heed::Unaware;
                any = true;
            }
        }
        any
    }

    /// The peer is being told what is held of its own logs. Tells of others that were left out what is
    /// wanted of them, with what is held.
    pub(super) async fn tell_left_out(&self) -> Step<Vec<Frame>> {
        let sites: BTreeSet<SiteId> = {
            let mut left = locked(&self.left_out);
            let is_unaware = |left: &Left| matches!(left.heed, Heed::Unaware);
            let unaware = left.logs.iter_mut().filter(|(_, left)| is_unaware(left));
            let sites = unaware.map(|(log, left)| {
                (left.told, left.heed) = (left.told.saturating_add(1), Heed::Told);
                log.site
            });
            sites.filter(|site| *site != self.peer).collect()
        };
        if sites.is_empty() {
            return Ok(Vec::new());
        }
        locked(&self.relays).want_again(sites);
        self.answers().await
    }

    /// Asks for what was left out, if something else is known by now of who writes there: the peer is told
    /// what is held of its own, and is to be answered anew of other sites.
    pub(super) async fn reconsider(&self) -> Step<Vec<Frame>> {
        let then = locked(&self.left_out).by.clone();
        if then.is_empty() {
            return Ok(Vec::new());
        }
        let changed = self.store.read(move |rows| {
            let mut changed = BTreeSet::new();
            for (channel, then) in then {
                if writers::version(rows, channel)? != then {
                    changed.insert(channel);
                }
            }
            Ok(changed)
        });
        let changed: BTreeSet<Id> = changed.await?;
        let again: BTreeSet<SiteId> = {
            let mut left = locked(&self.left_out);
            left.by.retain(|channel, _| !changed.contains(channel));
            let again = left.logs.keys().filter(|log| changed.contains(&log.scope.id));
            let again: BTreeSet<SiteId> = again.map(|log| log.site).collect();
            left.logs.retain(|log, _| !changed.contains(&log.scope.id));
            again
        };
        let (own, others): (BTreeSet<SiteId>, BTreeSet<SiteId>) =
            again.into_iter().partition(|site| *site == self.peer);
        locked(&self.relays).want_again(others);
        if own.is_empty() { Ok(Vec::new()) } else { self.holding().await }
    }
}
