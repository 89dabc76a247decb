//! What can happen to a link, and what it means. All of it concerns this site alone.

use fieldpost_kernel::{Applied, Applying, Body, Features, Kind, Outcome, Shown, params};
use fieldpost_log::ScopeKind;
use fieldpost_model::{Id, Millis};
use serde::{Deserialize, Serialize};

use crate::ShowChannel;

/// What a link does while it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
pub enum Mode {
    /// Changes pass.
    #[default]
    Active,
    /// The session stays, and this side sends no changes.
    Paused,
    /// This side has hung up: it calls no more and turns calls away.
    Silent,
}

impl Mode {
    /// The number in the table.
    pub(crate) const fn number(self) -> i64 {
        match self {
            Self::Active => 0,
            Self::Paused => 1,
            Self::Silent => 2,
        }
    }

    /// The mode of a number in the table; silence, the safe one, for any that is not known.
    pub(crate) const fn of(number: i64) -> Self {
        match number {
            0 => Self::Active,
            1 => Self::Paused,
            _ => Self::Silent,
        }
    }
}

/// Two sites hold each other's key. The peer is the change's scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PeerLinked {
    /// What the peer is called here.
    pub(crate) name: String,
    /// Its key, encoded with its suite.
    pub(crate) key: Vec<u8>,
    /// Where it can be reached; empty if this side waits to be called.
    pub(crate) address: String,
}

