//! Presence, and what people say of it.

use std::collections::HashSet;

use axum::extract::State;
use fieldpost_access::{Permission, require_system};
use fieldpost_chat::preference::recent;
use fieldpost_chat::{emoji, people};
use fieldpost_identity::status::{self, Wish};
use fieldpost_identity::update::{self, Patch};
use fieldpost_identity::{account, target};
use fieldpost_kernel::{Failure, Outcome};
use fieldpost_model::{Id, Millis, Status, StringMap, looks_like_id};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::answer::{Answer, Done, Json};
use crate::app::App;
use crate::auth::Session;
use crate::request::{Body, Ids};
use crate::routes::Routes;

/// People whose presence is asked for at once.
const MOST_ASKED: usize = 10_000;

/// The longest text of a custom status, in characters; more is cut.
const LONGEST_TEXT: usize = 100;

pub(super) fn add(routes: &mut Routes) {
    routes.on("GET", "/api/v4/users/{user_id}/status", one);
    routes.on("PUT", "/api/v4/users/{user_id}/status", set);
    routes.on("POST", "/api/v4/users/status/ids", by_ids);
    routes.on("PUT", "/api/v4/users/{user_id}/status/custom", set_custom);
    routes.on("DELETE", "/api/v4/users/{user_id}/status/custom", clear_custom);
    routes.on("DELETE", "/api/v4/users/{user_id}/status/custom/recent", forget_recent);
    routes.on("POST", "/api/v4/users/{user_id}/status/custom/recent/delete", forget_recent);
}

async fn one(
    State(app): State<App>,
    session: Session,
    Ids([person]): Ids<1>,
) -> Answer<Json<Status>> {
    let caller = session.caller();
    let person = person.person(caller.user);
    app.store().read(move |rows| people::require_visible(rows, &caller, person)).await?;
    Ok(Json(current(&app, person).await?))
}

async fn current(app: &App, person: Id) -> Outcome<Status> {
    let (presence, now) = (app.presence().clone(), app.now());
    app.store().read(move |rows| status::one(rows, &presence, person, now)).await
}

