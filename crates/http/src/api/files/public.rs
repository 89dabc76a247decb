//! Links by which anybody fetches a file, without signing in.

use axum::extract::{Query, State};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fieldpost_blobs::Hash;
use fieldpost_chat::file::read;
use fieldpost_kernel::{Failure, FailureKind, Outcome};
use fieldpost_model::Id;
use serde::Deserialize;
use serde_json::{Value, json};

use super::send::{Sent, send};
use crate::answer::{Answer, Json};
use crate::app::App;
use crate::auth::Session;
use crate::request::Ids;
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    routes.on("GET", "/api/v4/files/{file_id}/link", link);
    routes.on("GET", "/files/{file_id}/public", content);
}

/// What separates this use of the site's secret from every other.
const CONTEXT: &str = "fieldpost 1 public link of a file";

/// What only this site can say of a file.
fn proof(app: &App, file: Id) -> blake3::Hash {
    let key = blake3::derive_key(CONTEXT, app.store().site().seed());
    blake3::keyed_hash(&key, file.as_bytes())
}

fn require_enabled(app: &App) -> Outcome<()> {
    if app.settings().public_links {
        return Ok(());
    }
    Err(Failure::new(
        FailureKind::Forbidden,
        "api.file.get_public_link.disabled.app_error",
        "Public links have been disabled.",
    ))
}

async fn link(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
    headers: HeaderMap,
) -> Answer<Json<Value>> {
    require_enabled(&app)?;
    let (caller, id) = (session.caller(), id.thing());
    app.store().read(move |rows| read::linkable(rows, &caller, id)).await?;
    let proof = URL_SAFE_NO_PAD.encode(proof(&app, id).as_bytes());
    let site = address(&app, &headers);
    Ok(Json(json!({ "link": format!("{site}/files/{id}/public?h={proof}") })))
}

/// Where the site is reached: as the administrator says, or else as whoever asks reached it.
fn address(app: &App, headers: &HeaderMap) -> String {
    let settings = app.settings();
    if !settings.site_url.is_empty() {
        return settings.site_url.trim_end_matches('/').to_owned();
    }
    let scheme = if settings.secure_cookies { "https" } else { "http" };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    host.map_or_else(String::new, |host| format!("{scheme}://{host}"))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Shown {
    h: String,
}

async fn content(
    State(app): State<App>,
    Ids([id]): Ids<1>,
    Query(shown): Query<Shown>,
    headers: HeaderMap,
) -> Answer<Response> {
    require_enabled(&app)?;
    let id = id.thing();
    let bytes = URL_SAFE_NO_PAD.decode(shown.h.as_bytes()).unwrap_or_default();
    // Hashes are compared in the same time wherever they differ.
    let proved = <[u8; 32]>::try_from(bytes).is_ok_and(|bytes| proof(&app, id) == bytes);
    if !proved {
        return Err(Failure::invalid(
            "api.file.get_file.public_invalid.app_error",
            "The public link does not appear to be valid.",
        )
        .into());
    }
    let file = app.store().read(move |rows| read::linked(rows, id)).await?;
    let sent = Sent {
        content: Hash(file.content),
        mime: &file.info.mime_type,
        name: &file.info.name,
        save: false,
        modified: file.info.update_at,
    };
    Ok(send(&app, &headers, &sent).await?)
}
