//! Datagrams for packet radio: each in an AX.25 frame, which a modem takes and gives by KISS.
//!
//! KISS: Chepponis and Karn, *The KISS TNC: A simple Host-to-TNC communications protocol*, 6th ARRL
//! Computer Networking Conference, 1987. AX.25: Beech, Nielsen and Taylor, *AX.25 Link Access Protocol
//! for Amateur Packet Radio*, version 2.2, TAPR, 1998. The modem adds and checks the frame's checksum,
//! and waits for a free channel.

use std::fmt;

use crate::framing::LONGEST;

/// The most bytes of content that every modem takes: the standard's default for N1.
pub(crate) const CONTENT: usize = 256;

/// Bytes around the content of a frame on the air: two flags, two addresses, control, protocol, and
/// the checksum.
const AROUND: usize = 20;

const FEND: u8 = 0xc0;
const FESC: u8 = 0xdb;
const TFEND: u8 = 0xdc;
const TFESC: u8 = 0xdd;

/// What stands before a frame on the line: data, for the first radio of the modem.
const DATA: u8 = 0;

/// Unnumbered information, the poll bit clear.
const UI: u8 = 0x03;
const POLL: u8 = 0x10;

/// Nothing that the standard knows is in the frame.
const NO_LAYER_3: u8 = 0xf0;

/// Bytes of an address in a frame.
const ADDRESS: usize = 7;

/// Bits of an address' last byte: a command's receiver, what is always set, and the last address.
const COMMAND: u8 = 0x80;
const RESERVED: u8 = 0x60;
const LAST: u8 = 0x01;

/// Bytes that a frame puts around a datagram of this length on the air: after five ones in a row the
/// modem sends a zero more, which is once in 62 bits of what looks random.
pub(crate) const fn overhead(length: usize) -> usize {
    AROUND + length.div_ceil(62)
}

/// What a station is called on the air: up to six letters and digits, and a number from 0 to 15.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallSign {
    /// Padded with spaces.
    name: [u8; 6],
    number: u8,
}

impl CallSign {
    /// Reads `N0CALL` or `N0CALL-7`.
    ///
    /// # Errors
    /// A sentence for whoever wrote it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (letters, number) = text.split_once('-').unwrap_or((text, "0"));
        let is_name =
            (1..=6).contains(&letters.len()) && letters.bytes().all(|b| b.is_ascii_alphanumeric());
        let number = number.parse().ok().filter(|number| *number < 16);
        let (true, Some(number)) = (is_name, number) else {
            return Err(format!("{text:?} is no call sign, such as N0CALL or N0CALL-7"));
        };
        let mut name = [b' '; 6];
        name[..letters.len()].copy_from_slice(letters.to_ascii_uppercase().as_bytes());
        Ok(Self { name, number })
    }

    fn write(self, bits: u8) -> [u8; ADDRESS] {
        let mut out = [RESERVED | self.number << 1 | bits; ADDRESS];
        for (byte, letter) in out.iter_mut().zip(self.name) {
            *byte = letter << 1;
        }
        out
    }

    /// Whether an address of a frame is this one. Of its last byte the number alone counts.
    fn is_at(self, address: &[u8]) -> bool {
        let own = self.write(0);
        address[..6] == own[..6] && (address[6] >> 1) & 0x0f == self.number
    }
}

impl fmt::Display for CallSign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = String::from_utf8_lossy(&self.name);
        match self.number {
            0 => write!(f, "{}", name.trim_end()),
            number => write!(f, "{}-{number}", name.trim_end()),
        }
    }
}

/// The two stations of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stations {
    /// This side's.
    pub own: CallSign,
    /// The other side's.
    pub peer: CallSign,
}

impl Stations {
    /// A datagram as a modem takes it, in a frame from this station to the other.
    pub fn enclose(&self, datagram: &[u8]) -> Vec<u8> {
        let to = self.peer.write(COMMAND);
        let from = self.own.write(LAST);
        let frame = [&to[..], &from, &[UI, NO_LAYER_3], datagram].concat();
        let mut out = vec![FEND, DATA];
        for byte in frame {
            match byte {
                FEND => out.extend([FESC, TFEND]),
                FESC => out.extend([FESC, TFESC]),
                _ => out.push(byte),
            }
        }
        out.push(FEND);
        out
    }

    /// The datagram in a frame that is for this station. Who sent it, the keys of the sites say.
    fn content<'a>(&self, frame: &'a [u8]) -> Option<&'a [u8]> {
        let (to, rest) = frame.split_at_checked(ADDRESS)?;
        // The sender, and whoever repeated the frame, up to the address that is marked as the last.
        let addresses = rest.chunks_exact(ADDRESS);
        let more = 1 + addresses.clone().take_while(|address| address[6] & LAST == 0).count();
        let (_, rest) = rest.split_at_checked(more * ADDRESS)?;
        let (&[control, protocol], content) = rest.split_first_chunk()?;
        let is_ours = to[6] & LAST == 0 && self.own.is_at(to);
        let is_content = control & !POLL == UI && protocol == NO_LAYER_3;
        (is_ours && is_content).then_some(content)
    }
}

