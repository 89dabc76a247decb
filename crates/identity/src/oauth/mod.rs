//! The site as a provider of OAuth 2.0: programs that people let act in their name.
//!
//! A program is registered as an *app*. Whoever lets it in is sent back to it with a *code*, which
//! it turns into a session of theirs, its access token. What is kept of secrets is their BLAKE3
//! hash, as of sessions. All of it belongs to this site alone.

pub mod app;
mod change;
pub mod consent;
mod redirect;
pub mod registration;
pub mod token;

use fieldpost_kernel::{Failure, Features, Row};
use fieldpost_log::{Scope, ScopeKind};
use fieldpost_model::{Id, Millis, OAuthApp};

/// `secret_hash` is missing for an app that can keep no secret. A grant is what a person decided;
/// codes and tokens say for whom which app got in. `spent_at` says when a refresh token was replaced,
/// or 0: one that comes back long after that was stolen.
const TABLES: &str = "
CREATE TABLE oauth_app (
    key INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    creator BLOB NOT NULL,
    create_at INTEGER NOT NULL,
    update_at INTEGER NOT NULL,
    secret_hash BLOB,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    icon_url TEXT NOT NULL,
    callback_urls TEXT NOT NULL,
    homepage TEXT NOT NULL,
    is_trusted INTEGER NOT NULL,
    is_public INTEGER NOT NULL,
    is_dynamic INTEGER NOT NULL
);
CREATE TABLE oauth_grant (
    account_key INTEGER NOT NULL,
    app BLOB NOT NULL,
    create_at INTEGER NOT NULL,
    PRIMARY KEY (account_key, app)
);
CREATE INDEX oauth_grant_app ON oauth_grant (app);
CREATE TABLE oauth_code (
    id BLOB PRIMARY KEY,
    code_hash BLOB NOT NULL UNIQUE,
    account_key INTEGER NOT NULL,
    app BLOB NOT NULL,
    redirect_uri TEXT NOT NULL,
    challenge TEXT NOT NULL,
    session BLOB NOT NULL,
    create_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    spent INTEGER NOT NULL
);
CREATE INDEX oauth_code_account ON oauth_code (account_key, app, create_at, id);
CREATE TABLE oauth_token (
    session BLOB PRIMARY KEY,
    code BLOB NOT NULL,
    account_key INTEGER NOT NULL,
    app BLOB NOT NULL,
    refresh_hash BLOB UNIQUE,
    create_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    spent_at INTEGER NOT NULL
);
CREATE INDEX oauth_token_code ON oauth_token (code);
CREATE INDEX oauth_token_account ON oauth_token (account_key, app, create_at, session)";

/// The property of a session that names the app that holds it.
pub(crate) const APP: &str = "oauth_app_id";

/// What an app may do is what its person may: there is this one scope, and nothing to choose.
pub const SCOPE: &str = "user";

/// How long a code may wait to be turned into a token.
pub const CODE_LENGTH: Millis = 10 * 60 * 1000;

/// How long a refresh token is good that is not used.
pub const REFRESH_LENGTH: Millis = 90 * 24 * 60 * 60 * 1000;

/// How long a refresh token is still good once it was replaced: the answer that brought the new one
/// may have been lost on the way.
pub const GRACE: Millis = 60 * 1000;

/// The longest name of an app, in characters.
pub const LONGEST_NAME: usize = 64;

/// The longest description, in characters.
const LONGEST_DESCRIPTION: usize = 512;

/// The longest address of a home page, and of a place to be sent back to.
const LONGEST_ADDRESS: usize = 256;

/// The longest address of a picture.
const LONGEST_ICON: usize = 512;

/// The longest list of places to be sent back to, as its bytes together.
const LONGEST_LIST: usize = 1024;

/// Apps that a site may have: that people made, and that registered themselves.
const MOST_APPS: i64 = 1000;

/// Codes, and tokens, of one person for one app that are remembered: the newest.
const REMEMBERED: i64 = 100;

pub(crate) fn register(features: &mut Features) {
    features.tables(TABLES);
    change::register(features);
}

/// Where what concerns an app is filed.
pub fn scope(app: Id) -> Scope {
    Scope::new(ScopeKind::Site, app)
}

const COLUMNS: &str = "oauth_app.id, oauth_app.creator, oauth_app.create_at, \
    oauth_app.update_at, oauth_app.name, oauth_app.description, oauth_app.icon_url, \
    oauth_app.callback_urls, oauth_app.homepage, oauth_app.is_trusted, oauth_app.is_public, \
    oauth_app.is_dynamic";

fn app_of(row: &dyn Row) -> OAuthApp {
    OAuthApp {
        id: row.id(0),
        creator_id: row.id(1),
        create_at: row.int(2),
        update_at: row.int(3),
        client_secret: String::new(),
        name: row.text(4).to_owned(),
        description: row.text(5).to_owned(),
        icon_url: row.text(6).to_owned(),
        callback_urls: serde_json::from_str(row.text(7)).unwrap_or_default(),
        homepage: row.text(8).to_owned(),
        is_trusted: row.flag(9),
        is_public: row.flag(10),
        is_dynamically_registered: row.flag(11),
    }
}

/// There is no such app.
pub fn no_app() -> Failure {
    Failure::not_found("app.oauth.get_app.find.app_error", "There is no such app.")
}
