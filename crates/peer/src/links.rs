//! All links of a site: who is dialled, who is let in, and how each link is.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use fieldpost_access::Caller;
use fieldpost_blobs::Blobs;
use fieldpost_carriage::{Endpoint, Tunnel};
use fieldpost_kernel::{Clock, Failure, FailureKind, Outcome, Rows};
use fieldpost_link::budget::{self, Asked};
use fieldpost_link::bundles::{self as carried, Bundle};
use fieldpost_link::share::Accept;
use fieldpost_link::{
    Addresses, Mode, Outgoing, Peer, direct, files, incoming, invite, offers, peer, sites, status,
};
use fieldpost_log::SiteId;
use fieldpost_model::Id;
use fieldpost_store::Store;
use tokio::task::AbortHandle;
use tokio::time::timeout;

use crate::bundles::Senders;
use crate::calls::{answer_the_door, dial};
use crate::guests::GuestList;
use crate::line::{GOODBYE, Line};
use crate::routes::Routes;
use crate::state::{Beyond, Fresh, LineState, PeerStatus, Status, line_state};
use crate::windows::Hours;
use crate::{
    Diode, Folders, Imported, Packing, Proxy, Thin, bundles, diode, folders, measures, pairing,
    thin,
};

/// Why a line over thin datagrams is down, though the conversation goes on once the link is back.
const NOT_HEARD: &str = "nothing was heard although an answer was due; it is tried again and again";

/// Bundles that the status of a link names.
const BUNDLES: u64 = 20;

/// How links are made.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where others may call; nowhere without it.
    pub listen: Option<SocketAddr>,
    /// What others are told to call; empty if they cannot.
    pub address: String,
    /// How often a silent peer that was called is asked whether it is there.
    pub keep_alive: Duration,
    /// What becomes of channels that peers share.
    pub accept: Accept,
    /// The largest file that is fetched, in bytes.
    pub largest_file: u64,
    /// Where bundles come one way; nowhere without it.
    pub diode: Option<Diode>,
    /// Where bundles come and go as files.
    pub folders: Folders,
    /// Peers that are reached over thin datagrams, by their name here.
    pub thin: BTreeMap<String, Thin>,
    /// Through which proxy others are reached where only the web passes.
    pub proxy: Arc<Proxy>,
}

/// What every task of the links has in hand.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) store: Store,
    pub(crate) blobs: Blobs,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) config: Arc<Config>,
    guests: Arc<GuestList>,
    endpoint: Arc<OnceLock<Arc<Endpoint>>>,
    /// Whether those who come are let in.
    door: Arc<OnceLock<()>>,
    silent: Arc<AtomicBool>,
    lines: Arc<Mutex<BTreeMap<SiteId, Arc<Line>>>>,
    /// Which peer passes on what of which other site.
    pub(crate) routes: Arc<Routes>,
    /// Whose one-way bundles are taken.
    senders: Arc<Mutex<Arc<Senders>>>,
    /// Held while the links are looked at anew: what was read last counts.
    refreshing: Arc<tokio::sync::Mutex<()>>,
    /// When links open and close by themselves.
    pub(crate) hours: Arc<Hours>,
    /// What goes on until the site stops: hearing what comes one way, and watching folders.
    watching: Arc<OnceLock<Vec<AbortHandle>>>,
    /// What looks at all lines now and then; nobody does until there is one.
    measuring: Arc<OnceLock<AbortHandle>>,
}

impl Shared {
    /// The endpoint, made when it is first needed: a site without links opens no port.
    pub(crate) fn endpoint(&self) -> Outcome<Arc<Endpoint>> {
        if let Some(endpoint) = self.endpoint.get() {
            return Ok(Arc::clone(endpoint));
        }
        let guests = Arc::clone(&self.guests);
        let bound = Endpoint::bind(self.config.listen, self.store.site().seed(), guests);
        let bound = bound.map_err(|error| {
            Failure::new(
                FailureKind::Unavailable,
                "api.fieldpost.link.port",
                format!("This site cannot use its port for links: {error}"),
            )
        })?;
        let bound = bound.keeping_alive_every(self.config.keep_alive);
        let endpoint = Arc::clone(self.endpoint.get_or_init(|| Arc::new(bound)));
        if self.is_silent() {
            endpoint.fall_silent();
        }
        Ok(endpoint)
    }

