//! What waits to be sent.
//!
//! Rows of the site's own database, written in the transaction of what a letter tells of: they
//! survive a restart, and no other site has them. They are no changes of the log, because rows that
//! are made again from the log must not send again what was sent.

use fieldpost_kernel::{Failure, FailureKind, Outcome, Rows, RowsExt, Work, params};
use fieldpost_model::{Id, Millis};
use serde::Serialize;

use crate::letter::{INVITATION, Letter, RESET, VERIFY, VERIFY_ASKED};
use crate::retry;

/// `due_at` is when a letter is tried next; whoever tries it moves that on first, so that of several
/// servers on one database one sends it. `failed_at` is when it was given up.
pub(crate) const TABLES: &str = "
CREATE TABLE outgoing_mail (
    key INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    letter TEXT NOT NULL,
    queued_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    failed_at INTEGER NOT NULL DEFAULT 0,
    error TEXT NOT NULL DEFAULT ''
);
CREATE INDEX outgoing_mail_due ON outgoing_mail (due_at) WHERE failed_at = 0;
CREATE INDEX outgoing_mail_failed ON outgoing_mail (failed_at) WHERE failed_at > 0;
CREATE TABLE mail_count (name TEXT PRIMARY KEY, total INTEGER NOT NULL)";

/// Letters that wait at most, beside those that warn somebody.
const MOST: i64 = 10_000;

/// Of them, those that anybody may have sent: strangers must not take the others' place.
const MOST_ANONYMOUS: i64 = 1000;

/// How long one that was given up is remembered.
const REMEMBERED: Millis = 30 * 24 * 60 * 60 * 1000;

/// Failures that are shown at most.
const SHOWN: i64 = 50;

/// Letters that were sent.
const SENT: &str = "sent";

/// Letters that were given up.
const GIVEN_UP: &str = "given_up";

/// Has a letter sent, once this transaction is committed; refuses it if too many wait.
pub fn put(work: &mut Work<'_>, letter: &Letter) -> Outcome<()> {
    if offer(work, letter)? {
        return Ok(());
    }
    // Of no kind that a database server's writer takes for its own trouble.
    Err(Failure::new(
        FailureKind::TooMany,
        "api.fieldpost.mail.full",
        "Too many mails wait to be sent. Try again later.",
    ))
}

/// Has a letter sent, once this transaction is committed, unless too many wait; gives whether it
/// goes. One that waits already is not sent twice. One that warns somebody goes however many wait.
pub fn offer(work: &mut Work<'_>, letter: &Letter) -> Outcome<bool> {
    let text = serde_json::to_string(letter).map_err(Failure::internal)?;
    let (waiting, same, anonymous) = work
        .first(
            "SELECT count(*), COALESCE(CAST(SUM(CASE WHEN letter = ?1 AND attempts = 0 THEN 1 \
             ELSE 0 END) AS BIGINT), 0), COALESCE(CAST(SUM(CASE WHEN kind IN (?2, ?3) THEN 1 \
             ELSE 0 END) AS BIGINT), 0) FROM outgoing_mail WHERE failed_at = 0",
            params![&text, RESET, VERIFY_ASKED],
            |row| (row.int(0), row.int(1), row.int(2)),
        )?
        .unwrap_or_default();
    if same > 0 {
        return Ok(true);
    }
    let full = waiting >= MOST || (letter.is_anonymous() && anonymous >= MOST_ANONYMOUS);
    if full && !letter.is_warning() {
        return Ok(false);
    }
    let (id, now) = (work.random_id(), work.now());
    work.execute(
        "INSERT INTO outgoing_mail (id, kind, letter, queued_at, due_at) \
         VALUES (?1, ?2, ?3, ?4, ?4)",
        params![&id, letter.kind(), &text, now],
    )?;
    Ok(true)
}

/// A letter whose turn it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    key: i64,
    /// The id of the mail that it becomes.
    pub id: Id,
    /// What it is about.
    pub letter: Letter,
    /// When it was to be sent first.
    pub queued_at: Millis,
    /// How often it was tried before.
    pub tried: i64,
}

/// Whether a letter's turn has come.
pub fn is_due(rows: &mut dyn Rows, now: Millis) -> Outcome<bool> {
    let sql = "SELECT count(*) FROM outgoing_mail WHERE failed_at = 0 AND due_at <= ?1";
    Ok(rows.count(sql, params![now])? > 0)
}

/// Takes the letter whose turn it is, for this server alone. If nothing more is heard of it, it is
/// tried again when it would be after a failure.
pub fn claim(work: &mut Work<'_>) -> Outcome<Option<Claimed>> {
    let now = work.now();
    let found = work.first(
        "SELECT key, id, letter, queued_at, due_at, attempts FROM outgoing_mail \
         WHERE failed_at = 0 AND due_at <= ?1 ORDER BY due_at, key LIMIT 1",
        params![now],
        |row| {
            let letter: Result<Letter, _> = serde_json::from_str(row.text(2));
            (row.int(0), row.id(1), letter, row.int(3), (row.int(4), row.int(5)))
        },
    )?;
    let Some((key, id, letter, queued_at, (due_at, attempts))) = found else { return Ok(None) };
    let taken = work.execute(
        "UPDATE outgoing_mail SET attempts = attempts + 1, due_at = ?3 \
         WHERE key = ?1 AND due_at = ?2 AND failed_at = 0",
        params![key, due_at, now + retry::wait(attempts)],
    )?;
    if taken == 0 {
        return Ok(None);
    }
    match letter {
        Ok(letter) => Ok(Some(Claimed { key, id, letter, queued_at, tried: attempts })),
        Err(error) => {
            give_up(work, key, &error.to_string())?;
            Ok(None)
        }
    }
}

