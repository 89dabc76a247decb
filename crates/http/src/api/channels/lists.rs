//! Lists of channels, searches and suggestions.

use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fieldpost_access::{Permission, require_system, require_team};
use fieldpost_chat::channel;
use fieldpost_chat::channel::find::{self, Among, Archived};
use fieldpost_chat::channel::group;
use fieldpost_chat::facts::{self, denied};
use fieldpost_chat::team;
use fieldpost_kernel::{Failure, Outcome};
use fieldpost_model::{Channel, Id, Millis, Team};
use serde::Deserialize;

use super::require_listing;
use crate::answer::{Answer, Json};
use crate::api::teams::seen_by;
use crate::app::{App, VERSION};
use crate::auth::Session;
use crate::request::{Body, Ids, Page};
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    routes.on("GET", "/api/v4/teams/{team_id}/channels", of_team);
    routes.on("GET", "/api/v4/teams/{team_id}/channels/deleted", archived);
    routes.on("GET", "/api/v4/teams/{team_id}/channels/private", private);
    routes.on("POST", "/api/v4/teams/{team_id}/channels/ids", by_ids);
    routes.on("GET", "/api/v4/users/{user_id}/teams/{team_id}/channels", of_person_in_team);
    routes.on("GET", "/api/v4/users/{user_id}/channels", of_person);
    routes.on("POST", "/api/v4/teams/{team_id}/channels/search", search);
    routes.on("POST", "/api/v4/teams/{team_id}/channels/search_archived", search_archived);
    routes.on("GET", "/api/v4/teams/{team_id}/channels/autocomplete", suggest);
    routes.on("GET", "/api/v4/teams/{team_id}/channels/search_autocomplete", suggest_for_search);
    routes.on("POST", "/api/v4/channels/group/search", search_groups);
    routes.on("GET", "/api/v4/channels/{channel_id}/common_teams", common_teams);
}

async fn of_team(
    State(app): State<App>,
    session: Session,
    Ids([team]): Ids<1>,
    page: Page,
) -> Answer<Json<Vec<Channel>>> {
    let caller = session.caller();
    let team = team.thing();
    let found = app
        .store()
        .read(move |rows| {
            require_listing(rows, &caller, team)?;
            channel::open_of_team(rows, team, page.offset(), page.per_page)
        })
        .await?;
    Ok(Json(found))
}

async fn archived(
    State(app): State<App>,
    session: Session,
    Ids([team]): Ids<1>,
    page: Page,
) -> Answer<Json<Vec<Channel>>> {
    let caller = session.caller();
    let team = team.thing();
    let found = app
        .store()
        .read(move |rows| {
            require_listing(rows, &caller, team)?;
            let all = require_system(&caller, Permission::ManageSystem).is_ok();
            let person = (!all).then_some(caller.user);
            find::archived(rows, team, person, (page.offset(), page.per_page))
        })
        .await?;
    Ok(Json(found))
}

async fn private(
    State(app): State<App>,
    session: Session,
    Ids([team]): Ids<1>,
    page: Page,
) -> Answer<Json<Vec<Channel>>> {
    require_system(&session.caller(), Permission::ManageSystem).map_err(denied)?;
    let team = team.thing();
    let window = (page.offset(), page.per_page);
    Ok(Json(app.store().read(move |rows| find::private(rows, team, window)).await?))
}

async fn by_ids(
    State(app): State<App>,
    session: Session,
    Ids([team]): Ids<1>,
    Body(ids): Body<Vec<Id>>,
) -> Answer<Json<Vec<Channel>>> {
    let caller = session.caller();
    let team = team.thing();
    if ids.is_empty() {
        return Err(Failure::invalid_body("channel_ids").into());
    }
    let found = app
        .store()
        .read(move |rows| {
            let facts = facts::team(rows, &caller, team)?;
            require_team(&caller, &facts.facts, Permission::ViewTeam).map_err(denied)?;
            let found = find::open_by_ids(rows, team, &ids)?;
            if caller.guest {
                for channel in &found {
                    super::require_lookup(rows, &caller, channel.id)?;
                }
            }
            Ok(found)
        })
        .await?;
    some(found).map(Json).map_err(Into::into)
}

/// Lists that are never empty: nothing found is not found.
fn some(found: Vec<Channel>) -> Outcome<Vec<Channel>> {
    if found.is_empty() {
        return Err(Failure::not_found(
            "app.channel.get_channels.not_found.app_error",
            "No channels were found.",
        ));
    }
    Ok(found)
}

#[derive(Deserialize)]
struct WithArchived {
    #[serde(default)]
    include_deleted: Option<String>,
    #[serde(default)]
    last_delete_at: Option<String>,
}

impl WithArchived {
    fn archived(&self) -> Archived {
        if self.include_deleted.as_deref() != Some("true") {
            return Archived::Without;
        }
        let since = self.last_delete_at.as_deref().and_then(|at| at.parse::<Millis>().ok());
        Archived::Since(since.unwrap_or(0).max(0))
    }
}

async fn of_person_in_team(
    State(app): State<App>,
    session: Session,
    Ids([person, team]): Ids<2>,
    Query(query): Query<WithArchived>,
    headers: HeaderMap,
) -> Answer<Response> {
    let caller = session.caller();
    let (person, team) = (person.person(caller.user), team.thing());
    let archived = query.archived();
    let found = app
        .store()
        .read(move |rows| {
            facts::require_person_in_team(rows, &caller, person, team)?;
            some(find::joined(rows, person, Some(team), archived)?)
        })
        .await?;
    Ok(unless_known(&headers, &etag(&found), Json(&found)))
}

