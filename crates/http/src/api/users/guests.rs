//! Members who become guests, and guests who become members.

use axum::extract::State;
use fieldpost_chat::guest;
use fieldpost_identity::roles;
use fieldpost_kernel::{Failure, FailureKind};

use crate::answer::{Answer, Done};
use crate::app::App;
use crate::auth::Session;
use crate::request::Ids;
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    routes.on("POST", "/api/v4/users/{user_id}/demote", demote);
    routes.on("POST", "/api/v4/users/{user_id}/promote", promote);
}

async fn demote(State(app): State<App>, session: Session, Ids([id]): Ids<1>) -> Answer<Done> {
    if !app.settings().guest_accounts {
        return Err(Failure::new(
            FailureKind::Forbidden,
            "api.team.invite_guests_to_channels.disabled.error",
            "Guest accounts are disabled",
        )
        .into());
    }
    let caller = session.caller();
    let id = id.person(caller.user);
    app.store()
        .write(&[roles::administration()], move |work| {
            roles::demote(work, &caller, id)?;
            guest::set(work, caller.user, id, true)
        })
        .await?;
    app.forget_sessions(id);
    Ok(Done)
}

async fn promote(State(app): State<App>, session: Session, Ids([id]): Ids<1>) -> Answer<Done> {
    let caller = session.caller();
    let id = id.person(caller.user);
    app.store()
        .write(&[roles::administration()], move |work| {
            roles::promote(work, &caller, id)?;
            guest::set(work, caller.user, id, false)
        })
        .await?;
    app.forget_sessions(id);
    Ok(Done)
}
