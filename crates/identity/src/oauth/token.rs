//! Turning codes and refresh tokens into access tokens.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fieldpost_kernel::{Outcome, Row, Rows, RowsExt, Work, params};
use fieldpost_model::{Id, Millis, OAuthApp, StringMap};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::change::{OAuthCodeSpent, OAuthTokenIssued};
use super::{APP, COLUMNS, GRACE, REFRESH_LENGTH, app_of};
use crate::account::{self, site_scope};
use crate::session::{self, Device, LENGTH, Token};

/// What an app asks for, and how it proves itself.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Request {
    /// What it has.
    pub grant_type: String,
    /// Which app.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// With `authorization_code`: the code.
    pub code: String,
    /// With `authorization_code`: where the person was sent back to.
    pub redirect_uri: String,
    /// With `authorization_code`: what hashes to the challenge.
    pub code_verifier: String,
    /// With `refresh_token`: that.
    pub refresh_token: String,
}

/// What an app gets.
pub struct Granted {
    /// The secret of the session that it holds from now on.
    pub access_token: String,
    /// What it gets the next one for; none, for one that can keep no secret.
    pub refresh_token: Option<String>,
    /// How long the access token is good.
    pub length: Millis,
    /// The session that it stands for.
    pub session: Id,
}

/// Why an app gets nothing: `error` and `error_description` of RFC 6749, 5.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    /// What went wrong, in the words of the standard.
    pub error: &'static str,
    /// The same for people.
    pub says: &'static str,
}

/// What came of a request, and whose sessions it changed.
pub struct Answer {
    /// What the app is answered.
    pub outcome: Result<Granted, Refused>,
    /// The app, if it proved to be it.
    pub app: Id,
    /// Whose sessions are others now.
    pub person: Option<Id>,
}

/// The app did not prove to be it.
pub const NOT_THE_APP: Refused =
    Refused { error: "invalid_client", says: "the client or its secret is unknown" };

const NO_GRANT: Refused = Refused {
    error: "invalid_grant",
    says: "that is unknown, was used, has run out, or is another client's",
};

const REPLAYED: Refused =
    Refused { error: "invalid_grant", says: "that was used before; what came of it was ended" };

/// A code or refresh token, and what it may become.
struct Kept {
    /// The code from which it comes.
    code: Id,
    app: Id,
    person: Id,
    /// Whether it is good now.
    good: bool,
    /// Whether it was turned into something long ago.
    spent: bool,
}

/// Gives an app a token for a code or a refresh token. A refusal is a value, so that it is kept that
/// what was stolen was ended.
pub fn exchange(work: &mut Work<'_>, request: &Request) -> Outcome<Answer> {
    let Some(app) = prove(work, request)? else {
        return Ok(Answer { outcome: Err(NOT_THE_APP), app: Id::NONE, person: None });
    };
    let refuse = |refused| Ok(Answer { outcome: Err(refused), app: app.id, person: None });
    let kept = match request.grant_type.as_str() {
        "authorization_code" => by_code(work, request)?,
        "refresh_token" => by_refresh(work, request)?,
        _ => {
            return refuse(Refused {
                error: "unsupported_grant_type",
                says: "grant_type must be authorization_code or refresh_token",
            });
        }
    };
    let Some(kept) = kept.filter(|kept| kept.app == app.id) else { return refuse(NO_GRANT) };
    if kept.spent {
        end_family(work, &kept)?;
        return Ok(Answer { outcome: Err(REPLAYED), app: app.id, person: Some(kept.person) });
    }
    let Some(user) = account::by_id(work, kept.person)?.filter(|_| kept.good) else {
        return refuse(NO_GRANT);
    };
    if user.delete_at != 0 {
        return refuse(NO_GRANT);
    }
    end_family(work, &kept)?;
    if request.grant_type == "authorization_code" {
        work.emit(site_scope(user.id), user.id, &OAuthCodeSpent { code: kept.code })?;
    }
    let device = Device { id: String::new(), props: props_of(&app) };
    let opened = session::begin(work, &user, &device)?;
    let refresh = (!app.is_public).then(|| Token::new(work));
    let issued = OAuthTokenIssued {
        session: opened.id,
        code: kept.code,
        app: app.id,
        refresh: refresh.as_ref().map(Token::digest),
        expires_at: work.now() + REFRESH_LENGTH,
    };
    work.emit(site_scope(user.id), user.id, &issued)?;
    let granted = Granted {
        access_token: opened.token,
        refresh_token: refresh.map(|token| token.reveal().to_owned()),
        length: LENGTH,
        session: opened.id,
    };
    Ok(Answer { outcome: Ok(granted), app: app.id, person: Some(user.id) })
}

