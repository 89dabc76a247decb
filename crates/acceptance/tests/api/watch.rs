//! Watching what somebody is told, from a moment on.

use fieldpost_testkit::{Actor, TestSocket};
use serde_json::Value;

/// A socket that has been told of everything that happened before: the next event is of
/// something new, but for what other watchers say to find their own moment.
pub(crate) async fn watch(actor: &Actor, team: &Value) -> TestSocket {
    let square = actor.channel(team, "town-square").await;
    let mut socket = actor.socket().await;
    socket.event("hello").await;
    let marker = actor.say(&square, "I am watching").await["id"].as_str().unwrap().to_owned();
    while !socket.event("posted").await["data"]["post"].as_str().unwrap().contains(&marker) {}
    socket
}

/// The names of the events up to one, with the types of the posts the server made.
pub(crate) async fn told(socket: &mut TestSocket, last: &str) -> Vec<String> {
    let mut told: Vec<String> = Vec::new();
    while told.last().is_none_or(|told| told != last) {
        let frame = socket.next().await.unwrap();
        let name = frame["event"].as_str().unwrap();
        if name != "posted" {
            told.push(name.to_owned());
            continue;
        }
        let post: Value = serde_json::from_str(frame["data"]["post"].as_str().unwrap()).unwrap();
        let kind = post["type"].as_str().unwrap();
        if !kind.is_empty() {
            told.push(format!("posted {kind}"));
        }
    }
    told
}

/// A socket, and the client at its other end as it asks for things.
pub(crate) async fn device(actor: &Actor) -> (TestSocket, Actor) {
    let mut socket = actor.socket().await;
    let hello = socket.event("hello").await;
    let connection = hello["data"]["connection_id"].as_str().unwrap();
    (socket, actor.with_header("Connection-Id", connection))
}

/// What an event carries as JSON in a text.
pub(crate) fn carried(event: &Value, what: &str) -> Value {
    serde_json::from_str(event["data"][what].as_str().unwrap()).unwrap()
}
