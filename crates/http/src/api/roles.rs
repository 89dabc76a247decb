//! Roles: what clients need to know which buttons to show.

use axum::extract::{Path, State};
use fieldpost_access::{
    Permission, Role, builtin, builtin_roles, require_system, restricted_roles,
};
use fieldpost_chat::facts::denied;
use fieldpost_kernel::Failure;
use fieldpost_model::Id;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::answer::{Answer, Json};
use crate::app::App;
use crate::auth::Session;
use crate::request::{Body, Ids};
use crate::routes::Routes;

/// Names asked for at once at most.
const MOST_NAMES: usize = 100;

pub(super) fn add(routes: &mut Routes) {
    routes.on("GET", "/api/v4/roles", all);
    routes.on("GET", "/api/v4/roles/{role_id}", one);
    routes.on("GET", "/api/v4/roles/name/{role_name}", by_name);
    routes.on("POST", "/api/v4/roles/names", by_names);
}

/// The id of a built-in role: the same at every site and in every version.
fn id_of(name: &str) -> Id {
    let digest = Sha256::digest(format!("fieldpost role:{name}"));
    Id::from_slice(&digest[..16])
}

fn shown(role: &Role) -> Value {
    let permissions: Vec<&str> = role.permissions.iter().map(Permission::name).collect();
    json!({
        "id": id_of(&role.name),
        "name": role.name,
        "display_name": role.display_name,
        "description": role.description,
        "create_at": 0,
        "update_at": 0,
        "delete_at": 0,
        "permissions": permissions,
        "scheme_managed": role.scheme_managed,
        "built_in": role.built_in,
    })
}

async fn all(State(_): State<App>, session: Session) -> Answer<Json<Vec<Value>>> {
    require_system(&session.caller(), Permission::ManageSystem).map_err(denied)?;
    Ok(Json(builtin_roles().iter().map(shown).collect()))
}

async fn one(_: Session, Ids([id]): Ids<1>) -> Answer<Json<Value>> {
    let id = id.thing();
    let role = builtin_roles()
        .iter()
        .chain(restricted_roles())
        .find(|role| id_of(&role.name) == id)
        .ok_or_else(|| Failure::not_found("app.role.get.app_error", "Unable to get the role."))?;
    Ok(Json(shown(role)))
}

async fn by_name(_: Session, Path(name): Path<String>) -> Answer<Json<Value>> {
    require_name(&name)?;
    let role = builtin(&name).ok_or_else(|| {
        Failure::not_found("app.role.get_by_name.app_error", "Unable to get the role.")
    })?;
    Ok(Json(shown(role)))
}

async fn by_names(_: Session, Body(names): Body<Vec<String>>) -> Answer<Json<Vec<Value>>> {
    let mut names: Vec<String> = names.into_iter().filter(|n| !n.trim().is_empty()).collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        return Err(Failure::invalid_body("rolenames").into());
    }
    if names.len() > MOST_NAMES {
        return Err(Failure::invalid(
            "api.roles.get_multiple_by_name_too_many.request_error",
            "At most 100 roles can be asked for at once.",
        )
        .into());
    }
    for name in &names {
        require_name(name)?;
    }
    Ok(Json(names.iter().filter_map(|name| builtin(name)).map(shown).collect()))
}

fn require_name(name: &str) -> Result<(), Failure> {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    if (1..=64).contains(&name.len()) && name.bytes().all(fits) {
        Ok(())
    } else {
        Err(Failure::invalid_body("rolename"))
    }
}
