//! Giving apps tokens for codes and refresh tokens, and saying how that is done.

use axum::extract::{Request as HttpRequest, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fieldpost_identity::account::site_scope;
use fieldpost_identity::oauth::SCOPE;
use fieldpost_identity::oauth::token::{
    self, Answer as Exchanged, Granted, NOT_THE_APP, Refused, Request,
};
use fieldpost_kernel::{Failure, FailureKind, Outcome, Work};
use fieldpost_model::Id;
use fieldpost_outbound::form_urlencoded;
use serde_json::{Value, json};

use super::{refused, require_provider, secret, too_often};
use crate::answer::{Answer, Json};
use crate::app::App;
use crate::limit::Peer;
use crate::origin::{By, Origin};
use crate::request::whole_body;
use crate::routes::Routes;

/// What is said where the site is no provider.
const OFF: &str = "api.oauth.get_access_token.disabled.app_error";

pub(super) fn add(routes: &mut Routes) {
    routes.on("POST", "/oauth/access_token", exchange);
    routes.on("GET", "/.well-known/oauth-authorization-server", metadata);
}

const INVALID: Refused =
    Refused { error: "invalid_request", says: "a parameter is missing, or there more than once" };

async fn exchange(
    State(app): State<App>,
    peer: Peer,
    origin: Origin,
    headers: HeaderMap,
    request: HttpRequest,
) -> Answer<Response> {
    require_provider(&app, OFF)?;
    let body = whole_body(request).await?;
    let Some(asked) = read(&body, &headers) else {
        return Ok(refused(StatusCode::BAD_REQUEST, INVALID));
    };
    if !app.token_limit().admits(peer, &asked.client_id) {
        return Err(too_often().into());
    }
    let by = origin.outside(Id::NONE);
    let shown = asked.clone();
    let holder = app.store().read(move |rows| token::holder(rows, &shown)).await?;
    let scopes: Vec<_> = holder.into_iter().map(site_scope).collect();
    let answer = app
        .store()
        .write(&scopes, move |work| {
            let answer = token::exchange(work, &asked)?;
            note(work, &by, &answer)?;
            Ok(answer)
        })
        .await?;
    if let Some(person) = answer.person {
        app.forget_sessions(person);
    }
    Ok(match answer.outcome {
        Ok(granted) => secret(Json(told(granted))),
        Err(NOT_THE_APP) => {
            let mut response = refused(StatusCode::UNAUTHORIZED, NOT_THE_APP);
            let challenge = HeaderValue::from_static("Basic realm=\"oauth\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
            response
        }
        Err(why) => refused(StatusCode::BAD_REQUEST, why),
    })
}

fn note(work: &mut Work<'_>, by: &By, answer: &Exchanged) -> Outcome<()> {
    let Some(person) = answer.person else { return Ok(()) };
    match &answer.outcome {
        Ok(granted) => {
            let says = format!("success - app_id={}", answer.app);
            by.opened(person, granted.session).note(work, person, &says)
        }
        Err(_) => {
            let says = format!("fail - used twice, and ended - app_id={}", answer.app);
            by.note(work, person, &says)
        }
    }
}

fn told(granted: Granted) -> Value {
    let mut told = json!({
        "access_token": granted.access_token,
        "token_type": "bearer",
        "expires_in": granted.length / 1000,
        "scope": SCOPE,
    });
    if let Some(refresh) = granted.refresh_token {
        told["refresh_token"] = refresh.into();
    }
    told
}

/// The parameters of a form, each at most once, with the app's name and secret from the form or from
/// the header; nothing, where they cannot be read or are in both.
fn read(body: &[u8], headers: &HeaderMap) -> Option<Request> {
    let mut asked = Request::default();
    for (name, value) in form_urlencoded::parse(body) {
        let field = match &*name {
            "grant_type" => &mut asked.grant_type,
            "client_id" => &mut asked.client_id,
            "client_secret" => &mut asked.client_secret,
            "code" => &mut asked.code,
            "redirect_uri" => &mut asked.redirect_uri,
            "code_verifier" => &mut asked.code_verifier,
            "refresh_token" => &mut asked.refresh_token,
            _ => continue,
        };
        if !field.is_empty() {
            return None;
        }
        *field = value.into_owned();
    }
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let (name, secret) = basic(value)?;
        let another = !asked.client_id.is_empty() && asked.client_id != name;
        if another || !asked.client_secret.is_empty() {
            return None;
        }
        (asked.client_id, asked.client_secret) = (name, secret);
    }
    let whole = !asked.grant_type.is_empty() && !asked.client_id.is_empty();
    whole.then_some(asked)
}

/// The name and the secret of `Authorization: Basic` (RFC 6749, 2.3.1).
fn basic(value: &HeaderValue) -> Option<(String, String)> {
    let (scheme, encoded) = value.to_str().ok()?.split_once(' ')?;
    let scheme = scheme.eq_ignore_ascii_case("basic").then_some(encoded.trim())?;
    let pair = String::from_utf8(STANDARD.decode(scheme).ok()?).ok()?;
    let (name, secret) = pair.split_once(':')?;
    let decoded = |text: &str| {
        form_urlencoded::parse(text.as_bytes())
            .next()
            .map_or(String::new(), |(text, _)| text.into())
    };
    Some((decoded(name), decoded(secret)))
}

/// How apps find their way (RFC 8414).
async fn metadata(State(app): State<App>) -> Answer<Json<Value>> {
    require_provider(&app, "api.oauth.allow_oauth.turn_off.app_error")?;
    let site = app.settings().site_url.trim_end_matches('/');
    if site.is_empty() {
        return Err(Failure::new(
            FailureKind::NotBuilt,
            "api.fieldpost.oauth.no_address",
            "This server does not know its own address: its administrator sets site.url.",
        )
        .into());
    }
    let mut told = json!({
        "issuer": site,
        "authorization_endpoint": format!("{site}/oauth/authorize"),
        "token_endpoint": format!("{site}/oauth/access_token"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "scopes_supported": [SCOPE],
        "token_endpoint_auth_methods_supported":
            ["client_secret_basic", "client_secret_post", "none"],
        "code_challenge_methods_supported": ["S256"],
    });
    if app.settings().oauth.registration {
        told["registration_endpoint"] = format!("{site}/api/v4/oauth/apps/register").into();
    }
    Ok(Json(told))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(body: &str, authorization: &str) -> Option<(String, String, String)> {
        let mut headers = HeaderMap::new();
        if !authorization.is_empty() {
            headers.insert(header::AUTHORIZATION, authorization.parse().unwrap());
        }
        let asked = read(body.as_bytes(), &headers)?;
        Some((asked.client_id, asked.client_secret, asked.code))
    }

    #[test]
    fn an_app_proves_itself_in_one_way() {
        let found = Some(("me".to_owned(), "my secret".to_owned(), "c".to_owned()));
        let posted = "grant_type=x&client_id=me&client_secret=my+secret&code=c";
        assert_eq!(asked(posted, ""), found);
        let basic = format!("Basic {}", STANDARD.encode("me:my%20secret"));
        assert_eq!(asked("grant_type=x&code=c", &basic), found);
        assert_eq!(asked("grant_type=x&code=c&client_id=me", &basic), found);
        assert_eq!(asked(posted, &basic), None);
        assert_eq!(asked("grant_type=x&code=c&client_id=you", &basic), None);
        assert_eq!(asked("grant_type=x&code=c", "Bearer x"), None);
    }

    #[test]
    fn what_is_said_twice_or_not_at_all_is_not_read() {
        assert_eq!(asked("grant_type=x&client_id=me&code=a&code=b", ""), None);
        assert_eq!(asked("client_id=me&code=a", ""), None);
        assert_eq!(asked("grant_type=x&code=a", ""), None);
        assert_eq!(asked("{\"grant_type\":\"x\"}", ""), None);
        assert!(asked("grant_type=x&client_id=me&other=1&other=2", "").is_some());
    }
}
