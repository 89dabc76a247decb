//! Posts that are to be sent later: by their author's own site, once, whether they are there or not.

mod change;
pub mod send;

use std::collections::BTreeMap;

use fieldpost_access::{Caller, may_upload_file};
use fieldpost_kernel::{Failure, FailureKind, Features, Outcome, Row, Rows, RowsExt, Work, params};
use fieldpost_model::{Draft, Id, Millis, ScheduledPost};

use self::change::CLASS;
pub use self::change::{
    PostScheduled, ScheduledPostChanged, ScheduledPostFailed, ScheduledPostRemoved,
};
use super::{COLUMNS, Content, describe, fill, place, scope, validate};
use crate::facts::{self, denied};
use crate::post::priority::{self, Priority};
use crate::room;

/// How far in the past a time may be: clocks differ, and requests take their time.
const GRACE: Millis = 5_000;

/// The name under which posts of conversations are listed.
const CONVERSATIONS: &str = "directChannels";

/// One that is gone keeps its row, empty, so that an older change cannot bring it back.
const TABLES: &str = "
CREATE TABLE scheduled_post (
    key INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    account_key INTEGER NOT NULL,
    channel BLOB NOT NULL,
    root BLOB NOT NULL,
    message TEXT NOT NULL,
    kind TEXT NOT NULL,
    props TEXT NOT NULL,
    file_ids TEXT NOT NULL,
    priority TEXT NOT NULL,
    create_at INTEGER NOT NULL,
    update_at INTEGER NOT NULL,
    scheduled_at INTEGER NOT NULL,
    error_code TEXT NOT NULL DEFAULT '',
    removed INTEGER NOT NULL DEFAULT 0,
    stamp INTEGER NOT NULL,
    site BLOB NOT NULL
);
CREATE INDEX scheduled_post_due ON scheduled_post (scheduled_at) WHERE removed = 0;
CREATE INDEX scheduled_post_account ON scheduled_post (account_key)";

pub(super) fn register(features: &mut Features) {
    features.tables(TABLES);
    change::register(features);
}

/// A select of posts that are still to be sent, up to its conditions.
fn select() -> String {
    format!(
        "SELECT scheduled_post.id, account.id, scheduled_post.channel, scheduled_post.root, \
         scheduled_post.create_at, scheduled_post.update_at, scheduled_post.scheduled_at, \
         scheduled_post.error_code, scheduled_post.{} \
         FROM scheduled_post JOIN account ON account.key = scheduled_post.account_key",
        COLUMNS.replace(", ", ", scheduled_post.")
    )
}

/// The place of the first column behind those of [`select`].
const AFTER_COLUMNS: usize = 13;

fn scheduled_of(row: &dyn Row) -> ScheduledPost {
    let mut draft = Draft {
        user_id: row.id(1),
        channel_id: row.id(2),
        root_id: row.id(3),
        create_at: row.int(4),
        update_at: row.int(5),
        ..Draft::default()
    };
    describe(row, 8, &mut draft);
    ScheduledPost {
        id: row.id(0),
        draft,
        scheduled_at: row.int(6),
        processed_at: 0,
        error_code: row.text(7).to_owned(),
    }
}

fn find(rows: &mut dyn Rows, id: Id) -> Outcome<Option<ScheduledPost>> {
    let sql = format!("{} WHERE scheduled_post.id = ?1 AND scheduled_post.removed = 0", select());
    let mut found = rows.first(&sql, params![&id], scheduled_of)?;
    fill(rows, found.iter_mut().map(|post| &mut post.draft))?;
    Ok(found)
}

/// Keeps a post of the caller's for later.
pub fn create(
    work: &mut Work<'_>,
    caller: &Caller,
    new: &ScheduledPost,
    connection: Id,
) -> Outcome<ScheduledPost> {
    require_writable(work, caller, new)?;
    let sql = "SELECT count(*) FROM scheduled_post WHERE removed = 0 \
        AND account_key = (SELECT key FROM account WHERE id = ?1)";
    let kept = work.count(sql, params![&caller.user])?;
    room::require(kept, room::SCHEDULED, "scheduled posts")?;
    let scheduled = PostScheduled {
        channel: new.draft.channel_id,
        root: new.draft.root_id,
        content: Content::of(&new.draft)?,
        scheduled_at: new.scheduled_at,
        connection,
    };
    let id = work.emit(scope(caller.user), caller.user, &scheduled)?.derive(CLASS, 0);
    find(work, id)?.ok_or_else(|| Failure::internal("a scheduled post was not kept"))
}

