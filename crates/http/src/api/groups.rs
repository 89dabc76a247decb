//! Groups of people with a name, and who is in them.

use axum::extract::{Query as Parameters, State};
use fieldpost_access::{may_list_groups_of_channel, may_view_team};
use fieldpost_chat::facts::{self, denied};
use fieldpost_chat::group::list::{self, Archived, InChannel, MOST_NAMES, Query};
use fieldpost_chat::group::write::{self, GroupPatch, NewGroup};
use fieldpost_chat::group::{self, CUSTOM, member};
use fieldpost_chat::people::{self, Place};
use fieldpost_identity::account;
use fieldpost_kernel::{Failure, Outcome, Work};
use fieldpost_model::{Group, GroupMember, Id, User};
use serde::Deserialize;
use serde_json::{Value, json};

use super::users::list_view;
use crate::answer::{Answer, Created, Json};
use crate::app::App;
use crate::auth::Session;
use crate::request::{Body, Ids, Page};
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    routes.on("GET", "/api/v4/groups", page);
    routes.on("POST", "/api/v4/groups", create);
    routes.on("POST", "/api/v4/groups/names", by_names);
    routes.on("GET", "/api/v4/groups/{group_id}", one);
    routes.on("DELETE", "/api/v4/groups/{group_id}", archive);
    routes.on("PUT", "/api/v4/groups/{group_id}/patch", patch);
    routes.on("POST", "/api/v4/groups/{group_id}/restore", restore);
    routes.on("GET", "/api/v4/groups/{group_id}/stats", stats);
    routes.on("GET", "/api/v4/groups/{group_id}/members", members);
    routes.on("POST", "/api/v4/groups/{group_id}/members", add_members);
    routes.on("DELETE", "/api/v4/groups/{group_id}/members", remove_members);
    routes.on("GET", "/api/v4/users/{user_id}/groups", of_person);
    routes.on("GET", "/api/v4/teams/{team_id}/groups", of_team);
    routes.on("GET", "/api/v4/teams/{team_id}/groups_by_channels", of_team_by_channels);
    routes.on("GET", "/api/v4/channels/{channel_id}/groups", of_channel);
    routes.on("GET", "/api/v4/channels/{channel_id}/member_counts_by_group", in_channel);
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Listing {
    q: String,
    filter_has_member: String,
    since: String,
    filter_archived: String,
    include_archived: String,
    include_member_count: String,
    include_member_ids: String,
    group_source: String,
    only_syncable_sources: String,
    not_associated_to_team: String,
    not_associated_to_channel: String,
}

fn is_true(text: &str) -> bool {
    matches!(text, "true" | "1")
}

impl Listing {
    /// Whether groups are meant that come from a directory: there are none here.
    fn of_a_directory(&self) -> bool {
        is_true(&self.only_syncable_sources)
            || !self.not_associated_to_team.is_empty()
            || !self.not_associated_to_channel.is_empty()
            || !matches!(self.group_source.as_str(), "" | CUSTOM)
    }

    fn query(self) -> Outcome<Query> {
        let number = |text: &str| if text.is_empty() { Ok(0) } else { text.parse() };
        let since = number(&self.since).map_err(|_| Failure::invalid_url("since"))?;
        let member = match self.filter_has_member.as_str() {
            "" => Id::NONE,
            id => id.parse().map_err(|_| Failure::invalid_url("filter_has_member"))?,
        };
        let archived = if is_true(&self.filter_archived) {
            Archived::Only
        } else if is_true(&self.include_archived) || since > 0 {
            Archived::With
        } else {
            Archived::Without
        };
        Ok(Query {
            term: self.q,
            member,
            since,
            archived,
            counted: is_true(&self.include_member_count),
            with_members: is_true(&self.include_member_ids),
        })
    }
}

async fn page(
    State(app): State<App>,
    session: Session,
    Parameters(listing): Parameters<Listing>,
    page: Page,
) -> Answer<Json<Vec<Group>>> {
    if listing.of_a_directory() {
        return Ok(Json(Vec::new()));
    }
    let (caller, query) = (session.caller(), listing.query()?);
    let window = (page.offset(), page.per_page);
    Ok(Json(app.store().read(move |rows| list::page(rows, &caller, &query, window)).await?))
}

async fn create(
    State(app): State<App>,
    session: Session,
    Body(new): Body<NewGroup>,
) -> Answer<Created<Group>> {
    let caller = session.caller();
    Ok(Created(change(&app, move |work| write::create(work, &caller, &new)).await?))
}

/// Changes something of the site's groups.
async fn change<T: Send + 'static>(
    app: &App,
    use_case: impl Fn(&mut Work<'_>) -> Outcome<T> + Send + 'static,
) -> Outcome<T> {
    app.store().write(&[group::scope()], use_case).await
}

