//! A disk that cannot sync: nobody is told that anything was saved, and what was is not touched.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use fieldpost_faultfs::Machine;
use fieldpost_kernel::Outcome;
use fieldpost_store::{Location, Medium, Store, SyncedFile, Vfs};

use crate::ledger::{enter, ports, scope, texts};

const LOG: &str = "/store.db-wal";

/// A file whose syncs fail while the disk is broken.
struct Breakable {
    file: Box<dyn SyncedFile>,
    broken: Arc<AtomicBool>,
}

impl SyncedFile for Breakable {
    fn sync(&self) -> io::Result<()> {
        if self.broken.load(Relaxed) {
            return Err(io::Error::other("an input/output error"));
        }
        self.file.sync()
    }
}

fn breakable(vfs: Vfs, broken: &Arc<AtomicBool>) -> Vfs {
    let (broken, inside) = (Arc::clone(broken), vfs.open);
    let open = move |file: &Path| {
        let file = inside(file)?;
        Ok(Box::new(Breakable { file, broken: Arc::clone(&broken) }) as Box<dyn SyncedFile>)
    };
    Vfs { name: vfs.name, open: Arc::new(open) }
}

async fn write(store: &Store, text: &str) -> Outcome<()> {
    let text = text.to_owned();
    store.write(&[], move |work| enter(work, scope(0), work.random_id(), &text)).await
}

async fn close(store: Store) {
    let closed = store.closed();
    drop(store);
    closed.await;
}

#[tokio::test]
async fn after_a_sync_that_failed_nothing_is_saved_and_the_log_is_left_to_the_next_start() {
    let machine = Machine::new(1);
    let broken = Arc::new(AtomicBool::new(false));
    let medium = Medium { vfs: Some(breakable(machine.vfs(), &broken)), ..Medium::default() };
    let location = Location::SqliteOn(PathBuf::from("/store.db"), medium);
    let store = Store::open(&location, "test", &ports(1)).unwrap();
    write(&store, "before").await.unwrap();

    broken.store(true, Relaxed);
    let refused = write(&store, "lost, perhaps").await.unwrap_err();
    assert_eq!(refused.id, "api.fieldpost.disk_failed");
    // That the next one would succeed proves nothing about what was written before it.
    broken.store(false, Relaxed);
    for _ in 0..3 {
        let refused = write(&store, "after").await.unwrap_err();
        assert_eq!(refused.id, "api.fieldpost.disk_failed");
    }
    assert_eq!(store.read(texts).await.unwrap_err().id, "api.fieldpost.disk_failed");
    close(store).await;
    assert!(machine.length(LOG).unwrap() > 0, "the log was brought in unlooked at");

    let store = Store::open(&location, "test", &ports(2)).unwrap();
    let found = store.read(texts).await.unwrap();
    assert!(found.contains(&"before".to_owned()) && !found.contains(&"after".to_owned()));
    write(&store, "again").await.unwrap();
    close(store).await;
    assert_eq!(machine.length(LOG).unwrap_or(0), 0, "an orderly end brings the log in");
}
