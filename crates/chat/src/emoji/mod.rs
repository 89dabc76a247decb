//! Custom emoji: pictures of this site's people, which they write by name.
//!
//! They are this site's own business, and cross no link: a reaction of another site's emoji is shown
//! by its name, or with the picture that has that name here.

mod change;
mod show;

use fieldpost_access::{Caller, may_create_emoji, may_delete_emoji};
use fieldpost_kernel::{Failure, Features, Outcome, Row, Rows, RowsExt, Work, params};
use fieldpost_log::{Scope, ScopeKind};
use fieldpost_model::{Emoji, Id};
use fieldpost_text::emoji::is_system;
use fieldpost_text::name::check_emoji_name;

pub use self::change::{EmojiAdded, EmojiDeleted};
pub(crate) use self::show::fill;
use crate::facts::{self, denied};
use crate::reaction;
use crate::room;

/// A name is one live emoji's at a time. `content` is the name of the picture's blob.
const TABLES: &str = "
CREATE TABLE emoji (
    key INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    name TEXT NOT NULL,
    creator BLOB NOT NULL,
    content BLOB NOT NULL,
    mime_type TEXT NOT NULL,
    create_at INTEGER NOT NULL,
    delete_at INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX emoji_name ON emoji (name) WHERE delete_at = 0";

/// The most names that are asked for at once.
pub const MOST_NAMES: usize = 200;

/// Emoji that a search gives at most.
pub const MOST_FOUND: i64 = 200;

/// Emoji that are suggested while a name is written.
pub const MOST_SUGGESTED: i64 = 100;

/// The longest name, in bytes.
const LONGEST_NAME: usize = 64;

/// Reactions that are taken back in one go, so that nobody waits long behind it.
const SLICE: i64 = 256;

pub(crate) fn register(features: &mut Features) {
    features.tables(TABLES);
    change::register(features);
}

/// Where a site's emoji are filed: all in one place, so that no two get one name at the same time.
pub fn scope() -> Scope {
    Scope::new(ScopeKind::Site, Id::from_bytes(*b"emoji of a site."))
}

const COLUMNS: &str = "emoji.id, emoji.name, emoji.creator, emoji.create_at, emoji.delete_at";

fn emoji_of(row: &dyn Row) -> Emoji {
    Emoji {
        id: row.id(0),
        name: row.text(1).to_owned(),
        creator_id: row.id(2),
        create_at: row.int(3),
        update_at: row.int(3).max(row.int(4)),
        delete_at: row.int(4),
    }
}

fn find(rows: &mut dyn Rows, id: Id) -> Outcome<Option<Emoji>> {
    let sql = format!("SELECT {COLUMNS} FROM emoji WHERE id = ?1 AND delete_at = 0");
    rows.first(&sql, params![&id], emoji_of)
}

/// An emoji.
pub fn by_id(rows: &mut dyn Rows, id: Id) -> Outcome<Emoji> {
    find(rows, id)?.ok_or_else(no_emoji)
}

/// There is no such emoji.
pub fn no_emoji() -> Failure {
    Failure::not_found("app.emoji.get.no_result", "Unable to find the emoji.")
}

fn named(rows: &mut dyn Rows, name: &str) -> Outcome<Option<Emoji>> {
    let sql = format!("SELECT {COLUMNS} FROM emoji WHERE name = ?1 AND delete_at = 0");
    rows.first(&sql, params![name], emoji_of)
}

/// The emoji of a name.
pub fn by_name(rows: &mut dyn Rows, name: &str) -> Outcome<Emoji> {
    named(rows, name)?.ok_or_else(|| {
        Failure::not_found("app.emoji.get_by_name.no_result", "There is no emoji of that name.")
    })
}

/// Refuses a name that neither every client knows nor an emoji of this site has.
pub fn require(rows: &mut dyn Rows, name: &str) -> Outcome<()> {
    if is_system(name) { Ok(()) } else { by_name(rows, name).map(drop) }
}

/// The emoji of these names that exist, by name.
pub fn by_names<'n>(
    rows: &mut dyn Rows,
    names: impl IntoIterator<Item = &'n str>,
) -> Outcome<Vec<Emoji>> {
    // What every client knows needs no look.
    let list: Vec<_> = names.into_iter().filter(|name| !is_system(name)).map(Into::into).collect();
    let sql = format!("SELECT {COLUMNS} FROM emoji WHERE delete_at = 0 AND name IN ({{in}})");
    let mut found = rows.all_in(&sql, &[], &list, emoji_of)?;
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found.dedup_by(|a, b| a.id == b.id);
    Ok(found)
}

/// In which order a list of emoji is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The oldest first.
    Made,
    /// By name.
    Name,
}

