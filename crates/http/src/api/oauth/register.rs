//! Apps that register themselves.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use fieldpost_identity::oauth::SCOPE;
use fieldpost_identity::oauth::registration::{self, Registration};
use fieldpost_kernel::{Failure, FailureKind};
use fieldpost_model::OAuthApp;
use serde_json::{Value, json};

use super::{refused, require_provider, secret, too_often};
use crate::answer::{Answer, Created};
use crate::app::App;
use crate::limit::Peer;
use crate::request::Body;
use crate::routes::Routes;

/// What is said where apps may not.
const OFF: &str = "api.oauth.register_oauth_app.turn_off.app_error";

pub(super) fn add(routes: &mut Routes) {
    routes.on("POST", "/api/v4/oauth/apps/register", register);
}

async fn register(
    State(app): State<App>,
    peer: Peer,
    Body(new): Body<Registration>,
) -> Answer<Response> {
    require_provider(&app, OFF)?;
    if !app.settings().oauth.registration {
        let says = "Apps do not register themselves at this server.";
        let id = "api.oauth.dynamic_client_registration.disabled.app_error";
        return Err(Failure::new(FailureKind::NotBuilt, id, says).into());
    }
    // It is counted with those who make accounts: nobody is asked for either.
    if !app.sign_up_limit().admits(peer) {
        return Err(too_often().into());
    }
    let method = new.method().to_owned();
    let made = app.store().write(&[], move |work| registration::register(work, &new)).await?;
    Ok(match made {
        Ok(made) => secret(Created(told(made, &method))),
        Err(why) => refused(StatusCode::BAD_REQUEST, why),
    })
}

/// The app in the words of the standard.
fn told(made: OAuthApp, method: &str) -> Value {
    let mut grants = vec!["authorization_code"];
    if !made.is_public {
        grants.push("refresh_token");
    }
    let mut told = json!({
        "client_id": made.id,
        "client_id_issued_at": made.create_at / 1000,
        "client_name": made.name,
        "client_uri": made.homepage,
        "redirect_uris": made.callback_urls,
        "token_endpoint_auth_method": method,
        "grant_types": grants,
        "response_types": ["code"],
        "scope": SCOPE,
    });
    if !made.is_public {
        told["client_secret"] = made.client_secret.into();
        told["client_secret_expires_at"] = 0.into();
    }
    told
}
