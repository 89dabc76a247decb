//! One conversation of this site with a peer, frame by frame.
//!
//! Both sides begin with [`Session::greet`]. Then each frame that comes is given to
//! [`Session::hear`], whose answers are sent in their order, and [`Session::next`] gives the next
//! batch whenever there is something to send and room for it. There is no clock and no wire here: a
//! test moves frames by hand, or through a model of a bad link in virtual time.

mod beside;
mod hearing;
mod left_out;
mod preview;
mod relaying;
mod returned;
mod shares;

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fieldpost_kernel::{Failure, Outcome, Precedence};
use fieldpost_link::audit::{Action, Note};
use fieldpost_link::incoming::{self, Apart, Arrived, Verdict};
use fieldpost_link::share::{self, Accept};
use fieldpost_link::{Acknowledged, Mode, Outgoing, Peer, keep, peer, status};
use fieldpost_log::{Malformed, SiteId};
use fieldpost_model::Id;
use fieldpost_replica::{
    BatchReader, BatchWriter, Coding, Format, Frame, HeldLog, Urgent, decode, encode,
};
use fieldpost_store::Store;

pub use self::beside::Ear;
pub use self::preview::Early;
use self::relaying::Relays;
use crate::heard::{Allowance, FRAME, Heard, Offers};
use crate::leaving::{self, Wanted};
use crate::refusals;
use crate::routes::{Joined, Routes};

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
    /// What the peer was told last of what is shared and allowed, and of the states of channels.
    told: Mutex<Told>,
    /// What the peer said.
    heard: Mutex<Heard>,
    allowance: Arc<Allowance>,
    /// That the peer is talked to, for what others can pass on.
    joined: Joined,
    relays: Mutex<Relays>,
    left_out: Mutex<left_out::LeftOut>,
    /// What batches are written from and read with, which is kept from one to the next.
    writer: Arc<Mutex<BatchWriter>>,
    reader: Arc<Mutex<BatchReader>>,
    /// The newest format of batches that the peer is known to read.
    formats: AtomicU8,
    /// How many batches were written and read.
    written: AtomicU64,
    /// How many bytes the contents of the changes in them had.
    content: AtomicU64,
    read: AtomicU64,
    /// Who is told of what batches bring, if anybody is.
    ear: Option<Ear>,
    meter: Option<Meter>,
}

/// Says how many bytes were sent to the peer that the database does not know of yet.
pub type Meter = Arc<dyn Fn() -> i64 + Send + Sync>;

