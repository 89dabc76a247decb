//! A site's own terms of service, and who accepted which.
//!
//! They are the site's own business and cross no link: whoever is at home elsewhere signs in there.

use fieldpost_access::{Caller, Permission, require_system, require_user};
use fieldpost_kernel::{
    Applied, Applying, Body, Failure, Features, Kind, Outcome, Row, Rows, RowsExt, Work, at_most,
    params,
};
use fieldpost_log::{Scope, ScopeKind};
use fieldpost_model::{Id, TermsAcceptance, TermsOfService, User};
use serde::{Deserialize, Serialize};

use crate::account::site_scope;
use crate::target::{any_for, denied, facts_of};

/// Every text there ever was is kept: people accepted it. Of each person it is kept what they
/// accepted last.
const TABLES: &str = "
CREATE TABLE terms_of_service (
    key INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    author BLOB NOT NULL,
    text TEXT NOT NULL,
    create_at INTEGER NOT NULL
);
CREATE TABLE terms_accepted (
    account_key INTEGER PRIMARY KEY,
    terms BLOB NOT NULL,
    create_at INTEGER NOT NULL
)";

/// The class of the ids that texts get from the changes that made them.
const CLASS: &str = "terms of service";

/// The longest text, in characters.
const LONGEST_TEXT: usize = 16_383;

/// The site has these terms from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TermsMade {
    /// What they say.
    pub text: String,
}

impl Body for TermsMade {
    const KIND: Kind = Kind::new(0x1001);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];

    fn fits(&self) -> bool {
        at_most(&self.text, LONGEST_TEXT)
    }
}

/// A person accepted terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TermsAccepted {
    /// Which.
    pub terms: Id,
}

impl Body for TermsAccepted {
    const KIND: Kind = Kind::new(0x1002);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

/// A person refused terms: they have accepted none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TermsRefused {
    /// Which.
    pub terms: Id,
}

impl Body for TermsRefused {
    const KIND: Kind = Kind::new(0x1003);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

pub(crate) fn register(features: &mut Features) {
    features.tables(TABLES);
    features.on(apply_made);
    features.on(apply_accepted);
    features.on(apply_refused);
}

fn apply_made(made: &TermsMade, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let id = fieldpost_log::derive_id(CLASS, &cx.change.name, 0);
    cx.rows.execute(
        "INSERT INTO terms_of_service (id, author, text, create_at) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT DO NOTHING",
        params![&id, &cx.change.author, &made.text, cx.written_at()],
    )?;
    cx.created.push(id);
    Ok(Applied::Done)
}

fn apply_accepted(accepted: &TermsAccepted, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let account = cx.change.name.scope.id;
    let touched = cx.rows.execute(
        "INSERT INTO terms_accepted (account_key, terms, create_at) \
         SELECT key, CAST(?2 AS BLOB), ?3 FROM account WHERE id = ?1 \
         ON CONFLICT (account_key) DO UPDATE SET terms = excluded.terms, \
         create_at = excluded.create_at",
        params![&account, &accepted.terms, cx.written_at()],
    )?;
    Ok(if touched == 0 { Applied::Waits(account) } else { Applied::Done })
}

fn apply_refused(_: &TermsRefused, cx: &mut Applying<'_>) -> Outcome<Applied> {
    cx.rows.execute(
        "DELETE FROM terms_accepted \
         WHERE account_key = (SELECT key FROM account WHERE id = ?1)",
        params![&cx.change.name.scope.id],
    )?;
    Ok(Applied::Done)
}

/// Where a site's terms are filed: all in one place, so that one text is the latest.
pub fn scope() -> Scope {
    Scope::new(ScopeKind::Site, Id::from_bytes(*b"terms of service"))
}

const COLUMNS: &str = "SELECT id, author, text, create_at FROM terms_of_service";

fn terms_of(row: &dyn Row) -> TermsOfService {
    TermsOfService {
        id: row.id(0),
        user_id: row.id(1),
        text: row.text(2).to_owned(),
        create_at: row.int(3),
    }
}

/// The terms that are valid now; none, where nobody wrote any.
pub fn latest(rows: &mut dyn Rows) -> Outcome<Option<TermsOfService>> {
    rows.first(&format!("{COLUMNS} ORDER BY create_at DESC, key DESC LIMIT 1"), &[], terms_of)
}

/// There are no such terms.
pub fn no_terms() -> Failure {
    Failure::not_found("app.terms_of_service.get.no_rows.app_error", "There are no such terms.")
}

/// Gives the site terms. Those that it has already stay the ones that people accepted.
pub fn make(work: &mut Work<'_>, caller: &Caller, text: &str) -> Outcome<TermsOfService> {
    require_system(caller, Permission::ManageSystem).map_err(denied)?;
    if text.trim().is_empty() {
        return Err(Failure::invalid(
            "api.create_terms_of_service.empty_text.app_error",
            "Terms of service say something.",
        ));
    }
    if !at_most(text, LONGEST_TEXT) {
        return Err(Failure::invalid_body("text"));
    }
    if let Some(standing) = latest(work)?.filter(|standing| standing.text == text) {
        return Ok(standing);
    }
    let made = work.emit(scope(), caller.user, &TermsMade { text: text.to_owned() })?;
    let id = made.derive(CLASS, 0);
    find(work, id)
}

fn find(rows: &mut dyn Rows, id: Id) -> Outcome<TermsOfService> {
    rows.first(&format!("{COLUMNS} WHERE id = ?1"), params![&id], terms_of)?.ok_or_else(no_terms)
}

/// Notes that the caller accepts terms, or refuses them.
pub fn answer(work: &mut Work<'_>, caller: &Caller, terms: Id, accepted: bool) -> Outcome<()> {
    find(work, terms)?;
    let scope = site_scope(caller.user);
    if accepted {
        work.emit(scope, caller.user, &TermsAccepted { terms })?;
    } else {
        work.emit(scope, caller.user, &TermsRefused { terms })?;
    }
    Ok(())
}

/// What a person accepted last, as they or an administrator ask.
pub fn accepted(rows: &mut dyn Rows, caller: &Caller, person: Id) -> Outcome<TermsAcceptance> {
    let user = any_for(rows, caller, person)?;
    require_user(caller, &facts_of(&user)).map_err(denied)?;
    acceptance(rows, person)?.ok_or_else(|| {
        Failure::not_found(
            "app.user_terms_of_service.get_by_user.no_rows.app_error",
            "No terms of service were accepted.",
        )
    })
}

fn acceptance(rows: &mut dyn Rows, person: Id) -> Outcome<Option<TermsAcceptance>> {
    rows.first(
        "SELECT a.terms, a.create_at FROM terms_accepted a \
         JOIN account ON account.key = a.account_key WHERE account.id = ?1",
        params![&person],
        |row| TermsAcceptance {
            user_id: person,
            terms_of_service_id: row.id(0),
            create_at: row.int(1),
        },
    )
}

/// Notes in an account what its owner accepted last.
pub fn mark(rows: &mut dyn Rows, user: &mut User) -> Outcome<()> {
    if let Some(accepted) = acceptance(rows, user.id)? {
        user.terms_of_service_id = accepted.terms_of_service_id.to_string();
        user.terms_of_service_create_at = accepted.create_at;
    }
    Ok(())
}
