//! Drafts: one of each person for each channel and each thread, the same on all their devices.

use fieldpost_access::Caller;
use fieldpost_kernel::{
    Applied, Applying, Audience, Body, Change, Event, EventName, Failure, Features, Kind, Outcome,
    Row, Rows, RowsExt, Shown, Work, events, params, stamp_of,
};
use fieldpost_log::{Scope, ScopeKind, Stamp};
use fieldpost_model::{Draft, Id, Millis};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{COLUMNS, Content, describe, fill, place, scope, validate};
use crate::{facts, room};

/// A draft that was deleted keeps its row, empty, so that an older change cannot bring it back.
const TABLES: &str = "
CREATE TABLE draft (
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
    deleted INTEGER NOT NULL,
    stamp INTEGER NOT NULL,
    site BLOB NOT NULL,
    PRIMARY KEY (account_key, channel, root)
)";

/// A person wrote to a draft. The person is the scope's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftWritten {
    /// Where it is to go.
    pub channel: Id,
    /// The thread it is to go to, or none.
    pub root: Id,
    /// All that it says.
    pub content: Content,
    /// When it was begun; 0 for now.
    pub create_at: Millis,
    /// The connection that knows already, if any.
    pub connection: Id,
}

impl Body for DraftWritten {
    const KIND: Kind = Kind::new(0x0901);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Private];

    fn fits(&self) -> bool {
        self.content.fits()
    }
}

/// A person threw a draft away. The person is the scope's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftDeleted {
    /// Where it was to go.
    pub channel: Id,
    /// The thread it was to go to, or none.
    pub root: Id,
    /// Whether clients are not told.
    pub quiet: bool,
    /// The connection that knows already, if any.
    pub connection: Id,
}

impl Body for DraftDeleted {
    const KIND: Kind = Kind::new(0x0902);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Private];
}

pub(super) fn register(features: &mut Features) {
    features.tables(TABLES);
    features.replaces(|to: &DraftWritten, scope, rows| standing(rows, scope, to.channel, to.root));
    features.replaces(|to: &DraftDeleted, scope, rows| standing(rows, scope, to.channel, to.root));
    features.on(apply_written);
    features.on(apply_deleted);
    features.show(show_written);
    features.show(show_deleted);
}

/// The stamp of what was done last to a draft.
fn standing(rows: &mut dyn Rows, scope: Scope, channel: Id, root: Id) -> Outcome<Stamp> {
    let found = rows.first(
        "SELECT draft.stamp FROM draft JOIN account ON account.key = draft.account_key \
         WHERE account.id = ?1 AND draft.channel = ?2 AND draft.root = ?3",
        params![&scope.id, &channel, &root],
        |row| stamp_of(row.int(0)),
    )?;
    Ok(found.unwrap_or_default())
}

fn apply_written(written: &DraftWritten, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let begun = if written.create_at == 0 { cx.written_at() } else { written.create_at };
    apply((written.channel, written.root), &written.content, Some(begun), cx)
}

fn apply_deleted(deleted: &DraftDeleted, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let nothing = Content {
        message: String::new(),
        kind: String::new(),
        props: String::new(),
        files: Vec::new(),
        priority: None,
    };
    apply((deleted.channel, deleted.root), &nothing, None, cx)
}

/// Of all that was done to one draft the newest stands. `begun` is when it was; none for deleted.
fn apply(
    (channel, root): (Id, Id),
    content: &Content,
    begun: Option<Millis>,
    cx: &mut Applying<'_>,
) -> Outcome<Applied> {
    let person = cx.change.name.scope.id;
    let find = "SELECT key FROM account WHERE id = ?1";
    let Some(account) = cx.rows.first(find, params![&person], |row| row.int(0))? else {
        return Ok(Applied::Waits(person));
    };
    cx.rows.execute(
        "INSERT INTO draft (account_key, channel, root, message, kind, props, file_ids, priority, \
         create_at, update_at, deleted, stamp, site) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) \
         ON CONFLICT (account_key, channel, root) DO UPDATE SET message = excluded.message, \
         kind = excluded.kind, props = excluded.props, file_ids = excluded.file_ids, \
         priority = excluded.priority, create_at = excluded.create_at, \
         update_at = excluded.update_at, deleted = excluded.deleted, stamp = excluded.stamp, \
         site = excluded.site WHERE (draft.stamp, draft.site) < (excluded.stamp, excluded.site)",
        params![
            account,
            &channel,
            &root,
            &content.message,
            &content.kind,
            &content.props,
            &content.file_column(),
            &content.priority_column()?,
            begun.unwrap_or_default(),
            cx.written_at(),
            begun.is_none(),
            i64::from_be_bytes(cx.change.stamp.0.to_be_bytes()),
            &cx.change.name.site.0,
        ],
    )?;
    Ok(Applied::Done)
}

fn draft_of(row: &dyn Row) -> Draft {
    let mut draft = Draft {
        user_id: row.id(0),
        channel_id: row.id(1),
        root_id: row.id(2),
        create_at: row.int(3),
        update_at: row.int(4),
        ..Draft::default()
    };
    describe(row, 5, &mut draft);
    draft
}

