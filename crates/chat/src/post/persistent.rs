//! Urgent posts of which people are told again and again, until they react.
//!
//! Each site tells its own people. That somebody was told is a change of this site alone, so that
//! it is done once, by whichever server comes first, and goes on after a restart.

use fieldpost_kernel::{
    Applied, Applying, Body, Change, Features, Kind, Outcome, Rows, RowsExt, Shown, Work, params,
};
use fieldpost_log::{Scope, ScopeKind};
use fieldpost_model::{Id, Millis, StringMap};
use serde::{Deserialize, Serialize};

use super::change::MOST_MENTIONED;
use super::{locate, show};

/// `told` is how often people were told again, `last_at` when, or when the post was written. One
/// that came to its end keeps its row.
const TABLES: &str = "
CREATE TABLE persistent_notice (
    post_key INTEGER PRIMARY KEY,
    told INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    ended INTEGER NOT NULL
);
CREATE INDEX persistent_notice_due ON persistent_notice (last_at) WHERE ended = 0";

/// Posts that are looked up at once: where there are as many, there may be more.
pub const AT_ONCE: usize = 100;

/// What was taken over from elsewhere so long after it was written is history.
const STALE: Millis = 24 * 60 * 60 * 1000;

/// How often people are told again, and how many times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// The time between.
    pub interval: Millis,
    /// At most so often.
    pub times: i64,
}

/// People of this site were told again of a post, which is the scope's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersistentTold {
    /// The how manieth time it was.
    pub nth: i64,
    /// Who.
    pub people: Vec<Id>,
}

impl Body for PersistentTold {
    const KIND: Kind = Kind::new(0x0416);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];

    fn fits(&self) -> bool {
        self.nth > 0 && self.people.len() <= MOST_MENTIONED
    }
}

/// Nobody of this site is told again of a post, which is the scope's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersistentEnded {}

