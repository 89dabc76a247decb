//! Taking over a bulk export on a running site, over its own socket.
//!
//! The request's body is the file's text. The answer begins at once and is a line of JSON for
//! whatever there is to say: `progress` now and then, `rejected` for each line that could not be
//! taken over, and at the end `done` or `failed`.

use std::convert::Infallible;
use std::io::{self, BufRead, Read};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use fieldpost_bulk::import::{Progress, Rejected, Watch, import};
use fieldpost_http::{App, LocalAdministrator};
use fieldpost_kernel::Failure;
use futures_util::{StreamExt, stream};
use serde::Serialize;
use tokio::sync::mpsc;

/// Pieces of the file that were sent and not yet read.
const PIECES: usize = 16;

/// Things taken over between two lines of progress.
const BETWEEN: u64 = 64;

/// The route, for the site's own socket alone.
pub(crate) fn router() -> Router<App> {
    Router::new().route("/api/v4/fieldpost/import", post(take_over))
}

async fn take_over(_: LocalAdministrator, State(app): State<App>, body: Body) -> Response {
    let (sender, pieces) = mpsc::channel(PIECES);
    tokio::spawn(pass_on(body, sender));
    let (said, mut lines) = mpsc::unbounded_channel();
    let mut telling = Telling { said, finished: 0 };
    tokio::spawn(async move {
        let reader = Reader { pieces, piece: Bytes::new() };
        let outcome = import(app.store(), app.entropy(), reader, &mut telling).await;
        match outcome {
            Ok(progress) => telling.say(&Said::Done(&progress)),
            Err(failure) => telling.fail(&failure),
        }
    });
    let lines = stream::poll_fn(move |cx| lines.poll_recv(cx)).map(Ok::<Bytes, Infallible>);
    let kind = [(header::CONTENT_TYPE, "application/x-ndjson")];
    (kind, Body::from_stream(lines)).into_response()
}

/// Passes a body on until it ends or nobody reads it any more.
async fn pass_on(body: Body, pieces: mpsc::Sender<io::Result<Bytes>>) {
    let mut body = body.into_data_stream();
    while let Some(piece) = body.next().await {
        if pieces.send(piece.map_err(io::Error::other)).await.is_err() {
            return;
        }
    }
}

/// What comes in pieces, as code reads it that waits.
struct Reader {
    pieces: mpsc::Receiver<io::Result<Bytes>>,
    piece: Bytes,
}

impl BufRead for Reader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.piece.is_empty()
            && let Some(piece) = self.pieces.blocking_recv()
        {
            self.piece = piece?;
        }
        Ok(&self.piece)
    }

    fn consume(&mut self, amount: usize) {
        drop(self.piece.split_to(amount));
    }
}

impl Read for Reader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let length = self.fill_buf()?.read(into)?;
        self.consume(length);
        Ok(length)
    }
}

/// A line of the answer.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Said<'a> {
    Progress(&'a Progress),
    Rejected(&'a Rejected),
    Done(&'a Progress),
    Failed { id: &'a str, message: &'a str },
}

/// Tells the client how it goes, if it still listens.
struct Telling {
    said: mpsc::UnboundedSender<Bytes>,
    finished: u64,
}

impl Telling {
    fn say(&self, said: &Said<'_>) {
        let mut line = serde_json::to_vec(said).unwrap_or_default();
        line.push(b'\n');
        drop(self.said.send(line.into()));
    }

    fn fail(&self, failure: &Failure) {
        tracing::warn!(%failure, "an import has stopped");
        self.say(&Said::Failed { id: &failure.id, message: &failure.message });
    }
}

impl Watch for Telling {
    fn progress(&mut self, progress: &Progress) {
        self.finished += 1;
        if self.finished.is_multiple_of(BETWEEN) {
            self.say(&Said::Progress(progress));
        }
    }

    fn rejected(&mut self, rejected: &Rejected) {
        self.say(&Said::Rejected(rejected));
    }
}
