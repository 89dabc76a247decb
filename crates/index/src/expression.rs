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

/// A question to the engine. `words` are the wanted ones, put together; `channels` those that the
/// question names, if it names any.
pub(crate) fn expression(wanted: &Wanted, part: Part, words: &str, channels: &[i64]) -> String {
    let mut all = Vec::new();
    match part {
        Part::Words => all.push(format!("words : ({words})")),
        Part::Tags => all.push(marked(&wanted.tags.with, joint(wanted))),
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

fn joint(wanted: &Wanted) -> &'static str {
    if wanted.any { " OR " } else { " AND " }
}

/// The wanted phrases, put together, each in one of the ways in which it may be written.
pub(crate) fn together(wanted: &Wanted, ways: &[Ways]) -> String {
    let all: Vec<String> = ways.iter().map(|ways| either(&ways.exact)).collect();
    all.join(joint(wanted))
}

/// The wanted phrases, put together, at least one of them in another way than it was typed; nothing,
/// if there is no other way. For when nothing has all of them as they were typed.
pub(crate) fn together_otherwise(wanted: &Wanted, ways: &[Ways]) -> Option<String> {
    let others = |ways: &Ways| (!ways.others.is_empty()).then(|| either(&ways.others));
    let mut all = Vec::new();
    if wanted.any {
        all.extend(ways.iter().filter_map(others));
    } else {
        // The first that is written in another way is this one: those before it are as they were
        // typed, those after it may be either.
        for (n, first) in ways.iter().enumerate() {
            let Some(first) = others(first) else { continue };
            let before = ways[..n].iter().map(|ways| either(&ways.exact));
            let after =
                ways[n + 1..].iter().map(|ways| either(&[&ways.exact[..], &ways.others].concat()));
            let clause: Vec<String> = before.chain([first]).chain(after).collect();
            all.push(format!("({})", clause.join(" AND ")));
        }
    }
    (!all.is_empty()).then(|| all.join(" OR "))
}

/// In which ways a phrase may be written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Ways {
    /// As it was typed.
    pub(crate) exact: Vec<String>,
    /// As it may have been meant.
    pub(crate) others: Vec<String>,
}

fn either(ways: &[String]) -> String {
    match ways {
        [way] => way.clone(),
        _ => format!("({})", ways.join(" OR ")),
    }
}

/// A phrase as it is.
pub(crate) fn exact(phrase: &Phrase) -> String {
    let text = phrase.words.join(" ");
    if phrase.open { open(&text) } else { quoted(&text) }
}

/// Whatever begins like this.
pub(crate) fn open(text: &str) -> String {
    format!("{} *", quoted(text))
}

/// A word as it is.
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phrase(words: &[&str], open: bool) -> Phrase {
        Phrase { words: words.iter().map(|word| (*word).to_owned()).collect(), open }
    }

    fn asked(wanted: &Wanted, channels: &[i64]) -> Vec<String> {
        let ways = |phrase| Ways { exact: vec![exact(phrase)], others: vec![] };
        let ways: Vec<Ways> = wanted.phrases.with.iter().map(ways).collect();
        let words = together(wanted, &ways);
        let ask = |part| expression(wanted, part, &words, channels);
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

    #[test]
    fn what_may_have_been_meant() {
        let ways = |exact: &str, others: &[&str]| Ways {
            exact: vec![exact.to_owned()],
            others: others.iter().map(|other| (*other).to_owned()).collect(),
        };
        let mut wanted = Wanted::default();
        let [a, b, c] = [ways("a", &["a1", "a2"]), ways("b", &[]), ways("c", &["c1"])];
        let all = [a, b, c];
        assert_eq!(together(&wanted, &all), "a AND b AND c");
        assert_eq!(together_otherwise(&wanted, &all[1..2]), None);
        let otherwise = "((a1 OR a2) AND b AND (c OR c1)) OR (a AND b AND c1)";
        assert_eq!(together_otherwise(&wanted, &all).as_deref(), Some(otherwise));
        wanted.any = true;
        assert_eq!(together_otherwise(&wanted, &all).as_deref(), Some("(a1 OR a2) OR c1"));
    }
}
