//! Answers that a client may keep, and need not be sent again while they are the same.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fieldpost_kernel::Failure;
use serde::Serialize;

use crate::answer::{Answer, Json};

/// A JSON answer with a tag of its content; without the content for a client that shows the tag.
pub(crate) fn tagged<T: Serialize>(headers: &HeaderMap, body: &T) -> Answer<Response> {
    let bytes = serde_json::to_vec(body).map_err(Failure::internal)?;
    let digest = blake3::hash(&bytes).to_hex();
    let tag = digest.get(..32).unwrap_or_default();
    let etag = HeaderValue::from_str(tag).map_err(Failure::internal)?;
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|shown| shown == etag);
    let mut response =
        if known { StatusCode::NOT_MODIFIED.into_response() } else { Json(body).into_response() };
    response.headers_mut().insert(header::ETAG, etag);
    Ok(response)
}
