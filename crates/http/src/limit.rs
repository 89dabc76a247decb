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
        let quota = Quota::per_minute(TRIES);
        Self { limiter: RateLimiter::hashmap_with_clock(quota, clock.clone()), clock }
    }

    /// Counts a try; gives the seconds to wait if it is one too many. Whoever holds the site's own
    /// socket has no need to guess, and is not counted.
    pub(crate) fn refuse(&self, peer: Peer, login: &str) -> Option<u64> {
        let Peer::At(address) = peer else { return None };
        if self.limiter.len() >= REMEMBERED {
            self.limiter.retain_recent();
        }
        if self.limiter.len() >= MOST {
            return Some(60);
        }
        let now = governor::clock::Clock::now(&self.clock);
        let early = self.limiter.check_key(&key(address, login)).err()?;
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

/// What one person may have fetched from elsewhere at once.
const FETCHES: usize = 2;

/// Pictures of elsewhere that are in memory at once.
const PICTURES: usize = 8;

/// How long a picture waits for others.
const PICTURE_WAITS: Duration = Duration::from_secs(30);

/// Counts what is fetched from elsewhere for people who wait for it.
#[derive(Debug)]
pub(crate) struct FetchLimit {
    under_way: Arc<Mutex<HashMap<Id, usize>>>,
    pictures: Arc<Semaphore>,
}

/// Something that is fetched for somebody, until this is dropped.
#[derive(Debug)]
pub(crate) struct Fetching {
    under_way: Arc<Mutex<HashMap<Id, usize>>>,
    person: Id,
    /// Where a picture is in memory.
    place: Option<OwnedSemaphorePermit>,
}

impl Default for FetchLimit {
    fn default() -> Self {
        Self { under_way: Arc::default(), pictures: Arc::new(Semaphore::new(PICTURES)) }
    }
}

impl FetchLimit {
    /// Counts something small that a person wants, unless it is too much at once.
    pub(crate) fn admit(&self, person: Id) -> Option<Fetching> {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        let count = under_way.entry(person).or_default();
        if *count >= FETCHES {
            return None;
        }
        *count += 1;
        Some(Fetching { under_way: Arc::clone(&self.under_way), person, place: None })
    }

    /// Counts a picture that a person wants, unless it is too much at once, and waits until there is
    /// a place for it in memory.
    pub(crate) async fn admit_picture(&self, person: Id) -> Option<Fetching> {
        let mut fetching = self.admit(person)?;
        let place = Arc::clone(&self.pictures).acquire_owned();
        fetching.place = Some(timeout(PICTURE_WAITS, place).await.ok()?.ok()?);
        Some(fetching)
    }
}

impl Drop for Fetching {
    fn drop(&mut self) {
        drop(self.place.take());
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = under_way.get_mut(&self.person) {
            *count -= 1;
            if *count == 0 {
                under_way.remove(&self.person);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;
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

    #[tokio::test]
    async fn two_at_once_for_each_and_eight_pictures_for_all() {
        let limit = FetchLimit::default();
        let person = |n| Id::from_bytes([n; 16]);
        let first = limit.admit(person(1)).unwrap();
        let second = limit.admit_picture(person(1)).await.unwrap();
        assert!(limit.admit(person(1)).is_none());
        assert!(limit.admit_picture(person(1)).await.is_none());
        drop(first);
        let again = limit.admit(person(1)).unwrap();
        let mut pictures = vec![second];
        for n in 2..9 {
            pictures.push(limit.admit_picture(person(n)).await.unwrap());
        }
        assert_eq!(limit.pictures.available_permits(), 0);
        let mut waits = std::pin::pin!(limit.admit_picture(person(9)));
        let first = poll_fn(|cx| Poll::Ready(waits.as_mut().poll(cx).is_pending()));
        assert!(first.await);
        pictures.truncate(7);
        pictures.extend(waits.await);
        assert_eq!(pictures.len(), 8);
        drop((again, pictures));
        assert!(limit.under_way.lock().unwrap().is_empty());
        assert_eq!(limit.pictures.available_permits(), PICTURES);
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
            assert_eq!(limit.refuse(peer("192.0.2.1"), &n.to_string()), None);
        }
        clock.0.fetch_add(60_000, Ordering::SeqCst);
        assert_eq!(limit.refuse(peer("192.0.2.1"), "one more"), None);
        assert_eq!(limit.limiter.len(), 1);
    }
}
