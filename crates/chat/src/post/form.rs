//! The forms of a post that are hashed: its replicated fields, and nothing that is only local.
//!
//! What stands is hashed: a deleted post has no form, and nothing that hangs on it has one.

use fieldpost_kernel::{Failure, HashDelta, Outcome, Rows, RowsExt, params};
use fieldpost_model::{Id, Millis};
use serde::Serialize;

use super::{acknowledge, flash, priority, revision};
use crate::{file, reaction};

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
}

impl Form<'_> {
    pub(super) fn encode(&self) -> Outcome<Vec<u8>> {
        postcard::to_stdvec(&("post", self)).map_err(Failure::internal)
    }
}

/// The form of the post of a key by itself, if it stands.
pub(super) fn of(rows: &mut dyn Rows, key: i64) -> Outcome<Option<Vec<u8>>> {
    Ok(with_id(rows, key)?.map(|(_, form)| form))
}

fn with_id(rows: &mut dyn Rows, key: i64) -> Outcome<Option<(Id, Vec<u8>)>> {
    rows.first(
        "SELECT post.id, author.id, root.id, post.create_at, post.kind, post.message, post.props, \
         post.file_ids, post.edit_at, post.edit_stamp, post.edit_site, post.pinned \
         FROM post JOIN account author ON author.key = post.account_key \
         LEFT JOIN post root ON root.key = post.root_key \
         WHERE post.key = ?1 AND post.delete_at = 0",
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
            };
            form.encode().map(|encoded| (form.id, encoded))
        },
    )?
    .transpose()
}

/// The forms of the post of a key and of all that hangs on it, if it stands.
pub(super) fn whole(rows: &mut dyn Rows, key: i64) -> Outcome<Vec<Vec<u8>>> {
    let Some((post, form)) = with_id(rows, key)? else { return Ok(Vec::new()) };
    let mut forms = vec![form];
    forms.extend(revision::forms(rows, key)?);
    forms.extend(reaction::forms(rows, key, post)?);
    forms.extend(file::forms(rows, key, post)?);
    forms.extend(priority::form(rows, key, post)?);
    forms.extend(flash::form(rows, key, post)?);
    forms.extend(acknowledge::forms(rows, key, post)?);
    Ok(forms)
}

/// Replaces all that stood by all that stands now.
pub(super) fn replace(hash: &mut HashDelta, before: Vec<Vec<u8>>, mut after: Vec<Vec<u8>>) {
    for form in before {
        match after.iter().position(|other| *other == form) {
            Some(same) => drop(after.swap_remove(same)),
            None => hash.removed.push(form),
        }
    }
    hash.added.append(&mut after);
}
