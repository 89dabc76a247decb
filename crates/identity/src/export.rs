//! Reading out accounts, a page at a time, as they are given to other servers.
//!
//! No password, session or token is among what is read here, nor any hash of one.

use fieldpost_kernel::{Outcome, Rows, RowsExt, params};
use fieldpost_model::{Id, Millis, StringMap};

/// An account, without anything that proves who somebody is.
#[derive(Debug, Clone)]
pub struct ExportedAccount {
    /// The key of its row.
    pub key: i64,
    /// Its id.
    pub id: Id,
    /// The name after the `@`.
    pub username: String,
    /// The address; empty if there is none.
    pub email: String,
    /// Display name.
    pub nickname: String,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// Job title.
    pub position: String,
    /// System roles.
    pub roles: String,
    /// Language tag.
    pub locale: String,
    /// When it was made.
    pub create_at: Millis,
    /// When it was deactivated, or 0.
    pub delete_at: Millis,
    /// Time zone settings.
    pub timezone: StringMap,
    /// Free public properties.
    pub props: StringMap,
    /// Set for a bot: who owns it, and what it is for.
    pub bot: Option<(Id, String)>,
}

/// A page of the accounts, in the order of their ids.
pub fn accounts(rows: &mut dyn Rows, after: Id, most: i64) -> Outcome<Vec<ExportedAccount>> {
    rows.all(
        "SELECT key, id, username, email, nickname, first_name, last_name, position, roles, \
         locale, create_at, delete_at, timezone, props, is_bot, bot_owner, bot_description \
         FROM account WHERE id > ?1 ORDER BY id LIMIT ?2",
        params![&after, most],
        |row| ExportedAccount {
            key: row.int(0),
            id: row.id(1),
            username: row.text(2).to_owned(),
            email: row.text(3).to_owned(),
            nickname: row.text(4).to_owned(),
            first_name: row.text(5).to_owned(),
            last_name: row.text(6).to_owned(),
            position: row.text(7).to_owned(),
            roles: row.text(8).to_owned(),
            locale: row.text(9).to_owned(),
            create_at: row.int(10),
            delete_at: row.int(11),
            timezone: serde_json::from_str(row.text(12)).unwrap_or_default(),
            props: serde_json::from_str(row.text(13)).unwrap_or_default(),
            bot: row.flag(14).then(|| (row.id(15), row.text(16).to_owned())),
        },
    )
}
