//! What is noted of posts: how much they matter, and who acknowledged them.

use fieldpost_kernel::{Outcome, Rows, RowsExt, Value};
use fieldpost_model::{Millis, PostPriority};

/// How much a post matters.
#[derive(Debug, Clone)]
pub struct Prioritized {
    /// The key of the post's row.
    pub post_key: i64,
    /// As clients are told of it.
    pub priority: PostPriority,
}

/// That a person acknowledged a post.
#[derive(Debug, Clone)]
pub struct Acknowledgement {
    /// The key of the post's row.
    pub post_key: i64,
    /// The person's name.
    pub person: String,
    /// When.
    pub at: Millis,
}

/// How much the posts of these keys matter, where their authors said so.
pub fn priorities(rows: &mut dyn Rows, posts: &[i64]) -> Outcome<Vec<Prioritized>> {
    let list: Vec<Value<'_>> = posts.iter().map(|key| Value::Int(*key)).collect();
    let sql = "SELECT post_key, level, requested_ack, persistent, \
               EXISTS (SELECT 1 FROM flash WHERE flash.post_key = priority.post_key) \
               FROM priority WHERE post_key IN ({in})";
    rows.all_in(sql, &[], &list, |row| Prioritized {
        post_key: row.int(0),
        priority: PostPriority {
            priority: row.text(1).to_owned(),
            requested_ack: row.flag(2),
            persistent_notifications: row.flag(3),
            flash: row.flag(4) && row.text(1) == "urgent",
        },
    })
}

/// The acknowledgements of posts of these keys, by post, the oldest first.
pub fn acknowledgements(rows: &mut dyn Rows, posts: &[i64]) -> Outcome<Vec<Acknowledgement>> {
    let list: Vec<Value<'_>> = posts.iter().map(|key| Value::Int(*key)).collect();
    let sql = "SELECT acknowledgement.post_key, account.username, \
               acknowledgement.acknowledged_at FROM acknowledgement \
               JOIN account ON account.key = acknowledgement.account_key \
               WHERE acknowledgement.post_key IN ({in}) AND acknowledgement.withdrawn = 0";
    let mut found = rows.all_in(sql, &[], &list, |row| Acknowledgement {
        post_key: row.int(0),
        person: row.text(1).to_owned(),
        at: row.int(2),
    })?;
    found.sort_by(|a, b| (a.post_key, a.at, &a.person).cmp(&(b.post_key, b.at, &b.person)));
    Ok(found)
}
