//! Somebody who is told of posts.

use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// A request that came.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) head: String,
    pub(super) body: String,
}

/// A server that keeps what it is told and answers in turn.
pub(super) struct Receiver {
    pub(super) address: SocketAddr,
    calls: mpsc::UnboundedReceiver<Call>,
    _serving: JoinSet<()>,
}

impl Receiver {
    /// Answers with these statuses and bodies, the last of them again and again.
    pub(super) async fn start(answers: Vec<(u16, Value)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (told, calls) = mpsc::unbounded_channel();
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let mut turn = 0;
            while let Ok((mut stream, _)) = listener.accept().await {
                let call = read(&mut stream).await;
                let (status, body) = &answers[turn.min(answers.len() - 1)];
                turn += 1;
                let body = body.to_string();
                let answer = format!(
                    "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n\
                     Content-Length: {}\r\n\r\n{body}",
                    body.len()
                );
                stream.write_all(answer.as_bytes()).await.unwrap();
                told.send(call).unwrap();
            }
        });
        Self { address, calls, _serving: serving }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/told", self.address)
    }

    /// What it is told next.
    pub(super) async fn next(&mut self) -> Call {
        self.calls.recv().await.unwrap()
    }

    /// Whether it was told of nothing more.
    pub(super) fn is_done(&mut self) -> bool {
        self.calls.try_recv().is_err()
    }
}

async fn read(stream: &mut TcpStream) -> Call {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let n = stream.read(&mut buffer).await.unwrap();
        bytes.extend_from_slice(&buffer[..n]);
        let text = String::from_utf8(bytes.clone()).unwrap();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if n == 0 || body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
            return Call { head: head.to_owned(), body: body.to_owned() };
        }
    }
}
