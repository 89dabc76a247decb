//! From what the index found to what the caller is told.

use std::collections::{BTreeMap, HashMap};

use fieldpost_access::{Caller, may_read_channel};
use fieldpost_kernel::{Outcome, Rows, RowsExt, Value};
use fieldpost_model::{FileInfo, Id, Millis, PostList};
use fieldpost_search::Hit;
use serde::Serialize;

use crate::facts::{self, POLICY};
use crate::file;
use crate::post::{self, list, metadata};

/// The place of a post's key among its columns.
const KEY: usize = 19;

/// The posts that were found, as they are now, newest first. Those that the caller may not read or
/// that were deleted meanwhile are left out.
pub fn posts(rows: &mut dyn Rows, caller: &Caller, hits: &[Hit]) -> Outcome<PostList> {
    let keys: Vec<Value<'_>> = hits.iter().map(|hit| hit.key.into()).collect();
    let (columns, from) = (post::COLUMNS, post::FROM);
    let sql = format!("SELECT {columns} {from} WHERE post.key IN ({{in}}) AND post.delete_at = 0");
    let found = rows.all_in(&sql, &[], &keys, |row| (row.int(KEY), post::post_of(row)))?;
    let mut found: HashMap<i64, _> = found.into_iter().collect();
    let mut posts: Vec<_> = hits.iter().filter_map(|hit| found.remove(&hit.key)).collect();
    let readable = list::readable_among(rows, caller, &posts)?;
    posts.retain(|post| readable.get(&post.channel_id).copied().unwrap_or_default());
    metadata::fill(rows, caller, &mut posts)?;
    Ok(list::of(posts, Vec::new()))
}

/// Files in their order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct FoundFiles {
    /// The files, newest first.
    pub order: Vec<Id>,
    /// What they are.
    pub file_infos: BTreeMap<Id, FileInfo>,
    /// Always empty.
    pub next_file_info_id: Id,
    /// Always empty.
    pub prev_file_info_id: Id,
    /// Always 0: no history is hidden.
    pub first_inaccessible_file_time: Millis,
}

/// The files that were found, as they are now, newest first.
pub fn files(rows: &mut dyn Rows, caller: &Caller, hits: &[Hit]) -> Outcome<FoundFiles> {
    let keys: Vec<i64> = hits.iter().map(|hit| hit.key).collect();
    let mut found = file::by_keys(rows, &keys)?;
    let mut readable: HashMap<Id, bool> = HashMap::new();
    let mut files = FoundFiles::default();
    for key in keys {
        let Some(info) = found.remove(&key) else { continue };
        let may = match readable.get(&info.channel_id) {
            Some(may) => *may,
            None => {
                let channel = facts::channel(rows, caller, info.channel_id)?;
                let may = may_read_channel(caller, &POLICY, &channel.facts).is_ok();
                readable.insert(info.channel_id, may);
                may
            }
        };
        if may && !files.file_infos.contains_key(&info.id) {
            files.order.push(info.id);
            files.file_infos.insert(info.id, info);
        }
    }
    Ok(files)
}
