//! What is wanted, in the language of the full-text engine.
//!
//! Beside its words, a document has marks: words that nobody can type, for its channel, its author,
//! its hashtags. So one expression says all that is wanted, and the engine leaps through its lists
//! instead of looking at every document that has a common word.

use fieldpost_search::{Document, Phrase, Sides, Wanted, indexed};

/// The mark that every document has.
const EVERY: &str = "all";

/// The marks of a document.
pub(crate) fn marks(document: &Document) -> String {
    let mut marks = vec![EVERY.to_owned(), channel(document.channel), author(document.author)];
    marks.extend(document.tags.iter().cloned());
    if !document.extension.is_empty() {
        marks.push(extension(&document.extension));
    }
    marks.join(" ")
}

fn channel(key: i64) -> String {
    format!("c{key}")
}

fn author(key: i64) -> String {
    format!("a{key}")
}

fn extension(extension: &str) -> String {
    format!("x{}", indexed(extension).replace(' ', ""))
}

/// Which of the wanted things one question is about: words and hashtags are two, whose answers are
/// put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Words and phrases.
    Words,
    /// Hashtags.
    Tags,
    /// Neither: whatever is there.
    All,
}

/// The questions that are to be asked.
pub(crate) fn parts(wanted: &Wanted) -> Vec<Part> {
    let mut parts = Vec::new();
    if !wanted.phrases.with.is_empty() {
        parts.push(Part::Words);
    }
    if !wanted.tags.with.is_empty() {
        parts.push(Part::Tags);
    }
    if parts.is_empty() {
        parts.push(Part::All);
    }
    parts
}

/// A question to the engine. `phrases` are the wanted ones, as [`exact`] or somebody less strict
/// writes them; `channels` those that the question names, if it names any.
pub(crate) fn expression(
    wanted: &Wanted,
    part: Part,
    phrases: &[String],
    channels: &[i64],
) -> String {
    let joint = if wanted.any { " OR " } else { " AND " };
    let mut all = Vec::new();
    match part {
        Part::Words => all.push(format!("words : ({})", phrases.join(joint))),
        Part::Tags => all.push(marked(&wanted.tags.with, joint)),
        Part::All => {}
    }
    if !channels.is_empty() {
        all.push(one_of(channels.iter().map(|key| channel(*key))));
    }
    let authors = sides(&wanted.authors, |key| author(*key));
    let extensions = sides(&wanted.extensions, |name| extension(name));
    for named in [&authors.with, &extensions.with] {
        if !named.is_empty() {
            all.push(one_of(named.iter().cloned()));
        }
    }
    if all.is_empty() {
        all.push(one_of([EVERY.to_owned()]));
    }
    let all = all.join(" AND ");
    let mut not: Vec<String> =
        wanted.phrases.without.iter().map(|phrase| format!("words : {}", exact(phrase))).collect();
    for named in [&authors.without, &extensions.without, &wanted.tags.without] {
        if !named.is_empty() {
            not.push(one_of(named.iter().cloned()));
        }
    }
    if not.is_empty() { all } else { format!("({all}) NOT ({})", not.join(" OR ")) }
}

fn sides<T>(sides: &Sides<T>, mark: impl Fn(&T) -> String) -> Sides<String> {
    Sides {
        with: sides.with.iter().map(&mark).collect(),
        without: sides.without.iter().map(&mark).collect(),
    }
}

fn one_of(marks: impl IntoIterator<Item = String>) -> String {
    marked(&marks.into_iter().collect::<Vec<_>>(), " OR ")
}

fn marked(marks: &[String], joint: &str) -> String {
    let quoted: Vec<String> = marks.iter().map(|mark| quoted(mark)).collect();
    format!("marks : ({})", quoted.join(joint))
}

/// A phrase as it is.
pub(crate) fn exact(phrase: &Phrase) -> String {
    let words = quoted(&phrase.words.join(" "));
    if phrase.open { format!("{words} *") } else { words }
}

/// A word as it is, with whatever begins like it, and others that may have been meant.
pub(crate) fn alike(word: &str, others: &[String]) -> String {
    let mut all = vec![format!("{} *", quoted(word))];
    all.extend(others.iter().map(|other| quoted(other)));
    format!("({})", all.join(" OR "))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phrase(words: &[&str], open: bool) -> Phrase {
        Phrase { words: words.iter().map(|word| (*word).to_owned()).collect(), open }
    }

    fn asked(wanted: &Wanted, channels: &[i64]) -> Vec<String> {
        let phrases: Vec<String> = wanted.phrases.with.iter().map(exact).collect();
        let ask = |part| expression(wanted, part, &phrases, channels);
        parts(wanted).into_iter().map(ask).collect()
    }

    #[test]
    fn questions() {
        let mut wanted = Wanted::default();
        assert_eq!(asked(&wanted, &[3, 4]), ["marks : (\"c3\" OR \"c4\")"]);
        assert_eq!(asked(&wanted, &[]), ["marks : (\"all\")"]);
        wanted.phrases.with = vec![phrase(&["a", "b"], false), phrase(&["ham"], true)];
        wanted.tags.with = vec!["#x".to_owned()];
        wanted.authors = Sides { with: vec![7], without: vec![8] };
        wanted.phrases.without = vec![phrase(&["no"], false)];
        wanted.extensions.with = vec!["tar.GZ".to_owned()];
        assert_eq!(
            asked(&wanted, &[]),
            [
                "(words : (\"a b\" AND \"ham\" *) AND marks : (\"a7\") AND marks : (\"xtargz\")) \
                 NOT (words : \"no\" OR marks : (\"a8\"))",
                "(marks : (\"#x\") AND marks : (\"a7\") AND marks : (\"xtargz\")) \
                 NOT (words : \"no\" OR marks : (\"a8\"))",
            ]
        );
    }
}
