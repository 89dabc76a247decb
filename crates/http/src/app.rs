//! What every handler shares.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use fieldpost_blobs::Blobs;
use fieldpost_chat::hook::Naming;
use fieldpost_chat::post::persistent::Rule;
use fieldpost_identity::presence::Presence;
use fieldpost_identity::session::{self, SignedIn, TOUCH_EVERY, Token};
use fieldpost_index::Index;
use fieldpost_kernel::{Clock, Entropy, Event, Failure, FailureKind, Outcome};
use fieldpost_mail::Sender;
use fieldpost_model::{Id, Millis};
use fieldpost_outbound::Outbound;
use fieldpost_store::Store;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::Pages;
use crate::api::link::Linker;
use crate::limit::{FetchLimit, HookLimit, InviteLimit, SignInLimit, SignUpLimit, TokenLimit};
use crate::trigger::Triggers;
use crate::unread::Unread;

use crate::api::config::ClientConfig;

/// The API version this server speaks; clients switch features on by it.
pub const VERSION: &str = "10.11.0";

/// Passwords hashed at once at most.
const PASSWORDS_AT_ONCE: usize = 4;

/// Passwords that wait for their turn at most: beyond it, somebody floods the door.
const PASSWORDS_WAITING: usize = 200;

/// Sessions kept in memory at most; beyond it the cache starts again.
const CACHED_SESSIONS: usize = 100_000;

/// Images decoded at the same time: each may take half a gigabyte of memory.
const IMAGES_AT_ONCE: usize = 2;

/// Searches at the same time: each may keep a core busy for a while.
const SEARCHES_AT_ONCE: usize = 4;

/// What the administrator decided, as far as the API needs it.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whether anybody may make an account.
    pub open_signup: bool,
    /// Whether everybody but guests and bots must have a second factor.
    pub enforce_mfa: bool,
    /// Whether guests may come in.
    pub guest_accounts: bool,
    /// Whether people are asked to accept terms of service.
    pub terms: Terms,
    /// The line above and below every screen.
    pub banner: Banner,
    /// The language of those who did not choose one.
    pub default_locale: String,
    /// What clients show as the server's name.
    pub site_name: String,
    /// The address people use, or empty while nobody said so.
    pub site_url: String,
    /// Whether cookies may only travel over TLS.
    pub secure_cookies: bool,
    /// Whether people may make links by which anybody fetches a file.
    pub public_links: bool,
    /// The largest file that may be uploaded, in bytes.
    pub largest_file: u64,
    /// The most pixels an uploaded image may have.
    pub largest_image: u64,
    /// Which mail is sent.
    pub mail: Mailing,
    /// What programs may do by webhooks.
    pub webhooks: Webhooks,
    /// Whether people may let programs act in their name.
    pub oauth: OAuth,
    /// Whether it is looked where addresses in posts lead.
    pub link_previews: bool,
    /// How people are told again of urgent posts, if they are.
    pub persistent: Option<Rule>,
    /// How many posts a person may send within an hour that go before everything else over links.
    pub flash_per_hour: u32,
    /// Whether errors carry what is otherwise only for the operator's log.
    pub developer: bool,
}

/// Whether people are asked to accept terms of service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Whether clients ask them to.
    pub required: bool,
    /// After how many days they ask again.
    pub days: u32,
}

impl Default for Terms {
    fn default() -> Self {
        Self { required: false, days: 365 }
    }
}

/// The line that says how what is shown is to be handled.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Banner {
    /// What it says; there is none while it is empty.
    pub text: String,
    /// Its colour, as clients take it: `#rrggbb`.
    pub color: String,
    /// The colour of its letters.
    pub text_color: String,
}

/// Which mail the site sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mailing {
    /// Whether it sends any.
    pub on: bool,
    /// Whether people are told of what was written to them while they were away.
    pub notifications: bool,
    /// Whether such a mail leaves out who wrote what.
    pub generic: bool,
    /// Whether members of teams may invite others.
    pub invitations: bool,
    /// Whether an account is of use only once its address is confirmed.
    pub verify: bool,
}

impl Mailing {
    /// Whether people may be invited by mail.
    pub fn invites(self) -> bool {
        self.on && self.invitations
    }

    /// Whether people are notified by mail.
    pub fn notifies(self) -> bool {
        self.on && self.notifications
    }

