//! What people note of posts: that they acknowledge one.

use axum::extract::State;
use fieldpost_chat::post::acknowledge;
use fieldpost_model::PostAcknowledgement;

use crate::answer::{Answer, Done, Json};
use crate::app::App;
use crate::auth::Session;
use crate::request::Ids;
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    let of_post = "/api/v4/users/{user_id}/posts/{post_id}";
    routes.on("POST", &format!("{of_post}/ack"), acknowledge);
    routes.on("DELETE", &format!("{of_post}/ack"), withdraw);
}

async fn acknowledge(
    State(app): State<App>,
    session: Session,
    Ids([person, post]): Ids<2>,
) -> Answer<Json<PostAcknowledgement>> {
    let caller = session.caller();
    let of = (person.person(caller.user), post.thing());
    Ok(Json(app.store().write(&[], move |work| acknowledge::add(work, &caller, of)).await?))
}

async fn withdraw(
    State(app): State<App>,
    session: Session,
    Ids([person, post]): Ids<2>,
) -> Answer<Done> {
    let caller = session.caller();
    let of = (person.person(caller.user), post.thing());
    app.store().write(&[], move |work| acknowledge::withdraw(work, &caller, of)).await?;
    Ok(Done)
}
