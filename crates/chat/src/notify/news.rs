//! What a mail tells somebody of posts that are still news to them.

use fieldpost_kernel::{Outcome, Row, Rows, RowsExt, params};
use fieldpost_model::{ChannelType, Id, Millis};

/// A post that is still news to somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// Which.
    pub post: Id,
    /// The post that its thread began with, or it itself.
    pub root: Id,
    /// Who wrote it, with the at-sign.
    pub author: String,
    /// Where: a channel's name, or empty for a direct conversation.
    pub place: String,
    /// The name of a team through which the reader gets there.
    pub team: String,
    /// What it says; of one with files alone, that it has some.
    pub message: String,
    /// When it was written.
    pub create_at: Millis,
}

/// Which of these posts are still news to somebody: neither deleted nor read, and in a channel that
/// they are in. In the order in which they came.
pub fn news(rows: &mut dyn Rows, person: Id, posts: &[Id]) -> Outcome<Vec<News>> {
    let list: Vec<_> = posts.iter().map(Into::into).collect();
    let mut found = rows.all_in(
        "SELECT post.key, post.id, root.id, author.username, channel.kind, channel.display_name, \
         team.name, (SELECT own.name FROM team own JOIN team_member t ON t.team_key = own.key \
           WHERE t.account_key = me.key AND t.delete_at = 0 AND own.delete_at = 0 \
           ORDER BY own.name LIMIT 1), \
         post.message, post.file_ids, post.create_at \
         FROM account me JOIN channel_member m ON m.account_key = me.key AND m.left_at = 0 \
         JOIN channel ON channel.key = m.channel_key AND channel.delete_at = 0 \
         JOIN post ON post.channel_key = channel.key AND post.delete_at = 0 \
         JOIN account author ON author.key = post.account_key \
         LEFT JOIN team ON team.key = channel.team_key \
         LEFT JOIN post root ON root.key = post.root_key AND post.root_key > 0 \
         LEFT JOIN thread_member t ON t.account_key = me.key AND t.channel_key = channel.key \
           AND t.root_key = post.root_key AND post.root_key > 0 \
         WHERE me.id = ?1 AND me.delete_at = 0 AND post.key > m.read_key \
         AND (t.read_key IS NULL OR post.key > t.read_key) AND post.id IN ({in})",
        params![&person],
        &list,
        |row| (row.int(0), news_of(row)),
    )?;
    found.sort_by_key(|(key, _)| *key);
    found.dedup_by_key(|(key, _)| *key);
    Ok(found.into_iter().map(|(_, news)| news).collect())
}

fn news_of(row: &dyn Row) -> News {
    let post = row.id(1);
    let kind = ChannelType::from_letter(row.text(4)).unwrap_or(ChannelType::Private);
    let own = if row.is_null(7) { "select_team" } else { row.text(7) };
    let message = match (row.text(8).is_empty(), row.text(9).is_empty()) {
        (true, false) => "(a file)",
        _ => row.text(8),
    };
    News {
        post,
        root: row.id(2).some().unwrap_or(post),
        author: format!("@{}", row.text(3)),
        place: if kind == ChannelType::Direct { String::new() } else { row.text(5).to_owned() },
        team: if row.is_null(6) { own.to_owned() } else { row.text(6).to_owned() },
        message: message.to_owned(),
        create_at: row.int(10),
    }
}
