//! What people of other sites are called here: their name at home with their site's behind it, so
//! that no two people share a name and everybody sees who is from elsewhere. No local name has a
//! colon.
//!
//! At home a name is one person's at a time, and whoever took it may arrive here before the one who
//! gave it up is heard of. Of those who seem to have one name, the one whose profile is the newest has
//! it, and a part of their id tells the others apart; once they are called something else, nobody has
//! a part of an id behind their name. The same is done with this site's own people when something that
//! it had lost is given back to it: somebody else may have taken the name since. That part then stands
//! behind a colon, so that nobody else can have such a name here, and at other sites they are called as
//! they were.

use fieldpost_kernel::{Applying, Dialect, Outcome, Rows, RowsExt, params};
use fieldpost_log::SiteId;
use fieldpost_model::Id;

/// The name that a person takes, and the one that is nobody's any more.
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) left: Option<String>,
}

/// What is known of somebody who has a name.
struct Holder {
    id: Id,
    stamp: i64,
    home: Vec<u8>,
}

/// Makes room for the name of the person whose profile is applied, if they may have it.
///
/// A profile that is overtaken takes no name, and whatever is given for it is not written.
pub(crate) fn take_name(cx: &mut Applying<'_>, username: &str, stamp: i64) -> Outcome<Named> {
    let id = cx.change.name.scope.id;
    let (plain, home) = if cx.is_local() {
        (username.to_owned(), Vec::new())
    } else {
        let site = cx.change.name.site;
        (plain_name(cx.rows, username, site)?, site.0.to_vec())
    };
    let known = cx.rows.first(
        "SELECT username, profile_stamp, home FROM account WHERE id = ?1",
        params![&id],
        |row| (row.text(0).to_owned(), row.int(1), row.blob(2) == home),
    )?;
    if let Some((name, newer, is_theirs)) = &known
        && (*newer >= stamp || !is_theirs)
    {
        return Ok(Named { name: name.clone(), left: None });
    }
    let left = known.map(|(name, _, _)| name).filter(|name| *name != plain);
    let holder = cx.rows.first(
        "SELECT id, profile_stamp, home FROM account WHERE username = ?1 AND id <> ?2",
        params![&plain, &id],
        |row| Holder { id: row.id(0), stamp: row.int(1), home: row.blob(2).to_vec() },
    )?;
    let name = match holder {
        // What is written here now was asked first whether the name is free.
        Some(_) if cx.is_of_this_epoch() => plain,
        None => plain,
        Some(holder) if holder.home == home && (holder.stamp, holder.id) < (stamp, id) => {
            let other = distinct(cx.rows, &plain, holder.id)?;
            call(cx, holder.id, &other)?;
            plain
        }
        Some(_) => distinct(cx.rows, &plain, id)?,
    };
    Ok(Named { name, left })
}

/// Gives a name that its holder has left to the one of their site who is called so at home.
pub(crate) fn pass_on(cx: &mut Applying<'_>, left: &str) -> Outcome<()> {
    let heirs = if cx.is_local() {
        // By their bytes, whatever order the database has for people.
        let order = match cx.rows.dialect() {
            Dialect::Sqlite => "",
            Dialect::Postgres => " COLLATE \"C\"",
        };
        let sql = format!(
            "SELECT profile_stamp, id FROM account \
             WHERE username > ?1{order} AND username < ?2{order} AND home IS NULL"
        );
        let between = [format!("{left}:"), format!("{left};")];
        cx.rows.all(&sql, params![&between[0], &between[1]], |row| (row.int(0), row.id(1)))?
    } else {
        let escaped = left.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        cx.rows.all(
            "SELECT profile_stamp, id FROM account \
             WHERE home = ?1 AND username LIKE ?2 ESCAPE '\\'",
            params![&cx.change.name.site.0, &format!("{escaped}-%")],
            |row| (row.int(0), row.id(1)),
        )?
    };
    let taken = "SELECT count(*) FROM account WHERE username = ?1";
    match heirs.into_iter().max() {
        Some((_, heir)) if cx.rows.count(taken, params![left])? == 0 => call(cx, heir, left),
        _ => Ok(()),
    }
}

fn call(cx: &mut Applying<'_>, person: Id, name: &str) -> Outcome<()> {
    cx.rows.execute(
        "UPDATE account SET username = ?2, update_at = ?3 WHERE id = ?1",
        params![&person, name, cx.now],
    )?;
    Ok(())
}

/// The name of a person of a site, if nobody else has it. Of what the site calls them it keeps what
/// names are made of: with anything else somebody could look like somebody else.
fn plain_name(rows: &mut dyn Rows, username: &str, site: SiteId) -> Outcome<String> {
    let named = "SELECT COALESCE(p.name, k.name) FROM link_known k \
                 LEFT JOIN link_peer p ON p.site = k.site WHERE k.site = ?1";
    let known = rows.first(named, params![&site.0], |row| row.text(0).to_owned())?;
    let site = known.unwrap_or_else(|| beginning(Id::from_bytes(site.0), SHORT));
    let letter = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-_".contains(*c);
    let username: String = username.chars().take_while(|c| *c != ':').filter(letter).collect();
    let username = if username.is_empty() { "somebody" } else { &username };
    Ok(format!("{username}:{site}"))
}

/// A name that only this person has: as much of their id stands behind it as is needed.
fn distinct(rows: &mut dyn Rows, plain: &str, id: Id) -> Outcome<String> {
    let others = "SELECT count(*) FROM account WHERE username = ?1 AND id <> ?2";
    let mark = if plain.contains(':') { '-' } else { ':' };
    let mut candidate = format!("{plain}{mark}{}", beginning(id, SHORT));
    let mut number = 1;
    while rows.count(others, params![&candidate, &id])? > 0 {
        candidate = format!("{plain}{mark}{id}-{number}");
        number += 1;
    }
    Ok(candidate)
}

/// The first characters of an id.
fn beginning(id: Id, characters: usize) -> String {
    id.to_string().chars().take(characters).collect()
}

/// How many characters of an id are enough for people to tell two apart.
const SHORT: usize = 6;
