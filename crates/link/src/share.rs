//! Shares: which channels pass a link. A channel passes while both sides share it.

use std::collections::{BTreeMap, BTreeSet};

use fieldpost_access::{Caller, Permission, require_system};
use fieldpost_kernel::{Failure, Outcome, Row, Rows, RowsExt, Work, params};
use fieldpost_log::SiteId;
use fieldpost_model::Id;
use fieldpost_replica::Offer;

use crate::Peer;
use crate::audit::{Action, Note};
use crate::change::{OfferAllSeen, OfferSeen, ShareAllSet, ShareSet};
use crate::offers;
use crate::peer::{self, named};

/// What becomes of a channel that a peer offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Accept {
    /// It is shared here too.
    #[default]
    Auto,
    /// It waits until an administrator accepts or declines it ([`offers`]).
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

pub(crate) fn require_shares(caller: &Caller) -> Outcome<()> {
    require_system(caller, Permission::ManageSharedChannels)
        .map_err(|denied| Failure::forbidden(denied.permission.name()))
}

/// Shares channels with a peer.
pub fn share(work: &mut Work<'_>, caller: &Caller, name: &str, which: &Which) -> Outcome<Peer> {
    require_shares(caller)?;
    let peer = named(work, name)?;
    match which {
        Which::One(channel) => {
            let offer = meant(work, peer.site, channel, offers::claimed)?;
            require_unmoved(work, offer.channel)?;
            set_mine(work, caller.user, peer.site, offer, true)?;
            let shared = Note::of(Action::Shared).about(&peer);
            shared.in_channel(offer.channel).by(work, caller)?;
        }
        Which::All => {
            let scope = crate::scope(peer.site);
            work.emit(scope, caller.user, &ShareAllSet { on: true })?;
            share_every(work, caller.user, peer.site, NOT_MINE)?;
            Note::of(Action::SharedAll).about(&peer).by(work, caller)?;
        }
    }
    Ok(peer)
}

/// Refuses a channel that was moved to another team.
fn require_unmoved(rows: &mut dyn Rows, channel: Id) -> Outcome<()> {
    let sql = "SELECT count(*) FROM field_version WHERE entity = ?1 AND field = 'team'";
    if rows.count(sql, params![&channel])? == 0 {
        return Ok(());
    }
    Err(Failure::invalid(
        "api.fieldpost.link.moved",
        "The channel was moved to another team, and such a channel cannot be shared.",
    ))
}

/// Shares channels with a peer no longer. What crossed the link stays on both sides.
pub fn unshare(work: &mut Work<'_>, caller: &Caller, name: &str, which: &Which) -> Outcome<Peer> {
    require_shares(caller)?;
    let peer = named(work, name)?;
    let (shared, note) = match which {
        Which::One(channel) => {
            let offer = meant(work, peer.site, channel, shared)?;
            (vec![offer], Note::of(Action::Unshared).in_channel(offer.channel))
        }
        Which::All => {
            work.emit(crate::scope(peer.site), caller.user, &ShareAllSet { on: false })?;
            (mine(work, peer.site)?, Note::of(Action::UnsharedAll))
        }
    };
    for offer in shared {
        set_mine(work, caller.user, peer.site, offer, false)?;
    }
    note.about(&peer).by(work, caller)?;
    Ok(peer)
}

/// Shares every channel with a peer no longer.
pub(crate) fn end_all(work: &mut Work<'_>, author: Id, site: SiteId) -> Outcome<()> {
    mine(work, site)?.into_iter().try_for_each(|offer| set_mine(work, author, site, offer, false))
}

/// The channel that somebody means: one that is here, or by its id one that the link knows of.
fn meant(
    rows: &mut dyn Rows,
    site: SiteId,
    channel: &str,
    known: fn(&mut dyn Rows, SiteId, Id) -> Outcome<Option<Offer>>,
) -> Outcome<Offer> {
    if let Some(here) = channel_named(rows, channel)? {
        return Ok(here);
    }
    let id = channel.parse::<Id>().ok();
    let found = id.map(|id| known(rows, site, id)).transpose()?.flatten();
    found.ok_or_else(|| no_channel(channel))
}

pub(crate) fn no_channel(channel: &str) -> Failure {
    Failure::not_found(
        "api.fieldpost.link.no_channel",
        format!("There is no channel {channel:?}; name it as team:channel."),
    )
}

