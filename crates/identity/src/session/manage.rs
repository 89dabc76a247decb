//! What a person does with their sessions, and what becomes of them by themselves.

use fieldpost_access::{Caller, Permission, require_system, require_user};
use fieldpost_kernel::{
    Applied, Applying, Body, Failure, Features, Kind, Outcome, Rows, RowsExt, Work, params,
};
use fieldpost_log::ScopeKind;
use fieldpost_model::{Id, Millis, Session, StringMap};
use serde::{Deserialize, Serialize};

use super::{SessionsClosed, SignedIn, signed_in_of};
use crate::account::site_scope;
use crate::target::{self, denied, facts_of};

/// Sessions a person may have; beyond it the ones least recently used end.
const MOST: i64 = 500;

/// How old the time of last use may become before it is written again.
pub const TOUCH_EVERY: Millis = 5 * 60 * 1000;

/// A session was used.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SessionTouched {
    session: Id,
    at: Millis,
}

impl Body for SessionTouched {
    const KIND: Kind = Kind::new(0x0122);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

/// A session's device said more of itself.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct DeviceSet {
    session: Id,
    device: String,
    props: StringMap,
}

impl Body for DeviceSet {
    const KIND: Kind = Kind::new(0x0123);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

pub(super) fn register(features: &mut Features) {
    features.on(apply_touched);
    features.on(apply_device);
    features.show(|_: &DeviceSet, change, _| Ok(crate::show::stale(change)));
}

fn apply_touched(touched: &SessionTouched, cx: &mut Applying<'_>) -> Outcome<Applied> {
    cx.rows.execute(
        "UPDATE session SET last_activity_at = ?2 WHERE id = ?1 AND last_activity_at < ?2",
        params![&touched.session, touched.at],
    )?;
    Ok(Applied::Done)
}

fn apply_device(set: &DeviceSet, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let props = serde_json::to_string(&set.props).map_err(Failure::internal)?;
    cx.rows.execute(
        "UPDATE session SET device = ?2, props = ?3 WHERE id = ?1",
        params![&set.session, &set.device, &props],
    )?;
    Ok(Applied::Done)
}

/// Notes that a session is in use, for whoever looks at the list of them.
pub fn touch(work: &mut Work<'_>, account: Id, session: Id) -> Outcome<()> {
    let at = work.now();
    work.emit(site_scope(account), account, &SessionTouched { session, at })?;
    Ok(())
}

/// A device's words about itself; what it does not mention stays.
#[derive(Debug, Clone, Default)]
pub struct DeviceNote {
    /// Its push address.
    pub device: Option<String>,
    /// Whether it shows no notifications, and which version of the client it runs.
    pub props: StringMap,
}

/// Keeps what a session's device says of itself. One device has one session: others with the same
/// push address end.
pub fn set_device(work: &mut Work<'_>, session: &Session, note: &DeviceNote) -> Outcome<()> {
    let account = session.user_id;
    let mut props = session.props.clone();
    props.extend(note.props.clone());
    let device = note.device.clone().unwrap_or_else(|| session.device_id.clone());
    if note.device.is_some() {
        props.insert("isMobile".to_owned(), "true".to_owned());
        let others = work.all(
            "SELECT session.id FROM session JOIN account ON account.key = session.account_key \
             WHERE account.id = ?1 AND session.device = ?2 AND session.id <> ?3",
            params![&account, &device, &session.id],
            |row| row.id(0),
        )?;
        if !others.is_empty() {
            super::close(work, account, others)?;
        }
    }
    work.emit(site_scope(account), account, &DeviceSet { session: session.id, device, props })?;
    Ok(())
}

/// Ends every session of an account but one; all of them if that is none of its.
pub(crate) fn close_others(work: &mut Work<'_>, account: Id, kept: Id) -> Outcome<()> {
    let others: Vec<Id> = all_ids(work, account)?.into_iter().filter(|id| *id != kept).collect();
    if others.is_empty() {
        return Ok(());
    }
    work.emit(site_scope(account), account, &SessionsClosed { sessions: others })?;
    Ok(())
}

fn all_ids(rows: &mut dyn Rows, account: Id) -> Outcome<Vec<Id>> {
    rows.all(
        "SELECT session.id FROM session JOIN account ON account.key = session.account_key \
         WHERE account.id = ?1 ORDER BY session.last_activity_at",
        params![&account],
        |row| row.id(0),
    )
}

/// Ends the sessions a person has too many of, so that one more has room.
pub(super) fn make_room(work: &mut Work<'_>, account: Id) -> Outcome<()> {
    let count = work.count(
        "SELECT count(*) FROM session JOIN account ON account.key = session.account_key \
         WHERE account.id = ?1",
        params![&account],
    )?;
    if count < MOST {
        return Ok(());
    }
    let excess = usize::try_from(count - MOST + 1).unwrap_or_default();
    let oldest = all_ids(work, account)?.into_iter().take(excess).collect();
    super::close(work, account, oldest)
}

/// Refuses unless the caller may see and end the sessions of a person.
pub fn require_own(rows: &mut dyn Rows, caller: &Caller, account: Id) -> Outcome<()> {
    let user = target::own_for(rows, caller, account)?;
    require_user(caller, &facts_of(&user)).map_err(denied)
}

/// Ends one session of a person.
pub fn revoke(work: &mut Work<'_>, caller: &Caller, account: Id, session: Id) -> Outcome<()> {
    require_own(work, caller, account)?;
    if !all_ids(work, account)?.contains(&session) {
        return Err(Failure::invalid_url("user_id"));
    }
    super::close(work, account, vec![session])
}

/// Ends all sessions of a person.
pub fn revoke_all(work: &mut Work<'_>, caller: &Caller, account: Id) -> Outcome<()> {
    require_own(work, caller, account)?;
    super::close(work, account, Vec::new())
}

/// Ends everybody's sessions, the caller's own among them. Gives whose they were.
pub fn revoke_everybodys(work: &mut Work<'_>, caller: &Caller) -> Outcome<Vec<Id>> {
    require_system(caller, Permission::ManageSystem).map_err(denied)?;
    let people = work.all(
        "SELECT account.id FROM account WHERE EXISTS \
         (SELECT 1 FROM session WHERE session.account_key = account.key) ORDER BY account.key",
        &[],
        |row| row.id(0),
    )?;
    for person in &people {
        super::close(work, *person, Vec::new())?;
    }
    Ok(people)
}

/// The sessions and access tokens by which a person may act now, each as a request would find it.
pub fn live(rows: &mut dyn Rows, account: Id, now: Millis) -> Outcome<Vec<SignedIn>> {
    let mut live = rows.all(
        "SELECT session.id, session.create_at, session.expires_at, session.last_activity_at, \
         session.device, session.props, account.id, account.roles, account.username, \
         account.is_bot, account.delete_at, account.home, mfa.active \
         FROM session JOIN account ON account.key = session.account_key \
         LEFT JOIN mfa ON mfa.account_key = account.key \
         WHERE account.id = ?1 AND session.expires_at > ?2 AND account.delete_at = 0",
        params![&account, now],
        signed_in_of,
    )?;
    live.extend(crate::token::live(rows, account)?);
    Ok(live)
}
