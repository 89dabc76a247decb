//! Gathering the packets of an object until there are enough, and decoding it.

use std::collections::BTreeMap;
use std::io::{self, Read, Seek, SeekFrom, Write};

use raptorq::{EncodingPacket, ObjectTransmissionInformation, PayloadId, SourceBlockDecoder};

use crate::layout::Layout;
use crate::packet::{Object, PACKET, Packet, Raw, SYMBOL};
use crate::write::object;

/// How many symbols beyond those of a block are gathered before it is given up. That so many do not
/// give it back happens once in 256^16 times by chance: then they are not of one block.
const MOST_BEYOND: u32 = 16;

/// Parameters of RFC 6330, section 4.3, for a block of so many symbols by itself.
pub(crate) fn config(symbols: u32) -> ObjectTransmissionInformation {
    let length = u64::from(symbols) * SYMBOL as u64;
    ObjectTransmissionInformation::new(length, SYMBOL as u16, 1, 1, 8)
}

/// How far the gathering of an object has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// More packets are needed.
    Lacking,
    /// The object is there, and is the one that its packets say.
    Whole,
    /// The packets do not make up the object that they say they are of.
    Wrong,
}

/// What is known of a block.
enum Block {
    /// Where the packet of each symbol lies, and how many have to be there before it is tried again.
    Open { at: BTreeMap<u32, u64>, needed: u32 },
    /// It was decoded.
    Done,
}

/// The packets of one object, as far as they were gathered. It remembers where each packet lies, and
/// not the packet: whoever gathers keeps those in a file.
pub struct Gathering {
    object: Object,
    layout: Layout,
    blocks: Vec<Block>,
    /// Blocks that have enough, and were not tried since they have.
    ready: Vec<u32>,
    done: u32,
}

impl Gathering {
    /// Begins with no packet. None for an object of a length that no object has.
    pub fn new(object: Object) -> Option<Self> {
        let layout = Layout::of(object.length)?;
        let open = |block| Block::Open { at: BTreeMap::new(), needed: layout.symbols(block) };
        let blocks = (0..layout.blocks()).map(open).collect();
        Some(Self { object, layout, blocks, ready: Vec::new(), done: 0 })
    }

    /// What is gathered.
    pub const fn object(&self) -> Object {
        self.object
    }

    /// Whether a packet of this object is of use: none of its symbol was added, and its block is not
    /// there yet, nor are many more of its packets than it takes.
    pub fn wants(&self, packet: &Packet<'_>) -> bool {
        match self.blocks.get(packet.block as usize) {
            Some(Block::Open { at, .. }) => {
                let most = self.layout.symbols(packet.block) + MOST_BEYOND;
                (at.len() as u64) < u64::from(most) && !at.contains_key(&packet.symbol_id)
            }
            _ => false,
        }
    }

    /// Adds a packet of this object, whose authenticator was found good, and which lies at a place of
    /// the store. One that is not of use is passed over.
    pub fn add(&mut self, packet: &Packet<'_>, place: u64) {
        if !self.wants(packet) {
            return;
        }
        if let Some(Block::Open { at, needed }) = self.blocks.get_mut(packet.block as usize) {
            at.insert(packet.symbol_id, place);
            if at.len() as u64 == u64::from(*needed) {
                self.ready.push(packet.block);
            }
        }
    }

    /// How many packets were gathered that are of use, and how many it takes in all. One or two more
    /// for a block are needed now and then.
    pub fn counted(&self) -> (u64, u64) {
        let here = (0..).zip(&self.blocks).map(|(number, block)| {
            let all = u64::from(self.layout.symbols(number));
            match block {
                Block::Open { at, .. } => all.min(at.len() as u64),
                Block::Done => all,
            }
        });
        (here.sum(), self.layout.all_symbols())
    }

    /// How many packets are missing at least.
    pub fn lacks(&self) -> u64 {
        let lacking = self.blocks.iter().map(|block| match block {
            Block::Open { at, needed } => u64::from(*needed).saturating_sub(at.len() as u64),
            Block::Done => 0,
        });
        lacking.sum()
    }

    /// Decodes the blocks that have enough packets, which are read from `store`, to their place in
    /// `out`. Once all are there, `out` is read again and compared with what the packets say.
    ///
    /// # Errors
    /// When something cannot be read or written. What was not decoded then can be tried again.
    pub fn decode(
        &mut self,
        store: &mut (impl Read + Seek),
        out: &mut (impl Read + Write + Seek),
    ) -> io::Result<Progress> {
        while let Some(&block) = self.ready.last() {
            if !self.decode_block(block, store, out)? {
                return Ok(Progress::Wrong);
            }
            self.ready.pop();
        }
        if self.done < self.layout.blocks() {
            return Ok(Progress::Lacking);
        }
        out.flush()?;
        Ok(if object(out)? == self.object { Progress::Whole } else { Progress::Wrong })
    }

    /// Tries a block; false if it is given up.
    fn decode_block(
        &mut self,
        number: u32,
        store: &mut (impl Read + Seek),
        out: &mut (impl Write + Seek),
    ) -> io::Result<bool> {
        let symbols = self.layout.symbols(number);
        let Some(block @ Block::Open { .. }) = self.blocks.get_mut(number as usize) else {
            return Ok(true);
        };
        let Block::Open { at, needed } = block else { return Ok(true) };
        let length = u64::from(symbols) * SYMBOL as u64;
        let mut decoder = SourceBlockDecoder::new(0, &config(symbols), length);
        match decoder.decode(stored(at, store)?) {
            Some(bytes) => {
                out.seek(SeekFrom::Start(self.layout.begins(number)))?;
                out.write_all(&bytes[..self.layout.bytes(number)])?;
                *block = Block::Done;
                self.done += 1;
                Ok(true)
            }
            None => {
                *needed = 1 + u32::try_from(at.len()).unwrap_or(u32::MAX - 1);
                Ok(*needed <= symbols + MOST_BEYOND)
            }
        }
    }
}

/// The symbols that lie at places of the store, read in the order in which they lie.
fn stored(
    at: &BTreeMap<u32, u64>,
    store: &mut (impl Read + Seek),
) -> io::Result<Vec<EncodingPacket>> {
    let mut places: Vec<(u64, u32)> = at.iter().map(|(id, place)| (*place, *id)).collect();
    places.sort_unstable();
    let mut raw: Raw = [0; PACKET];
    let mut read = |(place, id)| {
        store.seek(SeekFrom::Start(place))?;
        store.read_exact(&mut raw)?;
        let packet = Packet::read(&raw).map_err(io::Error::other)?;
        Ok(EncodingPacket::new(PayloadId::new(0, id), packet.symbol.to_vec()))
    };
    places.into_iter().map(&mut read).collect()
}
