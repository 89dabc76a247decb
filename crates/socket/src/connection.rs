//! One socket: its handshake, its frames in both directions, its end.

use std::pin::pin;
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fieldpost_access::Permission;
use fieldpost_chat::{channel, team};
use fieldpost_identity::session::{SignedIn, Token};
use fieldpost_kernel::{Audience, Event, Failure, Outcome, Position, Rows, events};
use fieldpost_model::Id;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until, timeout};

use crate::Sockets;
use crate::action::{Request, perform, reply};
use crate::hub::{Admission, Belonging, Connected, Resume};

/// The longest frame a client may send, in bytes.
const LONGEST_FRAME: usize = 8192;

/// What is read of a socket at once, in bytes: every silent socket holds that much, and it is filled
/// with zeros whenever the socket is looked at. What clients say is short.
const READ_AT_ONCE: usize = 256;

/// How long a socket may take to say who it is.
const GRACE: Duration = Duration::from_secs(5);

/// How often a silent client is asked whether it is there.
const PING_EVERY: Duration = Duration::from_secs(60);

/// How long a client may be silent.
const SILENCE: Duration = Duration::from_secs(100);

/// How long one frame may take to be written.
const WRITE: Duration = Duration::from_secs(30);

#[derive(Debug, Deserialize, Default)]
#[serde(default)]
pub(crate) struct Opening {
    connection_id: String,
    sequence_number: String,
}

