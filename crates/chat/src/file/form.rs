//! The forms of files that are hashed.
//!
//! A file counts with the post it hangs on, or with the bookmark that it is. One that waits to be
//! posted is nobody's yet, and its smaller versions follow from its content.

use fieldpost_kernel::{Failure, Outcome, Row, Rows, RowsExt, params};
use fieldpost_model::Id;

const COLUMNS: &str = "file.id, account.id, file.create_at, file.name, file.extension, \
    file.mime_type, file.size, file.content, file.width, file.height, file.shows_preview";

/// The replicated fields of a file; `on` is the post it hangs on, or the bookmark that it is.
fn form(row: &dyn Row, on: Id) -> Outcome<Vec<u8>> {
    let texts = (row.text(3), row.text(4), row.text(5));
    let image = (row.int(8), row.int(9), row.flag(10));
    let content = (row.int(6), row.blob(7));
    postcard::to_stdvec(&("file", row.id(0), on, row.id(1), row.int(2), texts, content, image))
        .map_err(Failure::internal)
}

/// The forms of the files that hang on a post, whether the post stands or not.
pub(crate) fn forms(rows: &mut dyn Rows, post_key: i64, post: Id) -> Outcome<Vec<Vec<u8>>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM attachment JOIN post ON post.key = attachment.post_key \
         JOIN file ON file.id = attachment.file AND file.channel_key = post.channel_key \
         AND file.account_key = post.account_key \
         JOIN account ON account.key = file.account_key \
         WHERE attachment.post_key = ?1 AND attachment.removed_at = 0 AND file.bookmark = 0"
    );
    rows.all(&sql, params![post_key], |row| form(row, post))?.into_iter().collect()
}

/// The forms of the file that a bookmark is, if it has come: one for each who put it into the
/// bookmark's channel.
pub(crate) fn of_bookmark(rows: &mut dyn Rows, bookmark: Id) -> Outcome<Vec<Vec<u8>>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM bookmark b JOIN file ON file.id = b.file \
         AND file.channel_key = b.channel_key AND file.bookmark = 1 \
         JOIN account ON account.key = file.account_key WHERE b.id = ?1 AND b.delete_at = 0"
    );
    rows.all(&sql, params![&bookmark], |row| form(row, bookmark))?.into_iter().collect()
}

/// The forms of somebody's file in a channel: one for each post there that it hangs on, and one for
/// each bookmark there that it is.
pub(super) fn of_file(
    rows: &mut dyn Rows,
    id: Id,
    (channel_key, account_key): (i64, i64),
) -> Outcome<Vec<Vec<u8>>> {
    let sql = format!(
        "SELECT {COLUMNS}, post.id FROM file JOIN account ON account.key = file.account_key \
         JOIN attachment ON attachment.file = file.id AND attachment.removed_at = 0 \
         JOIN post ON post.key = attachment.post_key AND post.channel_key = file.channel_key \
         AND post.account_key = file.account_key \
         WHERE file.id = ?1 AND file.channel_key = ?2 AND file.account_key = ?3 \
         AND file.bookmark = 0 AND post.delete_at = 0"
    );
    let values = params![&id, channel_key, account_key];
    let mut forms = rows.all(&sql, values, |row| form(row, row.id(11)))?;
    let sql = format!(
        "SELECT {COLUMNS}, b.id FROM file JOIN account ON account.key = file.account_key \
         JOIN bookmark b ON b.channel_key = file.channel_key AND b.delete_at = 0 \
         AND b.file = file.id \
         WHERE file.id = ?1 AND file.channel_key = ?2 AND file.account_key = ?3 \
         AND file.bookmark = 1"
    );
    forms.extend(rows.all(&sql, values, |row| form(row, row.id(11)))?);
    forms.into_iter().collect()
}