    /// Lets in who may come from now on, and gives where they come.
    fn open_door(&self) -> Outcome<Arc<Endpoint>> {
        let endpoint = self.endpoint()?;
        self.door.get_or_init(|| {
            let (shared, endpoint) = (self.clone(), Arc::clone(&endpoint));
            tokio::spawn(async move {
                tokio::select! {
                    () = answer_the_door(shared.clone(), endpoint) => {}
                    () = shared.guests.note_turned_away(&shared.store) => {}
                }
            });
        });
        Ok(endpoint)
    }

    /// Whether every link is silent: nothing leaves the site's port then, not even an answer.
    pub(crate) fn is_silent(&self) -> bool {
        self.silent.load(Ordering::Relaxed)
    }

    /// Refuses what takes an answer while the site keeps silence.
    fn require_voice(&self) -> Outcome<()> {
        if self.is_silent() { Err(silence()) } else { Ok(()) }
    }

    /// Keeps silence, or ends it, as the modes of all links have it.
    fn keep_silence(&self, peers: &[Peer]) {
        let now = self.clock.now();
        let silent = !peers.is_empty() && peers.iter().all(|peer| peer.is_silent(now));
        let was = self.silent.swap(silent, Ordering::Relaxed);
        if let Some(endpoint) = self.endpoint.get().filter(|_| was != silent) {
            if silent { endpoint.fall_silent() } else { endpoint.speak() }
        }
    }

    /// Where others may call, if they may.
    fn listening(&self) -> Option<SocketAddr> {
        self.config.listen?;
        self.endpoint.get()?.local_addr().ok()
    }

    /// What others are told to call; empty if they cannot, or if nobody said where that is.
    pub(crate) fn address(&self) -> String {
        if !self.config.address.is_empty() {
            return self.config.address.clone();
        }
        self.listening()
            .filter(|address| !address.ip().is_unspecified())
            .map(|address| address.to_string())
            .unwrap_or_default()
    }

    /// Reads anew who the peers are, and tries to reach those that can be called.
    pub(crate) async fn refresh(&self) -> Outcome<()> {
        let _turn = self.refreshing.lock().await;
        self.guests.refresh(&self.store).await?;
        let peers = self.store.read(|rows| peer::all(rows)).await?;
        let now = self.clock.now();
        self.hours.follow(&peers, now);
        self.hours.keep(self);
        if !peers.is_empty() {
            self.measuring.get_or_init(|| measures::keep(self.clone()));
        }
        *self.senders.lock().unwrap_or_else(PoisonError::into_inner) =
            Arc::new(Senders::of(self, &peers));
        for peer in &peers {
            let line = self.line(peer.site);
            line.set_limit(peer.rate);
            if peer.is_silent(now) {
                self.note_traffic(peer.site, &line).await;
                line.hang_up(why_silent(peer));
                continue;
            }
            let (shared, site) = (self.clone(), peer.site);
            let thin = self.config.thin.get(&peer.name);
            if !peer.address.is_empty() && thin.is_none_or(|thin| !thin.only) {
                let shared = shared.clone();
                line.dial_with(|| tokio::spawn(async move { dial(&shared, site).await }));
            }
            if thin.is_some() {
                line.talk_with(|| tokio::spawn(async move { thin::keep(&shared, site).await }));
            }
            line.wake.notify_one();
            line.speak.notify_one();
            line.wake_thin.notify_one();
        }
        let mut lines = self.lines();
        lines.retain(|site, line| {
            let known = peers.iter().any(|peer| peer.site == *site);
            if !known {
                line.hang_up("the sites are not linked any more");
            }
            known
        });
        drop(lines);
        self.keep_silence(&peers);
        Ok(())
    }

