//! Lists and searches of people.

use std::collections::BTreeMap;

use axum::extract::{Query as Parameters, State};
use axum::http::HeaderMap;
use axum::response::Response;
use fieldpost_access::{
    Caller, Permission, builtin, require_channel, require_system, require_team,
};
use fieldpost_chat::channel::group as conversation;
use fieldpost_chat::facts::{self, denied};
use fieldpost_chat::group;
use fieldpost_chat::people::{self, Fields, Order, Place, Query};
use fieldpost_identity::account;
use fieldpost_kernel::{Failure, Outcome, Rows};
use fieldpost_model::{Id, User};
use serde::Deserialize;
use serde_json::{Value, json};

use super::list_view;
use crate::answer::{Answer, Json};
use crate::app::App;
use crate::auth::Session;
use crate::request::{Body, Page};
use crate::routes::Routes;
use crate::tag::tagged;

/// People that a search gives, unless asked for fewer or more.
const SEARCHED: i64 = 100;

/// People that a search gives at most.
const MOST_SEARCHED: i64 = 1000;

pub(super) fn add(routes: &mut Routes) {
    routes.on("GET", "/api/v4/users", list);
    routes.on("POST", "/api/v4/users/search", search);
    routes.on("GET", "/api/v4/users/autocomplete", autocomplete);
    routes.on("GET", "/api/v4/users/known", known);
    routes.on("GET", "/api/v4/users/stats", stats);
    routes.on("POST", "/api/v4/users/group_channels", of_groups);
}

/// Places as a request names them, in the order in which the first one present decides.
#[derive(Debug, Default)]
struct Named {
    without_team: bool,
    in_team: String,
    not_in_team: String,
    in_channel: String,
    not_in_channel: String,
    in_group: String,
    not_in_group: String,
}

impl Named {
    /// The place meant, if the caller may list it.
    fn place(&self, rows: &mut dyn Rows, caller: &Caller) -> Outcome<Place> {
        if self.without_team {
            require_system(caller, Permission::ListUsersWithoutTeam).map_err(denied)?;
            return Ok(Place::WithoutTeam);
        }
        if !self.not_in_channel.is_empty() {
            let channel = channel_key(rows, caller, &self.not_in_channel, "not_in_channel")?;
            let team = team_key(rows, caller, &self.in_team, "in_team")?;
            return Ok(Place::NotInChannel(team, channel));
        }
        if !self.not_in_team.is_empty() {
            return team_key(rows, caller, &self.not_in_team, "not_in_team").map(Place::NotInTeam);
        }
        if !self.in_team.is_empty() && self.in_channel.is_empty() {
            return team_key(rows, caller, &self.in_team, "in_team").map(Place::InTeam);
        }
        if !self.in_channel.is_empty() {
            return channel_key(rows, caller, &self.in_channel, "in_channel").map(Place::InChannel);
        }
        if !self.in_group.is_empty() {
            return group_key(rows, &self.in_group, "in_group").map(Place::InGroup);
        }
        if !self.not_in_group.is_empty() {
            return group_key(rows, &self.not_in_group, "not_in_group").map(Place::NotInGroup);
        }
        Ok(Place::Anywhere)
    }
}

fn team_key(rows: &mut dyn Rows, caller: &Caller, id: &str, parameter: &str) -> Outcome<i64> {
    let id: Id = id.parse().map_err(|_| Failure::invalid_url(parameter))?;
    let team = facts::team(rows, caller, id)?;
    require_team(caller, &team.facts, Permission::ViewTeam).map_err(denied)?;
    Ok(team.key)
}

fn channel_key(rows: &mut dyn Rows, caller: &Caller, id: &str, parameter: &str) -> Outcome<i64> {
    let id: Id = id.parse().map_err(|_| Failure::invalid_url(parameter))?;
    let channel = facts::channel(rows, caller, id)?;
    require_channel(caller, &channel.facts, Permission::ReadChannel).map_err(denied)?;
    Ok(channel.key)
}

