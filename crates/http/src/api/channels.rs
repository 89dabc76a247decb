//! Channels, conversations and their members.

use axum::extract::State;
use fieldpost_access::may_look_up_channel;
use fieldpost_chat::channel::create::NewChannel;
use fieldpost_chat::channel::{self, create, member, view};
use fieldpost_chat::facts::{self, denied};
use fieldpost_chat::team::create::no_team;
use fieldpost_kernel::{Failure, Outcome, Rows};
use fieldpost_model::{Channel, ChannelMember, Id};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::{Answer, Created, Done, Json};
use crate::app::App;
use crate::auth::Session;
use crate::request::{Body, Ids, Page};
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    routes.on("POST", "/api/v4/channels", create_one);
    routes.on("POST", "/api/v4/channels/direct", direct);
    routes.on("POST", "/api/v4/channels/group", group);
    routes.on("GET", "/api/v4/channels/{channel_id}", one);
    routes.on("GET", "/api/v4/teams/{team_id}/channels/name/{channel_name}", by_name);
    routes.on("GET", "/api/v4/teams/{team_id}/channels", of_team);
    routes.on("GET", "/api/v4/users/{user_id}/teams/{team_id}/channels", of_person_in_team);
    routes.on("GET", "/api/v4/users/{user_id}/teams/{team_id}/channels/members", memberships);
    routes.on("GET", "/api/v4/channels/{channel_id}/members", members);
    routes.on("POST", "/api/v4/channels/{channel_id}/members", add_member);
    routes.on("GET", "/api/v4/channels/{channel_id}/members/{user_id}", one_member);
    routes.on("DELETE", "/api/v4/channels/{channel_id}/members/{user_id}", remove_member);
    routes.on("POST", "/api/v4/channels/members/{user_id}/view", view_channels);
}

#[derive(Deserialize)]
struct ChannelBody {
    team_id: Id,
    name: String,
    display_name: String,
    #[serde(rename = "type", default)]
    kind: fieldpost_model::ChannelType,
    #[serde(default)]
    header: String,
    #[serde(default)]
    purpose: String,
}

async fn create_one(
    State(app): State<App>,
    session: Session,
    Body(body): Body<ChannelBody>,
) -> Answer<Created<Channel>> {
    let caller = session.caller();
    let new = NewChannel {
        team: body.team_id,
        kind: body.kind,
        name: body.name,
        display_name: body.display_name,
        header: body.header,
        purpose: body.purpose,
    };
    let made = app.store().write(&[], move |work| create::create(work, &caller, &new)).await?;
    Ok(Created(made))
}

async fn direct(
    State(app): State<App>,
    session: Session,
    Body(people): Body<Vec<Id>>,
) -> Answer<Created<Channel>> {
    let caller = session.caller();
    let pair = match people.as_slice() {
        [one, other] => [*one, *other],
        [own] if *own == caller.user => [*own, *own],
        _ => return Err(Failure::invalid_body("user_ids").into()),
    };
    let made = app.store().write(&[], move |work| create::direct(work, &caller, pair)).await?;
    Ok(Created(made))
}

async fn group(
    State(app): State<App>,
    session: Session,
    Body(people): Body<Vec<Id>>,
) -> Answer<Created<Channel>> {
    let caller = session.caller();
    let made = app.store().write(&[], move |work| create::group(work, &caller, &people)).await?;
    Ok(Created(made))
}

fn looked_up(
    rows: &mut dyn Rows,
    caller: &fieldpost_access::Caller,
    channel: Channel,
) -> Outcome<Channel> {
    let found = facts::channel(rows, caller, channel.id)?;
    may_look_up_channel(caller, &found.facts).map_err(denied)?;
    Ok(channel)
}

async fn one(State(app): State<App>, session: Session, Ids([id]): Ids<1>) -> Answer<Json<Channel>> {
    let caller = session.caller();
    let found = app
        .store()
        .read(move |rows| {
            let channel = channel::by_id(rows, id.thing())?.ok_or_else(member::no_channel)?;
            looked_up(rows, &caller, channel)
        })
        .await?;
    Ok(Json(found))
}

async fn by_name(
    State(app): State<App>,
    session: Session,
    axum::extract::Path((team, name)): axum::extract::Path<(String, String)>,
) -> Answer<Json<Channel>> {
    let caller = session.caller();
    let team: Id = team.parse().map_err(|_| Failure::invalid_url("team_id"))?;
    let found = app
        .store()
        .read(move |rows| {
            let channel = channel::by_name(rows, team, &name)?
                .filter(|channel| channel.delete_at == 0)
                .ok_or_else(member::no_channel)?;
            looked_up(rows, &caller, channel)
        })
        .await?;
    Ok(Json(found))
}

