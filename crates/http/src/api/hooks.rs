//! Webhooks: managing both kinds, and posting by those that come in.

use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use fieldpost_chat::hook::{self, Payload, incoming, outgoing};
use fieldpost_kernel::{Failure, FailureKind};
use fieldpost_model::{Id, IncomingWebhook, OutgoingWebhook};
use fieldpost_outbound::form_urlencoded;
use futures_util::StreamExt;
use serde::Deserialize;
use serde_json::{Value, json};

use super::files::Parts;
use crate::answer::{Answer, Created, Done, Json};
use crate::app::App;
use crate::auth::Session;
use crate::request::{Body, Ids, LONGEST_BODY, Page, require_shallow, whole_body};
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    routes.on("POST", "/hooks/{id}", receive);
    routes.on("POST", "/api/v4/hooks/incoming", create_incoming);
    routes.on("GET", "/api/v4/hooks/incoming", list_incoming);
    routes.on("GET", "/api/v4/hooks/incoming/{hook_id}", one_incoming);
    routes.on("PUT", "/api/v4/hooks/incoming/{hook_id}", update_incoming);
    routes.on("DELETE", "/api/v4/hooks/incoming/{hook_id}", delete_incoming);
    routes.on("POST", "/api/v4/hooks/outgoing", create_outgoing);
    routes.on("GET", "/api/v4/hooks/outgoing", list_outgoing);
    routes.on("GET", "/api/v4/hooks/outgoing/{hook_id}", one_outgoing);
    routes.on("PUT", "/api/v4/hooks/outgoing/{hook_id}", update_outgoing);
    routes.on("DELETE", "/api/v4/hooks/outgoing/{hook_id}", delete_outgoing);
    routes.on("POST", "/api/v4/hooks/outgoing/{hook_id}/regen_token", regenerate);
}

/// Which webhooks are asked for.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Which {
    team_id: String,
    channel_id: String,
    include_total_count: String,
}

/// An id of a query; none, where it is not said.
fn asked(id: &str, name: &str) -> Answer<Option<Id>> {
    if id.is_empty() {
        return Ok(None);
    }
    Ok(Some(id.parse().map_err(|_| Failure::invalid_url(name))?))
}

fn off(id: &'static str, what: &'static str) -> Failure {
    Failure::new(FailureKind::NotBuilt, id, what)
}

fn require_incoming(app: &App) -> Answer<()> {
    let message = "Incoming webhooks have been disabled by the system admin.";
    let off = || off("api.incoming_webhook.disabled.app_error", message);
    Ok(app.settings().webhooks.incoming.then_some(()).ok_or_else(off)?)
}

fn require_outgoing(app: &App) -> Answer<()> {
    let message = "Outgoing webhooks have been disabled by the system admin.";
    let off = || off("api.outgoing_webhook.disabled.app_error", message);
    Ok(app.settings().webhooks.outgoing.then_some(()).ok_or_else(off)?)
}

/// Posts what a program sent. Whoever knows the id may.
async fn receive(State(app): State<App>, Ids([id]): Ids<1>, request: Request) -> Answer<Response> {
    require_incoming(&app)?;
    let id = id.thing();
    let unreadable = || {
        let message = "Unable to parse incoming data.";
        Failure::invalid("web.incoming_webhook.parse.app_error", message)
    };
    // Nothing is read of whoever knows no webhook, and nothing counted: there is no end of ids.
    let known = app.store().read(move |rows| incoming::find(rows, id)).await?;
    if known.is_none() {
        return Err(hook::post::no_hook().into());
    }
    if !app.hook_limit().admits(id) {
        return Err(Failure::new(
            FailureKind::TooMany,
            "api.context.rate_limit.app_error",
            "The webhook was called too often. Try again in a moment.",
        )
        .into());
    }
    let sent = sent(request).await?.ok_or_else(unreadable)?;
    require_shallow(&sent)?;
    let payload = Payload::parse(&sent).ok_or_else(unreadable)?;
    let naming = app.settings().naming();
    app.store()
        .write(&[], move |work| hook::post::receive(work, id, payload.clone(), naming))
        .await?;
    let plain = HeaderValue::from_static("text/plain");
    Ok(([(header::CONTENT_TYPE, plain)], "ok").into_response())
}

/// The JSON of a call: the body itself, or the field `payload` of a form. Some programs send a form
/// and do not say so.
async fn sent(request: Request) -> Answer<Option<Bytes>> {
    let said = content_type(request.headers());
    if said == "multipart/form-data" {
        return sent_in_parts(request).await;
    }
    let body = whole_body(request).await?;
    if said == "application/x-www-form-urlencoded" || body.starts_with(b"payload=") {
        let mut fields = form_urlencoded::parse(&body);
        let payload = fields.find(|(name, _)| name == "payload");
        return Ok(payload.map(|(_, json)| Bytes::from(json.into_owned())));
    }
    Ok(Some(body))
}