#[derive(Default)]
struct Told {
    version: Option<share::Version>,
    offers: Option<Frame>,
    direct: Option<bool>,
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
        let joined = Arc::new(Routes::default()).join(peer, true);
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
            joined,
            relays: Mutex::default(),
            left_out: Mutex::default(),
            writer: Arc::default(),
            reader: Arc::default(),
            formats: AtomicU8::new(Format::default().number()),
            written: AtomicU64::new(0),
            content: AtomicU64::new(0),
            read: AtomicU64::new(0),
            ear: None,
            meter: None,
        }
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
        Ok(std::iter::once(hello).chain(self.offers().await?).collect())
    }

    /// Whether an administrator of this side has what there is to say held back.
    async fn is_paused(&self) -> Step<bool> {
        Ok(self.known_peer().await?.mode != Mode::Active)
    }

    /// Counts what is sent, too, before the database knows of it.
    #[must_use]
    pub fn with_meter(self, meter: Meter) -> Self {
        Self { meter: Some(meter), ..self }
    }

    /// How many bytes may still be sent to the peer today, if there is a limit.
    async fn left_today(&self) -> Step<Option<u64>> {
        let unnoted = self.meter.as_ref().map_or(0, |meter| meter());
        Ok(self.known_peer().await?.left_today(self.store.now(), unnoted))
    }

    /// Whether what there is to say waits: for an administrator, or for another day.
    async fn is_held_back(&self) -> Step<bool> {
        Ok(self.is_paused().await? || self.left_today().await? == Some(0))
    }

    /// What this side shares and allows, as far as the peer was told something else; nothing while the
    /// link is paused, or has used up what it may send today.
    pub async fn offers(&self) -> Step<Vec<Frame>> {
        if self.is_held_back().await? {
            return Ok(Vec::new());
        }
        let site = self.peer;
        let version = self.store.read(move |rows| share::version(rows, site)).await?;
        if locked(&self.told).version == Some(version) {
            return Ok(Vec::new());
        }
        let offers = [self.offers_anew().await?, self.direct_anew().await?];
        // As of before the offers were read: what came in between is looked for once more.
        locked(&self.told).version = Some(version);
        Ok(offers.into_iter().flatten().collect())
    }

    /// Whether this side allows direct messages, if the peer was told something else.
    async fn direct_anew(&self) -> Step<Option<Frame>> {
        let said = self.known_peer().await?.direct.said();
        let mut told = locked(&self.told);
        if told.direct == said {
            return Ok(None);
        }
        told.direct = said;
        Ok(said.map(|on| Frame::Direct { on }))
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

    /// The states of what is shared, if the peer was told others and lacks nothing; none while the
    /// link is paused.
    pub async fn states(&self) -> Step<Option<Frame>> {
        let is_busy = !self.is_in_step() || self.under_way() > 0;
        if is_busy || self.is_held_back().await? {
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

    /// Whether it is known what the peer holds.
    fn is_in_step(&self) -> bool {
        self.in_step.load(Ordering::SeqCst)
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

    /// How many bytes the contents of the changes had that were written in batches, uncompressed.
    pub fn content(&self) -> u64 {
        self.content.load(Ordering::SeqCst)
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
        if !self.is_in_step() || self.is_held_back().await? {
            return Ok(None);
        }
        let left = self.left_today().await?.and_then(|left| usize::try_from(left).ok());
        let room = room.min(left.unwrap_or(usize::MAX));
        let parcel = leaving::next(&self.store, &self.outgoing, Wanted::Batch(room));
        let Some(parcel) = parcel.await? else { return Ok(None) };
        let (number, signature, vouchers) = (parcel.number, parcel.signature, parcel.vouchers);
        let entries = parcel.runs.iter().flat_map(|run| &run.entries);
        let content: usize = entries.map(|entry| entry.payload.len()).sum();
        // Compressing takes its time; nobody should wait for it.
        let (writer, format) = (Arc::clone(&self.writer), self.format());
        let body = tokio::task::spawn_blocking(move || {
            let mut writer = locked(&writer);
            writer.speak(format);
            writer.write(&parcel.runs, &parcel.hints, coding)
        });
        let body = body.await.map_err(Failure::internal)?.map_err(Failure::internal)?;
        self.heard().is_owed();
        self.written.fetch_add(1, Ordering::SeqCst);
        self.content.fetch_add(content as u64, Ordering::SeqCst);
        Ok(Some(Frame::batch(number, signature, vouchers, body)))
    }

    /// The next post that is to overtake what is under way, if there is any of either; or one that
    /// cannot wait for another day, if what may be sent today is used up.
    pub async fn urgent(&self) -> Step<Option<Urgent>> {
        if !self.is_in_step() || self.is_paused().await? {
            return Ok(None);
        }
        let least = match (self.left_today().await?, self.under_way()) {
            (Some(0), _) => Precedence::Immediate,
            (_, 0) => return Ok(None),
            _ => Precedence::Priority,
        };
        let parcel = leaving::next(&self.store, &self.outgoing, Wanted::Urgent(least));
        let Some(parcel) = parcel.await? else { return Ok(None) };
        let body = tokio::task::spawn_blocking(move || encode(&parcel.runs, &parcel.hints));
        let body = body.await.map_err(Failure::internal)?.map_err(Failure::internal)?;
        Ok(Some(Urgent { signature: parcel.signature, body }))
    }

    /// Takes in a post that overtook. What it proves is not counted as held: it comes once more. What
    /// the peer may not send is noted.
    pub async fn hear_urgent(&self, urgent: Urgent) -> Step<()> {
        let taken = self.heed_urgent(urgent).await;
        if let Err(ended) = &taken {
            self.note(true, ended).await;
        }
        taken
    }

    async fn heed_urgent(&self, Urgent { signature, body }: Urgent) -> Step<()> {
        self.spend(FRAME)?;
        let peer = self.known_peer().await?;
        let runs = tokio::task::spawn_blocking(move || decode(&body)).await;
        let runs = runs
            .map_err(Failure::internal)?
            .map_err(|_| Ended::Offence("an urgent post that cannot be read".to_owned()))?;
        let features = Arc::clone(self.store.features());
        let judged = self.store.read(move |rows| {
            let batch = Arrived { runs, signature, ..Arrived::default() };
            incoming::judge_apart(rows, &features, &peer, &mut Apart::default(), batch)
        });
        match judged.await? {
            Verdict::Take(taken) => self.take(None, taken).await,
            Verdict::OutOfStep => Err(Ended::Offence("an urgent post out of step".to_owned())),
            // Nothing urgent is passed on.
            Verdict::Refuse(why) | Verdict::SetAside(_, why) => Err(Ended::Offence(why)),
        }
    }

    /// Takes in a frame of the peer's, and gives what is to be answered. What the peer may not say,
    /// and what it did not take, is noted.
    pub async fn hear(&self, frame: Frame) -> Step<Vec<Frame>> {
        let is_batch = frame.is_batch();
        let answers = self.heed(frame).await;
        if let Err(ended) = &answers {
            self.note(is_batch, ended).await;
        }
        answers
    }

    /// Notes that the peer sent no frame, and ends the session.
    pub(crate) async fn malformed(&self, malformed: &Malformed) -> Ended {
        let ended = Ended::Offence(malformed.to_string());
        self.note(false, &ended).await;
        ended
    }

    /// Notes why a session ends, if it is for what the peer said.
    async fn note(&self, is_batch: bool, ended: &Ended) {
        let (action, why) = match ended {
            Ended::Offence(why) if is_batch => (Action::BatchRefused, why),
            Ended::Offence(why) => (Action::Offence, why),
            Ended::Refused(why) => (Action::BatchNotTaken, why),
            Ended::Unlinked | Ended::Failed(_) => return,
        };
        let Ok(peer) = self.known_peer().await else { return };
        refusals::note(&self.store, Note::of(action).about(&peer).saying(why), None, 1).await;
    }

    async fn heed(&self, frame: Frame) -> Step<Vec<Frame>> {
        match frame {
            Frame::Hello { received, held, .. } => self.hear_hello(received, held).await,
            Frame::Offers { open, closed, all } => {
                self.hear_offers(Offers { open, closed, all }).await
            }
            Frame::Batch { number, signature, body } => {
                self.hear_batch(number, (signature, Vec::new()), body).await
            }
            Frame::Relayed { number, signature, vouchers, body } => {
                self.hear_batch(number, (signature, vouchers), body).await
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
            Frame::Direct { on } => self.hear_direct(on).await,
            Frame::Relay { site, key, name } => self.hear_relay(site, &key, &name).await,
            Frame::Wanted { site, without, held } => self.hear_wanted(site, without, held).await,
            Frame::Unwanted { site } => self.hear_unwanted(site).await,
            Frame::RecountOf { site } => self.hear_recount_of(site).await,
            Frame::HoldingOf { site, logs, more } => self.hear_holding_of(site, logs, more).await,
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
        if believed != Some(held) {
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
        let was_in_step = self.in_step.swap(false, Ordering::SeqCst);
        let is_amidst = locked(&self.relays).is_told_amidst(was_in_step, more);
        let told = self.heard().told(received, logs, more)?;
        let Some((received, logs)) = told else { return Ok(Vec::new()) };
        let (outgoing, logs) = (Arc::clone(&self.outgoing), Arc::new(logs));
        let told = Arc::clone(&logs);
        let known = self
            .store
            .read(move |rows| locked(&outgoing).recount(rows, (received, is_amidst), &told));
        self.keep(known.await?).await?;
        if !is_amidst {
            locked(&self.relays).forget();
        }
        // The peer may have lost the thread of what it read.
        let writer = Arc::clone(&self.writer);
        let anew = tokio::task::spawn_blocking(move || locked(&writer).begin_anew());
        anew.await.map_err(Failure::internal)?;
        self.in_step.store(true, Ordering::SeqCst);
        self.ask_back(&logs).await
    }
}
