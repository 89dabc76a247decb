//! What a site has of one scope: a version vector with gaps.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::Malformed;
use crate::name::{Epoch, SiteId};
use crate::ranges::Ranges;
use crate::wire::{Reader, put_varint};

/// The most logs a decoded vector may speak of; about 16 MB of memory at worst.
pub const MAX_LOGS: usize = 1 << 16;

/// Which changes of one scope are held, for each writing site and epoch.
///
/// Vectors only grow, and merging them is a union. So [`Vector::missing`] is at once what to ask
/// for, and, taken against the peer's last known vector, all that needs to be sent of one's own.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Vector {
    /// Never holds an empty set.
    logs: BTreeMap<(SiteId, Epoch), Ranges>,
}

impl Vector {
    /// The vector of who has nothing.
    pub const fn new() -> Self {
        Self { logs: BTreeMap::new() }
    }

    /// Adds a range of sequences of one log.
    pub fn insert(&mut self, site: SiteId, epoch: Epoch, range: Range<u64>) {
        let mut ranges = self.logs.remove(&(site, epoch)).unwrap_or_default();
        ranges.insert(range);
        if !ranges.is_empty() {
            self.logs.insert((site, epoch), ranges);
        }
    }

    /// Whether a change is held.
    pub fn contains(&self, site: SiteId, epoch: Epoch, sequence: u64) -> bool {
        self.log(site, epoch).is_some_and(|ranges| ranges.contains(sequence))
    }

    /// What is held of one log; None for nothing.
    pub fn log(&self, site: SiteId, epoch: Epoch) -> Option<&Ranges> {
        self.logs.get(&(site, epoch))
    }

    /// The logs of which something is held, in order of site and epoch.
    pub fn iter(&self) -> impl Iterator<Item = (SiteId, Epoch, &Ranges)> {
        self.logs.iter().map(|(&(site, epoch), ranges)| (site, epoch, ranges))
    }

    /// Whether nothing is held.
    pub fn is_empty(&self) -> bool {
        self.logs.is_empty()
    }

    /// How many changes are held.
    pub fn len(&self) -> u64 {
        self.logs.values().map(Ranges::len).sum()
    }

    /// What the other has and this one has not.
    pub fn missing(&self, other: &Self) -> Self {
        let missing = other.logs.iter().map(|(log, theirs)| {
            let ours = self.logs.get(log);
            (*log, ours.map_or_else(|| theirs.clone(), |ours| theirs.minus(ours)))
        });
        Self { logs: missing.filter(|(_, ranges)| !ranges.is_empty()).collect() }
    }

    /// Adds everything the other has.
    pub fn merge(&mut self, other: &Self) {
        for (log, theirs) in &other.logs {
            self.logs.entry(*log).or_default().merge(theirs);
        }
    }

