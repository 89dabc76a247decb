//! Sessions: who is signed in, from where, until when.

mod manage;

use fieldpost_access::{Actor, Caller, builtin, permissions_of};
use fieldpost_kernel::{
    Applied, Applying, Body, Failure, FailureKind, Features, Kind, Outcome, Row, Rows, RowsExt,
    Work, params,
};
use fieldpost_log::ScopeKind;
use fieldpost_model::{Id, Millis, Session, StringMap, User};
use serde::{Deserialize, Serialize};

use crate::account::{self, site_scope};
use crate::credential::{self, FailedAttempts, HashedPassword, MAXIMUM_ATTEMPTS};
use crate::{mfa, oauth};

pub(crate) use self::manage::close_others;
pub use self::manage::{
    DeviceNote, TOUCH_EVERY, live, require_own, revoke, revoke_all, revoke_everybodys, set_device,
    touch,
};

/// `token_hash` is BLAKE3 of the bearer secret: whoever reads the database cannot sign in.
pub(crate) const TABLES: &str = "
CREATE TABLE session (
    id BLOB PRIMARY KEY,
    token_hash BLOB NOT NULL UNIQUE,
    account_key INTEGER NOT NULL,
    create_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    last_activity_at INTEGER NOT NULL,
    device TEXT NOT NULL,
    props TEXT NOT NULL
);
CREATE INDEX session_account ON session (account_key)";

/// How long a session lasts.
pub const LENGTH: Millis = 30 * 24 * 60 * 60 * 1000;

/// A person signed in.
#[derive(Debug, Serialize, Deserialize)]
pub struct SessionOpened {
    id: Id,
    token_hash: [u8; 32],
    expires_at: Millis,
    device: String,
    props: StringMap,
}

impl Body for SessionOpened {
    const KIND: Kind = Kind::new(0x0120);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

/// Sessions of a person ended: those named, or all where none is.
#[derive(Debug, Serialize, Deserialize)]
pub struct SessionsClosed {
    /// Which ended; none for all of them.
    pub sessions: Vec<Id>,
}

impl Body for SessionsClosed {
    const KIND: Kind = Kind::new(0x0121);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

pub(crate) fn register(features: &mut Features) {
    features.tables(TABLES);
    features.on(apply_opened);
    features.on(apply_closed);
    manage::register(features);
}

fn apply_opened(opened: &SessionOpened, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let props = serde_json::to_string(&opened.props).map_err(Failure::internal)?;
    cx.rows.execute(
        "INSERT INTO session \
         (id, token_hash, account_key, create_at, expires_at, last_activity_at, device, props) \
         SELECT CAST(?1 AS BLOB), CAST(?2 AS BLOB), key, ?3, ?4, ?3, CAST(?5 AS TEXT), \
         CAST(?6 AS TEXT) FROM account WHERE id = ?7 ON CONFLICT (id) DO NOTHING",
        params![
            &opened.id,
            &opened.token_hash,
            cx.written_at(),
            opened.expires_at,
            &opened.device,
            &props,
            &cx.change.name.scope.id,
        ],
    )?;
    Ok(Applied::Done)
}

fn apply_closed(closed: &SessionsClosed, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let account = cx.change.name.scope.id;
    if closed.sessions.is_empty() {
        cx.rows.execute(
            "DELETE FROM session WHERE account_key = (SELECT key FROM account WHERE id = ?1)",
            params![&account],
        )?;
    }
    for session in &closed.sessions {
        cx.rows.execute("DELETE FROM session WHERE id = ?1", params![session])?;
    }
    Ok(Applied::Done)
}

/// A bearer secret. It has no text form but the one asked for by name, so that it is never logged.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// A new secret nobody can guess.
    pub fn new(work: &Work<'_>) -> Self {
        Self(work.random_id().to_string())
    }

    /// A secret that a client presented; what is beyond 50 characters is cut.
    pub fn presented(text: &str) -> Self {
        Self(text.chars().take(50).collect())
    }

    /// The secret itself, to be handed to its owner.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    pub fn digest(&self) -> [u8; 32] {
        *blake3::hash(self.0.as_bytes()).as_bytes()
    }
}

/// A session that was found good, and what its account may do.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Who asks, for decisions.
    pub caller: Caller,
    /// The session, without its secret.
    pub session: Session,
    /// The account's name.
    pub username: String,
    /// Whether the account is a bot.
    pub is_bot: bool,
    /// Whether the account has a second factor.
    pub mfa_active: bool,
}

