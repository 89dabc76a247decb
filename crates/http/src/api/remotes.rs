//! Links between sites as clients of the API ask for them: remote clusters and shared channels.
//!
//! A site is a remote cluster, by the id that its people carry. What this API would make a link
//! with, an invitation under a password for a team, is not how sites are linked here; so those
//! operations are not served.

use axum::extract::{Query as Parameters, State};
use axum::http::StatusCode;
use fieldpost_access::{Permission, may_read_channel, require_system, require_team};
use fieldpost_chat::facts::{self, POLICY, denied};
use fieldpost_chat::{channel, people};
use fieldpost_identity::account;
use fieldpost_kernel::Failure;
use fieldpost_link::remote::{self, Query, Shares};
use fieldpost_link::share::Which;
use fieldpost_model::{Id, RemoteCluster, RemoteClusterInfo, SharedChannel, SharedChannelRemote};
use serde::Deserialize;
use serde_json::{Value, json};

use super::link::linker;
use crate::answer::{Answer, Done, Json};
use crate::app::App;
use crate::auth::Session;
use crate::request::{Ids, Page};
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    routes.on("GET", "/api/v4/remotecluster", all);
    routes.on("GET", "/api/v4/remotecluster/{remote_id}", one);
    routes.on("DELETE", "/api/v4/remotecluster/{remote_id}", remove);
    routes.on("GET", "/api/v4/remotecluster/{remote_id}/sharedchannelremotes", shares);
    let channel = "/api/v4/remotecluster/{remote_id}/channels/{channel_id}";
    routes.on("POST", &format!("{channel}/invite"), share);
    routes.on("POST", &format!("{channel}/uninvite"), unshare);
    routes.on("GET", "/api/v4/sharedchannels/{team_id}", of_team);
    routes.on("GET", "/api/v4/sharedchannels/{channel_id}/remotes", of_channel);
    routes.on("GET", "/api/v4/sharedchannels/remote_info/{remote_id}", info);
    routes.on(
        "GET",
        "/api/v4/sharedchannels/users/{user_id}/can_dm/{other_user_id}",
        can_write_directly,
    );
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Listing {
    exclude_offline: String,
    in_channel: String,
    not_in_channel: String,
    only_plugins: String,
}

fn is_true(text: &str) -> bool {
    matches!(text, "true" | "1")
}

fn optional(text: &str, name: &str) -> Result<Id, Failure> {
    if text.is_empty() {
        Ok(Id::NONE)
    } else {
        text.parse().map_err(|_| Failure::invalid_url(name))
    }
}

async fn all(
    State(app): State<App>,
    session: Session,
    Parameters(listing): Parameters<Listing>,
    page: Page,
) -> Answer<Json<Vec<RemoteCluster>>> {
    let caller = session.caller();
    let query = Query {
        in_channel: optional(&listing.in_channel, "in_channel")?,
        not_in_channel: optional(&listing.not_in_channel, "not_in_channel")?,
    };
    let mut found = app.store().read(move |rows| remote::all(rows, &caller, query)).await?;
    if is_true(&listing.only_plugins) {
        found.clear();
    }
    if is_true(&listing.exclude_offline) && !found.is_empty() {
        let connected = connected(&app).await?;
        found.retain(|remote| connected.contains(&remote.remote_id));
    }
    let skipped = usize::try_from(page.offset()).unwrap_or(usize::MAX);
    let most = usize::try_from(page.per_page).unwrap_or_default();
    Ok(Json(found.into_iter().skip(skipped).take(most).collect()))
}

/// The sites that this one talks with now.
async fn connected(app: &App) -> Result<Vec<Id>, Failure> {
    let status = linker(app)?.status().await?;
    let connected = status.peers.into_iter().filter(|peer| peer.state == "connected");
    Ok(connected.map(|peer| peer.id).collect())
}

async fn one(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
) -> Answer<Json<RemoteCluster>> {
    let (caller, id) = (session.caller(), id.thing());
    Ok(Json(app.store().read(move |rows| remote::one(rows, &caller, id)).await?))
}