    /// Whether addresses have to be confirmed.
    pub fn verifies(self) -> bool {
        self.on && self.verify
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            open_signup: true,
            enforce_mfa: false,
            guest_accounts: false,
            terms: Terms::default(),
            banner: Banner::default(),
            default_locale: "en".to_owned(),
            site_name: "Fieldpost".to_owned(),
            site_url: String::new(),
            secure_cookies: false,
            public_links: false,
            largest_file: 100 * 1024 * 1024,
            largest_image: 7680 * 4320,
            mail: Mailing::default(),
            webhooks: Webhooks::default(),
            oauth: OAuth::default(),
            link_previews: true,
            persistent: Some(Rule { interval: 5 * 60 * 1000, times: 6 }),
            flash_per_hour: 10,
            developer: false,
        }
    }
}

/// What programs may do by webhooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Webhooks {
    /// Post.
    pub incoming: bool,
    /// Be told of posts.
    pub outgoing: bool,
    /// Be shown with names of their own.
    pub usernames: bool,
    /// Be shown with pictures of their own.
    pub icons: bool,
}

/// Whether people may let programs act in their name, by OAuth 2.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OAuth {
    /// Whether they may.
    pub provider: bool,
    /// Whether programs may register themselves.
    pub registration: bool,
}

impl Default for OAuth {
    fn default() -> Self {
        Self { provider: true, registration: false }
    }
}

impl Settings {
    /// What posts of programs may be shown with, and whose programs may post.
    pub fn naming(&self) -> Naming {
        let Webhooks { usernames, icons, .. } = self.webhooks;
        Naming { usernames, icons, guests: self.guest_accounts }
    }
}

impl Default for Webhooks {
    fn default() -> Self {
        Self { incoming: true, outgoing: true, usernames: true, icons: true }
    }
}

/// Speaks to the clients that are connected, of what is kept nowhere: what is, they hear of by the
/// feed.
pub type Voice = Box<dyn Fn(Event) + Send + Sync>;

/// What every handler shares; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Shared>);

struct Shared {
    store: Store,
    blobs: Blobs,
    index: Index,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    settings: Settings,
    outbound: Outbound,
    client_config: ClientConfig,
    images: Arc<Semaphore>,
    passwords: Arc<Semaphore>,
    passwords_waiting: Arc<Semaphore>,
    searches: Arc<Semaphore>,
    sessions: RwLock<HashMap<[u8; 32], SignedIn>>,
    /// Counts what was forgotten, so that nothing read before is kept after.
    forgotten: AtomicU64,
    presence: Arc<Presence>,
    sign_in_limit: SignInLimit,
    sign_up_limit: SignUpLimit,
    invite_limit: InviteLimit,
    hook_limit: HookLimit,
    token_limit: TokenLimit,
    fetch_limit: FetchLimit,
    unread: Unread,
    linker: OnceLock<Arc<dyn Linker>>,
    voice: OnceLock<Voice>,
    pages: OnceLock<Pages>,
    sender: OnceLock<Sender>,
    triggers: Triggers,
}

impl App {
    /// The shared state over these ports.
    pub fn new(
        store: Store,
        blobs: Blobs,
        index: Index,
        (clock, entropy): (Arc<dyn Clock>, Arc<dyn Entropy>),
        settings: Settings,
        outbound: Outbound,
    ) -> Self {
        let sessions = RwLock::default();
        let sign_in_limit = SignInLimit::new(Arc::clone(&clock));
        let sign_up_limit = SignUpLimit::new(Arc::clone(&clock));
        let invite_limit = InviteLimit::new(Arc::clone(&clock));
        let hook_limit = HookLimit::new(Arc::clone(&clock));
        let token_limit = TokenLimit::new(Arc::clone(&clock));
        let client_config = ClientConfig::new(&settings, Id::from_bytes(store.site().id.0));
        let images = Arc::new(Semaphore::new(IMAGES_AT_ONCE));
        let passwords = Arc::new(Semaphore::new(PASSWORDS_AT_ONCE));
        let passwords_waiting = Arc::new(Semaphore::new(PASSWORDS_AT_ONCE + PASSWORDS_WAITING));
        let searches = Arc::new(Semaphore::new(SEARCHES_AT_ONCE));
        let triggers = Triggers::new(&*entropy);
        Self(Arc::new(Shared {
            store,
            blobs,
            index,
            clock,
            entropy,
            settings,
            outbound,
            client_config,
            images,
            passwords,
            passwords_waiting,
            searches,
            sessions,
            forgotten: AtomicU64::default(),
            presence: Arc::default(),
            sign_in_limit,
            sign_up_limit,
            invite_limit,
            hook_limit,
            token_limit,
            fetch_limit: FetchLimit::default(),
            unread: Unread::default(),
            linker: OnceLock::new(),
            voice: OnceLock::new(),
            pages: OnceLock::new(),
            sender: OnceLock::new(),
            triggers,
        }))
    }

    /// Lends the API whoever holds the links, once.
    pub fn link_by(&self, linker: Arc<dyn Linker>) {
        // A second one would be a mistake of whoever wires the site together; the first stays.
        drop(self.0.linker.set(linker));
    }

