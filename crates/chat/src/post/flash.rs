//! Posts that go before everything else over links.
//!
//! To clients that know nothing of it such a post is urgent, and so it is to sites of older releases:
//! that it is more than that is a change of its own beside its priority.

use fieldpost_access::{Caller, may_send_flash};
use fieldpost_kernel::{
    Applied, Applying, Body, Failure, FailureKind, Features, Kind, Outcome, Precedence, Rows,
    RowsExt, Shape, Work, params,
};
use fieldpost_log::ScopeKind;
use fieldpost_model::{Id, Millis, Post};
use serde::{Deserialize, Serialize};

use crate::facts::{self, denied};

/// The time within which so many may be sent.
const HOUR: Millis = 60 * 60 * 1000;

/// `at` is when the post was written, and `account_key` by whom.
const TABLES: &str = "
CREATE TABLE flash (
    post_key INTEGER PRIMARY KEY,
    account_key INTEGER NOT NULL,
    at INTEGER NOT NULL
);
CREATE INDEX flash_by ON flash (account_key, at)";

/// The author of an urgent post said that it goes before everything else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostFlashed {
    /// Which.
    pub post: Id,
}

impl Body for PostFlashed {
    const KIND: Kind = Kind::new(0x0418);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Channel, ScopeKind::Conversation];
    const PRECEDES: bool = true;

    fn shape(&self) -> Shape {
        Shape { posts: vec![self.post], precedence: Precedence::Flash, ..Shape::default() }
    }
}

/// Nobody is told of it by itself: it comes with its post, and is told with it.
pub(super) fn register(features: &mut Features) {
    features.tables(TABLES);
    features.on(apply_flashed);
}

fn apply_flashed(said: &PostFlashed, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let found = cx.rows.first(
        "SELECT post.key, post.root_key, channel.id, author.id, author.key, post.create_at \
         FROM post JOIN channel ON channel.key = post.channel_key \
         JOIN account author ON author.key = post.account_key WHERE post.id = ?1",
        params![&said.post],
        |row| (row.int(0), row.int(1), (row.id(2), row.id(3)), (row.int(4), row.int(5))),
    )?;
    let Some((key, root_key, written, (account_key, at))) = found else {
        return Ok(Applied::Waits(said.post));
    };
    // A post that only claims the id gives way to the author's own once that comes.
    if written != (cx.change.name.scope.id, cx.change.author) {
        return Ok(Applied::Waits(said.post));
    }
    if root_key != 0 {
        return Ok(Applied::Done);
    }
    let before = standing(cx.rows, key)?;
    cx.rows.execute(
        "INSERT INTO flash (post_key, account_key, at) VALUES (?1, ?2, ?3) \
         ON CONFLICT (post_key) DO NOTHING",
        params![key, account_key, at],
    )?;
    let after = standing(cx.rows, key)?;
    cx.hash.replace(before, after);
    Ok(Applied::Done)
}

/// The form that is hashed of it for the post of a key, if both stand.
fn standing(rows: &mut dyn Rows, key: i64) -> Outcome<Option<Vec<u8>>> {
    let sql = "SELECT id FROM post WHERE key = ?1 AND delete_at = 0";
    let Some(post) = rows.first(sql, params![key], |row| row.id(0))? else { return Ok(None) };
    form(rows, key, post)
}

/// The form that is hashed of it, whether the post stands or not.
pub(super) fn form(rows: &mut dyn Rows, key: i64, post: Id) -> Outcome<Option<Vec<u8>>> {
    rows.first("SELECT 1 FROM flash WHERE post_key = ?1", params![key], |_| {
        postcard::to_stdvec(&("flash", post)).map_err(Failure::internal)
    })?
    .transpose()
}

/// Whether a client asks for it.
pub(crate) fn is_asked(new: &Post) -> bool {
    new.metadata.priority.as_ref().is_some_and(|priority| priority.flash)
}

/// Refuses it to whoever may not, where the site has none, and of a post that is not urgent.
pub(super) fn require(
    caller: &Caller,
    found: &facts::Channel,
    (new, per_hour): (&Post, u32),
) -> Outcome<()> {
    if !is_asked(new) {
        return Ok(());
    }
    if new.metadata.priority.as_ref().is_none_or(|priority| priority.priority != "urgent") {
        return Err(Failure::invalid_body("post.metadata.priority.flash"));
    }
    may_send_flash(caller, &found.facts).map_err(denied)?;
    if per_hour == 0 {
        return Err(Failure::new(
            FailureKind::Forbidden,
            "api.fieldpost.flash.none",
            "No FLASH messages are sent from here.",
        ));
    }
    Ok(())
}

/// Refuses one more to whoever sent as many as they may within an hour, and says when they may again.
pub(super) fn require_room(work: &mut Work<'_>, account_key: i64, per_hour: u32) -> Outcome<()> {
    let since = work.now() - HOUR;
    let filled = work.first(
        "SELECT at FROM flash WHERE account_key = ?1 AND at > ?2 ORDER BY at DESC LIMIT 1 OFFSET ?3",
        params![account_key, since, i64::from(per_hour) - 1],
        |row| row.int(0),
    )?;
    let Some(oldest) = filled else { return Ok(()) };
    let minutes = ((oldest - since) / 60_000 + 1).clamp(1, 60);
    Err(Failure::new(
        FailureKind::TooMany,
        "api.fieldpost.flash.too_many",
        format!(
            "You sent {per_hour} FLASH messages within an hour. You may send the next in {minutes} \
             min; until then, send it as urgent."
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// It is stored and travels: if this fails, the code is wrong.
    #[test]
    fn the_form_on_the_log() {
        assert_eq!(PostFlashed::KIND, Kind::new(0x0418));
        let said = PostFlashed { post: Id::from_bytes([9; 16]) };
        assert_eq!(postcard::to_stdvec(&said).unwrap(), [9; 16]);
        assert_eq!(said.shape().precedence, Precedence::Flash);
        assert!(Precedence::Flash > Precedence::Immediate);
    }
}
