//! Where addresses of elsewhere lead, and pictures of elsewhere.

use axum::extract::{Query, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use fieldpost_kernel::Failure;
use fieldpost_outbound::{Ask, Limits, Overlong, header as asked};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::{Answer, Json};
use crate::app::App;
use crate::auth::Session;
use crate::routes::Routes;

/// The largest picture that is passed on, in bytes.
const LARGEST_PICTURE: usize = 10 * 1024 * 1024;

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
async fn location(State(app): State<App>, _: Session, Query(at): Query<At>) -> Answer<Json<Value>> {
    if at.url.is_empty() {
        return Err(Failure::invalid_url("url").into());
    }
    let mut location = String::new();
    if app.settings().link_previews {
        let limits = Limits { redirects: 0, body: 0, overlong: Overlong::Cut, ..Limits::default() };
        if let Ok(answer) = app.outbound().ask(Ask::get(at.url).limits(limits)).await {
            let said = answer.headers.get(asked::LOCATION);
            let said = said.and_then(|said| answer.url.join(said.to_str().ok()?).ok());
            location = said.map(String::from).unwrap_or_default();
        }
    }
    Ok(Json(json!({ "location": location })))
}

/// A picture of elsewhere, so that its server does not learn who looks at it.
async fn picture(State(app): State<App>, _: Session, Query(at): Query<At>) -> Answer<Response> {
    if at.url.is_empty() {
        return Err(Failure::invalid_url("url").into());
    }
    let none = || Failure::not_found("api.image.get.app_error", "There is no such picture.");
    let limits = Limits { body: LARGEST_PICTURE, ..Limits::default() };
    let ask = Ask::get(at.url).header(asked::ACCEPT, "image/*").limits(limits);
    let answer = app.outbound().ask(ask).await.map_err(|why| none().with_detail(why))?;
    let kind = answer.content_type();
    let kind = PICTURES.iter().find(|known| **known == kind && answer.status.is_success());
    let headers: [(HeaderName, &'static str); 4] = [
        (header::CONTENT_TYPE, kind.ok_or_else(none)?),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        (header::CACHE_CONTROL, "max-age=86400, private"),
    ];
    let mut response = answer.body.into_response();
    for (name, value) in headers {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}
