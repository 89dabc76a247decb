//! How a link was before: what passed, what was lost and what waited, step by step.

use axum::extract::{Path, Query, State};
use fieldpost_access::{Permission, require_system};
use fieldpost_chat::facts::denied;
use fieldpost_kernel::Failure;
use fieldpost_model::Millis;
use serde::{Deserialize, Serialize};

use super::linker;
use crate::answer::{Answer, Json};
use crate::app::App;
use crate::auth::Session;
use crate::routes::Routes;

/// How far back it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkSpan {
    /// An hour.
    Hour,
    /// A day.
    Day,
}

/// How a link was before, as far as it was seen since the server began.
#[derive(Debug, Clone, Serialize)]
pub struct LinkHistory {
    /// Milliseconds from one point to the next.
    pub step: Millis,
    /// What was seen in each step, the oldest first.
    pub points: Vec<LinkPoint>,
}

/// What was seen of a link in a step of time.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct LinkPoint {
    /// When it began, in milliseconds since 1970.
    pub at: Millis,
    /// Bytes sent in it, at IP level.
    pub sent_bytes: u64,
    /// Bytes received in it, at IP level.
    pub received_bytes: u64,
    /// Which share of the packets sent was lost; nothing if there were too few.
    pub loss: Option<f64>,
    /// How many changes waited when that was last looked at; nothing if it was not.
    pub waiting: Option<u64>,
    /// Whether there was a connection, for any part of it.
    pub connected: bool,
}

pub(super) fn add(routes: &mut Routes) {
    routes.on("GET", "/api/v4/fieldpost/link/{site}/history", history);
}

#[derive(Deserialize)]
struct Asked {
    span: Option<String>,
}

async fn history(
    State(app): State<App>,
    session: Session,
    Path(site): Path<String>,
    Query(asked): Query<Asked>,
) -> Answer<Json<LinkHistory>> {
    require_system(&session.caller(), Permission::ManageSecureConnections).map_err(denied)?;
    let span = match asked.span.as_deref() {
        None | Some("hour") => LinkSpan::Hour,
        Some("day") => LinkSpan::Day,
        Some(_) => return Err(Failure::invalid_url("span").into()),
    };
    Ok(Json(linker(&app)?.history(session.caller(), site, span).await?))
}
