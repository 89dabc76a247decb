//! What went over a link, and what did not.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

/// A number of packets and their bytes, headers included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// How many.
    pub packets: u64,
    /// How large together.
    pub bytes: u64,
}

impl Tally {
    pub(crate) fn add(&mut self, bytes: usize) {
        *self += Self { packets: 1, bytes: bytes as u64 };
    }

    pub(crate) fn take(&mut self, bytes: usize) {
        self.packets = self.packets.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(bytes as u64);
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.packets += other.packets;
        self.bytes += other.bytes;
    }
}

/// One direction of a link. Every packet that was offered is in exactly one of `dropped`,
/// `queued`, `flying`, `lost` and `delivered`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traffic {
    /// What the sender handed over.
    pub offered: Tally,
    /// What was refused at once: no link, no room, too large, or the wrong way.
    pub dropped: Tally,
    /// What waits for its turn.
    pub queued: Tally,
    /// What was put on the air, whatever became of it: the use that was made of the link.
    pub aired: Tally,
    /// What is on its way.
    pub flying: Tally,
    /// What was lost on its way, or taken away by a cut.
    pub lost: Tally,
    /// What arrived.
    pub delivered: Tally,
}

impl Traffic {
    /// Whether nothing waits and nothing is on its way.
    pub fn is_idle(&self) -> bool {
        self.queued.packets == 0 && self.flying.packets == 0
    }
}
