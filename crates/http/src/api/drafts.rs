//! Drafts: what people began to write, the same on all their devices.

use axum::extract::State;
use fieldpost_chat::unsent::draft;
use fieldpost_model::{Draft, Id};

use crate::answer::{Answer, Created, Done, Json};
use crate::app::App;
use crate::auth::Session;
use crate::request::{Body, Connection, Ids};
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    let of_channel = "/api/v4/users/{user_id}/channels/{channel_id}/drafts";
    routes.on("POST", "/api/v4/drafts", write);
    routes.on("GET", "/api/v4/users/{user_id}/teams/{team_id}/drafts", of_team);
    routes.on("DELETE", of_channel, delete);
    routes.on("DELETE", &format!("{of_channel}/{{thread_id}}"), delete_reply);
}

/// The API says `null` of a draft that says nothing: there is none any more.
async fn write(
    State(app): State<App>,
    session: Session,
    Connection(connection): Connection,
    Body(new): Body<Draft>,
) -> Answer<Created<Option<Draft>>> {
    let caller = session.caller();
    let write = app.store().write(&[], move |work| draft::write(work, &caller, &new, connection));
    Ok(Created(write.await?))
}

async fn of_team(
    State(app): State<App>,
    session: Session,
    Ids([person, team]): Ids<2>,
) -> Answer<Json<Vec<Draft>>> {
    let caller = session.caller();
    let (person, team) = (person.person(caller.user), team.thing());
    Ok(Json(app.store().read(move |rows| draft::of_team(rows, &caller, person, team)).await?))
}

async fn delete(
    State(app): State<App>,
    session: Session,
    Ids([person, channel]): Ids<2>,
    Connection(connection): Connection,
) -> Answer<Done> {
    let person = person.person(session.caller().user);
    forget(&app, &session, (person, channel.thing(), Id::NONE), connection).await
}

async fn delete_reply(
    State(app): State<App>,
    session: Session,
    Ids([person, channel, root]): Ids<3>,
    Connection(connection): Connection,
) -> Answer<Done> {
    let person = person.person(session.caller().user);
    forget(&app, &session, (person, channel.thing(), root.thing()), connection).await
}

async fn forget(
    app: &App,
    session: &Session,
    (person, channel, root): (Id, Id, Id),
    connection: Id,
) -> Answer<Done> {
    let caller = session.caller();
    let key = (channel, root);
    app.store()
        .write(&[], move |work| draft::delete(work, &caller, person, key, connection))
        .await?;
    Ok(Done)
}
