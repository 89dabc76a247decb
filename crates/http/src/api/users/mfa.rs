//! The second factor.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fieldpost_identity::account::site_scope;
use fieldpost_identity::mfa;
use fieldpost_identity::session::SignedIn;
use fieldpost_kernel::{Failure, Outcome};
use fieldpost_model::Id;
use serde::Deserialize;
use serde_json::{Value, json};

use super::sign::too_often;
use crate::answer::{Answer, Done, Json};
use crate::app::App;
use crate::auth::SessionWithoutMfa;
use crate::limit::Peer;
use crate::origin::Origin;
use crate::request::{Body, Ids};
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    routes.on("PUT", "/api/v4/users/{user_id}/mfa", change);
    routes.on("POST", "/api/v4/users/{user_id}/mfa/generate", generate);
    routes.on("POST", "/api/v4/users/mfa", is_required);
}

#[derive(Deserialize)]
struct Change {
    activate: Option<bool>,
    #[serde(default)]
    code: String,
}

/// Refuses access tokens the second factor of their owner: whoever found one in a program could
/// take the owner's place at the door.
fn require_person(signed_in: &SignedIn, account: Id) -> Outcome<()> {
    if signed_in.is_by_token() && signed_in.caller.user == account {
        return Err(Failure::forbidden("a session that was signed in to"));
    }
    Ok(())
}

async fn change(
    State(app): State<App>,
    session: SessionWithoutMfa,
    peer: Peer,
    origin: Origin,
    Ids([person]): Ids<1>,
    Body(body): Body<Change>,
) -> Answer<Response> {
    let (caller, signed_in_at) = (session.0.caller, session.0.session.create_at);
    let person = person.person(caller.user);
    require_person(&session.0, person)?;
    let activate = body.activate.ok_or_else(|| Failure::invalid_body("activate"))?;
    if activate && body.code.is_empty() {
        return Err(Failure::invalid_body("code").into());
    }
    // Whoever guesses codes waits as long as at the door.
    if let Some(seconds) = app.sign_in_limit().refuse(peer, &person.to_string()) {
        return Ok(too_often(seconds));
    }
    let by = origin.by(&session.0);
    app.store()
        .write(&[site_scope(person)], move |work| {
            if activate {
                mfa::activate(work, &caller, person, &body.code)?;
                by.note(work, person, "success - on")?;
                Ok(Ok(()))
            } else {
                let off = mfa::deactivate(work, &caller, person, (signed_in_at, &body.code))?;
                if off.is_ok() {
                    by.note(work, person, "success - off")?;
                }
                Ok(off)
            }
        })
        .await??;
    app.forget_sessions(person);
    Ok(Done.into_response())
}

async fn generate(
    State(app): State<App>,
    session: SessionWithoutMfa,
    Ids([person]): Ids<1>,
) -> Answer<Response> {
    let caller = session.0.caller;
    let person = person.person(caller.user);
    require_person(&session.0, person)?;
    let issuer = app.settings().site_name.clone();
    let made = app
        .store()
        .write(&[site_scope(person)], move |work| mfa::generate(work, &caller, person, &issuer))
        .await?;
    let picture = app.with_image(move || fieldpost_media::qr_code(&made.address)).await?;
    let picture = picture.ok_or_else(|| Failure::internal("the name is too long for a QR code"))?;
    let shown = json!({ "secret": made.secret, "qr_code": STANDARD.encode(picture) });
    let mut response = Json(shown).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache, no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    Ok(response)
}

#[derive(Deserialize)]
struct Asked {
    login_id: String,
}

/// Nobody is told of an account's second factor before they have shown its password: clients ask
/// for a code once the door asks for one.
async fn is_required(Body(asked): Body<Asked>) -> Answer<Json<Value>> {
    if asked.login_id.is_empty() {
        return Err(Failure::invalid_body("login_id").into());
    }
    Ok(Json(json!({ "mfa_required": false })))
}
