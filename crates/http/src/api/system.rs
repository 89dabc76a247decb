//! Whether the server is there.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::answer::{Answer, Json};
use crate::app::App;
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    routes.on("GET", "/api/v4/system/ping", ping);
}

/// Answers once the database does.
async fn ping(State(app): State<App>) -> Answer<Response> {
    app.store().read(|_| Ok(())).await?;
    let body = json!({
        "AndroidLatestVersion": "",
        "AndroidMinVersion": "",
        "IosLatestVersion": "",
        "IosMinVersion": "",
        "ActiveSearchBackend": "database",
        "status": "OK",
    });
    let uncached = HeaderValue::from_static("no-cache, no-store, must-revalidate");
    Ok(([(header::CACHE_CONTROL, uncached)], Json(body)).into_response())
}