async fn by_ids(
    State(app): State<App>,
    session: Session,
    Body(ids): Body<Vec<String>>,
) -> Answer<Json<Vec<Status>>> {
    let well_formed = ids.iter().all(|id| looks_like_id(id));
    if ids.is_empty() || ids.len() > MOST_ASKED || !well_formed {
        return Err(Failure::invalid_body("user_ids").into());
    }
    let mut asked: Vec<Id> = ids.iter().filter_map(|id| id.parse().ok()).collect();
    let mut named = HashSet::new();
    asked.retain(|person| named.insert(*person));
    let (caller, presence, now) = (session.caller(), app.presence().clone(), app.now());
    let found = app.store().read(move |rows| {
        if require_system(&caller, Permission::ViewMembers).is_err() {
            let seen = people::visible_among(rows, &caller, &asked)?;
            asked.retain(|person| seen.contains(person));
        }
        status::of(rows, &presence, &asked, now)
    });
    Ok(Json(found.await?))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Set {
    user_id: Option<Id>,
    status: String,
    dnd_end_time: i64,
}

async fn set(
    State(app): State<App>,
    session: Session,
    Ids([person]): Ids<1>,
    Body(body): Body<Set>,
) -> Answer<Json<Status>> {
    let caller = session.caller();
    let person = person.person(caller.user);
    if body.user_id.is_some_and(|named| named != person) {
        return Err(Failure::invalid_body("user_id").into());
    }
    let online = body.status == "online";
    let wish = Wish { status: body.status, dnd_end: body.dnd_end_time };
    let presence = app.presence().clone();
    app.store()
        .write(&[], move |work| status::set(work, &presence, &caller, person, &wish))
        .await?;
    if online {
        app.presence().active(person, app.now());
    }
    Ok(Json(current(&app, person).await?))
}

/// A custom status, as the API keeps it in a property of the profile.
#[derive(Debug, Clone, Serialize, Deserialize, Default)]
#[serde(default)]
struct Custom {
    emoji: String,
    text: String,
    duration: String,
    expires_at: String,
}

impl Custom {
    /// The status as it is kept, if it is one.
    fn checked(mut self, now: Millis) -> Outcome<Self> {
        let invalid = || {
            Failure::invalid(
                "api.custom_status.set_custom_statuses.update.app_error",
                "That is not a custom status.",
            )
        };
        self.text = self.text.chars().take(LONGEST_TEXT).collect();
        self.emoji = self.emoji.trim_matches(':').to_owned();
        if self.text.is_empty() && self.emoji.is_empty() {
            return Err(invalid());
        }
        if self.emoji.is_empty() {
            "speech_balloon".clone_into(&mut self.emoji);
        }
        fieldpost_text::name::check_emoji_name(&self.emoji).map_err(|_| invalid())?;
        let ends = utc_millis(&self.expires_at);
        let ends_later = ends.is_some_and(|ends| ends > now);
        let never = self.expires_at.is_empty() || self.expires_at.starts_with("0001-01-01");
        let fits = match self.duration.as_str() {
            "" => never || ends_later,
            "thirty_minutes" | "one_hour" | "four_hours" | "today" | "this_week"
            | "date_and_time" => ends_later,
            _ => false,
        };
        if never {
            "0001-01-01T00:00:00Z".clone_into(&mut self.expires_at);
        }
        if fits { Ok(self) } else { Err(invalid()) }
    }
}

/// The time of an RFC 3339 text, if it is one.
fn utc_millis(text: &str) -> Option<Millis> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let marks = text.get(4..5)? == "-" && text.get(7..8)? == "-" && text.get(10..11)? == "T";
    let sane = (1..=12).contains(&month) && (1..=31).contains(&day);
    if !marks || !sane || text.len() > 40 || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let rest = text.get(19..)?.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
    let offset = match rest.get(..1)? {
        "Z" => 0,
        sign @ ("+" | "-") => {
            let (hours, minutes) = rest.get(1..)?.split_once(':')?;
            let (hours, minutes) = (hours.parse::<u8>().ok()?, minutes.parse::<u8>().ok()?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let offset = i64::from(hours) * 60 + i64::from(minutes);
            if sign == "+" { offset } else { -offset }
        }
        _ => return None,
    };
    // Days since 1970 of a date of the civil calendar, by years that begin in March.
    let shifted = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12;
    let days =
        365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + (month * 306 + 5) / 10 + day
            - 719_469;
    Some((((days * 24 + hour) * 60 + minute - offset) * 60 + second) * 1000)
}

async fn set_custom(
    State(app): State<App>,
    session: Session,
    Ids([person]): Ids<1>,
    Body(body): Body<Custom>,
) -> Answer<Done> {
    let custom = body.checked(app.now())?;
    keep_custom(&app, &session, person.person(session.caller().user), Some(custom)).await
}

async fn clear_custom(
    State(app): State<App>,
    session: Session,
    Ids([person]): Ids<1>,
) -> Answer<Done> {
    keep_custom(&app, &session, person.person(session.caller().user), None).await
}

async fn keep_custom(
    app: &App,
    session: &Session,
    person: Id,
    custom: Option<Custom>,
) -> Answer<Done> {
    let caller = session.caller();
    let scopes = [account::profile_scope(person), account::private_scope(person)];
    app.store()
        .write(&scopes, move |work| {
            let mut kept = String::new();
            if let Some(custom) = &custom {
                emoji::require(work, &custom.emoji)?;
                kept = serde_json::to_string(custom).map_err(Failure::internal)?;
            }
            let mut props: StringMap = target::own_for(work, &caller, person)?.props;
            props.insert("customStatus".to_owned(), kept);
            let patch = Patch { props: Some(props), ..Patch::default() };
            update::update(work, &caller, person, &patch, false)?;
            match &custom {
                Some(custom) => recent::note(work, caller.user, person, &as_json(custom)?),
                None => Ok(()),
            }
        })
        .await?;
    Ok(Done)
}

/// Says what the caller does, as a command has it; nothing takes it back.
pub(super) async fn say(app: &App, session: &Session, emoji: &str, text: &str) -> Answer<()> {
    let (emoji, text) = (emoji.to_owned(), text.to_owned());
    let said = !(emoji.is_empty() && text.is_empty());
    let custom = said.then(|| Custom { emoji, text, ..Custom::default() });
    let custom = custom.map(|custom| custom.checked(app.now())).transpose()?;
    keep_custom(app, session, session.caller().user, custom).await.map(drop)
}

fn as_json(custom: &Custom) -> Outcome<Value> {
    serde_json::to_value(custom).map_err(Failure::internal)
}

async fn forget_recent(
    State(app): State<App>,
    session: Session,
    Ids([person]): Ids<1>,
    Body(custom): Body<Custom>,
) -> Answer<Done> {
    let caller = session.caller();
    let person = person.person(caller.user);
    let custom = as_json(&custom)?;
    app.store()
        .write(&[account::private_scope(person)], move |work| {
            recent::forget(work, &caller, person, &custom)
        })
        .await?;
    Ok(Done)
}

#[cfg(test)]
mod tests {
    use super::utc_millis;

    #[test]
    fn times_are_read_with_their_offset() {
        assert_eq!(utc_millis("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(utc_millis("2026-03-01T12:30:05.250Z"), Some(1_772_368_205_000));
        assert_eq!(utc_millis("2024-02-29T00:00:00+02:00"), Some(1_709_157_600_000));
        for text in ["", "tomorrow", "2026-13-01T00:00:00Z", "2026-01-01T00:00:00", "2026-01-01"] {
            assert_eq!(utc_millis(text), None, "{text}");
        }
        for offset in ["+99999999999999999:00", "-24:00", "+00:60", "+-1:00"] {
            assert_eq!(utc_millis(&format!("2026-01-01T00:00:00{offset}")), None, "{offset}");
        }
    }
}
