//! What can happen to a channel's bookmarks, and what it means.

use fieldpost_kernel::{
    Applied, Applying, Body, Features, Kind, Outcome, Rows, RowsExt, Shape, Value, at_most, params,
    stamp_of,
};
use fieldpost_log::{ChangeName, Epoch, Scope, ScopeKind, SiteId, Stamp};
use fieldpost_model::{Id, Millis};
use serde::{Deserialize, Serialize};

use super::form::of;
use crate::register::{self, Field, wins};

/// The class of the ids that bookmarks get from the changes that made them.
pub(crate) const CLASS: &str = "bookmark";

/// The last place that a bookmark can have.
pub(super) const LAST_PLACE: i64 = 1_000_000;

/// Somebody put a bookmark into a channel. Who did is the change's author, and when is when it was
/// written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookmarkAdded {
    /// The file; none for a link.
    pub file: Id,
    /// What people read.
    pub display_name: String,
    /// Where the link leads.
    pub link_url: String,
    /// A picture for it.
    pub image_url: String,
    /// An emoji for it.
    pub emoji: String,
    /// Its place among the others.
    pub place: i64,
    /// The first of those that became this one.
    pub original: Id,
    /// The one that goes away for it, if it is the changed form of somebody else's.
    pub replaces: Id,
}

/// A bookmark was taken over from elsewhere: it stands as the one that a change of that site made
/// in this very channel, whose name gives it its id. Its owner is the change's author.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookmarkImported {
    /// The site that made it first.
    pub site: SiteId,
    /// The life of that site's database.
    pub epoch: Epoch,
    /// The number of the change there.
    pub sequence: u64,
    /// When it was made.
    pub create_at: Millis,
    /// What it is. It goes in nobody's place.
    pub added: BookmarkAdded,
}

impl BookmarkImported {
    /// The name of the change that made it first, in a channel's scope.
    pub(crate) fn origin(&self, scope: Scope) -> ChangeName {
        ChangeName { site: self.site, epoch: self.epoch, scope, sequence: self.sequence }
    }
}

impl Body for BookmarkImported {
    const KIND: Kind = Kind::new(0x0c05);
    const WITHIN: &[ScopeKind] = IN_CHANNELS;

    fn shape(&self) -> Shape {
        self.added.shape()
    }

    fn fits(&self) -> bool {
        self.added.fits() && self.added.replaces.is_none()
    }
}

/// Where bookmarks are.
const IN_CHANNELS: &[ScopeKind] = &[ScopeKind::Channel, ScopeKind::Conversation];

impl Body for BookmarkAdded {
    const KIND: Kind = Kind::new(0x0c01);
    const WITHIN: &[ScopeKind] = IN_CHANNELS;

    fn shape(&self) -> Shape {
        Shape { text: self.link_url.clone(), ..Shape::default() }
    }

    fn fits(&self) -> bool {
        at_most(&self.display_name, 64)
            && at_most(&self.link_url, 1024)
            && at_most(&self.image_url, 1024)
            && at_most(&self.emoji, 64)
            && (0..=LAST_PLACE).contains(&self.place)
    }
}

/// Parts of a bookmark were written. Each is decided by itself, so that two sites that changed
/// different ones while apart keep both.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct BookmarkPatched {
    /// Which.
    pub bookmark: Id,
    /// The file.
    pub file: Option<Id>,
    /// What people read.
    pub display_name: Option<String>,
    /// Where the link leads.
    pub link_url: Option<String>,
    /// A picture for it.
    pub image_url: Option<String>,
    /// An emoji for it.
    pub emoji: Option<String>,
}

impl Body for BookmarkPatched {
    const KIND: Kind = Kind::new(0x0c02);
    const WITHIN: &[ScopeKind] = IN_CHANNELS;

    fn fits(&self) -> bool {
        let within = |text: &Option<String>, most| text.iter().all(|text| at_most(text, most));
        within(&self.display_name, 64)
            && within(&self.link_url, 1024)
            && within(&self.image_url, 1024)
            && within(&self.emoji, 64)
    }
}

