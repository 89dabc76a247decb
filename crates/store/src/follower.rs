//! Following the feed of a site, from now on, whatever becomes of the database meanwhile.

use std::time::Duration;

use fieldpost_kernel::{Outcome, Position};

use crate::Store;

/// How long to wait before a database that failed is asked again.
const RETRY: Duration = Duration::from_secs(1);

/// Whoever follows the feed.
pub trait Follower: Send {
    /// What waits while the database is away, for the log.
    const WAITS: &'static str;

    /// Begins at a position.
    fn begin(&mut self, position: Position) -> impl Future<Output = Outcome<()>> + Send {
        let _ = position;
        std::future::ready(Ok(()))
    }

    /// Takes the next few changes, moves the position on past each that is done, and gives whether
    /// there may be more.
    fn step(&mut self, reached: &mut Position) -> impl Future<Output = Outcome<bool>> + Send;

    /// Waits for something else that there is to do; it may be given up at any moment.
    fn idle(&mut self) -> impl Future<Output = ()> + Send {
        std::future::pending()
    }

    /// Does what [`idle`](Self::idle) waited for.
    fn attend(&mut self) -> impl Future<Output = ()> + Send {
        std::future::ready(())
    }
}

/// Follows the feed from its newest change on, until the store closes: whoever comes later asks for
/// the rest.
///
/// A database that is away for a while is waited for: nothing committed meanwhile is passed over.
pub async fn follow<F: Follower>(store: &Store, mut follower: F) {
    let mut committed = store.committed();
    let mut reached = None;
    loop {
        match next(store, &mut follower, &mut reached).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(failure) => {
                tracing::warn!(%failure, "{} for the database", F::WAITS);
                tokio::time::sleep(RETRY).await;
                continue;
            }
        }
        tokio::select! {
            changed = committed.changed() => if changed.is_err() { return },
            () = follower.idle() => follower.attend().await,
        }
    }
}

async fn next<F: Follower>(
    store: &Store,
    follower: &mut F,
    reached: &mut Option<Position>,
) -> Outcome<bool> {
    let position = match reached {
        Some(position) => position,
        None => {
            let newest = store.newest().await?;
            follower.begin(newest).await?;
            reached.insert(newest)
        }
    };
    follower.step(position).await
}
