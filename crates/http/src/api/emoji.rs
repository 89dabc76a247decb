//! Custom emoji: making them, finding them, looking at them.

use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fieldpost_blobs::{Hash, Staged};
use fieldpost_chat::emoji::{self, NewEmoji, Order, Picture, Place};
use fieldpost_kernel::{Failure, FailureKind, Outcome};
use fieldpost_media::{InLine, Unreadable, in_line};
use fieldpost_model::{Emoji, Id};
use fieldpost_text::name::check_emoji_name;
use serde::Deserialize;
use serde_json::Value;

use super::files::{A_MONTH, Refusals, matches_tag, picture_and_text, set};
use crate::answer::{Answer, Created, Done, Json};
use crate::app::App;
use crate::auth::Session;
use crate::request::{Body, Ids, Page};
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    routes.on("GET", "/api/v4/emoji", page);
    routes.on("POST", "/api/v4/emoji", create);
    routes.on("GET", "/api/v4/emoji/autocomplete", autocomplete);
    routes.on("GET", "/api/v4/emoji/name/{emoji_name}", by_name);
    routes.on("POST", "/api/v4/emoji/names", by_names);
    routes.on("POST", "/api/v4/emoji/search", search);
    routes.on("GET", "/api/v4/emoji/{emoji_id}", one);
    routes.on("DELETE", "/api/v4/emoji/{emoji_id}", delete);
    routes.on("GET", "/api/v4/emoji/{emoji_id}/image", image);
}

/// The largest picture, in bytes, before it is made to fit.
const LARGEST: u64 = 512 * 1024;

#[derive(Deserialize, Default)]
#[serde(default)]
struct Sorted {
    sort: String,
}

async fn page(
    State(app): State<App>,
    _: Session,
    Query(sorted): Query<Sorted>,
    page: Page,
) -> Answer<Json<Vec<Emoji>>> {
    let order = match sorted.sort.as_str() {
        "" => Order::Made,
        "name" => Order::Name,
        _ => return Err(Failure::invalid_url("sort").into()),
    };
    let window = (page.offset(), page.per_page);
    Ok(Json(app.store().read(move |rows| emoji::page(rows, order, window)).await?))
}

fn malformed() -> Failure {
    Failure::invalid(
        "api.emoji.create.parse.app_error",
        "Unable to create the emoji. Could not understand the request.",
    )
}

const REFUSALS: Refusals = Refusals {
    missing: || Failure::invalid_body("image"),
    several: malformed,
    too_large: || {
        Failure::new(
            FailureKind::TooLarge,
            "api.emoji.create.too_large.app_error",
            "Unable to create the emoji. The image must have less than 512 kB.",
        )
    },
};

#[derive(Deserialize)]
struct Described {
    name: String,
    creator_id: Id,
}

async fn create(
    State(app): State<App>,
    session: Session,
    request: Request,
) -> Answer<Created<Emoji>> {
    let caller = session.caller();
    app.store().read(move |rows| emoji::authorise(rows, &caller)).await?;
    let (staged, described) =
        picture_and_text(&app, request, &REFUSALS, (LARGEST, "emoji")).await?;
    let described = described.ok_or_else(|| Failure::invalid_body("emoji"))?;
    let Described { name, creator_id } =
        serde_json::from_str(&described).map_err(|error| malformed().with_detail(error))?;
    // Nothing is kept of what will be refused.
    let wanted = name.clone();
    app.store().read(move |rows| emoji::require_free(rows, &wanted)).await?;
    let picture = fitting(&app, staged).await?;
    let new = NewEmoji { name, creator: creator_id, picture };
    let made = app
        .store()
        .write(&[emoji::scope()], move |work| emoji::create(work, &caller, &new))
        .await?;
    Ok(Created(made))
}

/// Keeps the bytes of a received picture, made to fit a line of text.
async fn fitting(app: &App, staged: Staged) -> Outcome<Picture> {
    let path = staged.path().to_owned();
    let read = app
        .with_image(move || {
            let bytes = std::fs::read(path).map_err(Failure::internal)?;
            Ok::<_, Failure>(in_line(&bytes))
        })
        .await??;
    let InLine { mime, bytes } = read.map_err(refusal)?;
    let content = match bytes {
        Some(bytes) => app.blobs().put(&bytes).await?,
        None => staged.keep().await?,
    };
    Ok(Picture { content: content.0, mime_type: mime.to_owned() })
}

