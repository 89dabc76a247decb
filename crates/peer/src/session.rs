//! One conversation of this site with a peer, frame by frame.
//!
//! Both sides begin with [`Session::greet`]. Then each frame that comes is given to
//! [`Session::hear`], whose answers are sent in their order, and [`Session::next`] gives the next
//! batch whenever there is something to send and room for it. There is no clock and no wire here: a
//! test moves frames by hand, or through a model of a bad link in virtual time.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fieldpost_kernel::{Failure, Outcome};
use fieldpost_link::incoming::{self, SLICE, Taken, Verdict};
use fieldpost_link::share::{self, Accept};
use fieldpost_link::{Acknowledged, Mode, Outgoing, Peer, keep, peer, status};
use fieldpost_log::{Scope, SiteId};
use fieldpost_model::Id;
use fieldpost_replica::{BatchReader, BatchWriter, Coding, Frame, HeldLog, Run, Unread};
use fieldpost_store::Store;

use crate::heard::{Allowance, FRAME, Heard, MOST_CHANNELS, Offers, STATES, State};

/// Why a session ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// The sites are not linked any more.
    Unlinked,
    /// The peer said what it may not say.
    Offence(String),
    /// The peer did not take what it was sent.
    Refused(String),
    /// This site could not go on.
    Failed(Failure),
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unlinked => f.write_str("the sites are not linked"),
            Self::Offence(why) => write!(f, "the peer sent {why}"),
            Self::Refused(why) => write!(f, "the peer refused what was sent: {why}"),
            Self::Failed(failure) => write!(f, "{failure}"),
        }
    }
}