impl SignedIn {
    /// What a request that carries the session's cookie must show to change anything.
    pub fn csrf(&self) -> &str {
        self.session.props.get("csrf").map_or("", String::as_str)
    }

    /// Whether a program asks: by an access token, or as an app that its owner let in.
    pub fn is_by_token(&self) -> bool {
        self.is_by_app()
            || self.session.props.get("type").is_some_and(|kind| kind == crate::token::SESSION_TYPE)
    }

    /// Whether an app asks that the session's owner let in.
    pub fn is_by_app(&self) -> bool {
        self.session.is_oauth
    }
}

/// An account and its kept password, as far as the name typed at the door leads to one.
pub struct Candidate {
    /// The account.
    pub user: User,
    /// Its password's hash.
    pub password: HashedPassword,
    failed: i64,
}

/// The account that somebody who signs in means, by username or address.
pub fn candidate(rows: &mut dyn Rows, login: &str) -> Outcome<Option<Candidate>> {
    let found = match account::by_username(rows, login)? {
        Some(user) => Some(user),
        None => account::by_email(rows, login)?,
    };
    let Some(user) = found.filter(|user| user.remote_id.is_none()) else { return Ok(None) };
    with_password(rows, user)
}

/// An account and its kept password, if it has one here.
pub fn candidate_of(rows: &mut dyn Rows, account: Id) -> Outcome<Option<Candidate>> {
    let user = account::by_id(rows, account)?.filter(|user| user.remote_id.is_none());
    user.map_or(Ok(None), |user| with_password(rows, user))
}

fn with_password(rows: &mut dyn Rows, user: User) -> Outcome<Option<Candidate>> {
    let kept = credential::find(rows, user.id)?;
    Ok(kept.map(|(password, failed)| Candidate { user, password, failed }))
}

impl Candidate {
    /// Refuses accounts that nobody may sign in to, whatever the password.
    pub fn admissible(&self) -> Outcome<()> {
        let refuse = |id: &'static str, says: &'static str| {
            Err(Failure::new(FailureKind::Unauthenticated, id, says))
        };
        if self.user.delete_at != 0 {
            return refuse(
                "api.user.login.inactive.app_error",
                "Login failed because your account has been deactivated. Please contact an administrator.",
            );
        }
        if self.user.is_bot {
            return refuse(
                "api.user.login.bot_login_forbidden.app_error",
                "Bot login is forbidden.",
            );
        }
        if self.failed >= MAXIMUM_ATTEMPTS {
            return refuse(
                "api.user.check_user_login_attempts.too_many.app_error",
                "Your account is locked because of too many failed password attempts. Please reset your password.",
            );
        }
        Ok(())
    }
}

/// The name or the password is wrong; which of them is nobody's business.
pub fn wrong_credentials() -> Failure {
    Failure::new(
        FailureKind::Unauthenticated,
        "api.user.login.invalid_credentials_email_username",
        "Enter a valid email or username and/or password.",
    )
}

/// The account is of no use before its address is confirmed.
pub fn not_verified() -> Failure {
    Failure::new(
        FailureKind::Unauthenticated,
        "api.user.login.not_verified.app_error",
        "Login failed because email address has not been verified.",
    )
}

/// Refuses an account that nobody may sign in to now.
pub(crate) fn require_admissible(rows: &mut dyn Rows, account: Id) -> Outcome<()> {
    candidate_of(rows, account)?.ok_or_else(wrong_credentials)?.admissible()
}

/// Notes a wrong password.
pub fn note_failure(work: &mut Work<'_>, account: Id) -> Outcome<()> {
    let failed = credential::find(work, account)?.map_or(0, |(_, failed)| failed);
    work.emit(site_scope(account), account, &FailedAttempts(failed + 1))?;
    Ok(())
}

/// The device a person signs in from.
#[derive(Debug, Clone, Default)]
pub struct Device {
    /// The push address, or empty.
    pub id: String,
    /// `platform`, `os`, `browser`, `isMobile`.
    pub props: StringMap,
}

/// Signs a person in whose password was right, if their second factor is too, and gives the session
/// with its secret.
///
/// A wrong code counts as a wrong password does; none at all is how clients ask whether one is
/// needed. The refusal of a wrong one is a value, so that the count is kept.
pub fn enter(
    work: &mut Work<'_>,
    account: Id,
    code: &str,
    device: &Device,
) -> Outcome<Outcome<Session>> {
    // Others may have guessed too often since the password was looked at.
    let candidate = candidate_of(work, account)?.ok_or_else(wrong_credentials)?;
    candidate.admissible()?;
    match mfa::require_code(work, account, code) {
        Err(refusal) if refusal.id == mfa::WRONG_CODE => {
            note_failure(work, account)?;
            Ok(Err(refusal))
        }
        Err(refusal) => Err(refusal),
        Ok(()) => open(work, &candidate.user, device).map(Ok),
    }
}

