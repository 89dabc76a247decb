//! What is asked, within which limits, and what is answered.

use std::time::Duration;

use bytes::Bytes;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, StatusCode};
use url::Url;

/// What the client says itself, whoever asks.
const OURS: [HeaderName; 11] = [
    header::HOST,
    header::USER_AGENT,
    header::ACCEPT_ENCODING,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::CONNECTION,
    header::UPGRADE,
    header::TE,
    header::TRAILER,
    header::COOKIE,
    header::PROXY_AUTHORIZATION,
];

/// How much time and room an answer gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// From the name to the last byte of the body, redirects included.
    pub time: Duration,
    /// Bytes of the body, decompressed.
    pub body: usize,
    /// What becomes of a body that is longer.
    pub overlong: Overlong,
    /// Redirects that are followed; where none is, the redirect itself is the answer.
    pub redirects: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            time: Duration::from_secs(30),
            body: 1024 * 1024,
            overlong: Overlong::Refuse,
            redirects: 5,
        }
    }
}

/// What becomes of a body that is longer than it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overlong {
    /// The answer is refused.
    Refuse,
    /// Its beginning is the answer.
    Cut,
}

/// A request.
#[derive(Debug, Clone)]
pub struct Ask {
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) limits: Limits,
    pub(crate) for_reader: bool,
}

impl Ask {
    /// Asks for what is at a URL.
    pub fn get(url: impl Into<String>) -> Self {
        Self::new(Method::GET, url)
    }

    /// Sends a body to a URL.
    pub fn post(
        url: impl Into<String>,
        content_type: &'static str,
        body: impl Into<Bytes>,
    ) -> Self {
        let mut ask = Self::new(Method::POST, url);
        ask.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        ask.body = body.into();
        ask
    }

    fn new(method: Method, url: impl Into<String>) -> Self {
        Self {
            method,
            url: url.into(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            limits: Limits::default(),
            for_reader: false,
        }
    }

    /// With this header. What the client says itself, and what would leave one header for two, is
    /// left out.
    pub fn header(mut self, name: HeaderName, value: &str) -> Self {
        if !OURS.contains(&name)
            && let Ok(value) = HeaderValue::from_str(value)
        {
            self.headers.insert(name, value);
        }
        self
    }

    /// On behalf of somebody who reads and waits for the answer: such requests wait for each other
    /// only, and nothing else waits for them.
    pub fn for_reader(mut self) -> Self {
        self.for_reader = true;
        self
    }

    /// Within these limits.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }
}

/// What somebody answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status; whoever asks judges it.
    pub status: StatusCode,
    /// The headers, without cookies.
    pub headers: HeaderMap,
    /// Who answered in the end.
    pub url: Url,
    /// The body, decompressed.
    pub body: Bytes,
    /// Whether the body was longer.
    pub cut: bool,
}

impl Answer {
    /// The type of the body without its parameters, in small letters; empty if nothing is said.
    pub fn content_type(&self) -> String {
        let said = self.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let bare = said.unwrap_or_default().split(';').next().unwrap_or_default();
        bare.trim().to_ascii_lowercase()
    }
}
