//! Limits, and texts of any shape.

use proptest::prelude::*;

use super::*;

#[test]
fn the_length_of_a_keyword() {
    let longest = "k".repeat(256);
    check(&longest, &[("u", &longest)], &["u"]);
    let longer = "k".repeat(257);
    check(&longer, &[("u", &longer)], &[]);
    let longest = "ї".repeat(128);
    let longer = "ї".repeat(129);
    check(&longer, &[("u", &longest), ("v", &longer)], &["u"]);
}

#[test]
fn the_end_of_a_text_is_not_read() {
    let filler = "a ".repeat(65_532 / 2);
    let found = |filler: &str| find_in(&[&format!("{filler}@user")], USER).targets.len();
    assert_eq!(found(&filler), 0);
    assert_eq!(found(&filler[4..]), 0);
    assert_eq!(found(&filler[6..]), 1);
    // The limit falls inside a character.
    assert_eq!(found(&format!("{}ї", &filler[1..])), 0);
}

#[test]
fn a_megabyte_of_anything() {
    for part in [
        "@", "@user ", "@user.", ".", ":", "`", "``` ", "`` ` ", "[", "]", "[a](", "![", "![a][",
        "> ", "- ", "*", "_", "**a ", "*a_ ", "<", "<a ", "<!--", "&", "&#", "\\", "(", "a@", "~",
        "[a]: b\n", "[a]", "http://", ":a", "山", "山田", "\n\n", "\t", "|-", "a\n    ", "`a``b",
    ] {
        let text = part.repeat(1_000_000 / part.len());
        let mentions = find_in(&[&text], &[("u", "@user"), ("v", "田"), ("w", "@all")]);
        let expected = usize::from(part == "@user ") + usize::from(part == "山田");
        assert_eq!(mentions.targets.len(), expected, "{part:?}");
    }
}

#[test]
fn a_word_with_an_endless_end() {
    check(&format!("@user{}", ".".repeat(65_000)), USER, &["u"]);
}

#[test]
fn a_word_repeated_in_a_large_channel() {
    let mut keywords = Keywords::new();
    for member in 0..5_000 {
        keywords.add_channel_word(ChannelWord::All, member);
        keywords.add_word("田", member);
    }
    let mentions = find(["@all 山田 ".repeat(4_000).as_str()], &keywords);
    assert_eq!(mentions.targets.len(), 5_000);
}

proptest! {
    #[test]
    fn a_name_on_its_own_is_found_in_any_text(before in "[^`<\\[\\]:\\\\~]{0,60}", after in "\\PC{0,60}") {
        // A blank line ends whatever the text before had begun.
        let text = format!("{before}\n\n@user\n\n{after}");
        let mentions = find_in(&[&text], USER);
        prop_assert_eq!(mentions.targets.get("u"), Some(&Kind::Keyword), "{:?}", text);
    }

    #[test]
    fn only_words_of_the_text_are_found(text in "[@ab.:_ `\\[\\]()<>\n山ї-]{0,80}") {
        let mentions = find_in(&[&text], &[("ab", "@ab"), ("ї", "ї"), ("b", "b")]);
        for who in mentions.targets.keys() {
            prop_assert!(text.contains(*who), "{:?}", mentions);
        }
        for name in &mentions.potential {
            prop_assert!(text.contains(&format!("@{name}")), "{:?}", mentions);
        }
    }

    #[test]
    fn text_in_code_is_never_found(text in "[^`]{0,60}") {
        let mentions = find_in(&[&format!("```\n{text}\n@user @x\n```")], USER);
        prop_assert!(mentions.targets.is_empty() && mentions.potential.is_empty());
    }
}