fn group_key(rows: &mut dyn Rows, id: &str, parameter: &str) -> Outcome<i64> {
    let id: Id = id.parse().map_err(|_| Failure::invalid_url(parameter))?;
    Some(group::key(rows, id)?).filter(|key| *key != 0).ok_or_else(group::no_group)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Listing {
    in_team: String,
    not_in_team: String,
    in_channel: String,
    not_in_channel: String,
    in_group: String,
    not_in_group: String,
    without_team: String,
    active: String,
    inactive: String,
    role: String,
    roles: String,
    sort: String,
}

fn is_true(text: &str) -> bool {
    matches!(text, "true" | "1" | "t" | "T" | "TRUE" | "True")
}

impl Listing {
    fn active(&self) -> Outcome<Option<bool>> {
        match (is_true(&self.active), is_true(&self.inactive)) {
            (true, true) => Err(Failure::invalid_url("inactive")),
            (true, false) => Ok(Some(true)),
            (false, true) => Ok(Some(false)),
            (false, false) => Ok(None),
        }
    }

    fn order(&self) -> Outcome<Order> {
        let (team, channel) = (!self.in_team.is_empty(), !self.in_channel.is_empty());
        let plain = self.not_in_team.is_empty() && self.not_in_channel.is_empty();
        match self.sort.as_str() {
            "" => Ok(Order::Username),
            "create_at" if team && plain => Ok(Order::Joined),
            "last_activity_at" if team && plain => Ok(Order::Username),
            "admin" if channel => Ok(Order::Administrators),
            "status" if channel => Ok(Order::Username),
            _ => Err(Failure::invalid_url("sort")),
        }
    }

    fn roles(&self) -> Outcome<Vec<String>> {
        let named = self.roles.split(',').chain([self.role.as_str()]);
        let roles: Vec<String> =
            named.map(str::trim).filter(|role| !role.is_empty()).map(str::to_owned).collect();
        if roles.len() > builtin_count() || roles.iter().any(|role| builtin(role).is_none()) {
            return Err(Failure::invalid_url("roles"));
        }
        Ok(roles)
    }
}

fn builtin_count() -> usize {
    fieldpost_access::builtin_roles().len()
}

async fn list(
    State(app): State<App>,
    session: Session,
    headers: HeaderMap,
    Parameters(listing): Parameters<Listing>,
    page: Page,
) -> Answer<Response> {
    let caller = session.caller();
    let mut query = Query::of(Place::Anywhere);
    (query.active, query.order, query.roles) =
        (listing.active()?, listing.order()?, listing.roles()?);
    let named = Named {
        without_team: is_true(&listing.without_team),
        in_team: listing.in_team,
        not_in_team: listing.not_in_team,
        in_channel: listing.in_channel,
        not_in_channel: listing.not_in_channel,
        in_group: listing.in_group,
        not_in_group: listing.not_in_group,
    };
    let users = app
        .store()
        .read(move |rows| {
            query.place = named.place(rows, &caller)?;
            if matches!(query.place, Place::InGroup(_)) {
                query.active = query.active.or(Some(true));
            }
            listed(rows, &caller, &query, (page.offset(), page.per_page))
        })
        .await?;
    let view = list_view(&session);
    let users: Vec<User> = users.into_iter().map(|user| user.sanitized(view)).collect();
    tagged(&headers, &users)
}

/// The accounts of a list, in its order.
fn listed(
    rows: &mut dyn Rows,
    caller: &Caller,
    query: &Query,
    page: (i64, i64),
) -> Outcome<Vec<User>> {
    let ids = people::list(rows, caller, query, page)?;
    let mut users = account::by_ids(rows, &ids)?;
    let place: std::collections::HashMap<Id, usize> =
        ids.iter().enumerate().map(|(n, id)| (*id, n)).collect();
    users.sort_by_key(|user| place.get(&user.id).copied());
    Ok(users)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Search {
    term: String,
    team_id: String,
    not_in_team_id: String,
    in_channel_id: String,
    not_in_channel_id: String,
    in_group_id: String,
    not_in_group_id: String,
    allow_inactive: bool,
    without_team: bool,
    limit: i64,
}

async fn search(
    State(app): State<App>,
    session: Session,
    Body(search): Body<Search>,
) -> Answer<Json<Vec<User>>> {
    if search.term.trim().is_empty() {
        return Err(Failure::invalid_body("term").into());
    }
    if !search.not_in_channel_id.is_empty() && search.team_id.is_empty() {
        return Err(Failure::invalid_body("team_id").into());
    }
    let limit = match search.limit {
        0 => SEARCHED,
        1..=MOST_SEARCHED => search.limit,
        _ => return Err(Failure::invalid_body("limit").into()),
    };
    let caller = session.caller();
    let mut query = Query::of(Place::Anywhere);
    query.term = search.term;
    query.active = (!search.allow_inactive).then_some(true);
    query.fields = Fields { full_name: true, email: true };
    let named = Named {
        without_team: search.without_team,
        in_team: search.team_id,
        not_in_team: search.not_in_team_id,
        in_channel: search.in_channel_id,
        not_in_channel: search.not_in_channel_id,
        in_group: search.in_group_id,
        not_in_group: search.not_in_group_id,
    };
    let users = app
        .store()
        .read(move |rows| {
            query.place = named.place(rows, &caller)?;
            listed(rows, &caller, &query, (0, limit))
        })
        .await?;
    let view = list_view(&session);
    Ok(Json(users.into_iter().map(|user| user.sanitized(view)).collect()))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Completion {
    in_team: String,
    in_channel: String,
    name: String,
    limit: Option<i64>,
}

async fn autocomplete(
    State(app): State<App>,
    session: Session,
    Parameters(asked): Parameters<Completion>,
) -> Answer<Json<Value>> {
    let caller = session.caller();
    let limit = asked.limit.unwrap_or(SEARCHED).clamp(0, MOST_SEARCHED);
    let view = list_view(&session);
    let (inside, outside) =
        app.store().read(move |rows| completed(rows, &caller, &asked, limit)).await?;
    let shown = |users: Vec<User>| -> Vec<User> {
        users.into_iter().map(|user| user.sanitized(view)).collect()
    };
    let mut answer = json!({ "users": shown(inside) });
    if let (Some(outside), Some(answer)) = (outside, answer.as_object_mut()) {
        answer.insert("out_of_channel".to_owned(), json!(shown(outside)));
    }
    Ok(Json(answer))
}

/// People to choose from while a name is typed: those inside the channel, if there is one, and
/// those of the team outside of it.
fn completed(
    rows: &mut dyn Rows,
    caller: &Caller,
    asked: &Completion,
    limit: i64,
) -> Outcome<(Vec<User>, Option<Vec<User>>)> {
    let mut query = Query::of(Place::Anywhere);
    query.term.clone_from(&asked.name);
    query.active = Some(true);
    query.fields = Fields { full_name: true, email: false };
    if !asked.in_channel.is_empty() {
        let channel = channel_key(rows, caller, &asked.in_channel, "in_channel")?;
        query.place = Place::InChannel(channel);
        let inside = listed(rows, caller, &query, (0, limit))?;
        if asked.in_team.is_empty() {
            return Ok((inside, Some(Vec::new())));
        }
        let team = team_key(rows, caller, &asked.in_team, "in_team")?;
        query.place = Place::NotInChannel(team, channel);
        return Ok((inside, Some(listed(rows, caller, &query, (0, limit))?)));
    }
    if !asked.in_team.is_empty() {
        query.place = Place::InTeam(team_key(rows, caller, &asked.in_team, "in_team")?);
    }
    Ok((listed(rows, caller, &query, (0, limit))?, None))
}

async fn known(State(app): State<App>, session: Session) -> Answer<Json<Vec<Id>>> {
    let me = session.caller().user;
    Ok(Json(app.store().read(move |rows| people::known(rows, me)).await?))
}

async fn stats(State(app): State<App>, session: Session) -> Answer<Json<Value>> {
    let caller = session.caller();
    let count = app.store().read(move |rows| people::count(rows, &caller)).await?;
    Ok(Json(json!({ "total_users_count": count })))
}

/// The other people of the caller's own group conversations among those asked for.
async fn of_groups(
    State(app): State<App>,
    session: Session,
    Body(channels): Body<Vec<Id>>,
) -> Answer<Json<BTreeMap<Id, Vec<User>>>> {
    let (caller, view) = (session.caller(), list_view(&session));
    let found = app
        .store()
        .read(move |rows| {
            let mut shown = BTreeMap::new();
            for (channel, people) in conversation::others(rows, &caller, &channels)? {
                let users = account::by_ids(rows, &people)?;
                let users = users.into_iter().map(|user| user.sanitized(view)).collect();
                shown.insert(channel, users);
            }
            Ok(shown)
        })
        .await?;
    Ok(Json(found))
}
