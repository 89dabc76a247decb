//! Where addresses of elsewhere lead, and pictures of elsewhere.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use fieldpost_kernel::{Failure, FailureKind};
use fieldpost_outbound::{Ask, Limits, Overlong, header as asked};
use futures_util::stream;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::answer::{Answer, Json};
use crate::app::App;
use crate::auth::Session;
use crate::routes::Routes;

/// The largest picture that is passed on, in bytes.
const LARGEST_PICTURE: usize = 10 * 1024 * 1024;

/// How long somebody may take to receive a picture, and in which pieces they get it: until they have
/// it, it is in memory.
const PASSING_ON: Duration = Duration::from_secs(120);
const PIECE: usize = 64 * 1024;

/// Pictures that are passed on: those that a browser only draws.
const PICTURES: [&str; 5] = ["image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"];

pub(super) fn add(routes: &mut Routes) {
    routes.on("GET", "/api/v4/redirect_location", location);
    routes.on("GET", "/api/v4/image", picture);
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct At {
    url: String,
}

/// Where an address leads at once; empty, where it leads nowhere else or may not be asked.
async fn location(
    State(app): State<App>,
    session: Session,
    Query(at): Query<At>,
) -> Answer<Json<Value>> {
    if at.url.is_empty() {
        return Err(Failure::invalid_url("url").into());
    }
    let mut location = String::new();
    if app.settings().link_previews {
        let _fetching = app.fetch_limit().admit(session.caller().user).ok_or_else(too_many)?;
        let limits = Limits { redirects: 0, body: 0, overlong: Overlong::Cut, ..Limits::default() };
        if let Ok(answer) = app.outbound().ask(Ask::get(at.url).limits(limits).for_reader()).await {
            let said = answer.headers.get(asked::LOCATION);
            let said = said.and_then(|said| answer.url.join(said.to_str().ok()?).ok());
            location = said.map(String::from).unwrap_or_default();
        }
    }
    Ok(Json(json!({ "location": location })))
}

/// A picture of elsewhere, so that its server does not learn who looks at it.
async fn picture(
    State(app): State<App>,
    session: Session,
    Query(at): Query<At>,
) -> Answer<Response> {
    if at.url.is_empty() {
        return Err(Failure::invalid_url("url").into());
    }
    let none = || Failure::not_found("api.image.get.app_error", "There is no such picture.");
    let fetching = app.fetch_limit().admit_picture(session.caller().user).await;
    let fetching = fetching.ok_or_else(too_many)?;
    let limits = Limits { body: LARGEST_PICTURE, ..Limits::default() };
    let ask = Ask::get(at.url).header(asked::ACCEPT, "image/*").limits(limits).for_reader();
    let answer = app.outbound().ask(ask).await.map_err(|why| none().with_detail(why))?;
    let kind = answer.content_type();
    let kind = PICTURES.iter().find(|known| **known == kind && answer.status.is_success());
    let headers: [(HeaderName, &'static str); 4] = [
        (header::CONTENT_TYPE, kind.ok_or_else(none)?),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        (header::CACHE_CONTROL, "max-age=86400, private"),
    ];
    let length = answer.body.len();
    let mut response = passed_on(answer.body, fetching).into_response();
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    for (name, value) in headers {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}

fn too_many() -> Failure {
    Failure::new(
        FailureKind::TooMany,
        "api.context.rate_limit.app_error",
        "Too much is fetched for you at once. Try again in a moment.",
    )
}

/// A body of these bytes, which are held, with what counts them, until they are sent or it takes too
/// long.
fn passed_on(bytes: Bytes, held: impl Send + 'static) -> Body {
    if bytes.len() <= PIECE {
        return bytes.into();
    }
    let (send, receive) = mpsc::channel(1);
    tokio::spawn(timeout(PASSING_ON, async move {
        for piece in bytes.chunks(PIECE) {
            // A piece of its own, which does not hold the rest.
            if send.send(Bytes::copy_from_slice(piece)).await.is_err() {
                break;
            }
        }
        drop((bytes, held));
    }));
    Body::from_stream(stream::unfold(receive, |mut receive| async {
        receive.recv().await.map(|piece| (Ok::<_, Infallible>(piece), receive))
    }))
}

#[cfg(test)]
mod tests {
    use fieldpost_model::Id;

    use super::*;
    use crate::limit::FetchLimit;

    #[tokio::test]
    async fn a_picture_counts_until_it_is_received() {
        let (limit, person) = (FetchLimit::default(), Id::from_bytes([1; 16]));
        let picture = Bytes::from(vec![7; 5 * PIECE + 1]);
        let one = passed_on(picture.clone(), limit.admit_picture(person).await);
        let other = passed_on(picture.clone(), limit.admit_picture(person).await);
        assert!(limit.admit(person).is_none());
        assert_eq!(axum::body::to_bytes(one, usize::MAX).await.unwrap(), picture);
        let again = limit.admit(person).unwrap();
        assert!(limit.admit(person).is_none());
        drop((again, other));
    }
}
