//! Personal access tokens: secrets that stand for a session without an end.

use fieldpost_access::{
    Caller, Permission, TokenAction, may_use_bot_tokens, may_use_tokens, require_system,
};
use fieldpost_kernel::{
    Applied, Applying, Body, Failure, Features, Kind, Outcome, Row, Rows, RowsExt, Work, params,
};
use fieldpost_log::ScopeKind;
use fieldpost_model::{Id, Millis, StringMap, UserAccessToken};
use serde::{Deserialize, Serialize};

use crate::account::site_scope;
use crate::session::{SignedIn, Token, signed_in_of};
use crate::target::{self, bot_denied, denied, facts_of};

/// `token_hash` is BLAKE3 of the secret: whoever reads the database cannot use it.
const TABLES: &str = "
CREATE TABLE access_token (
    id BLOB PRIMARY KEY,
    token_hash BLOB NOT NULL UNIQUE,
    account_key INTEGER NOT NULL,
    description TEXT NOT NULL,
    active INTEGER NOT NULL,
    create_at INTEGER NOT NULL
);
CREATE INDEX access_token_account ON access_token (account_key);
CREATE INDEX access_token_made ON access_token (create_at, id)";

/// How long a token's session lasts: as good as for ever.
const LENGTH: Millis = 100 * 365 * 24 * 60 * 60 * 1000;

/// What a token's session says of itself.
pub(crate) const SESSION_TYPE: &str = "UserAccessToken";

/// The longest description, in bytes.
const LONGEST_DESCRIPTION: usize = 255;

/// Access tokens a person may have.
const MOST: i64 = 500;

/// A token was made.
#[derive(Debug, Serialize, Deserialize)]
pub struct TokenMade {
    id: Id,
    token_hash: [u8; 32],
    description: String,
}

