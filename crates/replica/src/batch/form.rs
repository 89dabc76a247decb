//! Contents apart: what many have in common, and what fills the holes in it.

use fieldpost_log::derive_id;
use fieldpost_log::wire::put_varint;
use fieldpost_model::Id;

use super::{CLASS, DerivedPost, Entry, Hints};

/// A place in a form's rest where something is put in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Hole {
    /// How many bytes of the rest come before it.
    pub(super) at: usize,
    /// Whether it takes an id; a text otherwise.
    pub(super) id: bool,
}

/// What changes of one kind have in common once texts and ids are taken out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Form {
    pub(super) kind: u16,
    pub(super) holes: Vec<Hole>,
    pub(super) rest: Vec<u8>,
}

/// A signed number as an unsigned one, small for small.
pub(super) const fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

/// The signed number of its zigzag form.
pub(super) const fn unzigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

/// Something found in a content that need not travel there.
pub(super) struct Found<'h> {
    start: usize,
    end: usize,
    what: What<'h>,
}

#[derive(Clone, Copy)]
pub(super) enum What<'h> {
    Text(&'h str),
    Id(Id, Option<DerivedPost>),
}

/// A content, as its form and what fills its holes, of which there are at most so many.
pub(super) fn apart<'h>(entry: &Entry, hints: &'h Hints, most: usize) -> (Form, Vec<What<'h>>) {
    let mut found = find(&entry.payload, hints);
    found.truncate(most);
    let mut form =
        Form { kind: entry.kind, holes: Vec::with_capacity(found.len()), rest: Vec::new() };
    let mut from = 0;
    for Found { start, end, what } in &found {
        form.rest.extend_from_slice(&entry.payload[from..*start]);
        from = *end;
        form.holes.push(Hole { at: form.rest.len(), id: matches!(what, What::Id(..)) });
    }
    form.rest.extend_from_slice(&entry.payload[from..]);
    (form, found.into_iter().map(|found| found.what).collect())
}

/// What of the hints really stands in a content, in order and apart.
fn find<'h>(payload: &[u8], hints: &'h Hints) -> Vec<Found<'h>> {
    let mut found: Vec<Found<'h>> = Vec::new();
    if !hints.text.is_empty() {
        let mut needle = Vec::with_capacity(hints.text.len() + 3);
        put_varint(&mut needle, hints.text.len() as u64);
        needle.extend_from_slice(hints.text.as_bytes());
        if let Some(start) = position(payload, &needle, 0) {
            found.push(Found { start, end: start + needle.len(), what: What::Text(&hints.text) });
        }
    }
    for (id, post) in &hints.ids {
        let mut from = 0;
        while let Some(start) = position(payload, id.as_bytes(), from) {
            let end = start + 16;
            if found.iter().all(|other| end <= other.start || other.end <= start) {
                let derived = post.filter(|post| is_post(*id, post));
                found.push(Found { start, end, what: What::Id(*id, derived) });
                break;
            }
            from = start + 1;
        }
    }
    found.sort_by_key(|found| found.start);
    found
}

/// Whether a post's id is what the change that made it gives it: not so if it was imported.
fn is_post(id: Id, post: &DerivedPost) -> bool {
    post_id(post) == id
}

/// The id of the post that a change made.
pub(super) fn post_id(post: &DerivedPost) -> Id {
    derive_id(CLASS, &post.log.change(post.sequence), 0)
}

fn position(haystack: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    let windows = haystack.get(from..)?.windows(needle.len());
    windows.enumerate().find(|(_, window)| *window == needle).map(|(at, _)| at + from)
}
