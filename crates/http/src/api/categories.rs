//! Sidebar categories.

use axum::extract::{Path, State};
use fieldpost_chat::sidebar::update::{self, Of};
use fieldpost_kernel::{Failure, Outcome};
use fieldpost_model::{Id, SidebarCategory, looks_like_id};
use serde_json::{Value, json};

use super::preferences::person;
use crate::answer::{Answer, Done, Json};
use crate::app::App;
use crate::auth::Session;
use crate::request::{Body, Ids, PathId};
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    let all_of = "/api/v4/users/{user_id}/teams/{team_id}/channels/categories";
    routes.on("GET", all_of, all);
    routes.on("POST", all_of, create);
    routes.on("PUT", all_of, update_all);
    routes.on("GET", &format!("{all_of}/order"), order);
    routes.on("PUT", &format!("{all_of}/order"), reorder);
    routes.on("GET", &format!("{all_of}/{{category_id}}"), one);
    routes.on("PUT", &format!("{all_of}/{{category_id}}"), update_one);
    routes.on("DELETE", &format!("{all_of}/{{category_id}}"), delete);
}

fn of(session: &Session, who: PathId, team: PathId) -> Of {
    Of { person: who.person(session.caller().user), team: team.thing() }
}

/// The sidebar of a path that ends with a category, whose id is not always one of ours.
fn of_texts(session: &Session, who: &str, team: &str) -> Outcome<Of> {
    let person = person(who, session.caller().user)?;
    if !looks_like_id(team) {
        return Err(Failure::invalid_url("team_id"));
    }
    Ok(Of { person, team: team.parse().unwrap_or(Id::from_bytes([0xff; 16])) })
}

async fn all(
    State(app): State<App>,
    session: Session,
    Ids([who, team]): Ids<2>,
) -> Answer<Json<Value>> {
    let caller = session.caller();
    let of = of(&session, who, team);
    let found = app.store().read(move |rows| update::seen(rows, &caller, of)).await?;
    Ok(Json(json!({ "order": found.order(), "categories": found.categories })))
}

async fn order(
    State(app): State<App>,
    session: Session,
    Ids([who, team]): Ids<2>,
) -> Answer<Json<Vec<String>>> {
    let caller = session.caller();
    let of = of(&session, who, team);
    let found = app.store().read(move |rows| update::seen(rows, &caller, of)).await?;
    Ok(Json(found.order()))
}

async fn one(
    State(app): State<App>,
    session: Session,
    Path((who, team, id)): Path<(String, String, String)>,
) -> Answer<Json<SidebarCategory>> {
    let caller = session.caller();
    let of = of_texts(&session, &who, &team)?;
    let found =
        app.store().read(move |rows| update::seen(rows, &caller, of)?.find(&id).cloned()).await?;
    Ok(Json(found))
}

async fn create(
    State(app): State<App>,
    session: Session,
    Ids([who, team]): Ids<2>,
    Body(sent): Body<SidebarCategory>,
) -> Answer<Json<SidebarCategory>> {
    let caller = session.caller();
    let of = of(&session, who, team);
    if (sent.user_id, sent.team_id) != (of.person, of.team) {
        return Err(Failure::invalid_body("category").into());
    }
    let made = app.store().write(&[], move |work| update::create(work, &caller, of, &sent)).await?;
    Ok(Json(made))
}

async fn update_all(
    State(app): State<App>,
    session: Session,
    Ids([who, team]): Ids<2>,
    Body(sent): Body<Vec<SidebarCategory>>,
) -> Answer<Json<Vec<SidebarCategory>>> {
    let caller = session.caller();
    let of = of(&session, who, team);
    let changed =
        app.store().write(&[], move |work| update::update(work, &caller, of, &sent)).await?;
    Ok(Json(changed))
}

async fn update_one(
    State(app): State<App>,
    session: Session,
    Path((who, team, id)): Path<(String, String, String)>,
    Body(sent): Body<SidebarCategory>,
) -> Answer<Json<Option<SidebarCategory>>> {
    let caller = session.caller();
    let of = of_texts(&session, &who, &team)?;
    if (sent.user_id, sent.team_id) != (of.person, of.team) {
        return Err(Failure::invalid_body("category").into());
    }
    let sent = [SidebarCategory { id, ..sent }];
    let changed =
        app.store().write(&[], move |work| update::update(work, &caller, of, &sent)).await?;
    Ok(Json(changed.into_iter().next()))
}

async fn reorder(
    State(app): State<App>,
    session: Session,
    Ids([who, team]): Ids<2>,
    Body(sent): Body<Vec<String>>,
) -> Answer<Json<Vec<String>>> {
    let caller = session.caller();
    let of = of(&session, who, team);
    let order = app.store().write(&[], move |work| update::order(work, &caller, of, &sent)).await?;
    Ok(Json(order))
}

async fn delete(
    State(app): State<App>,
    session: Session,
    Path((who, team, id)): Path<(String, String, String)>,
) -> Answer<Done> {
    let caller = session.caller();
    let of = of_texts(&session, &who, &team)?;
    app.store().write(&[], move |work| update::delete(work, &caller, of, &id)).await?;
    Ok(Done)
}