impl Body for PeerLinked {
    const KIND: Kind = Kind::new(0x0801);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

/// A link was ended. What had crossed it stays, and so does the knowledge of the peer's key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PeerRemoved {}

impl Body for PeerRemoved {
    const KIND: Kind = Kind::new(0x0802);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

/// A link was paused, silenced, or taken up again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ModeSet {
    /// What it does from now on.
    pub(crate) mode: Mode,
}

impl Body for ModeSet {
    const KIND: Kind = Kind::new(0x0803);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

/// This side shares a channel with the peer, or no longer does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ShareSet {
    /// Which channel.
    pub(crate) channel: Id,
    /// Its team.
    pub(crate) team: Id,
    /// Whether it is shared.
    pub(crate) open: bool,
}

impl Body for ShareSet {
    const KIND: Kind = Kind::new(0x0804);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

/// This side shares all channels of teams with the peer, also those to come, or no longer does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ShareAllSet {
    /// Whether it does.
    pub(crate) on: bool,
}

impl Body for ShareAllSet {
    const KIND: Kind = Kind::new(0x0805);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

/// The peer shares a channel with this side, or no longer does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OfferSeen {
    /// Which channel.
    pub(crate) channel: Id,
    /// Its team.
    pub(crate) team: Id,
    /// Whether it is shared.
    pub(crate) open: bool,
}

impl Body for OfferSeen {
    const KIND: Kind = Kind::new(0x0806);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

/// The peer shares all of its channels with this side, or no longer does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OfferAllSeen {
    /// Whether it does.
    pub(crate) on: bool,
}

impl Body for OfferAllSeen {
    const KIND: Kind = Kind::new(0x0807);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

/// Somebody may link their site with this one who has the secret of this digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Invited {
    /// The digest of the secret.
    pub(crate) secret: [u8; 32],
    /// Until when.
    pub(crate) expires_at: Millis,
}

impl Body for Invited {
    const KIND: Kind = Kind::new(0x0808);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

/// An invitation was used, and is void from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct InvitationUsed {
    /// The digest of its secret.
    pub(crate) secret: [u8; 32],
}

impl Body for InvitationUsed {
    const KIND: Kind = Kind::new(0x0809);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

/// A site that is not linked any more may come with another key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PeerForgotten {}

impl Body for PeerForgotten {
    const KIND: Kind = Kind::new(0x080a);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

/// This side allows direct messages between people of the two sites, or no longer does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DirectSet {
    /// Whether it does.
    pub(crate) on: bool,
}

impl Body for DirectSet {
    const KIND: Kind = Kind::new(0x0871);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

/// The peer allows direct messages between people of the two sites, or no longer does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DirectSeen {
    /// Whether it does.
    pub(crate) on: bool,
}

impl Body for DirectSeen {
    const KIND: Kind = Kind::new(0x0872);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

/// A peer has introduced a site with which this one is not linked. The site is the change's scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SiteIntroduced {
    /// What it is called here.
    pub(crate) name: String,
    /// Its key, encoded with its suite.
    pub(crate) key: Vec<u8>,
    /// The peer that introduced it.
    pub(crate) via: Id,
}

impl Body for SiteIntroduced {
    const KIND: Kind = Kind::new(0x0875);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

pub(crate) fn register(features: &mut Features, show_channel: ShowChannel) {
    features.show(move |share: &ShareSet, _, rows| show_channel(rows, share.channel));
    features.show(move |offer: &OfferSeen, _, rows| match offer.open {
        // An offer shares nothing by itself.
        true => Ok(Shown::default()),
        false => show_channel(rows, offer.channel),
    });
    features.on(apply_linked);
    features.on(apply_removed);
    features.on(apply_forgotten);
    features.on(apply_mode);
    features.on(apply_share);
    features.on(apply_offer);
    features.on(|all: &ShareAllSet, cx: &mut Applying<'_>| set_flag(cx, "share_all", all.on));
    features.on(|all: &OfferAllSeen, cx: &mut Applying<'_>| set_flag(cx, "theirs_all", all.on));
    features.on(apply_direct);
    features.on(|seen: &DirectSeen, cx: &mut Applying<'_>| set_flag(cx, "theirs_direct", seen.on));
    features.on(apply_introduced);
    features.on(apply_invited);
    features.on(apply_used);
}

fn apply_linked(linked: &PeerLinked, cx: &mut Applying<'_>) -> Outcome<Applied> {
    cx.rows.execute(
        "INSERT INTO link_peer (site, name, peer_key, address, linked_at) \
         VALUES (?1, ?2, ?3, ?4, ?5) \
         ON CONFLICT (site) DO UPDATE SET name = excluded.name, peer_key = excluded.peer_key, \
         address = excluded.address",
        params![
            &cx.change.name.scope.id,
            &linked.name,
            &linked.key,
            &linked.address,
            cx.written_at(),
        ],
    )?;
    cx.rows.execute(
        "INSERT INTO link_known (site, name, peer_key) VALUES (?1, ?2, ?3) \
         ON CONFLICT (site) DO UPDATE SET name = excluded.name, peer_key = excluded.peer_key, \
         via = NULL",
        params![&cx.change.name.scope.id, &linked.name, &linked.key],
    )?;
    Ok(Applied::Done)
}

/// Whoever is known already is not introduced.
fn apply_introduced(introduced: &SiteIntroduced, cx: &mut Applying<'_>) -> Outcome<Applied> {
    cx.rows.execute(
        "INSERT INTO link_known (site, name, peer_key, via) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT (site) DO NOTHING",
        params![&cx.change.name.scope.id, &introduced.name, &introduced.key, &introduced.via,],
    )?;
    Ok(Applied::Done)
}

fn apply_forgotten(_: &PeerForgotten, cx: &mut Applying<'_>) -> Outcome<Applied> {
    cx.rows.execute("DELETE FROM link_known WHERE site = ?1", params![&cx.change.name.scope.id])?;
    Ok(Applied::Done)
}

fn apply_removed(_: &PeerRemoved, cx: &mut Applying<'_>) -> Outcome<Applied> {
    for table in
        ["link_peer", "link_share", "link_sent", "link_introduced", "link_wanted", "link_bundle"]
    {
        let sql = format!("DELETE FROM {table} WHERE site = ?1");
        cx.rows.execute(&sql, params![&cx.change.name.scope.id])?;
    }
    Ok(Applied::Done)
}

fn apply_mode(set: &ModeSet, cx: &mut Applying<'_>) -> Outcome<Applied> {
    cx.rows.execute(
        "UPDATE link_peer SET mode = ?2 WHERE site = ?1",
        params![&cx.change.name.scope.id, set.mode.number()],
    )?;
    Ok(Applied::Done)
}

fn apply_share(share: &ShareSet, cx: &mut Applying<'_>) -> Outcome<Applied> {
    cx.rows.execute(
        "INSERT INTO link_share (site, channel, team, mine, refused) VALUES (?1, ?2, ?3, ?4, ?5) \
         ON CONFLICT (site, channel) DO UPDATE SET team = excluded.team, mine = excluded.mine, \
         refused = excluded.refused",
        params![&cx.change.name.scope.id, &share.channel, &share.team, share.open, !share.open],
    )?;
    Ok(Applied::Done)
}

/// What the other side ends is ended on this side too, until either side begins it anew. Of which
/// team it is counts as of the last offer, until this side shares it.
fn apply_offer(offer: &OfferSeen, cx: &mut Applying<'_>) -> Outcome<Applied> {
    cx.rows.execute(
        "INSERT INTO link_share (site, channel, team, theirs, offered_at) \
         VALUES (?1, ?2, ?3, ?4, ?5) \
         ON CONFLICT (site, channel) DO UPDATE SET theirs = excluded.theirs, \
         mine = CASE WHEN excluded.theirs = 0 THEN 0 ELSE link_share.mine END, \
         team = CASE WHEN link_share.mine = 1 THEN link_share.team ELSE excluded.team END, \
         offered_at = CASE WHEN link_share.theirs = 1 THEN link_share.offered_at \
         ELSE excluded.offered_at END",
        params![
            &cx.change.name.scope.id,
            &offer.channel,
            &offer.team,
            offer.open,
            cx.written_at(),
        ],
    )?;
    Ok(Applied::Done)
}

fn set_flag(cx: &mut Applying<'_>, column: &'static str, on: bool) -> Outcome<Applied> {
    let sql = format!("UPDATE link_peer SET {column} = ?2 WHERE site = ?1");
    cx.rows.execute(&sql, params![&cx.change.name.scope.id, on])?;
    Ok(Applied::Done)
}

fn apply_direct(set: &DirectSet, cx: &mut Applying<'_>) -> Outcome<Applied> {
    cx.rows.execute(
        "UPDATE link_peer SET direct = ?2 WHERE site = ?1",
        params![&cx.change.name.scope.id, if set.on { 1 } else { 2 }],
    )?;
    Ok(Applied::Done)
}

fn apply_invited(invited: &Invited, cx: &mut Applying<'_>) -> Outcome<Applied> {
    cx.rows.execute(
        "INSERT INTO link_invitation (secret, expires_at) VALUES (?1, ?2) \
         ON CONFLICT (secret) DO NOTHING",
        params![&invited.secret, invited.expires_at],
    )?;
    Ok(Applied::Done)
}

fn apply_used(used: &InvitationUsed, cx: &mut Applying<'_>) -> Outcome<Applied> {
    cx.rows.execute("DELETE FROM link_invitation WHERE secret = ?1", params![&used.secret])?;
    Ok(Applied::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_direct_messages_stays_as_it_was_written() {
        assert_eq!(DirectSet::KIND, Kind::new(0x0871));
        assert_eq!(DirectSeen::KIND, Kind::new(0x0872));
        for (on, bytes) in [(true, [1]), (false, [0])] {
            assert_eq!(postcard::to_stdvec(&DirectSet { on }).unwrap(), bytes);
            assert_eq!(postcard::to_stdvec(&DirectSeen { on }).unwrap(), bytes);
        }
    }
}
