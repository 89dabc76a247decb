//! Answers that wait in memory until they are received.
//!
//! Whoever asks for much on many connections and reads none of it would have the server hold it all.
//! So what one person has not received yet is counted, and has an end.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use fieldpost_kernel::{Failure, FailureKind};
use fieldpost_model::Id;

use crate::answer::Refusal;

/// Shorter answers are not worth counting: a connection holds as much of what comes in.
const SHORT: usize = 64 * 1024;

/// Bytes that one person may have to receive, unless it is one answer alone.
const MOST: usize = 64 * 1024 * 1024;

/// Who asks, once that is known: it is found out on the way to the handler.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asker(Arc<OnceLock<Id>>);

impl Asker {
    /// Notes who asks.
    pub(crate) fn is(parts: &Parts, person: Id) {
        if let Some(asker) = parts.extensions.get::<Self>() {
            // It is the same person however often it is looked at.
            asker.0.get_or_init(|| person);
        }
    }
}

/// Counts what is on its way to whom.
#[derive(Debug, Clone, Default)]
pub(crate) struct Unread(Arc<Mutex<HashMap<Id, usize>>>);

impl Unread {
    /// Counts bytes for a person, unless there are too many on their way already.
    fn admit(&self, person: Id, bytes: usize) -> Option<OnItsWay> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(person).or_default();
        if *count > 0 && count.saturating_add(bytes) > MOST {
            return None;
        }
        *count = count.saturating_add(bytes);
        Some(OnItsWay { counts: self.clone(), person, bytes })
    }

    /// The answer, counted for whoever asked until they have received it; or a refusal, if they have
    /// too much to receive already. What comes from the disk piece by piece is not held, and so not
    /// counted.
    pub(crate) async fn count(&self, asker: &Asker, response: Response) -> Response {
        let length = response.body().size_hint().exact().map(usize::try_from);
        let (Some(Ok(length)), Some(person)) = (length, asker.0.get()) else { return response };
        if length < SHORT || person.is_none() {
            return response;
        }
        let Some(counted) = self.admit(*person, length) else {
            return Refusal(too_much()).into_response();
        };
        let (head, body) = response.into_parts();
        match to_bytes(body, length).await {
            Ok(bytes) => {
                let body = Bytes::from_owner(Counted { bytes, _counted: counted });
                Response::from_parts(head, Body::from(body))
            }
            Err(error) => Refusal(Failure::internal(error)).into_response(),
        }
    }
}

fn too_much() -> Failure {
    Failure::new(
        FailureKind::TooMany,
        "api.fieldpost.too_much_unread",
        "You asked for more than you have received so far. Try again in a moment.",
    )
}

/// Bytes that somebody has to receive, until this is dropped.
struct OnItsWay {
    counts: Unread,
    person: Id,
    bytes: usize,
}

impl fmt::Debug for OnItsWay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnItsWay").field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

impl Drop for OnItsWay {
    fn drop(&mut self) {
        let mut counts = self.counts.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.person) {
            *count -= self.bytes;
            if *count == 0 {
                counts.remove(&self.person);
            }
        }
    }
}

/// Bytes with what counts them.
struct Counted {
    bytes: Bytes,
    _counted: OnItsWay,
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::StatusCode;

    fn asker(n: u8) -> Asker {
        let asker = Asker::default();
        asker.0.set(Id::from_bytes([n; 16])).unwrap();
        asker
    }

    fn answer(bytes: usize) -> Response {
        vec![b'x'; bytes].into_response()
    }

    #[tokio::test]
    async fn what_nobody_receives_has_an_end() {
        let unread = Unread::default();
        let (anna, ben) = (asker(1), asker(2));
        let first = unread.count(&anna, answer(MOST - SHORT)).await;
        let second = unread.count(&anna, answer(SHORT)).await;
        let refused = unread.count(&anna, answer(SHORT)).await;
        assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
        // Short answers, others' answers, and those of whoever is not known.
        for (asker, bytes) in [(&anna, SHORT - 1), (&ben, SHORT), (&Asker::default(), SHORT)] {
            assert_eq!(unread.count(asker, answer(bytes)).await.status(), StatusCode::OK);
        }
        let received = to_bytes(first.into_body(), usize::MAX).await.unwrap();
        assert_eq!(received.len(), MOST - SHORT);
        assert_eq!(
            unread.count(&anna, answer(SHORT)).await.status(),
            StatusCode::TOO_MANY_REQUESTS
        );
        drop(received);
        assert_eq!(unread.count(&anna, answer(SHORT)).await.status(), StatusCode::OK);
        drop(second);
        assert!(unread.0.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn one_answer_is_given_however_long() {
        let unread = Unread::default();
        let anna = asker(1);
        let long = unread.count(&anna, answer(MOST + 1)).await;
        assert_eq!(long.status(), StatusCode::OK);
        assert_eq!(
            unread.count(&anna, answer(SHORT)).await.status(),
            StatusCode::TOO_MANY_REQUESTS
        );
        drop(long);
        assert!(unread.0.lock().unwrap().is_empty());
    }
}
