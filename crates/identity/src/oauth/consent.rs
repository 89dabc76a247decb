//! What a person is asked by an app, what they answer, and taking it back.

use fieldpost_access::{Caller, require_user};
use fieldpost_kernel::{Failure, FailureKind, Outcome, Rows, RowsExt, Work, params};
use fieldpost_model::{Id, OAuthApp};
use serde::Deserialize;

use super::change::{OAuthCodeIssued, OAuthGranted, OAuthTakenBack};
use super::{CODE_LENGTH, COLUMNS, app, app_of, no_app, redirect};
use crate::account::{self, site_scope};
use crate::session::{SignedIn, Token};
use crate::target::{any_for, denied, facts_of};

/// The longest words of a program that come back to it unread.
const LONGEST_STATE: usize = 1024;

/// The longest list of scopes.
const LONGEST_SCOPE: usize = 128;

/// The letters of a SHA-256 hash as a challenge.
const CHALLENGE: usize = 43;

/// What an app asks a person for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Request {
    /// How it wants to be answered: by a code.
    pub response_type: String,
    /// Which app.
    pub client_id: String,
    /// Where the person is to be sent back to.
    pub redirect_uri: String,
    /// Words that come back unread.
    pub state: String,
    /// What it wants to do; there is nothing to choose.
    pub scope: String,
    /// What the verifier of the code will hash to.
    pub code_challenge: String,
    /// How.
    pub code_challenge_method: String,
}

/// What becomes of a request, once it is known that its app asks and where to send people back to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// The person is asked.
    Person(Box<OAuthApp>),
    /// The person is sent back with a complaint about the request.
    Back(String),
}

/// Reads a request. Where it is not plain that it comes of an app that is registered, and where
/// people go back to, they are sent nowhere.
pub fn ask(rows: &mut dyn Rows, request: &Request) -> Outcome<Asked> {
    let refuse = |id, says: &'static str| Err(Failure::invalid(id, says));
    let id: Id = request.client_id.parse().map_err(|_| {
        Failure::invalid("model.authorize.is_valid.client_id.app_error", "There is no such app.")
    })?;
    let app = app::find(rows, id)?;
    // Letter by letter: whatever is more lenient than that sends codes to strangers (RFC 9700, 2.1).
    if !app.callback_urls.contains(&request.redirect_uri) {
        return refuse(
            "api.oauth.allow_oauth.redirect_callback.app_error",
            "The app did not register this address to be sent back to.",
        );
    }
    if request.state.len() > LONGEST_STATE {
        return refuse("model.authorize.is_valid.state.app_error", "The state is too long.");
    }
    if request.scope.len() > LONGEST_SCOPE {
        return refuse("model.authorize.is_valid.scope.app_error", "The scope is too long.");
    }
    let complaint = complaint(request, &app);
    let Some((error, says)) = complaint else { return Ok(Asked::Person(Box::new(app))) };
    let pairs = [("error", error), ("error_description", says), ("state", &request.state)];
    redirect::with(&request.redirect_uri, &pairs).map(Asked::Back).ok_or_else(no_app)
}

/// What an app is told that asks wrongly (RFC 6749, 4.1.2.1; RFC 7636, 4.4.1).
fn complaint(request: &Request, app: &OAuthApp) -> Option<(&'static str, &'static str)> {
    if request.response_type != "code" {
        return Some(("unsupported_response_type", "response_type must be code"));
    }
    let challenge = &request.code_challenge;
    if challenge.is_empty() && request.code_challenge_method.is_empty() {
        let required = ("invalid_request", "a public client must send a code_challenge");
        return app.is_public.then_some(required);
    }
    if request.code_challenge_method != "S256" {
        return Some(("invalid_request", "code_challenge_method must be S256"));
    }
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let sound = challenge.len() == CHALLENGE && challenge.bytes().all(letter);
    (!sound).then_some(("invalid_request", "code_challenge must be a SHA-256 hash in base64url"))
}

/// Whether a person need not be asked: they said yes before, or an administrator trusts the app. One
/// that can keep no secret may be another than it says, so that its people are asked each time.
pub fn is_settled(rows: &mut dyn Rows, person: Id, app: &OAuthApp) -> Outcome<bool> {
    Ok(app.is_trusted || !app.is_public && is_granted(rows, person, app.id)?)
}

fn is_granted(rows: &mut dyn Rows, person: Id, app: Id) -> Outcome<bool> {
    let sql = "SELECT 1 FROM oauth_grant \
        WHERE account_key = (SELECT key FROM account WHERE id = ?1) AND app = ?2";
    Ok(rows.first(sql, params![&person, &app], |_| ())?.is_some())
}

/// Refuses programs: only a person lets a program in, and takes that back.
pub fn require_person(signed_in: &SignedIn) -> Outcome<()> {
    if signed_in.is_by_token() || signed_in.is_bot {
        return Err(Failure::new(
            FailureKind::Forbidden,
            "api.oauth.allow_oauth.not_a_person.app_error",
            "Only a person who signed in lets an app act in their name, and takes that back.",
        ));
    }
    Ok(())
}

/// Lets an app act in the name of whoever asks. Gives where they are sent back to: with a code, or
/// with a complaint about the request.
pub fn allow(work: &mut Work<'_>, signed_in: &SignedIn, request: &Request) -> Outcome<String> {
    require_person(signed_in)?;
    let app = match ask(work, request)? {
        Asked::Back(address) => return Ok(address),
        Asked::Person(app) => app,
    };
    let person = account::by_id(work, signed_in.caller.user)?.ok_or_else(account::no_account)?;
    if !is_granted(work, person.id, app.id)? {
        work.emit(site_scope(person.id), person.id, &OAuthGranted { app: app.id })?;
    }
    let secret = Token::new(work);
    let issued = OAuthCodeIssued {
        code: work.random_id(),
        hash: secret.digest(),
        app: app.id,
        redirect_uri: request.redirect_uri.clone(),
        challenge: request.code_challenge.clone(),
        session: signed_in.session.id,
        expires_at: work.now() + CODE_LENGTH,
    };
    work.emit(site_scope(person.id), person.id, &issued)?;
    let pairs = [("code", secret.reveal()), ("state", request.state.as_str())];
    redirect::with(&request.redirect_uri, &pairs).ok_or_else(no_app)
}

/// A page of the apps that a person let in, as they or an administrator ask.
pub fn of_person(
    rows: &mut dyn Rows,
    caller: &Caller,
    person: Id,
    (offset, limit): (i64, i64),
) -> Outcome<Vec<OAuthApp>> {
    let user = any_for(rows, caller, person)?;
    require_user(caller, &facts_of(&user)).map_err(denied)?;
    let sql = format!(
        "SELECT {COLUMNS} FROM oauth_grant g JOIN oauth_app ON oauth_app.id = g.app \
         WHERE g.account_key = (SELECT key FROM account WHERE id = ?1) \
         ORDER BY g.create_at, g.app LIMIT ?2 OFFSET ?3"
    );
    rows.all(&sql, params![&person, limit, offset], app_of)
}

/// Lets an app act in the name of whoever asks no more: its codes and tokens are good for nothing.
pub fn take_back(work: &mut Work<'_>, signed_in: &SignedIn, id: Id) -> Outcome<()> {
    require_person(signed_in)?;
    app::find(work, id)?;
    let person = signed_in.caller.user;
    work.emit(site_scope(person), person, &OAuthTakenBack { app: id })?;
    Ok(())
}