impl BookmarkPatched {
    /// The text columns that are written, each with what is.
    fn texts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let all = [
            ("display_name", &self.display_name),
            ("link_url", &self.link_url),
            ("image_url", &self.image_url),
            ("emoji", &self.emoji),
        ];
        all.into_iter().filter_map(|(column, written)| Some((column, written.as_deref()?)))
    }

    fn fields(&self) -> Vec<&'static str> {
        let file = self.file.iter().map(|_| "file");
        self.texts().map(|(column, _)| column).chain(file).collect()
    }
}

/// A bookmark was taken away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookmarkDeleted {
    /// Which.
    pub bookmark: Id,
}

impl Body for BookmarkDeleted {
    const KIND: Kind = Kind::new(0x0c03);
    const WITHIN: &[ScopeKind] = IN_CHANNELS;
}

/// The bookmarks of a channel were put in this order: the first has place 0.
///
/// The newest word on each one's place stands. Those of which it says nothing, because they were
/// made elsewhere meanwhile, keep the place they had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookmarksOrdered {
    /// All of them, as far as they were known.
    pub order: Vec<Id>,
}

impl Body for BookmarksOrdered {
    const KIND: Kind = Kind::new(0x0c04);
    const WITHIN: &[ScopeKind] = IN_CHANNELS;

    fn fits(&self) -> bool {
        self.order.len() <= 1024
    }
}

pub(super) fn register(features: &mut Features) {
    features.replaces(|patched: &BookmarkPatched, _, rows| {
        register::standing(rows, patched.bookmark, &patched.fields())
    });
    features.replaces(|_: &BookmarksOrdered, scope, rows| {
        let newest = rows.first(
            "SELECT MAX(p.stamp) FROM channel \
             JOIN bookmark_place p ON p.channel_key = channel.key WHERE channel.id = ?1",
            params![&scope.id],
            |row| stamp_of(row.int(0)),
        )?;
        Ok(newest.unwrap_or_default())
    });
    features.on(apply_added);
    features.on(apply_imported);
    features.on(apply_patched);
    features.on(apply_deleted);
    features.on(apply_ordered);
}

/// The key of the channel that a change is filed under, if it is here.
fn channel_key(cx: &mut Applying<'_>) -> Outcome<Option<i64>> {
    let id = cx.change.name.scope.id;
    cx.rows.first("SELECT key FROM channel WHERE id = ?1", params![&id], |row| row.int(0))
}

/// The key of the channel that a bookmark is in, if it is here.
fn place_of(rows: &mut dyn Rows, bookmark: Id) -> Outcome<Option<i64>> {
    let sql = "SELECT channel_key FROM bookmark WHERE id = ?1";
    rows.first(sql, params![&bookmark], |row| row.int(0))
}

/// Does something to a bookmark, and takes note of what that changes in the state.
fn changed(
    cx: &mut Applying<'_>,
    bookmark: Id,
    write: impl FnOnce(&mut Applying<'_>) -> Outcome<()>,
) -> Outcome<()> {
    let before = of(cx.rows, bookmark)?;
    write(cx)?;
    let after = of(cx.rows, bookmark)?;
    if before != after {
        cx.hash.removed.extend(before);
        cx.hash.added.extend(after);
    }
    Ok(())
}

fn apply_added(added: &BookmarkAdded, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let Some(channel) = channel_key(cx)? else {
        return Ok(Applied::Waits(cx.change.name.scope.id));
    };
    let replaced = match added.replaces.some() {
        None => None,
        Some(replaced) => match place_of(cx.rows, replaced)? {
            None => return Ok(Applied::Waits(replaced)),
            Some(place) => (place == channel).then_some(replaced),
        },
    };
    let made = Made { origin: cx.change.name, create_at: cx.written_at(), claim: Claim::NONE };
    make(cx, channel, added, &made)?;
    if let Some(replaced) = replaced {
        changed(cx, replaced, |cx| bury(cx, replaced))?;
    }
    Ok(Applied::Done)
}

fn apply_imported(imported: &BookmarkImported, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let Some(channel) = channel_key(cx)? else {
        return Ok(Applied::Waits(cx.change.name.scope.id));
    };
    let made = Made {
        origin: imported.origin(cx.change.name.scope),
        create_at: imported.create_at,
        claim: Claim { stamp: stamp(cx), site: cx.change.name.site.0 },
    };
    make(cx, channel, &imported.added, &made)?;
    Ok(Applied::Done)
}

/// How a bookmark came to be.
struct Made {
    /// The change that made it first, whose name gives it its id.
    origin: ChangeName,
    /// When.
    create_at: Millis,
    /// Who says so.
    claim: Claim,
}

/// Who says of a bookmark how it was made. The change that made it counts before all who took it
/// over, and of those the earliest, so that every site finds the same one.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Claim {
    stamp: i64,
    site: [u8; 16],
}

