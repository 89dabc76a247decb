//! A mail server of its own, which keeps what it is given.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use fieldpost_server::mail::{Secret, Security, Settings};
use mail_parser::MessageParser;
use mailin::{Action, AuthMechanism, Handler, Response, Session, SessionBuilder, response};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// The name and password that a mailbox asks for, if it asks.
const CREDENTIALS: (&str, &str) = ("fieldpost", "mail secret");

/// A mail as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Who it is from, on the envelope.
    pub from: String,
    /// Whom it is for, on the envelope.
    pub to: Vec<String>,
    /// Its subject.
    pub subject: String,
    /// Its plain text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
    /// All of it.
    pub raw: String,
}

impl Received {
    /// The value of a parameter in an address that the mail names.
    #[track_caller]
    pub fn parameter(&self, name: &str) -> String {
        let (_, rest) =
            self.text.split_once(&format!("{name}=")).expect("the mail has such a link");
        rest.split(|c: char| c == '&' || c.is_whitespace()).next().unwrap_or_default().to_owned()
    }
}

/// How a mailbox takes what it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Manner {
    /// It takes all of it.
    #[default]
    Takes,
    /// Not now.
    Busy,
    /// Never, whatever it is.
    Refuses,
}

/// A mail server in the test's own process.
pub struct Mailbox {
    address: SocketAddr,
    security: Security,
    signs_in: bool,
    state: Arc<State>,
    /// The certificate that vouches for it.
    folder: TempDir,
}

#[derive(Default)]
struct State {
    received: Mutex<Vec<Received>>,
    manner: Mutex<Manner>,
    tried: Mutex<usize>,
}

impl Mailbox {
    /// A mailbox that anybody may write to.
    pub async fn open() -> Self {
        Self::open_with(Security::None, false).await
    }

    /// A mailbox that is written to in some way, by whoever signs in or by anybody.
    pub async fn open_with(security: Security, signs_in: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        std::fs::write(folder.path().join("root.pem"), cert.pem()).unwrap();
        let acceptor = acceptor(cert.der().clone(), signing_key.serialize_der());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::<State>::default();
        let taking = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, peer)) = listener.accept().await {
                let (state, acceptor) = (Arc::clone(&taking), acceptor.clone());
                let session = session(security, signs_in, peer.ip(), state);
                // A client that goes away in the middle is no failure of the server.
                tokio::spawn(async move { drop(serve(stream, session, security, acceptor).await) });
            }
        });
        Self { address, security, signs_in, state, folder }
    }

    /// The settings with which a site writes to it.
    pub fn settings(&self) -> Settings {
        let (username, password) = if self.signs_in { CREDENTIALS } else { ("", "") };
        Settings {
            server: format!("localhost:{}", self.address.port()),
            security: self.security,
            trust: self.folder.path().join("root.pem"),
            from: "Fieldpost <post@example.org>".to_owned(),
            username: username.to_owned(),
            password: Secret::from(password),
            ..Settings::default()
        }
    }

    /// Takes out what came by now.
    pub fn take(&self) -> Vec<Received> {
        std::mem::take(&mut self.state.received.lock().unwrap())
    }

    /// Takes out the one mail that came by now.
    #[track_caller]
    pub fn take_one(&self) -> Received {
        let mut came = self.take();
        assert_eq!(came.len(), 1, "{came:?}");
        came.remove(0)
    }

    /// Takes what comes from now on in another way.
    pub fn behave(&self, manner: Manner) {
        *self.state.manner.lock().unwrap() = manner;
    }

    /// How often somebody wanted to hand something over.
    pub fn tried(&self) -> usize {
        *self.state.tried.lock().unwrap()
    }
}

fn acceptor(certificate: CertificateDer<'static>, key: Vec<u8>) -> TlsAcceptor {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

fn session(security: Security, signs_in: bool, peer: IpAddr, state: Arc<State>) -> Session<Taker> {
    let mut builder = SessionBuilder::new("localhost");
    if security == Security::Starttls {
        builder.enable_start_tls();
    }
    if signs_in {
        builder.enable_auth(AuthMechanism::Plain);
    }
    builder.build(peer, Taker { state, from: String::new(), to: Vec::new(), raw: Vec::new() })
}

async fn serve(
    stream: TcpStream,
    mut session: Session<Taker>,
    security: Security,
    acceptor: TlsAcceptor,
) -> io::Result<()> {
    if security == Security::Tls {
        session.tls_active();
        let mut stream = acceptor.accept(stream).await?;
        stream.write_all(&session.greeting().buffer()?).await?;
        return converse(stream, &mut session).await.map(drop);
    }
    let mut stream = stream;
    stream.write_all(&session.greeting().buffer()?).await?;
    if let Some(stream) = converse(stream, &mut session).await? {
        let stream = acceptor.accept(stream).await?;
        session.tls_active();
        converse(stream, &mut session).await?;
    }
    Ok(())
}

/// Talks until the end, or until both want to go on encrypted: then it gives the stream back.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    session: &mut Session<Taker>,
) -> io::Result<Option<S>> {
    let mut stream = BufReader::new(stream);
    let mut line = Vec::new();
    loop {
        line.clear();
        if stream.read_until(b'\n', &mut line).await? == 0 {
            return Ok(None);
        }
        let answer = session.process(&line);
        if answer.action != Action::NoReply {
            stream.write_all(&answer.buffer()?).await?;
            stream.flush().await?;
        }
        match answer.action {
            Action::Close => return Ok(None),
            Action::UpgradeTls => return Ok(Some(stream.into_inner())),
            Action::Reply | Action::NoReply => {}
        }
    }
}

/// Takes one mail after another.
struct Taker {
    state: Arc<State>,
    from: String,
    to: Vec<String>,
    raw: Vec<u8>,
}

impl Handler for Taker {
    fn auth_plain(&mut self, _: &str, name: &str, password: &str) -> Response {
        if (name, password) == CREDENTIALS {
            response::AUTH_OK
        } else {
            response::INVALID_CREDENTIALS
        }
    }

    fn mail(&mut self, _: IpAddr, _: &str, from: &str) -> Response {
        *self.state.tried.lock().unwrap() += 1;
        from.clone_into(&mut self.from);
        self.to.clear();
        self.raw.clear();
        match *self.state.manner.lock().unwrap() {
            Manner::Takes => response::OK,
            Manner::Busy => response::INTERNAL_ERROR,
            Manner::Refuses => response::NO_MAILBOX,
        }
    }

    fn rcpt(&mut self, to: &str) -> Response {
        self.to.push(to.to_owned());
        response::OK
    }

    fn data(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.raw.extend_from_slice(bytes);
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        let Some(message) = MessageParser::default().parse(&self.raw) else {
            return response::TRANSACTION_FAILED;
        };
        let received = Received {
            from: self.from.clone(),
            to: self.to.clone(),
            subject: message.subject().unwrap_or_default().to_owned(),
            text: message.body_text(0).unwrap_or_default().into_owned(),
            html: message.body_html(0).unwrap_or_default().into_owned(),
            raw: String::from_utf8_lossy(&self.raw).into_owned(),
        };
        self.state.received.lock().unwrap().push(received);
        response::OK
    }
}
