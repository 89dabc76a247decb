//! Teams: making them, changing them, looking them up.

pub(crate) mod invitations;
mod lists;
mod members;

use axum::extract::{Path, Query, State};
use fieldpost_access::{
    Caller, Permission, may_list_team, may_see_invite_id, may_update_team, may_view_team,
    require_team,
};
use fieldpost_chat::facts::{self, denied};
use fieldpost_chat::team::update::{self, Patch};
use fieldpost_chat::team::{self, create, find};
use fieldpost_kernel::{Failure, Outcome, Rows};
use fieldpost_model::{Id, Team};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::{Answer, Created, Done, Json};
use crate::app::App;
use crate::auth::Session;
use crate::request::{Body, Ids};
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    routes.on("POST", "/api/v4/teams", create_one);
    routes.on("GET", "/api/v4/teams/{team_id}", one);
    routes.on("PUT", "/api/v4/teams/{team_id}", replace);
    routes.on("DELETE", "/api/v4/teams/{team_id}", archive);
    routes.on("PUT", "/api/v4/teams/{team_id}/patch", patch);
    routes.on("PUT", "/api/v4/teams/{team_id}/privacy", convert);
    routes.on("POST", "/api/v4/teams/{team_id}/restore", restore);
    routes.on("POST", "/api/v4/teams/{team_id}/regenerate_invite_id", renew_invite);
    routes.on("GET", "/api/v4/teams/{team_id}/stats", stats);
    routes.on("GET", "/api/v4/teams/name/{team_name}", by_name);
    routes.on("GET", "/api/v4/teams/name/{team_name}/exists", exists);
    invitations::add(routes);
    lists::add(routes);
    members::add(routes);
}

/// The team as the caller may see it.
pub(crate) fn seen_by(rows: &mut dyn Rows, caller: &Caller, team: Team) -> Outcome<Team> {
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
    Path(name): Path<String>,
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

async fn exists(
    State(app): State<App>,
    session: Session,
    Path(name): Path<String>,
) -> Answer<Json<Value>> {
    let caller = session.caller();
    let exists = app
        .store()
        .read(move |rows| {
            let Some(team) = team::by_name(rows, &name)? else { return Ok(false) };
            let facts = facts::team(rows, &caller, team.id)?.facts;
            Ok(facts.member.is_some() || may_list_team(&caller, &facts).is_ok())
        })
        .await?;
    Ok(Json(json!({ "exists": exists })))
}

/// What may be changed of a team, of which clients send all or parts.
#[derive(Deserialize)]
struct Parts {
    #[serde(default)]
    id: Id,
    display_name: Option<String>,
    description: Option<String>,
    company_name: Option<String>,
    allowed_domains: Option<String>,
    allow_open_invite: Option<bool>,
}

impl Parts {
    fn patch(self) -> Patch {
        Patch {
            display_name: self.display_name,
            description: self.description,
            company_name: self.company_name,
            allowed_domains: self.allowed_domains,
            allow_open_invite: self.allow_open_invite,
        }
    }
}

async fn replace(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
    Body(sent): Body<Parts>,
) -> Answer<Json<Team>> {
    if sent.id != id.thing() {
        return Err(Failure::invalid_body("id").into());
    }
    changed(&app, &session, id.thing(), sent.patch()).await
}

async fn patch(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
    Body(sent): Body<Parts>,
) -> Answer<Json<Team>> {
    changed(&app, &session, id.thing(), sent.patch()).await
}

async fn changed(app: &App, session: &Session, id: Id, patch: Patch) -> Answer<Json<Team>> {
    let caller = session.caller();
    let team = app
        .store()
        .write(&[team::scope(id)], move |work| {
            let team = update::patch(work, &caller, id, &patch)?;
            seen_by(work, &caller, team)
        })
        .await?;
    Ok(Json(team))
}

#[derive(Deserialize)]
struct Privacy {
    privacy: String,
}

async fn convert(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
    Body(sent): Body<Privacy>,
) -> Answer<Json<Team>> {
    let caller = session.caller();
    let id = id.thing();
    let open = match sent.privacy.as_str() {
        "O" => true,
        "I" => false,
        _ => return Err(Failure::invalid_body("privacy").into()),
    };
    let team = app
        .store()
        .write(&[team::scope(id)], move |work| {
            let team = update::convert(work, &caller, id, open)?;
            seen_by(work, &caller, team)
        })
        .await?;
    Ok(Json(team))
}

#[derive(Deserialize)]
struct Permanently {
    #[serde(default)]
    permanent: Option<String>,
}

async fn archive(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
    Query(how): Query<Permanently>,
) -> Answer<Done> {
    let caller = session.caller();
    let id = id.thing();
    if how.permanent.as_deref() == Some("true") {
        let id = "api.user.delete_team.not_enabled.app_error";
        return Err(super::channels::not_permanently(id).into());
    }
    app.store().write(&[team::scope(id)], move |work| update::archive(work, &caller, id)).await?;
    Ok(Done)
}

async fn restore(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
) -> Answer<Json<Team>> {
    let caller = session.caller();
    let id = id.thing();
    let team = app
        .store()
        .write(&[team::scope(id)], move |work| {
            let team = update::restore(work, &caller, id)?;
            seen_by(work, &caller, team)
        })
        .await?;
    Ok(Json(team))
}

async fn renew_invite(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
) -> Answer<Json<Team>> {
    let caller = session.caller();
    let id = id.thing();
    let team = app
        .store()
        .write(&[team::scope(id)], move |work| {
            let team = update::renew_invite(work, &caller, id)?;
            seen_by(work, &caller, team)
        })
        .await?;
    Ok(Json(team))
}

async fn stats(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
) -> Answer<Json<find::TeamStats>> {
    let caller = session.caller();
    let id = id.thing();
    let found = app
        .store()
        .read(move |rows| {
            require_view(rows, &caller, id)?;
            find::stats(rows, id)
        })
        .await?;
    Ok(Json(found))
}

/// Refuses those who may not know who is in the team: that anybody may join it, tells of the team
/// and not of its members.
fn require_view(rows: &mut dyn Rows, caller: &Caller, team: Id) -> Outcome<()> {
    let facts = facts::team(rows, caller, team)?;
    require_team(caller, &facts.facts, Permission::ViewTeam).map_err(denied)
}
