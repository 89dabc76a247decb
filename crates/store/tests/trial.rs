//! A site on a machine that fails: many write to it, and somebody looks at what is left.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use fieldpost_faultfs::Machine;
use fieldpost_kernel::{Change, Failure, Outcome, Position, Rows, RowsExt};
use fieldpost_log::{Epoch, SiteId};
use fieldpost_store::{Location, Medium, Store};
use fieldpost_testkit::{Dice, TestClock};

use crate::ledger::{Entered, enter, ports_at, scope, texts};

const WRITERS: usize = 8;

/// The name of the database on the machine's disk.
pub(crate) const FILE: &str = "/store.db";

/// What writers asked for, and what they were told is done. A use case is the texts it enters:
/// all of them or none.
#[derive(Default)]
struct Promises {
    tried: Vec<Vec<String>>,
    acknowledged: BTreeSet<String>,
    /// The most entries that a read told of.
    read: usize,
}

impl Promises {
    /// Compares what is there with what was promised, which from now on includes one text more.
    fn check(&mut self, rows: &BTreeSet<&String>, next: &str) -> Result<(), Wrong> {
        for use_case in &self.tried {
            let there = use_case.iter().filter(|text| rows.contains(text)).count();
            if there != 0 && there != use_case.len() {
                return Err("a use case is there by half".into());
            }
        }
        let known: BTreeSet<&String> = self.tried.iter().flatten().collect();
        if !rows.is_subset(&known) {
            return Err("there is what nobody wrote".into());
        }
        if rows.len() < self.read {
            let lost = self.read - rows.len();
            return Err(Wrong { why: format!("{lost} entries are gone that were read"), lost });
        }
        let lost = self.acknowledged.iter().filter(|text| !rows.contains(text)).count();
        if lost > 0 {
            return Err(Wrong { why: format!("{lost} acknowledged writes are gone"), lost });
        }
        self.tried.push(vec![next.to_owned()]);
        self.acknowledged.insert(next.to_owned());
        Ok(())
    }
}

/// A machine, and the site whose data is on it.
pub(crate) struct Trial {
    pub(crate) machine: Machine,
    medium: Medium,
    clock: Arc<TestClock>,
    pub(crate) dice: Dice,
    promises: Arc<Mutex<Promises>>,
    starts: u64,
    site: Option<SiteId>,
    epochs: BTreeSet<Epoch>,
}

/// What is wrong with a site after a power cut.
pub(crate) struct Wrong {
    pub(crate) why: String,
    /// Acknowledged writes that are gone.
    pub(crate) lost: usize,
}

impl From<Failure> for Wrong {
    fn from(failure: Failure) -> Self {
        Self { why: failure.to_string(), lost: 0 }
    }
}

impl From<&str> for Wrong {
    fn from(why: &str) -> Self {
        Self { why: why.to_owned(), lost: 0 }
    }
}

impl Trial {
    pub(crate) fn new(seed: u64, synced: bool) -> Self {
        let mut dice = Dice::new(seed);
        let machine = Machine::new(seed);
        let checkpoint_pages = 1 + u32::try_from(dice.below(24)).unwrap();
        let vfs = Some(machine.vfs());
        let medium = Medium { vfs, synced, checkpoint_pages };
        Self {
            machine,
            medium,
            clock: Arc::default(),
            dice,
            promises: Arc::default(),
            starts: seed * 1000,
            site: None,
            epochs: BTreeSet::new(),
        }
    }

    pub(crate) fn start(&mut self) -> Outcome<Store> {
        self.starts += 1;
        let location = Location::SqliteOn(PathBuf::from(FILE), self.medium.clone());
        Store::open(&location, "test", &ports_at(&self.clock, self.starts))
    }