/// Ends a link. The other site's key stays known, so that nobody else comes under its id.
async fn remove(State(app): State<App>, session: Session, Ids([id]): Ids<1>) -> Answer<StatusCode> {
    let (caller, id) = (session.caller(), id.thing());
    require_system(&caller, Permission::ManageSecureConnections).map_err(denied)?;
    app.store().read(move |rows| remote::one(rows, &caller, id)).await?;
    linker(&app)?.remove(caller, id.to_string()).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    include_unconfirmed: String,
    exclude_confirmed: String,
    exclude_home: String,
    exclude_remote: String,
}

async fn shares(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
    Parameters(wanted): Parameters<Wanted>,
    page: Page,
) -> Answer<Json<Vec<SharedChannelRemote>>> {
    let (caller, id) = (session.caller(), id.thing());
    let which = Shares {
        unconfirmed: is_true(&wanted.include_unconfirmed),
        without_confirmed: is_true(&wanted.exclude_confirmed),
        without_home: is_true(&wanted.exclude_home),
        without_remote: is_true(&wanted.exclude_remote),
    };
    let (own, window) = (app.store().site().id, (page.offset(), page.per_page));
    let found = app
        .store()
        .read(move |rows| remote::shares(rows, &caller, (own, id), which, window))
        .await?;
    Ok(Json(found))
}

async fn share(
    State(app): State<App>,
    session: Session,
    Ids([remote, channel]): Ids<2>,
) -> Answer<Done> {
    set_share(&app, &session, (remote.thing(), channel.thing()), true).await
}

async fn unshare(
    State(app): State<App>,
    session: Session,
    Ids([remote, channel]): Ids<2>,
) -> Answer<Done> {
    set_share(&app, &session, (remote.thing(), channel.thing()), false).await
}

async fn set_share(
    app: &App,
    session: &Session,
    (remote, channel): (Id, Id),
    open: bool,
) -> Answer<Done> {
    let caller = session.caller();
    require_system(&caller, Permission::ManageSharedChannels).map_err(denied)?;
    app.store().read(move |rows| remote::one(rows, &caller, remote)).await?;
    let which = Which::One(channel.to_string());
    linker(app)?.share(caller, remote.to_string(), which, open).await?;
    Ok(Done)
}

async fn of_team(
    State(app): State<App>,
    session: Session,
    Ids([team]): Ids<1>,
    page: Page,
) -> Answer<Json<Vec<SharedChannel>>> {
    let (caller, team) = (session.caller(), team.thing());
    let (own, window) = (app.store().site().id, (page.offset(), page.per_page));
    let found = app
        .store()
        .read(move |rows| {
            let facts = facts::team(rows, &caller, team)?.facts;
            require_system(&caller, Permission::ManageSharedChannels)
                .and_then(|()| require_team(&caller, &facts, Permission::ViewTeam))
                .map_err(denied)?;
            remote::channels_of_team(rows, own, team, window)
        })
        .await?;
    Ok(Json(found))
}

async fn of_channel(
    State(app): State<App>,
    session: Session,
    Ids([channel]): Ids<1>,
) -> Answer<Json<Vec<RemoteClusterInfo>>> {
    let (caller, channel) = (session.caller(), channel.thing());
    let found = app
        .store()
        .read(move |rows| {
            let facts = facts::channel(rows, &caller, channel)?.facts;
            may_read_channel(&caller, &POLICY, &facts).map_err(denied)?;
            remote::of_channel(rows, channel)
        })
        .await?;
    Ok(Json(found))
}

async fn info(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
) -> Answer<Json<RemoteClusterInfo>> {
    let (caller, id) = (session.caller(), id.thing());
    Ok(Json(app.store().read(move |rows| remote::info(rows, &caller, id)).await?))
}

/// Whether what two people write would reach them both: it depends on the administrators of two sites
/// if one of the two is at home at another.
async fn can_write_directly(
    State(app): State<App>,
    session: Session,
    Ids([person, other]): Ids<2>,
) -> Answer<Json<Value>> {
    let caller = session.caller();
    let people = [person.person(caller.user), other.person(caller.user)];
    let can = app
        .store()
        .read(move |rows| {
            facts::require_person(rows, &caller, people[0])?;
            people::require_visible(rows, &caller, people[1])?;
            for person in people {
                account::by_id(rows, person)?.ok_or_else(account::no_account)?;
            }
            channel::may_converse(rows, &people)
        })
        .await?;
    Ok(Json(json!({ "can_dm": can })))
}
