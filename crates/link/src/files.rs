//! Files: what is to be fetched from a peer, what of it comes by itself, and what a peer may fetch.

mod asked;
mod gives;
mod policy;

use std::collections::BTreeSet;

use fieldpost_kernel::{
    Content, Failure, Features, Outcome, Part, Row, Rows, RowsExt, Work, params,
};
use fieldpost_log::SiteId;
use fieldpost_model::{Id, Millis};

pub use self::asked::{Waiting, ask, ask_too, waiting, waits};
pub use self::gives::{Gives, May, may_fetch};
pub use self::policy::{Asked, Comes, MOST_TYPES, Policy, THIN, Why, set};

pub(crate) fn register(features: &mut Features) {
    policy::register(features);
    gives::register(features);
}

/// When what could not be had is asked for again, at first and at most.
const PAUSE: (Millis, Millis) = (2000, 60 * 60 * 1000);

/// The longest such pause of what somebody waits for.
const PAUSE_OF_ASKED: Millis = 5 * 60 * 1000;

/// Files of one peer of which a part stays here, although the peer has given up sending them.
const MOST_PARTS: i64 = 16;

/// The name that a file has while it is fetched: the first half of its hash.
pub fn partial_name(content: &[u8; 32]) -> Id {
    Id::from_slice(&content[..16])
}

/// The names of all files that are to be fetched from some peer.
pub fn partial_names(rows: &mut dyn Rows) -> Outcome<BTreeSet<Id>> {
    let found = rows.all("SELECT content FROM link_wanted", &[], |row| {
        row.blob(0).try_into().ok().map(|content: [u8; 32]| partial_name(&content))
    })?;
    Ok(found.into_iter().flatten().collect())
}

/// Something that is to be fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// Its hash.
    pub content: [u8; 32],
    /// How many bytes it has, if that was said.
    pub size: Option<u64>,
    /// Whether somebody asked for it.
    pub is_asked: bool,
}

/// What something is of a file, as a number in the table: the lower, the sooner it is fetched.
const fn part_of(content: &Content) -> i64 {
    match &content.part {
        None => 0,
        Some(part) if part.is_preview => 1,
        Some(_) => 2,
    }
}

/// What something of the table is.
fn content_of(hash: [u8; 32], mime: &str, part: i64, size: i64) -> Content {
    let size = u64::try_from(size).ok().filter(|size| *size > 0);
    let of_file = Part { mime: mime.to_owned(), is_preview: part == 1 };
    Content { hash, size, part: (part > 0).then_some(of_file) }
}

/// Notes that something is to be fetched from a peer, and whether that goes on by itself.
pub(crate) fn want(
    work: &mut Work<'_>,
    peer: SiteId,
    policy: &Policy,
    content: &Content,
) -> Outcome<()> {
    let size = i64::try_from(content.size.unwrap_or_default()).unwrap_or(i64::MAX);
    let mime = content.part.as_ref().map_or("", |part| &part.mime);
    // Who speaks of it twice may have it in the larger size: its hash says whether it is that. And
    // what is two things comes as the one that comes sooner.
    work.execute(
        "INSERT INTO link_wanted (site, content, size, mime, part, comes) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
         ON CONFLICT (site, content) DO UPDATE SET size = CASE \
         WHEN excluded.size > link_wanted.size THEN excluded.size ELSE link_wanted.size END, \
         part = CASE WHEN excluded.part < link_wanted.part THEN excluded.part \
         ELSE link_wanted.part END, \
         comes = CASE WHEN excluded.comes < link_wanted.comes THEN excluded.comes \
         ELSE link_wanted.comes END",
        params![
            &peer.0,
            &content.hash,
            size,
            mime,
            part_of(content),
            policy.judge(content).number(),
        ],
    )?;
    Ok(())
}

/// The line over which something is to be fetched, and what of it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Over {
    /// Whether it is thin datagrams.
    pub is_thin: bool,
    /// Bytes that each has at most, as far as that was said.
    pub largest: Option<u64>,
    /// How many are wanted at most.
    pub most: usize,
}

/// What may be fetched from a peer now: first what is shown, then what somebody asked for, of these
/// that of which a part is here.
pub fn wanted(rows: &mut dyn Rows, peer: SiteId, now: Millis, over: Over) -> Outcome<Vec<Wanted>> {
    let most = i64::try_from(over.most).map_err(Failure::internal)?;
    let largest = over.largest.and_then(|largest| i64::try_from(largest).ok()).unwrap_or(i64::MAX);
    let wanted_of = |row: &dyn Row| {
        let size = u64::try_from(row.int(1)).ok().filter(|size| *size > 0);
        Some(Wanted { content: row.blob(0).try_into().ok()?, size, is_asked: row.flag(2) })
    };
    let found = rows.all(
        "SELECT content, size, asked FROM link_wanted WHERE site = ?1 AND comes <= ?2 \
         AND again_at <= ?3 AND size <= ?4 ORDER BY CASE WHEN part = 0 THEN 0 WHEN asked = 1 \
         THEN part ELSE part + 2 END, begun DESC, again_at, content LIMIT ?5",
        params![&peer.0, over_line(over.is_thin), now, largest, most],
        wanted_of,
    )?;
    Ok(found.into_iter().flatten().collect())
}

/// What comes over a line, as the largest number in the table.
const fn over_line(is_thin: bool) -> i64 {
    if is_thin { Comes::OverAny.number() } else { Comes::OverFat.number() }
}