    /// Notes what passed over a line that is about to be closed.
    pub(crate) async fn note_traffic(&self, site: SiteId, line: &Line) {
        let _books = line.books().lock().await;
        let Some(more) = line.traffic(1) else { return };
        let noted = self.store.write(&[], move |work| peer::note_contact(work, site, more)).await;
        if let Err(failure) = noted {
            tracing::warn!(%failure, "what passed a link could not be noted");
        }
    }

    /// Whose one-way bundles are taken.
    pub(crate) fn senders(&self) -> Arc<Senders> {
        Arc::clone(&self.senders.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn lines(&self) -> std::sync::MutexGuard<'_, BTreeMap<SiteId, Arc<Line>>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every line there is.
    pub(crate) fn all_lines(&self) -> BTreeMap<SiteId, Arc<Line>> {
        self.lines().clone()
    }

    pub(crate) fn line(&self, site: SiteId) -> Arc<Line> {
        Arc::clone(self.lines().entry(site).or_default())
    }

    /// What a peer is known to hold, if there was a conversation with it.
    pub(crate) fn outgoing(&self, site: SiteId) -> Option<Arc<Mutex<Outgoing>>> {
        self.lines().get(&site)?.outgoing()
    }

    pub(crate) async fn peer(&self, site: SiteId) -> Option<Peer> {
        self.store.read(move |rows| peer::by_site(rows, site)).await.ok().flatten()
    }
}

fn silence() -> Failure {
    Failure::new(
        FailureKind::Conflict,
        "api.fieldpost.link.silence",
        "Every link of this site is silent or outside of its time windows, so it calls nobody and \
         answers nobody: resume or open one first.",
    )
}

/// Why this side has hung up, for the other and for people here.
pub(crate) fn why_silent(peer: &Peer) -> &'static str {
    match peer.mode {
        Mode::Silent => "this site is silent",
        Mode::Active | Mode::Paused => "the time window of this link has ended",
    }
}

/// All links of a site; cheap to clone.
#[derive(Clone)]
pub struct Links(pub(crate) Shared);

impl Links {
    /// Begins: listens if it is to, and calls the peers that can be called.
    pub async fn start(
        store: Store,
        blobs: Blobs,
        clock: Arc<dyn Clock>,
        config: Config,
    ) -> Outcome<Self> {
        let shared = Shared {
            store,
            blobs,
            guests: Arc::new(GuestList::new(Arc::clone(&clock))),
            clock,
            config: Arc::new(config),
            endpoint: Arc::default(),
            door: Arc::default(),
            silent: Arc::default(),
            lines: Arc::default(),
            routes: Arc::default(),
            senders: Arc::default(),
            refreshing: Arc::default(),
            hours: Arc::default(),
            watching: Arc::default(),
            measuring: Arc::default(),
        };
        // Before there is a port: who keeps silence begins with it.
        shared.keep_silence(&shared.store.read(|rows| peer::all(rows)).await?);
        if shared.config.listen.is_some() {
            shared.open_door()?;
        }
        shared.refresh().await?;
        let links = Self(shared);
        let diode = links.0.config.diode.as_ref();
        let diode = diode.map(|diode| diode::listen(&links.0, diode)).transpose()?;
        let mut watching = folders::watch(&links, &links.0.config.folders);
        watching.extend(diode);
        drop(links.0.watching.set(watching));
        Ok(links)
    }

    /// Hangs up everywhere.
    pub async fn stop(&self) {
        self.0.watching.get().into_iter().flatten().for_each(AbortHandle::abort);
        self.0.measuring.get().into_iter().for_each(AbortHandle::abort);
        self.0.hours.stop();
        for (site, line) in self.0.all_lines() {
            self.0.note_traffic(site, &line).await;
            line.hang_up("this site is stopping");
        }
        if let Some(endpoint) = self.0.endpoint.get() {
            let goodbye = endpoint.shutdown(GOODBYE, "this site is stopping");
            drop(timeout(Duration::from_secs(1), goodbye).await);
        }
    }

    /// Where others may call, if they may.
    pub fn listening(&self) -> Option<SocketAddr> {
        self.0.listening()
    }

