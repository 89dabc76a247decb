//! SQLite and PostgreSQL behind one transaction, and the change log in them.
//!
//! Use cases come as whole functions and run on the engine's own threads: reading ones against a
//! consistent view, writing ones one after another, committed many together with one sync and
//! answered only then. Nothing above this crate knows which engine it is.

mod chain;
mod claim;
mod dialect;
mod disk;
mod feed;
mod follower;
mod job;
mod journal;
mod medium;
mod postgres;
mod schema;
mod sqlite;
mod tips;
mod witness;

use std::path::PathBuf;
use std::sync::Arc;

use fieldpost_kernel::{
    Clock, Entropy, Failure, FailureKind, Features, Outcome, Position, Rows, Work,
};
use fieldpost_log::{Digest, Scope};
use fieldpost_model::Millis;
use tokio::sync::watch;

pub use self::chain::Broken;
pub use self::claim::Claim;
pub use self::dialect::postgres_parameters;
pub use self::follower::{Follower, follow};
pub use self::journal::Site;
pub use self::medium::{Medium, OpenFile, SyncedFile, Vfs};
pub use self::schema::VERSION as TABLES;
pub use self::sqlite::{check_file, copy_file};
pub use self::witness::{Role, Witness};

/// Where a site's data is.
#[derive(Debug, Clone)]
pub enum Location {
    /// The embedded engine, in this file.
    Sqlite(PathBuf),
    /// The embedded engine, in this file of an uncommon medium.
    SqliteOn(PathBuf, Medium),
    /// A database server, by its URL.
    Postgres(String),
}

/// What the store is handed by whoever wires the site together.
#[derive(Clone)]
pub struct Ports {
    /// Says what time it is.
    pub clock: Arc<dyn Clock>,
    /// A source of random bytes.
    pub entropy: Arc<dyn Entropy>,
    /// What each kind of change means.
    pub features: Arc<Features>,
    /// Who is told of every statement, if anybody is.
    pub witness: Option<Arc<dyn Witness>>,
}

/// A site's database and change log.
#[derive(Clone)]
pub struct Store {
    engine: Arc<Engine>,
    committed: watch::Receiver<u64>,
    site: Arc<Site>,
    features: Arc<Features>,
    clock: Arc<dyn Clock>,
    held: Option<Arc<Held>>,
}

/// A file that stays open, and so locked, and whoever waits for that to end.
struct Held {
    _file: std::fs::File,
    /// Dropped after the file, as the order of fields has it.
    open: watch::Sender<()>,
}

enum Engine {
    Sqlite(sqlite::Threads),
    Postgres(postgres::Threads),
}

impl Store {
    /// Opens a site's database, founding the site in it if it is empty.
    ///
    /// This blocks: it makes tables, and on a database server it waits for connections.
    pub fn open(location: &Location, site_name: &str, ports: &Ports) -> Outcome<Self> {
        let (announce, committed) = watch::channel(0);
        let (engine, site) = match location {
            Location::Sqlite(file) => {
                let place = (file.as_path(), &Medium::default());
                let (threads, site) = sqlite::open(place, site_name, ports, announce)?;
                (Engine::Sqlite(threads), site)
            }
            Location::SqliteOn(file, medium) => {
                let place = (file.as_path(), medium);
                let (threads, site) = sqlite::open(place, site_name, ports, announce)?;
                (Engine::Sqlite(threads), site)
            }
            Location::Postgres(url) => {
                let (threads, site) = postgres::open(url, site_name, ports, announce)?;
                (Engine::Postgres(threads), site)
            }
        };
        Ok(Self {
            engine: Arc::new(engine),
            committed,
            site: Arc::new(site),
            features: Arc::clone(&ports.features),
            clock: Arc::clone(&ports.clock),
            held: None,
        })
    }

    /// Which site this is.
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// Every feature whose changes this store applies.
    pub fn features(&self) -> &Arc<Features> {
        &self.features
    }

    /// The site's time.
    pub fn now(&self) -> Millis {
        self.clock.now()
    }

    /// Returns once the last copy of this store is gone, the embedded engine has closed its file
    /// (closing it touches files by their names; a database server needs no such care), and what
    /// was kept locked is not locked any more.
    pub fn closed(&self) -> impl Future<Output = ()> + Send + use<> {
        let engine = match &*self.engine {
            Engine::Sqlite(threads) => Some(threads.open()),
            Engine::Postgres(_) => None,
        };
        let lock = self.held.as_ref().map(|held| held.open.subscribe());
        async move {
            for mut open in engine.into_iter().chain(lock) {
                while open.changed().await.is_ok() {}
            }
        }
    }

    /// Keeps a file open, and so locked, until the last copy of this store is gone.
    pub fn keep(&mut self, held: std::fs::File) {
        self.held = Some(Arc::new(Held { _file: held, open: watch::Sender::new(()) }));
    }

