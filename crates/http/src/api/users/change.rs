//! Changing accounts: what they say of themselves, roles, activation, passwords.

use axum::extract::{Query, State};
use fieldpost_access::Caller;
use fieldpost_identity::account::site_scope;
use fieldpost_identity::address;
use fieldpost_identity::credential;
use fieldpost_identity::roles;
use fieldpost_identity::target;
use fieldpost_identity::update::{self, Patch, wrong_password};
use fieldpost_kernel::{Failure, FailureKind, Outcome, Work};
use fieldpost_mail::{Letter, queue};
use fieldpost_model::{Id, User};
use serde::Deserialize;

use super::mail::{ask_new, tell_of_password};
use super::{hash, seen_by, shows_password};
use crate::answer::{Answer, Done, Json};
use crate::app::App;
use crate::auth::Session;
use crate::origin::{By, Origin};
use crate::request::{Body, Ids};
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    routes.on("PUT", "/api/v4/users/{user_id}", replace);
    routes.on("PUT", "/api/v4/users/{user_id}/patch", patch);
    routes.on("PUT", "/api/v4/users/{user_id}/roles", change_roles);
    routes.on("PUT", "/api/v4/users/{user_id}/active", change_active);
    routes.on("DELETE", "/api/v4/users/{user_id}", deactivate);
    routes.on("PUT", "/api/v4/users/{user_id}/password", change_password);
    routes.on("POST", "/api/v4/users/{user_id}/reset_failed_attempts", unlock);
}

#[derive(Deserialize)]
struct Whole {
    #[serde(flatten)]
    user: User,
    #[serde(default, rename = "password")]
    secret: String,
}

async fn replace(
    State(app): State<App>,
    session: Session,
    origin: Origin,
    Ids([id]): Ids<1>,
    Body(body): Body<Whole>,
) -> Answer<Json<User>> {
    let id = id.person(session.caller().user);
    if body.user.id != id {
        return Err(Failure::invalid_body("user_id").into());
    }
    let by = origin.by(&session.0);
    let patch = Patch::whole(body.user);
    changed((&app, by), &session, (id, patch), body.secret, FailureKind::Invalid).await
}

#[derive(Deserialize)]
struct Partial {
    #[serde(flatten)]
    patch: Patch,
    #[serde(default, rename = "password")]
    secret: String,
}

async fn patch(
    State(app): State<App>,
    session: Session,
    origin: Origin,
    Ids([id]): Ids<1>,
    Body(body): Body<Partial>,
) -> Answer<Json<User>> {
    let id = id.person(session.caller().user);
    let by = origin.by(&session.0);
    let wrong = FailureKind::Unauthenticated;
    changed((&app, by), &session, (id, body.patch), body.secret, wrong).await
}

/// Changes an account; `wrong` is how a wrong password is answered.
async fn changed(
    (app, by): (&App, By),
    session: &Session,
    (id, patch): (Id, Patch),
    secret: String,
    wrong: FailureKind,
) -> Answer<Json<User>> {
    let caller = session.caller();
    let mut proved = false;
    if id == caller.user {
        let user = app.store().read(move |rows| target::own(rows, id)).await?;
        if patch.changes_email(&user) {
            if secret.is_empty() {
                return Err(Failure::invalid_body("password").into());
            }
            if !shows_password(app, id, secret, &by).await? {
                return Err(wrong_password(wrong).into());
            }
            proved = true;
        }
    }
    let mail = app.settings().mail;
    let user = app
        .store()
        .write(&[], move |work| {
            let mut patch = patch.clone();
            if mail.verifies()
                && let Some(address) = address::defer(work, &caller, id, &mut patch, proved)?
            {
                queue::put(work, &Letter::Verify { account: id, address })?;
            }
            let before = target::own_for(work, &caller, id)?;
            let user = update::update(work, &caller, id, &patch, proved)?;
            if user.email != before.email {
                by.note(work, id, "success - another e-mail address")?;
                if mail.on {
                    tell_of_address(work, before, &user)?;
                }
            }
            Ok(user)
        })
        .await?;
    Ok(Json(seen_by(session, user)))
}

