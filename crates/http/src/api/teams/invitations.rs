//! Invitations into teams that go to addresses.

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use fieldpost_access::{Caller, Permission, require_system};
use fieldpost_chat::facts::denied;
use fieldpost_chat::team::invite::{self, Invited};
use fieldpost_identity::account;
use fieldpost_identity::proof::{self, Proof, Purpose, Secret};
use fieldpost_kernel::{Failure, FailureKind, Outcome, Rows, Work};
use fieldpost_mail::{Letter, queue};
use fieldpost_model::{Id, Team, TeamMember};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::{Answer, Done, Json, envelope};
use crate::app::App;
use crate::auth::Session;
use crate::request::{Body, Ids};
use crate::routes::Routes;

/// People invited by one request at most.
const MOST_INVITED: usize = 20;

/// The longest that an inviter may add, in characters.
const LONGEST_NOTE: usize = 2000;

pub(super) fn add(routes: &mut Routes) {
    routes.on("POST", "/api/v4/teams/{team_id}/invite/email", invite);
    routes.on("POST", "/api/v4/teams/{team_id}/invite-guests/email", invite_guests);
    routes.on("DELETE", "/api/v4/teams/invites/email", end_all);
}

/// Clients send a list of addresses, or say more.
#[derive(Deserialize)]
#[serde(untagged)]
enum Sent {
    Addresses(Vec<String>),
    More {
        #[serde(default)]
        emails: Vec<String>,
        #[serde(default, rename = "channelIds", alias = "channels")]
        channels: Vec<Id>,
        #[serde(default)]
        message: String,
    },
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Manner {
    graceful: String,
    guest_magic_link: String,
}

/// Whom somebody invites, and into what.
struct Wanted {
    addresses: Vec<String>,
    channels: Vec<Id>,
    note: String,
    guest: bool,
}

async fn invite(
    State(app): State<App>,
    session: Session,
    Ids([team]): Ids<1>,
    Query(manner): Query<Manner>,
    Body(sent): Body<Sent>,
) -> Answer<Response> {
    let (addresses, channels, note) = match sent {
        Sent::Addresses(addresses) => (addresses, Vec::new(), String::new()),
        Sent::More { emails, channels, message } => (emails, channels, message),
    };
    let wanted = Wanted { addresses, channels, note, guest: false };
    send(&app, session.caller(), team.thing(), wanted, &manner).await
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Guests {
    emails: Vec<String>,
    channels: Vec<Id>,
    message: String,
}

async fn invite_guests(
    State(app): State<App>,
    session: Session,
    Ids([team]): Ids<1>,
    Query(manner): Query<Manner>,
    Body(sent): Body<Guests>,
) -> Answer<Response> {
    if !app.settings().guest_accounts {
        return Err(Failure::new(
            FailureKind::Forbidden,
            "api.team.invite_guests_to_channels.disabled.error",
            "Guest accounts are disabled",
        )
        .into());
    }
    if manner.guest_magic_link == "true" {
        return Err(Failure::new(
            FailureKind::Forbidden,
            "api.team.invite_guests_to_channels.guest_magic_link_disabled.error",
            "Guests do not sign in by links.",
        )
        .into());
    }
    let Guests { emails, channels, message } = sent;
    let wanted = Wanted { addresses: emails, channels, note: message, guest: true };
    send(&app, session.caller(), team.thing(), wanted, &manner).await
}

async fn send(
    app: &App,
    caller: Caller,
    team: Id,
    wanted: Wanted,
    manner: &Manner,
) -> Answer<Response> {
    let guest = wanted.guest;
    app.store().read(move |rows| invite::require(rows, &caller, team, guest)).await?;
    if !app.settings().mail.invites() {
        return Err(Failure::new(
            FailureKind::NotBuilt,
            "api.team.invite_members.disabled.app_error",
            "Email invitations are disabled.",
        )
        .into());
    }
    let addresses = addresses_of(&wanted)?;
    if addresses.len() > MOST_INVITED || !app.invite_limit().admits(caller.user, addresses.len()) {
        return Err(Failure::new(
            FailureKind::TooLarge,
            "app.email.rate_limit_exceeded.app_error",
            "Invite emails are rate limited. Try again in an hour.",
        )
        .into());
    }
    let graceful = manner.graceful == "true";
    let asked = Wanted { addresses: addresses.clone(), ..wanted };
    let outcomes = app
        .store()
        .write(&[], move |work| {
            let team = invite::require(work, &caller, team, guest)?;
            write(work, &caller, &team, &asked, graceful)
        })
        .await?;
    if !graceful {
        return Ok(Done.into_response());
    }
    let told: Vec<Value> = addresses
        .iter()
        .zip(outcomes)
        .map(|(address, outcome)| told(app, address, outcome))
        .collect();
    Ok(Json(told).into_response())
}

/// The addresses in one form, each once, if what is wanted makes sense.
fn addresses_of(wanted: &Wanted) -> Outcome<Vec<String>> {
    let incomplete = wanted.addresses.is_empty() || wanted.note.chars().count() > LONGEST_NOTE;
    if wanted.guest && (incomplete || wanted.channels.is_empty()) {
        return Err(Failure::invalid(
            "api.team.invite_guests_to_channels.invalid_body.app_error",
            "Name the addresses of the guests, and the channels that they are invited into.",
        ));
    }
    if incomplete {
        return Err(Failure::invalid_body("user_email"));
    }
    let mut addresses: Vec<String> =
        wanted.addresses.iter().map(|address| address.trim().to_lowercase()).collect();
    addresses.sort_unstable();
    addresses.dedup();
    Ok(addresses)
}

/// Has the invitations sent to the addresses that may be invited, and says of each whether it may.
/// Unless the answer is to be graceful, one that may not keeps all from being invited.
fn write(
    work: &mut Work<'_>,
    caller: &Caller,
    team: &Team,
    wanted: &Wanted,
    graceful: bool,
) -> Outcome<Vec<Outcome<()>>> {
    let channels = invite::channels_of(work, team.id, &wanted.channels)?;
    // Guests come into these channels and see no others: all of them must be the team's.
    if wanted.guest && wanted.channels.iter().any(|channel| !channels.contains(channel)) {
        return Err(Failure::invalid(
            "api.team.invite_guests_to_channels.invalid_body.app_error",
            "Guests are invited into channels of the team.",
        ));
    }
    let judge = |address: &String| invite::require_admissible(team, address, wanted.guest);
    let judged: Vec<Outcome<()>> = wanted.addresses.iter().map(judge).collect();
    if !graceful && let Some(Err(failure)) = judged.iter().find(|judged| judged.is_err()) {
        return Err(failure.clone());
    }
    for (address, _) in wanted.addresses.iter().zip(&judged).filter(|(_, judged)| judged.is_ok()) {
        let letter = Letter::Invitation {
            team: team.id,
            by: caller.user,
            address: address.clone(),
            channels: channels.clone(),
            note: wanted.note.clone(),
            guest: wanted.guest,
        };
        queue::put(work, &letter)?;
    }
    Ok(judged)
}

fn told(app: &App, address: &str, outcome: Outcome<()>) -> Value {
    let error = outcome.err().map(|failure| {
        let bytes = envelope(&failure, "", app.settings().developer);
        serde_json::from_slice::<Value>(&bytes).unwrap_or_default()
    });
    json!({ "email": address, "error": error })
}

/// Ends every invitation that was sent or waits to be.
async fn end_all(State(app): State<App>, session: Session) -> Answer<Done> {
    let caller = session.caller();
    require_system(&caller, Permission::InvalidateEmailInvite).map_err(denied)?;
    app.store()
        .write(&[], move |work| {
            queue::cancel_invitations(work)?;
            proof::end_everywhere(work, caller.user, Purpose::Invitation)
        })
        .await?;
    Ok(Done)
}

/// The invitation that a token stands for, if it is good and whoever invited may still do so.
pub(crate) fn find(rows: &mut dyn Rows, token: &str, now: i64) -> Outcome<Proof> {
    let invalid = invite::no_invitation;
    let secret = Secret::presented(token).ok_or_else(invalid)?;
    let proof = proof::find(rows, Purpose::Invitation, &secret)?.ok_or_else(invalid)?;
    invite::standing(rows, (proof.owner, proof.author), &invited(&proof))?.ok_or_else(invalid)?;
    if !proof.is_good(now) {
        return Err(Failure::invalid(
            "api.user.create_user.signup_link_expired.app_error",
            "The signup link has expired.",
        ));
    }
    Ok(proof)
}

/// What an invitation leads into.
fn invited(proof: &Proof) -> Invited {
    serde_json::from_str(&proof.note).unwrap_or_default()
}

/// Whether whoever comes by an invitation is to be a guest.
pub(crate) fn is_for_guest(proof: &Proof) -> bool {
    invited(proof).guest
}

/// Refuses an address that is not the one an invitation went to.
pub(crate) fn require_address(proof: &Proof, address: &str) -> Outcome<()> {
    if proof.address == address.trim().to_lowercase() {
        return Ok(());
    }
    Err(Failure::invalid(
        "api.user.create_user.bad_token_email_data.app_error",
        "The email address in the signup link does not match the one entered.",
    ))
}

/// Uses an invitation up: the account of the address that it went to joins the team and its
/// channels.
pub(crate) fn accept(work: &mut Work<'_>, person: Id, proof: &Proof) -> Outcome<TeamMember> {
    let user = account::by_id(work, person)?.ok_or_else(account::no_account)?;
    require_address(proof, &user.email)?;
    proof::end(work, person, Purpose::Invitation, proof)?;
    invite::accept(work, person, (proof.owner, proof.author), &invited(proof))
}
