//! Pictures of people and icons of teams.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fieldpost_blobs::{Hash, Staged};
use fieldpost_chat::file::{icon, picture};
use fieldpost_identity::account;
use fieldpost_kernel::{Failure, FailureKind, Outcome};
use fieldpost_media::{Unreadable, letter};
use fieldpost_model::{Id, Millis};

use super::files::{Refusals, matches_tag, one_part, set, square};
use crate::answer::{Answer, Done};
use crate::app::App;
use crate::auth::Session;
use crate::request::Ids;
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    routes.on("GET", "/api/v4/users/{user_id}/image", portrait);
    routes.on("GET", "/api/v4/users/{user_id}/image/default", default_portrait);
    routes.on("POST", "/api/v4/users/{user_id}/image", set_portrait);
    routes.on("DELETE", "/api/v4/users/{user_id}/image", clear_portrait);
    routes.on("GET", "/api/v4/teams/{team_id}/image", team_icon);
    routes.on("POST", "/api/v4/teams/{team_id}/image", set_team_icon);
    routes.on("DELETE", "/api/v4/teams/{team_id}/image", clear_team_icon);
}

/// The side of every picture, in pixels.
const SIDE: u32 = 128;

const A_DAY: &str = "max-age=86400, private";
const FIVE_MINUTES: &str = "max-age=300, private";

fn png(bytes: Vec<u8>) -> Response {
    let png = HeaderValue::from_static("image/png");
    ([(header::CONTENT_TYPE, png)], bytes).into_response()
}

/// A picture under the tag of when it was set, for a day.
fn tagged(mut response: Response, at: Millis) -> Outcome<Response> {
    set(&mut response, header::CACHE_CONTROL, A_DAY)?;
    set(&mut response, header::ETAG, &at.to_string())?;
    Ok(response)
}

async fn find(app: &App, session: &Session, person: Id) -> Outcome<picture::Portrait> {
    let caller = session.caller();
    app.store().read(move |rows| picture::of(rows, &caller, person)).await
}

fn drawn(portrait: &picture::Portrait) -> Vec<u8> {
    letter(&portrait.person.to_string(), &portrait.username)
}

async fn portrait(
    State(app): State<App>,
    session: Session,
    Ids([person]): Ids<1>,
    headers: HeaderMap,
) -> Answer<Response> {
    let found = find(&app, &session, person.person(session.caller().user)).await?;
    if matches_tag(&headers, &found.at.to_string()) {
        return Ok(tagged(StatusCode::NOT_MODIFIED.into_response(), found.at)?);
    }
    let Some(content) = found.content else {
        return Ok(tagged(png(drawn(&found)), found.at)?);
    };
    if let Some(bytes) = app.blobs().bytes(Hash(content)).await? {
        return Ok(tagged(png(bytes), found.at)?);
    }
    // The picture of somebody from elsewhere may not have arrived: the letter stands in for it.
    let mut response = png(drawn(&found));
    set(&mut response, header::CACHE_CONTROL, FIVE_MINUTES)?;
    Ok(response)
}

async fn default_portrait(
    State(app): State<App>,
    session: Session,
    Ids([person]): Ids<1>,
) -> Answer<Response> {
    let found = find(&app, &session, person.person(session.caller().user)).await?;
    let mut response = png(drawn(&found));
    set(&mut response, header::CACHE_CONTROL, FIVE_MINUTES)?;
    Ok(response)
}

const PORTRAIT: Refusals = Refusals {
    missing: || {
        Failure::invalid(
            "api.user.upload_profile_user.no_file.app_error",
            "Unable to upload the profile image. There is no file under \"image\".",
        )
    },
    several: || {
        Failure::invalid(
            "api.user.upload_profile_user.array.app_error",
            "Unable to upload the profile image. There are several files under \"image\".",
        )
    },
    too_large: || {
        Failure::new(
            FailureKind::TooLarge,
            "api.user.upload_profile_user.too_large.app_error",
            "Unable to upload the profile image. The file is too large.",
        )
    },
};

