//! The machine as SQLite sees it: the two tables of C functions of a file system.
#![expect(unsafe_code, reason = "SQLite calls a file system through C functions and bare pointers")]

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::sync::{Arc, OnceLock};

use rusqlite::ffi;

use crate::locks::{self, Level};
use crate::machine::{Fault, Open, Shared, Wanted};
use crate::memory::Memory;

/// The longest path that SQLite may ask for.
const LONGEST_PATH: usize = 512;

/// What SQLite's own file system for Unix says of every disk.
const SECTOR: c_int = 4096;

/// SQLite's handle of an open file: what it needs, and then what we do.
#[repr(C)]
struct File {
    base: ffi::sqlite3_file,
    own: *mut Own,
}

struct Own {
    open: Open,
    /// The shared memory stays where it is until this file lets go of it.
    memory: OnceLock<Arc<Memory>>,
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    // The version without memory-mapped files.
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

/// Registers a machine's file system with SQLite, until the process ends: a connection that is
/// closed late may still call it.
pub(crate) fn register(name: CString, machine: Arc<Shared>) {
    // SAFETY: asking for the default file system has no preconditions; it is there and stays.
    let default = unsafe { &*ffi::sqlite3_vfs_find(std::ptr::null()) };
    let vfs = ffi::sqlite3_vfs {
        iVersion: 2,
        szOsFile: c_int::try_from(size_of::<File>()).unwrap_or(c_int::MAX),
        mxPathname: c_int::try_from(LONGEST_PATH).unwrap_or(c_int::MAX),
        pNext: std::ptr::null_mut(),
        zName: name.into_raw(),
        pAppData: Box::into_raw(Box::new(machine)).cast(),
        xOpen: Some(open),
        xDelete: Some(delete),
        xAccess: Some(access),
        xFullPathname: Some(full_pathname),
        // Time, sleep and chance are the machine's underneath; none of them looks at its table.
        ..*default
    };
    let vfs: &'static mut ffi::sqlite3_vfs = Box::leak(Box::new(vfs));
    // SAFETY: the table is complete and is never moved or freed.
    unsafe { ffi::sqlite3_vfs_register(vfs, 0) };
}

/// The machine of a file system.
///
/// # Safety
/// The table must be one that [`register`] made.
unsafe fn machine<'a>(vfs: *mut ffi::sqlite3_vfs) -> &'a Arc<Shared> {
    // SAFETY: `pAppData` is the pointer that was leaked for it.
    unsafe { &*(*vfs).pAppData.cast::<Arc<Shared>>() }
}

/// A name that SQLite hands over.
///
/// # Safety
/// It must be null or end in a zero byte.
unsafe fn text(name: *const c_char) -> Option<String> {
    // SAFETY: as the caller says.
    (!name.is_null()).then(|| unsafe { CStr::from_ptr(name) }.to_string_lossy().into_owned())
}

fn code(done: Result<(), Fault>, dead: c_int) -> c_int {
    match done {
        Ok(()) => ffi::SQLITE_OK,
        Err(Fault::Full) => ffi::SQLITE_FULL,
        Err(Fault::Missing) => ffi::SQLITE_IOERR_DELETE_NOENT,
        Err(Fault::Dead) => dead,
    }
}

unsafe extern "C" fn open(
    vfs: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    let has = |flag: c_int| flags & flag != 0;
    let wanted = Wanted {
        make: has(ffi::SQLITE_OPEN_CREATE),
        gone_when_closed: has(ffi::SQLITE_OPEN_DELETEONCLOSE),
        journal: has(ffi::SQLITE_OPEN_WAL | ffi::SQLITE_OPEN_MAIN_JOURNAL),
    };
    // SAFETY: SQLite hands over our table, a name that ends or null, room of `szOsFile` bytes for
    // the handle, and a place for the flags or null. A handle without methods is never closed.
    unsafe {
        let file = file.cast::<File>();
        (*file).base.pMethods = std::ptr::null();
        match machine(vfs).open(text(name), wanted) {
            Ok(open) => {
                (*file).own = Box::into_raw(Box::new(Own { open, memory: OnceLock::new() }));
                (*file).base.pMethods = &raw const METHODS;
                if !out_flags.is_null() {
                    *out_flags = flags;
                }
                ffi::SQLITE_OK
            }
            Err(Fault::Missing) => ffi::SQLITE_CANTOPEN,
            Err(fault) => code(Err(fault), ffi::SQLITE_IOERR),
        }
    }
}

unsafe extern "C" fn delete(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    sync_folder: c_int,
) -> c_int {
    // SAFETY: SQLite hands over our table and a name that ends.
    let (machine, name) = unsafe { (machine(vfs), text(name)) };
    code(machine.remove(&name.unwrap_or_default(), sync_folder != 0), ffi::SQLITE_IOERR_DELETE)
}

unsafe extern "C" fn access(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    _flags: c_int,
    found: *mut c_int,
) -> c_int {
    // SAFETY: SQLite hands over our table, a name that ends and a place for the answer.
    unsafe {
        match machine(vfs).exists(&text(name).unwrap_or_default()) {
            Ok(exists) => {
                *found = c_int::from(exists);
                ffi::SQLITE_OK
            }
            Err(fault) => code(Err(fault), ffi::SQLITE_IOERR_ACCESS),
        }
    }
}

unsafe extern "C" fn full_pathname(
    _vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    room: c_int,
    full: *mut c_char,
) -> c_int {
    // SAFETY: SQLite hands over a name that ends and a place of so many bytes.
    unsafe {
        let name = CStr::from_ptr(name).to_bytes_with_nul();
        if usize::try_from(room).is_ok_and(|room| name.len() <= room) {
            std::ptr::copy_nonoverlapping(name.as_ptr().cast(), full, name.len());
            ffi::SQLITE_OK
        } else {
            ffi::SQLITE_CANTOPEN
        }
    }
}

/// What we keep of an open file.
///
/// # Safety
/// The handle must be one that [`open`] filled and [`close`] has not seen.
unsafe fn own<'a>(file: *mut ffi::sqlite3_file) -> &'a Own {
    // SAFETY: as the caller says; SQLite calls a handle's methods only between the two.
    unsafe { &*(*file.cast::<File>()).own }
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: the handle was filled by `open`, and this is the last that is heard of it.
    drop(unsafe { Box::from_raw((*file.cast::<File>()).own) });
    ffi::SQLITE_OK
}

unsafe extern "C" fn read(
    file: *mut ffi::sqlite3_file,
    into: *mut c_void,
    length: c_int,
    offset: ffi::sqlite3_int64,
) -> c_int {
    let length = usize::try_from(length).unwrap_or(0);
    // SAFETY: SQLite hands over a handle of ours and a place of so many bytes.
    let (own, into) =
        unsafe { (own(file), std::slice::from_raw_parts_mut(into.cast::<u8>(), length)) };
    match own.open.read(usize::try_from(offset).unwrap_or(usize::MAX), into) {
        Ok(read) if read == length => ffi::SQLITE_OK,
        Ok(read) => {
            into[read..].fill(0);
            ffi::SQLITE_IOERR_SHORT_READ
        }
        Err(fault) => code(Err(fault), ffi::SQLITE_IOERR_READ),
    }
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    from: *const c_void,
    length: c_int,
    offset: ffi::sqlite3_int64,
) -> c_int {
    let length = usize::try_from(length).unwrap_or(0);
    // SAFETY: SQLite hands over a handle of ours and so many bytes.
    let (own, bytes) =
        unsafe { (own(file), std::slice::from_raw_parts(from.cast::<u8>(), length)) };
    let offset = usize::try_from(offset).unwrap_or(usize::MAX);
    code(own.open.write(offset, bytes), ffi::SQLITE_IOERR_WRITE)
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, size: ffi::sqlite3_int64) -> c_int {
    // SAFETY: SQLite hands over a handle of ours.
    let own = unsafe { own(file) };
    code(own.open.resize(usize::try_from(size).unwrap_or(0)), ffi::SQLITE_IOERR_TRUNCATE)
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _flags: c_int) -> c_int {
    // SAFETY: SQLite hands over a handle of ours.
    code(unsafe { own(file) }.open.sync(), ffi::SQLITE_IOERR_FSYNC)
}

unsafe extern "C" fn file_size(
    file: *mut ffi::sqlite3_file,
    size: *mut ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite hands over a handle of ours and a place for the answer.
    unsafe {
        match own(file).open.length() {
            Ok(length) => {
                *size = i64::try_from(length).unwrap_or(i64::MAX);
                ffi::SQLITE_OK
            }
            Err(fault) => code(Err(fault), ffi::SQLITE_IOERR_FSTAT),
        }
    }
}

unsafe extern "C" fn lock(file: *mut ffi::sqlite3_file, level: Level) -> c_int {
    // SAFETY: SQLite hands over a handle of ours.
    let locked = unsafe { own(file) }.open.locks(|locks, own| locks.lock(own, level));
    held(locked, ffi::SQLITE_IOERR_LOCK)
}

fn held(locked: Result<bool, Fault>, dead: c_int) -> c_int {
    match locked {
        Ok(true) => ffi::SQLITE_OK,
        Ok(false) => ffi::SQLITE_BUSY,
        Err(fault) => code(Err(fault), dead),
    }
}

unsafe extern "C" fn unlock(file: *mut ffi::sqlite3_file, level: Level) -> c_int {
    // SAFETY: SQLite hands over a handle of ours.
    let unlocked = unsafe { own(file) }.open.locks(|locks, own| locks.unlock(own, level));
    code(unlocked, ffi::SQLITE_IOERR_UNLOCK)
}

unsafe extern "C" fn check_reserved_lock(
    file: *mut ffi::sqlite3_file,
    reserved: *mut c_int,
) -> c_int {
    // SAFETY: SQLite hands over a handle of ours and a place for the answer.
    unsafe {
        match own(file).open.locks(|locks, _| locks.is_reserved()) {
            Ok(is_reserved) => {
                *reserved = c_int::from(is_reserved);
                ffi::SQLITE_OK
            }
            Err(fault) => code(Err(fault), ffi::SQLITE_IOERR_CHECKRESERVEDLOCK),
        }
    }
}

unsafe extern "C" fn file_control(
    _file: *mut ffi::sqlite3_file,
    _operation: c_int,
    _argument: *mut c_void,
) -> c_int {
    ffi::SQLITE_NOTFOUND
}

unsafe extern "C" fn sector_size(_file: *mut ffi::sqlite3_file) -> c_int {
    SECTOR
}

unsafe extern "C" fn device_characteristics(_file: *mut ffi::sqlite3_file) -> c_int {
    ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE
}

unsafe extern "C" fn shm_map(
    file: *mut ffi::sqlite3_file,
    region: c_int,
    bytes: c_int,
    make: c_int,
    mapped: *mut *mut c_void,
) -> c_int {
    // SAFETY: SQLite hands over a handle of ours and a place for the address.
    let (own, mapped) = unsafe { (own(file), &mut *mapped) };
    *mapped = std::ptr::null_mut();
    let memory = match own.open.memory() {
        Ok(memory) => own.memory.get_or_init(|| memory),
        Err(fault) => return code(Err(fault), ffi::SQLITE_IOERR_SHMMAP),
    };
    let (region, bytes) = (usize::try_from(region), usize::try_from(bytes));
    *mapped = memory.region(region.unwrap_or(0), bytes.unwrap_or(0), make != 0);
    ffi::SQLITE_OK
}

unsafe extern "C" fn shm_lock(
    file: *mut ffi::sqlite3_file,
    first: c_int,
    count: c_int,
    flags: c_int,
) -> c_int {
    let first = usize::try_from(first).unwrap_or(locks::SLOTS);
    let slots = first..first.saturating_add(usize::try_from(count).unwrap_or(0));
    let alone = flags & ffi::SQLITE_SHM_EXCLUSIVE != 0;
    // SAFETY: SQLite hands over a handle of ours.
    let locked = unsafe { own(file) }.open.locks(|locks, own| {
        if flags & ffi::SQLITE_SHM_LOCK != 0 {
            return locks.lock_slots(own, slots, alone);
        }
        locks.unlock_slots(own, slots);
        true
    });
    held(locked, ffi::SQLITE_IOERR_SHMLOCK)
}

unsafe extern "C" fn shm_barrier(_file: *mut ffi::sqlite3_file) {
    std::sync::atomic::fence(std::sync::atomic::Ordering::SeqCst);
}

unsafe extern "C" fn shm_unmap(file: *mut ffi::sqlite3_file, forget: c_int) -> c_int {
    // SAFETY: SQLite hands over a handle of ours.
    let own = unsafe { own(file) };
    let released = own.open.locks(|locks, own| locks.unlock_slots(own, 0..locks::SLOTS));
    // The memory itself stays until the file is closed, which is what comes next.
    if forget != 0 {
        own.open.forget_memory();
    }
    code(released, ffi::SQLITE_OK)
}
