//! The machine: its disk, its power, and the files that programs have open.

use std::collections::BTreeMap;
use std::ffi::{CString, c_void};
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use fieldpost_store::{SyncedFile, Vfs};
use fieldpost_testkit::Dice;

use crate::disk::{Disk, FileId};
use crate::locks::{Handle, Locks};
use crate::memory::Memory;
use crate::vfs;

static MACHINES: AtomicU64 = AtomicU64::new(0);

/// A machine with a disk that can lose its power and fill up.
///
/// Its file system stays registered until the process ends; once the machine is gone its disk is
/// empty and every call fails.
#[derive(Debug)]
pub struct Machine {
    shared: Arc<Shared>,
    vfs: String,
}

/// What the machine and SQLite's calls share.
#[derive(Debug)]
pub(crate) struct Shared {
    state: Mutex<State>,
    /// Rung whenever a file was closed.
    closed: Condvar,
}

#[derive(Debug)]
struct State {
    disk: Disk,
    dice: Dice,
    on: bool,
    /// Counts starts: a file that was opened before the last one is of a program that is no more.
    boot: u64,
    /// Operations until the power goes.
    left: Option<u64>,
    operations: u64,
    /// The bytes that fit on the disk.
    room: Option<u64>,
    handles: Handle,
    /// Files that programs have open.
    open: u64,
    locks: BTreeMap<String, Locks>,
    memories: BTreeMap<String, Arc<Memory>>,
}

/// Why a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The power is gone, or was since the file was opened.
    Dead,
    /// There is no room.
    Full,
    /// There is no such file.
    Missing,
}

/// A file that a program has open.
#[derive(Debug)]
pub(crate) struct Open {
    pub(crate) machine: Arc<Shared>,
    handle: Handle,
    boot: u64,
    file: FileId,
    name: Option<String>,
    gone_when_closed: bool,
    /// The file may be new, and the first sync is to keep its name, too.
    folder_is_due: Mutex<bool>,
}

/// How a file is to be opened.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    /// It is made if it is missing.
    pub(crate) make: bool,
    /// It is removed when it is closed.
    pub(crate) gone_when_closed: bool,
    /// It is a journal: the first sync is to keep its name, too, if it may be a new one. Somebody
    /// else may have made it a moment ago and not synced it.
    pub(crate) journal: bool,
}

impl Machine {
    /// A machine with an empty disk, switched on; the seed decides what power cuts leave.
    pub fn new(seed: u64) -> Self {
        let state = State {
            disk: Disk::default(),
            dice: Dice::new(seed),
            on: true,
            boot: 1,
            left: None,
            operations: 0,
            room: None,
            handles: 0,
            open: 0,
            locks: BTreeMap::new(),
            memories: BTreeMap::new(),
        };
        let shared = Arc::new(Shared { state: Mutex::new(state), closed: Condvar::new() });
        let vfs = format!("faultfs-{}", MACHINES.fetch_add(1, Ordering::Relaxed));
        vfs::register(CString::new(vfs.clone()).unwrap_or_default(), Arc::clone(&shared));
        Self { shared, vfs }
    }

    /// Its file system: SQLite's name of it, and what syncs a file besides SQLite.
    pub fn vfs(&self) -> Vfs {
        let shared = Arc::clone(&self.shared);
        let open = move |file: &Path| {
            let name = file.to_string_lossy().into_owned();
            let there = Wanted { make: false, gone_when_closed: false, journal: false };
            let open = shared.open(Some(name), there).map_err(io_error)?;
            Ok(Box::new(open) as Box<dyn SyncedFile>)
        };
        Vfs { name: self.vfs.clone(), open: Arc::new(open) }
    }

    /// Cuts the power at so many operations from now: just before or just after the last of them.
    pub fn cut_after(&self, operations: u64) {
        self.shared.state().left = Some(operations);
    }

    /// Whether there is power.
    pub fn is_on(&self) -> bool {
        self.shared.state().on
    }

    /// How often something was changed, synced or locked.
    pub fn operations(&self) -> u64 {
        self.shared.state().operations
    }