fn open(work: &mut Work<'_>, user: &User, device: &Device) -> Outcome<Session> {
    if credential::find(work, user.id)?.is_some_and(|(_, failed)| failed > 0) {
        work.emit(site_scope(user.id), user.id, &FailedAttempts(0))?;
    }
    begin(work, user, device)
}

/// Opens a session of somebody who has shown who they are, or was asked to let a program in.
pub(crate) fn begin(work: &mut Work<'_>, user: &User, device: &Device) -> Outcome<Session> {
    manage::make_room(work, user.id)?;
    let token = Token::new(work);
    let mut props = device.props.clone();
    props.insert("csrf".to_owned(), work.random_id().to_string());
    let opened = SessionOpened {
        id: work.random_id(),
        token_hash: token.digest(),
        expires_at: work.now() + LENGTH,
        device: device.id.clone(),
        props,
    };
    work.emit(site_scope(user.id), user.id, &opened)?;
    Ok(Session {
        id: opened.id,
        token: token.reveal().to_owned(),
        create_at: work.now(),
        expires_at: opened.expires_at,
        last_activity_at: work.now(),
        user_id: user.id,
        device_id: opened.device,
        roles: user.roles.clone(),
        props: opened.props,
        ..Session::default()
    })
}

/// Ends sessions of a person; all of them if none is named.
pub fn close(work: &mut Work<'_>, account: Id, sessions: Vec<Id>) -> Outcome<()> {
    work.emit(site_scope(account), account, &SessionsClosed { sessions })?;
    Ok(())
}

/// The session of a secret, if it is good now: one that was signed in to, or an access token's.
pub fn lookup(rows: &mut dyn Rows, token: &Token, now: Millis) -> Outcome<Option<SignedIn>> {
    let opened = rows.first(
        "SELECT session.id, session.create_at, session.expires_at, session.last_activity_at, \
         session.device, session.props, account.id, account.roles, account.username, \
         account.is_bot, account.delete_at, account.home, mfa.active \
         FROM session JOIN account ON account.key = session.account_key \
         LEFT JOIN mfa ON mfa.account_key = account.key \
         WHERE session.token_hash = ?1 AND session.expires_at > ?2",
        params![&token.digest(), now],
        signed_in_of,
    )?;
    if opened.is_some() { Ok(opened) } else { crate::token::lookup(rows, token) }
}

pub(crate) fn signed_in_of(row: &dyn Row) -> SignedIn {
    let roles = row.text(7);
    let user = row.id(6);
    let actor = match (row.int(10), row.is_null(11)) {
        (0, true) => Actor::Session,
        (_, true) => Actor::Deactivated,
        (_, false) => Actor::RemoteActor,
    };
    let props: StringMap = serde_json::from_str(row.text(5)).unwrap_or_default();
    SignedIn {
        caller: Caller {
            user,
            actor,
            guest: roles.split(' ').any(|role| role == "system_guest"),
            roles: permissions_of(roles, builtin),
        },
        session: Session {
            id: row.id(0),
            create_at: row.int(1),
            expires_at: row.int(2),
            last_activity_at: row.int(3),
            device_id: row.text(4).to_owned(),
            is_oauth: props.contains_key(oauth::APP),
            props,
            user_id: user,
            roles: roles.to_owned(),
            ..Session::default()
        },
        username: row.text(8).to_owned(),
        is_bot: row.flag(9),
        mfa_active: row.flag(12),
    }
}

/// A person's sessions, newest first, without their secrets.
pub fn of_account(rows: &mut dyn Rows, account: Id, now: Millis) -> Outcome<Vec<Session>> {
    rows.all(
        "SELECT session.id, session.create_at, session.expires_at, session.last_activity_at, \
         session.device, session.props, account.id, account.roles, account.username, \
         account.is_bot, account.delete_at, account.home, mfa.active \
         FROM session JOIN account ON account.key = session.account_key \
         LEFT JOIN mfa ON mfa.account_key = account.key \
         WHERE account.id = ?1 AND session.expires_at > ?2 ORDER BY session.create_at DESC",
        params![&account, now],
        |row| signed_in_of(row).session,
    )
}
