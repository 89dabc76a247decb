//! A packet: one symbol, and all that is needed to place it.
//!
//! ```text
//! magic "FPPACKET" (8) ‖ version (1), which is 1 ‖ object (8) ‖ length (8) ‖ block (4) ‖ symbol id (3)
//!     ‖ symbol (1,152) ‖ authenticator (16)
//! ```
//!
//! Numbers are big-endian. The authenticator is over all that stands before it. Every packet has 1,200
//! bytes: as UDP content they pass wherever QUIC does (RFC 9000, section 14), and in a file each lies
//! at a multiple of its length.

use std::fmt;

use fieldpost_log::Malformed;
use fieldpost_log::suite::{PacketKey, TAG};

use crate::layout::Layout;

/// What every packet begins with.
pub const MAGIC: &[u8; 8] = b"FPPACKET";
const VERSION: u8 = 1;
const HEADER: usize = 8 + 1 + 8 + 8 + 4 + 3;

/// Bytes of a symbol. A multiple of 64, so that symbols are added in whole registers and cache lines.
pub const SYMBOL: usize = 1152;

/// Bytes of a packet.
pub const PACKET: usize = HEADER + SYMBOL + TAG;

/// The bytes of a packet.
pub type Raw = [u8; PACKET];

/// By what an object is known: the first bytes of its digest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(pub [u8; 8]);

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ObjectId({self})")
    }
}

/// What is sent: which bytes, and how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Object {
    /// Which.
    pub id: ObjectId,
    /// How many bytes it has; at least one.
    pub length: u64,
}

/// A packet as it says of itself, which is true once its authenticator was found good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet<'p> {
    /// The object that the symbol is of.
    pub object: Object,
    /// The number of its block.
    pub block: u32,
    /// The encoding symbol id of RFC 6330, section 5.3: below the number of the block's symbols, a
    /// piece of the block itself; a repair symbol from there on. Below 2^24.
    pub symbol_id: u32,
    /// The symbol: [`SYMBOL`] bytes.
    pub symbol: &'p [u8],
}

impl<'p> Packet<'p> {
    /// The bytes of the packet, with its authenticator.
    pub(crate) fn seal(&self, key: &PacketKey) -> Raw {
        let mut raw = [0; PACKET];
        raw[..8].copy_from_slice(MAGIC);
        raw[8] = VERSION;
        raw[9..17].copy_from_slice(&self.object.id.0);
        raw[17..25].copy_from_slice(&self.object.length.to_be_bytes());
        raw[25..29].copy_from_slice(&self.block.to_be_bytes());
        raw[29..HEADER].copy_from_slice(&self.symbol_id.to_be_bytes()[1..]);
        raw[HEADER..HEADER + SYMBOL].copy_from_slice(self.symbol);
        let (packet, tag) = raw.split_at_mut(HEADER + SYMBOL);
        tag.copy_from_slice(&key.tag(packet));
        raw
    }

    /// What a packet says of itself. Nobody may believe it before [`Packet::is_of`] said yes.
    ///
    /// # Errors
    /// [`Malformed`] for what is no packet, of an unknown version, or of an object or block that
    /// cannot be.
    pub fn read(raw: &'p Raw) -> Result<Self, Malformed> {
        if raw[..8] != *MAGIC {
            return Err(Malformed::new("no packet"));
        }
        if raw[8] != VERSION {
            return Err(Malformed::new("a packet of an unknown version"));
        }
        let mut id = [0; 8];
        id.copy_from_slice(&raw[9..17]);
        let object = Object { id: ObjectId(id), length: number(&raw[17..25]) };
        let layout = Layout::of(object.length).ok_or(Malformed::new("length of an object"))?;
        let block = u32::try_from(number(&raw[25..29])).unwrap_or(u32::MAX);
        if block >= layout.blocks() {
            return Err(Malformed::new("number of a block"));
        }
        let symbol_id = u32::try_from(number(&raw[29..HEADER])).unwrap_or(u32::MAX);
        Ok(Self { object, block, symbol_id, symbol: &raw[HEADER..HEADER + SYMBOL] })
    }

    /// Whether whoever has this key sealed a packet.
    pub fn is_of(raw: &Raw, key: &PacketKey) -> bool {
        let (packet, tag) = raw.split_at(HEADER + SYMBOL);
        tag.try_into().is_ok_and(|tag| key.is_tag(packet, tag))
    }
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}
