//! Taking a bundle in.
//!
//! It is read twice. At first nothing is believed: every piece must open, in its order, to the
//! signature at the end. Only then is it gone through again, and judged like what comes over a line.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::BufReader;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use fieldpost_access::Caller;
use fieldpost_blobs::{Hash, Refused, Scratch, Writer};
use fieldpost_kernel::{Failure, Outcome, Rows};
use fieldpost_link::audit::{Action, Note};
use fieldpost_link::bundles::{self, Bundle, refused};
use fieldpost_link::incoming::{self, Apart, Arrived, SLICE, Taken, Verdict};
use fieldpost_link::sites::{self, Introduction};
use fieldpost_link::{Outgoing, Peer, direct, files, keep, peer, share, status};
use fieldpost_log::{LogName, Scope, SiteId, VerifyingKey};
use fieldpost_model::Id;
use fieldpost_replica::bundle::{Cover, Item, Reader, Unreadable};
use fieldpost_replica::{BatchReader, Frame, HeldLog, Offer, Voucher};
use tokio::sync::mpsc;

use super::{Imported, packets};
use crate::heard::{MOST_CHANNELS, MOST_HELD};
use crate::links::Shared;
use crate::refusals;

/// Items that are opened while others are taken in.
const AHEAD: usize = 4;

/// Logs that are taken together with what is held, in one use case.
const LOGS: usize = 32;

/// A bundle that was found good, on its way in.
struct Import<'s> {
    shared: &'s Shared,
    peer: Peer,
    /// Whether nothing that was taken in before is newer: what it says of the present counts.
    is_news: bool,
    apart: Arc<Mutex<Apart>>,
    reader: Option<Box<BatchReader>>,
    /// What the peer holds, by whose it is.
    held: BTreeMap<SiteId, Vec<HeldLog>>,
    /// What it passed on of other sites.
    relayed: Vec<(LogName, Range<u64>)>,
    /// Sites of which what it passes on is not good.
    aside: BTreeSet<SiteId>,
    file: Option<Incoming>,
    imported: Imported,
}

/// A file on its way in.
struct Incoming {
    content: [u8; 32],
    left: u64,
    /// None if nobody here waits for it.
    writer: Option<Writer>,
}

/// Takes in a bundle that lies at a path, or the one whose packets do.
pub(crate) async fn import(shared: &Shared, caller: &Caller, path: &Path) -> Outcome<Imported> {
    peer::require_links(caller)?;
    take_file(shared, Some(caller), path).await
}

/// The same, for whoever has it taken in, who was asked before, or for nobody if it came by itself.
pub(crate) async fn take_file(
    shared: &Shared,
    caller: Option<&Caller>,
    path: &Path,
) -> Outcome<Imported> {
    match packets::unpack(shared, path).await {
        Ok(bundle) => take_in(shared, caller, bundle.as_ref().map_or(path, Scratch::path)).await,
        Err(failure) => {
            refusals::bundle(&shared.store, caller, None, &failure).await;
            Err(failure)
        }
    }
}

/// Takes in a bundle that lies at a path, for whoever has it taken in, who was asked before, or for
/// nobody if it came by itself.
pub(crate) async fn take_in(
    shared: &Shared,
    caller: Option<&Caller>,
    path: &Path,
) -> Outcome<Imported> {
    let mut from = None;
    let taken = take_from(shared, caller, path, &mut from).await;
    if let Err(failure) = &taken {
        refusals::bundle(&shared.store, caller, from.as_ref(), failure).await;
    }
    taken
}

/// The same; says of which peer it is, once that is known.
async fn take_from(
    shared: &Shared,
    caller: Option<&Caller>,
    path: &Path,
    from: &mut Option<Peer>,
) -> Outcome<Imported> {
    let peers = shared.store.read(|rows| peer::all(rows)).await?;
    let keys: Vec<VerifyingKey> = peers.iter().map(|peer| peer.key.clone()).collect();
    let (key, cover) = checked(shared, path.to_owned(), keys.clone()).await?;
    let peer = peers.into_iter().find(|peer| peer.key == key);
    let peer = peer.ok_or_else(|| refused(Unreadable::NotOpened))?;
    *from = Some(peer.clone());
    let mut import = Import::begin(shared, peer, &cover).await?;
    let mut items = opened(shared, path.to_owned(), keys);
    while let Some(item) = items.recv().await {
        import.take(item.map_err(refused)?).await?;
    }
    let bytes = tokio::fs::metadata(path).await.map_err(Failure::internal)?.len();
    import.finish(caller, &cover, bytes).await
}

