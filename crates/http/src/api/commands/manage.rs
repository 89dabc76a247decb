//! Managing the commands of teams.

use axum::extract::State;
use fieldpost_chat::command::custom;
use fieldpost_kernel::{Failure, Work};
use fieldpost_model::{Command, Id};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::{Answer, Created, Done, Json};
use crate::api::posts::query::Parameters;
use crate::app::App;
use crate::auth::Session;
use crate::request::{Body, Ids};
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    let one = "/api/v4/commands/{command_id}";
    routes.on("GET", "/api/v4/commands", list);
    routes.on("POST", "/api/v4/commands", create);
    routes.on("GET", one, get);
    routes.on("PUT", one, update);
    routes.on("DELETE", one, delete);
    routes.on("PUT", &format!("{one}/move"), move_to);
    routes.on("PUT", &format!("{one}/regen_token"), renew_token);
}

async fn list(
    State(app): State<App>,
    session: Session,
    query: Parameters,
) -> Answer<Json<Vec<Command>>> {
    let caller = session.caller();
    let team = query.id("team_id")?.ok_or_else(|| Failure::invalid_url("team_id"))?;
    let only_custom = query.flag("custom_only");
    let found = app.store().read(move |rows| custom::list(rows, &caller, team, only_custom));
    Ok(Json(found.await?))
}

async fn create(
    State(app): State<App>,
    session: Session,
    Body(new): Body<Command>,
) -> Answer<Created<Command>> {
    let caller = session.caller();
    let create = move |work: &mut Work<'_>| custom::create(work, &caller, &new);
    Ok(Created(app.store().write(&[custom::scope()], create).await?))
}

async fn get(State(app): State<App>, session: Session, Ids([id]): Ids<1>) -> Answer<Json<Command>> {
    let (caller, id) = (session.caller(), id.thing());
    Ok(Json(app.store().read(move |rows| custom::one(rows, &caller, id)).await?))
}

async fn update(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
    Body(sent): Body<Command>,
) -> Answer<Json<Command>> {
    let (caller, id) = (session.caller(), id.thing());
    if sent.id != id {
        return Err(Failure::invalid_body("command").into());
    }
    let update = move |work: &mut Work<'_>| custom::update(work, &caller, id, &sent);
    Ok(Json(app.store().write(&[custom::scope()], update).await?))
}

async fn delete(State(app): State<App>, session: Session, Ids([id]): Ids<1>) -> Answer<Done> {
    let (caller, id) = (session.caller(), id.thing());
    let delete = move |work: &mut Work<'_>| custom::delete(work, &caller, id);
    app.store().write(&[custom::scope()], delete).await?;
    Ok(Done)
}

#[derive(Deserialize)]
struct Destination {
    team_id: Id,
}

async fn move_to(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
    Body(to): Body<Destination>,
) -> Answer<Done> {
    let (caller, id) = (session.caller(), id.thing());
    let move_to = move |work: &mut Work<'_>| custom::move_to(work, &caller, id, to.team_id);
    app.store().write(&[custom::scope()], move_to).await?;
    Ok(Done)
}

async fn renew_token(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
) -> Answer<Json<Value>> {
    let (caller, id) = (session.caller(), id.thing());
    let renew = move |work: &mut Work<'_>| custom::renew_token(work, &caller, id);
    let renewed = app.store().write(&[custom::scope()], renew).await?;
    Ok(Json(json!({ "token": renewed.token })))
}
