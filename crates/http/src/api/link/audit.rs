//! What was done to links and what was refused, over the API.

use axum::extract::{Query, State};
use fieldpost_link::audit::{self, By, Entry};
use fieldpost_model::{Id, Millis};
use serde::{Deserialize, Serialize};

use crate::answer::{Answer, Json};
use crate::app::App;
use crate::auth::Session;
use crate::request::Page;
use crate::routes::Routes;

/// Something that was done to links, or refused.
#[derive(Debug, Clone, Serialize)]
struct LinkAudit {
    /// Its id.
    id: Id,
    /// What, by the name of the action.
    action: &'static str,
    /// `account`, `command_line`, `this_site` or `other`.
    by: &'static str,
    /// The account that did it, if one did.
    user_id: Id,
    /// What that is called now; empty without one.
    username: String,
    /// What the site that it concerns was called here then; empty if it had no name.
    site: String,
    /// The id of that site, if it concerns one.
    site_id: Id,
    /// The name of the channel that it concerns, as `team:channel`; empty until its making has come.
    channel: String,
    /// The id of that channel, if it concerns one.
    channel_id: Id,
    /// From which address of the network, or under which key; empty if that is not known.
    source: String,
    /// Why it was refused, or what more there is to say.
    detail: String,
    /// How often it happened.
    count: i64,
    /// When it happened first, in milliseconds since 1970.
    first_at: Millis,
    /// When it happened last, in milliseconds since 1970.
    last_at: Millis,
}

impl From<Entry> for LinkAudit {
    fn from(entry: Entry) -> Self {
        Self {
            id: entry.id,
            action: entry.action.name(),
            by: match entry.by {
                By::Account => "account",
                By::CommandLine => "command_line",
                By::ThisSite => "this_site",
                By::Other => "other",
            },
            user_id: entry.author.0,
            username: entry.author.1,
            site: entry.site.1,
            site_id: entry.site.0,
            channel: entry.channel.1,
            channel_id: entry.channel.0,
            source: entry.source,
            detail: entry.detail,
            count: entry.times,
            first_at: entry.first_at,
            last_at: entry.last_at,
        }
    }
}

pub(super) fn add(routes: &mut Routes) {
    routes.on("GET", "/api/v4/fieldpost/link/audit", list);
}

#[derive(Deserialize)]
struct Of {
    /// One site alone, by its id or by what it was called then.
    site: Option<String>,
}

async fn list(
    State(app): State<App>,
    session: Session,
    page: Page,
    Query(of): Query<Of>,
) -> Answer<Json<Vec<LinkAudit>>> {
    let (caller, window) = (session.caller(), (page.offset(), page.per_page));
    let entries = app
        .store()
        .read(move |rows| audit::list(rows, &caller, of.site.as_deref(), window))
        .await?;
    Ok(Json(entries.into_iter().map(LinkAudit::from).collect()))
}
