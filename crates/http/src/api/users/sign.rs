//! Making an account, signing in, signing out.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fieldpost_access::{Permission, require_system};
use fieldpost_chat::team::member::no_invite;
use fieldpost_chat::team::{find, invite};
use fieldpost_identity::account::{self, site_scope};
use fieldpost_identity::credential::HashedPassword;
use fieldpost_identity::proof::Proof;
use fieldpost_identity::session::{self, Candidate, Device, SignedIn};
use fieldpost_identity::signup::{self, Door, NewAccount};
use fieldpost_identity::target::has_role;
use fieldpost_identity::terms;
use fieldpost_kernel::{Failure, FailureKind, Outcome, Rows};
use fieldpost_model::{Id, Millis, Session as WireSession, StringMap, User};
use serde::Deserialize;

use super::mail::ask_new;
use super::sessions::LONGEST_DEVICE;
use super::{hash, shows_password};
use crate::answer::{Answer, Created, Done, Json, Refusal};
use crate::api::teams::invitations;
use crate::app::App;
use crate::auth::{
    CSRF_COOKIE, MaybeSession, SESSION_COOKIE, USER_COOKIE, lacks_mfa, mfa_required,
};
use crate::limit::Peer;
use crate::origin::{By, Origin};
use crate::request::Body;
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    routes.on("POST", "/api/v4/users", create);
    routes.on("POST", "/api/v4/users/login", login);
    routes.on("POST", "/api/v4/users/login/type", login_type);
    routes.on("POST", "/api/v4/users/logout", logout);
}

/// Everybody signs in in the same way. Nobody is told more: not even who has an account.
async fn login_type() -> StatusCode {
    StatusCode::NOT_FOUND
}

#[derive(Deserialize)]
struct SignUp {
    #[serde(flatten)]
    user: User,
    #[serde(default, rename = "password")]
    secret: String,
}

/// How somebody comes: with the token of an invitation, or by a team's link.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Way {
    t: String,
    iid: String,
}

async fn create(
    State(app): State<App>,
    caller: MaybeSession,
    peer: Peer,
    Query(way): Query<Way>,
    Body(body): Body<SignUp>,
) -> Answer<Created<User>> {
    let administrates =
        |signed_in: &SignedIn| require_system(&signed_in.caller, Permission::ManageSystem).is_ok();
    let administrator = caller.0.filter(administrates);
    if administrator.as_ref().is_some_and(|signed_in| lacks_mfa(&app, signed_in)) {
        return Err(mfa_required().into());
    }
    if administrator.is_none() && !app.sign_up_limit().admits(peer) {
        return Err(too_many_accounts().into());
    }
    let door = match administrator {
        Some(session) => Door::Administrator(session.caller.user),
        None if !way.t.is_empty() => Door::Invited { confirmed: true, guest: false },
        None if !way.iid.is_empty() => Door::Invited { confirmed: false, guest: false },
        None => Door::Public { open: app.settings().open_signup },
    };
    let invited = matches!(door, Door::Invited { .. });
    let way = Arc::new(if invited { way } else { Way::default() });
    let email = body.user.email.trim().to_owned();
    // Nobody's password is worked on before it is known that they may come in.
    let (now, shown) = (app.now(), Arc::clone(&way));
    let shown = app
        .store()
        .read(move |rows| {
            signup::admit(rows, door)?;
            admit(rows, &shown, &email, now)
        })
        .await?;
    let guest = shown.as_ref().is_some_and(invitations::is_for_guest);
    if guest && !app.settings().guest_accounts {
        return Err(Failure::invalid(
            "api.user.create_user.guest_accounts.disabled.app_error",
            "Guest accounts are disabled.",
        )
        .into());
    }
    let door = if guest { Door::Invited { confirmed: true, guest } } else { door };
    let scopes: Vec<_> = shown.iter().map(Proof::scope).collect();
    let password = hash(&app, body.secret).await?;
    let default_locale = app.settings().default_locale.clone();
    let new = NewAccount { user: body.user, default_locale };
    let mails = app.settings().mail.on;
    let user = app
        .store()
        .write(&scopes, move |work| {
            let now = work.now();
            let invitation = admit(work, &way, new.user.email.trim(), now)?;
            let user = signup::create(work, &new, &password, door)?;
            if let Some(invitation) = invitation {
                invitations::accept(work, user.id, &invitation)?;
            } else if !way.iid.is_empty() {
                invite::accept_link(work, user.id, &way.iid)?;
            }
            ask_new(work, mails, &user)?;
            Ok(user)
        })
        .await?;
    Ok(Created(user))
}

