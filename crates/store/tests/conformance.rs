use std::collections::HashSet;
use std::fs::File;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fieldpost_kernel::{Change, Failure, FailureKind, Position, Rows, RowsExt, Value, params};
use fieldpost_model::Id;
use fieldpost_store::{Location, Store};
use tokio::time::timeout;

use crate::ledger::{Bench, Noted, bench, enter, id, open, ports, scope, texts};

/// The first changes of a feed, once there are so many. On a database server they may take a
/// moment: they are shown only when no older transaction of the whole server is still open.
async fn feed(store: &Store, at_least: usize) -> Vec<Change> {
    let mut committed = store.committed();
    loop {
        let changes = store.changes_after(Position::default(), 1000).await.unwrap();
        if changes.len() >= at_least {
            return changes;
        }
        committed.changed().await.unwrap();
    }
}

#[tokio::test]
async fn what_a_use_case_did_stands_once_it_is_answered() {
    let Bench { store, folder: _folder, .. } = bench().await;
    store.write(&[scope(1)], |work| enter(work, scope(1), id(1), "one")).await.unwrap();
    assert_eq!(store.read(texts).await.unwrap(), ["one"]);
}

#[tokio::test]
async fn a_failed_use_case_leaves_nothing_and_spoils_nobody_else() {
    let Bench { store, folder: _folder, .. } = bench().await;
    let scopes = [scope(1)];
    let fails = store.write(&scopes, |work| -> Result<(), Failure> {
        enter(work, scope(1), id(1), "gone")?;
        Err(Failure::invalid("test.refused", "no"))
    });
    let stands = store.write(&scopes, |work| enter(work, scope(1), id(2), "stands"));
    let (failed, stood) = tokio::join!(fails, stands);
    assert_eq!(failed.unwrap_err().id, "test.refused");
    stood.unwrap();
    assert_eq!(store.read(texts).await.unwrap(), ["stands"]);
    assert_eq!(feed(&store, 1).await.len(), 1);
}

#[tokio::test]
async fn a_panic_is_one_use_cases_failure() {
    let Bench { store, folder: _folder, .. } = bench().await;
    let panicked = store
        .write(&[scope(1)], |work| -> Result<(), Failure> {
            enter(work, scope(1), id(1), "gone")?;
            panic!("on purpose")
        })
        .await;
    assert_eq!(panicked.unwrap_err().kind, FailureKind::Internal);
    store.write(&[scope(1)], |work| enter(work, scope(1), id(2), "next")).await.unwrap();
    assert_eq!(store.read(texts).await.unwrap(), ["next"]);
}

#[tokio::test]
async fn a_use_case_that_goes_on_after_a_failed_statement_does_not_stand() {
    let Bench { store, folder: _folder, .. } = bench().await;
    let swallowed = store
        .write(&[scope(1)], |work| {
            enter(work, scope(1), id(1), "one")?;
            let twice = work
                .execute("INSERT INTO entry (id, text) VALUES (?1, ?2)", params![&id(1), "again"]);
            assert_eq!(twice.unwrap_err().kind, FailureKind::Conflict);
            Ok(())
        })
        .await;
    assert!(swallowed.is_err());
    assert_eq!(store.read(texts).await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn values_come_back_as_they_went() {
    let Bench { store, folder: _folder, .. } = bench().await;
    let found = store
        .write(&[], |work| {
            work.execute(
                "INSERT INTO site_fact (name, value) VALUES (?1, ?2)",
                params!["naïve 😀 'quoted' ?1", &[0u8, 255, 7]],
            )?;
            work.first(
                "SELECT name, value, NULL, CAST(?2 AS BIGINT), 'literal ?1' FROM site_fact \
                 WHERE name = ?1",
                params!["naïve 😀 'quoted' ?1", i64::MIN],
                |row| {
                    let texts = (row.text(0).to_owned(), row.text(4).to_owned());
                    (texts, row.blob(1).to_vec(), row.is_null(2), row.is_null(1), row.int(3))
                },
            )
        })
        .await
        .unwrap()
        .unwrap();
    let texts = ("naïve 😀 'quoted' ?1".to_owned(), "literal ?1".to_owned());
    assert_eq!(found, (texts, vec![0, 255, 7], true, false, i64::MIN));
}

#[tokio::test]
async fn columns_refuse_values_of_another_type() {
    let Bench { store, folder: _folder, .. } = bench().await;
    let refused = store
        .write(&[], |work| {
            work.execute(
                "INSERT INTO follower (name, transaction_id, position) VALUES ('x', 0, ?1)",
                params!["not a number"],
            )
        })
        .await;
    assert!(refused.is_err());
}

#[tokio::test]
async fn long_lists_are_asked_for_whole() {
    let Bench { store, folder: _folder, .. } = bench().await;
    let found = store
        .write(&[scope(1)], |work| {
            for n in 0..200u8 {
                enter(work, scope(1), id(n), "x")?;
            }
            let ids: Vec<Id> = (0..=255).map(id).collect();
            let list: Vec<Value<'_>> = ids.iter().map(Into::into).collect();
            let sql = "SELECT id FROM entry WHERE text = ?1 AND id IN ({in})";
            work.all_in(sql, params!["x"], &list, |row| row.id(0))
        })
        .await
        .unwrap();
    assert_eq!(found.into_iter().collect::<HashSet<_>>().len(), 200);
}

#[tokio::test]
async fn numbers_of_a_scope_have_no_gaps_even_when_use_cases_fail() {
    let Bench { store, folder: _folder, .. } = bench().await;
    let writes = (0..60u8).map(|n| {
        let store = store.clone();
        tokio::spawn(async move {
            let result = store
                .write(&[scope(1)], move |work| {
                    enter(work, scope(1), id(n), "x")?;
                    if n % 3 == 0 { Err(Failure::invalid("test", "no")) } else { Ok(()) }
                })
                .await;
            assert_eq!(result.is_err(), n % 3 == 0);
        })
    });
    for write in writes.collect::<Vec<_>>() {
        write.await.unwrap();
    }
    let changes = feed(&store, 40).await;
    let mut numbers: Vec<u64> = changes.iter().map(|change| change.name.sequence).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..40).collect::<Vec<u64>>());
}

