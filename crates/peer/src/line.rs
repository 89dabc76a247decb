//! What is known of the line to one peer while this process runs.
//!
//! There is at most one connection that is talked over, and one that waits until that has ended.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use fieldpost_kernel::Outcome;
use fieldpost_link::Outgoing;
use fieldpost_log::SiteId;
use fieldpost_model::Millis;
use fieldpost_store::{Claim, Store};
use tokio::sync::{MutexGuard, Notify};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::gauge::{Gauge, Totals};
use crate::heard::Allowance;
use crate::wire::{Carriage, Wire};

/// The line to a peer: at most one connection, and what survives it.
#[derive(Debug, Default)]
pub(crate) struct Line {
    inner: Mutex<Inner>,
    /// Held by whoever talks to the peer: the next conversation waits for the end of the last.
    turn: tokio::sync::Mutex<()>,
    /// That no other server talks to the peer, while this one does or tries to.
    claim: tokio::sync::Mutex<Weak<Claim>>,
    /// Held while what passed goes from what is counted here to what the database knows, and while
    /// both are read: for a moment it is in neither.
    books: tokio::sync::Mutex<()>,
    /// What the peer may still say.
    allowance: Arc<Allowance>,
    /// Rings when the line should be tried now.
    pub(crate) wake: Notify,
    /// The same for thin datagrams.
    pub(crate) wake_thin: Notify,
    /// Something urgent may go although nothing was written.
    pub(crate) hurry: Notify,
    /// Rings when there may be something to say, though nothing was written.
    pub(crate) speak: Notify,
    /// Rings when files may have to be fetched.
    pub(crate) fetch: Notify,
    /// Whether a bundle of the peer's with changes was taken in since the last one for it.
    owes_receipt: AtomicBool,
}

#[derive(Debug, Default)]
struct Inner {
    outgoing: Option<Arc<Mutex<Outgoing>>>,
    connection: Option<Arc<Wire>>,
    /// The connection that waits for its turn.
    waiting: Option<Arc<Wire>>,
    dialling: Option<JoinHandle<()>>,
    /// The task that talks over thin datagrams.
    thin: Option<JoinHandle<()>>,
    last_heard: Millis,
    why_down: String,
    /// Bytes sent and received over this connection that the database knows of.
    noted: (u64, u64),
    /// How many bits a second are sent at most.
    limit: Option<u64>,
    gauge: Gauge,
    /// What the gauge knows of this connection.
    gauged: Totals,
}

impl Inner {
    /// Lets the gauge see what passed since it looked last.
    fn look(&mut self, now: Instant) {
        let Some(connection) = &self.connection else {
            return self.gauge.passed(now, Totals::default(), false);
        };
        let totals = Totals::from(connection.stats());
        let passed = totals.since(self.gauged);
        self.gauged = totals;
        self.gauge.passed(now, passed, connection.is_heard());
    }

    /// There is another connection, or none.
    fn connect(&mut self, connection: Option<Arc<Wire>>) -> Option<Arc<Wire>> {
        self.look(Instant::now());
        self.gauged = Totals::default();
        std::mem::replace(&mut self.connection, connection)
    }
}