/// A page of all emoji.
pub fn page(rows: &mut dyn Rows, order: Order, (offset, limit): (i64, i64)) -> Outcome<Vec<Emoji>> {
    let order = match order {
        Order::Made => "key",
        Order::Name => "name",
    };
    let sql = format!(
        "SELECT {COLUMNS} FROM emoji WHERE delete_at = 0 ORDER BY {order} LIMIT ?1 OFFSET ?2"
    );
    rows.all(&sql, params![limit, offset], emoji_of)
}

/// Where a term has to stand in a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// At its beginning.
    Beginning,
    /// Anywhere.
    Anywhere,
}

/// The emoji in whose names a term stands, whatever its case, by name.
pub fn search(rows: &mut dyn Rows, term: &str, place: Place, most: i64) -> Outcome<Vec<Emoji>> {
    // No name is longer, and one engine refuses long patterns.
    if term.len() > LONGEST_NAME {
        return Ok(Vec::new());
    }
    let mut pattern = if place == Place::Anywhere { "%".to_owned() } else { String::new() };
    for letter in term.to_lowercase().chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    let sql = format!(
        "SELECT {COLUMNS} FROM emoji WHERE delete_at = 0 AND LOWER(name) LIKE ?1 ESCAPE '\\' \
         ORDER BY name LIMIT ?2"
    );
    rows.all(&sql, params![&pattern, most], emoji_of)
}

/// The picture of an emoji.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The name of its bytes.
    pub content: [u8; 32],
    /// Its type.
    pub mime_type: String,
}

/// The picture of an emoji.
pub fn picture(rows: &mut dyn Rows, id: Id) -> Outcome<Picture> {
    let sql = "SELECT content, mime_type FROM emoji WHERE id = ?1 AND delete_at = 0";
    let found = rows.first(sql, params![&id], |row| Picture {
        content: row.blob(0).try_into().unwrap_or_default(),
        mime_type: row.text(1).to_owned(),
    })?;
    found.ok_or_else(no_emoji)
}

/// Refuses who may not make emoji, before a byte of one is read.
pub fn authorise(rows: &mut dyn Rows, caller: &Caller) -> Outcome<()> {
    may_create_emoji(caller, &facts::teams(rows, caller)?).map_err(denied)
}

/// Refuses a name that an emoji cannot have, or has already.
pub fn require_free(rows: &mut dyn Rows, name: &str) -> Outcome<()> {
    if check_emoji_name(name).is_err() {
        return Err(Failure::invalid(
            "model.emoji.name.app_error",
            "An emoji's name has 1 to 64 letters, digits, dashes, pluses and underscores.",
        ));
    }
    if is_system(name) {
        return Err(Failure::invalid(
            "model.emoji.system_emoji_name.app_error",
            "Every client has an emoji of that name.",
        ));
    }
    if named(rows, name)?.is_some() {
        return Err(Failure::invalid(
            "api.emoji.create.duplicate.app_error",
            "Another emoji has that name.",
        ));
    }
    Ok(())
}

/// An emoji to be made, whose picture is on disk already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEmoji {
    /// Its name, without colons.
    pub name: String,
    /// In whose name it is made: the caller's own.
    pub creator: Id,
    /// Its picture.
    pub picture: Picture,
}

/// Makes an emoji.
pub fn create(work: &mut Work<'_>, caller: &Caller, new: &NewEmoji) -> Outcome<Emoji> {
    authorise(work, caller)?;
    if new.creator != caller.user {
        return Err(Failure::forbidden("create_emojis"));
    }
    require_free(work, &new.name)?;
    let sql = "SELECT count(*) FROM emoji WHERE creator = ?1 AND delete_at = 0";
    room::require(work.count(sql, params![&caller.user])?, room::EMOJI, "emoji of yours")?;
    let Picture { content, mime_type } = new.picture.clone();
    let added = EmojiAdded { name: new.name.clone(), content, mime_type };
    work.emit(scope(), caller.user, &added)?;
    by_name(work, &new.name)
}

/// Deletes an emoji: first, some at a time, the reactions of this site's people that have its name,
/// then the emoji. Gives whether that is done, and otherwise wants to be called again.
///
/// Reactions that came over a link may mean an emoji of their own site, and stay.
pub fn delete(work: &mut Work<'_>, caller: &Caller, id: Id) -> Outcome<bool> {
    let emoji = by_id(work, id)?;
    let teams = facts::teams(work, caller)?;
    may_delete_emoji(caller, &teams, emoji.creator_id).map_err(denied)?;
    if reaction::take_back(work, caller.user, &emoji.name, SLICE)? == SLICE {
        return Ok(false);
    }
    work.emit(scope(), caller.user, &EmojiDeleted { emoji: id })?;
    Ok(true)
}