impl From<Failure> for Ended {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// The most bytes of one frame of what is held: what is to be sent first waits behind it.
const HOLDING: usize = 1 << 20;

/// What a session's step comes to.
type Step<T> = Result<T, Ended>;

/// A conversation with a peer.
pub struct Session {
    store: Store,
    peer: SiteId,
    accept: Accept,
    outgoing: Arc<Mutex<Outgoing>>,
    /// What the peer holds is known: batches may be sent.
    in_step: AtomicBool,
    /// How many batches were sent and not answered when it was last looked at.
    under_way: AtomicUsize,
    /// The number of the newest batch that the peer was told is kept: it counts on from there.
    told_kept: AtomicU64,
    /// What the peer was told last of what is shared, and of the states of channels.
    told: Mutex<Told>,
    /// What the peer said.
    heard: Mutex<Heard>,
    allowance: Arc<Allowance>,
    /// What batches are written from and read with, which is kept from one to the next.
    writer: Arc<Mutex<BatchWriter>>,
    reader: Arc<Mutex<BatchReader>>,
    /// How many batches were written and read.
    written: AtomicU64,
    read: AtomicU64,
}

#[derive(Default)]
struct Told {
    version: Option<share::Version>,
    offers: Option<Frame>,
    states: Vec<(Id, [u8; 32])>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Session {
    /// What is known to be held by a peer; it is kept from one session to the next.
    pub async fn outgoing(store: &Store, peer: SiteId) -> Outcome<Arc<Mutex<Outgoing>>> {
        let own = store.site().id;
        let outgoing = store.read(move |rows| Outgoing::load(rows, own, peer)).await?;
        Ok(Arc::new(Mutex::new(outgoing)))
    }

    /// A session with a peer that has just been reached.
    pub fn new(store: Store, peer: SiteId, accept: Accept, outgoing: Arc<Mutex<Outgoing>>) -> Self {
        let in_step = AtomicBool::new(false);
        let told_kept = AtomicU64::new(0);
        let (under_way, told, heard) = (AtomicUsize::new(0), Mutex::default(), Mutex::default());
        let allowance = Arc::default();
        Self {
            store,
            peer,
            accept,
            outgoing,
            in_step,
            under_way,
            told_kept,
            told,
            heard,
            allowance,
            writer: Arc::default(),
            reader: Arc::default(),
            written: AtomicU64::new(0),
            read: AtomicU64::new(0),
        }
    }

    /// The session with what earlier ones have left of the peer's allowance.
    #[must_use]
    pub fn with_allowance(self, allowance: Arc<Allowance>) -> Self {
        Self { allowance, ..self }
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        locked(&self.heard)
    }

    /// What the peer said costs so much.
    fn spend(&self, cost: usize) -> Step<()> {
        self.allowance.spend(self.store.now(), cost)
    }

    async fn known_peer(&self) -> Step<Peer> {
        let site = self.peer;
        self.store.read(move |rows| peer::by_site(rows, site)).await?.ok_or(Ended::Unlinked)
    }

    /// The other site.
    pub const fn peer(&self) -> SiteId {
        self.peer
    }

    /// The first frames of this side.
    pub async fn greet(&self) -> Step<Vec<Frame>> {
        let (received, mut holding) = self.all_held().await?;
        let held = Frame::held_digest(&mut holding);
        let hello = Frame::Hello { name: self.store.site().name.clone(), received, held };
        Ok([Some(hello), self.offers().await?].into_iter().flatten().collect())
    }

    /// What this side shares, if the peer was told something else.
    pub async fn offers(&self) -> Step<Option<Frame>> {
        let site = self.peer;
        let version = self.store.read(move |rows| share::version(rows, site)).await?;
        if locked(&self.told).version == Some(version) {
            return Ok(None);
        }
        let offers = self.offers_anew().await?;
        // As of before the offers were read: what came in between is looked for once more.
        locked(&self.told).version = Some(version);
        Ok(offers)
    }

    /// The same, whether or not anything seems to have changed: where several servers write to one
    /// database, a channel may become visible after a newer one.
    pub async fn offers_anew(&self) -> Step<Option<Frame>> {
        let site = self.peer;
        if self.store.read(move |rows| share::any_new(rows, site)).await? {
            self.store.write(&[], move |work| share::share_new(work, Id::NONE, site)).await?;
        }
        let all = self.known_peer().await?.share_all;
        let (open, closed) = self
            .store
            .read(move |rows| Ok((share::mine(rows, site)?, share::ended(rows, site)?)))
            .await?;
        let offers = Frame::Offers { open, closed, all };
        let mut told = locked(&self.told);
        if told.offers.as_ref() == Some(&offers) {
            return Ok(None);
        }
        told.offers = Some(offers.clone());
        Ok(Some(offers))
    }

    /// The states of what is shared, if the peer was told others and lacks nothing.
    pub async fn states(&self) -> Step<Option<Frame>> {
        if !self.in_step.load(Ordering::SeqCst) || self.under_way() > 0 {
            return Ok(None);
        }
        let site = self.peer;
        let channels = self.store.read(move |rows| status::states(rows, site)).await?;
        let mut told = locked(&self.told);
        if told.states == channels {
            return Ok(None);
        }
        told.states.clone_from(&channels);
        Ok(Some(Frame::States { channels }))
    }

    /// How many batches are sent and not answered.
    pub fn under_way(&self) -> usize {
        // Making up a batch may take long, and nobody who asks this may wait.
        if let Ok(outgoing) = self.outgoing.try_lock() {
            self.under_way.store(outgoing.under_way(), Ordering::SeqCst);
        }
        self.under_way.load(Ordering::SeqCst)
    }

    /// Does something with what is known to be held, on a thread that may wait for its turn.
    async fn with_outgoing<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Outgoing) -> T + Send + 'static,
    ) -> Step<T> {
        let outgoing = Arc::clone(&self.outgoing);
        let done = tokio::task::spawn_blocking(move || work(&mut locked(&outgoing))).await;
        Ok(done.map_err(Failure::internal)?)
    }

    /// How many batches were written in this session, and how many were read.
    pub fn passed(&self) -> (u64, u64) {
        (self.written.load(Ordering::SeqCst), self.read.load(Ordering::SeqCst))
    }

    /// Gives back most of the memory that writing takes. The next batch costs more bytes.
    pub fn rest_writing(&self) {
        if let Ok(mut writer) = self.writer.try_lock() {
            writer.rest();
        }
    }

    /// Gives back most of the memory that reading takes. If the peer has not rested, its next batch
    /// is not read, and it is told all that is held.
    pub fn rest_reading(&self) {
        if let Ok(mut reader) = self.reader.try_lock() {
            reader.rest();
        }
    }

