//! Reading posts: one, some, windows of a channel, threads.

use axum::extract::State;
use axum::http::{HeaderName, HeaderValue};
use axum::response::IntoResponse;
use fieldpost_chat::post::info::PostInfo;
use fieldpost_chat::post::list::{self, Around};
use fieldpost_chat::post::saved::{self, Within};
use fieldpost_chat::post::thread;
use fieldpost_chat::post::{Asked, Place, info, pin};
use fieldpost_kernel::Failure;
use fieldpost_model::{Id, Post, PostList};

use super::etag::{Seen, Tagged, tag};
use super::query::Parameters;
use crate::answer::{Answer, Json};
use crate::app::App;
use crate::auth::Session;
use crate::request::{Body, Ids, Page};
use crate::routes::Routes;

/// No history is hidden here; clients look for it nevertheless.
const FIRST_INACCESSIBLE: HeaderName = HeaderName::from_static("first-inaccessible-post-time");

pub(super) fn add(routes: &mut Routes) {
    routes.on("GET", "/api/v4/posts/{post_id}", one);
    routes.on("POST", "/api/v4/posts/ids", by_ids);
    routes.on("GET", "/api/v4/posts/{post_id}/info", place_of);
    routes.on("GET", "/api/v4/posts/{post_id}/thread", of_thread);
    routes.on("GET", "/api/v4/channels/{channel_id}/posts", of_channel);
    routes.on("GET", "/api/v4/channels/{channel_id}/pinned", pinned);
    routes.on("GET", "/api/v4/users/{user_id}/posts/flagged", saved_posts);
    routes.on("GET", "/api/v4/users/{user_id}/channels/{channel_id}/posts/unread", around_unread);
}

async fn one(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
    query: Parameters,
    seen: Seen,
) -> Answer<Tagged<Post>> {
    let caller = session.caller();
    let deleted = query.flag("include_deleted");
    let post = app.store().read(move |rows| list::one(rows, &caller, id.thing(), deleted)).await?;
    let tag = tag(&format!("{}.{}", post.id, post.update_at));
    let content = (!seen.is(&tag)).then_some(post);
    Ok(Tagged { tag, content })
}

async fn by_ids(
    State(app): State<App>,
    session: Session,
    Body(ids): Body<Vec<Id>>,
) -> Answer<impl IntoResponse> {
    let caller = session.caller();
    let posts = app.store().read(move |rows| list::of_ids(rows, &caller, &ids)).await?;
    Ok(([(FIRST_INACCESSIBLE, HeaderValue::from_static("0"))], Json(posts)))
}

async fn place_of(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
) -> Answer<Json<PostInfo>> {
    let caller = session.caller();
    Ok(Json(app.store().read(move |rows| info::of(rows, &caller, id.thing())).await?))
}

/// What stands for a list: its first post, and the newest change in it.
fn tag_of(list: &PostList) -> String {
    let first = list.order.first().copied().unwrap_or_default();
    let newest = list.posts.values().max_by_key(|post| post.update_at);
    let newest = newest.map(|post| format!("{}.{}", post.id, post.update_at)).unwrap_or_default();
    tag(&format!("{first}.{newest}.{}", list.order.len()))
}

fn tagged(list: PostList, seen: &Seen) -> Tagged<PostList> {
    let tag = tag_of(&list);
    let content = (!seen.is(&tag)).then_some(list);
    Tagged { tag, content }
}

