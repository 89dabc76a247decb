//! Pairing: an invitation made here is a code for the administrator of another site.
//!
//! The code carries this site's key and a secret that is good once. Whoever accepts it connects to a
//! site that proves to have that key, shows the secret, and by connecting proves to have a key of
//! their own. Then each side holds the other's.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fieldpost_access::Caller;
use fieldpost_kernel::{Failure, FailureKind, Outcome, Rows, RowsExt, Work, params};
use fieldpost_log::wire::Reader;
use fieldpost_log::{Digest, Malformed, SiteId, VerifyingKey};
use fieldpost_model::{Id, Millis};
use serde::{Deserialize, Serialize};

use crate::Addresses;
use crate::audit::{Action, Note};
use crate::change::{InvitationUsed, Invited};
use crate::peer::{self, require_links};

/// How long an invitation is good: long enough to carry it to another site by hand.
const VALID_FOR: Millis = 7 * 24 * 60 * 60 * 1000;

/// What a code begins with, so that people and programs know it.
const PREFIX: &str = "fieldpost-link-1.";

/// Bytes of its digest that stand in a code, against mistyping.
const CHECK: usize = 4;

/// What a code says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// The site that invites.
    pub site: SiteId,
    /// Its key.
    pub key: VerifyingKey,
    /// The secret that is good once.
    pub secret: [u8; 16],
    /// Where the site can be reached ([`Addresses`]).
    pub address: String,
}

/// Makes an invitation, and gives its code: one line of text.
pub fn invite(
    work: &mut Work<'_>,
    caller: &Caller,
    (site, key): (SiteId, &VerifyingKey),
    address: &str,
) -> Outcome<String> {
    require_links(caller)?;
    require_address(address)?;
    let secret = *work.random_id().as_bytes();
    let invited = Invited {
        secret: *Digest::of_invitation(&secret).as_bytes(),
        expires_at: work.now() + VALID_FOR,
    };
    work.emit(invitations(), caller.user, &invited)?;
    Note::of(Action::Invited).saying(address).by(work, caller)?;
    Ok(Code { site, key: key.clone(), secret, address: address.to_owned() }.encode())
}

/// Refuses what cannot be called.
fn require_address(address: &str) -> Outcome<()> {
    if Addresses::parse(address).is_some() {
        return Ok(());
    }
    Err(Failure::invalid(
        "api.fieldpost.link.address",
        format!(
            "{address:?} is no address that another site could call, such as host:8066, or \
             https://host where only a web proxy passes, or both with a comma between them."
        ),
    ))
}

fn invitations() -> fieldpost_log::Scope {
    fieldpost_log::Scope::new(fieldpost_log::ScopeKind::Site, Id::NONE)
}

impl Code {
    /// The code as one line of text.
    fn encode(&self) -> String {
        let key = self.key.encode();
        let mut bytes = [self.site.0.as_slice(), &self.secret, &[key.len() as u8], &key].concat();
        bytes.extend_from_slice(self.address.as_bytes());
        let check = Digest::of_code(&bytes);
        bytes.extend_from_slice(&check.as_bytes()[..CHECK]);
        format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Reads a code, however it was copied.
    pub fn read(text: &str) -> Outcome<Self> {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let bytes = text.strip_prefix(PREFIX).and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
        let bytes = bytes.ok_or_else(no_code)?;
        let content = bytes.len().checked_sub(CHECK).ok_or_else(no_code)?;
        let (content, check) = bytes.split_at(content);
        if Digest::of_code(content).as_bytes()[..CHECK] != *check {
            return Err(no_code());
        }
        Self::decode(content).map_err(|_| no_code())
    }

    fn decode(content: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(content);
        let site = SiteId(reader.array()?);
        let secret = reader.array()?;
        let length = usize::from(reader.byte()?);
        let key = VerifyingKey::decode(reader.take(length)?)?;
        let address = content.len() - 33 - length;
        let address = std::str::from_utf8(reader.take(address)?);
        let address = address.map_err(|_| Malformed::new("an address"))?.to_owned();
        Ok(Self { site, key, secret, address })
    }
}

fn no_code() -> Failure {
    Failure::invalid(
        "api.fieldpost.link.code",
        "That is not the code of an invitation. Copy the whole line that the other site shows.",
    )
}

/// What whoever accepts an invitation says first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The invitation's secret.
    pub secret: [u8; 16],
    /// Who accepts.
    pub site: SiteId,
    /// What they call themselves.
    pub name: String,
    /// Where they can be reached; empty if they call.
    pub address: String,
}

