//! Dialling a site through the web.

use std::error::Error;
use std::fmt;
use std::future::{poll_fn, ready};

use bytes::Bytes;
use futures_util::{Sink, SinkExt, Stream, StreamExt};
use http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Intercept;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error as WsError, Message};
use tower_service::Service;
use url::Url;

use crate::Proxy;
use crate::tls;

/// Where a site takes tunnels, below its address.
pub const PATH: &str = "api/v4/fieldpost/link/tunnel";

/// The longest message that is read, in bytes. A packet is shorter.
const LONGEST: usize = 4 << 10;

/// What a connection may hold of what comes, in bytes.
const READ_AT_ONCE: usize = 16 << 10;

/// Why a site was not reached through the web; a sentence for its administrator.
#[derive(Debug)]
pub struct Blocked(String);

impl fmt::Display for Blocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Blocked {}

/// Any connection.
trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// Packets that leave.
pub type Outgoing = std::pin::Pin<Box<dyn Sink<Bytes, Error = WsError> + Send>>;

/// Packets that come, until the connection ends.
pub type Incoming = std::pin::Pin<Box<dyn Stream<Item = Bytes> + Send>>;

/// Dials a site at an address of the web, through the proxy that is before it.
///
/// # Errors
/// [`Blocked`] if the site, or the proxy, is not reached or does not take it.
pub async fn open(site: &Url, proxy: &Proxy) -> Result<(Outgoing, Incoming), Blocked> {
    let host = site.host_str().ok_or_else(|| Blocked(format!("{site} has no host")))?;
    let uri: Uri = site.as_str().parse().map_err(|_| Blocked(format!("{site} is no address")))?;
    let stream = match proxy.before(&uri) {
        Some(proxy) => through(&proxy, uri).await?,
        None => straight(uri).await?,
    };
    let stream: Box<dyn Io> = match site.scheme() {
        "https" => {
            let refused =
                |error| Blocked(format!("{host} does not speak TLS as it should: {error}"));
            Box::new(tls::over(stream, host).await.map_err(refused)?)
        }
        _ => Box::new(stream),
    };
    let socket = upgrade(site, stream).await?;
    let (out, inn) = socket.split();
    let out = out.with(|packet: Bytes| ready(Ok::<_, WsError>(Message::Binary(packet))));
    // What is no packet is an answer to a question whether anybody is there.
    let inn = inn
        .take_while(|heard| ready(heard.is_ok()))
        .filter_map(|heard| ready(if let Ok(Message::Binary(p)) = heard { Some(p) } else { None }));
    Ok((Box::pin(out), Box::pin(inn)))
}

fn connector() -> HttpConnector {
    let mut connector = HttpConnector::new();
    connector.enforce_http(false);
    // A packet is not to wait for the acknowledgement of the last.
    connector.set_nodelay(true);
    connector
}

async fn straight(uri: Uri) -> Result<TcpStream, Blocked> {
    let host = uri.host().unwrap_or_default().to_owned();
    let mut connector = connector();
    let connected = match poll_fn(|cx| connector.poll_ready(cx)).await {
        Ok(()) => connector.call(uri).await,
        Err(error) => Err(error),
    };
    let connected = connected.map_err(|error| Blocked(format!("{host}: {}", innermost(&error))))?;
    Ok(connected.into_inner())
}

/// Has the proxy connect, whatever the address: else it would look for HTTP, which ends after the
/// first answer.
async fn through(proxy: &Intercept, uri: Uri) -> Result<TcpStream, Blocked> {
    let name = proxy.uri().authority().map(|at| at.as_str()).unwrap_or_default();
    let name = name.rsplit('@').next().unwrap_or_default().to_owned();
    if proxy.uri().scheme_str() != Some("http") {
        return Err(Blocked(format!("the proxy at {name} is of a kind that is not spoken here")));
    }
    let mut tunnel = Tunnel::new(proxy.uri().clone(), connector());
    if let Some(auth) = proxy.basic_auth() {
        tunnel = tunnel.with_auth(auth.clone());
    }
    let refused = |error: &dyn Error| Blocked(format!("the proxy at {name}: {}", innermost(error)));
    poll_fn(|cx| Service::<Uri>::poll_ready(&mut tunnel, cx)).await.map_err(|e| refused(&e))?;
    let connected: TokioIo<TcpStream> = tunnel.call(uri).await.map_err(|e| refused(&e))?;
    Ok(connected.into_inner())
}

/// What an error is about, without who only passed it on.
fn innermost(error: &dyn Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

async fn upgrade(site: &Url, stream: Box<dyn Io>) -> Result<WebSocketStream<Box<dyn Io>>, Blocked> {
    // The library wants to hear what is spoken; the encryption is there already.
    let at = site.as_str().replacen("http", "ws", 1);
    let at = format!("{}/{PATH}", at.trim_end_matches('/'));
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_AT_ONCE)
        .max_message_size(Some(LONGEST))
        .max_frame_size(Some(LONGEST));
    let asked = tokio_tungstenite::client_async_with_config(at, stream, Some(config)).await;
    let (socket, _) = asked.map_err(|error| Blocked(match error {
        WsError::Http(answer) => format!(
            "{site} answers {}: it takes no link through the web, or something before it lets no \
             WebSocket pass",
            answer.status()
        ),
        error => format!("{site}: {error}"),
    }))?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    /// Somebody who answers everything with the same, and what was asked first.
    async fn answering(answer: &'static str) -> (String, tokio::task::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap().to_string();
        let asked = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = vec![0; 4096];
            let read = stream.read(&mut asked).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
            String::from_utf8_lossy(&asked[..read]).into_owned()
        });
        (at, asked)
    }

    async fn blocked(site: &str, proxy: &str) -> String {
        let opened = open(&site.parse().unwrap(), &Proxy::parse(proxy).unwrap()).await;
        opened.err().unwrap().to_string()
    }

    #[tokio::test]
    async fn who_takes_no_tunnels_is_named_with_the_answer() {
        let (at, asked) = answering("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").await;
        let why = blocked(&format!("http://{at}/below/"), "none").await;
        assert!(why.contains("answers 404"), "{why}");
        let asked = asked.await.unwrap();
        assert!(asked.starts_with("GET /below/api/v4/fieldpost/link/tunnel HTTP/1.1"), "{asked}");
    }

    #[tokio::test]
    async fn a_proxy_is_told_the_site_and_one_that_refuses_is_named() {
        let refuses = "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n";
        let (at, asked) = answering(refuses).await;
        let why = blocked("https://hq.example", &format!("http://ada:secret@{at}")).await;
        assert!(why.starts_with(&format!("the proxy at {at}: ")), "{why}");
        assert!(!why.contains("secret"), "{why}");
        let asked = asked.await.unwrap();
        assert!(asked.starts_with("CONNECT hq.example:443 HTTP/1.1"), "{asked}");
        let asked = asked.to_lowercase();
        assert!(asked.contains("proxy-authorization: basic ywrhonnly3jlda=="), "{asked}");
    }

    #[tokio::test]
    async fn nobody_there_and_nobody_who_encrypts_are_told_apart() {
        let why = blocked("http://127.0.0.1:1", "none").await;
        assert!(why.starts_with("127.0.0.1: ") && why.contains("refused"), "{why}");
        let (at, _asked) = answering("SSH-2.0-x\r\n").await;
        let why = blocked(&format!("https://{at}"), "none").await;
        assert!(why.contains("does not speak TLS"), "{why}");
    }
}
