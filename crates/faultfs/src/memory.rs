//! The memory that the connections to one database share: the index of its write-ahead log.
#![expect(unsafe_code, reason = "SQLite reads and writes this memory through bare pointers")]

use std::cell::UnsafeCell;
use std::ffi::c_void;
use std::sync::{Mutex, PoisonError};

/// Regions of memory that stay where they are for as long as this is held.
#[derive(Debug, Default)]
pub(crate) struct Memory(Mutex<Vec<Region>>);

/// Words, so that they lie where SQLite's 64-bit values may.
#[derive(Debug)]
struct Region(Box<[UnsafeCell<u64>]>);

// SAFETY: this crate never looks into a region; it only hands out its address. Whoever reads or
// writes there is SQLite, which keeps order with the locks that it takes for that.
unsafe impl Send for Region {}
// SAFETY: as above.
unsafe impl Sync for Region {}

impl Memory {
    /// The address of a region of so many bytes, which is made, filled with zeros, if `make` says
    /// so; null if it is not there.
    pub(crate) fn region(&self, number: usize, bytes: usize, make: bool) -> *mut c_void {
        let mut regions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while make && regions.len() <= number {
            regions.push(Region((0..bytes.div_ceil(8)).map(|_| UnsafeCell::new(0)).collect()));
        }
        match regions.get(number) {
            Some(region) => region.0.as_ptr().cast_mut().cast(),
            None => std::ptr::null_mut(),
        }
    }
}
