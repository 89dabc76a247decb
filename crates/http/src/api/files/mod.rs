//! Files: putting them in, and getting them out again.

mod form;
mod intake;
mod parts;
mod public;
mod resumable;
mod send;

use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use fieldpost_blobs::Hash;
use fieldpost_chat::channel;
use fieldpost_chat::file::upload::{self, NewFile};
use fieldpost_chat::file::{Stored, read};
use fieldpost_kernel::{Failure, Outcome};
use fieldpost_model::{ChannelType, FileInfo};
use serde::{Deserialize, Serialize};

use self::send::{Sent, send};
use crate::answer::{Answer, Created, Json};
use crate::app::App;
use crate::auth::Session;
use crate::request::{Ids, PathId};
use crate::routes::Routes;

pub(crate) use self::form::{Refusals, one_part, picture_and_text};
pub(crate) use self::intake::square;
pub(crate) use self::parts::Parts;
pub(crate) use self::send::{matches_tag, set};

pub(super) fn add(routes: &mut Routes) {
    routes.on("POST", "/api/v4/files", upload_some);
    routes.on("GET", "/api/v4/files/{file_id}", content);
    routes.on("GET", "/api/v4/files/{file_id}/thumbnail", thumbnail);
    routes.on("GET", "/api/v4/files/{file_id}/preview", preview);
    routes.on("GET", "/api/v4/files/{file_id}/info", info);
    routes.on("GET", "/api/v4/posts/{post_id}/files/info", of_post);
    resumable::add(routes);
    public::add(routes);
}

/// For how long a browser may keep what never changes.
pub(crate) const A_MONTH: &str = "max-age=2592000, private";

#[derive(Serialize)]
struct Uploaded {
    file_infos: Vec<FileInfo>,
    client_ids: Option<Vec<String>>,
}

async fn upload_some(
    State(app): State<App>,
    session: Session,
    request: Request,
) -> Answer<Created<Uploaded>> {
    let caller = session.caller();
    let form = form::receive(&app, &caller, request).await?;
    // Nothing is kept before it is known that all of it may be.
    let mut seen = Vec::with_capacity(form.files.len());
    for received in form.files {
        seen.push(intake::see(&app, received, intake::Way::Simple).await?);
    }
    let mut files = Vec::with_capacity(seen.len());
    for file in seen {
        files.push(NewFile { bookmark: form.bookmark, ..file.keep().await? });
    }
    let channel = form.channel;
    // The kind of the channel is found out inside; the lock is on its id.
    let scopes = [channel::scope(channel, ChannelType::Open)];
    let file_infos = app
        .store()
        .write(&scopes, move |work| upload::upload(work, &caller, channel, &files))
        .await?;
    Ok(Created(Uploaded { file_infos, client_ids: form.client_ids }))
}

async fn find(app: &App, session: &Session, id: PathId) -> Outcome<Stored> {
    let caller = session.caller();
    app.store().read(move |rows| read::one(rows, &caller, id.thing())).await
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Download {
    download: String,
}

async fn content(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
    Query(query): Query<Download>,
    headers: HeaderMap,
) -> Answer<Response> {
    let file = find(&app, &session, id).await?;
    let sent = Sent {
        content: Hash(file.content),
        mime: &file.info.mime_type,
        name: &file.info.name,
        save: matches!(query.download.as_str(), "1" | "t" | "T" | "true" | "True" | "TRUE"),
        modified: file.info.update_at,
    };
    Ok(send(&app, &headers, &sent).await?)
}

async fn thumbnail(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
    Query(query): Query<Download>,
    headers: HeaderMap,
) -> Answer<Response> {
    let file = find(&app, &session, id).await?;
    let smaller = file.thumbnail.ok_or_else(|| {
        Failure::invalid(
            "api.file.get_file_thumbnail.no_thumbnail.app_error",
            "File doesn't have a thumbnail image.",
        )
    })?;
    send_smaller(&app, &headers, &file, smaller, &query).await
}

async fn preview(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
    Query(query): Query<Download>,
    headers: HeaderMap,
) -> Answer<Response> {
    let file = find(&app, &session, id).await?;
    let smaller = file.preview.ok_or_else(|| {
        Failure::invalid(
            "api.file.get_file_preview.no_preview.app_error",
            "File doesn't have a preview image.",
        )
    })?;
    send_smaller(&app, &headers, &file, smaller, &query).await
}

/// Smaller versions are called JPEGs even where they are PNGs: clients have always been told so.
async fn send_smaller(
    app: &App,
    headers: &HeaderMap,
    file: &Stored,
    smaller: [u8; 32],
    query: &Download,
) -> Answer<Response> {
    let sent = Sent {
        content: Hash(smaller),
        mime: "image/jpeg",
        name: &file.info.name,
        save: query.download == "1",
        modified: file.info.update_at,
    };
    Ok(send(app, headers, &sent).await?)
}

async fn info(State(app): State<App>, session: Session, Ids([id]): Ids<1>) -> Answer<Response> {
    let file = find(&app, &session, id).await?;
    let mut response = Json(file.info).into_response();
    let a_month = HeaderValue::from_static(A_MONTH);
    response.headers_mut().insert(header::CACHE_CONTROL, a_month);
    Ok(response)
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Deleted {
    include_deleted: String,
}

async fn of_post(
    State(app): State<App>,
    session: Session,
    Ids([post]): Ids<1>,
    Query(query): Query<Deleted>,
    headers: HeaderMap,
) -> Answer<Response> {
    let caller = session.caller();
    let deleted = query.include_deleted == "true";
    let files =
        app.store().read(move |rows| read::of_post(rows, &caller, post.thing(), deleted)).await?;
    let newest = files.iter().map(|file| file.update_at).max().unwrap_or(0);
    let tag = format!("{newest}.{}", files.len());
    let mut response = if matches_tag(&headers, &tag) {
        axum::http::StatusCode::NOT_MODIFIED.into_response()
    } else {
        Json(files).into_response()
    };
    set(&mut response, header::CACHE_CONTROL, A_MONTH)?;
    set(&mut response, header::ETAG, &tag)?;
    Ok(response)
}