/// Who wrote a bundle, and its cover, once all of it was found good.
async fn checked(
    shared: &Shared,
    path: PathBuf,
    keys: Vec<VerifyingKey>,
) -> Outcome<(VerifyingKey, Cover)> {
    let own = shared.store.site().signing_key();
    let checked = tokio::task::spawn_blocking(move || {
        let reader = Reader::begin(BufReader::new(File::open(path)?), &own, &keys)?;
        let from = reader.from().clone();
        Ok((from, reader.check()?))
    });
    checked.await.map_err(Failure::internal)?.map_err(|error: Unreadable| refused(error))
}

/// The items of a bundle behind its cover.
fn opened(
    shared: &Shared,
    path: PathBuf,
    keys: Vec<VerifyingKey>,
) -> mpsc::Receiver<Result<Item, Unreadable>> {
    let (items, opened) = mpsc::channel(AHEAD);
    let own = shared.store.site().signing_key();
    tokio::task::spawn_blocking(move || {
        let read = || {
            let mut reader = Reader::begin(BufReader::new(File::open(path)?), &own, &keys)?;
            while let Some(item) = reader.item()? {
                // Whoever took them in has given up.
                if items.blocking_send(Ok(item)).is_err() {
                    break;
                }
            }
            Ok(())
        };
        if let Err(error) = read() {
            drop(items.blocking_send(Err(error)));
        }
    });
    opened
}

impl<'s> Import<'s> {
    async fn begin(shared: &'s Shared, peer: Peer, cover: &Cover) -> Outcome<Self> {
        let (site, written_at) = (peer.site, cover.written_at);
        let (is_news, seen) = shared
            .store
            .read(move |rows| {
                Ok((bundles::is_news(rows, site, written_at)?, bundles::seen(rows, site)?))
            })
            .await?;
        let imported = Imported {
            peer: peer.clone(),
            written_at,
            changes: 0,
            new_changes: 0,
            files: 0,
            again: seen.contains(&written_at),
        };
        Ok(Self {
            shared,
            peer,
            is_news,
            apart: Arc::default(),
            reader: Some(Box::default()),
            held: BTreeMap::new(),
            relayed: Vec::new(),
            aside: BTreeSet::new(),
            file: None,
            imported,
        })
    }

    async fn take(&mut self, item: Item) -> Outcome<()> {
        match item {
            Item::Cover(_) => Ok(()),
            Item::File { content, size } => self.begin_file(content, size).await,
            Item::Part(part) => self.take_part(&part).await,
            Item::Frame(Frame::Offers { open, closed, all }) if self.is_news => {
                self.take_offers(open, closed, all).await
            }
            Item::Frame(Frame::Direct { on }) if self.is_news => self.take_direct(on).await,
            Item::Frame(Frame::Batch { signature, body, .. }) => {
                self.take_batch((signature, Vec::new()), body).await
            }
            Item::Frame(Frame::Relayed { signature, vouchers, body, .. }) => {
                self.take_batch((signature, vouchers), body).await
            }
            Item::Frame(Frame::Relay { site, key, name }) => {
                self.take_introduction(site, &key, name).await
            }
            Item::Frame(Frame::Holding { logs, .. }) if self.is_news => {
                self.take_held(self.shared.store.site().id, logs)
            }
            Item::Frame(Frame::HoldingOf { site, logs, .. }) if self.is_news => {
                self.take_held(site, logs)
            }
            Item::Frame(Frame::States { channels }) if self.is_news => {
                self.take_states(channels).await
            }
            Item::Frame(_) => Ok(()),
        }
    }

    /// Takes note of a site of which the bundle has changes. If it is known by another key, they are not
    /// proved.
    async fn take_introduction(&mut self, site: SiteId, key: &[u8], name: String) -> Outcome<()> {
        let key =
            VerifyingKey::decode(key).map_err(|_| refused("it names a site without a key"))?;
        let (store, peer) = (&self.shared.store, self.peer.clone());
        if site == store.site().id || site == peer.site {
            return Ok(());
        }
        let known = store.read(move |rows| sites::known(rows, site)).await?;
        if known.is_some_and(|known| known.key == key) {
            return Ok(());
        }
        let introduced =
            store.write(&[], move |work| sites::introduce(work, &peer, site, &key, &name));
        match introduced.await? {
            Introduction::Known => {}
            Introduction::OtherKey => {
                self.set_aside(site, "a site that is known by another key").await;
            }
            Introduction::TooMany => {
                self.set_aside(site, "more sites than there can be").await;
            }
        }
        Ok(())
    }

    fn take_held(&mut self, site: SiteId, logs: Vec<HeldLog>) -> Outcome<()> {
        self.held.entry(site).or_default().extend(logs);
        let parts: usize = self.held.values().flatten().map(|log| 1 + log.ranges.len()).sum();
        if parts > MOST_HELD {
            return Err(refused("it says that more is held than there can be"));
        }
        Ok(())
    }