async fn by_names(
    State(app): State<App>,
    _: Session,
    Body(names): Body<Vec<String>>,
) -> Answer<Json<Vec<Group>>> {
    if names.is_empty() || names.len() > MOST_NAMES {
        return Err(Failure::invalid_body("group_names").into());
    }
    Ok(Json(app.store().read(move |rows| list::by_names(rows, &names)).await?))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Counted {
    include_member_count: String,
}

async fn one(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
    Parameters(counted): Parameters<Counted>,
) -> Answer<Json<Group>> {
    let (caller, counted) = (session.caller(), is_true(&counted.include_member_count));
    let found = app.store().read(move |rows| list::one(rows, &caller, id.thing(), counted));
    Ok(Json(found.await?))
}

async fn patch(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
    Body(patch): Body<GroupPatch>,
) -> Answer<Json<Group>> {
    let caller = session.caller();
    let changed = change(&app, move |work| write::patch(work, &caller, id.thing(), &patch));
    Ok(Json(changed.await?))
}

async fn archive(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
) -> Answer<Json<Group>> {
    let caller = session.caller();
    let changed = change(&app, move |work| write::archive(work, &caller, id.thing()));
    Ok(Json(changed.await?))
}

async fn restore(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
) -> Answer<Json<Group>> {
    let caller = session.caller();
    let changed = change(&app, move |work| write::restore(work, &caller, id.thing()));
    Ok(Json(changed.await?))
}

async fn stats(State(app): State<App>, session: Session, Ids([id]): Ids<1>) -> Answer<Json<Value>> {
    let (caller, id) = (session.caller(), id.thing());
    let count = app
        .store()
        .read(move |rows| {
            group::by_id(rows, id)?;
            list::visible_count(rows, &caller, id)
        })
        .await?;
    Ok(Json(json!({ "group_id": id, "total_member_count": count })))
}

async fn members(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
    page: Page,
) -> Answer<Json<Value>> {
    let (caller, id) = (session.caller(), id.thing());
    let window = (page.offset(), page.per_page);
    let (users, count) = app
        .store()
        .read(move |rows| {
            let key = group::key(rows, id)?;
            if key == 0 {
                return Err(group::no_group());
            }
            let mut query = people::Query::of(Place::InGroup(key));
            query.active = Some(true);
            let ids = people::list(rows, &caller, &query, window)?;
            let mut users = account::by_ids(rows, &ids)?;
            users.sort_by(|a, b| a.username.cmp(&b.username));
            Ok((users, list::visible_count(rows, &caller, id)?))
        })
        .await?;
    let view = list_view(&session);
    let users: Vec<User> = users.into_iter().map(|user| user.sanitized(view)).collect();
    Ok(Json(json!({ "members": users, "total_member_count": count })))
}

#[derive(Debug, Deserialize)]
struct People {
    user_ids: Vec<Id>,
}

async fn add_members(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
    Body(people): Body<People>,
) -> Answer<Json<Vec<GroupMember>>> {
    let caller = session.caller();
    let changed =
        change(&app, move |work| member::add(work, &caller, id.thing(), &people.user_ids));
    Ok(Json(changed.await?))
}

async fn remove_members(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
    Body(people): Body<People>,
) -> Answer<Json<Vec<GroupMember>>> {
    let caller = session.caller();
    let changed =
        change(&app, move |work| member::remove(work, &caller, id.thing(), &people.user_ids));
    Ok(Json(changed.await?))
}

async fn of_person(
    State(app): State<App>,
    session: Session,
    Ids([person]): Ids<1>,
) -> Answer<Json<Vec<Group>>> {
    let caller = session.caller();
    let person = person.person(caller.user);
    Ok(Json(app.store().read(move |rows| list::of_person(rows, &caller, person)).await?))
}

/// What decides who belongs to a place: a directory's groups would, and none is connected.
fn no_groups() -> Json<Value> {
    Json(json!({ "groups": [], "total_group_count": 0 }))
}

async fn of_team(
    State(app): State<App>,
    session: Session,
    Ids([team]): Ids<1>,
) -> Answer<Json<Value>> {
    require_team(&app, &session, team.thing()).await?;
    Ok(no_groups())
}

async fn of_team_by_channels(
    State(app): State<App>,
    session: Session,
    Ids([team]): Ids<1>,
) -> Answer<Json<Value>> {
    require_team(&app, &session, team.thing()).await?;
    Ok(Json(json!({ "groups": {} })))
}

async fn require_team(app: &App, session: &Session, team: Id) -> Outcome<()> {
    let caller = session.caller();
    let found = app.store().read(move |rows| facts::team(rows, &caller, team)).await?;
    may_view_team(&caller, &found.facts).map_err(denied)
}

async fn of_channel(
    State(app): State<App>,
    session: Session,
    Ids([channel]): Ids<1>,
) -> Answer<Json<Value>> {
    let (caller, channel) = (session.caller(), channel.thing());
    let found = app.store().read(move |rows| facts::channel(rows, &caller, channel)).await?;
    may_list_groups_of_channel(&caller, &found.facts).map_err(denied)?;
    Ok(no_groups())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Timezones {
    include_timezones: String,
}

async fn in_channel(
    State(app): State<App>,
    session: Session,
    Ids([channel]): Ids<1>,
    Parameters(asked): Parameters<Timezones>,
) -> Answer<Json<Vec<InChannel>>> {
    let (caller, with_timezones) = (session.caller(), is_true(&asked.include_timezones));
    let found = app
        .store()
        .read(move |rows| list::in_channel(rows, &caller, channel.thing(), with_timezones))
        .await?;
    Ok(Json(found))
}
