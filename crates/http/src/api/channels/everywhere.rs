//! The channels of all teams, for those who administer them.

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use fieldpost_access::{Permission, require_system};
use fieldpost_chat::channel::find::{self, Everywhere};
use fieldpost_chat::facts::denied;
use serde::Deserialize;
use serde_json::json;

use crate::answer::{Answer, Json};
use crate::app::App;
use crate::auth::Session;
use crate::request::Page;
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    routes.on("GET", "/api/v4/channels", all);
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Listing {
    include_deleted: String,
    include_total_count: String,
    exclude_default_channels: String,
}

fn is_true(text: &str) -> bool {
    matches!(text, "true" | "1")
}

async fn all(
    State(app): State<App>,
    session: Session,
    Query(listing): Query<Listing>,
    page: Page,
) -> Answer<Response> {
    require_system(&session.caller(), Permission::SysconsoleReadUserManagementChannels)
        .map_err(denied)?;
    let which = Everywhere {
        archived: is_true(&listing.include_deleted),
        without_default: is_true(&listing.exclude_default_channels),
    };
    let window = (page.offset(), page.per_page);
    let (channels, total) =
        app.store().read(move |rows| find::everywhere(rows, which, window)).await?;
    if is_true(&listing.include_total_count) {
        return Ok(Json(json!({ "channels": channels, "total_count": total })).into_response());
    }
    Ok(Json(channels).into_response())
}
