//! Single people, and people by name.

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use fieldpost_access::{Caller, Permission, require_system};
use fieldpost_chat::people;
use fieldpost_identity::{account, terms};
use fieldpost_kernel::{Failure, Outcome, Rows};
use fieldpost_model::{Id, User};
use serde::Deserialize;

use super::{list_view, seen_by};
use crate::answer::{Answer, Json};
use crate::app::App;
use crate::auth::Session;
use crate::request::{Body, Ids};
use crate::routes::Routes;
use crate::tag::tagged;

pub(super) fn add(routes: &mut Routes) {
    routes.on("GET", "/api/v4/users/{user_id}", one);
    routes.on("GET", "/api/v4/users/username/{username}", by_username);
    routes.on("GET", "/api/v4/users/email/{email}", by_email);
    routes.on("POST", "/api/v4/users/ids", by_ids);
    routes.on("POST", "/api/v4/users/usernames", by_usernames);
}

async fn one(
    State(app): State<App>,
    session: Session,
    headers: HeaderMap,
    Ids([id]): Ids<1>,
) -> Answer<Response> {
    let caller = session.caller();
    let id = id.person(caller.user);
    let user = app
        .store()
        .read(move |rows| {
            let found = account::by_id(rows, id);
            visible(rows, &caller, found)
        })
        .await?;
    tagged(&headers, &seen_by(&session, user))
}

async fn by_username(
    State(app): State<App>,
    session: Session,
    headers: HeaderMap,
    Path(name): Path<String>,
) -> Answer<Response> {
    let caller = session.caller();
    let user = app
        .store()
        .read(move |rows| {
            let found = account::by_username(rows, &name);
            visible(rows, &caller, found)
        })
        .await?;
    tagged(&headers, &seen_by(&session, user))
}

async fn by_email(
    State(app): State<App>,
    session: Session,
    headers: HeaderMap,
    Path(email): Path<String>,
) -> Answer<Response> {
    let caller = session.caller();
    let user = app
        .store()
        .read(move |rows| {
            let found = account::by_email(rows, &email);
            visible(rows, &caller, found)
        })
        .await?;
    tagged(&headers, &seen_by(&session, user))
}

/// The person, if there is one whom the caller may see. Whoever does not see everybody is not
/// told whether a person exists.
fn visible(rows: &mut dyn Rows, caller: &Caller, user: Outcome<Option<User>>) -> Outcome<User> {
    let user = user?;
    let id = user.as_ref().map_or(Id::NONE, |user| user.id);
    if user.is_some() || require_system(caller, Permission::ViewMembers).is_err() {
        people::require_visible(rows, caller, id)?;
    }
    let mut user = user.ok_or_else(account::no_account)?;
    terms::mark(rows, &mut user)?;
    Ok(user)
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Since {
    since: Option<String>,
}

async fn by_ids(
    State(app): State<App>,
    session: Session,
    axum::extract::Query(query): axum::extract::Query<Since>,
    Body(ids): Body<Vec<String>>,
) -> Answer<Json<Vec<User>>> {
    if ids.is_empty() {
        return Err(Failure::invalid_body("user_ids").into());
    }
    let since = match query.since.as_deref() {
        None | Some("") => 0,
        Some(text) => text.parse::<i64>().map_err(|_| Failure::invalid_url("since"))?,
    };
    let ids: Vec<Id> = ids.iter().filter_map(|id| id.parse().ok()).collect();
    let caller = session.caller();
    let users = app
        .store()
        .read(move |rows| {
            let users = account::by_ids(rows, &ids)?;
            only_visible(rows, &caller, users)
        })
        .await?;
    let view = list_view(&session);
    let newer = users.into_iter().filter(|user| since == 0 || user.update_at > since);
    Ok(Json(newer.map(|user| user.sanitized(view)).collect()))
}

async fn by_usernames(
    State(app): State<App>,
    session: Session,
    Body(names): Body<Vec<String>>,
) -> Answer<Json<Vec<User>>> {
    if names.is_empty() {
        return Err(Failure::invalid_body("usernames").into());
    }
    let caller = session.caller();
    let users = app
        .store()
        .read(move |rows| {
            let users = account::by_usernames(rows, &names)?;
            only_visible(rows, &caller, users)
        })
        .await?;
    let view = list_view(&session);
    Ok(Json(users.into_iter().map(|user| user.sanitized(view)).collect()))
}

/// Those whom the caller may see.
fn only_visible(rows: &mut dyn Rows, caller: &Caller, users: Vec<User>) -> Outcome<Vec<User>> {
    if require_system(caller, Permission::ViewMembers).is_ok() {
        return Ok(users);
    }
    let ids: Vec<Id> = users.iter().map(|user| user.id).collect();
    let seen = people::visible_among(rows, caller, &ids)?;
    Ok(users.into_iter().filter(|user| seen.contains(&user.id)).collect())
}
