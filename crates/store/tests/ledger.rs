//! A small feature to try the store with: accounts, entries in them, and notes on entries that may
//! come before the entry they speak of.

use std::sync::Arc;

use fieldpost_kernel::{
    Applied, Applying, Body, Clock, Entropy, Features, Kind, Outcome, Rows, RowsExt, Work, params,
};
use fieldpost_log::{Scope, ScopeKind};
use fieldpost_model::Id;
use fieldpost_store::{Location, Ports, Store};
use fieldpost_testkit::{SeededEntropy, TestClock, fresh_database};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

const TABLES: &str = "
CREATE TABLE entry (
    key INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    text TEXT NOT NULL,
    noted INTEGER NOT NULL DEFAULT 0
)";

#[derive(Serialize, Deserialize)]
pub(crate) struct Entered {
    pub(crate) text: String,
    pub(crate) id: Id,
}

impl Body for Entered {
    const KIND: Kind = Kind::new(0xf001);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Channel, ScopeKind::Site];
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Noted {
    pub(crate) entry: Id,
}

impl Body for Noted {
    const KIND: Kind = Kind::new(0xf002);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Channel, ScopeKind::Site];
}

fn features() -> Features {
    let mut features = Features::default();
    features.tables(TABLES);
    features.on(|entered: &Entered, cx: &mut Applying<'_>| {
        let made = cx.rows.execute(
            "INSERT INTO entry (id, text) VALUES (?1, ?2) ON CONFLICT (id) DO NOTHING",
            params![&entered.id, &entered.text],
        )?;
        if made > 0 {
            cx.hash.replace(None, Some(entered.text.clone().into_bytes()));
            cx.created.push(entered.id);
        }
        Ok(Applied::Done)
    });
    features.on(|noted: &Noted, cx: &mut Applying<'_>| {
        let touched = cx
            .rows
            .execute("UPDATE entry SET noted = noted + 1 WHERE id = ?1", params![&noted.entry])?;
        Ok(if touched == 0 { Applied::Waits(noted.entry) } else { Applied::Done })
    });
    features
}

/// A store of its own on the engine under test.
pub(crate) struct Bench {
    pub(crate) store: Store,
    pub(crate) location: Location,
    pub(crate) folder: TempDir,
}

pub(crate) fn ports(seed: u64) -> Ports {
    ports_at(&Arc::new(TestClock::default()), seed)
}

pub(crate) fn ports_at(clock: &Arc<TestClock>, seed: u64) -> Ports {
    Ports {
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        entropy: Arc::new(SeededEntropy::new(seed)) as Arc<dyn Entropy>,
        features: Arc::new(features()),
        witness: None,
    }
}

pub(crate) fn open(location: &Location, seed: u64) -> Store {
    Store::open(location, "test", &ports(seed)).expect("the store opens")
}

pub(crate) async fn bench() -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    let made = tokio::task::spawn_blocking(move || {
        let location = fresh_database().map_or(Location::Sqlite(file), Location::Postgres);
        (open(&location, 1), location)
    });
    let (store, location) = made.await.unwrap();
    Bench { store, location, folder }
}

pub(crate) fn scope(n: u8) -> Scope {
    Scope::new(ScopeKind::Channel, Id::from_bytes([n; 16]))
}

pub(crate) fn id(n: u8) -> Id {
    Id::from_bytes([n; 16])
}

pub(crate) fn enter(work: &mut Work<'_>, scope: Scope, id: Id, text: &str) -> Outcome<()> {
    let entered = Entered { text: text.to_owned(), id };
    work.emit(scope, Id::NONE, &entered)?;
    Ok(())
}

pub(crate) fn texts(rows: &mut dyn Rows) -> Outcome<Vec<String>> {
    rows.all("SELECT text FROM entry ORDER BY key", &[], |row| row.text(0).to_owned())
}
