//! Accounts: who there is, at this site and as known from others.

use fieldpost_kernel::{
    Applied, Applying, Body, Failure, Features, Kind, Outcome, Row, Rows, RowsExt, Shape, Work,
    at_most, params, stamp_of,
};
use fieldpost_log::{Scope, ScopeKind, Stamp};
use fieldpost_model::{Id, Millis, StringMap, User};
use serde::{Deserialize, Serialize};

use crate::remote;

/// `home` is the site a remote person belongs to, and is `NULL` for this site's own people.
/// `email` is empty or unique; usernames are unique always. `has_words` says whether the person
/// chose words that mention them, so that the few who did are found without reading everybody's.
pub(crate) const TABLES: &str = "
CREATE TABLE account (
    key INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    username TEXT NOT NULL UNIQUE,
    email TEXT,
    email_verified INTEGER NOT NULL DEFAULT 0,
    create_at INTEGER NOT NULL,
    update_at INTEGER NOT NULL,
    delete_at INTEGER NOT NULL DEFAULT 0,
    nickname TEXT NOT NULL,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    position TEXT NOT NULL,
    locale TEXT NOT NULL,
    timezone TEXT NOT NULL,
    props TEXT NOT NULL,
    notify_props TEXT NOT NULL DEFAULT '{}',
    has_words INTEGER NOT NULL DEFAULT 0,
    roles TEXT NOT NULL DEFAULT 'system_user',
    is_bot INTEGER NOT NULL,
    bot_owner BLOB,
    bot_description TEXT NOT NULL,
    picture BLOB,
    picture_at INTEGER NOT NULL DEFAULT 0,
    home BLOB,
    profile_stamp INTEGER NOT NULL,
    notify_stamp INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX account_email ON account (email);
CREATE INDEX account_words ON account (key) WHERE has_words = 1;
CREATE INDEX account_bot ON account (bot_owner);
CREATE INDEX account_bots ON account (create_at, username) WHERE is_bot = 1;
CREATE INDEX account_home ON account (home, username) WHERE home IS NOT NULL";

/// A person's public profile, whole; the newest one stands. Only the home site writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// The name after the `@`, without any site.
    pub username: String,
    /// Display name.
    pub nickname: String,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// Job title.
    pub position: String,
    /// Language tag.
    pub locale: String,
    /// Time zone settings.
    pub timezone: StringMap,
    /// Free public properties, such as the custom status.
    pub props: StringMap,
    /// When the account was made.
    pub create_at: Millis,
    /// When it was deactivated, or 0.
    pub delete_at: Millis,
    /// Set for a bot: who owns it, and what it is for.
    pub bot: Option<(Id, String)>,
    /// The content hash of the picture, and when it was set; negative for a generated one.
    pub picture: Option<([u8; 32], Millis)>,
}

impl Body for Profile {
    const KIND: Kind = Kind::new(0x0101);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Person];

    fn shape(&self) -> Shape {
        Shape {
            people: self.bot.iter().map(|(owner, _)| *owner).collect(),
            contents: self.picture.iter().map(|(content, _)| (*content).into()).collect(),
            ..Shape::default()
        }
    }

    fn fits(&self) -> bool {
        let length = |map: &StringMap| {
            map.iter()
                .map(|(key, value)| key.chars().count() + value.chars().count())
                .sum::<usize>()
        };
        let names = [&self.username, &self.nickname, &self.first_name, &self.last_name];
        names.into_iter().all(|name| at_most(name, 64))
            && at_most(&self.position, 128)
            && at_most(&self.locale, 16)
            && length(&self.timezone) <= 256
            && length(&self.props) <= 8000
            && self.bot.as_ref().is_none_or(|(_, purpose)| at_most(purpose, 1024))
    }
}

/// What only this site knows and decides of an account: address and system roles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Lower-case address, or empty.
    pub email: String,
    /// Whether it was proved.
    pub email_verified: bool,
    /// System roles, separated by spaces.
    pub roles: String,
}

