//! What is to be read again.

use axum::extract::State;
use fieldpost_chat::post::unread;
use serde::Deserialize;
use serde_json::Value;

use crate::answer::{Answer, Json};
use crate::app::App;
use crate::auth::Session;
use crate::request::{Body, Ids};
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    routes.on("POST", "/api/v4/users/{user_id}/posts/{post_id}/set_unread", set_unread);
}

#[derive(Deserialize)]
struct Threads {
    #[serde(default)]
    collapsed_threads_supported: bool,
}

async fn set_unread(
    State(app): State<App>,
    session: Session,
    Ids([person, post]): Ids<2>,
    Body(threads): Body<Threads>,
) -> Answer<Json<Value>> {
    let caller = session.caller();
    let (person, post) = (person.person(caller.user), post.thing());
    let collapsed = threads.collapsed_threads_supported;
    let marked = app
        .store()
        .write(&[], move |work| unread::set(work, &caller, person, post, collapsed))
        .await?;
    Ok(Json(marked))
}