pub(crate) async fn upgrade(
    State(sockets): State<Sockets>,
    Query(query): Query<Opening>,
    headers: HeaderMap,
    socket: WebSocketUpgrade,
) -> Response {
    if !same_origin(&sockets, &headers) {
        return refuse_origin();
    }
    let known = sockets.0.doorkeeper.by_request(Method::GET, headers).await;
    // A bad secret in the handshake is as good as none: the client may still say who it is.
    let signed_in = known.unwrap_or_default();
    let resume = match resume(&query) {
        Ok(resume) => resume,
        Err(failure) => return (StatusCode::BAD_REQUEST, failure.message).into_response(),
    };
    let socket = socket
        .read_buffer_size(READ_AT_ONCE)
        .max_message_size(LONGEST_FRAME)
        .max_frame_size(LONGEST_FRAME);
    let Some(who) = signed_in else {
        return socket.on_upgrade(move |socket| ask(sockets, socket, resume));
    };
    // Before the answer: whoever sees their socket open has missed nothing since.
    match enter(&sockets, &who, resume).await {
        Ok(entered) => socket.on_upgrade(async |socket| begin(socket, entered, None)),
        Err(failure) => {
            tracing::error!(%failure, "a socket could not be connected");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

/// A page of another site must not use the cookies of this one. Clients that are no browsers send
/// no origin.
fn same_origin(sockets: &Sockets, headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let Ok(origin) = origin.to_str() else { return false };
    let site = &sockets.0.site_url;
    if !site.is_empty() {
        return origin.eq_ignore_ascii_case(site.trim_end_matches('/'));
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let asked = origin.split_once("://").map_or("", |(_, rest)| rest);
    !asked.is_empty() && asked.eq_ignore_ascii_case(host)
}

fn refuse_origin() -> Response {
    let body = json!({
        "id": "api.web_socket.connect.check_origin.app_error",
        "message": "Failed to upgrade websocket connection: wrong origin.",
        "detailed_error": "",
        "request_id": "",
        "status_code": 400,
    });
    let json = [(header::CONTENT_TYPE, "application/json")];
    (StatusCode::BAD_REQUEST, json, body.to_string()).into_response()
}

fn resume(query: &Opening) -> Outcome<Option<Resume>> {
    if query.connection_id.is_empty() {
        return Ok(None);
    }
    let bad = || Failure::invalid_url("connection_id");
    let connection = query.connection_id.parse().map_err(|_| bad())?;
    let next = query.sequence_number.parse().map_err(|_| bad())?;
    Ok(Some(Resume { connection, next }))
}

/// Somebody's end of a connection, until it is dropped.
struct Entered {
    connected: Connected,
    seat: Seat,
}

/// A socket that counts for the presence of its person, and holds its connection.
struct Seat {
    sockets: Sockets,
    person: Id,
    place: Id,
    connection: Id,
    /// Of the socket, for the hub.
    number: u64,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let now = self.sockets.0.clock.now();
        self.sockets.hub().detach(self.connection, self.number, now);
        self.sockets.0.presence.closed(self.person, self.place);
    }
}

/// Asks a socket that came without a secret who it is.
async fn ask(sockets: Sockets, mut socket: WebSocket, resume: Option<Resume>) {
    let Ok(Some((who, welcome))) = timeout(GRACE, challenge(&sockets, &mut socket)).await else {
        return;
    };
    match enter(&sockets, &who, resume).await {
        Ok(entered) => begin(socket, entered, Some(welcome)),
        Err(failure) => tracing::error!(%failure, "a socket could not be connected"),
    }
}

async fn enter(sockets: &Sockets, who: &SignedIn, resume: Option<Resume>) -> Outcome<Entered> {
    // Every socket counts, also one that takes up a connection whose last one is not closed yet.
    let (person, place) = (who.caller.user, sockets.0.entropy.id());
    let becomes = sockets.0.presence.opened(person, place, sockets.0.clock.now());
    let mut seat =
        Seat { sockets: sockets.clone(), person, place, connection: Id::NONE, number: 0 };
    sockets.announce(person, becomes).await?;
    let connected = join(sockets, who, resume).await?;
    (seat.connection, seat.number) = (connected.id, connected.number);
    // The session may have ended since the door was opened to it, when nobody knew of this
    // connection yet.
    sockets.admit(person).await?;
    Ok(Entered { connected, seat })
}

/// Leaves an open socket to a task of its own. What it takes to open one is gone before the long
/// silence begins: kept in the same task, it would be most of what a socket costs.
fn begin(socket: WebSocket, entered: Entered, welcome: Option<String>) {
    tokio::spawn(keep(Box::new(Kept { socket, entered }), welcome));
}

/// A socket and what it holds. Apart, because a task has room for what it is given twice.
struct Kept {
    socket: WebSocket,
    entered: Entered,
}

/// Keeps a socket until either side has enough.
async fn keep(mut kept: Box<Kept>, welcome: Option<String>) {
    let Kept { socket, entered: Entered { connected, seat } } = &mut *kept;
    // Apart: it is over when the silence begins.
    if Box::pin(welcomed(socket, connected, welcome)).await.is_some() {
        converse(&seat.sockets, socket, connected).await;
    }
}

/// Sends the reply to the challenge, after the greeting: a client in wide use takes whatever comes
/// before the greeting for a failure.
async fn welcomed(
    socket: &mut WebSocket,
    connected: &mut Connected,
    welcome: Option<String>,
) -> Option<()> {
    let Some(welcome) = welcome else { return Some(()) };
    if !connected.resumed {
        let hello = connected.frames.recv().await?;
        socket.send(Message::text(hello.text())).await.ok()?;
    }
    socket.send(Message::text(welcome)).await.ok()
}

/// Waits for the client to say who it is, and gives the reply it is to get; anything else it asks
/// before is refused.
async fn challenge(sockets: &Sockets, socket: &mut WebSocket) -> Option<(SignedIn, String)> {
    loop {
        let Message::Text(text) = socket.recv().await?.ok()? else { continue };
        let request: Request = serde_json::from_str(&text).ok()?;
        if request.action != "authentication_challenge" {
            let refusal = reply(&request, Err(Failure::unauthenticated()));
            socket.send(Message::text(refusal)).await.ok()?;
            continue;
        }
        let token = Token::presented(request.text("token"));
        let who = sockets.0.doorkeeper.by_token(token).await.ok()??;
        return Some((who, reply(&request, Ok(Value::Null))));
    }
}

/// Connects somebody to the hub, and greets them.
async fn join(sockets: &Sockets, who: &SignedIn, resume: Option<Resume>) -> Outcome<Connected> {
    loop {
        let (mut belonging, seen) = belonging(sockets, who.caller.user).await?;
        belonging.administrator = who.caller.roles.contains(Permission::ManageSystem);
        belonging.admission = Some(Admission::from(who));
        let new_id = sockets.0.entropy.id();
        let mut hub = sockets.hub();
        // Somebody came or went since, and this connection was not there to be told of it.
        if hub.moved_after(seen) {
            continue;
        }
        let connected = hub.connect(belonging, resume, new_id);
        if !connected.resumed {
            hub.greet(connected.id, &hello(sockets, connected.id));
        }
        return Ok(connected);
    }
}

/// Where a person belongs, and the newest position in the feed that this takes account of.
async fn belonging(sockets: &Sockets, person: Id) -> Outcome<(Belonging, Position)> {
    let read = move |rows: &mut dyn Rows| {
        let belonging = Belonging {
            person,
            administrator: false,
            admission: None,
            channels: channel::of_person(rows, person, None)?.iter().map(|c| c.id).collect(),
            teams: team::of_person(rows, person)?.iter().map(|t| t.id).collect(),
        };
        Ok(belonging)
    };
    sockets.0.store.read_as_of(read).await
}

fn hello(sockets: &Sockets, connection: Id) -> Event {
    let data = json!({
        "connection_id": connection,
        "server_hostname": "",
        "server_version": sockets.0.version,
    });
    Event::new(events::HELLO, Audience::default(), data)
}

/// Moves frames both ways until either side has enough.
async fn converse(sockets: &Sockets, socket: &mut WebSocket, connected: &mut Connected) {
    let mut heard = Instant::now();
    let mut ping_at = heard + PING_EVERY;
    // One alarm for the life of the socket: to set one for each frame would cost more than the frame.
    let mut alarm = pin!(sleep_until(ping_at));
    loop {
        let out = tokio::select! {
            frame = connected.frames.recv() => match frame {
                Some(frame) => Message::text(frame.text()),
                None => return,
            },
            message = socket.recv() => {
                heard = Instant::now();
                match message {
                    Some(Ok(Message::Text(text))) => {
                        // Apart: a silent socket does not hold room for it.
                        match Box::pin(answer(sockets, connected.id, &text)).await {
                            Some(reply) => Message::text(reply),
                            None => continue,
                        }
                    }
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                    Some(Ok(_)) => continue,
                }
            },
            () = &mut alarm => {
                let now = Instant::now();
                if now >= heard + SILENCE {
                    return;
                }
                let is_due = now >= ping_at;
                if is_due {
                    ping_at = now + PING_EVERY;
                }
                alarm.as_mut().reset(ping_at.min(heard + SILENCE));
                if !is_due {
                    continue;
                }
                Message::Ping(Vec::new().into())
            }
        };
        // Apart: a silent socket writes nothing, and does not hold room for it either.
        if !matches!(Box::pin(timeout(WRITE, socket.send(out))).await, Ok(Ok(()))) {
            return;
        }
    }
}

/// The reply to a frame, if it gets one. A session that has ended gets events no more, and every
/// request the same answer.
async fn answer(sockets: &Sockets, connection: Id, text: &str) -> Option<String> {
    let request: Request = serde_json::from_str(text).ok()?;
    // Mobile clients say who they are although the handshake already did.
    if request.action == "authentication_challenge" {
        return None;
    }
    let caller = sockets.hub().caller(connection, sockets.0.clock.now());
    let Some(caller) = caller else {
        return Some(reply(&request, Err(Failure::unauthenticated())));
    };
    Some(reply(&request, perform(sockets, connection, &caller, &request).await))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many bytes a task takes that waits for something.
    fn task<F: Future>(_: impl FnOnce(Box<Kept>) -> F) -> usize {
        size_of::<F>()
    }

    #[test]
    fn a_silent_socket_holds_little_besides_itself() {
        let (task, kept) = (task(|kept| keep(kept, None)), size_of::<Kept>());
        assert!(task + kept <= 900, "{task} bytes, and {kept} of what is kept");
    }
}