    /// The next batch, of about `room` bytes; none while the link is paused, while it is not known
    /// what the peer holds, and when the peer has everything.
    pub async fn next(&self, room: usize, coding: Coding) -> Step<Option<Frame>> {
        if !self.in_step.load(Ordering::SeqCst) || self.known_peer().await?.mode != Mode::Active {
            return Ok(None);
        }
        let outgoing = Arc::clone(&self.outgoing);
        let features = Arc::clone(self.store.features());
        let key = self.store.site().signing_key();
        let parcel =
            self.store.read(move |rows| locked(&outgoing).next(rows, &features, &key, room));
        let Some(parcel) = parcel.await? else { return Ok(None) };
        let (number, signature) = (parcel.number, parcel.signature);
        // Compressing takes its time; nobody should wait for it.
        let writer = Arc::clone(&self.writer);
        let body = tokio::task::spawn_blocking(move || {
            locked(&writer).write(&parcel.runs, &parcel.hints, coding)
        });
        let body = body.await.map_err(Failure::internal)?.map_err(Failure::internal)?;
        self.heard().is_owed();
        self.written.fetch_add(1, Ordering::SeqCst);
        Ok(Some(Frame::Batch { number, signature, body }))
    }

    /// Takes in a frame of the peer's, and gives what is to be answered.
    pub async fn hear(&self, frame: Frame) -> Step<Vec<Frame>> {
        match frame {
            Frame::Hello { received, held, .. } => self.hear_hello(received, held).await,
            Frame::Offers { open, closed, all } => {
                self.hear_offers(Offers { open, closed, all }).await
            }
            Frame::Batch { number, signature, body } => {
                self.hear_batch(number, signature, body).await
            }
            Frame::Kept { number } => {
                let known = self.with_outgoing(move |outgoing| outgoing.kept(number)).await?;
                self.keep(known).await?;
                Ok(Vec::new())
            }
            Frame::Refused { why, .. } => Err(Ended::Refused(why)),
            Frame::Recount => {
                self.heard().recount()?;
                self.holding().await
            }
            Frame::Holding { received, logs, more } => {
                self.hear_holding(received, logs, more).await
            }
            Frame::States { channels } => self.hear_states(channels).await,
        }
    }

    async fn keep(&self, known: Acknowledged) -> Step<()> {
        if !known.is_empty() {
            let site = self.peer;
            self.store.write(&[], move |work| keep(work, site, &known)).await?;
        }
        Ok(())
    }

    async fn hear_hello(&self, received: u64, held: [u8; 32]) -> Step<Vec<Frame>> {
        self.heard().hello()?;
        let known = self.with_outgoing(move |outgoing| outgoing.settle(received)).await?;
        self.keep(known).await?;
        let outgoing = Arc::clone(&self.outgoing);
        let believed = self.store.read(move |rows| locked(&outgoing).digest(rows)).await?;
        if believed != held {
            self.heard().is_owed();
            return Ok(vec![Frame::Recount]);
        }
        self.in_step.store(true, Ordering::SeqCst);
        Ok(Vec::new())
    }

    /// Answers a batch that does not fit.
    async fn out_of_step(&self) -> Step<Vec<Frame>> {
        self.spend(FRAME)?;
        self.holding().await
    }

    async fn holding(&self) -> Step<Vec<Frame>> {
        let (received, logs) = self.all_held().await?;
        Ok(Frame::holding(received, logs, HOLDING))
    }

    /// What the peer is about to be told that is held of it.
    async fn all_held(&self) -> Step<(u64, Vec<HeldLog>)> {
        let site = self.peer;
        let held = self.store.read(move |rows| incoming::holding(rows, site)).await?;
        let (received, logs) = held.ok_or(Ended::Unlinked)?;
        self.told_kept.store(received, Ordering::SeqCst);
        Ok((received, logs))
    }

    async fn hear_holding(
        &self,
        received: u64,
        logs: Vec<HeldLog>,
        more: bool,
    ) -> Step<Vec<Frame>> {
        self.spend(FRAME)?;
        // What was believed is wrong; what is right is known once all is told.
        self.in_step.store(false, Ordering::SeqCst);
        let told = self.heard().told(received, logs, more)?;
        let Some((received, logs)) = told else { return Ok(Vec::new()) };
        let outgoing = Arc::clone(&self.outgoing);
        let known =
            self.store.read(move |rows| locked(&outgoing).recount(rows, received, &logs)).await?;
        self.keep(known).await?;
        // The peer may have lost the thread of what it read.
        let writer = Arc::clone(&self.writer);
        let anew = tokio::task::spawn_blocking(move || locked(&writer).begin_anew());
        anew.await.map_err(Failure::internal)?;
        self.in_step.store(true, Ordering::SeqCst);
        Ok(Vec::new())
    }

