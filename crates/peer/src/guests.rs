//! Who may connect, kept in memory for the handshake.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use fieldpost_carriage::Guests;
use fieldpost_kernel::{Clock, Outcome};
use fieldpost_link::{invite, peer};
use fieldpost_log::VerifyingKey;
use fieldpost_store::Store;
use tokio::sync::Notify;
use tokio::time::sleep;

use crate::refusals;

/// Keys that were turned away and are remembered until that is noted; others are counted.
const REMEMBERED: usize = 32;

/// How long turned away keys are gathered before that is noted.
const GATHER: Duration = Duration::from_millis(500);

/// Those who were turned away: by their key, and how many more by keys beyond [`REMEMBERED`].
#[derive(Default)]
struct TurnedAway {
    /// By the encoded key, which has an order.
    keys: BTreeMap<Vec<u8>, (VerifyingKey, i64)>,
    others: i64,
}

/// The keys of the peers, and until when an invitation is open.
pub(crate) struct GuestList {
    clock: Arc<dyn Clock>,
    keys: RwLock<Vec<VerifyingKey>>,
    strangers_until: AtomicI64,
    turned_away: Mutex<TurnedAway>,
    /// Rings when somebody was turned away.
    knocked: Notify,
}

impl GuestList {
    /// Nobody.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            keys: RwLock::default(),
            strangers_until: AtomicI64::new(0),
            turned_away: Mutex::default(),
            knocked: Notify::new(),
        }
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

    /// Whether anybody at all may come.
    pub(crate) fn expects_anybody(&self) -> bool {
        !self.keys.read().unwrap_or_else(PoisonError::into_inner).is_empty()
            || self.expects_strangers()
    }

    /// Notes who is turned away, some at a time; never returns.
    pub(crate) async fn note_turned_away(&self, store: &Store) {
        loop {
            self.knocked.notified().await;
            sleep(GATHER).await;
            let gathered = std::mem::take(&mut *self.gathered());
            for (key, times) in gathered.keys.into_values() {
                refusals::key(store, Some(key), times).await;
            }
            if gathered.others > 0 {
                refusals::key(store, None, gathered.others).await;
            }
        }
    }

    fn gathered(&self) -> std::sync::MutexGuard<'_, TurnedAway> {
        self.turned_away.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Guests for GuestList {
    fn knows(&self, key: &VerifyingKey) -> bool {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).contains(key)
    }

    fn expects_strangers(&self) -> bool {
        self.clock.now() < self.strangers_until.load(Ordering::SeqCst)
    }

    fn turned_away(&self, key: &VerifyingKey) {
        let mut turned_away = self.gathered();
        let TurnedAway { keys, others } = &mut *turned_away;
        let (encoded, is_full) = (key.encode(), keys.len() >= REMEMBERED);
        match keys.get_mut(&encoded) {
            Some((_, times)) => *times += 1,
            None if is_full => *others += 1,
            None => drop(keys.insert(encoded, (key.clone(), 1))),
        }
        self.knocked.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use fieldpost_kernel::SystemClock;
    use fieldpost_log::{SigningKey, Suite};

    use super::*;

    #[test]
    fn whoever_comes_with_many_keys_fills_no_memory() {
        let guests = GuestList::new(Arc::new(SystemClock));
        for _ in 0..2 {
            for seed in 0..100 {
                let key = SigningKey::from_seed(Suite::One, &[seed; 32]).verifying_key();
                guests.turned_away(&key);
            }
        }
        let gathered = std::mem::take(&mut *guests.gathered());
        assert_eq!(gathered.keys.len(), REMEMBERED);
        assert!(gathered.keys.values().all(|(_, times)| *times == 2));
        assert_eq!(gathered.others, 2 * (100 - REMEMBERED as i64));
    }
}
