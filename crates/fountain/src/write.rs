//! Making the packets of an object.

use std::io::{self, Read, Seek, SeekFrom, Write};

use fieldpost_log::suite::{ObjectDigest, PacketKey};
use raptorq::{SourceBlockEncoder, SourceBlockEncodingPlan};

use crate::gather::config;
use crate::layout::{Layout, Repair};
use crate::packet::{Object, ObjectId, PACKET, Packet, SYMBOL};

/// Bytes that are read at once.
const PIECE: usize = 64 << 10;

/// Repair symbols that are made at once.
const BATCH: u32 = 256;

/// Writes the packets of all that `source` holds to `out`, in the order in which they are to be sent,
/// and gives how many they are. `out` is written out of order, one block after the other: whatever the
/// object's length, no more than one block is in memory.
///
/// # Errors
/// When something cannot be read or written, and [`io::ErrorKind::InvalidInput`] for an object of no
/// bytes or of more than [`MOST_LENGTH`](crate::MOST_LENGTH).
pub fn write(
    source: &mut (impl Read + Seek),
    out: &mut (impl Write + Seek),
    key: &PacketKey,
    repair: Repair,
) -> io::Result<u64> {
    let object = object(source)?;
    let layout = Layout::of(object.length).ok_or_else(|| {
        io::Error::new(io::ErrorKind::InvalidInput, "nothing of this length is sent as packets")
    })?;
    let mut plans = Plans::default();
    for block in 0..layout.blocks() {
        let symbols = layout.symbols(block);
        let mut bytes = vec![0; symbols as usize * SYMBOL];
        source.seek(SeekFrom::Start(layout.begins(block)))?;
        source.read_exact(&mut bytes[..layout.bytes(block)])?;
        let mut put = |symbol_id: u32, symbol: &[u8]| {
            let packet = Packet { object, block, symbol_id, symbol };
            let place = layout.place(block, symbol_id, repair);
            out.seek(SeekFrom::Start(place * PACKET as u64))?;
            out.write_all(&packet.seal(key))
        };
        for (symbol_id, symbol) in (0..).zip(bytes.chunks_exact(SYMBOL)) {
            put(symbol_id, symbol)?;
        }
        let encoder =
            SourceBlockEncoder::with_encoding_plan(0, &config(symbols), &bytes, plans.of(symbols));
        drop(bytes);
        let repairs = repair.symbols(symbols);
        for first in (0..repairs).step_by(BATCH as usize) {
            for made in encoder.repair_packets(first, BATCH.min(repairs - first)) {
                put(made.payload_id().encoding_symbol_id(), made.data())?;
            }
        }
    }
    out.flush()?;
    Ok(layout.all_packets(repair))
}

/// Which object a source holds.
pub(crate) fn object(source: &mut (impl Read + Seek)) -> io::Result<Object> {
    source.seek(SeekFrom::Start(0))?;
    let (mut digest, mut length) = (ObjectDigest::default(), 0);
    let mut piece = vec![0; PIECE];
    loop {
        match source.read(&mut piece) {
            Ok(0) => break,
            Ok(read) => {
                digest.add(&piece[..read]);
                length += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let mut id = [0; 8];
    id.copy_from_slice(&digest.digest().as_bytes()[..8]);
    Ok(Object { id: ObjectId(id), length })
}

/// How blocks of a number of symbols are coded. An object has blocks of two sizes at most, so the
/// plan of the last one nearly always fits the next. The cache of `raptorq` itself would keep 64 of
/// them for ever.
#[derive(Default)]
struct Plans(Option<(u32, SourceBlockEncodingPlan)>);

impl Plans {
    fn of(&mut self, symbols: u32) -> &SourceBlockEncodingPlan {
        let plan = self.0.take().filter(|(of, _)| *of == symbols).unwrap_or_else(|| {
            // A block has fewer symbols than a u16 can say.
            let few = u16::try_from(symbols).unwrap_or(u16::MAX);
            (symbols, SourceBlockEncodingPlan::generate(few))
        });
        &self.0.insert(plan).1
    }
}
