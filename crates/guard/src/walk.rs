//! The walk over the feed of a site: from what was told to what is there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fieldpost_kernel::{Change, Outcome, Position};
use fieldpost_link::handing::{self, Handed};
use fieldpost_log::SiteId;
use fieldpost_model::Id;
use fieldpost_store::Store;

use crate::entry::{Entry, Teller};
use crate::manifest::Reached;
use crate::mark::Mark;
use crate::names::Names;

/// Changes that are looked at in one go.
const PAGE: i64 = 1000;

/// A walk.
pub(crate) struct Walk {
    store: Store,
    peer: SiteId,
    /// Where it is.
    at: Mark,
    /// Where it ends.
    until: Position,
    reached: Reached,
    /// The channels that were shared all the time since it began, and in which nothing waits.
    telling: BTreeSet<Id>,
    names: Names,
}

impl Walk {
    /// Begins where what was told least of is told of. A channel that was not shared when the last export
    /// was written is told from its beginning, or from where it was told to when it still was.
    pub(crate) async fn begin(store: &Store, peer: SiteId, before: Reached) -> Outcome<Self> {
        let until = store.newest().await?;
        let telling = store.read(move |rows| handing::channels(rows, peer)).await?;
        let from = |channel: &Id| before.channels.get(channel).copied().unwrap_or_default();
        let at = telling.iter().map(from).min().unwrap_or(before.upto);
        let names = Names::new(store.site());
        let reached = Reached { export: before.export + 1, ..before };
        Ok(Self { store: store.clone(), peer, at, until, reached, telling, names })
    }

    /// The entries of the next changes; none once it is at its end.
    pub(crate) async fn next(&mut self) -> Outcome<Option<Vec<Entry>>> {
        if self.telling.is_empty() {
            return Ok(None);
        }
        let page = self.store.changes_after(self.at.position, PAGE).await?;
        let page: Vec<Change> =
            page.into_iter().filter(|change| change.position <= self.until).collect();
        let Some(last) = page.last().map(Mark::behind) else { return Ok(None) };
        let wanted = page.iter().filter(|change| self.is_wanted(change)).cloned().collect();
        let handed = self.hand_out(wanted).await?;
        self.telling.retain(|channel| handed.channels.contains(channel));
        self.stop_at(&handed, &page);
        let mut changes = handed.changes;
        changes.retain(|change| handed.channels.contains(&change.name.scope.id));
        let entries = self.tell(changes).await?;
        self.at = last;
        self.note_reached();
        Ok(Some(entries))
    }

    /// Up to where everything was told.
    pub(crate) fn reached(self) -> Reached {
        self.reached
    }

    fn is_wanted(&self, change: &Change) -> bool {
        let channel = &change.name.scope.id;
        handing::concerns(change, self.peer)
            && self.telling.contains(channel)
            && self.told(channel).position < change.position
    }

    fn told(&self, channel: &Id) -> Mark {
        self.reached.channels.get(channel).copied().unwrap_or_default()
    }

    async fn hand_out(&self, wanted: Vec<Change>) -> Outcome<Handed> {
        let sites = (self.store.site().id, self.peer);
        if wanted.is_empty() {
            let peer = self.peer;
            let channels = self.store.read(move |rows| handing::channels(rows, peer)).await?;
            return Ok(Handed { channels, ..Handed::default() });
        }
        let features = Arc::clone(self.store.features());
        let handed = move |work: &mut fieldpost_kernel::Work<'_>| {
            handing::hand_out(work, &features, sites, &wanted)
        };
        self.store.write(&[], handed).await
    }

    /// Channels in which something waits for its proof are told up to there, and go on from there the next
    /// time.
    fn stop_at(&mut self, handed: &Handed, page: &[Change]) {
        for (channel, first) in &handed.waiting {
            if self.telling.remove(channel) {
                let before = page.iter().take_while(|change| change.position < *first).last();
                let mark = before.map_or(self.at, Mark::behind);
                self.reached.channels.insert(*channel, self.told(channel).max(mark));
            }
        }
    }

    /// The names that were looked up go along and come back.
    async fn tell(&mut self, changes: Vec<Change>) -> Outcome<Vec<Entry>> {
        let none = Names::new(self.store.site());
        let mut names = std::mem::replace(&mut self.names, none);
        let told = self.store.read(move |rows| {
            let mut teller = Teller { rows, names: &mut names };
            let mut entries = Vec::with_capacity(changes.len());
            for change in &changes {
                entries.extend(teller.tell(change)?);
            }
            Ok((entries, names))
        });
        let (entries, names) = told.await?;
        self.names = names;
        Ok(entries)
    }

    fn note_reached(&mut self) {
        let marks: BTreeMap<Id, Mark> = self
            .telling
            .iter()
            .map(|channel| (*channel, self.told(channel).max(self.at)))
            .collect();
        self.reached.channels.extend(marks);
        self.reached.upto = self.reached.upto.max(self.at);
    }
}
