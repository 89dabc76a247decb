//! A socket that a test listens to.

use futures_util::{SinkExt, StreamExt};
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::PATIENCE;

/// A client's end of the socket.
pub struct TestSocket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl TestSocket {
    pub(crate) async fn open(url: &str, headers: &HeaderMap, query: &str) -> Self {
        let url = format!("{}/api/v4/websocket{query}", url.replacen("http", "ws", 1));
        let mut request = url.into_client_request().unwrap();
        request.headers_mut().extend(headers.clone());
        let (stream, _) = connect_async(request).await.expect("the socket opens");
        Self { stream }
    }

    /// The next frame, or nothing if the server closed the socket.
    pub async fn next(&mut self) -> Option<Value> {
        loop {
            let next = timeout(PATIENCE, self.stream.next()).await;
            match next.expect("the server says something")? {
                Ok(Message::Text(text)) => return Some(serde_json::from_str(&text).unwrap()),
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    /// The next event of a name; others are passed over.
    pub async fn event(&mut self, name: &str) -> Value {
        loop {
            let frame = self.next().await.unwrap_or_else(|| panic!("closed before {name}"));
            if frame["event"] == name {
                return frame;
            }
        }
    }

    /// The names of the events until one of a name, that one included.
    pub async fn events_until(&mut self, name: &str) -> Vec<String> {
        let mut names = Vec::new();
        while names.last().is_none_or(|last| last != name) {
            let frame = self.next().await.unwrap_or_else(|| panic!("closed before {name}"));
            names.extend(frame["event"].as_str().map(str::to_owned));
        }
        names
    }

    /// Sends a request.
    pub async fn ask(&mut self, seq: i64, action: &str, data: Value) {
        let request = json!({ "seq": seq, "action": action, "data": data });
        self.stream.send(Message::text(request.to_string())).await.unwrap();
    }

    /// Sends a request and gives its reply; events before it are passed over.
    pub async fn request(&mut self, seq: i64, action: &str, data: Value) -> Value {
        self.ask(seq, action, data).await;
        loop {
            let frame = self.next().await.expect("the server replies");
            if frame["seq_reply"] == seq {
                return frame;
            }
        }
    }
}
