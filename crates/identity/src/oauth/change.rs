//! What can happen to an app and to what people let it do, and what it means.

use fieldpost_kernel::{
    Applied, Applying, Body, Failure, Features, Kind, Outcome, RowsExt, at_most, params,
};
use fieldpost_log::ScopeKind;
use fieldpost_model::{Id, Millis};
use serde::{Deserialize, Serialize};

use super::{
    LONGEST_ADDRESS, LONGEST_DESCRIPTION, LONGEST_ICON, LONGEST_LIST, LONGEST_NAME, REMEMBERED,
};

/// An app was made or changed; the last one written stands. Its scope says which.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct OAuthAppSaved {
    /// Who made it; nobody, where it registered itself.
    pub creator: Id,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The address of its picture.
    pub icon_url: String,
    /// Where people may be sent back to.
    pub callback_urls: Vec<String>,
    /// Where people read about it.
    pub homepage: String,
    /// Whether people are not asked.
    pub trusted: bool,
    /// Whether it can keep no secret.
    pub public: bool,
    /// Whether it registered itself.
    pub dynamic: bool,
}

impl Body for OAuthAppSaved {
    const KIND: Kind = Kind::new(0x1101);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];

    fn fits(&self) -> bool {
        at_most(&self.name, LONGEST_NAME)
            && at_most(&self.description, LONGEST_DESCRIPTION)
            && at_most(&self.icon_url, LONGEST_ICON)
            && at_most(&self.homepage, LONGEST_ADDRESS)
            && self.callback_urls.len() <= LONGEST_LIST
            && self.callback_urls.iter().map(String::len).sum::<usize>() <= LONGEST_LIST
    }
}

/// An app has another secret from now on.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct OAuthSecretSet {
    /// What is kept of it.
    pub hash: [u8; 32],
}

impl Body for OAuthSecretSet {
    const KIND: Kind = Kind::new(0x1102);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

/// An app is gone. What people let it do was taken back before.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct OAuthAppDeleted;

impl Body for OAuthAppDeleted {
    const KIND: Kind = Kind::new(0x1103);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

/// A person lets an app act in their name.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct OAuthGranted {
    /// Which.
    pub app: Id,
}

impl Body for OAuthGranted {
    const KIND: Kind = Kind::new(0x1110);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

/// A person lets an app act in their name no more: what it got by that is good for nothing.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct OAuthTakenBack {
    /// Which.
    pub app: Id,
}

impl Body for OAuthTakenBack {
    const KIND: Kind = Kind::new(0x1111);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

/// A person was sent back to an app with a code.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct OAuthCodeIssued {
    /// Names the code without granting anything.
    pub code: Id,
    /// What is kept of the secret.
    pub hash: [u8; 32],
    /// For which app.
    pub app: Id,
    /// Where to.
    pub redirect_uri: String,
    /// What the verifier must hash to, or nothing.
    pub challenge: String,
    /// In which session they decided: the code ends with it.
    pub session: Id,
    /// Until when it is good.
    pub expires_at: Millis,
}

impl Body for OAuthCodeIssued {
    const KIND: Kind = Kind::new(0x1112);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];

    fn fits(&self) -> bool {
        at_most(&self.redirect_uri, LONGEST_ADDRESS) && at_most(&self.challenge, 128)
    }
}

/// A code was turned into a token.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct OAuthCodeSpent {
    /// Which.
    pub code: Id,
}

impl Body for OAuthCodeSpent {
    const KIND: Kind = Kind::new(0x1113);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

/// An app got a token. It replaces those that came from the same code.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct OAuthTokenIssued {
    /// The session that the access token stands for.
    pub session: Id,
    /// From which code it came, itself or by others.
    pub code: Id,
    /// Which app.
    pub app: Id,
    /// What is kept of the refresh token, if there is one.
    pub refresh: Option<[u8; 32]>,
    /// Until when that is good.
    pub expires_at: Millis,
}

