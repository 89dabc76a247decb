//! Uploads that come in several requests.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use fieldpost_access::Caller;
use fieldpost_blobs::Partial;
use fieldpost_chat::channel;
use fieldpost_chat::file::session::{self, NewUpload, SMALLEST_FIRST_PART, UploadSession};
use fieldpost_kernel::{Failure, FailureKind, Outcome};
use fieldpost_model::{ChannelType, FileInfo, Id};
use futures_util::{Stream, StreamExt};
use serde::Deserialize;

use super::form::{Received, pass_over, unreadable};
use super::intake::{self, Way};
use super::parts::Parts;
use crate::answer::{Answer, Created, Json};
use crate::app::App;
use crate::auth::Session;
use crate::request::{Body, Ids};
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    routes.on("POST", "/api/v4/uploads", begin);
    routes.on("GET", "/api/v4/uploads/{upload_id}", one);
    routes.on("POST", "/api/v4/uploads/{upload_id}", go_on);
    routes.on("GET", "/api/v4/users/{user_id}/uploads", of_person);
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Begun {
    channel_id: Id,
    filename: String,
    file_size: i64,
    #[serde(rename = "type")]
    kind: String,
}

async fn begin(
    State(app): State<App>,
    session: Session,
    Body(begun): Body<Begun>,
) -> Answer<Created<UploadSession>> {
    let caller = session.caller();
    if !matches!(begun.kind.as_str(), "" | "attachment") {
        let failure = Failure::new(
            FailureKind::NotBuilt,
            "api.fieldpost.not_built",
            "Uploads for an import are not built yet.",
        );
        return Err(failure.into());
    }
    let new = NewUpload {
        channel: begun.channel_id,
        name: fieldpost_media::base_name(&begun.filename),
        size: begun.file_size,
        most: app.settings().largest_file,
    };
    let made = app.store().write(&[], move |work| session::begin(work, &caller, &new)).await?;
    Ok(Created(made))
}

/// How much of an upload is here is what lies on disk.
async fn measured(app: &App, mut upload: UploadSession) -> Outcome<UploadSession> {
    upload.file_offset = app.blobs().partial_length(upload.id).await?.min(upload.file_size);
    Ok(upload)
}

async fn one(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
) -> Answer<Json<UploadSession>> {
    let caller = session.caller();
    let found = app.store().read(move |rows| session::one(rows, &caller, id.thing())).await?;
    Ok(Json(measured(&app, found).await?))
}

async fn of_person(
    State(app): State<App>,
    session: Session,
    Ids([person]): Ids<1>,
) -> Answer<Json<Vec<UploadSession>>> {
    let caller = session.caller();
    let person = person.person(caller.user);
    let found = app.store().read(move |rows| session::of_person(rows, &caller, person)).await?;
    let mut uploads = Vec::with_capacity(found.len());
    for upload in found {
        uploads.push(measured(&app, upload).await?);
    }
    Ok(Json(uploads))
}

/// Takes some more bytes. It runs to its end even if the client goes away meanwhile, so that what
/// has come is kept.
async fn go_on(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
    request: Request,
) -> Answer<Response> {
    let caller = session.caller();
    let id = id.thing();
    let upload = app.store().read(move |rows| session::going_on(rows, &caller, id)).await?;
    let taken = tokio::spawn(async move { take(&app, &caller, &upload, request).await });
    Ok(match taken.await.map_err(Failure::internal)?? {
        Some(info) => Json(info).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}

async fn take(
    app: &App,
    caller: &Caller,
    upload: &UploadSession,
    request: Request,
) -> Outcome<Option<FileInfo>> {
    let mut partial = app.blobs().partial(upload.id).await?.ok_or_else(|| {
        Failure::invalid(
            "app.upload.upload_data.concurrent.app_error",
            "Another request is already writing to this upload.",
        )
    })?;
    let before = partial.written();
    let broken = match append(&mut partial, upload, request).await {
        Ok(broken) => broken,
        Err(failure) => {
            // On a full disk, what is refused has to give its room back.
            partial.go_back(before).await?;
            return Err(failure);
        }
    };
    if before == 0
        && partial.written() < upload.file_size.min(SMALLEST_FIRST_PART)
        && broken.is_none()
    {
        partial.restart().await?;
        return Err(Failure::invalid(
            "app.upload.upload_data.first_part_too_small.app_error",
            "The first part of an upload has at least 5 MiB.",
        ));
    }
    partial.sync().await?;
    if let Some(failure) = broken {
        return Err(failure);
    }
    if partial.written() < upload.file_size {
        return Ok(None);
    }
    finish(app, caller, upload, &mut partial).await.map(Some)
}

/// Writes what a request carries. A connection that breaks is no failure of the upload: what had
/// come by then is there, and the reason is given back.
async fn append(
    partial: &mut Partial,
    upload: &UploadSession,
    request: Request,
) -> Outcome<Option<Failure>> {
    let (is_form, length) = shape(request.headers());
    if is_form {
        let mut form = Parts::open(request).await?;
        let part = form.next().await?;
        let part = part.ok_or_else(|| unreadable("a form without a part"))?;
        return pour(partial, upload.file_size, part).await;
    }
    if length.is_some_and(|length| length > upload.file_size.saturating_sub(partial.written())) {
        return Err(Failure::invalid(
            "api.upload.upload_data.invalid_content_length",
            "The request is longer than what is missing of the upload.",
        ));
    }
    pour(partial, upload.file_size, request.into_body().into_data_stream()).await
}

/// Whether a request is a form, and how long it says it is.
fn shape(headers: &HeaderMap) -> (bool, Option<u64>) {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let is_form = text(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.to_ascii_lowercase().starts_with("multipart/form-data"));
    (is_form, text(header::CONTENT_LENGTH).and_then(|text| text.parse().ok()))
}

/// Writes bytes until the upload is whole; what is beyond that is passed over.
async fn pour<E: std::fmt::Display>(
    partial: &mut Partial,
    size: u64,
    stream: impl Stream<Item = Result<Bytes, E>>,
) -> Outcome<Option<Failure>> {
    let mut stream = std::pin::pin!(stream);
    while let Some(piece) = stream.next().await {
        let piece = match piece {
            Ok(piece) => piece,
            Err(error) => return Ok(Some(unreadable(error))),
        };
        let missing = usize::try_from(size.saturating_sub(partial.written())).unwrap_or(usize::MAX);
        if missing == 0 {
            break;
        }
        if let Err(failure) = partial.write(&piece[..piece.len().min(missing)]).await {
            pass_over(stream).await;
            return Err(failure);
        }
    }
    Ok(None)
}

async fn finish(
    app: &App,
    caller: &Caller,
    upload: &UploadSession,
    partial: &mut Partial,
) -> Outcome<FileInfo> {
    let bytes = partial.stage().await?;
    let received = Received { name: upload.filename.clone(), bytes };
    let file = intake::see(app, received, Way::Resumable).await?.keep().await?;
    let (caller, id) = (*caller, upload.id);
    let scopes = [channel::scope(upload.channel_id, ChannelType::Open)];
    let info =
        app.store().write(&scopes, move |work| session::finish(work, &caller, id, &file)).await?;
    app.blobs().forget_partial(id).await?;
    Ok(info)
}
