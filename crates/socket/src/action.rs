//! What clients ask over the socket.

use fieldpost_access::{Caller, may_type};
use fieldpost_chat::facts;
use fieldpost_identity::status::{self, Wish};
use fieldpost_kernel::{Audience, Event, Failure, FailureKind, Outcome, Work, events};
use fieldpost_model::{Id, Status};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

use crate::Sockets;

/// A request of a client.
#[derive(Debug, Deserialize)]
pub(crate) struct Request {
    /// The client's number of it; the reply names it.
    #[serde(default)]
    pub(crate) seq: i64,
    /// What it asks.
    #[serde(default)]
    pub(crate) action: String,
    /// With what.
    #[serde(default, deserialize_with = "or_nothing")]
    pub(crate) data: Map<String, Value>,
}

/// Clients write `null` where they have nothing to say.
fn or_nothing<'de, D: Deserializer<'de>>(data: D) -> Result<Map<String, Value>, D::Error> {
    Option::deserialize(data).map(Option::unwrap_or_default)
}

impl Request {
    pub(crate) fn text(&self, name: &str) -> &str {
        self.data.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    fn id(&self, name: &str) -> Id {
        self.text(name).parse().unwrap_or_default()
    }
}

/// The reply to a request.
pub(crate) fn reply(request: &Request, outcome: Outcome<Value>) -> String {
    let body = match outcome {
        Ok(Value::Null) => json!({ "status": "OK", "seq_reply": request.seq }),
        Ok(data) => json!({ "status": "OK", "seq_reply": request.seq, "data": data }),
        Err(failure) => json!({
            "status": "FAIL",
            "seq_reply": request.seq,
            "error": {
                "id": failure.id,
                "message": failure.message,
                "detailed_error": "",
                "status_code": code(failure.kind),
            },
        }),
    };
    body.to_string()
}

fn code(kind: FailureKind) -> u16 {
    match kind {
        FailureKind::Unauthenticated => 401,
        FailureKind::Forbidden => 403,
        FailureKind::Internal | FailureKind::Unavailable => 500,
        _ => 400,
    }
}

/// Does what a signed-in client asks.
pub(crate) async fn perform(
    sockets: &Sockets,
    connection: Id,
    caller: &Caller,
    request: &Request,
) -> Outcome<Value> {
    if request.action.is_empty() {
        return Err(Failure::invalid(
            "api.web_socket_router.no_action.app_error",
            "No websocket action.",
        ));
    }
    if request.seq <= 0 {
        return Err(Failure::invalid(
            "api.web_socket_router.bad_seq.app_error",
            "Invalid sequence for WebSocket message.",
        ));
    }
    match request.action.as_str() {
        "ping" => Ok(json!({
            "text": "pong",
            "version": sockets.0.version,
            "server_time": sockets.0.clock.now(),
            "node_id": "",
        })),
        "user_typing" => typing(sockets, connection, *caller, request).await,
        "presence" => {
            sockets.hub().looks_at(connection, request.id("channel_id"));
            Ok(Value::Null)
        }
        "user_update_active_status" => activity(sockets, *caller, request).await,
        "get_statuses" => {
            let (presence, now) = (sockets.0.presence.clone(), sockets.0.clock.now());
            let read = sockets.0.store.read(move |rows| status::everybody(rows, &presence, now));
            Ok(by_person(read.await?))
        }
        "get_statuses_by_ids" => statuses(sockets, request).await,
        _ => Err(Failure::new(
            FailureKind::Internal,
            "api.web_socket_router.bad_action.app_error",
            "Unknown WebSocket action.",
        )),
    }
}

/// People whose presence is asked for at once; more do not fit in a frame.
const MOST_ASKED: usize = 300;

fn by_person(statuses: Vec<Status>) -> Value {
    let pairs = statuses.into_iter().map(|s| (s.user_id.to_string(), Value::String(s.status)));
    Value::Object(pairs.collect())
}

async fn statuses(sockets: &Sockets, request: &Request) -> Outcome<Value> {
    let named = request.data.get("user_ids").and_then(Value::as_array);
    let people: Option<Vec<Id>> = named
        .filter(|ids| !ids.is_empty() && ids.len() <= MOST_ASKED)
        .and_then(|ids| ids.iter().map(|id| id.as_str()?.parse().ok()).collect());
    let people = people.ok_or_else(|| {
        Failure::invalid(
            "api.websocket_handler.invalid_param.app_error",
            "Invalid user_ids parameter.",
        )
    })?;
    let (presence, now) = (sockets.0.presence.clone(), sockets.0.clock.now());
    let read = sockets.0.store.read(move |rows| status::of(rows, &presence, &people, now));
    Ok(by_person(read.await?))
}

/// A client says whether its person does something; `manual` means that the person says so.
async fn activity(sockets: &Sockets, caller: Caller, request: &Request) -> Outcome<Value> {
    let flag = |name: &str| request.data.get(name).and_then(Value::as_bool).unwrap_or_default();
    let (active, by_hand) = (flag("user_is_active"), flag("manual"));
    let (person, now) = (caller.user, sockets.0.clock.now());
    if by_hand {
        let status = if active { "online" } else { "away" }.to_owned();
        let wish = Wish { status, dnd_end: 0 };
        let presence = sockets.0.presence.clone();
        let set = move |work: &mut Work<'_>| status::set(work, &presence, &caller, person, &wish);
        sockets.0.store.write(&[], set).await?;
    }
    let presence = &sockets.0.presence;
    let becomes =
        if active { presence.active(person, now) } else { presence.inactive(person, now) };
    sockets.announce(person, becomes).await?;
    Ok(Value::Null)
}

async fn typing(
    sockets: &Sockets,
    connection: Id,
    caller: Caller,
    request: &Request,
) -> Outcome<Value> {
    let channel = request.id("channel_id");
    let parent = request.id("parent_id");
    sockets
        .0
        .store
        .read(move |rows| {
            let found = facts::channel(rows, &caller, channel)?;
            may_type(&caller, &found.facts).map_err(facts::denied)
        })
        .await?;
    if !sockets.hub().types(connection, sockets.0.clock.now()) {
        return Ok(Value::Null);
    }
    let others = Audience::channel(channel).except(&[caller.user]);
    let data = json!({ "parent_id": parent, "user_id": caller.user });
    sockets.tell(&Event::new(events::TYPING, others, data)).await;
    Ok(Value::Null)
}
