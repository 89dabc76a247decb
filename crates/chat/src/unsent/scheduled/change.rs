//! What can happen to a post that is to be sent later, what it means, and who is told.

use fieldpost_kernel::{
    Applied, Applying, Audience, Body, Change, Event, EventName, Failure, Features, Kind, Outcome,
    Rows, RowsExt, Shown, at_most, events, params, stamp_of,
};
use fieldpost_log::{ScopeKind, Stamp, derive_id};
use fieldpost_model::{Id, Millis, ScheduledPost};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::find;
use crate::unsent::Content;

/// The class of derived ids of posts that are to be sent later.
pub(super) const CLASS: &str = "scheduled post";

/// A person wrote a post that is to be sent later. The person is the scope's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostScheduled {
    /// Where it is to go.
    pub channel: Id,
    /// The thread it is to go to, or none.
    pub root: Id,
    /// All that it says.
    pub content: Content,
    /// When it is to be sent.
    pub scheduled_at: Millis,
    /// The connection that knows already, if any.
    pub connection: Id,
}

impl Body for PostScheduled {
    const KIND: Kind = Kind::new(0x0911);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Private];

    fn fits(&self) -> bool {
        self.content.fits()
    }
}

/// A person wrote such a post anew, or set another time for it; whatever kept it from being sent
/// is forgotten.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduledPostChanged {
    /// Which.
    pub id: Id,
    /// All that it says now.
    pub content: Content,
    /// When it is to be sent.
    pub scheduled_at: Millis,
    /// The connection that knows already, if any.
    pub connection: Id,
}

impl Body for ScheduledPostChanged {
    const KIND: Kind = Kind::new(0x0912);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Private];

    fn fits(&self) -> bool {
        self.content.fits()
    }
}

/// Such a post is there no more: it was sent, or its author wanted it no longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduledPostRemoved {
    /// Which.
    pub id: Id,
    /// The connection that knows already, if any.
    pub connection: Id,
}

impl Body for ScheduledPostRemoved {
    const KIND: Kind = Kind::new(0x0913);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Private];
}

/// Such a post could not be sent, and is not tried again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduledPostFailed {
    /// Which.
    pub id: Id,
    /// Why, by the API's name of it.
    pub error: String,
}

impl Body for ScheduledPostFailed {
    const KIND: Kind = Kind::new(0x0914);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Private];

    fn fits(&self) -> bool {
        at_most(&self.error, 64)
    }
}

pub(super) fn register(features: &mut Features) {
    features.replaces(|to: &ScheduledPostChanged, _, rows| standing(rows, to.id));
    features.replaces(|to: &ScheduledPostFailed, _, rows| standing(rows, to.id));
    features.on(apply_scheduled);
    features.on(apply_changed);
    features.on(apply_removed);
    features.on(apply_failed);
    features.show(|of: &PostScheduled, change: &Change, rows: &mut dyn Rows| {
        let id = derive_id(CLASS, &change.name, 0);
        show(events::SCHEDULED_POST_CREATED, id, of.connection, change, rows)
    });
    features.show(|of: &ScheduledPostChanged, change: &Change, rows: &mut dyn Rows| {
        show(events::SCHEDULED_POST_UPDATED, of.id, of.connection, change, rows)
    });
    features.show(|of: &ScheduledPostFailed, change: &Change, rows: &mut dyn Rows| {
        show(events::SCHEDULED_POST_UPDATED, of.id, Id::NONE, change, rows)
    });
    features.show(show_removed);
}

/// The stamp of what was written last of such a post.
fn standing(rows: &mut dyn Rows, id: Id) -> Outcome<Stamp> {
    let sql = "SELECT stamp FROM scheduled_post WHERE id = ?1";
    Ok(rows.first(sql, params![&id], |row| stamp_of(row.int(0)))?.unwrap_or_default())
}

fn apply_scheduled(written: &PostScheduled, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let person = cx.change.name.scope.id;
    let id = derive_id(CLASS, &cx.change.name, 0);
    let find = "SELECT key FROM account WHERE id = ?1";
    let Some(account) = cx.rows.first(find, params![&person], |row| row.int(0))? else {
        return Ok(Applied::Waits(person));
    };
    let content = &written.content;
    let made = cx.rows.execute(
        "INSERT INTO scheduled_post (id, account_key, channel, root, message, kind, props, \
         file_ids, priority, create_at, update_at, scheduled_at, stamp, site) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10, ?11, ?12, ?13) \
         ON CONFLICT (id) DO NOTHING",
        params![
            &id,
            account,
            &written.channel,
            &written.root,
            &content.message,
            &content.kind,
            &content.props,
            &content.file_column(),
            &content.priority_column()?,
            cx.written_at(),
            written.scheduled_at,
            i64::from_be_bytes(cx.change.stamp.0.to_be_bytes()),
            &cx.change.name.site.0,
        ],
    )?;
    if made > 0 {
        cx.created.push(id);
    }
    Ok(Applied::Done)
}

