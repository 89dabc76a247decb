//! How many people there are of a kind, for those who administer them.

use axum::extract::{Query, State};
use fieldpost_access::{Permission, builtin, require_system};
use fieldpost_chat::facts::{self, denied};
use fieldpost_chat::people::{self, Counted};
use fieldpost_kernel::{Failure, Outcome};
use fieldpost_model::Id;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::{Answer, Json};
use crate::app::App;
use crate::auth::Session;
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    routes.on("GET", "/api/v4/users/stats/filtered", count);
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Filter {
    in_team: String,
    in_channel: String,
    include_deleted: String,
    include_bots: String,
    roles: String,
    team_roles: String,
    channel_roles: String,
}

fn is_true(text: &str) -> bool {
    matches!(text, "true" | "1")
}

/// The roles of a list, all of which begin as they must.
fn roles(list: &str, prefix: &str, parameter: &str) -> Outcome<Vec<String>> {
    let roles: Vec<String> =
        list.split(',').map(str::trim).filter(|role| !role.is_empty()).map(str::to_owned).collect();
    let known = |role: &String| role.starts_with(prefix) && builtin(role).is_some();
    if roles.len() > 10 || !roles.iter().all(known) {
        return Err(Failure::invalid_url(parameter));
    }
    Ok(roles)
}

fn id(text: &str, parameter: &str) -> Outcome<Option<Id>> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| Failure::invalid_url(parameter))
}

async fn count(
    State(app): State<App>,
    session: Session,
    Query(filter): Query<Filter>,
) -> Answer<Json<Value>> {
    let caller = session.caller();
    require_system(&caller, Permission::SysconsoleReadUserManagementUsers).map_err(denied)?;
    let (team, channel) = (id(&filter.in_team, "in_team")?, id(&filter.in_channel, "in_channel")?);
    let in_team = roles(&filter.team_roles, "team_", "team_roles")?;
    let in_channel = roles(&filter.channel_roles, "channel_", "channel_roles")?;
    let counted = Counted {
        roles: roles(&filter.roles, "", "roles")?,
        deactivated: is_true(&filter.include_deleted),
        bots: is_true(&filter.include_bots),
        ..Counted::default()
    };
    let count = app
        .store()
        .read(move |rows| {
            let mut counted = counted.clone();
            if let Some(team) = team {
                let key = facts::team(rows, &caller, team)?.key;
                counted.team = Some((key, in_team.clone()));
            }
            if let Some(channel) = channel {
                let key = facts::channel(rows, &caller, channel)?.key;
                counted.channel = Some((key, in_channel.clone()));
            }
            people::count_of(rows, &caller, &counted)
        })
        .await?;
    Ok(Json(json!({ "total_users_count": count })))
}
