//! What does not come by itself, and whoever asks for it.

use fieldpost_kernel::{Outcome, Rows, RowsExt, Work, params};
use fieldpost_log::SiteId;

use super::gives::{May, may_fetch};
use super::policy::{Comes, Why};
use crate::{Peer, peer};

/// Something that is to be fetched and is not here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Its hash.
    pub content: [u8; 32],
    /// From where it is to come.
    pub site: SiteId,
    /// What that site is called here.
    pub name: String,
    /// Why it does not come by itself; nothing if it does, or was asked for.
    pub why: Option<Why>,
    /// Whether somebody asked for it.
    pub is_asked: bool,
}

/// Those of some contents that are to be fetched, each from where it comes soonest. The sites of
/// `thin` are those to which there is nothing but thin datagrams.
pub fn waiting(
    rows: &mut dyn Rows,
    contents: &[[u8; 32]],
    thin: &[SiteId],
) -> Outcome<Vec<Waiting>> {
    let list: Vec<_> = contents.iter().map(|content| content.as_slice().into()).collect();
    let sql = "SELECT w.content, w.site, w.comes, w.asked, w.mime, w.held FROM link_wanted w \
               WHERE w.content IN ({in}) ORDER BY w.content, w.asked DESC, w.comes, w.site";
    let found = rows.all_in(sql, &[], &list, |row| {
        let content: [u8; 32] = row.blob(0).try_into().ok()?;
        let site = SiteId(row.blob(1).try_into().ok()?);
        Some((content, site, row.int(2), row.flag(3), row.text(4).to_owned(), row.flag(5)))
    })?;
    let peers = peer::all(rows)?;
    let mut waiting: Vec<Waiting> = Vec::new();
    for (content, site, comes, is_asked, mime, is_held) in found.into_iter().flatten() {
        let Some(peer) = peers.iter().find(|peer| peer.site == site) else { continue };
        let why = match is_held {
            true => Some(Why::Held),
            false => why(peer, comes, &mime, thin.contains(&site)),
        };
        let one = Waiting { content, site, name: peer.name.clone(), why, is_asked };
        match waiting.iter_mut().find(|known| known.content == content) {
            Some(known) if known.why.is_some() && one.why.is_none() => *known = one,
            Some(_) => {}
            None => waiting.push(one),
        }
    }
    Ok(waiting)
}

fn why(peer: &Peer, comes: i64, mime: &str, is_thin: bool) -> Option<Why> {
    if comes == Comes::IfAsked.number() {
        return Some(if peer.files.takes(mime) { Why::Size } else { Why::Type });
    }
    (is_thin && comes == Comes::OverFat.number()).then_some(Why::Thin)
}

/// How many files wait to be asked for, or for a better line than there is to a peer, and how many
/// bytes they have.
pub fn waits(rows: &mut dyn Rows, peer: SiteId, is_thin: bool) -> Outcome<(u64, u64)> {
    let least = if is_thin { Comes::OverFat } else { Comes::IfAsked };
    let counted = rows.first(
        "SELECT count(*), CAST(COALESCE(sum(size), 0) AS BIGINT) FROM link_wanted \
         WHERE site = ?1 AND part = 2 AND asked = 0 AND comes >= ?2",
        params![&peer.0, least.number()],
        |row| (row.int(0).unsigned_abs(), row.int(1).unsigned_abs()),
    )?;
    Ok(counted.unwrap_or_default())
}

/// Asks for something from every site that has it, or takes the question back. Gives those sites.
pub fn ask(work: &mut Work<'_>, content: &[u8; 32], on: bool) -> Outcome<Vec<SiteId>> {
    let found = work.all(
        "SELECT site, mime, part, size FROM link_wanted WHERE content = ?1 AND asked <> ?2 \
         AND part > 0 ORDER BY site",
        params![content, i64::from(on)],
        |row| {
            let site = SiteId(row.blob(0).try_into().ok()?);
            Some((site, super::content_of(*content, row.text(1), row.int(2), row.int(3))))
        },
    )?;
    let mut sites = Vec::new();
    for (site, wanted) in found.into_iter().flatten() {
        let policy = peer::by_site(work, site)?.map(|peer| peer.files).unwrap_or_default();
        let comes = if on { Comes::OverAny } else { policy.judge(&wanted) };
        work.execute(
            "UPDATE link_wanted SET asked = ?3, comes = ?4, tries = 0, held = 0, again_at = 0 \
             WHERE site = ?1 AND content = ?2",
            params![&site.0, content, i64::from(on), comes.number()],
        )?;
        sites.push(site);
    }
    Ok(sites)
}

/// Asks for something that a peer wants and may have, and that this site has yet to fetch itself.
/// Gives the sites that have it.
pub fn ask_too(work: &mut Work<'_>, peer: SiteId, content: &[u8; 32]) -> Outcome<Vec<SiteId>> {
    if may_fetch(work, peer, content)? != May::Have {
        return Ok(Vec::new());
    }
    ask(work, content, true)
}
