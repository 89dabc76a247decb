//! Which datagrams were heard, so that none counts twice; and their numbers, of which the wire has
//! the end only.

/// Datagrams behind the newest that may still come.
const BEHIND: u64 = 128;

/// The numbers of the datagrams that were heard.
#[derive(Debug, Default)]
pub(crate) struct Replay {
    /// One more than the greatest number.
    next: u64,
    /// A bit for each of the last, the lowest for the newest.
    heard: u128,
}

impl Replay {
    /// The number that ends in these 16 bits and is nearest to the one that is due.
    pub(crate) fn number(&self, end: u16) -> u64 {
        let ahead = end.wrapping_sub(self.next as u16);
        if ahead < 1 << 15 {
            return self.next + u64::from(ahead);
        }
        let behind = 1 + u64::from(u16::MAX - ahead);
        self.next.checked_sub(behind).unwrap_or(self.next + u64::from(ahead))
    }

    /// Whether a number was heard, or is too old to know.
    pub(crate) fn is_known(&self, number: u64) -> bool {
        number < self.next && {
            let behind = self.next - 1 - number;
            behind >= BEHIND || self.heard & 1 << behind != 0
        }
    }

    /// A number was heard, and its datagram was genuine.
    pub(crate) fn hear(&mut self, number: u64) {
        if number >= self.next {
            let by = number + 1 - self.next;
            self.heard = if by >= BEHIND { 0 } else { self.heard << by };
            self.next = number + 1;
        }
        self.heard |= 1 << (self.next - 1 - number).min(BEHIND - 1);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn nothing_counts_twice_and_what_is_in_time_counts(
            steps in prop::collection::vec(-200_i64..300, 1..400),
        ) {
            let (mut replay, mut heard, mut newest) = (Replay::default(), BTreeSet::new(), -1_i64);
            for step in steps {
                let number = (newest + step).max(0) as u64;
                prop_assert_eq!(replay.number(number as u16), number);
                let is_old = newest - number as i64 >= BEHIND as i64;
                prop_assert_eq!(replay.is_known(number), is_old || heard.contains(&number));
                if !replay.is_known(number) {
                    replay.hear(number);
                    heard.insert(number);
                    newest = newest.max(number as i64);
                }
            }
        }
    }

    #[test]
    fn numbers_go_on_beyond_what_the_wire_says() {
        let mut replay = Replay::default();
        for number in (0..1_000_000).step_by(30_000) {
            assert_eq!(replay.number(number as u16), number);
            replay.hear(number);
        }
    }
}