async fn of_thread(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
    query: Parameters,
    seen: Seen,
) -> Answer<Tagged<PostList>> {
    let caller = session.caller();
    let since = query.strict_number("fromUpdateAt")?;
    let from = query.strict_number("fromCreateAt")?;
    let from_post = query.id("fromPost")?;
    if from_post.is_some() && from.is_none() {
        return Err(Failure::invalid_url("fromPost").into());
    }
    let updates_only = query.literal_flag("updatesOnly");
    if updates_only && since.is_none() {
        return Err(Failure::invalid_url("updatesOnly").into());
    }
    let direction = query.text("direction");
    if direction.is_some_and(|direction| direction != "up" && direction != "down") {
        return Err(Failure::invalid_url("direction").into());
    }
    // With a place and no direction, what comes before it is meant.
    let up = direction.map_or(from.is_some(), |direction| direction == "up");
    let asked = thread::Asked {
        per_page: query.strict_number("perPage")?.unwrap_or(0),
        from: from.map(|time| (time, from_post.unwrap_or_default())),
        updated_since: since,
        up,
        collapsed: query.literal_flag("collapsedThreads"),
        extended: query.literal_flag("collapsedThreadsExtended"),
    };
    let found =
        app.store().read(move |rows| thread::read(rows, &caller, id.thing(), &asked)).await?;
    Ok(tagged(found, &seen))
}

async fn of_channel(
    State(app): State<App>,
    session: Session,
    Ids([channel]): Ids<1>,
    page: Page,
    query: Parameters,
    seen: Seen,
) -> Answer<Tagged<PostList>> {
    let caller = session.caller();
    let channel = channel.thing();
    let since = query.number("since", 0);
    let (after, before) = (query.id("after")?, query.id("before")?);
    let place = match (since, after, before) {
        (1.., _, _) => Place::Since(since),
        (_, Some(post), _) => Place::After(post, page.page),
        (_, _, Some(post)) => Place::Before(post, page.page),
        _ => Place::Newest(page.page),
    };
    let asked = Asked {
        place,
        per_page: page.per_page,
        include_deleted: query.flag("include_deleted"),
        skip_threads: query.flag("skipFetchThreads"),
        collapsed: query.flag("collapsedThreads"),
        extended: query.flag("collapsedThreadsExtended"),
    };
    let found = app
        .store()
        .read(move |rows| {
            let tag = tag(&list::tag(rows, &caller, channel)?);
            let fresh = seen.is(&tag) && !matches!(place, Place::Since(_));
            let content =
                if fresh { None } else { Some(list::window(rows, &caller, channel, &asked)?) };
            Ok(Tagged { tag, content })
        })
        .await?;
    Ok(found)
}

async fn pinned(
    State(app): State<App>,
    session: Session,
    Ids([channel]): Ids<1>,
    seen: Seen,
) -> Answer<Tagged<PostList>> {
    let caller = session.caller();
    let channel = channel.thing();
    let found = app.store().read(move |rows| pin::of_channel(rows, &caller, channel)).await?;
    Ok(tagged(found, &seen))
}

async fn around_unread(
    State(app): State<App>,
    session: Session,
    Ids([person, channel]): Ids<2>,
    query: Parameters,
) -> Answer<Json<PostList>> {
    let caller = session.caller();
    let person = person.person(caller.user);
    let limit = |name: &str| query.number(name, 60).min(200);
    let around = Around {
        before: limit("limit_before"),
        after: limit("limit_after"),
        skip_threads: query.literal_flag("skipFetchThreads"),
        collapsed: query.literal_flag("collapsedThreads"),
        extended: query.literal_flag("collapsedThreadsExtended"),
    };
    if around.after == 0 {
        return Err(Failure::invalid_url("limit_after").into());
    }
    let channel = channel.thing();
    let found = app
        .store()
        .read(move |rows| list::around_unread(rows, &caller, (channel, person), &around))
        .await?;
    Ok(Json(found))
}

async fn saved_posts(
    State(app): State<App>,
    session: Session,
    Ids([person]): Ids<1>,
    page: Page,
    query: Parameters,
) -> Answer<Json<PostList>> {
    let caller = session.caller();
    let person = person.person(caller.user);
    let within = match (query.id("channel_id")?, query.id("team_id")?) {
        (Some(channel), _) => Within::Channel(channel),
        (None, Some(team)) => Within::Team(team),
        (None, None) => Within::Everywhere,
    };
    let part = (page.offset(), page.per_page);
    let found =
        app.store().read(move |rows| saved::page(rows, &caller, (person, within), part)).await?;
    Ok(Json(found))
}
