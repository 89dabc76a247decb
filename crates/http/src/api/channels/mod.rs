//! Channels and conversations: making them, changing them, looking them up.

mod everywhere;
mod lists;
mod members;
mod moderation;
mod reading;

pub(super) use self::members::SchemeRoles;

use axum::extract::{Path, Query, State};
use fieldpost_access::{
    Caller, Permission, may_look_up_channel, may_look_up_channel_by_name, require_channel,
};
use fieldpost_chat::channel::banner::BannerPatch;
use fieldpost_chat::channel::create::NewChannel;
use fieldpost_chat::channel::update::{self, Manner, Patch};
use fieldpost_chat::channel::{self, convert, create, member, relocate, stats};
use fieldpost_chat::facts::{self, denied};
use fieldpost_chat::team;
use fieldpost_kernel::{Failure, Outcome, Rows};
use fieldpost_model::{Channel, ChannelType, Id};
use serde::Deserialize;
use std::collections::BTreeMap;

use crate::answer::{Answer, Created, Done, Json};
use crate::app::App;
use crate::auth::Session;
use crate::request::{Body, Ids};
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    routes.on("POST", "/api/v4/channels", create_one);
    routes.on("POST", "/api/v4/channels/direct", direct);
    routes.on("POST", "/api/v4/channels/group", group);
    routes.on("GET", "/api/v4/channels/{channel_id}", one);
    routes.on("PUT", "/api/v4/channels/{channel_id}", replace);
    routes.on("DELETE", "/api/v4/channels/{channel_id}", archive);
    routes.on("PUT", "/api/v4/channels/{channel_id}/patch", patch);
    routes.on("PUT", "/api/v4/channels/{channel_id}/privacy", set_privacy);
    routes.on("POST", "/api/v4/channels/{channel_id}/convert_to_channel", convert_group);
    routes.on("POST", "/api/v4/channels/{channel_id}/move", move_to);
    routes.on("POST", "/api/v4/channels/{channel_id}/restore", restore);
    routes.on("GET", "/api/v4/channels/{channel_id}/stats", stats_of);
    routes.on("GET", "/api/v4/channels/{channel_id}/timezones", timezones);
    routes.on("POST", "/api/v4/channels/stats/member_count", member_counts);
    routes.on("GET", "/api/v4/teams/{team_id}/channels/name/{channel_name}", by_name);
    routes.on("GET", "/api/v4/teams/name/{team_name}/channels/name/{channel_name}", by_names);
    lists::add(routes);
    members::add(routes);
    moderation::add(routes);
    everywhere::add(routes);
    reading::add(routes);
}

