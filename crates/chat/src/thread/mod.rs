//! Followed threads: who follows which, what of it they have read, and what they are told.
//!
//! A reply makes people follow its thread: its author, the root's author, whoever is mentioned in
//! either, and those who said so for the whole channel. That follows from the posts, and is never
//! written down by itself. What a person says of a thread, that they follow it, do not, or have read
//! it, are changes in their own scope, of which the newest stands.

mod change;
pub mod list;
pub(crate) mod member;
mod show;
pub mod update;

use fieldpost_kernel::{Failure, Features, Outcome, Rows, RowsExt, params};
use fieldpost_model::Id;

pub(crate) use self::change::LATEST;
pub use self::change::{ThreadFollowed, ThreadMarkedUnread, ThreadViewed, ThreadsViewed};
pub(crate) use self::show::{added as show_added, deleted as show_deleted};

pub(crate) fn register(features: &mut Features) {
    features.tables(member::TABLES);
    change::register(features);
}

/// Whether the person of the row `account` has threads collapsed: everybody who did not switch that
/// off for themselves.
pub(crate) const COLLAPSED: &str = "COALESCE((SELECT setting.value FROM preference setting \
    WHERE setting.account_key = account.key AND setting.category = 'display_settings' \
    AND setting.name = 'collapsed_reply_threads'), 'on') = 'on'";

/// Whether a person has threads collapsed.
pub(crate) fn is_collapsed(rows: &mut dyn Rows, person: Id) -> Outcome<bool> {
    let sql = format!("SELECT count(*) FROM account WHERE account.id = ?1 AND {COLLAPSED}");
    Ok(rows.count(&sql, params![&person])? > 0)
}

/// A thread that a person does not follow is none to them.
pub(crate) fn no_thread() -> Failure {
    Failure::not_found(
        "app.user.get_thread_membership_for_user.not_found",
        "The user does not follow that thread.",
    )
}
