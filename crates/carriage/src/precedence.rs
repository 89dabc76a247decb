//! What goes first: urgent requests before frames, and frames before bulk data.
//!
//! What the transport has taken cannot be overtaken by what the caller learns to be more urgent a
//! moment later. So it is allowed to hold only about as much as the link carries in two round
//! trips, and while something waits for room, nothing that goes behind it is given any.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use crate::connection::sent_bytes;
use crate::limit::Limit;
use crate::transport::IN_FLIGHT;

/// How often whoever waits for a limit looks whether there is another, or none.
const LOOK: Duration = Duration::from_secs(1);

/// The least that the transport may hold, in bytes.
const LEAST: u64 = 16 << 10;

/// What it may hold beyond that while something urgent waits, which thus need not wait for room.
const FOR_URGENT: u64 = 128 << 10;

/// How soon bytes go. Those of a greater class go first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    /// Answers to requests.
    Bulk,
    /// Frames, and requests.
    Frame,
    /// What overtakes frames.
    Urgent,
}

impl Class {
    /// The priority of its streams in the transport.
    pub(crate) const fn of_stream(self) -> i32 {
        match self {
            Self::Bulk => -1,
            Self::Frame => 0,
            Self::Urgent => 1,
        }
    }
}

/// What the writers of one connection have in common.
#[derive(Debug, Clone)]
pub(crate) struct Precedence {
    connection: quinn::Connection,
    /// How many frames, and how many urgent requests, wait to be taken.
    waiting: Arc<watch::Sender<[usize; 2]>>,
    limit: Arc<Mutex<Limit>>,
}

impl Precedence {
    pub(crate) fn new(connection: quinn::Connection) -> Self {
        let limit = Arc::new(Mutex::new(Limit::none(Instant::now())));
        Self { connection, waiting: Arc::new(watch::Sender::new([0; 2])), limit }
    }

    fn limited(&self) -> MutexGuard<'_, Limit> {
        self.limit.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets so many bits a second leave from now on, or as many as the link carries.
    pub(crate) fn limit(&self, bits: Option<u64>) {
        self.limited().set(bits, sent_bytes(&self.connection), Instant::now());
    }

    /// How much of a piece may be handed over, or how long to wait until some may.
    fn may_leave(&self) -> Result<usize, Duration> {
        self.limited().ask(sent_bytes(&self.connection), Instant::now())
    }

    /// Lets the transport hold as much as suits the link now.
    fn follow_the_link(&self, class: Class) {
        let window = self.connection.stats().path.cwnd;
        let room = window.saturating_mul(2).clamp(LEAST, u64::from(IN_FLIGHT));
        let more = if class == Class::Urgent { FOR_URGENT } else { 0 };
        self.connection.set_send_window(room + more);
    }

    /// Holds back what goes behind a class, for as long as the answer lives.
    pub(crate) fn claim(&self, class: Class) -> Claim<'_> {
        self.count(class, 1);
        Claim { precedence: self, class }
    }

    fn count(&self, class: Class, by: isize) {
        let place = match class {
            Class::Bulk => return,
            Class::Frame => 0,
            Class::Urgent => 1,
        };
        self.waiting
            .send_modify(|waiting| waiting[place] = waiting[place].saturating_add_signed(by));
    }

    /// Writes a piece when nothing waits that goes before it; answers how much was taken.
    pub(crate) async fn write(
        &self,
        class: Class,
        stream: &mut quinn::SendStream,
        piece: &[u8],
    ) -> Result<usize, quinn::WriteError> {
        let is_overtaken = |[frames, urgent]: &[usize; 2]| match class {
            Class::Bulk => *frames + *urgent > 0,
            Class::Frame => *urgent > 0,
            Class::Urgent => false,
        };
        let mut waiting = self.waiting.subscribe();
        loop {
            // Fails only when the sender is gone, and `self` holds it.
            let _ = waiting.wait_for(|waiting| !is_overtaken(waiting)).await;
            self.follow_the_link(class);
            let most = match self.may_leave() {
                Ok(most) => piece.len().min(most),
                Err(wait) => {
                    sleep(wait.min(LOOK)).await;
                    continue;
                }
            };
            tokio::select! {
                biased;
                _ = waiting.wait_for(is_overtaken) => {}
                taken = stream.write(&piece[..most]) => {
                    let taken = taken?;
                    self.limited().hand_over(taken);
                    return Ok(taken);
                }
            }
        }
    }
}

/// Something that waits to be taken.
pub(crate) struct Claim<'a> {
    precedence: &'a Precedence,
    class: Class,
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.precedence.count(self.class, -1);
    }
}
