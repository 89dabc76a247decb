//! The form of a post that is hashed: its replicated fields, and nothing that is only local.

use fieldpost_kernel::{Failure, Outcome, Rows, RowsExt, params};
use fieldpost_model::{Id, Millis};
use serde::Serialize;

/// Every replicated field of a post.
#[derive(Debug, Serialize)]
pub(super) struct Form<'a> {
    pub(super) id: Id,
    pub(super) author: Id,
    pub(super) root: Id,
    pub(super) create_at: Millis,
    pub(super) kind: &'a str,
    pub(super) message: &'a str,
    pub(super) props: &'a str,
    pub(super) files: &'a str,
    /// When it was last edited, and the version that stands.
    pub(super) edit: (Millis, i64, Id),
    pub(super) pinned: bool,
    /// When it was deleted, and by whom.
    pub(super) deletion: (Millis, Id),
}

impl Form<'_> {
    pub(super) fn encode(&self) -> Outcome<Vec<u8>> {
        postcard::to_stdvec(&("post", self)).map_err(Failure::internal)
    }
}

/// The form of the post of a key, as it stands.
pub(super) fn of(rows: &mut dyn Rows, key: i64) -> Outcome<Option<Vec<u8>>> {
    rows.first(
        "SELECT post.id, author.id, root.id, post.create_at, post.kind, post.message, post.props, \
         post.file_ids, post.edit_at, post.edit_stamp, post.edit_site, post.pinned, \
         post.delete_at, post.delete_by \
         FROM post JOIN account author ON author.key = post.account_key \
         LEFT JOIN post root ON root.key = post.root_key WHERE post.key = ?1",
        params![key],
        |row| {
            let form = Form {
                id: row.id(0),
                author: row.id(1),
                root: row.id(2),
                create_at: row.int(3),
                kind: row.text(4),
                message: row.text(5),
                props: row.text(6),
                files: row.text(7),
                edit: (row.int(8), row.int(9), row.id(10)),
                pinned: row.flag(11),
                deletion: (row.int(12), row.id(13)),
            };
            form.encode()
        },
    )?
    .transpose()
}
