//! How often somebody may try to sign in, how often a webhook may be called, and how much somebody
//! may have fetched at once.

use std::collections::HashMap;
use std::convert::Infallible;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use fieldpost_kernel::Clock;
use fieldpost_model::Id;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::local;

/// Tries in a minute from one address for one account.
const TRIES: NonZeroU32 = NonZeroU32::MIN.saturating_add(29);

/// Tries from one address, for whatever accounts, at once, and in each second after that: each costs
/// the work of a password.
const TRIES_OF_ONE: NonZeroU32 = NonZeroU32::MIN.saturating_add(299);
const TRIES_A_SECOND: NonZeroU32 = NonZeroU32::MIN.saturating_add(4);

/// Pairs of address and account that are remembered before those are forgotten that have been
/// quiet for a minute.
const REMEMBERED: usize = 10_000;

/// Pairs that are remembered at most; while so many are busy, new ones have to wait.
const MOST: usize = 100_000;

/// Where a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Peer {
    /// An address of the network.
    At(IpAddr),
    /// The site's own socket.
    Local,
}

impl<S: Send + Sync> FromRequestParts<S> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        if local::is_local(&parts.extensions) {
            return Ok(Self::Local);
        }
        let known = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Ok(Self::At(known.map_or(Ipv6Addr::UNSPECIFIED.into(), |ConnectInfo(peer)| peer.ip())))
    }
}

/// The site's clock, as the limiter reads it.
#[derive(Clone)]
struct SiteClock(Arc<dyn Clock>);

impl governor::clock::Clock for SiteClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Duration::from_millis(u64::try_from(self.0.now()).unwrap_or_default()).into()
    }
}

/// People that somebody may invite by mail in an hour.
const INVITATIONS: NonZeroU32 = NonZeroU32::MIN.saturating_add(19);

type Key = [u8; 16];

/// Counts who tried to sign in, where and as whom.
pub(crate) struct SignInLimit {
    limiter: RateLimiter<Key, HashMapStateStore<Key>, SiteClock, NoOpMiddleware<Nanos>>,
    addresses: RateLimiter<Key, HashMapStateStore<Key>, SiteClock, NoOpMiddleware<Nanos>>,
    clock: SiteClock,
}

impl fmt::Debug for SignInLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignInLimit").finish_non_exhaustive()
    }
}

impl SignInLimit {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        let clock = SiteClock(clock);
        let limiter = RateLimiter::hashmap_with_clock(Quota::per_minute(TRIES), clock.clone());
        let of_one = Quota::per_second(TRIES_A_SECOND).allow_burst(TRIES_OF_ONE);
        let addresses = RateLimiter::hashmap_with_clock(of_one, clock.clone());
        Self { limiter, addresses, clock }
    }

    /// Counts a try; gives the seconds to wait if it is one too many. Whoever holds the site's own
    /// socket has no need to guess, and is not counted.
    pub(crate) fn refuse(&self, peer: Peer, login: &str) -> Option<u64> {
        let Peer::At(address) = peer else { return None };
        for limiter in [&self.addresses, &self.limiter] {
            if limiter.len() >= REMEMBERED {
                limiter.retain_recent();
            }
            if limiter.len() >= MOST {
                return Some(60);
            }
        }
        let now = governor::clock::Clock::now(&self.clock);
        let by_address = self.addresses.check_key(&key(address, ""));
        let early = by_address.and_then(|()| self.limiter.check_key(&key(address, login))).err()?;
        Some(early.wait_time_from(now).as_secs() + 1)
    }
}

/// Counts whom somebody invites by mail.
pub(crate) struct InviteLimit {
    limiter: RateLimiter<Id, HashMapStateStore<Id>, SiteClock, NoOpMiddleware<Nanos>>,
}

impl fmt::Debug for InviteLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InviteLimit").finish_non_exhaustive()
    }
}

impl InviteLimit {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        let quota = Quota::per_hour(INVITATIONS);
        Self { limiter: RateLimiter::hashmap_with_clock(quota, SiteClock(clock)) }
    }

    /// Counts people that somebody invites, if they may invite so many now. The local administrator
    /// may invite any number.
    pub(crate) fn admits(&self, by: Id, people: usize) -> bool {
        if by.is_none() {
            return true;
        }
        if self.limiter.len() >= REMEMBERED {
            self.limiter.retain_recent();
        }
        let people = u32::try_from(people).ok().and_then(NonZeroU32::new);
        people.is_some_and(|people| matches!(self.limiter.check_key_n(&by, people), Ok(Ok(()))))
    }
}

