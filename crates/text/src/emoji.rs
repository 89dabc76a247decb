//! Emoji written as `:name:`, and which of them every client knows.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use crate::name;

/// The names of the emoji that clients bring along, sorted: see the licence beside them.
static SYSTEM: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| include_str!("../assets/emoji_names.txt").lines().collect());

/// What is put behind the name of an emoji for the colour of each of its people's skin.
const TONES: [&str; 5] = [
    "_light_skin_tone",
    "_medium_light_skin_tone",
    "_medium_skin_tone",
    "_medium_dark_skin_tone",
    "_dark_skin_tone",
];

/// Whether an emoji of this name comes with every client, so that no custom one may have it.
pub fn is_system(name: &str) -> bool {
    if name.len() > name::MAX_EMOJI {
        return false;
    }
    let in_a_colour = |tone: &&str| name.strip_suffix(*tone).is_some_and(is_system);
    SYSTEM.binary_search(&name).is_ok() || TONES.iter().any(in_a_colour)
}

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
    fn the_emoji_of_every_client_are_known_in_every_colour() {
        assert!(SYSTEM.is_sorted() && SYSTEM.len() > 1500);
        assert!(SYSTEM.iter().all(|name| name::check_emoji_name(name).is_ok()));
        for known in ["+1", "-1", "smile", "thumbsup", "eyes", "100", "flag-ua", "zzz"] {
            assert!(is_system(known), "{known}");
        }
        assert!(is_system("+1_dark_skin_tone") && is_system("wave_medium_light_skin_tone"));
        assert!(is_system("handshake_light_skin_tone_medium_dark_skin_tone"));
        let endless = "_dark_skin_tone".repeat(100_000);
        for unknown in ["", "party_ship", "_dark_skin_tone", "Smile", endless.as_str()] {
            assert!(!is_system(unknown), "{unknown:.40}");
        }
    }

    #[test]
    fn a_million_colons() {
        check(&":".repeat(1_000_000), &[]);
        check(&":a".repeat(500_000), &["a"]);
    }
}
