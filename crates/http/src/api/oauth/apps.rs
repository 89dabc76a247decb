//! Making, changing and listing apps.

use axum::extract::State;
use axum::response::Response;
use fieldpost_identity::oauth::{app as apps, consent, scope};
use fieldpost_kernel::Failure;
use fieldpost_model::OAuthApp;

use super::{require_no_app, require_provider, secret};
use crate::answer::{Answer, Created, Done, Json};
use crate::app::App;
use crate::auth::Session;
use crate::origin::Origin;
use crate::request::{Body, Ids, Page};
use crate::routes::Routes;

/// What is said where the site is no provider.
const OFF: &str = "api.oauth.register_oauth_app.turn_off.app_error";

pub(super) fn add(routes: &mut Routes) {
    routes.on("GET", "/api/v4/oauth/apps", list);
    routes.on("POST", "/api/v4/oauth/apps", create);
    routes.on("GET", "/api/v4/oauth/apps/{app_id}", one);
    routes.on("PUT", "/api/v4/oauth/apps/{app_id}", update);
    routes.on("DELETE", "/api/v4/oauth/apps/{app_id}", delete);
    routes.on("GET", "/api/v4/oauth/apps/{app_id}/info", info);
    routes.on("POST", "/api/v4/oauth/apps/{app_id}/regen_secret", regenerate);
    routes.on("GET", "/api/v4/users/{user_id}/oauth/apps/authorized", authorized);
}

async fn list(State(app): State<App>, session: Session, page: Page) -> Answer<Json<Vec<OAuthApp>>> {
    require_provider(&app, OFF)?;
    let caller = session.caller();
    let page = (page.offset(), page.per_page);
    Ok(Json(app.store().read(move |rows| apps::list(rows, &caller, page)).await?))
}

async fn create(
    State(app): State<App>,
    session: Session,
    origin: Origin,
    Body(new): Body<OAuthApp>,
) -> Answer<Response> {
    require_provider(&app, OFF)?;
    require_no_app(&session.0)?;
    let caller = session.caller();
    let by = origin.by(&session.0);
    let made = app
        .store()
        .write(&[], move |work| {
            let made = apps::create(work, &caller, &new)?;
            by.note_own(work, &format!("success - app_id={}", made.id))?;
            Ok(made)
        })
        .await?;
    Ok(secret(Created(made)))
}

async fn one(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
) -> Answer<Json<OAuthApp>> {
    require_provider(&app, OFF)?;
    let caller = session.caller();
    Ok(Json(app.store().read(move |rows| apps::one(rows, &caller, id.thing())).await?))
}

/// What everybody may know who is asked to let the app in.
async fn info(State(app): State<App>, _: Session, Ids([id]): Ids<1>) -> Answer<Json<OAuthApp>> {
    require_provider(&app, OFF)?;
    Ok(Json(app.store().read(move |rows| apps::find(rows, id.thing())).await?))
}

async fn update(
    State(app): State<App>,
    session: Session,
    origin: Origin,
    Ids([id]): Ids<1>,
    Body(new): Body<OAuthApp>,
) -> Answer<Json<OAuthApp>> {
    require_provider(&app, OFF)?;
    require_no_app(&session.0)?;
    let (caller, id) = (session.caller(), id.thing());
    if new.id != id {
        return Err(Failure::invalid_body("app_id").into());
    }
    let by = origin.by(&session.0);
    let changed = app
        .store()
        .write(&[scope(id)], move |work| {
            let changed = apps::update(work, &caller, id, &new)?;
            by.note_own(work, &format!("success - app_id={id}"))?;
            Ok(changed)
        })
        .await?;
    Ok(Json(changed))
}

async fn regenerate(
    State(app): State<App>,
    session: Session,
    origin: Origin,
    Ids([id]): Ids<1>,
) -> Answer<Response> {
    require_provider(&app, OFF)?;
    require_no_app(&session.0)?;
    let (caller, id) = (session.caller(), id.thing());
    let by = origin.by(&session.0);
    let changed = app
        .store()
        .write(&[scope(id)], move |work| {
            let changed = apps::regenerate(work, &caller, id)?;
            by.note_own(work, &format!("success - app_id={id}"))?;
            Ok(changed)
        })
        .await?;
    Ok(secret(Json(changed)))
}

async fn delete(
    State(app): State<App>,
    session: Session,
    origin: Origin,
    Ids([id]): Ids<1>,
) -> Answer<Done> {
    require_provider(&app, OFF)?;
    require_no_app(&session.0)?;
    let (caller, id) = (session.caller(), id.thing());
    let by = origin.by(&session.0);
    let people = app
        .store()
        .write(&[scope(id)], move |work| {
            let people = apps::delete(work, &caller, id)?;
            by.note_own(work, &format!("success - app_id={id}"))?;
            Ok(people)
        })
        .await?;
    people.into_iter().for_each(|person| app.forget_sessions(person));
    Ok(Done)
}

async fn authorized(
    State(app): State<App>,
    session: Session,
    Ids([person]): Ids<1>,
    page: Page,
) -> Answer<Json<Vec<OAuthApp>>> {
    require_provider(&app, OFF)?;
    let caller = session.caller();
    let person = person.person(caller.user);
    let page = (page.offset(), page.per_page);
    Ok(Json(app.store().read(move |rows| consent::of_person(rows, &caller, person, page)).await?))
}