/// A network of the newer protocol counts as one address: whoever has one has all of it.
fn key(address: IpAddr, login: &str) -> Key {
    let mut hasher = blake3::Hasher::new();
    match address {
        IpAddr::V4(address) => hasher.update(&address.octets()),
        IpAddr::V6(address) => {
            hasher.update(address.octets().first_chunk::<8>().map_or(&[], |half| half))
        }
    };
    hasher.update(login.trim().to_lowercase().as_bytes());
    let mut key = Key::default();
    hasher.finalize_xof().fill(&mut key);
    key
}

/// Accounts that are made from one address at once, and in an hour after that.
const SIGN_UPS: NonZeroU32 = NonZeroU32::MIN.saturating_add(119);
const SIGN_UPS_AN_HOUR: NonZeroU32 = NonZeroU32::MIN.saturating_add(599);

/// Counts who makes accounts, where.
pub(crate) struct SignUpLimit {
    limiter: RateLimiter<Key, HashMapStateStore<Key>, SiteClock, NoOpMiddleware<Nanos>>,
}

impl fmt::Debug for SignUpLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignUpLimit").finish_non_exhaustive()
    }
}

impl SignUpLimit {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        let quota = Quota::per_hour(SIGN_UPS_AN_HOUR).allow_burst(SIGN_UPS);
        Self { limiter: RateLimiter::hashmap_with_clock(quota, SiteClock(clock)) }
    }

    /// Counts an account that is to be made; gives whether it is not one too many.
    pub(crate) fn admits(&self, peer: Peer) -> bool {
        let Peer::At(address) = peer else { return true };
        if self.limiter.len() >= REMEMBERED {
            self.limiter.retain_recent();
        }
        self.limiter.len() < MOST && self.limiter.check_key(&key(address, "")).is_ok()
    }
}

/// Calls of one webhook at once, and in each second after that.
const CALLS: NonZeroU32 = NonZeroU32::MIN.saturating_add(59);
const CALLS_A_SECOND: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);

/// Counts how often webhooks are called.
pub(crate) struct HookLimit {
    limiter: RateLimiter<Key, HashMapStateStore<Key>, SiteClock, NoOpMiddleware<Nanos>>,
}

impl fmt::Debug for HookLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HookLimit").finish_non_exhaustive()
    }
}

impl HookLimit {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        let quota = Quota::per_second(CALLS_A_SECOND).allow_burst(CALLS);
        Self { limiter: RateLimiter::hashmap_with_clock(quota, SiteClock(clock)) }
    }

    /// Counts a call of a webhook that there is; gives whether it is not one too many.
    pub(crate) fn admits(&self, hook: Id) -> bool {
        if self.limiter.len() >= REMEMBERED {
            self.limiter.retain_recent();
        }
        self.limiter.check_key(hook.as_bytes()).is_ok()
    }
}

/// Counts how often apps ask for tokens, from where.
pub(crate) struct TokenLimit {
    limiter: RateLimiter<Key, HashMapStateStore<Key>, SiteClock, NoOpMiddleware<Nanos>>,
}

impl fmt::Debug for TokenLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenLimit").finish_non_exhaustive()
    }
}

impl TokenLimit {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        let quota = Quota::per_second(CALLS_A_SECOND).allow_burst(CALLS);
        Self { limiter: RateLimiter::hashmap_with_clock(quota, SiteClock(clock)) }
    }

    /// Counts a request in the name of an app; gives whether it is not one too many. Others, asking
    /// from elsewhere, do not take its turns away.
    pub(crate) fn admits(&self, peer: Peer, app: &str) -> bool {
        let Peer::At(address) = peer else { return true };
        if self.limiter.len() >= REMEMBERED {
            self.limiter.retain_recent();
        }
        self.limiter.len() < MOST && self.limiter.check_key(&key(address, app)).is_ok()
    }
}

/// What one person may have fetched from elsewhere at once.
const FETCHES: usize = 2;

/// What one person may have waiting to be fetched: a page of posts has some pictures.
const WAITING: usize = 64;

/// Pictures of elsewhere that are in memory at once.
const PICTURES: usize = 8;

/// How long a picture waits for others.
const PICTURE_WAITS: Duration = Duration::from_secs(30);

/// Counts what is fetched from elsewhere for people who wait for it.
#[derive(Debug)]
pub(crate) struct FetchLimit {
    people: Arc<Mutex<HashMap<Id, Fetches>>>,
    pictures: Arc<Semaphore>,
}

/// What is fetched for one person, or waits to be.
#[derive(Debug)]
struct Fetches {
    wanted: usize,
    turns: Arc<Semaphore>,
}

/// Something that somebody wants to have fetched, until this is dropped.
#[derive(Debug)]
struct Wanted {
    people: Arc<Mutex<HashMap<Id, Fetches>>>,
    person: Id,
}

/// Something that is fetched for somebody, until this is dropped.
#[derive(Debug)]
pub(crate) struct Fetching {
    /// Where a picture is in memory.
    _place: Option<OwnedSemaphorePermit>,
    _turn: OwnedSemaphorePermit,
    _wanted: Wanted,
}

