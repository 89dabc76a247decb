//! Bundles as packets: made for a medium that loses some, and found on one that did.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::Path;

use fieldpost_access::Caller;
use fieldpost_blobs::Scratch;
use fieldpost_fountain::{Gathering, Object, Packet, Progress, Raw, Repair};
use fieldpost_kernel::{Failure, Outcome};
use fieldpost_link::bundles::{Bundle, refused};
use fieldpost_link::{Peer, peer};
use fieldpost_log::suite::PacketKey;
use fieldpost_log::{SigningKey, SiteId, VerifyingKey};
use fieldpost_replica::bundle::MAGIC;

use super::export::write;
use super::{Packing, interrupted};
use crate::links::Shared;

/// Bundles in one file of which packets are gathered. One is enough; others may be left over where a
/// medium was used before.
const MOST_OBJECTS: usize = 8;

/// The peers, by the keys of the packets that come from them.
#[derive(Default)]
pub(crate) struct Senders(Vec<(SiteId, PacketKey)>);

impl Senders {
    /// Those of a site's peers.
    pub(crate) fn of(shared: &Shared, peers: &[Peer]) -> Self {
        let own = shared.store.site().signing_key();
        Self::with_keys(&own, peers.iter().map(|peer| (peer.site, &peer.key)))
    }

    /// Those with these keys. One with which no key can be agreed sends nothing.
    pub(crate) fn with_keys<'k>(
        own: &SigningKey,
        peers: impl Iterator<Item = (SiteId, &'k VerifyingKey)>,
    ) -> Self {
        let key = |(site, key)| Some((site, PacketKey::hearing(own, key).ok()?));
        Self(peers.filter_map(key).collect())
    }

    /// Who sealed a packet, if it was a peer.
    pub(crate) fn sealed(&self, raw: &Raw) -> Option<SiteId> {
        self.0.iter().find(|(_, key)| Packet::is_of(raw, key)).map(|(site, _)| *site)
    }

    /// Whether a site is one of them.
    pub(crate) fn has(&self, site: SiteId) -> bool {
        self.0.iter().any(|(known, _)| *known == site)
    }
}

/// Writes the packets of a bundle for a peer.
pub(super) async fn export(
    shared: &Shared,
    caller: &Caller,
    peer: &Peer,
    (packing, repair): (Packing, Repair),
    out: Box<dyn Write + Send>,
) -> Outcome<Bundle> {
    let bundle = shared.blobs.scratch();
    let file = File::create_new(bundle.path()).map_err(interrupted)?;
    let written = write(shared, Some(caller), peer, packing, Box::new(file)).await?;
    let packets = shared.blobs.scratch();
    let own = shared.store.site().signing_key();
    let key = PacketKey::sending(&own, &peer.key).map_err(Failure::internal)?;
    let made = tokio::task::spawn_blocking(move || pack(&bundle, &packets, &key, repair, out));
    made.await.map_err(Failure::internal)?.map_err(interrupted)?;
    Ok(written)
}

/// Makes packets beside the bundle first, because they are not made in the order in which they go.
fn pack(
    bundle: &Scratch,
    packets: &Scratch,
    key: &PacketKey,
    repair: Repair,
    mut out: Box<dyn Write + Send>,
) -> io::Result<()> {
    let mut made = File::options().read(true).write(true).create_new(true).open(packets.path())?;
    fieldpost_fountain::write(&mut File::open(bundle.path())?, &mut made, key, repair)?;
    made.rewind()?;
    io::copy(&mut made, &mut out)?;
    out.flush()
}

/// The bundle whose packets lie at a path; none if no packets do.
pub(super) async fn unpack(shared: &Shared, path: &Path) -> Outcome<Option<Scratch>> {
    let peers = shared.store.read(|rows| peer::all(rows)).await?;
    let senders = Senders::of(shared, &peers);
    let (path, bundle) = (path.to_owned(), shared.blobs.scratch());
    let unpacked = tokio::task::spawn_blocking(move || {
        if begins_as_bundle(&path).map_err(Failure::internal)? {
            return Ok(None);
        }
        match gathered(&path, &senders).map_err(Failure::internal)? {
            Found::Nothing => Ok(None),
            Found::Foreign => Err(refused(
                "none of its packets was sealed by a linked site for this one, or all were altered",
            )),
            Found::Packets(gathering) => decode(&path, *gathering, &bundle).map(|()| Some(bundle)),
        }
    });
    unpacked.await.map_err(Failure::internal)?
}

fn begins_as_bundle(path: &Path) -> io::Result<bool> {
    let mut head = Vec::new();
    File::open(path)?.take(MAGIC.len() as u64).read_to_end(&mut head)?;
    Ok(head == MAGIC)
}

/// What a file is that is no bundle.
enum Found {
    /// There is no packet in it.
    Nothing,
    /// There are packets in it, none of which is to be believed.
    Foreign,
    /// There are packets, of this bundle more than of any other.
    Packets(Box<Gathering>),
}

fn gathered(path: &Path, senders: &Senders) -> io::Result<Found> {
    let mut objects: BTreeMap<(SiteId, Object), Gathering> = BTreeMap::new();
    let mut is_foreign = false;
    fieldpost_fountain::find(File::open(path)?, |at, raw| {
        let Ok(packet) = Packet::read(raw) else { return Ok(false) };
        let Some(site) = senders.sealed(raw) else {
            is_foreign = true;
            return Ok(false);
        };
        let key = (site, packet.object);
        if !objects.contains_key(&key) && objects.len() < MOST_OBJECTS {
            objects.extend(Gathering::new(packet.object).map(|gathering| (key, gathering)));
        }
        if let Some(gathering) = objects.get_mut(&key) {
            gathering.add(&packet, at);
        }
        Ok(true)
    })?;
    let most = objects.into_values().max_by_key(|gathering| gathering.counted().0);
    Ok(match most {
        Some(gathering) => Found::Packets(Box::new(gathering)),
        None if is_foreign => Found::Foreign,
        None => Found::Nothing,
    })
}

fn decode(path: &Path, mut gathering: Gathering, bundle: &Scratch) -> Outcome<()> {
    let out = File::options().read(true).write(true).create_new(true).open(bundle.path());
    let mut out = out.map_err(Failure::internal)?;
    let mut packets = File::open(path).map_err(Failure::internal)?;
    match gathering.decode(&mut packets, &mut out).map_err(Failure::internal)? {
        Progress::Whole => Ok(()),
        Progress::Wrong => Err(refused("its packets do not make up the bundle that they say")),
        Progress::Lacking => {
            let ((came, all), lacks) = (gathering.counted(), gathering.lacks());
            Err(refused(format!(
                "too little of it came through: {came} of the {all} packets that it takes, so at \
                 least {lacks} more are needed"
            )))
        }
    }
}
