//! Ways to sign in by another service, of which none is connected: what they answer.

use axum::extract::State;
use fieldpost_kernel::{Failure, FailureKind};
use serde::Deserialize;

use crate::answer::{Answer, Done};
use crate::app::App;
use crate::request::Body;
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    routes.on("POST", "/api/v4/users/login/switch", switch);
    routes.on("POST", "/api/v4/users/login/desktop_token", by_desktop_token);
    routes.on("POST", "/api/v4/users/login/sso/code-exchange", exchange);
}

#[derive(Deserialize)]
struct Switch {
    current_service: String,
    new_service: String,
}

/// Services that the API knows beside passwords and directories.
const SERVICES: [&str; 5] = ["gitlab", "google", "office365", "openid", "saml"];

/// An account goes on with its password: there is no other service to go to or to come from.
async fn switch(State(_): State<App>, Body(asked): Body<Switch>) -> Answer<Done> {
    let not_connected = |id: &'static str, says: &'static str| {
        Err(Failure::new(FailureKind::NotBuilt, id, says).into())
    };
    let password = |service: &str| matches!(service, "" | "email");
    match (asked.current_service.as_str(), asked.new_service.as_str()) {
        (from, "ldap") if password(from) => not_connected(
            "api.user.email_to_ldap.not_available.app_error",
            "AD/LDAP not available on this server.",
        ),
        ("ldap", to) if password(to) => not_connected(
            "api.user.ldap_to_email.not_available.app_error",
            "AD/LDAP not available on this server.",
        ),
        (from, to)
            if password(from) && SERVICES.contains(&to)
                || password(to) && SERVICES.contains(&from) =>
        {
            not_connected(
                "api.user.authorize_oauth_user.unsupported.app_error",
                "That service is not connected with this server.",
            )
        }
        _ => Err(Failure::invalid_body("switch_request").into()),
    }
}

#[derive(Deserialize)]
struct Handed {
    token: String,
}

/// The desktop app is handed a session by a browser that signed in by another service. Whoever
/// has a password types it into the app.
async fn by_desktop_token(State(_): State<App>, Body(handed): Body<Handed>) -> Answer<Done> {
    if handed.token.is_empty() {
        return Err(Failure::invalid_body("token").into());
    }
    Err(Failure::new(
        FailureKind::Unauthenticated,
        "api.user.login_with_desktop_token.not_oauth_or_saml_user.app_error",
        "User is not an OAuth or SAML user.",
    )
    .into())
}

#[derive(Deserialize)]
struct Exchange {
    #[serde(rename = "login_code")]
    _login_code: String,
    #[serde(rename = "code_verifier")]
    _code_verifier: String,
    #[serde(rename = "state")]
    _state: String,
}

/// Nobody was given a code that could be exchanged.
async fn exchange(State(_): State<App>, Body(_): Body<Exchange>) -> Answer<Done> {
    Err(Failure::invalid(
        "api.oauth.get_access_token.bad_request.app_error",
        "invalid_request: No code is known that could be exchanged.",
    )
    .into())
}
