//! A form, part by part, within bounds.
//!
//! The library that takes forms apart keeps all that comes until it has found the end of a part's
//! head, and looks through it from the beginning whenever more comes. So what may come before
//! something is found is bounded here, in bytes and in pieces.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::body::Body;
use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{DefaultBodyLimit, FromRequest, Request};
use bytes::Bytes;
use fieldpost_kernel::Outcome;
use futures_util::{Stream, StreamExt};

use super::form::unreadable;

/// Parts of a form: the files of a call, their names, and some more.
const MOST_PARTS: usize = 256;

/// Bytes that may come before something is found in them. More than once what a connection reads at
/// a time, which comes whole.
const MOST_UNFOUND: usize = 1024 * 1024;

/// Pieces in which they may come: all of them are looked through after each.
const MOST_PIECES: usize = 1024;

/// What came since something was found last.
#[derive(Debug, Default)]
struct Unfound {
    bytes: AtomicUsize,
    pieces: AtomicUsize,
}

impl Unfound {
    /// Counts a piece; gives whether it is not one too many.
    fn admits(&self, piece: &Bytes) -> bool {
        let bytes = self.bytes.fetch_add(piece.len(), Ordering::Relaxed) + piece.len();
        let pieces = self.pieces.fetch_add(1, Ordering::Relaxed) + 1;
        bytes <= MOST_UNFOUND && pieces <= MOST_PIECES
    }

    fn found(&self) {
        self.bytes.store(0, Ordering::Relaxed);
        self.pieces.store(0, Ordering::Relaxed);
    }
}

/// The parts of a form, one after the other.
pub(crate) struct Parts {
    form: Multipart,
    unfound: Arc<Unfound>,
    given: usize,
}

/// One part; its bytes are a stream.
pub(crate) struct Part<'f> {
    field: Field<'f>,
    unfound: Arc<Unfound>,
}

impl Parts {
    /// Begins to read a form. How long its parts may be is the business of who reads them.
    pub(crate) async fn open(request: Request) -> Outcome<Self> {
        let unfound = Arc::new(Unfound::default());
        let counted = Arc::clone(&unfound);
        let mut request = request.map(|body| {
            Body::from_stream(body.into_data_stream().map(move |piece| match piece {
                Ok(piece) if !counted.admits(&piece) => {
                    Err(axum::Error::new(std::io::Error::other("the head of a part has no end")))
                }
                piece => piece,
            }))
        });
        DefaultBodyLimit::disable().apply(&mut request);
        let form = Multipart::from_request(request, &()).await;
        let form = form.map_err(|error| unreadable(error.body_text()))?;
        Ok(Self { form, unfound, given: 0 })
    }

    /// The next part, if there is one.
    pub(crate) async fn next(&mut self) -> Outcome<Option<Part<'_>>> {
        self.given += 1;
        if self.given > MOST_PARTS {
            return Err(unreadable("a form of too many parts"));
        }
        let field = self.form.next_field().await.map_err(unreadable)?;
        self.unfound.found();
        Ok(field.map(|field| Part { field, unfound: Arc::clone(&self.unfound) }))
    }
}

impl Part<'_> {
    pub(crate) fn name(&self) -> Option<&str> {
        self.field.name()
    }

    pub(crate) fn file_name(&self) -> Option<&str> {
        self.field.file_name()
    }
}

impl Stream for Part<'_> {
    type Item = Result<Bytes, MultipartError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let piece = Pin::new(&mut self.field).poll_next(cx);
        if piece.is_ready() {
            self.unfound.found();
        }
        piece
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU64;

    use axum::http::header;
    use futures_util::stream;

    const HEAD: &str = "--b\r\ncontent-disposition: form-data; name=\"n\"\r\n";

    /// A form that begins so and goes on for ever, and how many bytes of it were asked for.
    fn endless(start: &str, piece: &str) -> (Request, Arc<AtomicU64>) {
        let taken = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&taken);
        let start = stream::once(std::future::ready(Bytes::copy_from_slice(start.as_bytes())));
        let pieces = start.chain(stream::repeat(Bytes::copy_from_slice(piece.as_bytes())));
        let body = Body::from_stream(pieces.map(move |piece| {
            counted.fetch_add(piece.len() as u64, Ordering::Relaxed);
            Ok::<_, axum::Error>(piece)
        }));
        (form_of(body), taken)
    }

    fn form_of(body: Body) -> Request {
        let kind = "multipart/form-data; boundary=b";
        Request::builder().header(header::CONTENT_TYPE, kind).body(body).unwrap()
    }

    async fn refused(request: Request) {
        let mut parts = Parts::open(request).await.unwrap();
        let refused = parts.next().await.map(|part| part.is_some());
        assert!(refused.is_err(), "{refused:?}");
    }

    #[tokio::test]
    async fn a_form_without_a_beginning_is_not_kept() {
        for (times, most) in [(1, MOST_PIECES * 40), (1000, MOST_UNFOUND + 40_000)] {
            let (request, taken) =
                endless("", &"not a boundary, as long as it lasts\r\n".repeat(times));
            refused(request).await;
            assert!(taken.load(Ordering::Relaxed) <= most as u64);
        }
    }

    #[tokio::test]
    async fn a_head_without_an_end_is_not_kept() {
        for (times, most) in [(1, MOST_PIECES * 7), (1000, MOST_UNFOUND + 7_000)] {
            let (request, taken) = endless(HEAD, &"x: y\r\n".repeat(times));
            refused(request).await;
            assert!(taken.load(Ordering::Relaxed) <= most as u64);
        }
    }

    #[tokio::test]
    async fn a_form_has_an_end_of_parts() {
        let part = "--b\r\ncontent-disposition: form-data; name=\"n\"\r\n\r\nv\r\n";
        let form = part.repeat(2 * MOST_PARTS) + "--b--\r\n";
        let request = form_of(Body::from(form));
        let mut parts = Parts::open(request).await.unwrap();
        let mut seen = 0;
        while let Ok(Some(mut part)) = parts.next().await {
            assert_eq!(part.name(), Some("n"));
            while let Some(piece) = part.next().await {
                assert_eq!(piece.unwrap(), "v");
            }
            seen += 1;
        }
        assert_eq!(seen, MOST_PARTS);
    }
}
