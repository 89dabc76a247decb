//! The forms of a bookmark that are hashed: its own, and that of its file.

use fieldpost_kernel::{Outcome, Rows, RowsExt, params};
use fieldpost_model::Id;

use crate::file;

/// The replicated fields of a bookmark, and those of its file if that has come; of one that was
/// deleted none.
pub(super) fn of(rows: &mut dyn Rows, id: Id) -> Outcome<Vec<Vec<u8>>> {
    let own = rows.first(
        "SELECT b.owner, b.file, b.display_name, b.link_url, b.image_url, b.emoji, b.original, \
         b.create_at, p.place FROM bookmark b \
         JOIN bookmark_place p ON p.channel_key = b.channel_key AND p.bookmark = b.id \
         WHERE b.id = ?1 AND b.delete_at = 0",
        params![&id],
        |row| {
            let texts = [row.text(2), row.text(3), row.text(4), row.text(5)];
            let ids = [row.id(0), row.id(1), row.id(6)];
            let numbers = (row.int(7), row.int(8));
            postcard::to_stdvec(&("bookmark", id, ids, texts, numbers)).unwrap_or_default()
        },
    )?;
    let Some(own) = own else { return Ok(Vec::new()) };
    let mut forms = file::of_bookmark(rows, id)?;
    forms.push(own);
    Ok(forms)
}
