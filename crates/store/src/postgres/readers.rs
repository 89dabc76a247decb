//! The connections that read. Whichever was used last is used first, so that a quiet site has one
//! connection that knows its statements, not several that each know some.

use std::sync::{Arc, Mutex, PoisonError, Weak, mpsc};

use fieldpost_kernel::{Outcome, Rows};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::connected::Connected;
use super::spawn;
use crate::job::ReadJob;
use crate::stopping;
use crate::witness::Watch;

/// Connections that read, at most.
const READERS: usize = 4;

/// Threads with a connection each, started when all others are at work.
pub(super) struct Readers {
    url: String,
    watch: Watch,
    places: Arc<Semaphore>,
    /// Whoever waits, the last to come at the end.
    idle: Arc<Idle>,
}

type Idle = Mutex<Vec<Reader>>;

/// The way to a thread. The thread itself has it only while it works, so that it ends when nobody
/// else can send it anything.
type Reader = mpsc::Sender<Task>;

struct Task {
    job: ReadJob,
    reader: Reader,
    place: OwnedSemaphorePermit,
}

impl Readers {
    pub(super) fn new(url: &str, watch: Watch) -> Self {
        let places = Arc::new(Semaphore::new(READERS));
        Self { url: url.to_owned(), watch, places, idle: Arc::default() }
    }

    pub(super) async fn read(&self, job: ReadJob) -> Outcome<()> {
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(|_| stopping())?;
        let waiting = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let reader = waiting.map_or_else(|| self.start(), Ok)?;
        let task = Task { job, reader: reader.clone(), place };
        reader.send(task).map_err(|_| stopping())
    }

    fn start(&self) -> Outcome<Reader> {
        let connected = Connected::new(&self.url, self.watch.clone());
        let idle = Arc::downgrade(&self.idle);
        let (reader, tasks) = mpsc::channel();
        spawn("store-reader", move || run(connected, &tasks, &idle))?;
        Ok(reader)
    }
}

fn run(mut connected: Connected, tasks: &mpsc::Receiver<Task>, idle: &Weak<Idle>) {
    while let Ok(Task { job, reader, place }) = tasks.recv() {
        read(&mut connected, job);
        let Some(idle) = idle.upgrade() else { return };
        idle.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
        drop(place);
    }
}

fn read(connected: &mut Connected, job: ReadJob) {
    let begun = connected.alive().and_then(|mut rows| {
        rows.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", &[])?;
        Ok(rows)
    });
    match begun {
        Ok(mut rows) => {
            job.run(&mut rows);
            drop(rows.execute("ROLLBACK", &[]));
        }
        Err(failed) => job.refuse(failed),
    }
}
