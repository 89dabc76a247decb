//! How answers and failures look on the wire.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fieldpost_kernel::{Failure, FailureKind};
use serde::Serialize;
use serde_json::json;

/// A failure on its way to the client.
#[derive(Debug)]
pub(crate) struct Refusal(pub(crate) Failure);

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self(failure)
    }
}

/// What a handler gives.
pub(crate) type Answer<T> = Result<T, Refusal>;

fn status(failure: &Failure) -> StatusCode {
    match failure.kind {
        FailureKind::Invalid | FailureKind::Conflict => StatusCode::BAD_REQUEST,
        FailureKind::TooLate => StatusCode::CONFLICT,
        FailureKind::Unauthenticated => StatusCode::UNAUTHORIZED,
        FailureKind::Forbidden => StatusCode::FORBIDDEN,
        FailureKind::NotFound => StatusCode::NOT_FOUND,
        FailureKind::Unprocessable => StatusCode::UNPROCESSABLE_ENTITY,
        FailureKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        FailureKind::TooMany => StatusCode::TOO_MANY_REQUESTS,
        FailureKind::TooSlow => StatusCode::REQUEST_TIMEOUT,
        FailureKind::NotBuilt => StatusCode::NOT_IMPLEMENTED,
        FailureKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        FailureKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// The failure itself travels with the response, so that the request's id can be put into the
/// envelope where the id is known.
impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = status(&self.0).into_response();
        response.extensions_mut().insert(FailedWith(self.0));
        response
    }
}

#[derive(Debug, Clone)]
pub(crate) struct FailedWith(pub(crate) Failure);

/// The API's error envelope. What is only for the operator is in it for developers alone.
pub(crate) fn envelope(failure: &Failure, request_id: &str, developer: bool) -> Vec<u8> {
    let body = json!({
        "id": failure.id,
        "message": failure.message,
        "detailed_error": if developer { failure.detail.as_str() } else { "" },
        "request_id": request_id,
        "status_code": status(failure).as_u16(),
    });
    body.to_string().into_bytes()
}

/// A JSON answer. Its content type is exactly `application/json`: with a charset the official
/// client would take it for text.
#[derive(Debug)]
pub(crate) struct Json<T>(pub(crate) T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => {
                let json = HeaderValue::from_static("application/json");
                ([(header::CONTENT_TYPE, json)], body).into_response()
            }
            Err(error) => Refusal(Failure::internal(error)).into_response(),
        }
    }
}

/// Something was made.
#[derive(Debug)]
pub(crate) struct Created<T>(pub(crate) T);

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        (StatusCode::CREATED, Json(self.0)).into_response()
    }
}

/// It was done, and there is nothing else to say.
#[derive(Debug)]
pub(crate) struct Done;

impl IntoResponse for Done {
    fn into_response(self) -> Response {
        Json(json!({ "status": "OK" })).into_response()
    }
}
