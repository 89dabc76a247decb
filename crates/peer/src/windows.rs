//! Links that open and close by themselves, as their time windows begin and end, and go on when another
//! day has begun.

use std::sync::OnceLock;
use std::time::Duration;

use fieldpost_link::Peer;
use fieldpost_link::peer::DAY;
use fieldpost_model::Millis;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::{sleep, timeout};

use crate::links::Shared;

/// How often the clock is looked at while a link has windows: it may be put right meanwhile.
const LOOK: Duration = Duration::from_secs(1);

/// For how long all links stay as open or closed as they are, and what looks after that.
#[derive(Debug, Default)]
pub(crate) struct Hours {
    stretch: watch::Sender<Option<Stretch>>,
    /// There is none until some link has windows or a day.
    keeper: OnceLock<AbortHandle>,
}

/// From when until before when no window begins or ends, and no day for a link with so many bytes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stretch {
    since: Millis,
    until: Millis,
}

impl Stretch {
    fn holds(self, now: Millis) -> bool {
        (self.since..self.until).contains(&now)
    }
}

impl Hours {
    /// The links are as these windows have it at a moment.
    pub(crate) fn follow(&self, peers: &[Peer], now: Millis) {
        let turns = peers.iter().filter_map(|peer| peer.windows.at(now).until);
        let has_days = peers.iter().any(|peer| peer.daily.is_some());
        let tomorrow = has_days.then_some((now.div_euclid(DAY) + 1) * DAY);
        let until = turns.chain(tomorrow).min();
        self.stretch.send_replace(until.map(|until| Stretch { since: now, until }));
    }

    /// Has somebody look after it from now on, if that is needed for the first time.
    pub(crate) fn keep(&self, shared: &Shared) {
        if self.stretch.borrow().is_some() {
            self.keeper.get_or_init(|| keep(shared.clone()));
        }
    }

    /// Nobody looks after it any more.
    pub(crate) fn stop(&self) {
        self.keeper.get().into_iter().for_each(AbortHandle::abort);
    }
}

/// Opens and closes links when it is time, until it is aborted.
fn keep(shared: Shared) -> AbortHandle {
    let task = tokio::spawn(async move {
        let mut hours = shared.hours.stretch.subscribe();
        loop {
            let Ok(stretch) = hours.wait_for(Option::is_some).await.map(|stretch| *stretch) else {
                return;
            };
            if stretch.is_none_or(|stretch| stretch.holds(shared.clock.now())) {
                drop(timeout(LOOK, hours.changed()).await);
            } else if let Err(failure) = shared.refresh().await {
                tracing::warn!(%failure, "links could not be opened or closed");
                sleep(LOOK).await;
            }
        }
    });
    task.abort_handle()
}
