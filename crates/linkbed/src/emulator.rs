//! The model in real time.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fieldpost_air::{Delivery, Link, Profile, Side, Traffic};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// A link that real packets cross: the model, driven by the machine's monotonic clock.
///
/// Whoever has packets calls [`send`](Self::send), one task takes what arrives with
/// [`next`](Self::next), and anybody may change the link meanwhile.
#[derive(Debug)]
pub struct Emulator<P> {
    link: Mutex<Link<P>>,
    started: Instant,
    changed: watch::Sender<()>,
}

/// What a link is like and what went over it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stats {
    /// The profile it was given last.
    pub profile: String,
    /// Bits per second.
    pub rate: u64,
    /// One way, in milliseconds.
    pub delay_ms: f64,
    /// In milliseconds.
    pub jitter_ms: f64,
    /// The share of packets, from 0 to 1.
    pub loss: f64,
    /// Whether somebody cut it.
    pub cut: bool,
    /// Whether packets pass right now.
    pub up: bool,
    /// What the left side sent.
    pub left: Traffic,
    /// What the right side sent.
    pub right: Traffic,
}

impl Stats {
    /// What a side sent.
    pub fn from(&self, side: Side) -> &Traffic {
        match side {
            Side::Left => &self.left,
            Side::Right => &self.right,
        }
    }
}

impl<P> Emulator<P> {
    /// Starts a link now.
    pub fn start(link: Link<P>) -> Self {
        Self { link: Mutex::new(link), started: Instant::now(), changed: watch::Sender::new(()) }
    }

    /// Hands a packet over. Like a real link, it does not say what becomes of it.
    pub fn send(&self, from: Side, packet: P, bytes: usize) {
        self.change(|link, now| {
            let _ = link.send(now, from, packet, bytes);
        });
    }

    /// Cuts the link.
    pub fn cut(&self) {
        self.change(Link::cut);
    }

    /// Ends a cut.
    pub fn restore(&self) {
        self.change(Link::restore);
    }

    /// Makes it another kind of link.
    pub fn adjust(&self, adjustment: impl FnOnce(Profile) -> Profile) {
        self.change(|link, now| link.set_profile(now, adjustment(*link.profile())));
    }

    /// What it is like and what went over it.
    pub fn stats(&self) -> Stats {
        let now = self.started.elapsed();
        let mut link = self.lock();
        link.advance(now);
        let profile = link.profile();
        Stats {
            profile: profile.name.to_owned(),
            rate: profile.rate,
            delay_ms: profile.delay.as_secs_f64() * 1_000.0,
            jitter_ms: profile.jitter.as_secs_f64() * 1_000.0,
            loss: profile.loss.share,
            cut: link.is_cut(),
            up: link.is_up(now),
            left: *link.traffic(Side::Left),
            right: *link.traffic(Side::Right),
        }
    }

    /// The next packet that arrives. One task waits here; it is woken within a millisecond.
    pub async fn next(&self) -> Delivery<P> {
        loop {
            let mut changed = self.changed.subscribe();
            let (arrived, next_event) = {
                let mut link = self.lock();
                (link.poll(self.started.elapsed()), link.next_event())
            };
            if let Some(delivery) = arrived {
                self.changed.send_replace(());
                return delivery;
            }
            let due = async {
                match next_event {
                    Some(at) => sleep_until(self.started + at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = due => {}
                // The sender lives as long as this emulator.
                _ = changed.changed() => {}
            }
        }
    }

    /// Waits until the figures are so, and returns them.
    pub async fn until(&self, so: impl Fn(&Stats) -> bool) -> Stats {
        let mut changed = self.changed.subscribe();
        loop {
            let stats = self.stats();
            if so(&stats) {
                return stats;
            }
            drop(changed.changed().await);
        }
    }

    fn change<T>(&self, change: impl FnOnce(&mut Link<P>, Duration) -> T) {
        let now = self.started.elapsed();
        change(&mut self.lock(), now);
        self.changed.send_replace(());
    }

    fn lock(&self) -> MutexGuard<'_, Link<P>> {
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
