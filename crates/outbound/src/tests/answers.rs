//! What is taken of an answer.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use rcgen::{CertificateParams, KeyPair};
use rustls::ServerConfig;
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::server::{Server, answer, elsewhere};
use super::{Names, allowed, policy};
use crate::{Ask, Limits, Outbound, Overlong, Policy, Refused, Roots, header};

fn limits(body: usize, overlong: Overlong) -> Limits {
    Limits { body, overlong, ..Limits::default() }
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn it_says_who_it_is_and_nothing_of_anybody_else() {
    let server =
        Server::start(|_| answer("Set-Cookie: a=b\r\nContent-Type: Text/HTML; x\r\n", b"hi")).await;
    let ask = Ask::get(server.url("/path?query=1#fragment"))
        .header(header::ACCEPT, "text/html")
        .header(header::COOKIE, "a=b")
        .header(header::HOST, "elsewhere")
        .header(header::USER_AGENT, "somebody")
        .header(header::ACCEPT_LANGUAGE, "en\r\nX-Second: header");
    let told = allowed().ask(ask).await.unwrap();
    assert_eq!(told.status, 200);
    assert_eq!(told.content_type(), "text/html");
    assert!(told.headers.get(header::SET_COOKIE).is_none());
    let seen = &server.requests()[0];
    assert!(seen.starts_with("GET /path?query=1 HTTP/1.1\r\n"), "{seen}");
    assert!(seen.contains("user-agent: Fieldpost/"), "{seen}");
    assert!(seen.contains(&format!("host: {}\r\n", server.address)), "{seen}");
    for absent in ["cookie", "elsewhere", "somebody", "X-Second", "fragment"] {
        assert!(!seen.contains(absent), "{absent}: {seen}");
    }
}

#[tokio::test]
async fn a_body_has_an_end() {
    let endless = [&b"HTTP/1.1 200 OK\r\n\r\n"[..], &vec![b'a'; 1 << 20]].concat();
    let said = answer("", &vec![b'a'; 5_000]);
    let chunk = [&b"1000\r\n"[..], &[b'a'; 0x1000], b"\r\n"].concat().repeat(100);
    let chunked = [&b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"[..], &chunk].concat();
    for bytes in [endless, said, chunked] {
        let server = Server::start(move |_| bytes.clone()).await;
        let ask = |overlong| Ask::get(server.url("/")).limits(limits(4_000, overlong));
        let refused = allowed().ask(ask(Overlong::Refuse)).await.unwrap_err();
        assert_eq!(refused, Refused::TooLong(4_000));
        let cut = allowed().ask(ask(Overlong::Cut)).await.unwrap();
        assert!(cut.cut);
        assert_eq!(cut.body.len(), 4_000);
    }
    let server = Server::start(|_| answer("", &[b'a'; 4_000])).await;
    let exact = Ask::get(server.url("/")).limits(limits(4_000, Overlong::Refuse));
    assert_eq!(allowed().ask(exact).await.unwrap().body.len(), 4_000);
}

#[tokio::test]
async fn a_bomb_is_counted_as_it_unfolds() {
    // 64 MiB in 64 kB, and nothing in twenty thousand members.
    let bomb = packed(&vec![0; 64 << 20]);
    assert!(bomb.len() < 70_000);
    for bytes in [bomb, packed(b"").repeat(20_000)] {
        let server = Server::start(move |_| answer("Content-Encoding: gzip\r\n", &bytes)).await;
        let ask = Ask::get(server.url("/")).limits(limits(100_000, Overlong::Refuse));
        assert_eq!(allowed().ask(ask).await.unwrap_err(), Refused::TooLong(100_000));
    }
}

#[tokio::test]
async fn what_is_packed_is_unpacked_or_refused() {
    let server = Server::start(|request| {
        let text = b"a text that was packed".repeat(10);
        let body = packed(&text);
        match request.split(' ').nth(1).unwrap() {
            "/packed" => answer("Content-Encoding: GZIP\r\n", &body),
            "/cut" => answer("Content-Encoding: gzip\r\n", &body[..body.len() / 2]),
            "/wrong" => answer("Content-Encoding: gzip\r\n", b"no packing at all"),
            "/twice" => answer("Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n", &body),
            _ => answer("Content-Encoding: br\r\n", b"whatever"),
        }
    })
    .await;
    let ask = |path| {
        let ask = Ask::get(server.url(path));
        async move { allowed().ask(ask).await }
    };
    assert_eq!(ask("/packed").await.unwrap().body, b"a text that was packed".repeat(10));
    for path in ["/cut", "/wrong", "/twice", "/other"] {
        assert_eq!(ask(path).await.unwrap_err(), Refused::Packed, "{path}");
    }
}

#[tokio::test]
async fn whoever_is_slow_is_left() {
    let slow = [
        Vec::new(),
        b"HTTP/1.1 200 OK\r\nX-Head".to_vec(),
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome of it".to_vec(),
    ];
    for bytes in slow {
        let server = Server::start(move |_| bytes.clone()).await;
        let short = Limits { time: Duration::from_millis(200), ..Limits::default() };
        let refused = allowed().ask(Ask::get(server.url("/")).limits(short)).await.unwrap_err();
        assert_eq!(refused, Refused::TimedOut);
        assert!(refused.may_pass());
    }
}

#[tokio::test]
async fn what_readers_wait_for_keeps_nothing_else_waiting() {
    let (told, mut came) = mpsc::unbounded_channel();
    let slow = Server::start(move |_| {
        told.send(()).unwrap();
        Vec::new()
    })
    .await;
    let quick = Server::start(|_| answer("", b"quick")).await;
    let client = allowed();
    let mut asking = JoinSet::new();
    for _ in 0..64 {
        let (client, url) = (client.clone(), slow.url("/"));
        asking.spawn(async move { client.ask(Ask::get(url).for_reader()).await });
    }
    for _ in 0..8 {
        came.recv().await.unwrap();
    }
    let told = client.ask(Ask::get(quick.url("/"))).await.unwrap();
    assert_eq!(&told.body[..], b"quick");
    let short = Limits { time: Duration::from_millis(200), ..Limits::default() };
    let ninth = Ask::get(quick.url("/")).limits(short).for_reader();
    assert_eq!(client.ask(ninth).await.unwrap_err(), Refused::TimedOut);
    assert_eq!((slow.requests().len(), came.try_recv().is_err()), (8, true));
}

#[tokio::test]
async fn heads_are_bounded_and_must_be_heads() {
    let many = (0..200).map(|n| format!("X-{n}: 1\r\n")).collect::<String>();
    let long = format!("X-Long: {}\r\n", "a".repeat(400_000));
    for head in [many, long, "no head\r\n".to_owned()] {
        let server = Server::start(move |_| answer(&head, b"")).await;
        let refused = allowed().ask(Ask::get(server.url("/"))).await.unwrap_err();
        assert!(matches!(refused, Refused::Broken(_)), "{refused:?}");
    }
}

#[tokio::test]
async fn silence_is_whole_and_ends_what_would_go_on() {
    let names = Names::default();
    let off = Policy { enabled: false, ..policy("127.0.0.1") };
    let client = Outbound::with_resolver(off, Box::new(names.clone()));
    let switch = client.clone();
    let server = Server::start(move |_| {
        switch.silence(true);
        elsewhere(302, "/again")
    })
    .await;
    assert_eq!(client.ask(Ask::get(server.url("/"))).await.unwrap_err(), Refused::Silent);
    assert_eq!(client.ask(Ask::get("http://name.example/")).await.unwrap_err(), Refused::Silent);
    assert_eq!((names.asked(), server.requests().len()), (0, 0));
    client.silence(false);
    assert_eq!(client.ask(Ask::get(server.url("/"))).await.unwrap_err(), Refused::Silent);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn an_encrypted_answer_is_believed_if_its_certificate_is() {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["secure.example".to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap().der().clone();
    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], private)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut request = [0; 4096];
            assert!(stream.read(&mut request).await.unwrap() > 0);
            stream.write_all(&answer("", b"sealed")).await.unwrap();
        }
    });
    let ask = async |roots, host: &str| {
        let names = Names::default().add(host, vec![vec![address]]);
        let policy = Policy { roots, ..policy("127.0.0.1") };
        let url = format!("https://{host}:{}/", address.port());
        Outbound::with_resolver(policy, Box::new(names)).ask(Ask::get(url)).await
    };
    let given = || Roots::Given(vec![certificate.clone()]);
    assert_eq!(&ask(given(), "secure.example").await.unwrap().body[..], b"sealed");
    for (roots, host) in [(given(), "other.example"), (Roots::Given(vec![]), "secure.example")] {
        let refused = ask(roots, host).await.unwrap_err();
        assert!(matches!(refused, Refused::Broken(_)), "{refused:?}");
    }
    serving.abort();
}
