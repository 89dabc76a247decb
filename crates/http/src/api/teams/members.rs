//! Members of teams: who they are, joining, leaving, roles, invitations.

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use fieldpost_access::{Caller, Permission, require_system};
use fieldpost_chat::channel::role::Flags;
use fieldpost_chat::people;
use fieldpost_chat::team::{self, find, member, role};
use fieldpost_kernel::{Failure, FailureKind, Outcome, Rows};
use fieldpost_model::{Id, TeamMember};
use serde::Deserialize;
use serde_json::{Value, json};

use super::invitations;
use super::lists::own;
use super::require_view;
use crate::answer::{Answer, Created, Done, Json, envelope};
use crate::api::channels::SchemeRoles;
use crate::app::App;
use crate::auth::Session;
use crate::request::{Body, Ids, Page};
use crate::routes::Routes;

/// People added by one request at most.
const MOST_ADDED: usize = 256;

pub(super) fn add(routes: &mut Routes) {
    routes.on("GET", "/api/v4/users/{user_id}/teams/members", of_person);
    routes.on("GET", "/api/v4/teams/{team_id}/members", page_of);
    routes.on("POST", "/api/v4/teams/{team_id}/members", add_member);
    routes.on("POST", "/api/v4/teams/{team_id}/members/batch", add_members);
    routes.on("POST", "/api/v4/teams/{team_id}/members/ids", among);
    routes.on("GET", "/api/v4/teams/{team_id}/members/{user_id}", one);
    routes.on("DELETE", "/api/v4/teams/{team_id}/members/{user_id}", remove);
    routes.on("PUT", "/api/v4/teams/{team_id}/members/{user_id}/roles", set_names);
    routes.on("PUT", "/api/v4/teams/{team_id}/members/{user_id}/schemeRoles", set_flags);
    routes.on("POST", "/api/v4/teams/members/invite", accept);
    routes.on("GET", "/api/v4/teams/invite/{invite_id}", invitation);
}

async fn of_person(
    State(app): State<App>,
    session: Session,
    Ids([person]): Ids<1>,
) -> Answer<Json<Vec<TeamMember>>> {
    let caller = session.caller();
    let person = own(&caller, person.person(caller.user))?;
    Ok(Json(app.store().read(move |rows| team::memberships(rows, person)).await?))
}

async fn page_of(
    State(app): State<App>,
    session: Session,
    Ids([team]): Ids<1>,
    page: Page,
) -> Answer<Json<Vec<TeamMember>>> {
    let caller = session.caller();
    let team = team.thing();
    let found = app
        .store()
        .read(move |rows| {
            require_view(rows, &caller, team)?;
            let found = team::members(rows, team, page.offset(), page.per_page)?;
            only_visible(rows, &caller, found)
        })
        .await?;
    Ok(Json(found))
}

/// The places of those whom the caller sees.
fn only_visible(
    rows: &mut dyn Rows,
    caller: &Caller,
    mut found: Vec<TeamMember>,
) -> Outcome<Vec<TeamMember>> {
    if require_system(caller, Permission::ViewMembers).is_err() {
        let ids: Vec<Id> = found.iter().map(|member| member.user_id).collect();
        let seen = people::visible_among(rows, caller, &ids)?;
        found.retain(|member| seen.contains(&member.user_id));
    }
    Ok(found)
}

async fn among(
    State(app): State<App>,
    session: Session,
    Ids([team]): Ids<1>,
    Body(people): Body<Vec<Id>>,
) -> Answer<Json<Vec<TeamMember>>> {
    let caller = session.caller();
    let team = team.thing();
    if people.is_empty() {
        return Err(Failure::invalid_body("user_ids").into());
    }
    let found = app
        .store()
        .read(move |rows| {
            require_view(rows, &caller, team)?;
            let found = find::members_among(rows, team, &people)?;
            only_visible(rows, &caller, found)
        })
        .await?;
    Ok(Json(found))
}

async fn one(
    State(app): State<App>,
    session: Session,
    Ids([team, person]): Ids<2>,
) -> Answer<Json<TeamMember>> {
    let caller = session.caller();
    let (team, person) = (team.thing(), person.person(caller.user));
    let found = app
        .store()
        .read(move |rows| {
            require_view(rows, &caller, team)?;
            people::require_visible(rows, &caller, person)?;
            member(rows, team, person)?.ok_or_else(role::no_member)
        })
        .await?;
    Ok(Json(found))
}

#[derive(Deserialize)]
struct NewMember {
    #[serde(default)]
    team_id: Id,
    user_id: Id,
}

impl NewMember {
    /// A body that names a team names the one of the address.
    fn require_team(&self, team: Id) -> Result<(), Failure> {
        match self.team_id.some() {
            Some(named) if named != team => Err(Failure::invalid_body("team_id")),
            _ => Ok(()),
        }
    }
}

async fn add_member(
    State(app): State<App>,
    session: Session,
    Ids([team]): Ids<1>,
    Body(new): Body<NewMember>,
) -> Answer<Created<TeamMember>> {
    let caller = session.caller();
    let (team, person) = (team.thing(), new.user_id);
    new.require_team(team)?;
    let added = app
        .store()
        .write(&[team::members_scope(team)], move |work| member::add(work, &caller, team, person))
        .await?;
    Ok(Created(added))
}

