//! What the other side says in one class: segments in any order, made into messages in theirs.

use std::collections::BTreeMap;

use crate::datagram::{Arrived, Class, NUMBERS, WINDOW};
use crate::outflow::on_wire;

/// A length takes no more bytes than this.
const LONGEST_LENGTH: usize = 4;

/// Bytes of messages that wait to be taken, beside the one that is being heard. A side that is told
/// more than it takes hears no more for a while, and the other repeats it.
const MOST_WAITING: usize = 256 * 1024;

/// One class of what the other side says.
#[derive(Debug)]
pub(crate) struct Inflow {
    longest: usize,
    next: u64,
    early: BTreeMap<u64, Vec<u8>>,
    bytes: Vec<u8>,
}

/// What came of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It is what comes next.
    InOrder,
    /// Something before it is missing.
    Early,
    /// It was here, or is said too late or too early to be kept. The sender should hear what is.
    No,
}

impl Inflow {
    pub(crate) fn new(class: Class) -> Self {
        let longest = match class {
            Class::Urgent => 64 << 10,
            Class::Frame => 8 << 20,
            Class::Bulk => 65 << 10,
        };
        Self { longest, next: 0, early: BTreeMap::new(), bytes: Vec::new() }
    }

    /// Takes a segment.
    pub(crate) fn hear(&mut self, number: u16, bytes: Vec<u8>) -> Taken {
        let ahead = number.wrapping_sub(on_wire(self.next)) % NUMBERS;
        if ahead >= WINDOW || self.bytes.len() > self.longest + MOST_WAITING {
            return Taken::No;
        }
        let number = self.next + u64::from(ahead);
        if ahead > 0 {
            let is_new = self.early.insert(number, bytes).is_none();
            return if is_new { Taken::Early } else { Taken::No };
        }
        self.bytes.extend_from_slice(&bytes);
        self.next += 1;
        while let Some(bytes) = self.early.remove(&self.next) {
            self.bytes.extend_from_slice(&bytes);
            self.next += 1;
        }
        Taken::InOrder
    }

    /// What has arrived.
    pub(crate) fn arrived(&self) -> Arrived {
        let mut beyond = Vec::new();
        for number in self.early.keys() {
            let bit = (number - self.next - 1) as usize;
            beyond.resize(beyond.len().max(bit / 8 + 1), 0);
            beyond[bit / 8] |= 1 << (bit % 8);
        }
        Arrived { next: on_wire(self.next), beyond }
    }

    /// The next message, if all of it is here; nothing more ever comes after an error.
    pub(crate) fn take(&mut self) -> Result<Option<Vec<u8>>, Broken> {
        let Some((length, head)) = self.length()? else { return Ok(None) };
        if self.bytes.len() < head + length {
            return Ok(None);
        }
        let rest = self.bytes.split_off(head + length);
        let mut message = std::mem::replace(&mut self.bytes, rest);
        message.drain(..head);
        Ok(Some(message))
    }

    /// The length of the next message and how many bytes it takes, if it is here.
    fn length(&self) -> Result<Option<(usize, usize)>, Broken> {
        let mut length = 0;
        for (at, &byte) in self.bytes.iter().take(LONGEST_LENGTH).enumerate() {
            length |= usize::from(byte & 0x7f) << (7 * at);
            if byte & 0x80 == 0 {
                let is_wrong = length > self.longest || (byte == 0 && at > 0);
                return if is_wrong { Err(Broken) } else { Ok(Some((length, at + 1))) };
            }
        }
        if self.bytes.len() < LONGEST_LENGTH { Ok(None) } else { Err(Broken) }
    }
}

/// The other side says a message of a length that cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broken;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::outflow::Outflow;
    use std::time::Duration;

    #[test]
    fn lengths_that_cannot_be_are_refused_at_once() {
        for bad in [&[0x80, 0][..], &[0xff, 0xff, 0xff, 0xff], &[0x81, 0x80, 0x04]] {
            let mut inflow = Inflow::new(Class::Urgent);
            inflow.hear(0, bad.to_vec());
            assert_eq!(inflow.take(), Err(Broken), "{bad:?}");
        }
    }

    #[test]
    fn who_is_not_listened_to_fills_no_memory() {
        let mut inflow = Inflow::new(Class::Bulk);
        let taken = (0..10_000).filter(|n| inflow.hear(on_wire(*n), vec![0; 1000]) != Taken::No);
        assert!(taken.count() < 400);
    }

    proptest! {
        /// Whatever the order, and however often something comes: each message is there once, in turn.
        #[test]
        fn messages_survive_any_order(
            messages in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 1..20),
            order in prop::collection::vec(any::<prop::sample::Index>(), 100..400),
        ) {
            let mut out = Outflow::default();
            messages.iter().for_each(|message| out.say(message));
            let mut segments = Vec::new();
            while let Some(segment) = out.next(40, segments.len() as u64, Duration::ZERO) {
                segments.push(segment);
            }
            let mut inflow = Inflow::new(Class::Bulk);
            let mut heard = Vec::new();
            let every = (0..segments.len()).rev();
            for at in order.iter().map(|at| at.index(segments.len())).chain(every) {
                let (number, bytes) = segments[at].clone();
                inflow.hear(number, bytes);
                out.hear(&inflow.arrived());
                while let Some(message) = inflow.take().unwrap() {
                    heard.push(message);
                }
            }
            prop_assert_eq!(heard, messages);
            out.hear(&inflow.arrived());
            prop_assert!(!out.is_under_way());
            prop_assert!(!out.lose_before(u64::MAX));
        }
    }
}
