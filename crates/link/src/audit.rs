//! What administrators did to links, and what was refused: kept for those who administer them.
//!
//! An act is noted in the transaction of what it does. A refusal is none by itself, so it is noted
//! alone; and since whoever is refused may come again and again, what repeats within a day is one
//! entry with a count, and of entries that are new there are so many in an hour.

mod history;
mod noted;

use fieldpost_access::{Actor, Caller};
use fieldpost_kernel::{Outcome, Rows, RowsExt, Work, params};
use fieldpost_log::{Scope, ScopeKind, SiteId};
use fieldpost_model::{Id, Millis};
use serde::{Deserialize, Serialize};

use crate::Peer;
use noted::Noted;

pub use history::{By, Entry, list};
pub(crate) use noted::register;

/// How many acts are kept in the table, and how many refusals: the newest.
pub const MOST: i64 = 10_000;

/// For how long the same refusal is one entry.
const FOLDED_FOR: Millis = 24 * 60 * 60 * 1000;

/// Entries for refusals that are begun in an hour, at most. What is beyond them is counted without
/// its source and its reason: whoever invents a new one each time gets one entry, too.
const MOST_BEGUN: i64 = 100;

/// For how long a begun entry counts.
const HOUR: Millis = 60 * 60 * 1000;

/// What happened. In a record it is its place in this list: new ones go to the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// An invitation was made.
    Invited,
    /// An invitation of another site was accepted here.
    Accepted,
    /// Another site accepted an invitation of this one.
    Joined,
    /// A link was removed.
    Removed,
    /// The key of a site that is not linked any more was forgotten.
    Forgotten,
    /// A link was paused.
    Paused,
    /// A link was silenced.
    Silenced,
    /// A link was taken up again.
    Resumed,
    /// A channel was shared.
    Shared,
    /// A channel is shared no longer.
    Unshared,
    /// All channels are shared, also those to come.
    SharedAll,
    /// They are no longer.
    UnsharedAll,
    /// What a peer offers was accepted by an administrator.
    OfferAccepted,
    /// What a peer offers was declined.
    OfferDeclined,
    /// A bundle was written.
    BundleWritten,
    /// A bundle was taken in.
    BundleTaken,
    /// What a peer offers was accepted by this site itself, as it is set to do.
    OfferTaken,
    /// A stranger wanted to link their site and had no good invitation, or may not be who they say.
    StrangerRefused,
    /// Somebody called with a key that no linked site has.
    KeyRefused,
    /// Somebody with another key answered where a peer was called.
    OtherKey,
    /// A peer said what it may not say.
    Offence,
    /// A peer sent changes that it may not send.
    BatchRefused,
    /// A peer did not take what this site sent.
    BatchNotTaken,
    /// A bundle was not taken in.
    BundleRefused,
    /// A peer offered a channel that it may not offer.
    OfferRefused,
    /// Direct messages were allowed.
    DirectAllowed,
    /// They are allowed no longer.
    DirectEnded,
    /// A peer introduced a site, whose changes it passes on.
    Introduced,
    /// A peer introduced a site that is known by another key.
    SiteRefused,
    /// A peer holds what this site wrote itself and lost, and was asked for it.
    AskedBack,
    /// A site is to read a channel only.
    LetRead,
    /// A site is to write in a channel again.
    LetWrite,
    /// A peer wrote in a channel that it only reads.
    WriteRefused,
    /// What is shared over a link was written for a guard.
    GuardWritten,
    /// It was said when a link may be used.
    BudgetSet,
    /// It was said which files come over a link by themselves.
    FilesSet,
    /// It was said which files a peer is given.
    GivesSet,
}

