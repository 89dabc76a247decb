//! Who may connect, kept in memory for the handshake.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};

use fieldpost_carriage::Guests;
use fieldpost_kernel::Outcome;
use fieldpost_link::{invite, peer};
use fieldpost_log::VerifyingKey;
use fieldpost_model::Millis;
use fieldpost_store::Store;

/// The keys of the peers, and whether an invitation is open.
#[derive(Debug, Default)]
pub(crate) struct GuestList {
    keys: RwLock<Vec<VerifyingKey>>,
    strangers: AtomicBool,
}

impl GuestList {
    /// Reads the list anew.
    pub(crate) async fn refresh(&self, store: &Store, now: Millis) -> Outcome<()> {
        let (peers, open) =
            store.read(move |rows| Ok((peer::all(rows)?, invite::any_open(rows, now)?))).await?;
        let keys = peers.into_iter().map(|peer| peer.key).collect();
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        self.strangers.store(open, Ordering::SeqCst);
        Ok(())
    }
}

impl Guests for GuestList {
    fn knows(&self, key: &VerifyingKey) -> bool {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).contains(key)
    }

    fn expects_strangers(&self) -> bool {
        self.strangers.load(Ordering::SeqCst)
    }
}
