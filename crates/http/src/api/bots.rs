//! Bots.

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use fieldpost_identity::bot::{self, BotPatch, Listing};
use fieldpost_kernel::Failure;
use fieldpost_model::{Bot, Id};
use serde::Deserialize;

use crate::answer::{Answer, Created, Json};
use crate::app::App;
use crate::auth::Session;
use crate::request::{Body, Ids, Page};
use crate::routes::Routes;
use crate::tag::tagged;

pub(super) fn add(routes: &mut Routes) {
    routes.on("POST", "/api/v4/bots", create);
    routes.on("GET", "/api/v4/bots", list);
    routes.on("GET", "/api/v4/bots/{bot_user_id}", one);
    routes.on("PUT", "/api/v4/bots/{bot_user_id}", update);
    routes.on("POST", "/api/v4/bots/{bot_user_id}/disable", disable);
    routes.on("POST", "/api/v4/bots/{bot_user_id}/enable", enable);
    routes.on("POST", "/api/v4/bots/{bot_user_id}/assign/{user_id}", assign);
}

async fn create(
    State(app): State<App>,
    session: Session,
    Body(new): Body<BotPatch>,
) -> Answer<Created<Bot>> {
    if new.username.is_none() {
        return Err(Failure::invalid_body("username").into());
    }
    let caller = session.caller();
    Ok(Created(app.store().write(&[], move |work| bot::create(work, &caller, &new)).await?))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Which {
    include_deleted: String,
    only_orphaned: String,
}

async fn list(
    State(app): State<App>,
    session: Session,
    headers: HeaderMap,
    Query(which): Query<Which>,
    page: Page,
) -> Answer<Response> {
    let caller = session.caller();
    let listing = Listing {
        disabled_too: which.include_deleted == "true",
        only_orphaned: which.only_orphaned == "true",
        offset: page.offset(),
        limit: page.per_page,
    };
    let bots = app.store().read(move |rows| bot::list(rows, &caller, &listing)).await?;
    tagged(&headers, &bots)
}

async fn one(
    State(app): State<App>,
    session: Session,
    headers: HeaderMap,
    Ids([id]): Ids<1>,
    Query(which): Query<Which>,
) -> Answer<Response> {
    let caller = session.caller();
    let disabled_too = which.include_deleted == "true";
    let bot =
        app.store().read(move |rows| bot::one(rows, &caller, id.thing(), disabled_too)).await?;
    tagged(&headers, &bot)
}

async fn update(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
    Body(patch): Body<BotPatch>,
) -> Answer<Json<Bot>> {
    let caller = session.caller();
    let bot =
        app.store().write(&[], move |work| bot::update(work, &caller, id.thing(), &patch)).await?;
    Ok(Json(bot))
}

async fn disable(State(app): State<App>, session: Session, Ids([id]): Ids<1>) -> Answer<Json<Bot>> {
    set_enabled(&app, &session, id.thing(), false).await
}

async fn enable(State(app): State<App>, session: Session, Ids([id]): Ids<1>) -> Answer<Json<Bot>> {
    set_enabled(&app, &session, id.thing(), true).await
}

async fn set_enabled(app: &App, session: &Session, id: Id, enabled: bool) -> Answer<Json<Bot>> {
    let caller = session.caller();
    let bot = app.store().write(&[], move |work| bot::enable(work, &caller, id, enabled)).await?;
    app.forget_sessions(id);
    Ok(Json(bot))
}

async fn assign(
    State(app): State<App>,
    session: Session,
    Ids([id, owner]): Ids<2>,
) -> Answer<Json<Bot>> {
    let caller = session.caller();
    let (id, owner) = (id.thing(), owner.person(caller.user));
    let bot = app.store().write(&[], move |work| bot::assign(work, &caller, id, owner)).await?;
    Ok(Json(bot))
}