    async fn take_offers(&mut self, open: Vec<Offer>, closed: Vec<Id>, all: bool) -> Outcome<()> {
        let too_many = || refused("it offers more channels than there can be");
        if open.len().max(closed.len()) > MOST_CHANNELS {
            return Err(too_many());
        }
        let (store, site, accept) = (&self.shared.store, self.peer.site, self.shared.config.accept);
        let news = store.read(move |rows| share::news(rows, site, (&open, &closed, all))).await?;
        if news.channels > MOST_CHANNELS {
            return Err(too_many());
        }
        for said in news.said.chunks(SLICE) {
            let said = said.to_vec();
            store.write(&[], move |work| share::note(work, site, &said, accept)).await?;
        }
        self.look_again().await
    }

    async fn take_direct(&mut self, on: bool) -> Outcome<()> {
        let site = self.peer.site;
        self.shared.store.write(&[], move |work| direct::note(work, site, on)).await?;
        self.look_again().await
    }

    /// What the peer shares and allows says what it may write.
    async fn look_again(&mut self) -> Outcome<()> {
        let site = self.peer.site;
        let peer = self.shared.store.read(move |rows| peer::by_site(rows, site)).await?;
        self.peer = peer.ok_or_else(|| refused("the sites are not linked any more"))?;
        Ok(())
    }

    async fn take_states(&mut self, channels: Vec<(Id, [u8; 32])>) -> Outcome<()> {
        if channels.len() > MOST_CHANNELS {
            return Err(refused("it tells the state of more channels than there can be"));
        }
        let site = self.peer.site;
        for said in channels.chunks(SLICE) {
            let said = said.to_vec();
            let noted =
                self.shared.store.write(&[], move |work| status::note_states(work, site, &said));
            noted.await?;
        }
        Ok(())
    }

    async fn take_batch(
        &mut self,
        (signature, vouchers): (Vec<u8>, Vec<Voucher>),
        body: Vec<u8>,
    ) -> Outcome<()> {
        let mut reader = self.reader.take().unwrap_or_default();
        let read = tokio::task::spawn_blocking(move || {
            let runs = reader.read(&body);
            (reader, runs)
        });
        let (reader, runs) = read.await.map_err(Failure::internal)?;
        self.reader = Some(reader);
        let runs = runs.map_err(refused)?;
        let batch = Arrived { runs, signature, vouchers, ..Arrived::default() };
        match self.judge(batch).await? {
            Verdict::Take(mut taken) => {
                self.relayed.append(&mut taken.relayed);
                self.take_over(Arc::new(taken)).await
            }
            Verdict::Refuse(why) | Verdict::SetAside(_, why) => {
                Err(refused(format!("it holds {why}")))
            }
            Verdict::OutOfStep => Err(Failure::internal("a bundle out of step")),
        }
    }

    /// Judges a batch; what is not good of other sites is left out of this one and all that follow.
    async fn judge(&mut self, batch: Arrived) -> Outcome<Verdict> {
        let store = &self.shared.store;
        loop {
            let (peer, features) = (self.peer.clone(), Arc::clone(store.features()));
            let apart = Arc::clone(&self.apart);
            let batch = Arrived { without: self.aside.clone(), ..batch.clone() };
            let judged = store.read(move |rows| {
                let mut apart = apart.lock().unwrap_or_else(PoisonError::into_inner);
                incoming::judge_apart(rows, &features, &peer, &mut apart, batch)
            });
            match judged.await? {
                Verdict::SetAside(site, why) if !self.aside.contains(&site) => {
                    self.set_aside(site, &why).await;
                }
                verdict => return Ok(verdict),
            }
        }
    }

    async fn set_aside(&mut self, site: SiteId, why: &str) {
        let note = Note::of(Action::BatchRefused).about(&self.peer).saying(why);
        refusals::note(&self.shared.store, note, None, 1).await;
        self.aside.insert(site);
    }

    async fn take_over(&mut self, taken: Arc<Taken>) -> Outcome<()> {
        let site = self.peer.site;
        let slices = taken.changes.len().div_ceil(SLICE).max(1);
        for slice in 0..slices {
            let taken = Arc::clone(&taken);
            let range = slice * SLICE..taken.changes.len().min((slice + 1) * SLICE);
            let mut scopes: Vec<Scope> =
                taken.changes[range.clone()].iter().map(|change| change.name.scope).collect();
            scopes.sort_unstable();
            scopes.dedup();
            self.imported.changes += range.len() as u64;
            let last = slice + 1 == slices;
            let new = self.shared.store.write(&scopes, move |work| {
                let changes = &taken.changes[range.clone()];
                if last {
                    incoming::finish_apart(work, site, changes, &taken)
                } else {
                    incoming::take_slice(work, changes)
                }
            });
            self.imported.new_changes += new.await?;
        }
        Ok(())
    }

