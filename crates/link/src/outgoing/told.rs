//! What the peer tells that it holds, in place of what was believed.

use std::collections::{HashMap, HashSet};

use fieldpost_kernel::{Outcome, Rows};
use fieldpost_log::{Scope, ScopeKind, SiteId};
use fieldpost_model::Id;
use fieldpost_replica::HeldLog;

use super::{Acknowledged, Outgoing, Relaying};
use crate::logs;

impl Outgoing {
    /// The peer has told all that it holds of this site's logs. Whatever was believed of them before is
    /// forgotten; and of other sites' too, unless this came in the midst of a conversation.
    pub fn recount(
        &mut self,
        rows: &mut dyn Rows,
        (received, is_amidst): (u64, bool),
        logs: &[HeldLog],
    ) -> Outcome<Acknowledged> {
        let keys = logs::keys(rows, self.own)?;
        self.forget(is_amidst.then_some(&keys));
        self.under_way.clear();
        self.looked_through = 0;
        self.forget_urgent();
        self.previewed.clear();
        self.next_number = received.saturating_add(1);
        for log in logs {
            if let Some(key) = keys.get(&(log.scope, log.epoch.0)) {
                let held = self.held.entry(*key).or_default();
                log.held().iter().for_each(|range| held.insert(range));
            }
            if log.scope.kind == ScopeKind::Person {
                self.introduced.insert(log.scope.id);
            }
        }
        Ok(Acknowledged {
            logs: self.held.iter().map(|(key, held)| (*key, held.clone())).collect(),
            introduced: self.introduced.iter().copied().collect(),
            whole: true,
            ..Acknowledged::default()
        })
    }

    /// Forgets what is believed to be held of these logs, or of all.
    fn forget(&mut self, own: Option<&HashMap<(Scope, u64), i64>>) {
        let Some(own) = own else {
            self.held.clear();
            self.introduced.clear();
            self.relaying = Relaying::default();
            return;
        };
        let keys: HashSet<i64> = own.values().copied().collect();
        self.held.retain(|key, _| !keys.contains(key));
        let people = own.keys().filter(|(scope, _)| scope.kind == ScopeKind::Person);
        let people: HashSet<Id> = people.map(|(scope, _)| scope.id).collect();
        self.introduced.retain(|person| !people.contains(person));
        self.look_anew();
    }

    /// A bundle of the peer's told what it held of some site's logs when it wrote that. Gives what is now
    /// known.
    pub fn told(
        &mut self,
        rows: &mut dyn Rows,
        site: SiteId,
        logs: &[HeldLog],
    ) -> Outcome<Acknowledged> {
        let keys = logs::keys(rows, site)?;
        let mut known = Acknowledged::default();
        for log in logs {
            let Some(key) = keys.get(&(log.scope, log.epoch.0)) else { continue };
            let held = self.held.entry(*key).or_default();
            let told = log.held();
            if !told.minus(held).is_empty() {
                held.merge(&told);
                known.logs.push((*key, held.clone()));
            }
            if log.scope.kind == ScopeKind::Person && self.introduced.insert(log.scope.id) {
                known.introduced.push(log.scope.id);
            }
        }
        Ok(known)
    }
}
