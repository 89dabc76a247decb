//! Passwords: what they must be, how they are kept, how one is tried.

mod memory;

use argon2::password_hash::phc::{Output, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Params, Version};
use fieldpost_access::{Caller, may_activate, may_set_password};
use fieldpost_kernel::{
    Applied, Applying, Body, Entropy, Failure, Features, Kind, Outcome, Rows, RowsExt, Work, params,
};
use fieldpost_log::ScopeKind;
use fieldpost_model::Id;
use serde::{Deserialize, Serialize};

use self::memory::Memory;
use crate::account::site_scope;
use crate::proof;
use crate::session;
use crate::target::{self, denied, facts_of};

/// A password is kept as its Argon2id hash, in a table of its own that no read of accounts joins
/// for its content.
pub(crate) const TABLES: &str = "
CREATE TABLE credential (
    account_key INTEGER PRIMARY KEY,
    hash TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    failed INTEGER NOT NULL DEFAULT 0
)";

/// Wrong passwords in a row after which an account accepts none, until it is reset.
pub const MAXIMUM_ATTEMPTS: i64 = 10;

/// A new password, as its hash.
#[derive(Serialize, Deserialize)]
pub struct PasswordSet {
    hash: String,
}

impl Body for PasswordSet {
    const KIND: Kind = Kind::new(0x0110);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

/// How many wrong passwords in a row were tried by now.
#[derive(Debug, Serialize, Deserialize)]
pub struct FailedAttempts(pub i64);

impl Body for FailedAttempts {
    const KIND: Kind = Kind::new(0x0111);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

pub(crate) fn register(features: &mut Features) {
    features.tables(TABLES);
    features.on(apply_password_set);
    features.on(apply_failed_attempts);
}

fn apply_password_set(set: &PasswordSet, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let account = cx.change.name.scope.id;
    let touched = cx.rows.execute(
        "INSERT INTO credential (account_key, hash, changed_at) \
         SELECT key, CAST(?2 AS TEXT), ?3 FROM account WHERE id = ?1 \
         ON CONFLICT (account_key) DO UPDATE SET hash = excluded.hash, \
         changed_at = excluded.changed_at, failed = 0",
        params![&account, &set.hash, cx.written_at()],
    )?;
    Ok(if touched == 0 { Applied::Waits(account) } else { Applied::Done })
}

fn apply_failed_attempts(failed: &FailedAttempts, cx: &mut Applying<'_>) -> Outcome<Applied> {
    cx.rows.execute(
        "UPDATE credential SET failed = ?2 \
         WHERE account_key = (SELECT key FROM account WHERE id = ?1)",
        params![&cx.change.name.scope.id, failed.0],
    )?;
    Ok(Applied::Done)
}

/// A password that may be kept: typed by a person, never shown, logged or sent again.
pub struct Password(String);

impl Password {
    /// A password, if it is 8 to 72 bytes.
    ///
    /// More than its length is not asked for: rules about kinds of characters make passwords
    /// weaker (NIST SP 800-63B, 5.1.1.2).
    pub fn new(text: String) -> Outcome<Self> {
        let id = match text.len() {
            ..8 => "model.user.is_valid.pwd_min_length.app_error",
            8..=72 => return Ok(Self(text)),
            _ => "model.user.is_valid.pwd_max_length.app_error",
        };
        Err(Failure::invalid(id, "Your password must be 8 to 72 characters long."))
    }

    /// Its hash, to be kept. This takes a noticeable time on purpose: call it on a thread of its
    /// own, never inside a use case.
    pub fn hash(&self, entropy: &dyn Entropy) -> Outcome<HashedPassword> {
        let mut salt = [0; 16];
        entropy.fill(&mut salt);
        let (algorithm, version) = Default::default();
        let argon2 = Argon2::new(algorithm, version, cost());
        let output = run(&argon2, self.0.as_bytes(), &salt, Params::DEFAULT_OUTPUT_LEN)?;
        let hash = PasswordHash {
            algorithm: algorithm.ident(),
            version: Some(version.into()),
            params: argon2.params().try_into().map_err(Failure::internal)?,
            salt: Some(Salt::new(&salt).map_err(Failure::internal)?),
            hash: Some(output),
        };
        Ok(HashedPassword(hash.to_string()))
    }
}

#[cfg(debug_assertions)]
static IS_CHEAP: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);

/// Has this process make hashes that cost next to nothing and protect nobody, for tests in which
/// hundreds sign in. A build for use cannot do that.
#[cfg(debug_assertions)]
pub fn hash_cheaply() {
    IS_CHEAP.store(true, std::sync::atomic::Ordering::Relaxed);
}

/// Memory, passes and lanes of a new hash: what the library advises.
fn cost() -> Params {
    #[cfg(debug_assertions)]
    if IS_CHEAP.load(std::sync::atomic::Ordering::Relaxed) {
        let (memory, passes) = (Params::MIN_M_COST, Params::MIN_T_COST);
        return Params::new(memory, passes, Params::MIN_P_COST, None).unwrap_or_default();
    }
    Params::default()
}

/// Runs Argon2 in memory that is given back when it is done.
fn run(argon2: &Argon2<'_>, typed: &[u8], salt: &[u8], length: usize) -> Outcome<Output> {
    let memory = Memory::of(argon2.params().block_count())?;
    let mut output = vec![0; length];
    argon2
        .hash_password_into_with_memory(typed, salt, &mut output, memory)
        .map_err(Failure::internal)?;
    Output::new(&output).map_err(Failure::internal)
}

/// A password's hash.
#[derive(Clone)]
pub struct HashedPassword(String);

impl HashedPassword {
    /// Whether this is the hash of a text somebody typed. Takes a noticeable time on purpose.
    pub fn matches(&self, typed: &str) -> bool {
        self.compare(typed).unwrap_or_default()
    }