impl Body for Standing {
    const KIND: Kind = Kind::new(0x0102);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

/// How a person wants to be notified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotifyProps(pub StringMap);

impl NotifyProps {
    /// Whether words of the person's own mention them.
    fn has_words(&self) -> bool {
        let is = |name: &str, chosen: fn(&str) -> bool| self.0.get(name).is_some_and(|v| chosen(v));
        is("mention_keys", |words| !words.trim().is_empty()) || is("first_name", |on| on == "true")
    }
}

impl Body for NotifyProps {
    const KIND: Kind = Kind::new(0x0103);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Private];
}

/// The scope of an account's public profile.
pub fn profile_scope(account: Id) -> Scope {
    Scope::new(ScopeKind::Person, account)
}

/// The scope of what only an account's owner shares between their own sites.
pub fn private_scope(account: Id) -> Scope {
    Scope::new(ScopeKind::Private, account)
}

/// The scope of what never leaves this site, filed by account.
pub fn site_scope(account: Id) -> Scope {
    Scope::new(ScopeKind::Site, account)
}

pub(crate) fn register(features: &mut Features) {
    features.tables(TABLES);
    features.replaces(|_: &Profile, scope, rows| standing(rows, "profile_stamp", scope.id));
    features.replaces(|_: &NotifyProps, scope, rows| standing(rows, "notify_stamp", scope.id));
    features.on(apply_profile);
    features.on(apply_standing);
    features.on(apply_notify_props);
}

/// The stamp in a column of an account, by which something of it was written last.
fn standing(rows: &mut dyn Rows, column: &'static str, id: Id) -> Outcome<Stamp> {
    let sql = format!("SELECT {column} FROM account WHERE id = ?1");
    Ok(rows.first(&sql, params![&id], |row| stamp_of(row.int(0)))?.unwrap_or_default())
}

fn json(map: &StringMap) -> Outcome<String> {
    serde_json::to_string(map).map_err(Failure::internal)
}

fn apply_profile(profile: &Profile, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let id = cx.change.name.scope.id;
    let before = canonical(cx.rows, id)?;
    let home = (!cx.is_local()).then_some(&cx.change.name.site.0);
    let stamp = i64::from_be_bytes(cx.change.stamp.0.to_be_bytes());
    let owner = profile.bot.as_ref().map(|(owner, _)| owner);
    let description = profile.bot.as_ref().map_or("", |(_, description)| description);
    let named = remote::take_name(cx, &profile.username, stamp)?;
    cx.rows.execute(
        "INSERT INTO account (id, username, create_at, update_at, delete_at, nickname, \
         first_name, last_name, position, locale, timezone, props, is_bot, bot_owner, \
         bot_description, picture, picture_at, home, profile_stamp) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19) \
         ON CONFLICT (id) DO UPDATE SET username = excluded.username, \
         create_at = excluded.create_at, update_at = excluded.update_at, \
         delete_at = excluded.delete_at, nickname = excluded.nickname, \
         first_name = excluded.first_name, last_name = excluded.last_name, \
         position = excluded.position, locale = excluded.locale, timezone = excluded.timezone, \
         props = excluded.props, is_bot = excluded.is_bot, bot_owner = excluded.bot_owner, \
         bot_description = excluded.bot_description, picture = excluded.picture, \
         picture_at = excluded.picture_at, profile_stamp = excluded.profile_stamp \
         WHERE account.profile_stamp < excluded.profile_stamp \
         AND COALESCE(account.home, ?20) = COALESCE(excluded.home, ?20)",
        params![
            &id,
            &named.name,
            profile.create_at,
            cx.now,
            profile.delete_at,
            &profile.nickname,
            &profile.first_name,
            &profile.last_name,
            &profile.position,
            &profile.locale,
            &json(&profile.timezone)?,
            &json(&profile.props)?,
            profile.bot.is_some(),
            owner,
            description,
            profile.picture.as_ref().map(|(hash, _)| hash),
            profile.picture.as_ref().map_or(0, |(_, at)| *at),
            home,
            stamp,
            // Only the site a person belongs to says who they are.
            &cx.site.0,
        ],
    )?;
    if let Some(left) = named.left {
        remote::pass_on(cx, &left)?;
    }
    let after = canonical(cx.rows, id)?;
    cx.hash.replace(before, after);
    cx.created.push(id);
    Ok(Applied::Done)
}