#[derive(Deserialize)]
struct ChannelBody {
    team_id: Id,
    name: String,
    display_name: String,
    #[serde(rename = "type", default)]
    kind: ChannelType,
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

/// Refuses those who may not know of the channel.
fn require_lookup(rows: &mut dyn Rows, caller: &Caller, channel: Id) -> Outcome<()> {
    let found = facts::channel(rows, caller, channel)?;
    may_look_up_channel(caller, &found.facts).map_err(denied)
}

/// Refuses those who may not know who is in the channel: that an open one is there, the whole team
/// knows; who is in it, its members.
fn require_reading(rows: &mut dyn Rows, caller: &Caller, channel: Id) -> Outcome<()> {
    let found = facts::channel(rows, caller, channel)?;
    require_channel(caller, &found.facts, Permission::ReadChannel).map_err(denied)
}

async fn one(State(app): State<App>, session: Session, Ids([id]): Ids<1>) -> Answer<Json<Channel>> {
    let caller = session.caller();
    let found = app
        .store()
        .read(move |rows| {
            let channel = channel::by_id(rows, id.thing())?.ok_or_else(member::no_channel)?;
            require_lookup(rows, &caller, channel.id)?;
            Ok(channel)
        })
        .await?;
    Ok(Json(found))
}

/// Everything that is there is replaced; what clients may leave out stays.
#[derive(Deserialize)]
struct Replacement {
    id: Id,
    #[serde(default)]
    name: String,
    #[serde(default)]
    display_name: String,
    #[serde(default)]
    header: String,
    #[serde(default)]
    purpose: String,
    #[serde(rename = "type")]
    kind: Option<ChannelType>,
}

async fn replace(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
    Body(sent): Body<Replacement>,
) -> Answer<Json<Channel>> {
    let caller = session.caller();
    let id = id.thing();
    if sent.id != id {
        return Err(Failure::invalid_body("channel_id").into());
    }
    let kind = sent.kind;
    let given = |text: String| Some(text).filter(|text| !text.trim().is_empty());
    let patch = Patch {
        name: given(sent.name),
        display_name: given(sent.display_name),
        header: Some(sent.header),
        purpose: Some(sent.purpose),
        banner: None,
    };
    let changed = app
        .store()
        .write(&[], move |work| {
            let old = channel::by_id(work, id)?.ok_or_else(member::no_channel)?;
            let changed = update::patch(work, &caller, id, &patch, Manner::Whole)?;
            if kind.is_some_and(|kind| kind != old.kind) {
                return Err(Failure::invalid(
                    "api.channel.update_channel.typechange.app_error",
                    "Channel type cannot be updated.",
                ));
            }
            Ok(changed)
        })
        .await?;
    Ok(Json(changed))
}

#[derive(Deserialize)]
struct Parts {
    name: Option<String>,
    display_name: Option<String>,
    header: Option<String>,
    purpose: Option<String>,
    banner_info: Option<BannerPatch>,
}

async fn patch(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
    Body(sent): Body<Parts>,
) -> Answer<Json<Channel>> {
    let caller = session.caller();
    let id = id.thing();
    let Parts { name, display_name, header, purpose, banner_info: banner } = sent;
    let patch = Patch { name, display_name, header, purpose, banner };
    if !patch.names_texts() && patch.banner.is_none() {
        return Err(Failure::invalid(
            "api.channel.patch_update_channel.no_changes.app_error",
            "No changes were made.",
        )
        .into());
    }
    let changed = app
        .store()
        .write(&[], move |work| update::patch(work, &caller, id, &patch, Manner::Parts))
        .await?;
    Ok(Json(changed))
}

#[derive(Deserialize)]
struct Privacy {
    privacy: String,
}

async fn set_privacy(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
    Body(sent): Body<Privacy>,
) -> Answer<Json<Channel>> {
    let caller = session.caller();
    let id = id.thing();
    let to = ChannelType::from_letter(&sent.privacy)
        .filter(|kind| kind.is_team())
        .ok_or_else(|| Failure::invalid_body("privacy"))?;
    let changed =
        app.store().write(&[], move |work| update::convert(work, &caller, id, to)).await?;
    Ok(Json(changed))
}

#[derive(Deserialize)]
struct Conversion {
    #[serde(default)]
    channel_id: Option<Id>,
    team_id: Id,
    name: String,
    display_name: String,
}

async fn convert_group(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
    Body(sent): Body<Conversion>,
) -> Answer<Json<Channel>> {
    let caller = session.caller();
    let id = id.thing();
    if sent.channel_id.is_some_and(|sent| sent != id) {
        return Err(Failure::invalid_body("channel_id").into());
    }
    let new = NewChannel {
        team: sent.team_id,
        kind: ChannelType::Private,
        name: sent.name,
        display_name: sent.display_name,
        ..NewChannel::default()
    };
    let scopes = [channel::scope(id, ChannelType::Group)];
    let changed =
        app.store().write(&scopes, move |work| convert::group(work, &caller, id, &new)).await?;
    Ok(Json(changed))
}

#[derive(Deserialize)]
struct Destination {
    team_id: Id,
    #[serde(default)]
    force: bool,
}

async fn move_to(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
    Body(sent): Body<Destination>,
) -> Answer<Json<Channel>> {
    let caller = session.caller();
    let id = id.thing();
    let to = (sent.team_id, sent.force);
    let scopes = [channel::scope(id, ChannelType::Open)];
    let moved =
        app.store().write(&scopes, move |work| relocate::relocate(work, &caller, id, to)).await?;
    Ok(Json(moved))
}

#[derive(Deserialize)]
struct Permanently {
    #[serde(default)]
    permanent: Option<String>,
}

async fn archive(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
    Query(how): Query<Permanently>,
) -> Answer<Done> {
    let caller = session.caller();
    let id = id.thing();
    if how.permanent.as_deref() == Some("true") {
        return Err(not_permanently("api.user.delete_channel.not_enabled.app_error").into());
    }
    app.store().write(&[], move |work| update::archive(work, &caller, id)).await?;
    Ok(Done)
}

/// Erasing a whole channel or team is switched off.
pub(super) fn not_permanently(id: &'static str) -> Failure {
    let kind = fieldpost_kernel::FailureKind::Unauthenticated;
    Failure::new(kind, id, "Permanent deletion is not enabled on this server.")
}

async fn restore(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
) -> Answer<Json<Channel>> {
    let caller = session.caller();
    let id = id.thing();
    let restored = app.store().write(&[], move |work| update::restore(work, &caller, id)).await?;
    Ok(Json(restored))
}

#[derive(Deserialize)]
struct WithoutFiles {
    #[serde(default)]
    exclude_files_count: Option<String>,
}

async fn stats_of(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
    Query(query): Query<WithoutFiles>,
) -> Answer<Json<stats::ChannelStats>> {
    let caller = session.caller();
    let id = id.thing();
    let counts_files = query.exclude_files_count.as_deref() != Some("true");
    let found = app
        .store()
        .read(move |rows| {
            require_reading(rows, &caller, id)?;
            stats::of_channel(rows, id, counts_files)
        })
        .await?;
    Ok(Json(found))
}

async fn timezones(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
) -> Answer<Json<Vec<String>>> {
    let caller = session.caller();
    let id = id.thing();
    let found = app
        .store()
        .read(move |rows| {
            require_reading(rows, &caller, id)?;
            stats::timezones(rows, id)
        })
        .await?;
    Ok(Json(found))
}

async fn member_counts(
    State(app): State<App>,
    session: Session,
    Body(ids): Body<Vec<Id>>,
) -> Answer<Json<BTreeMap<Id, i64>>> {
    let caller = session.caller();
    if ids.is_empty() {
        return Err(Failure::invalid_body("channel_ids").into());
    }
    let counts = app
        .store()
        .read(move |rows| {
            for id in &ids {
                let found = facts::channel(rows, &caller, *id)?;
                fieldpost_access::may_count_members(&caller, &found.facts).map_err(denied)?;
            }
            stats::member_counts(rows, &ids)
        })
        .await?;
    Ok(Json(counts))
}

#[derive(Deserialize)]
struct WithArchived {
    #[serde(default)]
    include_deleted: Option<String>,
}

async fn by_name(
    State(app): State<App>,
    session: Session,
    Path((team, name)): Path<(String, String)>,
    Query(query): Query<WithArchived>,
) -> Answer<Json<Channel>> {
    let caller = session.caller();
    let team: Id = team.parse().map_err(|_| Failure::invalid_url("team_id"))?;
    let archived = query.include_deleted.as_deref() == Some("true");
    let found = app.store().read(move |rows| named(rows, &caller, team, &name, archived)).await?;
    Ok(Json(found))
}

async fn by_names(
    State(app): State<App>,
    session: Session,
    Path((team, name)): Path<(String, String)>,
    Query(query): Query<WithArchived>,
) -> Answer<Json<Channel>> {
    let caller = session.caller();
    let archived = query.include_deleted.as_deref() == Some("true");
    let found = app
        .store()
        .read(move |rows| {
            let team = team::by_name(rows, &team)?.ok_or_else(no_such_name)?;
            named(rows, &caller, team.id, &name, archived)
        })
        .await?;
    Ok(Json(found))
}

/// The channel of a name. A private one that is none of the caller's business does not exist.
fn named(
    rows: &mut dyn Rows,
    caller: &Caller,
    team: Id,
    name: &str,
    archived: bool,
) -> Outcome<Channel> {
    let channel = channel::by_name(rows, team, &name.to_lowercase())?
        .filter(|channel| archived || channel.delete_at == 0)
        .ok_or_else(no_such_name)?;
    let found = facts::channel(rows, caller, channel.id)?;
    let visible = may_look_up_channel_by_name(caller, &found.facts);
    visible.map_err(|refused| match channel.kind {
        ChannelType::Open => denied(refused),
        _ => no_such_name(),
    })?;
    Ok(channel)
}

fn no_such_name() -> Failure {
    Failure::not_found("app.channel.get_by_name.missing.app_error", "Channel does not exist.")
}

/// Whether the caller may list the channels of a team, and who sees all of them.
fn require_listing(rows: &mut dyn Rows, caller: &Caller, team: Id) -> Outcome<()> {
    let facts = facts::team(rows, caller, team)?;
    let needed = Permission::ListTeamChannels;
    fieldpost_access::require_team(caller, &facts.facts, needed).map_err(denied)
}
