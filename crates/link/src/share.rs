//! Shares: which channels pass a link. A channel passes while both sides share it.

use std::collections::{BTreeMap, BTreeSet};

use fieldpost_access::{Caller, Permission, require_system};
use fieldpost_kernel::{Failure, Outcome, Row, Rows, RowsExt, Work, params};
use fieldpost_log::SiteId;
use fieldpost_model::Id;
use fieldpost_replica::Offer;

use crate::Peer;
use crate::change::{OfferAllSeen, OfferSeen, ShareAllSet, ShareSet};
use crate::peer::{self, named};

/// What becomes of a channel that a peer offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Accept {
    /// It is shared here too.
    #[default]
    Auto,
    /// An administrator is asked: it is shared once they share it too.
    Ask,
}

/// Which channels an administrator means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// One, as `team:channel` or by its id.
    One(String),
    /// All of teams, also those to come; never a conversation.
    All,
}

fn require_shares(caller: &Caller) -> Outcome<()> {
    require_system(caller, Permission::ManageSharedChannels)
        .map_err(|denied| Failure::forbidden(denied.permission.name()))
}

/// Shares channels with a peer.
pub fn share(work: &mut Work<'_>, caller: &Caller, name: &str, which: &Which) -> Outcome<Peer> {
    require_shares(caller)?;
    let peer = named(work, name)?;
    match which {
        Which::One(channel) => {
            let offer = channel_named(work, channel)?;
            set_mine(work, caller.user, peer.site, offer, true)?;
        }
        Which::All => {
            let scope = crate::scope(peer.site);
            work.emit(scope, caller.user, &ShareAllSet { on: true })?;
            share_every(work, caller.user, peer.site, NOT_MINE)?;
        }
    }
    Ok(peer)
}

/// Shares channels with a peer no longer. What crossed the link stays on both sides.
pub fn unshare(work: &mut Work<'_>, caller: &Caller, name: &str, which: &Which) -> Outcome<Peer> {
    require_shares(caller)?;
    let peer = named(work, name)?;
    let shared = match which {
        Which::One(channel) => vec![channel_named(work, channel)?],
        Which::All => {
            work.emit(crate::scope(peer.site), caller.user, &ShareAllSet { on: false })?;
            mine(work, peer.site)?
        }
    };
    for offer in shared {
        set_mine(work, caller.user, peer.site, offer, false)?;
    }
    Ok(peer)
}

/// Shares every channel with a peer no longer.
pub(crate) fn end_all(work: &mut Work<'_>, author: Id, site: SiteId) -> Outcome<()> {
    mine(work, site)?.into_iter().try_for_each(|offer| set_mine(work, author, site, offer, false))
}

/// The channel of a team that somebody means.
fn channel_named(rows: &mut dyn Rows, channel: &str) -> Outcome<Offer> {
    let offer = |row: &dyn Row| Offer { channel: row.id(0), team: row.id(1) };
    let found = if let Some((team, name)) = channel.split_once(':') {
        rows.first(
            "SELECT channel.id, team.id FROM channel JOIN team ON team.key = channel.team_key \
             WHERE team.name = ?1 AND channel.name = ?2 ORDER BY channel.key",
            params![team, name],
            offer,
        )?
    } else if let Ok(id) = channel.parse::<Id>() {
        rows.first(
            "SELECT channel.id, team.id FROM channel JOIN team ON team.key = channel.team_key \
             WHERE channel.id = ?1",
            params![&id],
            offer,
        )?
    } else {
        None
    };
    found.ok_or_else(|| {
        Failure::not_found(
            "api.fieldpost.link.no_channel",
            format!("There is no channel {channel:?}; name it as team:channel."),
        )
    })
}

fn set_mine(
    work: &mut Work<'_>,
    author: Id,
    site: SiteId,
    offer: Offer,
    open: bool,
) -> Outcome<()> {
    let Offer { channel, team } = offer;
    work.emit(crate::scope(site), author, &ShareSet { channel, team, open })?;
    Ok(())
}

/// The channels that this side shares with a peer.
pub fn mine(rows: &mut dyn Rows, site: SiteId) -> Outcome<Vec<Offer>> {
    rows.all(
        "SELECT channel, team FROM link_share WHERE site = ?1 AND mine = 1 ORDER BY channel",
        params![&site.0],
        |row| Offer { channel: row.id(0), team: row.id(1) },
    )
}

/// The channels that this side shares with a peer no longer.
pub fn ended(rows: &mut dyn Rows, site: SiteId) -> Outcome<Vec<Id>> {
    rows.all(
        "SELECT channel FROM link_share WHERE site = ?1 AND mine = 0 \
         AND (refused = 1 OR theirs = 0) ORDER BY channel",
        params![&site.0],
        |row| row.id(0),
    )
}

/// The channels that both sides share.
pub fn common(rows: &mut dyn Rows, site: SiteId) -> Outcome<Vec<Offer>> {
    rows.all(
        "SELECT channel, team FROM link_share WHERE site = ?1 AND mine = 1 AND theirs = 1 \
         ORDER BY channel",
        params![&site.0],
        |row| Offer { channel: row.id(0), team: row.id(1) },
    )
}

const UNDECIDED: &str = "FROM channel JOIN team ON team.key = channel.team_key \
    WHERE channel.kind IN ('O', 'P') AND NOT EXISTS (SELECT 1 FROM link_share s \
    WHERE s.site = ?1 AND s.channel = channel.id)";

