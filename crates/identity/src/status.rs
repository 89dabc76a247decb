//! What a person says of their own presence, and what that makes of it for others.

use std::collections::HashMap;

use fieldpost_access::{Caller, require_user};
use fieldpost_kernel::{
    Applied, Applying, Audience, Body, Change, Event, Failure, Features, Kind, Outcome, Rows,
    RowsExt, Shown, Work, events, params,
};
use fieldpost_log::ScopeKind;
use fieldpost_model::{Id, Millis, Status};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::account::site_scope;
use crate::presence::{Live, Presence};
use crate::target::{self, denied, facts_of};

/// One row for whoever ever said something; only what was said by hand counts after a restart.
const TABLES: &str = "
CREATE TABLE status (
    account_key INTEGER PRIMARY KEY,
    status TEXT NOT NULL,
    manual INTEGER NOT NULL,
    last_activity_at INTEGER NOT NULL,
    dnd_end INTEGER NOT NULL,
    previous TEXT NOT NULL
);
CREATE INDEX status_dnd ON status (dnd_end)";

/// Do-not-disturb times that end in one sweep.
const SWEPT: i64 = 200;

/// A person said what they are, or a time they had set is over.
#[derive(Debug, Serialize, Deserialize)]
pub struct StatusSet {
    status: String,
    manual: bool,
    /// In seconds, as the API has it.
    dnd_end: i64,
    /// What comes when that time is over.
    previous: String,
}

impl Body for StatusSet {
    const KIND: Kind = Kind::new(0x0130);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

pub(crate) fn register(features: &mut Features) {
    features.tables(TABLES);
    features.on(apply_set);
    features.show(show_set);
}

fn apply_set(set: &StatusSet, cx: &mut Applying<'_>) -> Outcome<Applied> {
    cx.rows.execute(
        "INSERT INTO status (account_key, status, manual, last_activity_at, dnd_end, previous) \
         SELECT key, CAST(?2 AS TEXT), CAST(?3 AS BIGINT), CAST(?4 AS BIGINT), \
         CAST(?5 AS BIGINT), CAST(?6 AS TEXT) FROM account WHERE id = ?1 \
         ON CONFLICT (account_key) DO UPDATE SET status = excluded.status, \
         manual = excluded.manual, last_activity_at = excluded.last_activity_at, \
         dnd_end = excluded.dnd_end, previous = excluded.previous",
        params![
            &cx.change.name.scope.id,
            &set.status,
            set.manual,
            cx.written_at(),
            set.dnd_end,
            &set.previous,
        ],
    )?;
    Ok(Applied::Done)
}

fn show_set(set: &StatusSet, change: &Change, _: &mut dyn Rows) -> Outcome<Shown> {
    Ok(changed(change.name.scope.id, &set.status).into())
}

/// The event by which a person's own clients learn of their status; others ask for it.
pub fn changed(person: Id, status: &str) -> Event {
    let data = json!({ "user_id": person, "status": status });
    Event::new(events::STATUS_CHANGE, Audience::user(person), data)
}

/// What stands by hand of a person.
#[derive(Debug, Clone)]
struct Kept {
    status: String,
    last_activity_at: Millis,
    dnd_end: i64,
}

/// What these people said of themselves that still stands.
fn kept(rows: &mut dyn Rows, people: &[Id], now: Millis) -> Outcome<HashMap<Id, Kept>> {
    let list: Vec<_> = people.iter().map(Into::into).collect();
    let found = rows.all_in(
        "SELECT account.id, status.status, status.last_activity_at, status.dnd_end \
         FROM status JOIN account ON account.key = status.account_key \
         WHERE status.manual = 1 AND (status.dnd_end = 0 OR status.dnd_end > ?1) \
         AND account.id IN ({in})",
        params![now / 1000],
        &list,
        |row| {
            let kept = Kept {
                status: row.text(1).to_owned(),
                last_activity_at: row.int(2),
                dnd_end: row.int(3),
            };
            (row.id(0), kept)
        },
    )?;
    Ok(found.into_iter().collect())
}

/// The status of people, in the order asked for: by hand before what their sockets tell.
pub fn of(
    rows: &mut dyn Rows,
    presence: &Presence,
    people: &[Id],
    now: Millis,
) -> Outcome<Vec<Status>> {
    let kept = kept(rows, people, now)?;
    let status = |id: &Id| {
        let (live, last_activity_at) = presence.of(*id);
        match kept.get(id) {
            Some(kept) => Status {
                user_id: *id,
                status: kept.status.clone(),
                manual: true,
                last_activity_at: kept.last_activity_at.max(last_activity_at),
                dnd_end_time: kept.dnd_end,
            },
            None => Status {
                user_id: *id,
                status: live.name().to_owned(),
                last_activity_at,
                ..Status::default()
            },
        }
    };
    Ok(people.iter().map(status).collect())
}

/// The status of one person; one who does not exist has none.
pub fn one(rows: &mut dyn Rows, presence: &Presence, person: Id, now: Millis) -> Outcome<Status> {
    if crate::account::by_id(rows, person)?.is_none() {
        return Err(Failure::not_found(
            "api.status.user_not_found.app_error",
            "There is no such person.",
        ));
    }
    Ok(of(rows, presence, &[person], now)?.pop().unwrap_or_default())
}

/// Everybody who is not offline.
pub fn everybody(rows: &mut dyn Rows, presence: &Presence, now: Millis) -> Outcome<Vec<Status>> {
    let mut people = rows.all(
        "SELECT account.id FROM status JOIN account ON account.key = status.account_key \
         WHERE status.manual = 1",
        &[],
        |row| row.id(0),
    )?;
    people.extend(presence.here());
    people.sort();
    people.dedup();
    of(rows, presence, &people, now)
}

/// What a person wants to be.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// `online`, `away`, `dnd` or `offline`.
    pub status: String,
    /// When do-not-disturb ends, in seconds; 0 for never.
    pub dnd_end: i64,
}