async fn sent_in_parts(request: Request) -> Answer<Option<Bytes>> {
    let Ok(mut parts) = Parts::open(request).await else { return Ok(None) };
    while let Ok(Some(mut part)) = parts.next().await {
        if part.name() != Some("payload") {
            continue;
        }
        let mut payload = Vec::new();
        while let Some(Ok(piece)) = part.next().await {
            payload.extend_from_slice(&piece);
            if payload.len() > LONGEST_BODY {
                return Ok(None);
            }
        }
        return Ok(Some(payload.into()));
    }
    Ok(None)
}

fn content_type(headers: &HeaderMap) -> String {
    let said = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let bare = said.unwrap_or_default().split(';').next().unwrap_or_default();
    bare.trim().to_ascii_lowercase()
}

async fn create_incoming(
    State(app): State<App>,
    session: Session,
    Body(new): Body<IncomingWebhook>,
) -> Answer<Created<IncomingWebhook>> {
    require_incoming(&app)?;
    let caller = session.caller();
    let scope = [hook::scope()];
    let made = app.store().write(&scope, move |work| incoming::create(work, &caller, &new));
    Ok(Created(made.await?))
}

async fn list_incoming(
    State(app): State<App>,
    session: Session,
    Query(which): Query<Which>,
    page: Page,
) -> Answer<Json<Value>> {
    require_incoming(&app)?;
    let caller = session.caller();
    let team = asked(&which.team_id, "team_id")?;
    let page = (page.offset(), page.per_page);
    let found = app.store().read(move |rows| incoming::list(rows, &caller, team, page));
    let (hooks, total) = found.await?;
    Ok(Json(match which.include_total_count.as_str() {
        "true" => json!({ "incoming_webhooks": hooks, "total_count": total }),
        _ => json!(hooks),
    }))
}

async fn one_incoming(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
) -> Answer<Json<IncomingWebhook>> {
    require_incoming(&app)?;
    let caller = session.caller();
    Ok(Json(app.store().read(move |rows| incoming::one(rows, &caller, id.thing())).await?))
}

async fn update_incoming(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
    Body(new): Body<IncomingWebhook>,
) -> Answer<Json<IncomingWebhook>> {
    require_incoming(&app)?;
    let (caller, id) = (session.caller(), id.thing());
    if new.id != id {
        return Err(Failure::invalid_body("hook_id").into());
    }
    let update =
        move |work: &mut fieldpost_kernel::Work<'_>| incoming::update(work, &caller, id, &new);
    Ok(Json(app.store().write(&[hook::scope()], update).await?))
}

async fn delete_incoming(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
) -> Answer<Done> {
    require_incoming(&app)?;
    let (caller, id) = (session.caller(), id.thing());
    app.store().write(&[hook::scope()], move |work| incoming::delete(work, &caller, id)).await?;
    Ok(Done)
}

async fn create_outgoing(
    State(app): State<App>,
    session: Session,
    Body(new): Body<OutgoingWebhook>,
) -> Answer<Created<OutgoingWebhook>> {
    require_outgoing(&app)?;
    let caller = session.caller();
    let scope = [hook::scope()];
    let made = app.store().write(&scope, move |work| outgoing::create(work, &caller, &new));
    Ok(Created(made.await?))
}

async fn list_outgoing(
    State(app): State<App>,
    session: Session,
    Query(which): Query<Which>,
    page: Page,
) -> Answer<Json<Vec<OutgoingWebhook>>> {
    require_outgoing(&app)?;
    let caller = session.caller();
    let of = (asked(&which.team_id, "team_id")?, asked(&which.channel_id, "channel_id")?);
    let page = (page.offset(), page.per_page);
    Ok(Json(app.store().read(move |rows| outgoing::list(rows, &caller, of, page)).await?))
}

async fn one_outgoing(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
) -> Answer<Json<OutgoingWebhook>> {
    require_outgoing(&app)?;
    let caller = session.caller();
    Ok(Json(app.store().read(move |rows| outgoing::one(rows, &caller, id.thing())).await?))
}

async fn update_outgoing(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
    Body(new): Body<OutgoingWebhook>,
) -> Answer<Json<OutgoingWebhook>> {
    require_outgoing(&app)?;
    let (caller, id) = (session.caller(), id.thing());
    if new.id != id {
        return Err(Failure::invalid_body("hook_id").into());
    }
    let update =
        move |work: &mut fieldpost_kernel::Work<'_>| outgoing::update(work, &caller, id, &new);
    Ok(Json(app.store().write(&[hook::scope()], update).await?))
}

async fn delete_outgoing(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
) -> Answer<Done> {
    require_outgoing(&app)?;
    let (caller, id) = (session.caller(), id.thing());
    app.store().write(&[hook::scope()], move |work| outgoing::delete(work, &caller, id)).await?;
    Ok(Done)
}

async fn regenerate(
    State(app): State<App>,
    session: Session,
    Ids([id]): Ids<1>,
) -> Answer<Json<OutgoingWebhook>> {
    require_outgoing(&app)?;
    let (caller, id) = (session.caller(), id.thing());
    let scope = [hook::scope()];
    let made = app.store().write(&scope, move |work| outgoing::regenerate(work, &caller, id));
    Ok(Json(made.await?))
}
