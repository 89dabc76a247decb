//! Sites with which this one is not linked, and whose changes peers pass on.
//!
//! Such a site is known by the key under which a peer introduced it first. What it wrote is proved with
//! that key, so that whoever passes it on can withhold it and cannot alter it.

use fieldpost_kernel::{Outcome, Rows, RowsExt, Work, params};
use fieldpost_log::{SiteId, VerifyingKey};
use fieldpost_model::Id;

use crate::Peer;
use crate::audit::{Action, Note};
use crate::change::SiteIntroduced;
use crate::peer::{self, known_key};

/// The most sites that one peer may introduce.
const MOST_INTRODUCED: i64 = 1000;

/// What came of an introduction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Introduction {
    /// The site is known by this key.
    Known,
    /// It is known by another, or has that of another site. An administrator can have the key that is
    /// known forgotten.
    OtherKey,
    /// The peer introduces more sites than there can be.
    TooMany,
}

/// Takes note of a site that a peer introduces. One that is known stays as it is.
pub fn introduce(
    work: &mut Work<'_>,
    via: &Peer,
    site: SiteId,
    key: &VerifyingKey,
    name: &str,
) -> Outcome<Introduction> {
    if let Some(known) = known_key(work, site)? {
        let is_same = known == *key;
        return Ok(if is_same { Introduction::Known } else { Introduction::OtherKey });
    }
    if peer::known_as(work, key)?.is_some() {
        return Ok(Introduction::OtherKey);
    }
    let sql = "SELECT count(*) FROM link_known WHERE via = ?1";
    if work.count(sql, params![&via.site.0])? >= MOST_INTRODUCED {
        return Ok(Introduction::TooMany);
    }
    let name = peer::free_name(work, site, name, peer::EVER_KNOWN)?;
    let via_id = Id::from_bytes(via.site.0);
    let introduced = SiteIntroduced { name: name.clone(), key: key.encode(), via: via_id };
    work.emit(crate::scope(site), Id::NONE, &introduced)?;
    Note::of(Action::Introduced).about(via).saying(name).by_nobody(work)?;
    Ok(Introduction::Known)
}

/// A site that can be introduced: its key, and what it is called here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Which.
    pub site: SiteId,
    /// Its key.
    pub key: VerifyingKey,
    /// What it is called here.
    pub name: String,
}

/// What is known of another site.
pub fn known(rows: &mut dyn Rows, site: SiteId) -> Outcome<Option<Known>> {
    let sql = "SELECT peer_key, name FROM link_known WHERE site = ?1";
    let found = rows.first(sql, params![&site.0], |row| {
        VerifyingKey::decode(row.blob(0)).ok().map(|key| (key, row.text(1).to_owned()))
    })?;
    Ok(found.flatten().map(|(key, name)| Known { site, key, name }))
}
