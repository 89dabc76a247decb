//! Short names, by which a preview speaks of scopes and people: the first bytes of their ids.

use fieldpost_kernel::{Outcome, Rows, RowsExt, params};
use fieldpost_log::{ScopeKind, SiteId};
use fieldpost_model::Id;
use fieldpost_replica::{LONGEST_MARK, Mark, mark_of_id};

/// All bytes of which a short name has the first.
pub(crate) type Whole = [u8; LONGEST_MARK];

/// Among what a short name has to single something out.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Space {
    /// The scopes of a kind that are known here.
    Scopes(ScopeKind),
    /// The people who are at home at another site, or here.
    People(Option<SiteId>),
}

/// A short name for something among others, by some bytes longer than it need be.
pub(crate) fn mark(own: Whole, others: Vec<Whole>, longer: usize) -> Mark {
    let others: Vec<Whole> = others.into_iter().filter(|other| *other != own).collect();
    Mark::among(&own, others.iter(), longer)
}

/// What stands before and behind an id: nothing else has more of its first bytes.
pub(crate) fn beside(rows: &mut dyn Rows, space: Space, id: Id) -> Outcome<Vec<Whole>> {
    let before = "id < ?1 AND id < ?2 ORDER BY id DESC LIMIT 1";
    let behind = "id > ?1 AND id > ?2 ORDER BY id LIMIT 1";
    let mut found = select(rows, space, before, [&id, &id])?;
    found.extend(select(rows, space, behind, [&id, &id])?);
    Ok(found.into_iter().map(mark_of_id).collect())
}

/// Those that a short name stands for, two at most.
pub(crate) fn named(rows: &mut dyn Rows, space: Space, mark: &Mark) -> Outcome<Vec<Id>> {
    let [from, to] = bounds(mark);
    select(rows, space, "id >= ?1 AND id <= ?2 ORDER BY id LIMIT 2", [&from, &to])
}

/// The least and the greatest id that begin as a short name says.
pub(crate) fn bounds(mark: &Mark) -> [Id; 2] {
    [0, 0xff].map(|rest| {
        let mut id = [rest; 16];
        id.iter_mut().zip(mark.bytes()).for_each(|(byte, given)| *byte = *given);
        Id::from_bytes(id)
    })
}

fn select(
    rows: &mut dyn Rows,
    space: Space,
    which: &str,
    [from, to]: [&Id; 2],
) -> Outcome<Vec<Id>> {
    match space {
        Space::Scopes(kind) => {
            let sql = format!("SELECT id FROM scope WHERE kind = ?3 AND {which}");
            let kind = i64::from(u8::from(kind));
            rows.all(&sql, params![from, to, kind], |row| row.id(0))
        }
        Space::People(Some(site)) => {
            let sql = format!("SELECT id FROM account WHERE home = ?3 AND {which}");
            rows.all(&sql, params![from, to, &site.0], |row| row.id(0))
        }
        Space::People(None) => {
            let sql = format!("SELECT id FROM account WHERE home IS NULL AND {which}");
            rows.all(&sql, params![from, to], |row| row.id(0))
        }
    }
}
