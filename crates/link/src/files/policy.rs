//! Which files come over a link by themselves, as an administrator of the site that receives them
//! has said.
//!
//! What is shown wherever a post or a person is, thumbnails and pictures, always comes. Over thin
//! datagrams the preview of an image does not, since nobody says how large it is.

use fieldpost_access::Caller;
use fieldpost_kernel::{
    Applied, Applying, Body, Content, Failure, Features, Kind, Outcome, Part, RowsExt, Work, params,
};
use fieldpost_log::ScopeKind;
use serde::{Deserialize, Serialize};

use super::gives;
use crate::Peer;
use crate::audit::{Action, Note};
use crate::budget::Most;
use crate::peer::{named, require_links};

/// Media types that a policy may name, at most.
pub const MOST_TYPES: usize = 32;

/// Bytes of a file that comes over thin datagrams by itself, at most, unless it is said otherwise:
/// about a minute at 2,400 bit/s.
pub const THIN: u64 = 20_000;

/// Which files come by themselves; the others wait until somebody asks for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Bytes that one has at most; as many as files may have here, if this is nothing.
    pub largest: Option<u64>,
    /// The same over thin datagrams.
    pub largest_thin: Option<u64>,
    /// Their media types, each whole or as `image/*`; any, if there is none.
    pub types: Vec<String>,
}

impl Default for Policy {
    fn default() -> Self {
        Self { largest: None, largest_thin: Some(THIN), types: Vec::new() }
    }
}

/// Over which lines something comes by itself. Those that compare as less let it come over more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Comes {
    /// Over any.
    OverAny,
    /// Over any but thin datagrams.
    OverFat,
    /// Over none: somebody has to ask for it.
    IfAsked,
}

impl Comes {
    /// The number in the table.
    pub(super) const fn number(self) -> i64 {
        match self {
            Self::OverAny => 0,
            Self::OverFat => 1,
            Self::IfAsked => 2,
        }
    }
}

/// Why something does not come by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It is larger than what comes.
    Size,
    /// It does not come over thin datagrams, and there is nothing else.
    Thin,
    /// It is of another media type than what comes.
    Type,
    /// The other site does not give it.
    Held,
}

impl Why {
    /// Its name on the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Size => "size",
            Self::Thin => "thin",
            Self::Type => "type",
            Self::Held => "held",
        }
    }
}

/// A limit in a column, in which a number below zero stands for none.
pub(super) fn limit_of(column: i64) -> Option<u64> {
    u64::try_from(column).ok()
}

pub(super) fn column_of(limit: Option<u64>) -> i64 {
    limit.map_or(-1, |limit| i64::try_from(limit).unwrap_or(i64::MAX))
}

impl Policy {
    pub(crate) fn of_columns(largest: i64, thin: i64, types: &str) -> Self {
        Self {
            largest: limit_of(largest),
            largest_thin: limit_of(thin),
            types: types.split(' ').filter(|one| !one.is_empty()).map(str::to_owned).collect(),
        }
    }

    /// Whether files of a media type come.
    pub fn takes(&self, mime: &str) -> bool {
        names(&self.types, mime)
    }

    /// Over which lines something comes.
    pub(super) fn judge(&self, content: &Content) -> Comes {
        let Some(Part { mime, is_preview }) = &content.part else { return Comes::OverAny };
        let beyond = |limit: Option<u64>| limit.is_some_and(|most| content.size > Some(most));
        match is_preview {
            _ if !self.takes(mime) => Comes::IfAsked,
            true if self.largest_thin.is_some() => Comes::OverFat,
            true => Comes::OverAny,
            false if beyond(self.largest) => Comes::IfAsked,
            false if beyond(self.largest_thin) => Comes::OverFat,
            false => Comes::OverAny,
        }
    }
}

/// Whether a media type is one of those that are named, or any is meant.
pub(super) fn names(types: &[String], mime: &str) -> bool {
    let main = mime.split(';').next().unwrap_or_default().trim().to_lowercase();
    let fits = |named: &String| match named.strip_suffix('*') {
        Some(group) => main.starts_with(group),
        None => main == *named,
    };
    types.is_empty() || types.iter().any(fits)
}

/// What is to be set of a policy; what is nothing stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// Bytes of the largest file that comes.
    pub largest: Option<Most>,
    /// The same over thin datagrams.
    pub largest_thin: Option<Most>,
    /// The media types that come.
    pub types: Option<Vec<String>>,
    /// Bytes of the largest file that the peer is given.
    pub gives_largest: Option<Most>,
    /// The media types that it is given.
    pub gives_types: Option<Vec<String>>,
}

