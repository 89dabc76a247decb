//! Links through the web: a WebSocket in which the packets of a link come and go.
//!
//! Whoever opens one needs no session. Who they are shows in the packets, which are as good as those
//! that come by UDP: QUIC's handshake lets in those that are linked, and whoever was invited.

use std::future::ready;
use std::pin::Pin;

use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use bytes::Bytes;
use fieldpost_kernel::Failure;
use futures_util::{Sink, SinkExt, Stream, StreamExt};

use super::linker;
use crate::answer::Answer;
use crate::app::App;
use crate::routes::Routes;

/// The longest message that is read, in bytes. A packet is shorter.
const LONGEST: usize = 4 << 10;

/// What a connection may hold of what comes, in bytes.
const READ_AT_ONCE: usize = 16 << 10;

/// Packets that leave.
type PacketsOut = Pin<Box<dyn Sink<Bytes, Error = axum::Error> + Send>>;

/// Packets that come, until the connection ends.
type PacketsIn = Pin<Box<dyn Stream<Item = Bytes> + Send>>;

/// Carries packets for as long as there is something to carry.
pub type Carrier =
    Box<dyn FnOnce(PacketsOut, PacketsIn) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send>;

pub(super) fn add(routes: &mut Routes) {
    routes.on("GET", "/api/v4/fieldpost/link/tunnel", tunnel);
}

async fn tunnel(
    State(app): State<App>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Answer<Response> {
    let upgrade = upgrade.map_err(|why| {
        let message = format!("A link through the web is a WebSocket: {why}.");
        Failure::invalid("api.fieldpost.link.no_web_socket", message)
    })?;
    let carrier = linker(&app)?.tunnel()?;
    Ok(upgrade
        .read_buffer_size(READ_AT_ONCE)
        .max_message_size(LONGEST)
        .max_frame_size(LONGEST)
        .on_upgrade(move |socket| carry(socket, carrier)))
}

async fn carry(socket: WebSocket, carrier: Carrier) {
    let (out, inn) = socket.split();
    let out = out.with(|packet| ready(Ok::<_, axum::Error>(Message::Binary(packet))));
    // What is no packet is a question whether anybody is there, and answered by the library.
    let inn = inn
        .take_while(|heard| ready(heard.is_ok()))
        .filter_map(|heard| ready(if let Ok(Message::Binary(p)) = heard { Some(p) } else { None }));
    carrier(Box::pin(out), Box::pin(inn)).await;
}
