//! The frames of a link: what is said beside batches, and around them.

use fieldpost_log::{Digest, Epoch, Malformed, Ranges, Scope, SiteId};
use fieldpost_model::Id;
use serde::{Deserialize, Serialize};

use crate::Voucher;

/// A channel that a site shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Offer {
    /// Which.
    pub channel: Id,
    /// Its team.
    pub team: Id,
}

/// How much of one of the other site's logs is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldLog {
    /// Of which scope.
    pub scope: Scope,
    /// Of which of the writer's lives.
    pub epoch: Epoch,
    /// Which sequences, as starts and ends in ascending order.
    pub ranges: Vec<(u64, u64)>,
}

impl HeldLog {
    /// What is held of a log.
    pub fn new(scope: Scope, epoch: Epoch, held: &Ranges) -> Self {
        let ranges = held.iter().map(|range| (range.start, range.end)).collect();
        Self { scope, epoch, ranges }
    }

    /// The sequences that are held.
    pub fn held(&self) -> Ranges {
        self.ranges.iter().map(|&(start, end)| start..end).collect()
    }
}

/// One thing that one site says to the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Frame {
    /// The first frame of each side.
    Hello {
        /// What people call the site.
        name: String,
        /// The number of the newest batch of the other's that was kept.
        received: u64,
        /// The digest of what is held of the other's logs ([`held_digest`](Frame::held_digest)).
        held: [u8; 32],
    },
    /// Every channel that the sender shares with the receiver, and whether it shares all.
    Offers {
        /// The channels that are shared.
        open: Vec<Offer>,
        /// The channels of which that was ended. One that is in neither list is one that the sender
        /// does not know of, as after it was put back from a backup: that ends nothing.
        closed: Vec<Id>,
        /// Whether all channels of teams are shared, also those to come.
        all: bool,
    },
    /// Changes.
    Batch {
        /// Counts the batches of this sender to this receiver.
        number: u64,
        /// The signature over the heads that the batch moves; empty if it moves none.
        signature: Vec<u8>,
        /// The batch ([`encode`](crate::encode)).
        body: Vec<u8>,
    },
    /// A batch was kept.
    Kept {
        /// Its number.
        number: u64,
    },
    /// A batch was not taken, and will never be.
    Refused {
        /// Its number.
        number: u64,
        /// Why, for the operator of the site that sent it.
        why: String,
    },
    /// What the other holds is not what was believed: tell all of it.
    Recount,
    /// All that is held of the receiver's logs: the answer to [`Recount`](Frame::Recount), and to a
    /// batch that does not fit.
    Holding {
        /// The number of the newest batch that was kept.
        received: u64,
        /// The logs; of one that has many gaps, perhaps a part of what is held.
        logs: Vec<HeldLog>,
        /// Whether the rest comes in another such frame.
        more: bool,
    },
    /// The state of shared channels here, to be compared.
    States {
        /// Channels with the digests of their state.
        channels: Vec<(Id, [u8; 32])>,
    },
    /// Whether the sender allows direct messages between people of the two sites. A side that never did
    /// does not say so.
    Direct {
        /// Whether it does.
        on: bool,
    },
    /// The sender can pass on changes of another site, which both know by this key from now on.
    Relay {
        /// Whose.
        site: SiteId,
        /// Its key, encoded with its suite.
        key: Vec<u8>,
        /// What people call it.
        name: String,
    },
    /// Changes of another site are wanted from the receiver, which said that it can pass them on.
    Wanted {
        /// Whose.
        site: SiteId,
        /// The channels and teams of which they are not: there they come from that site itself.
        without: Vec<Id>,
        /// The digest of what is held of the others ([`held_digest`](Frame::held_digest)).
        held: [u8; 32],
    },
    /// Changes of another site are not wanted from the receiver, or not any more.
    Unwanted {
        /// Whose.
        site: SiteId,
    },
    /// What is held of another site's logs is not what was believed: tell all of it.
    RecountOf {
        /// Whose.
        site: SiteId,
    },
    /// All that is held of another site's logs, of what passes between the two.
    HoldingOf {
        /// Whose.
        site: SiteId,
        /// The logs, as in [`Holding`](Frame::Holding).
        logs: Vec<HeldLog>,
        /// Whether the rest comes in another such frame.
        more: bool,
    },
    /// A batch with changes of other sites than the sender.
    Relayed {
        /// Counts with the other batches of this sender to this receiver.
        number: u64,
        /// The signature over the heads of the sender's own logs that the batch moves.
        signature: Vec<u8>,
        /// What the other sites have signed.
        vouchers: Vec<Voucher>,
        /// The batch ([`encode`](crate::encode)).
        body: Vec<u8>,
    },
}

