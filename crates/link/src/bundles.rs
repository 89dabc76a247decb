//! Bundles: which were written and taken in, and which of them the other side has.
//!
//! A bundle is known by the time at which it was written. What it holds is not noted as held before a
//! bundle of the other side, or a conversation, says that it arrived: until then each new bundle holds
//! it again.

use fieldpost_access::Caller;
use fieldpost_kernel::{Failure, FailureKind, Outcome, Row, Rows, RowsExt, Work, params};
use fieldpost_log::SiteId;
use fieldpost_model::Millis;

use crate::Peer;
use crate::audit::{Action, Note};

/// How many of a peer's bundles are confirmed in one of this side's.
const CONFIRMED: i64 = 64;

/// How many bundles of each direction are remembered for a peer.
const REMEMBERED: i64 = 256;

/// A bundle that was written here, or taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bundle {
    /// Whether it was written here.
    pub is_ours: bool,
    /// When it was written, by the clock of the site that wrote it.
    pub written_at: Millis,
    /// When it was taken in. For one of this side, when the first news of that came; 0 if none did.
    pub taken_at: Millis,
    /// Changes in it; of a taken one, those that were new.
    pub changes: u64,
    /// Files in it; of a taken one, those that were kept.
    pub files: u64,
    /// Its length.
    pub bytes: u64,
}

impl Bundle {
    /// What is in it, in words.
    fn contents(&self) -> String {
        format!("{} changes, {} files, {} bytes", self.changes, self.files, self.bytes)
    }
}

/// Begins a bundle to a peer; gives the time by which it is known.
pub fn begin(work: &mut Work<'_>, peer: SiteId) -> Outcome<Millis> {
    let last = work.count(
        "SELECT CAST(COALESCE(max(written_at), 0) AS BIGINT) FROM link_bundle \
         WHERE site = ?1 AND ours = 1",
        params![&peer.0],
    )?;
    let written_at = work.now().max(last + 1);
    work.execute(
        "INSERT INTO link_bundle (site, ours, written_at) VALUES (?1, 1, ?2)",
        params![&peer.0, written_at],
    )?;
    Ok(written_at)
}

/// Notes that a bundle was written, by whom if it was by somebody, and for whom it was.
pub fn written(
    work: &mut Work<'_>,
    caller: Option<&Caller>,
    peer: &Peer,
    bundle: &Bundle,
) -> Outcome<()> {
    keep(work, peer.site, bundle)?;
    let note = Note::of(Action::BundleWritten).about(peer).saying(bundle.contents());
    match caller {
        Some(caller) => note.by(work, caller),
        None => note.by_nobody(work),
    }
}

/// The times of the peer's bundles that were taken in here, newest first.
pub fn seen(rows: &mut dyn Rows, peer: SiteId) -> Outcome<Vec<Millis>> {
    rows.all(
        "SELECT written_at FROM link_bundle WHERE site = ?1 AND ours = 0 \
         ORDER BY written_at DESC LIMIT ?2",
        params![&peer.0, CONFIRMED],
        |row| row.int(0),
    )
}

/// Whether a bundle of a peer's says what none that was taken in says better: it is the newest.
pub fn is_news(rows: &mut dyn Rows, peer: SiteId, written_at: Millis) -> Outcome<bool> {
    let sql = "SELECT count(*) FROM link_bundle WHERE site = ?1 AND ours = 0 AND written_at >= ?2";
    Ok(rows.count(sql, params![&peer.0, written_at])? == 0)
}

/// Notes that a bundle of a peer's was taken in, by whom if it was by somebody, and which of this side's it has seen.
pub fn taken(
    work: &mut Work<'_>,
    caller: Option<&Caller>,
    from: &Peer,
    bundle: &Bundle,
    seen: &[Millis],
) -> Outcome<()> {
    let (now, peer) = (work.now(), from.site);
    for written_at in seen.iter().take(CONFIRMED as usize) {
        work.execute(
            "UPDATE link_bundle SET taken_at = ?3 WHERE site = ?1 AND ours = 1 \
             AND written_at = ?2 AND taken_at = 0",
            params![&peer.0, *written_at, now],
        )?;
    }
    let known = work.count(
        "SELECT count(*) FROM link_bundle WHERE site = ?1 AND ours = 0 AND written_at = ?2",
        params![&peer.0, bundle.written_at],
    )?;
    if known == 0 {
        work.execute(
            "INSERT INTO link_bundle (site, ours, written_at) VALUES (?1, 0, ?2)",
            params![&peer.0, bundle.written_at],
        )?;
        keep(work, peer, &Bundle { taken_at: now, ..*bundle })?;
    }
    // The peer was heard of when it wrote this, whatever way that took.
    work.execute(
        "UPDATE link_peer SET last_contact = ?2 WHERE site = ?1 AND last_contact < ?2",
        params![&peer.0, bundle.written_at.min(now)],
    )?;
    let note = Note::of(Action::BundleTaken).about(from).saying(bundle.contents());
    match caller {
        Some(caller) => note.by(work, caller),
        None => note.by_nobody(work),
    }
}

fn keep(work: &mut Work<'_>, peer: SiteId, bundle: &Bundle) -> Outcome<()> {
    let number = |n: u64| i64::try_from(n).map_err(Failure::internal);
    work.execute(
        "UPDATE link_bundle SET taken_at = ?4, changes = ?5, files = ?6, bytes = ?7 \
         WHERE site = ?1 AND ours = ?2 AND written_at = ?3",
        params![
            &peer.0,
            bundle.is_ours,
            bundle.written_at,
            bundle.taken_at,
            number(bundle.changes)?,
            number(bundle.files)?,
            number(bundle.bytes)?,
        ],
    )?;
    work.execute(
        "DELETE FROM link_bundle WHERE site = ?1 AND ours = ?2 AND written_at < \
         (SELECT min(written_at) FROM (SELECT written_at FROM link_bundle \
         WHERE site = ?1 AND ours = ?2 ORDER BY written_at DESC LIMIT ?3) AS newest)",
        params![&peer.0, bundle.is_ours, REMEMBERED],
    )?;
    Ok(())
}

/// The bundles of both directions that are remembered, newest first. One that was begun and never
/// came to its end is not among them.
pub fn list(rows: &mut dyn Rows, peer: SiteId, most: u64) -> Outcome<Vec<Bundle>> {
    let bundle_of = |row: &dyn Row| {
        let number = |n: usize| u64::try_from(row.int(n)).unwrap_or_default();
        Bundle {
            is_ours: row.flag(0),
            written_at: row.int(1),
            taken_at: row.int(2),
            changes: number(3),
            files: number(4),
            bytes: number(5),
        }
    };
    rows.all(
        "SELECT ours, written_at, taken_at, changes, files, bytes FROM link_bundle \
         WHERE site = ?1 AND bytes > 0 ORDER BY written_at DESC, ours LIMIT ?2",
        params![&peer.0, i64::try_from(most).map_err(Failure::internal)?],
        bundle_of,
    )
}

/// Why a bundle is not taken in.
pub fn refused(why: impl std::fmt::Display) -> Failure {
    Failure::new(
        FailureKind::Invalid,
        "api.fieldpost.link.bundle",
        format!("This bundle was not taken in: {why}."),
    )
}
