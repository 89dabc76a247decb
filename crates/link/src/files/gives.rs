//! Which files of this site a peer is given, as an administrator of this side has said.
//!
//! Of a file that is not given, the other site knows what stands in its message: its name, its size
//! and its type. Its bytes do not leave, whoever asks for them and over whatever carriage; nor does
//! what it looks like in small, if its type is not given.

use fieldpost_access::Caller;
use fieldpost_kernel::{
    Applied, Applying, Body, Failure, Features, Kind, Outcome, Rows, RowsExt, Work, params,
};
use fieldpost_log::{ScopeKind, SiteId};
use serde::{Deserialize, Serialize};

use super::policy::{MOST_TYPES, column_of, is_type, limit_of, names, read_types, said_types};
use super::{Asked, is_of_people};
use crate::audit::{Action, Note};
use crate::budget::Most;
use crate::{Peer, peer};

/// Which files a peer is given; anything, unless it is said otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Gives {
    /// Bytes that one has at most; any, if this is nothing.
    pub largest: Option<u64>,
    /// Their media types, each whole or as `image/*`; any, if there is none.
    pub types: Vec<String>,
}

impl Gives {
    pub(crate) fn of_columns(largest: i64, types: &str) -> Self {
        let types = types.split(' ').filter(|one| !one.is_empty()).map(str::to_owned).collect();
        Self { largest: limit_of(largest), types }
    }

    /// Whether a peer is given a file of a media type and so many bytes; nothing of its size holds
    /// back what it looks like in small.
    fn lets(&self, mime: &str, size: Option<u64>) -> bool {
        let fits = self.largest.is_none_or(|largest| size.is_none_or(|size| size <= largest));
        fits && names(&self.types, mime)
    }
}

/// It was said which files a peer is given. The peer is the change's scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct GivesSet {
    /// Bytes of the largest; nothing for no limit.
    pub(crate) largest: Option<u64>,
    /// Media types, in lower case, each whole or as `image/*`; none for any.
    pub(crate) types: Vec<String>,
}

impl Body for GivesSet {
    const KIND: Kind = Kind::new(0x0894);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];

    fn fits(&self) -> bool {
        self.largest.is_none_or(|largest| i64::try_from(largest).is_ok())
            && self.types.len() <= MOST_TYPES
            && self.types.iter().all(|named| is_type(named))
    }
}

pub(crate) fn register(features: &mut Features) {
    features.on(apply_gives);
}

fn apply_gives(set: &GivesSet, cx: &mut Applying<'_>) -> Outcome<Applied> {
    cx.rows.execute(
        "UPDATE link_peer SET gives_largest = ?2, gives_types = ?3 WHERE site = ?1",
        params![&cx.change.name.scope.id, column_of(set.largest), &set.types.join(" ")],
    )?;
    Ok(Applied::Done)
}

/// Sets which files a peer is given, as far as that is asked.
pub(super) fn set(
    work: &mut Work<'_>,
    caller: &Caller,
    peer: &mut Peer,
    asked: &Asked,
) -> Outcome<()> {
    let types = asked.gives_types.as_deref().map(read_types).transpose()?;
    let gives = Gives {
        largest: asked.gives_largest.map_or(peer.gives.largest, Most::limit),
        types: types.unwrap_or_else(|| peer.gives.types.clone()),
    };
    if gives == peer.gives {
        return Ok(());
    }
    let Gives { largest, types } = gives.clone();
    let set = GivesSet { largest, types };
    if !set.fits() {
        return Err(Failure::invalid(
            "api.fieldpost.link.files",
            "A file cannot have so many bytes.",
        ));
    }
    work.emit(crate::scope(peer.site), caller.user, &set)?;
    let most = gives.largest.map_or("any size".to_owned(), |most| format!("up to {most} bytes"));
    let said = format!("{most}, {}", said_types(&gives.types));
    Note::of(Action::GivesSet).about(peer).saying(said).by(work, caller)?;
    peer.gives = gives;
    Ok(())
}

/// Whether a peer may have something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum May {
    /// It may.
    Have,
    /// It might, but this side does not give it.
    NotBeGiven,
    /// It may not know of it.
    Not,
}

/// Whether a peer may fetch something: a file of a channel that is shared with it or of a conversation
/// with its people, if it is given such; the icon of such a channel's team; or the picture of somebody
/// who was introduced to it.
pub fn may_fetch(rows: &mut dyn Rows, site: SiteId, content: &[u8; 32]) -> Outcome<May> {
    if is_of_people(rows, site, content)? {
        return Ok(May::Have);
    }
    let mut may = May::Not;
    let gives = peer::by_site(rows, site)?.map(|peer| peer.gives).unwrap_or_default();
    for (mime, size) in of_files(rows, site, content)? {
        if gives.lets(&mime, size) {
            return Ok(May::Have);
        }
        may = May::NotBeGiven;
    }
    Ok(may)
}

/// The media types of the files that a peer may know of and that some bytes are of, each with its
/// size if they are the file itself.
fn of_files(
    rows: &mut dyn Rows,
    peer: SiteId,
    content: &[u8; 32],
) -> Outcome<Vec<(String, Option<u64>)>> {
    const FILES: &str = "file.key IN (SELECT f.key FROM file f WHERE f.content = ?2 \
         UNION ALL SELECT f.key FROM file f WHERE f.thumbnail = ?2 \
         UNION ALL SELECT f.key FROM file f WHERE f.preview = ?2)";
    let mut found = Vec::new();
    for from in [
        "file JOIN channel ON channel.key = file.channel_key \
         JOIN link_share s ON s.channel = channel.id AND s.site = ?1 AND s.mine = 1 \
         AND s.theirs = 1",
        "file JOIN channel ON channel.key = file.channel_key \
         JOIN link_peer p ON p.site = channel.across AND p.site = ?1 AND p.direct = 1 \
         AND p.theirs_direct = 1",
    ] {
        let sql = format!(
            "SELECT DISTINCT file.mime_type, file.size, CASE WHEN file.content = ?2 THEN 1 ELSE 0 END \
             FROM {from} WHERE {FILES}"
        );
        found.extend(rows.all(&sql, params![&peer.0, content], |row| {
            let size = row.flag(2).then(|| row.int(1).unsigned_abs());
            (row.text(0).to_owned(), size)
        })?);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// It is stored for ever: if this fails, the code is wrong.
    #[test]
    fn the_form_on_the_log() {
        assert_eq!(GivesSet::KIND, Kind::new(0x0894));
        let set = GivesSet { largest: Some(300), types: vec!["image/*".to_owned()] };
        let literal = [&[1, 0xac, 0x02, 1, 7][..], b"image/*"].concat();
        assert_eq!(postcard::to_stdvec(&set).unwrap(), literal);
        assert_eq!(postcard::from_bytes::<GivesSet>(&literal), Ok(set));
    }

    #[test]
    fn size_and_type_decide_of_a_file_and_the_type_of_what_it_looks_like() {
        let gives = Gives { largest: Some(1000), types: vec!["image/*".to_owned()] };
        assert!(gives.lets("image/png", Some(1000)) && gives.lets("image/png", None));
        assert!(!gives.lets("image/png", Some(1001)));
        assert!(!gives.lets("video/mp4", Some(1)) && !gives.lets("video/mp4", None));
        assert!(Gives::default().lets("", Some(u64::MAX)));
    }
}
