//! Confirming addresses, and choosing a new password when the old one is forgotten.
//!
//! Whoever asks for a mail is answered alike whether anybody has the address: who does is found out
//! when the mail goes, so that not even the time of an answer tells.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use fieldpost_identity::address;
use fieldpost_identity::proof::Secret;
use fieldpost_kernel::{Failure, Work};
use fieldpost_mail::{Letter, queue};
use fieldpost_model::{Id, User};
use serde::Deserialize;

use super::sign::too_often;
use super::{hash, seen_by};
use crate::answer::{Answer, Done, Json};
use crate::app::App;
use crate::auth::Session;
use crate::limit::Peer;
use crate::origin::Origin;
use crate::request::{Body, Ids};
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    routes.on("POST", "/api/v4/users/email/verify/send", ask_to_verify);
    routes.on("POST", "/api/v4/users/email/verify", verify);
    routes.on("POST", "/api/v4/users/{user_id}/email/verify/member", vouch);
    routes.on("POST", "/api/v4/users/password/reset/send", ask_to_reset);
    routes.on("POST", "/api/v4/users/password/reset", reset);
}

/// The longest address that is looked at, in bytes.
const LONGEST: usize = 128;

#[derive(Deserialize, Default)]
#[serde(default)]
struct Asked {
    email: String,
}

impl Asked {
    fn address(self) -> Result<String, Failure> {
        let address = self.email.trim().to_lowercase();
        if address.is_empty() || address.len() > LONGEST {
            return Err(Failure::invalid_body("email"));
        }
        Ok(address)
    }
}

async fn ask_to_verify(
    State(app): State<App>,
    peer: Peer,
    Body(asked): Body<Asked>,
) -> Answer<Response> {
    let address = asked.address()?;
    ask(&app, peer, Letter::Verify { account: Id::NONE, address }).await
}

async fn ask_to_reset(
    State(app): State<App>,
    peer: Peer,
    Body(asked): Body<Asked>,
) -> Answer<Response> {
    let address = asked.address()?;
    ask(&app, peer, Letter::Reset { address }).await
}

/// Has a letter sent that anybody may ask for, not too often.
async fn ask(app: &App, peer: Peer, letter: Letter) -> Answer<Response> {
    app.require_mail()?;
    // One address of the network asks for all addresses of mail together: each costs a mail.
    if let Some(seconds) = app.sign_in_limit().refuse(peer, "\0mail") {
        return Ok(too_often(seconds));
    }
    app.store().write(&[], move |work| queue::put(work, &letter)).await?;
    Ok(Done.into_response())
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Token {
    token: String,
}

fn presented(token: &str) -> Result<Secret, Failure> {
    Secret::presented(token).ok_or_else(|| Failure::invalid_body("token"))
}

async fn verify(State(app): State<App>, Body(body): Body<Token>) -> Answer<Done> {
    let secret = presented(&body.token)?;
    let (now, shown) = (app.now(), secret.clone());
    let (_, proof) = app.store().read(move |rows| address::confirmable(rows, &shown, now)).await?;
    let mails = app.settings().mail.on;
    app.store()
        .write(&[proof.scope()], move |work| {
            let confirmed = address::confirm(work, &secret)?;
            match confirmed.replaced {
                Some(from) if mails => {
                    queue::put(work, &Letter::AddressChanged { account: confirmed.account, from })
                }
                _ => Ok(()),
            }
        })
        .await?;
    Ok(Done)
}

async fn vouch(State(app): State<App>, session: Session, Ids([id]): Ids<1>) -> Answer<Json<User>> {
    let caller = session.caller();
    let id = id.person(caller.user);
    let user = app.store().write(&[], move |work| address::vouch(work, &caller, id)).await?;
    Ok(Json(seen_by(&session, user)))
}

/// The token is called `token` by clients and `code` by the published description.
#[derive(Deserialize, Default)]
#[serde(default)]
struct NewPassword {
    #[serde(alias = "code")]
    token: String,
    new_password: String,
}

async fn reset(
    State(app): State<App>,
    origin: Origin,
    Body(body): Body<NewPassword>,
) -> Answer<Done> {
    let secret = presented(&body.token)?;
    // Nobody's password is worked on before it is known that they may choose one.
    let now = app.now();
    let shown = secret.clone();
    let (_, proof) = app.store().read(move |rows| address::resettable(rows, &shown, now)).await?;
    let hash = hash(&app, body.new_password).await?;
    let mails = app.settings().mail.on;
    let person = app
        .store()
        .write(&[proof.scope()], move |work| {
            let person = address::reset(work, &secret, &hash)?;
            origin.clone().outside(Id::NONE).note(work, person, "success")?;
            tell_of_password(work, mails, person)?;
            Ok(person)
        })
        .await?;
    app.forget_sessions(person);
    Ok(Done)
}

/// Has somebody told that their password was changed, and forgets the links that wait to be sent to
/// confirm an address: whoever asked for them knew the old password.
pub(super) fn tell_of_password(
    work: &mut Work<'_>,
    mails: bool,
    account: Id,
) -> Result<(), Failure> {
    queue::cancel_verifications(work, account)?;
    if mails { queue::put(work, &Letter::PasswordChanged { account }) } else { Ok(()) }
}

/// Has whoever reads at an account's address asked to confirm it. Where too many mails wait, they
/// ask for that themselves, later.
pub(super) fn ask_new(work: &mut Work<'_>, mails: bool, user: &User) -> Result<(), Failure> {
    if !mails || user.email_verified || user.email.is_empty() {
        return Ok(());
    }
    queue::offer(work, &Letter::Verify { account: user.id, address: user.email.clone() }).map(drop)
}
