//! Groups: some people with a name, by which all of them are mentioned.
//!
//! They are this site's own business, and cross no link: whom a name meant is written into a post
//! where it is written.

mod change;
pub mod list;
pub mod member;
pub mod mention;
pub mod write;

use fieldpost_access::{Caller, GroupFacts, builtin, permissions_of};
use fieldpost_kernel::{Failure, Features, Outcome, Row, Rows, RowsExt, params};
use fieldpost_log::{Scope, ScopeKind};
use fieldpost_model::{Group, Id};

pub use self::change::{
    GroupArchived, GroupChanged, GroupMade, GroupMembersAdded, GroupMembersRemoved, GroupRestored,
};

/// A name stays a group's while it is archived, so that it can always be restored.
const TABLES: &str = "
CREATE TABLE user_group (
    key INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    name TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    description TEXT NOT NULL,
    create_at INTEGER NOT NULL,
    update_at INTEGER NOT NULL,
    delete_at INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE user_group_member (
    group_key INTEGER NOT NULL,
    account_key INTEGER NOT NULL,
    create_at INTEGER NOT NULL,
    delete_at INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (group_key, account_key)
);
CREATE INDEX user_group_member_account ON user_group_member (account_key)";

/// The source of a group that people made. No other is known here.
pub const CUSTOM: &str = "custom";

pub(crate) fn register(features: &mut Features) {
    features.tables(TABLES);
    change::register(features);
}

/// Where a site's groups are filed: all in one place, so that no two get one name at the same time.
pub fn scope() -> Scope {
    Scope::new(ScopeKind::Site, Id::from_bytes(*b"groups of a site"))
}

const COLUMNS: &str = "g.id, g.name, g.display_name, g.description, g.create_at, g.update_at, \
    g.delete_at";

fn group_of(row: &dyn Row) -> Group {
    Group {
        id: row.id(0),
        name: row.text(1).to_owned(),
        display_name: row.text(2).to_owned(),
        description: row.text(3).to_owned(),
        source: CUSTOM.to_owned(),
        remote_id: None,
        create_at: row.int(4),
        update_at: row.int(5),
        delete_at: row.int(6),
        has_syncables: false,
        allow_reference: true,
        member_count: None,
        member_ids: None,
    }
}

/// There is no such group.
pub fn no_group() -> Failure {
    Failure::not_found("app.group.no_rows", "There is no such group.")
}

/// A group, archived or not.
pub fn by_id(rows: &mut dyn Rows, id: Id) -> Outcome<Group> {
    let sql = format!("SELECT {COLUMNS} FROM user_group g WHERE g.id = ?1");
    rows.first(&sql, params![&id], group_of)?.ok_or_else(no_group)
}

/// The key of a group; 0 for one that does not exist or is archived.
pub fn key(rows: &mut dyn Rows, id: Id) -> Outcome<i64> {
    rows.count("SELECT key FROM user_group WHERE id = ?1 AND delete_at = 0", params![&id])
}

/// What decisions about a group need to know.
fn facts(rows: &mut dyn Rows, caller: &Caller, id: Id) -> Outcome<GroupFacts> {
    let belongs = rows.count(
        "SELECT count(*) FROM user_group_member m JOIN user_group g ON g.key = m.group_key \
         JOIN account ON account.key = m.account_key \
         WHERE g.id = ?1 AND account.id = ?2 AND m.delete_at = 0",
        params![&id, &caller.user],
    )?;
    let member = (belongs > 0).then(|| permissions_of("custom_group_user", builtin));
    Ok(GroupFacts { member })
}