const NOT_MINE: &str = "FROM channel JOIN team ON team.key = channel.team_key \
    WHERE channel.kind IN ('O', 'P') AND NOT EXISTS (SELECT 1 FROM link_share s \
    WHERE s.site = ?1 AND s.channel = channel.id AND s.mine = 1)";

/// Whether there are channels that this side would share, because it shares all, and does not yet.
pub fn any_new(rows: &mut dyn Rows, site: SiteId) -> Outcome<bool> {
    if !peer::by_site(rows, site)?.is_some_and(|peer| peer.share_all) {
        return Ok(false);
    }
    Ok(rows.count(&format!("SELECT count(*) {UNDECIDED}"), params![&site.0])? > 0)
}

/// Shares every channel of a team about which nothing was decided.
pub fn share_new(work: &mut Work<'_>, author: Id, site: SiteId) -> Outcome<()> {
    share_every(work, author, site, UNDECIDED)
}

fn share_every(work: &mut Work<'_>, author: Id, site: SiteId, which: &str) -> Outcome<()> {
    let sql = format!("SELECT channel.id, team.id {which} ORDER BY channel.key");
    let new =
        work.all(&sql, params![&site.0], |row| Offer { channel: row.id(0), team: row.id(1) })?;
    new.into_iter().try_for_each(|offer| set_mine(work, author, site, offer, true))
}

/// Takes note of all that a peer shares with this side. Gives whether this side shares something
/// else than before.
pub fn note_offers(
    work: &mut Work<'_>,
    site: SiteId,
    (offers, closed, all): (&[Offer], &[Id], bool),
    accept: Accept,
) -> Outcome<bool> {
    let Some(peer) = peer::by_site(work, site)? else { return Ok(false) };
    let scope = crate::scope(site);
    if peer.theirs_all != all {
        work.emit(scope, Id::NONE, &OfferAllSeen { on: all })?;
    }
    let mut known = known_shares(work, site)?;
    // One offer for each channel, however often it is said.
    let offers: BTreeMap<Id, Offer> = offers.iter().map(|offer| (offer.channel, *offer)).collect();
    let mut changed = false;
    for &offer in offers.values() {
        let before = known.remove(&offer.channel);
        if before.as_ref().is_some_and(|share| share.theirs) {
            continue;
        }
        let offer = Offer { team: team_of(work, offer)?, ..offer };
        let Offer { channel, team } = offer;
        work.emit(scope, Id::NONE, &OfferSeen { channel, team, open: true })?;
        let decided = before.is_some_and(|share| share.mine || share.refused);
        if !decided && accept == Accept::Auto && may_accept(work, site, offer)? {
            set_mine(work, Id::NONE, site, offer, true)?;
            changed = true;
        }
    }
    let closed: BTreeSet<Id> = closed.iter().copied().collect();
    let ends = |share: &Known| share.theirs && closed.contains(&share.offer.channel);
    for share in known.into_values().filter(ends) {
        let Offer { channel, team } = share.offer;
        work.emit(scope, Id::NONE, &OfferSeen { channel, team, open: false })?;
        changed |= share.mine;
    }
    Ok(changed)
}

/// The team of an offered channel: what is known here of a channel counts, and not what a peer says.
fn team_of(rows: &mut dyn Rows, offer: Offer) -> Outcome<Id> {
    let sql = "SELECT team.id FROM channel JOIN team ON team.key = channel.team_key \
               WHERE channel.id = ?1";
    Ok(rows.first(sql, params![&offer.channel], |row| row.id(0))?.unwrap_or(offer.team))
}

/// What is known of a channel that one side shares, or shared.
struct Known {
    offer: Offer,
    mine: bool,
    theirs: bool,
    refused: bool,
}

fn known_shares(rows: &mut dyn Rows, site: SiteId) -> Outcome<BTreeMap<Id, Known>> {
    let known_of = |row: &dyn Row| Known {
        offer: Offer { channel: row.id(0), team: row.id(1) },
        mine: row.flag(2),
        theirs: row.flag(3),
        refused: row.flag(4),
    };
    let sql = "SELECT channel, team, mine, theirs, refused FROM link_share WHERE site = ?1";
    let known = rows.all(sql, params![&site.0], known_of)?;
    Ok(known.into_iter().map(|known| (known.offer.channel, known)).collect())
}

/// Whether a channel may be shared because a peer says so: one that it made itself, in a team that
/// it made or that is shared with it. Whoever guesses the id of a channel of ours gets nothing.
fn may_accept(rows: &mut dyn Rows, site: SiteId, offer: Offer) -> Outcome<bool> {
    let home = |rows: &mut dyn Rows, table: &str, id: Id| {
        let sql = format!("SELECT home FROM {table} WHERE id = ?1");
        rows.first(&sql, params![&id], |row| row.blob(0) == site.0)
    };
    if let Some(theirs) = home(rows, "channel", offer.channel)? {
        return Ok(theirs);
    }
    if home(rows, "team", offer.team)?.unwrap_or(true) {
        return Ok(true);
    }
    let shared = "SELECT count(*) FROM link_share WHERE site = ?1 AND team = ?2 AND mine = 1";
    Ok(rows.count(shared, params![&site.0, &offer.team])? > 0)
}
