//! Taking back a message that has not left this site.

use std::sync::Arc;

use axum::extract::State;
use fieldpost_chat::post::{delete, relocate};
use fieldpost_kernel::{Failure, FailureKind};
use fieldpost_link::withdraw;
use fieldpost_model::Id;
use serde::Deserialize;

use crate::answer::{Answer, Done};
use crate::app::App;
use crate::auth::Session;
use crate::request::Body;
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    routes.on("POST", "/api/v4/fieldpost/link/withdraw", withdrawn);
}

#[derive(Deserialize)]
struct Asked {
    post_id: Id,
}

async fn withdrawn(
    State(app): State<App>,
    session: Session,
    Body(Asked { post_id }): Body<Asked>,
) -> Answer<Done> {
    let (store, caller) = (app.store(), session.caller());
    let (own, features) = (store.site().id, Arc::clone(store.features()));
    let use_case = move |work: &mut fieldpost_kernel::Work<'_>| {
        withdraw(work, &features, (own, &caller), post_id, |work| {
            delete::delete(work, &caller, post_id)?;
            if relocate::is_copy(work, post_id)? {
                return Err(moved());
            }
            Ok(())
        })
    };
    store.write(&[], use_case).await?;
    Ok(Done)
}

/// What was moved here stands in the log of another channel, too, which may have left or will.
fn moved() -> Failure {
    Failure::new(
        FailureKind::TooLate,
        "api.fieldpost.link.moved_message",
        "It was moved here from another channel, from where it may be on its way; delete it instead.",
    )
}
