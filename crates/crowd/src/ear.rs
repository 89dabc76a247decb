//! A person's socket: kept open, read, and taken up again where it broke off.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use tokio::sync::{Notify, mpsc, watch};

use crate::Outcome;
use crate::history::{Fact, Stamp};
use crate::listener::{Kind, Listener};
use crate::people::{Ground, Secret};

/// How long somebody waits before the socket is opened again.
const AGAIN: Duration = Duration::from_millis(300);

/// What the socket is asked to do.
#[derive(Debug)]
pub(crate) enum Order {
    /// Says this.
    Say(String),
    /// Breaks off, and comes back with the number of the next event.
    Break,
}

/// A person's end of their socket.
#[derive(Debug, Clone)]
pub(crate) struct Ear {
    orders: mpsc::Sender<Order>,
    /// Authors that a client would not know, to be asked for.
    strangers: Arc<Mutex<BTreeSet<String>>>,
    bell: Arc<Notify>,
}

impl Ear {
    /// Opens a socket, and listens until everybody is to stop or this end is gone.
    pub(crate) fn open(number: usize, secret: &Secret, ground: &Arc<Ground>) -> Self {
        let (orders, taken) = mpsc::channel(4);
        let ear = Self { orders, strangers: Arc::default(), bell: Arc::default() };
        let listening = Listening {
            number,
            token: secret.token.clone(),
            me: secret.id.clone(),
            ground: Arc::clone(ground),
            strangers: Arc::clone(&ear.strangers),
            bell: Arc::clone(&ear.bell),
            connection: String::new(),
            next: 0,
        };
        tokio::spawn(listening.run(taken));
        ear
    }

    /// Has the socket do something, unless it is busy.
    pub(crate) fn order(&self, order: Order) {
        // Whoever types does not wait for that.
        drop(self.orders.try_send(order));
    }

    /// Returns once somebody unknown has written.
    pub(crate) async fn rung(&self) {
        self.bell.notified().await;
    }

    /// Those who have written and are unknown.
    pub(crate) fn strangers(&self) -> Vec<String> {
        let mut strangers = self.strangers.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *strangers).into_iter().collect()
    }
}

struct Listening {
    number: usize,
    token: String,
    me: String,
    ground: Arc<Ground>,
    strangers: Arc<Mutex<BTreeSet<String>>>,
    bell: Arc<Notify>,
    /// The connection that may be taken up again, and the number of the next event on it.
    connection: String,
    next: u64,
}

#[derive(Deserialize)]
struct Hello {
    connection_id: String,
}

#[derive(Deserialize)]
struct Told<'t> {
    event: &'t str,
    #[serde(borrow)]
    data: &'t serde_json::value::RawValue,
    seq: u64,
}

#[derive(Deserialize)]
struct Posted {
    post: String,
}

#[derive(Deserialize)]
struct Post {
    id: String,
    channel_id: String,
    user_id: String,
    message: String,
}

impl Listening {
    async fn run(mut self, mut orders: mpsc::Receiver<Order>) {
        let mut deaf = self.ground.deaf.subscribe();
        while !*deaf.borrow() && !orders.is_closed() {
            // How it ends is the server's affair; the history says what was heard.
            drop(self.listen(&mut orders, &mut deaf).await);
            // Not all at once.
            tokio::time::sleep(AGAIN + Duration::from_millis(self.number as u64 % 700)).await;
        }
    }

    async fn listen(
        &mut self,
        orders: &mut mpsc::Receiver<Order>,
        deaf: &mut watch::Receiver<bool>,
    ) -> Outcome<()> {
        let query = match self.connection.as_str() {
            "" => String::new(),
            known => format!("?connection_id={known}&sequence_number={}", self.next),
        };
        let (source, address) = (self.ground.source(self.number), self.ground.address);
        let mut socket = Listener::open_from(source, address, &self.token, &query).await?;
        self.ground.gauge.greeted.fetch_add(1, Ordering::Relaxed);
        loop {
            tokio::select! {
                ready = socket.ready() => {
                    ready?;
                    let (kind, frame) = socket.next_of_kind().await?;
                    match kind {
                        Kind::Ping => socket.say(Kind::Pong, &frame).await?,
                        Kind::Close => return Ok(()),
                        Kind::Text => self.hear(&frame),
                        Kind::Pong => {}
                    }
                }
                order = orders.recv() => match order {
                    Some(Order::Say(text)) => socket.say(Kind::Text, text.as_bytes()).await?,
                    Some(Order::Break) | None => return Ok(()),
                },
                _ = deaf.changed() => return Ok(()),
            }
        }
    }

    /// Takes in what the server says. Whatever is no event is a reply to something that was said.
    fn hear(&mut self, frame: &[u8]) {
        let Ok(told) = serde_json::from_slice::<Told<'_>>(frame) else { return };
        self.next = told.seq + 1;
        match told.event {
            "hello" => {
                let Ok(hello) = serde_json::from_str::<Hello>(told.data.get()) else { return };
                self.connection = hello.connection_id;
                let connection = &self.connection;
                self.ground.recorder.note(self.number, |history| Fact::Opened {
                    connection: history.name(connection),
                });
            }
            "posted" => {
                let posted = serde_json::from_str::<Posted>(told.data.get());
                let post = posted.and_then(|posted| serde_json::from_str::<Post>(&posted.post));
                if let Ok(post) = post {
                    self.told_of(&post);
                }
            }
            _ => {}
        }
    }

    fn told_of(&mut self, post: &Post) {
        let gauge = &self.ground.gauge;
        if let Some(stamp) = Stamp::of(&post.message) {
            let micros = gauge.micros().saturating_sub(stamp.at);
            gauge.deliveries.add(Duration::from_micros(micros));
        }
        let connection = &self.connection;
        self.ground.recorder.note(self.number, |history| Fact::Told {
            connection: history.name(connection),
            channel: history.name(&post.channel_id),
            post: history.name(&post.id),
        });
        if post.user_id != self.me {
            let mut strangers = self.strangers.lock().unwrap_or_else(PoisonError::into_inner);
            strangers.insert(post.user_id.clone());
            self.bell.notify_one();
        }
    }
}
