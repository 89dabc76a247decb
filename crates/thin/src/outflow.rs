//! What this side says in one class: bytes, cut into numbered segments that are sent until they are
//! known to have arrived.

use std::collections::VecDeque;
use std::ops::Add;
use std::time::Duration;

use crate::datagram::{Arrived, NUMBERS, WINDOW};

/// A segment that is not known to have arrived.
#[derive(Debug)]
struct Sent {
    bytes: Vec<u8>,
    /// Which transmission of all it was when it went last, and when.
    transmission: u64,
    at: Duration,
    /// Whether it went more than once, so that an answer does not say to which.
    again: bool,
    is_lost: bool,
    has_arrived: bool,
}

/// What an acknowledgement says.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Heard {
    /// The newest transmission that has arrived, if one is heard of for the first time.
    pub(crate) newest: Option<u64>,
    /// When a segment was sent that is heard of for the first time and went just once.
    pub(crate) sent_at: Option<Duration>,
}

/// One class of what this side says.
#[derive(Debug, Default)]
pub(crate) struct Outflow {
    waiting: VecDeque<u8>,
    first: u64,
    sent: VecDeque<Sent>,
    tally: Tally,
}

/// How many segments were sent.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tally {
    /// All, as often as they were sent.
    pub(crate) sent: u64,
    /// Those of them that were sent before, and taken for lost.
    pub(crate) again: u64,
}

impl Add for Tally {
    type Output = Self;

    fn add(self, more: Self) -> Self {
        Self { sent: self.sent + more.sent, again: self.again + more.again }
    }
}

impl Outflow {
    /// Takes a message: its length, as a varint, and its bytes.
    pub(crate) fn say(&mut self, message: &[u8]) {
        let mut length = message.len();
        while length >= 0x80 {
            self.waiting.push_back((length & 0x7f) as u8 | 0x80);
            length >>= 7;
        }
        self.waiting.push_back(length as u8);
        self.waiting.extend(message);
    }

    /// Bytes that were never sent.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// How many segments were sent so far.
    pub(crate) fn tally(&self) -> Tally {
        self.tally
    }

    /// Whether there is something to send: lost, or never sent and with room for it.
    pub(crate) fn is_ready(&self) -> bool {
        self.sent.iter().any(|sent| sent.is_lost) || self.may_cut()
    }

    fn may_cut(&self) -> bool {
        !self.waiting.is_empty() && self.sent.len() < usize::from(WINDOW)
    }

    /// Whether something was sent of which it is not known that it arrived or was lost.
    pub(crate) fn is_under_way(&self) -> bool {
        self.sent.iter().any(|sent| !sent.has_arrived && !sent.is_lost)
    }

    /// The next segment, of at most so many bytes: what was lost goes before what was never sent.
    pub(crate) fn next(
        &mut self,
        most: usize,
        transmission: u64,
        now: Duration,
    ) -> Option<(u16, Vec<u8>)> {
        if let Some(at) = self.sent.iter().position(|sent| sent.is_lost) {
            let sent = &mut self.sent[at];
            (sent.is_lost, sent.again) = (false, true);
            (sent.transmission, sent.at) = (transmission, now);
            self.tally = self.tally + Tally { sent: 1, again: 1 };
            return Some((on_wire(self.first + at as u64), sent.bytes.clone()));
        }
        if !self.may_cut() {
            return None;
        }
        let bytes: Vec<u8> = self.waiting.drain(..self.waiting.len().min(most)).collect();
        let number = on_wire(self.first + self.sent.len() as u64);
        self.tally = self.tally + Tally { sent: 1, again: 0 };
        self.sent.push_back(Sent {
            bytes: bytes.clone(),
            transmission,
            at: now,
            again: false,
            is_lost: false,
            has_arrived: false,
        });
        Some((number, bytes))
    }

    /// Hears what has arrived. What cannot be is passed over: it is older than something heard before.
    pub(crate) fn hear(&mut self, arrived: &Arrived) -> Heard {
        let mut heard = Heard::default();
        let below = arrived.next.wrapping_sub(on_wire(self.first)) % NUMBERS;
        if usize::from(below) > self.sent.len() {
            return heard;
        }
        let below = usize::from(below);
        let beyond = (0..arrived.beyond.len() * 8)
            .filter(|bit| arrived.beyond[bit / 8] & 1 << (bit % 8) != 0)
            .map(|bit| below + 1 + bit);
        for at in (0..below).chain(beyond) {
            let Some(sent) = self.sent.get_mut(at).filter(|sent| !sent.has_arrived) else {
                continue;
            };
            (sent.has_arrived, sent.is_lost) = (true, false);
            heard.newest = heard.newest.max(Some(sent.transmission));
            if !sent.again {
                heard.sent_at = heard.sent_at.max(Some(sent.at));
            }
        }
        while self.sent.front().is_some_and(|sent| sent.has_arrived) {
            self.sent.pop_front();
            self.first += 1;
        }
        heard
    }

    /// Takes for lost what went before a transmission and has not arrived; says whether that is news.
    pub(crate) fn lose_before(&mut self, transmission: u64) -> bool {
        let mut any = false;
        for sent in &mut self.sent {
            if !sent.has_arrived && !sent.is_lost && sent.transmission < transmission {
                sent.is_lost = true;
                any = true;
            }
        }
        any
    }
}

/// A segment's number as it goes over the wire.
pub(crate) const fn on_wire(number: u64) -> u16 {
    (number % NUMBERS as u64) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_that_is_sent_once_more_counts_as_lost() {
        let (mut out, now) = (Outflow::default(), Duration::ZERO);
        out.say(&[7; 20]);
        assert!(out.next(15, 0, now).is_some() && out.next(15, 1, now).is_some());
        assert_eq!(out.tally(), Tally { sent: 2, again: 0 });
        assert!(out.lose_before(1));
        assert_eq!(out.next(15, 2, now).map(|(number, _)| number), Some(0));
        assert!(out.next(15, 3, now).is_none());
        assert_eq!(out.tally(), Tally { sent: 3, again: 1 });
    }
}