    /// A way in for somebody who comes through the web, and is to be carried.
    pub fn tunnel(&self) -> Outcome<Tunnel> {
        if !self.0.guests.expects_anybody() {
            return Err(Failure::not_found(
                "api.fieldpost.link.nobody",
                "This site is linked with nobody, and has invited nobody.",
            ));
        }
        self.0.require_voice()?;
        self.0.open_door()?.tunnel().ok_or_else(silence)
    }

    /// Makes an invitation, and gives its code.
    pub async fn invite(&self, caller: Caller, address: Option<String>) -> Outcome<String> {
        let address = address.unwrap_or_else(|| self.0.address());
        // What is no address is refused as such.
        let is_reached =
            Addresses::parse(&address).map_or(!address.is_empty(), |all| !all.web.is_empty());
        if self.0.config.listen.is_none() && !is_reached {
            return Err(Failure::invalid(
                "api.fieldpost.link.not_listening",
                "This site does not listen for others: set link.listen, say its address in the web \
                 (https://…), or invite from the other site.",
            ));
        }
        self.0.require_voice()?;
        if address.is_empty() {
            return Err(Failure::invalid(
                "api.fieldpost.link.no_address",
                "Say at which address the other site can reach this one, as HOST:PORT.",
            ));
        }
        let site = self.0.store.site();
        let (id, key) = (site.id, site.signing_key().verifying_key());
        let code = self
            .0
            .store
            .write(&[], move |work| invite::invite(work, &caller, (id, &key), &address))
            .await?;
        self.0.refresh().await?;
        Ok(code)
    }

    /// Accepts an invitation; gives the other site and its name.
    pub async fn accept(&self, caller: Caller, code: &str) -> Outcome<(SiteId, String)> {
        self.0.require_voice()?;
        let linked = pairing::accept(&self.0, caller, code).await?;
        self.0.refresh().await?;
        Ok(linked)
    }

    /// Writes a bundle for a peer, or the packets of one: what it is not known to hold, in a file. If
    /// this fails, what was written is neither.
    pub async fn export_bundle(
        &self,
        caller: Caller,
        name: String,
        packing: Packing,
        out: Box<dyn Write + Send>,
    ) -> Outcome<(Peer, Bundle)> {
        bundles::export(&self.0, &caller, &name, packing, out).await
    }

    /// Takes in a bundle of some peer's, which lies at a path, or enough of whose packets do.
    pub async fn import_bundle(&self, caller: Caller, path: &Path) -> Outcome<Imported> {
        bundles::import(&self.0, &caller, path).await
    }

    /// Pauses a link, silences it, or takes it up again.
    pub async fn set_mode(&self, caller: Caller, name: String, mode: Mode) -> Outcome<()> {
        self.0.store.write(&[], move |work| peer::set_mode(work, &caller, &name, mode)).await?;
        self.0.refresh().await
    }

    /// Sets what a link may use.
    pub async fn set_budget(&self, caller: Caller, name: String, asked: Asked) -> Outcome<()> {
        self.0.store.write(&[], move |work| budget::set(work, &caller, &name, &asked)).await?;
        self.0.refresh().await
    }

    /// Ends a link.
    pub async fn remove(&self, caller: Caller, name: String) -> Outcome<()> {
        self.0.store.write(&[], move |work| peer::remove(work, &caller, &name)).await?;
        self.0.refresh().await
    }

    /// Forgets the key of a site that is not linked any more.
    pub async fn forget(&self, caller: Caller, name: String) -> Outcome<()> {
        self.0.store.write(&[], move |work| peer::forget(work, &caller, &name)).await
    }

    /// How this site and its links are.
    pub async fn status(&self) -> Outcome<Status> {
        let site = self.0.store.site();
        let mut peers = Vec::new();
        for peer in self.0.store.read(|rows| peer::all(rows)).await? {
            peers.push(self.peer_status(peer).await?);
        }
        let listening = self.listening().map(|address| address.to_string()).unwrap_or_default();
        Ok(Status { site: site.name.clone(), id: site.id, listening, peers })
    }

