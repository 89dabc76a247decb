//! Has a site that is running take a file over.

use std::io::{self, BufRead};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use fieldpost_bulk::import::{Progress, Rejected, Watch};
use http_body_util::BodyExt;
use hyper::Method;
use hyper::body::{Body, Bytes, Frame, Incoming};
use serde_json::Value;
use tokio::sync::mpsc;

use crate::local::{Local, understood};

/// Pieces of the file that were read and not yet sent.
const PIECES: usize = 4;

/// Sends a file's text to the running site, and passes on what it says of it.
pub(super) fn import(
    local: &Local,
    reader: impl BufRead + Send + 'static,
    watch: &mut impl Watch,
) -> Result<Progress, String> {
    let (sender, pieces) = mpsc::channel(PIECES);
    // Not a task of the runtime, which would not end before this does: it may wait for a terminal.
    let unreadable = Arc::new(OnceLock::new());
    let found = Arc::clone(&unreadable);
    std::thread::spawn(move || read(reader, &sender, &found));
    let taken = local.block_on(async {
        let mut answer = local.send(Method::POST, "/fieldpost/import", Pieces(pieces)).await?;
        let status = answer.response.status();
        if !status.is_success() {
            let body = answer.response.body_mut().collect().await;
            let bytes = body.map_err(|error| error.to_string())?.to_bytes();
            return understood(status, &bytes).and(Err("the server said nothing".to_owned()));
        }
        listen(answer.response.body_mut(), watch).await
    });
    match unreadable.get() {
        Some(error) => Err(format!("the file: {error}")),
        None => taken,
    }
}

/// A file's text on its way; none where it could not be read to its end.
type Piece = Option<Bytes>;

/// Reads the file until its end, or until nobody wants more of it. Why it could not be read is
/// known before its text breaks off.
fn read(mut reader: impl BufRead, pieces: &mpsc::Sender<Piece>, unreadable: &OnceLock<io::Error>) {
    loop {
        let piece = match reader.fill_buf() {
            Ok([]) => return,
            Ok(piece) => Bytes::copy_from_slice(piece),
            Err(error) => {
                unreadable.get_or_init(|| error);
                drop(pieces.blocking_send(None));
                return;
            }
        };
        let length = piece.len();
        if pieces.blocking_send(Some(piece)).is_err() {
            return;
        }
        reader.consume(length);
    }
}

/// The body of the request. It breaks off where the file does, so that half a line is not taken
/// for a whole one.
struct Pieces(mpsc::Receiver<Piece>);

impl Body for Pieces {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.0.poll_recv(cx).map(|piece| {
            piece.map(|piece| {
                piece.map(Frame::data).ok_or_else(|| io::Error::other("the file breaks off"))
            })
        })
    }
}

/// Reads the lines of the answer until the one that ends it.
async fn listen(body: &mut Incoming, watch: &mut impl Watch) -> Result<Progress, String> {
    let mut text = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| format!("the server broke off: {error}"))?;
        text.extend_from_slice(frame.data_ref().map(Bytes::as_ref).unwrap_or_default());
        while let Some(end) = text.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = text.drain(..=end).collect();
            let line: Value = serde_json::from_slice(&line).map_err(|error| error.to_string())?;
            if let Some(done) = said(&line, watch)? {
                return Ok(done);
            }
        }
    }
    Err("the server stopped before the file was taken over; it may be taken over again".to_owned())
}

/// Passes a line on; the last one gives what was taken over.
fn said(line: &Value, watch: &mut impl Watch) -> Result<Option<Progress>, String> {
    if let Some(progress) = line.get("progress") {
        watch.progress(&progress_of(progress));
    }
    if let Some(rejected) = line.get("rejected") {
        watch.rejected(&rejected_of(rejected));
    }
    if let Some(failed) = line.get("failed") {
        return Err(failed["message"].as_str().unwrap_or_default().to_owned());
    }
    Ok(line.get("done").map(progress_of))
}

fn progress_of(value: &Value) -> Progress {
    let number = |name: &str| value[name].as_u64().unwrap_or_default();
    Progress {
        lines: number("lines"),
        places: number("places"),
        people: number("people"),
        posts: number("posts"),
        reactions: number("reactions"),
        known: number("known"),
        rejected: number("rejected"),
    }
}

fn rejected_of(value: &Value) -> Rejected {
    let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    Rejected {
        line: value["line"].as_u64().unwrap_or_default(),
        id: text("id"),
        why: text("why"),
        begins: text("begins"),
    }
}