/// A channel that this side shares with a peer, whether or not its making has come.
fn shared(rows: &mut dyn Rows, site: SiteId, channel: Id) -> Outcome<Option<Offer>> {
    let known = known_share(rows, site, channel)?;
    Ok(known.filter(|share| share.mine).map(|share| share.offer))
}

/// The channel of a team that is here and has this name or id. One that began as a group
/// conversation is written in a conversation's scope, and those cross no link.
pub(crate) fn channel_named(rows: &mut dyn Rows, channel: &str) -> Outcome<Option<Offer>> {
    let offer = |row: &dyn Row| Offer { channel: row.id(0), team: row.id(1) };
    if let Some((team, name)) = channel.split_once(':') {
        rows.first(
            "SELECT channel.id, team.id FROM channel JOIN team ON team.key = channel.team_key \
             WHERE team.name = ?1 AND channel.name = ?2 AND channel.conversation = 0 \
             ORDER BY channel.key",
            params![team, name],
            offer,
        )
    } else if let Ok(id) = channel.parse::<Id>() {
        rows.first(
            "SELECT channel.id, team.id FROM channel JOIN team ON team.key = channel.team_key \
             WHERE channel.id = ?1 AND channel.conversation = 0",
            params![&id],
            offer,
        )
    } else {
        Ok(None)
    }
}

pub(crate) fn set_mine(
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
    WHERE channel.kind IN ('O', 'P') AND channel.conversation = 0 AND NOT EXISTS (SELECT 1 FROM link_share s \
    WHERE s.site = ?1 AND s.channel = channel.id)";

const NOT_MINE: &str = "FROM channel JOIN team ON team.key = channel.team_key \
    WHERE channel.kind IN ('O', 'P') AND channel.conversation = 0 AND NOT EXISTS (SELECT 1 FROM link_share s \
    WHERE s.site = ?1 AND s.channel = channel.id AND s.mine = 1)";

/// A channel that was never moved. One that was says of itself that it was another team's, which a
/// peer need not have; it would take none of it.
const UNMOVED: &str = "NOT EXISTS (SELECT 1 FROM field_version v \
    WHERE v.entity = channel.id AND v.field = 'team')";

/// What the shares of a link follow from, as of one moment: while it is the same, so are they.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version {
    /// The newest channel.
    channels: i64,
    /// What was decided about the link, and heard.
    decisions: i64,
}

/// The version of a link's shares now. It costs two look-ups in indexes, since it is asked for after
/// each commit, few of which are about shares.
pub fn version(rows: &mut dyn Rows, site: SiteId) -> Outcome<Version> {
    let scope = crate::scope(site);
    let found = rows.first(
        "SELECT (SELECT COALESCE(max(key), 0) FROM channel), \
         (SELECT CAST(COALESCE(sum(log.size), 0) AS BIGINT) FROM scope \
          JOIN log ON log.scope_key = scope.key WHERE scope.kind = ?1 AND scope.id = ?2)",
        params![i64::from(u8::from(scope.kind)), &scope.id],
        |row| Version { channels: row.int(0), decisions: row.int(1) },
    )?;
    found.ok_or_else(|| Failure::internal("a database without an answer"))
}

/// Whether there are channels that this side would share, because it shares all, and does not yet.
pub fn any_new(rows: &mut dyn Rows, site: SiteId) -> Outcome<bool> {
    if !peer::by_site(rows, site)?.is_some_and(|peer| peer.share_all) {
        return Ok(false);
    }
    Ok(rows.count(&format!("SELECT count(*) {UNDECIDED} AND {UNMOVED}"), params![&site.0])? > 0)
}

/// Shares every channel of a team about which nothing was decided.
pub fn share_new(work: &mut Work<'_>, author: Id, site: SiteId) -> Outcome<()> {
    share_every(work, author, site, UNDECIDED)
}

fn share_every(work: &mut Work<'_>, author: Id, site: SiteId, which: &str) -> Outcome<()> {
    let sql = format!("SELECT channel.id, team.id {which} AND {UNMOVED} ORDER BY channel.key");
    let new =
        work.all(&sql, params![&site.0], |row| Offer { channel: row.id(0), team: row.id(1) })?;
    new.into_iter().try_for_each(|offer| set_mine(work, author, site, offer, true))
}

/// One thing that is new in what a peer says of its shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// It shares all of its channels, or no longer does.
    All(bool),
    /// It shares a channel.
    Open(Offer),
    /// It shares a channel no longer.
    Closed(Id),
}

