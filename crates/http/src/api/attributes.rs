//! Fields that a site adds to everybody's profile, and what stands in them.

use axum::extract::State;
use fieldpost_chat::people;
use fieldpost_identity::account::{self, site_scope};
use fieldpost_identity::attribute::{self, FieldPatch, NewField, Values};
use fieldpost_model::{Id, ProfileField};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::{Answer, Created, Done, Json};
use crate::app::App;
use crate::auth::Session;
use crate::request::{Body, Ids};
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    routes.on("GET", "/api/v4/custom_profile_attributes/fields", fields);
    routes.on("POST", "/api/v4/custom_profile_attributes/fields", create);
    routes.on("PATCH", "/api/v4/custom_profile_attributes/fields/{field_id}", patch);
    routes.on("DELETE", "/api/v4/custom_profile_attributes/fields/{field_id}", remove);
    routes.on("GET", "/api/v4/custom_profile_attributes/group", group);
    routes.on("PATCH", "/api/v4/custom_profile_attributes/values", set_own);
    routes.on("GET", "/api/v4/users/{user_id}/custom_profile_attributes", values);
    routes.on("PATCH", "/api/v4/users/{user_id}/custom_profile_attributes", set);
}

async fn fields(State(app): State<App>, _: Session) -> Answer<Json<Vec<ProfileField>>> {
    Ok(Json(app.store().read(attribute::list).await?))
}

async fn create(
    State(app): State<App>,
    session: Session,
    Body(new): Body<NewField>,
) -> Answer<Created<ProfileField>> {
    let caller = session.caller();
    let made = app
        .store()
        .write(&[attribute::scope()], move |work| attribute::create(work, &caller, &new))
        .await?;
    Ok(Created(made))
}

async fn patch(
    State(app): State<App>,
    session: Session,
    Ids([field]): Ids<1>,
    Body(patch): Body<FieldPatch>,
) -> Answer<Json<ProfileField>> {
    let (caller, field) = (session.caller(), field.thing());
    let changed = app
        .store()
        .write(&[attribute::scope()], move |work| attribute::patch(work, &caller, field, &patch))
        .await?;
    Ok(Json(changed))
}

async fn remove(State(app): State<App>, session: Session, Ids([field]): Ids<1>) -> Answer<Done> {
    let (caller, field) = (session.caller(), field.thing());
    app.store()
        .write(&[attribute::scope()], move |work| attribute::remove(work, &caller, field))
        .await?;
    Ok(Done)
}

/// All such fields are one group.
async fn group(_: Session) -> Json<Value> {
    Json(json!({ "id": attribute::scope().id }))
}

async fn values(
    State(app): State<App>,
    session: Session,
    Ids([person]): Ids<1>,
) -> Answer<Json<Values>> {
    let caller = session.caller();
    let person = person.person(caller.user);
    let found = app
        .store()
        .read(move |rows| {
            people::require_visible(rows, &caller, person)?;
            account::by_id(rows, person)?.ok_or_else(account::no_account)?;
            attribute::of_person(rows, person)
        })
        .await?;
    Ok(Json(found))
}

/// Values as clients send them: by the ids of their fields, or as a list.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Wished {
    ById(Values),
    List(Vec<OneValue>),
}

#[derive(Debug, Deserialize)]
struct OneValue {
    id: Id,
    value: Value,
}

impl Wished {
    fn values(self) -> Values {
        match self {
            Self::ById(values) => values,
            Self::List(list) => list.into_iter().map(|one| (one.id, one.value)).collect(),
        }
    }
}

async fn set_own(
    State(app): State<App>,
    session: Session,
    Body(wished): Body<Wished>,
) -> Answer<Json<Values>> {
    let me = session.caller().user;
    write(&app, &session, me, wished).await
}

async fn set(
    State(app): State<App>,
    session: Session,
    Ids([person]): Ids<1>,
    Body(wished): Body<Wished>,
) -> Answer<Json<Values>> {
    let person = person.person(session.caller().user);
    write(&app, &session, person, wished).await
}

async fn write(app: &App, session: &Session, person: Id, wished: Wished) -> Answer<Json<Values>> {
    let (caller, wished) = (session.caller(), wished.values());
    // Fields must not change while values are measured by them.
    let scopes = [attribute::scope(), site_scope(person)];
    let set = app
        .store()
        .write(&scopes, move |work| attribute::set(work, &caller, person, &wished))
        .await?;
    Ok(Json(set))
}