/// Whose sessions a request may change: whoever locks what is filed with that account first is alone
/// with the code.
pub fn holder(rows: &mut dyn Rows, request: &Request) -> Outcome<Option<Id>> {
    let of = |row: &dyn Row| row.id(0);
    let code = rows.first(
        "SELECT account.id FROM oauth_code c JOIN account ON account.key = c.account_key \
         WHERE c.code_hash = ?1",
        params![&Token::presented(&request.code).digest()],
        of,
    )?;
    if code.is_some() {
        return Ok(code);
    }
    rows.first(
        "SELECT account.id FROM oauth_token t JOIN account ON account.key = t.account_key \
         WHERE t.refresh_hash = ?1",
        params![&Token::presented(&request.refresh_token).digest()],
        of,
    )
}

/// The app that a request comes of, if it proves to be it.
fn prove(rows: &mut dyn Rows, request: &Request) -> Outcome<Option<OAuthApp>> {
    let Ok(id) = request.client_id.parse::<Id>() else { return Ok(None) };
    let sql = format!("SELECT {COLUMNS}, oauth_app.secret_hash FROM oauth_app WHERE id = ?1");
    let found = rows.first(&sql, params![&id], |row| {
        let hash = (!row.is_null(12)).then(|| row.blob(12).to_vec());
        (app_of(row), hash)
    })?;
    let Some((app, hash)) = found else { return Ok(None) };
    let proven = match hash {
        Some(hash) => {
            let shown = Token::presented(&request.client_secret).digest();
            shown.as_slice().ct_eq(hash.as_slice()).into()
        }
        None => app.is_public && request.client_secret.is_empty(),
    };
    Ok(proven.then_some(app))
}

/// What the session of an app says of itself, to whoever looks at the list of their sessions.
fn props_of(app: &OAuthApp) -> StringMap {
    [(APP, app.id.to_string()), ("platform", app.name.clone())]
        .into_iter()
        .chain([("os", "OAuth2".to_owned()), ("browser", "OAuth2".to_owned())])
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn by_code(work: &mut Work<'_>, request: &Request) -> Outcome<Option<Kept>> {
    let now = work.now();
    work.first(
        "SELECT c.id, c.app, account.id, c.redirect_uri, c.challenge, c.expires_at, c.spent, \
         EXISTS (SELECT 1 FROM session WHERE session.id = c.session AND session.expires_at > ?2) \
         FROM oauth_code c JOIN account ON account.key = c.account_key WHERE c.code_hash = ?1",
        params![&Token::presented(&request.code).digest(), now],
        |row| Kept {
            code: row.id(0),
            app: row.id(1),
            person: row.id(2),
            good: is_good_code(row, request, now),
            spent: row.flag(6),
        },
    )
}

fn is_good_code(row: &dyn Row, request: &Request, now: Millis) -> bool {
    row.text(3) == request.redirect_uri
        && is_verified(row.text(4), &request.code_verifier)
        && row.int(5) > now
        && row.flag(7)
}

/// Whether a verifier is the one that was promised (RFC 7636, 4.6). One that nobody promised is
/// wrong, too: somebody may have taken the promise away (RFC 9700, 2.1.1).
fn is_verified(challenge: &str, verifier: &str) -> bool {
    if challenge.is_empty() {
        return verifier.is_empty();
    }
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let sound = (43..=128).contains(&verifier.len()) && verifier.bytes().all(letter);
    let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
    sound && hash.as_bytes().ct_eq(challenge.as_bytes()).into()
}

fn by_refresh(work: &mut Work<'_>, request: &Request) -> Outcome<Option<Kept>> {
    let now = work.now();
    work.first(
        "SELECT t.code, t.app, account.id, t.expires_at, t.spent_at, EXISTS \
         (SELECT 1 FROM oauth_token o JOIN session ON session.id = o.session WHERE o.code = t.code) \
         FROM oauth_token t JOIN account ON account.key = t.account_key WHERE t.refresh_hash = ?1",
        params![&Token::presented(&request.refresh_token).digest()],
        |row| {
            let spent_at = row.int(4);
            Kept {
                code: row.id(0),
                app: row.id(1),
                person: row.id(2),
                // It ends with the session, whoever ended that.
                good: row.int(3) > now && row.flag(5),
                spent: spent_at != 0 && spent_at + GRACE < now,
            }
        },
    )
}

/// Ends the sessions that came from a code.
fn end_family(work: &mut Work<'_>, kept: &Kept) -> Outcome<()> {
    let sessions = work.all(
        "SELECT session.id FROM oauth_token t JOIN session ON session.id = t.session \
         WHERE t.code = ?1 ORDER BY session.id",
        params![&kept.code],
        |row| row.id(0),
    )?;
    if sessions.is_empty() { Ok(()) } else { session::close(work, kept.person, sessions) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verifier_is_the_one_that_was_promised() {
        // The example of RFC 7636, appendix B.
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        assert!(is_verified(challenge, verifier));
        assert!(!is_verified(challenge, ""));
        assert!(!is_verified(challenge, challenge));
        assert!(!is_verified("", verifier), "nobody promised it");
        assert!(is_verified("", ""));
        let short = "x".repeat(42);
        let promised = URL_SAFE_NO_PAD.encode(Sha256::digest(short.as_bytes()));
        assert!(!is_verified(&promised, &short));
    }
}
