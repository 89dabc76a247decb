//! What a power cut leaves of a site: on a disk that forgets whatever was not synced, the power goes
//! at a random operation while many write, again and again.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use fieldpost_faultfs::Machine;
use fieldpost_kernel::{Failure, Outcome, Position, Rows, RowsExt};
use fieldpost_log::{Epoch, SiteId};
use fieldpost_store::{Location, Medium, Store};
use fieldpost_testkit::{Dice, TestClock};

use crate::ledger::{Entered, enter, ports_at, scope, texts};

const MACHINES: u64 = 16;
const CUTS: usize = 16;
const WRITERS: usize = 8;

/// The name of the database on the machine's disk.
const FILE: &str = "/store.db";

/// What writers asked for, and what they were told is done. A use case is the texts it enters:
/// all of them or none.
#[derive(Default)]
struct Promises {
    tried: Vec<Vec<String>>,
    acknowledged: BTreeSet<String>,
}

/// A machine, and the site whose data is on it.
struct Trial {
    machine: Machine,
    medium: Medium,
    clock: Arc<TestClock>,
    dice: Dice,
    promises: Arc<Mutex<Promises>>,
    starts: u64,
    site: Option<SiteId>,
    epochs: BTreeSet<Epoch>,
}

/// What is wrong with a site after a power cut.
struct Wrong {
    why: String,
    /// Acknowledged writes that are gone.
    lost: usize,
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
    fn new(seed: u64, synced: bool) -> Self {
        let mut dice = Dice::new(seed);
        let machine = Machine::new(seed);
        let checkpoint_pages = 1 + u32::try_from(dice.below(24)).unwrap();
        let medium = Medium { vfs: Some(machine.vfs().to_owned()), synced, checkpoint_pages };
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

    fn start(&mut self) -> Outcome<Store> {
        self.starts += 1;
        let location = Location::SqliteOn(PathBuf::from(FILE), self.medium.clone());
        Store::open(&location, "test", &ports_at(&self.clock, self.starts))
    }

    /// Lets the power go at some operation from now.
    fn cut_within(&mut self, operations: usize) {
        self.machine.cut_after(1 + self.dice.below(operations) as u64);
    }

    /// Many write and somebody reads until the power is gone.
    async fn write_until_dark(&mut self, store: &Store) {
        let reader = tokio::spawn({
            let store = store.clone();
            async move { while store.read(texts).await.is_ok() {} }
        });
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let name = format!("{}-{writer}", self.starts);
                let dice = Dice::new(self.starts * 100 + writer as u64);
                tokio::spawn(write(store.clone(), name, dice, Arc::clone(&self.promises)))
            })
            .collect();
        for writer in writers {
            writer.await.unwrap();
        }
        reader.await.unwrap();
        assert!(!self.machine.is_on(), "a write failed though nothing was wrong");
    }

    /// One power cut, and a look at what it left.
    async fn cut(&mut self) -> Result<(), Wrong> {
        let mut store = self.start()?;
        self.look(&store).await?;
        self.cut_within(1500);
        self.write_until_dark(&store).await;
        drop(store);
        self.machine.reboot();
        if self.dice.one_in(3) {
            // It may go while the site is still starting.
            self.cut_within(120);
            drop(self.start());
            self.machine.reboot();
        }
        store = self.start()?;
        self.look(&store).await?;
        drop(store);
        if self.dice.one_in(2) {
            self.machine.reboot();
        }
        Ok(())
    }

    /// Looks whether the site is whole, and whether it goes on.
    async fn look(&mut self, store: &Store) -> Result<(), Wrong> {
        if *self.site.get_or_insert(store.site().id) != store.site().id {
            return Err("it is another site".into());
        }
        assert!(self.epochs.insert(store.site().epoch), "an epoch came twice");
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
        let name = format!("{} at rest", self.starts);
        {
            let mut promises = self.promises.lock().unwrap();
            for use_case in &promises.tried {
                let there = use_case.iter().filter(|text| rows.contains(text)).count();
                if there != 0 && there != use_case.len() {
                    return Err("a use case is there by half".into());
                }
            }
            let known: BTreeSet<&String> = promises.tried.iter().flatten().collect();
            if !rows.is_subset(&known) {
                return Err("there is what nobody wrote".into());
            }
            let lost = promises.acknowledged.iter().filter(|text| !rows.contains(text)).count();
            if lost > 0 {
                return Err(Wrong { why: format!("{lost} acknowledged writes are gone"), lost });
            }
            promises.tried.push(vec![name.clone()]);
            promises.acknowledged.insert(name.clone());
        }
        let at_rest = store.write(&[], move |work| enter(work, scope(0), work.random_id(), &name));
        Ok(at_rest.await?)
    }
}

/// Writes until a write fails: mostly one entry, sometimes several in different scopes, sometimes
/// one that fills pages.
async fn write(store: Store, name: String, mut dice: Dice, promises: Arc<Mutex<Promises>>) {
    for turn in 0.. {
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
            Err(_) => return,
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
    Ok(Found {
        integrity: store.read(integrity).await?.unwrap_or_default(),
        broken: store.verify().await?.len(),
        rows: store.read(texts).await?,
        changes: changes.iter().map(|change| change.body::<Entered>().unwrap().text).collect(),
    })
}

#[tokio::test]
async fn a_power_cut_takes_nothing_that_was_acknowledged_and_leaves_nothing_by_half() {
    let mut acknowledged = 0;
    for seed in 0..MACHINES {
        let mut trial = Trial::new(seed, true);
        for cut in 0..CUTS {
            if let Err(wrong) = trial.cut().await {
                panic!("machine {seed}, cut {cut}: {}", wrong.why);
            }
        }
        acknowledged += trial.promises.lock().unwrap().acknowledged.len();
        let database = trial.machine.length(FILE).unwrap();
        assert!(database > 64 * 1024, "the write-ahead log was hardly ever brought in");
    }
    assert!(acknowledged > 2000, "{acknowledged} writes prove little");
}

/// The test above sees what it looks for: the same site on the same machines, told not to wait for
/// the disk, loses what it acknowledged.
#[tokio::test]
async fn without_syncs_a_power_cut_takes_what_was_acknowledged() {
    let mut wrong = Vec::new();
    for seed in 0..MACHINES {
        let mut trial = Trial::new(seed, false);
        for _ in 0..CUTS {
            if let Err(found) = trial.cut().await {
                wrong.push(found);
                break;
            }
        }
    }
    let whys: Vec<_> = wrong.iter().map(|wrong| &wrong.why).collect();
    assert!(wrong.iter().any(|wrong| wrong.lost > 0), "{whys:?}");
    assert_eq!(wrong.len() as u64, MACHINES, "every machine is the worse for it: {whys:?}");
}