impl Line {
    fn inner(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the peer is known to hold, once it was loaded.
    pub(crate) fn outgoing(&self) -> Option<Arc<Mutex<Outgoing>>> {
        self.inner().outgoing.clone()
    }

    /// Keeps what the peer is known to hold for the next conversation.
    pub(crate) fn remember(&self, outgoing: &Arc<Mutex<Outgoing>>) {
        self.inner().outgoing = Some(Arc::clone(outgoing));
    }

    /// The peer sent changes in a bundle, and waits for news that they arrived.
    pub(crate) fn owe_receipt(&self) {
        self.owes_receipt.store(true, Ordering::Relaxed);
    }

    /// Whether it waits for such news, for whoever is about to write it.
    pub(crate) fn settle_receipt(&self) -> bool {
        self.owes_receipt.swap(false, Ordering::Relaxed)
    }

    /// What the peer may still say, whichever conversation it says it in.
    pub(crate) fn allowance(&self) -> Arc<Allowance> {
        Arc::clone(&self.allowance)
    }

    /// The connection there is.
    pub(crate) fn connection(&self) -> Option<Arc<Wire>> {
        self.inner().connection.clone()
    }

    /// What carries the connection that there is.
    pub(crate) fn carriage(&self) -> Option<Carriage> {
        self.inner().connection.as_ref().map(|wire| wire.carriage())
    }

    /// Claims the peer for this server, of those that share its database; nothing if another talks
    /// to it. Whoever calls the peer and whoever is called by it claim it together.
    pub(crate) async fn claim(&self, store: &Store, site: SiteId) -> Outcome<Option<Arc<Claim>>> {
        let mut claim = self.claim.lock().await;
        if let Some(claim) = claim.upgrade() {
            return Ok(Some(claim));
        }
        let made = store.claim(&site.0).await?.map(Arc::new);
        *claim = made.as_ref().map(Arc::downgrade).unwrap_or_default();
        Ok(made)
    }

    /// Begins a conversation once no other connection is talked over. The one that is, and the one
    /// that waits too, are closed in its favour. Nothing if it was closed itself meanwhile.
    pub(crate) async fn turn(&self, connection: &Arc<Wire>) -> Option<MutexGuard<'_, ()>> {
        let before = {
            let mut inner = self.inner();
            let waiting = inner.waiting.replace(Arc::clone(connection));
            [waiting, inner.connection.clone()]
        };
        for before in before.into_iter().flatten() {
            before.close(GOODBYE, "there is a newer connection");
        }
        let turn = tokio::select! {
            biased;
            _ = connection.closed() => None,
            turn = self.turn.lock() => Some(turn),
        };
        let mut inner = self.inner();
        if inner.waiting.as_ref().is_some_and(|waiting| Arc::ptr_eq(waiting, connection)) {
            inner.waiting = None;
        }
        if turn.is_some() {
            connection.limit(inner.limit);
            inner.connect(Some(Arc::clone(connection)));
            inner.noted = (0, 0);
        }
        turn
    }

    /// Sends no more than so many bits a second, over whatever connection there is or will be.
    pub(crate) fn set_limit(&self, bits: Option<u64>) {
        let mut inner = self.inner();
        inner.limit = bits;
        if let Some(connection) = &inner.connection {
            connection.limit(bits);
        }
    }

    /// How many bits a second are sent at most.
    pub(crate) fn limit(&self) -> Option<u64> {
        self.inner().limit
    }

    /// Held by whoever notes what passed, or reads what is noted together with what is not.
    pub(crate) fn books(&self) -> &tokio::sync::Mutex<()> {
        &self.books
    }

    /// Bytes sent and received that the database does not know of yet, if they are so many
    /// together; it will know of them.
    pub(crate) fn traffic(&self, at_least: u64) -> Option<(i64, i64)> {
        let mut inner = self.inner();
        let stats = inner.connection.as_ref()?.stats();
        let (sent, received) = inner.noted;
        let more = (stats.sent_bytes - sent, stats.received_bytes - received);
        if more.0 + more.1 < at_least {
            return None;
        }
        inner.noted = (stats.sent_bytes, stats.received_bytes);
        Some((i64::try_from(more.0).ok()?, i64::try_from(more.1).ok()?))
    }

    /// Bytes sent and received that the database does not know of yet.
    pub(crate) fn unnoted(&self) -> (i64, i64) {
        let inner = self.inner();
        let Some(connection) = &inner.connection else { return (0, 0) };
        let stats = connection.stats();
        let (sent, received) =
            (stats.sent_bytes - inner.noted.0, stats.received_bytes - inner.noted.1);
        (i64::try_from(sent).unwrap_or(0), i64::try_from(received).unwrap_or(0))
    }

    /// What is measured of it, up to now.
    pub(crate) fn gauged<T>(&self, read: impl FnOnce(&Gauge, Instant) -> T) -> T {
        let (mut inner, now) = (self.inner(), Instant::now());
        inner.look(now);
        read(&inner.gauge, now)
    }

    /// So many changes wait to be sent.
    pub(crate) fn waits(&self, changes: u64) {
        self.inner().gauge.waits(Instant::now(), changes);
    }

    /// Changes with so many bytes of content were sent in so many bytes.
    pub(crate) fn carries(&self, content: u64, bytes: usize) {
        self.inner().gauge.carries(content, bytes as u64);
    }

    /// A conversation has ended, or could not be begun.
    pub(crate) fn ended(&self, why: String) {
        let mut inner = self.inner();
        inner.connect(None);
        inner.why_down = why;
    }

