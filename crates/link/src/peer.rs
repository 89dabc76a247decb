//! Peers: the sites that this one is linked with.

use fieldpost_access::{Caller, Permission, require_system};
use fieldpost_kernel::{Failure, FailureKind, Outcome, Row, Rows, RowsExt, Work, params};
use fieldpost_log::{SiteId, VerifyingKey};
use fieldpost_model::{Id, Millis};

use crate::change::{Mode, ModeSet, PeerForgotten, PeerLinked, PeerRemoved};
use crate::share;

/// A site that this one is linked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// Which.
    pub site: SiteId,
    /// What it is called here.
    pub name: String,
    /// Its pinned key.
    pub key: VerifyingKey,
    /// Where it can be reached; empty if it calls.
    pub address: String,
    /// What the link does.
    pub mode: Mode,
    /// Whether this side shares all channels of teams, also those to come.
    pub share_all: bool,
    /// Whether the peer does.
    pub theirs_all: bool,
    /// The number of the newest batch of the peer's that was kept.
    pub received: u64,
    /// When it was last heard of; 0 for never.
    pub last_contact: Millis,
    /// Bytes sent to it so far, at IP level.
    pub sent_bytes: i64,
    /// Bytes received from it so far, at IP level.
    pub received_bytes: i64,
    /// How far its clock is ahead of this site's; 0 if it is not wrong.
    pub clock_ahead: Millis,
}

const COLUMNS: &str = "site, name, peer_key, address, mode, share_all, theirs_all, received, \
    last_contact, sent_bytes, received_bytes, clock_ahead";

fn peer_of(row: &dyn Row) -> Option<Peer> {
    Some(Peer {
        site: SiteId(row.blob(0).try_into().ok()?),
        name: row.text(1).to_owned(),
        key: VerifyingKey::decode(row.blob(2)).ok()?,
        address: row.text(3).to_owned(),
        mode: Mode::of(row.int(4)),
        share_all: row.flag(5),
        theirs_all: row.flag(6),
        received: u64::try_from(row.int(7)).ok()?,
        last_contact: row.int(8),
        sent_bytes: row.int(9),
        received_bytes: row.int(10),
        clock_ahead: row.int(11),
    })
}

/// Every peer, by name.
pub fn all(rows: &mut dyn Rows) -> Outcome<Vec<Peer>> {
    let sql = format!("SELECT {COLUMNS} FROM link_peer ORDER BY name");
    Ok(rows.all(&sql, &[], peer_of)?.into_iter().flatten().collect())
}

/// The peer of a site's id.
pub fn by_site(rows: &mut dyn Rows, site: SiteId) -> Outcome<Option<Peer>> {
    let sql = format!("SELECT {COLUMNS} FROM link_peer WHERE site = ?1");
    Ok(rows.first(&sql, params![&site.0], peer_of)?.flatten())
}

/// The peer with a key.
pub fn by_key(rows: &mut dyn Rows, key: &VerifyingKey) -> Outcome<Option<Peer>> {
    let sql = format!("SELECT {COLUMNS} FROM link_peer WHERE peer_key = ?1");
    Ok(rows.first(&sql, params![&key.encode()], peer_of)?.flatten())
}

/// The peer that somebody means, by its name or its id.
pub fn named(rows: &mut dyn Rows, name: &str) -> Outcome<Peer> {
    let sql = format!("SELECT {COLUMNS} FROM link_peer WHERE name = ?1");
    if let Some(peer) = rows.first(&sql, params![name], peer_of)?.flatten() {
        return Ok(peer);
    }
    let id = name.parse::<Id>().ok().map(|id| SiteId(*id.as_bytes()));
    let peer = id.map(|id| by_site(rows, id)).transpose()?.flatten();
    peer.ok_or_else(|| {
        Failure::not_found(
            "api.fieldpost.link.no_peer",
            format!("This site is not linked with {name:?}."),
        )
    })
}

/// Refuses whoever may not administer links.
pub fn require_links(caller: &Caller) -> Outcome<()> {
    require_system(caller, Permission::ManageSecureConnections)
        .map_err(|denied| Failure::forbidden(denied.permission.name()))
}

