//! What the embedded engine has committed, on its way to the disk.
//!
//! A commit writes to the write-ahead log and waits for nothing. A thread of its own syncs that
//! file, once for all that was committed meanwhile, and only then answers whoever wrote; the writer
//! is at the next transaction by then. What is committed and not yet synced can be seen by reads,
//! so their answers wait for that sync, too: nothing leaves the site before it is on disk.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};

use fieldpost_kernel::{Failure, FailureKind, Outcome};
use rusqlite::Connection;
use rusqlite::config::DbConfig;
use tokio::sync::{mpsc as tasks, watch};

use crate::job::WriteJob;
use crate::medium::{Medium, SyncedFile};
use crate::sqlite::{Alive, Task, spawn};
use crate::stopping;

/// Use cases that ran, and how they went.
pub(crate) type Answers = Vec<(WriteJob, Outcome<()>)>;

/// How far the disk is behind: transactions are numbered as they are committed.
#[derive(Clone)]
pub(crate) struct Progress(Arc<Shared>);

struct Shared {
    /// The newest transaction that may be seen.
    committed: AtomicU64,
    /// The newest one on disk; whoever waits for news is rung by it.
    synced: watch::Sender<u64>,
    /// A sync failed: what is on disk is not known any more.
    failed: AtomicBool,
}

impl Progress {
    pub(crate) fn new(synced: watch::Sender<u64>) -> Self {
        Self(Arc::new(Shared {
            committed: AtomicU64::new(0),
            synced,
            failed: AtomicBool::new(false),
        }))
    }

    fn has_failed(&self) -> bool {
        self.0.failed.load(Ordering::Acquire)
    }

    /// Before a connection is closed: the last one would bring the log into the database and remove
    /// it. After a failed sync nobody knows whether it is what was written, except by its checksums,
    /// which only a start looks at. So then it stays.
    pub(crate) fn spare(&self, connection: &Connection) {
        if self.has_failed()
            && let Err(error) =
                connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)
        {
            tracing::error!(%error, "the write-ahead log could not be kept");
        }
    }

    /// Waits until all that can be seen by now is on disk.
    pub(crate) async fn settled(&self) -> Outcome<()> {
        let seen = self.0.committed.load(Ordering::Acquire);
        if *self.0.synced.borrow() < seen {
            let mut synced = self.0.synced.subscribe();
            let reached = synced.wait_for(|synced| *synced >= seen || self.has_failed()).await;
            reached.map_err(|_| stopping())?;
        }
        if self.has_failed() { Err(failed()) } else { Ok(()) }
    }
}

/// A committed transaction that waits for its sync.
struct Committed {
    number: u64,
    /// Whether it wrote anything.
    wrote: bool,
    answers: Answers,
}

/// The writer's end of the way to the disk.
pub(crate) struct Disk {
    progress: Progress,
    file: Option<Arc<dyn SyncedFile>>,
    sender: mpsc::Sender<Committed>,
    under_way: Arc<UnderWay>,
}

/// How many transactions wait for their sync.
#[derive(Default)]
struct UnderWay {
    count: Mutex<usize>,
    idle: Condvar,
}

impl UnderWay {
    fn count(&self) -> MutexGuard<'_, usize> {
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// So many are done; whether none is left.
    fn done(&self, many: usize) -> bool {
        let mut count = self.count();
        *count -= many;
        if *count == 0 {
            self.idle.notify_all();
        }
        *count == 0
    }
}

impl Disk {
    /// The way to the disk for the database of a place, whose write-ahead log is there by now.
    pub(crate) fn open(
        (database, medium): (&Path, &Medium),
        progress: &Progress,
        (writer, alive): (tasks::WeakSender<Task>, &Alive),
    ) -> Outcome<Self> {
        let file = if medium.synced { Some(log_of(database, medium)?) } else { None };
        let (sender, committed) = mpsc::channel();
        let disk = Self {
            progress: progress.clone(),
            file: file.map(Arc::from),
            sender,
            under_way: Arc::default(),
        };
        let (progress, file) = (progress.clone(), disk.file.clone());
        let (under_way, alive) = (Arc::clone(&disk.under_way), Arc::clone(alive));
        spawn("store-sync", move || {
            while let Ok(first) = committed.recv() {
                let all: Vec<_> = std::iter::once(first).chain(committed.try_iter()).collect();
                let many = all.len();
                settle(&progress, file.as_deref(), all);
                if under_way.done(many)
                    && let Some(writer) = writer.upgrade()
                {
                    // If there is no room the writer has plenty to do, and looks for itself.
                    drop(writer.try_send(Task::DiskIsIdle));
                }
            }
            drop(file);
            drop(alive);
        })?;
        Ok(disk)
    }