impl Body for PersistentEnded {
    const KIND: Kind = Kind::new(0x0417);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

pub(super) fn register(features: &mut Features) {
    features.tables(TABLES);
    features.on(apply_told);
    features.on(apply_ended);
    features.show(show_told);
}

/// Where it is written that people were told again of a post: whoever has this to themselves tells
/// them alone.
pub fn scope(post: Id) -> Scope {
    Scope::new(ScopeKind::Site, post)
}

/// Takes note of the post of a key, of which people are to be told again.
pub(super) fn begin(cx: &mut Applying<'_>, key: i64) -> Outcome<()> {
    cx.rows.execute(
        "INSERT INTO persistent_notice (post_key, told, last_at, ended) \
         SELECT post.key, 0, post.create_at, 0 FROM post \
         WHERE post.key = ?1 AND post.create_at > ?2 ON CONFLICT (post_key) DO NOTHING",
        params![key, cx.written_at() - STALE],
    )?;
    Ok(())
}

fn apply_told(told: &PersistentTold, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let post = cx.change.name.scope.id;
    let Some((key, _)) = locate(cx.rows, post)? else { return Ok(Applied::Waits(post)) };
    cx.rows.execute(
        "UPDATE persistent_notice SET told = ?2, last_at = ?3 WHERE post_key = ?1 AND told < ?2",
        params![key, told.nth, cx.written_at()],
    )?;
    Ok(Applied::Done)
}

fn apply_ended(_: &PersistentEnded, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let post = cx.change.name.scope.id;
    let Some((key, _)) = locate(cx.rows, post)? else { return Ok(Applied::Waits(post)) };
    let sql = "UPDATE persistent_notice SET ended = 1 WHERE post_key = ?1";
    cx.rows.execute(sql, params![key])?;
    Ok(Applied::Done)
}

fn show_told(told: &PersistentTold, change: &Change, rows: &mut dyn Rows) -> Outcome<Shown> {
    let events = show::again(rows, change.name.scope.id, &told.people)?;
    Ok(Shown { events, ..Shown::default() })
}

/// The next posts of which people may have to be told again.
pub fn due(rows: &mut dyn Rows, now: Millis, rule: &Rule) -> Outcome<Vec<Id>> {
    let most = i64::try_from(AT_ONCE).unwrap_or(i64::MAX);
    rows.all(
        "SELECT post.id FROM persistent_notice n JOIN post ON post.key = n.post_key \
         WHERE n.ended = 0 AND n.last_at <= ?1 ORDER BY n.last_at, n.post_key LIMIT ?2",
        params![now - rule.interval, most],
        |row| row.id(0),
    )
}

/// Tells those who have not reacted yet again of a post, or ends it. Whether that is still due is
/// found out here, in the transaction that does it. `status` says how somebody's presence is.
pub fn tell(
    work: &mut Work<'_>,
    post: Id,
    rule: &Rule,
    status: &dyn Fn(&mut dyn Rows, Id) -> Outcome<String>,
) -> Outcome<()> {
    let now = work.now();
    // To write a row as it is locks it, on an engine where others write meanwhile.
    let taken = work.execute(
        "UPDATE persistent_notice SET last_at = last_at WHERE ended = 0 AND last_at <= ?2 \
         AND post_key = (SELECT key FROM post WHERE id = ?1)",
        params![&post, now - rule.interval],
    )?;
    if taken == 0 {
        return Ok(());
    }
    let told = work.count(
        "SELECT told FROM persistent_notice n JOIN post ON post.key = n.post_key \
         WHERE post.id = ?1",
        params![&post],
    )?;
    let waiting = if told < rule.times { waiting(work, post)? } else { Vec::new() };
    if waiting.is_empty() {
        work.emit(scope(post), Id::NONE, &PersistentEnded {})?;
        return Ok(());
    }
    let mut people = Vec::new();
    for (person, wants) in waiting {
        let status = status(work, person)?;
        if wants && !["dnd", "ooo"].contains(&status.as_str()) {
            people.push(person);
        }
    }
    work.emit(scope(post), Id::NONE, &PersistentTold { nth: told + 1, people })?;
    Ok(())
}

/// The people of this site whom a post mentions and who have neither acknowledged it, nor replied
/// nor reacted to it; and whether each wants to be told on their desktop. None, once the post or its
/// place is gone.
fn waiting(rows: &mut dyn Rows, post: Id) -> Outcome<Vec<(Id, bool)>> {
    rows.all(
        "SELECT account.id, account.notify_props FROM post \
         JOIN priority ON priority.post_key = post.key AND priority.persistent = 1 \
         JOIN channel ON channel.key = post.channel_key AND channel.delete_at = 0 \
         LEFT JOIN team ON team.key = channel.team_key \
         JOIN mention ON mention.post_key = post.key \
         JOIN account ON account.key = mention.account_key AND account.home IS NULL \
           AND account.is_bot = 0 AND account.delete_at = 0 \
         JOIN channel_member m ON m.channel_key = channel.key AND m.account_key = account.key \
           AND m.left_at = 0 \
         WHERE post.id = ?1 AND post.delete_at = 0 AND account.key <> post.account_key \
         AND (team.key IS NULL OR team.delete_at = 0) \
         AND NOT EXISTS (SELECT 1 FROM acknowledgement a WHERE a.post_key = post.key \
           AND a.account_key = account.key AND a.withdrawn = 0) \
         AND NOT EXISTS (SELECT 1 FROM reaction r WHERE r.post_key = post.key \
           AND r.account_key = account.key AND r.removed = 0) \
         AND NOT EXISTS (SELECT 1 FROM post reply WHERE reply.root_key = post.key \
           AND reply.root_key > 0 AND reply.account_key = account.key AND reply.delete_at = 0) ORDER BY account.key",
        params![&post],
        |row| {
            let props: StringMap = serde_json::from_str(row.text(1)).unwrap_or_default();
            (row.id(0), props.get("desktop").is_none_or(|level| level != "none"))
        },
    )
}
