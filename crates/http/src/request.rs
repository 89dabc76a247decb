//! Reading a request: bodies, ids, pages.

use axum::extract::{FromRequest, FromRequestParts, Query, RawPathParams, Request};
use axum::http::request::Parts;
use bytes::Bytes;
use fieldpost_kernel::{Failure, FailureKind, Outcome};
use fieldpost_model::{Id, looks_like_id};
use serde::de::DeserializeOwned;

use crate::answer::Refusal;
use crate::app::App;
use crate::patience::was_too_slow;

/// The longest JSON body that is read, in bytes.
pub(crate) const LONGEST_BODY: usize = 300_000 + 512;

/// A JSON body, whatever its content type says: clients do not agree on it.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &App) -> Result<Self, Refusal> {
        let bytes = whole_body(request).await?;
        require_shallow(&bytes)?;
        serde_json::from_slice(&bytes)
            .map(Self)
            .map_err(|error| Refusal(Failure::invalid_body("body").with_detail(error)))
    }
}

/// The deepest JSON that is read. It is half of what the library would read, so that whatever is kept
/// can be read again wherever it is put into something else.
const DEEPEST: usize = 64;

/// Refuses JSON that is nested too deep, before any of it is built. Whether it is JSON at all is
/// found out later.
pub(crate) fn require_shallow(json: &[u8]) -> Outcome<()> {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'[' | b'{' if !in_text => depth += 1,
            b']' | b'}' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return Err(Failure::invalid_body("body").with_detail("nested too deep"));
        }
    }
    Ok(())
}

/// The bytes of a short body.
pub(crate) async fn whole_body(request: Request) -> Outcome<Bytes> {
    let read = axum::body::to_bytes(request.into_body(), LONGEST_BODY).await;
    read.map_err(|error| {
        if was_too_slow(&error) {
            return Failure::new(
                FailureKind::TooSlow,
                "api.fieldpost.too_slow",
                "The request did not come in time.",
            );
        }
        Failure::new(
            FailureKind::TooLarge,
            "api.context.request_body_too_large.app_error",
            "The request body is too large.",
        )
    })
}

/// The ids of a request's path, in order. `me` stands for the caller where the path has a person,
/// and is [`PathId::Me`].
pub(crate) struct Ids<const N: usize>(pub(crate) [PathId; N]);

/// An id in a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PathId {
    /// Whoever asks.
    Me,
    /// This one.
    Is(Id),
}

impl PathId {
    /// The person meant.
    pub(crate) fn person(self, me: Id) -> Id {
        match self {
            Self::Me => me,
            Self::Is(id) => id,
        }
    }

    /// The thing meant; `me` is not a thing.
    pub(crate) fn thing(self) -> Id {
        self.person(Id::NONE)
    }
}

impl<const N: usize> FromRequestParts<App> for Ids<N> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let found = RawPathParams::from_request_parts(parts, app)
            .await
            .map_err(|_| Failure::invalid_url("path"))?;
        let mut ids = [PathId::Me; N];
        let mut values = found.iter().map(|(_, value)| value);
        for id in &mut ids {
            *id = parse(values.next().unwrap_or_default())?;
        }
        Ok(Self(ids))
    }
}

fn parse(text: &str) -> Result<PathId, Refusal> {
    if text == "me" {
        return Ok(PathId::Me);
    }
    if !looks_like_id(text) {
        return Err(Failure::invalid_url("id").into());
    }
    // An id of the right form that we never give out names nothing: it is simply not found.
    let id = text.parse().ok().and_then(Id::some);
    Ok(PathId::Is(id.unwrap_or(Id::from_bytes([0xff; 16]))))
}

/// The connection of the client that asks, if it says which: that one knows already what follows
/// from what it asked.
pub(crate) struct Connection(pub(crate) Id);

impl FromRequestParts<App> for Connection {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Refusal> {
        let said = parts.headers.get("connection-id").and_then(|value| value.to_str().ok());
        Ok(Self(said.and_then(|id| id.parse().ok()).unwrap_or_default()))
    }
}

/// `page` and `per_page`, as forgiving as the API is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Page {
    /// From 0.
    pub(crate) page: i64,
    /// 60 unless asked for otherwise, 200 at most.
    pub(crate) per_page: i64,
}

impl Page {
    /// How many rows come before the page.
    pub(crate) fn offset(&self) -> i64 {
        self.page.saturating_mul(self.per_page)
    }
}

impl FromRequestParts<App> for Page {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let Query(query) = Query::<Vec<(String, String)>>::from_request_parts(parts, app)
            .await
            .unwrap_or(Query(Vec::new()));
        let number = |name: &str| {
            let (_, value) = query.iter().find(|(key, _)| key == name)?;
            value.parse::<i64>().ok().filter(|n| *n >= 0)
        };
        let page = number("page").unwrap_or(0).min(1 << 32);
        let per_page = number("per_page").unwrap_or(60).min(200);
        Ok(Self { page, per_page })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_nested_too_deep_is_refused_before_it_is_read() {
        let nested = |open: &str, close: &str, depth: usize| {
            let json = open.repeat(depth) + &close.repeat(depth);
            require_shallow(json.as_bytes()).is_ok()
        };
        for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[{\"[\":", "}]")] {
            let each = open.matches(['[', '{']).count() - open.matches("\"[").count();
            assert!(nested(open, close, DEEPEST / each), "{open}");
            assert!(!nested(open, close, DEEPEST / each + 1), "{open}");
        }
        let flat = format!("[\"{}\", \"\\\"{}\"]", "[".repeat(1000), "{".repeat(1000));
        assert_eq!(require_shallow(flat.as_bytes()), Ok(()));
        assert_eq!(require_shallow("[],".repeat(1000).as_bytes()), Ok(()));
    }
}
