//! One-time proofs: secrets that are sent to an address, and show that whoever brings one back
//! reads there.
//!
//! What a proof is good for beyond that is its note, which whoever issues it understands.

use fieldpost_kernel::{
    Applied, Applying, Body, Features, Kind, Outcome, Row, Rows, RowsExt, Work, at_most, params,
};
use fieldpost_log::{Scope, ScopeKind};
use fieldpost_model::{Id, Millis};
use serde::{Deserialize, Serialize};

/// `digest` is BLAKE3 of the secret: whoever reads the database cannot use it. `owner` is the
/// account or the team that the proof is about.
const TABLES: &str = "
CREATE TABLE proof (
    digest BLOB PRIMARY KEY,
    purpose INTEGER NOT NULL,
    owner BLOB NOT NULL,
    author BLOB NOT NULL,
    address TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    note TEXT NOT NULL
);
CREATE INDEX proof_owner ON proof (owner)";

/// The characters of a secret.
const LENGTH: usize = 64;

/// The longest note, in characters.
const LONGEST_NOTE: usize = 8000;

const HOUR: Millis = 60 * 60 * 1000;

/// What a proof is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Purpose {
    /// To confirm that an address is an account's.
    Verify,
    /// To choose a new password.
    Reset,
    /// To join a team.
    Invitation,
}

impl Purpose {
    /// How long such a proof is good.
    pub fn lifetime(self) -> Millis {
        match self {
            Self::Verify | Self::Reset => 24 * HOUR,
            Self::Invitation => 48 * HOUR,
        }
    }

    fn number(self) -> i64 {
        match self {
            Self::Verify => 1,
            Self::Reset => 2,
            Self::Invitation => 3,
        }
    }

    /// Whether a new one takes the place of those before it.
    fn is_single(self) -> bool {
        self != Self::Invitation
    }
}

/// A proof was issued.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ProofIssued {
    purpose: Purpose,
    digest: [u8; 32],
    address: String,
    expires_at: Millis,
    note: String,
}

impl Body for ProofIssued {
    const KIND: Kind = Kind::new(0x0144);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];

    fn fits(&self) -> bool {
        at_most(&self.address, 128) && at_most(&self.note, LONGEST_NOTE)
    }
}

/// Proofs are good no more: one, or all of a purpose.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ProofsEnded {
    purpose: Purpose,
    only: Option<[u8; 32]>,
}

impl Body for ProofsEnded {
    const KIND: Kind = Kind::new(0x0145);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

pub(crate) fn register(features: &mut Features) {
    features.tables(TABLES);
    features.on(apply_issued);
    features.on(apply_ended);
}

fn apply_issued(issued: &ProofIssued, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let owner = cx.change.name.scope.id;
    let at = cx.written_at();
    cx.rows.execute(
        "DELETE FROM proof WHERE owner = ?1 AND purpose = ?2 AND digest <> ?5 \
         AND (CAST(?3 AS BIGINT) = 1 OR expires_at <= ?4)",
        params![&owner, issued.purpose.number(), issued.purpose.is_single(), at, &issued.digest],
    )?;
    cx.rows.execute(
        "INSERT INTO proof (digest, purpose, owner, author, address, expires_at, note) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (digest) DO NOTHING",
        params![
            &issued.digest,
            issued.purpose.number(),
            &owner,
            &cx.change.author,
            &issued.address,
            issued.expires_at,
            &issued.note,
        ],
    )?;
    Ok(Applied::Done)
}

fn apply_ended(ended: &ProofsEnded, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let owner = cx.change.name.scope.id;
    match &ended.only {
        Some(digest) => cx.rows.execute("DELETE FROM proof WHERE digest = ?1", params![digest])?,
        None => cx.rows.execute(
            "DELETE FROM proof WHERE owner = ?1 AND purpose = ?2",
            params![&owner, ended.purpose.number()],
        )?,
    };
    Ok(Applied::Done)
}

/// The secret of a proof. It has no text form but the one asked for by name, so that it is never
/// logged.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    fn new(work: &Work<'_>) -> Self {
        let mut text = String::with_capacity(LENGTH);
        for id in [work.random_id(), work.random_id()] {
            for byte in id.as_bytes() {
                text.push_str(&format!("{byte:02x}"));
            }
        }
        Self(text)
    }

    /// A secret that somebody brought back, if it has the form of one.
    pub fn presented(text: &str) -> Option<Self> {
        (text.len() == LENGTH).then(|| Self(text.to_owned()))
    }

    /// The secret itself, to be sent to the address.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    fn digest(&self) -> [u8; 32] {
        *blake3::hash(self.0.as_bytes()).as_bytes()
    }
}

/// A proof that was issued and not used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The account or team that it is about.
    pub owner: Id,
    /// Who had it issued; none for the site itself.
    pub author: Id,
    /// Where it was sent.
    pub address: String,
    /// When it is good no more.
    pub expires_at: Millis,
    /// What it is good for besides.
    pub note: String,
    purpose: i64,
    digest: [u8; 32],
}