/// It was said which files come over a link by themselves. The peer is the change's scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FilesSet {
    /// Bytes of the largest; nothing for no limit.
    pub(crate) largest: Option<u64>,
    /// The same over thin datagrams.
    pub(crate) largest_thin: Option<u64>,
    /// Media types, in lower case, each whole or as `image/*`; none for any.
    pub(crate) types: Vec<String>,
}

impl Body for FilesSet {
    const KIND: Kind = Kind::new(0x0893);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];

    fn fits(&self) -> bool {
        let limits = [self.largest, self.largest_thin];
        limits.into_iter().flatten().all(|limit| i64::try_from(limit).is_ok())
            && self.types.len() <= MOST_TYPES
            && self.types.iter().all(|named| is_type(named))
    }
}

/// Whether something is a media type in lower case, or a group of them as `image/*` (RFC 6838,
/// section 4.2: letters, digits and some signs on both sides of a slash).
pub(super) fn is_type(named: &str) -> bool {
    let is_name = |name: &str| {
        !name.is_empty()
            && name
                .bytes()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || b"!#$&-^_.+".contains(&c))
    };
    named.len() <= 127
        && named
            .split_once('/')
            .is_some_and(|(group, one)| is_name(group) && (one == "*" || is_name(one)))
}

pub(crate) fn register(features: &mut Features) {
    features.on(apply_files);
}

/// What was wanted before is judged anew, but for what somebody asked for.
fn apply_files(set: &FilesSet, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let site = cx.change.name.scope.id;
    let (largest, thin) = (column_of(set.largest), column_of(set.largest_thin));
    let types = set.types.join(" ");
    cx.rows.execute(
        "UPDATE link_peer SET files_largest = ?2, files_thin = ?3, files_types = ?4 \
         WHERE site = ?1",
        params![&site, largest, thin, &types],
    )?;
    let policy = Policy::of_columns(largest, thin, &types);
    let kinds = cx.rows.all(
        "SELECT DISTINCT mime FROM link_wanted WHERE site = ?1 AND part > 0 AND asked = 0",
        params![&site],
        |row| row.text(0).to_owned(),
    )?;
    let beyond = |limit: Option<u64>| column_of(Some(limit.unwrap_or(u64::MAX)));
    for mime in kinds {
        let taken = policy.takes(&mime);
        let preview = if policy.largest_thin.is_some() { Comes::OverFat } else { Comes::OverAny };
        cx.rows.execute(
            "UPDATE link_wanted SET again_at = 0, comes = CASE WHEN ?3 = 0 THEN 2 \
             WHEN part = 1 THEN ?4 WHEN size > ?5 THEN 2 WHEN size > ?6 THEN 1 ELSE 0 END \
             WHERE site = ?1 AND mime = ?2 AND part > 0 AND asked = 0",
            params![
                &site,
                &mime,
                i64::from(taken),
                preview.number(),
                beyond(policy.largest),
                beyond(policy.largest_thin),
            ],
        )?;
    }
    Ok(Applied::Done)
}

/// Sets which files come over a link by themselves, and which are given.
pub fn set(work: &mut Work<'_>, caller: &Caller, name: &str, asked: &Asked) -> Outcome<Peer> {
    require_links(caller)?;
    let mut peer = named(work, name)?;
    set_what_comes(work, caller, &mut peer, asked)?;
    gives::set(work, caller, &mut peer, asked)?;
    Ok(peer)
}

fn set_what_comes(
    work: &mut Work<'_>,
    caller: &Caller,
    peer: &mut Peer,
    asked: &Asked,
) -> Outcome<()> {
    let types = asked.types.as_deref().map(read_types).transpose()?;
    let policy = Policy {
        largest: asked.largest.map_or(peer.files.largest, Most::limit),
        largest_thin: asked.largest_thin.map_or(peer.files.largest_thin, Most::limit),
        types: types.unwrap_or_else(|| peer.files.types.clone()),
    };
    if policy == peer.files {
        return Ok(());
    }
    let Policy { largest, largest_thin, types } = policy.clone();
    let set = FilesSet { largest, largest_thin, types };
    if !set.fits() {
        return Err(Failure::invalid(
            "api.fieldpost.link.files",
            "A file cannot have so many bytes.",
        ));
    }
    work.emit(crate::scope(peer.site), caller.user, &set)?;
    Note::of(Action::FilesSet).about(peer).saying(said(&policy)).by(work, caller)?;
    peer.files = policy;
    Ok(())
}