    /// The form on the link. Numbers are varints, and differences wherever an order allows it:
    /// number of sites, and for each in ascending order its id (16), its number of epochs, and for
    /// each of those in ascending order the epoch (the first whole, then the distance less 1), its
    /// number of ranges, and for each the gap before it (the first whole, then less 1) and its
    /// length less 1. A site with one epoch below 128 and no gaps takes 20 to 24 bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut sites: BTreeMap<SiteId, Vec<(Epoch, &Ranges)>> = BTreeMap::new();
        for (site, epoch, ranges) in self.iter() {
            sites.entry(site).or_default().push((epoch, ranges));
        }
        let mut bytes = Vec::new();
        put_varint(&mut bytes, sites.len() as u64);
        for (site, epochs) in sites {
            bytes.extend_from_slice(&site.0);
            put_varint(&mut bytes, epochs.len() as u64);
            let mut next = 0;
            for (epoch, ranges) in epochs {
                put_varint(&mut bytes, epoch.0 - next);
                ranges.write(&mut bytes);
                // The last epoch there can be has none after it.
                next = epoch.0.saturating_add(1);
            }
        }
        bytes
    }

    /// The vector of its form on the link.
    ///
    /// # Errors
    /// [`Malformed`] for anything but the one form [`encode`](Self::encode) gives, for a sequence
    /// out of bounds, and for more than [`MAX_LOGS`] logs.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let mut vector = Self::new();
        let mut last = None;
        for _ in 0..reader.count(21)? {
            let site = SiteId(reader.array()?);
            if last.is_some_and(|last| last >= site) {
                return Err(Malformed::new("sites out of order"));
            }
            last = Some(site);
            vector.read_epochs(site, &mut reader)?;
        }
        reader.finish().map(|()| vector)
    }

    fn read_epochs(&mut self, site: SiteId, reader: &mut Reader<'_>) -> Result<(), Malformed> {
        let count = reader.count(4)?;
        if count == 0 {
            return Err(Malformed::new("site without epochs"));
        }
        if self.logs.len() + count > MAX_LOGS {
            return Err(Malformed::new("too many logs"));
        }
        let mut next = Some(0u64);
        for _ in 0..count {
            let distance = reader.varint()?;
            let epoch = next.and_then(|next| next.checked_add(distance));
            let epoch = epoch.ok_or(Malformed::new("epoch above 64 bits"))?;
            self.logs.insert((site, Epoch(epoch)), Ranges::read(reader)?);
            next = epoch.checked_add(1);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn site(n: u8) -> SiteId {
        SiteId([n; 16])
    }

    fn vectors() -> impl Strategy<Value = Vector> {
        let epoch = prop_oneof![0..3u64, Just(u64::MAX)];
        let entry = (0..3u8, epoch, 0..50u64, 0..9u64);
        prop::collection::vec(entry, 0..15).prop_map(|entries| {
            let mut vector = Vector::new();
            for (n, epoch, start, length) in entries {
                vector.insert(site(n), Epoch(epoch), start..start + length);
            }
            vector
        })
    }

    #[test]
    fn a_gap_is_missing() {
        let (mut ours, mut theirs) = (Vector::new(), Vector::new());
        ours.insert(site(1), Epoch(1), 0..4);
        ours.insert(site(1), Epoch(1), 6..9);
        theirs.insert(site(1), Epoch(1), 0..10);
        theirs.insert(site(2), Epoch(1), 0..1);
        let missing = ours.missing(&theirs);
        let ranges: Vec<_> =
            missing.iter().flat_map(|(site, _, r)| r.iter().map(move |r| (site, r))).collect();
        assert_eq!(ranges, [(site(1), 4..6), (site(1), 9..10), (site(2), 0..1)]);
        assert_eq!(missing.len(), 4);
        assert!(theirs.missing(&ours).is_empty());
        assert!(ours.contains(site(1), Epoch(1), 6) && !ours.contains(site(1), Epoch(1), 5));
        assert!(!ours.contains(site(1), Epoch(2), 0));
    }

    #[test]
    fn an_empty_range_leaves_no_trace() {
        let mut vector = Vector::new();
        vector.insert(site(1), Epoch(1), 5..5);
        assert!(vector.is_empty());
        assert_eq!(vector.encode(), [0]);
    }

    #[test]
    fn ten_sites_fit_a_datagram() {
        let mut vector = Vector::new();
        for n in 0..10 {
            vector.insert(site(n), Epoch(1), 0..100_000);
        }
        assert_eq!(vector.encode().len(), 1 + 10 * (16 + 1 + 1 + 1 + 1 + 3));
    }

    #[test]
    fn a_second_form_is_refused() {
        let one = |n: u8, tail: &[u8]| [&[n; 16], tail].concat();
        let decode = |count: u8, sites: &[Vec<u8>]| {
            Vector::decode(&[&[count], &sites.concat()[..]].concat())
        };
        let good = [1, 0, 1, 0, 0];
        assert!(decode(1, &[one(1, &good)]).is_ok());
        assert!(decode(2, &[one(1, &good), one(2, &good)]).is_ok());
        assert!(decode(2, &[one(2, &good), one(1, &good)]).is_err());
        assert!(decode(2, &[one(1, &good), one(1, &good)]).is_err());
        assert!(decode(1, &[one(1, &[0, 0, 0, 0, 0])]).is_err(), "no epochs");
        assert!(decode(1, &[one(1, &[1, 0, 0, 0, 0])]).is_err(), "no ranges");
        assert!(decode(3, &[one(1, &good), one(2, &good)]).is_err());
        let beyond = [1, 0, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f, 0];
        assert!(decode(1, &[one(1, &beyond)]).is_ok(), "the last sequence");
        let beyond = [1, 0, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f, 1];
        assert!(decode(1, &[one(1, &beyond)]).is_err(), "one too many");
    }

    proptest! {
        #[test]
        fn a_vector_survives_its_bytes(vector in vectors()) {
            prop_assert_eq!(Vector::decode(&vector.encode()), Ok(vector));
        }

        #[test]
        fn what_is_missing_completes(a in vectors(), b in vectors()) {
            let mut whole = a.clone();
            whole.merge(&b);
            let mut completed = a.clone();
            completed.merge(&a.missing(&b));
            prop_assert_eq!(&completed, &whole);
            prop_assert!(completed.missing(&b).is_empty());
            prop_assert_eq!(a.len() + a.missing(&b).len(), whole.len());
        }

        #[test]
        fn merging_is_a_union(a in vectors(), b in vectors(), c in vectors()) {
            let merged = |vectors: [&Vector; 4]| {
                let mut all = Vector::new();
                vectors.into_iter().for_each(|vector| all.merge(vector));
                all
            };
            prop_assert_eq!(merged([&a, &b, &c, &a]), merged([&c, &b, &a, &b]));
        }
    }
}
