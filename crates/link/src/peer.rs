//! Peers: the sites that this one is linked with.

use fieldpost_access::{Caller, Permission, require_system};
use fieldpost_kernel::{Failure, FailureKind, Outcome, Row, Rows, RowsExt, Work, params};
use fieldpost_log::{SiteId, VerifyingKey};
use fieldpost_model::{Id, Millis};

use crate::audit::{Action, Note};
use crate::change::{Mode, ModeSet, PeerForgotten, PeerLinked, PeerRemoved};
use crate::direct::Direct;
use crate::files::{Gives, Policy};
use crate::share;
use crate::windows::Windows;

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
    /// Whether this side allows direct messages.
    pub direct: Direct,
    /// Whether the peer does.
    pub theirs_direct: bool,
    /// When the link may be used.
    pub windows: Windows,
    /// How many bits a second are sent to it at most.
    pub rate: Option<u64>,
    /// How many bytes are sent to it at most in a day of UTC.
    pub daily: Option<u64>,
    /// Which files come from it by themselves.
    pub files: Policy,
    /// Which files it is given.
    pub gives: Gives,
    /// The day since 1970 of which the next is said.
    pub spent_day: i64,
    /// Bytes that were sent to it on that day, as far as that was noted.
    pub spent: i64,
}

/// A day of UTC, in milliseconds.
pub const DAY: Millis = 24 * 60 * 60 * 1000;

const COLUMNS: &str = "site, name, peer_key, address, mode, share_all, theirs_all, received, \
    last_contact, sent_bytes, received_bytes, clock_ahead, direct, theirs_direct, \
    windows, rate, daily, spent_day, spent, files_largest, files_thin, files_types, \
    gives_largest, gives_types";

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
        direct: Direct::of(row.int(12)),
        theirs_direct: row.flag(13),
        windows: Windows::of_column(row.text(14)),
        rate: limit_of(row.int(15)),
        daily: limit_of(row.int(16)),
        spent_day: row.int(17),
        spent: row.int(18),
        files: Policy::of_columns(row.int(19), row.int(20), row.text(21)),
        gives: Gives::of_columns(row.int(22), row.text(23)),
    })
}

/// A limit of a column, in which 0 stands for none.
fn limit_of(column: i64) -> Option<u64> {
    u64::try_from(column).ok().filter(|limit| *limit > 0)
}

impl Peer {
    /// Whether direct messages pass: both sides allow them.
    pub fn is_direct(&self) -> bool {
        self.direct == Direct::Allowed && self.theirs_direct
    }

    /// How many bytes were sent to it in the day of a moment, of which so many were not noted yet.
    pub fn spent_today(&self, now: Millis, unnoted: i64) -> u64 {
        let noted = if self.spent_day == now.div_euclid(DAY) { self.spent } else { 0 };
        u64::try_from(noted.saturating_add(unnoted)).unwrap_or(0)
    }

    /// How many bytes may still be sent to it in that day, if there is a limit.
    pub fn left_today(&self, now: Millis, unnoted: i64) -> Option<u64> {
        self.daily.map(|daily| daily.saturating_sub(self.spent_today(now, unnoted)))
    }

