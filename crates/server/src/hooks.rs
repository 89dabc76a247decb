//! Tells those who asked by an outgoing webhook of posts, after they are written.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use fieldpost_chat::hook::fire::{self, Delivery};
use fieldpost_chat::hook::{Naming, Payload, post};
use fieldpost_kernel::{Change, Outcome, Position, Rows};
use fieldpost_outbound::{Answer, Ask, Limits, Outbound, Refused, form_urlencoded, header};
use fieldpost_store::{Follower, Store, follow};
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};

use crate::previews::ended;

/// Changes read from the feed at once.
const SLICE: i64 = 256;

/// Deliveries that wait or are under way; beyond it posts are not told of.
const QUEUED: usize = 512;

/// Deliveries under way at once.
const AT_ONCE: usize = 8;

/// How long to wait before each further try.
const AGAIN: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(5)];

/// The longest answer that is read, in bytes.
const LONGEST_ANSWER: usize = 1024 * 1024;

/// Who tells, and how.
#[derive(Clone)]
struct Teller {
    store: Store,
    outbound: Outbound,
    naming: Naming,
    turns: Arc<Semaphore>,
}

/// Begins to tell of posts, until the site stops. What was under way then is not told again.
pub(crate) fn start(
    store: &Store,
    outbound: &Outbound,
    naming: Naming,
    mut stopping: watch::Receiver<bool>,
) -> JoinHandle<()> {
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    let teller = Teller { store: store.clone(), outbound: outbound.clone(), naming, turns };
    let store = store.clone();
    let telling = Telling { teller, armed: Arc::default(), under_way: JoinSet::new() };
    tokio::spawn(async move {
        tokio::select! {
            () = follow(&store, telling) => {}
            _ = stopping.wait_for(|stop| *stop) => {}
        }
    })
}

/// Whoever tells, on their way through the feed.
struct Telling {
    teller: Teller,
    /// Whether there is anybody to tell: most sites have nobody, and nothing is looked up then.
    armed: Arc<AtomicBool>,
    under_way: JoinSet<()>,
}

impl Follower for Telling {
    const WAITS: &'static str = "outgoing webhooks wait";

    async fn begin(&mut self, _: Position) -> Outcome<()> {
        let any = self.teller.store.read(fire::any).await?;
        self.armed.store(any, Ordering::SeqCst);
        Ok(())
    }

    async fn step(&mut self, reached: &mut Position) -> Outcome<bool> {
        let store = &self.teller.store;
        let (site, armed) = (store.site().id, Arc::clone(&self.armed));
        let each = move |change: &Change, rows: &mut dyn Rows| {
            if fire::concerns(change) {
                armed.store(fire::any(rows)?, Ordering::SeqCst);
            }
            if !armed.load(Ordering::SeqCst) {
                return Ok(Vec::new());
            }
            fire::deliveries(rows, change, site)
        };
        let read = store.follow(*reached, SLICE, each).await?;
        let more = !read.is_empty();
        for (position, deliveries) in read {
            let deliveries: Vec<Delivery> = deliveries?;
            if let Some(first) = deliveries.first() {
                let post = first.post;
                if store.write(&[], move |work| fire::claim(work, post)).await? {
                    self.teller.send(deliveries, &mut self.under_way);
                }
            }
            *reached = position;
        }
        Ok(more)
    }

    async fn idle(&mut self) {
        ended(&mut self.under_way).await;
    }
}

impl Teller {
    fn send(&self, deliveries: Vec<Delivery>, under_way: &mut JoinSet<()>) {
        for delivery in deliveries {
            while under_way.try_join_next().is_some() {}
            if under_way.len() >= QUEUED {
                tracing::warn!(post = %delivery.post, "too many webhooks wait; it is not told of");
                continue;
            }
            let teller = self.clone();
            under_way.spawn(async move { teller.deliver(delivery).await });
        }
    }

    async fn deliver(&self, delivery: Delivery) {
        for url in &delivery.urls {
            match self.tell(url, &delivery).await {
                Ok(answer) if answer.status.is_success() => {
                    if let Err(failure) = self.take(&delivery, &answer).await {
                        tracing::warn!(%failure, post = %delivery.post, "an answer was not posted");
                    }
                }
                Ok(answer) => {
                    let status = answer.status.as_u16();
                    tracing::warn!(status, post = %delivery.post, "a webhook was not taken");
                }
                Err(refused) => {
                    tracing::warn!(%refused, post = %delivery.post, "a webhook was not delivered");
                }
            }
        }
    }

    /// Tells one address, again if it may be better a while later.
    async fn tell(&self, url: &str, delivery: &Delivery) -> Result<Answer, Refused> {
        let mut again = AGAIN.iter();
        loop {
            let told = {
                // It fails only once the site is gone.
                let _turn = self.turns.acquire().await.map_err(|_| Refused::Silent)?;
                self.outbound.ask(ask(url, delivery)).await
            };
            let passing = match &told {
                Ok(answer) => answer.status.is_server_error() || answer.status.as_u16() == 429,
                Err(refused) => refused.may_pass() && *refused != Refused::Silent,
            };
            match again.next() {
                Some(wait) if passing => tokio::time::sleep(*wait).await,
                _ => return told,
            }
        }
    }

    /// Posts what was answered, if anything was.
    async fn take(&self, delivery: &Delivery, answer: &Answer) -> Outcome<()> {
        if answer.content_type() != "application/json" {
            return Ok(());
        }
        let Some(payload) = Payload::parse(&answer.body).filter(|payload| !payload.is_empty())
        else {
            return Ok(());
        };
        let (delivery, naming) = (delivery.clone(), self.naming);
        let write = self
            .store
            .write(&[], move |work| post::answer(work, &delivery, payload.clone(), naming));
        write.await
    }
}

fn ask(url: &str, delivery: &Delivery) -> Ask {
    let ask = if delivery.as_json {
        Ask::post(url, "application/json", delivery.json())
    } else {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(delivery.fields());
        Ask::post(url, "application/x-www-form-urlencoded", form.finish())
    };
    let limits = Limits { body: LONGEST_ANSWER, ..Limits::default() };
    ask.header(header::ACCEPT, "application/json").limits(limits)
}
