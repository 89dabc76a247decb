//! Who is asking: from cookies and headers to a session.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use fieldpost_access::Caller;
use fieldpost_identity::session::{SignedIn, Token};
use fieldpost_kernel::{Failure, FailureKind, Outcome};

use crate::answer::Refusal;
use crate::app::App;
use crate::local;
use crate::unread::Asker;

/// The cookie that holds the session's secret.
pub(crate) const SESSION_COOKIE: &str = "MMAUTHTOKEN";
/// The cookie that tells scripts who is signed in.
pub(crate) const USER_COOKIE: &str = "MMUSERID";
/// The cookie that tells scripts what to show when they change something.
pub(crate) const CSRF_COOKIE: &str = "MMCSRF";

/// A caller whose session is good; a request without one is refused before the handler runs.
pub(crate) struct Session(pub(crate) SignedIn);

impl Session {
    /// Who asks, for decisions.
    pub(crate) fn caller(&self) -> Caller {
        self.0.caller
    }
}

impl FromRequestParts<App> for Session {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let signed_in = who_asks(app, parts).await?.ok_or_else(Failure::unauthenticated)?;
        if lacks_mfa(app, &signed_in) && !asks_for_oneself(parts) {
            return Err(mfa_required().into());
        }
        Ok(Self(signed_in))
    }
}

/// A caller whose session is good, who may still have to set up a second factor: for what that
/// takes.
pub(crate) struct SessionWithoutMfa(pub(crate) SignedIn);

impl FromRequestParts<App> for SessionWithoutMfa {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let signed_in = who_asks(app, parts).await?;
        signed_in.map(Self).ok_or_else(|| Refusal(Failure::unauthenticated()))
    }
}

/// Whether somebody has to set up a second factor before they do anything else. Programs cannot:
/// access tokens are asked for nothing.
pub fn lacks_mfa(app: &App, signed_in: &SignedIn) -> bool {
    app.settings().enforce_mfa
        && !signed_in.mfa_active
        && !signed_in.is_bot
        && !signed_in.is_by_token()
        && !signed_in.caller.guest
}

/// Who they are, everybody may ask.
fn asks_for_oneself(parts: &Parts) -> bool {
    parts.method == Method::GET && parts.uri.path() == "/api/v4/users/me"
}

/// Refuses apps what would let them stay when they are told to go, or let others in.
pub(crate) fn not_by_an_app(signed_in: &SignedIn) -> Outcome<()> {
    if !signed_in.is_by_app() {
        return Ok(());
    }
    Err(Failure::new(
        FailureKind::Forbidden,
        "api.oauth.not_by_an_app.app_error",
        "No app may do this in somebody's name.",
    ))
}

/// What whoever lacks a second factor is answered.
pub(crate) fn mfa_required() -> Failure {
    Failure::new(
        FailureKind::Forbidden,
        "api.context.mfa_required.app_error",
        "Multi-factor authentication is required on this server.",
    )
}

/// A caller who may or may not be signed in, for operations that are open to all. A secret that
/// is no longer good counts as none.
pub(crate) struct MaybeSession(pub(crate) Option<SignedIn>);

impl FromRequestParts<App> for MaybeSession {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        who_asks(app, parts).await.map(Self).or_else(|failure| {
            if failure.kind == FailureKind::Unauthenticated {
                Ok(Self(None))
            } else {
                Err(failure.into())
            }
        })
    }
}

/// Where a request carries its secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Carrier {
    Cookie,
    Header,
}

/// The session of a request; over the site's own socket, the local administrator where it carries
/// no secret. No page of another site speaks to that socket, so cookies are taken as they come.
async fn who_asks(app: &App, parts: &mut Parts) -> Outcome<Option<SignedIn>> {
    let found = whoever_asks(app, parts).await?;
    if let Some(signed_in) = &found {
        Asker::is(parts, signed_in.caller.user);
    }
    Ok(found)
}

async fn whoever_asks(app: &App, parts: &mut Parts) -> Outcome<Option<SignedIn>> {
    if !local::is_local(&parts.extensions) {
        return authenticate(app, &parts.method, &parts.headers).await;
    }
    match presented(&parts.headers) {
        Some((token, _)) => {
            app.session(&token).await?.map(Some).ok_or_else(Failure::unauthenticated)
        }
        None => local::administrator(parts, app).await.map(Some),
    }
}

/// The session of a request, if it carries a secret that is good.
///
/// A cookie is sent by browsers whoever made the page; so a request that carries one and changes
/// something must also show that its page could read another cookie or set a header.
pub async fn authenticate(
    app: &App,
    method: &Method,
    headers: &HeaderMap,
) -> Outcome<Option<SignedIn>> {
    let Some((token, carrier)) = presented(headers) else { return Ok(None) };
    let Some(signed_in) = app.session(&token).await? else {
        return Err(Failure::unauthenticated());
    };
    let changes = !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    if changes && carrier == Carrier::Cookie && !same_page(headers, &signed_in) {
        return Err(Failure::unauthenticated().with_detail("cross-site request"));
    }
    Ok(Some(signed_in))
}

fn same_page(headers: &HeaderMap, signed_in: &SignedIn) -> bool {
    let shown = text(headers, "x-csrf-token");
    let own = signed_in.csrf();
    let token_matches = !own.is_empty() && shown.is_some_and(|shown| shown == own);
    let by_script =
        text(headers, "x-requested-with").is_some_and(|w| w.eq_ignore_ascii_case("XMLHttpRequest"));
    token_matches || by_script
}

fn presented(headers: &HeaderMap) -> Option<(Token, Carrier)> {
    if let Some(secret) = cookie(headers, SESSION_COOKIE).filter(|secret| !secret.is_empty()) {
        return Some((Token::presented(&secret), Carrier::Cookie));
    }
    bearer(headers).map(|token| (token, Carrier::Header))
}

/// The secret of the `Authorization` header, in either of the API's two forms.
pub fn bearer(headers: &HeaderMap) -> Option<Token> {
    let value = text(headers, header::AUTHORIZATION.as_str())?;
    let (scheme, secret) = value.split_once(' ')?;
    let known = scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("token");
    (known && !secret.trim().is_empty()).then(|| Token::presented(secret.trim()))
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok()).find_map(|all| {
        all.split(';').find_map(|pair| {
            let (key, value) = pair.trim().split_once('=')?;
            (key == name).then(|| value.trim_matches('"').to_owned())
        })
    })
}