/// A select of drafts that stand, up to its conditions.
fn select() -> String {
    format!(
        "SELECT account.id, draft.channel, draft.root, draft.create_at, draft.update_at, \
         draft.{} FROM draft JOIN account ON account.key = draft.account_key",
        COLUMNS.replace(", ", ", draft.")
    )
}

fn find(rows: &mut dyn Rows, person: Id, (channel, root): (Id, Id)) -> Outcome<Option<Draft>> {
    let sql = format!(
        "{} WHERE account.id = ?1 AND draft.channel = ?2 AND draft.root = ?3 AND draft.deleted = 0",
        select()
    );
    let mut found = rows.first(&sql, params![&person, &channel, &root], draft_of)?;
    fill(rows, found.iter_mut())?;
    Ok(found)
}

fn show_written(written: &DraftWritten, change: &Change, rows: &mut dyn Rows) -> Outcome<Shown> {
    let person = change.name.scope.id;
    match find(rows, person, (written.channel, written.root))? {
        Some(draft) => told(events::DRAFT_CREATED, &draft, written.connection),
        // It was thrown away meanwhile.
        None => Ok(Shown::default()),
    }
}

fn show_deleted(deleted: &DraftDeleted, change: &Change, _: &mut dyn Rows) -> Outcome<Shown> {
    if deleted.quiet {
        return Ok(Shown::default());
    }
    let draft = Draft {
        user_id: change.name.scope.id,
        channel_id: deleted.channel,
        root_id: deleted.root,
        ..Draft::default()
    };
    told(events::DRAFT_DELETED, &draft, deleted.connection)
}

fn told(name: EventName, draft: &Draft, connection: Id) -> Outcome<Shown> {
    let audience = Audience {
        user: draft.user_id,
        channel: draft.channel_id,
        omit_connection: connection,
        ..Audience::default()
    };
    let draft = serde_json::to_string(draft).map_err(Failure::internal)?;
    Ok(Event::new(name, audience, json!({ "draft": draft })).into())
}

/// Writes a draft of the caller's, or throws it away where it says nothing; then there is none to
/// answer.
pub fn write(
    work: &mut Work<'_>,
    caller: &Caller,
    new: &Draft,
    connection: Id,
) -> Outcome<Option<Draft>> {
    place(work, caller, new.channel_id, "api.draft.create_draft.can_not_draft_to_deleted.error")?;
    validate(new)?;
    let key = (new.channel_id, new.root_id);
    let earlier = find(work, caller.user, key)?;
    if new.message.is_empty() {
        if earlier.is_some() {
            let (channel, root) = key;
            let deleted = DraftDeleted { channel, root, quiet: true, connection };
            work.emit(scope(caller.user), caller.user, &deleted)?;
        }
        return Ok(None);
    }
    if earlier.is_none() {
        let sql = "SELECT count(*) FROM draft WHERE deleted = 0 \
            AND account_key = (SELECT key FROM account WHERE id = ?1)";
        room::require(work.count(sql, params![&caller.user])?, room::DRAFTS, "drafts")?;
    }
    let written = DraftWritten {
        channel: new.channel_id,
        root: new.root_id,
        content: Content::of(new)?,
        create_at: earlier.map_or(0, |earlier| earlier.create_at),
        connection,
    };
    work.emit(scope(caller.user), caller.user, &written)?;
    find(work, caller.user, key)
}

/// Throws a draft away. One that is not there is gone already.
pub fn delete(
    work: &mut Work<'_>,
    caller: &Caller,
    person: Id,
    (channel, root): (Id, Id),
    connection: Id,
) -> Outcome<()> {
    require_own(caller, person)?;
    if find(work, person, (channel, root))?.is_some() {
        let deleted = DraftDeleted { channel, root, quiet: false, connection };
        work.emit(scope(person), person, &deleted)?;
    }
    Ok(())
}

/// What somebody has not said yet is nobody else's business, administrators included.
fn require_own(caller: &Caller, person: Id) -> Outcome<()> {
    if person == caller.user && !person.is_none() {
        return Ok(());
    }
    Err(Failure::forbidden("delete_post"))
}

/// The caller's drafts of a team and of conversations, as far as they are still in these places,
/// the newest first.
pub fn of_team(rows: &mut dyn Rows, caller: &Caller, person: Id, team: Id) -> Outcome<Vec<Draft>> {
    require_own(caller, person)?;
    facts::require_person_in_team(rows, caller, person, team)?;
    let sql = format!(
        "{} JOIN channel ON channel.id = draft.channel \
         JOIN channel_member m ON m.channel_key = channel.key AND m.account_key = account.key \
         LEFT JOIN team ON team.key = channel.team_key \
         WHERE account.id = ?1 AND draft.deleted = 0 AND m.left_at = 0 \
         AND channel.delete_at = 0 AND (team.id = ?2 OR channel.team_key = 0) \
         ORDER BY draft.update_at DESC, draft.channel, draft.root",
        select()
    );
    let mut found = rows.all(&sql, params![&person, &team], draft_of)?;
    fill(rows, found.iter_mut())?;
    Ok(found)
}
