//! What clients are told of the server before and after signing in.

mod client;

use axum::extract::{Query, State};
use fieldpost_identity::{account, terms};
use fieldpost_kernel::Failure;
use serde::Deserialize;
use serde_json::{Value, json};

pub(crate) use self::client::ClientConfig;
use crate::answer::{Answer, Json};
use crate::app::App;
use crate::auth::{MaybeSession, Session};
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    routes.on("GET", "/api/v4/config/client", client);
    routes.on("GET", "/api/v4/license/client", licence);
    routes.on("GET", "/api/v4/license/load_metric", load_metric);
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

async fn client(
    State(app): State<App>,
    session: MaybeSession,
    Query(format): Query<Format>,
) -> Answer<Json<Value>> {
    format.require_old()?;
    let required = app.settings().terms.required;
    let (no_accounts, terms) = app
        .store()
        .read(move |rows| {
            let terms = if required { terms::latest(rows)? } else { None };
            Ok((!account::anybody(rows)?, terms.map(|terms| terms.id)))
        })
        .await?;
    let told = app.client_config().told(session.0.is_some(), no_accounts, terms);
    Ok(Json(json!(told)))
}

async fn licence(Query(format): Query<Format>) -> Answer<Json<Value>> {
    format.require_old()?;
    Ok(Json(json!({ "IsLicensed": "false" })))
}

/// How much of what a licence allows is used: clients show it among what is known of a server.
async fn load_metric(_: Session) -> Json<Value> {
    Json(json!({ "load": 0 }))
}
