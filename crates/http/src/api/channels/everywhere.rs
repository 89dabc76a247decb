//! The channels of all teams: for those who administer them, and of one's own teams.

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use fieldpost_access::{Permission, require_system};
use fieldpost_chat::channel::find::{
    self, Among, ChannelOfTeam, Everywhere, MOST_FOUND, Sought, Standing,
};
use fieldpost_chat::facts::denied;
use fieldpost_kernel::Outcome;
use fieldpost_model::{ChannelType, Id};
use serde::Deserialize;
use serde_json::json;

use super::lists::reach;
use crate::answer::{Answer, Json};
use crate::app::App;
use crate::auth::Session;
use crate::request::{Body, Page};
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    routes.on("GET", "/api/v4/channels", all);
    routes.on("POST", "/api/v4/channels/search", search);
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

/// How a search is asked for in the address.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    system_console: String,
    include_deleted: String,
    exclude_remote: String,
}

/// What a search says of the channels that are looked for. Nothing is tied to a group of people or
/// to a policy here, so what leaves such channels out leaves out none, and what asks for them finds
/// none.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Search {
    term: String,
    team_ids: Vec<Id>,
    public: bool,
    private: bool,
    deleted: bool,
    include_deleted: bool,
    exclude_default_channels: bool,
    group_constrained: bool,
    exclude_policy_constrained: bool,
    exclude_remote: bool,
    include_search_by_id: bool,
    page: Option<Count>,
    per_page: Option<Count>,
}

/// A number, or its digits: the API's description says one, its clients send the other.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "Written")]
struct Count(usize);

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Number(usize),
    Digits(String),
}

impl TryFrom<Written> for Count {
    type Error = std::num::ParseIntError;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        match written {
            Written::Number(number) => Ok(Self(number)),
            Written::Digits(digits) => digits.parse().map(Self),
        }
    }
}

impl Search {
    /// The page that is asked for, and how many channels it has.
    fn window(&self) -> Option<(usize, usize)> {
        self.page.zip(self.per_page).map(|(page, size)| (page.0, size.0.clamp(1, 200)))
    }

    fn sought(self, asked: &Asked) -> Sought {
        let kind = match (self.public, self.private) {
            (true, false) => Some(ChannelType::Open),
            (false, true) => Some(ChannelType::Private),
            _ => None,
        };
        let standing = match (self.deleted, self.include_deleted || is_true(&asked.include_deleted))
        {
            (true, _) => Standing::Archived,
            (false, true) => Standing::Any,
            (false, false) => Standing::Live,
        };
        Sought {
            term: self.term,
            by_id: self.include_search_by_id,
            teams: self.team_ids.into_iter().collect(),
            kind,
            standing,
            without_default: self.exclude_default_channels,
            without_remote: self.exclude_remote || is_true(&asked.exclude_remote),
        }
    }
}

/// The administrator's search over all teams; that of other people over their own, which says so.
async fn search(
    State(app): State<App>,
    session: Session,
    Query(asked): Query<Asked>,
    Body(sent): Body<Search>,
) -> Answer<Response> {
    if matches!(asked.system_console.as_str(), "false" | "0") {
        return Ok(Json(of_own_teams(&app, &session, sent.term).await?).into_response());
    }
    let caller = session.caller();
    require_system(&caller, Permission::SysconsoleReadUserManagementChannels).map_err(denied)?;
    if sent.exclude_policy_constrained {
        let needed = Permission::SysconsoleReadComplianceDataRetentionPolicy;
        require_system(&caller, needed).map_err(denied)?;
    }
    let (window, none) = (sent.window(), sent.group_constrained);
    let (own, sought) = (app.store().site().id, sent.sought(&asked));
    let mut found = match none {
        true => Vec::new(),
        false => app.store().read(move |rows| find::sought(rows, own, &sought)).await?,
    };
    let Some((page, size)) = window else {
        found.truncate(MOST_FOUND);
        return Ok(Json(found).into_response());
    };
    let total = found.len();
    let page = found.into_iter().skip(page.saturating_mul(size)).take(size);
    let page: Vec<ChannelOfTeam> = page.collect();
    Ok(Json(json!({ "channels": page, "total_count": total })).into_response())
}

async fn of_own_teams(app: &App, session: &Session, term: String) -> Outcome<Vec<ChannelOfTeam>> {
    let caller = session.caller();
    let found = app.store().read(move |rows| {
        find::suggest_everywhere(rows, caller.user, &term, |rows, team| {
            reach(rows, &caller, team, (Among::Visible, Among::Joined))
        })
    });
    found.await
}