    async fn hear_offers(&self, offers: Offers) -> Step<Vec<Frame>> {
        let too_many = || Ended::Offence("more offers than there can be channels".to_owned());
        self.spend(FRAME)?;
        if offers.open.len().max(offers.closed.len()) > MOST_CHANNELS {
            return Err(too_many());
        }
        if self.heard().knows_offers(&offers) {
            return Ok(Vec::new());
        }
        let (site, accept) = (self.peer, self.accept);
        let said = offers.clone();
        let news = self.store.read(move |rows| {
            share::news(rows, site, (said.open.as_slice(), said.closed.as_slice(), said.all))
        });
        let news = news.await?;
        if news.channels > MOST_CHANNELS {
            return Err(too_many());
        }
        self.spend(news.said.len())?;
        let mut changed = false;
        for said in news.said.chunks(SLICE) {
            let said = said.to_vec();
            let noted = self.store.write(&[], move |work| share::note(work, site, &said, accept));
            changed |= noted.await?;
        }
        self.heard().noted_offers(offers);
        Ok(if changed { self.offers().await?.into_iter().collect() } else { Vec::new() })
    }

    async fn hear_states(&self, states: Vec<State>) -> Step<Vec<Frame>> {
        self.spend(STATES)?;
        if states.len() > MOST_CHANNELS {
            return Err(Ended::Offence("more states than there can be channels".to_owned()));
        }
        let (site, states) = (self.peer, states.into_iter().collect());
        let new = self.heard().new_states(&states);
        for said in new.chunks(SLICE) {
            let said = said.to_vec();
            self.store.write(&[], move |work| status::note_states(work, site, &said)).await?;
        }
        self.heard().noted_states(states);
        Ok(Vec::new())
    }

    async fn hear_batch(&self, number: u64, signature: Vec<u8>, body: Vec<u8>) -> Step<Vec<Frame>> {
        let peer = self.known_peer().await?;
        // What is passed over is read all the same: what comes next goes on from it.
        let runs = self.read(body).await?;
        let told_kept = self.told_kept.load(Ordering::SeqCst);
        if number <= told_kept {
            return Ok(vec![Frame::Kept { number }]);
        }
        if number != told_kept.saturating_add(1) {
            // One before it did not fit, and the peer was told so: it will begin again there.
            return Ok(Vec::new());
        }
        if peer.received != told_kept {
            // The last conversation's batch of this number was kept after this one had begun: what
            // comes now is another.
            return self.out_of_step().await;
        }
        let Some(runs) = runs else { return self.out_of_step().await };
        let features = Arc::clone(self.store.features());
        let judged =
            self.store.read(move |rows| incoming::judge(rows, &features, &peer, runs, &signature));
        match judged.await? {
            Verdict::Take(taken) => {
                self.take(number, taken).await?;
                self.told_kept.store(number, Ordering::SeqCst);
                Ok(vec![Frame::Kept { number }])
            }
            Verdict::OutOfStep => self.out_of_step().await,
            Verdict::Refuse(why) => Err(Ended::Offence(why)),
        }
    }

    /// The changes of a batch; none if it goes on from one that was not read here.
    async fn read(&self, body: Vec<u8>) -> Step<Option<Vec<Run>>> {
        let reader = Arc::clone(&self.reader);
        let runs = tokio::task::spawn_blocking(move || locked(&reader).read(&body));
        self.read.fetch_add(1, Ordering::SeqCst);
        match runs.await.map_err(Failure::internal)? {
            Ok(runs) => Ok(Some(runs)),
            Err(Unread::OutOfStep) => Ok(None),
            Err(Unread::Malformed(malformed)) => Err(Ended::Offence(malformed.to_string())),
        }
    }

    async fn take(&self, number: u64, taken: Taken) -> Step<()> {
        let site = self.peer;
        let taken = Arc::new(taken);
        let slices = taken.changes.len().div_ceil(SLICE).max(1);
        for slice in 0..slices {
            let taken = Arc::clone(&taken);
            let range = slice * SLICE..taken.changes.len().min((slice + 1) * SLICE);
            let mut scopes: Vec<Scope> =
                taken.changes[range.clone()].iter().map(|change| change.name.scope).collect();
            scopes.sort_unstable();
            scopes.dedup();
            let last = slice + 1 == slices;
            self.store
                .write(&scopes, move |work| {
                    let changes = &taken.changes[range.clone()];
                    if last {
                        incoming::finish(work, site, number, changes, &taken)
                    } else {
                        incoming::take_slice(work, changes)
                    }
                })
                .await?;
        }
        Ok(())
    }
}