impl Claim {
    /// The change that made it says so itself.
    const NONE: Self = Self { stamp: 0, site: [0; 16] };
}

fn stamp(cx: &Applying<'_>) -> i64 {
    i64::from_be_bytes(cx.change.stamp.0.to_be_bytes())
}

/// Makes a bookmark, or says how one was made that somebody took over earlier.
fn make(cx: &mut Applying<'_>, channel: i64, added: &BookmarkAdded, made: &Made) -> Outcome<()> {
    let id = fieldpost_log::derive_id(CLASS, &made.origin, 0);
    let known = cx.rows.first(
        "SELECT claim_stamp, claim_site FROM bookmark WHERE id = ?1",
        params![&id],
        |row| Claim { stamp: row.int(0), site: row.blob(1).try_into().unwrap_or_default() },
    )?;
    changed(cx, id, |cx| {
        match known {
            None => insert(cx, (channel, id), added, made)?,
            Some(known) if made.claim < known => correct(cx, id, added, made)?,
            Some(_) => {}
        }
        put(cx, channel, id, added.place)
    })?;
    cx.created.push(id);
    Ok(())
}

fn insert(
    cx: &mut Applying<'_>,
    (channel, id): (i64, Id),
    added: &BookmarkAdded,
    made: &Made,
) -> Outcome<()> {
    let number = |number: u64| i64::from_be_bytes(number.to_be_bytes());
    cx.rows.execute(
        "INSERT INTO bookmark (id, channel_key, owner, file, display_name, link_url, image_url, \
         emoji, original, create_at, update_at, origin_site, origin_epoch, origin_sequence, \
         claim_stamp, claim_site) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
        params![
            &id,
            channel,
            &cx.change.author,
            &added.file,
            &added.display_name,
            &added.link_url,
            &added.image_url,
            &added.emoji,
            &added.original,
            made.create_at,
            cx.now,
            &made.origin.site.0,
            number(made.origin.epoch.0),
            number(made.origin.sequence),
            made.claim.stamp,
            &made.claim.site,
        ],
    )?;
    Ok(())
}

