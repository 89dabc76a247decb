//! Personal access tokens.

use axum::extract::State;
use fieldpost_access::Caller;
use fieldpost_identity::token;
use fieldpost_kernel::Failure;
use fieldpost_model::{Id, UserAccessToken};
use serde::Deserialize;

use crate::answer::{Answer, Done, Json};
use crate::app::App;
use crate::auth::{Session, not_by_an_app};
use crate::origin::{By, Origin};
use crate::request::{Body, Ids, Page};
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    routes.on("POST", "/api/v4/users/{user_id}/tokens", create);
    routes.on("GET", "/api/v4/users/{user_id}/tokens", of_person);
    routes.on("GET", "/api/v4/users/tokens", all);
    routes.on("GET", "/api/v4/users/tokens/{token_id}", one);
    routes.on("POST", "/api/v4/users/tokens/search", search);
    routes.on("POST", "/api/v4/users/tokens/revoke", revoke);
    routes.on("POST", "/api/v4/users/tokens/disable", disable);
    routes.on("POST", "/api/v4/users/tokens/enable", enable);
}

#[derive(Deserialize)]
struct New {
    #[serde(default)]
    description: String,
}

async fn create(
    State(app): State<App>,
    session: Session,
    origin: Origin,
    Ids([person]): Ids<1>,
    Body(new): Body<New>,
) -> Answer<Json<UserAccessToken>> {
    not_by_an_app(&session.0)?;
    let caller = session.caller();
    let person = person.person(caller.user);
    let by = origin.by(&session.0);
    let made = app
        .store()
        .write(&[], move |work| {
            let made = token::create(work, &caller, person, &new.description)?;
            by.note(work, person, &format!("success - token_id={}", made.id))?;
            Ok(made)
        })
        .await?;
    Ok(Json(made))
}

async fn of_person(
    State(app): State<App>,
    session: Session,
    Ids([person]): Ids<1>,
    page: Page,
) -> Answer<Json<Vec<UserAccessToken>>> {
    let caller = session.caller();
    let person = person.person(caller.user);
    let page = (page.offset(), page.per_page);
    let found =
        app.store().read(move |rows| token::of_account(rows, &caller, person, page)).await?;
    Ok(Json(found))
}

async fn all(
    State(app): State<App>,
    session: Session,
    page: Page,
) -> Answer<Json<Vec<UserAccessToken>>> {
    let caller = session.caller();
    let page = (page.offset(), page.per_page);
    Ok(Json(app.store().read(move |rows| token::all(rows, &caller, page)).await?))
}

async fn one(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
) -> Answer<Json<UserAccessToken>> {
    let caller = session.caller();
    Ok(Json(app.store().read(move |rows| token::one(rows, &caller, id.thing())).await?))
}

#[derive(Deserialize)]
struct Term {
    #[serde(default)]
    term: String,
}

async fn search(
    State(app): State<App>,
    session: Session,
    Body(body): Body<Term>,
) -> Answer<Json<Vec<UserAccessToken>>> {
    if body.term.is_empty() {
        return Err(Failure::invalid_body("term").into());
    }
    let caller = session.caller();
    Ok(Json(app.store().read(move |rows| token::search(rows, &caller, &body.term)).await?))
}

#[derive(Deserialize)]
struct Named {
    #[serde(default)]
    token_id: String,
}

impl Named {
    fn id(&self) -> Answer<Id> {
        Ok(self.token_id.parse().map_err(|_| Failure::invalid_body("token_id"))?)
    }
}

async fn revoke(
    State(app): State<App>,
    session: Session,
    origin: Origin,
    Body(named): Body<Named>,
) -> Answer<Done> {
    let (caller, id) = (session.caller(), named.id()?);
    let by = origin.by(&session.0);
    let owner = app
        .store()
        .write(&[], move |work| {
            let owner = token::revoke(work, &caller, id)?;
            by.note(work, owner, &format!("success - token_id={id}"))?;
            Ok(owner)
        })
        .await?;
    app.forget_sessions(owner);
    Ok(Done)
}

async fn disable(
    State(app): State<App>,
    session: Session,
    origin: Origin,
    Body(named): Body<Named>,
) -> Answer<Done> {
    set_active(&app, origin.by(&session.0), (session.caller(), named.id()?), false).await
}

async fn enable(
    State(app): State<App>,
    session: Session,
    origin: Origin,
    Body(named): Body<Named>,
) -> Answer<Done> {
    not_by_an_app(&session.0)?;
    set_active(&app, origin.by(&session.0), (session.caller(), named.id()?), true).await
}

async fn set_active(app: &App, by: By, (caller, id): (Caller, Id), active: bool) -> Answer<Done> {
    let owner = app
        .store()
        .write(&[], move |work| {
            let owner = token::set_active(work, &caller, id, active)?;
            by.note(work, owner, &format!("success - token_id={id}"))?;
            Ok(owner)
        })
        .await?;
    app.forget_sessions(owner);
    Ok(Done)
}
