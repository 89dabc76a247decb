//! Followed threads: lists of them, following, reading.

use axum::extract::{Path, State};
use fieldpost_chat::thread::list::{self, Asked};
use fieldpost_chat::thread::update;
use fieldpost_kernel::Failure;
use fieldpost_model::{Id, Millis, Thread, ThreadList, looks_like_id};

use super::posts::query::Parameters;
use crate::answer::{Answer, Done, Json};
use crate::app::App;
use crate::auth::Session;
use crate::request::Ids;
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    let all = "/api/v4/users/{user_id}/teams/{team_id}/threads";
    let one = format!("{all}/{{thread_id}}");
    routes.on("GET", all, page);
    routes.on("PUT", &format!("{all}/read"), read_all);
    routes.on("GET", &one, of_person);
    routes.on("PUT", &format!("{one}/following"), follow);
    routes.on("DELETE", &format!("{one}/following"), unfollow);
    routes.on("PUT", &format!("{one}/read/{{timestamp}}"), read);
    routes.on("POST", &format!("{one}/set_unread/{{post_id}}"), set_unread);
}

async fn page(
    State(app): State<App>,
    session: Session,
    Ids([person, team]): Ids<2>,
    query: Parameters,
) -> Answer<Json<ThreadList>> {
    let caller = session.caller();
    let of = (person.person(caller.user), team.thing());
    let per_page = query.number("per_page", query.number("pageSize", 0));
    let asked = Asked {
        per_page,
        since: query.number("since", 0),
        before: query.id("before")?,
        after: query.id("after")?,
        unread: query.flag("unread"),
        extended: query.flag("extended"),
        deleted: query.flag("deleted"),
        totals_only: query.flag("totalsOnly"),
        threads_only: query.flag("threadsOnly"),
        exclude_direct: query.flag("excludeDirect"),
    };
    Ok(Json(app.store().read(move |rows| list::page(rows, &caller, of, &asked)).await?))
}

async fn of_person(
    State(app): State<App>,
    session: Session,
    Ids([person, _, thread]): Ids<3>,
    query: Parameters,
) -> Answer<Json<Thread>> {
    let caller = session.caller();
    let of = (person.person(caller.user), thread.thing());
    let extended = query.flag("extended");
    Ok(Json(app.store().read(move |rows| list::one(rows, &caller, of, extended)).await?))
}

async fn follow(State(app): State<App>, session: Session, ids: Ids<3>) -> Answer<Done> {
    set_following(&app, &session, &ids, true).await
}

async fn unfollow(State(app): State<App>, session: Session, ids: Ids<3>) -> Answer<Done> {
    set_following(&app, &session, &ids, false).await
}

async fn set_following(
    app: &App,
    session: &Session,
    Ids([person, _, thread]): &Ids<3>,
    following: bool,
) -> Answer<Done> {
    let caller = session.caller();
    let of = (person.person(caller.user), thread.thing());
    app.store().write(&[], move |work| update::follow(work, &caller, of, following)).await?;
    Ok(Done)
}

async fn read_all(
    State(app): State<App>,
    session: Session,
    Ids([person, team]): Ids<2>,
) -> Answer<Done> {
    let caller = session.caller();
    let (person, team) = (person.person(caller.user), team.thing());
    app.store().write(&[], move |work| update::read_all(work, &caller, person, team)).await?;
    Ok(Done)
}

/// The last part of the address is a time, and no id.
async fn read(
    State(app): State<App>,
    session: Session,
    Path((person, team, thread, timestamp)): Path<(String, String, String, String)>,
) -> Answer<Json<Thread>> {
    let caller = session.caller();
    let person = if person == "me" { caller.user } else { id(&person, "user_id")? };
    id(&team, "team_id")?;
    let thread = id(&thread, "thread_id")?;
    let until: Option<Millis> = timestamp.parse().ok().filter(|until| *until >= 0);
    let until = until.ok_or_else(|| Failure::invalid_url("timestamp"))?;
    let thread = app
        .store()
        .write(&[], move |work| update::read(work, &caller, (person, thread), until))
        .await?;
    Ok(Json(thread))
}

fn id(text: &str, parameter: &str) -> Answer<Id> {
    if !looks_like_id(text) {
        return Err(Failure::invalid_url(parameter).into());
    }
    // One that we never give out names nothing.
    Ok(text.parse().unwrap_or(Id::from_bytes([0xff; 16])))
}

async fn set_unread(
    State(app): State<App>,
    session: Session,
    Ids([person, _, thread, post]): Ids<4>,
) -> Answer<Json<Thread>> {
    let caller = session.caller();
    let of = (person.person(caller.user), thread.thing());
    let post = post.thing();
    let thread =
        app.store().write(&[], move |work| update::set_unread(work, &caller, of, post)).await?;
    Ok(Json(thread))
}
