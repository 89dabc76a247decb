//! Members of channels: who they are, joining, leaving, roles and notifications.

use axum::body::Body as Bytes;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use fieldpost_chat::channel::member::{self, MemberOfTeam};
use fieldpost_chat::channel::role::{self, Flags};
use fieldpost_chat::facts;
use fieldpost_chat::thread::update;
use fieldpost_kernel::{Failure, FailureKind, Outcome};
use fieldpost_model::{ChannelMember, Id, StringMap};
use serde::Deserialize;

use super::require_reading;
use crate::answer::{Answer, Created, Done, Json};
use crate::app::App;
use crate::auth::Session;
use crate::request::{Body, Ids, Page};
use crate::routes::Routes;

/// People added by one request at most.
const MOST_ADDED: usize = 1000;

/// Memberships read at once where all of them are asked for.
const SLICE: i64 = 200;

pub(super) fn add(routes: &mut Routes) {
    routes.on("PUT", "/api/v4/channels/{channel_id}/members/{user_id}/autotranslation", translate);
    routes.on("GET", "/api/v4/users/{user_id}/teams/{team_id}/channels/members", of_person);
    routes.on("GET", "/api/v4/users/{user_id}/channel_members", everywhere);
    routes.on("GET", "/api/v4/channels/{channel_id}/members", page_of);
    routes.on("POST", "/api/v4/channels/{channel_id}/members", add_members);
    routes.on("POST", "/api/v4/channels/{channel_id}/members/ids", among);
    routes.on("GET", "/api/v4/channels/{channel_id}/members/{user_id}", one);
    routes.on("DELETE", "/api/v4/channels/{channel_id}/members/{user_id}", remove);
    let of_one = "/api/v4/channels/{channel_id}/members/{user_id}";
    routes.on("PUT", &format!("{of_one}/roles"), set_names);
    routes.on("PUT", &format!("{of_one}/schemeRoles"), set_flags);
    routes.on("PUT", &format!("{of_one}/notify_props"), notify);
}

/// A membership as the caller may see it.
fn seen_by(me: Id, member: ChannelMember) -> ChannelMember {
    if member.user_id == me { member } else { member.for_others() }
}

async fn of_person(
    State(app): State<App>,
    session: Session,
    Ids([person, team]): Ids<2>,
) -> Answer<Json<Vec<ChannelMember>>> {
    let caller = session.caller();
    let (person, team) = (person.person(caller.user), team.thing());
    let found = app
        .store()
        .read(move |rows| {
            facts::require_person_in_team(rows, &caller, person, team)?;
            member::of_person(rows, person, Some(team))
        })
        .await?;
    Ok(Json(found.into_iter().map(|member| seen_by(caller.user, member)).collect()))
}

#[derive(Deserialize)]
struct Everywhere {
    #[serde(default)]
    page: Option<String>,
}

/// A page, or with page -1 everything, one membership on each line.
async fn everywhere(
    State(app): State<App>,
    session: Session,
    Ids([person]): Ids<1>,
    Query(query): Query<Everywhere>,
    page: Page,
) -> Answer<Response> {
    let caller = session.caller();
    let person = person.person(caller.user);
    let all = query.page.as_deref() == Some("-1");
    let found = app
        .store()
        .read(move |rows| {
            facts::require_person(rows, &caller, person)?;
            if !all {
                return member::with_teams(rows, person, (page.offset(), page.per_page));
            }
            let mut found = Vec::new();
            loop {
                let offset = i64::try_from(found.len()).unwrap_or(i64::MAX);
                let mut slice = member::with_teams(rows, person, (offset, SLICE))?;
                if slice.is_empty() {
                    return Ok(found);
                }
                found.append(&mut slice);
            }
        })
        .await?;
    if !all {
        return Ok(Json(found).into_response());
    }
    if found.is_empty() {
        return Err(member::no_member().into());
    }
    Ok(lines(&found)?)
}

fn lines(members: &[MemberOfTeam]) -> Outcome<Response> {
    let mut text = Vec::new();
    for member in members {
        serde_json::to_writer(&mut text, member).map_err(Failure::internal)?;
        text.push(b'\n');
    }
    let kind = [(header::CONTENT_TYPE, "application/x-ndjson")];
    Ok((kind, Bytes::from(text)).into_response())
}

async fn page_of(
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
            require_reading(rows, &caller, channel)?;
            member::page(rows, channel, page.offset(), page.per_page)
        })
        .await?;
    Ok(Json(found.into_iter().map(|member| seen_by(caller.user, member)).collect()))
}

