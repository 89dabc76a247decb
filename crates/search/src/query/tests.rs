//! What is typed, and what is meant by it.

use proptest::prelude::*;

use super::*;

/// A query in few letters: `+` and `-` before each part of a side, `*` behind what may go on.
fn shown(query: &Query) -> String {
    let mut parts = Vec::new();
    let mut add = |what: &str, sides: &Sides<String>| {
        parts.extend(sides.with.iter().map(|value| format!("+{what}{value}")));
        parts.extend(sides.without.iter().map(|value| format!("-{what}{value}")));
    };
    let text = |phrase: &Phrase| {
        let star = if phrase.open { "*" } else { "" };
        format!("{}{star}", phrase.words.join("_"))
    };
    let phrases = Sides {
        with: query.phrases.with.iter().map(text).collect(),
        without: query.phrases.without.iter().map(text).collect(),
    };
    add("", &phrases);
    add("", &query.tags);
    add("from:", &query.from);
    add("in:", &query.places);
    add("ext:", &query.extensions);
    let Days { on, before, after } = query.days;
    for (name, sides) in [("on:", on), ("before:", before), ("after:", after)] {
        for (sign, day) in ["+", "-"].into_iter().zip(sides) {
            parts.extend(day.map(|day| format!("{sign}{name}{}", day.0)));
        }
    }
    parts.join(" ")
}

#[track_caller]
fn check(typed: &str, meant: &str) {
    assert_eq!(shown(&Query::parse(typed).unwrap()), meant, "{typed:?}");
}

#[test]
fn words() {
    check("", "");
    check("  hello \n World ", "+hello +world");
    check("-hello world", "+world -hello");
    check("don't", "+don_t");
    check("(hello), world!", "+hello +world");
    check("-", "");
    check("- hello", "+hello");
    check("--hello", "-hello");
    check("café ПРИВІТ", "+cafe +привіт");
    check("https://example.com/a-b", "+https_example_com_a_b");
}

#[test]
fn phrases() {
    check("\"two words\" more", "+two_words +more");
    check("-\"two words\"", "-two_words");
    check("one\"two three\"four", "+one +two_three +four");
    check("\"not closed", "+not +closed");
    check("\"a\" \"b", "+a +b");
    check("\"\"", "");
    check("\"wild*\"", "+wild");
}

#[test]
fn words_that_go_on() {
    check("ham*", "+ham*");
    check("-ham*", "-ham*");
    check("*ham", "+ham");
    check("h*m", "+h_m");
    check("ha*", "+ha");
    check("*", "");
    check("東", "+東*");
    check("東*", "+東*");
    check("東京*", "+東京");
}

#[test]
fn hashtags() {
    check("#Tag", "+#tag");
    check("##tag", "+#tag");
    check("-#tag word", "+word -#tag");
    check("#київ.", "+#київ");
    check("#1x", "+1x");
    check("#tag*", "+tag*");
    check("(#tag)", "+#tag");
}

#[test]
fn flags() {
    check("from:bob", "+from:bob");
    check("From:@Bob", "+from:bob");
    check("from: bob hello", "+hello +from:bob");
    check("from:alice:hq", "+from:alice:hq");
    check("-from:bob from:eve from:ada", "+from:eve +from:ada -from:bob");
    check("in:~town-square channel:off-topic", "+in:~town-square +in:off-topic");
    check("in:@bob,eve", "+in:@bob,eve");
    check("from:\"bob\"", "+from:bob");
    check("hello from:", "+hello +from");
    check("ext:.PDF -ext:png", "+ext:pdf -ext:png");
    check("what:ever", "+what_ever");
}

#[test]
fn days() {
    check("on:1970-01-02", "+on:1");
    check("on:1970-1-2 on:1970-1-3", "+on:2");
    check("before:1970-01-02 after:1970-01-01", "+before:1 +after:0");
    check("-on:1970-01-02 -before:1970-01-03 -after:1970-01-04", "-on:1 -before:2 -after:3");
    check("on:yesterday hello", "+hello");
}

#[test]
fn what_says_which_posts_or_files_are_meant() {
    let says = |typed: &str| {
        let query = Query::parse(typed).unwrap();
        (query.names_posts(), query.names_files())
    };
    assert_eq!(says(""), (false, false));
    assert_eq!(says("* …"), (false, false));
    assert_eq!(says("ext:pdf"), (false, true));
    assert_eq!(says("from:bob"), (true, true));
    assert_eq!(says("-word"), (true, true));
    assert_eq!(says("on:1970-01-02"), (true, true));
}

#[test]
fn more_than_anybody_looks_for() {
    assert_eq!(Query::parse(&"x".repeat(4097)), Err(TooLong));
    assert_eq!(Query::parse(&"x ".repeat(65)), Err(TooLong));
    assert!(Query::parse(&"x ".repeat(64)).is_ok());
}

proptest! {
    #[test]
    fn anything_can_be_typed(typed in "\\PC{0,300}") {
        drop(Query::parse(&typed));
    }

    #[test]
    fn signs_can_be_typed(typed in "[-\"#*: a-cіon:from]{0,60}") {
        let query = Query::parse(&typed);
        prop_assert!(query.is_ok());
    }
}