/// The most bytes that the name of a log takes, or what stands around the logs in a frame.
const HELD_LOG: usize = 48;

/// The most bytes that a range takes.
const HELD_RANGE: usize = 20;

impl Frame {
    /// The bytes of the frame: postcard, as for the contents of changes.
    pub fn encode(&self) -> Vec<u8> {
        postcard::to_stdvec(self).unwrap_or_default()
    }

    /// The frame of these bytes.
    ///
    /// # Errors
    /// [`Malformed`] for anything else.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        match postcard::take_from_bytes(bytes) {
            Ok((frame, [])) => Ok(frame),
            Ok(_) => Err(Malformed::new("bytes after a frame")),
            Err(_) => Err(Malformed::new("not a frame")),
        }
    }

    /// Whether it carries changes.
    pub const fn is_batch(&self) -> bool {
        matches!(self, Self::Batch { .. } | Self::Relayed { .. })
    }

    /// A batch: of changes of the sender's own if nobody else vouches for any.
    pub fn batch(number: u64, signature: Vec<u8>, vouchers: Vec<Voucher>, body: Vec<u8>) -> Self {
        match vouchers.is_empty() {
            true => Self::Batch { number, signature, body },
            false => Self::Relayed { number, signature, vouchers, body },
        }
    }

    /// Tells all that is held, in as many frames of at most so many bytes as it takes.
    pub fn holding(received: u64, logs: Vec<HeldLog>, most: usize) -> Vec<Self> {
        let parts = Self::parted(logs, most);
        parts.map(|(logs, more)| Self::Holding { received, logs, more }).collect()
    }

    /// The same of another site's logs.
    pub fn holding_of(site: SiteId, logs: Vec<HeldLog>, most: usize) -> Vec<Self> {
        let parts = Self::parted(logs, most);
        parts.map(|(logs, more)| Self::HoldingOf { site, logs, more }).collect()
    }

    /// Logs in parts for frames of at most so many bytes, and whether another part follows.
    fn parted(logs: Vec<HeldLog>, most: usize) -> impl Iterator<Item = (Vec<HeldLog>, bool)> {
        let at_once = (most.saturating_sub(HELD_LOG) / HELD_RANGE / 2).max(1);
        let mut parts: Vec<Vec<HeldLog>> = vec![Vec::new()];
        let mut room = most.saturating_sub(HELD_LOG);
        for HeldLog { scope, epoch, ranges } in logs {
            // That nothing of a log is held is said only of one that is asked for.
            let nothing = ranges.is_empty().then_some(&[][..]);
            for ranges in ranges.chunks(at_once).chain(nothing) {
                let size = HELD_LOG + ranges.len() * HELD_RANGE;
                if size > room {
                    parts.push(Vec::new());
                    room = most.saturating_sub(HELD_LOG);
                }
                room = room.saturating_sub(size);
                if let Some(part) = parts.last_mut() {
                    part.push(HeldLog { scope, epoch, ranges: ranges.to_vec() });
                }
            }
        }
        let last = parts.len() - 1;
        parts.into_iter().enumerate().map(move |(n, logs)| (logs, n < last))
    }

    /// The digest of what is held of somebody's logs, whatever their order.
    pub fn held_digest(logs: &mut Vec<HeldLog>) -> [u8; 32] {
        logs.retain(|log| !log.ranges.is_empty());
        logs.sort_by_key(|log| (log.scope, log.epoch));
        let bytes = postcard::to_stdvec(logs).unwrap_or_default();
        *Digest::of_held(&bytes).as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fieldpost_log::ScopeKind;
    use proptest::prelude::*;

    #[test]
    fn a_frame_survives_its_bytes() {
        let frame = Frame::Batch { number: 7, signature: vec![1; 64], body: vec![2; 100] };
        assert_eq!(Frame::decode(&frame.encode()), Ok(frame.clone()));
        let mut longer = frame.encode();
        longer.push(0);
        assert!(Frame::decode(&longer).is_err());
    }

    #[test]
    fn what_is_said_of_direct_messages_has_these_bytes() {
        for (on, bytes) in [(true, [8, 1]), (false, [8, 0])] {
            assert_eq!(Frame::Direct { on }.encode(), bytes);
            assert_eq!(Frame::decode(&bytes), Ok(Frame::Direct { on }));
        }
    }

    #[test]
    fn what_is_said_of_other_sites_has_these_bytes() {
        let site = SiteId([7; 16]);
        let of_site = |kind: u8, rest: &[u8]| [&[kind], [7; 16].as_slice(), rest].concat();
        let relay = Frame::Relay { site, key: vec![1, 2], name: "hq".to_owned() };
        let without = vec![Id::from_bytes([8; 16])];
        let wanted = [[1].as_slice(), &[8; 16], &[5; 32]].concat();
        for (frame, bytes) in [
            (relay, of_site(9, &[2, 1, 2, 2, b'h', b'q'])),
            (Frame::Wanted { site, without, held: [5; 32] }, of_site(10, &wanted)),
            (Frame::Unwanted { site }, of_site(11, &[])),
            (Frame::RecountOf { site }, of_site(12, &[])),
            (Frame::HoldingOf { site, logs: Vec::new(), more: true }, of_site(13, &[0, 1])),
        ] {
            assert_eq!(frame.encode(), bytes);
            assert_eq!(Frame::decode(&bytes), Ok(frame));
        }
        let heads = vec![crate::Vouched::Run(2), crate::Vouched::Other(vec![6])];
        let vouchers = vec![Voucher { signature: vec![4], heads }];
        let frame = Frame::Relayed { number: 1, signature: vec![3], vouchers, body: vec![8, 9] };
        assert_eq!(frame.encode(), [14, 1, 1, 3, 1, 1, 4, 2, 0, 2, 1, 1, 6, 2, 8, 9]);
    }

    #[test]
    fn what_is_held_is_told_in_frames_that_are_not_too_long() {
        let log = |n: u32, gaps: u64| {
            let mut id = [0xff; 16];
            id[..4].copy_from_slice(&n.to_be_bytes());
            let scope = Scope::new(ScopeKind::Channel, Id::from_bytes(id));
            let ranges =
                (0..gaps).map(|gap| (u64::MAX - 2 * gap - 1, u64::MAX - 2 * gap)).collect();
            HeldLog { scope, epoch: Epoch(u64::MAX), ranges }
        };
        let mut logs: Vec<HeldLog> = (0..40_000).map(|n| log(n, 3)).collect();
        logs.push(log(u32::MAX, 600_000));
        let whole = Frame::Holding { received: 7, logs: logs.clone(), more: false };
        // No connection takes a frame of more than 8 MiB.
        assert!(whole.encode().len() > 8 << 20);
        let frames = Frame::holding(7, logs.clone(), 1 << 20);
        assert!(frames.iter().all(|frame| frame.encode().len() <= 1 << 20));
        let mut told: Vec<HeldLog> = Vec::new();
        for (n, frame) in frames.iter().enumerate() {
            let Frame::Holding { received, logs, more } = frame else { unreachable!() };
            assert_eq!((*received, *more), (7, n + 1 < frames.len()));
            for log in logs {
                match told.last_mut().filter(|last| last.scope == log.scope) {
                    Some(last) => last.ranges.extend(&log.ranges),
                    None => told.push(log.clone()),
                }
            }
        }
        assert_eq!(told, logs);
        assert_eq!(Frame::holding(7, Vec::new(), 1 << 20).len(), 1);
    }

    #[test]
    fn the_digest_of_what_is_held_is_that_of_a_set() {
        let log = |n| {
            let scope = Scope::new(ScopeKind::Channel, Id::from_bytes([n; 16]));
            HeldLog::new(scope, Epoch(1), &[0..5, 7..9].into_iter().collect())
        };
        let digest = |mut logs: Vec<_>| Frame::held_digest(&mut logs);
        assert_eq!(digest(vec![log(1), log(2)]), digest(vec![log(2), log(1)]));
        assert_ne!(digest(vec![log(1)]), digest(vec![log(2)]));
        let empty = HeldLog { ranges: Vec::new(), ..log(3) };
        assert_eq!(digest(vec![log(1), empty]), digest(vec![log(1)]));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            drop(Frame::decode(&bytes));
        }
    }
}
