//! What channels take from their members and guests.

use axum::extract::State;
use fieldpost_chat::channel;
use fieldpost_chat::channel::moderation::{self, Switch, SwitchPatch};
use fieldpost_model::ChannelType;

use crate::answer::{Answer, Json};
use crate::app::App;
use crate::auth::Session;
use crate::request::{Body, Ids};
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    routes.on("GET", "/api/v4/channels/{channel_id}/moderations", list);
    routes.on("PUT", "/api/v4/channels/{channel_id}/moderations/patch", patch);
}

async fn list(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
) -> Answer<Json<Vec<Switch>>> {
    let caller = session.caller();
    Ok(Json(app.store().read(move |rows| moderation::list(rows, &caller, id.thing())).await?))
}

async fn patch(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
    Body(patches): Body<Vec<SwitchPatch>>,
) -> Answer<Json<Vec<Switch>>> {
    let (caller, id) = (session.caller(), id.thing());
    let scope = channel::scope(id, ChannelType::Open);
    let switches = app
        .store()
        .write(&[scope], move |work| moderation::patch(work, &caller, id, &patches))
        .await?;
    Ok(Json(switches))
}