    /// Hashes the text as this hash was made. Nothing, if this is no hash of ours.
    fn compare(&self, typed: &str) -> Option<bool> {
        let hash = PasswordHash::new(&self.0).ok()?;
        let (salt, kept) = hash.salt.as_ref().zip(hash.hash)?;
        let algorithm = Algorithm::try_from(hash.algorithm.as_str()).ok()?;
        let version = Version::try_from(hash.version?).ok()?;
        let argon2 = Argon2::new(algorithm, version, Params::try_from(&hash).ok()?);
        // Outputs are compared in the same time wherever they differ.
        Some(run(&argon2, typed.as_bytes(), salt, kept.len()).ok()? == kept)
    }

    /// Spends the time of a comparison, so that an unknown name answers as slowly as a known one.
    pub fn pretend(typed: &str) {
        let unknown = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$\
                       AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        let _never = Self(unknown.to_owned()).matches(typed);
    }
}

/// Keeps a new password of an account.
pub fn set(work: &mut Work<'_>, account: Id, author: Id, hash: &HashedPassword) -> Outcome<()> {
    work.emit(site_scope(account), author, &PasswordSet { hash: hash.0.clone() })?;
    Ok(())
}

/// Sets a password, one's own or another's, and ends the links that were sent about the account and
/// its other sessions: all but the one that is `kept`.
///
/// Whoever changes their own must have shown the old one before.
pub fn change(
    work: &mut Work<'_>,
    caller: &Caller,
    account: Id,
    hash: &HashedPassword,
    kept: Id,
) -> Outcome<()> {
    let user = target::own(work, account)?;
    may_set_password(caller, &facts_of(&user)).map_err(denied)?;
    set(work, account, caller.user, hash)?;
    proof::end_links(work, caller.user, account)?;
    session::close_others(work, account, kept)
}

/// Lets an account be signed in to again that was locked by wrong passwords.
pub fn unlock(work: &mut Work<'_>, caller: &Caller, account: Id) -> Outcome<()> {
    let user = target::own(work, account)?;
    // It gives an account back to its owner, as an activation does.
    may_activate(caller, &facts_of(&user)).map_err(denied)?;
    work.emit(site_scope(account), caller.user, &FailedAttempts(0))?;
    Ok(())
}

/// An account's kept password and how many wrong ones were tried since, if it has one.
pub fn find(rows: &mut dyn Rows, account: Id) -> Outcome<Option<(HashedPassword, i64)>> {
    rows.first(
        "SELECT hash, failed FROM credential \
         WHERE account_key = (SELECT key FROM account WHERE id = ?1)",
        params![&account],
        |row| (HashedPassword(row.text(0).to_owned()), row.int(1)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use fieldpost_kernel::SystemEntropy;

    #[test]
    fn a_password_matches_its_own_hash_only() {
        let password = Password::new("correct horse".to_owned()).unwrap();
        let hash = password.hash(&SystemEntropy).unwrap();
        assert!(hash.matches("correct horse"));
        assert!(!hash.matches("correct hors"));
    }

    #[test]
    fn a_hash_says_how_it_was_made() {
        let password = Password::new("correct horse".to_owned()).unwrap();
        let hash = password.hash(&SystemEntropy).unwrap();
        assert!(hash.0.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.0);
    }

    #[test]
    fn hashes_of_other_programs_and_parameters_match_too() {
        // From the tests of the reference implementation, salted with "somesalt".
        let hash = "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$\
                    bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc";
        assert!(HashedPassword(hash.to_owned()).matches("password"));
        assert!(!HashedPassword(hash.to_owned()).matches("passwort"));
        assert!(!HashedPassword("password".to_owned()).matches("password"));
    }

    #[test]
    fn its_length_is_bounded_on_both_sides() {
        let id = |n: usize| Password::new("x".repeat(n)).map(drop).map_err(|f| f.id.into_owned());
        assert_eq!(id(7), Err("model.user.is_valid.pwd_min_length.app_error".to_owned()));
        assert_eq!(id(8), Ok(()));
        assert_eq!(id(72), Ok(()));
        assert_eq!(id(73), Err("model.user.is_valid.pwd_max_length.app_error".to_owned()));
    }
}
