//! Folders in which bundles come and go as files, for sites that are fed by memory stick, by a file
//! gateway or by whatever else moves files.

mod inbox;
mod outbox;

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use fieldpost_kernel::{Failure, Outcome};
use tokio::task::AbortHandle;
use tokio::time::{MissedTickBehavior, interval};

pub use inbox::Inbox;
pub use outbox::Outbox;

use crate::links::Links;

/// Which folders are watched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Folders {
    /// From which bundles are taken in; none without it.
    pub incoming: Option<PathBuf>,
    /// Into which bundles are written; none without it.
    pub outgoing: Option<PathBuf>,
    /// How long from one look whether a bundle is to be written to the next.
    pub every: Duration,
}

/// How often it is looked what is in a folder. Nobody tells of changes on file systems of the network
/// and on what is plugged in and pulled out, so it is looked, which works everywhere. It is longer than the two seconds to which some of
/// them know when a file was written to.
const LOOK: Duration = Duration::from_secs(3);

/// Entries of a folder that are looked at, at most.
const MOST_ENTRIES: usize = 1000;

/// Begins to watch folders.
pub(crate) fn watch(links: &Links, folders: &Folders) -> Vec<AbortHandle> {
    let mut begun = Vec::new();
    if let Some(folder) = &folders.incoming {
        let mut inbox = Inbox::new(links, folder);
        begun.push(tokio::spawn(async move {
            let mut look = interval(LOOK);
            look.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                look.tick().await;
                inbox.look().await;
            }
        }));
    }
    if let Some(folder) = &folders.outgoing {
        let mut outbox = Outbox::new(links, folder);
        let mut look = interval(folders.every.max(Duration::from_secs(1)));
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        begun.push(tokio::spawn(async move {
            loop {
                look.tick().await;
                outbox.write().await;
            }
        }));
    }
    begun.iter().map(tokio::task::JoinHandle::abort_handle).collect()
}

/// Does something with files, which may block for as long as a medium likes.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Outcome<io::Result<T>> {
    tokio::task::spawn_blocking(work).await.map_err(Failure::internal)
}