    /// Many write and somebody reads until a write of each has failed; gives why they did.
    pub(crate) async fn write_until_it_fails(&mut self, store: &Store) -> Vec<Failure> {
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let name = format!("{}-{}-{writer}", self.starts, self.dice.below(1 << 40));
                let dice = Dice::new(self.starts * 100 + writer as u64);
                tokio::spawn(write(store.clone(), name, dice, Arc::clone(&self.promises)))
            })
            .collect();
        let done = Arc::new(AtomicBool::new(false));
        let reader = tokio::spawn({
            let (store, done) = (store.clone(), Arc::clone(&done));
            let promises = Arc::clone(&self.promises);
            let count = |rows: &mut dyn Rows| rows.count("SELECT count(*) FROM entry", &[]);
            async move {
                while !done.load(Relaxed)
                    && let Ok(told) = store.read(count).await
                {
                    let mut promises = promises.lock().unwrap();
                    promises.read = promises.read.max(usize::try_from(told).unwrap());
                }
            }
        });
        let mut failures = Vec::new();
        for writer in writers {
            failures.push(writer.await.unwrap());
        }
        // Its last question is answered: none is left to be asked of a machine that started again.
        done.store(true, Relaxed);
        reader.await.unwrap();
        failures
    }

    /// How many writes were acknowledged.
    pub(crate) fn acknowledged(&self) -> usize {
        self.promises.lock().unwrap().acknowledged.len()
    }

    /// Looks whether the site is whole, and whether it goes on.
    pub(crate) async fn look(&mut self, store: &Store) -> Result<(), Wrong> {
        if *self.site.get_or_insert(store.site().id) != store.site().id {
            return Err("it is another site".into());
        }
        assert!(self.epochs.insert(store.site().epoch), "an epoch came twice");
        self.look_again(store).await
    }

    /// Looks at a site that runs since the last time.
    pub(crate) async fn look_again(&mut self, store: &Store) -> Result<(), Wrong> {
        let found = inspect(store).await?;
        if found.integrity != "ok" {
            return Err(found.integrity.as_str().into());
        }
        if found.broken > 0 {
            return Err("a log is not what was committed to".into());
        }
        let rows: BTreeSet<&String> = found.rows.iter().collect();
        if rows.len() != found.rows.len() || rows != found.changes.iter().collect() {
            return Err("rows and changes disagree".into());
        }
        let name = format!("{}-{} at rest", self.starts, self.dice.below(1 << 40));
        self.promises.lock().unwrap().check(&rows, &name)?;
        let at_rest = store.write(&[], move |work| enter(work, scope(0), work.random_id(), &name));
        Ok(at_rest.await?)
    }
}

/// Writes until a write fails, and gives why it did: mostly one entry, sometimes several in
/// different scopes, sometimes one that fills pages.
async fn write(
    store: Store,
    name: String,
    mut dice: Dice,
    promises: Arc<Mutex<Promises>>,
) -> Failure {
    let mut turn = 0;
    loop {
        turn += 1;
        let padding = if dice.one_in(5) { "x".repeat(dice.below(9000)) } else { String::new() };
        let entries = if dice.one_in(3) { 3 } else { 1 };
        let use_case: Vec<String> =
            (0..entries).map(|part| format!("{name} {turn}.{part} {padding}")).collect();
        promises.lock().unwrap().tried.push(use_case.clone());
        let first = dice.below(4);
        let entered = use_case.clone();
        let done = store.write(&[], move |work| {
            entered.iter().enumerate().try_for_each(|(part, text)| {
                let scope = scope(u8::try_from((first + part) % 4).unwrap());
                enter(work, scope, work.random_id(), text)
            })
        });
        match done.await {
            Ok(()) => promises.lock().unwrap().acknowledged.extend(use_case),
            Err(failure) => return failure,
        }
    }
}

/// What is in a site's database.
struct Found {
    integrity: String,
    broken: usize,
    rows: Vec<String>,
    changes: Vec<String>,
}

async fn inspect(store: &Store) -> Outcome<Found> {
    let integrity = |rows: &mut dyn Rows| {
        rows.first("PRAGMA integrity_check", &[], |row| row.text(0).to_owned())
    };
    let changes = store.changes_after(Position::default(), i64::MAX).await?;
    // A disk that lost some of its pages may have anything in a record.
    let text =
        |change: &Change| change.body::<Entered>().map_or_else(String::new, |body| body.text);
    Ok(Found {
        integrity: store.read(integrity).await?.unwrap_or_default(),
        broken: store.verify().await?.len(),
        rows: store.read(texts).await?,
        changes: changes.iter().map(text).collect(),
    })
}
