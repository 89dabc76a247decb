//! A conversation with the other site, for whoever has something to say.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::sync::watch;

use crate::bulk::{Part, Said};
use crate::datagram::Class;
use crate::station::{Inner, Shared};

/// The code of an answer that was given up before its end.
pub(crate) const GIVEN_UP: u32 = 0;

/// Bytes of an answer that go in one message.
const PIECE: usize = 1_024;

/// The longest request, in bytes.
pub const LONGEST_REQUEST: usize = 64 << 10;

/// Why something was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ThinError {
    /// The conversation is over, and why.
    Over(String),
    /// A request is longer than [`LONGEST_REQUEST`].
    TooLong,
    /// The other side refused a request, or gave up, with this code.
    Refused(u32),
    /// The other side wants no more.
    Unwanted,
}

impl fmt::Display for ThinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Over(why) => f.write_str(why),
            Self::TooLong => write!(f, "a request of more than {LONGEST_REQUEST} bytes"),
            Self::Refused(code) => write!(f, "the other side refused, with code {code}"),
            Self::Unwanted => f.write_str("the other side wants no more"),
        }
    }
}

impl std::error::Error for ThinError {}

/// What a conversation has cost so far, and how the link is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stats {
    /// Bytes sent, with all that stands around datagrams.
    pub sent_bytes: u64,
    /// Bytes received, likewise.
    pub received_bytes: u64,
    /// The time of a round trip, with all waiting for turns.
    pub rtt: Duration,
    /// Datagrams sent that had something to say, beside what has arrived.
    pub sent_packets: u64,
    /// Those of them that said once more what was taken for lost.
    pub lost_packets: u64,
    /// Bits a second, as they were configured, or as this side was limited to, if that is less.
    pub rate: u32,
    /// Whether the other side was heard when it should have been.
    pub is_heard: bool,
}

/// A conversation with the other site. It ends when either side begins anew.
pub struct Connection {
    shared: Arc<Shared>,
    number: u64,
    /// What the station had sent and received when it began.
    before: (u64, u64),
    requests: AtomicU32,
}

impl Connection {
    pub(crate) fn new(shared: Arc<Shared>, number: u64) -> Self {
        let before = {
            let inner = shared.inner();
            (inner.sent_bytes, inner.received_bytes)
        };
        Self { shared, number, before, requests: AtomicU32::new(0) }
    }

    /// Why it is over, if it is.
    fn over(&self, inner: &Inner) -> Option<ThinError> {
        let over = |why: &str| Some(ThinError::Over(why.to_owned()));
        match inner.engine.begun() {
            (number, _) if number != self.number => over("the other site began anew"),
            (_, false) => over("this site fell silent"),
            _ if inner.is_broken => over("the other site sent what cannot be"),
            _ => None,
        }
    }

    /// Does something as soon as that gives a result, and looks again whenever something has passed.
    async fn when<T>(&self, mut act: impl FnMut(&mut Inner) -> Option<T>) -> Result<T, ThinError> {
        let mut passed: watch::Receiver<()> = self.shared.passed.subscribe();
        loop {
            {
                let mut inner = self.shared.inner();
                if let Some(over) = self.over(&inner) {
                    return Err(over);
                }
                if let Some(done) = act(&mut inner) {
                    return Ok(done);
                }
            }
            // The sender lives as long as this.
            drop(passed.changed().await);
        }
    }

    async fn say(&self, class: Class, message: &[u8]) -> Result<(), ThinError> {
        self.when(|inner| inner.engine.has_room(class).then(|| inner.engine.say(class, message)))
            .await?;
        self.shared.ring();
        Ok(())
    }

    async fn hear(&self, class: Class) -> Result<Vec<u8>, ThinError> {
        self.when(|inner| {
            inner.engine.take(class).unwrap_or_else(|_| {
                inner.is_broken = true;
                None
            })
        })
        .await
    }

    /// Sends a frame. Returns once what waits before it has left, so at the pace of the link.
    ///
    /// # Errors
    /// [`ThinError::Over`] if the conversation is.
    pub async fn send(&self, frame: &[u8]) -> Result<(), ThinError> {
        self.say(Class::Frame, frame).await
    }

    /// The next frame. This future may be dropped and made again: nothing is lost.
    ///
    /// # Errors
    /// [`ThinError::Over`] if the conversation is.
    pub async fn next(&self) -> Result<Vec<u8>, ThinError> {
        self.hear(Class::Frame).await
    }

    /// Asks for something before everything else that has not left yet. Nothing is answered.
    ///
    /// # Errors
    /// [`ThinError::TooLong`], and [`ThinError::Over`] if the conversation is.
    pub async fn urge(&self, request: &[u8]) -> Result<(), ThinError> {
        if request.len() > LONGEST_REQUEST {
            return Err(ThinError::TooLong);
        }
        self.say(Class::Urgent, request).await
    }

    /// The next thing that the other side asks for before everything else.
    ///
    /// # Errors
    /// [`ThinError::Over`] if the conversation is.
    pub async fn next_urgent(&self) -> Result<Vec<u8>, ThinError> {
        self.hear(Class::Urgent).await
    }

