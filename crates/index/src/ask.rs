//! What is asked of a volume.

use std::collections::HashSet;

use fieldpost_search::{About, Hit, Phrase, Wanted, near};
use rusqlite::{Connection, params};

use crate::enter::{KEY_BITS, LAST};
use crate::expression::{self, Part};
use crate::volume::name;

/// The most channels that a question names: it takes the longer the more there are. With more, all
/// that has the words is looked at one by one, and if what is found is in other channels too often,
/// several questions are asked.
const MOST_NAMED: usize = 32;

/// How many are looked at one by one.
const PATIENCE: usize = 10_000;

/// The most words for which others are looked for that may have been meant.
const MOST_ALIKE: usize = 4;

/// The fewest letters of a word whose continuations are looked for.
const SHORTEST_ALIKE: usize = 3;

/// Searches: what is found for words and what is found for hashtags, newest first. Where nothing has
/// the words that were typed, what has others that may have been meant.
pub(crate) fn find(
    connection: &Connection,
    about: About,
    wanted: &Wanted,
) -> rusqlite::Result<Vec<Hit>> {
    let exact: Vec<String> = wanted.phrases.with.iter().map(expression::exact).collect();
    let found = ask_all(connection, about, wanted, &exact)?;
    if !found.is_empty() || exact.is_empty() {
        return Ok(found);
    }
    let alike = alike(connection, about, wanted)?;
    if alike == exact { Ok(found) } else { ask_all(connection, about, wanted, &alike) }
}

/// The first and the last place of a stretch of time.
fn places(wanted: &Wanted) -> (i64, i64) {
    let span = wanted.span;
    let last = if span.until > LAST { i64::MAX } else { (span.until.max(0) << KEY_BITS) - 1 };
    (span.from.clamp(0, LAST) << KEY_BITS, last)
}

fn ask_all(
    connection: &Connection,
    about: About,
    wanted: &Wanted,
    phrases: &[String],
) -> rusqlite::Result<Vec<Hit>> {
    let mut found = Vec::new();
    for part in expression::parts(wanted) {
        ask(connection, about, wanted, (part, phrases), &mut found)?;
    }
    found.sort_unstable_by(|a: &Hit, b| b.cmp(a));
    found.dedup();
    Ok(found)
}

fn ask(
    connection: &Connection,
    about: About,
    wanted: &Wanted,
    (part, phrases): (Part, &[String]),
    found: &mut Vec<Hit>,
) -> rusqlite::Result<()> {
    let question = |channels: &[i64]| expression::expression(wanted, part, phrases, channels);
    if wanted.channels.len() > MOST_NAMED
        && let Some(hits) = leaf_through(connection, about, wanted, &question(&[]), PATIENCE)?
    {
        found.extend(hits);
        return Ok(());
    }
    let mut hits = Vec::new();
    for channels in wanted.channels.chunks(MOST_NAMED) {
        let question = question(channels);
        hits.extend(
            leaf_through(connection, about, wanted, &question, usize::MAX)?.into_iter().flatten(),
        );
    }
    hits.sort_unstable_by(|a, b| b.cmp(a));
    hits.truncate(wanted.most);
    found.extend(hits);
    Ok(())
}

/// What answers a question, from the newest on, until there is enough; none, if that takes more than
/// so many looks.
fn leaf_through(
    connection: &Connection,
    about: About,
    wanted: &Wanted,
    question: &str,
    patience: usize,
) -> rusqlite::Result<Option<Vec<Hit>>> {
    let name = name(about);
    let sql = format!(
        "SELECT {name}_at.place, {name}_at.key, {name}_at.channel FROM {name}_text \
         CROSS JOIN {name}_at ON {name}_at.place = {name}_text.rowid \
         WHERE {name}_text MATCH ?1 AND {name}_text.rowid BETWEEN ?2 AND ?3 \
         ORDER BY {name}_text.rowid DESC"
    );
    let channels: HashSet<i64> = wanted.channels.iter().copied().collect();
    let without = wanted.span.without.map(|(from, until)| from..until);
    let (first, last) = places(wanted);
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params![question, first, last])?;
    let (mut hits, mut looks) = (Vec::new(), 0);
    while hits.len() < wanted.most
        && let Some(row) = rows.next()?
    {
        let hit = Hit { place: row.get(0)?, key: row.get(1)?, channel: row.get(2)? };
        let left_out =
            without.as_ref().is_some_and(|range| range.contains(&(hit.place >> KEY_BITS)));
        if !left_out && channels.contains(&hit.channel) {
            hits.push(hit);
        }
        looks += 1;
        if looks > patience {
            return Ok(None);
        }
    }
    Ok(Some(hits))
}

/// The wanted phrases, with what may have been meant where nothing was found: words that go on, and
/// words that differ by one slip of the finger.
///
/// What others write elsewhere makes no difference to what somebody finds: every such word is asked
/// for, whether or not the one that was typed is somewhere.
fn alike(connection: &Connection, about: About, wanted: &Wanted) -> rusqlite::Result<Vec<String>> {
    let sql = format!("SELECT 1 FROM {}_word WHERE term = ?1 LIMIT 1", name(about));
    let mut is_there = connection.prepare_cached(&sql)?;
    let mut written = Vec::new();
    for (n, phrase) in wanted.phrases.with.iter().enumerate() {
        written.push(match single(phrase).filter(|_| n < MOST_ALIKE) {
            Some(word) => {
                let mut others = Vec::new();
                for other in near(word) {
                    if is_there.exists([&other])? {
                        others.push(other);
                    }
                }
                expression::alike(word, &others)
            }
            None => expression::exact(phrase),
        });
    }
    Ok(written)
}

/// The word of a phrase that is one word of some length, typed to its end.
fn single(phrase: &Phrase) -> Option<&str> {
    match phrase.words.as_slice() {
        [word] if !phrase.open && word.chars().count() >= SHORTEST_ALIKE => Some(word),
        _ => None,
    }
}