    /// Whether a sync failed: nothing can be promised from then on.
    pub(crate) fn has_failed(&self) -> bool {
        self.progress.has_failed()
    }

    /// Before the writer's connection is closed.
    pub(crate) fn spare(&self, connection: &Connection) {
        self.progress.spare(connection);
    }

    /// A transaction is about to be committed, and can be seen as soon as that begins. Gives its
    /// number.
    pub(crate) fn begin_commit(&self) -> u64 {
        self.progress.0.committed.fetch_add(1, Ordering::AcqRel) + 1
    }

    /// Whether no transaction waits for its sync.
    pub(crate) fn is_idle(&self) -> bool {
        *self.under_way.count() == 0
    }

    /// Waits until no transaction waits for its sync.
    pub(crate) fn wait_until_idle(&self) {
        let count = self.under_way.count();
        drop(self.under_way.idle.wait_while(count, |count| *count > 0));
    }

    /// Has a transaction synced, if it wrote anything, and its use cases answered. `lonely` says
    /// that nobody else waits: then one use case is not worth waking another thread.
    pub(crate) fn hand_over(&self, (number, wrote): (u64, bool), answers: Answers, lonely: bool) {
        let committed = Committed { number, wrote, answers };
        if lonely && committed.answers.len() == 1 && self.is_idle() {
            return settle(&self.progress, self.file.as_deref(), vec![committed]);
        }
        *self.under_way.count() += 1;
        if let Err(mpsc::SendError(committed)) = self.sender.send(committed) {
            // The thread is gone with a panic.
            self.progress.0.failed.store(true, Ordering::Release);
            settle(&self.progress, None, vec![committed]);
        }
    }
}

/// Syncs committed transactions, tells followers, and answers.
fn settle(progress: &Progress, file: Option<&dyn SyncedFile>, all: Vec<Committed>) {
    let wrote = all.iter().any(|committed| committed.wrote);
    if let Some(file) = file.filter(|_| wrote)
        && let Err(error) = file.sync()
    {
        tracing::error!(%error, "the write-ahead log could not be synced; nothing is written any more");
        progress.0.failed.store(true, Ordering::Release);
    }
    let newest = all.iter().map(|committed| committed.number).max().unwrap_or_default();
    let failed = progress.has_failed();
    for (job, outcome) in all.into_iter().flat_map(|committed| committed.answers) {
        job.answer(if failed { outcome.and(Err(self::failed())) } else { outcome });
    }
    progress.0.synced.send_modify(|synced| *synced = newest.max(*synced));
}

/// The write-ahead log of a database, to sync it.
fn log_of(database: &Path, medium: &Medium) -> Outcome<Box<dyn SyncedFile>> {
    let mut name = database.as_os_str().to_owned();
    name.push("-wal");
    let log = PathBuf::from(name);
    let opened = match &medium.vfs {
        Some(vfs) => (vfs.open)(&log),
        None => OpenOptions::new().write(true).open(&log).map(|file| Box::new(file) as _),
    };
    opened.map_err(|error| Failure::internal(format!("{}: {error}", log.display())))
}

/// A sync failed. The kernel may have dropped what it could not write, so that a later sync would
/// succeed without it: only a start finds out what is there.
pub(crate) fn failed() -> Failure {
    Failure::new(
        FailureKind::Unavailable,
        "api.fieldpost.disk_failed",
        "The server's disk failed, and nothing can be saved until the server is started again. What \
         was saved before is safe.",
    )
}
