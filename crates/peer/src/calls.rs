//! Calls between this site and its peers: whom it calls, whom it lets in, and the conversation that
//! follows.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use fieldpost_carriage::{CarriageError, Connection, Endpoint, Purpose};
use fieldpost_link::audit::{Action, Note};
use fieldpost_link::{Mode, Peer, peer};
use fieldpost_log::SiteId;
use fieldpost_store::Claim;
use tokio::sync::Semaphore;
use tokio::time::{Instant, interval, timeout};

use crate::line::{GOODBYE, Line};
use crate::links::{Shared, why_silent};
use crate::pauses::Pauses;
use crate::ways::Ways;
use crate::wire::{Carriage, Wire};
use crate::{courier, pairing, refusals, ways};

/// How long one try to reach a peer may take: a new one finds a link that is back sooner.
const TRY: Duration = Duration::from_secs(7);

/// The same where the peer is reached over thin datagrams meanwhile, and how long until the next: a
/// better line should be found in seconds.
const TRY_BESIDE_THIN: (Duration, Duration) = (Duration::from_secs(3), Duration::from_secs(1));

/// How long until a way by UDP is looked for while a connection goes through the web, at first and at
/// most: each look costs some packets, and where UDP is closed it stays so for long.
const BESIDE_WEB: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(15 * 60));

/// Calls a peer whenever there is no line to it, for as long as it is one that is called.
pub(crate) async fn dial(shared: &Shared, site: SiteId) {
    let mut pauses = Pauses::default();
    loop {
        let Some(peer) = shared.peer(site).await else { return };
        if peer.address.is_empty() || peer.mode == Mode::Silent {
            return;
        }
        let line = shared.line(site);
        let is_served = line.carriage().is_some_and(|carriage| !carriage.is_thin());
        // Another server may have been told of its windows: it is looked at again.
        if !is_served && !peer.is_silent(shared.clock.now()) {
            match reach(shared, &peer, Ways::All).await {
                Ok((connection, claim)) => {
                    let begun = Instant::now();
                    let wire = Wire::Quic(Box::new(connection));
                    let in_vain = tokio::select! {
                        in_vain = hold(shared, site, wire, &claim) => in_vain,
                        never = find_better(shared, site) => match never {},
                    };
                    pauses.talked(begun.elapsed(), in_vain);
                }
                Err(why) => {
                    tracing::debug!(peer = %peer.name, %why, "a peer was not reached");
                    if line.connection().is_none() {
                        line.ended(why);
                    }
                    pauses.not_reached();
                }
            }
        }
        let pause = pauses.next(shared.store.site().id < site);
        let hurries = line.has_thin() && !pauses.are_in_vain();
        let pause = if hurries { pause.min(TRY_BESIDE_THIN.1) } else { pause };
        // A line that was made from the other side ends by itself; it is looked at again then.
        drop(timeout(pause, line.wake.notified()).await);
    }
}

/// Looks for a way by UDP while a connection goes through the web, whoever dialled that; never
/// returns. What is found takes the other's place.
async fn find_better(shared: &Shared, site: SiteId) -> Infallible {
    let mut pause = BESIDE_WEB.0;
    loop {
        let line = shared.line(site);
        // Whoever resumes the link has it looked at once.
        drop(timeout(pause, line.wake.notified()).await);
        pause = (pause * 2).min(BESIDE_WEB.1);
        let Some(peer) = shared.peer(site).await else { continue };
        if line.carriage() != Some(Carriage::Web) || peer.is_silent(shared.clock.now()) {
            continue;
        }
        if let Ok((connection, claim)) = reach(shared, &peer, Ways::Udp).await {
            let shared = shared.clone();
            // It outlives the connection that it takes the place of, and this with it.
            tokio::spawn(async move {
                hold(&shared, site, Wire::Quic(Box::new(connection)), &claim).await
            });
        }
    }
}

/// How often it is looked whether this server may still talk to a peer.
const LOOK: Duration = Duration::from_secs(5);

/// Claims a peer for this server, or says why not.
pub(crate) async fn claim(shared: &Shared, site: SiteId) -> Result<Arc<Claim>, String> {
    match shared.line(site).claim(&shared.store, site).await {
        Ok(Some(claim)) => Ok(claim),
        Ok(None) => Err("another server of this site talks to it".to_owned()),
        Err(failure) => Err(failure.to_string()),
    }
}

/// Returns once a claim does not stand any more.
pub(crate) async fn lost(claim: &Claim) {
    let mut look = interval(LOOK);
    loop {
        look.tick().await;
        if !claim.stands().await {
            return;
        }
    }
}

/// Keeps a line to the budget of its link, which may be set on another server; returns once the link is
/// to be silent.
async fn closed(shared: &Shared, site: SiteId, line: &Line) -> &'static str {
    let mut look = interval(LOOK);
    loop {
        look.tick().await;
        let Some(peer) = shared.peer(site).await else { continue };
        if peer.is_silent(shared.clock.now()) {
            return why_silent(&peer);
        }
        line.set_limit(peer.rate);
        if peer.daily.is_some() {
            line.hurry.notify_one();
        }
    }
}

async fn reach(
    shared: &Shared,
    peer: &Peer,
    ways: Ways,
) -> Result<(Connection, Arc<Claim>), String> {
    let claim = claim(shared, peer.site).await?;
    let has_thin = shared.config.thin.contains_key(&peer.name);
    let longest = if has_thin { TRY_BESIDE_THIN.0 } else { TRY };
    let dialling = ways::dial(shared, &peer.address, &peer.key, Purpose::Link, ways);
    let dialled = timeout(longest, dialling).await;
    match dialled {
        Ok(Ok(connection)) => Ok((connection, claim)),
        Ok(Err(error)) => {
            if matches!(error, CarriageError::WrongKey) {
                let other = Note::of(Action::OtherKey).about(peer).from(&*peer.address);
                refusals::note(&shared.store, other, None, 1).await;
            }
            Err(error.to_string())
        }
        Err(_) => Err("nobody answers".to_owned()),
    }
}

/// Talks with a peer over a connection, in place of one that there may be; gives whether in vain.
pub(crate) async fn hold(shared: &Shared, site: SiteId, wire: Wire, claim: &Claim) -> bool {
    let line = shared.line(site);
    let connection = Arc::new(wire);
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
        why = closed(shared, site, &line) => {
            shared.note_traffic(site, &line).await;
            connection.close(GOODBYE, why);
            line.ended(why.to_owned());
            false
        }
    }
}

/// Strangers that are heard at the same time, at most: each may fill some memory before it has said
/// who it is.
const STRANGERS: usize = 4;

/// Lets in who may come, for as long as the endpoint is there.
pub(crate) async fn answer_the_door(shared: Shared, endpoint: Arc<Endpoint>) {
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
        Ok(Some(peer)) if !peer.is_silent(shared.clock.now()) => {
            match claim(shared, peer.site).await {
                Ok(claim) => {
                    hold(shared, peer.site, Wire::Quic(Box::new(connection)), &claim).await;
                }
                Err(why) => connection.close(GOODBYE, &why),
            }
        }
        Ok(known) => {
            if known.is_none() {
                let key = connection.peer_key().clone();
                refusals::key(&shared.store, Some(key), 1).await;
            }
            connection.close(GOODBYE, "not now");
        }
        Err(failure) => {
            tracing::warn!(%failure, "a peer could not be looked up");
            connection.close(GOODBYE, "not now");
        }
    }
}
