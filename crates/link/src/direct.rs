//! Direct messages: conversations between people of the two sites of a link, while both allow them.
//!
//! Nobody shares a conversation by itself. Its id is the digest of its people's ids, so it says who
//! takes part: it passes if all of them are at home at one of the two sites, and some at each. A peer
//! shows that with the changes by which it founds the conversation in its own log, which come before
//! everything else that it says there.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use fieldpost_access::Caller;
use fieldpost_kernel::{Change, Failure, Features, Outcome, Row, Rows, RowsExt, Work, params};
use fieldpost_log::{Scope, ScopeKind, SiteId, is_conversation_of};
use fieldpost_model::Id;

use crate::Peer;
use crate::audit::{Action, Note};
use crate::change::{DirectSeen, DirectSet};
use crate::incoming::home;
use crate::logs::Log;
use crate::peer::{self, named};
use crate::share::require_shares;

/// The most people of a conversation.
const MOST_PEOPLE: usize = 8;

/// What this side says of direct messages with a peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direct {
    /// They were never allowed.
    #[default]
    Never,
    /// They are allowed.
    Allowed,
    /// They were allowed, and are no longer.
    Ended,
}

impl Direct {
    /// What a number in the table means.
    pub(crate) const fn of(number: i64) -> Self {
        match number {
            1 => Self::Allowed,
            2 => Self::Ended,
            _ => Self::Never,
        }
    }

    /// What the peer is told; nothing before there was anything to be told.
    pub const fn said(self) -> Option<bool> {
        match self {
            Self::Never => None,
            Self::Allowed => Some(true),
            Self::Ended => Some(false),
        }
    }
}

/// Allows direct messages with a peer. They pass once its administrators have done the same.
pub fn allow(work: &mut Work<'_>, caller: &Caller, name: &str) -> Outcome<Peer> {
    set(work, caller, name, true)
}

/// Allows direct messages with a peer no longer. What was said stays readable on both sides.
pub fn end(work: &mut Work<'_>, caller: &Caller, name: &str) -> Outcome<Peer> {
    set(work, caller, name, false)
}

fn set(work: &mut Work<'_>, caller: &Caller, name: &str, on: bool) -> Outcome<Peer> {
    require_shares(caller)?;
    let peer = named(work, name)?;
    if on == (peer.direct == Direct::Allowed) {
        return Ok(peer);
    }
    work.emit(crate::scope(peer.site), caller.user, &DirectSet { on })?;
    let action = if on { Action::DirectAllowed } else { Action::DirectEnded };
    Note::of(action).about(&peer).by(work, caller)?;
    named(work, name)
}

/// Takes note of what a peer says of direct messages.
pub fn note(work: &mut Work<'_>, site: SiteId, on: bool) -> Outcome<()> {
    let known = peer::by_site(work, site)?;
    if known.is_some_and(|peer| peer.theirs_direct != on) {
        work.emit(crate::scope(site), Id::NONE, &DirectSeen { on })?;
    }
    Ok(())
}

/// How many conversations have people of this site and of a peer.
pub fn conversations(rows: &mut dyn Rows, peer: SiteId) -> Outcome<i64> {
    rows.count("SELECT count(*) FROM channel WHERE across = ?1", params![&peer.0])
}

/// Whether what a peer says in conversations is no offence although they do not pass: an
/// administrator ended that here, or there after it was put into a bundle.
pub(crate) fn was_ended(peer: &Peer, apart: bool) -> bool {
    match peer.direct {
        Direct::Never => false,
        Direct::Allowed => apart && !peer.theirs_direct,
        Direct::Ended => true,
    }
}

/// Where in a log of this site it is said who takes part in its conversation, if that is said there.
pub(crate) fn opening(rows: &mut dyn Rows, log: &Log) -> Outcome<Option<Range<u64>>> {
    let found = rows.first(
        "SELECT change.sequence, (SELECT count(*) FROM channel_member m \
         WHERE m.channel_key = channel.key AND m.left_at = 0) \
         FROM channel JOIN change ON change.position = channel.opening \
         WHERE channel.id = ?1 AND change.log_key = ?2",
        params![&log.name.scope.id, log.key],
        |row| (row.int(0), row.int(1)),
    )?;
    let Some((first, people)) = found else { return Ok(None) };
    let number = |n: i64| u64::try_from(n).map_err(Failure::internal);
    let first = number(first)?;
    Ok(Some(first..(first + 1 + number(people)?).min(log.size)))
}