impl Body for TokenMade {
    const KIND: Kind = Kind::new(0x0140);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

/// A token is accepted from now on, or is not.
#[derive(Debug, Serialize, Deserialize)]
pub struct TokenActive {
    id: Id,
    active: bool,
}

impl Body for TokenActive {
    const KIND: Kind = Kind::new(0x0141);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

/// A token is gone.
#[derive(Debug, Serialize, Deserialize)]
pub struct TokenRevoked {
    id: Id,
}

impl Body for TokenRevoked {
    const KIND: Kind = Kind::new(0x0142);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

pub(crate) fn register(features: &mut Features) {
    features.tables(TABLES);
    features.on(apply_made);
    features.on(apply_active);
    features.on(apply_revoked);
    features.show(|_: &TokenActive, change, _| Ok(crate::show::stale(change)));
    features.show(|_: &TokenRevoked, change, _| Ok(crate::show::stale(change)));
}

fn apply_made(made: &TokenMade, cx: &mut Applying<'_>) -> Outcome<Applied> {
    cx.rows.execute(
        "INSERT INTO access_token (id, token_hash, account_key, description, active, create_at) \
         SELECT CAST(?1 AS BLOB), CAST(?2 AS BLOB), key, CAST(?3 AS TEXT), 1, CAST(?4 AS BIGINT) \
         FROM account WHERE id = ?5 ON CONFLICT (id) DO NOTHING",
        params![
            &made.id,
            &made.token_hash,
            &made.description,
            cx.written_at(),
            &cx.change.name.scope.id,
        ],
    )?;
    Ok(Applied::Done)
}

fn apply_active(set: &TokenActive, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let sql = "UPDATE access_token SET active = ?2 WHERE id = ?1";
    cx.rows.execute(sql, params![&set.id, set.active])?;
    Ok(Applied::Done)
}

fn apply_revoked(revoked: &TokenRevoked, cx: &mut Applying<'_>) -> Outcome<Applied> {
    cx.rows.execute("DELETE FROM access_token WHERE id = ?1", params![&revoked.id])?;
    Ok(Applied::Done)
}

/// The columns of a token's session, for `signed_in_of`.
const SESSION: &str = "SELECT t.id, t.create_at, t.create_at + 3153600000000, t.create_at, '', \
    '{}', account.id, account.roles, account.username, account.is_bot, account.delete_at, \
    account.home, mfa.active FROM access_token t \
    JOIN account ON account.key = t.account_key LEFT JOIN mfa ON mfa.account_key = account.key \
    WHERE t.active = 1 AND account.delete_at = 0";

fn session_of(row: &dyn Row) -> SignedIn {
    let mut signed_in = signed_in_of(row);
    let token = signed_in.session.id;
    signed_in.session.expires_at = signed_in.session.create_at + LENGTH;
    signed_in.session.props = StringMap::from([
        ("type".to_owned(), SESSION_TYPE.to_owned()),
        ("user_access_token_id".to_owned(), token.to_string()),
        ("is_bot".to_owned(), signed_in.is_bot.to_string()),
    ]);
    signed_in
}

/// The session that a secret stands for, if it is one of a token that is accepted.
pub fn lookup(rows: &mut dyn Rows, token: &Token) -> Outcome<Option<SignedIn>> {
    let sql = format!("{SESSION} AND t.token_hash = ?1");
    rows.first(&sql, params![&token.digest()], session_of)
}

/// The sessions that a person's accepted tokens stand for.
pub(crate) fn live(rows: &mut dyn Rows, account: Id) -> Outcome<Vec<SignedIn>> {
    rows.all(&format!("{SESSION} AND account.id = ?1"), params![&account], session_of)
}

/// Refuses unless the caller may do this to the tokens of an account.
fn require(rows: &mut dyn Rows, caller: &Caller, action: TokenAction, account: Id) -> Outcome<()> {
    let user = target::own_for(rows, caller, account)?;
    if user.is_bot {
        let bot = target::bot_facts(rows, account)?;
        return may_use_bot_tokens(caller, action, &bot).map_err(bot_denied);
    }
    may_use_tokens(caller, action, &facts_of(&user)).map_err(denied)
}

/// Makes a token, and gives it with its secret, which nobody can ask for again.
pub fn create(
    work: &mut Work<'_>,
    caller: &Caller,
    account: Id,
    description: &str,
) -> Outcome<UserAccessToken> {
    require(work, caller, TokenAction::Create, account)?;
    if description.is_empty() {
        return Err(Failure::invalid_body("description"));
    }
    if description.len() > LONGEST_DESCRIPTION {
        return Err(Failure::invalid(
            "model.user_access_token.is_valid.description.app_error",
            "The description must be 255 or less characters.",
        ));
    }
    let count = work.count(
        "SELECT count(*) FROM access_token t JOIN account ON account.key = t.account_key \
         WHERE account.id = ?1",
        params![&account],
    )?;
    if count >= MOST {
        return Err(Failure::invalid(
            "api.fieldpost.too_many_tokens",
            "This account has too many access tokens.",
        ));
    }
    let secret = Token::new(work);
    let made = TokenMade {
        id: work.random_id(),
        token_hash: secret.digest(),
        description: description.to_owned(),
    };
    work.emit(site_scope(account), caller.user, &made)?;
    Ok(UserAccessToken {
        id: made.id,
        token: secret.reveal().to_owned(),
        user_id: account,
        description: made.description,
        is_active: true,
    })
}

const COLUMNS: &str = "SELECT t.id, account.id, t.description, t.active FROM access_token t \
    JOIN account ON account.key = t.account_key";

fn token_of(row: &dyn Row) -> UserAccessToken {
    UserAccessToken {
        id: row.id(0),
        token: String::new(),
        user_id: row.id(1),
        description: row.text(2).to_owned(),
        is_active: row.flag(3),
    }
}

/// A token without its secret, if the caller may know of it.
pub fn one(rows: &mut dyn Rows, caller: &Caller, id: Id) -> Outcome<UserAccessToken> {
    // Whoever has nothing to do with tokens is not told which there are.
    require_system(caller, Permission::ReadUserAccessToken).map_err(denied)?;
    let token = find(rows, id)?;
    require(rows, caller, TokenAction::Read, token.user_id)?;
    Ok(token)
}

fn find(rows: &mut dyn Rows, id: Id) -> Outcome<UserAccessToken> {
    rows.first(&format!("{COLUMNS} WHERE t.id = ?1"), params![&id], token_of)?.ok_or_else(|| {
        Failure::not_found("app.user_access_token.get_by_user.app_error", "There is no such token.")
    })
}

/// A page of an account's tokens, oldest first.
pub fn of_account(
    rows: &mut dyn Rows,
    caller: &Caller,
    account: Id,
    (offset, limit): (i64, i64),
) -> Outcome<Vec<UserAccessToken>> {
    require(rows, caller, TokenAction::Read, account)?;
    let sql =
        format!("{COLUMNS} WHERE account.id = ?1 ORDER BY t.create_at, t.id LIMIT ?2 OFFSET ?3");
    rows.all(&sql, params![&account, limit, offset], token_of)
}

/// A page of everybody's tokens, for administrators.
pub fn all(
    rows: &mut dyn Rows,
    caller: &Caller,
    (offset, limit): (i64, i64),
) -> Outcome<Vec<UserAccessToken>> {
    require_system(caller, Permission::ManageSystem).map_err(denied)?;
    let sql = format!("{COLUMNS} ORDER BY t.create_at, t.id LIMIT ?1 OFFSET ?2");
    rows.all(&sql, params![limit, offset], token_of)
}

/// The tokens whose id, owner's id or owner's name is what an administrator looks for.
pub fn search(rows: &mut dyn Rows, caller: &Caller, term: &str) -> Outcome<Vec<UserAccessToken>> {
    require_system(caller, Permission::ManageSystem).map_err(denied)?;
    // No name is longer, and one engine refuses long patterns.
    if term.len() > 128 {
        return Ok(Vec::new());
    }
    let id: Id = term.parse().unwrap_or_default();
    let name = term.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    let sql = format!(
        "{COLUMNS} WHERE t.id = ?1 OR account.id = ?1 \
         OR account.username LIKE LOWER(CAST(?2 AS TEXT)) ESCAPE '\\' \
         ORDER BY t.create_at, t.id LIMIT 200"
    );
    rows.all(&sql, params![&id, &format!("{name}%")], token_of)
}

/// Accepts a token again, or does not accept it for now.
pub fn set_active(work: &mut Work<'_>, caller: &Caller, id: Id, active: bool) -> Outcome<Id> {
    let (action, needed) = if active {
        (TokenAction::Create, Permission::CreateUserAccessToken)
    } else {
        (TokenAction::Revoke, Permission::RevokeUserAccessToken)
    };
    require_system(caller, needed).map_err(denied)?;
    let owner = find(work, id)?.user_id;
    require(work, caller, action, owner)?;
    work.emit(site_scope(owner), caller.user, &TokenActive { id, active })?;
    Ok(owner)
}

/// Removes a token for ever. Gives whose it was.
pub fn revoke(work: &mut Work<'_>, caller: &Caller, id: Id) -> Outcome<Id> {
    require_system(caller, Permission::RevokeUserAccessToken).map_err(denied)?;
    let owner = find(work, id)?.user_id;
    require(work, caller, TokenAction::Revoke, owner)?;
    work.emit(site_scope(owner), caller.user, &TokenRevoked { id })?;
    Ok(owner)
}