/// Notes that a letter was sent.
pub fn sent(work: &mut Work<'_>, claimed: &Claimed) -> Outcome<()> {
    drop_it(work, claimed)?;
    count(work, SENT)
}

/// Forgets a letter that has become pointless.
pub fn drop_it(work: &mut Work<'_>, claimed: &Claimed) -> Outcome<()> {
    work.execute("DELETE FROM outgoing_mail WHERE key = ?1", params![claimed.key])?;
    Ok(())
}

/// Notes that a letter could not be sent; gives whether it was given up.
pub fn failed(work: &mut Work<'_>, claimed: &Claimed, for_good: bool, why: &str) -> Outcome<bool> {
    if for_good || retry::is_hopeless(claimed.queued_at, work.now()) {
        give_up(work, claimed.key, why)?;
        return Ok(true);
    }
    let sql = "UPDATE outgoing_mail SET error = ?2 WHERE key = ?1";
    work.execute(sql, params![claimed.key, why])?;
    Ok(false)
}

fn give_up(work: &mut Work<'_>, key: i64, why: &str) -> Outcome<()> {
    let now = work.now();
    work.execute(
        "UPDATE outgoing_mail SET failed_at = ?2, error = ?3 WHERE key = ?1",
        params![key, now, why],
    )?;
    work.execute(
        "DELETE FROM outgoing_mail WHERE failed_at > 0 AND failed_at < ?1",
        params![now - REMEMBERED],
    )?;
    count(work, GIVEN_UP)
}

fn count(work: &mut Work<'_>, name: &str) -> Outcome<()> {
    work.execute(
        "INSERT INTO mail_count (name, total) VALUES (?1, 1) \
         ON CONFLICT (name) DO UPDATE SET total = mail_count.total + 1",
        params![name],
    )?;
    Ok(())
}

/// Forgets every invitation that waits.
pub fn cancel_invitations(work: &mut Work<'_>) -> Outcome<()> {
    let sql = "DELETE FROM outgoing_mail WHERE kind = ?1 AND failed_at = 0";
    work.execute(sql, params![INVITATION])?;
    Ok(())
}

/// Forgets every letter that waits to ask for the confirmation of an account's address.
pub fn cancel_verifications(work: &mut Work<'_>, account: Id) -> Outcome<()> {
    let waiting = work.all(
        "SELECT key, letter FROM outgoing_mail WHERE kind = ?1 AND failed_at = 0",
        params![VERIFY],
        |row| (row.int(0), serde_json::from_str(row.text(1)).ok()),
    )?;
    for (key, letter) in waiting {
        if matches!(letter, Some(Letter::Verify { account: of, .. }) if of == account) {
            work.execute("DELETE FROM outgoing_mail WHERE key = ?1", params![key])?;
        }
    }
    Ok(())
}

/// How mail goes, for administrators.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Status {
    /// Letters that wait.
    pub waiting: i64,
    /// When the one that waits longest was to be sent, or 0.
    pub oldest_at: Millis,
    /// What the server said last to one that waits; empty for nothing.
    pub last_error: String,
    /// Letters that were sent.
    pub sent: i64,
    /// Letters that were given up.
    pub given_up: i64,
    /// Those that were given up lately, the latest first.
    pub failures: Vec<Lost>,
}

/// A letter that was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lost {
    /// What kind it was.
    pub kind: String,
    /// When it was given up.
    pub failed_at: Millis,
    /// Why.
    pub error: String,
}

/// How mail goes.
pub fn status(rows: &mut dyn Rows) -> Outcome<Status> {
    let waiting =
        "SELECT count(*), COALESCE(MIN(queued_at), 0) FROM outgoing_mail WHERE failed_at = 0";
    let (waiting, oldest_at) =
        rows.first(waiting, &[], |row| (row.int(0), row.int(1)))?.unwrap_or_default();
    let last_error = rows.first(
        "SELECT error FROM outgoing_mail WHERE failed_at = 0 AND error <> '' \
         ORDER BY due_at DESC, key DESC LIMIT 1",
        &[],
        |row| row.text(0).to_owned(),
    )?;
    let mut total =
        |name: &str| rows.count("SELECT total FROM mail_count WHERE name = ?1", params![name]);
    let (sent, given_up) = (total(SENT)?, total(GIVEN_UP)?);
    let failures = rows.all(
        "SELECT kind, failed_at, error FROM outgoing_mail WHERE failed_at > 0 \
         ORDER BY failed_at DESC, key DESC LIMIT ?1",
        params![SHOWN],
        |row| Lost {
            kind: row.text(0).to_owned(),
            failed_at: row.int(1),
            error: row.text(2).to_owned(),
        },
    )?;
    let last_error = last_error.unwrap_or_default();
    Ok(Status { waiting, oldest_at, last_error, sent, given_up, failures })
}
