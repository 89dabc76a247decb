//! What came of bundles that are not whole yet, on disk and within bounds.
//!
//! A file of the folder holds the packets of one bundle as they came, so that it says all that has to
//! be known again after a restart. Beside it lies what was decoded of the bundle.

use std::collections::{BTreeMap, VecDeque};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use fieldpost_fountain::{Gathering, Object, PACKET, Packet, Progress, Raw};
use fieldpost_log::SiteId;
use fieldpost_model::{Id, Millis};

use crate::bundles::Senders;

/// Bundles of one site that may be incomplete at the same time; for one more, the one that was not
/// heard of for longest goes.
const MOST_BUNDLES: usize = 4;

/// Bytes of packets of one site that are kept: those of the longest bundle, and some more.
const MOST_BYTES: u64 = 5 << 30;

/// How long a bundle is kept of which nothing more comes: a week.
const LONGEST: Millis = 7 * 24 * 3600 * 1000;

/// Bundles that are remembered as whole, so that what comes of them afterwards is passed over.
const REMEMBERED: usize = 64;

/// A bundle, by whose it is.
type Name = (SiteId, Object);

/// What is kept.
pub(super) struct Kept {
    folder: PathBuf,
    coming: BTreeMap<Name, Coming>,
    whole: VecDeque<Name>,
}

/// A bundle of which more is needed.
struct Coming {
    gathering: Gathering,
    /// The packets, one behind the other, and how many bytes they are.
    packets: File,
    length: u64,
    bundle: File,
    heard: Millis,
}

/// A bundle of which enough has come.
pub(super) struct Whole {
    name: Name,
    files: Files,
}

impl Whole {
    /// Where it lies.
    pub(super) fn path(&self) -> &Path {
        &self.files.bundle
    }

    /// Removes it, and its packets.
    pub(super) fn remove(&self) {
        self.files.remove();
    }
}

/// Where what is kept of a bundle lies.
struct Files {
    packets: PathBuf,
    bundle: PathBuf,
}

impl Files {
    fn of(folder: &Path, (site, object): &Name) -> Self {
        let name = format!("{}-{}", Id::from_bytes(site.0), object.id);
        let file = |kind: &str| folder.join(format!("{name}-{}.{kind}", object.length));
        Self { packets: file("packets"), bundle: file("bundle") }
    }

    fn remove(&self) {
        for path in [&self.packets, &self.bundle] {
            if let Err(error) = fs::remove_file(path)
                && error.kind() != io::ErrorKind::NotFound
            {
                tracing::warn!(path = %path.display(), %error, "a file could not be removed");
            }
        }
    }
}

impl Coming {
    fn begin(files: &Files, gathering: Gathering, now: Millis) -> io::Result<Self> {
        let open = |path: &Path| {
            File::options().read(true).write(true).create(true).truncate(false).open(path)
        };
        let packets = open(&files.packets)?;
        let length = packets.metadata()?.len();
        let bundle = open(&files.bundle)?;
        // What was decoded before a restart is decoded again.
        bundle.set_len(0)?;
        Ok(Self { gathering, packets, length, bundle, heard: now })
    }

    fn keep(&mut self, raw: &Raw, packet: &Packet<'_>) -> io::Result<()> {
        self.packets.write_all_at(raw, self.length)?;
        self.gathering.add(packet, self.length);
        self.length += PACKET as u64;
        Ok(())
    }

    fn decode(&mut self) -> io::Result<Progress> {
        self.gathering.decode(&mut self.packets, &mut self.bundle)
    }
}