    /// Whether this side neither calls it nor answers it at a moment.
    pub fn is_silent(&self, now: Millis) -> bool {
        self.mode == Mode::Silent || !self.windows.at(now).is_open
    }
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

/// Whether something of this site may have to be sent to a peer: a channel, or direct messages.
pub fn has_shares(rows: &mut dyn Rows, site: SiteId) -> Outcome<bool> {
    let found = rows.first(
        "SELECT EXISTS (SELECT 1 FROM link_share WHERE site = ?1 AND mine = 1) \
         OR EXISTS (SELECT 1 FROM link_peer WHERE site = ?1 AND (share_all = 1 OR direct = 1))",
        params![&site.0],
        |row| row.flag(0),
    )?;
    Ok(found.unwrap_or(false))
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
    let name = free_name(work, site, name, LINKED)?;
    let linked = PeerLinked { name: name.clone(), key: key.encode(), address: address.to_owned() };
    work.emit(crate::scope(site), Id::NONE, &linked)?;
    Ok(name)
}

/// The name of a peer, made different from those of others and from what cannot stand in the name
/// of a person.
pub(crate) fn free_name(
    rows: &mut dyn Rows,
    site: SiteId,
    name: &str,
    taken: &str,
) -> Outcome<String> {
    let plain: String = name
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
        .take(LONGEST_NAME)
        .collect();
    let plain = if plain.is_empty() { "site".to_owned() } else { plain.to_lowercase() };
    let mut candidate = plain.clone();
    let mut number = 2;
    while rows.count(taken, params![&candidate, &site.0])? > 0 {
        candidate = format!("{plain}-{number}");
        number += 1;
    }
    Ok(candidate)
}

/// Whether a name is that of another site that is linked, or was introduced.
const LINKED: &str = "SELECT count(*) FROM (SELECT site, name FROM link_peer UNION ALL \
    SELECT site, name FROM link_known WHERE via IS NOT NULL) s WHERE s.name = ?1 AND s.site <> ?2";

/// Whether a name is that of another site that is linked, or was ever known.
pub(crate) const EVER_KNOWN: &str = "SELECT count(*) FROM (SELECT site, name FROM link_peer UNION ALL \
    SELECT site, name FROM link_known) s WHERE s.name = ?1 AND s.site <> ?2";

/// The most characters of the name of a site.
const LONGEST_NAME: usize = 30;

/// Pauses a link, silences it, or takes it up again.
pub fn set_mode(work: &mut Work<'_>, caller: &Caller, name: &str, mode: Mode) -> Outcome<Peer> {
    require_links(caller)?;
    let peer = named(work, name)?;
    if peer.mode != mode {
        work.emit(crate::scope(peer.site), caller.user, &ModeSet { mode })?;
        let action = match mode {
            Mode::Active => Action::Resumed,
            Mode::Paused => Action::Paused,
            Mode::Silent => Action::Silenced,
        };
        Note::of(action).about(&peer).by(work, caller)?;
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
    Note::of(Action::Removed).about(&peer).by(work, caller)?;
    Ok(peer)
}

/// The site that this one is linked with or was under a key, and what it is or was called, unless
/// that was forgotten.
pub fn known_as(rows: &mut dyn Rows, key: &VerifyingKey) -> Outcome<Option<(SiteId, String)>> {
    let sql = "SELECT site, name FROM link_known WHERE peer_key = ?1 ORDER BY site";
    let known = rows.first(sql, params![&key.encode()], |row| {
        row.blob(0).try_into().ok().map(|site| (SiteId(site), row.text(1).to_owned()))
    })?;
    Ok(known.flatten())
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
        "SELECT k.site, p.site, k.name FROM link_known k LEFT JOIN link_peer p ON p.site = k.site \
         WHERE k.name = ?1 OR k.site = ?2 ORDER BY k.site",
        params![name, &id],
        |row| (row.blob(0).try_into().ok().map(SiteId), row.is_null(1), row.text(2).to_owned()),
    )?;
    let conflict =
        |id: &'static str, says: String| Err(Failure::new(FailureKind::Conflict, id, says));
    match &known[..] {
        [(Some(site), true, known_as)] => {
            work.emit(crate::scope(*site), caller.user, &PeerForgotten {})?;
            Note::of(Action::Forgotten).about_site(*site, known_as).by(work, caller)
        }
        [(_, false, _)] => conflict(
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
         received_bytes = received_bytes + ?4, spent_day = ?5, \
         spent = CASE WHEN spent_day = ?5 THEN spent ELSE 0 END + ?3 WHERE site = ?1",
        params![&site.0, now, sent, received, now.div_euclid(DAY)],
    )?;
    Ok(())
}
