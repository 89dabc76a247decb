//! What other sites have written, and a peer may want from this one.
//!
//! In each conversation it is said first of which sites there is something that the peer is believed to
//! lack. The peer says of each whether it wants that from here, and what it holds; only then is it sent.
//! What it has from that site itself, nobody else sends.
//!
//! What the peer wrote itself it is sent only if it asks for that, because it has lost it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use fieldpost_kernel::{Features, Outcome, Rows};
use fieldpost_log::{LogName, Ranges, ScopeKind, SiteId};
use fieldpost_model::Id;
use fieldpost_replica::HeldLog;

use super::{Acknowledged, Draft, Outgoing, lacking};
use crate::incoming::home;
use crate::logs::{self, Log};
use crate::{relay, share};

/// Changes with which another site's log is begun where its first one must come before all others: from
/// its end, which alone was signed.
const END: u64 = 32;

/// What was agreed on in this conversation, and what there is to be passed on.
#[derive(Debug, Default)]
pub(super) struct Relaying {
    /// The sites whose changes the peer wants from here, but for those of some channels and teams.
    wanted: BTreeMap<SiteId, BTreeSet<Id>>,
    /// Those of which it wants nothing from here.
    unwanted: BTreeSet<SiteId>,
    behind: Behind,
    /// The keys of logs that the peer wrote itself, and has not all of any more.
    lost: BTreeSet<i64>,
}

/// The logs of other sites of which the peer lacks something.
#[derive(Debug, Clone, Default)]
struct Behind {
    /// Their keys.
    logs: BTreeSet<i64>,
    /// As of when they were looked for: which log was moved last, and what was shared.
    looked: Option<(i64, share::Version)>,
}

impl Outgoing {
    /// The sites of which there is something that the peer lacks, as far as is known.
    pub fn relayable(&mut self, rows: &mut dyn Rows) -> Outcome<BTreeSet<SiteId>> {
        Ok(self.look(rows)?.into_iter().map(|log| log.name.site).collect())
    }

    /// Looks through all there is the next time: where several servers write to one database, a change
    /// may become visible after a newer one.
    pub fn look_anew(&mut self) {
        self.relaying.behind.looked = None;
    }

    /// The peer wants changes of another site from here, but for those of some channels and teams, and has
    /// said what it holds of them. Gives whether that is what was believed; if not, it must tell all of it.
    pub fn wanted(
        &mut self,
        rows: &mut dyn Rows,
        site: SiteId,
        without: BTreeSet<Id>,
        held: &[u8; 32],
    ) -> Outcome<bool> {
        let names = relay::names_of(rows, self.peer, site)?;
        let believed = names.iter().filter_map(|(key, name)| {
            Some(HeldLog::new(name.scope, name.epoch, self.held.get(key)?))
        });
        let agreed = relay::digest(believed.collect(), &without) == *held;
        self.relaying.unwanted.remove(&site);
        if agreed {
            self.relaying.wanted.insert(site, without);
        }
        Ok(agreed)
    }

    /// The peer does not want changes of another site from here, or not any more.
    pub fn unwanted(&mut self, site: SiteId) {
        self.relaying.wanted.remove(&site);
        self.relaying.unwanted.insert(site);
        if site == self.peer {
            self.relaying.lost.clear();
        }
    }

    /// Whether the peer wants the changes of a log from here.
    fn is_wanted(&self, LogName { site, scope, .. }: &LogName) -> bool {
        let without = self.relaying.wanted.get(site);
        self.apart.is_some() || without.is_some_and(|without| !relay::is_without(without, *scope))
    }

    /// The peer has told all that it holds of another site's logs, and wants the rest from here, but for that
    /// of some channels and teams.
    pub fn recount_of(
        &mut self,
        rows: &mut dyn Rows,
        site: SiteId,
        without: BTreeSet<Id>,
        told: &[HeldLog],
    ) -> Outcome<Acknowledged> {
        let names = relay::names_of(rows, self.peer, site)?;
        let mut known = Acknowledged::default();
        let mut people = BTreeSet::new();
        for (key, name) in names {
            let mut held = Ranges::new();
            for log in told.iter().filter(|log| (log.scope, log.epoch) == (name.scope, name.epoch))
            {
                held.merge(&log.held());
            }
            self.held.insert(key, held.clone());
            known.logs.push((key, held));
            if name.scope.kind == ScopeKind::Person {
                people.insert(name.scope.id);
            }
        }
        for person in people {
            let is_told = told
                .iter()
                .any(|log| log.scope.kind == ScopeKind::Person && log.scope.id == person);
            match is_told {
                true if self.introduced.insert(person) => known.introduced.push(person),
                false if self.introduced.remove(&person) => known.forgotten.push(person),
                _ => {}
            }
        }
        self.look_anew();
        self.relaying.wanted.insert(site, without);
        Ok(known)
    }

