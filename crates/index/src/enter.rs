//! What is written into a volume.

use std::collections::{BTreeMap, BTreeSet};

use fieldpost_search::{About, Body, Document, Entry, indexed};
use rusqlite::{Connection, OptionalExtension, params};

use crate::expression;
use crate::volume::name;

/// Bits of a place that come from the key.
pub(crate) const KEY_BITS: u32 = 20;

/// The last millisecond that has a place of its own.
pub(crate) const LAST: i64 = (1 << 43) - 1;

/// The last word on each document. First all that was known of them is taken out, then what is there
/// now is put in, in the order of places: the engine would write its lists to the file each time
/// that it is not so.
pub(crate) fn enter(connection: &Connection, entries: &[Entry]) -> rusqlite::Result<()> {
    let mut last: BTreeMap<(About, i64), Option<&Document>> = BTreeMap::new();
    for entry in entries {
        match entry {
            Entry::Put(about, document) => last.insert((*about, document.key), Some(document)),
            Entry::Remove(about, key) => last.insert((*about, *key), None),
        };
    }
    let mut there: Vec<(About, &Document)> = Vec::new();
    for ((about, key), document) in last {
        if about == About::Files
            && let Some(document) = document
            && stands(connection, document)?
        {
            continue;
        }
        take_out(connection, about, key)?;
        there.extend(document.map(|document| (about, document)));
    }
    there.sort_by_key(|(about, document)| (*about, place_of(document)));
    let mut said: BTreeMap<About, BTreeSet<String>> = BTreeMap::new();
    for (about, document) in there {
        let words = words_of(document);
        put(connection, about, document, &words)?;
        let said = said.entry(about).or_default();
        for word in words.split(' ') {
            if !said.contains(word) {
                said.insert(word.to_owned());
            }
        }
    }
    said.iter().try_for_each(|(about, words)| list(connection, name(*about), words))
}

/// Puts words into the list of all.
fn list(connection: &Connection, name: &str, words: &BTreeSet<String>) -> rusqlite::Result<()> {
    let sql = format!("INSERT INTO {name}_term (word) VALUES (?1) ON CONFLICT DO NOTHING");
    let mut insert = connection.prepare_cached(&sql)?;
    words
        .iter()
        .filter(|word| !word.is_empty())
        .try_for_each(|word| insert.execute([word]).map(drop))
}

/// The place of a document, if it is free.
fn place_of(document: &Document) -> i64 {
    document.at.clamp(0, LAST) << KEY_BITS | document.key & ((1 << KEY_BITS) - 1)
}

/// The words of a document. A sign that nobody can type stands between the name of a file and what
/// stands in it, so that no phrase goes from the one to the other.
fn words_of(document: &Document) -> String {
    match &document.body {
        Body::Read(body) => format!("{} . {}", indexed(&document.text), indexed(body)),
        _ => indexed(&document.text),
    }
}

/// Whether a file stands in the index as it is told. A file never changes: what was there before is
/// the same, and what was read in it is of use only while it is listed as unread.
fn stands(connection: &Connection, document: &Document) -> rusqlite::Result<bool> {
    let is_in = |table: &str| {
        let sql = format!("SELECT 1 FROM {table} WHERE key = ?1");
        connection.prepare_cached(&sql)?.exists([document.key])
    };
    match document.body {
        Body::Read(_) => Ok(!is_in("unread")?),
        _ => is_in("file_at"),
    }
}

fn take_out(connection: &Connection, about: About, key: i64) -> rusqlite::Result<()> {
    if about == About::Files {
        connection.prepare_cached("DELETE FROM unread WHERE key = ?1")?.execute([key])?;
    }
    let name = name(about);
    let find = format!("SELECT place FROM {name}_at WHERE key = ?1");
    let place: Option<i64> =
        connection.prepare_cached(&find)?.query_row([key], |row| row.get(0)).optional()?;
    if let Some(place) = place {
        for sql in [
            format!("DELETE FROM {name}_text WHERE rowid = ?1"),
            format!("DELETE FROM {name}_at WHERE place = ?1"),
        ] {
            connection.prepare_cached(&sql)?.execute([place])?;
        }
    }
    Ok(())
}

fn put(
    connection: &Connection,
    about: About,
    document: &Document,
    words: &str,
) -> rusqlite::Result<()> {
    let name = name(about);
    if document.body == Body::Unread {
        connection
            .prepare_cached("INSERT INTO unread (key) VALUES (?1)")?
            .execute([document.key])?;
    }
    let mut place = place_of(document);
    let claim = format!(
        "INSERT INTO {name}_at (place, key, channel) VALUES (?1, ?2, ?3) \
         ON CONFLICT (place) DO NOTHING"
    );
    let mut claim = connection.prepare_cached(&claim)?;
    // Two of one place are written at the same moment, and their keys are a million apart.
    while claim.execute(params![place, document.key, document.channel])? == 0 {
        place = place.wrapping_add(1) & i64::MAX;
    }
    let sql = format!("INSERT INTO {name}_text (rowid, words, marks) VALUES (?1, ?2, ?3)");
    connection.prepare_cached(&sql)?.execute(params![place, words, expression::marks(document)])?;
    Ok(())
}