/// A better word on how a bookmark was made: what was written of it since stands.
fn correct(cx: &mut Applying<'_>, id: Id, added: &BookmarkAdded, made: &Made) -> Outcome<()> {
    cx.rows.execute(
        "UPDATE bookmark SET owner = ?2, original = ?3, create_at = ?4, update_at = ?5, \
         claim_stamp = ?6, claim_site = ?7 WHERE id = ?1",
        params![
            &id,
            &cx.change.author,
            &added.original,
            made.create_at,
            cx.now,
            made.claim.stamp,
            &made.claim.site,
        ],
    )?;
    let parts: [(&str, Value<'_>); 5] = [
        ("file", (&added.file).into()),
        ("display_name", (&added.display_name).into()),
        ("link_url", (&added.link_url).into()),
        ("image_url", (&added.image_url).into()),
        ("emoji", (&added.emoji).into()),
    ];
    for (column, value) in parts {
        if register::standing(cx.rows, id, &[column])? == Stamp::default() {
            let sql = format!("UPDATE bookmark SET {column} = ?2 WHERE id = ?1");
            cx.rows.execute(&sql, &[(&id).into(), value])?;
        }
    }
    Ok(())
}

/// Gives a bookmark a place, if this is the newest word on it. It need not be here yet.
fn put(cx: &mut Applying<'_>, channel: i64, bookmark: Id, place: i64) -> Outcome<()> {
    let stamp = stamp(cx);
    let newest = cx.rows.execute(
        "INSERT INTO bookmark_place (channel_key, bookmark, place, stamp, site) \
         VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (channel_key, bookmark) DO UPDATE SET \
         place = excluded.place, stamp = excluded.stamp, site = excluded.site \
         WHERE (bookmark_place.stamp, bookmark_place.site) < (excluded.stamp, excluded.site)",
        params![channel, &bookmark, place, stamp, &cx.change.name.site.0],
    )?;
    if newest > 0 {
        cx.rows.execute(
            "UPDATE bookmark SET update_at = ?3 WHERE id = ?1 AND channel_key = ?2",
            params![&bookmark, channel, cx.now],
        )?;
    }
    Ok(())
}

/// A deletion is for ever; of several the earliest is told.
fn bury(cx: &mut Applying<'_>, bookmark: Id) -> Outcome<()> {
    let at: Millis = cx.written_at();
    cx.rows.execute(
        "UPDATE bookmark SET delete_at = ?2, update_at = ?3 \
         WHERE id = ?1 AND (delete_at = 0 OR delete_at > ?2)",
        params![&bookmark, at, cx.now],
    )?;
    Ok(())
}

fn apply_patched(patched: &BookmarkPatched, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let id = patched.bookmark;
    let Some(place) = place_of(cx.rows, id)? else { return Ok(Applied::Waits(id)) };
    if channel_key(cx)? != Some(place) {
        return Ok(Applied::Done);
    }
    changed(cx, id, |cx| {
        for (column, written) in patched.texts() {
            let sql = format!("SELECT {column} FROM bookmark WHERE id = ?1");
            let current = cx.rows.first(&sql, params![&id], |row| row.text(0).to_owned())?;
            let current = current.unwrap_or_default();
            if wins(cx, &Field { entity: id, name: column, current: &current, written })? {
                let sql =
                    format!("UPDATE bookmark SET {column} = ?2, update_at = ?3 WHERE id = ?1");
                cx.rows.execute(&sql, params![&id, written, cx.now])?;
            }
        }
        patched.file.map_or(Ok(()), |file| patch_file(cx, id, file))
    })?;
    Ok(Applied::Done)
}

fn patch_file(cx: &mut Applying<'_>, id: Id, file: Id) -> Outcome<()> {
    let sql = "SELECT file FROM bookmark WHERE id = ?1";
    let current = cx.rows.first(sql, params![&id], |row| row.id(0))?.unwrap_or_default();
    let (current, written) = (current.to_string(), file.to_string());
    if wins(cx, &Field { entity: id, name: "file", current: &current, written: &written })? {
        cx.rows.execute(
            "UPDATE bookmark SET file = ?2, update_at = ?3 WHERE id = ?1",
            params![&id, &file, cx.now],
        )?;
    }
    Ok(())
}

fn apply_deleted(deleted: &BookmarkDeleted, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let id = deleted.bookmark;
    let Some(place) = place_of(cx.rows, id)? else { return Ok(Applied::Waits(id)) };
    if channel_key(cx)? == Some(place) {
        changed(cx, id, |cx| bury(cx, id))?;
    }
    Ok(Applied::Done)
}

fn apply_ordered(ordered: &BookmarksOrdered, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let Some(channel) = channel_key(cx)? else {
        return Ok(Applied::Waits(cx.change.name.scope.id));
    };
    for (place, bookmark) in (0..).zip(&ordered.order) {
        changed(cx, *bookmark, |cx| put(cx, channel, *bookmark, place))?;
    }
    Ok(Applied::Done)
}
