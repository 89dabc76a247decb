//! The control page and what it asks for.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use fieldpost_linkbed::order::Order;
use fieldpost_linkbed::profile::{self, Profile};
use fieldpost_linkbed::{Emulator, relay::Datagram};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::client::{Channel, Client, Post};
use crate::overview::{Observed, Overview};

/// The page's files: address, kind, text.
const FILES: [(&str, &str, &str); 6] = [
    ("/", "text/html", include_str!("../pages/index.html")),
    ("/demo.css", "text/css", include_str!("../pages/demo.css")),
    ("/demo.js", "text/javascript", include_str!("../pages/demo.js")),
    ("/link.js", "text/javascript", include_str!("../pages/link.js")),
    ("/site.js", "text/javascript", include_str!("../pages/site.js")),
    // The demo has the colours of the web client.
    ("/tokens.css", "text/css", include_str!("../../../web/packages/ui/src/tokens.css")),
];

/// What the page may load and run: its own files, and the empty icon that is written into it.
const POLICY: &str = "default-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'";

/// Everything behind the page.
pub struct Demo {
    link: Arc<Emulator<Datagram>>,
    started: Instant,
    observed: Mutex<Observed>,
    /// HQ's user.
    pub hq: Visitor,
    /// Edge's user.
    pub edge: Visitor,
}

/// Somebody at a site, for whom the page speaks.
#[derive(Debug)]
pub struct Visitor {
    client: Client,
    user: String,
    password: String,
    url: String,
    team: OnceCell<String>,
}

/// What the page is told once.
#[derive(Serialize)]
struct Place<'v> {
    url: &'v str,
    user: &'v str,
    password: &'v str,
}

impl Visitor {
    /// Somebody who is signed in at a site.
    pub fn new(client: Client, url: &str, user: &str, password: &str) -> Self {
        let own = str::to_owned;
        let team = OnceCell::new();
        Self { client, user: own(user), password: own(password), url: own(url), team }
    }

    /// The team that they are in; they join the first there is.
    async fn team(&self) -> Result<&str, String> {
        let join = async || {
            let team = self.client.first_team().await?;
            self.client.join(&team).await?;
            Ok::<_, String>(team)
        };
        self.team.get_or_try_init(join).await.map(String::as_str)
    }

    async fn channels(&self) -> Result<Vec<Channel>, String> {
        self.client.channels(self.team().await?).await
    }

    async fn channel(&self, name: &str) -> Result<String, String> {
        let find = |channels: Vec<Channel>| channels.into_iter().find(|found| found.name == name);
        if let Some(channel) = find(self.channels().await?) {
            return Ok(channel.id);
        }
        // It may have come since they joined the team.
        self.client.join(self.team().await?).await?;
        let channel = find(self.channels().await?);
        channel.map(|found| found.id).ok_or(format!("There is no channel {name} here yet."))
    }

    fn place(&self) -> Place<'_> {
        Place { url: &self.url, user: &self.user, password: &self.password }
    }
}

impl Demo {
    /// A demo over a link, of which HQ is the left side.
    pub fn new(link: Arc<Emulator<Datagram>>, hq: Visitor, edge: Visitor) -> Self {
        Self { link, started: Instant::now(), observed: Mutex::default(), hq, edge }
    }

    /// Notes something.
    pub fn observe(&self, note: impl FnOnce(&mut Observed, Duration)) {
        let now = self.started.elapsed();
        note(&mut self.observed(), now);
    }

    /// Looks at the link and says what is to be shown.
    fn overview(&self) -> Overview {
        let stats = self.link.stats();
        let now = self.started.elapsed();
        let mut observed = self.observed();
        observed.note_link(now, &stats);
        observed.overview(now, stats)
    }

    fn observed(&self) -> MutexGuard<'_, Observed> {
        self.observed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn visitor(&self, site: &str) -> Result<&Visitor, Refused> {
        match site {
            "hq" => Ok(&self.hq),
            "edge" => Ok(&self.edge),
            other => Err(Refused(format!("There is no site {other}."))),
        }
    }
}

/// Why something was not done.
struct Refused(String);

impl From<String> for Refused {
    fn from(why: String) -> Self {
        Self(why)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (StatusCode::BAD_REQUEST, Json(json!({ "why": self.0 }))).into_response()
    }
}

/// The page and everything it asks for.
pub fn router(demo: Arc<Demo>) -> Router {
    let mut router = Router::new();
    for (address, kind, text) in FILES {
        let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_SECURITY_POLICY, POLICY)];
        router = router.route(address, get(move || async move { (headers, text) }));
    }
    router
        .route("/api/places", get(places))
        .route("/api/overview", get(overview))
        .route("/api/link", post(order))
        .route("/api/{site}/channels", get(channels))
        .route("/api/{site}/posts", get(posts).post(say))
        .with_state(demo)
}

async fn places(State(demo): State<Arc<Demo>>) -> Json<Value> {
    let profiles: Vec<&Profile> = profile::ALL.iter().collect();
    Json(json!({ "hq": demo.hq.place(), "edge": demo.edge.place(), "profiles": profiles }))
}

async fn overview(State(demo): State<Arc<Demo>>) -> Json<Overview> {
    Json(demo.overview())
}

#[derive(Deserialize)]
struct Words {
    order: String,
}

async fn order(
    State(demo): State<Arc<Demo>>,
    Json(words): Json<Words>,
) -> Result<Json<Overview>, Refused> {
    match words.order.parse()? {
        Order::Change(change) => change.apply(&demo.link),
        _ => return Err(Refused("This page changes the link and nothing else.".to_owned())),
    }
    Ok(Json(demo.overview()))
}

async fn channels(
    State(demo): State<Arc<Demo>>,
    Path(site): Path<String>,
) -> Result<Json<Vec<Channel>>, Refused> {
    Ok(Json(demo.visitor(&site)?.channels().await?))
}

#[derive(Deserialize)]
struct InChannel {
    channel: String,
}

async fn posts(
    State(demo): State<Arc<Demo>>,
    Path(site): Path<String>,
    Query(InChannel { channel }): Query<InChannel>,
) -> Result<Json<Vec<Post>>, Refused> {
    let visitor = demo.visitor(&site)?;
    let channel = visitor.channel(&channel).await?;
    Ok(Json(visitor.client.posts(&channel).await?))
}

#[derive(Deserialize)]
struct Said {
    channel: String,
    message: String,
}

async fn say(
    State(demo): State<Arc<Demo>>,
    Path(site): Path<String>,
    Json(said): Json<Said>,
) -> Result<Json<Value>, Refused> {
    let visitor = demo.visitor(&site)?;
    let channel = visitor.channel(&said.channel).await?;
    visitor.client.say(&channel, &said.message).await?;
    Ok(Json(json!({})))
}
