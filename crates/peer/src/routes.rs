//! Which sites this one talks to, and what each of them can pass on, while this process runs.
//!
//! What a site wrote is had from that site while there is a good line to it, as far as it is shared with
//! it; and otherwise from every peer that can pass it on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fieldpost_log::SiteId;
use tokio::sync::watch;

/// The peers that this site talks to, and what each says that it can pass on.
#[derive(Debug)]
pub struct Routes {
    peers: Mutex<BTreeMap<SiteId, Neighbour>>,
    changed: watch::Sender<u64>,
}

#[derive(Debug)]
struct Neighbour {
    /// The how-manieth conversation of this process.
    conversation: u64,
    /// Whether what it wrote need not come another way.
    is_good: bool,
    /// The sites whose changes it can pass on.
    beyond: BTreeSet<SiteId>,
}

impl Default for Routes {
    fn default() -> Self {
        Self { peers: Mutex::default(), changed: watch::Sender::new(0) }
    }
}

impl Routes {
    fn peers(&self) -> MutexGuard<'_, BTreeMap<SiteId, Neighbour>> {
        self.peers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self) -> u64 {
        self.changed.send_modify(|count| *count += 1);
        *self.changed.borrow()
    }

    /// Rings whenever something else may be wanted from somebody.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// A conversation with a peer begins, which lasts as long as what is given. Over a line that is not
    /// good, what the peer wrote may as well come another way.
    pub(crate) fn join(self: &Arc<Self>, peer: SiteId, is_good: bool) -> Joined {
        let conversation = self.tell();
        let neighbour = Neighbour { conversation, is_good, beyond: BTreeSet::new() };
        self.peers().insert(peer, neighbour);
        self.tell();
        Joined { routes: Arc::clone(self), peer, conversation }
    }

    /// A peer says that it can pass on the changes of a site.
    pub(crate) fn heard(&self, peer: SiteId, site: SiteId) {
        if let Some(neighbour) = self.peers().get_mut(&peer) {
            neighbour.beyond.insert(site);
        }
    }

    /// Whether there is a good line to a site itself.
    pub(crate) fn is_linked(&self, site: SiteId) -> bool {
        self.peers().get(&site).is_some_and(|neighbour| neighbour.is_good)
    }

    /// The sites whose changes a peer can pass on.
    pub(crate) fn beyond(&self, peer: SiteId) -> BTreeSet<SiteId> {
        self.peers().get(&peer).map(|known| known.beyond.clone()).unwrap_or_default()
    }
}

/// A conversation with a peer, while it lasts.
#[derive(Debug)]
pub(crate) struct Joined {
    routes: Arc<Routes>,
    peer: SiteId,
    conversation: u64,
}

impl Joined {
    pub(crate) fn routes(&self) -> &Routes {
        &self.routes
    }
}

impl Drop for Joined {
    fn drop(&mut self) {
        let mut peers = self.routes.peers();
        if peers.get(&self.peer).is_some_and(|known| known.conversation == self.conversation) {
            peers.remove(&self.peer);
        }
        drop(peers);
        self.routes.tell();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_counts_while_the_conversation_lasts_and_if_it_is_good() {
        let routes = Arc::new(Routes::default());
        let (a, b) = (SiteId([1; 16]), SiteId([2; 16]));
        let line = routes.join(a, true);
        let _slow = routes.join(b, false);
        routes.heard(b, a);
        assert!(routes.is_linked(a) && !routes.is_linked(b));
        assert_eq!(routes.beyond(b), BTreeSet::from([a]));
        drop(line);
        assert!(!routes.is_linked(a));
    }

    #[test]
    fn a_conversation_that_ends_late_takes_nothing_from_the_next() {
        let routes = Arc::new(Routes::default());
        let site = SiteId([1; 16]);
        let last = routes.join(site, true);
        let _next = routes.join(site, true);
        drop(last);
        assert!(routes.is_linked(site));
    }
}