impl Default for FetchLimit {
    fn default() -> Self {
        Self { people: Arc::default(), pictures: Arc::new(Semaphore::new(PICTURES)) }
    }
}

impl FetchLimit {
    /// Counts what a person wants, unless too much waits; gives what has turns.
    fn want(&self, person: Id) -> Option<(Wanted, Arc<Semaphore>)> {
        let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        let fetches = people
            .entry(person)
            .or_insert_with(|| Fetches { wanted: 0, turns: Arc::new(Semaphore::new(FETCHES)) });
        if fetches.wanted >= FETCHES + WAITING {
            return None;
        }
        fetches.wanted += 1;
        let wanted = Wanted { people: Arc::clone(&self.people), person };
        Some((wanted, Arc::clone(&fetches.turns)))
    }

    /// Counts something small that a person wants, unless it is too much at once.
    pub(crate) fn admit(&self, person: Id) -> Option<Fetching> {
        let (wanted, turns) = self.want(person)?;
        let turn = turns.try_acquire_owned().ok()?;
        Some(Fetching { _place: None, _turn: turn, _wanted: wanted })
    }

    /// Counts a picture that a person wants, and waits until it is its turn and there is a place for
    /// it in memory; not for ever, and not in too long a queue.
    pub(crate) async fn admit_picture(&self, person: Id) -> Option<Fetching> {
        let (wanted, turns) = self.want(person)?;
        let places = Arc::clone(&self.pictures);
        let both = async {
            let turn = turns.acquire_owned().await.ok()?;
            Some((turn, places.acquire_owned().await.ok()?))
        };
        let (turn, place) = timeout(PICTURE_WAITS, both).await.ok()??;
        Some(Fetching { _place: Some(place), _turn: turn, _wanted: wanted })
    }
}

