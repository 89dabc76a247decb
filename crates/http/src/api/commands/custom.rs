//! Commands of teams: asking whoever answers them, and taking what they say, now or later.

use axum::body::Bytes;
use axum::extract::{RawPathParams, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use fieldpost_chat::command::{self, Asked, Done, answer, custom};
use fieldpost_identity::account;
use fieldpost_kernel::{Failure, FailureKind, Outcome, Work};
use fieldpost_model::{Command, CommandResponse, Id};
use fieldpost_outbound::{Ask, Url, header as sent_header};

use crate::answer::Answer;
use crate::app::App;
use crate::integration;
use crate::routes::Routes;

/// The longest that is said later, in bytes.
const LONGEST: usize = 300_000;

pub(super) fn add(routes: &mut Routes) {
    routes.on("POST", "/hooks/commands/{id}", say_later);
}

/// Runs a command of the team, if it has one of that name.
pub(super) async fn run(app: &App, asked: &Asked) -> Outcome<Done> {
    let (team, trigger) = (asked.team_id(), asked.trigger.clone());
    let person = asked.caller.user;
    let found = app.store().read(move |rows| {
        let command = custom::by_trigger(rows, team, &trigger)?;
        Ok((command, account::by_id(rows, person)?))
    });
    let (Some(command), Some(user)) = found.await? else {
        return Err(command::unknown(&asked.trigger));
    };
    let reply = {
        let (asked, command) = (asked.clone(), command.clone());
        app.store().write(&[], move |work| answer::open_reply(work, &asked, &command)).await?
    };
    let trigger = app.triggers().give(app.entropy().id(), person, app.now());
    let site_url = app.settings().site_url.trim_end_matches('/');
    let fields = [
        ("channel_id", asked.channel.id.to_string()),
        ("channel_name", asked.channel.name.clone()),
        ("command", format!("/{}", command.trigger)),
        ("response_url", format!("{site_url}/hooks/commands/{reply}")),
        ("root_id", asked.root.to_string()),
        ("team_domain", asked.team.as_ref().map_or_else(String::new, |team| team.name.clone())),
        ("team_id", team.to_string()),
        ("text", asked.text.clone()),
        ("token", command.token.clone()),
        ("trigger_id", trigger.clone()),
        ("user_id", person.to_string()),
        ("user_name", user.username),
    ];
    let ask = request(&command, &fields)?;
    let answer = integration::ask_command(app, &command.trigger, ask).await?;
    let response =
        read(&answer.content_type(), &answer.body).ok_or_else(|| malformed(&command.trigger))?;
    let (asked, naming) = (asked.clone(), app.settings().naming());
    let take = move |work: &mut Work<'_>| answer::take(work, &asked, &command, &response, naming);
    let mut done = app.store().write(&[], take).await?;
    done.response.trigger_id = trigger;
    Ok(done)
}

fn malformed(trigger: &str) -> Failure {
    Failure::new(
        FailureKind::Internal,
        "api.command.execute_command.failed.app_error",
        format!("The command /{trigger} failed: what was answered is not understood."),
    )
}

/// What is asked of whoever answers a command: a form, or the query of an address.
fn request(command: &Command, fields: &[(&str, String)]) -> Outcome<Ask> {
    let unusable = |_| malformed(&command.trigger);
    let mut url = Url::parse(&command.url).map_err(unusable)?;
    let ask = if command.method == "G" {
        url.query_pairs_mut().extend_pairs(fields);
        Ask::get(url.as_str())
    } else {
        let mut form = Url::parse("form:/").map_err(unusable)?;
        form.query_pairs_mut().extend_pairs(fields);
        let body = form.query().unwrap_or_default().to_owned();
        Ask::post(url.as_str(), "application/x-www-form-urlencoded", body)
    };
    Ok(ask
        .header(sent_header::ACCEPT, "application/json")
        .header(sent_header::AUTHORIZATION, &format!("Token {}", command.token)))
}

/// What was answered: JSON, or a text and no more.
fn read(content_type: &str, body: &[u8]) -> Option<CommandResponse> {
    if content_type == "application/json" {
        return serde_json::from_slice(body).ok();
    }
    let text = String::from_utf8_lossy(body).into_owned();
    Some(CommandResponse { text, ..CommandResponse::default() })
}

/// Takes what is said later. The place is known to whoever was given it, and to nobody else.
async fn say_later(
    State(app): State<App>,
    path: RawPathParams,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Response> {
    let id: Option<Id> = path.iter().next().and_then(|(_, id)| id.parse().ok());
    let id = id.and_then(Id::some).ok_or_else(|| Failure::invalid_url("id"))?;
    if body.len() > LONGEST {
        return Err(Failure::new(
            FailureKind::TooLarge,
            "api.context.request_body_too_large.app_error",
            "The request body is too large.",
        )
        .into());
    }
    let said = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = said.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let response = match kind {
        "application/x-www-form-urlencoded" => payload(&body),
        kind => read(kind, &body),
    };
    let response = response.ok_or_else(|| {
        Failure::invalid("web.command_webhook.parse.app_error", "Unable to parse incoming data.")
    })?;
    let site_url = app.settings().site_url.clone();
    let naming = app.settings().naming();
    let say = move |work: &mut Work<'_>| answer::say_later(work, id, &response, &site_url, naming);
    for event in app.store().write(&[], say).await?.told {
        app.tell(event);
    }
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    Ok(([(header::CONTENT_TYPE, plain)], "ok").into_response())
}

/// The JSON in a form.
fn payload(body: &[u8]) -> Option<CommandResponse> {
    let query = std::str::from_utf8(body).ok()?;
    let mut url = Url::parse("form:/").ok()?;
    url.set_query(Some(query));
    let (_, payload) = url.query_pairs().find(|(name, _)| name == "payload")?;
    serde_json::from_str(&payload).ok()
}