#[tokio::test]
async fn use_cases_that_write_to_several_scopes_at_once_all_finish() {
    let Bench { store, folder: _folder, .. } = bench().await;
    let tried = Arc::new(AtomicUsize::new(0));
    let writes = (0..40u8).map(|n| {
        let (store, tried) = (store.clone(), Arc::clone(&tried));
        tokio::spawn(async move {
            let (first, second) = if n % 2 == 0 { (1, 2) } else { (2, 1) };
            store
                .write(&[scope(first), scope(second)], move |work| {
                    tried.fetch_add(1, Ordering::SeqCst);
                    enter(work, scope(first), id(n), "x")?;
                    enter(work, scope(second), id(n + 100), "x")
                })
                .await
        })
    });
    for write in writes.collect::<Vec<_>>() {
        write.await.unwrap().unwrap();
    }
    assert_eq!(store.read(texts).await.unwrap().len(), 80);
}

#[tokio::test]
async fn a_follower_sees_every_change_once_and_in_order_while_others_write() {
    let Bench { store, folder: _folder, .. } = bench().await;
    let writing = {
        let store = store.clone();
        tokio::spawn(async move {
            let mut all = Vec::new();
            for n in 0..100u8 {
                let store = store.clone();
                all.push(tokio::spawn(async move {
                    let in_scope = scope(n % 7);
                    store.write(&[in_scope], move |w| enter(w, in_scope, id(n), "x")).await
                }));
            }
            for write in all {
                write.await.unwrap().unwrap();
            }
        })
    };
    let mut seen = Vec::new();
    let mut position = Position::default();
    let mut committed = store.committed();
    loop {
        let slice = store.changes_after(position, 7).await.unwrap();
        for change in &slice {
            assert!(change.position > position);
            position = change.position;
            seen.push(change.name);
        }
        if seen.len() >= 100 {
            break;
        }
        if slice.is_empty() {
            committed.changed().await.unwrap();
        }
    }
    writing.await.unwrap();
    assert_eq!(seen.iter().collect::<HashSet<_>>().len(), 100);
    assert!(store.changes_after(position, 1).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_change_waits_for_what_it_speaks_of() {
    let Bench { store, folder: _folder, .. } = bench().await;
    let noted = |rows: &mut dyn Rows| rows.count("SELECT COALESCE(MAX(noted), 0) FROM entry", &[]);
    store
        .write(&[scope(1)], |work| {
            for _ in 0..2 {
                work.emit(scope(1), Id::NONE, &Noted { entry: id(9) })?;
            }
            Ok(())
        })
        .await
        .unwrap();
    assert_eq!(store.read(noted).await.unwrap(), 0);
    store.write(&[scope(2)], |work| enter(work, scope(2), id(9), "late")).await.unwrap();
    assert_eq!(store.read(noted).await.unwrap(), 2);
}

#[tokio::test]
async fn a_log_is_what_was_committed_to_and_a_changed_one_is_found() {
    let Bench { store, folder: _folder, .. } = bench().await;
    for n in 0..20u8 {
        store.write(&[scope(1)], move |work| enter(work, scope(1), id(n), "x")).await.unwrap();
    }
    assert_eq!(store.verify().await.unwrap(), []);
    store
        .write(&[], |work| {
            let damaged =
                work.first("SELECT payload FROM change WHERE sequence = 7", &[], |row| {
                    row.blob(0).to_vec()
                })?;
            let mut damaged = damaged.unwrap();
            damaged[0] ^= 1;
            work.execute("UPDATE change SET payload = ?1 WHERE sequence = 7", params![&damaged])
        })
        .await
        .unwrap();
    let broken = store.verify().await.unwrap();
    assert_eq!(broken.len(), 1);
    assert_eq!(broken[0].log.scope, scope(1));
}

#[tokio::test]
async fn the_site_stays_and_the_epoch_follows_the_engine() {
    let Bench { store, location, folder } = bench().await;
    let first = store.site().clone();
    drop(store);
    let is_embedded = matches!(location, Location::Sqlite(_));
    let again = tokio::task::spawn_blocking(move || open(&location, 2)).await.unwrap();
    assert_eq!(again.site().id, first.id);
    assert_eq!(again.site().name, "test");
    // A file may have been restored from a copy while it was closed; a server says so itself.
    assert_eq!(again.site().epoch != first.epoch, is_embedded);
    drop(folder);
}

#[tokio::test]
async fn tables_of_another_version_are_refused_and_left_alone() {
    let Bench { store, location, folder } = bench().await;
    let other = |work: &mut fieldpost_kernel::Work<'_>| {
        let sql = "UPDATE site_fact SET value = ?1 WHERE name = 'schema'";
        work.execute(sql, params![&1_i64.to_be_bytes()])
    };
    assert_eq!(store.write(&[], other).await.unwrap(), 1);
    drop(store);
    let refused = tokio::task::spawn_blocking(move || Store::open(&location, "test", &ports(2)));
    let failure = refused.await.unwrap().err().unwrap();
    assert_eq!(failure.id, "api.fieldpost.other_version");
    assert!(failure.message.contains("of version 1"), "{}", failure.message);
    drop(folder);
}

#[tokio::test]
async fn a_store_is_closed_once_nobody_has_it_and_its_lock_is_free() {
    let Bench { mut store, folder, .. } = bench().await;
    let lock = folder.path().join("lock");
    let held = File::create(&lock).unwrap();
    held.try_lock().unwrap();
    store.keep(held);
    let mut closed = pin!(store.closed());
    let last = store.clone();
    drop(store);
    assert!(timeout(Duration::ZERO, &mut closed).await.is_err(), "somebody has a copy");
    let free = || File::open(&lock).unwrap().try_lock().is_ok();
    assert!(!free());
    drop(last);
    closed.await;
    assert!(free());
}

#[tokio::test]
async fn the_clock_never_falls_behind_what_was_written() {
    let Bench { store, location, folder } = bench().await;
    store.write(&[scope(1)], |work| enter(work, scope(1), id(1), "x")).await.unwrap();
    let before = feed(&store, 1).await[0].stamp;
    drop(store);
    // The clock of the second run starts where the first one's did.
    let again = tokio::task::spawn_blocking(move || open(&location, 2)).await.unwrap();
    again.write(&[scope(1)], |work| enter(work, scope(1), id(2), "y")).await.unwrap();
    let changes = feed(&again, 2).await;
    assert!(changes.last().unwrap().stamp > before);
    drop(folder);
}

#[tokio::test]
async fn what_one_server_claims_another_takes_over_once_it_is_given_up() {
    let bench = bench().await;
    let location = bench.location.clone();
    if matches!(location, Location::Sqlite(_)) {
        // Nobody else can open it.
        assert!(bench.store.claim(&[1; 16]).await.unwrap().is_some());
        return;
    }
    let other = tokio::task::spawn_blocking(move || open(&location, 2)).await.unwrap();
    let claim = bench.store.claim(&[1; 16]).await.unwrap().unwrap();
    assert!(claim.stands().await);
    assert!(other.claim(&[1; 16]).await.unwrap().is_none());
    assert!(other.claim(&[2; 16]).await.unwrap().is_some());
    drop(claim);
    // The connection ends some time after.
    let taken_over = async {
        loop {
            if let Some(claim) = other.claim(&[1; 16]).await.unwrap() {
                return claim;
            }
            tokio::task::yield_now().await;
        }
    };
    let claim = taken_over.await;
    assert!(claim.stands().await);
    assert!(bench.store.claim(&[1; 16]).await.unwrap().is_none());
}