    /// Claims something of a name for this server alone, as far as others share its database;
    /// nothing if another has it.
    pub async fn claim(&self, name: &[u8; 16]) -> Outcome<Option<Claim>> {
        match &*self.engine {
            Engine::Sqlite(_) => Ok(Some(Claim::sole())),
            Engine::Postgres(threads) => {
                let [a, b, c, d, e, f, g, h, ..] = *name;
                let number = i64::from_be_bytes([a, b, c, d, e, f, g, h]);
                Claim::make(threads.url().to_owned(), number).await
            }
        }
    }

    /// Runs a reading use case against one consistent view of the rows.
    ///
    /// The answer comes once all that it may tell of is on disk: what leaves a site is never taken
    /// back by a power cut.
    pub async fn read<T, F>(&self, use_case: F) -> Outcome<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut dyn Rows) -> Outcome<T> + Send + 'static,
    {
        let (job, answer) = job::reading(use_case);
        match &*self.engine {
            Engine::Sqlite(threads) => threads.read(job).await?,
            Engine::Postgres(threads) => threads.read(job).await?,
        }
        let answer = answer.await.map_err(|_| stopping())?;
        if let Engine::Sqlite(threads) = &*self.engine {
            threads.settled().await?;
        }
        answer
    }

    /// Runs a reading use case like [`read`](Self::read), and gives with its answer a position in the
    /// feed up to which the answer takes account of everything.
    pub async fn read_as_of<T, F>(&self, use_case: F) -> Outcome<(T, Position)>
    where
        T: Send + 'static,
        F: FnOnce(&mut dyn Rows) -> Outcome<T> + Send + 'static,
    {
        // The position first: what is committed in between is then known of, and not promised.
        let use_case = move |rows: &mut dyn Rows| {
            let position = feed::newest(rows)?;
            Ok((use_case(rows)?, position))
        };
        self.read(use_case).await
    }

    /// Runs a writing use case, and answers once what it did is synced to disk.
    ///
    /// `scopes` are those it will write to, as far as they are known: on a database server they
    /// are locked in order before it starts. The function may be run more than once.
    pub async fn write<T, F>(&self, scopes: &[Scope], use_case: F) -> Outcome<T>
    where
        T: Send + 'static,
        F: Fn(&mut Work<'_>) -> Outcome<T> + Send + 'static,
    {
        let (job, answer) = job::writing(scopes, use_case);
        match &*self.engine {
            Engine::Sqlite(threads) => threads.write(job).await?,
            Engine::Postgres(threads) => threads.write(job).await?,
        }
        answer.await.map_err(|_| stopping())?
    }

    /// Rings whenever changes were committed; what it carries only counts the rings.
    pub fn committed(&self) -> watch::Receiver<u64> {
        self.committed.clone()
    }

    /// Checks every log of this site against its commitments, and gives those that fail.
    pub async fn verify(&self) -> Outcome<Vec<Broken>> {
        self.read(chain::verify).await
    }

    /// What the replicated state of a scope is, as one number; equal numbers mean equal state.
    pub async fn state_hash(&self, scope: Scope) -> Outcome<Digest> {
        self.read(move |rows| journal::state_hash(rows, scope)).await
    }

    /// The newest position in this site's feed: where a follower that wants no past begins.
    pub async fn newest(&self) -> Outcome<Position> {
        self.read(feed::newest).await
    }

    /// The newest position of all that is committed, which the feed may still hold back.
    pub async fn newest_committed(&self) -> Outcome<Position> {
        self.read(feed::committed).await
    }

    /// What `each` makes of the next changes after a position, with the positions, in one view of
    /// the rows.
    pub async fn follow<T, F>(
        &self,
        position: Position,
        limit: i64,
        each: F,
    ) -> Outcome<Vec<(Position, T)>>
    where
        T: Send + 'static,
        F: Fn(&fieldpost_kernel::Change, &mut dyn Rows) -> T + Send + 'static,
    {
        self.read(move |rows| {
            let changes = feed::after(rows, position, limit)?;
            Ok(changes.iter().map(|change| (change.position, each(change, rows))).collect())
        })
        .await
    }

    /// The changes that wait for something that has not come, oldest first, at most `limit`: a
    /// follower that begins anew will not read of them again.
    pub async fn waiting(&self, limit: i64) -> Outcome<Vec<fieldpost_kernel::Change>> {
        self.read(move |rows| feed::waiting(rows, limit)).await
    }

    /// The changes after a position in this site's feed, oldest first, at most `limit`.
    pub async fn changes_after(
        &self,
        position: Position,
        limit: i64,
    ) -> Outcome<Vec<fieldpost_kernel::Change>> {
        self.read(move |rows| feed::after(rows, position, limit)).await
    }
}

fn stopping() -> Failure {
    Failure::new(
        FailureKind::Unavailable,
        "api.fieldpost.stopping",
        "The server is stopping. Try again in a moment.",
    )
}
