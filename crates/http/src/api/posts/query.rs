//! The query of a request for posts, as forgiving as the API is.

use std::collections::HashMap;

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use fieldpost_kernel::{Failure, Outcome};
use fieldpost_model::{Id, looks_like_id};

use crate::answer::Refusal;
use crate::app::App;

/// The parameters of a query, by name.
pub(crate) struct Parameters(HashMap<String, String>);

impl FromRequestParts<App> for Parameters {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let found = Query::<HashMap<String, String>>::from_request_parts(parts, app).await;
        Ok(Self(found.map(|Query(found)| found).unwrap_or_default()))
    }
}

impl Parameters {
    /// A parameter's text, unless it is missing or empty.
    pub(in crate::api) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|text| !text.is_empty())
    }

    /// A flag in any of the usual spellings.
    pub(crate) fn flag(&self, name: &str) -> bool {
        matches!(self.text(name), Some("1" | "t" | "T" | "true" | "TRUE" | "True"))
    }

    /// A flag that is on only when it is spelt out.
    pub(in crate::api) fn literal_flag(&self, name: &str) -> bool {
        self.text(name) == Some("true")
    }

    /// A number, or what stands for one that is missing, negative or none at all.
    pub(in crate::api) fn number(&self, name: &str, otherwise: i64) -> i64 {
        let found = self.text(name).and_then(|text| text.parse().ok());
        found.filter(|number| *number >= 0).unwrap_or(otherwise)
    }

    /// A number, which must be one if it is there.
    pub(in crate::api) fn strict_number(&self, name: &str) -> Outcome<Option<i64>> {
        let parse = |text: &str| text.parse().ok().filter(|number| *number >= 0);
        self.text(name)
            .map(|text| parse(text).ok_or_else(|| Failure::invalid_url(name)))
            .transpose()
    }

    /// An id, which must be well formed if it is there.
    pub(in crate::api) fn id(&self, name: &str) -> Outcome<Option<Id>> {
        let Some(text) = self.text(name) else { return Ok(None) };
        if !looks_like_id(text) {
            return Err(Failure::invalid_url(name));
        }
        // One that we never give out names nothing.
        Ok(Some(text.parse().unwrap_or(Id::from_bytes([0xff; 16]))))
    }
}
