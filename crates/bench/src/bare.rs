//! What the server is measured against where that is a process too: sockets without a server.

use std::io::{BufRead, Read};

use futures_util::StreamExt;
use hyper::service::service_fn;
use hyper::{Response, server::conn::http1};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use crate::Outcome;
use crate::listener::text_frame;

/// What is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Kind {
    /// WebSockets on which nothing happens.
    Sockets,
    /// Sockets to each of which every line of the input is written.
    Fanout,
    /// The same answer to every request: the input.
    Answer,
}

impl Kind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Sockets => "sockets",
            Self::Fanout => "fanout",
            Self::Answer => "answer",
        }
    }
}

/// Serves until it is killed.
pub(crate) async fn serve(kind: Kind) -> Outcome<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("Bare serves at http://{}", listener.local_addr()?);
    match kind {
        Kind::Sockets => sockets(listener).await,
        Kind::Fanout => fan_out(listener).await,
        Kind::Answer => answer(listener).await,
    }
}

async fn sockets(listener: TcpListener) -> Outcome<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(async move {
            if let Ok(mut socket) = tokio_tungstenite::accept_async(stream).await {
                while let Some(Ok(_)) = socket.next().await {}
            }
        });
    }
}

async fn fan_out(listener: TcpListener) -> Outcome<()> {
    let (sender, mut lines) = mpsc::channel(16);
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    let mut sockets = Vec::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => sockets.push(shake_hands(accepted?.0).await?),
            Some(line) = lines.recv() => {
                let frame = text_frame(line.as_bytes());
                for socket in &mut sockets {
                    socket.write_all(&frame).await?;
                }
            }
        }
    }
}

/// Takes a handshake for good.
async fn shake_hands(stream: TcpStream) -> Outcome<TcpStream> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") && stream.read_line(&mut head).await? > 0 {}
    let mut stream = stream.into_inner();
    stream.write_all(b"HTTP/1.1 101 Switching Protocols\r\n\r\n").await?;
    Ok(stream)
}

async fn answer(listener: TcpListener) -> Outcome<()> {
    let mut body = String::new();
    std::io::stdin().lock().read_to_string(&mut body)?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let body = body.clone();
        tokio::spawn(async move {
            let same = service_fn(|_| {
                let body = body.clone();
                async move { Ok::<_, std::convert::Infallible>(Response::new(body)) }
            });
            // How it ends is seen by the client.
            drop(http1::Builder::new().serve_connection(TokioIo::new(stream), same).await);
        });
    }
}
