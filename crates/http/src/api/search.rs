//! Searching posts and files.
//!
//! Three steps: who asks may search what, what does the index know of that, and which of it may they
//! see now.

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use fieldpost_access::Caller;
use fieldpost_chat::search::{self, Asked, FoundFiles};
use fieldpost_kernel::{Failure, FailureKind, Outcome};
use fieldpost_model::{Id, PostList};
use fieldpost_search::{About, Hit};
use serde::{Deserialize, Serialize};

use crate::answer::{Answer, Json, Refusal};
use crate::app::App;
use crate::auth::Session;
use crate::request::{Body, Ids};
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    routes.on("POST", "/api/v4/posts/search", posts);
    routes.on("POST", "/api/v4/teams/{team_id}/posts/search", posts_of_team);
    routes.on("POST", "/api/v4/files/search", files);
    routes.on("POST", "/api/v4/teams/{team_id}/files/search", files_of_team);
}

/// What clients send. Null means what is missing.
#[derive(Deserialize)]
struct Terms {
    terms: Option<String>,
    is_or_search: Option<bool>,
    time_zone_offset: Option<i64>,
    page: Option<i64>,
    include_deleted_channels: Option<bool>,
}

impl Terms {
    fn asked(self, team: Option<Id>) -> Asked {
        Asked {
            team,
            terms: self.terms.unwrap_or_default(),
            any: self.is_or_search.unwrap_or_default(),
            ahead: self.time_zone_offset.unwrap_or_default(),
            archived: self.include_deleted_channels.unwrap_or_default(),
            page: self.page.unwrap_or_default(),
        }
    }
}

/// A body that makes no sense has an error of its own here.
type Sent = Result<Body<Terms>, Refusal>;

fn read(sent: Sent, refusal: &'static str) -> Outcome<Terms> {
    let Body(terms) = sent.map_err(|refused| match refused.0.kind {
        FailureKind::Invalid => Failure::invalid(refusal, "The body of the search makes no sense."),
        _ => refused.0,
    })?;
    Ok(terms)
}

/// What the index knows of what is asked, newest first.
async fn hits(app: &App, caller: Caller, about: About, asked: Asked) -> Outcome<Vec<Hit>> {
    let plan = app.store().read(move |rows| search::plan(rows, &caller, about, &asked)).await?;
    let Some(wanted) = plan else { return Ok(Vec::new()) };
    app.with_index(move |index| index.find(about, &wanted)).await?
}

/// What was found is nobody else's, and soon another.
const UNCACHED: [(header::HeaderName, &str); 1] =
    [(header::CACHE_CONTROL, "no-cache, no-store, must-revalidate")];

#[derive(Serialize)]
struct FoundPosts {
    #[serde(flatten)]
    list: PostList,
    /// Always null: which words of a post were meant is for clients to see.
    matches: Option<()>,
}

async fn find_posts(
    app: &App,
    caller: Caller,
    sent: Sent,
    team: Option<Id>,
) -> Answer<impl IntoResponse + use<>> {
    let terms = read(sent, "api.post.search_posts.invalid_body.app_error")?;
    let hits = hits(app, caller, About::Posts, terms.asked(team)).await?;
    let list = app.store().read(move |rows| search::posts(rows, &caller, &hits)).await?;
    Ok((UNCACHED, Json(FoundPosts { list, matches: None })))
}

async fn posts(State(app): State<App>, session: Session, sent: Sent) -> Answer<impl IntoResponse> {
    find_posts(&app, session.caller(), sent, None).await
}

async fn posts_of_team(
    State(app): State<App>,
    session: Session,
    Ids([team]): Ids<1>,
    sent: Sent,
) -> Answer<impl IntoResponse> {
    find_posts(&app, session.caller(), sent, Some(team.thing())).await
}

async fn find_files(
    app: &App,
    caller: Caller,
    sent: Sent,
    team: Option<Id>,
) -> Answer<impl IntoResponse + use<>> {
    let terms = read(sent, "api.post.search_files.invalid_body.app_error")?;
    let hits = hits(app, caller, About::Files, terms.asked(team)).await?;
    let found: FoundFiles =
        app.store().read(move |rows| search::files(rows, &caller, &hits)).await?;
    Ok((UNCACHED, Json(found)))
}

async fn files(State(app): State<App>, session: Session, sent: Sent) -> Answer<impl IntoResponse> {
    find_files(&app, session.caller(), sent, None).await
}

async fn files_of_team(
    State(app): State<App>,
    session: Session,
    Ids([team]): Ids<1>,
    sent: Sent,
) -> Answer<impl IntoResponse> {
    find_files(&app, session.caller(), sent, Some(team.thing())).await
}