fn too_many_accounts() -> Failure {
    Failure::new(
        FailureKind::TooMany,
        "api.fieldpost.sign_up_rate_limit",
        "Too many accounts are made from your address. Try again in a while.",
    )
}

/// Refuses whoever comes by a way that leads nowhere; gives the invitation they show, if they do.
fn admit(rows: &mut dyn Rows, way: &Way, email: &str, now: Millis) -> Outcome<Option<Proof>> {
    if !way.t.is_empty() {
        let proof = invitations::find(rows, &way.t, now)?;
        invitations::require_address(&proof, email)?;
        return Ok(Some(proof));
    }
    if !way.iid.is_empty() && find::by_invite(rows, &way.iid)?.is_none() {
        return Err(no_invite());
    }
    Ok(None)
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Login {
    login_id: String,
    id: String,
    password: String,
    /// The code of a second factor. Libraries that always name it say `null` for none.
    token: Option<String>,
    device_id: Option<String>,
}

async fn login(
    State(app): State<App>,
    peer: Peer,
    origin: Origin,
    headers: HeaderMap,
    Body(body): Body<Login>,
) -> Answer<Response> {
    if body.password.is_empty() {
        return Err(Failure::invalid(
            "api.user.login.blank_pwd.app_error",
            "Password field must not be blank",
        )
        .into());
    }
    if body.device_id.as_ref().is_some_and(|device| device.len() > LONGEST_DEVICE) {
        return Err(Failure::invalid_body("device_id").into());
    }
    let candidate = find_candidate(&app, &body).await?;
    // However an account is named, tries at it are one count.
    let found = candidate.as_ref().map(|candidate| candidate.user.id.to_string());
    let counted = found.as_deref().unwrap_or(&body.login_id);
    if let Some(seconds) = app.sign_in_limit().refuse(peer, counted) {
        return Ok(too_often(seconds));
    }
    // Whoever is not let in yet acts in nobody's name.
    let by = origin.outside(Id::NONE);
    let user = match_password(&app, candidate, body.password, &by).await?;
    if app.settings().mail.verifies() && !user.email_verified {
        return Err(session::not_verified().into());
    }
    if !app.settings().guest_accounts && has_role(&user.roles, "system_guest") {
        return Err(Failure::new(
            FailureKind::Unauthenticated,
            "api.user.login.guest_accounts.disabled.error",
            "Guest accounts are disabled",
        )
        .into());
    }
    let device = device(&headers, body.device_id.unwrap_or_default());
    let signed_in = let_in(&app, (user.id, by), body.token.unwrap_or_default(), device).await?;
    let user = with_terms(&app, user).await?;
    let mut response = Json(user).into_response();
    let token = HeaderValue::from_str(&signed_in.token).map_err(Failure::internal)?;
    response.headers_mut().insert(HeaderName::from_static("token"), token);
    let by_script =
        headers.get("x-requested-with").is_some_and(|w| w.as_bytes() == b"XMLHttpRequest");
    if by_script {
        set_cookies(&app, &signed_in, response.headers_mut())?;
    }
    Ok(response)
}

/// The account with what its owner accepted last, where clients ask people to.
async fn with_terms(app: &App, mut user: User) -> Outcome<User> {
    if !app.settings().terms.required {
        return Ok(user);
    }
    app.store().read(move |rows| terms::mark(rows, &mut user).map(|()| user.clone())).await
}

/// Opens a session of somebody whose password was right, if their second factor is too.
async fn let_in(
    app: &App,
    (account, by): (Id, By),
    code: String,
    device: Device,
) -> Outcome<WireSession> {
    app.store()
        .write(&[site_scope(account)], move |work| {
            let entered = session::enter(work, account, &code, &device)?;
            match &entered {
                Ok(opened) => by.opened(account, opened.id).note(work, account, "success")?,
                Err(_) => by.note(work, account, "failure - wrong code")?,
            }
            Ok(entered)
        })
        .await?
}

pub(super) fn too_often(seconds: u64) -> Response {
    let failure = Failure::new(
        FailureKind::TooMany,
        "api.fieldpost.login_rate_limit",
        "Too many attempts to sign in. Try again in a moment.",
    );
    let mut response = Refusal(failure).into_response();
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

async fn find_candidate(app: &App, body: &Login) -> Outcome<Option<Candidate>> {
    let (name, id) = (body.login_id.trim().to_owned(), body.id.clone());
    app.store()
        .read(move |rows| {
            if let Ok(id) = id.parse()
                && let Some(user) = account::by_id(rows, id)?
            {
                return session::candidate(rows, &user.username);
            }
            session::candidate(rows, &name)
        })
        .await
}

/// The account, if the password is right. An unknown name takes as long to refuse as a known one.
async fn match_password(
    app: &App,
    candidate: Option<Candidate>,
    typed: String,
    by: &By,
) -> Outcome<User> {
    let Some(candidate) = candidate else {
        app.with_password(move || HashedPassword::pretend(&typed)).await?;
        return Err(session::wrong_credentials());
    };
    candidate.admissible()?;
    let user = candidate.user;
    let shown = shows_password(app, user.id, typed, by).await?;
    if shown { Ok(user) } else { Err(session::wrong_credentials()) }
}

fn device(headers: &HeaderMap, id: String) -> Device {
    let agent = headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let agent: String = agent.chars().take(128).collect();
    let mobile = !id.is_empty() || agent.contains("Mobile");
    let props: StringMap = [
        ("browser".to_owned(), agent),
        ("isMobile".to_owned(), mobile.to_string()),
        ("isOAuthUser".to_owned(), "false".to_owned()),
        ("isSaml".to_owned(), "false".to_owned()),
    ]
    .into();
    Device { id, props }
}

fn set_cookies(app: &App, session: &WireSession, headers: &mut HeaderMap) -> Outcome<()> {
    let secure = if app.settings().secure_cookies { "; Secure" } else { "" };
    let seconds = session::LENGTH / 1000;
    let csrf = session.props.get("csrf").map_or("", String::as_str);
    let user = session.user_id.to_string();
    for (name, value, hidden) in [
        (SESSION_COOKIE, session.token.as_str(), "; HttpOnly"),
        (USER_COOKIE, user.as_str(), ""),
        (CSRF_COOKIE, csrf, ""),
    ] {
        let cookie = format!("{name}={value}; Path=/; Max-Age={seconds}{hidden}{secure}");
        let cookie = HeaderValue::from_str(&cookie).map_err(Failure::internal)?;
        headers.append(header::SET_COOKIE, cookie);
    }
    Ok(())
}

async fn logout(State(app): State<App>, session: MaybeSession, origin: Origin) -> Answer<Response> {
    if let Some(signed_in) = session.0 {
        let (person, ended) = (signed_in.caller.user, signed_in.session.id);
        let by = origin.by(&signed_in);
        app.store()
            .write(&[site_scope(person)], move |work| {
                session::close(work, person, vec![ended])?;
                by.note(work, person, "success")
            })
            .await?;
        app.forget_sessions(person);
    }
    let mut response = Done.into_response();
    for name in [SESSION_COOKIE, USER_COOKIE, CSRF_COOKIE] {
        let cookie = HeaderValue::from_str(&format!("{name}=; Path=/; Max-Age=0"))
            .map_err(Failure::internal)?;
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}