impl Body for OAuthTokenIssued {
    const KIND: Kind = Kind::new(0x1114);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

pub(super) fn register(features: &mut Features) {
    features.on(apply_saved);
    features.on(apply_secret);
    features.on(apply_deleted);
    features.on(apply_granted);
    features.on(apply_taken_back);
    features.on(apply_code);
    features.on(apply_spent);
    features.on(apply_token);
    features.show(|_: &OAuthTakenBack, change, _| Ok(crate::show::stale(change)));
}

fn apply_saved(saved: &OAuthAppSaved, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let urls = serde_json::to_string(&saved.callback_urls).map_err(Failure::internal)?;
    cx.rows.execute(
        "INSERT INTO oauth_app (id, creator, create_at, update_at, name, description, icon_url, \
         callback_urls, homepage, is_trusted, is_public, is_dynamic) \
         VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) \
         ON CONFLICT (id) DO UPDATE SET creator = excluded.creator, \
         update_at = excluded.update_at, name = excluded.name, \
         description = excluded.description, icon_url = excluded.icon_url, \
         callback_urls = excluded.callback_urls, homepage = excluded.homepage, \
         is_trusted = excluded.is_trusted, is_public = excluded.is_public, \
         is_dynamic = excluded.is_dynamic",
        params![
            &cx.change.name.scope.id,
            &saved.creator,
            cx.written_at(),
            &saved.name,
            &saved.description,
            &saved.icon_url,
            &urls,
            &saved.homepage,
            saved.trusted,
            saved.public,
            saved.dynamic,
        ],
    )?;
    Ok(Applied::Done)
}

fn apply_secret(set: &OAuthSecretSet, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let sql = "UPDATE oauth_app SET secret_hash = ?2, update_at = ?3 WHERE id = ?1";
    cx.rows.execute(sql, params![&cx.change.name.scope.id, &set.hash, cx.written_at()])?;
    Ok(Applied::Done)
}

fn apply_deleted(_: &OAuthAppDeleted, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let app = cx.change.name.scope.id;
    cx.rows.execute("DELETE FROM oauth_app WHERE id = ?1", params![&app])?;
    Ok(Applied::Done)
}

fn apply_granted(granted: &OAuthGranted, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let account = cx.change.name.scope.id;
    cx.rows.execute(
        "INSERT INTO oauth_grant (account_key, app, create_at) \
         SELECT key, CAST(?2 AS BLOB), CAST(?3 AS BIGINT) FROM account WHERE id = ?1 \
         ON CONFLICT DO NOTHING",
        params![&account, &granted.app, cx.written_at()],
    )?;
    Ok(Applied::Done)
}

/// The key of the account that a change is filed with.
fn account_key(cx: &mut Applying<'_>) -> Outcome<Option<i64>> {
    let account = cx.change.name.scope.id;
    let sql = "SELECT key FROM account WHERE id = ?1";
    cx.rows.first(sql, params![&account], |row| row.int(0))
}

fn apply_taken_back(back: &OAuthTakenBack, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let Some(account) = account_key(cx)? else { return Ok(Applied::Done) };
    cx.rows.execute(
        "DELETE FROM session WHERE id IN \
         (SELECT session FROM oauth_token WHERE account_key = ?1 AND app = ?2)",
        params![account, &back.app],
    )?;
    for table in ["oauth_token", "oauth_code", "oauth_grant"] {
        let sql = format!("DELETE FROM {table} WHERE account_key = ?1 AND app = ?2");
        cx.rows.execute(&sql, params![account, &back.app])?;
    }
    Ok(Applied::Done)
}

fn apply_code(issued: &OAuthCodeIssued, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let Some(account) = account_key(cx)? else { return Ok(Applied::Done) };
    cx.rows.execute(
        "INSERT INTO oauth_code (id, code_hash, account_key, app, redirect_uri, challenge, \
         session, create_at, expires_at, spent) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0) ON CONFLICT DO NOTHING",
        params![
            &issued.code,
            &issued.hash,
            account,
            &issued.app,
            &issued.redirect_uri,
            &issued.challenge,
            &issued.session,
            cx.written_at(),
            issued.expires_at,
        ],
    )?;
    forget_oldest(cx, "oauth_code", "id", (account, issued.app))
}

fn apply_spent(spent: &OAuthCodeSpent, cx: &mut Applying<'_>) -> Outcome<Applied> {
    cx.rows.execute("UPDATE oauth_code SET spent = 1 WHERE id = ?1", params![&spent.code])?;
    Ok(Applied::Done)
}

fn apply_token(issued: &OAuthTokenIssued, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let Some(account) = account_key(cx)? else { return Ok(Applied::Done) };
    cx.rows.execute(
        "UPDATE oauth_token SET spent_at = ?2 WHERE code = ?1 AND spent_at = 0 AND session <> ?3",
        params![&issued.code, cx.written_at(), &issued.session],
    )?;
    cx.rows.execute(
        "INSERT INTO oauth_token (session, code, account_key, app, refresh_hash, create_at, \
         expires_at, spent_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0) ON CONFLICT DO NOTHING",
        params![
            &issued.session,
            &issued.code,
            account,
            &issued.app,
            issued.refresh.as_ref(),
            cx.written_at(),
            issued.expires_at,
        ],
    )?;
    forget_oldest(cx, "oauth_token", "session", (account, issued.app))
}

/// Forgets what is older than the newest of a person for an app, so that nobody fills the site.
fn forget_oldest(
    cx: &mut Applying<'_>,
    table: &'static str,
    id: &'static str,
    (account, app): (i64, Id),
) -> Outcome<Applied> {
    let oldest = cx.rows.first(
        &format!(
            "SELECT create_at, {id} FROM {table} WHERE account_key = ?1 AND app = ?2 \
             ORDER BY create_at DESC, {id} DESC LIMIT 1 OFFSET ?3"
        ),
        params![account, &app, REMEMBERED],
        |row| (row.int(0), row.id(1)),
    )?;
    if let Some((at, oldest)) = oldest {
        let sql = format!(
            "DELETE FROM {table} WHERE account_key = ?1 AND app = ?2 AND (create_at, {id}) <= (?3, ?4)"
        );
        cx.rows.execute(&sql, params![account, &app, at, &oldest])?;
    }
    Ok(Applied::Done)
}
