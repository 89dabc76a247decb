//! What is said in the class of bulk: requests, and the answers to them piece by piece.
//!
//! A message is the number of its kind, the number of the request as a varint, and bytes. The two
//! sides number their requests by themselves, so a kind also says whose request it speaks of.

use std::collections::{BTreeMap, VecDeque};

/// Requests of the other side that wait or are answered at once, at most; more are refused.
const MOST: usize = 8;

/// What is said of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Said {
    /// The sender asks.
    Ask(u32, Vec<u8>),
    /// A part of the answer.
    Piece(u32, Vec<u8>),
    /// The answer is whole.
    End(u32),
    /// The answer is refused, or was given up, with this code.
    Refused(u32, u32),
    /// The sender wants no more of the answer.
    Enough(u32),
}

impl Said {
    pub(crate) fn write(&self) -> Vec<u8> {
        let (kind, number) = match self {
            Self::Ask(number, _) => (0, number),
            Self::Piece(number, _) => (1, number),
            Self::End(number) => (2, number),
            Self::Refused(number, _) => (3, number),
            Self::Enough(number) => (4, number),
        };
        let mut out = vec![kind];
        put(&mut out, *number);
        match self {
            Self::Ask(_, bytes) | Self::Piece(_, bytes) => out.extend_from_slice(bytes),
            Self::Refused(_, code) => put(&mut out, *code),
            Self::End(_) | Self::Enough(_) => {}
        }
        out
    }

    pub(crate) fn read(message: &[u8]) -> Option<Self> {
        let (&kind, rest) = message.split_first()?;
        let (number, rest) = take(rest)?;
        match kind {
            0 => Some(Self::Ask(number, rest.to_vec())),
            1 => Some(Self::Piece(number, rest.to_vec())),
            2 if rest.is_empty() => Some(Self::End(number)),
            3 => {
                let (code, rest) = take(rest)?;
                rest.is_empty().then_some(Self::Refused(number, code))
            }
            4 if rest.is_empty() => Some(Self::Enough(number)),
            _ => None,
        }
    }
}

fn put(out: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn take(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let mut number = 0_u64;
    for (at, &byte) in bytes.iter().take(5).enumerate() {
        number |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            let is_shortest = byte != 0 || at == 0;
            let number = u32::try_from(number).ok().filter(|_| is_shortest)?;
            return Some((number, &bytes[at + 1..]));
        }
    }
    None
}

/// Reads what is said of a request and writes it again: for whoever looks for bytes that are read in
/// two ways. Nothing if it is nothing that a site says.
pub fn reread_bulk(message: &[u8]) -> Option<Vec<u8>> {
    Said::read(message).map(|said| said.write())
}

/// How an answer goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    Piece(Vec<u8>),
    End,
    Refused(u32),
}

/// The requests of both sides.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    /// Our requests whose answers somebody reads.
    pub(crate) answers: BTreeMap<u32, VecDeque<Part>>,
    /// Their requests that nobody has taken yet.
    pub(crate) asked: VecDeque<(u32, Vec<u8>)>,
    /// Their requests that are being answered, and whether they still want it.
    pub(crate) answering: BTreeMap<u32, bool>,
}

impl Requests {
    /// Bytes of answers that nobody has read yet.
    pub(crate) fn waiting(&self) -> usize {
        let length = |part: &Part| match part {
            Part::Piece(bytes) => bytes.len(),
            _ => 0,
        };
        self.answers.values().flatten().map(length).sum()
    }

    /// Takes what is said; gives what is to be said to it.
    pub(crate) fn hear(&mut self, said: Said) -> Option<Said> {
        let mut part = |number, part| {
            if let Some(parts) = self.answers.get_mut(&number) {
                parts.push_back(part);
            }
            None
        };
        match said {
            Said::Piece(number, bytes) => part(number, Part::Piece(bytes)),
            Said::End(number) => part(number, Part::End),
            Said::Refused(number, code) => part(number, Part::Refused(code)),
            Said::Enough(number) => {
                if let Some(wanted) = self.answering.get_mut(&number) {
                    *wanted = false;
                }
                None
            }
            Said::Ask(number, request) => {
                let is_known = self.answering.contains_key(&number);
                if is_known || self.answering.len() >= MOST {
                    return Some(Said::Refused(number, crate::connection::GIVEN_UP));
                }
                self.answering.insert(number, true);
                self.asked.push_back((number, request));
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_of_what_is_said_are_for_ever() {
        for (said, bytes) in [
            (Said::Ask(1, vec![9, 8]), vec![0, 1, 9, 8]),
            (Said::Piece(300, vec![7]), vec![1, 0xac, 2, 7]),
            (Said::End(2), vec![2, 2]),
            (Said::Refused(3, 1), vec![3, 3, 1]),
            (Said::Enough(4), vec![4, 4]),
        ] {
            assert_eq!(said.write(), bytes);
            assert_eq!(Said::read(&bytes), Some(said));
        }
        for bad in [&[][..], &[5, 1], &[2, 2, 2], &[3, 3], &[2, 0x80, 0], &[2, 0xff]] {
            assert_eq!(Said::read(bad), None, "{bad:?}");
        }
    }
}
