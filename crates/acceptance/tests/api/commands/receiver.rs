//! Somebody on the network who answers for commands, buttons and dialogs.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// What was asked.
#[derive(Debug)]
pub(crate) struct Asked {
    /// The method and the address, with its query.
    pub(crate) line: String,
    /// The headers, by name in small letters.
    pub(crate) headers: HashMap<String, String>,
    /// The body.
    pub(crate) body: String,
}

impl Asked {
    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The fields of a form, or of the address.
    pub(crate) fn fields(&self) -> HashMap<String, String> {
        let query = self.line.split_once('?').map(|(_, query)| query.to_owned());
        let form = if self.body.is_empty() { query.unwrap_or_default() } else { self.body.clone() };
        let url = reqwest::Url::parse(&format!("http://x/?{form}")).unwrap();
        url.query_pairs().into_owned().collect()
    }
}

/// Answers every request with what it was last told to.
pub(crate) struct Receiver {
    /// Where it answers.
    pub(crate) url: String,
    answer: Arc<Mutex<(u16, &'static str, String)>>,
    asked: mpsc::UnboundedReceiver<Asked>,
    serving: JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Receiver {
    /// Somebody who answers with nothing.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let answer = Arc::new(Mutex::new((200, "text/plain", String::new())));
        let (ask, asked) = mpsc::unbounded_channel();
        let given = Arc::clone(&answer);
        let serving = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let answer = given.lock().unwrap().clone();
                ask.send(exchange(stream, &answer).await).unwrap();
            }
        });
        Self { url, answer, asked, serving }
    }

    /// Answers so from now on.
    pub(crate) fn answers(&self, status: u16, kind: &'static str, body: impl Into<String>) {
        *self.answer.lock().unwrap() = (status, kind, body.into());
    }

    /// Answers with JSON from now on.
    #[expect(clippy::needless_pass_by_value, reason = "it is written where it is called")]
    pub(crate) fn says(&self, json: Value) {
        self.answers(200, "application/json", json.to_string());
    }

    /// What was asked next.
    pub(crate) async fn asked(&mut self) -> Asked {
        self.asked.recv().await.unwrap()
    }

    /// Whether nothing was asked that was not looked at.
    pub(crate) fn is_quiet(&mut self) -> bool {
        self.asked.try_recv().is_err()
    }
}

async fn exchange(mut stream: TcpStream, answer: &(u16, &'static str, String)) -> Asked {
    let mut bytes = Vec::new();
    let head = loop {
        stream.read_buf(&mut bytes).await.unwrap();
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
    };
    let text = String::from_utf8(bytes[..head].to_vec()).unwrap();
    let mut lines = text.lines();
    let line = lines.next().unwrap().to_owned();
    let headers: HashMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    while bytes.len() < head + 4 + length {
        stream.read_buf(&mut bytes).await.unwrap();
    }
    let body = String::from_utf8(bytes[head + 4..].to_vec()).unwrap();
    let (status, kind, said) = answer;
    let said = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n{said}",
        said.len()
    );
    stream.write_all(said.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    Asked { line, headers, body }
}
