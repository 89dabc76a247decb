//! The memory in which a password is hashed, given back to the system right after.
#![expect(unsafe_code, reason = "Argon2 takes its memory as blocks, and the system gives bytes")]

use argon2::Block;
use fieldpost_kernel::{Failure, Outcome};
use memmap2::{Advice, MmapMut};

/// Memory for one hash, in a mapping of its own that ends with it.
///
/// An allocator keeps what is freed for whoever asks next. That is 19 MiB for each thread that ever
/// hashed a password, on a server where perhaps nobody signs in for the rest of the day.
pub(super) struct Memory(MmapMut);

impl Memory {
    /// Room for so many blocks.
    pub(super) fn of(blocks: usize) -> Outcome<Self> {
        let mapping = MmapMut::map_anon(blocks * Block::SIZE).map_err(Failure::internal)?;
        // It saves thousands of page faults where the system has large pages, and is a wish.
        drop(mapping.advise(Advice::HugePage));
        Ok(Self(mapping))
    }
}

impl AsMut<[Block]> for Memory {
    fn as_mut(&mut self) -> &mut [Block] {
        // SAFETY: A block is an array of integers, so any bytes are one, and writing one leaves
        // bytes. `align_to_mut` gives whole and aligned blocks only.
        let (_, blocks, _) = unsafe { self.0.align_to_mut::<Block>() };
        blocks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_for_as_many_blocks_as_were_asked_for() {
        let mut memory = Memory::of(9).unwrap();
        assert_eq!(memory.as_mut().len(), 9);
    }
}
