//! Writing a bundle.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use fieldpost_access::Caller;
use fieldpost_blobs::Hash;
use fieldpost_kernel::{Content, Failure, FailureKind, Outcome, Work};
use fieldpost_link::bundles::{self, Bundle};
use fieldpost_link::files::May;
use fieldpost_link::{Mode, Outgoing, Parcel, Peer, files, incoming, peer, share, sites, status};
use fieldpost_log::SiteId;
use fieldpost_model::{Id, Millis};
use fieldpost_replica::bundle::{Cover, Item, PART, Writer};
use fieldpost_replica::{BatchWriter, Coding, Frame};
use futures_util::StreamExt;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::{Packing, begin, interrupted, packets};
use crate::leaving::{self, Wanted};
use crate::links::Shared;

/// About how many bytes a batch has.
const ROOM: usize = 256 << 10;

/// Contents of a bundle that are coded in as few bytes as can be, which takes about four seconds a
/// MiB on both sides; what is beyond them is coded quickly.
const TERSE: usize = 2 << 20;

/// The most bytes of one frame of what is held.
const HOLDING: usize = 1 << 20;

/// Items that are made while others are sealed and written.
const AHEAD: usize = 4;

/// What is told to whoever writes.
enum Told {
    Item(Item),
    End,
}

/// Items on their way into a bundle.
struct Pen {
    items: mpsc::Sender<Told>,
    writing: JoinHandle<io::Result<Option<u64>>>,
}

impl Pen {
    async fn put(&mut self, item: Item) -> Outcome<()> {
        self.tell(Told::Item(item)).await
    }

    async fn tell(&mut self, told: Told) -> Outcome<()> {
        if self.items.send(told).await.is_ok() {
            return Ok(());
        }
        // The writer is gone, and says why.
        Err(match (&mut self.writing).await {
            Ok(Err(error)) => interrupted(error),
            Ok(Ok(_)) => interrupted("nobody writes it"),
            Err(error) => Failure::internal(error),
        })
    }

    /// Ends the bundle; gives its length.
    async fn finish(mut self) -> Outcome<u64> {
        self.tell(Told::End).await?;
        let written = self.writing.await.map_err(Failure::internal)?.map_err(interrupted)?;
        written.ok_or_else(|| interrupted("nobody ended it"))
    }
}

/// Writes a bundle for a peer, or the packets of one. If this fails, what was written is neither.
pub(crate) async fn export(
    shared: &Shared,
    caller: &Caller,
    name: &str,
    packing: Packing,
    out: Box<dyn Write + Send>,
) -> Outcome<(Peer, Bundle)> {
    peer::require_links(caller)?;
    let name = name.to_owned();
    let peer = shared.store.read(move |rows| peer::named(rows, &name)).await?;
    if packing.is_transmitted {
        require_transmission(&peer, shared.clock.now())?;
    }
    let bundle = match packing.repair {
        Some(repair) => packets::export(shared, caller, &peer, (packing, repair), out).await?,
        None => write(shared, Some(caller), &peer, packing, out).await?,
    };
    Ok((peer, bundle))
}

/// Refuses to transmit over a link that an administrator of this side holds back, or that may not be
/// used now.
fn require_transmission(peer: &Peer, now: Millis) -> Outcome<()> {
    let why = match peer.mode {
        Mode::Paused => "paused",
        Mode::Silent => "silenced",
        Mode::Active if peer.windows.at(now).is_open => return Ok(()),
        Mode::Active => "outside of its time windows",
    };
    Err(Failure::new(
        FailureKind::Conflict,
        "api.fieldpost.link.held_back",
        format!("The link with {:?} is {why}: nothing is transmitted to it.", peer.name),
    ))
}

/// Writes a bundle, for whoever has it written, who was asked before, or for nobody if this site does
/// so by itself.
pub(crate) async fn write(
    shared: &Shared,
    caller: Option<&Caller>,
    peer: &Peer,
    packing: Packing,
    out: Box<dyn Write + Send>,
) -> Outcome<Bundle> {
    let site = peer.site;
    let (written_at, random) = shared.store.write(&[], move |work| begin(work, site)).await?;
    let mut pen = pen(shared, peer, random, out);
    let seen = shared.store.read(move |rows| bundles::seen(rows, site)).await?;
    let cover = Cover { site: shared.store.site().name.clone(), written_at, seen };
    pen.put(Item::Cover(cover)).await?;
    for frame in offers(shared, site).await? {
        pen.put(Item::Frame(frame)).await?;
    }
    for frame in holding(shared, site).await? {
        pen.put(Item::Frame(frame)).await?;
    }
    let (changes, contents) = batches(shared, site, &mut pen).await?;
    let channels = shared.store.read(move |rows| status::states(rows, site)).await?;
    pen.put(Item::Frame(Frame::States { channels })).await?;
    let files = put_files(shared, site, packing, contents, &mut pen).await?;
    let bytes = pen.finish().await?;
    let bundle = Bundle { is_ours: true, written_at, taken_at: 0, changes, files, bytes };
    let (caller, to) = (caller.copied(), peer.clone());
    let written = move |work: &mut Work<'_>| bundles::written(work, caller.as_ref(), &to, &bundle);
    shared.store.write(&[], written).await?;
    Ok(bundle)
}

