//! Who has locked which file, and which part of the memory beside it.

use std::collections::BTreeMap;

/// An open file.
pub(crate) type Handle = u64;

/// How strongly a file is locked, as SQLite counts it: 0 not at all, 1 shared, 2 reserved,
/// 3 pending, 4 exclusive.
pub(crate) type Level = i32;

/// Nobody holds it.
pub(crate) const NONE: Level = 0;
/// Others may read, too.
pub(crate) const SHARED: Level = 1;
/// Its holder will write; others may still read.
pub(crate) const RESERVED: Level = 2;
/// Its holder waits for the readers to go; no new ones come.
pub(crate) const PENDING: Level = 3;
/// Nobody else is there.
pub(crate) const EXCLUSIVE: Level = 4;

/// The parts of a database's memory that are locked one by one.
pub(crate) const SLOTS: usize = 8;

/// The locks of one file.
#[derive(Debug, Default)]
pub(crate) struct Locks {
    levels: BTreeMap<Handle, Level>,
    /// For each part of the memory, who holds it, and whether alone.
    slots: [BTreeMap<Handle, bool>; SLOTS],
}

impl Locks {
    fn strongest_other(&self, own: Handle) -> Level {
        let others = self.levels.iter().filter(|(handle, _)| **handle != own);
        others.map(|(_, level)| *level).max().unwrap_or(NONE)
    }

    /// Locks the file at least so strongly; gives whether that was possible.
    pub(crate) fn lock(&mut self, own: Handle, level: Level) -> bool {
        let held = self.levels.get(&own).copied().unwrap_or(NONE);
        if held >= level {
            return true;
        }
        let other = self.strongest_other(own);
        let (possible, reached) = match level {
            SHARED if other < PENDING => (true, SHARED),
            RESERVED if other < RESERVED => (true, RESERVED),
            SHARED | RESERVED => (false, held),
            // Whoever would be alone waits as pending, so that the readers come to an end.
            _ if other >= RESERVED => (false, held),
            _ if other == SHARED => (false, PENDING),
            _ => (true, EXCLUSIVE),
        };
        if possible || reached > held {
            self.levels.insert(own, reached);
        }
        possible
    }

    /// Holds the file no more strongly than this.
    pub(crate) fn unlock(&mut self, own: Handle, level: Level) {
        if level == NONE {
            self.levels.remove(&own);
        } else if self.levels.get(&own).is_some_and(|held| *held > level) {
            self.levels.insert(own, level);
        }
    }

    /// Whether somebody is about to write.
    pub(crate) fn is_reserved(&self) -> bool {
        self.levels.values().any(|level| *level >= RESERVED)
    }

    /// Locks parts of the memory, all or none; gives whether that was possible.
    pub(crate) fn lock_slots(
        &mut self,
        own: Handle,
        slots: std::ops::Range<usize>,
        alone: bool,
    ) -> bool {
        let Some(wanted) = self.slots.get_mut(slots) else { return false };
        let free = wanted.iter().all(|slot| {
            slot.iter().all(|(holder, held_alone)| *holder == own || !(alone || *held_alone))
        });
        if free {
            wanted.iter_mut().for_each(|slot| slot.extend([(own, alone)]));
        }
        free
    }

    /// Lets go of parts of the memory.
    pub(crate) fn unlock_slots(&mut self, own: Handle, slots: std::ops::Range<usize>) {
        for slot in self.slots.get_mut(slots).into_iter().flatten() {
            slot.remove(&own);
        }
    }

    /// Forgets an open file.
    pub(crate) fn closed(&mut self, own: Handle) {
        self.levels.remove(&own);
        self.unlock_slots(own, 0..SLOTS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readers_share_and_a_writer_waits_for_them() {
        let mut locks = Locks::default();
        assert!(locks.lock(1, SHARED) && locks.lock(2, SHARED));
        assert!(locks.lock(1, RESERVED) && !locks.lock(2, RESERVED));
        assert!(locks.is_reserved());
        assert!(!locks.lock(1, EXCLUSIVE));
        assert!(!locks.lock(3, SHARED), "a writer waits");
        locks.unlock(2, NONE);
        assert!(locks.lock(1, EXCLUSIVE));
        locks.unlock(1, SHARED);
        assert!(locks.lock(3, SHARED));
    }

    #[test]
    fn a_part_of_the_memory_is_held_by_one_alone_or_by_many() {
        let mut locks = Locks::default();
        assert!(locks.lock_slots(1, 3..5, false) && locks.lock_slots(2, 4..5, false));
        assert!(!locks.lock_slots(3, 0..5, true), "one of them is taken");
        assert!(locks.lock_slots(3, 0..3, true));
        assert!(!locks.lock_slots(1, 2..3, false));
        locks.closed(3);
        assert!(locks.lock_slots(1, 2..3, false));
    }
}