#[derive(Deserialize)]
struct Graceful {
    graceful: Option<String>,
}

async fn add_members(
    State(app): State<App>,
    session: Session,
    Ids([team]): Ids<1>,
    Query(query): Query<Graceful>,
    Body(new): Body<Vec<NewMember>>,
) -> Answer<Response> {
    let caller = session.caller();
    let team = team.thing();
    if new.is_empty() || new.len() > MOST_ADDED {
        return Err(Failure::invalid_body("members").into());
    }
    new.iter().try_for_each(|member| member.require_team(team))?;
    let people: Vec<Id> = new.into_iter().map(|member| member.user_id).collect();
    let graceful = query.graceful.is_some_and(|graceful| graceful != "false");
    let added = app
        .store()
        .write(&[team::members_scope(team)], move |work| {
            let added = member::add_all(work, &caller, team, &people);
            match added.iter().find_map(|(_, outcome)| outcome.as_ref().err()) {
                // All of them or nobody: what was done for the others is undone.
                Some(failure) if !graceful => Err(failure.clone()),
                _ => Ok(added),
            }
        })
        .await?;
    if !graceful {
        let members: Vec<_> = added.into_iter().filter_map(|(_, outcome)| outcome.ok()).collect();
        return Ok(Created(members).into_response());
    }
    let each = added.into_iter().map(|(person, outcome)| match outcome {
        Ok(member) => json!({ "user_id": person, "member": member, "error": null }),
        Err(failure) => {
            let error: Value =
                serde_json::from_slice(&envelope(&failure, "", false)).unwrap_or_default();
            json!({ "user_id": person, "member": null, "error": error })
        }
    });
    Ok(Created(each.collect::<Vec<_>>()).into_response())
}

async fn remove(
    State(app): State<App>,
    session: Session,
    Ids([team, person]): Ids<2>,
) -> Answer<Done> {
    let caller = session.caller();
    let (team, person) = (team.thing(), person.person(caller.user));
    app.store()
        .write(&[team::members_scope(team)], move |work| {
            member::remove(work, &caller, team, person)
        })
        .await?;
    Ok(Done)
}

#[derive(Deserialize)]
struct Names {
    roles: String,
}

async fn set_names(
    State(app): State<App>,
    session: Session,
    Ids([team, person]): Ids<2>,
    Body(sent): Body<Names>,
) -> Answer<Done> {
    let caller = session.caller();
    let (team, person) = (team.thing(), person.person(caller.user));
    app.store()
        .write(&[team::members_scope(team)], move |work| {
            role::set_names(work, &caller, team, person, &sent.roles)
        })
        .await?;
    Ok(Done)
}

async fn set_flags(
    State(app): State<App>,
    session: Session,
    Ids([team, person]): Ids<2>,
    Body(sent): Body<SchemeRoles>,
) -> Answer<Done> {
    let caller = session.caller();
    let (team, person) = (team.thing(), person.person(caller.user));
    let flags = Flags::from(sent);
    app.store()
        .write(&[team::members_scope(team)], move |work| {
            role::set_flags(work, &caller, team, person, flags)
        })
        .await?;
    Ok(Done)
}

#[derive(Deserialize)]
struct Invitation {
    #[serde(default)]
    invite_id: String,
    #[serde(default)]
    token: String,
}

/// Joins the team of an invitation link, or of an invitation that was sent by mail.
async fn accept(
    State(app): State<App>,
    session: Session,
    Query(invitation): Query<Invitation>,
) -> Answer<Created<TeamMember>> {
    let caller = session.caller();
    if !invitation.token.is_empty() {
        let (now, token) = (app.now(), invitation.token.clone());
        let proof = app.store().read(move |rows| invitations::find(rows, &token, now)).await?;
        let joined = app
            .store()
            .write(&[proof.scope()], move |work| {
                let now = work.now();
                let proof = invitations::find(work, &invitation.token, now)?;
                invitations::accept(work, caller.user, &proof)
            })
            .await?;
        return Ok(Created(joined));
    }
    if invitation.invite_id.is_empty() {
        return Err(Failure::invalid(
            "api.team.add_user_to_team.missing_parameter.app_error",
            "Parameter required to add user to team.",
        )
        .into());
    }
    let joined = app
        .store()
        .write(&[], move |work| member::accept(work, &caller, &invitation.invite_id))
        .await?;
    Ok(Created(joined))
}

/// What somebody with an invitation link sees before they have an account.
async fn invitation(State(app): State<App>, Path(invite_id): Path<String>) -> Answer<Json<Value>> {
    let team = app
        .store()
        .read(move |rows| find::by_invite(rows, &invite_id)?.ok_or_else(member::no_invite))
        .await?;
    if team.kind != "O" {
        return Err(Failure::new(
            FailureKind::Forbidden,
            "api.team.get_invite_info.not_open_team",
            "Invite is invalid because this is not an open team.",
        )
        .into());
    }
    Ok(Json(json!({
        "id": team.id,
        "name": team.name,
        "display_name": team.display_name,
        "description": team.description,
    })))
}
