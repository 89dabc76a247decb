//! Answers that a client need not be sent again.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::answer::{Json, Refusal};
use crate::app::{App, VERSION};

/// The tag of what a client has already, if it says so.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen(String);

impl FromRequestParts<App> for Seen {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Refusal> {
        let value = parts.headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
        // Whoever compresses on the way makes a tag weak, and some quote it.
        let value = value.unwrap_or_default();
        let value = value.strip_prefix("W/").unwrap_or(value).trim_matches('"');
        Ok(Self(value.to_owned()))
    }
}

impl Seen {
    /// Whether the client has what this tag stands for.
    pub(super) fn is(&self, tag: &str) -> bool {
        self.0 == tag
    }
}

/// A tag of this version of the API: another version may answer otherwise.
pub(super) fn tag(content: &str) -> String {
    format!("{VERSION}.{content}")
}

/// An answer with its tag; without content where the client has it.
pub(super) struct Tagged<T> {
    /// What stands for the content.
    pub(super) tag: String,
    /// The content, unless the client has it.
    pub(super) content: Option<T>,
}

impl<T: Serialize> IntoResponse for Tagged<T> {
    fn into_response(self) -> Response {
        let mut response = match self.content {
            Some(content) => Json(content).into_response(),
            None => StatusCode::NOT_MODIFIED.into_response(),
        };
        if let Ok(tag) = HeaderValue::from_str(&self.tag) {
            response.headers_mut().insert(header::ETAG, tag);
        }
        response
    }
}
