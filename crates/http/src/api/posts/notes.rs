//! What people note of posts: that they acknowledge one, or want to be reminded of one.

use axum::extract::State;
use fieldpost_chat::post::acknowledge;
use fieldpost_chat::reminder;
use fieldpost_model::PostAcknowledgement;
use serde::Deserialize;

use crate::answer::{Answer, Done, Json};
use crate::app::App;
use crate::auth::Session;
use crate::request::{Body, Ids};
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    let of_post = "/api/v4/users/{user_id}/posts/{post_id}";
    routes.on("POST", &format!("{of_post}/ack"), acknowledge);
    routes.on("DELETE", &format!("{of_post}/ack"), withdraw);
    routes.on("POST", &format!("{of_post}/reminder"), remind);
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

/// When to be reminded, in seconds.
#[derive(Deserialize)]
struct Target {
    target_time: i64,
}

async fn remind(
    State(app): State<App>,
    session: Session,
    Ids([person, post]): Ids<2>,
    Body(target): Body<Target>,
) -> Answer<Done> {
    let caller = session.caller();
    let of = (person.person(caller.user), post.thing());
    let at = target.target_time;
    app.store().write(&[], move |work| reminder::set(work, &caller, of, at)).await?;
    Ok(Done)
}