/// What whoever invited answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// What they call themselves.
    pub name: String,
}

/// Until when some invitation is open; 0 if there never was one.
pub fn open_until(rows: &mut dyn Rows) -> Outcome<Millis> {
    rows.count("SELECT COALESCE(max(expires_at), 0) FROM link_invitation", &[])
}

/// Lets somebody in who has an invitation's secret and has proved to have a key.
pub fn welcome(
    work: &mut Work<'_>,
    own: SiteId,
    request: &Request,
    key: &VerifyingKey,
) -> Outcome<String> {
    let secret = *Digest::of_invitation(&request.secret).as_bytes();
    let now = work.now();
    if !request.address.is_empty() {
        require_address(&request.address)?;
    }
    let open = work.count(
        "SELECT count(*) FROM link_invitation WHERE secret = ?1 AND expires_at > ?2",
        params![&secret, now],
    )?;
    if open == 0 {
        return Err(Failure::new(
            FailureKind::Forbidden,
            "api.fieldpost.link.invitation",
            "That invitation was used, has expired, or never was.",
        ));
    }
    require_other(work, own, request.site, key)?;
    work.emit(invitations(), Id::NONE, &InvitationUsed { secret })?;
    let name = peer::link(work, request.site, (&request.name, key, &request.address))?;
    let joined = Note::of(Action::Joined).about_site(request.site, &name);
    joined.saying(&*request.address).by_nobody(work)?;
    Ok(name)
}

/// Notes that an invitation was accepted: the inviting site holds this one's key.
pub fn accepted(
    work: &mut Work<'_>,
    caller: &Caller,
    own: SiteId,
    code: &Code,
    welcome: &Welcome,
) -> Outcome<String> {
    require_links(caller)?;
    require_other(work, own, code.site, &code.key)?;
    let name = peer::link(work, code.site, (&welcome.name, &code.key, &code.address))?;
    let accepted = Note::of(Action::Accepted).about_site(code.site, &name);
    accepted.saying(&*code.address).by(work, caller)?;
    Ok(name)
}

/// Refuses to accept an invitation that could not be accepted whatever the other site says.
pub fn require_acceptable(rows: &mut dyn Rows, own: SiteId, code: &Code) -> Outcome<()> {
    require_other(rows, own, code.site, &code.key)
}

/// Refuses a link of a site with itself, one under the key of another peer, and one in the name of a
/// site that had another key: whoever is invited must not become somebody who is known already, or
/// was.
fn require_other(
    rows: &mut dyn Rows,
    own: SiteId,
    site: SiteId,
    key: &VerifyingKey,
) -> Outcome<()> {
    if peer::known_key(rows, site)?.is_some_and(|known| known != *key) {
        let id = Id::from_bytes(site.0);
        return Err(Failure::new(
            FailureKind::Conflict,
            "api.fieldpost.link.other_key",
            format!(
                "This site knows the site {id} by another key. If that site really has a new one, \
                 end any link with it, and have the old key forgotten: \
                 fieldpost link forget --with {id}"
            ),
        ));
    }
    let other = peer::by_key(rows, key)?.is_some_and(|peer| peer.site != site);
    if site == own || other {
        return Err(Failure::new(
            FailureKind::Conflict,
            "api.fieldpost.link.itself",
            "A site cannot be linked with itself, nor with a copy of a site under another name.",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use fieldpost_log::{SigningKey, Suite};

    fn code() -> Code {
        let key = SigningKey::from_seed(Suite::One, &[1; 32]).verifying_key();
        Code { site: SiteId([2; 16]), key, secret: [3; 16], address: "hq.example:8066".to_owned() }
    }

    #[test]
    fn a_code_survives_being_copied() {
        let text = code().encode();
        assert!(!text.contains(char::is_whitespace));
        assert_eq!(Code::read(&text), Ok(code()));
        let (one, other) = text.split_at(40);
        assert_eq!(Code::read(&format!(" {one}\n {other}\n")), Ok(code()));
    }

    #[test]
    fn a_mistyped_code_is_refused() {
        let text = code().encode();
        for at in 0..text.len() {
            let mut wrong = text.clone().into_bytes();
            wrong[at] = if wrong[at] == b'A' { b'B' } else { b'A' };
            let wrong = String::from_utf8(wrong).unwrap();
            // The last character has bits that mean nothing; a decoder that is strict refuses those.
            assert!(Code::read(&wrong).is_err(), "{at}");
            assert!(Code::read(&text[..at]).is_err(), "{at}");
        }
    }
}