    /// Lends the API whoever speaks to the clients that are connected, once.
    pub fn tell_by(&self, voice: Voice) {
        drop(self.0.voice.set(voice));
    }

    /// Lends the API the web client's pages, once.
    pub(crate) fn page_by(&self, pages: Pages) {
        drop(self.0.pages.set(pages));
    }

    /// The web client's pages, once somebody lent them.
    pub(crate) fn pages(&self) -> Option<&Pages> {
        self.0.pages.get()
    }

    /// Lends the API the way to the mail server, once.
    pub fn mail_by(&self, sender: Sender) {
        drop(self.0.sender.set(sender));
    }

    /// The way to the mail server, if there is one.
    pub(crate) fn sender(&self) -> Option<&Sender> {
        self.0.sender.get()
    }

    /// Refuses what cannot be done without mail.
    pub(crate) fn require_mail(&self) -> Outcome<()> {
        if self.settings().mail.on {
            return Ok(());
        }
        Err(Failure::new(
            FailureKind::NotBuilt,
            "api.fieldpost.mail.off",
            "This server sends no e-mail. Ask its administrator for help.",
        ))
    }

    /// Tells clients of something that is kept nowhere.
    pub(crate) fn tell(&self, event: Event) {
        if let Some(voice) = self.0.voice.get() {
            voice(event);
        }
    }

    /// Whoever holds the links, if somebody does.
    pub(crate) fn linker(&self) -> Option<&dyn Linker> {
        self.0.linker.get().map(|linker| &**linker)
    }

    /// The site's database.
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// The bytes of the site's files.
    pub fn blobs(&self) -> &Blobs {
        &self.0.blobs
    }

    /// Works on a password, on a thread where nobody waits behind it and not on too many at once:
    /// each takes tens of megabytes and tens of milliseconds, on purpose.
    pub(crate) async fn with_password<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Outcome<T> {
        let turn = self.password_turn().await?;
        apart(move || (job(), turn).0).await
    }

    /// A turn at working on a password, for whoever has to look at something before, or to write
    /// something after it, that nobody else in the queue may overtake.
    ///
    /// It goes with the work: whoever goes away meanwhile does not make room for others.
    pub(crate) async fn password_turn(&self) -> Outcome<PasswordTurn> {
        let waits = Arc::clone(&self.0.passwords_waiting).try_acquire_owned().map_err(|_| {
            Failure::new(
                FailureKind::Unavailable,
                "api.fieldpost.too_many_passwords",
                "Too many people sign in at this moment. Try again in a moment.",
            )
        })?;
        let turn = Arc::clone(&self.0.passwords).acquire_owned().await;
        Ok(PasswordTurn { _turn: turn.map_err(Failure::internal)?, _waits: waits })
    }

    /// Does something with an image, where nobody waits behind it.
    pub(crate) async fn with_image<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Outcome<T> {
        in_turn(&self.0.images, job).await
    }

