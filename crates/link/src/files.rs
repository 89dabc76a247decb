//! Files: what is to be fetched from a peer, and what a peer may fetch.

use std::collections::BTreeSet;

use fieldpost_kernel::{Content, Failure, Outcome, Row, Rows, RowsExt, Work, params};
use fieldpost_log::SiteId;
use fieldpost_model::{Id, Millis};

/// When what could not be had is asked for again, at first and at most.
const PAUSE: (Millis, Millis) = (2000, 60 * 60 * 1000);

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
}

/// Notes that something is to be fetched from a peer.
pub(crate) fn want(work: &mut Work<'_>, peer: SiteId, content: &Content) -> Outcome<()> {
    let size = i64::try_from(content.size.unwrap_or_default()).unwrap_or(i64::MAX);
    // Who speaks of it twice may have it in the larger size: its hash says whether it is that.
    work.execute(
        "INSERT INTO link_wanted (site, content, size) VALUES (?1, ?2, ?3) \
         ON CONFLICT (site, content) DO UPDATE SET size = CASE \
         WHEN excluded.size > link_wanted.size THEN excluded.size ELSE link_wanted.size END",
        params![&peer.0, &content.hash, size],
    )?;
    Ok(())
}

/// What may be fetched from a peer now, at most so many; first that of which a part is here.
pub fn wanted(rows: &mut dyn Rows, peer: SiteId, now: Millis, most: usize) -> Outcome<Vec<Wanted>> {
    let most = i64::try_from(most).map_err(Failure::internal)?;
    let wanted_of = |row: &dyn Row| {
        let size = u64::try_from(row.int(1)).ok().filter(|size| *size > 0);
        Some(Wanted { content: row.blob(0).try_into().ok()?, size })
    };
    let found = rows.all(
        "SELECT content, size FROM link_wanted WHERE site = ?1 AND again_at <= ?2 \
         ORDER BY begun DESC, again_at, content LIMIT ?3",
        params![&peer.0, now, most],
        wanted_of,
    )?;
    Ok(found.into_iter().flatten().collect())
}

/// Whether something is to be fetched from a peer.
pub fn is_wanted(rows: &mut dyn Rows, peer: SiteId, content: &[u8; 32]) -> Outcome<bool> {
    let sql = "SELECT count(*) FROM link_wanted WHERE site = ?1 AND content = ?2";
    Ok(rows.count(sql, params![&peer.0, content])? > 0)
}

/// When something may be fetched from a peer, if there is anything.
pub fn due(rows: &mut dyn Rows, peer: SiteId) -> Outcome<Option<Millis>> {
    let sql = "SELECT again_at FROM link_wanted WHERE site = ?1 ORDER BY again_at LIMIT 1";
    rows.first(sql, params![&peer.0], |row| row.int(0))
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
    let tries = work.count(
        "SELECT CAST(COALESCE(sum(tries), 0) AS BIGINT) FROM link_wanted WHERE site = ?1 AND content = ?2",
        params![&peer.0, content],
    )?;
    let parts = work.count(
        "SELECT count(*) FROM link_wanted WHERE site = ?1 AND begun = 1 AND content <> ?2",
        params![&peer.0, content],
    )?;
    let stays = part && parts < MOST_PARTS;
    let pause = (PAUSE.0 << tries.clamp(0, 20)).min(PAUSE.1);
    let again_at = work.now() + pause;
    work.execute(
        "UPDATE link_wanted SET tries = ?3, again_at = ?4, begun = CASE WHEN ?5 = 1 THEN begun \
         ELSE 0 END WHERE site = ?1 AND content = ?2",
        params![&peer.0, content, tries + 1, again_at, i64::from(stays)],
    )?;
    Ok(stays)
}

/// Notes that something need not be fetched any more: it is here, or cannot be had.
pub fn settled(work: &mut Work<'_>, peer: SiteId, content: &[u8; 32]) -> Outcome<()> {
    work.execute(
        "DELETE FROM link_wanted WHERE site = ?1 AND content = ?2",
        params![&peer.0, content],
    )?;
    Ok(())
}

/// Whether a peer may fetch something: a file of a channel that is shared with it or of a conversation
/// with its people, the icon of such a channel's team, or the picture of somebody who was introduced to
/// it.
pub fn may_fetch(rows: &mut dyn Rows, peer: SiteId, content: &[u8; 32]) -> Outcome<bool> {
    for sql in [
        "SELECT count(*) FROM file JOIN channel ON channel.key = file.channel_key \
         JOIN link_share s ON s.channel = channel.id AND s.site = ?1 AND s.mine = 1 \
         AND s.theirs = 1 WHERE file.key IN (SELECT f.key FROM file f WHERE f.content = ?2 \
         UNION ALL SELECT f.key FROM file f WHERE f.thumbnail = ?2 \
         UNION ALL SELECT f.key FROM file f WHERE f.preview = ?2)",
        "SELECT count(*) FROM file JOIN channel ON channel.key = file.channel_key \
         JOIN link_peer p ON p.site = channel.across AND p.site = ?1 AND p.direct = 1 \
         AND p.theirs_direct = 1 WHERE file.key IN (SELECT f.key FROM file f WHERE f.content = ?2 \
         UNION ALL SELECT f.key FROM file f WHERE f.thumbnail = ?2 \
         UNION ALL SELECT f.key FROM file f WHERE f.preview = ?2)",
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
