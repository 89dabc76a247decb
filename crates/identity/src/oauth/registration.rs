//! Apps that register themselves (RFC 7591), where an administrator lets them.

use fieldpost_kernel::{Outcome, Work};
use fieldpost_model::{Id, OAuthApp};
use serde::Deserialize;

use super::token::Refused;
use super::{LONGEST_NAME, app, redirect};

/// What an app says of itself.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Registration {
    /// Where people may be sent back to.
    pub redirect_uris: Vec<String>,
    /// What people call it.
    pub client_name: String,
    /// Where people read about it.
    pub client_uri: String,
    /// How it proves itself: `none`, `client_secret_post` or `client_secret_basic`.
    pub token_endpoint_auth_method: Option<String>,
    /// What it will have.
    pub grant_types: Option<Vec<String>>,
    /// How it wants to be answered.
    pub response_types: Option<Vec<String>>,
}

/// How an app proves itself that does not say.
const BASIC: &str = "client_secret_basic";

impl Registration {
    /// How it proves itself.
    pub fn method(&self) -> &str {
        self.token_endpoint_auth_method.as_deref().unwrap_or(BASIC)
    }
}

fn metadata(says: &'static str) -> Refused {
    Refused { error: "invalid_client_metadata", says }
}

fn require_sound(new: &Registration) -> Result<(), Refused> {
    if !app::is_list(&new.redirect_uris, redirect::is_guarded) {
        let says = "redirect_uris must be https addresses, or http ones of the device itself";
        return Err(Refused { error: "invalid_redirect_uri", says });
    }
    if !["none", "client_secret_post", BASIC].contains(&new.method()) {
        return Err(metadata("token_endpoint_auth_method is not one that is known"));
    }
    let within = |list: &Option<Vec<String>>, known: &[&str]| {
        list.iter().flatten().all(|one| known.contains(&one.as_str()))
    };
    if !within(&new.grant_types, &["authorization_code", "refresh_token"])
        || !within(&new.response_types, &["code"])
    {
        return Err(metadata("only authorization codes and refresh tokens are known"));
    }
    if new.client_name.chars().count() > LONGEST_NAME {
        return Err(metadata("client_name has at most 64 letters"));
    }
    if !new.client_uri.is_empty() && !redirect::is_sound(&new.client_uri) {
        return Err(metadata("client_uri must be an address of the web"));
    }
    Ok(())
}

/// Makes an app that registers itself. Nobody answers for it, and nobody can trust it before an
/// administrator does.
pub fn register(work: &mut Work<'_>, new: &Registration) -> Outcome<Result<OAuthApp, Refused>> {
    if let Err(refused) = require_sound(new) {
        return Ok(Err(refused));
    }
    let named = !new.client_name.trim().is_empty();
    let made = OAuthApp {
        name: if named { new.client_name.clone() } else { "An app without a name".to_owned() },
        callback_urls: new.redirect_uris.clone(),
        homepage: new.client_uri.clone(),
        is_public: new.method() == "none",
        is_dynamically_registered: true,
        ..OAuthApp::default()
    };
    app::make(work, Id::NONE, &made).map(Ok)
}