/// A policy, for the audit.
fn said(policy: &Policy) -> String {
    let most = |limit: Option<u64>| match limit {
        Some(limit) => format!("up to {limit} bytes"),
        None => "of any size".to_owned(),
    };
    format!(
        "files {}, over thin datagrams {}, {}",
        most(policy.largest),
        most(policy.largest_thin),
        said_types(&policy.types)
    )
}

/// Media types, for the audit.
pub(super) fn said_types(types: &[String]) -> String {
    if types.is_empty() { "any type".to_owned() } else { types.join(", ") }
}

pub(super) fn read_types(texts: &[String]) -> Outcome<Vec<String>> {
    let refused = |why: String| Failure::invalid("api.fieldpost.link.files_types", why);
    let mut types: Vec<String> = Vec::new();
    for text in texts {
        let named = text.trim().to_lowercase();
        if !is_type(&named) {
            return Err(refused(format!(
                "{text:?} is no media type: write one as application/pdf, or many as image/*."
            )));
        }
        if !types.contains(&named) {
            types.push(named);
        }
    }
    if types.len() > MOST_TYPES {
        return Err(refused(format!("A link names at most {MOST_TYPES} media types.")));
    }
    Ok(types)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// It is stored for ever: if this fails, the code is wrong.
    #[test]
    fn the_form_on_the_log() {
        assert_eq!(FilesSet::KIND, Kind::new(0x0893));
        let types = vec!["image/*".to_owned()];
        let set = FilesSet { largest: None, largest_thin: Some(300), types };
        let literal = [&[0, 1, 0xac, 0x02, 1, 7][..], b"image/*"].concat();
        assert_eq!(postcard::to_stdvec(&set).unwrap(), literal);
        assert_eq!(postcard::from_bytes::<FilesSet>(&literal), Ok(set));
    }

    #[test]
    fn what_is_no_media_type_does_not_fit() {
        let fits = |types: &[&str]| {
            let types = types.iter().map(|&one| one.to_owned()).collect();
            FilesSet { largest: None, largest_thin: None, types }.fits()
        };
        assert!(fits(&[]) && fits(&["image/*", "application/vnd.oasis.opendocument.text"]));
        assert!(fits(&["a/b"; MOST_TYPES]) && !fits(&["a/b"; MOST_TYPES + 1]));
        for bad in ["", "image", "image/", "/png", "*/*", "Image/png", "image/p ng", "image/png;q"]
        {
            assert!(!fits(&[bad]), "{bad}");
        }
        let long = format!("a/{}", "b".repeat(126));
        assert!(!fits(&[&long]));
        assert!(!FilesSet { largest: Some(u64::MAX), largest_thin: None, types: vec![] }.fits());
    }

    #[test]
    fn what_comes_over_which_line() {
        let part = |mime: &str, is_preview| Some(Part { mime: mime.to_owned(), is_preview });
        let file =
            |mime: &str, size| Content { hash: [1; 32], size: Some(size), part: part(mime, false) };
        let preview = Content { hash: [2; 32], size: None, part: part("image/png", true) };
        let thumbnail = Content::from([3; 32]);
        let unset = Policy::default();
        assert_eq!(unset.judge(&thumbnail), Comes::OverAny);
        assert_eq!(unset.judge(&preview), Comes::OverFat);
        assert_eq!(unset.judge(&file("text/plain", THIN)), Comes::OverAny);
        assert_eq!(unset.judge(&file("text/plain", THIN + 1)), Comes::OverFat);
        assert_eq!(unset.judge(&file("text/plain", u64::MAX)), Comes::OverFat);
        let some = Policy {
            largest: Some(1000),
            largest_thin: None,
            types: vec!["image/*".to_owned(), "text/plain".to_owned()],
        };
        assert_eq!(some.judge(&preview), Comes::OverAny);
        assert_eq!(some.judge(&file("image/png", 1000)), Comes::OverAny);
        assert_eq!(some.judge(&file("image/png", 1001)), Comes::IfAsked);
        assert_eq!(some.judge(&file("Text/Plain; charset=utf-8", 0)), Comes::OverAny);
        assert_eq!(some.judge(&file("text/plainer", 0)), Comes::IfAsked);
        assert_eq!(some.judge(&file("application/pdf", 0)), Comes::IfAsked);
        assert_eq!(some.judge(&thumbnail), Comes::OverAny);
    }
}