/// Writes a post that is kept for later anew. Where it goes stays as it is.
pub fn update(
    work: &mut Work<'_>,
    caller: &Caller,
    (id, new): (Id, &ScheduledPost),
    connection: Id,
) -> Outcome<ScheduledPost> {
    let kept = own(
        work,
        caller,
        id,
        "app.update_scheduled_post.existing_scheduled_post.not_exist",
        "app.update_scheduled_post.update_permission.error",
    )?;
    let mut new = new.clone();
    new.draft.channel_id = kept.draft.channel_id;
    new.draft.root_id = kept.draft.root_id;
    new.draft.kind = kept.draft.kind;
    require_writable(work, caller, &new)?;
    let changed = ScheduledPostChanged {
        id,
        content: Content::of(&new.draft)?,
        scheduled_at: new.scheduled_at,
        connection,
    };
    work.emit(scope(caller.user), caller.user, &changed)?;
    find(work, id)?.ok_or_else(|| Failure::internal("a scheduled post was not kept"))
}

/// Throws away a post that is kept for later, and answers what it was.
pub fn delete(
    work: &mut Work<'_>,
    caller: &Caller,
    id: Id,
    connection: Id,
) -> Outcome<ScheduledPost> {
    let kept = own(
        work,
        caller,
        id,
        "app.delete_scheduled_post.existing_scheduled_post.not_exist",
        "app.delete_scheduled_post.delete_permission.error",
    )?;
    work.emit(scope(caller.user), caller.user, &ScheduledPostRemoved { id, connection })?;
    Ok(kept)
}

/// A post that the caller keeps for later, or the error for one that is not there or not theirs.
fn own(
    rows: &mut dyn Rows,
    caller: &Caller,
    id: Id,
    missing: &'static str,
    other: &'static str,
) -> Outcome<ScheduledPost> {
    let found = find(rows, id)?
        .ok_or_else(|| Failure::not_found(missing, "There is no such scheduled post."))?;
    if found.draft.user_id == caller.user {
        return Ok(found);
    }
    let says = "The scheduled post is another person's.";
    Err(Failure::new(FailureKind::Forbidden, other, says))
}

/// Refuses what its author could not send now, or at a time that is past.
fn require_writable(work: &mut Work<'_>, caller: &Caller, new: &ScheduledPost) -> Outcome<()> {
    let draft = &new.draft;
    let found =
        place(work, caller, draft.channel_id, "app.save_scheduled_post.channel_deleted.app_error")?;
    if !draft.file_ids.is_empty() {
        may_upload_file(caller, &found.facts).map_err(denied)?;
    }
    priority::require(Priority::asked(draft.priority.as_ref()).as_ref(), draft.root_id)?;
    if draft.priority.as_ref().is_some_and(|priority| priority.flash) {
        return Err(Failure::invalid(
            "api.fieldpost.flash.scheduled",
            "A FLASH message goes at once; it cannot be scheduled.",
        ));
    }
    validate(draft)?;
    if draft.message.is_empty() && draft.file_ids.is_empty() {
        return Err(Failure::invalid(
            "model.scheduled_post.is_valid.empty_post.app_error",
            "A scheduled post has a message or files.",
        ));
    }
    if new.scheduled_at < work.now() - GRACE {
        return Err(Failure::invalid(
            "model.scheduled_post.is_valid.scheduled_at.app_error",
            "A post can be scheduled for a time that is still to come.",
        ));
    }
    Ok(())
}

/// What the caller keeps for later in a team, and in conversations if that is wanted, by the time
/// at which it is to be sent.
pub fn of_team(
    rows: &mut dyn Rows,
    caller: &Caller,
    team: Id,
    conversations: bool,
) -> Outcome<BTreeMap<String, Vec<ScheduledPost>>> {
    facts::require_person_in_team(rows, caller, caller.user, team)?;
    let sql = format!(
        "{} JOIN channel ON channel.id = scheduled_post.channel \
         LEFT JOIN team ON team.key = channel.team_key \
         WHERE account.id = ?1 AND scheduled_post.removed = 0 \
         AND (team.id = ?2 OR (channel.team_key = 0 AND CAST(?3 AS BIGINT) = 1)) \
         ORDER BY scheduled_post.scheduled_at, scheduled_post.create_at, scheduled_post.key",
        select().replace(" FROM", ", channel.team_key FROM")
    );
    let mut found = rows.all(&sql, params![&caller.user, &team, conversations], |row| {
        (row.int(AFTER_COLUMNS) == 0, scheduled_of(row))
    })?;
    fill(rows, found.iter_mut().map(|(_, post)| &mut post.draft))?;
    let mut lists = BTreeMap::from([(team.to_string(), Vec::new())]);
    if conversations {
        lists.insert(CONVERSATIONS.to_owned(), Vec::new());
    }
    for (in_conversation, post) in found {
        let of = if in_conversation { CONVERSATIONS.to_owned() } else { team.to_string() };
        lists.entry(of).or_default().push(post);
    }
    Ok(lists)
}
