//! Who may connect, kept in memory for the handshake.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use fieldpost_carriage::Guests;
use fieldpost_kernel::{Clock, Outcome};
use fieldpost_link::{invite, peer};
use fieldpost_log::VerifyingKey;
use fieldpost_store::Store;

/// The keys of the peers, and until when an invitation is open.
pub(crate) struct GuestList {
    clock: Arc<dyn Clock>,
    keys: RwLock<Vec<VerifyingKey>>,
    strangers_until: AtomicI64,
}

impl GuestList {
    /// Nobody.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, keys: RwLock::default(), strangers_until: AtomicI64::new(0) }
    }

    /// Reads the list anew.
    pub(crate) async fn refresh(&self, store: &Store) -> Outcome<()> {
        let (peers, until) =
            store.read(|rows| Ok((peer::all(rows)?, invite::open_until(rows)?))).await?;
        let keys = peers.into_iter().map(|peer| peer.key).collect();
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        self.strangers_until.store(until, Ordering::SeqCst);
        Ok(())
    }
}

impl Guests for GuestList {
    fn knows(&self, key: &VerifyingKey) -> bool {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).contains(key)
    }

    fn expects_strangers(&self) -> bool {
        self.clock.now() < self.strangers_until.load(Ordering::SeqCst)
    }
}
