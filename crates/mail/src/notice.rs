//! What people are to be told of by mail, gathered until it is time.
//!
//! One mail tells of everything that was gathered for somebody, however much that is: a thousand
//! posts that arrive from another site at once are one mail.

use std::collections::BTreeMap;

use fieldpost_kernel::{Outcome, Position, Rows, RowsExt, Work, params};
use fieldpost_model::{Id, Millis};

use crate::letter::Letter;
use crate::queue;

/// `due_at` is when somebody is told of a post at the latest. A follower reads the feed and writes
/// how far it came together with what it made of it.
pub(crate) const TABLES: &str = "
CREATE TABLE mail_notice (
    person BLOB NOT NULL,
    post BLOB NOT NULL,
    due_at INTEGER NOT NULL,
    PRIMARY KEY (person, post)
);
CREATE INDEX mail_notice_due ON mail_notice (due_at)";

/// The name of the follower that finds what people are to be told of.
const FOLLOWER: &str = "mail";

/// How long the mails of somebody are gathered who did not choose.
const USUAL: Millis = 15 * 60 * 1000;

/// How long they are gathered at least: a conversation is not one mail for each line.
const SHORTEST: Millis = 30 * 1000;

/// How long they are gathered at least once something comes late from another site: there is more
/// where it came from.
const LATE: Millis = 5 * 60 * 1000;

/// Posts that one mail speaks of at most. It shows fewer, and whoever is told of so many does not
/// count them.
const MOST_TOLD: usize = 1000;

/// People whose mail is made at once.
const AT_ONCE: i64 = 100;

/// How long somebody's mails are gathered: as they chose, in seconds.
pub fn gathered_for(interval: &str, late: bool) -> Millis {
    let chosen = interval.parse::<i64>().ok().filter(|seconds| (1..=86_400).contains(seconds));
    let least = if late { LATE } else { SHORTEST };
    chosen.map_or(USUAL, |seconds| seconds * 1000).max(least)
}

/// Somebody is to be told of a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Notice {
    /// Whom.
    pub person: Id,
    /// Of which post.
    pub post: Id,
    /// When at the latest.
    pub due_at: Millis,
}

/// How far the feed was read, if it was ever.
pub fn position(rows: &mut dyn Rows) -> Outcome<Option<Position>> {
    rows.first(
        "SELECT transaction_id, position FROM follower WHERE name = ?1",
        params![FOLLOWER],
        |row| Position { transaction: row.int(0), number: row.int(1) },
    )
}

/// Keeps what was found in a part of the feed, and how far that reaches. Where another server has
/// read that part already, nothing is kept.
pub fn keep(
    work: &mut Work<'_>,
    (from, to): (Option<Position>, Position),
    found: &[Notice],
) -> Outcome<()> {
    let touched = match from {
        Some(from) => work.execute(
            "UPDATE follower SET transaction_id = ?2, position = ?3 \
             WHERE name = ?1 AND transaction_id = ?4 AND position = ?5",
            params![FOLLOWER, to.transaction, to.number, from.transaction, from.number],
        )?,
        None => work.execute(
            "INSERT INTO follower (name, transaction_id, position) VALUES (?1, ?2, ?3) \
             ON CONFLICT (name) DO NOTHING",
            params![FOLLOWER, to.transaction, to.number],
        )?,
    };
    if touched == 0 {
        return Ok(());
    }
    for notice in found {
        work.execute(
            "INSERT INTO mail_notice (person, post, due_at) VALUES (?1, ?2, ?3) \
             ON CONFLICT (person, post) DO NOTHING",
            params![&notice.person, &notice.post, notice.due_at],
        )?;
    }
    Ok(())
}

/// Whether it is time to tell anybody.
pub fn is_due(rows: &mut dyn Rows, now: Millis) -> Outcome<bool> {
    Ok(rows.count("SELECT count(*) FROM mail_notice WHERE due_at <= ?1", params![now])? > 0)
}

/// Makes one letter of everything that was gathered for each of those who are to be told by now.
/// While too many letters wait they are not told; gives how many people that are.
pub fn gather(work: &mut Work<'_>) -> Outcome<usize> {
    let now = work.now();
    let due = work.all(
        "SELECT DISTINCT person FROM mail_notice WHERE due_at <= ?1 ORDER BY person LIMIT ?2",
        params![now, AT_ONCE],
        |row| row.id(0),
    )?;
    let mut gathered: BTreeMap<Id, Vec<Id>> = BTreeMap::new();
    for person in due {
        let mut posts = work.all(
            "DELETE FROM mail_notice WHERE person = ?1 RETURNING post",
            params![&person],
            |row| row.id(0),
        )?;
        posts.truncate(MOST_TOLD);
        gathered.insert(person, posts);
    }
    let mut untold = 0;
    for (account, posts) in gathered {
        // Another server may have been first.
        if !posts.is_empty() && !queue::offer(work, &Letter::News { account, posts })? {
            untold += 1;
        }
    }
    Ok(untold)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mails_are_gathered_as_chosen_and_never_one_for_each_line() {
        let seconds = |interval: &str, late| gathered_for(interval, late) / 1000;
        assert_eq!(seconds("", false), 900);
        assert_eq!(seconds("nonsense", false), 900);
        assert_eq!(seconds("30", false), 30);
        assert_eq!(seconds("1", false), 30);
        assert_eq!(seconds("3600", false), 3600);
        assert_eq!(seconds("99999999999", false), 900);
        assert_eq!(seconds("30", true), 300);
        assert_eq!(seconds("3600", true), 3600);
    }
}