/// Each with the name that it has on the API and in the table.
const ACTIONS: [(Action, &str); 37] = [
    (Action::Invited, "invited"),
    (Action::Accepted, "accepted"),
    (Action::Joined, "joined"),
    (Action::Removed, "removed"),
    (Action::Forgotten, "forgotten"),
    (Action::Paused, "paused"),
    (Action::Silenced, "silenced"),
    (Action::Resumed, "resumed"),
    (Action::Shared, "shared"),
    (Action::Unshared, "unshared"),
    (Action::SharedAll, "shared_all"),
    (Action::UnsharedAll, "unshared_all"),
    (Action::OfferAccepted, "offer_accepted"),
    (Action::OfferDeclined, "offer_declined"),
    (Action::BundleWritten, "bundle_written"),
    (Action::BundleTaken, "bundle_taken"),
    (Action::OfferTaken, "offer_taken"),
    (Action::StrangerRefused, "stranger_refused"),
    (Action::KeyRefused, "key_refused"),
    (Action::OtherKey, "other_key"),
    (Action::Offence, "offence"),
    (Action::BatchRefused, "batch_refused"),
    (Action::BatchNotTaken, "batch_not_taken"),
    (Action::BundleRefused, "bundle_refused"),
    (Action::OfferRefused, "offer_refused"),
    (Action::DirectAllowed, "direct_allowed"),
    (Action::DirectEnded, "direct_ended"),
    (Action::Introduced, "introduced"),
    (Action::SiteRefused, "site_refused"),
    (Action::AskedBack, "asked_back"),
    (Action::LetRead, "let_read"),
    (Action::LetWrite, "let_write"),
    (Action::WriteRefused, "write_refused"),
    (Action::GuardWritten, "guard_written"),
    (Action::BudgetSet, "budget_set"),
    (Action::FilesSet, "files_set"),
    (Action::GivesSet, "gives_set"),
];

impl Action {
    /// Its name on the API.
    pub fn name(self) -> &'static str {
        ACTIONS.iter().find(|(action, _)| *action == self).map_or("", |(_, name)| name)
    }

    fn named(name: &str) -> Option<Self> {
        ACTIONS.iter().find(|(_, known)| *known == name).map(|(action, _)| *action)
    }

    /// Whether others cause it as often as they like, so that repetitions are counted.
    fn is_folded(self) -> bool {
        matches!(
            self,
            Self::OfferTaken
                | Self::StrangerRefused
                | Self::KeyRefused
                | Self::OtherKey
                | Self::Offence
                | Self::BatchRefused
                | Self::BatchNotTaken
                | Self::BundleRefused
                | Self::OfferRefused
                | Self::SiteRefused
                | Self::AskedBack
                | Self::WriteRefused
        )
    }
}

/// Something that is to be noted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    action: Action,
    site: Id,
    name: String,
    channel: Id,
    source: String,
    detail: String,
}

impl Note {
    /// A note of something that concerns no site in particular.
    pub fn of(action: Action) -> Self {
        let (site, channel) = (Id::NONE, Id::NONE);
        Self {
            action,
            site,
            name: String::new(),
            channel,
            source: String::new(),
            detail: String::new(),
        }
    }

    /// The note, of what concerns a peer.
    #[must_use]
    pub fn about(self, peer: &Peer) -> Self {
        self.about_site(peer.site, &peer.name)
    }

    /// The note, of what concerns a site that is called so here; nothing if it has no name here.
    #[must_use]
    pub fn about_site(self, site: SiteId, name: &str) -> Self {
        Self { site: Id::from_bytes(site.0), name: name.to_owned(), ..self }
    }

    /// The note, of what concerns a channel.
    #[must_use]
    pub fn in_channel(self, channel: Id) -> Self {
        Self { channel, ..self }
    }

    /// The note, of what came from an address of the network, or under a key.
    #[must_use]
    pub fn from(self, source: impl Into<String>) -> Self {
        Self { source: source.into(), ..self }
    }

    /// The note with a sentence: why something was refused, or what more there is to say.
    #[must_use]
    pub fn saying(self, detail: impl Into<String>) -> Self {
        Self { detail: detail.into(), ..self }
    }

    /// Notes an act, in the transaction of what it does.
    pub(crate) fn by(self, work: &mut Work<'_>, caller: &Caller) -> Outcome<()> {
        self.write(work, (caller.user, is_local(caller)))
    }

    /// Notes what this site or another did, without anybody here.
    pub(crate) fn by_nobody(self, work: &mut Work<'_>) -> Outcome<()> {
        self.write(work, (Id::NONE, false))
    }