/// Seals and writes items on a thread of its own.
fn pen(shared: &Shared, peer: &Peer, random: [u8; 32], out: Box<dyn Write + Send>) -> Pen {
    let (items, mut told) = mpsc::channel(AHEAD);
    let (own, to) = (shared.store.site().signing_key(), peer.key.clone());
    let writing = tokio::task::spawn_blocking(move || {
        let mut writer = Writer::begin(out, &own, to, random)?;
        while let Some(told) = told.blocking_recv() {
            match told {
                Told::Item(item) => writer.add(&item)?,
                Told::End => return writer.finish().map(Some),
            }
        }
        Ok(None)
    });
    Pen { items, writing }
}

/// What this side shares with a peer and allows, as a bundle says it.
pub(crate) async fn offers(shared: &Shared, site: SiteId) -> Outcome<Vec<Frame>> {
    if shared.store.read(move |rows| share::any_new(rows, site)).await? {
        shared.store.write(&[], move |work| share::share_new(work, Id::NONE, site)).await?;
    }
    shared
        .store
        .read(move |rows| {
            let peer = peer::by_site(rows, site)?;
            let all = peer.as_ref().is_some_and(|peer| peer.share_all);
            let (open, closed) = (share::mine(rows, site)?, share::ended(rows, site)?);
            let direct = peer.and_then(|peer| peer.direct.said());
            let direct = direct.map(|on| Frame::Direct { on });
            Ok(std::iter::once(Frame::Offers { open, closed, all }).chain(direct).collect())
        })
        .await
}

/// What is held of the peer's logs, and of those that it may pass on.
async fn holding(shared: &Shared, site: SiteId) -> Outcome<Vec<Frame>> {
    shared
        .store
        .read(move |rows| {
            let (received, logs) = incoming::holding(rows, site)?.unwrap_or_default();
            let mut frames = Frame::holding(received, logs, HOLDING);
            for (other, logs) in incoming::holding_of_others(rows, site)? {
                frames.extend(Frame::holding_of(other, logs, HOLDING));
            }
            Ok(frames)
        })
        .await
}

/// Puts in what the peer is not known to hold; gives how many changes, and what they refer to.
async fn batches(shared: &Shared, site: SiteId, pen: &mut Pen) -> Outcome<(u64, Vec<Content>)> {
    let own = shared.store.site().id;
    let outgoing = shared.store.read(move |rows| Outgoing::apart(rows, own, site)).await?;
    let outgoing = Arc::new(Mutex::new(outgoing));
    let mut writer = BatchWriter::default();
    let (mut changes, mut contents, mut size) = (0, Vec::new(), 0);
    let mut introduced = BTreeSet::from([own]);
    loop {
        let next = leaving::next(&shared.store, &outgoing, Wanted::Batch(ROOM)).await?;
        let Some(parcel) = next else { return Ok((changes, contents)) };
        changes += parcel.changes;
        contents.extend(parcel.contents.iter().cloned());
        size += payloads(&parcel);
        let coding = if size <= TERSE { Coding::Terse } else { Coding::Quick };
        introduce(shared, &parcel, &mut introduced, pen).await?;
        let (number, signature, vouchers) =
            (parcel.number, parcel.signature.clone(), parcel.vouchers.clone());
        let written = tokio::task::spawn_blocking(move || {
            let body = writer.write(&parcel.runs, &parcel.hints, coding);
            (writer, body)
        });
        let (back, body) = written.await.map_err(Failure::internal)?;
        writer = back;
        let body = body.map_err(Failure::internal)?;
        pen.put(Item::Frame(Frame::batch(number, signature, vouchers, body))).await?;
    }
}

/// Puts in who those are of whose changes a batch has some, if that was not said before.
async fn introduce(
    shared: &Shared,
    parcel: &Parcel,
    introduced: &mut BTreeSet<SiteId>,
    pen: &mut Pen,
) -> Outcome<()> {
    let sites: BTreeSet<SiteId> = parcel.runs.iter().map(|run| run.log.site).collect();
    for site in sites.into_iter().filter(|site| introduced.insert(*site)) {
        let Some(known) = shared.store.read(move |rows| sites::known(rows, site)).await? else {
            continue;
        };
        let (key, name) = (known.key.encode(), known.name);
        pen.put(Item::Frame(Frame::Relay { site, key, name })).await?;
    }
    Ok(())
}

fn payloads(parcel: &Parcel) -> usize {
    let entries = parcel.runs.iter().flat_map(|run| &run.entries);
    entries.map(|entry| entry.payload.len()).sum()
}

/// Puts in the files that changes refer to and that are here; gives how many.
async fn put_files(
    shared: &Shared,
    site: SiteId,
    packing: Packing,
    contents: Vec<Content>,
    pen: &mut Pen,
) -> Outcome<u64> {
    let contents: BTreeSet<[u8; 32]> = contents.into_iter().map(|content| content.hash).collect();
    let mut files = 0;
    for content in contents {
        let may = shared.store.read(move |rows| files::may_fetch(rows, site, &content)).await?;
        if may != May::Have {
            continue;
        }
        let Some(blob) = shared.blobs.get(Hash(content)).await? else { continue };
        let size = blob.length();
        if size > packing.largest_file {
            continue;
        }
        pen.put(Item::File { content, size }).await?;
        let mut pieces = Box::pin(blob.stream(0..size));
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(Failure::internal)?;
            for part in piece.chunks(PART) {
                pen.put(Item::Part(part.to_vec())).await?;
            }
        }
        files += 1;
    }
    Ok(files)
}
