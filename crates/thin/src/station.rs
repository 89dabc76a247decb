//! One end of a thin link at work: moves datagrams between an [`Engine`] and what carries them.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fieldpost_log::suite::Start;
use fieldpost_log::{Malformed, SigningKey, VerifyingKey};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until};

use crate::bearer::{Bearer, Sink, Source};
use crate::bulk::{Requests, Said};
use crate::connection::Connection;
use crate::datagram::Class;
use crate::engine::{Engine, Next};
use crate::settings::Settings;

/// How long until a bearer that failed is opened again.
const AGAIN: Duration = Duration::from_secs(5);

/// Bytes of answers that wait to be read, at most, before more are heard.
const MOST_UNREAD: usize = 128 * 1024;

/// What the ends of a station share.
pub(crate) struct Shared {
    began: Instant,
    inner: Mutex<Inner>,
    /// Rings when there may be something to send.
    pub(crate) speak: Notify,
    /// Changes when something was heard or sent.
    pub(crate) passed: watch::Sender<()>,
}

/// What changes while a station is at work.
pub(crate) struct Inner {
    pub(crate) engine: Engine,
    pub(crate) requests: Requests,
    /// Whether the other side said what cannot be.
    pub(crate) is_broken: bool,
    /// The conversation that the requests belong to.
    number: u64,
    pub(crate) sent_bytes: u64,
    pub(crate) received_bytes: u64,
    /// Why nothing carries datagrams, if so.
    trouble: Option<String>,
}

impl Shared {
    pub(crate) fn now(&self) -> Duration {
        self.began.elapsed()
    }

    pub(crate) fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something was said here.
    pub(crate) fn ring(&self) {
        self.speak.notify_one();
    }
}

impl Inner {
    /// Takes over what was heard of requests. What belongs to an earlier conversation is forgotten.
    pub(crate) fn sort_bulk(&mut self) {
        let (number, _) = self.engine.begun();
        if number != self.number {
            self.number = number;
            self.requests = Requests::default();
            self.is_broken = false;
        }
        while self.requests.waiting() < MOST_UNREAD {
            match self.engine.take(Class::Bulk) {
                Ok(Some(message)) => match Said::read(&message) {
                    Some(said) => {
                        if let Some(answer) = self.requests.hear(said) {
                            self.engine.say(Class::Bulk, &answer.write());
                        }
                    }
                    None => self.is_broken = true,
                },
                Ok(None) => return,
                Err(_) => {
                    self.is_broken = true;
                    return;
                }
            }
        }
    }
}

/// One end of a thin link. Dropping it closes what carries its datagrams.
pub struct Station {
    shared: Arc<Shared>,
    moving: JoinHandle<()>,
}

impl Station {
    /// An end of a link to another site, over a bearer that is opened again whenever it fails. Nothing
    /// is sent until somebody wants to [`converse`](Self::converse).
    ///
    /// # Errors
    /// [`Malformed`] for a key with which nothing secret can be agreed.
    pub fn open(
        bearer: Bearer,
        settings: Settings,
        own: SigningKey,
        peer: VerifyingKey,
    ) -> Result<Self, Malformed> {
        let inner = Inner {
            engine: Engine::new(settings, own, peer)?,
            requests: Requests::default(),
            is_broken: false,
            number: 0,
            sent_bytes: 0,
            received_bytes: 0,
            trouble: None,
        };
        let shared = Arc::new(Shared {
            began: Instant::now(),
            inner: Mutex::new(inner),
            speak: Notify::new(),
            passed: watch::Sender::new(()),
        });
        let moving = tokio::spawn(carry(Arc::clone(&shared), bearer));
        Ok(Self { shared, moving })
    }

    /// Talks with the other site: gives the conversation once there is one, for as long as it takes.
    /// If this side does not call, the other has to. `random` is for a conversation that begins here,
    /// and must not have been used before another. This future may be dropped and made again.
    pub async fn converse(&self, random: Start, calls: bool) -> Connection {
        let mut passed = self.shared.passed.subscribe();
        loop {
            let (number, goes_on) = {
                let mut inner = self.shared.inner();
                match calls {
                    true => inner.engine.begin(self.shared.now(), random),
                    false => inner.engine.listen(random),
                }
                inner.sort_bulk();
                inner.engine.begun()
            };
            if goes_on {
                return Connection::new(Arc::clone(&self.shared), number);
            }
            self.shared.ring();
            // The sender lives as long as the station.
            drop(passed.changed().await);
        }
    }

    /// Why nothing can be said: what carries datagrams failed, or the other site does not answer.
    pub fn trouble(&self) -> String {
        let inner = self.shared.inner();
        match &inner.trouble {
            Some(trouble) => trouble.clone(),
            None => "nothing was heard of the other site yet".to_owned(),
        }
    }

    /// Ends what goes on, and is silent from then on.
    pub fn silence(&self) {
        self.shared.inner().engine.end();
        self.shared.passed.send_replace(());
    }
}

impl Drop for Station {
    fn drop(&mut self) {
        self.moving.abort();
        self.silence();
    }
}

#[cfg(test)]
#[path = "station_tests.rs"]
mod tests;

/// Moves datagrams until the station is dropped.
async fn carry(shared: Arc<Shared>, bearer: Bearer) {
    loop {
        let trouble = match bearer.open().await {
            Ok((sink, source)) => {
                shared.inner().trouble = None;
                tokio::select! {
                    error = speak(&shared, sink) => error,
                    error = listen(&shared, source) => error,
                }
            }
            Err(error) => error,
        };
        tracing::warn!(%bearer, error = %trouble, "a bearer of a link failed");
        shared.inner().trouble = Some(format!("{bearer}: {trouble}"));
        sleep(AGAIN).await;
    }
}

async fn speak(shared: &Shared, mut sink: Sink) -> io::Error {
    loop {
        let next = {
            let mut inner = shared.inner();
            let next = inner.engine.next(shared.now());
            if let Next::Send(datagram) = &next {
                let overhead = inner.engine.settings().overhead;
                inner.sent_bytes += (datagram.len() + overhead) as u64;
            }
            next
        };
        match next {
            Next::Send(datagram) => {
                if let Err(error) = sink.send(&datagram).await {
                    return error;
                }
                shared.passed.send_replace(());
            }
            Next::At(at) => tokio::select! {
                () = sleep_until(shared.began + at) => {}
                () = shared.speak.notified() => {}
            },
            Next::Idle => shared.speak.notified().await,
        }
    }
}

async fn listen(shared: &Shared, mut source: Source) -> io::Error {
    loop {
        let datagrams = match source.next().await {
            Ok(datagrams) => datagrams,
            Err(error) => return error,
        };
        let mut any = false;
        for datagram in datagrams {
            let mut inner = shared.inner();
            if inner.engine.hear(shared.now(), &datagram) {
                let overhead = inner.engine.settings().overhead;
                inner.received_bytes += (datagram.len() + overhead) as u64;
                any = true;
            }
        }
        if any {
            shared.passed.send_replace(());
            shared.ring();
        }
    }
}
