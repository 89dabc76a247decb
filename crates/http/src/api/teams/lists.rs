//! Lists of teams, searches among them, and what of them is unread.

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use fieldpost_access::{Caller, Permission, require_system};
use fieldpost_chat::facts::{self, denied};
use fieldpost_chat::team::{self, find};
use fieldpost_kernel::{Failure, FailureKind, Outcome};
use fieldpost_model::{Id, Team, TeamUnread};
use serde::Deserialize;
use serde_json::json;

use super::seen_by;
use crate::answer::{Answer, Json};
use crate::app::App;
use crate::auth::Session;
use crate::request::{Body, Ids, Page};
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    routes.on("GET", "/api/v4/teams", list);
    routes.on("POST", "/api/v4/teams/search", search);
    routes.on("GET", "/api/v4/users/{user_id}/teams", of_person);
    routes.on("GET", "/api/v4/users/{user_id}/teams/unread", unread);
    routes.on("GET", "/api/v4/users/{user_id}/teams/{team_id}/unread", unread_in);
}

fn listable(caller: &Caller) -> find::Listable {
    let may = |needed| require_system(caller, needed).is_ok();
    find::Listable {
        open: may(Permission::ListPublicTeams),
        closed: may(Permission::ListPrivateTeams),
    }
}

#[derive(Deserialize)]
struct Counted {
    #[serde(default)]
    include_total_count: Option<String>,
}

async fn list(
    State(app): State<App>,
    session: Session,
    Query(counted): Query<Counted>,
    page: Page,
) -> Answer<Response> {
    let caller = session.caller();
    let listable = listable(&caller);
    if !listable.open && !listable.closed {
        return Err(Failure::new(
            FailureKind::Forbidden,
            "api.team.get_all_teams.insufficient_permissions",
            "You don't have the appropriate permissions to list all teams.",
        )
        .into());
    }
    let (teams, total) = app
        .store()
        .read(move |rows| {
            let teams = find::list(rows, listable, (page.offset(), page.per_page))?;
            let teams: Outcome<Vec<Team>> =
                teams.into_iter().map(|team| seen_by(rows, &caller, team)).collect();
            Ok((teams?, find::count(rows, listable)?))
        })
        .await?;
    Ok(if counted.include_total_count.as_deref() == Some("true") {
        Json(json!({ "teams": teams, "total_count": total })).into_response()
    } else {
        Json(teams).into_response()
    })
}

#[derive(Deserialize)]
struct Search {
    #[serde(default)]
    term: String,
    page: Option<usize>,
    per_page: Option<usize>,
}

async fn search(
    State(app): State<App>,
    session: Session,
    Body(sent): Body<Search>,
) -> Answer<Response> {
    let caller = session.caller();
    let listable = listable(&caller);
    let window = sent.page.zip(sent.per_page).map(|(page, size)| (page, size.clamp(1, 200)));
    if window.is_some() && !(listable.open && listable.closed) {
        return Err(Failure::new(
            FailureKind::NotBuilt,
            "api.team.search_teams.pagination_not_implemented.private_team_search",
            "Pages are for those who may list every team.",
        )
        .into());
    }
    let teams: Vec<Team> = app
        .store()
        .read(move |rows| {
            let teams = find::search(rows, listable, &sent.term)?;
            teams.into_iter().map(|team| seen_by(rows, &caller, team)).collect()
        })
        .await?;
    let Some((page, size)) = window else { return Ok(Json(teams).into_response()) };
    let total = teams.len();
    let teams: Vec<Team> = teams.into_iter().skip(page.saturating_mul(size)).take(size).collect();
    Ok(Json(json!({ "teams": teams, "total_count": total })).into_response())
}

async fn of_person(
    State(app): State<App>,
    session: Session,
    Ids([person]): Ids<1>,
) -> Answer<Json<Vec<Team>>> {
    let caller = session.caller();
    let person = own(&caller, person.person(caller.user))?;
    let teams = app
        .store()
        .read(move |rows| {
            let teams = team::of_person(rows, person)?;
            teams.into_iter().map(|team| seen_by(rows, &caller, team)).collect()
        })
        .await?;
    Ok(Json(teams))
}

/// One's own things, or anybody's for those who may read other people's teams.
pub(super) fn own(caller: &Caller, person: Id) -> Outcome<Id> {
    if person != caller.user {
        require_system(caller, Permission::ReadOtherUsersTeams).map_err(denied)?;
    }
    Ok(person)
}

#[derive(Deserialize)]
struct Excluded {
    #[serde(default)]
    exclude_team: String,
    #[serde(default)]
    include_collapsed_threads: String,
}

async fn unread(
    State(app): State<App>,
    session: Session,
    Ids([person]): Ids<1>,
    Query(query): Query<Excluded>,
) -> Answer<Json<Vec<TeamUnread>>> {
    let caller = session.caller();
    let person = person.person(caller.user);
    let threads = query.include_collapsed_threads == "true";
    let mut found = app
        .store()
        .read(move |rows| {
            facts::require_person(rows, &caller, person)?;
            find::unread(rows, person, threads)
        })
        .await?;
    if let Ok(excluded) = query.exclude_team.parse::<Id>() {
        found.retain(|unread| unread.team_id != excluded);
    }
    Ok(Json(found))
}

async fn unread_in(
    State(app): State<App>,
    session: Session,
    Ids([person, team]): Ids<2>,
) -> Answer<Json<TeamUnread>> {
    let caller = session.caller();
    let (person, team) = (person.person(caller.user), team.thing());
    let found = app
        .store()
        .read(move |rows| {
            facts::require_person_in_team(rows, &caller, person, team)?;
            let all = find::unread(rows, person, false)?;
            let found = all.into_iter().find(|unread| unread.team_id == team);
            Ok(found.unwrap_or(TeamUnread { team_id: team, ..TeamUnread::default() }))
        })
        .await?;
    Ok(Json(found))
}
