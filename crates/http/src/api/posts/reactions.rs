//! Reactions to posts.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use fieldpost_chat::reaction;
use fieldpost_kernel::Failure;
use fieldpost_model::{Id, Reaction, looks_like_id};

use crate::answer::{Answer, Done, Json};
use crate::app::App;
use crate::auth::Session;
use crate::request::{Body, Ids};
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    routes.on("POST", "/api/v4/reactions", add_one);
    routes.on(
        "DELETE",
        "/api/v4/users/{user_id}/posts/{post_id}/reactions/{emoji_name}",
        remove_one,
    );
    routes.on("GET", "/api/v4/posts/{post_id}/reactions", of_post);
    routes.on("POST", "/api/v4/posts/ids/reactions", of_posts);
}

async fn add_one(
    State(app): State<App>,
    session: Session,
    Body(sent): Body<Reaction>,
) -> Answer<Json<Reaction>> {
    let caller = session.caller();
    let added = app.store().write(&[], move |work| reaction::add(work, &caller, &sent)).await?;
    Ok(Json(added))
}

async fn remove_one(
    State(app): State<App>,
    session: Session,
    Path((person, post, emoji)): Path<(String, String, String)>,
) -> Answer<Done> {
    let caller = session.caller();
    let person = if person == "me" { caller.user } else { id(&person, "user_id")? };
    let post = id(&post, "post_id")?;
    app.store()
        .write(&[], move |work| reaction::remove(work, &caller, (person, post), &emoji))
        .await?;
    Ok(Done)
}

fn id(text: &str, parameter: &str) -> Answer<Id> {
    if !looks_like_id(text) {
        return Err(Failure::invalid_url(parameter).into());
    }
    // One that we never give out names nothing.
    Ok(text.parse().unwrap_or(Id::from_bytes([0xff; 16])))
}

/// The API says `null` where nobody reacted.
async fn of_post(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
) -> Answer<Json<Option<Vec<Reaction>>>> {
    let caller = session.caller();
    let found = app.store().read(move |rows| reaction::of_post(rows, &caller, id.thing())).await?;
    Ok(Json(Some(found).filter(|found| !found.is_empty())))
}

async fn of_posts(
    State(app): State<App>,
    session: Session,
    Body(ids): Body<Vec<Id>>,
) -> Answer<Json<BTreeMap<Id, Vec<Reaction>>>> {
    let caller = session.caller();
    Ok(Json(app.store().read(move |rows| reaction::of_posts(rows, &caller, &ids)).await?))
}