impl Kept {
    /// What a folder keeps, which is made if it is missing. [`Kept::load`] reads it.
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        Ok(Self { folder: folder.to_owned(), coming: BTreeMap::new(), whole: VecDeque::new() })
    }

    /// Reads what was kept before; gives what is whole already.
    pub(super) fn load(&mut self, senders: &Senders, now: Millis) -> Vec<Whole> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let mut whole = Vec::new();
        for path in entries.map(|entry| entry.path()) {
            let is_of_packets = path.extension().is_some_and(|kind| kind == "packets");
            let loaded = match is_of_packets {
                true => self.load_packets(&path, senders, now),
                false => Ok(None),
            };
            match loaded {
                Ok(bundle) => whole.extend(bundle),
                Err(error) => tracing::warn!(
                    path = %path.display(), %error, "what came of a one-way bundle is not readable"
                ),
            }
        }
        self.forget_old(senders, now);
        whole
    }

    fn load_packets(
        &mut self,
        path: &Path,
        senders: &Senders,
        now: Millis,
    ) -> io::Result<Option<Whole>> {
        let mut found: Option<(Name, Gathering)> = None;
        fieldpost_fountain::find(File::open(path)?, |at, raw| {
            let Some((name, packet)) = read(raw, senders) else { return Ok(false) };
            if found.is_none() {
                found = Gathering::new(packet.object).map(|gathering| (name, gathering));
            }
            if let Some((of, gathering)) = &mut found
                && *of == name
            {
                gathering.add(&packet, at);
            }
            Ok(true)
        })?;
        let Some((name, gathering)) = found else { return fs::remove_file(path).map(|()| None) };
        let files = Files::of(&self.folder, &name);
        if path != files.packets {
            return fs::remove_file(path).map(|()| None);
        }
        let mut coming = Coming::begin(&files, gathering, now)?;
        let written = fs::metadata(path)?.modified()?.duration_since(UNIX_EPOCH);
        let written = written.ok().and_then(|since| Millis::try_from(since.as_millis()).ok());
        coming.heard = written.unwrap_or(now).min(now);
        self.coming.insert(name, coming);
        self.decoded(name)
    }

    /// Takes a packet; gives its bundle if that is whole now.
    pub(super) fn take(
        &mut self,
        raw: &Raw,
        senders: &Senders,
        now: Millis,
    ) -> io::Result<Option<Whole>> {
        let Some((name, packet)) = read(raw, senders) else { return Ok(None) };
        if self.whole.contains(&name) {
            return Ok(None);
        }
        if !self.coming.contains_key(&name) {
            self.begin(name, now)?;
        }
        self.make_room(name);
        let Some(coming) = self.coming.get_mut(&name) else { return Ok(None) };
        coming.heard = now;
        if !coming.gathering.wants(&packet) {
            return Ok(None);
        }
        coming.keep(raw, &packet)?;
        self.decoded(name)
    }

    fn begin(&mut self, name: Name, now: Millis) -> io::Result<()> {
        let (site, object) = name;
        while self.of(site).count() >= MOST_BUNDLES {
            self.forget_oldest(site, None);
        }
        let files = Files::of(&self.folder, &name);
        if let Some(gathering) = Gathering::new(object) {
            self.coming.insert(name, Coming::begin(&files, gathering, now)?);
            let peer = Id::from_bytes(site.0);
            tracing::info!(%peer, bytes = object.length, "a one-way bundle begins to come");
        }
        Ok(())
    }

    /// Makes room for one more packet of a bundle.
    fn make_room(&mut self, name: Name) {
        let (site, _) = name;
        while self.of(site).map(|(_, coming)| coming.length).sum::<u64>() + PACKET as u64
            > MOST_BYTES
            && self.of(site).count() > 1
        {
            self.forget_oldest(site, Some(name));
        }
    }

    fn of(&self, site: SiteId) -> impl Iterator<Item = (&Name, &Coming)> {
        self.coming.iter().filter(move |((of, _), _)| *of == site)
    }

    fn forget_oldest(&mut self, site: SiteId, but: Option<Name>) {
        let others = self.of(site).filter(|(name, _)| Some(**name) != but);
        let oldest = others.min_by_key(|(_, coming)| coming.heard).map(|(name, _)| *name);
        if let Some(name) = oldest {
            self.forget(name, "there was no room for it");
        }
    }

    fn forget(&mut self, name: Name, why: &str) {
        if let Some(coming) = self.coming.remove(&name) {
            let (peer, lacks) = (Id::from_bytes(name.0.0), coming.gathering.lacks());
            tracing::warn!(%peer, packets = lacks, why, "gave up a one-way bundle that lacks packets");
            Files::of(&self.folder, &name).remove();
        }
    }

    /// Forgets what was not heard of for too long, and what sites sent that are not linked any more.
    pub(super) fn forget_old(&mut self, senders: &Senders, now: Millis) {
        let old = |(name, coming): (&Name, &Coming)| {
            (coming.heard < now - LONGEST || !senders.has(name.0)).then_some(*name)
        };
        let old: Vec<Name> = self.coming.iter().filter_map(old).collect();
        old.into_iter().for_each(|name| self.forget(name, "nothing more came of it"));
    }

    /// Decodes what can be decoded of a bundle; gives it if it is whole.
    fn decoded(&mut self, name: Name) -> io::Result<Option<Whole>> {
        let Some(coming) = self.coming.get_mut(&name) else { return Ok(None) };
        match coming.decode()? {
            Progress::Lacking => Ok(None),
            Progress::Wrong => {
                self.forget(name, "its packets do not make up the bundle that they say");
                Ok(None)
            }
            Progress::Whole => {
                self.coming.remove(&name);
                self.whole.push_back(name);
                if self.whole.len() > REMEMBERED {
                    self.whole.pop_front();
                }
                Ok(Some(Whole { name, files: Files::of(&self.folder, &name) }))
            }
        }
    }

    /// Lets a bundle come again that was whole and could not be taken in.
    pub(super) fn again(&mut self, bundle: &Whole) {
        self.whole.retain(|name| *name != bundle.name);
    }
}