    /// Why there is no connection, for an administrator.
    pub(crate) fn why_down(&self) -> String {
        self.inner().why_down.clone()
    }

    /// Something was heard from the peer.
    pub(crate) fn heard(&self, now: Millis) {
        self.inner().last_heard = now;
    }

    /// When something was heard last, in this process's life.
    pub(crate) fn last_heard(&self) -> Millis {
        self.inner().last_heard
    }

    /// Keeps the task that dials, if there is none yet that runs.
    pub(crate) fn dial_with(&self, dial: impl FnOnce() -> JoinHandle<()>) {
        let mut inner = self.inner();
        if inner.dialling.as_ref().is_none_or(JoinHandle::is_finished) {
            inner.dialling = Some(dial());
        }
    }

    /// Keeps the task that talks over thin datagrams, if there is none yet that runs.
    pub(crate) fn talk_with(&self, talk: impl FnOnce() -> JoinHandle<()>) {
        let mut inner = self.inner();
        if inner.thin.as_ref().is_none_or(JoinHandle::is_finished) {
            inner.thin = Some(talk());
        }
    }

    /// Whether there are thin datagrams to go on with if a connection ends.
    pub(crate) fn has_thin(&self) -> bool {
        self.inner().thin.is_some()
    }

    /// Ends the connection and the dialling.
    pub(crate) fn hang_up(&self, reason: &str) {
        let mut inner = self.inner();
        // Before the tasks go, whose streams would end without a word.
        for connection in [inner.connect(None), inner.waiting.take()].into_iter().flatten() {
            connection.close(GOODBYE, reason);
        }
        for task in [inner.dialling.take(), inner.thin.take()].into_iter().flatten() {
            task.abort();
        }
        inner.why_down = reason.to_owned();
    }
}

/// The code with which a connection is closed that nothing is wrong with.
pub(crate) const GOODBYE: u32 = 0;

/// The code with which a connection is closed because of what the peer did.
pub(crate) const OFFENCE: u32 = 1;

/// The code with which a connection is closed because this side cannot go on with what came.
pub(crate) const FAILED: u32 = 2;

#[cfg(test)]
mod tests {
    use super::*;
    use fieldpost_carriage::{Endpoint, Guests, Purpose};
    use fieldpost_log::{SigningKey, Suite, VerifyingKey};

    struct Anybody;

    impl Guests for Anybody {
        fn knows(&self, _: &VerifyingKey) -> bool {
            true
        }

        fn expects_strangers(&self) -> bool {
            false
        }
    }

    fn endpoint(seed: [u8; 32], listens: bool) -> Endpoint {
        let at = listens.then(|| "127.0.0.1:0".parse().unwrap());
        Endpoint::bind(at, &seed, Arc::new(Anybody)).unwrap()
    }

    #[tokio::test]
    async fn one_connection_waits_and_a_newer_one_takes_its_place() {
        let (listens, dials) = (endpoint([1; 32], true), endpoint([2; 32], false));
        let to = listens.local_addr().unwrap().to_string();
        let key = SigningKey::from_seed(Suite::One, &[1; 32]).verifying_key();
        let mut connections = Vec::new();
        let mut others = Vec::new();
        for _ in 0..4 {
            let (out, inn) = tokio::join!(dials.dial(&to, &key, Purpose::Link), listens.accept());
            connections.push(Arc::new(Wire::Quic(Box::new(inn.unwrap()))));
            others.push(out.unwrap());
        }
        let line = Arc::new(Line::default());
        let talking = line.turn(&connections[0]).await;
        assert!(talking.is_some());
        let wait = |n: usize| {
            let (line, connection) = (Arc::clone(&line), Arc::clone(&connections[n]));
            tokio::spawn(async move { line.turn(&connection).await.is_some() })
        };
        let (second, mut third) = (wait(1), None);
        // It asks who talks to come to an end.
        connections[0].closed().await;
        for n in [2, 3] {
            third = Some(wait(n));
            connections[n - 1].closed().await;
        }
        assert!(!second.await.unwrap());
        assert!(line.inner().waiting.as_ref().is_some_and(|w| Arc::ptr_eq(w, &connections[3])));
        drop(talking);
        assert!(third.unwrap().await.unwrap());
        assert!(line.inner().waiting.is_none());
        assert!(Arc::ptr_eq(&line.connection().unwrap(), &connections[3]));
    }
}