    /// Asks the search index something, where nobody waits behind it.
    pub(crate) async fn with_index<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Index) -> T + Send + 'static,
    ) -> Outcome<T> {
        let index = self.0.index.clone();
        in_turn(&self.0.searches, move || job(&index)).await
    }

    /// The random source.
    pub fn entropy(&self) -> &Arc<dyn Entropy> {
        &self.0.entropy
    }

    /// What the administrator decided.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The one client for requests on behalf of content.
    pub fn outbound(&self) -> &Outbound {
        &self.0.outbound
    }

    /// The configuration that clients are told.
    pub(crate) fn client_config(&self) -> &ClientConfig {
        &self.0.client_config
    }

    /// What every response and every socket says of the server's version and configuration.
    pub fn version_id(&self) -> &str {
        self.client_config().version_id()
    }

    /// The site's time.
    pub fn now(&self) -> Millis {
        self.0.clock.now()
    }

    /// How often somebody may try to sign in.
    pub(crate) fn sign_in_limit(&self) -> &SignInLimit {
        &self.0.sign_in_limit
    }

    /// How many accounts may be made from where.
    pub(crate) fn sign_up_limit(&self) -> &SignUpLimit {
        &self.0.sign_up_limit
    }

    /// How many people somebody may invite by mail.
    pub(crate) fn invite_limit(&self) -> &InviteLimit {
        &self.0.invite_limit
    }

    /// What lets an integration open a dialog for somebody.
    pub(crate) fn triggers(&self) -> &Triggers {
        &self.0.triggers
    }

    /// How often a webhook may be called.
    pub(crate) fn hook_limit(&self) -> &HookLimit {
        &self.0.hook_limit
    }

    /// How often an app may ask for tokens.
    pub(crate) fn token_limit(&self) -> &TokenLimit {
        &self.0.token_limit
    }

    /// How much somebody may have fetched from elsewhere at once.
    pub(crate) fn fetch_limit(&self) -> &FetchLimit {
        &self.0.fetch_limit
    }

    /// What is on its way to whom.
    pub(crate) fn unread(&self) -> &Unread {
        &self.0.unread
    }

    /// Who is here.
    pub fn presence(&self) -> &Arc<Presence> {
        &self.0.presence
    }

    /// The session of a secret, if it is good now and guests may come in, or it is no guest's.
    pub async fn session(&self, token: &Token) -> Outcome<Option<SignedIn>> {
        let found = self.any_session(token).await?;
        Ok(found.filter(|found| !found.caller.guest || self.settings().guest_accounts))
    }

    async fn any_session(&self, token: &Token) -> Outcome<Option<SignedIn>> {
        let digest = token.digest();
        let now = self.now();
        let cached = {
            let sessions = self.0.sessions.read().unwrap_or_else(PoisonError::into_inner);
            sessions.get(&digest).cloned()
        };
        if let Some(known) = cached.filter(|known| known.session.expires_at > now) {
            if known.session.last_activity_at + TOUCH_EVERY < now {
                self.touch(digest, &known, now);
            }
            return Ok(Some(known));
        }
        let forgotten = self.0.forgotten.load(Ordering::SeqCst);
        let token = token.clone();
        let found = self.store().read(move |rows| session::lookup(rows, &token, now)).await?;
        if let Some(found) = &found {
            let mut sessions = self.0.sessions.write().unwrap_or_else(PoisonError::into_inner);
            if sessions.len() >= CACHED_SESSIONS {
                sessions.clear();
            }
            if self.0.forgotten.load(Ordering::SeqCst) == forgotten {
                sessions.insert(digest, found.clone());
            }
        }
        Ok(found)
    }

    /// Notes that a session is in use, without letting the request wait for it.
    fn touch(&self, digest: [u8; 32], known: &SignedIn, now: Millis) {
        let (person, id) = (known.caller.user, known.session.id);
        let mut sessions = self.0.sessions.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = sessions.get_mut(&digest) {
            known.session.last_activity_at = now;
        }
        drop(sessions);
        let app = self.clone();
        tokio::spawn(async move {
            let touched =
                app.store().write(&[], move |work| session::touch(work, person, id)).await;
            if let Err(failure) = touched {
                tracing::warn!(%failure, "the use of a session could not be noted");
            }
        });
    }

    /// Forgets what is known of a person's sessions: something about them changed.
    pub fn forget_sessions(&self, person: Id) {
        let mut sessions = self.0.sessions.write().unwrap_or_else(PoisonError::into_inner);
        self.0.forgotten.fetch_add(1, Ordering::SeqCst);
        sessions.retain(|_, known| known.caller.user != person);
    }
}

/// A turn at working on a password, until this is dropped.
pub(crate) struct PasswordTurn {
    _turn: OwnedSemaphorePermit,
    _waits: OwnedSemaphorePermit,
}

/// Does heavy work on a thread of its own, once it is its turn. The turn ends with the work, also
/// where whoever asked for it has gone away.
async fn in_turn<T: Send + 'static>(
    turns: &Arc<Semaphore>,
    job: impl FnOnce() -> T + Send + 'static,
) -> Outcome<T> {
    let turn = Arc::clone(turns).acquire_owned().await.map_err(Failure::internal)?;
    apart(move || (job(), turn).0).await
}

/// Does something that takes its time on a thread where nobody waits behind it.
pub(crate) async fn apart<T: Send + 'static>(
    job: impl FnOnce() -> T + Send + 'static,
) -> Outcome<T> {
    tokio::task::spawn_blocking(job).await.map_err(Failure::internal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use std::pin::pin;
    use std::sync::mpsc;
    use std::task::Poll;

    #[tokio::test]
    async fn work_that_nobody_waits_for_keeps_its_turn() {
        let turns = Arc::new(Semaphore::new(1));
        let (begun, begins) = mpsc::channel();
        let (go_on, waits) = mpsc::channel::<()>();
        {
            let mut work = pin!(in_turn(&turns, move || {
                begun.send(()).unwrap();
                waits.recv()
            }));
            let looked = poll_fn(|cx| Poll::Ready(work.as_mut().poll(cx).is_pending()));
            assert!(looked.await);
            begins.recv().unwrap();
        }
        assert_eq!(turns.available_permits(), 0);
        go_on.send(()).unwrap();
        assert!(turns.acquire().await.is_ok());
    }
}