/// The replicated fields of an account, in the form that is hashed. What a person is called here
/// is not one of them; what they are called at home is.
fn canonical(rows: &mut dyn Rows, id: Id) -> Outcome<Option<Vec<u8>>> {
    let columns = "username, nickname, first_name, last_name, position, locale, timezone, props, \
                   create_at, delete_at, is_bot, bot_owner, bot_description, picture, picture_at";
    rows.first(&format!("SELECT {columns} FROM account WHERE id = ?1"), params![&id], |row| {
        let mut texts: Vec<&str> = (0..8).map(|n| row.text(n)).collect();
        texts[0] = texts[0].split(':').next().unwrap_or_default();
        postcard::to_stdvec(&(
            "account",
            id,
            texts,
            (row.int(8), row.int(9), row.flag(10), row.id(11)),
            (row.text(12), row.blob(13), row.int(14)),
        ))
        .unwrap_or_default()
    })
}

fn apply_standing(standing: &Standing, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let account = cx.change.name.scope.id;
    let email = (!standing.email.is_empty()).then_some(&standing.email);
    let touched = cx.rows.execute(
        "UPDATE account SET email = ?2, email_verified = ?3, roles = ?4, update_at = ?5 \
         WHERE id = ?1",
        params![&account, email, standing.email_verified, &standing.roles, cx.now],
    )?;
    Ok(if touched == 0 { Applied::Waits(account) } else { Applied::Done })
}

fn apply_notify_props(props: &NotifyProps, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let account = cx.change.name.scope.id;
    let stamp = i64::from_be_bytes(cx.change.stamp.0.to_be_bytes());
    let known = cx.rows.count("SELECT count(*) FROM account WHERE id = ?1", params![&account])?;
    if known == 0 {
        return Ok(Applied::Waits(account));
    }
    cx.rows.execute(
        "UPDATE account SET notify_props = ?2, notify_stamp = ?3, update_at = ?4, has_words = ?5 \
         WHERE id = ?1 AND notify_stamp < ?3",
        params![&account, &json(&props.0)?, stamp, cx.now, props.has_words()],
    )?;
    Ok(Applied::Done)
}

/// The columns of an account, for [`user_of`].
const COLUMNS: &str = "account.id, account.username, account.email, account.email_verified, \
    account.create_at, account.update_at, account.delete_at, account.nickname, \
    account.first_name, account.last_name, account.position, account.locale, account.timezone, \
    account.props, account.notify_props, account.roles, account.is_bot, \
    account.bot_description, account.picture_at, account.home, credential.failed, \
    credential.changed_at, mfa.active";

const FROM: &str = "FROM account LEFT JOIN credential ON credential.account_key = account.key \
    LEFT JOIN mfa ON mfa.account_key = account.key";

fn user_of(row: &dyn Row) -> User {
    let map = |n| serde_json::from_str(row.text(n)).unwrap_or_default();
    User {
        id: row.id(0),
        username: row.text(1).to_owned(),
        email: row.text(2).to_owned(),
        email_verified: row.flag(3),
        create_at: row.int(4),
        update_at: row.int(5),
        delete_at: row.int(6),
        nickname: row.text(7).to_owned(),
        first_name: row.text(8).to_owned(),
        last_name: row.text(9).to_owned(),
        position: row.text(10).to_owned(),
        locale: row.text(11).to_owned(),
        timezone: map(12),
        props: map(13),
        notify_props: map(14),
        roles: row.text(15).to_owned(),
        is_bot: row.flag(16),
        bot_description: row.text(17).to_owned(),
        last_picture_update: row.int(18),
        remote_id: (!row.is_null(19)).then(|| row.id(19).to_string()),
        failed_attempts: row.int(20),
        last_password_update: row.int(21),
        mfa_active: row.flag(22),
        ..User::default()
    }
}