impl Proof {
    /// Where it is used up: whoever locks that first is alone with it.
    pub fn scope(&self) -> Scope {
        scope(self.owner)
    }

    /// Whether it is good at a time.
    pub fn is_good(&self, now: Millis) -> bool {
        now < self.expires_at
    }
}

fn scope(owner: Id) -> Scope {
    Scope::new(ScopeKind::Site, owner)
}

/// What a proof is made of.
#[derive(Debug, Clone, Copy)]
pub struct New<'a> {
    /// What for.
    pub purpose: Purpose,
    /// About which account or team.
    pub owner: Id,
    /// Where it is sent.
    pub address: &'a str,
    /// What it is good for besides.
    pub note: &'a str,
}

/// Issues a proof on somebody's behalf, and gives its secret, which nobody can ask for again. Of
/// those for the same purpose about the same owner, none is good any more that went to the address.
pub fn issue(work: &mut Work<'_>, author: Id, new: New<'_>) -> Outcome<Secret> {
    let secret = Secret::new(work);
    let issued = ProofIssued {
        purpose: new.purpose,
        digest: secret.digest(),
        address: new.address.to_owned(),
        expires_at: work.now() + new.purpose.lifetime(),
        note: new.note.to_owned(),
    };
    for earlier in sent_to(work, new)? {
        end(work, author, new.purpose, &earlier)?;
    }
    work.emit(scope(new.owner), author, &issued)?;
    Ok(secret)
}

const COLUMNS: &str = "SELECT owner, author, address, expires_at, note, purpose, digest FROM proof";

fn proof_of(row: &dyn Row) -> Proof {
    Proof {
        owner: row.id(0),
        author: row.id(1),
        address: row.text(2).to_owned(),
        expires_at: row.int(3),
        note: row.text(4).to_owned(),
        purpose: row.int(5),
        digest: row.blob(6).try_into().unwrap_or_default(),
    }
}

/// The proofs like a new one, where more than one may be good.
fn sent_to(rows: &mut dyn Rows, new: New<'_>) -> Outcome<Vec<Proof>> {
    if new.purpose.is_single() {
        return Ok(Vec::new());
    }
    rows.all(
        &format!("{COLUMNS} WHERE owner = ?1 AND purpose = ?2 AND address = ?3 ORDER BY digest"),
        params![&new.owner, new.purpose.number(), new.address],
        proof_of,
    )
}

/// The proof of a secret that is for a purpose, expired or not.
pub fn find(rows: &mut dyn Rows, purpose: Purpose, secret: &Secret) -> Outcome<Option<Proof>> {
    rows.first(
        &format!("{COLUMNS} WHERE digest = ?1 AND purpose = ?2"),
        params![&secret.digest(), purpose.number()],
        proof_of,
    )
}

/// When the newest proof of a purpose was issued about somebody; 0 for never.
pub fn newest(rows: &mut dyn Rows, purpose: Purpose, owner: Id) -> Outcome<Millis> {
    let expires = rows.count(
        "SELECT COALESCE(MAX(expires_at), 0) FROM proof WHERE owner = ?1 AND purpose = ?2",
        params![&owner, purpose.number()],
    )?;
    Ok((expires - purpose.lifetime()).max(0))
}

/// Uses a proof up.
pub fn end(work: &mut Work<'_>, author: Id, purpose: Purpose, proof: &Proof) -> Outcome<()> {
    work.emit(scope(proof.owner), author, &ProofsEnded { purpose, only: Some(proof.digest) })?;
    Ok(())
}

/// Ends every proof of a purpose about somebody, if there is one.
pub fn end_all(work: &mut Work<'_>, author: Id, purpose: Purpose, owner: Id) -> Outcome<()> {
    let known = work.count(
        "SELECT count(*) FROM proof WHERE owner = ?1 AND purpose = ?2",
        params![&owner, purpose.number()],
    )?;
    if known > 0 {
        work.emit(scope(owner), author, &ProofsEnded { purpose, only: None })?;
    }
    Ok(())
}

/// Ends every link that was sent about an account, whatever it is for: what somebody asked for who
/// knew the old password is good no more under the new one.
pub(crate) fn end_links(work: &mut Work<'_>, author: Id, account: Id) -> Outcome<()> {
    end_all(work, author, Purpose::Verify, account)?;
    end_all(work, author, Purpose::Reset, account)
}

/// Ends every proof of a purpose, whomever it is about.
pub fn end_everywhere(work: &mut Work<'_>, author: Id, purpose: Purpose) -> Outcome<()> {
    let owners = work.all(
        "SELECT DISTINCT owner FROM proof WHERE purpose = ?1 ORDER BY owner",
        params![purpose.number()],
        |row| row.id(0),
    )?;
    for owner in owners {
        work.emit(scope(owner), author, &ProofsEnded { purpose, only: None })?;
    }
    Ok(())
}