/// Notes that two sites now hold each other's key.
pub(crate) fn link(
    work: &mut Work<'_>,
    site: SiteId,
    (name, key, address): (&str, &VerifyingKey, &str),
) -> Outcome<String> {
    let name = free_name(work, site, name)?;
    let linked = PeerLinked { name: name.clone(), key: key.encode(), address: address.to_owned() };
    work.emit(crate::scope(site), Id::NONE, &linked)?;
    Ok(name)
}

/// The name of a peer, made different from those of others and from what cannot stand in the name
/// of a person.
fn free_name(rows: &mut dyn Rows, site: SiteId, name: &str) -> Outcome<String> {
    let plain: String = name
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
        .take(LONGEST_NAME)
        .collect();
    let plain = if plain.is_empty() { "site".to_owned() } else { plain.to_lowercase() };
    let mut candidate = plain.clone();
    let mut number = 2;
    let taken = "SELECT count(*) FROM link_peer WHERE name = ?1 AND site <> ?2";
    while rows.count(taken, params![&candidate, &site.0])? > 0 {
        candidate = format!("{plain}-{number}");
        number += 1;
    }
    Ok(candidate)
}

/// The most characters of the name of a site.
const LONGEST_NAME: usize = 30;

/// Pauses a link, silences it, or takes it up again.
pub fn set_mode(work: &mut Work<'_>, caller: &Caller, name: &str, mode: Mode) -> Outcome<Peer> {
    require_links(caller)?;
    let peer = named(work, name)?;
    if peer.mode != mode {
        work.emit(crate::scope(peer.site), caller.user, &ModeSet { mode })?;
    }
    Ok(Peer { mode, ..peer })
}

/// Ends a link. What crossed it stays here, and the peer may come again with the key that it has.
pub fn remove(work: &mut Work<'_>, caller: &Caller, name: &str) -> Outcome<Peer> {
    require_links(caller)?;
    let peer = named(work, name)?;
    // Clients are told of each channel, which they are not of the link.
    share::end_all(work, caller.user, peer.site)?;
    work.emit(crate::scope(peer.site), caller.user, &PeerRemoved {})?;
    Ok(peer)
}

/// The key of a site that this one is linked with or was, unless it was forgotten.
pub(crate) fn known_key(rows: &mut dyn Rows, site: SiteId) -> Outcome<Option<VerifyingKey>> {
    let sql = "SELECT peer_key FROM link_known WHERE site = ?1";
    Ok(rows.first(sql, params![&site.0], |row| VerifyingKey::decode(row.blob(0)).ok())?.flatten())
}

/// Forgets the key of a site that is not linked any more, by its name or its id: whoever is invited
/// may then come under its id.
pub fn forget(work: &mut Work<'_>, caller: &Caller, name: &str) -> Outcome<()> {
    require_links(caller)?;
    let id = name.parse::<Id>().map(|id| id.as_bytes().to_vec()).unwrap_or_default();
    let known = work.all(
        "SELECT k.site, p.site FROM link_known k LEFT JOIN link_peer p ON p.site = k.site \
         WHERE k.name = ?1 OR k.site = ?2 ORDER BY k.site",
        params![name, &id],
        |row| (row.blob(0).try_into().ok().map(SiteId), row.is_null(1)),
    )?;
    let conflict =
        |id: &'static str, says: String| Err(Failure::new(FailureKind::Conflict, id, says));
    match known[..] {
        [(Some(site), true)] => {
            work.emit(crate::scope(site), caller.user, &PeerForgotten {})?;
            Ok(())
        }
        [(_, false)] => conflict(
            "api.fieldpost.link.linked",
            format!("This site is linked with {name:?}. End the link first."),
        ),
        [_, _, ..] => conflict(
            "api.fieldpost.link.several",
            format!("This site knows several sites as {name:?}. Name the one by its id."),
        ),
        _ => Err(Failure::not_found(
            "api.fieldpost.link.no_peer",
            format!("This site knows no site {name:?} from before."),
        )),
    }
}

/// Notes that a peer was heard of, and how many more bytes passed.
pub fn note_contact(
    work: &mut Work<'_>,
    site: SiteId,
    (sent, received): (i64, i64),
) -> Outcome<()> {
    let now = work.now();
    work.execute(
        "UPDATE link_peer SET last_contact = ?2, sent_bytes = sent_bytes + ?3, \
         received_bytes = received_bytes + ?4 WHERE site = ?1",
        params![&site.0, now, sent, received],
    )?;
    Ok(())
}
