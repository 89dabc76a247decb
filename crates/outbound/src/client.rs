//! The client.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;
use url::{Host, Url};

use crate::address::Internal;
use crate::ask::{Answer, Ask, Limits};
use crate::body;
use crate::refused::Refused;
use crate::resolver::{Resolver, SystemResolver};
use crate::tls::{Encryption, Roots};

/// Requests under way at once; others wait for their turn, within their time.
const AT_ONCE: usize = 32;

/// Requests for readers under way at once, which have turns of their own: whoever reads chooses
/// when they are made, and may choose who is slow to answer.
const FOR_READERS_AT_ONCE: usize = 8;

/// The longest URL that is asked, as elsewhere in the API.
const LONGEST_URL: usize = 2_048;

/// Bytes of an answer's head, about: what comes in one go is looked at first.
const LONGEST_HEAD: usize = 64 * 1024;

/// Lines of an answer's head.
const MOST_HEADERS: usize = 100;

/// Addresses of a name that are tried, and for how long each.
const ADDRESSES: usize = 3;
const CONNECT: Duration = Duration::from_secs(5);

/// What an administrator decided.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Whether anybody is asked anything.
    pub enabled: bool,
    /// Who may be asked although they are not of the public internet.
    pub internal: Internal,
    /// What the client calls itself.
    pub user_agent: String,
    /// Whose certificates are believed.
    pub roots: Roots,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            enabled: true,
            internal: Internal::default(),
            user_agent: concat!("Fieldpost/", env!("CARGO_PKG_VERSION")).to_owned(),
            roots: Roots::System,
        }
    }
}

/// The one client for requests on behalf of content; cheap to clone.
#[derive(Clone)]
pub struct Outbound(Arc<Shared>);

struct Shared {
    silent: AtomicBool,
    internal: Internal,
    user_agent: HeaderValue,
    encryption: Encryption,
    resolver: Box<dyn Resolver>,
    turns: Semaphore,
    turns_of_readers: Semaphore,
}

impl Outbound {
    /// A client under a policy.
    pub fn new(policy: Policy) -> Self {
        Self::with_resolver(policy, Box::new(SystemResolver))
    }

    /// A client that knows names in another way than the machine.
    pub fn with_resolver(policy: Policy, resolver: Box<dyn Resolver>) -> Self {
        let user_agent = HeaderValue::from_str(&policy.user_agent)
            .unwrap_or_else(|_| HeaderValue::from_static("Fieldpost"));
        Self(Arc::new(Shared {
            silent: AtomicBool::new(!policy.enabled),
            internal: policy.internal,
            user_agent,
            encryption: Encryption::new(policy.roots),
            resolver,
            turns: Semaphore::new(AT_ONCE),
            turns_of_readers: Semaphore::new(FOR_READERS_AT_ONCE),
        }))
    }

    /// Switches everything off, or on again. What is under way when it is switched off ends
    /// without following a redirect.
    pub fn silence(&self, silent: bool) {
        self.0.silent.store(silent, Ordering::SeqCst);
    }

    /// Whether everything is switched off.
    pub fn is_silent(&self) -> bool {
        self.0.silent.load(Ordering::SeqCst)
    }

    /// Asks, follows redirects, and reads the answer. Statuses are for the caller to judge.
    pub async fn ask(&self, ask: Ask) -> Result<Answer, Refused> {
        if self.is_silent() {
            return Err(Refused::Silent);
        }
        let url = parse(&ask.url)?;
        let time = ask.limits.time;
        let whole = async {
            let turns = if ask.for_reader { &self.0.turns_of_readers } else { &self.0.turns };
            let _turn = turns.acquire().await.map_err(|_| Refused::Silent)?;
            self.follow(url, ask).await
        };
        timeout(time, whole).await.unwrap_or(Err(Refused::TimedOut))
    }

    async fn follow(&self, mut url: Url, mut ask: Ask) -> Result<Answer, Refused> {
        let limits = ask.limits;
        let mut left = limits.redirects;
        loop {
            let exchange = self.exchange(&url, &ask).await?;
            if limits.redirects == 0 {
                return exchange.answer(url, &limits).await;
            }
            let Some(next) = next(&url, &exchange.response)? else {
                return exchange.answer(url, &limits).await;
            };
            if self.is_silent() {
                return Err(Refused::Silent);
            }
            left = left.checked_sub(1).ok_or(Refused::Redirect("there are too many redirects"))?;
            redirect(&mut ask, exchange.response.status(), &url, &next)?;
            url = next;
        }
    }

    /// One request and the head of its answer.
    async fn exchange(&self, url: &Url, ask: &Ask) -> Result<Exchange, Refused> {
        let stream = self.connect(url).await?;
        let request = self.request(url, ask)?;
        if url.scheme() == "https" {
            let host = url.host_str().unwrap_or_default();
            let stream = self.0.encryption.over(stream, host).await?;
            return Exchange::over(stream, request).await;
        }
        Exchange::over(stream, request).await
    }

