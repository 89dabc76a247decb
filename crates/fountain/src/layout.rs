//! How an object is cut into blocks, how much repair it gets, and in which order its packets go.
//!
//! # How large a block is
//!
//! A block is decoded in memory, so it must not be as large as the object may be: at most
//! [`MOST_SYMBOLS`], 19 MB, are coded at once. To a burst of losses the object still is one: packets of
//! all its blocks alternate from the first to the last, and each block loses its share of the burst.
//!
//! # How much repair is enough
//!
//! `K` symbols with `R` for repair survive a loss of `p` of the packets and `b` more in bursts, if at
//! least `K + 2` come through. What comes through is binomial with a standard deviation of
//! `s = √((K + R)·p·(1 − p))`, so this holds in all but one of 10^4 cases if
//! `R ≥ (K + R)·p + b + 2 + 3.9 s`.
//!
//! For 10 MB (`K` = 8,681), `p` = 10 % and 15 % repair (`R` = 1,303), `s` is 30, and 184 packets are
//! left for bursts. At 1 Mbit/s a second is 102 packets of 1,228 bytes with their headers, of which a
//! tenth would have been lost anyway; so of the 98 s that this takes, two may be silent altogether. A
//! longer object has as much to spare for each of its blocks, of 8,192 symbols at least.
//!
//! Where `K` is small the deviation weighs more, and a bundle of a few messages is worth some packets:
//! `32 + K/9 + 2√K` repair symbols survive 10 % loss with more than five deviations to spare. They are
//! made whatever was asked for, up to 512, from where on 15 % are more.

use crate::packet::SYMBOL;

/// The most symbols of a block. RFC 6330 allows 56,403; this is what both ends hold in memory.
pub const MOST_SYMBOLS: u32 = 16_384;

/// The most bytes of an object: 4 GiB. Its receiver remembers where each symbol lies, in about 20
/// bytes each.
pub const MOST_LENGTH: u64 = 4 << 30;

/// The most repair that can be asked for, in percent of the object.
pub const MOST_REPAIR: u32 = 500;

/// Repair symbols that a block gets at least, if it is not a small one.
const LEAST_REPAIR: u32 = 512;

/// How much repair is added, in percent of the object, at most [`MOST_REPAIR`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repair(u32);

impl Repair {
    /// So many percent; none beyond [`MOST_REPAIR`].
    pub fn percent(percent: u32) -> Option<Self> {
        (percent <= MOST_REPAIR).then_some(Self(percent))
    }

    /// Repair symbols for a block of so many symbols.
    pub(crate) fn symbols(self, of: u32) -> u32 {
        let asked = (of * self.0).div_ceil(100);
        let least = (32 + of.div_ceil(9) + 2 * of.isqrt()).min(LEAST_REPAIR);
        asked.max(least)
    }
}

/// How an object is cut: by the partition of RFC 6330, section 4.4.1.2, into as few blocks as hold it,
/// of which the first `longer` have one symbol more than the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    length: u64,
    blocks: u32,
    /// Symbols of the shorter blocks.
    symbols: u32,
    longer: u32,
}

impl Layout {
    /// How an object of so many bytes is cut; none of no bytes, or of more than [`MOST_LENGTH`].
    pub fn of(length: u64) -> Option<Self> {
        if !(1..=MOST_LENGTH).contains(&length) {
            return None;
        }
        let symbols = u32::try_from(length.div_ceil(SYMBOL as u64)).ok()?;
        let blocks = symbols.div_ceil(MOST_SYMBOLS);
        Some(Self { length, blocks, symbols: symbols / blocks, longer: symbols % blocks })
    }

    /// How many blocks there are.
    pub const fn blocks(&self) -> u32 {
        self.blocks
    }

    /// How many symbols a block has.
    pub const fn symbols(&self, block: u32) -> u32 {
        self.symbols + if block < self.longer { 1 } else { 0 }
    }

    /// How many symbols all blocks have: so many packets must come through, and seldom more than one
    /// or two for each block beyond them.
    pub fn all_symbols(&self) -> u64 {
        u64::from(self.symbols) * u64::from(self.blocks) + u64::from(self.longer)
    }

    /// Where a block begins in the object, in bytes.
    pub(crate) fn begins(&self, block: u32) -> u64 {
        let before = u64::from(self.symbols) * u64::from(block) + u64::from(block.min(self.longer));
        before * SYMBOL as u64
    }

