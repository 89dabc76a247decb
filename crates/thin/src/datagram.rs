//! The bytes of a datagram before it is sealed and after it is opened.
//!
//! A datagram of data says what has arrived of each class, and carries at most one segment of one
//! class. A call names the epochs of the two sides, and is not sealed but authenticated.

use fieldpost_log::Malformed;
use fieldpost_log::suite::{CALL_TAG, CallKey, Start};

/// Classes of messages, in the order of their precedence.
pub const CLASSES: usize = 3;

/// What a message is for: the earlier goes before the later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// What goes before everything else.
    Urgent,
    /// The frames of a conversation.
    Frame,
    /// Files, and what is asked of them.
    Bulk,
}

impl Class {
    /// All of them, in the order of their precedence.
    pub const ALL: [Self; CLASSES] = [Self::Urgent, Self::Frame, Self::Bulk];

    /// The number of the class on the wire.
    pub const fn number(self) -> usize {
        self as usize
    }
}

/// The numbers of segments go over the wire modulo this.
pub(crate) const NUMBERS: u16 = 1 << 14;

/// Segments of a class that are under way at once, at most.
pub(crate) const WINDOW: u16 = 256;

/// Set in the first byte of a datagram of data: its sender yields the turn.
const OVER: u8 = 1 << 4;

/// Set in the first byte of a datagram of data: a segment is in it.
const SEGMENT: u8 = 1 << 3;

/// The first bytes of a call and of its answer.
const CALL: [u8; 2] = [0x80, 0x81];

/// Bytes of a call.
pub const CALL_LENGTH: usize = 17 + CALL_TAG;

/// Bytes in front of what is sealed: flags, and the end of the datagram's number.
pub(crate) const CLEAR: usize = 3;

/// What has arrived of one class.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Arrived {
    /// The number of the first segment that has not, modulo [`NUMBERS`].
    pub(crate) next: u16,
    /// A bit for each segment after that one, the lowest bit of a byte first: whether it has. The last
    /// byte is not 0.
    pub(crate) beyond: Vec<u8>,
}

/// A part of what is said in a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) class: Class,
    /// Modulo [`NUMBERS`].
    pub(crate) number: u16,
    pub(crate) bytes: Vec<u8>,
}

/// What a datagram of data says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Data {
    /// Whether the sender falls silent after it.
    pub(crate) is_over: bool,
    pub(crate) arrived: [Option<Arrived>; CLASSES],
    pub(crate) segment: Option<Segment>,
}

impl Data {
    /// Its first byte, which is not hidden.
    pub(crate) fn flags(&self) -> u8 {
        let mut flags = if self.is_over { OVER } else { 0 };
        flags |= if self.segment.is_some() { SEGMENT } else { 0 };
        for (class, arrived) in self.arrived.iter().enumerate() {
            flags |= u8::from(arrived.is_some()) << class;
        }
        flags
    }

    /// What is sealed.
    pub(crate) fn content(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for arrived in self.arrived.iter().flatten() {
            out.extend_from_slice(&arrived.next.to_be_bytes());
            out.push(arrived.beyond.len() as u8);
            out.extend_from_slice(&arrived.beyond);
        }
        if let Some(Segment { class, number, bytes }) = &self.segment {
            out.extend_from_slice(&((class.number() as u16) << 14 | number).to_be_bytes());
            out.extend_from_slice(bytes);
        }
        out
    }

