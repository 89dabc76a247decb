//! Posts and windows of history.

use axum::extract::State;
use fieldpost_chat::channel::scope;
use fieldpost_chat::post::{create, list};
use fieldpost_model::{ChannelType, Post, PostList};

use crate::answer::{Answer, Created, Json};
use crate::app::App;
use crate::auth::Session;
use crate::request::{Body, Ids, Page};
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    routes.on("POST", "/api/v4/posts", create_one);
    routes.on("GET", "/api/v4/posts/{post_id}", one);
    routes.on("GET", "/api/v4/channels/{channel_id}/posts", of_channel);
}

async fn create_one(
    State(app): State<App>,
    session: Session,
    Body(new): Body<Post>,
) -> Answer<Created<Post>> {
    let caller = session.caller();
    // Which of the two it is, only the use case finds out.
    let scopes = [ChannelType::Open, ChannelType::Direct].map(|kind| scope(new.channel_id, kind));
    let made = app.store().write(&scopes, move |work| create::create(work, &caller, &new)).await?;
    Ok(Created(made))
}

async fn one(State(app): State<App>, session: Session, Ids([id]): Ids<1>) -> Answer<Json<Post>> {
    let caller = session.caller();
    Ok(Json(app.store().read(move |rows| list::one(rows, &caller, id.thing())).await?))
}

async fn of_channel(
    State(app): State<App>,
    session: Session,
    Ids([channel]): Ids<1>,
    page: Page,
) -> Answer<Json<PostList>> {
    let caller = session.caller();
    let channel = channel.thing();
    let found = app
        .store()
        .read(move |rows| list::page(rows, &caller, channel, page.page, page.per_page))
        .await?;
    Ok(Json(found))
}
