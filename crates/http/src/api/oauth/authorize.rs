//! Asking a person whether an app may act in their name, their answer, and taking it back.

use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use fieldpost_identity::account::site_scope;
use fieldpost_identity::oauth::consent::{self, Asked, Request};
use fieldpost_identity::session::SignedIn;
use fieldpost_kernel::{Failure, FailureKind, Outcome};
use fieldpost_model::Id;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{require_provider, secret};
use crate::answer::{Answer, Done, Json};
use crate::app::{App, apart};
use crate::auth::{MaybeSession, Session, lacks_mfa};
use crate::origin::{By, Origin};
use crate::request::Body;
use crate::routes::Routes;

/// What is said where the site is no provider.
const OFF: &str = "api.oauth.allow_oauth.turn_off.app_error";

pub(super) fn add(routes: &mut Routes) {
    routes.on("GET", "/oauth/authorize", open);
    routes.on("POST", "/oauth/authorize", allow);
    routes.on("POST", "/oauth/deauthorize", take_back);
}

/// What comes of opening the address where people are asked.
enum Opened {
    /// They are sent back at once.
    Back(String),
    /// They are asked, or told what is wrong.
    Page(StatusCode),
}

/// Sends people back who need not be asked; all others get the client's page, which asks them to
/// sign in, asks them, or says what is wrong.
async fn open(
    State(app): State<App>,
    session: MaybeSession,
    origin: Origin,
    (method, uri, headers): (Method, Uri, HeaderMap),
    Query(request): Query<Request>,
) -> Answer<Response> {
    require_provider(&app, OFF)?;
    let signed_in =
        session.0.filter(|signed_in| method == Method::GET && !lacks_mfa(&app, signed_in));
    let opened = match signed_in {
        Some(signed_in) => look(&app, signed_in, origin, request).await?,
        // Whoever is not known yet is sent nowhere, whatever the address says (RFC 9700, 4.11.2).
        None => Opened::Page(StatusCode::OK),
    };
    match opened {
        Opened::Back(address) => back(&address),
        Opened::Page(status) => page(&app, status, (uri, headers)).await,
    }
}

async fn look(app: &App, signed_in: SignedIn, origin: Origin, request: Request) -> Outcome<Opened> {
    let person = signed_in.caller.user;
    let asked = request.clone();
    let found = app
        .store()
        .read(move |rows| match consent::ask(rows, &asked)? {
            Asked::Back(address) => Ok(Ok(address)),
            Asked::Person(known) => consent::is_settled(rows, person, &known).map(Err),
        })
        .await;
    match found {
        Ok(Ok(address)) => Ok(Opened::Back(address)),
        Ok(Err(true)) if consent::require_person(&signed_in).is_ok() => {
            let by = origin.by(&signed_in);
            issue(app, (signed_in, by), request).await.map(Opened::Back)
        }
        Ok(Err(_)) => Ok(Opened::Page(StatusCode::OK)),
        Err(failure) if is_theirs(&failure) => Ok(Opened::Page(StatusCode::BAD_REQUEST)),
        Err(failure) => Err(failure),
    }
}

fn is_theirs(failure: &Failure) -> bool {
    matches!(failure.kind, FailureKind::Invalid | FailureKind::NotFound)
}

fn back(address: &str) -> Answer<Response> {
    let location = HeaderValue::from_str(address).map_err(Failure::internal)?;
    Ok(secret((StatusCode::FOUND, [(header::LOCATION, location)])))
}

/// The client's page, which nobody may put into a frame: a press on it lets a program in.
async fn page(app: &App, status: StatusCode, (uri, headers): (Uri, HeaderMap)) -> Answer<Response> {
    let Some(pages) = app.pages().cloned() else {
        return Ok((StatusCode::NOT_FOUND, Json(Value::Null)).into_response());
    };
    let mut response = apart(move || pages(&uri, &headers)).await?;
    let headers = response.headers_mut();
    let policy =
        headers.get(header::CONTENT_SECURITY_POLICY).and_then(|policy| policy.to_str().ok());
    let unframed =
        policy.unwrap_or_default().replace("frame-ancestors 'self'", "frame-ancestors 'none'");
    if let Ok(policy) = HeaderValue::from_str(&unframed) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if response.status() == StatusCode::OK {
        *response.status_mut() = status;
    }
    Ok(response)
}

/// Lets an app in, and notes it.
async fn issue(app: &App, (signed_in, by): (SignedIn, By), request: Request) -> Outcome<String> {
    let person = signed_in.caller.user;
    let of = request.client_id.clone();
    app.store()
        .write(&[site_scope(person)], move |work| {
            let address = consent::allow(work, &signed_in, &request)?;
            by.note(work, person, &format!("success - app_id={of}"))?;
            Ok(address)
        })
        .await
}

async fn allow(
    State(app): State<App>,
    session: Session,
    origin: Origin,
    Body(request): Body<Request>,
) -> Answer<Response> {
    require_provider(&app, OFF)?;
    let by = origin.by(&session.0);
    let address = issue(&app, (session.0, by), request).await?;
    Ok(secret(Json(json!({ "redirect": address }))))
}

#[derive(Deserialize)]
struct Named {
    #[serde(default)]
    client_id: String,
}

async fn take_back(
    State(app): State<App>,
    session: Session,
    origin: Origin,
    Body(named): Body<Named>,
) -> Answer<Done> {
    require_provider(&app, OFF)?;
    let id: Id = named.client_id.parse().map_err(|_| Failure::invalid_body("client_id"))?;
    let person = session.caller().user;
    let by = origin.by(&session.0);
    app.store()
        .write(&[site_scope(person)], move |work| {
            consent::take_back(work, &session.0, id)?;
            by.note(work, person, &format!("success - app_id={id}"))
        })
        .await?;
    app.forget_sessions(person);
    Ok(Done)
}
