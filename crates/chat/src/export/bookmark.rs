//! Bookmarks of channels and conversations.

use fieldpost_kernel::{Outcome, Row, Rows, RowsExt, Value, params};
use fieldpost_model::{Id, Millis};

use super::File;

/// A bookmark that stands.
#[derive(Debug, Clone)]
pub struct Bookmark {
    /// Whose it is: the person's name.
    pub owner: String,
    /// The name of its team; none in a conversation.
    pub team: String,
    /// The name of its channel; none in a conversation.
    pub channel: String,
    /// The change that made it: its site, that site's epoch, and its number there.
    pub origin: ([u8; 16], u64, u64),
    /// When it was made.
    pub create_at: Millis,
    /// What people read.
    pub display_name: String,
    /// Where the link leads.
    pub link_url: String,
    /// A picture for it.
    pub image_url: String,
    /// An emoji for it.
    pub emoji: String,
    /// The first of those that became this one.
    pub original: Id,
    /// Its place among the others.
    pub place: i64,
    /// The file that it is, if it is one, whether or not its description has come.
    pub file_id: Id,
    /// The file and who uploaded it, if it is one and that has come.
    pub file: Option<(String, File)>,
}

/// Those of a person's bookmarks that are in channels of teams, the oldest first.
pub fn bookmarks_of(rows: &mut dyn Rows, account_key: i64) -> Outcome<Vec<Bookmark>> {
    some(rows, "JOIN team ON team.key = channel.team_key", "account.key = ?1", params![account_key])
}

/// The bookmarks of a channel or a conversation, the oldest first.
pub fn bookmarks_in(rows: &mut dyn Rows, channel_key: i64) -> Outcome<Vec<Bookmark>> {
    some(
        rows,
        "LEFT JOIN team ON team.key = channel.team_key",
        "b.channel_key = ?1",
        params![channel_key],
    )
}

fn some(
    rows: &mut dyn Rows,
    team: &str,
    which: &str,
    values: &[Value<'_>],
) -> Outcome<Vec<Bookmark>> {
    let sql = format!(
        "SELECT b.key, account.username, COALESCE(team.name, ''), channel.name, b.origin_site, \
         b.origin_epoch, b.origin_sequence, b.create_at, b.display_name, b.link_url, b.image_url, \
         b.emoji, b.original, p.place, b.file \
         FROM bookmark b JOIN channel ON channel.key = b.channel_key {team} \
         JOIN bookmark_place p ON p.channel_key = b.channel_key AND p.bookmark = b.id \
         JOIN account ON account.id = b.owner \
         WHERE {which} AND b.delete_at = 0 ORDER BY b.create_at, b.id"
    );
    let found = rows.all(&sql, values, |row| (row.int(0), bookmark(row)))?;
    let mut whole = Vec::with_capacity(found.len());
    for (key, mut bookmark) in found {
        if !bookmark.file_id.is_none() {
            bookmark.file = file_of(rows, key)?;
        }
        whole.push(bookmark);
    }
    Ok(whole)
}

fn bookmark(row: &dyn Row) -> Bookmark {
    let number = |column| u64::from_be_bytes(row.int(column).to_be_bytes());
    let team = row.text(2).to_owned();
    // A conversation is known by its people.
    let channel = if team.is_empty() { String::new() } else { row.text(3).to_owned() };
    Bookmark {
        owner: row.text(1).to_owned(),
        team,
        channel,
        origin: (row.blob(4).try_into().unwrap_or_default(), number(5), number(6)),
        create_at: row.int(7),
        display_name: row.text(8).to_owned(),
        link_url: row.text(9).to_owned(),
        image_url: row.text(10).to_owned(),
        emoji: row.text(11).to_owned(),
        original: row.id(12),
        place: row.int(13),
        file_id: row.id(14),
        file: None,
    }
}

/// The file of the bookmark of a key, as the first who uploaded it did.
fn file_of(rows: &mut dyn Rows, bookmark_key: i64) -> Outcome<Option<(String, File)>> {
    rows.first(
        "SELECT account.username, file.id, file.create_at, file.name, file.content, file.width, \
         file.height, file.shows_preview FROM bookmark b \
         JOIN file ON file.id = b.file AND file.channel_key = b.channel_key AND file.bookmark = 1 \
         JOIN account ON account.key = file.account_key WHERE b.key = ?1 ORDER BY file.key LIMIT 1",
        params![bookmark_key],
        |row| {
            let file = File {
                post_key: 0,
                id: row.id(1),
                create_at: row.int(2),
                name: row.text(3).to_owned(),
                content: row.blob(4).try_into().unwrap_or_default(),
                size: (row.int(5), row.int(6)),
                preview: row.flag(7),
            };
            (row.text(0).to_owned(), file)
        },
    )
}
