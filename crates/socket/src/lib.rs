//! The WebSocket: who is connected, what they are told, and how they catch up.
//!
//! [`Hub`] is the whole of the protocol's state, without a socket or a clock in it. Around it,
//! one task for each connection moves frames, and one follower reads the site's feed. Nothing else
//! tells clients anything.

mod action;
mod connection;
mod follow;
mod frame;
mod hub;

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::http::{HeaderMap, Method};
use axum::routing::get;
use fieldpost_identity::presence::{Live, Presence};
use fieldpost_identity::session::{SignedIn, Token};
use fieldpost_identity::{session, status};
use fieldpost_kernel::{Clock, Entropy, Event, Features, Outcome, Position};
use fieldpost_model::Id;
use fieldpost_store::Store;
use tokio::sync::watch;

pub use self::follow::follow;
pub use self::frame::Frame;
pub use self::hub::{Admission, Belonging, Connected, Hub, Resume};

/// Connections that are told of an event before anything else gets its turn: fewer than a thread of
/// the runtime queues for itself, beyond which what comes new waits behind all of them.
const TOLD_AT_ONCE: usize = 64;

/// An answer that comes later.
pub type Later<T> = Pin<Box<dyn Future<Output = Outcome<T>> + Send>>;

/// Tells clients of an event.
pub type Voice = Box<dyn Fn(Event) + Send + Sync>;

/// Says who somebody at the door is.
pub trait Doorkeeper: Send + Sync {
    /// The session of a request, if it carries a good secret.
    fn by_request(&self, method: Method, headers: HeaderMap) -> Later<Option<SignedIn>>;
    /// The session of a secret, if it is good.
    fn by_token(&self, token: Token) -> Later<Option<SignedIn>>;
}

/// What the socket is handed by whoever wires the site together.
#[derive(Clone)]
pub struct Sockets(Arc<Shared>);

struct Shared {
    hub: Mutex<Hub>,
    store: Store,
    features: Arc<Features>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    doorkeeper: Arc<dyn Doorkeeper>,
    presence: Arc<Presence>,
    version: String,
    site_url: String,
    told: watch::Sender<Position>,
}

impl Sockets {
    /// The sockets of a site. `version` is what clients are greeted with; `site_url` is the only
    /// origin that pages may connect from, or empty for the address they connect to.
    pub fn new(
        store: Store,
        features: Arc<Features>,
        ports: (Arc<dyn Clock>, Arc<dyn Entropy>),
        doorkeeper: Arc<dyn Doorkeeper>,
        presence: Arc<Presence>,
        (version, site_url): (String, String),
    ) -> Self {
        let (clock, entropy) = ports;
        let shared = Shared {
            hub: Mutex::default(),
            store,
            features,
            clock,
            entropy,
            doorkeeper,
            presence,
            version,
            site_url,
            told: watch::Sender::default(),
        };
        Self(Arc::new(shared))
    }

    /// The socket's route, for any other state.
    pub fn router<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        Router::new()
            .route("/api/v4/websocket", get(connection::upgrade))
            .route("/api/v4/websocket/", get(connection::upgrade))
            .with_state(self.clone())
    }

    /// How many connections are open.
    pub fn open(&self) -> usize {
        self.hub().attached()
    }

    /// Returns once everybody was told of everything that is committed by now.
    pub async fn caught_up(&self) -> Outcome<()> {
        let newest = self.0.store.newest_committed().await?;
        let mut told = self.0.told.subscribe();
        // It fails only when the follower has ended, and then nobody is told anything any more.
        drop(told.wait_for(|told| *told >= newest).await);
        Ok(())
    }

    /// Tells clients of what is kept nowhere, and so is not in the feed. It does not keep the sockets
    /// alive.
    pub fn voice(&self) -> Voice {
        let shared = Arc::downgrade(&self.0);
        Box::new(move |event| {
            if let Some(shared) = shared.upgrade() {
                Self(shared).hub().tell(&event);
            }
        })
    }

    pub(crate) fn hub(&self) -> MutexGuard<'_, Hub> {
        self.0.hub.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells everybody concerned of an event, a few at a time. Each of them is a task that has to run
    /// and write, and whoever asks something meanwhile must not wait for thousands.
    pub(crate) async fn tell(&self, event: &Event) {
        let mut going = self.hub().begin(event);
        while self.hub().go_on(&mut going, TOLD_AT_ONCE) {
            tokio::task::yield_now().await;
        }
    }

    /// Looks again at the sessions of somebody who is connected.
    pub(crate) async fn admit(&self, person: Id) -> Outcome<()> {
        if !self.hub().knows(person) {
            return Ok(());
        }
        let now = self.0.clock.now();
        let live = self.0.store.read(move |rows| session::live(rows, person, now)).await?;
        let live: Vec<Admission> = live.iter().map(Admission::from).collect();
        self.hub().admit(person, &live);
        Ok(())
    }

    /// Tells a person's own clients what their sockets make of them, unless they said by hand
    /// what they are.
    pub(crate) async fn announce(&self, person: Id, live: Option<Live>) -> Outcome<()> {
        let Some(live) = live else { return Ok(()) };
        let now = self.0.clock.now();
        let manual = self.0.store.read(move |rows| status::is_manual(rows, person, now)).await?;
        if !manual {
            self.hub().tell(&status::changed(person, live.name()));
        }
        Ok(())
    }
}