    /// Asks for a stream of bytes.
    ///
    /// # Errors
    /// [`ThinError::TooLong`], and [`ThinError::Over`] if the conversation is.
    pub async fn request(self: &Arc<Self>, request: &[u8]) -> Result<Answer, ThinError> {
        if request.len() > LONGEST_REQUEST {
            return Err(ThinError::TooLong);
        }
        let number = self.requests.fetch_add(1, Ordering::SeqCst);
        self.shared.inner().requests.answers.insert(number, Default::default());
        let answer = Answer { connection: Arc::clone(self), number, has_ended: false };
        self.say(Class::Bulk, &Said::Ask(number, request.to_vec()).write()).await?;
        Ok(answer)
    }

    /// The next request of the other side, and the means to answer it.
    ///
    /// # Errors
    /// [`ThinError::Over`] if the conversation is.
    pub async fn next_request(self: &Arc<Self>) -> Result<(Vec<u8>, Answering), ThinError> {
        let asked = self.when(|inner| {
            inner.sort_bulk();
            inner.requests.asked.pop_front()
        });
        let (number, request) = asked.await?;
        Ok((request, Answering { connection: Arc::clone(self), number, has_ended: false }))
    }

    /// What the conversation has cost so far, and how the link is.
    pub fn stats(&self) -> Stats {
        let inner = self.shared.inner();
        let tally = inner.engine.tally();
        Stats {
            sent_bytes: inner.sent_bytes - self.before.0,
            received_bytes: inner.received_bytes - self.before.1,
            rtt: inner.engine.round_trip(),
            sent_packets: tally.sent,
            lost_packets: tally.again,
            rate: inner.engine.rate(),
            is_heard: inner.engine.is_heard(),
        }
    }

    /// Says no more than so many bits a second from now on, or as much as the link carries.
    pub fn limit(&self, rate: Option<u32>) {
        self.shared.inner().engine.limit(rate);
        self.shared.ring();
    }

    /// Ends the conversation, if it goes on. The other side is told by nothing: it learns that this
    /// one has begun anew.
    pub fn close(&self) {
        {
            let mut inner = self.shared.inner();
            if inner.engine.begun() == (self.number, true) {
                inner.engine.end();
            }
        }
        self.shared.passed.send_replace(());
    }

    /// Waits until it is over, and says why.
    pub async fn closed(&self) -> String {
        match self.when(|_| None::<std::convert::Infallible>).await {
            Err(error) => error.to_string(),
            Ok(never) => match never {},
        }
    }
}

/// The answer to a request, as it arrives. Dropping it tells the other side to stop.
pub struct Answer {
    connection: Arc<Connection>,
    number: u32,
    has_ended: bool,
}

impl Answer {
    /// The next bytes, or nothing at the end of the answer. This future may be dropped and made again:
    /// no byte is lost.
    ///
    /// # Errors
    /// [`ThinError::Refused`] if the other side refuses or gives up; [`ThinError::Over`] if the
    /// conversation is.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, ThinError> {
        let number = self.number;
        let part = self.connection.when(|inner| {
            inner.sort_bulk();
            inner.requests.answers.get_mut(&number)?.pop_front()
        });
        let part = part.await?;
        self.has_ended = !matches!(part, Part::Piece(_));
        match part {
            Part::Piece(bytes) => Ok(Some(bytes)),
            Part::End => Ok(None),
            Part::Refused(code) => Err(ThinError::Refused(code)),
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        let mut inner = self.connection.shared.inner();
        if self.connection.over(&inner).is_some() {
            return;
        }
        inner.requests.answers.remove(&self.number);
        if !self.has_ended {
            inner.engine.say(Class::Bulk, &Said::Enough(self.number).write());
        }
        drop(inner);
        self.connection.shared.ring();
    }
}

/// Answers a request. Dropping it before its end tells the other side that the answer is not whole.
pub struct Answering {
    connection: Arc<Connection>,
    number: u32,
    has_ended: bool,
}

impl Answering {
    /// Sends bytes, at the pace of the link, when nothing else is to be sent.
    ///
    /// # Errors
    /// [`ThinError::Unwanted`] if the other side wants no more; [`ThinError::Over`] if the
    /// conversation is over.
    pub async fn write_all(&mut self, bytes: &[u8]) -> Result<(), ThinError> {
        for piece in bytes.chunks(PIECE) {
            let number = self.number;
            let message = Said::Piece(number, piece.to_vec()).write();
            let said = self.connection.when(|inner| {
                inner.sort_bulk();
                if inner.requests.answering.get(&number) != Some(&true) {
                    return Some(Err(ThinError::Unwanted));
                }
                if !inner.engine.has_room(Class::Bulk) {
                    return None;
                }
                inner.engine.say(Class::Bulk, &message);
                Some(Ok(()))
            });
            said.await??;
            self.connection.shared.ring();
        }
        Ok(())
    }

    /// Says that the answer is whole.
    pub fn finish(mut self) {
        self.end(&Said::End(self.number));
    }

    /// Refuses the request, or the rest of it, with a code that is not 0.
    pub fn refuse(mut self, code: u32) {
        self.end(&Said::Refused(self.number, code));
    }

    fn end(&mut self, said: &Said) {
        self.has_ended = true;
        let mut inner = self.connection.shared.inner();
        if self.connection.over(&inner).is_some() {
            return;
        }
        inner.requests.answering.remove(&self.number);
        inner.engine.say(Class::Bulk, &said.write());
        drop(inner);
        self.connection.shared.ring();
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        if !self.has_ended {
            self.end(&Said::Refused(self.number, GIVEN_UP));
        }
    }
}
