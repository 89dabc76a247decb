//! All links of a site: who is dialled, who is let in, and how each link is.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use fieldpost_access::Caller;
use fieldpost_blobs::Blobs;
use fieldpost_carriage::{Connection, Endpoint, Purpose};
use fieldpost_kernel::{Clock, Failure, FailureKind, Outcome};
use fieldpost_link::share::{self, Accept, Which};
use fieldpost_link::{Backlog, Mode, Outgoing, Peer, invite, offers, peer, status};
use fieldpost_log::SiteId;
use fieldpost_model::{Id, Millis};
use fieldpost_store::{Claim, Store};
use tokio::sync::Semaphore;
use tokio::time::{Instant, interval, timeout};

use crate::guests::GuestList;
use crate::line::{GOODBYE, Line};
use crate::pauses::Pauses;
use crate::{courier, pairing};

/// How long one try to reach a peer may take: a new one finds a link that is back sooner.
const TRY: Duration = Duration::from_secs(7);

/// How links are made.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where others may call; nowhere without it.
    pub listen: Option<SocketAddr>,
    /// What others are told to call; empty if they cannot.
    pub address: String,
    /// What becomes of channels that peers share.
    pub accept: Accept,
    /// The largest file that is fetched, in bytes.
    pub largest_file: u64,
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
    lines: Arc<Mutex<BTreeMap<SiteId, Arc<Line>>>>,
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
        Ok(Arc::clone(self.endpoint.get_or_init(|| Arc::new(bound))))
    }

    /// Reads anew who the peers are, and tries to reach those that can be called.
    pub(crate) async fn refresh(&self) -> Outcome<()> {
        self.guests.refresh(&self.store).await?;
        let peers = self.store.read(|rows| peer::all(rows)).await?;
        for peer in &peers {
            let line = self.line(peer.site);
            if peer.mode == Mode::Silent {
                line.hang_up("this site is silent");
            } else if !peer.address.is_empty() {
                let shared = self.clone();
                let peer = peer.site;
                line.dial_with(|| tokio::spawn(async move { dial(&shared, peer).await }));
            }
            line.wake.notify_one();
        }
        let mut lines = self.lines();
        lines.retain(|site, line| {
            let known = peers.iter().any(|peer| peer.site == *site);
            if !known {
                line.hang_up("the sites are not linked any more");
            }
            known
        });
        Ok(())
    }

    fn lines(&self) -> std::sync::MutexGuard<'_, BTreeMap<SiteId, Arc<Line>>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn line(&self, site: SiteId) -> Arc<Line> {
        Arc::clone(self.lines().entry(site).or_default())
    }

    async fn peer(&self, site: SiteId) -> Option<Peer> {
        self.store.read(move |rows| peer::by_site(rows, site)).await.ok().flatten()
    }
}

/// Calls a peer whenever there is no line to it, for as long as it is one that is called.
async fn dial(shared: &Shared, site: SiteId) {
    let mut pauses = Pauses::default();
    loop {
        let Some(peer) = shared.peer(site).await else { return };
        if peer.address.is_empty() || peer.mode == Mode::Silent {
            return;
        }
        let line = shared.line(site);
        if line.connection().is_none() {
            match reach(shared, &peer).await {
                Ok((connection, claim)) => {
                    let begun = Instant::now();
                    let in_vain = hold(shared, site, connection, &claim).await;
                    pauses.talked(begun.elapsed(), in_vain);
                }
                Err(why) => {
                    tracing::debug!(peer = %peer.name, %why, "a peer was not reached");
                    line.ended(why);
                    pauses.not_reached();
                }
            }
        }
        let pause = pauses.next(shared.store.site().id < site);
        // A line that was made from the other side ends by itself; it is looked at again then.
        drop(timeout(pause, line.wake.notified()).await);
    }
}

/// How often it is looked whether this server may still talk to a peer.
const LOOK: Duration = Duration::from_secs(5);

/// Claims a peer for this server, or says why not.
async fn claim(shared: &Shared, site: SiteId) -> Result<Arc<Claim>, String> {
    match shared.line(site).claim(&shared.store, site).await {
        Ok(Some(claim)) => Ok(claim),
        Ok(None) => Err("another server of this site talks to it".to_owned()),
        Err(failure) => Err(failure.to_string()),
    }
}

/// Returns once a claim does not stand any more.
async fn lost(claim: &Claim) {
    let mut look = interval(LOOK);
    loop {
        look.tick().await;
        if !claim.stands().await {
            return;
        }
    }
}