/// What is new in what a peer says of its shares.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct News {
    /// It, one after the other.
    pub said: Vec<Said>,
    /// How many channels are known of this link, once it is noted.
    pub channels: usize,
}

/// Finds what is new in all that a peer says it shares with this side.
pub fn news(
    rows: &mut dyn Rows,
    site: SiteId,
    (open, closed, all): (&[Offer], &[Id], bool),
) -> Outcome<News> {
    let Some(peer) = peer::by_site(rows, site)? else { return Ok(News::default()) };
    let known = known_shares(rows, site)?;
    let theirs = |channel: &Id| known.get(channel).is_some_and(|share| share.theirs);
    // One offer for each channel, however often it is said.
    let open: BTreeMap<Id, Offer> = open.iter().map(|offer| (offer.channel, *offer)).collect();
    let closed: BTreeSet<Id> = closed.iter().copied().collect();
    let channels = known.len() + open.keys().filter(|id| !known.contains_key(id)).count();
    let ended = closed.into_iter().filter(|id| theirs(id) && !open.contains_key(id));
    let ended: Vec<Said> = ended.map(Said::Closed).collect();
    let opened = open.into_values().filter(|offer| !theirs(&offer.channel)).map(Said::Open);
    let all = (peer.theirs_all != all).then_some(Said::All(all));
    Ok(News { said: all.into_iter().chain(opened).chain(ended).collect(), channels })
}

/// Takes note of what is new in what a peer says of its shares. Gives whether this side shares
/// something else than before.
pub fn note(work: &mut Work<'_>, site: SiteId, said: &[Said], accept: Accept) -> Outcome<bool> {
    let Some(peer) = peer::by_site(work, site)? else { return Ok(false) };
    let mut changed = false;
    for one in said {
        match *one {
            Said::All(on) => {
                work.emit(crate::scope(site), Id::NONE, &OfferAllSeen { on })?;
            }
            Said::Open(offer) => changed |= note_open(work, &peer, offer, accept)?,
            Said::Closed(channel) => changed |= note_closed(work, site, channel)?,
        }
    }
    Ok(changed)
}

/// A channel that the peer may not offer opens nothing, which is noted.
fn note_open(work: &mut Work<'_>, peer: &Peer, offer: Offer, accept: Accept) -> Outcome<bool> {
    let site = peer.site;
    let before = known_share(work, site, offer.channel)?;
    let offer = Offer { team: team_of(work, offer)?, ..offer };
    let Offer { channel, team } = offer;
    work.emit(crate::scope(site), Id::NONE, &OfferSeen { channel, team, open: true })?;
    let decided = before.is_some_and(|share| share.mine || share.refused);
    if decided {
        return Ok(false);
    }
    let claimed = offers::claimed(work, site, channel)?;
    let action = match (claimed, accept) {
        (Some(_), Accept::Ask) => return Ok(false),
        (Some(offer), Accept::Auto) => {
            set_mine(work, Id::NONE, site, offer, true)?;
            Action::OfferTaken
        }
        (None, _) => Action::OfferRefused,
    };
    Note::of(action).about(peer).in_channel(channel).refused(work, None, 1)?;
    Ok(action == Action::OfferTaken)
}

fn note_closed(work: &mut Work<'_>, site: SiteId, channel: Id) -> Outcome<bool> {
    let Some(share) = known_share(work, site, channel)? else { return Ok(false) };
    let Offer { channel, team } = share.offer;
    work.emit(crate::scope(site), Id::NONE, &OfferSeen { channel, team, open: false })?;
    Ok(share.mine)
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

fn known_of(row: &dyn Row) -> Known {
    Known {
        offer: Offer { channel: row.id(0), team: row.id(1) },
        mine: row.flag(2),
        theirs: row.flag(3),
        refused: row.flag(4),
    }
}

fn known_shares(rows: &mut dyn Rows, site: SiteId) -> Outcome<BTreeMap<Id, Known>> {
    let sql = "SELECT channel, team, mine, theirs, refused FROM link_share WHERE site = ?1";
    let known = rows.all(sql, params![&site.0], known_of)?;
    Ok(known.into_iter().map(|known| (known.offer.channel, known)).collect())
}

fn known_share(rows: &mut dyn Rows, site: SiteId, channel: Id) -> Outcome<Option<Known>> {
    let sql = "SELECT channel, team, mine, theirs, refused FROM link_share \
               WHERE site = ?1 AND channel = ?2";
    rows.first(sql, params![&site.0, &channel], known_of)
}
