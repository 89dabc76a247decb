//! What is asked of a volume.

use std::collections::HashSet;

use fieldpost_search::{About, Hit, Phrase, Wanted, near};
use rusqlite::{Connection, params};

use crate::enter::{KEY_BITS, LAST};
use crate::expression::{self, Part, Ways};
use crate::volume::name;

/// The most channels that a question names: it takes the longer the more there are. With more, all
/// that has the words is looked at one by one, and if what is found is in other channels too often,
/// several questions are asked.
const MOST_NAMED: usize = 32;

/// How many are looked at one by one.
const PATIENCE: usize = 10_000;

/// The most words for which others are looked for that may have been meant.
const MOST_ALIKE: usize = 4;

/// The most words that are asked for in the place of one that may go on.
const MOST_CONTINUED: usize = 200;

/// The fewest letters of a word whose continuations are looked for.
const SHORTEST_ALIKE: usize = 3;

/// Searches: what is found for words and what is found for hashtags, newest first. Where nothing has
/// the words that were typed, what has others that may have been meant.
pub(crate) fn find(
    connection: &Connection,
    about: About,
    wanted: &Wanted,
) -> rusqlite::Result<Vec<Hit>> {
    let mut ways = Vec::new();
    for phrase in &wanted.phrases.with {
        ways.push(Ways { exact: as_typed(connection, about, phrase)?, others: Vec::new() });
    }
    let words = expression::together(wanted, &ways);
    let mut found = Vec::new();
    for part in expression::parts(wanted) {
        ask(connection, about, wanted, (part, &words), &mut found)?;
    }
    if found.is_empty() {
        add_others(connection, about, wanted, &mut ways)?;
        if let Some(words) = expression::together_otherwise(wanted, &ways) {
            ask(connection, about, wanted, (Part::Words, &words), &mut found)?;
        }
    }
    found.sort_unstable_by(|a: &Hit, b| b.cmp(a));
    found.dedup();
    Ok(found)
}

/// The first and the last place of a stretch of time.
fn places(wanted: &Wanted) -> (i64, i64) {
    let span = wanted.span;
    let last = if span.until > LAST { i64::MAX } else { (span.until.max(0) << KEY_BITS) - 1 };
    (span.from.clamp(0, LAST) << KEY_BITS, last)
}

fn ask(
    connection: &Connection,
    about: About,
    wanted: &Wanted,
    (part, words): (Part, &str),
    found: &mut Vec<Hit>,
) -> rusqlite::Result<()> {
    let question = |channels: &[i64]| expression::expression(wanted, part, words, channels);
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

/// How a phrase is written as it was typed. A word that may go on is each of the words that there
/// are, where they are not too many: the engine would first put the lists of all of them together.
fn as_typed(
    connection: &Connection,
    about: About,
    phrase: &Phrase,
) -> rusqlite::Result<Vec<String>> {
    if let ([word], true) = (phrase.words.as_slice(), phrase.open)
        && let Some(words) = beginning_with(connection, about, word)?
        && !words.is_empty()
    {
        return Ok(words.iter().map(|word| expression::quoted(word)).collect());
    }
    Ok(vec![expression::exact(phrase)])
}

/// The words that begin like this one; nothing, if they are too many.
fn beginning_with(
    connection: &Connection,
    about: About,
    word: &str,
) -> rusqlite::Result<Option<Vec<String>>> {
    let sql = format!("SELECT word FROM {}_term WHERE word >= ?1 ORDER BY word", name(about));
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([word])?;
    let mut words = Vec::new();
    while let Some(row) = rows.next()? {
        let other: String = row.get(0)?;
        if !other.starts_with(word) {
            break;
        }
        words.push(other);
        if words.len() > MOST_CONTINUED {
            return Ok(None);
        }
    }
    Ok(Some(words))
}

/// Adds what may have been meant where nothing was found: words that go on, and words that differ by
/// one slip of the finger.
///
/// What others write elsewhere makes no difference to what somebody finds: every such word is asked
/// for, whether or not the one that was typed is somewhere.
fn add_others(
    connection: &Connection,
    about: About,
    wanted: &Wanted,
    ways: &mut [Ways],
) -> rusqlite::Result<()> {
    let sql = format!("SELECT 1 FROM {}_term WHERE word = ?1", name(about));
    let mut is_there = connection.prepare_cached(&sql)?;
    for (phrase, ways) in wanted.phrases.with.iter().zip(ways).take(MOST_ALIKE) {
        let Some(word) = single(phrase) else { continue };
        match beginning_with(connection, about, word)? {
            Some(words) => {
                let others = words.iter().filter(|other| *other != word);
                ways.others.extend(others.map(|other| expression::quoted(other)));
            }
            None => ways.others.push(expression::open(word)),
        }
        for other in near(word) {
            // What goes on is there already.
            if !other.starts_with(word) && is_there.exists([&other])? {
                ways.others.push(expression::quoted(&other));
            }
        }
    }
    Ok(())
}

/// The word of a phrase that is one word of some length, typed to its end.
fn single(phrase: &Phrase) -> Option<&str> {
    match phrase.words.as_slice() {
        [word] if !phrase.open && word.chars().count() >= SHORTEST_ALIKE => Some(word),
        _ => None,
    }
}
