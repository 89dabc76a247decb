//! Offers: channels that a peer shares and this side does not, and what an administrator says to them.

use fieldpost_access::Caller;
use fieldpost_kernel::{Failure, Outcome, Row, Rows, RowsExt, Work, params};
use fieldpost_log::SiteId;
use fieldpost_model::{Id, Millis};
use fieldpost_replica::Offer;

use crate::Peer;
use crate::audit::{Action, Note};
use crate::peer::named;
use crate::share::{require_shares, set_mine};

/// A channel that a peer offers, and about which nothing was decided here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Which, and in which team.
    pub offer: Offer,
    /// The channel's name, as `team:channel`; its id until its making has come.
    pub name: String,
    /// The name of its team; empty if that is not known here.
    pub team: String,
    /// Since when it is offered.
    pub since: Millis,
}

/// What a peer offers and may offer: a channel that it made itself, or one that is new, in a team
/// that it made, that is new too, or that is shared with it already. Whoever guesses the id of a
/// channel or a team of ours gets nothing. What is known here of a channel's team counts, and not
/// what the peer says.
const CLAIMED: &str = "SELECT s.channel, COALESCE(own.id, s.team), \
    COALESCE(own.name, said.name, ''), channel.name, s.offered_at \
    FROM link_share s LEFT JOIN channel ON channel.id = s.channel \
    LEFT JOIN team own ON own.key = channel.team_key LEFT JOIN team said ON said.id = s.team \
    WHERE s.site = ?1 AND s.theirs = 1 AND s.mine = 0 AND (channel.home = ?1 \
    OR (channel.id IS NULL AND (said.id IS NULL OR said.home = ?1 OR s.team IN \
    (SELECT t.team FROM link_share t WHERE t.site = ?1 AND t.mine = 1))))";

fn waiting_of(row: &dyn Row) -> Waiting {
    let (channel, team) = (row.id(0), row.text(2));
    let name = if row.is_null(3) { channel.to_string() } else { format!("{team}:{}", row.text(3)) };
    let (team, since) = (team.to_owned(), row.int(4));
    Waiting { offer: Offer { channel, team: row.id(1) }, name, team, since }
}

/// The offers of a peer that wait for an administrator, the oldest first.
pub fn waiting(rows: &mut dyn Rows, site: SiteId) -> Outcome<Vec<Waiting>> {
    let sql = format!("{CLAIMED} AND s.refused = 0 ORDER BY s.offered_at, s.channel");
    rows.all(&sql, params![&site.0], waiting_of)
}

/// What a peer offers of a channel and may offer, whether or not it was declined before.
pub(crate) fn claimed(rows: &mut dyn Rows, site: SiteId, channel: Id) -> Outcome<Option<Offer>> {
    let sql = format!("{CLAIMED} AND s.channel = ?2");
    rows.first(&sql, params![&site.0, &channel], |row| waiting_of(row).offer)
}

/// Shares a channel that a peer offers, named as in the list of what waits or by its id: it comes
/// over the link.
pub fn accept(work: &mut Work<'_>, caller: &Caller, name: &str, channel: &str) -> Outcome<Peer> {
    decide(work, caller, (name, channel), true)
}

/// Declines what a peer offers. Offering it again changes nothing; an administrator who shares the
/// channel does.
pub fn decline(work: &mut Work<'_>, caller: &Caller, name: &str, channel: &str) -> Outcome<Peer> {
    decide(work, caller, (name, channel), false)
}

fn decide(
    work: &mut Work<'_>,
    caller: &Caller,
    (name, channel): (&str, &str),
    open: bool,
) -> Outcome<Peer> {
    require_shares(caller)?;
    let peer = named(work, name)?;
    let id = channel.parse::<Id>().ok();
    let waiting = waiting(work, peer.site)?.into_iter();
    let mut meant = waiting.filter(|one| one.name == channel || Some(one.offer.channel) == id);
    let found = meant.next().ok_or_else(|| {
        Failure::not_found(
            "api.fieldpost.link.no_offer",
            format!("No offer of {:?} waits for {channel:?}.", peer.name),
        )
    })?;
    set_mine(work, caller.user, peer.site, found.offer, open)?;
    let action = if open { Action::OfferAccepted } else { Action::OfferDeclined };
    Note::of(action).about(&peer).in_channel(found.offer.channel).by(work, caller)?;
    Ok(peer)
}
