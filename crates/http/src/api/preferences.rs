//! Preferences: what people set in their clients.

use axum::extract::{Path, State};
use fieldpost_chat::facts;
use fieldpost_chat::preference::{self, update};
use fieldpost_kernel::{Failure, Outcome};
use fieldpost_model::{Id, Preference, looks_like_id};

use crate::answer::{Answer, Done, Json};
use crate::app::App;
use crate::auth::Session;
use crate::request::{Body, Ids};
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    let of_person = "/api/v4/users/{user_id}/preferences";
    routes.on("GET", of_person, all);
    routes.on("PUT", of_person, write);
    routes.on("POST", &format!("{of_person}/delete"), delete);
    routes.on("GET", &format!("{of_person}/{{category}}"), of_category);
    routes.on("GET", &format!("{of_person}/{{category}}/name/{{preference_name}}"), one);
}

/// The person of a path that has more than ids in it.
pub(super) fn person(text: &str, me: Id) -> Outcome<Id> {
    match text {
        "me" => Ok(me),
        _ if looks_like_id(text) => Ok(text.parse().unwrap_or(Id::from_bytes([0xff; 16]))),
        _ => Err(Failure::invalid_url("user_id")),
    }
}

async fn read(
    app: &App,
    session: &Session,
    person: Id,
    category: Option<String>,
) -> Outcome<Vec<Preference>> {
    let caller = session.caller();
    app.store()
        .read(move |rows| {
            facts::require_person(rows, &caller, person)?;
            preference::all(rows, person, category.as_deref())
        })
        .await
}

async fn all(
    State(app): State<App>,
    session: Session,
    Ids([who]): Ids<1>,
) -> Answer<Json<Vec<Preference>>> {
    let who = who.person(session.caller().user);
    Ok(Json(read(&app, &session, who, None).await?))
}

async fn of_category(
    State(app): State<App>,
    session: Session,
    Path((who, category)): Path<(String, String)>,
) -> Answer<Json<Vec<Preference>>> {
    let who = person(&who, session.caller().user)?;
    let found = read(&app, &session, who, Some(category)).await?;
    if found.is_empty() {
        return Err(Failure::not_found(
            "app.preference.get_category.app_error",
            "There are no preferences of that category.",
        )
        .into());
    }
    Ok(Json(found))
}

async fn one(
    State(app): State<App>,
    session: Session,
    Path((who, category, name)): Path<(String, String, String)>,
) -> Answer<Json<Preference>> {
    let who = person(&who, session.caller().user)?;
    let found = read(&app, &session, who, Some(category)).await?;
    let found = found.into_iter().find(|preference| preference.name == name);
    found.map(Json).ok_or_else(|| {
        Failure::invalid("app.preference.get.app_error", "There is no such preference.").into()
    })
}

async fn write(
    State(app): State<App>,
    session: Session,
    Ids([who]): Ids<1>,
    Body(sent): Body<Vec<Preference>>,
) -> Answer<Done> {
    let caller = session.caller();
    let who = who.person(caller.user);
    app.store().write(&[], move |work| update::write(work, &caller, who, &sent)).await?;
    Ok(Done)
}

async fn delete(
    State(app): State<App>,
    session: Session,
    Ids([who]): Ids<1>,
    Body(sent): Body<Vec<Preference>>,
) -> Answer<Done> {
    let caller = session.caller();
    let who = who.person(caller.user);
    app.store().write(&[], move |work| update::delete(work, &caller, who, &sent)).await?;
    Ok(Done)
}
