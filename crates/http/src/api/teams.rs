//! Teams and their members.

use axum::extract::State;
use fieldpost_access::{Caller, may_see_invite_id, may_update_team, may_view_team};
use fieldpost_chat::facts::{self, denied};
use fieldpost_chat::team::{self, create, member};
use fieldpost_kernel::{Failure, Outcome, Rows};
use fieldpost_model::{Id, Team, TeamMember};
use serde::Deserialize;

use crate::answer::{Answer, Created, Done, Json};
use crate::app::App;
use crate::auth::Session;
use crate::request::{Body, Ids, Page};
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    routes.on("POST", "/api/v4/teams", create_one);
    routes.on("GET", "/api/v4/teams/{team_id}", one);
    routes.on("GET", "/api/v4/teams/name/{team_name}", by_name);
    routes.on("GET", "/api/v4/users/{user_id}/teams", of_person);
    routes.on("GET", "/api/v4/users/{user_id}/teams/members", memberships);
    routes.on("GET", "/api/v4/teams/{team_id}/members", members);
    routes.on("POST", "/api/v4/teams/{team_id}/members", add_member);
    routes.on("GET", "/api/v4/teams/{team_id}/members/{user_id}", one_member);
    routes.on("DELETE", "/api/v4/teams/{team_id}/members/{user_id}", remove_member);
}

/// The team as the caller may see it.
fn seen_by(rows: &mut dyn Rows, caller: &Caller, team: Team) -> Outcome<Team> {
    let facts = facts::team(rows, caller, team.id)?.facts;
    let may_manage = may_update_team(caller, &facts).is_ok();
    let may_invite = may_see_invite_id(caller, &facts).is_ok();
    Ok(team::sanitized(team, may_manage, may_invite))
}

async fn create_one(
    State(app): State<App>,
    session: Session,
    Body(new): Body<Team>,
) -> Answer<Created<Team>> {
    let caller = session.caller();
    let made = app
        .store()
        .write(&[], move |work| {
            let team = create::create(work, &caller, &new)?;
            seen_by(work, &caller, team)
        })
        .await?;
    Ok(Created(made))
}

async fn one(State(app): State<App>, session: Session, Ids([id]): Ids<1>) -> Answer<Json<Team>> {
    let caller = session.caller();
    let found = app
        .store()
        .read(move |rows| {
            let team = team::by_id(rows, id.thing())?.ok_or_else(create::no_team)?;
            viewed(rows, &caller, team)
        })
        .await?;
    Ok(Json(found))
}

async fn by_name(
    State(app): State<App>,
    session: Session,
    axum::extract::Path(name): axum::extract::Path<String>,
) -> Answer<Json<Team>> {
    let caller = session.caller();
    let found = app
        .store()
        .read(move |rows| {
            let team = team::by_name(rows, &name)?.ok_or_else(create::no_team)?;
            viewed(rows, &caller, team)
        })
        .await?;
    Ok(Json(found))
}

fn viewed(rows: &mut dyn Rows, caller: &Caller, team: Team) -> Outcome<Team> {
    let facts = facts::team(rows, caller, team.id)?;
    may_view_team(caller, &facts.facts).map_err(denied)?;
    seen_by(rows, caller, team)
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

async fn memberships(
    State(app): State<App>,
    session: Session,
    Ids([person]): Ids<1>,
) -> Answer<Json<Vec<TeamMember>>> {
    let caller = session.caller();
    let person = own(&caller, person.person(caller.user))?;
    Ok(Json(app.store().read(move |rows| team::memberships(rows, person)).await?))
}

/// One's own things, or anybody's for those who may read other people's teams.
fn own(caller: &Caller, person: Id) -> Outcome<Id> {
    if person != caller.user {
        let needed = fieldpost_access::Permission::ReadOtherUsersTeams;
        fieldpost_access::require_system(caller, needed).map_err(denied)?;
    }
    Ok(person)
}

async fn members(
    State(app): State<App>,
    session: Session,
    Ids([team]): Ids<1>,
    page: Page,
) -> Answer<Json<Vec<TeamMember>>> {
    let caller = session.caller();
    let found = app
        .store()
        .read(move |rows| {
            let facts = facts::team(rows, &caller, team.thing())?;
            may_view_team(&caller, &facts.facts).map_err(denied)?;
            team::members(rows, team.thing(), page.offset(), page.per_page)
        })
        .await?;
    Ok(Json(found))
}

#[derive(Deserialize)]
struct NewMember {
    user_id: Id,
}

async fn add_member(
    State(app): State<App>,
    session: Session,
    Ids([team]): Ids<1>,
    Body(new): Body<NewMember>,
) -> Answer<Created<TeamMember>> {
    let caller = session.caller();
    let (team, person) = (team.thing(), new.user_id);
    let added = app
        .store()
        .write(&[team::scope(team)], move |work| member::add(work, &caller, team, person))
        .await?;
    Ok(Created(added))
}

async fn one_member(
    State(app): State<App>,
    session: Session,
    Ids([team, person]): Ids<2>,
) -> Answer<Json<TeamMember>> {
    let caller = session.caller();
    let found = app
        .store()
        .read(move |rows| {
            let facts = facts::team(rows, &caller, team.thing())?;
            may_view_team(&caller, &facts.facts).map_err(denied)?;
            let found = member(rows, team.thing(), person.person(caller.user))?;
            found.ok_or_else(|| {
                Failure::not_found(
                    "app.team.get_member.missing.app_error",
                    "No team member found for that user ID and team ID.",
                )
            })
        })
        .await?;
    Ok(Json(found))
}

async fn remove_member(
    State(app): State<App>,
    session: Session,
    Ids([team, person]): Ids<2>,
) -> Answer<Done> {
    let caller = session.caller();
    let (team, person) = (team.thing(), person.person(caller.user));
    app.store()
        .write(&[team::scope(team)], move |work| member::remove(work, &caller, team, person))
        .await?;
    Ok(Done)
}