    async fn begin_file(&mut self, content: [u8; 32], size: u64) -> Outcome<()> {
        let site = self.peer.site;
        let store = &self.shared.store;
        let is_wanted = store.read(move |rows| files::is_wanted(rows, site, &content)).await?
            && size <= self.shared.config.largest_file
            && !self.shared.blobs.has(Hash(content)).await?;
        let writer = match is_wanted {
            true => Some(self.shared.blobs.writer(size).await?),
            false => None,
        };
        self.file = Some(Incoming { content, left: size, writer });
        if size == 0 { self.end_file().await } else { Ok(()) }
    }

    async fn take_part(&mut self, part: &[u8]) -> Outcome<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        file.left = file.left.saturating_sub(part.len() as u64);
        if let Some(writer) = &mut file.writer {
            match writer.write(part).await {
                Ok(()) => {}
                Err(Refused::Failed(failure)) => return Err(failure),
                Err(Refused::TooLarge) => return Err(refused("a file in it is too long")),
            }
        }
        if file.left == 0 { self.end_file().await } else { Ok(()) }
    }

    async fn end_file(&mut self) -> Outcome<()> {
        let Some(Incoming { content, writer: Some(writer), .. }) = self.file.take() else {
            return Ok(());
        };
        let staged = writer.finish().await?;
        if staged.hash() != Hash(content) {
            tracing::warn!("a file in a bundle is not the one that it says it is");
            return Ok(());
        }
        staged.keep().await?;
        let site = self.peer.site;
        let settled =
            move |work: &mut fieldpost_kernel::Work<'_>| files::settled(work, site, &content);
        self.shared.store.write(&[], settled).await?;
        self.imported.files += 1;
        Ok(())
    }

    /// Takes what the bundle proved together with what is held, and notes that it was taken in.
    async fn finish(self, caller: Option<&Caller>, cover: &Cover, bytes: u64) -> Outcome<Imported> {
        let (store, site) = (&self.shared.store, self.peer.site);
        let apart = std::mem::take(&mut *self.apart.lock().unwrap_or_else(PoisonError::into_inner));
        let (logs, signed) = apart.logs();
        for logs in logs.chunks(LOGS) {
            let logs = logs.to_vec();
            let mut scopes: Vec<Scope> = logs.iter().map(|(name, _)| name.scope).collect();
            scopes.sort_unstable();
            scopes.dedup();
            let held = store.write(&scopes, move |work| {
                logs.iter().try_for_each(|(name, proved)| incoming::hold(work, name, proved))
            });
            held.await?;
        }
        store.write(&[], move |work| incoming::keep_signed(work, &signed)).await?;
        self.hear_receipt().await?;
        let Imported { written_at, new_changes, files, .. } = self.imported;
        let bundle =
            Bundle { is_ours: false, written_at, taken_at: 0, changes: new_changes, files, bytes };
        let (caller, peer, seen) = (caller.copied(), self.peer.clone(), cover.seen.clone());
        store
            .write(&[], move |work| bundles::taken(work, caller.as_ref(), &peer, &bundle, &seen))
            .await?;
        let line = self.shared.line(site);
        if self.imported.changes > 0 {
            line.owe_receipt();
        }
        self.shared.refresh().await?;
        // Files that were left out may be had over a line.
        line.fetch.notify_one();
        Ok(self.imported)
    }

    /// Notes what the peer says that it holds, and what it therefore holds of what it passed on.
    async fn hear_receipt(&self) -> Outcome<()> {
        let (store, site) = (&self.shared.store, self.peer.site);
        let own = store.site().id;
        let live = self.shared.outgoing(site);
        let (held, relayed) = (self.held.clone(), self.relayed.clone());
        let heard = move |rows: &mut dyn Rows, outgoing: &mut Outgoing| {
            let mut known = vec![outgoing.learn(rows, &relayed)?];
            for (site, logs) in &held {
                known.push(outgoing.told(rows, *site, logs)?);
            }
            Ok(known)
        };
        let known = store
            .read(move |rows| match &live {
                Some(live) => heard(rows, &mut live.lock().unwrap_or_else(PoisonError::into_inner)),
                None => {
                    let mut outgoing = Outgoing::load(rows, own, site)?;
                    heard(rows, &mut outgoing)
                }
            })
            .await?;
        store
            .write(&[], move |work| known.iter().try_for_each(|known| keep(work, site, known)))
            .await
    }
}
