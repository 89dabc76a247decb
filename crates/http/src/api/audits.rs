//! What was done to accounts.

use axum::extract::State;
use fieldpost_identity::audit;
use fieldpost_model::Audit;

use crate::answer::{Answer, Json};
use crate::app::App;
use crate::auth::Session;
use crate::request::{Ids, Page};
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    routes.on("GET", "/api/v4/audits", all);
    routes.on("GET", "/api/v4/users/{user_id}/audits", of_person);
}

async fn all(State(app): State<App>, session: Session, page: Page) -> Answer<Json<Vec<Audit>>> {
    let (caller, window) = (session.caller(), (page.offset(), page.per_page));
    Ok(Json(app.store().read(move |rows| audit::all(rows, &caller, window)).await?))
}

async fn of_person(
    State(app): State<App>,
    session: Session,
    Ids([person]): Ids<1>,
    page: Page,
) -> Answer<Json<Vec<Audit>>> {
    let (caller, window) = (session.caller(), (page.offset(), page.per_page));
    let person = person.person(caller.user);
    let found =
        app.store().read(move |rows| audit::of_account(rows, &caller, person, window)).await?;
    Ok(Json(found))
}
