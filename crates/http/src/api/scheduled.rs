//! Posts that are to be sent later.

use std::collections::BTreeMap;

use axum::extract::State;
use fieldpost_chat::post::program;
use fieldpost_chat::unsent::scheduled;
use fieldpost_kernel::Failure;
use fieldpost_model::ScheduledPost;

use super::posts::query::Parameters;
use crate::answer::{Answer, Created, Json};
use crate::app::App;
use crate::auth::Session;
use crate::request::{Body, Connection, Ids};
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    let one = "/api/v4/posts/schedule/{scheduled_post_id}";
    routes.on("POST", "/api/v4/posts/schedule", create);
    routes.on("PUT", one, update);
    routes.on("DELETE", one, delete);
    routes.on("GET", "/api/v4/posts/scheduled/team/{team_id}", of_team);
}

async fn create(
    State(app): State<App>,
    session: Session,
    Connection(connection): Connection,
    Body(mut new): Body<ScheduledPost>,
) -> Answer<Created<ScheduledPost>> {
    let caller = session.caller();
    if !session.0.is_bot {
        program::unmark(&mut new.draft.props);
    }
    let create =
        app.store().write(&[], move |work| scheduled::create(work, &caller, &new, connection));
    Ok(Created(create.await?))
}

async fn update(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
    Connection(connection): Connection,
    Body(mut new): Body<ScheduledPost>,
) -> Answer<Created<ScheduledPost>> {
    if !session.0.is_bot {
        program::unmark(&mut new.draft.props);
    }
    let (caller, id) = (session.caller(), id.thing());
    if new.id.some().is_some_and(|named| named != id) {
        return Err(Failure::invalid_body("id").into());
    }
    let update = move |work: &mut fieldpost_kernel::Work<'_>| {
        scheduled::update(work, &caller, (id, &new), connection)
    };
    Ok(Created(app.store().write(&[], update).await?))
}

/// The API answers that something was made when it is gone.
async fn delete(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
    Connection(connection): Connection,
) -> Answer<Created<ScheduledPost>> {
    let (caller, id) = (session.caller(), id.thing());
    let delete =
        app.store().write(&[], move |work| scheduled::delete(work, &caller, id, connection));
    Ok(Created(delete.await?))
}

async fn of_team(
    State(app): State<App>,
    session: Session,
    Ids([team]): Ids<1>,
    query: Parameters,
) -> Answer<Json<BTreeMap<String, Vec<ScheduledPost>>>> {
    let (caller, team) = (session.caller(), team.thing());
    let conversations = query.flag("includeDirectChannels");
    let found =
        app.store().read(move |rows| scheduled::of_team(rows, &caller, team, conversations));
    Ok(Json(found.await?))
}
