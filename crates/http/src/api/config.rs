//! What clients are told of the server before and after signing in.

use axum::extract::{Query, State};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::{Answer, Json};
use crate::app::{App, VERSION};
use crate::routes::Routes;
use fieldpost_kernel::Failure;

pub(super) fn add(routes: &mut Routes) {
    routes.on("GET", "/api/v4/config/client", client);
    routes.on("GET", "/api/v4/license/client", licence);
}

#[derive(Deserialize)]
struct Format {
    #[serde(default)]
    format: String,
}

impl Format {
    fn require_old(&self) -> Answer<()> {
        if self.format == "old" { Ok(()) } else { Err(Failure::invalid_url("format").into()) }
    }
}

async fn client(State(app): State<App>, Query(format): Query<Format>) -> Answer<Json<Value>> {
    format.require_old()?;
    Ok(Json(json!({ "Version": VERSION, "SiteName": app.settings().site_name })))
}

async fn licence(Query(format): Query<Format>) -> Answer<Json<Value>> {
    format.require_old()?;
    Ok(Json(json!({ "IsLicensed": "false" })))
}

/// What every response says of the server's version and configuration: a client that sees it
/// change asks for the configuration again.
pub(crate) fn version_id(app: &App) -> String {
    let _ = app;
    format!("{VERSION}.{VERSION}.0.false")
}