    /// Notes what was refused to whoever caused it so many times, and while somebody here did what
    /// was refused, if somebody did.
    pub fn refused(&self, work: &mut Work<'_>, caller: Option<&Caller>, times: i64) -> Outcome<()> {
        let by = caller.map_or((Id::NONE, false), |caller| (caller.user, is_local(caller)));
        let this = self.cut();
        if this.repeats(work, by, times)? {
            return Ok(());
        }
        let begun = work.count(
            "SELECT count(*) FROM link_audit WHERE folded = 1 AND first_at > ?1",
            params![work.now() - HOUR],
        )?;
        let this = match begun < MOST_BEGUN {
            true => this,
            false => {
                let (source, detail) = (String::new(), String::new());
                let without = Self { source, detail, channel: Id::NONE, ..this };
                if without.repeats(work, by, times)? {
                    return Ok(());
                }
                without
            }
        };
        this.clone().write(work, by)?;
        if times > 1 {
            this.repeats(work, by, times - 1)?;
        }
        Ok(())
    }

    /// Counts a refusal with the entry of the same, if there is one of this day.
    fn repeats(
        &self,
        work: &mut Work<'_>,
        (author, is_local): (Id, bool),
        times: i64,
    ) -> Outcome<bool> {
        let now = work.now();
        let sql = "SELECT key FROM link_audit WHERE action = ?1 AND site = ?2 AND source = ?3 \
                   AND detail = ?4 AND author = ?5 AND local = ?6 AND first_at > ?7 \
                   ORDER BY key DESC LIMIT 1";
        let found = work.first(
            sql,
            params![
                self.action.name(),
                &self.site,
                &self.source,
                &self.detail,
                &author,
                is_local,
                now - FOLDED_FOR,
            ],
            |row| row.int(0),
        )?;
        let Some(key) = found else { return Ok(false) };
        let channel_name = channel_name(work, self.channel)?;
        work.execute(
            "UPDATE link_audit SET times = times + ?2, last_at = ?3, channel = ?4, \
             channel_name = ?5 WHERE key = ?1",
            params![key, times, now, &self.channel, &channel_name],
        )?;
        Ok(true)
    }

    fn write(self, work: &mut Work<'_>, (author, is_local): (Id, bool)) -> Outcome<()> {
        let this = self.cut();
        let noted = Noted {
            action: this.action,
            is_local,
            name: this.name,
            channel: this.channel,
            channel_name: channel_name(work, this.channel)?,
            source: this.source,
            detail: this.detail,
        };
        work.emit(Scope::new(ScopeKind::Site, this.site), author, &noted)?;
        Ok(())
    }

    /// The note as it may be written: others chose some of its words.
    fn cut(&self) -> Self {
        let cut = |text: &str| {
            let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
            plain.take(noted::LONGEST).collect::<String>()
        };
        Self {
            name: cut(&self.name),
            source: cut(&self.source),
            detail: cut(&self.detail),
            ..self.clone()
        }
    }
}

fn is_local(caller: &Caller) -> bool {
    caller.actor == Actor::AdminSocket
}

/// A channel's name, as `team:channel`; empty until its making has come.
fn channel_name(rows: &mut dyn Rows, channel: Id) -> Outcome<String> {
    let sql = "SELECT team.name, channel.name FROM channel \
               JOIN team ON team.key = channel.team_key WHERE channel.id = ?1";
    let named = |row: &dyn fieldpost_kernel::Row| format!("{}:{}", row.text(0), row.text(1));
    let name = rows.first(sql, params![&channel], named)?;
    Ok(name.unwrap_or_default().chars().take(noted::LONGEST).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_a_name_of_its_own_and_the_number_of_its_place() {
        for (place, (action, name)) in ACTIONS.into_iter().enumerate() {
            assert_eq!(postcard::to_stdvec(&action).unwrap(), [place as u8], "{name}");
            assert_eq!((action.name(), Action::named(name)), (name, Some(action)));
        }
        assert_eq!(Action::named("something else"), None);
    }

    #[test]
    fn what_others_say_is_cut_and_has_no_control_characters() {
        let long = Note::of(Action::Offence).saying("\0\n".repeat(noted::LONGEST)).cut();
        assert_eq!(long.detail, " ".repeat(noted::LONGEST));
    }
}