/// The tag of a list of channels: it changes when any of them is posted in or changed.
fn etag(channels: &[Channel]) -> String {
    let changed = |c: &Channel| c.last_post_at.max(c.update_at);
    let newest = channels.iter().max_by_key(|channel| changed(channel));
    let (id, at) = newest.map_or((Id::NONE, 0), |channel| (channel.id, changed(channel)));
    format!("{VERSION}.{id}.{at}.0.{}", channels.len())
}

/// The answer, or that nothing changed for a client that knows the tag.
fn unless_known(headers: &HeaderMap, etag: &str, answer: impl IntoResponse) -> Response {
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|known| known == etag);
    let mut response =
        if known { StatusCode::NOT_MODIFIED.into_response() } else { answer.into_response() };
    if let Ok(etag) = HeaderValue::from_str(etag) {
        response.headers_mut().insert(header::ETAG, etag);
    }
    response
}

async fn of_person(
    State(app): State<App>,
    session: Session,
    Ids([person]): Ids<1>,
    Query(query): Query<WithArchived>,
) -> Answer<Json<Vec<Channel>>> {
    let caller = session.caller();
    let person = person.person(caller.user);
    let archived = query.archived();
    let found = app
        .store()
        .read(move |rows| {
            facts::require_person(rows, &caller, person)?;
            some(find::joined(rows, person, None, archived)?)
        })
        .await?;
    Ok(Json(found))
}

#[derive(Deserialize)]
struct Term {
    #[serde(default)]
    term: String,
}

/// What a search of a team's channels looks at, by what the caller may list.
pub(super) fn reach(
    rows: &mut dyn fieldpost_kernel::Rows,
    caller: &fieldpost_access::Caller,
    team: Id,
    (all, own): (Among, Among),
) -> Outcome<Among> {
    if require_listing(rows, caller, team).is_ok() {
        return Ok(all);
    }
    let facts = facts::team(rows, caller, team)?;
    require_team(caller, &facts.facts, Permission::ViewTeam).map_err(denied)?;
    Ok(own)
}

async fn search(
    State(app): State<App>,
    session: Session,
    Ids([team]): Ids<1>,
    Body(sent): Body<Term>,
) -> Answer<Json<Vec<Channel>>> {
    let caller = session.caller();
    let team = team.thing();
    let found = app
        .store()
        .read(move |rows| {
            let among = reach(rows, &caller, team, (Among::Open, Among::JoinedOpen))?;
            find::search(rows, team, caller.user, among, &sent.term)
        })
        .await?;
    Ok(Json(found))
}

async fn search_archived(
    State(app): State<App>,
    session: Session,
    Ids([team]): Ids<1>,
    Body(sent): Body<Term>,
) -> Answer<Json<Vec<Channel>>> {
    let caller = session.caller();
    let team = team.thing();
    let found = app
        .store()
        .read(move |rows| {
            require_listing(rows, &caller, team)?;
            find::search(rows, team, caller.user, Among::Archived, &sent.term)
        })
        .await?;
    Ok(Json(found))
}

#[derive(Deserialize)]
struct Named {
    #[serde(default)]
    name: String,
}

async fn suggest(
    State(app): State<App>,
    session: Session,
    Ids([team]): Ids<1>,
    Query(typed): Query<Named>,
) -> Answer<Json<Vec<Channel>>> {
    let caller = session.caller();
    let team = team.thing();
    let found = app
        .store()
        .read(move |rows| {
            require_listing(rows, &caller, team)?;
            let among = if caller.guest { Among::Joined } else { Among::Visible };
            find::suggest(rows, team, caller.user, among, &typed.name)
        })
        .await?;
    Ok(Json(found))
}

async fn suggest_for_search(
    State(app): State<App>,
    session: Session,
    Ids([team]): Ids<1>,
    Query(typed): Query<Named>,
) -> Answer<Json<Vec<Channel>>> {
    let caller = session.caller();
    let team = team.thing();
    let found = app
        .store()
        .read(move |rows| {
            require_listing(rows, &caller, team)?;
            find::suggest_for_search(rows, team, caller.user, &typed.name)
        })
        .await?;
    Ok(Json(found))
}

async fn search_groups(
    State(app): State<App>,
    session: Session,
    Body(sent): Body<Term>,
) -> Answer<Json<Vec<Channel>>> {
    let me = session.caller().user;
    Ok(Json(app.store().read(move |rows| find::groups(rows, me, &sent.term)).await?))
}

/// The teams that the people of a group conversation share, as the caller may see them.
async fn common_teams(
    State(app): State<App>,
    session: Session,
    Ids([channel]): Ids<1>,
) -> Answer<Json<Vec<Team>>> {
    let (caller, channel) = (session.caller(), channel.thing());
    let found = app
        .store()
        .read(move |rows| {
            let mut teams = Vec::new();
            for id in group::common_teams(rows, &caller, channel)? {
                if let Some(team) = team::by_id(rows, id)? {
                    teams.push(seen_by(rows, &caller, team)?);
                }
            }
            Ok(teams)
        })
        .await?;
    Ok(Json(found))
}
