//! Whom the name of a group mentions.

use fieldpost_kernel::{Outcome, Rows, RowsExt, Value, params};
use fieldpost_model::Id;

/// The people of the groups of these names who are in a channel, each beside the name.
pub(crate) fn members(
    rows: &mut dyn Rows,
    channel_key: i64,
    names: &[&str],
) -> Outcome<Vec<(String, Id)>> {
    let list: Vec<Value<'_>> = names.iter().map(|name| Value::from(*name)).collect();
    rows.all_in(
        "SELECT g.name, account.id FROM user_group g \
         JOIN user_group_member m ON m.group_key = g.key AND m.delete_at = 0 \
         JOIN channel_member c ON c.account_key = m.account_key AND c.left_at = 0 \
         JOIN account ON account.key = m.account_key AND account.delete_at = 0 \
         WHERE c.channel_key = ?1 AND g.delete_at = 0 AND g.name IN ({in})",
        params![channel_key],
        &list,
        |row| (row.text(0).to_owned(), row.id(1)),
    )
}
