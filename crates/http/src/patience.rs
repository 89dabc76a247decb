//! How long a request's body is waited for.
//!
//! Whoever opens a request and sends it letter by letter holds a connection and a handler for
//! nothing. So a body may be silent for a while, and on the whole has to come at some rate: a slow
//! one, since links are slow here.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use http_body::{Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::local::is_local;

/// How long nothing at all may come.
const SILENCE: Duration = Duration::from_secs(60);

/// How long a body is waited for however little of it comes.
const GRACE: Duration = Duration::from_secs(120);

/// Bytes that buy another second of waiting.
const BYTES_A_SECOND: u64 = 256;

/// A body did not come in time.
#[derive(Debug)]
pub(crate) struct TooSlow;

impl fmt::Display for TooSlow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the body came too slowly")
    }
}

impl Error for TooSlow {}

/// Whether this is why something was not read.
pub(crate) fn was_too_slow(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<TooSlow>() {
            return true;
        }
        cause = error.source();
    }
    false
}

/// The request, whose body is waited for no longer than it deserves. Whoever holds the site's own
/// socket takes their time: an import may come from a tape.
pub(crate) fn impatient(request: Request) -> Request {
    if is_local(request.extensions()) {
        return request;
    }
    request.map(|body| if body.is_end_stream() { body } else { Body::new(Awaited::new(body)) })
}

/// A body on its way. Only what it is waited for counts, not what is done with what has come.
struct Awaited {
    body: Body,
    received: u64,
    waited: Duration,
    /// Since when it is waited for, while it is.
    since: Option<Instant>,
    /// Rings at the end of some wait, and is set anew only when it rings too early.
    alarm: Option<Pin<Box<Sleep>>>,
}

impl Awaited {
    fn new(body: Body) -> Self {
        Self { body, received: 0, waited: Duration::ZERO, since: None, alarm: None }
    }

    /// When the wait that began then is over.
    fn deadline(&self, since: Instant) -> Instant {
        let deserved = GRACE + Duration::from_secs(self.received / BYTES_A_SECOND);
        since + SILENCE.min(deserved.saturating_sub(self.waited))
    }

    /// Waits; is done when that took too long.
    fn wait(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let since = *self.since.get_or_insert_with(Instant::now);
        let deadline = self.deadline(since);
        let alarm = self.alarm.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        // One that rings late would let somebody wait on.
        if deadline < alarm.deadline() {
            alarm.as_mut().reset(deadline);
        }
        loop {
            ready!(alarm.as_mut().poll(cx));
            if Instant::now() >= deadline {
                return Poll::Ready(());
            }
            alarm.as_mut().reset(deadline);
        }
    }

    fn came(&mut self, bytes: usize) {
        if let Some(since) = self.since.take() {
            self.waited += since.elapsed();
        }
        self.received += bytes as u64;
    }
}

impl HttpBody for Awaited {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
            let data = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref());
            let bytes = data.map_or(0, Bytes::len);
            self.came(bytes);
            return Poll::Ready(frame);
        }
        ready!(self.wait(cx));
        Poll::Ready(Some(Err(axum::Error::new(TooSlow))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::to_bytes;
    use futures_util::{StreamExt, stream};
    use tokio::time::sleep;

    /// A body of so many pieces of so many bytes, one after each pause.
    fn body(pieces: usize, bytes: usize, pause: Duration) -> Body {
        let pieces = stream::iter(0..pieces).then(move |_| async move {
            sleep(pause).await;
            Ok::<_, axum::Error>(Bytes::from(vec![b'x'; bytes]))
        });
        Body::from_stream(pieces)
    }

    async fn read(body: Body) -> Result<usize, bool> {
        let read = to_bytes(Body::new(Awaited::new(body)), usize::MAX).await;
        read.map(|bytes| bytes.len()).map_err(|error| was_too_slow(&error))
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_body_comes_whole() {
        let second = Duration::from_secs(1);
        assert_eq!(read(body(600, 300, second)).await, Ok(180_000));
        assert_eq!(read(body(3, 10, 39 * second)).await, Ok(30));
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_body_is_waited_for_a_minute() {
        let began = Instant::now();
        assert_eq!(read(body(1, 10, Duration::from_secs(3600))).await, Err(true));
        assert_eq!(began.elapsed().as_secs(), SILENCE.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_trickles_ends_after_two_minutes() {
        let began = Instant::now();
        assert_eq!(read(body(100_000, 1, Duration::from_secs(5))).await, Err(true));
        assert_eq!(began.elapsed().as_secs(), GRACE.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_what_is_done_with_a_body() {
        let mut awaited =
            Body::new(Awaited::new(body(2, 10, Duration::from_secs(1)))).into_data_stream();
        assert!(awaited.next().await.is_some_and(|piece| piece.is_ok()));
        sleep(Duration::from_secs(3600)).await;
        assert!(awaited.next().await.is_some_and(|piece| piece.is_ok()));
    }
}