async fn reach(shared: &Shared, peer: &Peer) -> Result<(Connection, Arc<Claim>), String> {
    let claim = claim(shared, peer.site).await?;
    let endpoint = shared.endpoint().map_err(|failure| failure.to_string())?;
    let dialled = timeout(TRY, endpoint.dial(&peer.address, &peer.key, Purpose::Link)).await;
    match dialled {
        Ok(Ok(connection)) => Ok((connection, claim)),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("nobody answers".to_owned()),
    }
}

/// Talks with a peer over a connection, in place of one that there may be; gives whether in vain.
async fn hold(shared: &Shared, site: SiteId, connection: Connection, claim: &Claim) -> bool {
    let line = shared.line(site);
    let connection = Arc::new(connection);
    let Some(_turn) = line.turn(&connection).await else { return false };
    line.heard(shared.clock.now());
    tokio::select! {
        talked = courier::talk(shared, site, &line, &connection) => {
            line.ended(talked.why);
            talked.in_vain
        }
        () = lost(claim) => {
            connection.close(GOODBYE, "another server of this site may talk");
            line.ended("another server of this site may talk to it".to_owned());
            false
        }
    }
}

/// Strangers that are heard at the same time, at most: each may fill some memory before it has said
/// who it is.
const STRANGERS: usize = 4;

/// Lets in who may come, for as long as the endpoint is there.
async fn answer_the_door(shared: Shared, endpoint: Arc<Endpoint>) {
    let strangers = Arc::new(Semaphore::new(STRANGERS));
    while let Some(connection) = endpoint.accept().await {
        let shared = shared.clone();
        match connection.purpose() {
            Purpose::Pair => match Arc::clone(&strangers).try_acquire_owned() {
                Ok(place) => drop(tokio::spawn(async move {
                    pairing::receive(&shared, connection).await;
                    drop(place);
                })),
                Err(_) => connection.close(GOODBYE, "too many at once, try again"),
            },
            Purpose::Link => {
                drop(tokio::spawn(async move { let_in(&shared, connection).await }));
            }
        }
    }
}

async fn let_in(shared: &Shared, connection: Connection) {
    let key = connection.peer_key().clone();
    let found = shared.store.read(move |rows| peer::by_key(rows, &key)).await;
    match found {
        Ok(Some(peer)) if peer.mode != Mode::Silent => match claim(shared, peer.site).await {
            Ok(claim) => {
                hold(shared, peer.site, connection, &claim).await;
            }
            Err(why) => connection.close(GOODBYE, &why),
        },
        Ok(_) => connection.close(GOODBYE, "not now"),
        Err(failure) => {
            tracing::warn!(%failure, "a peer could not be looked up");
            connection.close(GOODBYE, "not now");
        }
    }
}

/// All links of a site; cheap to clone.
#[derive(Clone)]
pub struct Links(Shared);

/// What a link does now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineState {
    /// Both sides talk.
    Connected,
    /// The peer is not reached.
    Down,
    /// An administrator of this side holds changes back.
    Paused,
    /// An administrator of this side had it hang up.
    Silent,
}

impl LineState {
    /// The state's name on the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::Down => "down",
            Self::Paused => "paused",
            Self::Silent => "silent",
        }
    }
}

/// How this site and its links are.
#[derive(Debug, Clone)]
pub struct Status {
    /// What people call this site.
    pub site: String,
    /// Its id.
    pub id: SiteId,
    /// Where others may call; empty for nowhere.
    pub listening: String,
    /// The links, by name.
    pub peers: Vec<PeerStatus>,
}

/// How one link is.
#[derive(Debug, Clone)]
pub struct PeerStatus {
    /// The peer.
    pub peer: Peer,
    /// What the link does.
    pub state: LineState,
    /// Why it is down, if it is.
    pub why_down: String,
    /// What is still to be sent.
    pub backlog: Backlog,
    /// When the peer was last heard; 0 for never.
    pub last_contact: Millis,
    /// Bytes sent to it so far.
    pub sent_bytes: i64,
    /// Bytes received from it so far.
    pub received_bytes: i64,
    /// The time of a round trip in milliseconds, while it is connected.
    pub rtt: Option<u64>,
    /// What this side shares with it.
    pub shared: Vec<SharedStatus>,
    /// What it offers, and waits for an administrator of this side.
    pub offers: Vec<Waiting>,
}

/// A channel that is shared.
pub use fieldpost_link::status::Shared as SharedStatus;