/// An account, whole.
pub fn by_id(rows: &mut dyn Rows, id: Id) -> Outcome<Option<User>> {
    rows.first(&format!("SELECT {COLUMNS} {FROM} WHERE account.id = ?1"), params![&id], user_of)
}

/// The account of a name, whatever its case.
pub fn by_username(rows: &mut dyn Rows, username: &str) -> Outcome<Option<User>> {
    let sql = format!("SELECT {COLUMNS} {FROM} WHERE account.username = ?1");
    rows.first(&sql, params![&username.to_lowercase()], user_of)
}

/// The account of an address, whatever its case.
pub fn by_email(rows: &mut dyn Rows, email: &str) -> Outcome<Option<User>> {
    if email.is_empty() {
        return Ok(None);
    }
    let sql = format!("SELECT {COLUMNS} {FROM} WHERE account.email = ?1");
    rows.first(&sql, params![&email.to_lowercase()], user_of)
}

/// The accounts of these ids that exist, by username.
pub fn by_ids(rows: &mut dyn Rows, ids: &[Id]) -> Outcome<Vec<User>> {
    let list: Vec<_> = ids.iter().map(Into::into).collect();
    let sql = format!("SELECT {COLUMNS} {FROM} WHERE account.id IN ({{in}})");
    let mut found = rows.all_in(&sql, &[], &list, user_of)?;
    found.sort_by(|a, b| a.username.cmp(&b.username));
    found.dedup_by(|a, b| a.id == b.id);
    Ok(found)
}

/// The accounts of these names that exist, by username.
pub fn by_usernames(rows: &mut dyn Rows, names: &[String]) -> Outcome<Vec<User>> {
    let names: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
    let list: Vec<_> = names.iter().map(Into::into).collect();
    let sql = format!("SELECT {COLUMNS} {FROM} WHERE account.username IN ({{in}})");
    let mut found = rows.all_in(&sql, &[], &list, user_of)?;
    found.sort_by(|a, b| a.username.cmp(&b.username));
    found.dedup_by(|a, b| a.id == b.id);
    Ok(found)
}

/// Whether anybody but bots has an account, deactivated ones included.
pub fn anybody(rows: &mut dyn Rows) -> Outcome<bool> {
    Ok(rows.count("SELECT count(*) FROM account WHERE is_bot = 0 AND home IS NULL", &[])? > 0)
}

/// The profile that an account's row holds, to be changed and emitted again.
pub fn profile(rows: &mut dyn Rows, id: Id) -> Outcome<Option<Profile>> {
    let columns = "username, nickname, first_name, last_name, position, locale, timezone, props, \
                   create_at, delete_at, is_bot, bot_owner, bot_description, picture, picture_at";
    rows.first(&format!("SELECT {columns} FROM account WHERE id = ?1"), params![&id], |row| {
        Profile {
            username: row.text(0).to_owned(),
            nickname: row.text(1).to_owned(),
            first_name: row.text(2).to_owned(),
            last_name: row.text(3).to_owned(),
            position: row.text(4).to_owned(),
            locale: row.text(5).to_owned(),
            timezone: serde_json::from_str(row.text(6)).unwrap_or_default(),
            props: serde_json::from_str(row.text(7)).unwrap_or_default(),
            create_at: row.int(8),
            delete_at: row.int(9),
            bot: row.flag(10).then(|| (row.id(11), row.text(12).to_owned())),
            picture: row.blob(13).try_into().ok().map(|hash| (hash, row.int(14))),
        }
    })
}

/// Emits an account's profile with something changed in it.
pub fn describe(
    work: &mut Work<'_>,
    id: Id,
    author: Id,
    change: impl FnOnce(&mut Profile),
) -> Outcome<()> {
    let mut profile = profile(work, id)?.ok_or_else(no_account)?;
    change(&mut profile);
    work.emit(profile_scope(id), author, &profile)?;
    Ok(())
}

/// There is no such account.
pub fn no_account() -> Failure {
    Failure::not_found("app.user.missing_account.const", "Unable to find the user.")
}