fn refusal(why: Unreadable) -> Failure {
    match why {
        Unreadable::TooManyPixels => Failure::invalid(
            "api.emoji.upload.large_image.too_large.app_error",
            "Unable to create the emoji. The image has more pixels than 1028 by 1028, or too many \
             frames.",
        ),
        Unreadable::NotAnImage => Failure::invalid(
            "api.emoji.upload.image.app_error",
            "Unable to create the emoji. The file must be a PNG, a JPEG or a GIF.",
        ),
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Begun {
    name: String,
}

async fn autocomplete(
    State(app): State<App>,
    _: Session,
    Query(begun): Query<Begun>,
) -> Answer<Json<Vec<Emoji>>> {
    if begun.name.is_empty() {
        return Err(Failure::invalid_url("name").into());
    }
    let found = app.store().read(move |rows| {
        emoji::search(rows, &begun.name, Place::Beginning, emoji::MOST_SUGGESTED)
    });
    Ok(Json(found.await?))
}

async fn by_name(
    State(app): State<App>,
    _: Session,
    Path(name): Path<String>,
) -> Answer<Json<Emoji>> {
    check_emoji_name(&name).map_err(|_| Failure::invalid_url("emoji_name"))?;
    Ok(Json(app.store().read(move |rows| emoji::by_name(rows, &name)).await?))
}

async fn by_names(
    State(app): State<App>,
    _: Session,
    Body(names): Body<Vec<String>>,
) -> Answer<Json<Vec<Emoji>>> {
    if names.len() > emoji::MOST_NAMES {
        return Err(Failure::invalid(
            "api.emoji.get_multiple_by_name_too_many.request_error",
            "Unable to get that many emoji by name. At most 200 can be asked for at once.",
        )
        .into());
    }
    let found =
        app.store().read(move |rows| emoji::by_names(rows, names.iter().map(String::as_str)));
    Ok(Json(found.await?))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Search {
    term: String,
    /// Some clients say it as a text.
    prefix_only: Value,
}

async fn search(
    State(app): State<App>,
    _: Session,
    Body(search): Body<Search>,
) -> Answer<Json<Vec<Emoji>>> {
    if search.term.is_empty() {
        return Err(Failure::invalid_body("term").into());
    }
    let only_begins = search.prefix_only == true || search.prefix_only == "true";
    let place = if only_begins { Place::Beginning } else { Place::Anywhere };
    let found = app
        .store()
        .read(move |rows| emoji::search(rows, &search.term, place, emoji::MOST_FOUND))
        .await?;
    Ok(Json(found))
}

async fn one(State(app): State<App>, _: Session, Ids([id]): Ids<1>) -> Answer<Json<Emoji>> {
    Ok(Json(app.store().read(move |rows| emoji::by_id(rows, id.thing())).await?))
}

async fn delete(State(app): State<App>, session: Session, Ids([id]): Ids<1>) -> Answer<Done> {
    let (caller, id) = (session.caller(), id.thing());
    let store = app.store();
    while !store.write(&[emoji::scope()], move |work| emoji::delete(work, &caller, id)).await? {}
    Ok(Done)
}

/// A picture never changes, and so its hash is its tag.
async fn image(
    State(app): State<App>,
    _: Session,
    Ids([id]): Ids<1>,
    headers: HeaderMap,
) -> Answer<Response> {
    let picture = app.store().read(move |rows| emoji::picture(rows, id.thing())).await?;
    let hash = Hash(picture.content);
    let tag = hash.to_string();
    let mut response = if matches_tag(&headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let bytes = app.blobs().bytes(hash).await?.ok_or_else(emoji::no_emoji)?;
        let mut response = bytes.into_response();
        set(&mut response, header::CONTENT_TYPE, &picture.mime_type)?;
        response
    };
    set(&mut response, header::CACHE_CONTROL, A_MONTH)?;
    set(&mut response, header::ETAG, &format!("\"{tag}\""))?;
    Ok(response)
}
