//! A reliable way for frames over a model of a bad link, in virtual time: selective repeat.
//!
//! A frame goes in pieces, each in a packet of its own. Each piece that arrives is answered by what
//! has arrived so far. A piece is sent again when one that was sent well after it has arrived, and
//! when nothing was heard of it for long.

use std::collections::BTreeMap;
use std::time::Duration;

use fieldpost_air::profile::Duplex;
use fieldpost_air::{Link, Profile, Side};

/// The most bytes of a frame in a packet.
const PIECE: usize = 1200;

/// What each packet has around its contents: addresses, encryption, numbers.
pub(crate) const OVERHEAD: usize = 48;

/// Pieces under way at once, at most.
const WINDOW: usize = 256;

/// How much later than expected an answer may be.
const SLACK: Duration = Duration::from_millis(200);

/// Pieces beyond the first gap that one answer speaks of, at most.
const BEYOND: usize = 64;

/// A packet of one of the conversations that follow each other.
#[derive(Debug, Clone)]
pub(crate) struct Packet {
    conversation: u32,
    contents: Contents,
}

#[derive(Debug, Clone)]
enum Contents {
    Piece {
        number: u64,
        /// It is the last one of its frame.
        is_last: bool,
        bytes: Vec<u8>,
    },
    /// Everything below `next` has arrived, and these.
    Arrived { next: u64, beyond: Vec<u64> },
}

/// Bytes of the packets in which a frame goes, with all that stands around them.
pub(crate) fn aired(frame: usize) -> u64 {
    (frame + frame.div_ceil(PIECE) * OVERHEAD) as u64
}

impl Contents {
    fn size(&self) -> usize {
        match self {
            Self::Piece { bytes, .. } => bytes.len(),
            Self::Arrived { beyond, .. } => 4 + 2 * beyond.len(),
        }
    }
}

#[derive(Debug)]
struct Piece {
    contents: Contents,
    /// When it was handed to the link, unless it has to be handed to it now.
    sent: Option<Duration>,
}

/// One end of a conversation.
#[derive(Debug)]
pub(crate) struct Transport {
    side: Side,
    conversation: u32,
    /// After so long a piece of which nothing was heard is sent again.
    pub(crate) patience: Duration,
    /// By how much packets overtake each other.
    disorder: Duration,
    /// What may wait at the link, in bytes.
    queue: u64,
    next: u64,
    unheard: BTreeMap<u64, Piece>,
    expected: u64,
    early: BTreeMap<u64, (bool, Vec<u8>)>,
    partial: Vec<u8>,
}

impl Transport {
    pub(crate) fn new(side: Side, conversation: u32, profile: &Profile) -> Self {
        let turn = match profile.duplex {
            Duplex::Half { turnaround, longest_turn } => 2 * turnaround + longest_turn,
            Duplex::Full | Duplex::OneWay => Duration::ZERO,
        };
        let packet = profile.air_time(PIECE + OVERHEAD);
        let travels = 2 * (profile.delay + profile.jitter);
        let quarter = usize::try_from(profile.rate / 32).unwrap_or(usize::MAX);
        let queue = quarter.max(2 * (PIECE + OVERHEAD)).min(profile.queue);
        Self {
            side,
            conversation,
            // A piece and its answer both wait behind what is queued.
            patience: travels + turn + 2 * profile.air_time(queue) + 2 * packet + SLACK,
            disorder: profile.jitter,
            queue: queue as u64,
            next: 0,
            unheard: BTreeMap::new(),
            expected: 0,
            early: BTreeMap::new(),
            partial: Vec::new(),
        }
    }

    /// Whether all that was given to it has arrived.
    pub(crate) fn is_idle(&self) -> bool {
        self.unheard.is_empty()
    }

    /// Takes a frame to be carried.
    pub(crate) fn give(&mut self, frame: &[u8]) {
        let pieces = frame.chunks(PIECE);
        let last = pieces.len().saturating_sub(1);
        for (n, bytes) in pieces.enumerate() {
            let (number, is_last, bytes) = (self.next, n == last, bytes.to_vec());
            let contents = Contents::Piece { number, is_last, bytes };
            self.unheard.insert(number, Piece { contents, sent: None });
            self.next += 1;
        }
    }

    /// Hands to the link what is due and what it has room for.
    pub(crate) fn push(&mut self, now: Duration, link: &mut Link<Packet>) {
        for piece in self.unheard.values_mut().take(WINDOW) {
            let is_due = piece.sent.is_none_or(|sent| sent + self.patience <= now);
            let size = piece.contents.size();
            let queued = link.traffic(self.side).queued.bytes;
            if is_due && queued + (size + OVERHEAD) as u64 <= self.queue {
                let packet =
                    Packet { conversation: self.conversation, contents: piece.contents.clone() };
                // A sender does not learn that a link is away.
                let _ = link.send(now, self.side, packet, size);
                piece.sent = Some(now);
            }
        }
    }

    /// When something is due next.
    pub(crate) fn due(&self) -> Option<Duration> {
        let sent = self.unheard.values().take(WINDOW).filter_map(|piece| piece.sent);
        sent.map(|sent| sent + self.patience).min()
    }

    /// Takes a packet that has arrived, answers it, and gives the frames that are whole now.
    pub(crate) fn take(
        &mut self,
        now: Duration,
        packet: Packet,
        link: &mut Link<Packet>,
    ) -> Vec<Vec<u8>> {
        if packet.conversation != self.conversation {
            return Vec::new();
        }
        match packet.contents {
            Contents::Arrived { next, beyond } => {
                self.heard_of(next, &beyond);
                Vec::new()
            }
            Contents::Piece { number, is_last, bytes } => {
                if number >= self.expected {
                    self.early.insert(number, (is_last, bytes));
                }
                let frames = self.whole();
                let beyond: Vec<u64> = self.early.keys().copied().take(BEYOND).collect();
                let contents = Contents::Arrived { next: self.expected, beyond };
                let size = contents.size();
                let answer = Packet { conversation: self.conversation, contents };
                let _ = link.send(now, self.side, answer, size);
                frames
            }
        }
    }

    fn whole(&mut self) -> Vec<Vec<u8>> {
        let mut frames = Vec::new();
        while let Some((is_last, bytes)) = self.early.remove(&self.expected) {
            self.expected += 1;
            self.partial.extend(bytes);
            if is_last {
                frames.push(std::mem::take(&mut self.partial));
            }
        }
        frames
    }

    fn heard_of(&mut self, next: u64, beyond: &[u64]) {
        let arrived: Vec<u64> =
            self.unheard.range(..next).map(|(number, _)| *number).chain(beyond.to_vec()).collect();
        let latest = arrived
            .into_iter()
            .filter_map(|number| self.unheard.remove(&number)?.sent)
            .max()
            .unwrap_or_default();
        for piece in self.unheard.values_mut() {
            if piece.sent.is_some_and(|sent| sent + self.disorder < latest) {
                piece.sent = None;
            }
        }
    }
}