    /// A connection to an address of the URL's host that was judged.
    async fn connect(&self, url: &Url) -> Result<TcpStream, Refused> {
        let host = url.host_str().unwrap_or_default();
        let mut why = Refused::Address(host.to_owned());
        let known = self.resolve(url).await?;
        let lets = known.into_iter().filter(|known| self.0.internal.lets(host, known.ip()));
        for address in lets.take(ADDRESSES) {
            match timeout(CONNECT, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    drop(stream.set_nodelay(true));
                    return Ok(stream);
                }
                Ok(Err(error)) => why = Refused::Broken(format!("{host}: {error}")),
                Err(_) => why = Refused::TimedOut,
            }
        }
        Err(why)
    }

    async fn resolve(&self, url: &Url) -> Result<Vec<SocketAddr>, Refused> {
        let port = url.port_or_known_default().unwrap_or_default();
        match url.host() {
            Some(Host::Ipv4(address)) => Ok(vec![(IpAddr::V4(address), port).into()]),
            Some(Host::Ipv6(address)) => Ok(vec![(IpAddr::V6(address), port).into()]),
            Some(Host::Domain(name)) => {
                let unknown = |_| Refused::Unknown(name.to_owned());
                let known = self.0.resolver.resolve(name, port).await.map_err(unknown)?;
                if known.is_empty() {
                    return Err(Refused::Unknown(name.to_owned()));
                }
                Ok(known)
            }
            None => Err(Refused::Url("the URL names no host")),
        }
    }

    fn request(&self, url: &Url, ask: &Ask) -> Result<Request<Full<Bytes>>, Refused> {
        let wrong = |_| Refused::Url("the URL cannot be asked");
        let path = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        let host = match url.port() {
            Some(port) => format!("{}:{port}", url.host_str().unwrap_or_default()),
            None => url.host_str().unwrap_or_default().to_owned(),
        };
        let mut request = Request::new(Full::new(ask.body.clone()));
        *request.method_mut() = ask.method.clone();
        *request.uri_mut() = path.parse().map_err(|_| Refused::Url("the URL cannot be asked"))?;
        let headers = request.headers_mut();
        *headers = ask.headers.clone();
        headers.insert(header::HOST, HeaderValue::from_str(&host).map_err(wrong)?);
        headers.insert(header::USER_AGENT, self.0.user_agent.clone());
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        Ok(request)
    }
}

/// A URL that may be asked, as far as it can be seen from its text.
fn parse(text: &str) -> Result<Url, Refused> {
    if text.len() > LONGEST_URL {
        return Err(Refused::Url("the URL is too long"));
    }
    let url = Url::parse(text).map_err(|_| Refused::Url("this is no URL"))?;
    judge(&url)?;
    Ok(url)
}

fn judge(url: &Url) -> Result<(), Refused> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Refused::Url("only http and https are asked"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Refused::Url("a URL must not carry a name or a password"));
    }
    Ok(())
}

/// Where an answer sends whoever asked, if it does.
fn next(url: &Url, response: &Response<Incoming>) -> Result<Option<Url>, Refused> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let Some(location) = response.headers().get(header::LOCATION) else { return Ok(None) };
    let location = location.to_str().ok().filter(|location| location.len() <= LONGEST_URL);
    let location = location.ok_or(Refused::Redirect("the redirect leads to no URL"))?;
    let next = url.join(location).map_err(|_| Refused::Redirect("the redirect leads to no URL"))?;
    judge(&next)?;
    Ok(Some(next))
}

/// Makes of a request what is asked after a redirect.
///
/// What was meant for one host is not carried to another: no authorisation, and no body. A body
/// that was sent encrypted is not sent in the clear either.
fn redirect(ask: &mut Ask, status: StatusCode, from: &Url, to: &Url) -> Result<(), Refused> {
    let keeps = matches!(status.as_u16(), 307 | 308);
    if !keeps && ask.method != Method::HEAD {
        ask.method = Method::GET;
        ask.body = Bytes::new();
        ask.headers.remove(header::CONTENT_TYPE);
    }
    let downgraded = from.scheme() == "https" && to.scheme() == "http";
    let same_host = from.host() == to.host();
    if !ask.body.is_empty() && (!same_host || downgraded) {
        return Err(Refused::Redirect("what is sent is not sent on to somebody else"));
    }
    if from.origin() != to.origin() {
        ask.headers.remove(header::AUTHORIZATION);
    }
    Ok(())
}

/// The head of an answer, and the connection that its body comes over.
struct Exchange {
    response: Response<Incoming>,
    /// Ends the connection with the exchange.
    _connection: JoinSet<()>,
}

impl Exchange {
    async fn over(
        stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
        request: Request<Full<Bytes>>,
    ) -> Result<Self, Refused> {
        let broken = |error: hyper::Error| Refused::Broken(error.to_string());
        let mut builder = http1::Builder::new();
        builder.max_buf_size(LONGEST_HEAD).max_headers(MOST_HEADERS);
        let (mut sender, connection) =
            builder.handshake(TokioIo::new(stream)).await.map_err(broken)?;
        let mut driven = JoinSet::new();
        // How it ends is said by whoever reads from it.
        driven.spawn(async move { drop(connection.await) });
        let response = sender.send_request(request).await.map_err(broken)?;
        Ok(Self { response, _connection: driven })
    }

    async fn answer(self, url: Url, limits: &Limits) -> Result<Answer, Refused> {
        let (head, incoming) = self.response.into_parts();
        let (body, cut) = body::read(&head.headers, incoming, limits).await?;
        let mut headers: HeaderMap = head.headers;
        headers.remove(header::SET_COOKIE);
        Ok(Answer { status: head.status, headers, url, body, cut })
    }
}