async fn set_portrait(
    State(app): State<App>,
    session: Session,
    Ids([person]): Ids<1>,
    request: Request,
) -> Answer<Done> {
    let caller = session.caller();
    let person = person.person(caller.user);
    app.store().read(move |rows| picture::authorise(rows, &caller, person)).await?;
    let staged = one_part(&app, request, &PORTRAIT).await?;
    let made = squared(&app, staged, "api.user.upload_profile_user").await?;
    let content = app.blobs().put(&made).await?.0;
    app.store()
        .write(&[account::profile_scope(person)], move |work| {
            picture::authorise(work, &caller, person)?;
            let at = work.now();
            let standing = account::profile(work, person)?.and_then(|profile| profile.picture);
            if standing.is_some_and(|(same, at)| same == content && at > 0) {
                return Ok(());
            }
            let set = Some((content, at));
            account::describe(work, person, caller.user, |profile| profile.picture = set)
        })
        .await?;
    Ok(Done)
}

async fn clear_portrait(
    State(app): State<App>,
    session: Session,
    Ids([person]): Ids<1>,
) -> Answer<Done> {
    let caller = session.caller();
    let person = person.person(caller.user);
    app.store()
        .write(&[account::profile_scope(person)], move |work| {
            picture::authorise(work, &caller, person)?;
            // A negative time says that there is no picture, and since when.
            let cleared = Some(([0; 32], -work.now()));
            account::describe(work, person, caller.user, |profile| profile.picture = cleared)
        })
        .await?;
    Ok(Done)
}

/// The square PNG of what was sent; what it is refused with begins with the operation's name.
async fn squared(app: &App, staged: Staged, operation: &'static str) -> Outcome<Vec<u8>> {
    square(app, staged, SIDE).await?.map_err(|why| {
        let (ending, says) = match why {
            Unreadable::TooManyPixels => {
                ("check_image_limits", "The image has more pixels than the server accepts.")
            }
            Unreadable::NotAnImage => ("decode", "The image could not be decoded."),
        };
        Failure::new(FailureKind::Invalid, format!("{operation}.{ending}.app_error"), says)
    })
}

async fn team_icon(
    State(app): State<App>,
    session: Session,
    Ids([team]): Ids<1>,
    headers: HeaderMap,
) -> Answer<Response> {
    let caller = session.caller();
    let (content, at) =
        app.store().read(move |rows| icon::one(rows, &caller, team.thing())).await?;
    if matches_tag(&headers, &at.to_string()) {
        return Ok(tagged(StatusCode::NOT_MODIFIED.into_response(), at)?);
    }
    let bytes = app.blobs().bytes(Hash(content)).await?.ok_or_else(icon::no_icon)?;
    Ok(tagged(png(bytes), at)?)
}

/// Icons that are too large are refused as any other mistake, and not as 413.
const ICON: Refusals = Refusals {
    missing: || {
        Failure::invalid(
            "api.team.set_team_icon.no_file.app_error",
            "Unable to set the team icon. There is no file under \"image\".",
        )
    },
    several: || {
        Failure::invalid(
            "api.team.set_team_icon.array.app_error",
            "Unable to set the team icon. There are several files under \"image\".",
        )
    },
    too_large: || {
        Failure::invalid(
            "api.team.set_team_icon.too_large.app_error",
            "Unable to set the team icon. The file is too large.",
        )
    },
};

async fn set_team_icon(
    State(app): State<App>,
    session: Session,
    Ids([team]): Ids<1>,
    request: Request,
) -> Answer<Done> {
    let (caller, team) = (session.caller(), team.thing());
    app.store().read(move |rows| icon::authorise(rows, &caller, team)).await?;
    let staged = one_part(&app, request, &ICON).await?;
    let made = squared(&app, staged, "api.team.set_team_icon").await?;
    let content = Some(app.blobs().put(&made).await?.0);
    save_icon(&app, session, team, content).await
}

async fn clear_team_icon(
    State(app): State<App>,
    session: Session,
    Ids([team]): Ids<1>,
) -> Answer<Done> {
    save_icon(&app, session, team.thing(), None).await
}

async fn save_icon(
    app: &App,
    session: Session,
    team: Id,
    content: Option<[u8; 32]>,
) -> Answer<Done> {
    let caller = session.caller();
    let scopes = [fieldpost_chat::team::scope(team)];
    app.store().write(&scopes, move |work| icon::set(work, &caller, team, content)).await?;
    Ok(Done)
}
