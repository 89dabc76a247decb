//! What is known of a post and of those whom it may concern.

use fieldpost_kernel::{Change, Outcome, Row, Rows, RowsExt, params};
use fieldpost_model::{Id, Millis, Props, StringMap};

use super::email::{PersonFacts, PostFacts};
use crate::post::PostWritten;
use crate::thread::COLLAPSED;

/// Somebody whom a post may concern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Who.
    pub person: Id,
    /// Which post.
    pub post: Id,
    /// What of it.
    pub about: PostFacts,
    /// What is known of them; their status is not.
    pub facts: PersonFacts,
    /// When this site first had the post.
    pub arrived_at: Millis,
    /// Whether it was written at another site, and took its time to come here.
    pub late: bool,
}

/// How much later than it was written a post of another site comes late.
const LATE: Millis = 60_000;

/// What of a post is looked at, and its keys.
struct Subject {
    key: i64,
    channel_key: i64,
    root_key: i64,
    author_key: i64,
    about: PostFacts,
    arrived_at: Millis,
    late: bool,
}

/// Those whom a new post may concern: whom it mentions, and who follows its thread. None for any
/// other change. Where addresses must be confirmed, an unconfirmed one is none.
pub fn candidates(rows: &mut dyn Rows, change: &Change, verifies: bool) -> Outcome<Vec<Candidate>> {
    let Some(written) = change.body::<PostWritten>() else { return Ok(Vec::new()) };
    if written.mentions.is_empty() && written.root.is_none() {
        return Ok(Vec::new());
    }
    let id = written.id(change);
    let imported = written.imported.as_ref().is_some_and(|imported| imported.create_at != 0);
    let Some(subject) = subject(rows, id, imported)? else { return Ok(Vec::new()) };
    let sql = format!(
        "{} AND account.key IN (SELECT account_key FROM mention WHERE post_key = ?1 \
         UNION SELECT account_key FROM thread_member \
           WHERE root_key = ?3 AND ?3 > 0 AND following = 1) ORDER BY account.key",
        select()
    );
    let place = params![subject.key, subject.channel_key, subject.root_key];
    rows.all(&sql, place, |row| candidate_of(row, id, &subject, verifies))
}

/// What is known of a post and somebody, whether it concerns them or not; none for who is not in
/// its channel. Whether it was imported is not known any more.
pub fn candidate(
    rows: &mut dyn Rows,
    post: Id,
    person: Id,
    verifies: bool,
) -> Outcome<Option<Candidate>> {
    let Some(subject) = subject(rows, post, false)? else { return Ok(None) };
    let place = params![subject.key, subject.channel_key, subject.root_key, &person];
    rows.first(&format!("{} AND account.id = ?4", select()), place, |row| {
        candidate_of(row, post, &subject, verifies)
    })
}

/// Asks for members of a channel and what they have to do with a post: its key, its channel's and
/// its root's are the first parameters.
fn select() -> String {
    format!(
        "SELECT account.id, account.home, account.is_bot, account.delete_at, account.email, \
         account.email_verified, account.notify_props, m.notify_props, account.key, \
         CASE WHEN EXISTS (SELECT 1 FROM mention WHERE mention.post_key = ?1 \
           AND mention.account_key = account.key) THEN 1 ELSE 0 END, \
         CASE WHEN EXISTS (SELECT 1 FROM thread_member t WHERE t.root_key = ?3 \
           AND t.account_key = account.key AND t.following = 1) THEN 1 ELSE 0 END, \
         CASE WHEN {COLLAPSED} THEN 1 ELSE 0 END, \
         (SELECT chosen.value FROM preference chosen WHERE chosen.account_key = account.key \
           AND chosen.category = 'notifications' AND chosen.name = 'email_interval'), \
         m.read_key FROM account JOIN channel_member m ON m.account_key = account.key \
         WHERE m.channel_key = ?2 AND m.left_at = 0"
    )
}

fn candidate_of(row: &dyn Row, post: Id, subject: &Subject, verifies: bool) -> Candidate {
    Candidate {
        person: row.id(0),
        post,
        about: subject.about,
        facts: facts_of(row, subject, verifies),
        arrived_at: subject.arrived_at,
        late: subject.late,
    }
}

fn subject(rows: &mut dyn Rows, id: Id, imported: bool) -> Outcome<Option<Subject>> {
    rows.first(
        "SELECT post.key, post.channel_key, post.root_key, post.account_key, post.kind, \
         post.delete_at, post.update_at, post.origin, post.create_at, channel.kind, \
         priority.level, post.props FROM post JOIN channel ON channel.key = post.channel_key \
         LEFT JOIN priority ON priority.post_key = post.key WHERE post.id = ?1",
        params![&id],
        |row| Subject {
            key: row.int(0),
            channel_key: row.int(1),
            root_key: row.int(2),
            author_key: row.int(3),
            about: PostFacts {
                imported,
                // An answer that is given automatically is a system post, too.
                automatic: row.text(4).starts_with("system_"),
                deleted: row.int(5) != 0,
                reply: row.int(2) != 0,
                group: row.text(9) == "G",
                urgent: row.text(10) == "urgent",
                forced: is_forced(row.text(11)),
            },
            arrived_at: row.int(6),
            late: !row.is_null(7) && row.int(6) - row.int(8) > LATE,
        },
    )
}

/// Whether the properties of a post ask that people are told whatever their settings.
fn is_forced(props: &str) -> bool {
    props.contains("force_notification")
        && serde_json::from_str::<Props>(props).is_ok_and(|props| {
            props.get("force_notification").is_some_and(|value| value.as_str() != Some(""))
        })
}

fn facts_of(row: &dyn Row, subject: &Subject, verifies: bool) -> PersonFacts {
    let map =
        |column: usize| -> StringMap { serde_json::from_str(row.text(column)).unwrap_or_default() };
    PersonFacts {
        remote: !row.is_null(1),
        bot: row.flag(2),
        deactivated: row.int(3) != 0,
        author: row.int(8) == subject.author_key,
        reachable: !row.text(4).is_empty() && (row.flag(5) || !verifies),
        mentioned: row.flag(9),
        follows: row.flag(10),
        collapsed: row.flag(11),
        status: String::new(),
        notify: map(6),
        channel: map(7),
        interval: row.text(12).to_owned(),
        read: row.int(13) >= subject.key,
    }
}
