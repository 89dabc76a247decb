//! Emoji written as `:name:`.

use std::collections::HashSet;
use std::ops::Range;

use crate::name;

/// Returns the names written as `:name:` in `text`, without colons, each once, in order of
/// appearance.
///
/// Whether an emoji of that name exists is for the caller to find out.
pub fn names(text: &str) -> Vec<&str> {
    let mut seen = HashSet::new();
    spans(text)
        .filter_map(|span| text.get(span.start + 1..span.end - 1))
        .filter(|name| seen.insert(*name))
        .collect()
}

/// The places of the emoji of `text`, colons included. They do not overlap: in `:a:b:` the
/// middle colon belongs to `:a:`.
pub(crate) fn spans(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        while let Some(open) = text[at..].find(':').map(|found| at + found) {
            let length = name_length(&text[open + 1..]);
            let close = open + 1 + length;
            let closed = text.as_bytes().get(close) == Some(&b':');
            if closed && (1..=name::MAX_EMOJI).contains(&length) {
                at = close + 1;
                return Some(open..at);
            }
            // A colon that closes nothing may open the next emoji, so it is looked at again.
            at = close;
        }
        None
    })
}

fn name_length(text: &str) -> usize {
    text.bytes().position(|byte| !name::is_emoji_byte(byte)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(names(text), expected, "{text:?}");
    }

    #[test]
    fn names_between_colons() {
        check("", &[]);
        check("good :smile: morning", &["smile"]);
        check(":+1::-1:", &["+1", "-1"]);
        check(":Party_Parrot-2:", &["Party_Parrot-2"]);
        check("word:smile:word", &["smile"]);
        check("наші:кіт:очі:cat:", &["cat"]);
        check("😀:cat:😀", &["cat"]);
    }

    #[test]
    fn each_name_once_in_order() {
        check(":b: :a: :b:", &["b", "a"]);
    }

    #[test]
    fn what_is_not_an_emoji() {
        check(":", &[]);
        check("::", &[]);
        check(": smile:", &[]);
        check(":smile :", &[]);
        check(":sm.ile:", &[]);
        check(":@user:", &[]);
    }

    #[test]
    fn a_colon_belongs_to_one_emoji() {
        check(":a:b:", &["a"]);
        check("::a::", &["a"]);
        check("x: y:a:", &["a"]);
    }

    #[test]
    fn length_of_a_name() {
        let longest = "e".repeat(64);
        check(&format!(":{longest}:"), &[&longest]);
        check(&format!(":{longest}e:ok:"), &["ok"]);
    }

    #[test]
    fn a_million_colons() {
        check(&":".repeat(1_000_000), &[]);
        check(&":a".repeat(500_000), &["a"]);
    }
}