/// Sets a status by hand. `online` gives the choice back to the sockets.
pub fn set(
    work: &mut Work<'_>,
    presence: &Presence,
    caller: &Caller,
    person: Id,
    wish: &Wish,
) -> Outcome<()> {
    let user = target::own(work, person)?;
    require_user(caller, &facts_of(&user)).map_err(denied)?;
    if !["online", "away", "dnd", "offline"].contains(&wish.status.as_str()) {
        return Err(Failure::invalid_body("status"));
    }
    let busy = wish.status == "dnd";
    if wish.dnd_end < 0 || wish.dnd_end > (1 << 40) {
        return Err(Failure::invalid_body("dnd_end_time"));
    }
    let now = work.now();
    let before = of(work, presence, &[person], now)?.pop().unwrap_or_default();
    let set = StatusSet {
        status: wish.status.clone(),
        manual: wish.status != Live::Online.name(),
        dnd_end: if busy { wish.dnd_end - wish.dnd_end % 60 } else { 0 },
        previous: if busy { before.status } else { String::new() },
    };
    work.emit(site_scope(person), caller.user, &set)?;
    Ok(())
}

/// Whether a person said by hand what they are, so that their sockets do not decide.
pub fn is_manual(rows: &mut dyn Rows, person: Id, now: Millis) -> Outcome<bool> {
    Ok(kept(rows, &[person], now)?.contains_key(&person))
}

/// Whether any time of do-not-disturb is over that nobody ended yet.
pub fn any_over(rows: &mut dyn Rows, now: Millis) -> Outcome<bool> {
    let sql = "SELECT count(*) FROM status WHERE dnd_end > 0 AND dnd_end <= ?1";
    Ok(rows.count(sql, params![now / 1000])? > 0)
}

/// Ends the times of do-not-disturb that are over.
pub fn end_over(work: &mut Work<'_>) -> Outcome<()> {
    let now = work.now();
    let over = work.all(
        "SELECT account.id, status.previous FROM status \
         JOIN account ON account.key = status.account_key \
         WHERE status.dnd_end > 0 AND status.dnd_end <= ?1 LIMIT ?2",
        params![now / 1000, SWEPT],
        |row| (row.id(0), row.text(1).to_owned()),
    )?;
    for (person, status) in over {
        let set = StatusSet { status, manual: false, dnd_end: 0, previous: String::new() };
        work.emit(site_scope(person), Id::NONE, &set)?;
    }
    Ok(())
}