impl Drop for Wanted {
    fn drop(&mut self) {
        let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(fetches) = people.get_mut(&self.person) {
            fetches.wanted -= 1;
            if fetches.wanted == 0 {
                people.remove(&self.person);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use std::pin::{Pin, pin};
    use std::sync::atomic::{AtomicI64, Ordering};
    use std::task::Poll;

    #[derive(Default)]
    struct Still(AtomicI64);

    impl Clock for Still {
        fn now(&self) -> i64 {
            self.0.load(Ordering::SeqCst)
        }
    }

    fn peer(text: &str) -> Peer {
        Peer::At(text.parse().unwrap())
    }

    #[test]
    fn thirty_tries_a_minute_and_no_more() {
        let clock = Arc::new(Still::default());
        let limit = SignInLimit::new(Arc::clone(&clock) as _);
        for _ in 0..30 {
            assert_eq!(limit.refuse(peer("192.0.2.1"), "alice"), None);
        }
        assert!(limit.refuse(peer("192.0.2.1"), " ALICE").is_some_and(|wait| wait <= 3));
        assert_eq!(limit.refuse(peer("192.0.2.1"), "bob"), None);
        assert_eq!(limit.refuse(peer("192.0.2.2"), "alice"), None);
        clock.0.fetch_add(2_000, Ordering::SeqCst);
        assert_eq!(limit.refuse(peer("192.0.2.1"), "alice"), None);
        assert!(limit.refuse(peer("192.0.2.1"), "alice").is_some());
        clock.0.fetch_add(60_000, Ordering::SeqCst);
        assert_eq!(limit.refuse(peer("192.0.2.1"), "alice"), None);
    }

    #[test]
    fn an_address_tries_so_many_accounts_and_no_more() {
        let clock = Arc::new(Still::default());
        let limit = SignInLimit::new(Arc::clone(&clock) as _);
        for n in 0..300 {
            assert_eq!(limit.refuse(peer("192.0.2.1"), &n.to_string()), None);
        }
        assert_eq!(limit.refuse(peer("192.0.2.1"), "alice"), Some(1));
        assert_eq!(limit.refuse(peer("192.0.2.2"), "alice"), None);
        clock.0.fetch_add(1_000, Ordering::SeqCst);
        for n in 0..5 {
            assert_eq!(limit.refuse(peer("192.0.2.1"), &format!("b{n}")), None);
        }
        assert!(limit.refuse(peer("192.0.2.1"), "alice").is_some());
    }

    #[test]
    fn accounts_from_one_address_have_an_end() {
        let clock = Arc::new(Still::default());
        let limit = SignUpLimit::new(Arc::clone(&clock) as _);
        for _ in 0..120 {
            assert!(limit.admits(peer("192.0.2.1")));
        }
        assert!(!limit.admits(peer("192.0.2.1")));
        assert!(limit.admits(peer("192.0.2.2")));
        assert!(limit.admits(Peer::Local));
        clock.0.fetch_add(6_000, Ordering::SeqCst);
        assert!(limit.admits(peer("192.0.2.1")));
        assert!(!limit.admits(peer("192.0.2.1")));
    }

    #[test]
    fn an_app_asks_for_so_many_tokens_and_no_more() {
        let clock = Arc::new(Still::default());
        let limit = TokenLimit::new(Arc::clone(&clock) as _);
        for _ in 0..60 {
            assert!(limit.admits(peer("192.0.2.1"), "app"));
        }
        assert!(!limit.admits(peer("192.0.2.1"), "app"));
        assert!(limit.admits(peer("192.0.2.1"), "other"));
        assert!(limit.admits(peer("192.0.2.2"), "app"));
        assert!(limit.admits(Peer::Local, "app"));
        clock.0.fetch_add(100, Ordering::SeqCst);
        assert!(limit.admits(peer("192.0.2.1"), "app"));
        assert!(!limit.admits(peer("192.0.2.1"), "app"));
    }

    #[test]
    fn twenty_people_an_hour_are_invited_and_no_more() {
        let clock = Arc::new(Still::default());
        let limit = InviteLimit::new(Arc::clone(&clock) as _);
        let (anna, ben) = (Id::from_bytes([1; 16]), Id::from_bytes([2; 16]));
        assert!(limit.admits(anna, 15));
        assert!(!limit.admits(anna, 6));
        assert!(limit.admits(anna, 5));
        assert!(!limit.admits(anna, 1));
        assert!(limit.admits(ben, 20));
        assert!(!limit.admits(ben, 21));
        assert!(limit.admits(Id::NONE, 1000));
        clock.0.fetch_add(60 * 60 * 1000, Ordering::SeqCst);
        assert!(limit.admits(anna, 20));
    }

    async fn is_pending<T>(mut waits: Pin<&mut impl Future<Output = T>>) -> bool {
        poll_fn(|cx| Poll::Ready(waits.as_mut().poll(cx).is_pending())).await
    }

    #[tokio::test]
    async fn two_at_once_for_each_and_eight_pictures_for_all() {
        let limit = FetchLimit::default();
        let person = |n| Id::from_bytes([n; 16]);
        let first = limit.admit(person(1)).unwrap();
        let second = limit.admit_picture(person(1)).await.unwrap();
        assert!(limit.admit(person(1)).is_none());
        let mut third = pin!(limit.admit_picture(person(1)));
        assert!(is_pending(third.as_mut()).await);
        drop(first);
        let third = third.await.unwrap();
        assert!(limit.admit(person(1)).is_none());
        let mut pictures = vec![second, third];
        for n in 2..8 {
            pictures.push(limit.admit_picture(person(n)).await.unwrap());
        }
        assert_eq!(limit.pictures.available_permits(), 0);
        let mut waits = pin!(limit.admit_picture(person(9)));
        assert!(is_pending(waits.as_mut()).await);
        pictures.truncate(7);
        pictures.extend(waits.await);
        assert_eq!(pictures.len(), 8);
        drop(pictures);
        assert!(limit.people.lock().unwrap().is_empty());
        assert_eq!(limit.pictures.available_permits(), PICTURES);
    }

    #[tokio::test(start_paused = true)]
    async fn a_picture_waits_for_a_while_and_in_a_queue_with_an_end() {
        let limit = FetchLimit::default();
        let anna = Id::from_bytes([1; 16]);
        let _both = (limit.admit(anna).unwrap(), limit.admit(anna).unwrap());
        let queue: Vec<_> = (0..WAITING).map(|_| limit.want(anna).unwrap()).collect();
        assert!(limit.admit_picture(anna).await.is_none());
        assert!(limit.admit_picture(Id::from_bytes([2; 16])).await.is_some());
        drop(queue);
        let began = tokio::time::Instant::now();
        assert!(limit.admit_picture(anna).await.is_none());
        assert_eq!(began.elapsed(), PICTURE_WAITS);
    }

    #[test]
    fn whoever_has_a_network_has_one_address() {
        let key = |address: &str| key(address.parse().unwrap(), "a");
        assert_eq!(key("2001:db8::1"), key("2001:db8::2"));
        assert_ne!(key("2001:db8::1"), key("2001:db8:1::1"));
    }

    #[test]
    fn quiet_ones_are_forgotten() {
        let clock = Arc::new(Still::default());
        let limit = SignInLimit::new(Arc::clone(&clock) as _);
        for n in 0..REMEMBERED {
            let from = peer(&format!("10.{}.{}.1", n / 256, n % 256));
            assert_eq!(limit.refuse(from, &n.to_string()), None);
        }
        clock.0.fetch_add(60_000, Ordering::SeqCst);
        assert_eq!(limit.refuse(peer("192.0.2.1"), "one more"), None);
        assert_eq!((limit.limiter.len(), limit.addresses.len()), (1, 1));
    }
}
