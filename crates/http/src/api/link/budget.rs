//! What a link may use: when it is open, how fast it is, and how much it sends in a day.

use axum::extract::{Path, State};
use fieldpost_link::budget::{Asked, Most};
use fieldpost_model::Millis;
use serde::{Deserialize, Deserializer, Serialize};

use super::linker;
use crate::answer::{Answer, Done};
use crate::app::App;
use crate::auth::Session;
use crate::request::Body;
use crate::routes::Routes;

/// Whether a link may be used now.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct LinkWindow {
    /// Whether it may.
    pub open: bool,
    /// When that changes, in milliseconds since 1970; 0 for never.
    pub next: Millis,
}

/// What a link may use, as an administrator of this side has set it.
#[derive(Debug, Clone, Serialize)]
pub struct LinkBudget {
    /// When it may be used, in UTC, as `22:00-04:00` or `sat,sun 08:00-12:00`; always, if there is
    /// none.
    pub windows: Vec<String>,
    /// How many bits a second are sent at most; nothing if as many as the link carries.
    pub rate: Option<u64>,
    /// How many bytes are sent at most in a day of UTC; nothing if as many as there are to send.
    pub bytes_per_day: Option<u64>,
    /// Bytes that were sent today.
    pub used_today: u64,
}

pub(super) fn add(routes: &mut Routes) {
    routes.on("POST", "/api/v4/fieldpost/link/{site}/budget", set);
}

#[derive(Deserialize)]
struct Wanted {
    windows: Option<Vec<String>>,
    #[serde(default, deserialize_with = "most")]
    rate: Option<Most>,
    #[serde(default, deserialize_with = "most")]
    bytes_per_day: Option<Most>,
}

/// A limit that is named, and null for none: what is not named stays as it is.
pub(super) fn most<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Most>, D::Error> {
    let limit = Option::<u64>::deserialize(from)?;
    Ok(Some(limit.map_or(Most::Any, Most::Of)))
}

async fn set(
    State(app): State<App>,
    session: Session,
    Path(peer): Path<String>,
    Body(wanted): Body<Wanted>,
) -> Answer<Done> {
    let asked = Asked { windows: wanted.windows, rate: wanted.rate, daily: wanted.bytes_per_day };
    linker(&app)?.set_budget(session.caller(), peer, asked).await?;
    Ok(Done)
}
