//! Answering requests on connections of the network.
//!
//! The heads of requests are read within bounds of size and time: whoever sends one letter by letter
//! keeps a connection, and others out.

use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::serve::Listener;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tower::ServiceExt;

/// How long the head of a request may take, and how long a connection may wait for the next one.
const HEAD: Duration = Duration::from_secs(75);

/// The longest head of a request, and what is read of a connection at once, in bytes.
const LONGEST_HEAD: usize = 32 * 1024;

/// Answers on a listener until told to stop, and lets what is under way finish.
pub(crate) async fn serve<L>(
    mut listener: L,
    service: Router,
    stopped: impl Future<Output = ()> + Send,
) where
    L: Listener<Addr = SocketAddr>,
{
    let (stop, stopping) = watch::channel(false);
    let mut stopped = pin!(stopped);
    loop {
        let (stream, from) = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stopped => break,
        };
        tokio::spawn(converse(stream, from, service.clone(), stopping.clone()));
    }
    drop((listener, stopping));
    stop.send_replace(true);
    stop.closed().await;
}

/// Answers the requests of one connection.
async fn converse<S>(
    stream: S,
    from: SocketAddr,
    service: Router,
    mut stopping: watch::Receiver<bool>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service.map_request(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(from));
        request
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(LONGEST_HEAD)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
        .with_upgrades();
    let mut connection = pin!(connection);
    let told = async { stopping.wait_for(|stop| *stop).await.is_ok() };
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        _ = told => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, %from, "a connection broke");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
    use tokio::time::{Instant, sleep};

    /// A conversation with a service that says who asks, and our end of it.
    fn begin() -> (DuplexStream, watch::Sender<bool>) {
        let (far, near) = duplex(64 * 1024);
        let whom = async |ConnectInfo(from): ConnectInfo<SocketAddr>| from.to_string();
        let service = Router::new().route("/", get(whom));
        let (stop, stopping) = watch::channel(false);
        let from = SocketAddr::from(([192, 0, 2, 1], 7));
        tokio::spawn(converse(near, from, service, stopping));
        (far, stop)
    }

    async fn answer(mut far: DuplexStream) -> String {
        let mut said = Vec::new();
        far.read_to_end(&mut said).await.unwrap();
        String::from_utf8(said).unwrap()
    }

    #[tokio::test]
    async fn a_request_is_answered_and_knows_where_it_comes_from() {
        let (mut far, stop) = begin();
        far.write_all(b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await.unwrap();
        let said = answer(far).await;
        assert!(said.starts_with("HTTP/1.1 200") && said.ends_with("192.0.2.1:7"), "{said}");
        drop(stop);
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_trickles_in_ends_the_connection() {
        let (mut far, _stop) = begin();
        let began = Instant::now();
        far.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
        let mut letters = 0;
        while far.write_all(b"x").await.is_ok() {
            letters += 1;
            assert!(letters < 1000, "it goes on for ever");
            sleep(Duration::from_secs(10)).await;
        }
        assert!(began.elapsed() <= HEAD + Duration::from_secs(10), "{:?}", began.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_on_which_nobody_asks_ends() {
        let (far, _stop) = begin();
        let began = Instant::now();
        assert_eq!(answer(far).await, "");
        assert_eq!(began.elapsed().as_secs(), HEAD.as_secs());
    }

    #[tokio::test]
    async fn a_head_that_is_too_long_is_refused() {
        for flood in ["x: ".to_owned() + &"y".repeat(2 * LONGEST_HEAD), "x: y\r\n".repeat(200)] {
            let (mut far, _stop) = begin();
            // It may have heard enough before all is said.
            drop(far.write_all(format!("GET / HTTP/1.1\r\n{flood}\r\n\r\n").as_bytes()).await);
            let said = answer(far).await;
            assert!(said.starts_with("HTTP/1.1 431"), "{said}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_the_next_request_is_let_go_when_the_site_stops() {
        let (mut far, stop) = begin();
        far.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        let mut first = [0; 12];
        far.read_exact(&mut first).await.unwrap();
        assert_eq!(&first, b"HTTP/1.1 200");
        let began = Instant::now();
        stop.send_replace(true);
        answer(far).await;
        assert_eq!(began.elapsed().as_secs(), 0);
    }
}