/// A channel that is offered.
pub use fieldpost_link::offers::Waiting;

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
            lines: Arc::default(),
        };
        if shared.config.listen.is_some() {
            let endpoint = shared.endpoint()?;
            tokio::spawn(answer_the_door(shared.clone(), endpoint));
        }
        shared.refresh().await?;
        Ok(Self(shared))
    }

    /// Hangs up everywhere.
    pub async fn stop(&self) {
        for line in self.0.lines().values() {
            line.hang_up("this site is stopping");
        }
        if let Some(endpoint) = self.0.endpoint.get() {
            let goodbye = endpoint.shutdown(GOODBYE, "this site is stopping");
            drop(timeout(Duration::from_secs(1), goodbye).await);
        }
    }

    /// Where others may call, if they may.
    pub fn listening(&self) -> Option<SocketAddr> {
        self.0.config.listen?;
        self.0.endpoint.get()?.local_addr().ok()
    }

    /// What others are told to call.
    fn address(&self) -> String {
        if !self.0.config.address.is_empty() {
            return self.0.config.address.clone();
        }
        self.listening()
            .filter(|address| !address.ip().is_unspecified())
            .map(|address| address.to_string())
            .unwrap_or_default()
    }

    /// Makes an invitation, and gives its code.
    pub async fn invite(&self, caller: Caller, address: Option<String>) -> Outcome<String> {
        if self.0.config.listen.is_none() {
            return Err(Failure::invalid(
                "api.fieldpost.link.not_listening",
                "This site does not listen for others: set link.listen, or invite from the other \
                 site.",
            ));
        }
        let address = address.unwrap_or_else(|| self.address());
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
        let linked = pairing::accept(&self.0, caller, code).await?;
        self.0.refresh().await?;
        Ok(linked)
    }

    /// Shares channels with a peer, or no longer does.
    pub async fn share(
        &self,
        caller: Caller,
        name: String,
        which: Which,
        open: bool,
    ) -> Outcome<()> {
        let decide = if open { share::share } else { share::unshare };
        self.0.store.write(&[], move |work| decide(work, &caller, &name, &which)).await?;
        Ok(())
    }

    /// Accepts a channel that a peer offers, or declines it.
    pub async fn decide(
        &self,
        caller: Caller,
        name: String,
        channel: String,
        open: bool,
    ) -> Outcome<()> {
        let decide = if open { offers::accept } else { offers::decline };
        self.0.store.write(&[], move |work| decide(work, &caller, &name, &channel)).await?;
        Ok(())
    }

    /// Pauses a link, silences it, or takes it up again.
    pub async fn set_mode(&self, caller: Caller, name: String, mode: Mode) -> Outcome<()> {
        self.0.store.write(&[], move |work| peer::set_mode(work, &caller, &name, mode)).await?;
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

    async fn peer_status(&self, peer: Peer) -> Outcome<PeerStatus> {
        let line = self.0.line(peer.site);
        let (own, site) = (self.0.store.site().id, peer.site);
        let outgoing = line.outgoing();
        let (shared, offers, backlog) = self
            .0
            .store
            .read(move |rows| {
                // Whoever makes up a batch may take long; what the database knows is close enough.
                let live = outgoing.as_ref().and_then(|outgoing| outgoing.try_lock().ok());
                let backlog = match live {
                    Some(outgoing) => outgoing.backlog(rows)?,
                    None => Outgoing::load(rows, own, site)?.backlog(rows)?,
                };
                Ok((status::shared(rows, site)?, offers::waiting(rows, site)?, backlog))
            })
            .await?;
        let connection = line.connection();
        let state = line_state(&peer, connection.is_some());
        let (sent, received) = line.unnoted();
        Ok(PeerStatus {
            state,
            why_down: if state == LineState::Down { line.why_down() } else { String::new() },
            backlog,
            last_contact: line.last_heard().max(peer.last_contact),
            sent_bytes: peer.sent_bytes + sent,
            received_bytes: peer.received_bytes + received,
            rtt: connection.and_then(|c| u64::try_from(c.stats().rtt.as_millis()).ok()),
            shared,
            offers,
            peer,
        })
    }

    /// How fresh a channel is from each site that shares it, for somebody who is in it.
    pub async fn freshness(
        &self,
        channel: Id,
        person: Id,
    ) -> Outcome<Vec<(String, LineState, Millis)>> {
        let sharing = self
            .0
            .store
            .read(move |rows| {
                let sites = status::sharing(rows, channel, person)?;
                let peers = peer::all(rows)?;
                Ok(peers.into_iter().filter(|p| sites.contains(&p.site)).collect::<Vec<_>>())
            })
            .await?;
        let fresh = sharing.into_iter().map(|peer| {
            let line = self.0.line(peer.site);
            let state = line_state(&peer, line.connection().is_some());
            (peer.name, state, line.last_heard().max(peer.last_contact))
        });
        Ok(fresh.collect())
    }
}

fn line_state(peer: &Peer, connected: bool) -> LineState {
    match peer.mode {
        Mode::Silent => LineState::Silent,
        Mode::Paused => LineState::Paused,
        Mode::Active if connected => LineState::Connected,
        Mode::Active => LineState::Down,
    }
}
