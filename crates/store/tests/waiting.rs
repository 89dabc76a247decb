//! What waits and what it waits for, written at the same time by two nodes of one site.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};

use fieldpost_kernel::{Rows, RowsExt};
use fieldpost_model::Id;
use fieldpost_store::Location;

use crate::ledger::{Bench, Noted, bench, enter, id, open, scope};

/// Lets both nodes write before either ends. A use case that is run again goes on at once.
struct Meeting {
    barrier: Barrier,
    met: [AtomicBool; 2],
}

impl Meeting {
    fn new() -> Arc<Self> {
        Arc::new(Self { barrier: Barrier::new(2), met: [false, false].map(AtomicBool::new) })
    }

    fn come(&self, node: usize) {
        if !self.met[node].swap(true, Ordering::SeqCst) {
            self.barrier.wait();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_and_what_it_waits_for_find_each_other_whoever_ends_first() {
    let Bench { store, location, folder } = bench().await;
    // The embedded engine has one writer: there, one comes after the other.
    let together = matches!(location, Location::Postgres(_));
    let other = if together {
        tokio::task::spawn_blocking(move || open(&location, 2)).await.unwrap()
    } else {
        store.clone()
    };
    for n in 0..20u8 {
        let meeting = Meeting::new();
        let (waits, creates) = (Arc::clone(&meeting), meeting);
        let (first, second) = ([scope(1)], [scope(2)]);
        let waiting = store.write(&first, move |work| {
            work.emit(scope(1), Id::NONE, &Noted { entry: id(n) })?;
            if together {
                waits.come(0);
            }
            Ok(())
        });
        let creating = other.write(&second, move |work| {
            enter(work, scope(2), id(n), "late")?;
            if together {
                creates.come(1);
            }
            Ok(())
        });
        let (waited, created) = tokio::join!(waiting, creating);
        waited.unwrap();
        created.unwrap();
    }
    let noted = |rows: &mut dyn Rows| rows.all("SELECT noted FROM entry", &[], |row| row.int(0));
    assert_eq!(store.read(noted).await.unwrap(), [1; 20]);
    let left = |rows: &mut dyn Rows| rows.count("SELECT count(*) FROM waiting", &[]);
    assert_eq!(store.read(left).await.unwrap(), 0);
    drop(folder);
}