async fn among(
    State(app): State<App>,
    session: Session,
    Ids([channel]): Ids<1>,
    Body(people): Body<Vec<Id>>,
) -> Answer<Json<Vec<ChannelMember>>> {
    let caller = session.caller();
    let channel = channel.thing();
    if people.is_empty() {
        return Err(Failure::invalid_body("user_ids").into());
    }
    let found = app
        .store()
        .read(move |rows| {
            require_reading(rows, &caller, channel)?;
            member::among(rows, channel, &people)
        })
        .await?;
    Ok(Json(found.into_iter().map(|member| seen_by(caller.user, member)).collect()))
}

async fn one(
    State(app): State<App>,
    session: Session,
    Ids([channel, person]): Ids<2>,
) -> Answer<Json<ChannelMember>> {
    let caller = session.caller();
    let (channel, person) = (channel.thing(), person.person(caller.user));
    let found = app
        .store()
        .read(move |rows| {
            require_reading(rows, &caller, channel)?;
            member::find(rows, channel, person)?.ok_or_else(member::no_member)
        })
        .await?;
    Ok(Json(seen_by(caller.user, found)))
}

#[derive(Deserialize)]
struct NewMembers {
    #[serde(default)]
    user_id: Id,
    #[serde(default)]
    user_ids: Vec<Id>,
    /// A thread that the new members are brought into.
    #[serde(default)]
    post_root_id: Id,
}

async fn add_members(
    State(app): State<App>,
    session: Session,
    Ids([channel]): Ids<1>,
    Body(new): Body<NewMembers>,
) -> Answer<Response> {
    let caller = session.caller();
    let channel = channel.thing();
    let mut people = new.user_ids;
    let thread = new.post_root_id;
    if people.is_empty() {
        let person = new.user_id.some().ok_or_else(|| Failure::invalid_body("user_id"))?;
        let added = app
            .store()
            .write(&[], move |work| update::add(work, &caller, (channel, thread), &[person]))
            .await?;
        let added = added.into_iter().next().ok_or_else(member::no_member)?;
        return Ok(Created(seen_by(caller.user, added)).into_response());
    }
    people.sort_unstable();
    people.dedup();
    if people.len() > MOST_ADDED {
        return Err(Failure::invalid_body("user_ids").into());
    }
    let added = app
        .store()
        .write(&[], move |work| update::add(work, &caller, (channel, thread), &people))
        .await?;
    let added: Vec<_> = added.into_iter().map(|member| seen_by(caller.user, member)).collect();
    Ok(Created(added).into_response())
}

async fn remove(
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
struct Names {
    roles: String,
}

async fn set_names(
    State(app): State<App>,
    session: Session,
    Ids([channel, person]): Ids<2>,
    Body(sent): Body<Names>,
) -> Answer<Done> {
    let caller = session.caller();
    let (channel, person) = (channel.thing(), person.person(caller.user));
    app.store()
        .write(&[], move |work| role::set_names(work, &caller, channel, person, &sent.roles))
        .await?;
    Ok(Done)
}

/// The three flags of a membership as clients send them.
#[derive(Deserialize)]
pub(in crate::api) struct SchemeRoles {
    #[serde(default)]
    scheme_guest: bool,
    #[serde(default)]
    scheme_user: bool,
    #[serde(default)]
    scheme_admin: bool,
}

impl From<SchemeRoles> for Flags {
    fn from(sent: SchemeRoles) -> Self {
        Self { guest: sent.scheme_guest, user: sent.scheme_user, admin: sent.scheme_admin }
    }
}

async fn set_flags(
    State(app): State<App>,
    session: Session,
    Ids([channel, person]): Ids<2>,
    Body(sent): Body<SchemeRoles>,
) -> Answer<Done> {
    let caller = session.caller();
    let (channel, person) = (channel.thing(), person.person(caller.user));
    let flags = Flags::from(sent);
    app.store()
        .write(&[], move |work| role::set_flags(work, &caller, channel, person, flags))
        .await?;
    Ok(Done)
}

async fn notify(
    State(app): State<App>,
    session: Session,
    Ids([channel, person]): Ids<2>,
    Body(props): Body<StringMap>,
) -> Answer<Done> {
    let caller = session.caller();
    let (channel, person) = (channel.thing(), person.person(caller.user));
    app.store()
        .write(&[], move |work| role::notify(work, &caller, channel, person, &props))
        .await?;
    Ok(Done)
}

#[derive(Deserialize)]
struct Translation {
    #[serde(rename = "autotranslation_disabled")]
    _disabled: bool,
}

/// Nothing here translates messages.
async fn translate(_: Session, Body(_): Body<Translation>) -> Answer<Done> {
    Err(Failure::new(
        FailureKind::Forbidden,
        "api.channel.update_channel_member_autotranslation.feature_not_available.app_error",
        "Messages are not translated on this server.",
    )
    .into())
}
