//! What is the same around every request: its id, its headers, its failures.

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use fieldpost_kernel::{Failure, FailureKind};

use crate::answer::{FailedWith, Refusal, envelope};
use crate::app::App;
use crate::patience::impatient;
use crate::unread::Asker;

/// The longest address, with its query, that is looked at.
const LONGEST_URL: usize = 2048;

/// What addresses begin with that end in a secret: whoever knows it posts, or joins a team.
const SECRETS: [&str; 3] = ["/hooks/", "/api/v4/hooks/", "/api/v4/teams/invite/"];

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const VERSION_ID: HeaderName = HeaderName::from_static("x-version-id");

pub(crate) fn around(router: Router<App>, app: &App) -> Router<App> {
    router.layer(from_fn_with_state(app.clone(), dress))
}

async fn dress(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let request_id = app.entropy().id().to_string();
    let is_api = request.uri().path().starts_with("/api/");
    let is_get = *request.method() == Method::GET;
    let called = called(&request);
    let length = request.uri().path_and_query().map_or(0, |uri| uri.as_str().len());
    let asker = Asker::default();
    request.extensions_mut().insert(asker.clone());
    let mut response = if length > LONGEST_URL {
        too_long()
    } else {
        let answer = next.run(impatient(request)).await;
        app.unread().count(&asker, answer).await
    };
    let failed = response.extensions_mut().remove::<FailedWith>().map(|FailedWith(why)| why);
    if let Some(failure) = failed.or_else(|| by_framework(&response)) {
        note(&failure, &called, &request_id);
        *response.body_mut() =
            Body::from(envelope(&failure, &request_id, app.settings().developer));
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
    }
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.entry(name).or_insert(value);
        }
    };
    set(REQUEST_ID, &request_id);
    set(VERSION_ID, app.version_id());
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "no-referrer");
    set(HeaderName::from_static("permissions-policy"), "");
    if is_api && is_get {
        set(header::EXPIRES, "0");
    }
    response
}

/// What is asked, as it is noted: without the secrets.
fn called(request: &Request) -> String {
    let path = request.uri().path();
    let before = SECRETS.iter().find(|before| path.starts_with(**before));
    format!("{} {}", request.method(), before.copied().unwrap_or(path))
}

/// What the framework refuses before a handler is asked: an address or a query that cannot be read.
fn by_framework(response: &Response) -> Option<Failure> {
    let plain = response.headers().get(header::CONTENT_TYPE)?.as_bytes().starts_with(b"text/plain");
    let unread = plain && response.status() == StatusCode::BAD_REQUEST;
    unread.then(|| Failure::invalid_url("address"))
}

fn too_long() -> Response {
    let failure =
        Failure::invalid("basic_security_check.url.too_long_error", "The address is too long.");
    let mut response = axum::response::IntoResponse::into_response(Refusal(failure));
    *response.status_mut() = StatusCode::URI_TOO_LONG;
    response
}

/// Notes a failure once, where it is turned into an answer. What clients do wrong is their
/// business; what we do wrong is ours.
fn note(failure: &Failure, called: &str, request_id: &str) {
    match failure.kind {
        FailureKind::Internal | FailureKind::Unavailable => {
            tracing::error!(%failure, called, request_id, "a request failed");
        }
        _ => tracing::debug!(%failure, called, request_id, "a request was refused"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_noted_of_a_request_holds_no_secret() {
        let noted = |path: &str| called(&Request::post(path).body(Body::empty()).unwrap());
        for path in [
            "/hooks/xdgx9o6w3jyr8y5e",
            "/hooks/commands/xdgx9o6w3jyr8y5e",
            "/api/v4/hooks/incoming/xdgx9o6w3jyr8y5e",
            "/api/v4/teams/invite/xdgx9o6w3jyr8y5e",
        ] {
            assert!(!noted(path).contains("xdgx9o6w3jyr8y5e"), "{path}");
        }
        assert_eq!(noted("/api/v4/users/me?a=b"), "POST /api/v4/users/me");
    }
}