    /// Reads what was sealed, strictly.
    pub(crate) fn read(flags: u8, content: &[u8]) -> Result<Self, Malformed> {
        if flags & !(OVER | SEGMENT | 7) != 0 {
            return Err(Malformed::new("a datagram of an unknown kind"));
        }
        let mut reader = Reader(content);
        let mut arrived = [None, None, None];
        for (class, slot) in arrived.iter_mut().enumerate() {
            if flags & 1 << class != 0 {
                *slot = Some(reader.arrived()?);
            }
        }
        let segment = if flags & SEGMENT != 0 {
            Some(reader.segment()?)
        } else if reader.0.is_empty() {
            None
        } else {
            return Err(Malformed::new("a datagram with something behind its end"));
        };
        Ok(Self { is_over: flags & OVER != 0, arrived, segment })
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn number(&mut self) -> Result<u16, Malformed> {
        let (number, rest) =
            self.0.split_first_chunk().ok_or(Malformed::new("a datagram that breaks off"))?;
        self.0 = rest;
        Ok(u16::from_be_bytes(*number))
    }

    fn arrived(&mut self) -> Result<Arrived, Malformed> {
        let next = self.number()?;
        let (length, rest) =
            self.0.split_first().ok_or(Malformed::new("a datagram that breaks off"))?;
        let length = usize::from(*length);
        if next >= NUMBERS || length > usize::from(WINDOW) / 8 || length > rest.len() {
            return Err(Malformed::new("an acknowledgement that cannot be"));
        }
        let (beyond, rest) = rest.split_at(length);
        if beyond.last() == Some(&0) {
            return Err(Malformed::new("an acknowledgement that is longer than it need be"));
        }
        self.0 = rest;
        Ok(Arrived { next, beyond: beyond.to_vec() })
    }

    fn segment(&mut self) -> Result<Segment, Malformed> {
        let head = self.number()?;
        let class = Class::ALL.get(usize::from(head >> 14));
        let class = *class.ok_or(Malformed::new("a segment of an unknown class"))?;
        if self.0.is_empty() {
            return Err(Malformed::new("an empty segment"));
        }
        Ok(Segment { class, number: head % NUMBERS, bytes: self.0.to_vec() })
    }
}

/// A call: it names the epoch of its sender, and the one that the sender knows of the other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Call {
    /// Whether it answers a call, and wants no answer.
    pub(crate) is_answer: bool,
    pub(crate) own: Start,
    /// All zeros if none is known.
    pub(crate) peer: Start,
}

impl Call {
    /// Whether a datagram claims to be one.
    pub(crate) fn is(datagram: &[u8]) -> bool {
        datagram.first().is_some_and(|first| CALL.contains(first))
    }

    pub(crate) fn write(&self, key: &CallKey) -> Vec<u8> {
        let mut out = vec![CALL[usize::from(self.is_answer)]];
        out.extend_from_slice(&self.own);
        out.extend_from_slice(&self.peer);
        out.extend_from_slice(&key.tag(&out));
        out
    }

    /// Reads a call that was authenticated by the other site.
    pub(crate) fn read(datagram: &[u8], key: &CallKey) -> Result<Self, Malformed> {
        let not_one = Malformed::new("no call of the other site");
        let Ok(call) = <&[u8; CALL_LENGTH]>::try_from(datagram) else { return Err(not_one) };
        let (said, tag) = call.split_at(CALL_LENGTH - CALL_TAG);
        let Some(tag) = tag.first_chunk() else { return Err(not_one) };
        if !Self::is(datagram) || !key.is_tag(said, tag) {
            return Err(not_one);
        }
        let mut call = Self { is_answer: said[0] == CALL[1], own: [0; 8], peer: [0; 8] };
        call.own.copy_from_slice(&said[1..9]);
        call.peer.copy_from_slice(&said[9..17]);
        Ok(call)
    }
}

/// Reads what a datagram says once it was opened, and writes it again: for whoever looks for bytes
/// that are read in two ways.
///
/// # Errors
/// [`Malformed`] for what no site would have sealed.
pub fn reread(flags: u8, content: &[u8]) -> Result<(u8, Vec<u8>), Malformed> {
    Data::read(flags, content).map(|data| (data.flags(), data.content()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_of_a_datagram_are_for_ever() {
        let data = Data {
            is_over: true,
            arrived: [None, Some(Arrived { next: 0x0102, beyond: vec![0, 5] }), None],
            segment: Some(Segment { class: Class::Bulk, number: 0x0304, bytes: vec![7, 8] }),
        };
        assert_eq!(data.flags(), 0b0001_1010);
        assert_eq!(data.content(), [1, 2, 2, 0, 5, 0x83, 4, 7, 8]);
        assert_eq!(Data::read(data.flags(), &data.content()), Ok(data));
    }

    #[test]
    fn what_nobody_would_write_is_refused() {
        for (flags, content) in [
            (0x20, &[][..]),
            (0, &[1]),
            (1, &[0, 1]),
            (1, &[0, 1, 1, 0]),
            (1, &[0x40, 1, 0]),
            (1, &[0, 1, 33]),
            (SEGMENT, &[0, 1]),
            (SEGMENT, &[0xc0, 1, 1]),
        ] {
            assert!(Data::read(flags, content).is_err(), "{flags} {content:?}");
        }
    }
}
