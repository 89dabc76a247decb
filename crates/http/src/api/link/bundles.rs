//! Bundles over the API: one is written into an answer, and taken in from a request.

use std::io::{self, Write};
use std::path::PathBuf;

use axum::body::Body as HttpBody;
use axum::extract::{Path, Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use fieldpost_access::{Permission, require_system};
use fieldpost_blobs::{Refused, Staged};
use fieldpost_chat::facts::denied;
use fieldpost_kernel::{Failure, Outcome};
use fieldpost_model::{Id, Millis};
use futures_util::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, oneshot};

use super::linker;
use crate::answer::{Answer, Json};
use crate::app::App;
use crate::auth::Session;
use crate::request::Body;
use crate::routes::Routes;

/// The longest bundle that is taken in, in bytes. What it holds has limits of its own.
const MOST: u64 = 64 << 30;

/// Bytes of a bundle that are handed on at once, and pieces that wait to be.
const PIECE: usize = 64 << 10;
const AHEAD: usize = 4;

/// A bundle that was written here, or taken in.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct LinkBundle {
    /// `sent` for one that was written here, `received` for one that was taken in.
    pub direction: &'static str,
    /// When it was written, in milliseconds since 1970, by the clock of the site that wrote it.
    pub written_at: Millis,
    /// When it was taken in; of one that was written here, when the first news of that came, and 0
    /// if none did.
    pub taken_at: Millis,
    /// Changes in it; of a received one, those that were new.
    pub changes: u64,
    /// Files in it; of a received one, those that were kept.
    pub files: u64,
    /// Its length.
    pub bytes: u64,
}

/// What came of taking a bundle in.
#[derive(Debug, Clone, Serialize)]
pub struct BundleTaken {
    /// What the site that wrote it is called here.
    pub site: String,
    /// Its id.
    pub id: Id,
    /// When it was written, in milliseconds since 1970, by that site's clock.
    pub written_at: Millis,
    /// Changes in it.
    pub changes: u64,
    /// Those of them that were new here.
    pub new_changes: u64,
    /// Files in it that were missing here.
    pub files: u64,
    /// Whether it was taken in before.
    pub again: bool,
}

pub(super) fn add(routes: &mut Routes) {
    routes.on("POST", "/api/v4/fieldpost/link/bundle", import);
    routes.on("POST", "/api/v4/fieldpost/link/{site}/bundle", export);
}

/// How a bundle is to be written.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct BundleAsked {
    /// The largest file that goes in, in bytes; any without it, none for 0.
    pub largest_file: Option<u64>,
    /// If it is to be written as packets: how many percent are added to make up for lost ones.
    pub repair: Option<u32>,
    /// Whether it is going to be transmitted at once, which a paused or silenced link refuses.
    #[serde(default)]
    pub transmit: bool,
}

async fn export(
    State(app): State<App>,
    session: Session,
    Path(peer): Path<String>,
    Body(asked): Body<BundleAsked>,
) -> Answer<Response> {
    let (pieces, mut written) = mpsc::channel(AHEAD);
    let (done, mut failed) = oneshot::channel();
    let out = Box::new(io::BufWriter::with_capacity(PIECE, Pieces(pieces)));
    let exporting = linker(&app)?.export_bundle(session.caller(), peer, asked, out);
    tokio::spawn(async move { drop(done.send(exporting.await.err())) });
    // Nothing is written before it is known that there is something to write.
    let Some(first) = written.recv().await else {
        let failure = failed.await.ok().flatten();
        return Err(failure.unwrap_or_else(|| Failure::internal("an empty bundle")).into());
    };
    let begun = stream::once(async { Ok(first) });
    let rest = stream::poll_fn(move |cx| written.poll_recv(cx)).map(Ok);
    let end = stream::once(async move {
        // The answer breaks off: what came of it is no bundle.
        match failed.try_recv() {
            Ok(None) => Ok(Bytes::new()),
            Ok(Some(failure)) => Err(io::Error::other(failure.to_string())),
            Err(_) => match failed.await {
                Ok(None) => Ok(Bytes::new()),
                Ok(Some(failure)) => Err(io::Error::other(failure.to_string())),
                Err(error) => Err(io::Error::other(error)),
            },
        }
    });
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"site.fpbundle\""),
    ];
    Ok((headers, HttpBody::from_stream(begun.chain(rest).chain(end))).into_response())
}

/// Where a bundle is written to: the answer, piece by piece.
struct Pieces(mpsc::Sender<Bytes>);

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let sent = self.0.blocking_send(Bytes::copy_from_slice(bytes));
        sent.map_err(|_| io::Error::other("whoever asked for it has gone"))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

async fn import(
    State(app): State<App>,
    session: Session,
    request: Request,
) -> Answer<Json<BundleTaken>> {
    require_system(&session.caller(), Permission::ManageSecureConnections).map_err(denied)?;
    linker(&app)?;
    let staged = stage(&app, request).await?;
    // It runs to its end even if the client goes away meanwhile.
    let taken = tokio::spawn(async move {
        let path: PathBuf = staged.path().to_owned();
        let taken = linker(&app)?.import_bundle(session.caller(), path).await;
        drop(staged);
        taken
    });
    Ok(Json(taken.await.map_err(Failure::internal)??))
}

/// Brings a bundle to disk, under no name.
async fn stage(app: &App, request: Request) -> Outcome<Staged> {
    let mut pieces = request.into_body().into_data_stream();
    let mut writer = app.blobs().writer(MOST).await?;
    while let Some(piece) = pieces.next().await {
        let broken = |error| {
            let says = "The bundle broke off on its way here. Nothing of it was taken in.";
            Failure::invalid("api.fieldpost.link.bundle_broken", says).with_detail(error)
        };
        match writer.write(&piece.map_err(broken)?).await {
            Ok(()) => {}
            Err(Refused::Failed(failure)) => return Err(failure),
            Err(Refused::TooLarge) => {
                let says = "The file is longer than a bundle may be.";
                return Err(Failure::invalid("api.fieldpost.link.bundle_long", says));
            }
        }
    }
    writer.finish().await
}
