//! Bookmarks of channels.

use axum::extract::{Query, State};
use fieldpost_chat::bookmark::{self, NewBookmark, Patch};
use fieldpost_model::{Bookmark, BookmarkUpdate};
use serde::Deserialize;

use crate::answer::{Answer, Created, Json};
use crate::app::App;
use crate::auth::Session;
use crate::request::{Body, Ids};
use crate::routes::Routes;

const OF_CHANNEL: &str = "/api/v4/channels/{channel_id}/bookmarks";
const ONE: &str = "/api/v4/channels/{channel_id}/bookmarks/{bookmark_id}";
const PLACE: &str = "/api/v4/channels/{channel_id}/bookmarks/{bookmark_id}/sort_order";

pub(super) fn add(routes: &mut Routes) {
    routes.on("GET", OF_CHANNEL, list);
    routes.on("POST", OF_CHANNEL, create);
    routes.on("PATCH", ONE, patch);
    routes.on("DELETE", ONE, delete);
    routes.on("POST", PLACE, sort);
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Since {
    bookmarks_since: i64,
}

async fn list(
    State(app): State<App>,
    session: Session,
    Ids([channel]): Ids<1>,
    Query(since): Query<Since>,
) -> Answer<Json<Vec<Bookmark>>> {
    let (caller, channel) = (session.caller(), channel.thing());
    let found =
        app.store().read(move |rows| bookmark::list(rows, &caller, channel, since.bookmarks_since));
    Ok(Json(found.await?))
}

async fn create(
    State(app): State<App>,
    session: Session,
    Ids([channel]): Ids<1>,
    Body(new): Body<NewBookmark>,
) -> Answer<Created<Bookmark>> {
    let (caller, channel) = (session.caller(), channel.thing());
    let made = app
        .store()
        .write(&bookmark::scopes(channel), move |work| {
            bookmark::create(work, &caller, channel, &new)
        })
        .await?;
    Ok(Created(made))
}

async fn patch(
    State(app): State<App>,
    session: Session,
    Ids([channel, id]): Ids<2>,
    Body(patch): Body<Patch>,
) -> Answer<Json<BookmarkUpdate>> {
    let caller = session.caller();
    let which = (channel.thing(), id.thing());
    let update = app
        .store()
        .write(&bookmark::scopes(which.0), move |work| {
            bookmark::patch(work, &caller, which, &patch)
        })
        .await?;
    Ok(Json(update))
}

async fn delete(
    State(app): State<App>,
    session: Session,
    Ids([channel, id]): Ids<2>,
) -> Answer<Json<Bookmark>> {
    let caller = session.caller();
    let which = (channel.thing(), id.thing());
    let gone = app
        .store()
        .write(&bookmark::scopes(which.0), move |work| bookmark::delete(work, &caller, which))
        .await?;
    Ok(Json(gone))
}

async fn sort(
    State(app): State<App>,
    session: Session,
    Ids([channel, id]): Ids<2>,
    Body(place): Body<i64>,
) -> Answer<Json<Vec<Bookmark>>> {
    let caller = session.caller();
    let which = (channel.thing(), id.thing());
    let sorted = app
        .store()
        .write(&bookmark::scopes(which.0), move |work| bookmark::sort(work, &caller, which, place))
        .await?;
    Ok(Json(sorted))
}