/// Whether something is to be fetched from a peer.
pub fn is_wanted(rows: &mut dyn Rows, peer: SiteId, content: &[u8; 32]) -> Outcome<bool> {
    let sql = "SELECT count(*) FROM link_wanted WHERE site = ?1 AND content = ?2";
    Ok(rows.count(sql, params![&peer.0, content])? > 0)
}

/// Whether something is to be fetched from a peer over a line, which may be thin datagrams, now or
/// another time.
pub fn comes(
    rows: &mut dyn Rows,
    peer: SiteId,
    content: &[u8; 32],
    is_thin: bool,
) -> Outcome<bool> {
    let sql = "SELECT count(*) FROM link_wanted WHERE site = ?1 AND content = ?2 AND comes <= ?3";
    Ok(rows.count(sql, params![&peer.0, content, over_line(is_thin)])? > 0)
}

/// Whether something of a peer waits to be asked for, or for a better line.
pub fn is_any_held_back(rows: &mut dyn Rows, peer: SiteId, is_thin: bool) -> Outcome<bool> {
    let sql = "SELECT comes FROM link_wanted WHERE site = ?1 AND comes > ?2 LIMIT 1";
    Ok(rows.first(sql, params![&peer.0, over_line(is_thin)], |_| ())?.is_some())
}

/// When something may be fetched from a peer over a line, if there is anything.
pub fn due(rows: &mut dyn Rows, peer: SiteId, is_thin: bool) -> Outcome<Option<Millis>> {
    let sql = "SELECT again_at FROM link_wanted WHERE site = ?1 AND comes <= ?2 \
               ORDER BY again_at LIMIT 1";
    rows.first(sql, params![&peer.0, over_line(is_thin)], |row| row.int(0))
}

/// Notes that a part of something may be here from now on.
pub fn begun(work: &mut Work<'_>, peer: SiteId, content: &[u8; 32]) -> Outcome<()> {
    work.execute(
        "UPDATE link_wanted SET begun = 1 WHERE site = ?1 AND content = ?2 AND begun = 0",
        params![&peer.0, content],
    )?;
    Ok(())
}

/// Notes that something could not be had: it is asked for again after a pause, which grows. Gives
/// whether a part that is here may stay, for which there must be room among those of the peer.
pub fn failed(work: &mut Work<'_>, peer: SiteId, content: &[u8; 32], part: bool) -> Outcome<bool> {
    let noted = work.first(
        "SELECT tries, asked FROM link_wanted WHERE site = ?1 AND content = ?2",
        params![&peer.0, content],
        |row| (row.int(0), row.flag(1)),
    )?;
    let (tries, is_asked) = noted.unwrap_or_default();
    let parts = work.count(
        "SELECT count(*) FROM link_wanted WHERE site = ?1 AND begun = 1 AND content <> ?2",
        params![&peer.0, content],
    )?;
    let stays = part && parts < MOST_PARTS;
    let longest = if is_asked { PAUSE_OF_ASKED } else { PAUSE.1 };
    let pause = (PAUSE.0 << tries.clamp(0, 20)).min(longest);
    let again_at = work.now() + pause;
    work.execute(
        "UPDATE link_wanted SET held = 0, tries = ?3, again_at = ?4, begun = CASE WHEN ?5 = 1 THEN begun \
         ELSE 0 END WHERE site = ?1 AND content = ?2",
        params![&peer.0, content, tries + 1, again_at, i64::from(stays)],
    )?;
    Ok(stays)
}

/// When what the peer does not give is asked for again.
const PAUSE_OF_HELD: Millis = 60 * 60 * 1000;

/// Notes that the peer has something and does not give it: it is asked for again after an hour, for
/// that may change. Gives whether a part that is here may stay.
pub fn held(work: &mut Work<'_>, peer: SiteId, content: &[u8; 32]) -> Outcome<bool> {
    let again_at = work.now() + PAUSE_OF_HELD;
    work.execute(
        "UPDATE link_wanted SET held = 1, again_at = ?3 WHERE site = ?1 AND content = ?2",
        params![&peer.0, content, again_at],
    )?;
    let begun = work.count(
        "SELECT count(*) FROM link_wanted WHERE site = ?1 AND content = ?2 AND begun = 1",
        params![&peer.0, content],
    )?;
    Ok(begun > 0)
}

/// Notes that something need not be fetched any more: it is here, or cannot be had.
pub fn settled(work: &mut Work<'_>, peer: SiteId, content: &[u8; 32]) -> Outcome<()> {
    work.execute(
        "DELETE FROM link_wanted WHERE site = ?1 AND content = ?2",
        params![&peer.0, content],
    )?;
    Ok(())
}

/// Whether some bytes are what people or teams look like that a peer knows of: the icon of a team of
/// which a channel is shared with it, or the picture of somebody who was introduced to it.
fn is_of_people(rows: &mut dyn Rows, peer: SiteId, content: &[u8; 32]) -> Outcome<bool> {
    for sql in [
        "SELECT count(*) FROM account JOIN link_introduced i ON i.person = account.id \
         AND i.site = ?1 WHERE account.picture = ?2",
        "SELECT count(*) FROM team_icon JOIN link_share s ON s.team = team_icon.team \
         AND s.site = ?1 AND s.mine = 1 AND s.theirs = 1 WHERE team_icon.content = ?2",
    ] {
        if rows.count(sql, params![&peer.0, content])? > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}
