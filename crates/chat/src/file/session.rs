//! Uploads that come in several requests.
//!
//! How much of one has come is what lies on disk, and nothing else: it is the one witness that a
//! crash cannot make wrong.

use fieldpost_access::{Caller, Permission, may_upload_file, require_system};
use fieldpost_kernel::{
    Applied, Applying, Body, Failure, FailureKind, Features, Kind, Outcome, Row, Rows, RowsExt,
    Work, params,
};
use fieldpost_log::{Scope, ScopeKind};
use fieldpost_model::{FileInfo, Id, Millis};
use serde::{Deserialize, Serialize};

use super::upload::{NewFile, authorise, put};
use crate::channel;
use crate::facts::{self, denied};

/// Rows of uploads that have begun and not ended. They are this site's own business.
const TABLES: &str = "
CREATE TABLE upload_session (
    id BLOB PRIMARY KEY,
    account BLOB NOT NULL,
    channel BLOB NOT NULL,
    name TEXT NOT NULL,
    size INTEGER NOT NULL,
    create_at INTEGER NOT NULL
);
CREATE INDEX upload_session_account ON upload_session (account)";

/// Uploads that one person may have under way.
const MOST_SESSIONS: usize = 100;

/// How long an upload may take: what has not come by then will not.
const LIFETIME: Millis = 7 * 24 * 60 * 60 * 1000;

/// Uploads that are given up in one go.
const SLICE: i64 = 100;

/// The smallest first part of what does not come whole, in bytes.
pub const SMALLEST_FIRST_PART: u64 = 5 * 1024 * 1024;

/// Somebody began an upload. Filed in the site's own scope under the upload's id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadBegun {
    /// Into which channel.
    pub channel: Id,
    /// The file's name.
    pub name: String,
    /// Its size when it is whole.
    pub size: u64,
    /// When.
    pub create_at: Millis,
}