/// A packet that a peer sealed, and of which of its bundles it is.
fn read<'p>(raw: &'p Raw, senders: &Senders) -> Option<(Name, Packet<'p>)> {
    let packet = Packet::read(raw).ok()?;
    let site = senders.sealed(raw)?;
    Some(((site, packet.object), packet))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use fieldpost_fountain::Repair;
    use fieldpost_log::suite::PacketKey;
    use fieldpost_log::{SigningKey, Suite};

    use super::*;

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_seed(Suite::One, &[seed; 32])
    }

    /// What a site hears that is linked with others.
    fn hearing(peers: &[u8]) -> Senders {
        let keys: Vec<_> = peers.iter().map(|peer| key(*peer).verifying_key()).collect();
        Senders::with_keys(&key(9), peers.iter().map(|peer| SiteId([*peer; 16])).zip(&keys))
    }

    /// Packets of a bundle of three symbols.
    fn packets(from: u8, content: u8) -> Vec<Raw> {
        let sending = PacketKey::sending(&key(from), &key(9).verifying_key()).unwrap();
        let mut out = Cursor::new(Vec::new());
        let source = vec![content; 3000];
        let repair = Repair::percent(0).unwrap();
        fieldpost_fountain::write(&mut Cursor::new(source), &mut out, &sending, repair).unwrap();
        out.get_ref().as_chunks().0.to_vec()
    }

    fn files(folder: &Path) -> usize {
        fs::read_dir(folder).unwrap().count()
    }

    #[test]
    fn a_bundle_is_whole_once_and_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let (mut kept, senders) = (Kept::open(folder.path()).unwrap(), hearing(&[1]));
        let packets = packets(1, 7);
        for packet in [&packets[5], &packets[5], &packets[0]] {
            assert!(kept.take(packet, &senders, 0).unwrap().is_none());
        }
        let whole = packets[10..].iter().find_map(|raw| kept.take(raw, &senders, 0).unwrap());
        let whole = whole.unwrap();
        assert_eq!(fs::read(whole.path()).unwrap(), [7; 3000]);
        whole.remove();
        for packet in &packets {
            assert!(kept.take(packet, &senders, 0).unwrap().is_none());
        }
        assert_eq!(files(folder.path()), 0);
        kept.again(&whole);
        assert!(packets.iter().any(|raw| kept.take(raw, &senders, 0).unwrap().is_some()));
    }

    #[test]
    fn a_stranger_leaves_nothing_and_a_peer_a_few_bundles() {
        let folder = tempfile::tempdir().unwrap();
        let (mut kept, senders) = (Kept::open(folder.path()).unwrap(), hearing(&[1, 2]));
        assert!(kept.take(&packets(3, 7)[0], &senders, 0).unwrap().is_none());
        assert_eq!(files(folder.path()), 0);
        // Of the other peer's, none goes for those of the first.
        kept.take(&packets(2, 7)[0], &senders, 0).unwrap();
        for content in 0..20 {
            kept.take(&packets(1, content)[0], &senders, i64::from(content)).unwrap();
        }
        assert_eq!(files(folder.path()), 2 * (MOST_BUNDLES + 1));
        assert!(
            packets(2, 7)[1..].iter().any(|raw| kept.take(raw, &senders, 30).unwrap().is_some())
        );
        // Those that were heard of last are still there: the rest is enough.
        let rest = packets(1, 19);
        assert!(rest[1..4].iter().any(|raw| kept.take(raw, &senders, 30).unwrap().is_some()));
    }

    #[test]
    fn what_was_kept_counts_after_a_restart_and_not_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let senders = hearing(&[1]);
        let packets = packets(1, 7);
        let mut kept = Kept::open(folder.path()).unwrap();
        packets[..2].iter().for_each(|raw| drop(kept.take(raw, &senders, 0).unwrap()));
        fs::write(folder.path().join("nothing.packets"), b"FPPACKET and no more").unwrap();

        let mut kept = Kept::open(folder.path()).unwrap();
        assert!(kept.load(&senders, 0).is_empty());
        assert_eq!(files(folder.path()), 2);
        assert!(packets[2..5].iter().any(|raw| kept.take(raw, &senders, 0).unwrap().is_some()));

        let mut kept = restarted_with(folder.path(), &senders, &packets[..2]);
        kept.forget_old(&senders, LONGEST);
        assert_eq!(files(folder.path()), 2);
        kept.forget_old(&senders, LONGEST + 1);
        assert_eq!(files(folder.path()), 0);
        let mut kept = restarted_with(folder.path(), &senders, &packets[..2]);
        kept.forget_old(&hearing(&[2]), 0);
        assert_eq!(files(folder.path()), 0);
    }

    /// Begins anew, with some packets.
    fn restarted_with(folder: &Path, senders: &Senders, packets: &[Raw]) -> Kept {
        fs::read_dir(folder)
            .unwrap()
            .for_each(|file| fs::remove_file(file.unwrap().path()).unwrap());
        let mut kept = Kept::open(folder).unwrap();
        packets.iter().for_each(|raw| drop(kept.take(raw, senders, 0).unwrap()));
        kept
    }
}
