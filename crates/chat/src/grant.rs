//! Which site may say what somebody is in a place.

use fieldpost_kernel::{Applying, Outcome, RowsExt, params};
use fieldpost_log::ScopeKind;
use fieldpost_model::Id;

/// Whether the site that wrote a change may say which roles a person has in the place that the
/// change is filed under: the site where the person is at home, or where the place is. Any other
/// may bring somebody in, as an ordinary member: a peer makes nobody of ours an administrator.
///
/// Homes never change, so every site comes to the same verdict. A conversation is at home nowhere: it
/// may have been founded at two sites.
pub(crate) fn may_grant(cx: &mut Applying<'_>, place: &'static str, person: Id) -> Outcome<bool> {
    let writer = cx.change.name.site;
    let sql = format!(
        "SELECT account.home, {place}.home FROM account, {place} \
         WHERE account.id = ?1 AND {place}.id = ?2"
    );
    let here = cx.site;
    let may = cx.rows.first(&sql, params![&person, &cx.change.name.scope.id], |row| {
        let home = if row.is_null(0) { &here.0 } else { row.blob(0) };
        let is_place = cx.change.name.scope.kind != ScopeKind::Conversation;
        home == writer.0 || is_place && row.blob(1) == writer.0
    })?;
    Ok(may.unwrap_or(false))
}
