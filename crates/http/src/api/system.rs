//! The server itself: whether it is there, its limits, what it knows of time zones, and where
//! clients report what went wrong.

use std::os::unix::fs::MetadataExt;
use std::sync::OnceLock;

use axum::extract::{Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use fieldpost_access::{Permission, require_system};
use fieldpost_chat::facts::denied;
use fieldpost_chat::team;
use fieldpost_identity::session::SignedIn;
use fieldpost_kernel::{Failure, FailureKind};
use fieldpost_model::{Id, StringMap};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::{Answer, Done, Json};
use crate::app::App;
use crate::auth::{MaybeSession, Session};
use crate::described;
use crate::request::{Body, Ids};
use crate::routes::Routes;

/// The names of the time zones that people may choose.
const TIMEZONES: &str = include_str!("../../timezones.txt");

/// The bytes kept of a client's message.
const LONGEST_LOG: usize = 399;

pub(super) fn add(routes: &mut Routes) {
    routes.on("GET", "/api/v4/openapi.json", openapi);
    routes.on("GET", "/api/v4/system/ping", ping);
    routes.on("GET", "/api/v4/system/timezones", timezones);
    routes.on("GET", "/api/v4/system/notices/{team_id}", notices);
    routes.on("PUT", "/api/v4/system/notices/view", notices_seen);
    routes.on("GET", "/api/v4/system/onboarding/complete", onboarding);
    routes.on("POST", "/api/v4/system/onboarding/complete", complete_onboarding);
    routes.on("GET", "/api/v4/brand/image", brand_image);
    routes.on("GET", "/api/v4/plugins/webapp", plugins);
    routes.on("GET", "/api/v4/limits/server", limits);
    routes.on("POST", "/api/v4/logs", log);
}

/// Describes what is served. It is made when somebody first asks, and kept from then on.
async fn openapi() -> Answer<Response> {
    static DOCUMENT: OnceLock<Bytes> = OnceLock::new();
    let document = match DOCUMENT.get() {
        Some(document) => document.clone(),
        None => {
            let described = described::read().map_err(Failure::internal)?;
            let made = described::document(&crate::routes(), &described).to_string();
            DOCUMENT.get_or_init(|| made.into()).clone()
        }
    };
    let json = HeaderValue::from_static("application/json");
    Ok(([(header::CONTENT_TYPE, json)], document).into_response())
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Asked {
    get_server_status: String,
}

/// Answers once the database does, and says how the parts of the server are if that is asked.
async fn ping(
    State(app): State<App>,
    session: MaybeSession,
    Query(asked): Query<Asked>,
) -> Answer<Response> {
    app.store().read(|_| Ok(())).await?;
    let mut body = json!({
        "AndroidLatestVersion": "",
        "AndroidMinVersion": "",
        "IosLatestVersion": "",
        "IosMinVersion": "",
        "ActiveSearchBackend": "database",
        "status": "OK",
    });
    if asked.get_server_status == "true" {
        let files = app.blobs().partial_length(Id::NONE).await;
        body["database_status"] = "OK".into();
        body["filestore_status"] = if files.is_ok() { "OK" } else { "UNHEALTHY" }.into();
        let administers =
            |known: &SignedIn| require_system(&known.caller, Permission::ManageSystem).is_ok();
        if session.0.as_ref().is_some_and(administers) {
            body["root_status"] = is_root().into();
        }
    }
    let uncached = HeaderValue::from_static("no-cache, no-store, must-revalidate");
    Ok(([(header::CACHE_CONTROL, uncached)], Json(body)).into_response())
}

/// Whether the process may do anything on its machine, which it should not.
fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

async fn timezones(_: Session) -> Json<Vec<&'static str>> {
    Json(TIMEZONES.lines().collect())
}

/// There is never any news of the product: nothing here asks anybody for it.
async fn notices(_: Session, Ids([_team]): Ids<1>) -> Json<[Value; 0]> {
    Json([])
}

/// There is no first-administrator tour to complete.
async fn onboarding(session: Session) -> Answer<Json<Value>> {
    require_system(&session.caller(), Permission::ManageSystem).map_err(denied)?;
    Ok(Json(json!({ "name": "FirstAdminSetupComplete", "value": "true" })))
}

/// Whoever completes the tour finds it complete. Plugins cannot be had with it.
async fn complete_onboarding(session: Session, Body(wish): Body<Onboarding>) -> Answer<Done> {
    require_system(&session.caller(), Permission::ManageSystem).map_err(denied)?;
    if wish.install_plugins.iter().flatten().next().is_some() {
        return Err(Failure::new(
            FailureKind::NotBuilt,
            "app.plugin.disabled.app_error",
            "Plugins have been disabled.",
        )
        .into());
    }
    Ok(Done)
}

#[derive(Deserialize)]
struct Onboarding {
    #[serde(default)]
    install_plugins: Option<Vec<String>>,
}

/// Whoever has seen all notices there are, which are none, is told so.
async fn notices_seen(_: Session, Body(seen): Body<Vec<String>>) -> Answer<Done> {
    if seen.is_empty() {
        return Ok(Done);
    }
    Err(Failure::invalid("api.system.update_viewed_notices.failed", "There is no such notice.")
        .into())
}

/// No site has a picture of its own for the page where people sign in.
async fn brand_image() -> StatusCode {
    StatusCode::NOT_FOUND
}

/// No plugins are installed, and none can be.
async fn plugins() -> Json<[Value; 0]> {
    Json([])
}

/// No limits are set on people; how many there are is for administrators to know.
async fn limits(State(app): State<App>, session: Session) -> Answer<Json<Value>> {
    let may_count =
        require_system(&session.caller(), Permission::SysconsoleReadUserManagementUsers).is_ok();
    let active = if may_count { app.store().read(team::active_people).await? } else { 0 };
    Ok(Json(json!({
        "maxUsersLimit": 0,
        "maxUsersHardLimit": 0,
        "activeUserCount": active,
        "lastAccessiblePostTime": 0,
        "postHistoryLimit": 0,
    })))
}

/// Notes what went wrong in a client. It goes to the debug log whatever level it claims; without
/// a session only a developer's server takes it.
async fn log(
    State(app): State<App>,
    session: MaybeSession,
    Body(mut report): Body<StringMap>,
) -> Answer<Json<StringMap>> {
    if session.0.is_none() && !app.settings().developer {
        return Err(Failure::forbidden("a session").into());
    }
    let person = session.0.map(|known| known.caller.user).unwrap_or_default();
    let level = report.get("level").map(|level| cut(level, 16)).unwrap_or_default();
    let message = report.get("message").map(|message| cut(message, LONGEST_LOG));
    let message = message.unwrap_or_default();
    // Written escaped: a client must not be able to forge lines of the log.
    tracing::debug!(?level, ?message, %person, "a client reports");
    report.retain(|key, _| key == "level" || key == "message");
    report.insert("message".to_owned(), message);
    Ok(Json(report))
}

/// The beginning of a text, without cutting through a character.
fn cut(text: &str, most: usize) -> String {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}
