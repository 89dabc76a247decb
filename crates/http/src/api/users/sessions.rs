//! The sessions of people.

use axum::extract::State;
use fieldpost_access::Permission;
use fieldpost_identity::account::site_scope;
use fieldpost_identity::session::{self, DeviceNote};
use fieldpost_kernel::{Failure, Outcome};
use fieldpost_model::{Id, Session as WireSession, StringMap};
use serde::Deserialize;

use crate::answer::{Answer, Done, Json};
use crate::app::App;
use crate::auth::Session;
use crate::origin::Origin;
use crate::request::{Body, Ids};
use crate::routes::Routes;

/// The longest push address of a device.
pub(super) const LONGEST_DEVICE: usize = 512;

pub(super) fn add(routes: &mut Routes) {
    routes.on("GET", "/api/v4/users/{user_id}/sessions", list);
    routes.on("POST", "/api/v4/users/{user_id}/sessions/revoke", revoke);
    routes.on("POST", "/api/v4/users/{user_id}/sessions/revoke/all", revoke_all);
    routes.on("POST", "/api/v4/users/sessions/revoke/all", revoke_everybodys);
    routes.on("PUT", "/api/v4/users/sessions/device", device);
}

async fn list(
    State(app): State<App>,
    session: Session,
    Ids([person]): Ids<1>,
) -> Answer<Json<Vec<WireSession>>> {
    let caller = session.caller();
    let (person, now) = (person.person(caller.user), app.now());
    let sessions = app
        .store()
        .read(move |rows| {
            session::require_own(rows, &caller, person)?;
            session::of_account(rows, person, now)
        })
        .await?;
    Ok(Json(sessions))
}

#[derive(Deserialize)]
struct Revoked {
    #[serde(default)]
    session_id: String,
}

async fn revoke(
    State(app): State<App>,
    session: Session,
    origin: Origin,
    Ids([person]): Ids<1>,
    Body(body): Body<Revoked>,
) -> Answer<Done> {
    let caller = session.caller();
    let person = person.person(caller.user);
    let ended: Id = body.session_id.parse().map_err(|_| Failure::invalid_body("session_id"))?;
    let by = origin.by(&session.0);
    app.store()
        .write(&[site_scope(person)], move |work| {
            session::revoke(work, &caller, person, ended)?;
            by.note(work, person, &format!("success - session_id={ended}"))
        })
        .await?;
    app.forget_sessions(person);
    Ok(Done)
}

async fn revoke_all(
    State(app): State<App>,
    session: Session,
    origin: Origin,
    Ids([person]): Ids<1>,
) -> Answer<Done> {
    let caller = session.caller();
    let person = person.person(caller.user);
    let by = origin.by(&session.0);
    app.store()
        .write(&[site_scope(person)], move |work| {
            session::revoke_all(work, &caller, person)?;
            by.note(work, person, "success")
        })
        .await?;
    app.forget_sessions(person);
    Ok(Done)
}

async fn revoke_everybodys(
    State(app): State<App>,
    session: Session,
    origin: Origin,
) -> Answer<Done> {
    let caller = session.caller();
    let by = origin.by(&session.0);
    let people = app
        .store()
        .write(&[], move |work| {
            let people = session::revoke_everybodys(work, &caller)?;
            people.iter().try_for_each(|person| by.note(work, *person, "success"))?;
            Ok(people)
        })
        .await?;
    people.into_iter().for_each(|person| app.forget_sessions(person));
    Ok(Done)
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Device {
    device_id: String,
    device_notification_disabled: String,
    mobile_version: String,
}

impl Device {
    fn note(self) -> Outcome<DeviceNote> {
        let mut props = StringMap::new();
        if self.device_id.len() > LONGEST_DEVICE {
            return Err(Failure::invalid_body("device_id"));
        }
        match self.device_notification_disabled.as_str() {
            "" => {}
            flag @ ("true" | "false") => {
                props.insert("device_notification_disabled".to_owned(), flag.to_owned());
            }
            _ => return Err(Failure::invalid_body("device_notification_disabled")),
        }
        if !self.mobile_version.is_empty() {
            if !is_version(&self.mobile_version) {
                return Err(Failure::invalid_body("mobile_version"));
            }
            props.insert("mobile_version".to_owned(), self.mobile_version);
        }
        let device = (!self.device_id.is_empty()).then_some(self.device_id);
        Ok(DeviceNote { device, props })
    }
}

/// Three numbers, and perhaps what comes after a `-` or `+`.
fn is_version(text: &str) -> bool {
    let core = text.split(['-', '+']).next().unwrap_or_default();
    let numbers: Vec<&str> = core.split('.').collect();
    let number = |part: &&str| part.len() <= 9 && part.parse::<u32>().is_ok();
    text.len() <= 64 && numbers.len() == 3 && numbers.iter().all(number)
}

async fn device(
    State(app): State<App>,
    session: Session,
    Body(body): Body<Device>,
) -> Answer<Done> {
    let note = body.note()?;
    let person = session.caller().user;
    let own = session.0.session;
    if own.is_oauth || own.props.get("type").is_some_and(|kind| kind == "UserAccessToken") {
        return Err(Failure::forbidden(Permission::EditOtherUsers.name()).into());
    }
    app.store().write(&[], move |work| session::set_device(work, &own, &note)).await?;
    app.forget_sessions(person);
    Ok(Done)
}
