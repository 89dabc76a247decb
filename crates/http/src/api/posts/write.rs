//! Writing posts, and changing them.

use axum::extract::{OriginalUri, State};
use fieldpost_chat::channel::scope;
use fieldpost_chat::post::edit::{self, Patch};
use fieldpost_chat::post::{create, delete, pin, program, relocate, revision};
use fieldpost_kernel::{Failure, FailureKind};
use fieldpost_model::{ChannelType, Id, Post};

use super::query::Parameters;
use crate::answer::{Answer, Created, Done, Json};
use crate::app::App;
use crate::auth::Session;
use crate::request::{Body, Ids};
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    routes.on("POST", "/api/v4/posts", create_one);
    routes.on("PUT", "/api/v4/posts/{post_id}", replace);
    routes.on("PUT", "/api/v4/posts/{post_id}/patch", patch);
    routes.on("POST", "/api/v4/posts/{post_id}/pin", pin);
    routes.on("POST", "/api/v4/posts/{post_id}/unpin", pin);
    routes.on("DELETE", "/api/v4/posts/{post_id}", delete);
    routes.on("POST", "/api/v4/posts/{post_id}/move", relocate_thread);
    routes.on("GET", "/api/v4/posts/{post_id}/edit_history", edit_history);
    routes.on("POST", "/api/v4/posts/{post_id}/restore/{restore_version_id}", restore);
}

async fn create_one(
    State(app): State<App>,
    session: Session,
    Body(mut new): Body<Post>,
) -> Answer<Created<Post>> {
    let caller = session.caller();
    if !session.0.is_bot {
        program::unmark(&mut new.props);
    }
    if session.0.is_by_app() {
        program::mark_app(&mut new.props);
    }
    // Which of the two it is, only the use case finds out.
    let scopes = [ChannelType::Open, ChannelType::Direct].map(|kind| scope(new.channel_id, kind));
    let per_hour = app.settings().flash_per_hour;
    let made = app
        .store()
        .write(&scopes, move |work| create::create_with_flash(work, &caller, &new, per_hour));
    let made = made.await?;
    Ok(Created(made))
}

#[derive(serde::Deserialize)]
struct Whole {
    id: Id,
    #[serde(flatten)]
    patch: Patch,
}

async fn replace(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
    Body(whole): Body<Whole>,
) -> Answer<Json<Post>> {
    let caller = session.caller();
    let id = id.thing();
    if whole.id != id {
        return Err(Failure::invalid_body("id").into());
    }
    let patch = Patch { keeps_marks: !session.0.is_bot, ..whole.patch };
    let edited =
        app.store().write(&[], move |work| edit::replace_post(work, &caller, id, &patch)).await?;
    Ok(Json(edited))
}

async fn patch(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
    Body(patch): Body<Patch>,
) -> Answer<Json<Post>> {
    let caller = session.caller();
    let id = id.thing();
    let patch = Patch { keeps_marks: !session.0.is_bot, ..patch };
    let edited =
        app.store().write(&[], move |work| edit::patch_post(work, &caller, id, &patch)).await?;
    Ok(Json(edited))
}

/// Pins or unpins, as the address says.
async fn pin(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
    OriginalUri(uri): OriginalUri,
) -> Answer<Done> {
    let caller = session.caller();
    let (id, pinned) = (id.thing(), uri.path().ends_with("/pin"));
    app.store().write(&[], move |work| pin::set(work, &caller, id, pinned)).await?;
    Ok(Done)
}

async fn delete(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
    query: Parameters,
) -> Answer<Done> {
    if query.flag("permanent") {
        return Err(Failure::new(
            FailureKind::NotBuilt,
            "api.post.delete_post.not_enabled.app_error",
            "Permanent post deletion is not enabled.",
        )
        .into());
    }
    let caller = session.caller();
    let id = id.thing();
    app.store().write(&[], move |work| delete::delete(work, &caller, id)).await?;
    Ok(Done)
}

async fn edit_history(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
) -> Answer<Json<Vec<Post>>> {
    let caller = session.caller();
    let id = id.thing();
    Ok(Json(app.store().read(move |rows| revision::history(rows, &caller, id)).await?))
}

async fn restore(
    State(app): State<App>,
    session: Session,
    Ids([id, version]): Ids<2>,
) -> Answer<Json<Post>> {
    let caller = session.caller();
    let (id, version) = (id.thing(), version.thing());
    let restored =
        app.store().write(&[], move |work| edit::restore(work, &caller, id, version)).await?;
    Ok(Json(restored))
}

#[derive(serde::Deserialize)]
struct Target {
    channel_id: Id,
}

async fn relocate_thread(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
    Body(target): Body<Target>,
) -> Answer<Done> {
    let (caller, id, target) = (session.caller(), id.thing(), target.channel_id);
    let site_url = app.settings().site_url.clone();
    let store = app.store();
    let scopes = store.read(move |rows| relocate::scopes(rows, id, target)).await?;
    store
        .write(&scopes, move |work| relocate::thread(work, &caller, id, target, &site_url))
        .await?;
    Ok(Done)
}