    /// How many bytes of the object a block holds; what its last symbol has beyond them is zeros.
    pub(crate) fn bytes(&self, block: u32) -> usize {
        let room = u64::from(self.symbols(block)) * SYMBOL as u64;
        usize::try_from(room.min(self.length - self.begins(block))).unwrap_or(usize::MAX)
    }

    /// How many packets a block makes.
    pub(crate) fn packets(&self, block: u32, repair: Repair) -> u32 {
        let symbols = self.symbols(block);
        symbols + repair.symbols(symbols)
    }

    /// How many packets all blocks make.
    pub(crate) fn all_packets(&self, repair: Repair) -> u64 {
        let all = |block, blocks: u32| u64::from(self.packets(block, repair)) * u64::from(blocks);
        all(0, self.longer) + all(self.longer, self.blocks - self.longer)
    }

    /// The place of a block's packet among all: they take turns, until only longer blocks have more.
    pub(crate) fn place(&self, block: u32, packet: u32, repair: Repair) -> u64 {
        let together = self.packets(self.blocks - 1, repair);
        let before = u64::from(packet.min(together)) * u64::from(self.blocks)
            + u64::from(packet.saturating_sub(together)) * u64::from(self.longer);
        before + u64::from(block)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LENGTHS: [u64; 9] =
        [1, 1152, 1153, 300_000, 10_000_000, 18_874_368, 18_874_369, 2_000_000_000, MOST_LENGTH];

    #[test]
    fn blocks_cover_the_object_and_are_no_larger_than_they_may_be() {
        for length in LENGTHS {
            let layout = Layout::of(length).unwrap();
            let mut at = 0;
            for block in 0..layout.blocks() {
                assert_eq!(layout.begins(block), at);
                assert!((1..=MOST_SYMBOLS).contains(&layout.symbols(block)));
                at += layout.bytes(block) as u64;
            }
            assert_eq!(at, length);
            assert_eq!(layout.all_symbols(), length.div_ceil(1152));
        }
        assert_eq!((Layout::of(0), Layout::of(MOST_LENGTH + 1)), (None, None));
    }

    #[test]
    fn every_packet_has_a_place_of_its_own_and_neighbours_are_of_other_blocks() {
        let repair = Repair::percent(15).unwrap();
        for length in [1, 10_000_000, 18_874_369, 60_000_000, 60_001_000] {
            let layout = Layout::of(length).unwrap();
            let mut at = vec![None; usize::try_from(layout.all_packets(repair)).unwrap()];
            for block in 0..layout.blocks() {
                for packet in 0..layout.packets(block, repair) {
                    let place = usize::try_from(layout.place(block, packet, repair)).unwrap();
                    assert_eq!(at[place].replace(block), None);
                }
            }
            assert!(at.iter().all(Option::is_some));
            let is_one = layout.blocks() == 1;
            let longer = (layout.longer.max(1) as usize) * 8;
            assert!(is_one || at[..at.len() - longer].windows(2).all(|pair| pair[0] != pair[1]));
        }
    }

    /// The inequality of the text above, with nothing lost in bursts, and more certainty.
    #[test]
    fn the_least_repair_survives_a_loss_of_ten_percent() {
        let repair = Repair::percent(15).unwrap();
        for symbols in 1..=MOST_SYMBOLS {
            let made = f64::from(repair.symbols(symbols));
            let all = f64::from(symbols) + made;
            let deviation = (all * 0.1 * 0.9).sqrt();
            assert!(made >= all * 0.1 + 2.0 + 5.0 * deviation, "{symbols} symbols, {made} more");
        }
    }

    /// From 10 MB on fifteen percent are fifteen percent, and leave the packets of a second at
    /// 1 Mbit/s, twice in each block or its share of them.
    #[test]
    fn fifteen_percent_of_ten_megabytes_survive_bursts_beside_the_loss() {
        let repair = Repair::percent(15).unwrap();
        for length in [10_000_000, 18_874_368, 18_874_369, 100_000_000, 2_000_000_000] {
            let layout = Layout::of(length).unwrap();
            for block in [0, layout.blocks() - 1] {
                let symbols = layout.symbols(block);
                assert_eq!(repair.symbols(symbols), (symbols * 15).div_ceil(100));
                let made = f64::from(repair.symbols(symbols));
                let all = f64::from(symbols) + made;
                let bursts = 2.0 * 0.9 * 1_000_000.0 / 8.0 / 1228.0 / f64::from(layout.blocks());
                assert!(made >= all * 0.1 + bursts + 2.0 + 3.9 * (all * 0.09).sqrt());
            }
        }
    }
}