/// Has whoever reads at the old address told of the new one, and whoever reads there asked.
fn tell_of_address(work: &mut Work<'_>, before: User, after: &User) -> Outcome<()> {
    if !before.email.is_empty() {
        queue::put(work, &Letter::AddressChanged { account: before.id, from: before.email })?;
    }
    ask_new(work, true, after)
}

#[derive(Deserialize)]
struct Roles {
    #[serde(default)]
    roles: String,
}

async fn change_roles(
    State(app): State<App>,
    session: Session,
    origin: Origin,
    Ids([id]): Ids<1>,
    Body(body): Body<Roles>,
) -> Answer<Done> {
    let caller = session.caller();
    let id = id.person(caller.user);
    let by = origin.by(&session.0);
    app.store()
        .write(&[roles::administration()], move |work| {
            roles::change(work, &caller, id, &body.roles)?;
            by.note(work, id, &format!("success - {}", body.roles))
        })
        .await?;
    app.forget_sessions(id);
    Ok(Done)
}

#[derive(Deserialize)]
struct Active {
    active: Option<bool>,
}

async fn change_active(
    State(app): State<App>,
    session: Session,
    origin: Origin,
    Ids([id]): Ids<1>,
    Body(body): Body<Active>,
) -> Answer<Done> {
    let active = body.active.ok_or_else(|| Failure::invalid_body("active"))?;
    let by = origin.by(&session.0);
    set_active(&app, by, (session.caller(), id.person(session.caller().user)), active).await
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Deletion {
    permanent: String,
}

async fn deactivate(
    State(app): State<App>,
    session: Session,
    origin: Origin,
    Ids([id]): Ids<1>,
    Query(deletion): Query<Deletion>,
) -> Answer<Done> {
    if deletion.permanent == "true" {
        return Err(Failure::new(
            FailureKind::Unauthenticated,
            "api.user.delete_user.not_enabled.app_error",
            "Permanent user deletion feature is not enabled.",
        )
        .into());
    }
    let by = origin.by(&session.0);
    set_active(&app, by, (session.caller(), id.person(session.caller().user)), false).await
}

async fn set_active(app: &App, by: By, (caller, id): (Caller, Id), active: bool) -> Answer<Done> {
    app.store()
        .write(&[roles::administration()], move |work| {
            roles::activate(work, &caller, id, active)?;
            by.note(work, id, if active { "success - active" } else { "success - inactive" })
        })
        .await?;
    app.forget_sessions(id);
    if !active {
        app.presence().forget(id);
    }
    Ok(Done)
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Passwords {
    current_password: String,
    new_password: String,
}

async fn change_password(
    State(app): State<App>,
    session: Session,
    origin: Origin,
    Ids([id]): Ids<1>,
    Body(body): Body<Passwords>,
) -> Answer<Done> {
    let caller = session.caller();
    let id = id.person(caller.user);
    let by = origin.by(&session.0);
    let mut kept = Id::NONE;
    if id == caller.user {
        if body.current_password.is_empty() {
            return Err(Failure::invalid_body("current_password").into());
        }
        if !shows_password(&app, id, body.current_password, &by).await? {
            return Err(Failure::invalid(
                "api.user.update_password.incorrect.app_error",
                "The current password you entered is incorrect.",
            )
            .into());
        }
        kept = session.0.session.id;
    }
    let hash = hash(&app, body.new_password).await?;
    let mails = app.settings().mail.on;
    app.store()
        .write(&[site_scope(id)], move |work| {
            credential::change(work, &caller, id, &hash, kept)?;
            by.note(work, id, "success")?;
            tell_of_password(work, mails, id)
        })
        .await?;
    app.forget_sessions(id);
    Ok(Done)
}

async fn unlock(
    State(app): State<App>,
    session: Session,
    origin: Origin,
    Ids([id]): Ids<1>,
) -> Answer<Done> {
    let caller = session.caller();
    let id = id.person(caller.user);
    let by = origin.by(&session.0);
    app.store()
        .write(&[site_scope(id)], move |work| {
            credential::unlock(work, &caller, id)?;
            by.note(work, id, "success")
        })
        .await?;
    Ok(Done)
}