/// What is said in one conversation: whom it lets in, and whether it adds to something else.
#[derive(Default)]
struct Said {
    members: BTreeSet<Id>,
    is_elsewhere: bool,
}

/// Why some change is of a conversation that the peer may not write in, if one is.
pub(crate) fn refused(
    rows: &mut dyn Rows,
    features: &Features,
    peer: &Peer,
    changes: &[Change],
) -> Outcome<Option<&'static str>> {
    let mut conversations: BTreeMap<Id, Said> = BTreeMap::new();
    let mut introduced = BTreeSet::new();
    for change in changes {
        let Scope { kind, id } = change.name.scope;
        match kind {
            // What this site wrote itself is given back to it.
            ScopeKind::Conversation if change.name.site != peer.site => {}
            ScopeKind::Conversation => {
                let shape = features.shape(change);
                let said = conversations.entry(id).or_default();
                said.members.extend(shape.members);
                said.is_elsewhere |= !shape.places.is_empty();
            }
            ScopeKind::Person => {
                introduced.insert(id);
            }
            _ => {}
        }
    }
    for (conversation, said) in conversations {
        if said.is_elsewhere {
            return Ok(Some("a conversation that is to become something else"));
        }
        let known = members(rows, peer, conversation)?;
        let may = match known.is_empty() {
            false => said.members.is_subset(&known),
            true => is_between(rows, peer, (conversation, &said.members), &introduced)?,
        };
        if !may {
            return Ok(Some("a conversation that is not between people of the two sites"));
        }
    }
    Ok(None)
}

/// The people of a conversation that is known to be between this site and a peer; nobody if it is
/// not.
fn members(rows: &mut dyn Rows, peer: &Peer, conversation: Id) -> Outcome<BTreeSet<Id>> {
    let found = rows.all(
        "SELECT account.id FROM channel JOIN channel_member m ON m.channel_key = channel.key \
         JOIN account ON account.key = m.account_key \
         WHERE channel.id = ?1 AND channel.across = ?2 AND m.left_at = 0",
        params![&conversation, &peer.site.0],
        |row| row.id(0),
    )?;
    Ok(found.into_iter().collect())
}

/// Whether a conversation is that of these people, and they are at home here and at the peer, some of
/// them at each. Whoever is not known yet may be the peer's, if it introduces them.
fn is_between(
    rows: &mut dyn Rows,
    peer: &Peer,
    (conversation, people): (Id, &BTreeSet<Id>),
    introduced: &BTreeSet<Id>,
) -> Outcome<bool> {
    let ids: Vec<Id> = people.iter().copied().collect();
    if ids.len() > MOST_PEOPLE || !is_conversation_of(conversation, &ids) {
        return Ok(false);
    }
    let (mut ours, mut theirs) = (0, 0);
    for id in &ids {
        match home(rows, *id)? {
            Some(None) => ours += 1,
            Some(Some(site)) if site == peer.site => theirs += 1,
            None if introduced.contains(id) => theirs += 1,
            Some(Some(_)) | None => return Ok(false),
        }
    }
    Ok(ours > 0 && theirs > 0)
}

/// The peer whose people take part in a conversation beside this site's, while what is said in it
/// passes.
pub fn across(rows: &mut dyn Rows, conversation: Id) -> Outcome<Option<SiteId>> {
    let found = rows.first(
        "SELECT p.site FROM channel JOIN link_peer p ON p.site = channel.across \
         WHERE channel.id = ?1 AND p.direct = 1 AND p.theirs_direct = 1",
        params![&conversation],
        |row: &dyn Row| row.blob(0).try_into().ok().map(SiteId),
    )?;
    Ok(found.flatten())
}