/// Whose a scheduled post is must be in the scope: nobody writes to another person's.
const OWN: &str = "id = ?1 AND account_key = (SELECT key FROM account WHERE id = ?2)";

/// Whether a scheduled post has come.
fn is_here(rows: &mut dyn Rows, id: Id) -> Outcome<bool> {
    Ok(rows.count("SELECT count(*) FROM scheduled_post WHERE id = ?1", params![&id])? > 0)
}

/// Of all that was written of it the newest stands.
fn apply_changed(changed: &ScheduledPostChanged, cx: &mut Applying<'_>) -> Outcome<Applied> {
    if !is_here(cx.rows, changed.id)? {
        return Ok(Applied::Waits(changed.id));
    }
    let content = &changed.content;
    cx.rows.execute(
        &format!(
            "UPDATE scheduled_post SET message = ?3, kind = ?4, props = ?5, file_ids = ?6, \
             priority = ?7, scheduled_at = ?8, update_at = ?9, error_code = '', stamp = ?10, \
             site = ?11 WHERE {OWN} AND removed = 0 AND (stamp, site) < (?10, ?11)"
        ),
        params![
            &changed.id,
            &cx.change.name.scope.id,
            &content.message,
            &content.kind,
            &content.props,
            &content.file_column(),
            &content.priority_column()?,
            changed.scheduled_at,
            cx.written_at(),
            i64::from_be_bytes(cx.change.stamp.0.to_be_bytes()),
            &cx.change.name.site.0,
        ],
    )?;
    Ok(Applied::Done)
}

/// Gone is gone, over whatever was written of it.
fn apply_removed(removed: &ScheduledPostRemoved, cx: &mut Applying<'_>) -> Outcome<Applied> {
    if !is_here(cx.rows, removed.id)? {
        return Ok(Applied::Waits(removed.id));
    }
    cx.rows.execute(
        &format!(
            "UPDATE scheduled_post SET removed = 1, message = '', props = '', file_ids = '', \
             priority = '', error_code = '', scheduled_at = 0, update_at = 0, stamp = 0 \
             WHERE {OWN}"
        ),
        params![&removed.id, &cx.change.name.scope.id],
    )?;
    Ok(Applied::Done)
}

fn apply_failed(failed: &ScheduledPostFailed, cx: &mut Applying<'_>) -> Outcome<Applied> {
    if !is_here(cx.rows, failed.id)? {
        return Ok(Applied::Waits(failed.id));
    }
    cx.rows.execute(
        &format!(
            "UPDATE scheduled_post SET error_code = ?3, update_at = ?4, stamp = ?5, site = ?6 \
             WHERE {OWN} AND removed = 0 AND (stamp, site) < (?5, ?6)"
        ),
        params![
            &failed.id,
            &cx.change.name.scope.id,
            &failed.error,
            cx.written_at(),
            i64::from_be_bytes(cx.change.stamp.0.to_be_bytes()),
            &cx.change.name.site.0,
        ],
    )?;
    Ok(Applied::Done)
}

fn show(
    name: EventName,
    id: Id,
    connection: Id,
    change: &Change,
    rows: &mut dyn Rows,
) -> Outcome<Shown> {
    let own = |post: &ScheduledPost| post.draft.user_id == change.name.scope.id;
    match find(rows, id)?.filter(own) {
        Some(post) => told(name, &post, connection),
        // It is gone by now.
        None => Ok(Shown::default()),
    }
}

/// Nothing is left of what was removed but where it was to go.
fn show_removed(
    removed: &ScheduledPostRemoved,
    change: &Change,
    rows: &mut dyn Rows,
) -> Outcome<Shown> {
    let person = change.name.scope.id;
    let place = rows.first(
        "SELECT scheduled_post.channel, scheduled_post.root FROM scheduled_post \
         JOIN account ON account.key = scheduled_post.account_key \
         WHERE scheduled_post.id = ?1 AND account.id = ?2",
        params![&removed.id, &person],
        |row| (row.id(0), row.id(1)),
    )?;
    let Some((channel, root)) = place else { return Ok(Shown::default()) };
    let mut post = ScheduledPost { id: removed.id, ..ScheduledPost::default() };
    (post.draft.user_id, post.draft.channel_id, post.draft.root_id) = (person, channel, root);
    told(events::SCHEDULED_POST_DELETED, &post, removed.connection)
}

fn told(name: EventName, post: &ScheduledPost, connection: Id) -> Outcome<Shown> {
    let audience = Audience { omit_connection: connection, ..Audience::user(post.draft.user_id) };
    let post = serde_json::to_string(post).map_err(Failure::internal)?;
    Ok(Event::new(name, audience, json!({ "scheduledPost": post })).into())
}
