//! Who is told of a post, how and why, for administrators.

use std::sync::Arc;

use axum::extract::Query;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use fieldpost_chat::notify::{self, Explanation};
use fieldpost_http::{App, LocalAdministrator, refusal};
use fieldpost_identity::presence::Presence;
use fieldpost_identity::{account, status};
use fieldpost_kernel::{Failure, Outcome, Rows};
use fieldpost_model::Id;
use fieldpost_store::Store;
use serde::Deserialize;

use crate::site::{Config, open_store};

/// What an administrator wonders about: a post, and somebody by name.
#[derive(Deserialize)]
struct About {
    post: String,
    name: String,
}

/// How the site of a configuration sends mails.
fn ways(config: &Config) -> notify::Site {
    let mail = &config.mail;
    notify::Site { mails: mail.is_on() && mail.notifications, verifies: mail.verify }
}

/// The route for the site's own socket.
pub(crate) fn router(config: &Config, store: &Store, presence: &Arc<Presence>) -> Router<App> {
    let (store, presence, ways) = (store.clone(), Arc::clone(presence), ways(config));
    let explain = move |_: LocalAdministrator, Query(about): Query<About>| {
        let (store, presence) = (store.clone(), Arc::clone(&presence));
        async move { answer(explained(&store, presence, ways, about).await) }
    };
    Router::new().route("/api/v4/fieldpost/notify/explain", get(explain))
}

fn answer(explained: Outcome<Explanation>) -> Response {
    match explained {
        Ok(explanation) => Json(explanation).into_response(),
        Err(failure) => refusal(failure),
    }
}

/// Explains a post and somebody at a site that does not run: nobody is there.
pub async fn stopped(config: &Config, post: &str, name: &str) -> Outcome<Explanation> {
    let store = open_store(config).await?;
    let about = About { post: post.to_owned(), name: name.to_owned() };
    explained(&store, Arc::default(), ways(config), about).await
}

async fn explained(
    store: &Store,
    presence: Arc<Presence>,
    ways: notify::Site,
    about: About,
) -> Outcome<Explanation> {
    let post: Id = about.post.parse().map_err(|_| Failure::invalid_url("post"))?;
    let now = store.now();
    let explain = move |rows: &mut dyn Rows| {
        let user = account::by_username(rows, &about.name)?.ok_or_else(account::no_account)?;
        let status = |rows: &mut dyn Rows, person: Id| {
            status::one(rows, &presence, person, now).map(|found| found.status)
        };
        notify::explain(rows, (post, user.id), ways, &status)
    };
    store.read(explain).await
}
