//! One site's end of a line, whatever carries it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fieldpost_kernel::Outcome;
use fieldpost_link::Outgoing;
use fieldpost_link::share::Accept;
use fieldpost_log::{LogName, SiteId};
use fieldpost_peer::{Allowance, Ended, Routes, Session};
use fieldpost_store::Store;
use tokio::sync::watch;

/// What a step of a simulation comes to.
pub type Step<T> = Result<T, Ended>;

/// A site as the lines to it know it.
#[derive(Clone)]
pub struct Place {
    /// Its database.
    pub store: Store,
    /// What it knows of ways to others, which all its lines share.
    pub routes: Arc<Routes>,
}

impl Place {
    /// A site that has no line yet.
    pub fn new(store: Store) -> Self {
        Self { store, routes: Arc::default() }
    }
}

/// How often each change crossed a line in one direction, in batches.
pub type Crossings = BTreeMap<(LogName, u64), u32>;

/// One site's end of a line.
pub(crate) struct End {
    place: Place,
    peer: SiteId,
    /// Whether what the peer wrote need not come another way.
    is_good: bool,
    outgoing: Arc<Mutex<Outgoing>>,
    allowance: Arc<Allowance>,
    /// What arrived here.
    crossed: Arc<Mutex<Crossings>>,
    committed: watch::Receiver<u64>,
    ways: watch::Receiver<u64>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl End {
    pub(crate) async fn new(place: &Place, peer: SiteId, is_good: bool) -> Outcome<Self> {
        let outgoing = Session::outgoing(&place.store, peer).await?;
        Ok(Self {
            place: place.clone(),
            peer,
            is_good,
            outgoing,
            allowance: Arc::default(),
            crossed: Arc::default(),
            committed: place.store.committed(),
            ways: place.routes.changes(),
        })
    }

    /// The next conversation.
    pub(crate) fn session(&self) -> Session {
        let (store, crossed) = (self.place.store.clone(), Arc::clone(&self.crossed));
        let ear = move |log: &LogName, which: Range<u64>| {
            let mut crossed = locked(&crossed);
            for sequence in which {
                *crossed.entry((*log, sequence)).or_default() += 1;
            }
        };
        Session::new(store, self.peer, Accept::Auto, Arc::clone(&self.outgoing))
            .with_allowance(Arc::clone(&self.allowance))
            .with_routes(&self.place.routes, self.is_good)
            .with_ear(Arc::new(ear))
    }

    /// The site was killed: what it knew of the peer is what its database says.
    pub(crate) async fn forget(&mut self) -> Outcome<()> {
        self.outgoing = Session::outgoing(&self.place.store, self.peer).await?;
        self.allowance = Arc::default();
        Ok(())
    }

    /// Whether there may be something else to say than when this was asked last. A store answers whoever
    /// wrote before it rings, and a run that depended on that would be another each time: so it is waited
    /// for.
    pub(crate) async fn has_news(&mut self) -> Outcome<bool> {
        self.place.store.read(|_| Ok(())).await?;
        let rings = [&mut self.committed, &mut self.ways];
        Ok(rings.into_iter().fold(false, |has, ring| {
            let rang = ring.has_changed().unwrap_or(false);
            ring.mark_unchanged();
            has | rang
        }))
    }

    /// What arrived here, and how often.
    pub(crate) fn crossed(&self) -> Crossings {
        locked(&self.crossed).clone()
    }
}
