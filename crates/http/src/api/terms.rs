//! The site's own terms of service, and who accepted them.

use axum::extract::State;
use fieldpost_identity::account::site_scope;
use fieldpost_identity::terms;
use fieldpost_kernel::Failure;
use fieldpost_model::{Id, TermsAcceptance, TermsOfService};
use serde::Deserialize;
use serde_json::Value;

use crate::answer::{Answer, Done, Json};
use crate::app::App;
use crate::auth::Session;
use crate::request::{Body, Ids};
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    routes.on("GET", "/api/v4/terms_of_service", latest);
    routes.on("POST", "/api/v4/terms_of_service", make);
    routes.on("GET", "/api/v4/users/{user_id}/terms_of_service", accepted);
    routes.on("POST", "/api/v4/users/{user_id}/terms_of_service", answer);
}

async fn latest(State(app): State<App>, _: Session) -> Answer<Json<TermsOfService>> {
    let found = app.store().read(terms::latest).await?;
    Ok(Json(found.ok_or_else(terms::no_terms)?))
}

#[derive(Debug, Deserialize)]
struct New {
    #[serde(default)]
    text: String,
}

async fn make(
    State(app): State<App>,
    session: Session,
    Body(new): Body<New>,
) -> Answer<Json<TermsOfService>> {
    let caller = session.caller();
    let made = app
        .store()
        .write(&[terms::scope()], move |work| terms::make(work, &caller, &new.text))
        .await?;
    Ok(Json(made))
}

async fn accepted(
    State(app): State<App>,
    session: Session,
    Ids([person]): Ids<1>,
) -> Answer<Json<TermsAcceptance>> {
    let caller = session.caller();
    let person = person.person(caller.user);
    Ok(Json(app.store().read(move |rows| terms::accepted(rows, &caller, person)).await?))
}

/// Some clients say whether they accept as a text.
#[derive(Debug, Deserialize)]
struct Decision {
    #[serde(alias = "serviceTermsId", rename = "termsOfServiceId")]
    terms: Id,
    accepted: Value,
}

/// Whoever is named in the address, it is the caller who accepts or refuses.
async fn answer(
    State(app): State<App>,
    session: Session,
    Ids([_person]): Ids<1>,
    Body(decision): Body<Decision>,
) -> Answer<Done> {
    let accepted = match &decision.accepted {
        Value::Bool(accepted) => *accepted,
        Value::String(text) if text == "true" => true,
        Value::String(text) if text == "false" => false,
        _ => return Err(Failure::invalid_body("accepted").into()),
    };
    let (caller, id) = (session.caller(), decision.terms);
    app.store()
        .write(&[site_scope(caller.user)], move |work| terms::answer(work, &caller, id, accepted))
        .await?;
    Ok(Done)
}
