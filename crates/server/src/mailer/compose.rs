//! Turns letters into mails: what they say, to whom, and with which links.

use fieldpost_chat::notify;
use fieldpost_chat::team::invite::{self, Invited};
use fieldpost_identity::proof::{self, New, Purpose};
use fieldpost_identity::{account, address};
use fieldpost_kernel::{Failure, Outcome, Work};
use fieldpost_mail::queue::Claimed;
use fieldpost_mail::{Block, Contents, Letter, Mail, Page};
use fieldpost_model::{Id, User};
use serde_json::json;

use super::news;
use crate::site::Config;

/// How soon strangers may have the same person sent another link.
const AGAIN: i64 = 60_000;

/// What every mail of a site has in common.
#[derive(Debug, Clone)]
pub(super) struct Composer {
    /// What the site calls itself.
    name: String,
    /// The address people use, without a slash at its end.
    url: String,
    /// Whether mails leave out who wrote what.
    generic: bool,
    /// Whether addresses have to be confirmed.
    verifies: bool,
}

/// What a mail says, and to whom.
struct Draft {
    to: String,
    subject: String,
    page: Page,
    thread: Option<Id>,
}

impl Composer {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            name: config.settings.site_name.clone(),
            url: config.settings.site_url.trim_end_matches('/').to_owned(),
            generic: config.mail.contents == Contents::Generic,
            verifies: config.mail.verify,
        }
    }

    /// The mail that a letter becomes; none if it has become pointless.
    pub(super) fn compose(&self, work: &mut Work<'_>, claimed: &Claimed) -> Outcome<Option<Mail>> {
        let draft = match &claimed.letter {
            Letter::Verify { account, address } => {
                self.verify(work, *account, address, claimed.tried)?
            }
            Letter::Reset { address } => self.reset(work, address, claimed.tried)?,
            Letter::PasswordChanged { account } => self.password_changed(work, *account)?,
            Letter::AddressChanged { account, from } => {
                self.address_changed(work, *account, from)?
            }
            Letter::Invitation { team, by, address, channels, note, guest } => {
                let invited = Invited { channels: channels.clone(), guest: *guest };
                self.invitation(work, (*team, *by), (address, note), &invited)?
            }
            Letter::News { account, posts } => self.news(work, *account, posts)?,
        };
        Ok(draft.map(|draft| Mail {
            id: claimed.id,
            to: draft.to,
            subject: format!("[{}] {}", self.name, draft.subject),
            page: draft.page,
            thread: draft.thread,
        }))
    }

    fn verify(
        &self,
        work: &mut Work<'_>,
        account: Id,
        wanted: &str,
        tried: i64,
    ) -> Outcome<Option<Draft>> {
        let user = match account.some() {
            Some(account) => account::by_id(work, account)?.filter(address::is_addressable),
            None => address::owner(work, wanted)?,
        };
        let Some(user) = user else { return Ok(None) };
        let confirmed = user.email == wanted && user.email_verified;
        let taken = user.email != wanted && account::by_email(work, wanted)?.is_some();
        let again =
            account.is_none() && tried == 0 && self.too_soon(work, Purpose::Verify, &user)?;
        if confirmed || taken || again {
            return Ok(None);
        }
        let token = issue(work, user.id, Purpose::Verify, &user, wanted)?;
        let link = format!("{}/do_verify_email?token={token}&email={}", self.url, encoded(wanted));
        let page = Page::new("Confirm your address")
            .with(text(format!(
                "This is the address of {} on {}. Please confirm that it is yours.",
                user.username, self.name
            )))
            .with(Block::Button { label: "Confirm".to_owned(), link })
            .with(small("The link works once, for 24 hours. If this is not you, do nothing."));
        let subject = "Confirm your address".to_owned();
        Ok(Some(Draft { to: wanted.to_owned(), subject, page, thread: None }))
    }

    fn reset(&self, work: &mut Work<'_>, wanted: &str, tried: i64) -> Outcome<Option<Draft>> {
        let Some(user) = address::owner(work, wanted)? else { return Ok(None) };
        if tried == 0 && self.too_soon(work, Purpose::Reset, &user)? {
            return Ok(None);
        }
        let token = issue(work, user.id, Purpose::Reset, &user, &user.email)?;
        let link = format!("{}/reset_password_complete?token={token}", self.url);
        let page = Page::new("Choose a new password")
            .with(text(format!(
                "Somebody, probably you, wants a new password for {} on {}.",
                user.username, self.name
            )))
            .with(Block::Button { label: "Choose a new password".to_owned(), link })
            .with(small(
                "The link works once, for 24 hours. If you did not ask for it, do nothing: your \
                 password stays as it is.",
            ));
        let subject = "Choose a new password".to_owned();
        Ok(Some(Draft { to: user.email, subject, page, thread: None }))
    }

    /// Whether somebody was sent such a link a moment ago: strangers must not fill their mailbox.
    fn too_soon(&self, work: &mut Work<'_>, purpose: Purpose, user: &User) -> Outcome<bool> {
        let newest = proof::newest(work, purpose, user.id)?;
        Ok(work.now() - newest < AGAIN)
    }

    fn password_changed(&self, work: &mut Work<'_>, account: Id) -> Outcome<Option<Draft>> {
        let user = account::by_id(work, account)?.filter(address::is_addressable);
        let Some(user) = user else { return Ok(None) };
        let page = Page::new("Your password was changed")
            .with(text(format!(
                "The password of {} on {} was changed just now.",
                user.username, self.name
            )))
            .with(small("If that was not you, tell the administrator of the server at once."));
        let subject = "Your password was changed".to_owned();
        Ok(Some(Draft { to: user.email, subject, page, thread: None }))
    }

    fn address_changed(
        &self,
        work: &mut Work<'_>,
        account: Id,
        from: &str,
    ) -> Outcome<Option<Draft>> {
        let user = account::by_id(work, account)?.filter(address::is_addressable);
        let Some(user) = user else { return Ok(None) };
        let page = Page::new("Your address was changed")
            .with(text(format!(
                "{} on {} has another e-mail address now: {}.",
                user.username, self.name, user.email
            )))
            .with(small("If that was not you, tell the administrator of the server at once."));
        let subject = "Your address was changed".to_owned();
        Ok(Some(Draft { to: from.to_owned(), subject, page, thread: None }))
    }

    fn news(&self, work: &mut Work<'_>, account: Id, posts: &[Id]) -> Outcome<Option<Draft>> {
        let user = account::by_id(work, account)?
            .filter(address::is_addressable)
            .filter(|user| user.email_verified || !self.verifies);
        let Some(user) = user else { return Ok(None) };
        let news = notify::news(work, account, posts)?;
        let told = news::told(&news, &self.url, &self.name, self.generic);
        Ok(told.map(|told| Draft {
            to: user.email,
            subject: told.subject,
            page: told.page,
            thread: told.thread,
        }))
    }

    fn invitation(
        &self,
        work: &mut Work<'_>,
        (team, by): (Id, Id),
        (to, note): (&str, &str),
        invited: &Invited,
    ) -> Outcome<Option<Draft>> {
        let standing = invite::standing(work, (team, by), invited)?;
        let Some(team) = standing else { return Ok(None) };
        let inviter = account::by_id(work, by)?.map(|user| user.username);
        let inviter = inviter.unwrap_or_else(|| "The administrator".to_owned());
        let note_kept = serde_json::to_string(invited).map_err(Failure::internal)?;
        let new =
            New { purpose: Purpose::Invitation, owner: team.id, address: to, note: &note_kept };
        let secret = proof::issue(work, by, new)?;
        let details = json!({ "email": to, "display_name": team.display_name, "name": team.name });
        let link = format!(
            "{}/signup_user_complete/?d={}&t={}&md=email{}",
            self.url,
            encoded(&details.to_string()),
            secret.reveal(),
            if invited.guest { "&sbr=guest" } else { "" }
        );
        let join = if invited.guest { "be a guest of the team" } else { "join the team" };
        let mut page =
            Page::new(format!("{inviter} invites you to {}", team.display_name)).with(text(
                format!("{inviter} invites you to {join} {} on {}.", team.display_name, self.name),
            ));
        if !note.trim().is_empty() {
            page = page.with(Block::Quote {
                by: inviter.clone(),
                text: note.to_owned(),
                link: self.url.clone(),
            });
        }
        let page = page
            .with(Block::Button { label: "Join the team".to_owned(), link })
            .with(small("The link works once, for 48 hours, and is meant for you alone."));
        let subject = format!("{inviter} invites you to {}", team.display_name);
        Ok(Some(Draft { to: to.to_owned(), subject, page, thread: None }))
    }
}

fn text(words: String) -> Block {
    Block::Text(words)
}

fn small(words: &str) -> Block {
    Block::Small(words.to_owned())
}

fn issue(
    work: &mut Work<'_>,
    author: Id,
    purpose: Purpose,
    user: &User,
    to: &str,
) -> Outcome<String> {
    let secret =
        proof::issue(work, author, New { purpose, owner: user.id, address: to, note: "" })?;
    Ok(secret.reveal().to_owned())
}

/// A text as one value in the query of an address.
fn encoded(text: &str) -> String {
    let mut part = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            part.push(char::from(byte));
        } else {
            part.push_str(&format!("%{byte:02X}"));
        }
    }
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_stands_in_a_value_stays_one() {
        assert_eq!(encoded("a.b-c_d~1"), "a.b-c_d~1");
        assert_eq!(encoded("a+b@x?&=#%\u{e9}\n"), "a%2Bb%40x%3F%26%3D%23%25%C3%A9%0A");
    }
}