    /// Cuts the power, if it is still there, and starts on what the disk has kept.
    ///
    /// Whoever has files open must be about to close them: it is waited until all are. They belong to
    /// programs that are no more, and what those still do must not reach what is started next.
    pub fn reboot(&self) {
        let mut state = self.shared.state();
        state.on = false;
        let closed = self.shared.closed.wait_while(state, |state| state.open > 0);
        let state = &mut *closed.unwrap_or_else(PoisonError::into_inner);
        state.disk.lose_power(&mut state.dice);
        state.locks.clear();
        state.memories.clear();
        state.left = None;
        state.boot += 1;
        state.on = true;
    }

    /// Limits the disk to so many bytes; to none at all if nothing is given.
    pub fn limit(&self, bytes: Option<u64>) {
        self.shared.state().room = bytes;
    }

    /// How long a file is, if it is there.
    pub fn length(&self, name: &str) -> Option<u64> {
        let state = self.shared.state();
        state.disk.find(name).map(|file| state.disk.bytes(file).len() as u64)
    }

    /// The bytes in all files, those of the shared memory among them, which is one, too.
    pub fn used(&self) -> u64 {
        self.shared.state().used()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let state = &mut *self.shared.state();
        state.on = false;
        state.disk = Disk::default();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn open(
        self: &Arc<Self>,
        name: Option<String>,
        wanted: Wanted,
    ) -> Result<Open, Fault> {
        let mut state = self.state();
        if !state.on {
            return Err(Fault::Dead);
        }
        let found = name.as_deref().and_then(|name| state.disk.find(name));
        let file = match found {
            Some(file) => file,
            None if wanted.make => {
                let boot = state.boot;
                state.operate(boot, |disk, _| Ok(disk.make(name.as_deref())))?
            }
            None => return Err(Fault::Missing),
        };
        state.handles += 1;
        state.open += 1;
        Ok(Open {
            machine: Arc::clone(self),
            handle: state.handles,
            boot: state.boot,
            file,
            name,
            gone_when_closed: wanted.gone_when_closed,
            folder_is_due: Mutex::new(wanted.journal && wanted.make),
        })
    }

    /// Takes a name out of the folder, and keeps it so if `sync` says so.
    pub(crate) fn remove(&self, name: &str, sync: bool) -> Result<(), Fault> {
        let mut state = self.state();
        let boot = state.boot;
        let was_there = state.operate(boot, |disk, _| Ok(disk.remove(name)))?;
        if sync {
            state.operate(boot, |disk, _| {
                disk.sync_folder();
                Ok(())
            })?;
        }
        if was_there { Ok(()) } else { Err(Fault::Missing) }
    }

    pub(crate) fn exists(&self, name: &str) -> Result<bool, Fault> {
        let state = self.state();
        if state.on { Ok(state.disk.find(name).is_some()) } else { Err(Fault::Dead) }
    }
}

impl State {
    fn used(&self) -> u64 {
        let memories: usize = self.memories.values().map(|memory| memory.bytes()).sum();
        (self.disk.used() + memories) as u64
    }

    /// The bytes that still fit.
    fn free(&self) -> usize {
        let free = self.room.map(|room| room.saturating_sub(self.used()));
        free.and_then(|free| usize::try_from(free).ok()).unwrap_or(usize::MAX)
    }

    fn is_alive(&self, boot: u64) -> bool {
        self.on && self.boot == boot
    }

    /// Does something at which the power may go; nobody hears how it went if it does.
    fn operate<T>(
        &mut self,
        boot: u64,
        run: impl FnOnce(&mut Disk, usize) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        if !self.is_alive(boot) {
            return Err(Fault::Dead);
        }
        self.operations += 1;
        self.left = self.left.map(|left| left.saturating_sub(1));
        let last = self.left == Some(0);
        if last {
            self.on = false;
            if self.dice.one_in(2) {
                return Err(Fault::Dead);
            }
        }
        let free = self.free();
        let done = run(&mut self.disk, free);
        if last { Err(Fault::Dead) } else { done }
    }
}

impl Open {
    fn operate<T>(
        &self,
        run: impl FnOnce(&mut Disk, usize) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.machine.state().operate(self.boot, run)
    }

