//! Conversations between people of this site and people of one other: they pass the link of the two.
//!
//! The id of a conversation is the digest of its people's ids. So it says by itself who takes part,
//! two sites that open it apart mean the same one, and nobody can be put into it.

use fieldpost_access::Caller;
use fieldpost_kernel::{Applying, Failure, FailureKind, Outcome, Row, Rows, RowsExt, Work, params};
use fieldpost_log::{ScopeKind, SiteId, is_conversation_of};
use fieldpost_model::{ChannelType, Id};

use super::change::canonical;
use super::{convert, create};
use crate::facts;

/// Somebody who takes part in a conversation, or is to.
struct Somebody {
    id: Id,
    /// Where they are at home, if not here.
    home: Option<SiteId>,
    is_active: bool,
}

fn somebody_of(row: &dyn Row) -> Somebody {
    let home = row.blob(1).try_into().ok().map(SiteId);
    Somebody { id: row.id(0), home, is_active: row.int(2) == 0 }
}

fn people_of(rows: &mut dyn Rows, conversation: Id) -> Outcome<Vec<Somebody>> {
    rows.all(
        "SELECT account.id, account.home, account.delete_at FROM channel \
         JOIN channel_member m ON m.channel_key = channel.key \
         JOIN account ON account.key = m.account_key \
         WHERE channel.id = ?1 AND m.left_at = 0 ORDER BY account.id",
        params![&conversation],
        somebody_of,
    )
}

/// The other sites at which some people are at home.
fn other_sites(people: &[Somebody]) -> Vec<SiteId> {
    let mut sites: Vec<SiteId> = people.iter().filter_map(|somebody| somebody.home).collect();
    sites.sort_unstable();
    sites.dedup();
    sites
}

/// The one other site whose people take part beside those of this site, if there is just one.
fn other_site(people: &[Somebody]) -> Option<SiteId> {
    let is_ours = people.iter().any(|somebody| somebody.home.is_none());
    match other_sites(people)[..] {
        [site] if is_ours => Some(site),
        _ => None,
    }
}

/// Once all people of a conversation are known, what it is follows from them, whatever was said when
/// it was founded: of which kind it is, what it is called in addresses, and which link it passes.
pub(super) fn settle(cx: &mut Applying<'_>) -> Outcome<()> {
    let scope = cx.change.name.scope;
    if scope.kind != ScopeKind::Conversation || convert::is_converted(cx.rows, scope.id)? {
        return Ok(());
    }
    let people = people_of(cx.rows, scope.id)?;
    let ids: Vec<Id> = people.iter().map(|somebody| somebody.id).collect();
    let Some(site) = other_site(&people).filter(|_| is_conversation_of(scope.id, &ids)) else {
        return Ok(());
    };
    let before = canonical(cx.rows, scope.id)?;
    let kind = if ids.len() == 2 { ChannelType::Direct } else { ChannelType::Group };
    cx.rows.execute(
        "UPDATE channel SET kind = ?2, name = ?3, across = ?4 WHERE id = ?1",
        params![&scope.id, kind.letter(), &create::conversation_name(kind, &ids), &site.0],
    )?;
    let after = canonical(cx.rows, scope.id)?;
    cx.hash.replace(before, after);
    Ok(())
}

/// Refuses to open a conversation that would pass no link although it has people of another site.
pub(super) fn require(rows: &mut dyn Rows, people: &[Id]) -> Outcome<()> {
    let list: Vec<_> = people.iter().map(Into::into).collect();
    let sql = "SELECT id, home, delete_at FROM account WHERE id IN ({in})";
    let mut people = rows.all_in(sql, &[], &list, somebody_of)?;
    people.sort_unstable_by_key(|somebody| somebody.id);
    people.dedup_by_key(|somebody| somebody.id);
    if other_sites(&people).is_empty() {
        return Ok(());
    }
    let Some(site) = other_site(&people) else {
        return Err(Failure::invalid(
            "api.fieldpost.direct.sites",
            "A conversation has people of this site and of one other at most.",
        ));
    };
    require_link(rows, site)?;
    require_somebody(&people)
}

/// Whether some people can open a conversation, as far as it depends on where they are at home.
pub fn may_converse(rows: &mut dyn Rows, people: &[Id]) -> Outcome<bool> {
    match require(rows, people) {
        Ok(()) => Ok(true),
        Err(failure) if failure.kind == FailureKind::Internal => Err(failure),
        Err(_) => Ok(false),
    }
}

/// Refuses what would be said to nobody: the people of the other site are all deactivated there.
fn require_somebody(people: &[Somebody]) -> Outcome<()> {
    if people.iter().any(|somebody| somebody.home.is_some() && somebody.is_active) {
        return Ok(());
    }
    Err(Failure::invalid(
        "api.fieldpost.direct.deactivated",
        "Who you write to has been deactivated at the other site.",
    ))
}

/// Refuses to write to people of a site with which this one does not exchange direct messages.
fn require_link(rows: &mut dyn Rows, site: SiteId) -> Outcome<()> {
    let sql = "SELECT name, direct = 1 AND theirs_direct = 1 FROM link_peer WHERE site = ?1";
    let link = rows.first(sql, params![&site.0], |row| (row.text(0).to_owned(), row.flag(1)))?;
    let refused = |id, says| Err(Failure::new(FailureKind::Forbidden, id, says));
    match link {
        Some((_, true)) => Ok(()),
        Some((name, false)) => refused(
            "api.fieldpost.direct.not_allowed",
            format!(
                "The administrators of this site and of {name:?} have not both allowed direct \
                 messages between the two sites."
            ),
        ),
        None => refused(
            "api.fieldpost.direct.not_linked",
            "This site is not linked with the site of who you write to any more.".to_owned(),
        ),
    }
}

/// Before anything is written into a channel: in a conversation that passes a link, refuses it if it
/// would not arrive. What this site writes there first is that it knows the conversation, so that its
/// own log says who takes part, whatever has become of the other's.
pub(crate) fn enter(work: &mut Work<'_>, caller: &Caller, channel: &facts::Channel) -> Outcome<()> {
    let Some(site) = channel.across else { return Ok(()) };
    require_link(work, site)?;
    let people = people_of(work, channel.scope.id)?;
    require_somebody(&people)?;
    if channel.is_opened_here {
        return Ok(());
    }
    let people: Vec<Id> = people.into_iter().map(|somebody| somebody.id).collect();
    create::open(work, caller.user, channel.scope.id, &people)
}
