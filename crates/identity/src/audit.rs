//! Who did what to whose account, from where: kept for its owner and for administrators.
//!
//! It is a change like any other, so that what can be read here cannot be taken out of the log. It
//! never leaves the site.

use fieldpost_access::{Caller, Permission, require_system, require_user};
use fieldpost_kernel::{
    Applied, Applying, Body, Features, Kind, Outcome, Row, Rows, RowsExt, Work, at_most, params,
};
use fieldpost_log::ScopeKind;
use fieldpost_model::{Audit, Id};
use serde::{Deserialize, Serialize};

use crate::account::site_scope;
use crate::target::{any_for, denied, facts_of};

/// `about` is whose account it is, `author` who did it; nobody, for whoever was not let in.
const TABLES: &str = "
CREATE TABLE audit (
    key INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    account_key INTEGER NOT NULL,
    author BLOB NOT NULL,
    action TEXT NOT NULL,
    outcome TEXT NOT NULL,
    address TEXT NOT NULL,
    session BLOB NOT NULL,
    create_at INTEGER NOT NULL
);
CREATE INDEX audit_account ON audit (account_key, create_at, key);
CREATE INDEX audit_time ON audit (create_at, key)";

/// How many are kept of an account: the newest.
pub const MOST: i64 = 1000;

/// The class of the ids that they get from the changes that made them.
const CLASS: &str = "audit";

/// The longest action and outcome, in characters.
const LONGEST: usize = 256;

/// Something was done to an account, or somebody tried to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Noted {
    /// The operation, as its address.
    pub action: String,
    /// What came of it.
    pub outcome: String,
    /// From which address of the network; empty for the site's own socket.
    pub address: String,
    /// In which session; none for whoever had none.
    pub session: Id,
}

impl Body for Noted {
    const KIND: Kind = Kind::new(0x0170);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];

    fn fits(&self) -> bool {
        at_most(&self.action, LONGEST)
            && at_most(&self.outcome, LONGEST)
            && at_most(&self.address, 64)
    }
}

pub(crate) fn register(features: &mut Features) {
    features.tables(TABLES);
    features.on(apply_noted);
}

fn apply_noted(noted: &Noted, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let account = cx.change.name.scope.id;
    let sql = "SELECT key FROM account WHERE id = ?1";
    let Some(key) = cx.rows.first(sql, params![&account], |row| row.int(0))? else {
        return Ok(Applied::Waits(account));
    };
    let id = fieldpost_log::derive_id(CLASS, &cx.change.name, 0);
    cx.rows.execute(
        "INSERT INTO audit (id, account_key, author, action, outcome, address, session, create_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING",
        params![
            &id,
            key,
            &cx.change.author,
            &noted.action,
            &noted.outcome,
            &noted.address,
            &noted.session,
            cx.written_at(),
        ],
    )?;
    // The newest stay. Nothing of a site's own comes in another order than it was written.
    let oldest = cx.rows.first(
        "SELECT create_at, key FROM audit WHERE account_key = ?1 \
         ORDER BY create_at DESC, key DESC LIMIT 1 OFFSET ?2",
        params![key, MOST],
        |row| (row.int(0), row.int(1)),
    )?;
    if let Some((at, oldest)) = oldest {
        cx.rows.execute(
            "DELETE FROM audit WHERE account_key = ?1 AND (create_at, key) <= (?2, ?3)",
            params![key, at, oldest],
        )?;
    }
    Ok(Applied::Done)
}

/// Notes that somebody did something to an account.
pub fn note(work: &mut Work<'_>, account: Id, author: Id, noted: &Noted) -> Outcome<()> {
    let cut = |text: &str| text.chars().take(LONGEST).collect();
    let noted = Noted { action: cut(&noted.action), outcome: cut(&noted.outcome), ..noted.clone() };
    work.emit(site_scope(account), author, &noted)?;
    Ok(())
}

const COLUMNS: &str = "SELECT audit.id, account.id, audit.author, audit.action, audit.outcome, \
    audit.address, audit.session, audit.create_at \
    FROM audit JOIN account ON account.key = audit.account_key";

fn audit_of(row: &dyn Row) -> Audit {
    let (about, author, outcome, address) = (row.id(1), row.id(2), row.text(4), row.text(5));
    let extra_info = if author.is_none() && address.is_empty() {
        format!("{outcome}, on the server's own socket")
    } else if author.is_none() || author == about {
        outcome.to_owned()
    } else {
        format!("{outcome}, by {author}")
    };
    Audit {
        id: row.id(0),
        user_id: about,
        action: row.text(3).to_owned(),
        extra_info,
        ip_address: address.to_owned(),
        session_id: row.id(6),
        create_at: row.int(7),
    }
}

/// A page of what was done to an account, the newest first, as its owner or whoever may edit others
/// asks.
pub fn of_account(
    rows: &mut dyn Rows,
    caller: &Caller,
    account: Id,
    (offset, limit): (i64, i64),
) -> Outcome<Vec<Audit>> {
    let user = any_for(rows, caller, account)?;
    require_user(caller, &facts_of(&user)).map_err(denied)?;
    let sql = format!(
        "{COLUMNS} WHERE account.id = ?1 ORDER BY audit.create_at DESC, audit.key DESC \
         LIMIT ?2 OFFSET ?3"
    );
    rows.all(&sql, params![&account, limit, offset], audit_of)
}

/// A page of what was done to all accounts, the newest first.
pub fn all(
    rows: &mut dyn Rows,
    caller: &Caller,
    (offset, limit): (i64, i64),
) -> Outcome<Vec<Audit>> {
    require_system(caller, Permission::ReadAudits).map_err(denied)?;
    let sql = format!("{COLUMNS} ORDER BY audit.create_at DESC, audit.key DESC LIMIT ?1 OFFSET ?2");
    rows.all(&sql, params![limit, offset], audit_of)
}