    pub(crate) async fn peer_status(&self, peer: Peer) -> Outcome<PeerStatus> {
        let line = self.0.line(peer.site);
        let (own, site) = (self.0.store.site().id, peer.site);
        let outgoing = line.outgoing();
        let features = Arc::clone(self.0.store.features());
        let is_thin = self.0.is_thin(site);
        let (shared, offers, backlog, bundles, conversations, files_waiting) = self
            .0
            .store
            .read(move |rows| {
                let backlog = measures::backlog(rows, &features, outgoing.as_ref(), [own, site])?;
                let bundles = carried::list(rows, site, BUNDLES)?;
                let (shared, offers) = (status::shared(rows, site)?, offers::waiting(rows, site)?);
                let conversations = direct::conversations(rows, site)?;
                let files = files::waits(rows, site, is_thin)?;
                Ok((shared, offers, backlog, bundles, conversations, files))
            })
            .await?;
        let beyond = self.beyond(site).await?;
        let connection = line.connection();
        let is_heard = connection.as_ref().is_some_and(|wire| wire.is_heard());
        let opening = peer.windows.at(self.0.clock.now());
        let state = line_state(&peer, opening, is_heard);
        let books = line.books().lock().await;
        let peer = self.0.peer(site).await.unwrap_or(peer);
        let (sent, received) = line.unnoted();
        drop(books);
        Ok(PeerStatus {
            state,
            opening,
            spent_today: peer.spent_today(self.0.clock.now(), sent),
            why_down: match state {
                LineState::Down if connection.is_some() => NOT_HEARD.to_owned(),
                LineState::Down => line.why_down(),
                _ => String::new(),
            },
            carriage: connection.as_ref().map(|wire| wire.carriage()),
            backlog,
            last_contact: line.last_heard().max(peer.last_contact),
            sent_bytes: peer.sent_bytes + sent,
            received_bytes: peer.received_bytes + received,
            measured: self.0.measured(&peer, &line, &backlog),
            rtt: connection.and_then(|c| u64::try_from(c.stats().rtt.as_millis()).ok()),
            shared,
            offers,
            conversations,
            bundles,
            files_waiting,
            beyond,
            peer,
        })
    }

    /// The sites whose changes a peer can pass on, by name.
    async fn beyond(&self, peer: SiteId) -> Outcome<Vec<Beyond>> {
        let routes = Arc::clone(&self.0.routes);
        let heard = routes.beyond(peer);
        if heard.is_empty() {
            return Ok(Vec::new());
        }
        let named = move |rows: &mut dyn Rows| {
            let mut beyond = Vec::new();
            for site in heard {
                let name = sites::known(rows, site)?.map(|known| known.name).unwrap_or_default();
                let wish = incoming::wish(rows, peer, site, routes.is_linked(site))?;
                beyond.push(Beyond { site, name, is_wanted: !wish.is_nothing });
            }
            beyond.sort_by(|one, other| one.name.cmp(&other.name));
            Ok(beyond)
        };
        self.0.store.read(named).await
    }

    /// How fresh a channel is from each site that shares it, for somebody who is in it.
    pub async fn freshness(&self, channel: Id, person: Id) -> Outcome<Vec<Fresh>> {
        let sharing = self
            .0
            .store
            .read(move |rows| {
                let sites = status::sharing(rows, channel, person)?;
                let peers = peer::all(rows)?;
                Ok(peers.into_iter().filter(|p| sites.contains(&p.site)).collect::<Vec<_>>())
            })
            .await?;
        let now = self.0.clock.now();
        let fresh = sharing.into_iter().map(|peer| {
            let line = self.0.line(peer.site);
            let wire = line.connection();
            let is_heard = wire.as_ref().is_some_and(|wire| wire.is_heard());
            let state = line_state(&peer, peer.windows.at(now), is_heard);
            let last_contact = line.last_heard().max(peer.last_contact);
            Fresh {
                site: peer.name,
                state,
                last_contact,
                rate: wire.and_then(|w| w.carriage().rate()),
            }
        });
        Ok(fresh.collect())
    }
}