/// Finds the datagrams for a station in what a modem gives.
#[derive(Debug)]
pub struct FrameFinder {
    stations: Stations,
    frame: Vec<u8>,
    is_escaped: bool,
    is_too_long: bool,
}

impl FrameFinder {
    /// Begins where nothing has come yet.
    pub fn new(stations: Stations) -> Self {
        Self { stations, frame: Vec::new(), is_escaped: false, is_too_long: false }
    }

    /// Takes what came, and gives the datagrams that have ended in it.
    pub fn take(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut found = Vec::new();
        for &byte in bytes {
            if byte == FEND {
                found.extend(self.end());
                continue;
            }
            if byte == FESC {
                self.is_escaped = true;
                continue;
            }
            let meant = match (std::mem::take(&mut self.is_escaped), byte) {
                (true, TFEND) => FEND,
                (true, TFESC) => FESC,
                // Nothing else is escaped, and whoever does so is not understood.
                (true, _) => continue,
                (false, byte) => byte,
            };
            if self.frame.len() < LONGEST {
                self.frame.push(meant);
            } else {
                self.is_too_long = true;
            }
        }
        found
    }

    /// The datagram of the frame that is over.
    fn end(&mut self) -> Option<Vec<u8>> {
        let frame = std::mem::take(&mut self.frame);
        self.is_escaped = false;
        let is_too_long = std::mem::take(&mut self.is_too_long);
        let (&kind, frame) = frame.split_first()?;
        let content = self.stations.content(frame)?;
        (kind == DATA && !is_too_long).then(|| content.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stations(own: &str, peer: &str) -> Stations {
        Stations { own: CallSign::parse(own).unwrap(), peer: CallSign::parse(peer).unwrap() }
    }

    fn hears(own: &str, bytes: &[u8]) -> Vec<Vec<u8>> {
        FrameFinder::new(stations(own, "W1AW")).take(bytes)
    }

    /// From N7LEM to NJ7P-2, the call signs of the standard's own example.
    const FRAME: [u8; 22] = [
        0xc0, 0x00, 0x9c, 0x94, 0x6e, 0xa0, 0x40, 0x40, 0xe4, 0x9c, 0x6e, 0x98, 0x8a, 0x9a, 0x40,
        0x61, 0x03, 0xf0, 0x2a, 0xdb, 0xdc, 0xc0,
    ];

    #[test]
    fn the_bytes_for_a_modem_are_for_ever() {
        assert_eq!(stations("N7LEM", "NJ7P-2").enclose(&[0x2a, 0xc0]), FRAME);
        assert_eq!(hears("NJ7P-2", &FRAME), [[0x2a, 0xc0]]);
    }

    #[test]
    fn what_is_for_another_station_or_no_datagram_is_not_heard() {
        for other in ["NJ7P", "NJ7P-3", "NJ7Q-2", "N7LEM"] {
            assert!(hears(other, &FRAME).is_empty(), "{other}");
        }
        // For the second radio, a connection's frame, and the internet protocol.
        for (at, byte) in [(1, 0x10), (16, 0x3f), (17, 0xcc)] {
            let mut frame = FRAME;
            frame[at] = byte;
            assert!(hears("NJ7P-2", &frame).is_empty(), "{at}");
        }
        for length in 1..18 {
            assert!(hears("NJ7P-2", &[&FRAME[..length], &[FEND]].concat()).is_empty(), "{length}");
        }
    }

    #[test]
    fn a_repeated_frame_is_heard() {
        let mut frame = FRAME.to_vec();
        frame[15] &= !LAST;
        frame.splice(16..16, CallSign::parse("W1AW-1").unwrap().write(COMMAND | LAST));
        assert_eq!(hears("NJ7P-2", &frame), [[0x2a, 0xc0]]);
    }

    #[test]
    fn a_frame_without_an_end_fills_no_memory() {
        let mut finder = FrameFinder::new(stations("NJ7P-2", "N7LEM"));
        for _ in 0..1_000 {
            assert!(finder.take(&[7; 1_000]).is_empty());
        }
        assert!(finder.frame.len() <= LONGEST);
        assert!(finder.take(&[FEND]).is_empty());
        assert_eq!(finder.take(&FRAME), [[0x2a, 0xc0]]);
    }

    #[test]
    fn a_call_sign_is_read_as_it_is_written() {
        for text in ["N0CALL", "W1AW-15", "A", "4U1UN-9"] {
            assert_eq!(CallSign::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(CallSign::parse("n0call-0").unwrap().to_string(), "N0CALL");
        for text in ["", "-1", "N0CALLS", "N0 CALL", "N0CALL-16", "N0CALL-", "N0CALL-1-2", "Ñ0CALL"]
        {
            assert!(CallSign::parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_datagram_survives_the_modem(
            datagrams in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..300), 1..5),
            noise: Vec<u8>,
            cut in 1..50_usize,
        ) {
            let mut line = noise;
            let sender = stations("N7LEM", "NJ7P-2");
            for datagram in &datagrams {
                line.extend(sender.enclose(datagram));
            }
            let mut finder = FrameFinder::new(stations("NJ7P-2", "N7LEM"));
            let found: Vec<_> = line.chunks(cut).flat_map(|piece| finder.take(piece)).collect();
            prop_assert!(found.ends_with(&datagrams));
        }
    }
}
