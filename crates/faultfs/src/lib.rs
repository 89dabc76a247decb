//! A disk in memory under SQLite: it loses power, forgets what was not synced, and fills up.
//!
//! A [`Machine`] registers a file system (a VFS) with the SQLite of this process. What is written
//! through it counts as kept only once it is synced, and a name in the folder only once the folder
//! is. The power goes at an operation that the test chooses; from then on every call fails, as it
//! does for a process that is no more. [`Machine::reboot`] throws a random part of what was not
//! synced away (whole writes, single sectors, halves of sectors, creations and deletions of files)
//! and starts on what is left.
//!
//! It promises SQLite exactly what SQLite's own file system for Unix does, and no more: the folder
//! is synced where that one syncs it, and a torn write harms no byte outside itself.

mod disk;
mod locks;
mod machine;
mod memory;
mod vfs;

pub use self::machine::Machine;