    /// The peer has told what it has of some of its own logs, of which it wants back the rest.
    pub fn give_back(&mut self, rows: &mut dyn Rows, told: &[HeldLog]) -> Outcome<Acknowledged> {
        let mut known = Acknowledged::default();
        for log in told {
            let name = LogName { site: self.peer, epoch: log.epoch, scope: log.scope };
            let Some(key) = logs::key(rows, &name)? else { continue };
            self.relaying.lost.insert(key);
            self.held.insert(key, log.held());
            known.logs.push((key, log.held()));
        }
        Ok(known)
    }

    /// The logs of the peer's own of which it wants something back that is here.
    pub(super) fn lost(&self, rows: &mut dyn Rows) -> Outcome<Vec<Log>> {
        let mut lost = Vec::new();
        for key in &self.relaying.lost {
            lost.extend(relay::log(rows, *key)?.filter(|log| !self.missing(log).is_empty()));
        }
        Ok(lost)
    }

    /// The peer has passed on some changes of other sites itself: it holds them.
    pub fn learn(
        &mut self,
        rows: &mut dyn Rows,
        runs: &[(LogName, Range<u64>)],
    ) -> Outcome<Acknowledged> {
        let mut known = Acknowledged::default();
        for (name, range) in runs {
            let Some(key) = logs::key(rows, name)? else { continue };
            let held = self.held.entry(key).or_default();
            held.insert(range.clone());
            known.logs.retain(|(other, _)| *other != key);
            known.logs.push((key, held.clone()));
            if name.scope.kind == ScopeKind::Person && self.introduced.insert(name.scope.id) {
                known.introduced.push(name.scope.id);
            }
        }
        Ok(known)
    }

    /// The logs of which the peer lacks something and wants it from here. In a bundle all of them go.
    pub(super) fn relayed_wanted(&mut self, rows: &mut dyn Rows) -> Outcome<Vec<Log>> {
        let mut behind = self.look(rows)?;
        behind.retain(|log| self.is_wanted(&log.name));
        Ok(behind)
    }

    /// The logs of which the peer is not known to hold all that is here, but for those that it has from
    /// elsewhere.
    pub(super) fn relayed_behind(&self, rows: &mut dyn Rows) -> Outcome<Vec<Log>> {
        let mut behind = self.found(rows)?.1;
        let had = |log: &LogName| {
            let without = self.relaying.wanted.get(&log.site);
            self.relaying.unwanted.contains(&log.site)
                || without.is_some_and(|without| relay::is_without(without, log.scope))
        };
        behind.retain(|log| !had(&log.name));
        Ok(behind)
    }

    fn look(&mut self, rows: &mut dyn Rows) -> Outcome<Vec<Log>> {
        let (behind, logs) = self.found(rows)?;
        self.relaying.behind = behind;
        Ok(logs)
    }

    /// The logs of which the peer lacks something now, going on from those that were found last: of the
    /// others only those that were moved since can be among them, unless something else is shared now.
    fn found(&self, rows: &mut dyn Rows) -> Outcome<(Behind, Vec<Log>)> {
        let now = (relay::moved(rows)?, share::version(rows, self.peer)?);
        let last = self.relaying.behind.looked.filter(|looked| looked.1 == now.1);
        let mut keys = match last {
            Some(_) => self.relaying.behind.logs.clone(),
            None => BTreeSet::new(),
        };
        if last != Some(now) {
            let since = last.map(|looked| looked.0);
            let moved = relay::logs_for(rows, (self.own, self.peer), since)?;
            keys.extend(moved.into_iter().map(|log| log.key));
        }
        let mut logs = Vec::new();
        for key in keys {
            logs.extend(relay::log(rows, key)?.filter(|log| !self.missing(log).is_empty()));
        }
        let keys = logs.iter().map(|log| log.key).collect();
        Ok((Behind { logs: keys, looked: Some(now) }, logs))
    }

    /// The log with the newest profile of somebody at home at another site, if the peer may have it from
    /// here.
    pub(super) fn profile_elsewhere(
        &self,
        rows: &mut dyn Rows,
        person: Id,
    ) -> Outcome<Option<Log>> {
        let Some(Some(site)) = home(rows, person)? else { return Ok(None) };
        let is_wanted = self.apart.is_some() || self.relaying.wanted.contains_key(&site);
        if site == self.peer || !is_wanted {
            return Ok(None);
        }
        relay::profile(rows, site, person)
    }

    /// Begins another site's log from its end, if the peer has nothing of that.
    pub(super) fn draft_end(
        &mut self,
        rows: &mut dyn Rows,
        features: &Features,
        log: &Log,
        draft: &mut Draft,
    ) -> Outcome<()> {
        let missing = lacking(log, &self.covered_with(draft, log.key));
        let last = missing.iter().next_back().filter(|last| last.end == log.size);
        let Some(last) = last.filter(|_| log.held.is_some()) else { return Ok(()) };
        let start = last.start.max(last.end.saturating_sub(END));
        self.draft(rows, features, log, start..last.end, draft)
    }
}