impl Body for UploadBegun {
    const KIND: Kind = Kind::new(0x0610);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

/// An upload came to its end, or will not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadEnded;

impl Body for UploadEnded {
    const KIND: Kind = Kind::new(0x0611);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

pub(super) fn register(features: &mut Features) {
    features.tables(TABLES);
    features.on(apply_begun);
    features.on(apply_ended);
}

fn apply_begun(begun: &UploadBegun, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let size = i64::try_from(begun.size).map_err(Failure::internal)?;
    cx.rows.execute(
        "INSERT INTO upload_session (id, account, channel, name, size, create_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (id) DO NOTHING",
        params![
            &cx.change.name.scope.id,
            &cx.change.author,
            &begun.channel,
            &begun.name,
            size,
            begun.create_at,
        ],
    )?;
    Ok(Applied::Done)
}

fn apply_ended(_: &UploadEnded, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let id = cx.change.name.scope.id;
    cx.rows.execute("DELETE FROM upload_session WHERE id = ?1", params![&id])?;
    Ok(Applied::Done)
}

/// An upload under way, as clients are told of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UploadSession {
    /// Which.
    pub id: Id,
    /// Always `attachment`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// When it began.
    pub create_at: Millis,
    /// Whose.
    pub user_id: Id,
    /// Into which channel.
    pub channel_id: Id,
    /// The file's name.
    pub filename: String,
    /// Its size when it is whole.
    pub file_size: u64,
    /// How much of it is here; whoever presents it asks the disk.
    pub file_offset: u64,
    /// Always empty: it comes from no other site.
    pub remote_id: &'static str,
    /// Always empty, for the same reason.
    pub req_file_id: &'static str,
}

const COLUMNS: &str = "SELECT id, account, channel, name, size, create_at FROM upload_session";

fn session_of(row: &dyn Row) -> UploadSession {
    UploadSession {
        id: row.id(0),
        kind: "attachment",
        create_at: row.int(5),
        user_id: row.id(1),
        channel_id: row.id(2),
        filename: row.text(3).to_owned(),
        file_size: u64::try_from(row.int(4)).unwrap_or(0),
        file_offset: 0,
        remote_id: "",
        req_file_id: "",
    }
}

fn scope(id: Id) -> Scope {
    Scope::new(ScopeKind::Site, id)
}

fn by_id(rows: &mut dyn Rows, id: Id) -> Outcome<UploadSession> {
    rows.first(&format!("{COLUMNS} WHERE id = ?1"), params![&id], session_of)?
        .ok_or_else(|| Failure::not_found("app.upload.get.app_error", "Unable to find the upload."))
}

/// What a client wants to upload.
#[derive(Debug, Clone)]
pub struct NewUpload {
    /// Into which channel.
    pub channel: Id,
    /// The file's name, without any folder.
    pub name: String,
    /// Its size when it is whole.
    pub size: i64,
    /// The largest file there may be.
    pub most: u64,
}

/// Begins an upload.
pub fn begin(work: &mut Work<'_>, caller: &Caller, new: &NewUpload) -> Outcome<UploadSession> {
    let refuse = |id: &'static str, says: &'static str| Err(Failure::invalid(id, says));
    let size = u64::try_from(new.size).unwrap_or(0);
    if size > new.most {
        return Err(Failure::new(
            FailureKind::TooLarge,
            "api.upload.create.upload_too_large.app_error",
            "Unable to upload the file. It is larger than the server accepts.",
        ));
    }
    let found = facts::channel(work, caller, new.channel)?;
    if found.key == 0 {
        return refuse("app.upload.create.incorrect_channel_id.app_error", "No such channel.");
    }
    may_upload_file(caller, &found.facts).map_err(denied)?;
    if found.facts.require_live().is_err() {
        return refuse(
            "app.upload.create.cannot_upload_to_deleted_channel.app_error",
            "Cannot upload to an archived channel.",
        );
    }
    channel::enter(work, caller, &found)?;
    if size == 0 {
        return refuse("model.upload_session.is_valid.file_size.app_error", "Invalid file size.");
    }
    if new.name.is_empty() {
        return refuse("model.upload_session.is_valid.filename.app_error", "Invalid file name.");
    }
    give_up_the_oldest(work, caller.user)?;
    let id = work.random_id();
    let (channel, name, create_at) = (new.channel, new.name.clone(), work.now());
    work.emit(scope(id), caller.user, &UploadBegun { channel, name, size, create_at })?;
    by_id(work, id)
}

/// Whoever begins ever more uploads loses the oldest ones: those are not going on.
fn give_up_the_oldest(work: &mut Work<'_>, person: Id) -> Outcome<()> {
    let begun = work.all(
        "SELECT id FROM upload_session WHERE account = ?1 ORDER BY create_at DESC, id",
        params![&person],
        |row| row.id(0),
    )?;
    for id in begun.into_iter().skip(MOST_SESSIONS - 1) {
        work.emit(scope(id), person, &UploadEnded)?;
    }
    Ok(())
}

/// Whether some uploads will not go on.
pub fn has_stale(rows: &mut dyn Rows, now: Millis) -> Outcome<bool> {
    let sql = "SELECT count(*) FROM upload_session WHERE create_at < ?1";
    Ok(rows.count(sql, params![now - LIFETIME])? > 0)
}

/// Gives some uploads up that will not go on.
pub fn give_up_stale(work: &mut Work<'_>) -> Outcome<()> {
    let now = work.now();
    let stale = work.all(
        "SELECT id, account FROM upload_session WHERE create_at < ?1 ORDER BY create_at, id \
         LIMIT ?2",
        params![now - LIFETIME, SLICE],
        |row| (row.id(0), row.id(1)),
    )?;
    for (id, person) in stale {
        work.emit(scope(id), person, &UploadEnded)?;
    }
    Ok(())
}

/// Which of these uploads are not under way: what is on disk of them is of no more use.
pub fn ended(rows: &mut dyn Rows, ids: &[Id]) -> Outcome<Vec<Id>> {
    let list: Vec<_> = ids.iter().map(Into::into).collect();
    let sql = "SELECT id FROM upload_session WHERE id IN ({in})";
    let live = rows.all_in(sql, &[], &list, |row| row.id(0))?;
    Ok(ids.iter().filter(|id| !live.contains(id)).copied().collect())
}

/// An upload of the caller's own, or anybody's for administrators.
pub fn one(rows: &mut dyn Rows, caller: &Caller, id: Id) -> Outcome<UploadSession> {
    let session = by_id(rows, id)?;
    if session.user_id != caller.user {
        require_system(caller, Permission::ManageSystem).map_err(denied)?;
    }
    Ok(session)
}

/// An upload that the caller goes on with: their own, into a channel that still takes their files.
pub fn going_on(rows: &mut dyn Rows, caller: &Caller, id: Id) -> Outcome<UploadSession> {
    let session = by_id(rows, id)?;
    if session.user_id != caller.user {
        return Err(Failure::forbidden(Permission::UploadFile.name()));
    }
    authorise(rows, caller, session.channel_id)?;
    Ok(session)
}

/// A person's own uploads under way, oldest first.
pub fn of_person(rows: &mut dyn Rows, caller: &Caller, person: Id) -> Outcome<Vec<UploadSession>> {
    if person != caller.user {
        return Err(Failure::forbidden(Permission::EditOtherUsers.name()));
    }
    let sql = format!("{COLUMNS} WHERE account = ?1 ORDER BY create_at, id");
    rows.all(&sql, params![&person], session_of)
}

/// Ends an upload whose bytes are all here: the file is there, and the upload no more.
pub fn finish(work: &mut Work<'_>, caller: &Caller, id: Id, file: &NewFile) -> Outcome<FileInfo> {
    let session = going_on(work, caller, id)?;
    let into = authorise(work, caller, session.channel_id)?;
    let info = put(work, caller.user, into, file)?;
    work.emit(scope(id), caller.user, &UploadEnded)?;
    Ok(info)
}
