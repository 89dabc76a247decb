//! Hashtags.

/// Most bytes the joined hashtags of one message may have.
const MAX_BYTES: usize = 1_000;

/// Returns the hashtags of `message` joined by single spaces, in order of appearance,
/// repetitions kept.
///
/// A result of more than 1 000 bytes is cut after the last tag that surely fits.
pub fn joined(message: &str) -> String {
    let mut joined = String::new();
    for tag in message.split_whitespace().filter_map(tag_of) {
        if !joined.is_empty() {
            joined.push(' ');
        }
        joined.push('#');
        joined.push_str(tag);
        if joined.len() > MAX_BYTES {
            cut(&mut joined);
            break;
        }
    }
    joined
}

/// Whether a word is a hashtag and nothing else.
pub fn is_tag(word: &str) -> bool {
    tag_of(word).is_some_and(|tag| word.strip_prefix('#') == Some(tag))
}

/// The tag a word stands for, without its `#`.
fn tag_of(word: &str) -> Option<&str> {
    let tag = word
        .trim_start_matches(|c: char| !c.is_alphanumeric() && c != '#')
        .trim_end_matches(|c: char| !c.is_alphanumeric())
        .strip_prefix('#')?
        .trim_start_matches('#');
    let mut rest = tag.chars();
    let starts_well = rest.next().is_some_and(char::is_alphabetic);
    let goes_on = !rest.as_str().is_empty();
    let ends_well = rest.all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
    (starts_well && goes_on && ends_well).then_some(tag)
}

/// Cuts at the last space before the limit. One endless tag leaves nothing.
fn cut(joined: &mut String) {
    let head = &joined[..joined.floor_char_boundary(MAX_BYTES - 1)];
    joined.truncate(head.rfind(' ').unwrap_or(0));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(message: &str, expected: &str) {
        assert_eq!(joined(message), expected, "{message:?}");
    }

    #[test]
    fn tags_in_order_with_repetitions() {
        check("", "");
        check("no tags here", "");
        check("#one two\n#three\t#one", "#one #three #one");
        check("#Mixed-Case_1.0", "#Mixed-Case_1.0");
    }

    #[test]
    fn marks_around_a_tag() {
        check("(#tag), *#bold*; \"#said\"!", "#tag #bold #said");
        check("###tag", "#tag");
        check("-.#tag-.", "#tag");
    }

    #[test]
    fn what_is_not_a_tag() {
        check("# #a #1x #- foo#bar #a#b #a/b #-ab", "");
        check("#ab", "#ab");
    }

    #[test]
    fn a_word_that_is_a_tag() {
        assert!(is_tag("#tag") && is_tag("#нові-ідеї") && is_tag("#v1.0"));
        for word in ["tag", "##tag", "#tag!", "#a", "#1x", "#tag*", "(#tag", ""] {
            assert!(!is_tag(word), "{word}");
        }
    }

    #[test]
    fn letters_of_any_script() {
        check("#київ #日本語 #مرحبا #été #нові-ідеї.", "#київ #日本語 #مرحبا #été #нові-ідеї");
        check("#日本。", "#日本");
        // A combining mark is no letter, inside a tag it spoils it and at the end it goes.
        check("#e\u{301}te #cafe\u{301}", "#cafe");
        check("#fun😀 #so😀fun", "#fun");
    }

    #[test]
    fn cut_at_the_last_space() {
        // 10 bytes with the space: 100 tags are 999 bytes, the next one overflows.
        let tags = |count: usize| vec!["#tag45678"; count].join(" ");
        check(&tags(100), &tags(100));
        // The cut falls on the space after the hundredth, and the search starts before it.
        check(&tags(101), &tags(99));
        check(&format!("#{}", "x".repeat(999)), &format!("#{}", "x".repeat(999)));
        check(&format!("#{}", "x".repeat(1_000)), "");
        check(&format!("#ok #{}", "ї".repeat(1_000)), "#ok");
    }

    #[test]
    fn a_million_marks() {
        check(&"#".repeat(1_000_000), "");
        check(&"#a".repeat(500_000), "");
        check(&"#ab ".repeat(250_000), &vec!["#ab"; 249].join(" "));
    }

    proptest! {
        #[test]
        fn a_result_parses_to_itself(message in "[#a-cї1 .,_-]{0,1500}") {
            let tags = joined(&message);
            prop_assert!(tags.len() <= MAX_BYTES);
            prop_assert!(tags.split_terminator(' ').all(|tag| tag_of(tag).is_some()), "{}", tags);
            prop_assert_eq!(joined(&tags), tags);
        }
    }
}