    /// Reads as many bytes as there are, and gives how many.
    pub(crate) fn read(&self, offset: usize, into: &mut [u8]) -> Result<usize, Fault> {
        let state = self.machine.state();
        if !state.is_alive(self.boot) {
            return Err(Fault::Dead);
        }
        let there = state.disk.bytes(self.file).get(offset..).unwrap_or_default();
        let length = there.len().min(into.len());
        into[..length].copy_from_slice(&there[..length]);
        Ok(length)
    }

    /// Writes; on a full disk as much as fits.
    pub(crate) fn write(&self, offset: usize, bytes: &[u8]) -> Result<(), Fault> {
        self.operate(|disk, free| {
            let length = disk.bytes(self.file).len();
            let fits = length.saturating_add(free).saturating_sub(offset).min(bytes.len());
            disk.write(self.file, offset, &bytes[..fits]);
            if fits == bytes.len() { Ok(()) } else { Err(Fault::Full) }
        })
    }

    pub(crate) fn resize(&self, length: usize) -> Result<(), Fault> {
        self.operate(|disk, _| {
            disk.resize(self.file, length);
            Ok(())
        })
    }

    pub(crate) fn length(&self) -> Result<usize, Fault> {
        let state = self.machine.state();
        if !state.is_alive(self.boot) {
            return Err(Fault::Dead);
        }
        Ok(state.disk.bytes(self.file).len())
    }

    /// Syncs the content, and then the folder if the file may be a new journal.
    pub(crate) fn sync(&self) -> Result<(), Fault> {
        self.operate(|disk, _| {
            disk.sync(self.file);
            Ok(())
        })?;
        let mut due = self.folder_is_due.lock().unwrap_or_else(PoisonError::into_inner);
        if std::mem::take(&mut *due) {
            self.operate(|disk, _| {
                disk.sync_folder();
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Looks at or changes the locks of this file.
    pub(crate) fn locks<T>(&self, run: impl FnOnce(&mut Locks, Handle) -> T) -> Result<T, Fault> {
        let name = self.name.clone().unwrap_or_default();
        let mut state = self.machine.state();
        state.operate(self.boot, |_, _| Ok(()))?;
        Ok(run(state.locks.entry(name).or_default(), self.handle))
    }

    /// The memory that the programs with this file open share.
    pub(crate) fn memory(&self) -> Result<Arc<Memory>, Fault> {
        let name = self.name.clone().unwrap_or_default();
        let mut state = self.machine.state();
        state.operate(self.boot, |_, _| Ok(()))?;
        Ok(Arc::clone(state.memories.entry(name).or_default()))
    }

    /// The address of a region of the shared memory, which is made if `make` says so and there is
    /// room for it; null if it is not there.
    pub(crate) fn region(
        &self,
        memory: &Memory,
        number: usize,
        bytes: usize,
        make: bool,
    ) -> Result<*mut c_void, Fault> {
        let found = memory.region(number, bytes, false);
        if !found.is_null() || !make {
            return Ok(found);
        }
        self.operate(|_, free| {
            if free < bytes { Err(Fault::Full) } else { Ok(memory.region(number, bytes, true)) }
        })
    }

    /// Forgets the shared memory, unless somebody else has it.
    pub(crate) fn forget_memory(&self) {
        let name = self.name.as_deref().unwrap_or_default();
        let mut state = self.machine.state();
        // One is the machine's and one is this file's.
        let ours = state.memories.get(name).is_some_and(|held| Arc::strong_count(held) <= 2);
        if state.is_alive(self.boot) && ours {
            state.memories.remove(name);
        }
    }
}

impl SyncedFile for Open {
    fn sync(&self) -> io::Result<()> {
        Self::sync(self).map_err(io_error)
    }
}

fn io_error(fault: Fault) -> io::Error {
    io::Error::other(format!("{fault:?}"))
}

impl Drop for Open {
    fn drop(&mut self) {
        let name = self.name.as_deref().unwrap_or_default();
        let mut state = self.machine.state();
        state.open -= 1;
        self.machine.closed.notify_all();
        if !state.is_alive(self.boot) {
            return;
        }
        if let Some(locks) = state.locks.get_mut(name) {
            locks.closed(self.handle);
        }
        if self.gone_when_closed {
            state.disk.remove(name);
        }
    }
}
