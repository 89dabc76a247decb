//! Claims: what one server alone does of several that share a database.

use std::sync::{Arc, Mutex, PoisonError};

use fieldpost_kernel::{Failure, Outcome};
use postgres::Client;
use tokio::task::spawn_blocking;

use crate::postgres::{connect, failure};

/// What this server does, and no other on the same database, until it is dropped.
///
/// The database server holds it for as long as a connection of its own lives: whatever becomes of
/// this process, another server can take over.
pub struct Claim(Option<Arc<Connected>>);

/// A connection; whoever ends one must be able to wait.
struct Connected(Mutex<Option<Client>>);

impl Drop for Connected {
    fn drop(&mut self) {
        let client = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        std::thread::spawn(move || drop(client));
    }
}

impl std::fmt::Debug for Claim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Claim").finish_non_exhaustive()
    }
}

impl Claim {
    /// A claim that nobody else could make.
    pub(crate) const fn sole() -> Self {
        Self(None)
    }

    /// Claims something of a number, unless another server has.
    pub(crate) async fn make(url: String, number: i64) -> Outcome<Option<Self>> {
        let made = spawn_blocking(move || {
            let mut client = connect(&url)?;
            let row = client.query_one("SELECT pg_try_advisory_lock($1)", &[&number]);
            let is_mine: bool = row.map_err(|e| failure(&e))?.get(0);
            Ok(is_mine.then(|| Self(Some(Arc::new(Connected(Mutex::new(Some(client))))))))
        });
        made.await.map_err(Failure::internal)?
    }

    /// Whether it still stands: the database server may have been restarted meanwhile.
    pub async fn stands(&self) -> bool {
        let Some(connected) = self.0.clone() else { return true };
        let asked = spawn_blocking(move || {
            let mut client = connected.0.lock().unwrap_or_else(PoisonError::into_inner);
            client.as_mut().is_some_and(|client| client.simple_query("SELECT 1").is_ok())
        });
        asked.await.unwrap_or(false)
    }
}
