//! How far people have read.

use std::collections::BTreeMap;

use axum::extract::State;
use fieldpost_access::may_read_other_users_things_in_channel;
use fieldpost_chat::channel::{member, view};
use fieldpost_chat::facts::{self, denied};
use fieldpost_kernel::Failure;
use fieldpost_model::{ChannelUnread, Id, Millis};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::{Answer, Json};
use crate::app::App;
use crate::auth::Session;
use crate::request::{Body, Ids};
use crate::routes::Routes;

/// Channels marked as read by one request at most.
const MOST_MARKED: usize = 1000;

pub(super) fn add(routes: &mut Routes) {
    routes.on("POST", "/api/v4/channels/members/{user_id}/view", view_channels);
    routes.on("POST", "/api/v4/channels/members/{user_id}/mark_read", mark_read);
    routes.on("PUT", "/api/v4/channels/members/{user_id}/direct/read", read_conversations);
    routes.on("PUT", "/api/v4/users/{user_id}/teams/{team_id}/read", read_team);
    routes.on("GET", "/api/v4/users/{user_id}/channels/{channel_id}/unread", unread);
}

#[derive(Deserialize)]
struct Viewed {
    #[serde(default)]
    channel_id: Id,
    #[serde(default)]
    prev_channel_id: Id,
    #[serde(default)]
    collapsed_threads_supported: bool,
}

async fn view_channels(
    State(app): State<App>,
    session: Session,
    Ids([person]): Ids<1>,
    Body(viewed): Body<Viewed>,
) -> Answer<Json<Value>> {
    let person = person.person(session.caller().user);
    let mut channels: Vec<Id> =
        [viewed.channel_id, viewed.prev_channel_id].into_iter().filter_map(Id::some).collect();
    channels.dedup();
    seen(&app, &session, person, (channels, viewed.collapsed_threads_supported)).await
}

async fn mark_read(
    State(app): State<App>,
    session: Session,
    Ids([person]): Ids<1>,
    Body(mut channels): Body<Vec<Id>>,
) -> Answer<Json<Value>> {
    let person = person.person(session.caller().user);
    channels.sort_unstable();
    channels.dedup();
    if channels.is_empty() || channels.len() > MOST_MARKED {
        return Err(Failure::invalid_body("channel_ids").into());
    }
    seen(&app, &session, person, (channels, true)).await
}

async fn read_team(
    State(app): State<App>,
    session: Session,
    Ids([person, team]): Ids<2>,
) -> Answer<Json<Value>> {
    let caller = session.caller();
    let (person, team) = (person.person(caller.user), team.thing());
    let times =
        app.store().write(&[], move |work| view::view_team(work, &caller, person, team)).await?;
    Ok(Json(viewed(&times)))
}

async fn read_conversations(
    State(app): State<App>,
    session: Session,
    Ids([person]): Ids<1>,
) -> Answer<Json<Value>> {
    let caller = session.caller();
    let person = person.person(caller.user);
    let times = app
        .store()
        .write(&[], move |work| {
            facts::require_person(work, &caller, person)?;
            view::view_conversations(work, &caller, person)
        })
        .await?;
    Ok(Json(viewed(&times)))
}

fn viewed(times: &BTreeMap<Id, Millis>) -> Value {
    json!({ "status": "OK", "last_viewed_at_times": times })
}

async fn seen(
    app: &App,
    session: &Session,
    person: Id,
    (channels, collapsed): (Vec<Id>, bool),
) -> Answer<Json<Value>> {
    let caller = session.caller();
    let times = app
        .store()
        .write(&[], move |work| {
            facts::require_person(work, &caller, person)?;
            view::view(work, &caller, person, (&channels, collapsed))
        })
        .await?;
    Ok(Json(viewed(&times)))
}

async fn unread(
    State(app): State<App>,
    session: Session,
    Ids([person, channel]): Ids<2>,
) -> Answer<Json<ChannelUnread>> {
    let caller = session.caller();
    let (person, channel) = (person.person(caller.user), channel.thing());
    let found = app
        .store()
        .read(move |rows| {
            let target = facts::person(rows, person)?;
            let found = facts::channel(rows, &caller, channel)?;
            if found.key == 0 {
                return Err(member::no_member());
            }
            may_read_other_users_things_in_channel(&caller, &target, &found.facts)
                .map_err(denied)?;
            view::unread(rows, channel, person)
        })
        .await?;
    Ok(Json(found))
}
