//! The site as a provider of OAuth 2.0: apps, what people let them do, and their tokens.

mod apps;
mod authorize;
mod register;
mod token;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fieldpost_identity::oauth::token::Refused;
use fieldpost_identity::session::SignedIn;
use fieldpost_kernel::{Failure, FailureKind, Outcome};
use serde_json::json;

use crate::answer::{Answer, Json};
use crate::app::App;
use crate::auth::not_by_an_app;
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    apps::add(routes);
    authorize::add(routes);
    register::add(routes);
    token::add(routes);
}

/// Refuses where the site is no provider.
fn require_provider(app: &App, id: &'static str) -> Answer<()> {
    if app.settings().oauth.provider {
        return Ok(());
    }
    let says = "OAuth 2.0 is switched off by the system admin.";
    Err(Failure::new(FailureKind::NotBuilt, id, says).into())
}

/// Refuses apps: none makes others, or changes what they may.
fn require_no_app(signed_in: &SignedIn) -> Outcome<()> {
    not_by_an_app(signed_in)
}

/// Too many requests of one program.
fn too_often() -> Failure {
    Failure::new(
        FailureKind::TooMany,
        "api.context.rate_limit.app_error",
        "That was asked too often. Try again in a moment.",
    )
}

/// An answer that holds secrets: nobody on the way keeps it.
fn secret(answer: impl IntoResponse) -> Response {
    let mut response = answer.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

/// A refusal in the words of the standard, which programs read.
fn refused(status: StatusCode, refused: Refused) -> Response {
    let says = json!({ "error": refused.error, "error_description": refused.says });
    secret((status, Json(says)))
}