async fn of_team(
    State(app): State<App>,
    session: Session,
    Ids([team]): Ids<1>,
    page: Page,
) -> Answer<Json<Vec<Channel>>> {
    let caller = session.caller();
    let found = app
        .store()
        .read(move |rows| {
            let facts = facts::team(rows, &caller, team.thing())?;
            let needed = fieldpost_access::Permission::ListTeamChannels;
            fieldpost_access::require_team(&caller, &facts.facts, needed).map_err(denied)?;
            channel::open_of_team(rows, team.thing(), page.offset(), page.per_page)
        })
        .await?;
    Ok(Json(found))
}

async fn of_person_in_team(
    State(app): State<App>,
    session: Session,
    Ids([person, team]): Ids<2>,
) -> Answer<Json<Vec<Channel>>> {
    let caller = session.caller();
    let person = own(&session, person.person(caller.user))?;
    let found = app
        .store()
        .read(move |rows| {
            if facts::team(rows, &caller, team.thing())?.key == 0 {
                return Err(no_team());
            }
            channel::of_person(rows, person, Some(team.thing()))
        })
        .await?;
    Ok(Json(found))
}

async fn memberships(
    State(app): State<App>,
    session: Session,
    Ids([person, team]): Ids<2>,
) -> Answer<Json<Vec<ChannelMember>>> {
    let person = own(&session, person.person(session.caller().user))?;
    let team = team.thing();
    Ok(Json(app.store().read(move |rows| member::of_person(rows, person, Some(team))).await?))
}

fn own(session: &Session, person: Id) -> Outcome<Id> {
    let caller = session.caller();
    if person != caller.user {
        let needed = fieldpost_access::Permission::ManageSystem;
        fieldpost_access::require_system(&caller, needed).map_err(denied)?;
    }
    Ok(person)
}

async fn members(
    State(app): State<App>,
    session: Session,
    Ids([channel]): Ids<1>,
    page: Page,
) -> Answer<Json<Vec<ChannelMember>>> {
    let caller = session.caller();
    let channel = channel.thing();
    let found = app
        .store()
        .read(move |rows| {
            let facts = facts::channel(rows, &caller, channel)?;
            may_look_up_channel(&caller, &facts.facts).map_err(denied)?;
            member::page(rows, channel, page.offset(), page.per_page)
        })
        .await?;
    let me = caller.user;
    Ok(Json(found.into_iter().map(|m| if m.user_id == me { m } else { m.for_others() }).collect()))
}

async fn one_member(
    State(app): State<App>,
    session: Session,
    Ids([channel, person]): Ids<2>,
) -> Answer<Json<ChannelMember>> {
    let caller = session.caller();
    let (channel, person) = (channel.thing(), person.person(caller.user));
    let found = app
        .store()
        .read(move |rows| {
            let facts = facts::channel(rows, &caller, channel)?;
            may_look_up_channel(&caller, &facts.facts).map_err(denied)?;
            member::find(rows, channel, person)?.ok_or_else(member::no_member)
        })
        .await?;
    Ok(Json(if person == caller.user { found } else { found.for_others() }))
}

#[derive(Deserialize)]
struct NewMember {
    user_id: Id,
}

async fn add_member(
    State(app): State<App>,
    session: Session,
    Ids([channel]): Ids<1>,
    Body(new): Body<NewMember>,
) -> Answer<Created<ChannelMember>> {
    let caller = session.caller();
    let (channel, person) = (channel.thing(), new.user_id);
    let added =
        app.store().write(&[], move |work| member::add(work, &caller, channel, person)).await?;
    Ok(Created(if person == caller.user { added } else { added.for_others() }))
}

async fn remove_member(
    State(app): State<App>,
    session: Session,
    Ids([channel, person]): Ids<2>,
) -> Answer<Done> {
    let caller = session.caller();
    let (channel, person) = (channel.thing(), person.person(caller.user));
    app.store().write(&[], move |work| member::remove(work, &caller, channel, person)).await?;
    Ok(Done)
}

#[derive(Deserialize)]
struct Viewed {
    #[serde(default)]
    channel_id: Id,
    #[serde(default)]
    prev_channel_id: Id,
}

async fn view_channels(
    State(app): State<App>,
    session: Session,
    Ids([person]): Ids<1>,
    Body(viewed): Body<Viewed>,
) -> Answer<Json<Value>> {
    let caller = session.caller();
    let person = own(&session, person.person(caller.user))?;
    let mut channels: Vec<Id> =
        [viewed.channel_id, viewed.prev_channel_id].into_iter().filter_map(Id::some).collect();
    channels.dedup();
    let times =
        app.store().write(&[], move |work| view::view(work, &caller, person, &channels)).await?;
    Ok(Json(json!({ "status": "OK", "last_viewed_at_times": times })))
}
